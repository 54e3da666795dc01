//! Deposits, withdrawals, fees, and stakes in the insurance fund.

use super::{margin::SIXTY_FOUR, Table};
use crate::{
    desk::{Desk, Grid, Lean, DAY_SECS, USD_E6},
    Result,
};
use ballast_harness::{token::Extension, world::CollateralSpec};

pub(super) fn measure(table: &mut Table) -> Result<()> {
    deposits(table)?;
    withdrawals(table)?;
    insurance(table)
}

/// A stake from its opening to its end, beside another's.
fn insurance(table: &mut Table) -> Result<()> {
    let mut desk = Desk::open(1)?;
    let world = &mut desk.world;
    world.staker("first", 1_000 * USD_E6)?;
    let staker = world.trader("staker");
    world.give(&staker, "USDC", 1_000 * USD_E6)?;
    table.add("stake_open", "one owner", world.open_stake(&staker))?;
    table.add("insurance_stake", "beside another", world.stake(&staker, 1_000 * USD_E6))?;
    let shares = world.stake_of(&staker.pubkey()).shares;
    table.add("insurance_unstake", "all of it", world.unstake(&staker, shares))?;
    world.vm.advance(7 * DAY_SECS);
    let leaving = world.stake_of(&staker.pubkey()).leaving_shares;
    table.add("insurance_claim", "all of it", world.claim_stake(&staker, leaving))?;
    table.add("stake_close", "empty", world.close_stake(&staker))?;
    Ok(())
}

fn deposits(table: &mut Table) -> Result<()> {
    let mut desk = Desk::open(1)?;
    let trader = desk.trader_with("depositor", &[])?;
    let world = &mut desk.world;
    let fee = Extension::TransferFee { basis_points: 100, maximum: 1_000_000 };
    world.add_collateral(&CollateralSpec::new("FEE", [9; 32], 1_000_000_000, 6).token_2022(&[fee]))?;
    for (case, asset) in [
        ("quote currency", "USDC"),
        ("SPL Token collateral", "SOL"),
        ("Token-2022 collateral with a transfer fee", "FEE"),
    ] {
        world.give(&trader, asset, 1_000 * USD_E6)?;
        table.add("deposit", case, world.deposit(&trader, asset, 1_000 * USD_E6))?;
    }
    table.add("withdraw", "SPL Token collateral, no legs", world.withdraw(&trader, "SOL", USD_E6))?;
    table.add("withdraw", "quote currency, no legs", world.withdraw(&trader, "USDC", USD_E6))?;
    Ok(())
}

fn withdrawals(table: &mut Table) -> Result<()> {
    let eight = Grid { markets: 1, expiries_secs: &[30 * DAY_SECS], strikes: 8 };
    let sixty_four = Grid { markets: 4, expiries_secs: &[7 * DAY_SECS, 30 * DAY_SECS], strikes: 8 };
    for (size, grid) in [("8 legs", eight), (SIXTY_FOUR, sixty_four)] {
        let mut desk = Desk::of(&grid)?;
        let legs = desk.legs(&grid, Lean::Mixed);
        let trader = desk.trader_with("book", &legs)?;
        let case = format!("quote currency, {size}");
        table.add("withdraw", case, desk.world.withdraw(&trader, "USDC", USD_E6))?;
        if size == "8 legs" {
            table.add("fees_sweep", "one market", desk.world.sweep_fees("BTC"))?;
        }
    }
    Ok(())
}

//! Flagging, slices, the end of a liquidation, and the sale of collateral for a debt.

use super::{margin::SIXTY_FOUR, Table};
use crate::{
    desk::{Desk, Grid, Lean, DAY_SECS, USD_E6},
    Result,
};
use ballast::{
    error::BallastError,
    instructions::{Leg, LegWanted},
};
use ballast_harness::{
    world::{Kind, Surface},
    Sent, Trader, World,
};

/// The whole of a book, 1e-9.
const WHOLE_E9: u64 = 1_000_000_000;
/// Time from the flag to the slice of a taker at its limit, seconds.
const AUCTION_SECS: i64 = 20 * 60;
/// A taker at its limit adds so much cash until a slice is granted, at most so often.
const STEP_E6: u64 = USD_E6;
const TRIES: u32 = 200;
/// Legs of a small book.
const SMALL: usize = 8;
/// A taker's cash: 20 million.
const TAKER_E6: u64 = 20_000_000 * USD_E6;
const EIGHT: Grid = Grid { markets: 1, expiries_secs: &[30 * DAY_SECS], strikes: 8 };
const ONE_MARKET: Grid = Grid { markets: 1, expiries_secs: &[7 * DAY_SECS, 30 * DAY_SECS], strikes: 32 };
/// Every strike of a book that expires within a day is a scenario of its own: no valuation costs more.
const TODAY: &[i64] = &[6 * 3_600, 18 * 3_600];
const FOUR_MARKETS_TODAY: Grid = Grid { markets: 4, expiries_secs: TODAY, strikes: 8 };
const FOUR_MARKETS: Grid = Grid { markets: 4, expiries_secs: &[7 * DAY_SECS, 30 * DAY_SECS], strikes: 8 };

pub(super) fn measure(table: &mut Table) -> Result<()> {
    for (size, grid) in [("8 legs", EIGHT), ("64 legs", ONE_MARKET), (SIXTY_FOUR, FOUR_MARKETS)] {
        slices(table, size, &grid)?;
        tight_taker(table, size, &grid)?;
        small_taker(table, size, &grid)?;
        end(table, size, &grid)?;
    }
    tight_taker(table, &format!("{SIXTY_FOUR}, expiring today"), &FOUR_MARKETS_TODAY)?;
    legs(table)?;
    convert(table, 0)?;
    convert(table, 8)?;
    insolvency(table)
}

/// One leg of a short book, the one that goes first, by the size of the book; then two of a small book at once.
fn legs(table: &mut Table) -> Result<()> {
    let sizes = [
        ("8 legs", EIGHT),
        ("16 legs", Grid { strikes: 16, ..EIGHT }),
        ("32 legs", Grid { strikes: 32, ..EIGHT }),
        ("32 legs, 4 underlyings, 8 expiries", Grid { strikes: 4, ..FOUR_MARKETS }),
    ];
    for (size, grid) in sizes {
        let (mut desk, victim, _) = fallen(&grid)?;
        let taker = desk.world.funded("taker", TAKER_E6)?;
        let world = &mut desk.world;
        world.flag(&victim)?;
        let case = format!("a part of one, {size}");
        table.add("liquidate_legs", case, first_leg(world, &victim, &taker)?)?;
    }
    Ok(())
}

/// Takes a hundredth of a unit of whichever leg goes first: asks for each until one is not refused.
fn first_leg(world: &mut World, victim: &Trader, taker: &Trader) -> Result<Sent> {
    for line in world.portfolio_of(victim).held_lines().to_vec() {
        for is_put in [false, true] {
            let (market, expiry_slot, strike_slot) = (line.market, line.expiry_slot, line.strike_slot);
            let leg = LegWanted { market, expiry_slot, strike_slot, is_put, qty_max_e6: 10_000 };
            let sent = world.take_legs(victim, taker, &[leg]);
            if !sent.as_ref().is_err_and(|rejected| rejected.is(BallastError::LegNotFirst)) {
                return Ok(sent);
            }
        }
    }
    Err("no leg goes first".into())
}

/// A call settled far above what its writer had: the debt, the sharing of it over three markets, a part collected.
fn insolvency(table: &mut Table) -> Result<()> {
    let mut desk = Desk::of(&Grid { markets: 3, ..EIGHT })?;
    let (soon, strike_e8) = (desk.world.vm.now() + DAY_SECS, 12_000_000_000_000);
    desk.world.list_expiry("BTC", soon, Surface::FLAT, &[strike_e8])?;
    let (house, world) = (desk.house.clone(), &mut desk.world);
    let writer = world.funded("writer", 60_000 * USD_E6)?;
    let sold = world.leg("BTC", soon, strike_e8, Kind::Call, -1_000_000);
    world.trade_at_mark(&house, &writer, &[sold])?;
    world.vm.advance(soon - world.vm.now());
    let update = world.good_update("BTC", 20_000_000_000_000);
    world.post(update.after(soon - 1));
    world.finalize("BTC", soon)?;
    for trader in [&writer, &house] {
        world.settle(trader)?;
    }
    table.add("resolve_insolvency", "no insurance", world.resolve(&writer))?;
    table.add("socialise_shortfall", "3 markets", world.socialise())?;
    table.add("collect_loss", "one portfolio", world.collect(&house))?;
    Ok(())
}

/// A short book at its limit, one market fallen to where it may be flagged.
fn fallen(grid: &Grid) -> Result<(Desk, Trader, Vec<Leg>)> {
    let mut desk = Desk::of(grid)?;
    let legs = desk.legs(grid, Lean::Short);
    let victim = desk.trader_with("victim", &legs)?;
    desk.withdraw_all(&victim)?;
    let world = &mut desk.world;
    let limits = world.snapshot().liquidation_prices(&world.portfolio_of(&victim), 0)?;
    let price_e8 = limits.below_e8.ok_or("no fall of BTC makes the book liquidatable")?;
    let ema_e8 = world.update("BTC").ema_price.unsigned_abs();
    world.vm.advance(1);
    world.refresh_prices();
    world.jump_price("BTC", price_e8 / 1_000 * 999, ema_e8);
    Ok((desk, victim, legs))
}

fn slices(table: &mut Table, size: &str, grid: &Grid) -> Result<()> {
    let (mut desk, victim, _) = fallen(grid)?;
    let taker = desk.world.funded("taker", TAKER_E6)?;
    let world = &mut desk.world;
    table.add("liquidation_start", size, world.flag(&victim))?;
    world.wait(30)?;
    table.add("liquidate_slice", size, world.take_slice(&victim, &taker, WHOLE_E9 / 1_000))?;
    let case = format!("{size}, taker holds the same");
    table.add("liquidate_slice", case, world.take_slice(&victim, &taker, WHOLE_E9 / 1_000))?;
    let case = format!("{size}, to the exit test");
    table.add("liquidate_slice", case, world.take_slice(&victim, &taker, WHOLE_E9))?;
    Ok(())
}

/// A taker with the same legs who can only just bear what comes: no shortcut around valuing them will do.
fn tight_taker(table: &mut Table, size: &str, grid: &Grid) -> Result<()> {
    let (mut desk, victim, legs) = fallen(grid)?;
    let world = &mut desk.world;
    world.flag(&victim)?;
    // The market comes to rest at its new price: a taker may trade and withdraw.
    world.wait(AUCTION_SECS)?;
    world.set_price("BTC", world.update("BTC").price.unsigned_abs());
    let taker = desk.trader_with("taker", &legs)?;
    desk.withdraw_all(&taker)?;
    let world = &mut desk.world;
    let case = format!("{size}, taker at its limit");
    for _ in 0..TRIES {
        let taken = world.take_slice(&victim, &taker, WHOLE_E9 / 1_000);
        if !taken.as_ref().is_err_and(|rejected| rejected.is(BallastError::LiquidatorInitialMargin)) {
            table.add("liquidate_slice", case, taken)?;
            return Ok(());
        }
        world.fund(&taker, "USDC", STEP_E6)?;
    }
    Err("the taker never has enough".into())
}

/// A taker with eight of the legs and cash to spare.
fn small_taker(table: &mut Table, size: &str, grid: &Grid) -> Result<()> {
    let (mut desk, victim, legs) = fallen(grid)?;
    if legs.len() <= SMALL {
        return Ok(());
    }
    desk.world.flag(&victim)?;
    desk.world.wait(AUCTION_SECS)?;
    desk.world.set_price("BTC", desk.world.update("BTC").price.unsigned_abs());
    let taker = desk.trader_with("taker", &legs[..SMALL])?;
    let case = format!("{size}, taker holds {SMALL} legs");
    table.add("liquidate_slice", case, desk.world.take_slice(&victim, &taker, WHOLE_E9 / 1_000))?;
    Ok(())
}

fn end(table: &mut Table, size: &str, grid: &Grid) -> Result<()> {
    let (mut desk, victim, _) = fallen(grid)?;
    let world = &mut desk.world;
    world.flag(&victim)?;
    world.fund(&victim, "USDC", TAKER_E6)?;
    table.add("liquidation_end", size, world.end_liquidation(&victim))?;
    Ok(())
}

/// A debt from a settlement, SOL beside it, and a number of legs that live on.
fn convert(table: &mut Table, legs_left: usize) -> Result<()> {
    let mut desk = Desk::of(&EIGHT)?;
    let (soon, strike_e8) = (desk.world.vm.now() + DAY_SECS, 12_000_000_000_000);
    desk.world.list_expiry("BTC", soon, Surface::FLAT, &[strike_e8])?;
    let legs = desk.legs(&EIGHT, Lean::Mixed);
    let seller = desk.trader_with("seller", &legs[..legs_left])?;
    let (house, world) = (desk.house.clone(), &mut desk.world);
    world.fund(&seller, "SOL", 2_000_000_000_000)?;
    let held_e6 = world.portfolio_of(&seller).cash_e6.unsigned_abs();
    world.wait(7_200)?;
    world.withdraw(&seller, "USDC", held_e6 - 20_000 * USD_E6)?;
    let sold = world.leg("BTC", soon, strike_e8, Kind::Call, -2_000_000);
    world.trade_at_mark(&house, &seller, &[sold])?;
    world.vm.advance(soon - world.vm.now());
    let update = world.good_update("BTC", 13_500_000_000_000);
    world.post(update.after(soon - 1));
    world.finalize("BTC", soon)?;
    world.wait(60)?;
    world.settle(&seller)?;
    world.give(&house, "USDC", 5_000 * USD_E6)?;
    world.give(&house, "SOL", 0)?;
    let case = if legs_left == 0 { "no legs".to_owned() } else { format!("{legs_left} legs") };
    table.add("collateral_convert", case, world.convert(&seller, &house, "SOL", 5_000 * USD_E6))?;
    Ok(())
}

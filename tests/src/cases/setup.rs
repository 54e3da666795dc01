//! Set-up and portfolios.

use super::Table;
use crate::{desk::DAY_SECS, Result};
use ballast::{
    constants::GATES_ALL,
    instructions::{ExpiryListArgs, StrikeListArgs},
};
use ballast_harness::{
    keys::keypair,
    token::Extension,
    world::{symbol_bytes, CollateralSpec, MarketSpec, TEN_TENTEN},
    World,
};
use ballast_sdk::instruction::{portfolio::Mode, risk, setup};
use solana_signer::Signer;

/// The most strikes an expiry has.
const STRIKES: u64 = 32;
/// 1,000 quote, 1e-8.
const THOUSAND_E8: u64 = 100_000_000_000;

pub(super) fn measure(table: &mut Table) -> Result<()> {
    let mut world = World::bare(TEN_TENTEN)?;
    let args = world.exchange_args();
    table.add("exchange_init", "4 correlation groups", world.create_exchange(args))?;
    let sent = world.add_collateral(&CollateralSpec::sol());
    table.add("collateral_add", "SPL Token", sent)?;
    let fee = Extension::TransferFee { basis_points: 100, maximum: 1_000_000 };
    let spec = CollateralSpec::new("FEE", [9; 32], 1_000_000_000, 6).token_2022(&[fee]);
    table.add("collateral_add", "Token-2022 with a transfer fee", world.add_collateral(&spec))?;
    market(table, &mut world)?;
    expiry(table, &mut world)?;
    portfolio(table, &mut world)?;
    table.add("gate_set", "closing", world.set_gates(1))?;
    table.add("pause", "every gate", world.pause(GATES_ALL))?;
    table.add("unpause", "every gate", world.unpause(GATES_ALL))?;
    Ok(())
}

/// A market and its volatility feed, by hand: one instruction of the program a transaction.
fn market(table: &mut Table, world: &mut World) -> Result<()> {
    let (admin, account) = (world.admin.insecure_clone(), keypair("market BTC"));
    let spec = MarketSpec::btc();
    let args = ballast::instructions::MarketInitArgs { symbol: symbol_bytes("BTC"), ..spec.args };
    let (payer, rent) = (admin.pubkey(), world.vm.rent(setup::market_size()));
    let create = setup::market_create(&payer, &payer, &account.pubkey(), rent, args);
    table.add("market_init", "one market", world.send(&create, &[&admin, &account]))?;
    let authority = world.risk_authority.insecure_clone();
    let publishers = ["publisher 1", "publisher 2", "publisher 3"].map(|name| keypair(name).pubkey());
    let payer = authority.pubkey();
    let init = risk::volatility_feed_init(&payer, &payer, &account.pubkey(), &publishers, 2);
    table.add("volatility_feed_init", "3 publishers", world.send(&[init], &[&authority]))?;
    Ok(())
}

fn expiry(table: &mut Table, world: &mut World) -> Result<()> {
    let (authority, market) = (world.risk_authority.insecure_clone(), keypair("market BTC").pubkey());
    let expiry_ts = world.vm.now() + 30 * DAY_SECS;
    let args =
        ExpiryListArgs { expiry_ts, atm_e6: 1_000_000, skew_e6: -20_000, curvature_e6: 8_000, basis_e6: 0 };
    let list = setup::expiry_list(&authority.pubkey(), &market, args);
    table.add("expiry_list", "one expiry", world.send(&[list], &[&authority]))?;
    let prices: Vec<u64> = (0..STRIKES).map(|at| (80 + at) * THOUSAND_E8).collect();
    for (case, strikes_e8) in [("1 strike", &prices[..1]), ("31 strikes", &prices[1..])] {
        let args = StrikeListArgs { expiry_slot: 0, expiry_ts, strikes_e8: strikes_e8.to_vec() };
        let list = setup::strike_list(&authority.pubkey(), &market, args);
        table.add("strike_list", case, world.send(&[list], &[&authority]))?;
    }
    Ok(())
}

fn portfolio(table: &mut Table, world: &mut World) -> Result<()> {
    let trader = world.trader("owner");
    table.add("portfolio_open", "cross", world.open(&trader, Mode::Cross))?;
    let isolated = trader.with_index(1);
    table.add("portfolio_open", "isolated", world.open(&isolated, Mode::Isolated(0)))?;
    let until = world.vm.now() + DAY_SECS;
    let delegate = world.crank.pubkey();
    table.add("delegate_set", "until tomorrow", world.delegate(&trader, &delegate, until))?;
    table.add("portfolio_close", "empty", world.close(&trader))?;
    Ok(())
}

//! The price of an expiry, and lines becoming cash.

use super::{margin::SIXTY_FOUR, Table};
use crate::{
    desk::{Desk, Grid, Lean, DAY_SECS},
    Result,
};
use ballast_harness::World;

const HOUR_SECS: i64 = 3_600;
const SOON: &[i64] = &[HOUR_SECS];
const TWICE: &[i64] = &[HOUR_SECS, 2 * HOUR_SECS];
/// The authority may decide a day after expiry.
const DECIDE_SECS: i64 = DAY_SECS;
/// The average of a window settles six hours after expiry where no first update was shown.
const WAIT_SECS: i64 = 6 * HOUR_SECS;

pub(super) fn measure(table: &mut Table) -> Result<()> {
    prices(table)?;
    without_first_price(table)?;
    for (case, markets, expiries_secs, strikes) in
        [("1 leg", 1, SOON, 1), ("8 legs", 1, SOON, 8), ("32 legs", 1, SOON, 32), (SIXTY_FOUR, 4, TWICE, 8)]
    {
        lines(table, case, &Grid { markets, expiries_secs, strikes })?;
    }
    Ok(())
}

/// Samples and the price they make.
fn prices(table: &mut Table) -> Result<()> {
    let mut desk = Desk::of(&Grid { markets: 1, expiries_secs: SOON, strikes: 1 })?;
    let world = &mut desk.world;
    let expiry = world.vm.now() + HOUR_SECS;
    world.wait(HOUR_SECS / 2)?;
    table.add("settlement_sample", "first of the window", world.sample("BTC", expiry))?;
    world.wait(60)?;
    table.add("settlement_sample", "one more", world.sample("BTC", expiry))?;
    while world.vm.now() < expiry {
        world.wait(60)?;
        if world.vm.now() < expiry {
            world.sample("BTC", expiry)?;
        }
    }
    table.add("settlement_finalize", "by the average", world.finalize("BTC", expiry))?;
    Ok(())
}

/// The other ways to a price.
fn without_first_price(table: &mut Table) -> Result<()> {
    let mut desk = Desk::of(&Grid { markets: 3, expiries_secs: SOON, strikes: 1 })?;
    let world = &mut desk.world;
    let expiry = world.vm.now() + HOUR_SECS;
    world.wait(HOUR_SECS / 2)?;
    world.sample("ETH", expiry)?;
    world.wait(60)?;
    world.sample("ETH", expiry)?;
    reach(world, expiry);
    table.add("settlement_finalize", "by the first price alone", world.finalize("BTC", expiry))?;
    world.vm.advance(WAIT_SECS);
    let sent = world.finalize_with("ETH", expiry, None);
    table.add("settlement_finalize", "by what the window has, six hours later", sent)?;
    world.vm.advance(DECIDE_SECS);
    table.add("settlement_decide", "no sample in the window", world.decide("SOL", expiry, 20_000_000_000))?;
    Ok(())
}

fn lines(table: &mut Table, case: &str, grid: &Grid) -> Result<()> {
    let mut desk = Desk::of(grid)?;
    let (now, legs) = (desk.world.vm.now(), desk.legs(grid, Lean::Mixed));
    let trader = desk.trader_with("holder", &legs)?;
    let world = &mut desk.world;
    for secs in grid.expiries_secs {
        reach(world, now + secs);
        for market in world.markets.clone().iter().take(grid.markets) {
            world.finalize(&market.symbol, now + secs)?;
        }
    }
    table.add("settle_portfolio", case, world.settle(&trader))?;
    Ok(())
}

/// Every feed publishes at this very second, for the first time since long before.
fn reach(world: &mut World, time: i64) {
    world.vm.advance(time - world.vm.now());
    world.refresh_prices();
}

//! `margin_check` by the size of the book.

use super::Table;
use crate::{
    desk::{Desk, Grid, Lean, DAY_SECS, USD_E6},
    Result,
};
use ballast_harness::{
    feeds,
    world::{CollateralSpec, TEN_TENTEN},
    PriceUpdate, Trader, World,
};
use ballast_sdk::instruction::risk::margin_check;

const HOUR_SECS: i64 = 3_600;
const WEEK_AND_MONTH: &[i64] = &[7 * DAY_SECS, 30 * DAY_SECS];
const MONTH: &[i64] = &[30 * DAY_SECS];
const EIGHT_DATES: &[i64] = &[
    2 * DAY_SECS,
    7 * DAY_SECS,
    14 * DAY_SECS,
    30 * DAY_SECS,
    60 * DAY_SECS,
    90 * DAY_SECS,
    180 * DAY_SECS,
    360 * DAY_SECS,
];
const TODAY: &[i64] = &[6 * HOUR_SECS, 18 * HOUR_SECS];
/// Collateral of the widest book, none of it a market's underlying.
const COLLATERALS: [&str; 4] = ["C1", "C2", "C3", "C4"];

/// Books by the name of their case.
#[must_use]
pub fn margin_cases() -> Vec<(&'static str, Grid)> {
    let grid = |markets, expiries_secs, strikes| Grid { markets, expiries_secs, strikes };
    vec![
        ("1 leg", grid(1, MONTH, 1)),
        ("2 legs", grid(1, MONTH, 2)),
        ("4 legs", grid(1, MONTH, 4)),
        ("8 legs", grid(1, MONTH, 8)),
        ("8 legs, 2 underlyings, 4 expiries", grid(2, WEEK_AND_MONTH, 2)),
        ("8 legs, expiring today", grid(1, &TODAY[..1], 8)),
        ("16 legs", grid(1, WEEK_AND_MONTH, 8)),
        ("32 legs", grid(1, WEEK_AND_MONTH, 16)),
        ("32 legs, 2 underlyings, 4 expiries", grid(2, WEEK_AND_MONTH, 8)),
        ("64 legs", grid(1, WEEK_AND_MONTH, 32)),
        ("64 legs, expiring today", grid(1, TODAY, 32)),
        (SIXTY_FOUR, grid(4, WEEK_AND_MONTH, 8)),
        ("64 legs, 4 underlyings, 8 expiries, expiring today", grid(4, TODAY, 8)),
        ("64 legs, 4 underlyings, 8 expiries in each", grid(4, EIGHT_DATES, 2)),
        ("64 legs, 8 underlyings, 16 expiries", grid(8, WEEK_AND_MONTH, 4)),
    ]
}

/// The book of the ceilings: 64 legs over 4 underlyings and 8 expiries.
pub(super) const SIXTY_FOUR: &str = "64 legs, 4 underlyings, 8 expiries";

pub(super) fn measure(table: &mut Table) -> Result<()> {
    let mut desk = Desk::open(1)?;
    let trader = desk.trader_with("empty", &[])?;
    table.add("margin_check", "0 legs", desk.world.check_margin(&trader))?;
    for (case, grid) in margin_cases() {
        let mut desk = Desk::of(&grid)?;
        let legs = desk.legs(&grid, Lean::Mixed);
        let trader = desk.trader_with("book", &legs)?;
        table.add("margin_check", case, desk.world.check_margin(&trader))?;
    }
    settling(table)?;
    let mut widest = widest_margin_check()?;
    let (world, trader) = (&mut widest.world, &widest.trader);
    let case = format!("{SIXTY_FOUR}, 4 collaterals, a peg");
    table.add("margin_check", case, world.check_margin(trader))?;
    Ok(())
}

/// A book of 8 legs within the settlement window, part of the price averaged already.
fn settling(table: &mut Table) -> Result<()> {
    let grid = Grid { markets: 1, expiries_secs: &[HOUR_SECS], strikes: 8 };
    let mut desk = Desk::of(&grid)?;
    let (expiry, legs) = (desk.world.vm.now() + HOUR_SECS, desk.legs(&grid, Lean::Mixed));
    let trader = desk.trader_with("book", &legs)?;
    let world = &mut desk.world;
    world.wait(HOUR_SECS - 10 * 60)?;
    world.sample("BTC", expiry)?;
    world.wait(60)?;
    world.sample("BTC", expiry)?;
    table.add("margin_check", "8 legs, within the settlement window", world.check_margin(&trader))?;
    Ok(())
}

/// The margin check that names the most accounts.
pub struct Widest {
    /// The scenario.
    pub world: World,
    /// Holds 64 legs over 4 underlyings and 8 expiries, and four collateral assets with a price of their own each.
    pub trader: Trader,
}

impl Widest {
    /// Accounts that its margin check names.
    ///
    /// # Errors
    /// A price that is not posted.
    pub fn accounts(&self) -> Result<usize> {
        let (exchange, portfolio) = (self.world.exchange(), self.world.portfolio_of(&self.trader));
        Ok(margin_check(&exchange, &portfolio, &self.world.price_accounts())?.accounts.len())
    }
}

/// 64 legs over 4 underlyings and 8 expiries, four collateral assets, and a peg that is read.
///
/// # Errors
/// What the program refuses.
pub fn widest_margin_check() -> Result<Widest> {
    let grid = Grid { markets: 4, expiries_secs: WEEK_AND_MONTH, strikes: 8 };
    let mut world = World::bare(TEN_TENTEN)?;
    let args = ballast::instructions::ExchangeInitArgs { peg_feed_id: feeds::USDC, ..world.exchange_args() };
    world.create_exchange(args)?;
    world.post(PriceUpdate::new(feeds::USDC, 99_990_000, TEN_TENTEN));
    let mut desk = Desk::open_with(world, grid.markets)?;
    desk.list(&grid)?;
    let legs = desk.legs(&grid, Lean::Mixed);
    let trader = desk.trader_with("book", &legs)?;
    let mut world = desk.world;
    for (number, symbol) in (1..).zip(COLLATERALS) {
        world.add_collateral(&CollateralSpec::new(symbol, [number; 32], 1_000_000_000, 6))?;
        world.fund(&trader, symbol, 1_000 * USD_E6)?;
    }
    Ok(Widest { world, trader })
}

//! How the cost of a margin check grows: compute units against legs, underlyings, expiries and collaterals, everything
//! else of a book held still.
//!
//! A VM counts the same for the same book every time, so a difference of two figures is exact: no fit is needed.

mod chart;

use crate::{
    desk::{Desk, Grid, Lean, DAY_SECS, USD_E6},
    Result,
};
use ballast_harness::world::CollateralSpec;

const HOUR_SECS: i64 = 3_600;
/// Expiries of most books: all far enough for no strike of theirs to be a scenario of its own.
const FAR: [i64; 8] = [
    7 * DAY_SECS,
    14 * DAY_SECS,
    30 * DAY_SECS,
    60 * DAY_SECS,
    90 * DAY_SECS,
    120 * DAY_SECS,
    180 * DAY_SECS,
    360 * DAY_SECS,
];
/// Expiries whose strikes are scenarios of their own.
const TODAY: [i64; 2] = [6 * HOUR_SECS, 18 * HOUR_SECS];

/// Costs against the count of one thing, for several kinds of book.
pub struct Sweep {
    /// What is counted, in the plural.
    pub of: &'static str,
    /// The least count from which one more brings nothing else along: a first leg brings an underlying.
    pub counted_from: u64,
    /// The costs.
    pub curves: Vec<Curve>,
}

/// Costs of one kind of book.
pub struct Curve {
    /// What the book is besides the count.
    pub book: &'static str,
    /// (count, compute units), the counts rising.
    pub points: Vec<(u64, u64)>,
}

impl Sweep {
    /// The sweep as a picture.
    ///
    /// # Errors
    /// Nothing can be drawn without points.
    pub fn chart(&self) -> Result<String> {
        chart::draw(self)
    }
}

impl Curve {
    /// What one more cost between each point and the next, compute units, rounded down.
    #[must_use]
    pub fn steps(&self) -> Vec<i64> {
        let step = |pair: &[(u64, u64)]| {
            let [count, units] = [(pair[0].0, pair[1].0), (pair[0].1, pair[1].1)]
                .map(|(from, to)| to.cast_signed() - from.cast_signed());
            units.div_euclid(count)
        };
        self.points.windows(2).map(step).collect()
    }
}

/// Measures every sweep.
///
/// # Errors
/// What the program refused.
pub fn measure() -> Result<Vec<Sweep>> {
    Ok(vec![legs()?, underlyings()?, expiries()?, collaterals()?])
}

fn legs() -> Result<Sweep> {
    let far = |markets, dates: &'static [i64]| {
        move |legs: u64| Grid {
            markets,
            expiries_secs: dates,
            strikes: legs / (markets * dates.len()) as u64,
        }
    };
    let mut one = grids("1 underlying, 1 expiry", &[1, 2, 4, 8, 16, 32], far(1, &FAR[..1]))?;
    one.points.insert(0, (0, empty()?));
    let two = grids("1 underlying, 2 expiries", &[2, 4, 8, 16, 32, 64], far(1, &FAR[..2]))?;
    let today = grids("1 underlying, 2 expiries, today", &[2, 4, 8, 16, 32, 64], far(1, &TODAY))?;
    let four = grids("4 underlyings, 8 expiries", &[8, 16, 32, 64], far(4, &FAR[..2]))?;
    Ok(Sweep { of: "legs", counted_from: 1, curves: vec![one, two, today, four] })
}

fn underlyings() -> Result<Sweep> {
    let alone = |n| Grid { markets: count(n), expiries_secs: &FAR[..1], strikes: 1 };
    let eight = |n| Grid { markets: count(n), expiries_secs: &FAR[..1], strikes: 8 / n };
    let whole = |n| Grid { markets: count(n), expiries_secs: &FAR[..8 / count(n)], strikes: 8 };
    let curves = vec![
        grids("1 leg in each", &[1, 2, 3, 4, 5, 6, 7, 8], alone)?,
        grids("8 legs, 1 expiry in each", &[1, 2, 4, 8], eight)?,
        grids("64 legs, 8 expiries", &[1, 2, 4, 8], whole)?,
    ];
    Ok(Sweep { of: "underlyings", counted_from: 1, curves })
}

fn expiries() -> Result<Sweep> {
    let of = |markets: usize, legs: u64| {
        move |n: u64| Grid { markets, expiries_secs: &FAR[..count(n)], strikes: legs / markets as u64 / n }
    };
    let curves = vec![
        grids("8 legs, 1 underlying", &[1, 2, 4, 8], of(1, 8))?,
        grids("64 legs, 1 underlying", &[2, 4, 8], of(1, 64))?,
        grids("64 legs, 4 underlyings, in each", &[1, 2, 4, 8], of(4, 64))?,
    ];
    Ok(Sweep { of: "expiries", counted_from: 1, curves })
}

/// Collateral assets with a price of their own each.
fn collaterals() -> Result<Sweep> {
    let small = Grid { markets: 1, expiries_secs: &FAR[..1], strikes: 8 };
    let large = Grid { markets: 4, expiries_secs: &FAR[..2], strikes: 8 };
    let curves = vec![
        with_collaterals("8 legs, 1 underlying", &small)?,
        with_collaterals("64 legs, 4 underlyings, 8 expiries", &large)?,
    ];
    Ok(Sweep { of: "collaterals", counted_from: 0, curves })
}

/// One book a count, each on an exchange of its own.
fn grids(book: &'static str, counts: &[u64], grid: impl Fn(u64) -> Grid) -> Result<Curve> {
    let mut points = Vec::with_capacity(counts.len());
    for &count in counts {
        let grid = grid(count);
        let mut desk = Desk::of(&grid)?;
        let legs = desk.legs(&grid, Lean::Mixed);
        let trader = desk.trader_with("book", &legs)?;
        points.push((count, desk.world.check_margin(&trader)?.compute_units));
    }
    Ok(Curve { book, points })
}

/// The same book with one asset more each time.
fn with_collaterals(book: &'static str, grid: &Grid) -> Result<Curve> {
    const SYMBOLS: [&str; 4] = ["C1", "C2", "C3", "C4"];
    let mut desk = Desk::of(grid)?;
    let legs = desk.legs(grid, Lean::Mixed);
    let trader = desk.trader_with("book", &legs)?;
    let mut points = vec![(0, desk.world.check_margin(&trader)?.compute_units)];
    for (number, symbol) in (1..).zip(SYMBOLS) {
        desk.world.add_collateral(&CollateralSpec::new(symbol, [number; 32], 1_000_000_000, 6))?;
        desk.world.fund(&trader, symbol, 1_000 * USD_E6)?;
        points.push((u64::from(number), desk.world.check_margin(&trader)?.compute_units));
    }
    Ok(Curve { book, points })
}

/// A margin check of a portfolio that holds cash alone.
fn empty() -> Result<u64> {
    let mut desk = Desk::open(1)?;
    let trader = desk.trader_with("empty", &[])?;
    Ok(desk.world.check_margin(&trader)?.compute_units)
}

fn count(n: u64) -> usize {
    usize::try_from(n).unwrap_or(usize::MAX)
}

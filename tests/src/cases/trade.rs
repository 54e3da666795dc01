//! `trade` by legs and by the size of the two portfolios.

use super::Table;
use crate::{
    desk::{Desk, Grid, Lean, DAY_SECS},
    Result,
};
use ballast::instructions::Leg;
use ballast_harness::{world::Sent, Trader};

/// Seconds after which a price no longer serves to increase risk.
const STALE_SECS: i64 = 90;
const TWENTY: Grid = Grid { markets: 1, expiries_secs: &[30 * DAY_SECS], strikes: 20 };
const EIGHT: Grid = Grid { markets: 1, expiries_secs: &[30 * DAY_SECS], strikes: 8 };
const SPREAD: Grid = Grid { markets: 2, expiries_secs: &[7 * DAY_SECS, 30 * DAY_SECS], strikes: 2 };
const SIXTY_FOUR: Grid = Grid { markets: 4, expiries_secs: &[7 * DAY_SECS, 30 * DAY_SECS], strikes: 8 };

pub(super) fn measure(table: &mut Table) -> Result<()> {
    for (case, held, traded) in [
        ("1 leg, empty portfolios", 0..0, 0..1),
        ("12 legs, empty portfolios", 0..0, 0..12),
        ("4 legs, 8-leg portfolios", 0..8, 0..4),
        ("4 new legs, 8-leg portfolios", 0..8, 8..12),
        ("12 legs, 8-leg portfolios", 0..8, 0..12),
        ("12 new legs, 8-leg portfolios", 0..8, 8..20),
    ] {
        let mut pair = Pair::of(&TWENTY, held)?;
        table.add("trade", case, pair.trade(traded, 1))?;
    }
    let mut pair = Pair::of(&SPREAD, 0..8)?;
    let case = "4 legs, 8-leg portfolios, 2 underlyings, 4 expiries";
    table.add(
        "trade",
        case,
        pair.trade_of(&pair.legs.iter().step_by(2).copied().collect::<Vec<Leg>>(), 1),
    )?;
    let mut pair = Pair::of(&SIXTY_FOUR, 0..64)?;
    table.add("trade", "4 legs, 64-leg portfolios", pair.trade(0..4, 1))?;
    // One leg in every market, then in every expiry.
    let spread: Vec<Leg> = pair.legs.iter().step_by(16).copied().collect();
    table.add("trade", "4 legs of 4 underlyings, 64-leg portfolios", pair.trade_of(&spread, 1))?;
    reducing(table)
}

/// At a stale price a side must prove that its risk falls: every side is valued twice.
fn reducing(table: &mut Table) -> Result<()> {
    for (case, grid) in [
        ("4 legs, 8-leg portfolios, both only reducing", EIGHT),
        ("4 legs, 64-leg portfolios, both only reducing", SIXTY_FOUR),
    ] {
        let mut pair = Pair::of(&grid, 0..0)?;
        let legs = pair.desk.legs(&grid, Lean::Short);
        let (maker, taker) = (pair.maker.clone(), pair.taker.clone());
        pair.desk.world.trade_book_at_mark(&maker, &taker, &legs)?;
        pair.desk.world.vm.advance(STALE_SECS);
        // Sold strangles lean on their calls: buying some of those back leaves less of everything.
        let calls: Vec<Leg> = legs.iter().filter(|leg| !leg.is_put).copied().collect();
        let back: Vec<Leg> = calls.iter().step_by(calls.len() / 4).copied().collect();
        table.add("trade", case, pair.trade_of(&back, -1))?;
    }
    Ok(())
}

/// Two portfolios with the same legs, both traded with the house.
struct Pair {
    desk: Desk,
    maker: Trader,
    taker: Trader,
    legs: Vec<Leg>,
}

impl Pair {
    fn of(grid: &Grid, held: std::ops::Range<usize>) -> Result<Self> {
        let mut desk = Desk::of(grid)?;
        let legs = desk.legs(grid, Lean::Mixed);
        let maker = desk.trader_with("maker", &legs[held.clone()])?;
        let taker = desk.trader_with("taker", &legs[held])?;
        Ok(Self { desk, maker, taker, legs })
    }

    /// Trades half of these legs' quantities.
    fn trade(&mut self, legs: std::ops::Range<usize>, sign: i64) -> Sent {
        let legs = self.legs[legs].to_vec();
        self.trade_of(&legs, sign)
    }

    /// Trades half of the quantities, or as much of their opposite as the sign says.
    fn trade_of(&mut self, legs: &[Leg], sign: i64) -> Sent {
        let half = |leg: &Leg| Leg { qty_e6: leg.qty_e6 * sign / 2, ..*leg };
        let legs: Vec<Leg> = legs.iter().map(half).collect();
        self.desk.world.trade_at_mark(&self.maker, &self.taker, &legs)
    }
}

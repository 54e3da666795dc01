//! The book's own strikes as scenarios of expiries about to end (risk.md §3).
//!
//! A grid of quarter price ranges cannot see what happens between its points on an option's last day. For a near expiry
//! the price may settle at any strike the book holds: there the expiry is worth its payoff, the rest of the underlying
//! what the grid says. `P = ℓ(m) + part`, `part = g·((value_e − D·payoff_e) − ℓ_e(m))`. ℓ is added when the whole
//! underlying and its collateral are known.

use crate::block::Block;
use crate::fixed::bits;
use crate::lane::Lane;
use crate::payoff::{money_fine, Sweep};
use crate::scenario::{grid_index, VolCase, GRID_MOVES, SCENARIOS};
use crate::scratch::{Desk, OwnStrike, UnderlyingState};
use crate::surface::PreparedExpiry;
use crate::underlying::ExpiryBlock;

/// One own-strike scenario as it is found, for a full record of the risk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OwnStrikeRow {
    /// Underlying, in the order added.
    pub underlying: u8,
    /// Expiry, in the order given.
    pub expiry: u8,
    /// The strike, 1e-8 quote; `None` for one of the nine grid moves.
    pub strike_e8: Option<u64>,
    /// Move as a share of the price range, 2^-30.
    pub share_q30: i64,
    /// g·(…), 1e-6 quote.
    pub part_e6: i64,
}

/// Where own-strike scenarios go: the scratch, and a sink for whoever wants every row.
pub(crate) struct OwnStrikes<'a, S> {
    pub rows: &'a mut usize,
    pub slot: usize,
    pub sink: &'a mut S,
}

/// Extra bits of the money in which a part is added up.
pub(crate) const FINE: u32 = 10;

/// An expiry under way: its value and grid losses in block units, its scale.
pub(crate) struct Near<'a> {
    pub e: &'a PreparedExpiry,
    pub value: Lane,
    pub losses: &'a [Lane; GRID_MOVES],
    pub block: &'a Block,
    pub shift: u32,
}

impl Near<'_> {
    /// g·((value − D·payoff) − ℓ_e), to the nearest.
    pub(crate) fn part(&self, payoff: i128, share_q30: i64) -> i64 {
        let grid = interpolate(&self.losses.map(|loss| loss.0), share_q30);
        let kept = self.block.money_fine(self.value - Lane(grid), FINE);
        let paid = (money_fine(payoff, self.shift, FINE) * i128::from(self.e.discount_q32.0)) >> 32;
        let weighted = (kept - paid) * i128::from(self.e.near_q30.0);
        ((weighted + (1 << (29 + FINE))) >> (30 + FINE)) as i64
    }
}

impl<S: FnMut(OwnStrikeRow)> OwnStrikes<'_, S> {
    /// Adds the scenarios of one near expiry with unchanged-volatility grid losses `losses` in block units.
    pub(crate) fn expiry(
        &mut self,
        desk: &mut Desk,
        (index, e): (usize, &PreparedExpiry),
        (block, range_q40, sum): (&Block, i64, &ExpiryBlock),
        losses: &[Lane; GRID_MOVES],
        state: &mut UnderlyingState,
    ) {
        state.has_own = 1;
        let near = Near { e, value: sum.value(), losses, block, shift: block.exact_shift() };
        let range_n = ((i128::from(e.moving_n.0) * i128::from(range_q40)) >> 40) as i64;
        self.strikes(desk, index, sum, &near, range_n);
        let mut sweep = Sweep::new(&desk.lines[sum.first..sum.end], near.shift);
        for step in 0..GRID_MOVES {
            let quarters = step as i64 - (GRID_MOVES / 2) as i64;
            let at = e.averaged_n + e.moving_n + Lane(range_n * quarters / 4);
            let share_q30 = quarters << 28;
            let part = near.part(sweep.payoff_at(block.exact_price(at)), share_q30);
            state.grid_part_e6[step] = state.grid_part_e6[step].max(part);
            self.tell(index, None, share_q30, part);
        }
    }

    /// Adds the scenarios of a near expiry without lines: at each grid move its part is nothing.
    pub(crate) fn unheld(&mut self, index: usize, state: &mut UnderlyingState) {
        state.has_own = 1;
        for step in 0..GRID_MOVES {
            state.grid_part_e6[step] = state.grid_part_e6[step].max(0);
            self.tell(index, None, (step as i64 - (GRID_MOVES / 2) as i64) << 28, 0);
        }
    }

    /// The strikes within one price range where calls or puts do not net to zero.
    fn strikes(&mut self, desk: &mut Desk, index: usize, sum: &ExpiryBlock, near: &Near, range_n: i64) {
        let lines = &desk.lines[sum.first..sum.end];
        let mut sweep = Sweep::new(lines, near.shift);
        for line in lines {
            let away = (line.left_n - near.e.moving_n).0;
            if away.abs() > range_n || (line.calls_e6 == 0 && line.puts_e6 == 0) {
                continue;
            }
            let share_q30 = share(away, range_n);
            let part = near.part(sweep.payoff_at(line.strike_shifted(near.shift)), share_q30);
            // One row a line at most, and lines are counted: there is always room.
            if let Some(row) = desk.own.get_mut(*self.rows) {
                *row = OwnStrike { share_q30, part_e6: part, underlying: self.slot as u64 };
                *self.rows += 1;
            }
            self.tell(index, Some(line.strike_e8), share_q30, part);
        }
    }

    fn tell(&mut self, expiry: usize, strike_e8: Option<u64>, share_q30: i64, part_e6: i64) {
        let (underlying, expiry) = (self.slot as u8, expiry as u8);
        (self.sink)(OwnStrikeRow { underlying, expiry, strike_e8, share_q30, part_e6 });
    }
}

/// `away/range` at 2^-30 for |away| ≤ range.
pub(crate) fn share(away: i64, range: i64) -> i64 {
    if range == 0 {
        return 0;
    }
    // Both shifted so that the range has 47 bits: 2^62 over 2^32 keeps 30.
    let up = 47u32.saturating_sub(bits(range as u64));
    ((away << up) << 15) / ((range << up) >> 15).max(1)
}

/// Linear interpolation of nine grid values at a share of the price range (2^-30, within ±1).
pub(crate) fn interpolate(grid: &[i64; GRID_MOVES], share_q30: i64) -> i64 {
    let place = (share_q30.clamp(-(1 << 30), 1 << 30) + (1 << 30)) << 2;
    let cell = ((place >> 30) as usize).min(GRID_MOVES - 2);
    let part = place - ((cell as i64) << 30);
    let (low, high) = (grid[cell], grid[cell + 1]);
    // Between the two, so it fits a word.
    (i128::from(low) + (((i128::from(high) - i128::from(low)) * i128::from(part)) >> 30)) as i64
}

/// ℓ(m): the unchanged-volatility losses of an underlying at a share of its price range, linear between grid moves.
#[must_use]
pub fn unchanged_vol_loss_e6(losses_e6: &[i64; SCENARIOS], share_q30: i64) -> i64 {
    interpolate(&unchanged_vol_row(losses_e6), share_q30)
}

/// The nine unchanged-volatility grid losses.
pub(crate) fn unchanged_vol_row(losses_e6: &[i64; SCENARIOS]) -> [i64; GRID_MOVES] {
    core::array::from_fn(|step| losses_e6[grid_index(step, VolCase::Same)])
}

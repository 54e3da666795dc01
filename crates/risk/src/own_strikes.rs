//! The book's own strikes as scenarios of expiries about to end (risk.md §3).
//!
//! A grid of quarter price ranges cannot see what happens between its points on an option's last day. For a near expiry
//! the price may settle at any strike the book holds: there the expiry is worth its payoff, the rest of the underlying
//! what the grid says. `P = ℓ(m) + part`, `part = g·((value_e − D·payoff_e) − ℓ_e(m))`. ℓ is added when the whole
//! underlying and its collateral are known.

use crate::block::Block;
use crate::fixed::bits;
use crate::lane::Lane;
use crate::scenario::{grid_index, VolCase, GRID_MOVES, SCENARIOS};
use crate::scratch::{Desk, Line, OwnStrike, UnderlyingState};
use crate::surface::PreparedExpiry;
use crate::sweep::{money_fine, money_fine_of_word, Narrow, Payoff, Sweep, FINE};
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

/// An expiry under way: its value and grid losses in block units, its scale.
pub(crate) struct Near<'a> {
    pub e: &'a PreparedExpiry,
    pub value: Lane,
    pub losses: &'a [Lane; GRID_MOVES],
    pub block: &'a Block,
    pub shift: u32,
}

impl Near<'_> {
    /// ℓ_e at a share of the price range (2^-30).
    #[inline]
    pub(crate) fn loss_at(&self, share_q30: i64) -> Lane {
        Lane(interpolate(bytemuck::cast_ref(self.losses), share_q30))
    }

    /// g·((value − D·payoff) − ℓ_e), to the nearest.
    #[inline]
    pub(crate) fn part(&self, payoff: impl Payoff, loss: Lane) -> i64 {
        let kept = self.value - loss;
        match (self.block.money_fine_word(kept, FINE), payoff.word(self.shift + 8)) {
            (Some(kept), Some(paid)) => {
                // The payoff's money is below 2^54, so below a discount of at most 1 as well, and the block's below 2^62.
                let paid = of_words(money_fine_of_word(paid), self.e.discount_q32);
                of_words_nearest(Lane(kept) - paid, self.e.near_q30)
            }
            _ => self.wide_part(payoff.get(), kept),
        }
    }

    #[inline(never)]
    fn wide_part(&self, payoff: i128, kept: Lane) -> i64 {
        let kept = self.block.money_fine(kept, FINE);
        let paid = (money_fine(payoff, self.shift) * i128::from(self.e.discount_q32.0)) >> 32;
        let weighted = (kept - paid) * i128::from(self.e.near_q30.0);
        ((weighted + (1 << (29 + FINE))) >> (30 + FINE)) as i64
    }
}

/// `x` times a fraction at 2^-32 of at most 1, rounded down.
#[inline]
fn of_words(x: Lane, fraction_q32: Lane) -> Lane {
    let low = (x.0 as u64 & 0xffff_ffff).wrapping_mul(fraction_q32.0 as u64) >> 32;
    (x >> 32) * fraction_q32 + Lane(low as i64)
}

/// Money at 2^-[`FINE`] times a fraction at 2^-30 of at most 1, as money to the nearest.
#[inline]
fn of_words_nearest(x: Lane, fraction_q30: Lane) -> i64 {
    const DROPPED: u32 = 30 + FINE - 32;
    ((of_words(x, fraction_q30) + Lane(1 << (DROPPED - 1))) >> DROPPED).0
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
        let lines = &desk.lines[sum.first..sum.end];
        let last = lines.last().map_or(0, |line| line.strike_shifted(near.shift));
        let top = last.max(block.exact_price(e.averaged_n + e.moving_n + Lane(range_n)));
        let rows = &mut desk.own;
        if Narrow::serves(sum.grain.gross_e6, top.unsigned_abs()) {
            self.scenarios::<Narrow>((lines, rows), index, (&near, range_n), state);
        } else {
            self.scenarios::<i128>((lines, rows), index, (&near, range_n), state);
        }
    }

    #[inline(never)]
    fn scenarios<W: Payoff>(
        &mut self,
        (lines, rows): (&[Line], &mut [OwnStrike]),
        index: usize,
        (near, range_n): (&Near, i64),
        state: &mut UnderlyingState,
    ) {
        self.strikes::<W>((lines, rows), index, (near, range_n));
        let (mut sweep, mut quarters) = (Sweep::<W>::new(lines, near.shift), -((GRID_MOVES / 2) as i64));
        for (loss, most) in near.losses.iter().zip(&mut state.grid_part_e6) {
            let at = near.e.averaged_n + near.e.moving_n + Lane(range_n * quarters / 4);
            // At a move of the grid interpolation gives its loss.
            let part = near.part(sweep.payoff_at(near.block.exact_price(at)), *loss);
            *most = (*most).max(part);
            self.tell(index, None, quarters << 28, part);
            quarters += 1;
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
    #[inline(always)]
    fn strikes<W: Payoff>(
        &mut self,
        (lines, rows): (&[Line], &mut [OwnStrike]),
        index: usize,
        (near, range_n): (&Near, i64),
    ) {
        let mut sweep = Sweep::<W>::new(lines, near.shift);
        let shares = Shares::of(range_n);
        for line in lines {
            let away = (line.left_n - near.e.moving_n).0;
            if away.abs() > range_n || (line.calls_e6 == 0 && line.puts_e6 == 0) {
                continue;
            }
            let share_q30 = shares.at(away);
            let part = near.part(sweep.payoff_at(line.strike_shifted(near.shift)), near.loss_at(share_q30));
            // One row a line at most, and lines are counted: there is always room.
            if let Some(row) = rows.get_mut(*self.rows) {
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

/// Shares of a price range.
#[derive(Clone, Copy)]
pub(crate) struct Shares {
    up: u32,
    range: i64,
}

impl Shares {
    pub(crate) fn of(range: i64) -> Self {
        // Both shifted so that the range has 47 bits: 2^62 over 2^32 keeps 30.
        let up = 47u32.saturating_sub(bits(range as u64));
        Self { up, range: ((range << up) >> 15).max(1) }
    }

    /// `away/range` at 2^-30 for |away| ≤ range, towards zero; 0 of a range of 0.
    #[inline]
    pub(crate) fn at(self, away: i64) -> i64 {
        let size = (away.unsigned_abs() << self.up << 15) / self.range as u64;
        if away < 0 {
            -(size as i64)
        } else {
            size as i64
        }
    }
}

/// Linear interpolation of nine grid values at a share of the price range (2^-30, within ±1).
#[inline]
pub(crate) fn interpolate(grid: &[i64; GRID_MOVES], share_q30: i64) -> i64 {
    let place = (share_q30.clamp(-(1 << 30), 1 << 30).wrapping_add(1 << 30) as u64) << 2;
    let cell = ((place >> 30) as usize).min(GRID_MOVES - 2);
    let part = place.wrapping_sub((cell as u64) << 30) as i64;
    let (low, high) = (grid[cell], grid[cell + 1]);
    if (low.unsigned_abs() | high.unsigned_abs()) < 1 << 46 {
        // A difference of 47 bits by 30 bits in two halves, rounded down together.
        let (low, apart) = (Lane(low), Lane(high) - Lane(low));
        let rest = (apart * Lane(part & 0x7fff)) >> 15;
        return (low + ((apart * Lane(part >> 15) + rest) >> 15)).0;
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8192))]

        /// Goal: a part in words is the 128-bit one to the bit. Method: values, losses, payoffs, scales, discounts and weights
        /// of every size.
        #[test]
        fn parts_in_words_are_exact(
            value in -(1i64 << 33)..1 << 33, loss in -(1i64 << 33)..1 << 33, payoff in -(1i128 << 85)..1 << 85,
            less in 0u32..86, qty in 1u64..1 << 30, price_shift in 0i32..24, gross in 1u64..1 << 55,
            discount in 1i64..=1 << 32, near_q30 in 1i64..=1 << 30,
        ) {
            let mut e = PreparedExpiry::zeroed();
            (e.discount_q32, e.near_q30) = (Lane(discount), Lane(near_q30));
            let mut block = Block::new(qty, price_shift);
            prop_assume!(block.fix(gross).is_ok());
            let near = Near {
                e: &e, value: Lane(value), losses: &[Lane::ZERO; GRID_MOVES], block: &block, shift: block.exact_shift(),
            };
            let payoff = payoff >> less;
            prop_assert_eq!(near.part(Narrow::of(payoff), Lane(loss)), near.wide_part(payoff, Lane(value - loss)));
            prop_assert_eq!(near.part(payoff, Lane(loss)), near.wide_part(payoff, Lane(value - loss)));
        }

        /// Goal: interpolation is the product of its definition, rounded down, in words or not, and at a move of the grid its
        /// loss. Method: losses of every size, shares within the range and at its moves.
        #[test]
        fn interpolation_is_exact(
            grid in prop::array::uniform9(-(1i64 << 61)..1 << 61), less in 0u32..61, share_q30 in -(1i64 << 30)..=1 << 30,
            step in 0usize..GRID_MOVES,
        ) {
            let grid = grid.map(|loss| loss >> less);
            let place = (share_q30 + (1 << 30)) * 4;
            let cell = ((place >> 30) as usize).min(GRID_MOVES - 2);
            let (low, high) = (i128::from(grid[cell]), i128::from(grid[cell + 1]));
            let part = i128::from(place) - ((cell as i128) << 30);
            prop_assert_eq!(i128::from(interpolate(&grid, share_q30)), low + (((high - low) * part) >> 30));
            prop_assert_eq!(interpolate(&grid, (step as i64 - 4) << 28), grid[step]);
        }

        /// Goal: a share is away over range to 2^-30, of one sign with it and at most one. Method: ranges of every size.
        #[test]
        fn shares_are_quotients(range in 0i64..1 << 48, less in 0u32..48, away in -1.0f64..=1.0) {
            let range = range >> less;
            let away = (away * range as f64) as i64;
            let share = Shares::of(range).at(away);
            let exact = if range == 0 { 0.0 } else { away as f64 / range as f64 };
            // The range keeps 32 bits of its 47, or all that it has.
            prop_assert!((share as f64 / (1u64 << 30) as f64 - exact).abs() <= 2e-9, "{} {}", share, exact);
            prop_assert_eq!(Shares::of(range).at(-away), -share);
        }
    }
}

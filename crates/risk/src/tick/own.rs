//! The own strikes of near expiries, as `own_strikes.rs` has them, where an expiry has few lines: its payoff is then added up
//! line by line at each price instead of walked, and what fits a word is worked out in words.

use super::book::Pass;
use super::cells::SameSums;
use super::few::{payoff, FEW};
use super::report::grain;
use crate::block::Block;
use crate::fixed::{ratio_floor, ratio_nearest};
use crate::lane::Lane;
use crate::own_strikes::{interpolate, unchanged_vol_row, Near, OwnStrikes, Shares};
use crate::scenario::{GRID_MOVES, SCENARIOS};
use crate::scratch::{OwnStrike, UnderlyingState};
use crate::surface::PreparedExpiry;
use crate::sweep::{money_fine, FINE};
use crate::underlying::ExpiryBlock;

/// Prices of a near expiry's scenarios, which the market decides.
pub(super) struct OwnPrices {
    /// One price range of what still moves.
    range_n: i64,
    /// Settlement prices at the moves of the grid, in the scale of exact payoffs.
    grid: [i64; GRID_MOVES],
}

impl OwnPrices {
    pub(super) fn new(e: &PreparedExpiry, range_q40: i64) -> Self {
        let range_n = ((i128::from(e.moving_n.0) * i128::from(range_q40)) >> 40) as i64;
        let block = Block::new(1, e.price_shift);
        let grid = core::array::from_fn(|step| {
            let quarters = step as i64 - (GRID_MOVES / 2) as i64;
            block.exact_price(e.averaged_n + e.moving_n + Lane(range_n * quarters / 4))
        });
        Self { range_n, grid }
    }
}

/// g·(…) of finer money, to the nearest.
#[inline(always)]
fn weighted(near: &Near, fine: i128) -> i64 {
    // Money is below 2^82.6 and a weight at most 2^30.
    let weighted = fine.wrapping_mul(i128::from(near.e.near_q30.0));
    (weighted.wrapping_add(1 << (29 + FINE)) >> (30 + FINE)) as i64
}

/// `Near::part` for a value less the grid's loss, in block units.
#[inline(always)]
fn part(near: &Near, kept: Lane, payoff: i128) -> i64 {
    let kept = near.block.money_fine(kept, FINE);
    // Of 2^62/5^8, as `sweep::money_fine`.
    const PER_5_TO_8_Q62: i64 = 11_805_916_207_174;
    let (Ok(kept), Ok(paid)) = (i64::try_from(kept), i64::try_from(payoff >> (near.shift + 8))) else {
        let paid = (money_fine(payoff, near.shift) * i128::from(near.e.discount_q32.0)) >> 32;
        return weighted(near, kept - paid);
    };
    // Below 2^107, so that 2^55 is left, and less with a discount.
    let fine = (i128::from(paid).wrapping_mul(i128::from(PER_5_TO_8_Q62)) >> (62 - FINE)) as i64;
    let paid = (i128::from(fine).wrapping_mul(i128::from(near.e.discount_q32.0)) >> 32) as i64;
    match kept.checked_sub(paid) {
        Some(less) => weighted(near, i128::from(less)),
        None => weighted(near, i128::from(kept) - i128::from(paid)),
    }
}

impl Pass<'_, '_> {
    /// The own strikes of near expiries.
    #[inline(always)]
    pub(super) fn own_strikes(
        &mut self,
        (slot, own_rows): (usize, &mut usize),
        block: &Block,
        state: &mut UnderlyingState,
    ) {
        let market = self.held.market;
        if !self.near && !market.every_near_counts {
            return;
        }
        let mut held = 0u32;
        for note in 1..=self.count {
            let at = self.of.quantities[note].expiry;
            held |= 1 << at;
            if self.held.expiries[at as usize].own.is_some() {
                self.own_strikes_of(note, (slot, own_rows), block, state);
            }
        }
        if market.every_near_counts {
            // An expiry without lines loses nothing at any move.
            for (at, expiry) in self.held.expiries.iter().enumerate() {
                if held >> at & 1 == 0 && expiry.own.is_some() {
                    state.has_own = 1;
                    state.grid_part_e6 = state.grid_part_e6.map(|part| part.max(0));
                }
            }
        }
    }

    #[inline(never)]
    fn own_strikes_of(
        &mut self,
        note: usize,
        (slot, own_rows): (usize, &mut usize),
        block: &Block,
        state: &mut UnderlyingState,
    ) {
        let (market, (mut sum, at)) = (self.held.market, self.sum(note));
        let mut alone = SameSums::ZERO;
        for index in sum.first..sum.end {
            let cells = self.cells(index);
            let (forward, strike) = (self.of.forward[index], self.of.strike[index]);
            let shares = cells.shares(forward, strike, (Lane::ZERO, Lane::ZERO));
            alone.add((forward, strike), &shares, cells);
        }
        let losses = alone.losses(&market.scenarios, &sum);
        let expiry = &self.held.expiries[at];
        let e = &expiry.state;
        match &expiry.own {
            Some(prices) if sum.end - sum.first <= FEW => {
                let near = Near { e, value: sum.value(), losses: &losses, block, shift: block.exact_shift() };
                self.own_of_few(&near, (&sum, prices), (slot, own_rows), state);
            }
            _ => {
                self.write_lines();
                sum.grain = grain(&self.desk.lines[sum.first..sum.end]);
                let mut own = OwnStrikes { rows: own_rows, slot, sink: &mut |_| {} };
                own.expiry(self.desk, (note - 1, e), (block, market.market.range_q40, &sum), &losses, state);
            }
        }
    }

    /// As `OwnStrikes::expiry`.
    #[inline(always)]
    fn own_of_few(
        &mut self,
        near: &Near,
        (sum, prices): (&ExpiryBlock, &OwnPrices),
        (slot, own_rows): (usize, &mut usize),
        state: &mut UnderlyingState,
    ) {
        let (paid, count) = self.few((sum.first, sum.end), near.shift);
        let lines = &paid[..count];
        state.has_own = 1;
        let shares = Shares::of(prices.range_n);
        for (index, line) in (sum.first..sum.end).zip(lines) {
            let away = (self.strike(index).prices.left_n - near.e.moving_n).0;
            if away.abs() > prices.range_n || (line.calls_e6 == 0 && line.puts_e6 == 0) {
                continue;
            }
            let share_q30 = shares.at(away);
            let part_e6 = part(near, near.value - near.loss_at(share_q30), payoff(lines, line.strike));
            // One row a line at most, and lines are counted: there is always room.
            if let Some(row) = self.desk.own.get_mut(*own_rows) {
                *row = OwnStrike { share_q30, part_e6, underlying: slot as u64 };
                *own_rows += 1;
            }
        }
        for ((at, loss), most) in prices.grid.iter().zip(near.losses).zip(&mut state.grid_part_e6) {
            // At a move of the grid interpolation gives its loss.
            *most = (*most).max(part(near, near.value - *loss, payoff(lines, *at)));
        }
    }
}

/// The greatest own-strike losses, for IM and for MM and at least 0, of losses that are an underlying's or a group's, with
/// the parts of an underlying: as `group::own_scenarios` goes through them.
pub(super) fn greatest(
    losses_e6: &[i64; SCENARIOS],
    grid_part_e6: &[i64; GRID_MOVES],
    rows: &[OwnStrike],
    factor_e6: i64,
) -> [i64; 2] {
    let grid = unchanged_vol_row(losses_e6);
    let mut most = [0i64; 2];
    let mut see = |linear: i64, part: i64| {
        most[0] = most[0].max(linear.wrapping_add(part));
        most[1] = most[1].max(of_nearest(linear, factor_e6).wrapping_add(part));
    };
    for row in rows {
        see(interpolate(&grid, row.share_q30), row.part_e6);
    }
    for (linear, part) in grid.into_iter().zip(*grid_part_e6) {
        if part != i64::MIN {
            see(linear, part);
        }
    }
    most
}

/// [`ratio_nearest`] by one division where the product fits a word.
#[inline(always)]
pub(super) fn of_nearest(money_e6: i64, ratio_e6: i64) -> i64 {
    const MILLION: u64 = 1_000_000;
    // A multiple of a million that makes the product positive: it is below 2^62.
    const ABOVE: u64 = 1 << 43;
    if money_e6.unsigned_abs() < 1 << 42 && (0..1 << 20).contains(&ratio_e6) {
        let product = money_e6.wrapping_mul(ratio_e6).wrapping_add(500_000) as u64;
        return (product.wrapping_add(ABOVE * MILLION) / MILLION).wrapping_sub(ABOVE) as i64;
    }
    ratio_nearest(money_e6, ratio_e6)
}

/// [`ratio_floor`] of money that is not below zero, by one division where the product fits a word.
#[inline(always)]
pub(super) fn of_floor(money_e6: i64, ratio_e6: i64) -> i64 {
    if money_e6.unsigned_abs() < 1 << 42 && (0..1 << 20).contains(&ratio_e6) {
        return (money_e6.wrapping_mul(ratio_e6) as u64 / 1_000_000) as i64;
    }
    ratio_floor(money_e6, ratio_e6)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8192))]

        /// Goal: a part at a move of the grid is the engine's to the bit, whether its money fits a word or not. Method:
        /// values, losses, payoffs, scales, discounts and weights of every size.
        #[test]
        fn parts_are_the_engines(
            value in -(1i64 << 33)..1 << 33, losses in prop::array::uniform9(-(1i64 << 33)..1 << 33),
            payoff in any::<i128>(), less in 45u32..128, qty in 1u64..1 << 30, price_shift in 0i32..24,
            gross in 1u64..1 << 55, discount in 1i64..=1 << 32, near_q30 in 1i64..=1 << 30, step in 0usize..GRID_MOVES,
        ) {
            let mut e = PreparedExpiry::zeroed();
            (e.discount_q32, e.near_q30) = (Lane(discount), Lane(near_q30));
            let mut block = Block::new(qty, price_shift);
            prop_assume!(block.fix(gross).is_ok());
            let losses = losses.map(Lane);
            let near = Near { e: &e, value: Lane(value), losses: &losses, block: &block, shift: block.exact_shift() };
            let payoff = payoff >> less;
            let share_q30 = (step as i64 - (GRID_MOVES / 2) as i64) << 28;
            prop_assert_eq!(part(&near, near.value - losses[step], payoff), near.part(payoff, near.loss_at(share_q30)));
        }

        /// Goal: shares of money by one division are the engine's. Method: money and ratios of every size.
        #[test]
        fn shares_of_money_are_the_engines(money in any::<i64>(), less in 2u32..64, ratio in 0i64..1 << 22) {
            let money = money >> less;
            prop_assert_eq!(of_nearest(money, ratio), ratio_nearest(money, ratio));
            prop_assert_eq!(of_floor(money.max(0), ratio), ratio_floor(money.max(0), ratio));
        }
    }
}

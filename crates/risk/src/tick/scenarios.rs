//! The 35 scenarios in the order in which registers go through them, and losses as money.
//!
//! Scenarios of one volatility case lie side by side, so that what a case decides of a line is one number for whole
//! registers. The scenario that moves nothing has no cell: it loses nothing.

use super::cells::Sums;
use crate::assessment::scenario_move;
use crate::block::Block;
use crate::kernel::whole;
use crate::lane::Lane;
use crate::moves::tail_weight_q40;
use crate::rows::{weighted_nearest, Rows};
use crate::scenario::{FIRST_TAIL, GRID_MOVES, SCENARIOS, TAIL_PERCENT, UNMOVED};
use crate::scratch::UnderlyingState;
use crate::surface::ONE_Q40;
use crate::underlying::ExpiryBlock;

/// Moves of the grid that move something.
pub(super) const STEPS: usize = GRID_MOVES - 1;
/// The first cells: raised volatility, nine moves of the grid and seven tails.
pub(super) const RAISED: usize = 16;
/// First cell of unchanged volatility.
pub(super) const SAME: usize = RAISED;
/// First cell of lowered volatility.
pub(super) const LOWERED: usize = SAME + STEPS;
/// The last tail, the greatest move at lowered volatility, and two cells of nothing.
pub(super) const LAST: usize = LOWERED + STEPS;
/// Cells in all: 35 scenarios but one, to the end of a register.
pub(super) const CELLS: usize = LAST + 4;

/// Of each scenario its cell; [`CELLS`] of the one that moves nothing.
pub(super) const CELL_OF: [usize; SCENARIOS] = {
    let mut cells = [CELLS; SCENARIOS];
    let mut s = 0;
    while s < SCENARIOS {
        let (step, case) = (s / 3, s % 3);
        cells[s] = if s == UNMOVED {
            CELLS
        } else if s == SCENARIOS - 1 {
            LAST
        } else if s >= FIRST_TAIL {
            GRID_MOVES + s - FIRST_TAIL
        } else if case == 0 {
            step
        } else if case == 1 {
            SAME + step - if s > UNMOVED { 1 } else { 0 }
        } else if step == GRID_MOVES - 1 {
            LAST + 1
        } else {
            LOWERED + step
        };
        s += 1;
    }
    cells
};

/// Spot moves of the scenarios, ready for multiplication.
#[repr(C, align(64))]
pub(super) struct Scenarios {
    /// By cell 1 + move, and the bits of its fraction: 28 where there are no tails.
    multiples: [u32; CELLS],
    shifts: [u32; CELLS],
    /// What a loss counts for, 2^-40, in its upper 27 bits and its lower 14.
    weights_high: [u32; CELLS],
    weights_low: [u32; CELLS],
    /// Moves and weights of a linear leg, 2^-40, by scenario.
    linear: [(i64, i64); SCENARIOS],
}

impl Scenarios {
    pub(super) fn new(rows: &Rows, range_q40: i64) -> Self {
        let mut moves = Self {
            multiples: [0; CELLS],
            shifts: [28; CELLS],
            weights_high: [0; CELLS],
            weights_low: [0; CELLS],
            linear: core::array::from_fn(|s| scenario_move(s, range_q40)),
        };
        for (s, (multiple, bits)) in rows.multiples().into_iter().enumerate() {
            let cell = CELL_OF[s];
            if cell == CELLS {
                continue;
            }
            // At most 1.4 at 2^-28 and 6 at 2^-26.
            (moves.multiples[cell], moves.shifts[cell]) = (multiple.0 as u32, bits);
            let weight = match s.checked_sub(FIRST_TAIL) {
                None => ONE_Q40,
                Some(tail) => tail_weight_q40(TAIL_PERCENT[tail], range_q40),
            };
            (moves.weights_high[cell], moves.weights_low[cell]) =
                ((weight >> 14) as u32, (weight & 0x3fff) as u32);
        }
        moves
    }

    /// Takes collateral held in the underlying itself into its losses, as `assessment::add_linear_leg`.
    #[inline(always)]
    pub(super) fn add_linear_leg(&self, u: &mut UnderlyingState) {
        // The three volatility cases of a move have it in common, and a grid scenario's weight is one.
        for (losses, (by, _)) in
            u.losses_e6[..FIRST_TAIL].chunks_exact_mut(3).zip(self.linear.iter().step_by(3))
        {
            let moved = weighted_nearest(-u.linear_e6, *by);
            losses.iter_mut().for_each(|loss| *loss += moved);
        }
        for (loss, (by, weight)) in u.losses_e6.iter_mut().zip(self.linear).skip(FIRST_TAIL) {
            *loss += weighted_nearest(weighted_nearest(-u.linear_e6, by), weight);
        }
    }

    /// 1 + move of a cell.
    #[inline(always)]
    pub(super) fn multiple(&self, cell: usize) -> Lane {
        Lane(i64::from(self.multiples[cell]))
    }

    /// The weighted losses of all scenarios as money.
    #[inline(always)]
    pub(super) fn losses(
        &self,
        (sums, block): (&Sums, &Block),
        total: &ExpiryBlock,
        losses_e6: &mut [i64; SCENARIOS],
    ) {
        let mut losses = [0i64; CELLS];
        let of = (self, sums, block);
        plain_run::<0, 8>(of, total, &mut losses);
        weighted_run::<8, 8>(of, total, &mut losses);
        plain_run::<SAME, 16>(of, total, &mut losses);
        weighted_run::<LAST, 4>(of, total, &mut losses);
        for (loss, cell) in losses_e6.iter_mut().zip(CELL_OF) {
            *loss = if cell < CELLS { losses[cell] } else { 0 };
        }
    }
}

/// Losses of cells without tails.
#[inline(always)]
fn plain_run<const FROM: usize, const N: usize>(
    (moves, sums, block): (&Scenarios, &Sums, &Block),
    total: &ExpiryBlock,
    losses: &mut [i64; CELLS],
) {
    let value = total.value() + total.linear_strike;
    for (i, to) in losses[FROM..][..N].iter_mut().enumerate() {
        let at = FROM + i;
        let forward = whole(sums.forward.0[at]) + total.linear_forward;
        *to = block.money(value + whole(sums.strike.0[at]) - ((forward * moves.multiple(at)) >> 28));
    }
}

/// Losses of cells with tails among them: a weight of one leaves a loss as it is.
#[inline(always)]
fn weighted_run<const FROM: usize, const N: usize>(
    (moves, sums, block): (&Scenarios, &Sums, &Block),
    total: &ExpiryBlock,
    losses: &mut [i64; CELLS],
) {
    let value = total.value() + total.linear_strike;
    for (i, to) in losses[FROM..][..N].iter_mut().enumerate() {
        let at = FROM + i;
        let forward = whole(sums.forward.0[at]) + total.linear_forward;
        let loss = value + whole(sums.strike.0[at]) - ((forward * moves.multiple(at)) >> moves.shifts[at]);
        let (high, low) = (Lane(i64::from(moves.weights_high[at])), Lane(i64::from(moves.weights_low[at])));
        *to = block.money(((loss * high) >> 26) + ((loss * low) >> 40));
    }
}

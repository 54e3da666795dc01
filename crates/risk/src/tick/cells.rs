//! What a strike reads in the 35 scenarios, and sums over the lines of a book.

use super::scenarios::{Scenarios, CELLS, CELL_OF, LAST, LOWERED, SAME, STEPS};
use super::StrikeRows;
use crate::block::discounted;
use crate::fixed::ln_q40;
use crate::input::Strike;
use crate::kernel::{base, whole};
use crate::lane::Lane;
use crate::normal::PROBABILITY_BITS;
use crate::prepared::PreparedMarket;
use crate::rows::Rows;
use crate::scenario::{GRID_MOVES, UNMOVED_STEP};
use crate::scratch::Line;
use crate::surface::{shift_price, PreparedExpiry, LIVE, SETTLED};
use crate::underlying::ExpiryBlock;
use bytemuck::Zeroable;
use core::cmp::Ordering;

/// Words of the widest register.
pub(super) const LANES: usize = 8;

/// What every line of a strike has in common, but for its prices: eight lines of a cache.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct StrikeCells {
    /// What q·D·F' and q·D·K' are multiplied by once a line, 2^-29: unmoved Φ(d1), Φ(d2) and φ(d1), the shares of the
    /// strike's amount on the lower node of d2 by volatility case, and one for each of the amounts that parity takes out.
    /// All zero for a strike of a settled expiry, which no scenario moves.
    shares: [u32; LANES],
    /// By cell Φ at the node of d1, at that of d2, and how much less it is at the node below that, 2^-29.
    one: [u32; CELLS],
    two: [u32; CELLS],
    less: [u32; CELLS],
}

/// Prices that every line of a strike is multiplied by, normalised.
#[derive(Clone, Copy, Default)]
pub(super) struct StrikePrices {
    /// D·F', D·K' and the larger in size.
    pub forward_n: Lane,
    pub strike_n: Lane,
    pub gross_n: Lane,
    /// K'.
    pub left_n: Lane,
}

impl StrikePrices {
    pub(super) fn new(s: &PreparedMarket, e: &PreparedExpiry, strike: Strike) -> Self {
        let left_n = shift_price(strike.price_e8, s.price_shift) - e.averaged_n;
        let strike_n = discounted(left_n, e.discount_q32);
        let forward_n = e.discounted_moving_n;
        Self { forward_n, strike_n, gross_n: strike_n.abs().max(forward_n), left_n }
    }
}

impl StrikeCells {
    /// Of a strike that moves nothing.
    pub(super) const STILL: Self =
        Self { shares: [0; LANES], one: [0; CELLS], two: [0; CELLS], less: [0; CELLS] };

    /// Leads lines of one unit through the kernel.
    pub(super) fn new(
        (s, rows): (&PreparedMarket, &Rows),
        e: &PreparedExpiry,
        (strike, left_n): (Strike, Lane),
    ) -> Self {
        if e.kind == SETTLED {
            return Self::STILL;
        }
        let mut line = Line { strike_e8: strike.price_e8, left_n, ..Line::zeroed() };
        let (read, unmoved) = if e.kind != LIVE || left_n <= Lane::ZERO {
            let (read, exercised) = rows.plain_readings(&line, e);
            let cdf = Lane(i64::from(exercised)) << PROBABILITY_BITS;
            (read, [cdf, cdf, Lane::ZERO])
        } else {
            line.x_q40 = log_moneyness_q40(s, e, left_n, strike);
            let sigma_q29 = e.sigma_q29(&s.bounds, strike.ln_q40);
            let v_q40 = e.same.deviation_q40(sigma_q29);
            let (cdf1, cdf2, pdf1) = base(line.x_q40, v_q40);
            (rows.readings(&line, e, (sigma_q29, v_q40)), [cdf1, cdf2, pdf1])
        };
        let (one, [up, same, down]) = (Lane(1) << PROBABILITY_BITS, read.parts_q29);
        let [cdf1, cdf2, pdf1] = unmoved;
        // Probabilities and densities, none below zero and none above one.
        let shares = [cdf1, cdf2, pdf1, up, same, down, one, one].map(|share| share.0 as u32);
        let mut cells = Self { shares, ..Self::STILL };
        for (reading, cell) in read.readings.iter().zip(CELL_OF) {
            if cell < CELLS {
                cells.one[cell] = reading.one;
                cells.two[cell] = reading.two;
                cells.less[cell] = reading.two - reading.below;
            }
        }
        cells
    }

    /// A line's amounts, each by what it is multiplied by: values to the nearest, shares of nodes rounded down, what parity
    /// takes out as it is.
    #[inline(always)]
    pub(super) fn shares(&self, forward: Lane, strike: Lane, out: (Lane, Lane)) -> Shares {
        const HALF: Lane = Lane(1 << (PROBABILITY_BITS - 1));
        const ROUND: Shares = [HALF, HALF, HALF, Lane::ZERO, Lane::ZERO, Lane::ZERO, Lane::ZERO, Lane::ZERO];
        let amounts = [forward, strike, forward, strike, strike, strike, out.0, out.1];
        core::array::from_fn(|i| {
            (amounts[i] * Lane(i64::from(self.shares[i])) + ROUND[i]) >> PROBABILITY_BITS
        })
    }

    /// Whether scenarios move it.
    #[inline(always)]
    pub(super) fn moves(&self) -> bool {
        self.shares[LANES - 1] != 0
    }
}

const _: () = assert!(core::mem::size_of::<StrikeCells>() == 512, "eight lines of a cache");

/// ln(F'/K') at 2^-40 within ±14, as `lines.rs` has it.
fn log_moneyness_q40(s: &PreparedMarket, e: &PreparedExpiry, left_n: Lane, strike: Strike) -> Lane {
    const LN2_Q40: i64 = 762_123_384_786;
    let ln_strike = if e.averaged_n == Lane::ZERO {
        Lane(strike.ln_q40)
    } else {
        Lane(ln_q40(left_n.0 as u64)) - Lane(i64::from(s.price_shift)) * Lane(LN2_Q40)
    };
    (e.ln_moving_q40 - ln_strike).clamp(Lane(-(14 << 40)), Lane(14 << 40))
}

/// [`StrikeCells::shares`] of a line or of many: value of F', of K', vega, three shares of a strike, and what parity takes
/// out of F' and of K'; block units.
pub(super) type Shares = [Lane; LANES];

/// Sums over lines by cell: Σ q·D·F'·Φ(d1) and Σ q·D·K'·Φ(d2), block units at 2^-29.
#[derive(Clone, Copy)]
pub(super) struct Sums {
    pub(super) forward: Column<CELLS>,
    pub(super) strike: Column<CELLS>,
}

/// A number for every cell, where registers read them.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Column<const N: usize>(pub(super) [Lane; N]);

impl Sums {
    pub(super) const ZERO: Self =
        Self { forward: Column([Lane::ZERO; CELLS]), strike: Column([Lane::ZERO; CELLS]) };

    /// Adds lines in every scenario: three products each, as the kernel's hot loop.
    #[inline(always)]
    pub(super) fn add(&mut self, rows: &[StrikeRows], (amounts, strikes): (&[Amounts], &[(u32, u32)])) {
        self.add_tile::<0>(rows, (amounts, strikes));
        self.add_tile::<TILE>(rows, (amounts, strikes));
        self.add_tile::<{ 2 * TILE }>(rows, (amounts, strikes));
    }

    /// Adds lines in the cells from `FROM` on: so few that registers hold their sums. A line's q·D·K' split between two
    /// nodes is all of it on the upper one, less the lower share times their difference: the same whole number.
    #[inline(always)]
    fn add_tile<const FROM: usize>(
        &mut self,
        rows: &[StrikeRows],
        (amounts, strikes): (&[Amounts], &[(u32, u32)]),
    ) {
        let (mut forward, mut strike) = ([Lane::ZERO; TILE], [Lane::ZERO; TILE]);
        for (of, (place, _)) in amounts.iter().zip(strikes) {
            let cells = &rows[*place as usize].0;
            let [up, same, down] = of.below;
            let below: [Lane; TILE] = core::array::from_fn(|i| match FROM + i {
                LAST => up,
                at if at >= LOWERED => down,
                at if at >= SAME => same,
                _ => up,
            });
            for i in 0..TILE {
                let at = FROM + i;
                let [one, two, less] =
                    [cells.one[at], cells.two[at], cells.less[at]].map(|node| Lane(i64::from(node)));
                forward[i] += of.forward * one;
                strike[i] += of.strike * two - below[i] * less;
            }
        }
        self.forward.0[FROM..][..TILE].copy_from_slice(&forward);
        self.strike.0[FROM..][..TILE].copy_from_slice(&strike);
    }
}

/// Cells whose sums registers hold at a time.
const TILE: usize = 12;
const _: () = assert!(CELLS == 3 * TILE, "three tiles");

/// What a line multiplies its strike's nodes by, block units.
#[derive(Clone, Copy, Default)]
pub(super) struct Amounts {
    forward: Lane,
    strike: Lane,
    /// Of the strike's what lies on the lower node, by volatility case.
    below: [Lane; 3],
}

impl Amounts {
    #[inline(always)]
    pub(super) fn new(forward: Lane, strike: Lane, shares: &Shares) -> Self {
        let [_, _, _, up, same, down, ..] = *shares;
        Self { forward, strike, below: [up, same, down] }
    }
}

/// As [`Sums`], of the moves at unchanged volatility alone: what own strikes are measured against.
pub(super) struct SameSums {
    forward: Column<STEPS>,
    strike: Column<STEPS>,
}

impl SameSums {
    pub(super) const ZERO: Self =
        Self { forward: Column([Lane::ZERO; STEPS]), strike: Column([Lane::ZERO; STEPS]) };

    /// Adds a line.
    #[inline(always)]
    pub(super) fn add(&mut self, (forward, strike): (Lane, Lane), shares: &Shares, cells: &StrikeCells) {
        for i in 0..STEPS {
            let at = SAME + i;
            self.forward.0[i] += forward * Lane(i64::from(cells.one[at]));
            self.strike.0[i] +=
                strike * Lane(i64::from(cells.two[at])) - shares[4] * Lane(i64::from(cells.less[at]));
        }
    }

    /// The losses at the moves of the grid, block units.
    #[inline(always)]
    pub(super) fn losses(&self, moves: &Scenarios, total: &ExpiryBlock) -> [Lane; GRID_MOVES] {
        let value = total.value() + total.linear_strike;
        let moved: [Lane; STEPS] = core::array::from_fn(|i| {
            let forward = whole(self.forward.0[i]) + total.linear_forward;
            value + whole(self.strike.0[i]) - ((forward * moves.multiple(SAME + i)) >> 28)
        });
        // Without a move nothing is lost.
        core::array::from_fn(|step| match step.cmp(&UNMOVED_STEP) {
            Ordering::Less => moved[step],
            Ordering::Equal => Lane::ZERO,
            Ordering::Greater => moved[step - 1],
        })
    }
}

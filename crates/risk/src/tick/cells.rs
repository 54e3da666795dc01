//! What a strike reads in the 35 scenarios, and sums over the lines of a book.

use crate::assessment::scenario_move;
use crate::block::{discounted, Block};
use crate::fixed::ln_q40;
use crate::input::Strike;
use crate::kernel::{base, whole};
use crate::lane::Lane;
use crate::moves::tail_weight_q40;
use crate::normal::PROBABILITY_BITS;
use crate::prepared::PreparedMarket;
use crate::rows::{weighted_nearest, Rows};
use crate::scenario::{FIRST_TAIL, SCENARIOS, TAIL_PERCENT, UNMOVED};
use crate::scratch::{Line, UnderlyingState};
use crate::surface::{shift_price, PreparedExpiry, LIVE, ONE_Q40, SETTLED};
use crate::underlying::ExpiryBlock;
use bytemuck::Zeroable;

/// Scenarios, filled up to whole vector registers.
pub(super) const CELLS: usize = 40;
/// Words of the widest register.
pub(super) const LANES: usize = 8;
/// Cells before this one are no tails.
const PLAIN_CELLS: usize = 24;

/// What every line of a strike has in common, but for its prices: eight lines of a cache.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct StrikeCells {
    /// What q·D·F' and q·D·K' are multiplied by once a line, 2^-29: unmoved Φ(d1), Φ(d2) and φ(d1), the shares of the
    /// strike's amount on the lower node of d2 by volatility case, and one for each of the amounts that parity takes out.
    /// All zero for a strike of a settled expiry, which no scenario moves.
    shares: [Lane; LANES],
    /// By scenario Φ at the node of d1, then at that of d2, then how much less it is at the node below that, 2^-29; and
    /// room for the last register to read whole.
    nodes: [u32; 2 * SCENARIOS + CELLS],
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
    pub(super) const STILL: Self = Self { shares: [Lane::ZERO; LANES], nodes: [0; 2 * SCENARIOS + CELLS] };

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
        let mut cells = Self { shares: [cdf1, cdf2, pdf1, up, same, down, one, one], ..Self::STILL };
        for (s, reading) in read.readings.iter().enumerate() {
            cells.nodes[s] = reading.one;
            cells.nodes[SCENARIOS + s] = reading.two;
            cells.nodes[2 * SCENARIOS + s] = reading.two - reading.below;
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
        core::array::from_fn(|i| (amounts[i] * self.shares[i] + ROUND[i]) >> PROBABILITY_BITS)
    }

    /// Whether scenarios move it.
    #[inline(always)]
    pub(super) fn moves(&self) -> bool {
        self.shares[LANES - 1] != Lane::ZERO
    }

    /// The nodes from `first` on.
    #[inline(always)]
    fn nodes(&self, first: usize) -> &[u32; CELLS] {
        match self.nodes[first..].first_chunk() {
            Some(nodes) => nodes,
            None => &[0; CELLS],
        }
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

/// Sums over lines by scenario: Σ q·D·F'·Φ(d1) and Σ q·D·K'·Φ(d2), block units at 2^-29.
#[derive(Clone, Copy)]
#[repr(C, align(64))]
pub(super) struct Sums {
    forward: [Lane; CELLS],
    strike: [Lane; CELLS],
}

/// All bits in the cells of one volatility case, as `grid_index` orders them; tails are at raised volatility.
const fn case_mask(case: usize) -> [i64; CELLS] {
    let mut mask = [0; CELLS];
    let mut s = 0;
    while s < SCENARIOS {
        if (s < FIRST_TAIL && s % 3 == case) || (s >= FIRST_TAIL && case == 0) {
            mask[s] = -1;
        }
        s += 1;
    }
    mask
}

#[repr(C, align(64))]
struct Masks([[i64; CELLS]; 3]);
static MASKS: Masks = Masks([case_mask(0), case_mask(1), case_mask(2)]);

impl Sums {
    pub(super) const ZERO: Self = Self { forward: [Lane::ZERO; CELLS], strike: [Lane::ZERO; CELLS] };

    /// Adds a line in every scenario: three products each, as the kernel's hot loop. Its q·D·K' split between two nodes is
    /// all of it on the upper one, less the lower share times their difference: the same whole number.
    #[inline(always)]
    pub(super) fn add(&mut self, (forward, strike): (Lane, Lane), shares: &Shares, cells: &StrikeCells) {
        let Masks([up, same, down]) = &MASKS;
        let (one, two, less) = (cells.nodes(0), cells.nodes(SCENARIOS), cells.nodes(2 * SCENARIOS));
        for s in 0..CELLS {
            let below = Lane((shares[3].0 & up[s]) | (shares[4].0 & same[s]) | (shares[5].0 & down[s]));
            self.forward[s] += forward * Lane(i64::from(one[s]));
            self.strike[s] += strike * Lane(i64::from(two[s])) - below * Lane(i64::from(less[s]));
        }
    }
}

/// Spot moves of the scenarios, ready for multiplication.
#[repr(C, align(64))]
pub(super) struct Scenarios {
    /// 1 + move, and the bits of its fraction.
    multiples: [Lane; CELLS],
    shifts: [u32; CELLS],
    /// What a loss counts for, 2^-40, in its upper 26 bits and its lower 14.
    weights_high: [Lane; CELLS],
    weights_low: [Lane; CELLS],
    /// Moves and weights of a linear leg, 2^-40.
    linear: [(i64, i64); SCENARIOS],
}

impl Scenarios {
    pub(super) fn new(rows: &Rows, range_q40: i64) -> Self {
        let mut moves = Self {
            multiples: [Lane::ZERO; CELLS],
            shifts: [0; CELLS],
            weights_high: [Lane::ZERO; CELLS],
            weights_low: [Lane::ZERO; CELLS],
            linear: core::array::from_fn(|s| scenario_move(s, range_q40)),
        };
        for (s, (multiple, bits)) in rows.multiples().into_iter().enumerate() {
            (moves.multiples[s], moves.shifts[s]) = (multiple, bits);
            let weight = match s.checked_sub(FIRST_TAIL) {
                None => ONE_Q40,
                Some(tail) => tail_weight_q40(TAIL_PERCENT[tail], range_q40),
            };
            (moves.weights_high[s], moves.weights_low[s]) = (Lane(weight >> 14), Lane(weight & 0x3fff));
        }
        moves
    }

    /// Takes collateral held in the underlying itself into its losses, as `assessment::add_linear_leg`.
    #[inline(always)]
    pub(super) fn add_linear_leg(&self, u: &mut UnderlyingState) {
        for (loss, (by, weight)) in u.losses_e6.iter_mut().zip(self.linear) {
            *loss += weighted_nearest(weighted_nearest(-u.linear_e6, by), weight);
        }
    }

    /// 1 + move of a grid scenario at 2^-28.
    pub(super) fn grid_multiple_q28(&self, scenario: usize) -> Lane {
        self.multiples[scenario]
    }

    /// The weighted losses of all scenarios as money.
    #[inline(always)]
    pub(super) fn losses(
        &self,
        (sums, block): (&Sums, &Block),
        total: &ExpiryBlock,
        losses_e6: &mut [i64; SCENARIOS],
    ) {
        let value = total.value() + total.linear_strike;
        let mut losses = [0i64; CELLS];
        let (plain, tails) = losses.split_at_mut(PLAIN_CELLS);
        for (s, to) in plain.iter_mut().enumerate() {
            let forward = whole(sums.forward[s]) + total.linear_forward;
            let loss = value + whole(sums.strike[s]) - ((forward * self.multiples[s]) >> 28);
            *to = block.money(loss);
        }
        for (to, s) in tails.iter_mut().zip(PLAIN_CELLS..) {
            let forward = whole(sums.forward[s]) + total.linear_forward;
            let loss = value + whole(sums.strike[s]) - ((forward * self.multiples[s]) >> self.shifts[s]);
            // A weight of one leaves the loss as it is.
            let weighted = ((loss * self.weights_high[s]) >> 26) + ((loss * self.weights_low[s]) >> 40);
            *to = block.money(weighted);
        }
        losses[UNMOVED] = 0;
        losses_e6.copy_from_slice(&losses[..SCENARIOS]);
    }
}

impl Sums {
    /// The loss of one scenario of the grid, block units.
    pub(super) fn grid_loss(&self, moves: &Scenarios, total: &ExpiryBlock, scenario: usize) -> Lane {
        let forward = whole(self.forward[scenario]) + total.linear_forward;
        let strike = whole(self.strike[scenario]) + total.linear_strike;
        total.value() + strike - ((forward * moves.grid_multiple_q28(scenario)) >> 28)
    }
}

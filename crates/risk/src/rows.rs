//! The rows of spot moves of one underlying: every line goes through the kernel once for each, then sums become money.

use crate::block::Block;
use crate::kernel::{add_line, add_line_twice, base, empty_row, share_of, whole, Cell, Point, Row};
use crate::lane::Lane;
use crate::moves::Moves;
use crate::normal::PROBABILITY_BITS;
use crate::own_strikes::{OwnStrikeRow, OwnStrikes};
use crate::prepared::PreparedMarket;
use crate::scenario::{
    VolCase, FIRST_TAIL, GRID_MOVES, SCENARIOS, TAIL_LOG_Q26, TAIL_MOVES, TAIL_MULTIPLE_Q26, UNMOVED,
    UNMOVED_STEP,
};
use crate::scratch::{Desk, Line, UnderlyingState};
use crate::surface::{PreparedExpiry, SmileBounds, SETTLED};
use crate::underlying::ExpiryBlock;

/// Moves of the grid but the unmoved one, which at unchanged volatility loses nothing.
const MOVED: usize = GRID_MOVES - 1;

/// The cells of one underlying.
pub(crate) struct Rows<'m> {
    moves: &'m Moves,
    up: Row<GRID_MOVES>,
    tails: Row<TAIL_MOVES>,
    same: Row<MOVED>,
    down: Row<GRID_MOVES>,
}

impl<'m> Rows<'m> {
    /// Empty rows for the moves of a price range.
    #[inline(never)]
    pub(crate) fn new(moves: &'m Moves) -> Self {
        let logs = moves.logs_q26;
        let moved: [Lane; MOVED] = core::array::from_fn(|i| logs[step_of(i)]);
        Self {
            moves,
            up: empty_row(logs),
            tails: empty_row(TAIL_LOG_Q26.map(Lane)),
            same: empty_row(moved),
            down: empty_row(logs),
        }
    }

    /// Values the lines of one expiry: sums of value, delta and vega, and the line in every scenario. Those of a near
    /// expiry are collected alone first, for its own strikes.
    #[inline(never)]
    pub(crate) fn add_expiry<S: FnMut(OwnStrikeRow)>(
        &mut self,
        desk: &mut Desk,
        (index, e): (usize, &PreparedExpiry),
        (block, market): (&Block, &PreparedMarket),
        sum: &mut ExpiryBlock,
        state: &mut UnderlyingState,
        own: &mut OwnStrikes<S>,
    ) {
        if e.kind == SETTLED {
            return;
        }
        let lines = &desk.lines[sum.first..sum.end];
        if !e.has_own_strikes() {
            self.add_lines(lines, e, &market.bounds, sum);
            return;
        }
        let others = self.same;
        self.same = empty_row(others.map(|cell| cell.log_q26));
        self.add_lines(lines, e, &market.bounds, sum);
        let mut losses = [Lane::ZERO; GRID_MOVES];
        self.losses(&self.same, sum, |i, loss| losses[step_of(i)] = loss);
        own.expiry(desk, (index, e), (block, market.range_q40, sum), &losses, state);
        for (cell, other) in self.same.iter_mut().zip(&others) {
            cell.add(other);
        }
    }

    fn add_lines(&mut self, lines: &[Line], e: &PreparedExpiry, bounds: &SmileBounds, sum: &mut ExpiryBlock) {
        for line in lines {
            if line.plain == 1 {
                self.add_plain(line, e, sum);
            } else {
                self.add(line, e, e.sigma_q29(bounds, line.ln_strike_q40), sum);
            }
        }
    }

    /// Adds a line whose value depends on volatility.
    #[inline(never)]
    fn add(&mut self, line: &Line, e: &PreparedExpiry, sigma_q29: Lane, sum: &mut ExpiryBlock) {
        let v_q40 = e.same.deviation_q40(sigma_q29);
        let (cdf1, cdf2, pdf1) = base(line.x_q40, v_q40);
        sum.forward += share_of(line.forward, cdf1);
        sum.strike += share_of(line.strike, cdf2);
        sum.vega += share_of(line.forward, pdf1);
        if (line.forward, line.strike) != (Lane::ZERO, Lane::ZERO) {
            self.add_moved(line, e, (sigma_q29, v_q40));
        }
    }

    /// Adds a line at a volatility, and at v = σ√T of it, to every scenario.
    #[inline(always)]
    fn add_moved(&mut self, line: &Line, e: &PreparedExpiry, (sigma_q29, v_q40): (Lane, Lane)) {
        let amounts = (line.forward, line.strike);
        let x_q26 = (line.x_q40 + Lane(1 << 13)) >> 14;
        add_line(Point::new(x_q26, v_q40), amounts, &mut self.same);
        add_line(Point::new(x_q26, e.down.deviation_q40(sigma_q29)), amounts, &mut self.down);
        let up = Point::new(x_q26, e.up.deviation_q40(sigma_q29));
        add_line_twice(up, amounts, (&mut self.up, &mut self.tails));
    }

    /// Adds a line that is worth its payoff: exercised from the move on where F'·(1 + m) > K'. A K' ≤ 0 is always below.
    #[inline(never)]
    fn add_plain(&mut self, line: &Line, e: &PreparedExpiry, sum: &mut ExpiryBlock) {
        if e.moving_n > line.left_n {
            sum.forward += line.forward;
            sum.strike += line.strike;
        }
        let from = self.moves.multiples_q28.iter().position(|&m| moved(e.moving_n, m, 28) > line.left_n);
        if let Some(step) = from {
            self.up[step].add_sure(line);
            self.down[step].add_sure(line);
            let next = if step > UNMOVED_STEP { step - 1 } else { step };
            self.same[next].add_sure(line);
        }
        let from = TAIL_MULTIPLE_Q26.iter().position(|&m| moved(e.moving_n, Lane(m), 26) > line.left_n);
        if let Some(tail) = from {
            self.tails[tail].add_sure(line);
        }
    }

    /// Fills `state.losses_e6`.
    #[inline(never)]
    pub(crate) fn report(&self, block: &Block, total: &ExpiryBlock, state: &mut UnderlyingState) {
        let (m, losses) = (&self.moves.multiples_q28, bytemuck::cast_mut(&mut state.losses_e6));
        tell_losses::<GRID_MOVES, { VolCase::Up as usize }>(&self.up, m, total, block, losses);
        tell_losses::<MOVED, { VolCase::Same as usize }>(&self.same, m, total, block, losses);
        tell_losses::<GRID_MOVES, { VolCase::Down as usize }>(&self.down, m, total, block, losses);
        losses[UNMOVED] = Lane::ZERO;
        tell_tails(&self.tails, &self.moves.tail_weights_q40, total, block, losses);
    }

    /// Tells the losses of a grid row in block units: base value less the value of each move.
    #[inline(always)]
    fn losses<const N: usize>(&self, row: &Row<N>, base: &ExpiryBlock, mut tell: impl FnMut(usize, Lane)) {
        let (value, mut sure) = (base.value(), Sure::of(base));
        for (i, cell) in row.iter().enumerate() {
            let (forward, strike) = sure.amounts(cell);
            let step = if N == MOVED { step_of(i) } else { i };
            // |A| ≤ 2^33 and 1 + m ≤ 1.6 at 2^-28: below 2^62.
            tell(i, value + strike - ((forward * self.moves.multiples_q28[step]) >> 28));
        }
    }
}

/// The losses of a row of the grid as money. A function of its own, of a known length, whose stores keep their places: it
/// is unrolled and spills little.
#[inline(never)]
fn tell_losses<const N: usize, const CASE: usize>(
    row: &Row<N>,
    multiples_q28: &[Lane; GRID_MOVES],
    total: &ExpiryBlock,
    block: &Block,
    losses_e6: &mut [Lane; SCENARIOS],
) {
    let (value, mut sure) = (total.value(), Sure::of(total));
    for (i, cell) in row.iter().enumerate() {
        let step = if N == MOVED { step_of(i) } else { i };
        let (forward, strike) = sure.amounts(cell);
        // |A| ≤ 2^33 and 1 + m ≤ 1.6 at 2^-28: below 2^62.
        let loss = value + strike - ((forward * multiples_q28[step]) >> 28);
        losses_e6[3 * step + CASE].keep(Lane(block.money(loss)));
    }
}

/// The losses of tails as money, weighted by `min(1, PR/|move|)`.
#[inline(never)]
fn tell_tails(
    row: &Row<TAIL_MOVES>,
    weights_q40: &[Lane; TAIL_MOVES],
    total: &ExpiryBlock,
    block: &Block,
    losses_e6: &mut [Lane; SCENARIOS],
) {
    let (value, mut sure) = (total.value(), Sure::of(total));
    for (i, cell) in row.iter().enumerate() {
        let (forward, strike) = sure.amounts(cell);
        // At most 6 at 2^-26, so the product stays below 2^63.
        let loss = value + strike - ((forward * Lane(TAIL_MULTIPLE_Q26[i])) >> 26);
        // |loss| < 2^36: the 40 bits of the weight in two products that fit.
        let weight = weights_q40[i];
        let weighted = ((loss * (weight >> 14)) >> 26) + ((loss * Lane(weight.0 & 0x3fff)) >> 40);
        losses_e6[FIRST_TAIL + i].keep(Lane(block.money(weighted)));
    }
}

/// What is certain up to a cell of a row, with the linear part of the value, block units.
struct Sure {
    forward: Lane,
    strike: Lane,
}

impl Sure {
    fn of(base: &ExpiryBlock) -> Self {
        Self { forward: base.linear_forward, strike: base.linear_strike }
    }

    /// The amounts of the next cell.
    #[inline(always)]
    fn amounts(&mut self, cell: &Cell) -> (Lane, Lane) {
        self.forward += cell.sure_forward;
        self.strike += cell.sure_strike;
        (whole(cell.forward) + self.forward, whole(cell.strike) + self.strike)
    }
}

impl Cell {
    fn add_sure(&mut self, line: &Line) {
        self.sure_forward += line.forward;
        self.sure_strike += line.strike;
    }

    fn add(&mut self, other: &Cell) {
        self.forward += other.forward;
        self.strike += other.strike;
        self.sure_forward += other.sure_forward;
        self.sure_strike += other.sure_strike;
    }
}

/// Step of the grid of a cell of the unchanged-volatility row, which leaves out the unmoved one.
const fn step_of(cell: usize) -> usize {
    if cell < UNMOVED_STEP {
        cell
    } else {
        cell + 1
    }
}

/// A price times a multiple below 8 at 2^-`bits`, rounded down: a price is below 2^48, so both products are below 2^53.
fn moved(price_n: Lane, multiple: Lane, bits: u32) -> Lane {
    let (high, low) = (price_n >> 24, Lane(price_n.0 & 0xff_ffff));
    (high * multiple + ((low * multiple) >> 24)) >> (bits - 24)
}

/// Money times a ratio at 2^-40, to the nearest: a ratio is itself to the nearest, and 16 % of a balance is 16 %.
pub(crate) fn weighted_nearest(money_e6: i64, weight_q40: i64) -> i64 {
    // A product of two words always fits 128 bits, and weights are at most 6.
    (i128::from(money_e6).wrapping_mul(i128::from(weight_q40)).wrapping_add(1 << 39) >> 40) as i64
}

const _: () = assert!(PROBABILITY_BITS == 29, "sums are proved for this scale");

/// Values the lines of the underlying assessed last, as the scratch keeps them, once more in every scenario, and nothing
/// else: what a bench calls the kernel. Volatilities, row set-up, the unmoved pass and the rows are in it; prices, scales,
/// add-ons and money are not. `held`: lines of each expiry. Gives a number that depends on every row.
#[cfg(feature = "bench")]
#[doc(hidden)]
#[must_use]
pub fn scenario_pass(scratch: &crate::Scratch, u: &crate::UnderlyingInput, held: &[usize]) -> i64 {
    let moves = moves_of(u);
    let mut rows = Rows::new(&moves);
    let (bounds, mut sum, mut first) = (SmileBounds::new(u), ExpiryBlock::default(), 0);
    for (e, held) in scratch.expiries.iter().zip(held) {
        let lines = &scratch.desk.lines[first..first + held];
        rows.add_lines(lines, e, &bounds, &mut sum);
        first += held;
    }
    rows.digest()
}

/// For the bench: [`scenario_pass`] with the volatility of each line given (2^-29), as a peer is given a deviation, and
/// without the unmoved valuation and its Greeks: row set-up and the rows.
#[cfg(feature = "bench")]
#[doc(hidden)]
#[must_use]
pub fn row_pass(
    scratch: &crate::Scratch,
    u: &crate::UnderlyingInput,
    held: &[usize],
    sigmas_q29: &[i64],
) -> i64 {
    let moves = moves_of(u);
    let mut rows = Rows::new(&moves);
    let mut first = 0;
    for (e, held) in scratch.expiries.iter().zip(held) {
        let range = first..first + held;
        for (line, &sigma) in scratch.desk.lines[range.clone()].iter().zip(&sigmas_q29[range]) {
            rows.add_moved(line, e, (Lane(sigma), e.same.deviation_q40(Lane(sigma))));
        }
        first += held;
    }
    rows.digest()
}

/// For the bench: the volatility of each line for [`row_pass`].
#[cfg(feature = "bench")]
#[doc(hidden)]
pub fn volatilities(
    scratch: &crate::Scratch,
    u: &crate::UnderlyingInput,
    held: &[usize],
    sigmas_q29: &mut [i64],
) {
    let (bounds, mut first) = (SmileBounds::new(u), 0);
    for (e, held) in scratch.expiries.iter().zip(held) {
        let range = first..first + held;
        for (line, sigma) in scratch.desk.lines[range.clone()].iter().zip(&mut sigmas_q29[range]) {
            *sigma = e.sigma_q29(&bounds, line.ln_strike_q40).0;
        }
        first += held;
    }
}

#[cfg(feature = "bench")]
fn moves_of(u: &crate::UnderlyingInput) -> Moves {
    let mut moves = <Moves as bytemuck::Zeroable>::zeroed();
    moves.set(crate::surface::price_range_q40(u));
    moves
}

#[cfg(feature = "bench")]
impl Rows<'_> {
    /// A number that depends on every cell.
    fn digest(&self) -> i64 {
        let cells = self.up.iter().chain(&self.same).chain(&self.down).chain(&self.tails);
        cells.fold(0, |all, cell| all ^ cell.forward.0 ^ cell.strike.0)
    }
}

#[cfg(feature = "tick")]
pub(crate) mod readings;

#[cfg(test)]
mod tests;

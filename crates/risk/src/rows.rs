//! The 35 losses of one underlying: fills the kernel's rows for each volatility case and turns sums into money.

use crate::block::Block;
use crate::bounds::{EXPIRIES_MAX, LINES_MAX};
use crate::fixed::ln_q40;
use crate::kernel::{add_rows, certain, whole, Certainty, RowLine, Sums};
use crate::lane::Lane;
use crate::own_strikes::{OwnStrikeRow, OwnStrikes};
use crate::scenario::{
    grid_index, VolCase, FIRST_TAIL, GRID_MOVES, TAIL_LOG_Q26, TAIL_MOVES, TAIL_MULTIPLE_Q26, TAIL_PERCENT,
    UNMOVED, UP_MOVES,
};
use crate::scratch::{Line, Scratch, UnderlyingState};
use crate::surface::{deviation_q40, ExpiryState, Shared, ONE_Q40, SETTLED};
use crate::underlying::ExpiryBlock;
use core::ops::Range;

/// Spot moves of an underlying: logs at 2^-26 and multiples of spot at 2^-28 (grid) and 2^-26 (tails).
pub(crate) struct Moves {
    log_q26: [Lane; UP_MOVES],
    grid_q28: [Lane; GRID_MOVES],
}

impl Moves {
    fn new(range_q40: i64) -> Self {
        let mut moves = Self { log_q26: [Lane::ZERO; UP_MOVES], grid_q28: [Lane(1 << 28); GRID_MOVES] };
        let quarter = Lane(range_q40 / 4);
        for (i, (log, multiple)) in moves.log_q26.iter_mut().zip(moves.grid_q28.iter_mut()).enumerate() {
            let step = Lane(i as i64 - (GRID_MOVES / 2) as i64);
            if step != Lane::ZERO {
                let multiple_q40 = Lane(ONE_Q40) + quarter * step;
                *multiple = (multiple_q40 + Lane(1 << 11)) >> 12;
                // ln(x·2^40) − 40·ln 2.
                *log = (Lane(ln_q40(multiple_q40.0 as u64)) - Lane(30_484_935_391_449) + Lane(1 << 13)) >> 14;
            }
        }
        moves.log_q26[GRID_MOVES..].copy_from_slice(&TAIL_LOG_Q26.map(Lane));
        moves
    }

    /// Least and largest log of a case. A price range may be wider than the −66 % tail.
    fn ends(&self, case: VolCase) -> (Lane, Lane) {
        if case == VolCase::Up {
            (self.log_q26[0].min(Lane(TAIL_LOG_Q26[0])), Lane(TAIL_LOG_Q26[TAIL_MOVES - 1]))
        } else {
            (self.log_q26[0], self.log_q26[GRID_MOVES - 1])
        }
    }
}

/// Fills `state.losses_e6` and, for near expiries, collects the own strikes.
pub(crate) fn scan<S: FnMut(OwnStrikeRow)>(
    scratch: &mut Scratch,
    (count, expiries): (usize, usize),
    (block, shared): (&Block, &Shared),
    sums: &[ExpiryBlock; EXPIRIES_MAX],
    state: &mut UnderlyingState,
    own: &mut OwnStrikes<S>,
) {
    state.grid_part_e6 = [i64::MIN; GRID_MOVES];
    let moves = Moves::new(shared.range_q40);
    let mut total = ExpiryBlock::default();
    for sum in &sums[..expiries] {
        total.linear_forward += sum.linear_forward;
        total.linear_strike += sum.linear_strike;
        total.forward += sum.forward;
        total.strike += sum.strike;
    }
    let mut up = [Sums::default(); UP_MOVES];
    run_case(scratch, 0..count, (VolCase::Up, false), &moves, &mut up);
    let mut down = [Sums::default(); GRID_MOVES];
    run_case(scratch, 0..count, (VolCase::Down, false), &moves, &mut down);
    let mut same = [Sums::default(); GRID_MOVES];
    run_case(scratch, 0..count, (VolCase::Same, true), &moves, &mut same);
    for (i, sum) in sums.iter().enumerate().take(expiries) {
        if scratch.expiries[i].has_own_strikes() {
            let mut alone = [Sums::default(); GRID_MOVES];
            run_case(scratch, sum.first..sum.end, (VolCase::Same, false), &moves, &mut alone);
            for (all, one) in same.iter_mut().zip(alone) {
                all.forward += one.forward;
                all.strike += one.strike;
            }
            let mut losses = grid_losses(sum, &moves, &alone);
            losses[GRID_MOVES / 2] = Lane::ZERO;
            own.expiry(scratch, i, (block, shared, sum), &losses, state);
        }
    }
    for (case, row) in [(VolCase::Up, &up[..GRID_MOVES]), (VolCase::Same, &same), (VolCase::Down, &down)] {
        for (step, loss) in grid_losses(&total, &moves, row).into_iter().enumerate() {
            state.losses_e6[grid_index(step, case)] = block.money(loss);
        }
    }
    state.losses_e6[UNMOVED] = 0;
    tail_losses(block, &total, shared.range_q40, &up[GRID_MOVES..], state);
}

/// Runs one volatility case over a range of lines into `sums`; `skip_near` leaves out near expiries.
fn run_case(
    scratch: &mut Scratch,
    range: Range<usize>,
    (case, skip_near): (VolCase, bool),
    moves: &Moves,
    sums: &mut [Sums],
) {
    let (all, grid) = (moves.ends(case), moves.ends(VolCase::Same));
    // Rows that stay within the table over the grid are filled from the front, the others from the back.
    let (mut front, mut back) = (0, LINES_MAX);
    let mut sure = Sums::default();
    let Scratch { lines, rows, expiries, .. } = scratch;
    for line in &lines[range] {
        let e = &expiries[usize::from(line.expiry)];
        let nothing = line.forward == Lane::ZERO && line.strike == Lane::ZERO;
        if e.kind == SETTLED || nothing || (skip_near && e.has_own_strikes()) {
            continue;
        }
        if line.plain == 1 {
            add_plain(line, e, moves, sums);
            continue;
        }
        let x_q26 = (line.x_q40 + Lane(1 << 13)) >> 14;
        let row = RowLine::new(x_q26, deviation(line, e, case), line.forward, line.strike);
        if row.inside(grid) {
            rows[front] = row;
            front += 1;
            continue;
        }
        match row.certainty(all) {
            Certainty::Worthless => {}
            Certainty::Exercised => {
                sure.forward += certain(line.forward);
                sure.strike += certain(line.strike);
            }
            Certainty::None => {
                back -= 1;
                rows[back] = row;
            }
        }
    }
    for sum in sums.iter_mut() {
        sum.forward += sure.forward;
        sum.strike += sure.strike;
    }
    let (front, back) = (&rows[..front], &rows[back..]);
    let (below, rest) = sums.split_at_mut(GRID_MOVES / 2);
    let (middle, rest) = rest.split_at_mut(1);
    let (above, tails) = rest.split_at_mut(GRID_MOVES / 2);
    let logs = &moves.log_q26;
    for (logs, sums) in [(&logs[..GRID_MOVES / 2], below), (&logs[GRID_MOVES / 2 + 1..GRID_MOVES], above)] {
        add_rows::<true>(front, logs, sums);
        add_rows::<false>(back, logs, sums);
    }
    // Unmoved at the same volatility nothing is lost: that scenario is left out.
    if case != VolCase::Same {
        add_rows::<true>(front, &logs[GRID_MOVES / 2..], middle);
        add_rows::<false>(back, &logs[GRID_MOVES / 2..], middle);
    }
    add_rows::<false>(front, &logs[GRID_MOVES..], tails);
    add_rows::<false>(back, &logs[GRID_MOVES..], tails);
}

/// v = σ√T of a line in a volatility case.
fn deviation(line: &Line, e: &ExpiryState, case: VolCase) -> Lane {
    match case {
        VolCase::Up => deviation_q40(line.sigma_q29, e.up, e.up_min_q40),
        VolCase::Same => deviation_q40(line.sigma_q29, e.root, Lane::ZERO),
        VolCase::Down => deviation_q40(line.sigma_q29, e.down, e.down_min_q40),
    }
}

/// Adds a line that is worth its payoff: at each move it is exercised where F'·(1 + m) > K'.
fn add_plain(line: &Line, e: &ExpiryState, moves: &Moves, sums: &mut [Sums]) {
    for (i, sum) in sums.iter_mut().enumerate() {
        let (multiple, bits) = match moves.grid_q28.get(i) {
            Some(&grid) => (grid, 28),
            None => (Lane(TAIL_MULTIPLE_Q26[i - GRID_MOVES]), 26),
        };
        if (i128::from(e.moving_n.0) * i128::from(multiple.0)) >> bits > i128::from(line.left_n.0) {
            sum.forward += certain(line.forward);
            sum.strike += certain(line.strike);
        }
    }
}

/// Losses of a grid row in block units: base value less the value of each move.
fn grid_losses(base: &ExpiryBlock, moves: &Moves, sums: &[Sums]) -> [Lane; GRID_MOVES] {
    let mut losses = [Lane::ZERO; GRID_MOVES];
    for ((loss, sum), &multiple) in losses.iter_mut().zip(sums).zip(&moves.grid_q28) {
        // |A| ≤ 2^33 and 1 + m ≤ 1.6 at 2^-28: below 2^62.
        let forward = ((whole(sum.forward) + base.linear_forward) * multiple) >> 28;
        *loss = base.value() - (forward - whole(sum.strike) - base.linear_strike);
    }
    losses
}

/// Tail losses, weighted by `min(1, PR/|move|)`.
fn tail_losses(
    block: &Block,
    base: &ExpiryBlock,
    range_q40: i64,
    sums: &[Sums],
    state: &mut UnderlyingState,
) {
    for (i, (sum, percent)) in sums.iter().zip(TAIL_PERCENT).enumerate() {
        // At most 6 at 2^-26, so the product stays below 2^63.
        let forward = ((whole(sum.forward) + base.linear_forward) * Lane(TAIL_MULTIPLE_Q26[i])) >> 26;
        let loss = base.value() - (forward - whole(sum.strike) - base.linear_strike);
        // |loss| < 2^36: the 40 bits of the weight in two products that fit.
        let weight = Lane(tail_weight_q40(percent, range_q40));
        let weighted = ((loss * (weight >> 14)) >> 26) + ((loss * Lane(weight.0 & 0x3fff)) >> 40);
        state.losses_e6[FIRST_TAIL + i] = block.money(weighted);
    }
}

/// `min(1, PR/|move|)` at 2^-40.
pub(crate) fn tail_weight_q40(percent: i64, range_q40: i64) -> i64 {
    (range_q40 * 100 / percent.abs()).min(ONE_Q40)
}

/// Money times a ratio at 2^-40, to the nearest: a ratio is itself to the nearest, and 16 % of a balance is 16 %.
pub(crate) fn weighted_nearest(money_e6: i64, weight_q40: i64) -> i64 {
    // A product of two words always fits 128 bits, and weights are at most 6.
    (i128::from(money_e6).wrapping_mul(i128::from(weight_q40)).wrapping_add(1 << 39) >> 40) as i64
}

//! The scenario kernel: Black-76 over rows of spot moves on the lattice of `normal.rs`.
//!
//! A call is `C(d) = F·Φ(d) − K·Φ(d − v)` (per unit, undiscounted, v = σ√T). At the true d1 it is stationary in d, so d1
//! may be snapped to the nearest node: the error is of second order, `½·F·φ(d1)·v·ε²` with |ε| ≤ 2^-12. Along a row of
//! spot moves d2 = node − v with v = (m + t)·h, m whole nodes and 0 ≤ t < 1 constant, so Φ(d2) lies on the chord between
//! two neighbours, `(1 − t)·Φ[n − m] + t·Φ[n − m − 1]`: with q·K split between them once a row, two loads and two
//! products. Because K·φ(d2) = F·φ(d1), adding `v·h/24` to t removes the mean of the snapping error over a node's width
//! at no cost and leaves at most 2/3 of its size. Worst errors of a value: 8e-9·v·F by snapping, 8e-9·K by the chord,
//! 1e-9 of each by the table.
//!
//! Ranges (asserted in debug by `Lane`): Σ|q·F| and Σ|q·K| over a book's lines of one underlying are below 2^33 block
//! units, table values at most 2^29, so a sum stays below 2^62. x + u is within ±16 (2^30 at 2^-26) and 1/v at most 2^32
//! at 2^-16: their product is below 2^62, and the place of a node (below 2^33 for any program) adds less than 2^62.

use crate::lane::Lane;
use crate::normal::{
    interpolate, node, node_below, origin, place_of, HALF, PROBABILITY_BITS, STEP_BITS, TOP,
};

/// One spot move and the sums of all lines there: A = Σ q·D·F'·Φ(d1) and B = Σ q·D·K'·Φ(d2), block units at 2^-29. What
/// is certain to be exercised from this move upwards stands apart, in block units.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub(crate) struct Cell {
    pub log_q26: Lane,
    pub forward: Lane,
    pub strike: Lane,
    pub sure_forward: Lane,
    pub sure_strike: Lane,
}

/// Spot moves in ascending order.
pub(crate) type Row<const N: usize> = [Cell; N];

/// Cells of these log moves without lines.
pub(crate) fn empty_row<const N: usize>(logs_q26: [Lane; N]) -> Row<N> {
    logs_q26.map(|log_q26| Cell { log_q26, ..Cell::default() })
}

/// A line at one volatility, as the inner loop wants it. Amounts are kept as their complements (`!x`), taken back at
/// each product: the compiler then multiplies into the loaded node and not into a copy of the amount.
struct Shape {
    /// (d1 at no move + 6.25)·2^42, half a node for rounding, and the place of the table.
    base_q42: Lane,
    /// 1/v at 2^-16.
    per_v_q16: Lane,
    /// v in whole nodes, times the 4 bytes of a node.
    back: Lane,
    /// The complement of q·D·F', block units.
    not_forward: Lane,
    /// The complements of q·D·K' on the node of d2 and on the one below it, block units: together q·D·K'.
    not_here: Lane,
    not_below: Lane,
}

/// 2^16/24.
const A_24TH_Q16: i64 = 2_731;
const INDEX_SHIFT: u32 = 42 - STEP_BITS;

/// Least v = σ√T, 2^-40: below it the lattice is finer than the price.
pub(crate) const V_MIN_Q40: Lane = Lane(1 << 24);
/// Largest v: above it every Φ is 0 or 1.
pub(crate) const V_MAX_Q40: Lane = Lane(12 << 40);

/// Where a line lies at one volatility.
#[derive(Clone, Copy)]
pub(crate) struct Point {
    /// ln(F'/K').
    x_q26: Lane,
    /// v = σ√T in [2^-16, 12].
    v_q40: Lane,
    /// 1/v.
    per_v_q16: Lane,
}

/// 1/v at 2^-23, at most 2^39. A `v_q40` below the least counts as the least: what a place is proved by must not rest on
/// how an expiry was made ready.
#[inline(always)]
fn per_v_q23(v_q40: Lane) -> Lane {
    Lane(((1u64 << 63) / (v_q40.0.max(V_MIN_Q40.0) as u64)) as i64)
}

impl Point {
    /// `x_q26` within ±14.
    #[inline(always)]
    pub(crate) fn new(x_q26: Lane, v_q40: Lane) -> Self {
        Self { x_q26, v_q40, per_v_q16: per_v_q23(v_q40) >> 7 }
    }

    /// Whether d1 and d2 stay within the table over a row, a node from its ends: d1 = x/v + v/2 at the greatest move is at
    /// most 6.25 − h, d2 = x/v − v/2 at the least at least −6.25 + h, and both rise with the move.
    #[inline(always)]
    fn inside(&self, row: &[Cell]) -> bool {
        const END_Q42: Lane = Lane((HALF - 1) << INDEX_SHIFT);
        let room = END_Q42 - (self.v_q40 << 1);
        let (least, greatest) = (row[0].log_q26, row[row.len() - 1].log_q26);
        (self.x_q26 + greatest) * self.per_v_q16 <= room && (self.x_q26 + least) * self.per_v_q16 >= -room
    }

    /// The line as the loops want it.
    #[inline(always)]
    fn shape(&self, forward: Lane, strike: Lane) -> Shape {
        let v_q40 = self.v_q40;
        let start = Lane((1 << (INDEX_SHIFT - 1)) + (HALF << INDEX_SHIFT)) + (origin() << (INDEX_SHIFT - 2));
        let nodes = v_q40 >> (40 - STEP_BITS);
        let rest = v_q40 - (nodes << (40 - STEP_BITS));
        // rest/h, and v·h/24: at most 1.0003 together. At 2^-29, a bit more and the product with 2^33 would not fit; and
        // over h = 2^-11 what is at 2^-40 is at 2^-29 as it stands.
        let part_q29 = rest + (((v_q40 >> (STEP_BITS + 11)) * Lane(A_24TH_Q16)) >> 16);
        let below = (strike * part_q29) >> 29;
        Shape {
            base_q42: self.x_q26 * self.per_v_q16 + (v_q40 << 1) + start,
            per_v_q16: self.per_v_q16,
            back: nodes << 2,
            not_forward: !forward,
            not_here: !(strike - below),
            not_below: !below,
        }
    }
}

impl Shape {
    /// Place of the node nearest to d1 at the log move `u_q26`, not yet kept to the table.
    #[inline(always)]
    fn place(&self, u_q26: Lane) -> Lane {
        ((self.base_q42 + u_q26 * self.per_v_q16) >> INDEX_SHIFT) << 2
    }

    /// The hot loop's body: the line at one move of a row that it stays [`Point::inside`] of.
    #[inline(always)]
    fn add(&self, cell: &mut Cell) {
        let one = self.place(cell.log_q26);
        self.add_at((one, one - self.back), cell);
    }

    /// Adds the line to a cell where d1 and d2 are at these places.
    #[inline(always)]
    fn add_at(&self, (one, two): (Lane, Lane), cell: &mut Cell) {
        cell.forward.keep(cell.forward + node(one) * !self.not_forward);
        cell.strike.keep(cell.strike + node(two) * !self.not_here + node_below(two) * !self.not_below);
    }
}

/// Adds a line to every cell of a row.
#[inline(always)]
pub(crate) fn add_line<const N: usize>(point: Point, (forward, strike): (Lane, Lane), row: &mut Row<N>) {
    let shape = point.shape(forward, strike);
    add_shape((&point, &shape), row);
}

/// As [`add_line`], to two rows.
#[inline(always)]
pub(crate) fn add_line_twice<const N: usize, const M: usize>(
    point: Point,
    (forward, strike): (Lane, Lane),
    (row, other): (&mut Row<N>, &mut Row<M>),
) {
    let shape = point.shape(forward, strike);
    add_shape((&point, &shape), row);
    add_shape((&point, &shape), other);
}

#[inline(always)]
fn add_shape<const N: usize>((point, shape): (&Point, &Shape), row: &mut Row<N>) {
    if point.inside(row) {
        add_inside(shape, row);
    } else {
        add_edge(shape, row);
    }
}

/// One line over a row that stays within the table: the hot loop. A function of its own, so that the line's six numbers,
/// the row and the temporaries have the ten registers to themselves; of a known length, so that it is unrolled and counts
/// nothing. That its loads keep their order, and are not gathered and spilled, is [`node`]'s doing.
#[inline(never)]
fn add_inside<const N: usize>(shape: &Shape, row: &mut Row<N>) {
    for cell in row {
        shape.add(cell);
    }
}

/// One line over a row that leaves the table: worthless below it, and above it exercised at every further move.
#[inline(never)]
fn add_edge<const N: usize>(shape: &Shape, row: &mut Row<N>) {
    let (first, last) = (place_of(Lane::ZERO), place_of(Lane(TOP)));
    for cell in row {
        let one = shape.place(cell.log_q26);
        let two = one - shape.back;
        let (one, two) = if two > first && one <= last {
            (one, two)
        } else if one <= first {
            continue;
        } else if two >= last {
            cell.sure_forward += !shape.not_forward;
            cell.sure_strike += !shape.not_here + !shape.not_below;
            return;
        } else {
            (one.min(last), two.max(first + Lane(4)))
        };
        shape.add_at((one, two), cell);
    }
}

/// The unmoved line, interpolated: (Φ(d1), Φ(d2), φ(d1)) at 2^-29. `x_q40` = ln(F'/K') within ±15.
#[inline(always)]
pub(crate) fn base(x_q40: Lane, v_q40: Lane) -> (Lane, Lane, Lane) {
    // Beyond 32 deviations all is certain. Within them x/v is below 2^5: the product below 2^61, its error below 2^-22 and,
    // the distance of d1 and d2 being exact, of no effect on a value.
    let within = v_q40 << 5;
    let x_q33 = x_q40.max(-within).min(within) >> 7;
    let d1_q28 = ((x_q33 * per_v_q23(v_q40)) >> 28) + (v_q40 >> 13);
    let (cdf1, pdf1) = interpolate(d1_q28);
    let (cdf2, _) = interpolate(d1_q28 - (v_q40 >> 12));
    (cdf1, cdf2, pdf1)
}

/// A block amount times a value of the table, to the nearest.
#[inline(always)]
pub(crate) fn share_of(amount: Lane, probability: Lane) -> Lane {
    (amount * probability + Lane(1 << (PROBABILITY_BITS - 1))) >> PROBABILITY_BITS
}

/// A sum of the kernel in block units.
#[inline(always)]
pub(crate) fn whole(sum: Lane) -> Lane {
    sum >> PROBABILITY_BITS
}

const _: () = assert!(
    HALF < 8 << STEP_BITS && STEP_BITS == 11 && PROBABILITY_BITS == 29,
    "the ranges are proved for these"
);

#[cfg(feature = "tick")]
pub(crate) mod readings;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::TAIL_LOG_Q26;

    /// Goal: one line through the hot loop is Black-76. Method: an independent f64 value with an erf series.
    #[test]
    fn a_row_is_black_76() {
        let block = 1i64 << 33;
        for v in [0.001f64, 0.02, 0.1, 0.35, 0.8, 2.0, 5.0] {
            for moneyness in [-2.0f64, -0.7, -0.1, -0.003, 0.0, 0.004, 0.2, 1.5] {
                let k = (block as f64 * (-moneyness).exp()).min(block as f64 * 6.0);
                let x = (block as f64 / k).ln();
                let mut row = empty_row([Lane::ZERO]);
                let (x_q26, v_q40) = ((x * (1u64 << 26) as f64).round(), v * (1u64 << 40) as f64);
                add_line(
                    Point::new(Lane(x_q26 as i64), Lane(v_q40 as i64)),
                    (Lane(block / 8), Lane((k / 8.0) as i64)),
                    &mut row,
                );
                let [cell] = row;
                let got = ((cell.forward - cell.strike).0 as f64 / (1u64 << PROBABILITY_BITS) as f64
                    + (cell.sure_forward - cell.sure_strike).0 as f64)
                    / (block / 8) as f64;
                let d1 = x / v + v / 2.0;
                let want = cdf(d1) - (-x).exp() * cdf(d1 - v);
                assert!((got - want).abs() < 1.1e-8 * (1.0 + v), "v {v} x {x}: {got} {want}");
            }
        }
    }

    /// Goal: a strike is split between two nodes without a product that wraps, where the correction takes the share of the
    /// lower one above 1. Method: a book of one line as large as a block holds, v a hair below whole nodes, either sign.
    #[test]
    fn the_largest_line_is_split() {
        for nodes in [1i64, 2, 300, 4_096, 24_576] {
            let v_q40 = Lane((nodes << (40 - STEP_BITS)) - 1);
            for strike in [(1i64 << 33) - 1, -(1 << 33)] {
                let shape = Point::new(Lane::ZERO, v_q40).shape(Lane(strike), Lane(strike));
                let (here, below) = ((!shape.not_here).0, (!shape.not_below).0);
                assert_eq!((here + below, (!shape.not_forward).0), (strike, strike));
                let share = below as f64 / strike as f64;
                let want = 1.0 + v_q40.0 as f64 * 2f64.powi(-51) / 24.0;
                assert!((share - want).abs() < 1e-7, "{nodes} nodes of {strike}: {share} instead of {want}");
            }
        }
    }

    /// Goal: no place outside the table, whichever loop a row takes, and both loops agree where both may serve. Method:
    /// random points with many at the ends of the table, places worked out in 128 bits; `read` asserts the rest.
    #[test]
    fn places_stay_in_the_table() {
        let logs = TAIL_LOG_Q26.map(Lane);
        let mut seed = 7u64;
        let mut random = |below: u64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (seed >> 16) % below
        };
        let (mut inside, mut outside) = (0, 0);
        for round in 0..200_000 {
            let most = 1 << (25 + random(19));
            let v = ((1u64 << 24) + random(most)).min(12 << 40) as i64;
            // d1 or d2 at one end of the row within two nodes of an end of the table, or anywhere.
            let end = (HALF << INDEX_SHIFT) - (random(4 << INDEX_SHIFT) as i64 - (2 << INDEX_SHIFT));
            let x = match round % 3 {
                0 => ((end - (v << 1)) / ((1i64 << 56) / v)) - logs[7].0,
                1 => (((v << 1) - end) / ((1i64 << 56) / v)) - logs[0].0,
                _ => random(28 << 26) as i64 - (14 << 26),
            };
            let point = Point::new(Lane(x.clamp(-(14 << 26), 14 << 26)), Lane(v));
            let shape = point.shape(Lane(1 << 32), Lane(1 << 31));
            let mut row = empty_row(logs);
            if !point.inside(&row) {
                outside += 1;
                add_edge(&shape, &mut row);
                continue;
            }
            inside += 1;
            for log in logs {
                let d1_q42 = (i128::from(point.x_q26.0) + i128::from(log.0)) * i128::from(point.per_v_q16.0)
                    + (i128::from(v) << 1);
                let one =
                    (d1_q42 + (i128::from(HALF) << INDEX_SHIFT) + (1 << (INDEX_SHIFT - 1))) >> INDEX_SHIFT;
                let two = one - i128::from(v >> (40 - STEP_BITS));
                assert!(two >= 1 && one < i128::from(TOP), "v {v}: nodes {two} and {one}");
                assert_eq!(i128::from((shape.place(log) - origin()).0), one << 2);
            }
            let mut other = row;
            add_inside(&shape, &mut row);
            add_edge(&shape, &mut other);
            for (a, b) in row.iter().zip(&other) {
                assert_eq!((a.forward, a.strike), (b.forward, b.strike));
                assert_eq!((b.sure_forward, b.sure_strike), (Lane::ZERO, Lane::ZERO));
            }
        }
        assert!(inside > 10_000 && outside > 10_000, "{inside} rows inside, {outside} outside");
    }

    /// Φ by the series of A&S 26.2.10 (z within ±6), else 0 or 1.
    fn cdf(z: f64) -> f64 {
        if z.abs() > 7.5 {
            return if z > 0.0 { 1.0 } else { 0.0 };
        }
        let (mut term, mut sum, mut n) = (z, z, 1.0);
        while term.abs() > 1e-18 {
            n += 2.0;
            term *= z * z / n;
            sum += term;
        }
        0.5 + sum * (-z * z / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
    }
}

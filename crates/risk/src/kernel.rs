//! The scenario kernel: Black-76 over rows of spot moves on the lattice of `normal.rs`.
//!
//! A call is `C(d) = F·Φ(d) − K·Φ(d − v)` (per unit, undiscounted, v = σ√T). At the true d1 it is stationary in d, so d1
//! may be snapped to the nearest node: the error is of second order, `½·F·φ(d1)·v·ε²` with |ε| ≤ 2^-11. Along a row of
//! spot moves d2 = node − v with v = (m + t)·h, m whole nodes and 0 ≤ t < 1 constant, so Φ(d2) lies on the chord between
//! two neighbours: `Φ[n − m] − t·(Φ[n − m] − Φ[n − m − 1])`, two loads and one multiply. Because K·φ(d2) = F·φ(d1), adding
//! `v·h/24` to t removes the mean of the snapping error over a node's width at no cost and leaves at most 2/3 of its size.
//! Worst errors of a value: 8e-9·v·F by snapping, 8e-9·K by the chord, 1e-9 of each by the table.
//!
//! Ranges (asserted in debug by `Lane`): Σ|q·F| and Σ|q·K| over a book's lines of one underlying are below 2^33 block
//! units, table values at most 2^29, so a sum stays below 2^62. x + u is within ±16 (2^30 at 2^-26) and 1/v at most 2^32
//! at 2^-16: their product is below 2^62.

use crate::lane::Lane;
use crate::normal::{interpolate, HALF, NORMAL, PROBABILITY_BITS, STEP_BITS, TOP};
use bytemuck::{Pod, Zeroable};

/// A line at one volatility, as the inner loop wants it.
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct RowLine {
    /// (d1 at no move + 6.25)·2^42, with half a node added for rounding.
    base_q42: Lane,
    /// 1/v at 2^-16.
    per_v_q16: Lane,
    /// −v in whole nodes, times the 4 bytes of a node: added, so that the sum needs no copy of its first term.
    back_bytes: Lane,
    /// v/h − nodes at 2^-30, with the snapping correction: at most 1.0003.
    part_q30: Lane,
    /// −q·D·F', block units: subtracted, so that the sum stays in its register.
    less_forward: Lane,
    /// −q·D·K', block units.
    less_strike: Lane,
}

/// A = Σ q·D·F'·Φ(d1) and B = Σ q·D·K'·Φ(d2) of one scenario, block units at 2^-29.
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Sums {
    pub forward: Lane,
    pub strike: Lane,
}

/// 2^16/24.
const A_24TH_Q16: i64 = 2_731;
const INDEX_SHIFT: u32 = 42 - STEP_BITS;

impl RowLine {
    /// The row of a line with ln(F'/K') = `x_q26` and deviation `v_q40` in [2^-16, 12].
    #[inline]
    pub(crate) fn new(x_q26: Lane, v_q40: Lane, forward: Lane, strike: Lane) -> Self {
        // v ≥ 2^24, so the quotient is at most 2^32.
        let per_v_q16 = Lane(((1u64 << 56) / (v_q40.0.max(1) as u64)) as i64);
        let half_node = Lane(1 << (INDEX_SHIFT - 1));
        let nodes = v_q40 >> (40 - STEP_BITS);
        let rest = v_q40 - (nodes << (40 - STEP_BITS));
        Self {
            base_q42: x_q26 * per_v_q16 + (v_q40 << 1) + half_node + Lane(HALF << INDEX_SHIFT),
            per_v_q16,
            back_bytes: -(nodes << 2),
            // rest/h from 2^-40 to 2^-30, and v·h/24.
            part_q30: (rest << (STEP_BITS - 10)) + (((v_q40 >> (STEP_BITS + 10)) * Lane(A_24TH_Q16)) >> 16),
            less_forward: -forward,
            less_strike: -strike,
        }
    }

    /// Index of the node nearest to d1 at the log move `u_q26`, not yet clamped to the table.
    #[inline(always)]
    fn index(&self, u_q26: Lane) -> Lane {
        (self.base_q42 + u_q26 * self.per_v_q16) >> INDEX_SHIFT
    }

    /// Whether d1 and d2 stay within the table over all moves in [`low`, `high`] (logs at 2^-26).
    #[inline]
    pub(crate) fn inside(&self, (low_q26, high_q26): (Lane, Lane)) -> bool {
        self.index(low_q26) > -(self.back_bytes >> 2) && self.index(high_q26) <= Lane(TOP)
    }

    /// Whether over all moves in [`low`, `high`] (logs at 2^-26) the call is surely worthless or surely exercised.
    #[inline]
    pub(crate) fn certainty(&self, (low_q26, high_q26): (Lane, Lane)) -> Certainty {
        if self.index(high_q26) <= Lane::ZERO {
            Certainty::Worthless
        } else if self.index(low_q26) > Lane(TOP) - (self.back_bytes >> 2) {
            Certainty::Exercised
        } else {
            Certainty::None
        }
    }
}

/// See [`RowLine::certainty`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Certainty {
    Worthless,
    Exercised,
    None,
}

/// Adds a row of lines to the sums of each move: the hot loop. One scenario at a time, so that both sums live in
/// registers while the lines stream by. `INSIDE`: every line stays [`RowLine::inside`] the table over all these moves.
#[inline(never)]
pub(crate) fn add_rows<const INSIDE: bool>(lines: &[RowLine], log_moves_q26: &[Lane], sums: &mut [Sums]) {
    if lines.is_empty() {
        return;
    }
    let first = table_start();
    for (&u_q26, sum) in log_moves_q26.iter().zip(sums.iter_mut()) {
        let Sums { mut forward, mut strike } = *sum;
        for line in lines {
            let mut one = line.index(u_q26) << 2;
            let mut two = line.back_bytes + one;
            if !INSIDE {
                if one <= Lane::ZERO {
                    continue; // worthless
                }
                if two >= Lane(4 * TOP) {
                    forward -= certain(line.less_forward);
                    strike -= certain(line.less_strike);
                    continue;
                }
                one = one.min(Lane(4 * TOP));
                two = two.max(Lane(4));
            }
            (one, two) = (one + first, two + first);
            forward -= line.less_forward * node(one);
            let (here, below) = (node(two), node(two - Lane(4)));
            strike -= line.less_strike * (here + (((below - here) * line.part_q30) >> 30));
        }
        *sum = Sums { forward, strike };
    }
}

/// The address of the first node.
fn table_start() -> Lane {
    Lane(NORMAL.as_ptr().expose_provenance() as i64)
}

/// Φ at the node that lies at an address of the table. Addresses instead of indices, because the virtual machine has no
/// scaled addressing and the second node is a constant distance from the first: three instructions of thirty.
#[inline(always)]
#[allow(
    unsafe_code,
    reason = "a bounds check costs a tenth of the margin check; the bound is proved by both callers"
)]
fn node(address: Lane) -> Lane {
    debug_assert!(
        address >= table_start() && address <= table_start() + Lane(4 * TOP) && address.0 % 4 == 0,
        "an address outside the table"
    );
    // SAFETY: the address is `NORMAL`'s exposed start plus 4·i with i in 0..=TOP. Bounded: d1's index is in [1, TOP] and
    // d2's in [1, TOP − 1], so the node below it is at 0 or above. Inside: `RowLine::inside` has shown 1 ≤ d2's index and d1's ≤ TOP at the least and the greatest move of the row, and the
    // index is monotone in the move because 1/v > 0.
    Lane(i64::from(unsafe { *core::ptr::with_exposed_provenance::<u32>(address.0 as usize) }))
}

/// The unmoved line, interpolated: (Φ(d1), Φ(d2), φ(d1)) at 2^-29. `x_q40` = ln(F'/K') within ±15.
#[inline]
pub(crate) fn base(x_q40: Lane, v_q40: Lane) -> (Lane, Lane, Lane) {
    // x/v at 2^-28 in two steps of 18 and 10 bits: |x| < 2^44, the remainder is below v < 2^44.
    let v = v_q40.0.max(1);
    let scaled = x_q40 << 18;
    let whole = Lane(scaled.0.wrapping_div(v));
    let rest = Lane(((scaled - whole * Lane(v)) << 10).0.wrapping_div(v));
    let d1_q28 = (whole.clamp(Lane(-(32 << 18)), Lane(32 << 18)) << 10) + rest + (v_q40 >> 13);
    let (cdf1, pdf1) = interpolate(d1_q28);
    let (cdf2, _) = interpolate(d1_q28 - (v_q40 >> 12));
    (cdf1, cdf2, pdf1)
}

/// A block amount times a value of the table, to the nearest.
#[inline]
pub(crate) fn share_of(amount: Lane, probability: Lane) -> Lane {
    (amount * probability + Lane(1 << (PROBABILITY_BITS - 1))) >> PROBABILITY_BITS
}

/// A sum of the kernel in block units.
#[inline]
pub(crate) fn whole(sum: Lane) -> Lane {
    sum >> PROBABILITY_BITS
}

/// The sum of a line that is certain to be exercised.
#[inline]
pub(crate) fn certain(amount: Lane) -> Lane {
    amount << PROBABILITY_BITS
}

const _: () = assert!(
    HALF < 8 << STEP_BITS && STEP_BITS == 11 && PROBABILITY_BITS == 29,
    "the ranges are proved for these"
);

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: one line through the hot loop is Black-76. Method: an independent f64 value with an erf series.
    #[test]
    fn a_row_is_black_76() {
        let block = 1i64 << 33;
        for v in [0.001f64, 0.02, 0.1, 0.35, 0.8, 2.0, 5.0] {
            for moneyness in [-2.0f64, -0.7, -0.1, -0.003, 0.0, 0.004, 0.2, 1.5] {
                let k = (block as f64 * (-moneyness).exp()).min(block as f64 * 6.0);
                let x = (block as f64 / k).ln();
                let line = RowLine::new(
                    Lane((x * (1u64 << 26) as f64).round() as i64),
                    Lane((v * (1u64 << 40) as f64) as i64),
                    Lane(block / 8),
                    Lane((k / 8.0) as i64),
                );
                let mut sums = [Sums::default()];
                add_rows::<false>(&[line], &[Lane::ZERO], &mut sums);
                let got = (sums[0].forward - sums[0].strike).0 as f64
                    / (1u64 << PROBABILITY_BITS) as f64
                    / (block / 8) as f64;
                let d1 = x / v + v / 2.0;
                let want = cdf(d1) - (-x).exp() * cdf(d1 - v);
                assert!((got - want).abs() < 1.1e-8 * (1.0 + v), "v {v} x {x}: {got} {want}");
            }
        }
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

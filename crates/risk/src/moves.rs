//! The spot moves of an underlying's grid: what a price range alone decides of the scenarios.

use crate::fixed::ln_normalised_q40;
use crate::lane::Lane;
use crate::scenario::{GRID_MOVES, TAIL_MOVES, TAIL_PERCENT, UNMOVED_STEP};
use crate::surface::ONE_Q40;
use bytemuck::Zeroable;

/// The moves of the grid, ascending.
#[derive(Debug, Clone, Copy, Zeroable)]
pub(crate) struct Moves {
    /// 1 + move at 2^-28.
    pub multiples_q28: [Lane; GRID_MOVES],
    /// ln(1 + move) at 2^-26.
    pub logs_q26: [Lane; GRID_MOVES],
    /// Weights of the tails, 2^-40.
    pub tail_weights_q40: [Lane; TAIL_MOVES],
}

impl Moves {
    /// Sets them to quarters of a price range.
    #[inline(never)]
    pub(crate) fn set(&mut self, range_q40: i64) {
        let quarter = Lane(range_q40 / 4);
        let mut multiple_q40 = Lane(ONE_Q40) - (quarter << 2);
        for (multiple, log) in self.multiples_q28.iter_mut().zip(&mut self.logs_q26) {
            *multiple = (multiple_q40 + Lane(1 << 11)) >> 12;
            *log = log_q26(multiple_q40);
            multiple_q40 += quarter;
        }
        // The logarithm of one is zero, but for its rounding.
        self.logs_q26[UNMOVED_STEP] = Lane::ZERO;
        for (weight, percent) in self.tail_weights_q40.iter_mut().zip(TAIL_PERCENT) {
            *weight = Lane(tail_weight_q40(percent, range_q40));
        }
    }
}

/// `min(1, PR/|move|)` at 2^-40.
pub(crate) fn tail_weight_q40(percent: i64, range_q40: i64) -> i64 {
    // A range is below 2^41.
    ((range_q40 as u64).wrapping_mul(100).wrapping_div(percent.unsigned_abs()) as i64).min(ONE_Q40)
}

/// ln of a multiple between 0.4 and 1.6, from 2^-40 to 2^-26, to the nearest.
fn log_q26(multiple_q40: Lane) -> Lane {
    let x = multiple_q40.0 as u64;
    // To a mantissa with its top bit set; the exponent is that of x at 2^-40.
    let log = if x >= 1 << 40 {
        ln_normalised_q40(x << 23, 0)
    } else if x >= 1 << 39 {
        ln_normalised_q40(x << 24, -1)
    } else {
        ln_normalised_q40(x << 25, -2)
    };
    (Lane(log) + Lane(1 << 13)) >> 14
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        /// Goal: logarithms of moves are to the nearest 2^-26. Method: `libm`, over every price range's multiples.
        #[test]
        fn logarithms_of_moves(multiple in 4 * ONE_Q40 / 10 - 8..=16 * ONE_Q40 / 10) {
            let want = libm::log(multiple as f64 / ONE_Q40 as f64) * f64::from(1 << 26);
            let got = log_q26(Lane(multiple)).0;
            prop_assert!((got as f64 - want).abs() < 0.501, "{multiple}: {got} instead of {want}");
        }
    }
}

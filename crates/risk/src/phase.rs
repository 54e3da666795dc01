//! Phasing of liquidations (risk.md §7): at most a fifth of an underlying's open interest changes hands per 30 seconds,
//! so that a cascade meets a market that has time to answer.

use crate::bounds::ONE_E6;
use crate::fixed::{mul_div_ceil_i64, mul_div_floor};
use crate::liquidation::WHOLE_E9;
use bytemuck::{Pod, Zeroable};

/// Length of a phase, seconds. It starts with the first slice after the last phase ended.
pub const PHASE_SECS: i64 = 30;
/// Share of an underlying's open interest that a phase lets go, 1e-6.
pub const PHASE_SHARE_E6: i64 = 200_000;

/// How much of one underlying the current phase has seen liquidated. Stored as is in the program's Market account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Pod, Zeroable)]
#[repr(C)]
pub struct Phase {
    /// Start, unix seconds; 0 before the first.
    pub started_at: i64,
    /// Σ of the quantities liquidated since, calls and puts, long and short, 1e-6 unit.
    pub taken_e6: i64,
}

impl Phase {
    /// What may still be taken at `now`, 1e-6 unit, rounded up. A small market is measured against `base_e6` instead of
    /// its open interest: there is no cascade in a handful of contracts.
    #[must_use]
    pub fn left_e6(&self, open_interest_e6: i64, base_e6: i64, now: i64) -> i64 {
        let whole = open_interest_e6.max(base_e6).max(0);
        let limit = mul_div_ceil_i64(whole, PHASE_SHARE_E6, ONE_E6).unwrap_or(0);
        limit.saturating_sub(self.taken_at(now)).max(0)
    }

    /// The largest fraction (1e-9, rounded down) of a book with this gross quantity in the underlying that the phase
    /// still lets go.
    #[must_use]
    pub fn fraction_max_e9(left_e6: i64, gross_e6: i64) -> u64 {
        if gross_e6 <= left_e6 {
            return WHOLE_E9;
        }
        mul_div_floor(left_e6.max(0).unsigned_abs(), WHOLE_E9, gross_e6.unsigned_abs()).unwrap_or(0)
    }

    /// Books a fraction of a gross quantity, beginning a new phase where the last one is over.
    pub fn take(&mut self, gross_e6: i64, fraction_e9: u64, now: i64) {
        let taken = mul_div_floor(gross_e6.unsigned_abs(), fraction_e9, WHOLE_E9).unwrap_or(u64::MAX);
        let before = self.taken_at(now);
        if self.is_over(now) {
            self.started_at = now;
        }
        self.taken_e6 = before.saturating_add(i64::try_from(taken).unwrap_or(i64::MAX));
    }

    fn taken_at(&self, now: i64) -> i64 {
        if self.is_over(now) {
            0
        } else {
            self.taken_e6
        }
    }

    fn is_over(&self, now: i64) -> bool {
        now.saturating_sub(self.started_at) >= PHASE_SECS
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Goal: a fifth, once; then nothing until the phase is over. Method: a book of half the market.
    #[test]
    fn a_phase_lets_a_fifth_go() {
        let mut phase = Phase::default();
        let left = phase.left_e6(1_000, 0, 100);
        assert_eq!((left, Phase::fraction_max_e9(left, 500)), (200, 400_000_000));
        phase.take(500, 400_000_000, 100);
        assert_eq!(phase, Phase { started_at: 100, taken_e6: 200 });
        let left = phase.left_e6(1_000, 0, 129);
        assert_eq!((left, Phase::fraction_max_e9(left, 300)), (0, 0));
        assert_eq!(phase.left_e6(1_000, 0, 130), 200);
    }

    /// Goal: a small market is exempt, and nothing is ever out of reach. Method: below the base; one millionth of a unit.
    #[test]
    fn small_books_are_exempt() {
        let phase = Phase::default();
        assert_eq!(Phase::fraction_max_e9(phase.left_e6(10, 1_000, 100), 10), WHOLE_E9);
        assert_eq!(phase.left_e6(1, 0, 100), 1);
        assert_eq!(Phase::fraction_max_e9(0, 0), WHOLE_E9);
    }

    proptest! {
        /// Goal: whatever is asked, a phase never lets more than its limit go. Method: random takes inside one phase.
        #[test]
        fn a_phase_is_never_exceeded(
            open in 1i64..1 << 50, takes in prop::collection::vec((1i64..1 << 50, 1u64..=WHOLE_E9), 1..20),
        ) {
            let mut phase = Phase::default();
            let limit = phase.left_e6(open, 0, 1_000);
            for (gross, asked) in takes {
                let fraction = asked.min(Phase::fraction_max_e9(phase.left_e6(open, 0, 1_000), gross));
                phase.take(gross, fraction, 1_000);
                prop_assert!(phase.taken_e6 <= limit);
            }
        }
    }
}

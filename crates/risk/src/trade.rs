//! What a trade costs: a share of the underlying's notional, capped by a share of what the option is worth.
//!
//! A trade has one net premium for all its legs, so a leg has no premium of its own. Its premium is the engine's **mark**:
//! a cap by what the parties say they pay would be theirs to choose (a collar at zero cost, a payment outside), the mark
//! is not. Both sides pay the same fee.

use crate::fixed::mul_div_ceil;

/// The fee rule of an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeeTerms {
    /// Fee as a ratio of the underlying's notional, 1e-6, ≥ 0.
    pub rate_e6: i64,
    /// Most of the leg's premium that the fee may be, 1e-6, ≥ 0.
    pub premium_cap_e6: i64,
}

/// Fee of one side of one leg, 1e-6 quote, rounded up: `|qty|·min(spot·rate, mark·cap)`.
///
/// `qty_e6` 1e-6 unit, `spot_e8` 1e-8 quote, `mark_e14` the option's value a unit at 1e-14 quote, which counts as
/// [`mark_e8`] says. `None` when the fee does not fit.
#[must_use]
pub fn fee_e6(qty_e6: i64, spot_e8: u64, mark_e14: i128, terms: &FeeTerms) -> Option<i64> {
    let rate_e6 = u64::try_from(terms.rate_e6).ok()?;
    let cap_e6 = u64::try_from(terms.premium_cap_e6).ok()?;
    // Both a unit, at 1e-14 quote. Only the smaller counts, so the cap may saturate.
    let a_unit_e14 = spot_e8.checked_mul(rate_e6)?.min(mark_e8(mark_e14).saturating_mul(cap_e6));
    i64::try_from(mul_div_ceil(qty_e6.unsigned_abs(), a_unit_e14, UNIT_E6_AT_E14)?).ok()
}

/// A mark of 1e-14 quote at 1e-8 quote, rounded up; saturates.
#[must_use]
pub fn mark_e8(mark_e14: i128) -> u64 {
    const STEP: u64 = 1_000_000;
    match u64::try_from(mark_e14.max(0)) {
        Ok(mark) => mark.div_ceil(STEP),
        // Above 184,467 quote; rare, and the virtual machine pays for the wide division.
        Err(_) => u64::try_from(mark_e14.unsigned_abs().div_ceil(u128::from(STEP))).unwrap_or(u64::MAX),
    }
}

/// 1e-6 unit · 1e-14 quote in units of 1e-6 quote.
const UNIT_E6_AT_E14: u64 = 100_000_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bounds::{PRICE_MAX_E8, QTY_MAX_E6};
    use proptest::prelude::*;

    const TERMS: FeeTerms = FeeTerms { rate_e6: 300, premium_cap_e6: 125_000 };
    const USD: u64 = 100_000_000;
    const USD_E14: i128 = 100_000_000_000_000;

    /// Goal: the rule by hand. Method: two units of a 100,000 underlying; 3 bp are 60, an eighth of the premium is less
    /// when the option is worth less than 240.
    #[test]
    fn the_smaller_of_notional_and_premium_counts() {
        assert_eq!(fee_e6(2_000_000, 100_000 * USD, 5_000 * USD_E14, &TERMS), Some(60_000_000));
        assert_eq!(fee_e6(-2_000_000, 100_000 * USD, 240 * USD_E14, &TERMS), Some(60_000_000));
        assert_eq!(fee_e6(-2_000_000, 100_000 * USD, 8 * USD_E14, &TERMS), Some(2_000_000));
        assert_eq!(fee_e6(2_000_000, 100_000 * USD, 0, &TERMS), Some(0));
    }

    /// Goal: a fee is never rounded away. Method: the smallest quantity of a cheap option, the smallest mark.
    #[test]
    fn fees_round_up() {
        assert_eq!(fee_e6(1, USD, USD_E14, &TERMS), Some(1));
        assert_eq!(fee_e6(1, USD, 1, &TERMS), Some(1));
        assert_eq!(fee_e6(0, USD, USD_E14, &TERMS), Some(0));
        assert_eq!((mark_e8(1), mark_e8(1_000_000), mark_e8(1_000_001), mark_e8(-1)), (1, 1, 2, 0));
        assert_eq!((mark_e8(i128::from(u64::MAX) * 1_000_000), mark_e8(i128::MAX)), (u64::MAX, u64::MAX));
    }

    /// Goal: what is out of range is refused, not wrapped. Method: the engine's bounds fit, what is beyond does not.
    #[test]
    fn what_does_not_fit_is_refused() {
        let largest = i64::try_from(QTY_MAX_E6).unwrap();
        assert!(fee_e6(largest, PRICE_MAX_E8, i128::from(PRICE_MAX_E8) * 1_000_000, &TERMS).is_some());
        assert_eq!(fee_e6(i64::MAX, PRICE_MAX_E8, i128::from(PRICE_MAX_E8) * 1_000_000, &TERMS), None);
        assert_eq!(fee_e6(1, u64::MAX, i128::MAX, &TERMS), None);
        assert_eq!(fee_e6(1, 1, 1, &FeeTerms { rate_e6: -1, ..TERMS }), None);
    }

    proptest! {
        /// Goal: the fee is the smaller of both rules to the unit, and cutting a trade into parts never makes it
        /// cheaper, nor dearer than a millionth a part. Method: any trade against the plain formula, cut anywhere.
        #[test]
        fn splitting_a_trade_saves_nothing(
            qty in 2i64..1_000_000_000_000, cut in 1i64..1_000_000_000_000,
            spot in 1u64..1u64 << 44, mark in 0u64..1u64 << 44, below in 0i128..1_000_000,
        ) {
            let cut = cut % (qty - 1) + 1;
            let mark_e14 = (i128::from(mark) * 1_000_000 - below).max(0);
            let fee = |qty| fee_e6(qty, spot, mark_e14, &TERMS).unwrap();
            let (whole, parts) = (fee(qty), fee(cut) + fee(qty - cut));
            prop_assert!(whole <= parts && parts <= whole + 2, "{whole} {parts}");
            let rule = |price: u64, ratio: i64| {
                (i128::from(qty) * i128::from(price) * i128::from(ratio) + 99_999_999_999_999) / 100_000_000_000_000
            };
            prop_assert_eq!(i128::from(whole), rule(spot, TERMS.rate_e6).min(rule(mark, TERMS.premium_cap_e6)));
        }
    }
}

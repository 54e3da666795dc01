//! The legs of a slice, and what must hold after it (risk.md §7): the owner keeps at least the share of the excess that
//! was not taken.

use crate::bounds::PRICE_MAX_E8;
use crate::fixed::{mul_div_floor_i64, saturate};
use crate::liquidation::WHOLE_E9;
use crate::report::MarginReport;

/// The taker's share of a leg, 1e-6 unit: of a short leg rounded away from zero, of a long one towards it.
///
/// Both round against the taker. Were long legs rounded up too, a slice of a billionth would carry a millionth of a
/// unit of every long leg for next to nothing, and a loop of such slices would empty a book of many long legs.
#[must_use]
pub fn take_leg(qty_e6: i64, fraction_e9: u64) -> i64 {
    let fraction_e9 = fraction_e9.min(WHOLE_E9);
    // The whole billions of the quantity and the rest apart, so that 64 bits hold every product: at most
    // 2^63/10^9 · 10^9 and 10^9 · 10^9. The virtual machine divides 128 bits, and checks a product, at twenty times the
    // cost.
    let (billions, rest) = (qty_e6.unsigned_abs() / WHOLE_E9, qty_e6.unsigned_abs() % WHOLE_E9);
    let part = rest.wrapping_mul(fraction_e9);
    let part = if qty_e6 < 0 { part.div_ceil(WHOLE_E9) } else { part / WHOLE_E9 };
    let size = billions.wrapping_mul(fraction_e9).saturating_add(part);
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    if qty_e6 < 0 {
        size.saturating_neg()
    } else {
        size
    }
}

/// Rounding of a slice: quantities leave in whole millionths of a unit, and every report is rounded on its own.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Rounding {
    prices_e8: u64,
}

/// Times the worth of a millionth of a unit that rounding one leg may cost.
const WORTH_TIMES: u64 = 8;
/// Parts of the gross notional by which the engine's fixed point may differ between two sizes of one book.
const GROSS_PARTS: i64 = 10_000_000;
/// The rounding of the reports' own sums, 1e-6 quote.
const REPORT_E6: i64 = 1_000;

impl Rounding {
    /// Counts one leg. It leaves the owner longer by less than a millionth of a unit, worth less than the greater of spot
    /// and strike. That may move a requirement by as much, and by several times as much where the book is far larger
    /// than its market's depth and impact is most of what it needs.
    pub fn add_leg(&mut self, spot_e8: u64, strike_e8: u64) {
        // Prices are below 2^50: 128 legs of eight times that fit.
        let worth_e8 = spot_e8.max(strike_e8).min(PRICE_MAX_E8).wrapping_mul(WORTH_TIMES);
        self.prices_e8 = self.prices_e8.saturating_add(worth_e8);
    }

    /// Counts one collateral asset: a share of a balance leaves in whole base units.
    pub fn add_token(&mut self, price_e8: u64, decimals: u8) {
        let unit_e8 = price_e8 / 10u64.checked_pow(u32::from(decimals)).unwrap_or(u64::MAX).max(1);
        // Of a leg a millionth of a unit counts: the same scale for a base unit's worth.
        self.prices_e8 = self.prices_e8.saturating_add(unit_e8.saturating_add(1).saturating_mul(1_000_000));
    }

    /// The most that rounding can have cost the owner's excess, 1e-6 quote.
    #[must_use]
    pub fn most_e6(&self, gross_e6: i64) -> i64 {
        // A millionth of a unit at 1e-8 quote is 1e-14 quote, 1e-8 of the money scale.
        let legs = i64::try_from(self.prices_e8 / 100_000_000).unwrap_or(i64::MAX);
        legs.saturating_add(gross_e6 / GROSS_PARTS).saturating_add(REPORT_E6)
    }
}

/// Whether the owner's `excess_MM` after a slice is at least the share that was kept of what it was before.
#[must_use]
pub fn keeps_its_share(
    before: &MarginReport,
    after: &MarginReport,
    fraction_e9: u64,
    rounding: &Rounding,
) -> bool {
    let kept_e9 = WHOLE_E9.saturating_sub(fraction_e9);
    let (kept, whole) = (i64::try_from(kept_e9).unwrap_or(0), i64::try_from(WHOLE_E9).unwrap_or(i64::MAX));
    let share = mul_div_floor_i64(before.excess_maintenance_e6, kept, whole).unwrap_or(0);
    let least = saturate(i128::from(share) - i128::from(rounding.most_e6(before.gross_e6)));
    after.excess_maintenance_e6 >= least
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn report(excess_maintenance_e6: i64) -> MarginReport {
        MarginReport { excess_maintenance_e6, ..MarginReport::default() }
    }

    /// Goal: the share to the unit, and no tolerance but rounding's. Method: a quarter taken of a deficit of 1,000.
    #[test]
    fn the_owner_keeps_the_share() {
        let before = report(-1_000_000_000);
        let quarter = WHOLE_E9 / 4;
        let rounding = Rounding::default();
        assert!(keeps_its_share(&before, &report(-750_000_000 - REPORT_E6), quarter, &rounding));
        assert!(!keeps_its_share(&before, &report(-750_000_001 - REPORT_E6), quarter, &rounding));
        assert!(keeps_its_share(&before, &report(0), WHOLE_E9, &rounding));
    }

    /// Goal: shares round against the taker and the whole is the whole. Method: halves of odd quantities, a billionth.
    #[test]
    fn legs_round_against_the_taker() {
        assert_eq!((take_leg(3, WHOLE_E9 / 2), take_leg(-3, WHOLE_E9 / 2)), (1, -2));
        assert_eq!((take_leg(1_000_000, 1), take_leg(-1_000_000, 1)), (0, -1));
        for qty in [i64::MAX, 7, 0, -7, -i64::MAX] {
            assert_eq!((take_leg(qty, WHOLE_E9), take_leg(qty, 0)), (qty, 0));
        }
    }

    proptest! {
        /// Goal: 64 bits give what 128 bits give. Method: every quantity and fraction against the plain formula.
        #[test]
        fn shares_are_exact(qty in -i64::MAX..=i64::MAX, fraction in 0u64..=WHOLE_E9) {
            let exact = (i128::from(qty) * i128::from(fraction)).div_euclid(i128::from(WHOLE_E9));
            prop_assert_eq!(i128::from(take_leg(qty, fraction)), exact);
        }
    }

    /// Goal: a leg of 100,000 may cost 80 cents. Method: one leg, spot below the strike.
    #[test]
    fn a_leg_rounds_by_its_price() {
        let mut rounding = Rounding::default();
        rounding.add_leg(90_000 * 100_000_000, 100_000 * 100_000_000);
        assert_eq!(rounding.most_e6(0), 800_000 + REPORT_E6);
        assert_eq!(rounding.most_e6(50_000_000), 800_005 + REPORT_E6);
    }
}

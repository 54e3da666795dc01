//! Paying a portfolio's debt by selling its collateral (risk.md §6): price, and how much changes hands.
//!
//! While the cash of a portfolio is below zero anyone may buy its collateral at the oracle price less a discount that
//! grows with the age of the debt, up to the debt. The price is rounded up and the tokens down: the owner never gets
//! less than the discounted price for a token.

use crate::bounds::ONE_E6;
use crate::fixed::{mul_div_ceil, mul_div_floor};

/// Discount the moment the debt arises, 1e-6.
pub const DISCOUNT_START_E6: i64 = 5_000;
/// Discount once the ramp is over, 1e-6.
pub const DISCOUNT_END_E6: i64 = 30_000;
/// Length of the ramp, seconds.
pub const DISCOUNT_RAMP_SECS: i64 = 600;

/// The discount on collateral of a debt this old, 1e-6: 0.5 % growing to 3 % over ten minutes.
#[must_use]
pub fn discount_e6(debt_secs: i64) -> i64 {
    let grown =
        (DISCOUNT_END_E6 - DISCOUNT_START_E6) * debt_secs.clamp(0, DISCOUNT_RAMP_SECS) / DISCOUNT_RAMP_SECS;
    DISCOUNT_START_E6 + grown
}

/// One kind of collateral for sale, at its discounted price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sale {
    /// Discounted price of one whole token, 1e-8 quote, rounded up.
    pub price_e8: u64,
    /// 10^(decimals + 2): base units of the token times 1e-8 quote in units of 1e-6 quote.
    scale: u64,
    /// What the portfolio holds of it, base units.
    held: u64,
    /// What the portfolio owes, 1e-6 quote.
    debt_e6: u64,
}

impl Sale {
    /// A sale of collateral at an oracle price (1e-8 quote a token), `debt_secs` after the cash went below zero.
    /// `None` without a debt, or for decimals above 17.
    #[must_use]
    pub fn new(cash_e6: i64, debt_secs: i64, held: u64, decimals: u8, price_e8: u64) -> Option<Self> {
        if cash_e6 >= 0 {
            return None;
        }
        let kept_e6 = (ONE_E6 - discount_e6(debt_secs)).unsigned_abs();
        let scale = 10u64.checked_pow(u32::from(decimals).saturating_add(2))?;
        let price_e8 = mul_div_ceil(price_e8, kept_e6, ONE_E6.unsigned_abs())?;
        Some(Self { price_e8, scale, held, debt_e6: cash_e6.unsigned_abs() })
    }

    /// What a buyer who offers `offered_e6` has to pay, 1e-6 quote: at most the offer, the debt, and the price of all
    /// there is (rounded up).
    #[must_use]
    pub fn payable_e6(&self, offered_e6: u64) -> u64 {
        let most = offered_e6.min(self.debt_e6);
        // All of it may cost more than 64 bits hold; then the debt is the bound.
        mul_div_ceil(self.held, self.price_e8, self.scale).map_or(most, |all| most.min(all))
    }

    /// What a payment that arrived buys, base units of the token, rounded down; at most what is held.
    #[must_use]
    pub fn bought(&self, paid_e6: u64) -> u64 {
        mul_div_floor(paid_e6, self.scale, self.price_e8).map_or(self.held, |tokens| tokens.min(self.held))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const USD_E8: u64 = 100_000_000;

    /// Goal: the ramp at its ends, in the middle and outside.
    #[test]
    fn the_discount_grows_over_ten_minutes() {
        for (secs, discount) in [(-1, 5_000), (0, 5_000), (300, 17_500), (600, 30_000), (i64::MAX, 30_000)] {
            assert_eq!(discount_e6(secs), discount, "{secs}");
        }
    }

    /// Goal: a sale by hand. Method: 10 SOL of 9 decimals at 200, a debt of 500, fresh: 199 a token.
    #[test]
    fn a_sale_pays_the_debt_at_the_discounted_price() {
        let sale = Sale::new(-500_000_000, 0, 10_000_000_000, 9, 200 * USD_E8).unwrap();
        assert_eq!(sale.price_e8, 199 * USD_E8);
        assert_eq!(sale.payable_e6(u64::MAX), 500_000_000);
        assert_eq!(sale.bought(500_000_000), 2_512_562_814);
        assert_eq!(sale.payable_e6(1_000_000), 1_000_000);
        let scarce = Sale::new(-500_000_000, 600, 1_000_000_000, 9, 200 * USD_E8).unwrap();
        assert_eq!((scarce.payable_e6(u64::MAX), scarce.bought(194_000_000)), (194_000_000, 1_000_000_000));
        assert_eq!(Sale::new(0, 0, 1, 9, USD_E8), None);
        assert_eq!(Sale::new(-1, 0, 1, 18, USD_E8), None);
    }

    proptest! {
        /// Goal: the owner never gets less than the discounted oracle price, the debt is never overpaid, no more than is
        /// held goes, and paying for everything gets everything.
        #[test]
        fn the_owner_never_loses_more(
            debt in 1i64..1 << 50, secs in 0i64..1_000, held in 1u64..1 << 60, decimals in 0u8..=12,
            price in 1u64..1 << 50, offered in 0u64..1 << 52,
        ) {
            let sale = Sale::new(-debt, secs, held, decimals, price).unwrap();
            let paid = sale.payable_e6(offered);
            let tokens = sale.bought(paid);
            prop_assert!(paid <= offered && paid <= debt.unsigned_abs() && tokens <= held);
            // paid / 10^6 ≥ tokens / 10^decimals · price / 10^8 · (1 − discount), exactly.
            let value = u128::from(tokens) * u128::from(sale.price_e8);
            prop_assert!(u128::from(paid) * u128::from(sale.scale) >= value);
            let undiscounted = u128::from(sale.price_e8) * 1_000_000;
            prop_assert!(undiscounted >= u128::from(price) * (1_000_000 - discount_e6(secs)).unsigned_abs() as u128);
            if paid < offered && paid < debt.unsigned_abs() {
                prop_assert_eq!(tokens, held);
            }
        }
    }
}

//! The cash of a slice: who ends up with how much more or less. The four movements sum to zero, so no unit is made or lost.

use crate::liquidation::{take_cash, SlicePrice};

/// Changes of cash by a slice, 1e-6 quote.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceCash {
    /// The owner's share of cash that goes to the taker, below zero for a debt.
    pub taken_e6: i64,
    /// Change of the owner's cash: the price, if there is one, less what was taken.
    pub owner_e6: i64,
    /// Change of the taker's cash: what was taken less price and contribution.
    pub taker_e6: i64,
    /// Change of the insurance fund: the taker's contribution, or below zero what it pays the taker.
    pub insurance_e6: i64,
}

/// The cash of taking a fraction (1e-9) of a book with this cash at this price. `None` when a sum does not fit.
///
/// A price below zero is paid by insurance, never by the owner.
#[must_use]
pub fn flows(cash_e6: i64, fraction_e9: u64, price: &SlicePrice) -> Option<SliceCash> {
    let taken_e6 = take_cash(cash_e6, fraction_e9);
    let from_taker = price.price_e6.max(0);
    let from_insurance = price.price_e6.min(0).checked_neg()?;
    let insurance_e6 = price.insurance_e6.checked_sub(from_insurance)?;
    let owner_e6 = from_taker.checked_sub(taken_e6)?;
    let taker_e6 = taken_e6.checked_sub(from_taker)?.checked_sub(insurance_e6)?;
    Some(SliceCash { taken_e6, owner_e6, taker_e6, insurance_e6 })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::liquidation::WHOLE_E9;
    use proptest::prelude::*;

    /// Goal: who pays whom on either side of zero. Method: half of a debt of 10, price 4 with a contribution of 1, and
    /// price −4.
    #[test]
    fn insurance_pays_below_zero() {
        let paid = flows(-10, WHOLE_E9 / 2, &SlicePrice { price_e6: 4, insurance_e6: 1 });
        assert_eq!(paid, Some(SliceCash { taken_e6: -5, owner_e6: 9, taker_e6: -10, insurance_e6: 1 }));
        let insured = flows(-10, WHOLE_E9 / 2, &SlicePrice { price_e6: -4, insurance_e6: 0 });
        assert_eq!(insured, Some(SliceCash { taken_e6: -5, owner_e6: 5, taker_e6: -1, insurance_e6: -4 }));
    }

    proptest! {
        /// Goal: no unit is made or lost. Method: any cash, fraction and price.
        #[test]
        fn the_movements_sum_to_zero(
            cash in -(1i64 << 56)..1 << 56, fraction in 0u64..=WHOLE_E9, price in -(1i64 << 56)..1 << 56,
            insurance in 0i64..1 << 50,
        ) {
            let flow = flows(cash, fraction, &SlicePrice { price_e6: price, insurance_e6: insurance }).unwrap();
            prop_assert_eq!(flow.owner_e6 + flow.taker_e6 + flow.insurance_e6, 0);
            prop_assert!(flow.owner_e6 >= -flow.taken_e6);
        }
    }
}

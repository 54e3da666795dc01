//! Losses that insurance cannot pay, shared by every positive cash balance (risk.md §14).
//!
//! Nobody's balance is touched when a loss is shared: an index falls, and a balance that was kept at an older index is worth
//! that much less, rounded down. A debt stays what it is. What the index took from balances that were not touched since is
//! *uncollected*; with it the claims are the vault's tokens at every moment, to the unit.

use crate::fixed::saturate;
use crate::insurance::Fund;

/// An index of one: before the first loss.
pub const INDEX_ONE_E12: u64 = 1_000_000_000_000;
/// Least index. Below it a millionth of what cash once was is left, and shares of it could not be told apart any more:
/// then all of it is lost and the index begins anew.
pub const INDEX_MIN_E12: u64 = 1_000_000;

/// What a unit of positive cash is worth of what it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CashIndex {
    /// The index, 1e-12; 0 stands for one.
    pub index_e12: u64,
    /// How often all cash was lost and the index began anew: cash of an older generation is worth nothing.
    pub generation: u64,
}

impl CashIndex {
    /// Cash kept at the index `then`, at this one: a debt unchanged, a balance in proportion, rounded down; 1e-6 quote.
    #[must_use]
    pub fn worth_e6(&self, cash_e6: i64, then: &Self) -> i64 {
        if cash_e6 <= 0 || self == then {
            return cash_e6;
        }
        if self.generation != then.generation {
            return 0;
        }
        let (now, then) = (i128::from(self.level_e12()), i128::from(then.level_e12()));
        saturate(i128::from(cash_e6) * now / then).min(cash_e6)
    }

    /// The index after positive cash of `cash_e6` in all bore `loss_e6` of a loss: never more than the loss, but where all
    /// is lost. `None` where there is no positive cash or no loss.
    pub fn share(&self, cash_e6: i64, loss_e6: i64) -> Option<Shared> {
        if cash_e6 <= 0 || loss_e6 <= 0 {
            return None;
        }
        let borne_e6 = loss_e6.min(cash_e6);
        let left = i128::from(cash_e6) - i128::from(borne_e6);
        let index = i128::from(self.level_e12()) * left / i128::from(cash_e6);
        let index_e12 = u64::try_from(index).unwrap_or(0);
        if index_e12 < INDEX_MIN_E12 {
            let index = Self { index_e12: INDEX_ONE_E12, generation: self.generation.saturating_add(1) };
            return Some(Shared { index, borne_e6, taken_e6: cash_e6, surplus_e6: cash_e6 - borne_e6 });
        }
        let index = Self { index_e12, generation: self.generation };
        Some(Shared { index, borne_e6, taken_e6: borne_e6, surplus_e6: 0 })
    }

    fn level_e12(&self) -> u64 {
        if self.index_e12 == 0 {
            INDEX_ONE_E12
        } else {
            self.index_e12
        }
    }
}

/// A loss that was shared. Money in 1e-6 quote.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shared {
    /// The index from now on.
    pub index: CashIndex,
    /// Part of the loss that was borne.
    pub borne_e6: i64,
    /// What the index took of all positive cash, to be collected when each balance is touched.
    pub taken_e6: i64,
    /// What of that exceeds the loss: the remains of cash that is too little to be shared.
    pub surplus_e6: i64,
}

/// What a claim on insurance came to. Money in 1e-6 quote.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Covered {
    /// What insurance paid.
    pub insurance_e6: i64,
    /// What it could not pay: an open shortfall until it is shared.
    pub shortfall_e6: i64,
}

/// Insurance pays a claim (≥ 0) as far as it reaches.
pub fn cover(fund: &mut Fund, claim_e6: i64) -> Covered {
    let insurance_e6 = fund.pay(claim_e6);
    Covered { insurance_e6, shortfall_e6: claim_e6.max(0).saturating_sub(insurance_e6) }
}

/// The house's books when every settled expiry has paid out. Money in 1e-6 quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Quote tokens that came in less those that went out.
    pub claims_e6: i64,
    /// Σ of what portfolios owe.
    pub debts_e6: i64,
    /// Open shortfall.
    pub shortfall_e6: i64,
    /// Insurance.
    pub insurance_e6: i64,
}

impl Totals {
    /// Σ of the positive cash of all portfolios at the index of now: what is claimed beyond what is there is owed or
    /// missing. `None` when it does not fit.
    #[must_use]
    pub fn positive_cash_e6(&self) -> Option<i64> {
        let there = self.claims_e6.checked_sub(self.insurance_e6)?;
        there.checked_add(self.debts_e6)?.checked_add(self.shortfall_e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    const ONE: CashIndex = CashIndex { index_e12: INDEX_ONE_E12, generation: 0 };

    /// Goal: a loss by hand. Method: 100 of 1,000 lost: an index of 0.9; a debt as it was; 0 is one.
    #[test]
    fn a_tenth_is_lost_by_all() {
        let shared = ONE.share(1_000_000_000, 100_000_000).unwrap();
        assert_eq!((shared.borne_e6, shared.taken_e6, shared.surplus_e6), (100_000_000, 100_000_000, 0));
        assert_eq!(shared.index.index_e12, 900_000_000_000);
        assert_eq!(shared.index.worth_e6(600_000_000, &ONE), 540_000_000);
        assert_eq!(shared.index.worth_e6(7, &ONE), 6);
        assert_eq!(shared.index.worth_e6(-600_000_000, &ONE), -600_000_000);
        assert_eq!(shared.index.worth_e6(10, &CashIndex { index_e12: 0, generation: 0 }), 9);
        assert_eq!(shared.index.worth_e6(10, &shared.index), 10);
    }

    /// Goal: nothing is shared where there is nothing to share, and where all is lost the index begins anew. Method: no
    /// loss, no cash, a loss of all, of more than all, of all but a millionth of a millionth.
    #[test]
    fn all_can_be_lost() {
        assert_eq!((ONE.share(0, 5), ONE.share(5, 0), ONE.share(-5, 5)), (None, None, None));
        for (loss, borne, surplus) in [(1_000, 1_000, 0), (2_000, 1_000, 0)] {
            let shared = ONE.share(1_000, loss).unwrap();
            assert_eq!((shared.borne_e6, shared.taken_e6, shared.surplus_e6), (borne, 1_000, surplus));
            assert_eq!(shared.index, CashIndex { index_e12: INDEX_ONE_E12, generation: 1 });
            assert_eq!(shared.index.worth_e6(1_000, &ONE), 0);
            assert_eq!(shared.index.worth_e6(-1_000, &ONE), -1_000);
        }
        let shared = ONE.share(1 << 50, (1 << 50) - 1).unwrap();
        assert_eq!((shared.index.generation, shared.surplus_e6), (1, 1));
    }

    proptest! {
        /// Goal: every balance pays its share, rounded up by less than a unit beyond the index's own step, nobody more; all
        /// together pay the loss at least. Method: random balances, two losses after each other, some touched in between.
        #[test]
        fn shares_add_up_to_the_loss(
            cash in prop::collection::vec(1i64..1 << 45, 1..40), losses in [0.0f64..0.9, 0.0f64..0.9], touched in 0u64..,
        ) {
            let whole: i64 = cash.iter().sum();
            let mut kept: Vec<(i64, CashIndex)> = cash.iter().map(|cash| (*cash, ONE)).collect();
            let (mut index, mut uncollected, mut all) = (ONE, 0i64, whole);
            for part in losses {

                let loss = (all as f64 * part) as i64;
                let Some(shared) = index.share(all, loss) else { continue };
                prop_assert_eq!((shared.borne_e6, shared.taken_e6), (loss, loss));
                for (cash, then) in &kept {
                    let (before, after) = (index.worth_e6(*cash, then), shared.index.worth_e6(*cash, then));
                    let due = i128::from(before) * i128::from(loss) / i128::from(all);
                    let step = i128::from(*cash) / i128::from(INDEX_MIN_E12 * 1_000) + 2;
                    let paid = i128::from(before) - i128::from(after);
                    prop_assert!(paid >= due - step && paid <= due + step, "{paid} of {due}");
                }
                index = shared.index;
                uncollected += loss;
                all -= loss;
                for (at, (cash, then)) in kept.iter_mut().enumerate() {
                    if (touched >> (at % 64)) & 1 == 1 {
                        let now = index.worth_e6(*cash, then);
                        uncollected -= *cash - now;
                        (*cash, *then) = (now, index);
                    }
                }
                let worth: i64 = kept.iter().map(|(cash, then)| index.worth_e6(*cash, then)).sum();
                let nominal: i64 = kept.iter().map(|(cash, _)| *cash).sum();
                prop_assert_eq!(nominal - uncollected, all, "the identity, to the unit");
                prop_assert!(worth <= all, "claims never exceed what is there");
                let steps = 2 * i64::try_from(kept.len()).unwrap() + whole / 1_000_000_000 + 2;
                prop_assert!(worth >= all - steps, "{worth} of {all}");
            }
        }
    }
}

//! Whether a taker can bear a slice, without valuing the book it is left with (risk.md §7 and §10.8).
//!
//! Requirements but the impact and open-interest parts are subadditive and scale with the book, and what equity counts
//! for is superadditive: for a taker t and a fraction f of a book o,
//! `IM(t + f·o) ≤ IM(t) + f·IM(o) + 2f·√(impact_t·impact_o)` and `equity(t + f·o) ≥ equity(t) + f·equity(o)`. The
//! square root is Minkowski's inequality for `Σ (Δ_u√(impact/depth))²`. Two reports that are known already thus bound
//! the third from below; only a taker too close to its margin for the bound needs the valuation itself. The caller
//! answers for the open interest: the bound holds where the taker pays no open-interest add-on afterwards.

use crate::assessment::counted_cash;
use crate::fixed::{saturate, sqrt_floor_u128};
use crate::liquidation::WHOLE_E9;
use crate::report::MarginReport;

/// A slice as far as its taker is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TakenSlice {
    /// Fraction of the book, 1e-9.
    pub fraction_e9: u64,
    /// Change of the taker's cash, price and contribution included, 1e-6 quote.
    pub cash_e6: i64,
    /// The most that rounding whole units of legs and tokens can cost, 1e-6 quote.
    pub rounding_e6: i64,
    /// Price of the quote currency in dollars, 1e-8; at most 1 is used.
    pub peg_e8: u64,
}

/// A lower bound of the taker's excess over IM after taking `slice` of the book `owner`, 1e-6 quote.
#[must_use]
pub fn initial_excess_bound_e6(taker: &MarginReport, owner: &MarginReport, slice: &TakenSlice) -> i64 {
    let part = |money: i64| i128::from(money) * i128::from(slice.fraction_e9) / i128::from(WHOLE_E9);
    // What the owner's collateral and options count for; its cash is in the slice's cash.
    let besides_cash =
        i128::from(owner.equity_initial_e6) - i128::from(counted_cash(owner.cash_e6, slice.peg_e8));
    let equity = i128::from(taker.equity_initial_e6)
        + i128::from(counted_cash(slice.cash_e6, slice.peg_e8))
        + part(saturate(besides_cash));
    let impacts =
        u128::from(taker.impact_e6.max(0).unsigned_abs()) * u128::from(owner.impact_e6.max(0).unsigned_abs());
    let cross = part(saturate(2 * (i128::from(sqrt_floor_u128(impacts)) + 1)));
    let needed = i128::from(taker.initial_e6) + part(owner.initial_e6) + cross;
    // Every quotient above is within a unit.
    saturate(equity - needed - i128::from(slice.rounding_e6) - 4)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the bound adds what adds. Method: two books of round numbers, half taken.
    #[test]
    fn the_bound_is_the_sum() {
        let taker =
            MarginReport { equity_initial_e6: 1_000_000, initial_e6: 300_000, ..MarginReport::default() };
        let owner = MarginReport {
            equity_initial_e6: 400_000,
            cash_e6: 100_000,
            initial_e6: 500_000,
            impact_e6: 400,
            ..MarginReport::default()
        };
        let slice =
            TakenSlice { fraction_e9: WHOLE_E9 / 2, cash_e6: -20_000, rounding_e6: 10, peg_e8: 100_000_000 };
        // 1,000,000 − 20,000 + 300,000/2 − 300,000 − 500,000/2, less one for the root, 10 and 4.
        assert_eq!(initial_excess_bound_e6(&taker, &owner, &slice), 580_000 - 1 - 10 - 4);
        // With impact on both sides the cross term is 2·½·√(400·900) = 600, and one.
        let deep = MarginReport { impact_e6: 900, ..taker };
        assert_eq!(initial_excess_bound_e6(&deep, &owner, &slice), 580_000 - 601 - 10 - 4);
    }
}

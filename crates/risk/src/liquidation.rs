//! The slice auction (risk.md §7): the discount ramp, the fraction that ends at the exit test, and its price.
//!
//! A taker takes a fraction f of the whole book, so hedges stay together, and pays `f·(equity − δ·max(equity, MM))`,
//! equity at mark. Because the price is linear in f and what stays needs at most (1 − f) of what it needed, the fraction
//! that ends at the exit test has a closed form: with k = 1 − f kept, `Q·k² + A·k = P`. Fractions are 1e-9.

use crate::assessment::ratio_floor_e8;
use crate::bounds::ONE_E6;
use crate::fixed::{ratio_ceil, saturate, sqrt_floor_u128};
use crate::report::{MarginReport, NO_FLOOR_E6};
use crate::scratch::UnderlyingState;

/// One dollar for a unit of the quote currency, 1e-8.
const PEG_ONE_E8: u64 = 100_000_000;
/// A whole book as a fraction.
pub const WHOLE_E9: u64 = 1_000_000_000;
const WHOLE: i128 = WHOLE_E9 as i128;
const WHOLE_E12: i128 = 1_000_000_000_000;
/// Share of the discount that the taker adds for the insurance fund, 1e-6.
pub const INSURANCE_SHARE_E6: i64 = 50_000;
/// The discount ramp: (seconds since the flag, discount 1e-9).
pub const DISCOUNT_RAMP: [(i64, i64); 4] =
    [(0, 10_000_000), (180, 100_000_000), (900, 300_000_000), (3_600, 1_000_000_000)];

/// δ(t), 1e-9: 1 % at the flag, 10 % after 3 minutes, 30 % after 15, 100 % after 60; linear between, constant outside.
#[must_use]
pub fn discount_e9(secs_since_flag: i64) -> i64 {
    let mut before = DISCOUNT_RAMP[0];
    for point in DISCOUNT_RAMP {
        if secs_since_flag <= point.0 {
            let span = (point.0 - before.0).max(1);
            return before.1 + (point.1 - before.1) * (secs_since_flag - before.0).max(0) / span;
        }
        before = point;
    }
    before.1
}

/// Terms of a slice beside the report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SliceTerms {
    /// δ(t), 1e-9.
    pub discount_e9: i64,
    /// Price of the quote currency in dollars, 1e-8; at most 1 is used.
    pub peg_e8: u64,
    /// Mark equity under which the whole book may be taken, 1e-6 quote.
    pub dust_equity_e6: i64,
    /// Share of scan, liquidity and oracle add-ons in MM, 1e-6.
    pub mm_factor_e6: i64,
    /// Share of (IM − EMA add-on − MM) above MM at which a liquidation ends, 1e-6.
    pub exit_buffer_e6: i64,
}

/// What kind of slice a book allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SliceBranch {
    /// The exit test passes: nothing may be taken.
    Healthy,
    /// Up to the fraction that ends at the exit test.
    Solvent,
    /// So little equity that all of it may be taken.
    Dust,
    /// The price is zero or below: all may be taken, insurance pays.
    Insolvent,
}

/// What may be taken of a book, and for how much.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlicePlan {
    /// Kind of slice.
    pub branch: SliceBranch,
    /// Largest fraction, 1e-9.
    pub fraction_max_e9: u64,
    /// Price of the whole book, 1e-6 quote, rounded up; below zero insurance pays the taker.
    pub pay_e6: i64,
    /// Discount on the whole book, 1e-6 quote, rounded down.
    pub discount_e6: i64,
    /// P, what the price counts for the owner's requirement, 1e-6 quote.
    pub counted_pay_e6: i64,
    /// Q, the part of the requirement that falls with the square of what is kept, 1e-6 quote.
    pub quadratic_e6: i64,
    /// A, 1e-6 quote.
    pub linear_e6: i64,
}

/// Plans a slice of the book that `report` describes.
pub fn slice(report: &MarginReport, terms: &SliceTerms) -> SlicePlan {
    let mark = report.equity_mark_e6;
    let base = mark.max(report.maintenance_e6);
    let discount = saturate((i128::from(base) * i128::from(terms.discount_e9)).div_euclid(WHOLE));
    let pay = mark.saturating_sub(discount);
    let counted = ratio_floor_e8(pay.max(0), terms.peg_e8.min(100_000_000));
    // Rounded down: a larger Q would end the slice before the exit test.
    let quadratic = saturate(i128::from(report.impact_e6) * quadratic_share_e12(terms) / WHOLE_E12);
    let linear = saturate(
        i128::from(counted) + i128::from(report.exit_e6)
            - i128::from(quadratic)
            - i128::from(report.equity_maintenance_e6),
    );
    let (branch, fraction_max_e9) = if report.excess_exit_e6 >= 0 {
        (SliceBranch::Healthy, 0)
    } else if pay <= 0 {
        (SliceBranch::Insolvent, WHOLE_E9)
    } else if mark < terms.dust_equity_e6 {
        (SliceBranch::Dust, WHOLE_E9)
    } else {
        (SliceBranch::Solvent, fraction_to_exit(counted, linear, quadratic, report.floor_maintenance_e6))
    };
    SlicePlan {
        branch,
        fraction_max_e9,
        pay_e6: pay,
        discount_e6: discount,
        counted_pay_e6: counted,
        quadratic_e6: quadratic,
        linear_e6: linear,
    }
}

/// Share of the impact add-on in the exit requirement: `factor·(1 − buffer) + buffer`, 1e-12.
fn quadratic_share_e12(terms: &SliceTerms) -> i128 {
    let whole = i128::from(ONE_E6);
    let (factor, buffer) = (i128::from(terms.mm_factor_e6), i128::from(terms.exit_buffer_e6));
    factor.clamp(0, whole) * (whole - buffer.clamp(0, whole)) + buffer.clamp(0, whole) * whole
}

impl SlicePlan {
    /// The same plan with no more sold than the exit test asks for, where two things make less enough. `report` and `terms`
    /// are those the plan is of, `free_e6` is [`open_interest_free_e6`] of the same assessment.
    ///
    /// - Into a debt the price counts in full, not at the peg, until cash is back at zero: cash counts for min(cash,
    ///   peg·cash).
    /// - The open-interest add-on falls faster than the book, `k·((O + C)·k − C)⁺` with O the add-on and C what of the scan
    ///   is free of it: two requirements, of which the larger counts.
    ///
    /// So the book passes where it would by each of these, each with a fraction of its own; over several underlyings the sum
    /// of the add-ons is at least this, and what is left may want another slice.
    pub fn to_the_exit(self, report: &MarginReport, terms: &SliceTerms, free_e6: i64) -> Self {
        let peg_e8 = terms.peg_e8.min(PEG_ONE_E8);
        let in_debt = report.cash_e6 < 0 && peg_e8 < PEG_ONE_E8;
        if self.branch != SliceBranch::Solvent || !(in_debt || report.open_interest_e6 > 0) {
            return self;
        }
        let mut keep = self.keep_of(report, terms, free_e6, (self.counted_pay_e6, 0));
        if in_debt {
            // What the debt would count less at the peg. Rounded down: a book that counts for more sells less.
            let less = ratio_floor_e8(report.cash_e6.saturating_neg(), PEG_ONE_E8 - peg_e8);
            let pegged = self.keep_of(report, terms, free_e6, (self.counted_pay_e6, less));
            let full = self.keep_of(report, terms, free_e6, (self.pay_e6, 0));
            keep = (full.0.min(pegged.0), full.1.min(pegged.1));
        }
        let sold = (WHOLE - keep.0.max(keep.1)).clamp(0, WHOLE) as u64;
        Self { fraction_max_e9: self.fraction_max_e9.min(sold), ..self }
    }

    /// What may be kept by the requirement and by the floor, where a price of `pay` is paid and equity counts `more`.
    fn keep_of(
        &self,
        report: &MarginReport,
        terms: &SliceTerms,
        free_e6: i64,
        (pay, more): (i64, i64),
    ) -> (i128, i128) {
        let linear = |exit: i128, quadratic: i64| {
            let equity = i128::from(report.equity_maintenance_e6.saturating_add(more));
            saturate(i128::from(pay) + exit - i128::from(quadratic) - equity)
        };
        let share = |money: i128| money * quadratic_share_e12(terms) / WHOLE_E12;
        let add_on = i128::from(report.open_interest_e6);
        // Shares and rates are rounded up by a millionth each, so the add-on of what is left may be that much more.
        let rounded = if add_on > 0 { i128::from(report.scan_e6) / 250_000 + 1 } else { 0 };
        let exit = i128::from(report.exit_e6) + rounded;
        let quadratic = saturate(i128::from(self.quadratic_e6) + share(add_on + i128::from(free_e6)));
        let charged = keep_to_exit(pay, linear(exit, quadratic), quadratic);
        let spared = keep_to_exit(pay, linear(exit - share(add_on), self.quadratic_e6), self.quadratic_e6);
        let floor = report.floor_maintenance_e6;
        let floor = if floor == NO_FLOOR_E6 { floor } else { floor.saturating_add(more) };
        (charged.min(spared), keep_to_floor(pay, floor))
    }
}

/// C of [`SlicePlan::to_the_exit`]: what of the scans of an assessment's underlyings is free of the open-interest add-on,
/// where one is due, 1e-6 quote. `underlyings`: those of the scratch, which held nothing before that assessment.
#[must_use]
pub fn open_interest_free_e6(underlyings: &[UnderlyingState]) -> i64 {
    underlyings.iter().fold(0, |sum: i64, u| sum.saturating_add(ratio_ceil(u.scan_e6, u.oi_free_rate_e6)))
}

/// 1 − k, rounded up, with k the root in (0, 1] of Q·k² + A·k = P, or what brings the floor to zero if that keeps more.
fn fraction_to_exit(pay: i64, linear: i64, quadratic: i64, floor: i64) -> u64 {
    let by_floor = if floor < 0 { keep_to_floor(pay, floor) } else { 0 };
    let keep = keep_to_exit(pay, linear, quadratic).max(by_floor);
    (WHOLE - keep).clamp(0, WHOLE) as u64
}

/// What may be kept, 1e-9 rounded down: the root in (0, 1] of Q·k² + A·k = P.
fn keep_to_exit(pay: i64, linear: i64, quadratic: i64) -> i128 {
    if pay <= 0 {
        return 0;
    }
    // The engine's reports stay below these bounds: A² is at most 2^126 and 4QP at most 2^124, so the sum fits.
    let within = |money: i64| i128::from(money.clamp(-(1 << 61), 1 << 61));
    let (p, a, q) = (within(pay), i128::from(linear), within(quadratic));
    let root = i128::from(sqrt_floor_u128((a * a + 4 * q * p).unsigned_abs()));
    // The form that does not cancel for the sign of A.
    let keep = if a >= 0 {
        2 * p * WHOLE / (a + root).max(1)
    } else if q > 0 {
        (root - a) * WHOLE / (2 * q)
    } else {
        WHOLE
    };
    keep.clamp(0, WHOLE)
}

/// What may be kept, 1e-9 rounded down, for the floor to be at zero; nothing where there is none.
fn keep_to_floor(pay: i64, floor: i64) -> i128 {
    if pay <= 0 || floor == NO_FLOOR_E6 {
        return 0;
    }
    let p = i128::from(pay.min(1 << 61));
    (p * WHOLE / (p - i128::from(floor.min(0)))).clamp(0, WHOLE)
}

/// Who pays what for a fraction.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlicePrice {
    /// What the taker pays the owner, 1e-6 quote, rounded up; below zero insurance pays the taker.
    pub price_e6: i64,
    /// What the taker adds for the insurance fund, 1e-6 quote, rounded up, ≥ 0.
    pub insurance_e6: i64,
}

/// Price of a fraction (1e-9, at most the plan's largest) of the book.
pub fn slice_price(plan: &SlicePlan, fraction_e9: u64) -> SlicePrice {
    let part = |money: i64| saturate(-(-i128::from(money) * i128::from(fraction_e9)).div_euclid(WHOLE));
    let insurance = if plan.pay_e6 > 0 { ratio_ceil(part(plan.discount_e6), INSURANCE_SHARE_E6) } else { 0 };
    SlicePrice { price_e6: part(plan.pay_e6), insurance_e6: insurance }
}

/// The taker's share of a cash balance: a fraction, rounded down (less of an asset, more of a debt).
#[must_use]
pub fn take_cash(cash_e6: i64, fraction_e9: u64) -> i64 {
    saturate((i128::from(cash_e6) * i128::from(fraction_e9)).div_euclid(WHOLE))
}

/// The taker's share of a token balance: a fraction, rounded down.
#[must_use]
pub fn take_amount(amount: u64, fraction_e9: u64) -> u64 {
    let part = u128::from(amount) * u128::from(fraction_e9.min(WHOLE_E9)) / u128::from(WHOLE_E9);
    u64::try_from(part).unwrap_or(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ramp_meets_its_corners() {
        for (secs, discount) in DISCOUNT_RAMP {
            assert_eq!(discount_e9(secs), discount);
        }
        assert_eq!(discount_e9(-5), 10_000_000);
        assert_eq!(discount_e9(90), 55_000_000);
        assert_eq!(discount_e9(i64::MAX), 1_000_000_000);
    }

    /// What a book like `report` has beyond the exit test after a slice by the plan, in floating point: cash counted on
    /// either side of zero, the requirement in proportion but for impact and open interest.
    fn beyond_exit(report: &MarginReport, plan: &SlicePlan, (peg, free): (f64, i64), fraction: f64) -> f64 {
        let keep = 1.0 - fraction;
        let cash = keep * report.cash_e6 as f64 + fraction * plan.pay_e6 as f64;
        let counted = cash.min(peg * cash);
        let was = (report.cash_e6 as f64).min(peg * report.cash_e6 as f64);
        let other = |with_cash: i64| keep * (with_cash as f64 - was);
        let (q, o, c) = (plan.quadratic_e6 as f64, report.open_interest_e6 as f64, free as f64);
        let charged = 0.85 * (keep * ((o + c) * keep - c)).max(0.0);
        let required = keep * (report.exit_e6 as f64 - q - 0.85 * o) + keep * keep * q + charged;
        let by_floor = if report.floor_maintenance_e6 == NO_FLOOR_E6 {
            f64::NEG_INFINITY
        } else {
            counted + other(report.floor_maintenance_e6)
        };
        (counted + other(report.equity_maintenance_e6) - required).max(by_floor)
    }

    /// A book under maintenance margin, with a debt or without, and terms; and C.
    fn book(random: &mut impl FnMut(i64, i64) -> i64) -> (MarginReport, SliceTerms, i64) {
        let maintenance_e6 = random(1_000_000_000, 900_000_000_000);
        let exit_e6 = maintenance_e6 + random(0, maintenance_e6 / 4);
        let equity_maintenance_e6 = maintenance_e6 - random(1, maintenance_e6);
        let charged = random(0, 2) == 1;
        let report = MarginReport {
            maintenance_e6,
            exit_e6,
            equity_maintenance_e6,
            equity_mark_e6: equity_maintenance_e6 + random(2_000_000_000, 200_000_000_000),
            excess_exit_e6: equity_maintenance_e6 - exit_e6,
            cash_e6: random(-500_000_000_000, 100_000_000_000),
            impact_e6: random(0, maintenance_e6 / 8),
            open_interest_e6: if charged { random(1, maintenance_e6 / 3) } else { 0 },
            floor_maintenance_e6: if random(0, 2) == 0 { NO_FLOOR_E6 } else { -random(1, 900_000_000_000) },
            ..MarginReport::default()
        };
        let terms = SliceTerms {
            discount_e9: discount_e9(random(0, 600)),
            peg_e8: random(50_000_000, 101_000_000) as u64,
            dust_equity_e6: 1_000_000_000,
            mm_factor_e6: 800_000,
            exit_buffer_e6: 250_000,
        };
        (report, terms, if charged { random(0, maintenance_e6 / 10) } else { 0 })
    }

    /// Goal: what is sold ends at the exit test, whatever the peg, whether the price ends a debt, and whether the
    /// open-interest add-on goes with it; never more than the model's own fraction. Method: random books; at the
    /// fraction the test passes, a thousandth less of the book does not.
    #[test]
    fn a_slice_ends_at_the_exit() {
        let mut seed = 11u64;
        let mut random = |low: i64, high: i64| {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            low + ((seed >> 20) % (high - low) as u64) as i64
        };
        let (mut less, mut ended, mut spared) = (0, 0, 0);
        for _ in 0..40_000 {
            let (report, terms, free_e6) = book(&mut random);
            let whole = slice(&report, &terms);
            let plan = whole.to_the_exit(&report, &terms, free_e6);
            assert!(plan.fraction_max_e9 <= whole.fraction_max_e9);
            assert_eq!(SlicePlan { fraction_max_e9: whole.fraction_max_e9, ..plan }, whole);
            if plan.branch != SliceBranch::Solvent || plan.fraction_max_e9 == WHOLE_E9 {
                continue;
            }
            let peg = (terms.peg_e8 as f64 / 1e8).min(1.0);
            let fraction = plan.fraction_max_e9 as f64 / 1e9;
            let beyond = |fraction: f64| beyond_exit(&report, &plan, (peg, free_e6), fraction);
            let rounding = 1e-8 * (report.equity_mark_e6 as f64 + 500e9) + 2.0;
            assert!(beyond(fraction) >= -rounding, "{report:?} {plan:?}: {}", beyond(fraction));
            if fraction > 2e-3 {
                assert!(beyond(fraction - 1e-3) < 0.0, "{report:?} {plan:?}: {}", beyond(fraction - 1e-3));
            }
            less += u32::from(plan.fraction_max_e9 < whole.fraction_max_e9);
            let cash = (1.0 - fraction) * report.cash_e6 as f64 + fraction * plan.pay_e6 as f64;
            ended += u32::from(report.cash_e6 < 0 && cash > 0.0);
            let (o, c) = (report.open_interest_e6 as f64, free_e6 as f64);
            spared += u32::from(o > 0.0 && (o + c) * (1.0 - fraction) < c);
        }
        assert!(less > 4_000 && ended > 200 && spared > 200, "{less} sell less, {ended}, {spared}");
    }

    #[test]
    fn shares_round_against_the_taker() {
        assert_eq!((take_cash(3, WHOLE_E9 / 2), take_cash(-3, WHOLE_E9 / 2)), (1, -2));
        assert_eq!((take_amount(3, WHOLE_E9 / 2), take_amount(u64::MAX, WHOLE_E9)), (1, u64::MAX));
    }
}

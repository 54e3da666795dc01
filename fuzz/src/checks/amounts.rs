//! Fees, sales of collateral, fractions of a book, phases, withdrawals: nobody gets more than there is.

use ballast_risk::bounds::ONE_E6;
use ballast_risk::convert::{discount_e6, Sale, DISCOUNT_END_E6, DISCOUNT_START_E6};
use ballast_risk::liquidation::{
    discount_e9, slice, slice_price, take_amount, take_cash, SlicePrice, SliceTerms, WHOLE_E9,
};
use ballast_risk::outflow::withdrawable;
use ballast_risk::phase::Phase;
use ballast_risk::slice_bound::{initial_excess_bound_e6, TakenSlice};
use ballast_risk::slice_cash::flows;
use ballast_risk::slice_check::{keeps_its_share, take_leg, Rounding};
use ballast_risk::trade::{fee_e6, mark_e8, FeeTerms};
use ballast_risk::MarginReport;

/// A fee is the same for both sides, never below zero, and not more for an option that is worth less.
pub fn fees([qty_e6, spot, mark, high, rate_e6, premium_cap_e6, ..]: [i64; 12]) {
    let terms = FeeTerms { rate_e6, premium_cap_e6 };
    let mark_e14 = i128::from(mark) * i128::from(high);
    let fee = |qty_e6, mark_e14| fee_e6(qty_e6, spot.cast_unsigned(), mark_e14, &terms);
    let dear = fee(qty_e6, mark_e14);
    if let (Some(dear), Some(cheap)) = (dear, fee(qty_e6, mark_e14.min(mark_e14 / 2))) {
        assert!(0 <= cheap && cheap <= dear, "{cheap} {dear}");
    }
    assert_eq!(dear, qty_e6.checked_neg().map_or(dear, |other_side_e6| fee(other_side_e6, mark_e14)));
    let up = mark_e8(mark_e14);
    assert!(mark_e14 > 0 || up == 0 || mark_e14 < -(1 << 64), "{up} of {mark_e14}");
}

/// A buyer pays no more than the debt and the offer, and never less than the discounted price of what it gets.
pub fn sales([cash_e6, secs, held, decimals, price, offered, ..]: [i64; 12]) {
    assert!((DISCOUNT_START_E6..=DISCOUNT_END_E6).contains(&discount_e6(secs)));
    let (held, offered) = (held.cast_unsigned(), offered.cast_unsigned());
    let decimals = decimals.cast_unsigned() as u8;
    let sale = Sale::new(cash_e6, secs, held, decimals, price.cast_unsigned());
    assert!(cash_e6 < 0 || sale.is_none());
    let Some(sale) = sale else { return };
    let kept_e6 = (ONE_E6 - discount_e6(secs)).cast_unsigned();
    let discounted = (u128::from(price.cast_unsigned()) * u128::from(kept_e6)).div_ceil(1_000_000);
    assert_eq!(u128::from(sale.price_e8), discounted, "rounded up");
    let payable = sale.payable_e6(offered);
    assert!(payable <= offered && payable <= cash_e6.unsigned_abs());
    let bought = sale.bought(payable);
    assert!(bought <= held);
    let scale = 10u128.pow(u32::from(decimals) + 2);
    let worth = u128::from(bought) * u128::from(sale.price_e8);
    assert!(worth <= u128::from(payable) * scale, "{bought} for {payable}");
}

/// Fractions of legs, cash and amounts round to their names; any report and any terms give a plan.
pub fn fractions(n: [i64; 12]) {
    let fraction = n[1].cast_unsigned() % (WHOLE_E9 + 1);
    let exact = i128::from(n[0]) * i128::from(fraction);
    let whole = i128::from(WHOLE_E9);
    assert_eq!(i128::from(take_cash(n[0], fraction)), exact.div_euclid(whole));
    // A short leg leaves away from zero, a long one towards it; the size of the least number does not fit.
    let taken = i128::from(take_leg(n[0], fraction));
    assert!(taken == exact.div_euclid(whole) || n[0] == i64::MIN, "{taken} of {}", n[0]);
    assert!(take_amount(n[0].cast_unsigned(), n[1].cast_unsigned()) <= n[0].cast_unsigned());
    let _ = (take_cash(n[0], n[1].cast_unsigned()), take_leg(n[0], n[1].cast_unsigned()));
    assert!((0..=WHOLE_E9.cast_signed()).contains(&discount_e9(n[2])));
    assert!(discount_e9(n[2]) <= discount_e9(n[2].saturating_add(1)));
    if let Some(cash) = flows(n[3], n[1].cast_unsigned(), &SlicePrice { price_e6: n[4], insurance_e6: n[5] })
    {
        assert_eq!(i128::from(cash.owner_e6) + i128::from(cash.taker_e6) + i128::from(cash.insurance_e6), 0);
    }
    any_report(n);
}

/// Reports that no book has: a plan all the same.
fn any_report(n: [i64; 12]) {
    let fields: [i64; 28] = core::array::from_fn(|i| n[i % 12].rotate_left(i as u32 / 12));
    let report: MarginReport = bytemuck::cast(fields);
    let terms = SliceTerms {
        discount_e9: n[6],
        peg_e8: n[7].cast_unsigned(),
        dust_equity_e6: n[8],
        mm_factor_e6: n[9],
        exit_buffer_e6: n[10],
    };
    let plan = slice(&report, &terms);
    assert!(plan.fraction_max_e9 <= WHOLE_E9);
    let fraction_e9 = n[11].cast_unsigned();
    let _ = (slice_price(&plan, plan.fraction_max_e9), slice_price(&plan, fraction_e9));
    let _ = (report.initial_verdict(), report.maintenance_verdict());
    let mut rounding = Rounding::default();
    rounding.add_leg(n[0].cast_unsigned(), n[1].cast_unsigned());
    rounding.add_token(n[2].cast_unsigned(), n[3].cast_unsigned() as u8);
    let _ = keeps_its_share(&report, &report, fraction_e9, &rounding);
    let taken = TakenSlice { fraction_e9, cash_e6: n[4], rounding_e6: n[5], peg_e8: n[7].cast_unsigned() };
    let _ = initial_excess_bound_e6(&report, &report, &taken);
}

/// A phase never lets more go than its limit; a vault never more than it has.
pub fn phases([started_at, taken, open, base, now, gross, fraction, vault, outflow, share, ..]: [i64; 12]) {
    let mut phase = Phase { started_at, taken_e6: taken };
    let left = phase.left_e6(open, base, now);
    assert!(left >= 0 && Phase::fraction_max_e9(left, gross) <= WHOLE_E9);
    phase.take(gross, fraction.cast_unsigned(), now);
    let mut phase = Phase { started_at, taken_e6: taken.max(0) };
    let (left, gross) = (phase.left_e6(open, base, now), gross.max(0));
    phase.take(gross, Phase::fraction_max_e9(left, gross), now);
    assert!(phase.left_e6(open, base, now) >= 0 && phase.taken_e6 >= 0);
    let taken_now = left - phase.left_e6(open, base, now);
    assert!((0..=left).contains(&taken_now) && (left == 0 || taken_now <= gross), "{taken_now} of {gross}");
    let (vault, share) = (vault.cast_unsigned(), share.cast_unsigned());
    let most = withdrawable(vault, outflow, share);
    if outflow >= 0 && u128::from(vault) + u128::from(outflow.unsigned_abs()) <= u128::from(u64::MAX) {
        assert!(most <= vault, "{most} of {vault}");
    }
    assert!(share >= ONE_E6.unsigned_abs() || withdrawable(vault, outflow, share + 1) >= most);
}

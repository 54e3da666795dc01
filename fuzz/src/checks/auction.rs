//! The slice auction on a report: fractions within a whole, prices by their sign, cash to the unit (docs/risk.md §7).

use crate::inputs::Book;
use ballast_risk::liquidation::{
    discount_e9, slice, slice_price, take_amount, SliceBranch, SlicePlan, SliceTerms, WHOLE_E9,
};
use ballast_risk::slice_bound::{initial_excess_bound_e6, TakenSlice};
use ballast_risk::slice_cash::flows;
use ballast_risk::slice_check::{keeps_its_share, take_leg, Rounding};
use ballast_risk::MarginReport;

/// Checks a slice of a book with this report.
pub fn check(book: &Book, report: &MarginReport) {
    let x = &book.exchange;
    let terms = SliceTerms {
        discount_e9: discount_e9(book.flagged_secs),
        peg_e8: x.peg_e8,
        dust_equity_e6: x.dust_equity_e6,
        mm_factor_e6: x.mm_factor_e6,
        exit_buffer_e6: x.exit_buffer_e6,
    };
    let plan = slice(report, &terms);
    is_a_plan(&plan, report);
    let fraction_e9 = book.fraction_e9.min(plan.fraction_max_e9);
    moves_cash_exactly(&plan, report.cash_e6, fraction_e9);
    let enough = plan.to_the_exit(report, &terms, report.scan_e6 / 10);
    assert!(enough.fraction_max_e9 <= plan.fraction_max_e9, "{enough:?} {plan:?}");
    assert!(report.cash_e6 < 0 || report.open_interest_e6 > 0 || enough == plan, "{enough:?} {plan:?}");
    let later = slice(report, &SliceTerms { discount_e9: WHOLE_E9.cast_signed(), ..terms });
    assert!(later.pay_e6 <= plan.pay_e6 && later.discount_e6 >= plan.discount_e6, "{plan:?} {later:?}");
    assert!(later.fraction_max_e9 >= plan.fraction_max_e9, "{plan:?} {later:?}");
    let rounding = leaves_no_more_than_there_is(book, fraction_e9);
    assert!(keeps_its_share(report, report, 0, &rounding), "nothing was taken");
    let taken = TakenSlice {
        fraction_e9,
        cash_e6: report.cash_e6,
        rounding_e6: rounding.most_e6(report.gross_e6),
        peg_e8: x.peg_e8,
    };
    let bound = initial_excess_bound_e6(report, report, &taken);
    let nothing =
        initial_excess_bound_e6(report, report, &TakenSlice { fraction_e9: 0, cash_e6: 0, ..taken });
    assert!(nothing <= report.equity_initial_e6 - report.initial_e6, "{bound} {nothing}");
}

fn is_a_plan(plan: &SlicePlan, report: &MarginReport) {
    assert!(plan.fraction_max_e9 <= WHOLE_E9, "{plan:?}");
    let healthy = report.excess_exit_e6 >= 0;
    assert_eq!(plan.branch == SliceBranch::Healthy, healthy, "{plan:?}");
    match plan.branch {
        SliceBranch::Healthy => assert_eq!(plan.fraction_max_e9, 0),
        SliceBranch::Insolvent => assert!(plan.pay_e6 <= 0 && plan.fraction_max_e9 == WHOLE_E9),
        SliceBranch::Dust => assert!(plan.pay_e6 > 0 && plan.fraction_max_e9 == WHOLE_E9),
        SliceBranch::Solvent => assert!(plan.pay_e6 > 0),
    }
}

/// The movements of cash sum to zero, and insurance gains only where there is a price.
fn moves_cash_exactly(plan: &SlicePlan, cash_e6: i64, fraction_e9: u64) {
    let price = slice_price(plan, fraction_e9);
    assert!(price.insurance_e6 >= 0 && (plan.pay_e6 > 0 || price.insurance_e6 == 0), "{price:?}");
    let cash = flows(cash_e6, fraction_e9, &price).expect("a book's money fits");
    assert_eq!(i128::from(cash.owner_e6) + i128::from(cash.taker_e6) + i128::from(cash.insurance_e6), 0);
}

/// Nobody takes more of a leg or a balance than there is.
fn leaves_no_more_than_there_is(book: &Book, fraction_e9: u64) -> Rounding {
    let mut rounding = Rounding::default();
    for h in &book.holdings {
        for l in &h.lines {
            for qty_e6 in [l.calls_e6, l.puts_e6] {
                let taken = take_leg(qty_e6, fraction_e9);
                assert!(taken.abs() <= qty_e6.abs() && taken.signum() * qty_e6.signum() >= 0);
                rounding.add_leg(h.market.state.spot_e8, l.strike.price_e8);
            }
        }
    }
    for coin in &book.collateral {
        assert!(take_amount(coin.amount, fraction_e9) <= coin.amount);
        rounding.add_token(coin.price_e8, coin.decimals);
    }
    rounding
}

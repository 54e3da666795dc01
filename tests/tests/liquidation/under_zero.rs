//! Books whose price is zero or less: all may be taken, and insurance pays.

use crate::{
    pit::fall::{sold, Fall, WHOLE_E9},
    scene::{emitted, USD_E8},
};
use ballast_harness::Verdict;
use ballast_risk::liquidation::{slice_price, SliceBranch};

/// A book far under water: the puts are worth more than everything the victim has. Insurance holds at least so much.
fn drowned(insurance: i64) -> Fall {
    let mut fall = sold();
    fall.insure(insurance * 1_000_000);
    fall.rest_at(62_000 * USD_E8);
    let report = fall.world.margin(&fall.victim).expect("a report");
    assert!(report.equity_mark_e6 < 0, "{report:?}");
    fall.world.flag(&fall.victim).expect("a flag");
    fall
}

/// Goal: a book under water goes whole, and insurance pays the taker exactly its price. Method: everything at once; the
/// owner is left with nothing and owes nothing.
#[test]
fn insurance_pays_for_a_book_under_water() {
    let mut fall = drowned(120_000);
    let (plan, before) = (fall.plan(), fall.cash());
    assert_eq!((plan.branch, plan.fraction_max_e9), (SliceBranch::Insolvent, WHOLE_E9));
    let outcome = fall.take(WHOLE_E9).accepted();
    let (event, after) = (emitted!(outcome, SliceLiquidated), fall.cash());
    assert_eq!((event.branch, event.ended, event.contribution_e6), (3, true, 0));
    assert_eq!((event.price_e6, event.book_price_e6), (plan.pay_e6, plan.pay_e6));
    assert_eq!(after[2], before[2] + plan.pay_e6);
    assert_eq!(after[1], before[1] + before[0] - plan.pay_e6);
    assert_eq!(after[0], 0);
    let owner = fall.world.portfolio_of(&fall.victim);
    assert!(owner.is_empty() && !owner.is_frozen());
    let taker = fall.world.margin(&fall.taker).expect("a report");
    // The taker is better off by δ·MM: mark and price meet but for that.
    assert!(taker.equity_mark_e6 > before[1], "{taker:?}");
}

/// Goal: a part may be taken, each paid in proportion. Method: a third, then the rest.
#[test]
fn a_book_under_water_goes_in_parts() {
    let mut fall = drowned(120_000);
    let (plan, before) = (fall.plan(), fall.cash());
    let outcome = fall.take(WHOLE_E9 / 3).accepted();
    let price = slice_price(&plan, WHOLE_E9 / 3);
    assert_eq!(emitted!(outcome, SliceLiquidated).price_e6, price.price_e6);
    assert!(!emitted!(outcome, SliceLiquidated).ended);
    assert_eq!(fall.cash()[2], before[2] + price.price_e6);
    let outcome = fall.take(WHOLE_E9).accepted();
    assert!(emitted!(outcome, SliceLiquidated).ended);
    let paid_e6 = before[2] - fall.cash()[2];
    assert!((paid_e6 + plan.pay_e6).abs() < 1_000_000, "{paid_e6} of {}", plan.pay_e6);
}

/// Goal: after an hour every flagged book is worth taking: what equity lacks to maintenance margin is what insurance
/// pays. Method: a book just under the limit, nobody came.
#[test]
fn after_an_hour_insurance_pays_what_is_missing() {
    let mut fall = sold();
    fall.insure(20_000 * 1_000_000);
    fall.drop(20);
    fall.world.flag(&fall.victim).accepted();
    fall.wait_an_hour();
    let report = fall.world.margin(&fall.victim).expect("a report");
    let (plan, before) = (fall.plan(), fall.cash());
    assert_eq!(plan.branch, SliceBranch::Insolvent);
    assert_eq!(plan.pay_e6, report.equity_mark_e6 - report.maintenance_e6);
    assert!(plan.pay_e6 < 0 && report.equity_mark_e6 > 0);
    let outcome = fall.take(WHOLE_E9).accepted();
    assert_eq!(emitted!(outcome, SliceLiquidated).discount_e9, 1_000_000_000);
    assert_eq!(fall.cash()[2], before[2] + plan.pay_e6);
}

/// Goal: insurance is paid out to its last unit before anything is missing. Method: the fraction it can just pay.
#[test]
fn insurance_pays_to_its_last_unit() {
    let mut fall = drowned(5_000);
    let (plan, insurance_e6) = (fall.plan(), fall.cash()[2]);
    assert!(-plan.pay_e6 > insurance_e6);
    // Rounded up, the fraction costs at most what there is.
    let most_e9 = i128::from(insurance_e6) * i128::from(WHOLE_E9) / i128::from(-plan.pay_e6);
    let most_e9 = u64::try_from(most_e9).expect("a fraction");
    fall.take(most_e9).accepted();
    assert!((0..1_000).contains(&fall.cash()[2]), "{}", fall.cash()[2]);
    assert_eq!(fall.world.exchange().shortfall_e6, 0);
    fall.take(WHOLE_E9).accepted();
    assert_eq!(fall.cash()[2], 0);
    assert!(fall.world.exchange().shortfall_e6 > 0);
}

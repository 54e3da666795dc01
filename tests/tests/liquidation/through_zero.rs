//! One formula through zero equity: the price of a book falls with the auction's clock, from what the owner is paid to what
//! insurance pays, and every slice on the way is taken at it.

use crate::{
    pit::{
        ceil,
        fall::{sold, Fall},
    },
    scene::emitted,
};
use ballast_harness::Verdict;

/// A millionth of the book: so little that the book is the same for the next.
const CRUMB_E9: u64 = 1_000;
const WHOLE: i128 = 1_000_000_000;

/// A book two per cent under the price of its flag, flagged now, and insurance for what it may cost.
fn under() -> Fall {
    let mut fall = sold();
    fall.insure(1_000_000_000);
    fall.drop(20);
    fall.world.flag(&fall.victim).expect("a flag");
    fall
}

/// Takes a millionth and holds the event and the cash of all three to the formula at a discount, worked out here. Returns the
/// price of the book, 1e-6 quote.
#[track_caller]
fn take_a_crumb(fall: &mut Fall, discount_e9: i64) -> i64 {
    let (report, before) = (fall.world.margin(&fall.victim).expect("a report"), fall.cash());
    let base_e6 = i128::from(report.equity_mark_e6.max(report.maintenance_e6));
    let discount_e6 = i64::try_from(base_e6 * i128::from(discount_e9) / WHOLE).expect("money");
    let book_e6 = report.equity_mark_e6 - discount_e6;
    let part = |money_e6: i64| i128::from(money_e6) * i128::from(CRUMB_E9);
    let price_e6 = ceil(part(book_e6), WHOLE);
    let added_e6 = ceil(i128::from(ceil(part(discount_e6), WHOLE)) * 5, 100);
    let contribution_e6 = if book_e6 > 0 { added_e6 } else { 0 };
    let taken_e6 = i64::try_from(part(before[0]).div_euclid(WHOLE)).expect("money");

    let outcome = fall.take(CRUMB_E9).accepted();
    let (event, after) = (emitted!(outcome, SliceLiquidated), fall.cash());
    assert_eq!((event.fraction_e9, event.discount_e9), (CRUMB_E9, discount_e9));
    assert_eq!((event.book_price_e6, event.price_e6), (book_e6, price_e6));
    assert_eq!((event.contribution_e6, event.cash_taken_e6), (contribution_e6, taken_e6));
    assert_eq!(event.contribution_e6 > 0, book_e6 > 0, "insurance is paid above zero and pays below");
    let (to_owner_e6, of_insurance_e6) = (price_e6.max(0), (-price_e6).max(0));
    assert_eq!(after[0], before[0] - taken_e6 + to_owner_e6);
    assert_eq!(after[1], before[1] + taken_e6 - to_owner_e6 - contribution_e6 + of_insurance_e6);
    assert_eq!(after[2], before[2] + contribution_e6 - of_insurance_e6);
    assert_eq!((event.insurance_e6, event.shortfall_e6, event.ended), (after[2], 0, false));
    book_e6
}

/// Goal: the discount is the ramp's, at its corners and between them, and the price goes from the owner's to insurance's.
/// Method: a millionth of the book at each; the discounts as risk.md §7 has them, in numbers.
#[test]
fn slices_are_priced_by_the_ramp() {
    let mut fall = under();
    let flagged_at = fall.world.vm.now();
    let mut prices_e6 = Vec::new();
    for (secs, discount_e9) in [
        (0, 10_000_000),
        (90, 55_000_000),
        (180, 100_000_000),
        (900, 300_000_000),
        (1_620, 486_666_666),
        (2_250, 650_000_000),
        (3_600, 1_000_000_000),
        (7_200, 1_000_000_000),
    ] {
        let wait_secs = flagged_at + secs - fall.world.vm.now();
        fall.world.wait(wait_secs).expect("feeds speak");
        prices_e6.push(take_a_crumb(&mut fall, discount_e9));
    }
    assert!(prices_e6[..7].windows(2).all(|pair| pair[1] < pair[0]), "{prices_e6:?}");
    assert!(prices_e6[4] > 0 && prices_e6[6] < 0 && prices_e6[7] < 0, "{prices_e6:?}");
}

/// Goal: the price goes through zero without a step, and only who pays changes. Method: a millionth of the book every second
/// around the one at which its price changes sign.
#[test]
fn the_price_goes_through_zero_without_a_step() {
    let mut fall = under();
    let flagged_at = fall.world.vm.now();
    let report = fall.world.margin(&fall.victim).expect("a report");
    // δ·MM takes all equity at mark: the second on the last stretch of the ramp, near enough to start a little before.
    let all_e9 = i128::from(report.equity_mark_e6) * WHOLE / i128::from(report.maintenance_e6);
    let zero_secs = 900 + i64::try_from((all_e9 - 300_000_000) * 27 / 7_000_000).expect("a time");
    assert!((1_000..3_500).contains(&zero_secs), "{zero_secs}: {report:?}");
    fall.world.wait(zero_secs - 30).expect("feeds speak");
    let mut prices_e6: Vec<i64> = Vec::new();
    while prices_e6.iter().filter(|price| **price < 0).count() < 4 {
        let secs = fall.world.vm.now() - flagged_at;
        prices_e6.push(take_a_crumb(&mut fall, 300_000_000 + (secs - 900) * 7_000_000 / 27));
        fall.world.wait(1).expect("feeds speak");
        assert!(prices_e6.len() < 90, "it changes sign: {prices_e6:?}");
    }
    assert!(prices_e6.iter().filter(|price| **price > 0).count() >= 4, "{prices_e6:?}");
    // A second is 7/27 of a thousandth of the discount, and prices hardly move in it.
    let step_e6 = report.maintenance_e6 / 1_000_000 * 7_000 / 27;
    for pair in prices_e6.windows(2) {
        let fell_e6 = pair[0] - pair[1];
        assert!((fell_e6 - step_e6).abs() < step_e6 / 10, "{fell_e6} is not {step_e6}: {prices_e6:?}");
    }
}

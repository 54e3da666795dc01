use super::*;
use proptest::prelude::*;
use std::vec::Vec;

const EXPIRY: i64 = 1_760_083_200;
const WINDOW: Window = Window { expiry_ts: EXPIRY, window_secs: 1_800 };
const USD: u64 = 100_000_000;

fn sampled(samples: impl IntoIterator<Item = (i64, u64)>) -> Accumulator {
    let mut sum = Accumulator::default();
    for (before_expiry, price) in samples {
        sum.sample(&WINDOW, price * USD, EXPIRY - before_expiry).unwrap();
    }
    sum
}

fn first(price: u64, after: i64) -> FirstPrice {
    FirstPrice { price_e8: price * USD, publish_time: EXPIRY + after, prev_publish_time: EXPIRY - 1 }
}

/// Goal: payoffs by hand, rounded down for the holder. Method: one unit of 1e-6 quote is between the values.
#[test]
fn payoffs_round_down_for_the_holder() {
    assert_eq!(payoff_e6(100 * USD, true, 2_000_000, 130 * USD), 60_000_000);
    assert_eq!(payoff_e6(100 * USD, true, -2_000_000, 130 * USD), -60_000_000);
    assert_eq!(payoff_e6(100 * USD, false, 2_000_000, 130 * USD), 0);
    assert_eq!(payoff_e6(100 * USD, false, -500_000, 90 * USD), -5_000_000);
    assert_eq!(payoff_e6(100 * USD, true, 1, 100 * USD + 50_000_000), 0);
    assert_eq!(payoff_e6(100 * USD, true, -1, 100 * USD + 50_000_000), -1);
    assert_eq!(payoff_e6(0, true, i64::MAX, u64::MAX), i64::MAX);
    assert_eq!(payoff_e6(0, true, i64::MIN, u64::MAX), i64::MIN);
}

/// Goal: a silence is not filled by the print after it. Method: 60 s at most for the first and for any later price.
#[test]
fn no_price_counts_for_more_than_a_minute() {
    let mut sum = Accumulator::default();
    assert_eq!(sum.sample(&WINDOW, USD, WINDOW.start()), Ok(0));
    assert_eq!(sum.sample(&WINDOW, USD, WINDOW.start() + 45), Ok(45));
    assert_eq!(sum.sample(&WINDOW, USD, WINDOW.start() + 500), Ok(60));
    assert_eq!(Accumulator::default().sample(&WINDOW, USD, EXPIRY - 1), Ok(60));
}

/// Goal: samples outside the window, repeated or reordered are refused and change nothing.
#[test]
fn samples_are_refused_with_their_reason() {
    let mut sum = sampled([(1_000, 5)]);
    let before = sum;
    for (at, reason) in [
        (WINDOW.start() - 1, SettlementRefusal::OutsideWindow),
        (EXPIRY, SettlementRefusal::OutsideWindow),
        (EXPIRY - 1_000, SettlementRefusal::NotNewer),
        (EXPIRY - 1_001, SettlementRefusal::NotNewer),
    ] {
        assert_eq!(sum.sample(&WINDOW, USD, at), Err(reason));
    }
    assert_eq!(sum.sample(&WINDOW, 0, EXPIRY - 1), Err(SettlementRefusal::Price));
    assert_eq!(sum.sample(&WINDOW, PRICE_MAX_E8 + 1, EXPIRY - 1), Err(SettlementRefusal::Price));
    assert_eq!(sum, before);
}

/// Goal: the first update closes the window and weighs like any price. Method: 29 minutes at 100, the last at 160.
#[test]
fn the_first_update_closes_the_window() {
    let sum = sampled((1..30).rev().map(|minute| (minute * 60, 100)));
    assert_eq!(sum.weight_secs, 29 * 60);
    let settled = settle(&sum, &WINDOW, Some(&first(160, 3)), EXPIRY + 10).unwrap();
    assert_eq!(settled, Settlement { price_e8: 102 * USD, source: Source::Average, weight_secs: 1_800 });
}

/// Goal: coverage is judged at four fifths, the closing minute included. Method: one second either side.
#[test]
fn thin_coverage_settles_at_the_first_update() {
    let minutes = (8..30).map(|minute| (1_800 - (minute - 7) * 60, 100)); // 22 minutes from the start
    let mut sum = sampled(minutes);
    assert_eq!(sum.weight_secs, 22 * 60);
    let at = |sum: &Accumulator| settle(sum, &WINDOW, Some(&first(160, 0)), EXPIRY).unwrap().source;
    assert_eq!(at(&sum), Source::FirstPrice);
    sum.sample(&WINDOW, 100 * USD, sum.last_publish + 59).unwrap();
    assert_eq!((sum.weight_secs + 60, at(&sum)), (1_439, Source::FirstPrice));
    sum.sample(&WINDOW, 100 * USD, sum.last_publish + 1).unwrap();
    assert_eq!((sum.weight_secs + 60, at(&sum)), (1_440, Source::Average));
}

/// Goal: only the one update that spans the expiry is the first. Method: each bound on its own.
#[test]
fn only_the_first_update_is_the_first() {
    let sum = sampled([(600, 100)]);
    let span = |prev: i64, publish: i64| FirstPrice {
        price_e8: USD,
        prev_publish_time: EXPIRY + prev,
        publish_time: EXPIRY + publish,
    };
    for (prev, publish, ok) in [
        (-1, 0, true),
        (-9, 21_599, true),
        (0, 0, false),
        (0, 1, false),
        (-2, -1, false),
        (-1, 21_600, false),
    ] {
        let verdict = settle(&sum, &WINDOW, Some(&span(prev, publish)), EXPIRY + 21_599);
        assert_eq!(verdict.is_ok(), ok, "{prev} {publish} {verdict:?}");
    }
    assert_eq!(settle(&sum, &WINDOW, None, EXPIRY - 1), Err(SettlementRefusal::NotExpired));
    assert_eq!(settle(&sum, &WINDOW, None, EXPIRY), Err(SettlementRefusal::TooEarly));
}

/// Goal: at no time can the caller choose between outcomes. Method: with and without the first update, before and
/// after the wait, at most one price comes out; an empty window leaves the first update and, later, the authority.
#[test]
fn the_caller_never_chooses() {
    let (sum, late) = (sampled([(600, 100)]), EXPIRY + FIRST_PRICE_WAIT_SECS);
    let with = settle(&sum, &WINDOW, Some(&first(160, 0)), late).unwrap();
    assert_eq!((with.price_e8, with.source), (100 * USD, Source::PartialAverage));
    assert_eq!(settle(&sum, &WINDOW, None, late), Ok(with));
    let empty = Accumulator::default();
    assert_eq!(settle(&empty, &WINDOW, None, late), Err(SettlementRefusal::NoSamples));
    assert_eq!(settle(&empty, &WINDOW, Some(&first(160, 0)), late).unwrap().source, Source::FirstPrice);

    let day = EXPIRY + AUTHORITY_WAIT_SECS;
    assert_eq!(settle_by_authority(&sum, &WINDOW, USD, day), Err(SettlementRefusal::HasAverage));
    assert_eq!(settle_by_authority(&empty, &WINDOW, USD, day - 1), Err(SettlementRefusal::TooEarly));
    assert_eq!(settle_by_authority(&empty, &WINDOW, 0, day), Err(SettlementRefusal::Price));
    assert_eq!(settle_by_authority(&empty, &WINDOW, USD, day).unwrap().source, Source::Authority);
}

proptest! {
    /// Goal: settling a series in any split among any holders never pays out more than comes in, and what stays is
    /// below a millionth of quote a holder. Method: random quantities and the one that balances them.
    #[test]
    fn payoffs_of_a_series_leave_a_small_residue(
        strike in 1u64..PRICE_MAX_E8, settled in 1u64..PRICE_MAX_E8, is_call: bool,
        quantities in prop::collection::vec(-1_000_000_000i64..1_000_000_000, 1..20),
    ) {
        let balance = -quantities.iter().sum::<i64>();
        let paid: i128 = quantities.iter().chain([&balance])
            .map(|qty| i128::from(payoff_e6(strike, is_call, *qty, settled))).sum();
        prop_assert!(paid <= 0 && -paid <= quantities.len() as i128, "{paid}");
    }

    /// Goal: the average lies within the prices, weights never exceed the time that passed, and one print moves the
    /// average by at most its minute. Method: random gaps and prices, one of them replaced.
    #[test]
    fn one_print_moves_the_average_by_its_minute_at_most(
        gaps in prop::collection::vec((1i64..200, 1u64..1_000_000), 1..60), at in 0usize..60, other in 1u64..1_000_000,
    ) {
        let mut when = WINDOW.start();
        let mut prices: Vec<(i64, u64)> = Vec::new();
        for (gap, price) in gaps {
            when += gap;
            if when < EXPIRY {
                prices.push((when, price));
            }
        }
        prop_assume!(!prices.is_empty());
        let run = |prices: &[(i64, u64)]| {
            let mut sum = Accumulator::default();
            for (when, price) in prices {
                sum.sample(&WINDOW, *price, *when).unwrap();
            }
            sum
        };
        let sum = run(&prices);
        let (low, high) = (prices.iter().map(|p| p.1).min().unwrap(), prices.iter().map(|p| p.1).max().unwrap());
        prop_assert!((low..=high).contains(&sum.average_e8()));
        prop_assert!(sum.weight_secs <= prices.last().unwrap().0 - WINDOW.start());
        let at = at % prices.len();
        let old = core::mem::replace(&mut prices[at].1, other);
        let moved = run(&prices).sum().abs_diff(sum.sum());
        prop_assert!(moved <= 60 * u128::from(old.abs_diff(other)));
    }
}

//! Who posts what: how much of an average belongs to somebody who shows only the prices that suit them.

use crate::{pit::window::opening, scene::USD_E8};
use ballast::events::SOURCE_AVERAGE;
use ballast_harness::Verdict;

/// Seconds after the full minute at which the price is high.
const HIGH_SECS: i64 = 35;
const HIGH: u64 = 130_000;
const LOW: u64 = 100_000;

/// The average of a window whose price is high for one second a minute. Somebody shows all those seconds; somebody else
/// shows the price every so many seconds, or nobody does. What they show, and then what is settled, 1e-8 quote.
fn settled_e8(honest_every_secs: Option<i64>) -> u64 {
    let mut window = opening();
    for secs in 1..1_800 {
        let is_high = secs % 60 == HIGH_SECS;
        let is_honest = honest_every_secs.is_some_and(|every| secs % every == 0);
        if is_high {
            window.sample_at(secs, HIGH).accepted();
        } else if is_honest {
            window.sample_at(secs, LOW).accepted();
        }
    }
    window.post_first(0, LOW);
    let outcome = window.finalize().accepted();
    let event = crate::scene::emitted!(outcome, ExpirySettled);
    assert_eq!((event.source, event.covered_secs), (SOURCE_AVERAGE, 1_800));
    event.settled_e8
}

/// Goal: who shows the highs alone owns the seconds between them, and that is why others have to show prices too. Method:
/// thirty highs, a minute apart, cover 1,775 of 1,800 seconds; the first price has the rest.
#[test]
fn a_lone_poster_owns_the_average() {
    assert_eq!(settled_e8(None), (1_775 * HIGH + 25 * LOW) * USD_E8 / 1_800);
}

/// Goal: an honest poster leaves the other one nothing but the seconds since the sample before. Method: the same highs, and
/// a price every thirty, ten and seven seconds; sevens drift past the minutes, so each high's distance is worked out.
#[test]
fn an_honest_poster_takes_the_weight_away() {
    for (every_secs, most_a_high) in [(30, 5), (10, 5), (7, 7)] {
        let highs = (0..30).map(|minute| 60 * minute + HIGH_SECS);
        // A high of the very second of an honest sample is shown first, and weighs what that one would have.
        let weights = highs.map(|secs| (secs - 1) % every_secs + 1);
        let high_secs: i64 = weights.inspect(|weight| assert!(*weight <= most_a_high)).sum();
        let high_secs = high_secs.unsigned_abs();
        let sum = high_secs * HIGH + (1_800 - high_secs) * LOW;
        assert_eq!(settled_e8(Some(every_secs)), sum * USD_E8 / 1_800, "every {every_secs} seconds");
    }
}

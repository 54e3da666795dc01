//! Hours of the other synthetic windows, held to the bars; the gap is in `replay.rs`.

use ballast::constants::PRICE_STALE_SECS;
use ballast_replay::{
    run::{replay, Replayed},
    window::{synthetic, AilmentKind, Window},
    Arguments,
};

/// Some hours of a synthetic window, from a minute since its start on.
fn cut(name: &str, from_minutes: i64, hours: i64) -> Window {
    let mut window = synthetic(name, 1).expect("a window of this name");
    let begin = window.start() + from_minutes * 60;
    window.knots.retain(|knot| knot.time >= begin);
    window.shortened(hours * 3_600)
}

/// Replays, and asserts that every bar is met by a window in which keepers had to act and expiries were settled.
fn held_to_the_bars(window: Window) -> Replayed {
    let replayed = replay(window, &Arguments::default()).expect("a replay");
    let figures = &replayed.figures;
    assert_eq!(figures.bars_broken, Vec::<String>::new());
    let liquidation = &figures.liquidation;
    assert!(liquidation.flagged > 0 && liquidation.slices > 0, "{liquidation:?}");
    assert!(figures.sent.contains_key("settlement_finalize"), "{:?}", figures.sent);
    replayed
}

/// Goal: a quote currency that loses its peg meets every bar. Method: the hours of the fall.
#[test]
fn a_depeg_meets_every_bar() {
    let moments = held_to_the_bars(cut("depeg", 7 * 60 + 40, 5)).moments;
    let (first, last) = (moments.first().expect("one"), moments.last().expect("one"));
    assert!(last.peg_e8 < 90_000_000 && first.peg_e8 > 95_000_000, "{first:?} {last:?}");
}

/// Goal: a spike of volatility meets every bar, and margins see it. Method: the hours of the rise.
#[test]
fn a_volatility_spike_meets_every_bar() {
    let moments = held_to_the_bars(cut("volatility", 7 * 60 + 40, 5)).moments;
    let (first, last) = (moments.first().expect("one"), moments.last().expect("one"));
    for (before, after) in first.volatilities_e6.iter().zip(&last.volatilities_e6) {
        assert!(after > &(before * 3 / 2), "{before} to {after}");
    }
}

/// Goal: an outage meets every bar, and nobody is flagged on prices from before it once they are too old, although the market
/// goes on falling. Method: flags from then until the feeds return, before and after.
#[test]
fn nobody_is_flagged_in_an_outage() {
    let window = cut("outage", 8 * 60 + 20, 6);
    let silent =
        window.ailments.iter().find(|ill| ill.kind == AilmentKind::Silent).copied().expect("silence");
    let (prices, replayed) = (window.clone(), held_to_the_bars(window));
    let too_old = silent.from + PRICE_STALE_SECS + 60;
    let during: Vec<_> =
        replayed.moments.iter().filter(|moment| (too_old..=silent.until).contains(&moment.time)).collect();
    assert!(during.len() > 60, "{}", during.len());
    let (first, last) = (during[0], during[during.len() - 1]);
    assert!(during.iter().all(|moment| moment.flagged == first.flagged), "{first:?} {last:?}");
    // There were some to flag: before, and as soon as anybody could.
    assert!(first.flagged > 0 && replayed.figures.liquidation.flagged > last.flagged + 20);
    assert!(prices.prices_e8(last.time)[0] < prices.prices_e8(first.time)[0] * 9 / 10);
}

//! The settlement price: the average of a covered window, the first price after a thin one, the partial average, the
//! authority. Each is due at its time and no other is.

use crate::{
    pit::{
        at, price_account,
        window::{opening, Window, FIRST_WAIT_SECS},
    },
    scene::{emitted, plant, Refuses, HOUR_SECS, USD_E8},
};
use ballast::{
    constants::PYTH_RECEIVER,
    error::BallastError,
    events::{ExpirySettled, SOURCE_AUTHORITY, SOURCE_AVERAGE, SOURCE_FIRST_PRICE, SOURCE_PARTIAL_AVERAGE},
    state::EXPIRY_SETTLED,
};
use ballast_harness::{Outcome, Verdict};
use ballast_sdk::{
    instruction::settlement::{settlement_finalize, settlement_sample},
    prices::PriceAccounts,
};

/// The event, held against what is stored.
fn settled<'a>(window: &Window, outcome: &'a Outcome) -> &'a ExpirySettled {
    let event = emitted!(outcome, ExpirySettled);
    let slot = window.slot();
    assert_eq!((event.market, event.expiry_ts), (0, window.expiry));
    assert_eq!((slot.status, slot.settled_e8), (EXPIRY_SETTLED, event.settled_e8));
    assert_eq!(slot.settled_at, window.world.vm.now());
    event
}

/// Goal: a covered window settles at its average, the first price counting for what is left to expiry. Method: a price a
/// minute that rises by a hundred, and a first price far off.
#[test]
fn a_covered_window_settles_at_its_average() {
    let mut window = opening();
    let mut sum = 0u128;
    for minute in 1..=29 {
        let dollars = 100_000 + 100 * minute;
        window.sample_at(60 * i64::try_from(minute).expect("few"), dollars).accepted();
        sum += u128::from(dollars * USD_E8) * 60;
    }
    window.post_first(0, 150_000);
    sum += u128::from(150_000 * USD_E8) * 60;
    let outcome = window.finalize().accepted();
    let event = settled(&window, &outcome);
    assert_eq!((event.source, event.covered_secs), (SOURCE_AVERAGE, 1_800));
    assert_eq!(u128::from(event.settled_e8), sum / 1_800);
    assert_eq!(event.first_price_e8, 150_000 * USD_E8);
}

/// Goal: four fifths of the window are enough and a second less is not. Method: 24 minutes covered, the first price's
/// included; then 24 minutes less a second.
#[test]
fn four_fifths_of_the_window_are_enough() {
    for (first_secs, source, covered) in [(60, SOURCE_AVERAGE, 1_440), (59, SOURCE_FIRST_PRICE, 1_439)] {
        let mut window = opening();
        window.sample_minutes(first_secs, first_secs + 22 * 60, 100_000);
        window.post_first(0, 124_000);
        let outcome = window.finalize().accepted();
        let event = settled(&window, &outcome);
        assert_eq!((event.source, event.covered_secs), (source, covered));
        let average_e8 = (1_380 * 100_000 + 60 * 124_000) * USD_E8 / 1_440;
        let due_e8 = if source == SOURCE_AVERAGE { average_e8 } else { 124_000 * USD_E8 };
        assert_eq!(event.settled_e8, due_e8);
    }
}

/// Goal: a window nobody sampled settles at the first price, however late it is shown before six hours are over. Method:
/// at expiry, and shown a second short of six hours later, published then or long before.
#[test]
fn an_empty_window_settles_at_the_first_price() {
    for (published, shown) in [
        (0, 0),
        (0, FIRST_WAIT_SECS - 1),
        (FIRST_WAIT_SECS - 1, FIRST_WAIT_SECS - 1),
        (0, 5 * FIRST_WAIT_SECS),
    ] {
        let mut window = opening();
        window.post_first(published, 123_456);
        let expiry = window.expiry;
        at(&mut window.world, expiry + shown);
        let outcome = window.finalize().accepted();
        let event = settled(&window, &outcome);
        assert_eq!((event.source, event.settled_e8), (SOURCE_FIRST_PRICE, 123_456 * USD_E8));
    }
}

/// Goal: after six hours without a first price the average the window has is due, be it of one sample, and a first price
/// shown then changes nothing. Method: one sample; TooEarly until the last second; with the first update and without.
#[test]
fn after_six_hours_the_partial_average_settles() {
    for shown in [false, true] {
        let mut window = opening();
        window.sample_at(900, 111_111).accepted();
        window.post_first(FIRST_WAIT_SECS - 1, 150_000);
        window.world.finalize_with("BTC", window.expiry, None).refuses(BallastError::SettlementTooEarly);
        window.world.vm.advance(1);
        let first = shown.then(|| price_account(&window.world, "BTC"));
        let outcome = window.world.finalize_with("BTC", window.expiry, first).accepted();
        let event = settled(&window, &outcome);
        assert_eq!((event.source, event.covered_secs), (SOURCE_PARTIAL_AVERAGE, 60));
        assert_eq!(event.settled_e8, 111_111 * USD_E8);
        assert_eq!(event.first_price_e8, if shown { 150_000 * USD_E8 } else { 0 });
    }
}

/// Goal: the partial average weighs each price by its seconds and by nothing else: neither a plain mean, nor the last price,
/// nor the first update shown with it. Method: 60 seconds of one price and 30 of another, then a covered window of prices
/// that rise by the minute; each without an update and with one far off.
#[test]
fn the_partial_average_weighs_its_prices() {
    let thin = vec![(60, 60, 100_000), (90, 30, 130_000)];
    let rising = (1i64..=29).map(|minute| (60 * minute, 60, 100_000 + 100 * minute.unsigned_abs())).collect();
    for (samples, average_e8) in [(thin, 110_000 * USD_E8), (rising, 101_500 * USD_E8)] {
        for shown in [false, true] {
            let mut window = opening();
            let mut covered = 0;
            for (secs, weight, dollars) in &samples {
                window.sample_at(*secs, *dollars).accepted();
                covered += weight;
            }
            window.post_first(FIRST_WAIT_SECS - 1, 190_000);
            window.world.vm.advance(1);
            let first = shown.then(|| price_account(&window.world, "BTC"));
            let outcome = window.world.finalize_with("BTC", window.expiry, first).accepted();
            let event = settled(&window, &outcome);
            assert_eq!((event.source, event.covered_secs), (SOURCE_PARTIAL_AVERAGE, covered));
            assert_eq!(event.settled_e8, average_e8);
        }
    }
}

/// Goal: a day after expiry, and not a second before, the authority settles a window that has nothing at all. Method:
/// the clock around it; only the authority's key.
#[test]
fn after_a_day_the_authority_settles_an_empty_window() {
    let mut window = opening();
    let expiry = window.expiry;
    at(&mut window.world, expiry + 24 * HOUR_SECS - 1);
    window.world.finalize_with("BTC", expiry, None).refuses(BallastError::SettlementNoSamples);
    window.world.decide("BTC", expiry, 117_000 * USD_E8).refuses(BallastError::SettlementTooEarly);
    window.world.vm.advance(1);
    let outcome = window.world.decide("BTC", expiry, 117_000 * USD_E8).accepted();
    let event = settled(&window, &outcome);
    assert_eq!((event.source, event.covered_secs), (SOURCE_AUTHORITY, 0));
    assert_eq!((event.settled_e8, event.first_price_e8), (117_000 * USD_E8, 0));
}

/// Goal: until the authority spoke the genuine first price still settles an empty window. Method: shown after the day.
#[test]
fn a_first_price_comes_before_the_authority() {
    let mut window = opening();
    window.post_first(30, 119_000);
    window.world.vm.advance(30 * HOUR_SECS);
    let outcome = window.finalize().accepted();
    assert_eq!(settled(&window, &outcome).source, SOURCE_FIRST_PRICE);
    window.world.decide("BTC", window.expiry, USD_E8).refuses(BallastError::AlreadySettled);
}

/// Goal: a sample with the weight of no second is no average, and does not shut the authority out. Method: one sample at
/// the very start of the window.
#[test]
fn a_sample_without_weight_is_no_average() {
    let mut window = opening();
    window.sample_at(0, 100_000).accepted();
    let expiry = window.expiry;
    at(&mut window.world, expiry + FIRST_WAIT_SECS);
    window.world.finalize_with("BTC", expiry, None).refuses(BallastError::SettlementNoSamples);
    at(&mut window.world, expiry + 24 * HOUR_SECS);
    window.world.decide("BTC", expiry, 117_000 * USD_E8).accepted();
}

/// Goal: the first price may lie in anyone's account, and of two who race with it the second finds it done. Method: the
/// same update in two accounts: both in one transaction, which fails at the second and changes nothing; then in two.
#[test]
fn a_race_to_finalize_has_one_outcome() {
    let mut window = opening();
    window.post_first(0, 121_000);
    let update = window.world.update("BTC");
    let copy = plant(&mut window.world, "copy", PYTH_RECEIVER, update.data());
    let (exchange, crank) = (window.world.exchange(), window.world.crank.insecure_clone());
    let [one, other] = [copy, price_account(&window.world, "BTC")]
        .map(|first| settlement_finalize(&exchange, 0, 0, Some(first)).expect("an instruction"));
    let before = window.slot();
    for both in [[one.clone(), other.clone()], [other, one]] {
        let rejected = window.world.send(&both, &[&crank]).refuses(BallastError::AlreadySettled);
        assert_eq!(rejected.instruction, Some(1));
        assert_eq!(bytemuck::bytes_of(&window.slot()), bytemuck::bytes_of(&before));
    }
    let outcome = window.world.finalize_with("BTC", window.expiry, Some(copy)).accepted();
    assert_eq!(settled(&window, &outcome).settled_e8, 121_000 * USD_E8);
    window.finalize().refuses(BallastError::AlreadySettled);
    window.world.vm.advance(7 * HOUR_SECS);
    window.world.finalize_with("BTC", window.expiry, None).refuses(BallastError::AlreadySettled);
    assert_eq!(window.slot().settled_e8, 121_000 * USD_E8);
}

/// Goal: who writes the price cannot slip a sample in before it, nor after. Method: a sample half a minute before expiry,
/// still fresh when the first update is there, in one transaction with it in either order; then the update alone.
#[test]
fn no_sample_comes_with_the_price() {
    let mut window = opening();
    window.sample_minutes(60, 1_740, 100_000);
    at(&mut window.world, window.expiry - 30);
    let last = window.world.good_update("BTC", 130_000 * USD_E8);
    let last = plant(&mut window.world, "last", PYTH_RECEIVER, last.data());
    window.post_first(0, 160_000);
    let (exchange, crank) = (window.world.exchange(), window.world.crank.insecure_clone());
    let prices = PriceAccounts::new().with(window.world.feed_id("BTC"), last);
    let sample = settlement_sample(&exchange, 0, 0, &prices).expect("an instruction");
    let first = price_account(&window.world, "BTC");
    let finalize = settlement_finalize(&exchange, 0, 0, Some(first)).expect("an instruction");
    let before = window.slot();
    let rejected = window.world.send(&[finalize.clone(), sample.clone()], &[&crank]);
    assert_eq!(rejected.refuses(BallastError::AlreadySettled).instruction, Some(1));
    assert_eq!(bytemuck::bytes_of(&window.slot()), bytemuck::bytes_of(&before));
    let rejected = window.world.send(&[sample, finalize.clone()], &[&crank]);
    assert_eq!(rejected.refuses(BallastError::OutsideWindow).instruction, Some(0));
    assert_eq!(bytemuck::bytes_of(&window.slot()), bytemuck::bytes_of(&before));
    let outcome = window.world.send(&[finalize], &[&crank]).accepted();
    let event = settled(&window, &outcome);
    assert_eq!((event.source, event.covered_secs), (SOURCE_AVERAGE, 1_800));
    assert_eq!(event.settled_e8, (1_740 * 100_000 + 60 * 160_000) * USD_E8 / 1_800);
}

/// Goal: a settlement cannot be stopped: gates closed, volatility silent, confidence wide. Method: all at once.
#[test]
fn nothing_stops_a_settlement() {
    let mut window = opening();
    window.world.set_gates(ballast::constants::GATES_ALL).accepted();
    window.sample_minutes(60, 1_740, 120_000);
    let expiry = window.expiry;
    at(&mut window.world, expiry);
    let first = window.world.good_update("BTC", 120_000 * USD_E8).after(expiry - 60);
    window.world.post(first.wide(4_000).averaging(30_000 * USD_E8));
    window.finalize().accepted();
    window.world.settle(&window.long).accepted();
    window.world.settle(&window.short).accepted();
}

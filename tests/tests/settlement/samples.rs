//! Samples of the window: what each weighs, and what the average is.

use crate::{
    pit::{
        at, price_account,
        window::{opening, Window, FIRST_WAIT_SECS},
    },
    scene::{emitted, plant, Refuses, USD_E8},
};
use ballast::{constants::PYTH_RECEIVER_PRO, error::BallastError, state::EXPIRY_LISTED};
use ballast_harness::{world::Surface, Verdict};
use ballast_sdk::{instruction::settlement::settlement_sample, prices::PriceAccounts};

/// Goal: a sample counts for the time before it, at most a minute, and says so. Method: samples 1, 31, 60, 61 and 600
/// seconds after one another, each at its own price; sum and average by hand.
#[test]
fn a_sample_counts_for_the_time_before_it() {
    let mut window = opening();
    let (mut sum, mut covered, mut secs) = (0u128, 0, 0);
    for (gap, weight, dollars) in
        [(1, 1, 110_000), (31, 31, 111_000), (60, 60, 112_000), (61, 60, 90_000), (600, 60, 131_071)]
    {
        secs += gap;
        let outcome = window.sample_at(secs, dollars).accepted();
        covered += weight;
        sum += u128::from(dollars * USD_E8) * u128::try_from(weight).expect("seconds");
        let average_e8 = u64::try_from(sum / u128::try_from(covered).expect("seconds")).expect("a price");
        let event = emitted!(outcome, SettlementSampled);
        assert_eq!((event.market, event.expiry_ts, event.price_e8), (0, window.expiry, dollars * USD_E8));
        assert_eq!((event.weight_secs, event.covered_secs), (weight, covered));
        assert_eq!((event.average_e8, event.publish_time), (average_e8, window.start() + secs));
        let slot = window.slot();
        assert_eq!((slot.sum.engine().sum(), slot.sum.weight_secs), (sum, covered));
        assert_eq!((slot.sum.last_publish, slot.status), (window.start() + secs, EXPIRY_LISTED));
    }
}

/// Goal: the first second of the window is in it and weighs nothing; the last is in it too. Method: samples at both.
#[test]
fn the_window_begins_with_its_first_second_and_ends_before_expiry() {
    let mut window = opening();
    let outcome = window.sample_at(0, 100_000).accepted();
    assert_eq!(emitted!(outcome, SettlementSampled).weight_secs, 0);
    let outcome = window.sample_at(1_799, 100_000).accepted();
    assert_eq!(emitted!(outcome, SettlementSampled).weight_secs, 60);
}

/// Goal: nobody stretches a print. Method: one price shown after nearly the whole window weighs a minute, and shown
/// again and again not a second more.
#[test]
fn one_print_is_not_stretched_over_a_silence() {
    let mut window = opening();
    let outcome = window.sample_at(1_700, 200_000).accepted();
    assert_eq!(emitted!(outcome, SettlementSampled).covered_secs, 60);
    for _ in 0..3 {
        window.world.vm.advance(10);
        window.world.sample("BTC", window.expiry).refuses(BallastError::SampleNotNewer);
    }
    assert_eq!(window.slot().sum.weight_secs, 60);
}

/// Goal: many samples a minute weigh together what one does. Method: a sample a second for a minute, then one after a
/// minute.
#[test]
fn many_prints_weigh_what_their_time_does() {
    let mut window = opening();
    for secs in 1..=60 {
        window.sample_at(secs, 100_000 + u64::try_from(secs).expect("few")).accepted();
    }
    assert_eq!(window.slot().sum.weight_secs, 60);
    assert_eq!(window.slot().sum.engine().average_e8(), 100_030 * USD_E8 + USD_E8 / 2);
    let outcome = window.sample_at(120, 100_000).accepted();
    assert_eq!(emitted!(outcome, SettlementSampled).weight_secs, 60);
}

/// Goal: a sample as old as a minute still counts, by its own time. Method: shown 60 seconds after it was published.
#[test]
fn a_sample_counts_by_its_publish_time() {
    let mut window = opening();
    at(&mut window.world, window.expiry - 1_700);
    let update = window.world.good_update("BTC", 110_000 * USD_E8).aged(60);
    window.world.post(update);
    let outcome = window.world.sample("BTC", window.expiry).accepted();
    assert_eq!(emitted!(outcome, SettlementSampled).weight_secs, 40);
}

/// Goal: a window goes on when markets are wild. Method: a price with a confidence of half of it and its average at
/// three times.
#[test]
fn wild_prices_are_sampled() {
    let mut window = opening();
    at(&mut window.world, window.expiry - 1_740);
    let wild = window.world.good_update("BTC", 60_000 * USD_E8).wide(5_000).averaging(180_000 * USD_E8);
    window.world.post(wild);
    window.world.sample("BTC", window.expiry).accepted();
}

/// Goal: a sample may lie in anyone's account, of either receiver. Method: an account of the second deployment.
#[test]
fn a_sample_may_lie_anywhere() {
    let Window { mut world, expiry, .. } = opening();
    world.vm.advance(60);
    let update = world.good_update("BTC", 110_000 * USD_E8).owned_by(PYTH_RECEIVER_PRO);
    let own = plant(&mut world, "own", PYTH_RECEIVER_PRO, update.data());
    let prices = PriceAccounts::new().with(world.feed_id("BTC"), own);
    let instruction = settlement_sample(&world.exchange(), 0, 0, &prices).expect("an instruction");
    let crank = world.crank.insecure_clone();
    world.send(&[instruction], &[&crank]).accepted();
    assert_ne!(own, price_account(&world, "BTC"));
    assert_eq!(world.market(0).expiries[0].sum.last_publish, expiry - 1_740);
}

/// Goal: windows of two markets and of two expiries are kept apart. Method: two of BTC that overlap by twenty minutes: one
/// price for both, then another for each; both settle at their own average. ETH's are not sampled by BTC's price.
#[test]
fn windows_are_kept_apart() {
    let mut window = opening();
    let (sooner, later) = (window.expiry, window.expiry + 600);
    window.world.list_expiry("BTC", later, Surface::FLAT, &[USD_E8]).expect("listed");
    window.sample_at(1_260, 110_000).accepted();
    window.world.sample("BTC", later).accepted();
    window.sample_at(1_320, 130_000).accepted();
    at(&mut window.world, sooner - 420);
    window.world.set_price("BTC", 90_000 * USD_E8);
    window.world.sample("BTC", later).accepted();
    assert!(window.world.market(1).expiries.iter().all(|slot| slot.sum.weight_secs == 0));

    at(&mut window.world, sooner + FIRST_WAIT_SECS);
    window.world.finalize_with("BTC", later, None).refuses(BallastError::SettlementTooEarly);
    window.world.finalize_with("BTC", sooner, None).accepted();
    at(&mut window.world, later + FIRST_WAIT_SECS);
    window.world.finalize_with("BTC", later, None).accepted();
    let market = window.world.market(0);
    let settled = [sooner, later].map(|expiry| {
        let slot = market.expiries[usize::from(window.world.expiry_slot("BTC", expiry))];
        (slot.settled_e8, slot.sum.weight_secs)
    });
    assert_eq!(settled, [(120_000 * USD_E8, 120), (100_000 * USD_E8, 120)]);
}

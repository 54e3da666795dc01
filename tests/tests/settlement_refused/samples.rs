//! Samples that do not count: outside the window, repeated, reordered, old, of an expiry that is not there or is done.

use crate::{
    pit::{
        at,
        window::{opening, Window, WINDOW_SECS},
    },
    scene::{traded, Refuses, Scene, USD_E8},
};
use ballast::error::BallastError;
use ballast_harness::{feeds, PriceUpdate, Sent};
use ballast_sdk::instruction::settlement::settlement_sample;

/// A sample of an update that was published at a time, in whatever order, shown now.
fn sample_published(window: &mut Window, time: i64, dollars: u64) -> Sent {
    let update = PriceUpdate::new(feeds::BTC, dollars * USD_E8, time);
    window.world.post(update);
    window.world.sample("BTC", window.expiry)
}

/// Goal: only updates of the window count. Method: the second before it opens, the second of expiry and later ones.
#[test]
fn samples_outside_the_window_are_refused() {
    let Scene { mut world, long, short, expiry } = traded();
    at(&mut world, expiry - WINDOW_SECS - 1);
    let mut window = Window { world, long, short, expiry };
    let now = window.world.vm.now();
    sample_published(&mut window, now, 100_000).refuses(BallastError::OutsideWindow);
    window.world.vm.advance(30);
    sample_published(&mut window, now, 100_000).refuses(BallastError::OutsideWindow);
    for late in [0, 1, 59, 100_000] {
        at(&mut window.world, expiry + late);
        sample_published(&mut window, expiry + late, 100_000).refuses(BallastError::OutsideWindow);
    }
    assert_eq!(window.slot().sum.weight_secs, 0);
}

/// Goal: publish times only move forward: what was counted is not counted again, nor anything before it. Method: the
/// same update, another price of the same second, an older one; then the next second.
#[test]
fn repeated_and_reordered_samples_are_refused() {
    let mut window = opening();
    window.sample_at(600, 100_000).expect("a sample");
    let counted = window.world.vm.now();
    window.world.vm.advance(20);
    for (time, dollars) in [(counted, 100_000), (counted, 150_000), (counted - 1, 150_000), (counted - 39, 1)]
    {
        sample_published(&mut window, time, dollars).refuses(BallastError::SampleNotNewer);
    }
    sample_published(&mut window, counted + 1, 150_000).expect("a second of weight");
    assert_eq!(window.slot().sum.weight_secs, 61);
}

/// Goal: nobody picks with hindsight among the updates of a silence. Method: an update a second older than a minute, and
/// much older.
#[test]
fn old_updates_are_no_samples() {
    let mut window = opening();
    let start = window.start();
    at(&mut window.world, start + 700);
    for age in [61, 299, 301, 600] {
        sample_published(&mut window, start + 700 - age, 100_000).refuses(BallastError::OracleStale);
    }
    sample_published(&mut window, start + 640, 100_000).expect("a minute is not too old");
}

/// Goal: posting only what suits one side buys at most its own minutes. Method: an attacker shows every third minute's
/// update, the high ones; the honest ones come late and are refused for it, but the high ones weigh a minute each and
/// never the silence between.
#[test]
fn posting_only_favourable_updates_buys_a_minute_each() {
    let mut window = opening();
    let start = window.start();
    for minute in (3..30).step_by(3) {
        window.sample_at(60 * minute, 150_000).expect("the attacker's");
        let missed = start + 60 * minute - 60;
        sample_published(&mut window, missed, 100_000).refuses(BallastError::SampleNotNewer);
    }
    assert_eq!(window.slot().sum.weight_secs, 9 * 60);
    window.post_first(0, 100_000);
    window.finalize().expect("a price");
    assert_eq!(window.slot().settled_e8, 100_000 * USD_E8, "ten minutes of thirty are no average");
}

/// Goal: who knows the first price cannot choose between it and the average. Method: a window some seconds short of
/// coverage; after expiry updates of its last minute, still fresh, that would make up for them. The first price settles.
#[test]
fn no_sample_comes_after_the_expiry() {
    for age in [1, 30, 59, 60] {
        let mut window = opening();
        for minute in 1..=22 {
            window.sample_at(60 * minute, 100_000).expect("a sample");
        }
        window.sample_at(1_325, 100_000).expect("five seconds more");
        let expiry = window.expiry;
        for late in [0, 60 - age] {
            at(&mut window.world, expiry + late);
            sample_published(&mut window, expiry - age, 100_000).refuses(BallastError::OutsideWindow);
        }
        window.post_first(60 - age, 160_000);
        window.finalize().expect("a price");
        let slot = window.slot();
        assert_eq!((slot.settled_e8, slot.sum.weight_secs), (160_000 * USD_E8, 1_325), "{age}");
    }
}

/// Goal: a sample must be what every price must be. Method: each way of being none.
#[test]
fn spoilt_updates_are_no_samples() {
    let mut window = opening();
    window.world.vm.advance(60);
    let good = PriceUpdate::new(feeds::BTC, 100_000 * USD_E8, window.world.vm.now());
    for (spoilt, reason) in [
        (good.negative(), BallastError::OraclePriceNotPositive),
        (good.zero(), BallastError::OraclePriceNotPositive),
        (good.averaging(0), BallastError::OracleEmaNotPositive),
        (good.ahead(1), BallastError::OracleFuture),
        (good.of_feed(feeds::ETH), BallastError::OracleWrongFeed),
        (good.partly_verified(12), BallastError::OracleNotFullyVerified),
        (good.at_exponent(1), BallastError::OracleExponent),
        (good.at_exponent(-13), BallastError::OracleExponent),
        (good.at_exponent(0), BallastError::OracleOutOfRange),
        (good.owned_by(ballast::ID), BallastError::OracleWrongOwner),
    ] {
        window.world.post_as(feeds::BTC, spoilt);
        window.world.sample("BTC", window.expiry).refuses(reason);
    }
    assert_eq!(window.slot().sum.weight_secs, 0);
}

/// Goal: an expiry that is not listed is not sampled. Method: a free slot, and one beyond the last.
#[test]
fn an_expiry_that_is_not_listed_is_not_sampled() {
    let mut window = opening();
    let crank = window.world.crank.insecure_clone();
    for slot in [1, 11, 12, 255] {
        let (exchange, prices) = (window.world.exchange(), window.world.price_accounts());
        let instruction = settlement_sample(&exchange, 0, slot, &prices).expect("an instruction");
        window.world.vm.advance(1);
        window.world.refresh_prices();
        window.world.send(&[instruction], &[&crank]).refuses(BallastError::ExpiryNotListed);
    }
}

/// Goal: once the price is recorded nothing is sampled. Method: an update of the window's last second, still fresh.
#[test]
fn a_settled_expiry_is_not_sampled() {
    let mut window = opening();
    window.settle_at(120_000);
    let last = window.expiry - 1;
    sample_published(&mut window, last, 150_000).refuses(BallastError::AlreadySettled);
}

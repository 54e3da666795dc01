//! `volatility_post`: who posts, what is refused, what a median is made of. BTC begins at 42 %.

use crate::scene::{emitted, read_only, refuse_impostors, replaced, unsigned, Refuses};
use anchor_lang::error::ErrorCode;
use ballast::error::BallastError;
use ballast_harness::{Sent, Verdict, World};
use ballast_sdk::{instruction::risk::volatility_post, pda};
use solana_keypair::Keypair;
use solana_signer::Signer;

const MINUTE: i64 = 60;

/// The usual scenario a minute after the publishers spoke: three of them, a quorum of two.
fn scene() -> World {
    let mut world = World::standard().expect("the usual scenario");
    world.funded("somebody", 0).expect("a portfolio");
    world.vm.advance(MINUTE);
    world
}

/// Publisher `n` of BTC posts.
fn post(world: &mut World, n: usize, vol_e6: i64, conf_e6: i64, time: i64) -> Sent {
    let (market, key) = (world.markets[0].address, world.markets[0].publishers[n].clone());
    world.send(&[volatility_post(&key.pubkey(), &market, vol_e6, conf_e6, time)], &[&key])
}

/// Goal: a post is kept with its time and the event tells what came of it. Method: one post among three, read back.
#[test]
fn a_post_is_kept() {
    let mut world = scene();
    let now = world.vm.now();
    let outcome = post(&mut world, 1, 425_000, 3_000, now - 7).accepted();
    let feed = world.volatility_feed(0);
    let publisher = feed.publishers[1];
    assert_eq!((publisher.vol_e6, publisher.conf_e6, publisher.time), (425_000, 3_000, now - 7));
    assert_eq!((feed.publishers[0].vol_e6, feed.publishers[2].vol_e6), (420_000, 420_000));
    let v = world.market(0).volatility;
    let event = emitted!(outcome, VolatilityPosted);
    assert_eq!((event.market, event.publisher), (0, publisher.key));
    assert_eq!((event.vol_e6, event.conf_e6, event.time), (425_000, 3_000, now - 7));
    assert_eq!((event.median_e6, event.mark_e6, event.margin_e6), (420_000, v.vol_e6, v.vol_margin_e6));
    assert_eq!((feed.median_e6, feed.median_time), (420_000, now));
}

/// Goal: the median of the fresh values counts, of two their mean, with a quorum of two; the mark is as old as the
/// quorum's older one. Method: everyone falls silent, then they speak one by one.
#[test]
fn the_median_of_a_fresh_quorum_counts() {
    let mut world = scene();
    let before = world.market(0).volatility;
    world.vm.advance(600);
    let now = world.vm.now();
    let outcome = post(&mut world, 0, 430_000, 0, now).accepted();
    assert_eq!(emitted!(outcome, VolatilityPosted).median_e6, 0, "one is no quorum");
    let v = world.market(0).volatility;
    assert_eq!((v.vol_e6, v.vol_time), (before.vol_e6, before.vol_time));
    let outcome = post(&mut world, 1, 431_001, 0, now - 30).accepted();
    assert_eq!(emitted!(outcome, VolatilityPosted).median_e6, 430_500, "the mean of two, rounded down");
    let v = world.market(0).volatility;
    assert_eq!((v.vol_e6, v.vol_time), (430_500, now - 30));
    let outcome = post(&mut world, 2, 440_000, 0, now).accepted();
    assert_eq!(emitted!(outcome, VolatilityPosted).median_e6, 431_001, "the middle of three");
    // In the same second the mark does not move again, but it is known to be fresher.
    let v = world.market(0).volatility;
    assert_eq!((v.vol_e6, v.vol_time), (430_500, now));
}

/// Goal: one liar does not move the mark of three. Method: one posts the most it may, the others the truth.
#[test]
fn one_liar_moves_nothing() {
    let mut world = scene();
    let now = world.vm.now();
    post(&mut world, 0, 525_000, 0, now).accepted();
    post(&mut world, 1, 420_000, 0, now).accepted();
    post(&mut world, 2, 420_000, 0, now).accepted();
    assert_eq!(world.market(0).volatility.vol_e6, 420_000);
}

/// Goal: only permitted publishers post, into their market's feed. Method: other keys, no signature, another market's
/// feed and another feed's market.
#[test]
fn only_publishers_post_to_their_feed() {
    let mut world = scene();
    let (now, btc, eth) = (world.vm.now(), world.markets[0].address, world.markets[1].address);
    for key in [&world.admin, &world.risk_authority, &world.crank].map(Keypair::insecure_clone) {
        let strange = volatility_post(&key.pubkey(), &btc, 420_000, 0, now);
        world.send(&[strange], &[&key]).refuses(BallastError::NotPublisher);
    }
    let (key, crank) = (world.markets[0].publishers[0].clone(), world.crank.insecure_clone());
    let good = volatility_post(&key.pubkey(), &btc, 420_000, 0, now);
    world.send(&[unsigned(&good, &key.pubkey())], &[&crank]).refuses(ErrorCode::AccountNotSigner);
    let others_feed = replaced(&good, &pda::volatility_feed(&btc), &pda::volatility_feed(&eth));
    world.send(&[others_feed], &[&key]).refuses(BallastError::WrongVolatilityFeed);
    let others_market = replaced(&good, &btc, &eth);
    world.send(&[others_market], &[&key]).refuses(BallastError::WrongVolatilityFeed);
}

/// Goal: market and feed are what they are said to be and can be written. Method: impostors, read-only accounts.
#[test]
fn accounts_are_what_they_are_said_to_be() {
    let mut world = scene();
    let (market, key) = (world.markets[0].address, world.markets[0].publishers[0].clone());
    let feed = pda::volatility_feed(&market);
    let good = volatility_post(&key.pubkey(), &market, 420_000, 0, world.vm.now());
    for account in [market, feed] {
        refuse_impostors(&mut world, &good, &account, &[&key]);
        world.send(&[read_only(&good, &account)], &[&key]).refuses(ErrorCode::ConstraintMut);
    }
    world.send(&[good], &[&key]).accepted();
}

/// Goal: values are in the market's range, times neither late nor ahead and always newer, confidences a quarter at most.
/// Method: each at its bound and beyond, the ends of the number range.
#[test]
fn values_times_and_confidences_keep_their_bounds() {
    let mut world = scene();
    let now = world.vm.now();
    let last = world.volatility_feed(0).publishers[0].time;
    assert_eq!(last, now - MINUTE);
    for (vol_e6, conf_e6, time, reason) in [
        (199_999, 0, now, BallastError::VolatilityRange),
        (3_000_001, 0, now, BallastError::VolatilityRange),
        (0, 0, now, BallastError::VolatilityRange),
        (-420_000, 0, now, BallastError::VolatilityRange),
        (i64::MIN, 0, now, BallastError::VolatilityRange),
        (i64::MAX, 0, now, BallastError::VolatilityRange),
        (420_000, -1, now, BallastError::VolatilityConfidence),
        (420_000, 105_001, now, BallastError::VolatilityConfidence),
        (420_000, i64::MAX, now, BallastError::VolatilityConfidence),
        (420_000, i64::MIN, now, BallastError::VolatilityConfidence),
        (420_000, 0, now + 1, BallastError::VolatilityFuture),
        (420_000, 0, i64::MAX, BallastError::VolatilityFuture),
        (420_000, 0, last, BallastError::VolatilityLate),
        (420_000, 0, last - 1, BallastError::VolatilityLate),
        (420_000, 0, 0, BallastError::VolatilityLate),
        (420_000, 0, i64::MIN, BallastError::VolatilityLate),
    ] {
        println!("{vol_e6} ± {conf_e6} at {time}");
        post(&mut world, 0, vol_e6, conf_e6, time).refuses(reason);
    }
    post(&mut world, 0, 420_000, 105_000, last + 1).accepted();
    world.vm.advance(1_000);
    let now = world.vm.now();
    post(&mut world, 1, 420_000, 0, now - 601).refuses(BallastError::VolatilityLate);
    post(&mut world, 1, 420_000, 0, now - 600).accepted();
    post(&mut world, 1, 420_000, 0, now - 600).refuses(BallastError::VolatilityLate);
}

/// Goal: a value lies near the last median, the band widening with time so that no jump locks the feed. Method: the band's
/// edges in the second of the median, the same value minutes later.
#[test]
fn a_value_lies_near_the_last_median() {
    let mut world = scene();
    let now = world.vm.now();
    post(&mut world, 0, 420_000, 0, now).accepted();
    for far in [525_001, 314_999, 3_000_000, 200_000] {
        post(&mut world, 1, far, 0, now).refuses(BallastError::VolatilityMove);
    }
    post(&mut world, 1, 525_000, 0, now).accepted();
    post(&mut world, 2, 315_000, 0, now).accepted();
    world.vm.advance(MINUTE);
    let now = world.vm.now();
    // A minute widens the band by 5 %: 420,000 · 1.05 · 1.25.
    post(&mut world, 1, 551_300, 0, now).refuses(BallastError::VolatilityMove);
    post(&mut world, 1, 551_200, 0, now).accepted();
    world.vm.advance(60 * MINUTE);
    let now = world.vm.now();
    post(&mut world, 1, 3_000_000, 0, now).accepted();
}

//! `volatility_update`: sampling spot into R. Where V comes from is in `sources.rs`.

use crate::scene::{emitted, read_only, refuse_impostors, replaced, Refuses, MINUTE_SECS, USD_E8};
use anchor_lang::{error::ErrorCode, prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::error::BallastError;
use ballast_harness::{feeds, PriceUpdate, Rejected, Sent, Verdict, World};
use ballast_sdk::{instruction::risk::volatility_update, pda};

fn scene() -> World {
    let mut world = World::standard().expect("the usual scenario");
    world.funded("somebody", 0).expect("a portfolio");
    world
}

fn update(world: &World) -> Instruction {
    volatility_update(&world.exchange(), &world.market(0), &world.price_accounts()).expect("an instruction")
}

/// An update of BTC that brings no volatility source: Anchor's absent account is the program itself.
fn sample_only(world: &mut World) -> Sent {
    let feed = pda::volatility_feed(&world.markets[0].address);
    let sample = replaced(&update(world), &feed, &ballast::ID);
    let crank = world.crank.insecure_clone();
    world.send(&[sample], &[&crank])
}

fn send(world: &mut World, instruction: Instruction) -> Sent {
    let crank = world.crank.insecure_clone();
    world.send(&[instruction], &[&crank])
}

/// Goal: the first sample starts the series, the next makes R of it by the formula, and the event tells it. Method: 1 %
/// in a minute; R² = ½^(60 s/3 d)·R² + (1 − ½^…)·r²·year/60 s.
#[test]
fn spot_is_sampled_into_realised_volatility() {
    let mut world = scene();
    let outcome = sample_only(&mut world).accepted();
    let start = world.update("BTC").price.unsigned_abs();
    let v = world.market(0).volatility;
    assert_eq!((v.sample_e8, v.sample_time, v.realised_e6), (start, world.vm.now(), 420_000));
    assert_eq!(emitted!(outcome, VolatilityUpdated).sample_e8, start);

    world.vm.advance(MINUTE_SECS);
    let next = start / 100 * 101;
    world.set_price("BTC", next);
    let outcome = sample_only(&mut world).accepted();
    let v = world.market(0).volatility;
    let keep = 0.5f64.powf(60.0 / (3.0 * 86_400.0));
    let sampled = (next as f64 / start as f64).ln().powi(2) * 31_536_000.0 / 60.0;
    let exact = (keep * 0.42 * 0.42 + (1.0 - keep) * sampled).sqrt();
    assert!((v.realised_e6 as f64 / 1e6 / exact - 1.0).abs() < 1e-5, "{v:?} for {exact}");
    assert!(v.realised_e6 > 420_000);
    let event = emitted!(outcome, VolatilityUpdated);
    assert_eq!((event.market, event.sample_e8, event.realised_e6), (0, next, v.realised_e6));
    assert_eq!((event.mark_e6, event.margin_e6, event.mark_time), (v.vol_e6, v.vol_margin_e6, v.vol_time));
}

/// Goal: a price is sampled at most once a minute, so nobody multiplies a move. Method: again at once, at 59 and at 60
/// seconds.
#[test]
fn spot_is_sampled_once_a_minute() {
    let mut world = scene();
    sample_only(&mut world).accepted();
    sample_only(&mut world).refuses(BallastError::VolatilityTooSoon);
    world.vm.advance(MINUTE_SECS - 1);
    world.set_price("BTC", 120_000 * USD_E8);
    sample_only(&mut world).refuses(BallastError::VolatilityTooSoon);
    // With its feed's median there is something to do, but still no sample.
    let outcome = send_update(&mut world).accepted();
    assert_eq!(emitted!(outcome, VolatilityUpdated).sample_e8, 0);
    assert_eq!(world.market(0).volatility.realised_e6, 420_000);
    world.vm.advance(1);
    world.set_price("BTC", 120_000 * USD_E8);
    sample_only(&mut world).accepted();
    assert!(world.market(0).volatility.realised_e6 > 420_000);
}

fn send_update(world: &mut World) -> Sent {
    let good = update(world);
    send(world, good)
}

/// Goal: what serves no liquidation is no sample, with its own reason, nor is one that is not fresh. Method: one spoiled
/// update at a time.
#[test]
fn every_bad_price_has_its_own_reason() {
    let mut world = scene();
    world.vm.advance(MINUTE_SECS);
    let spot = 116_661 * USD_E8;
    let (feed, good) = (world.feed_id("BTC"), world.good_update("BTC", spot));
    let mut empty = good;
    empty.ema_price = -1;
    for (case, bad, reason) in [
        ("of another program", good.owned_by(ballast::ID), BallastError::OracleWrongOwner),
        ("partly verified", good.partly_verified(5), BallastError::OracleNotFullyVerified),
        ("of another feed", good.of_feed(feeds::SOL), BallastError::OracleWrongFeed),
        ("negative", good.negative(), BallastError::OraclePriceNotPositive),
        ("zero", good.zero(), BallastError::OraclePriceNotPositive),
        ("of a negative average", empty, BallastError::OracleEmaNotPositive),
        ("of exponent -13", good.at_exponent(-13), BallastError::OracleExponent),
        ("out of range", PriceUpdate { price: i64::MAX, ..good }, BallastError::OracleOutOfRange),
        ("a second ahead", good.ahead(1), BallastError::OracleFuture),
        ("61 seconds old", good.aged(61), BallastError::OracleStale),
        ("301 seconds old", good.aged(301), BallastError::OracleTooOld),
        ("wider than 5 %", good.wide(501), BallastError::OracleConfidenceUnusable),
        ("half above its average", good.averaging(spot * 100 / 151), BallastError::OracleGapUnusable),
    ] {
        println!("{case}");
        world.post_as(feed, bad);
        send_update(&mut world).refuses(reason);
    }
    for (case, usable) in
        [("5 % wide", good.wide(500)), ("40 % above its average", good.averaging(spot * 10 / 14))]
    {
        println!("{case}");
        world.post_as(feed, usable);
        send_update(&mut world).accepted();
    }
}

/// Goal: samples only move forward. Method: a sample, then the update before it.
#[test]
fn samples_only_move_forward() -> Result<(), Box<Rejected>> {
    let mut world = scene();
    let old = world.update("BTC");
    world.vm.advance(MINUTE_SECS);
    world.refresh_prices();
    send_update(&mut world)?;
    assert_eq!(world.market(0).last_publish_time, world.vm.now());
    world.post(old);
    send_update(&mut world).refuses(BallastError::OracleNotMonotonic);
    Ok(())
}

/// Goal: market and source are what they are said to be. Method: impostors, a read-only market, sources of others, a
/// source that is no feed.
#[test]
fn accounts_are_what_they_are_said_to_be() {
    let mut world = scene();
    let crank = world.crank.insecure_clone();
    let (good, market) = (update(&world), world.markets[0].address);
    refuse_impostors(&mut world, &good, &market, &[&crank]);
    send(&mut world, read_only(&good, &market)).refuses(ErrorCode::ConstraintMut);
    let feed = pda::volatility_feed(&market);
    let ether_feed = pda::volatility_feed(&world.markets[1].address);
    let price = good.accounts[1].pubkey;
    for source in [ether_feed, price, market, pda::exchange(), Pubkey::default()] {
        println!("{source}");
        send(&mut world, replaced(&good, &feed, &source)).refuses(BallastError::WrongVolatilityFeed);
    }
    let ether = replaced(&good, &market, &world.markets[1].address);
    send(&mut world, ether).refuses(BallastError::OracleWrongFeed);
    send(&mut world, replaced(&good, &price, &feed)).refuses(BallastError::OracleWrongOwner);
    send(&mut world, good).accepted();
}

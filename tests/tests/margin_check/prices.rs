//! The prices of a margin check: it changes no risk, so it takes what may reduce it, and says in flags what was stale.

use crate::scene::{traded, Refuses, Scene, USD_E8};
use ballast::error::BallastError;
use ballast_harness::{feeds, PriceUpdate, Rejected, Verdict};
use ballast_risk::{FLAG_PRICE_STALE, FLAG_VOL_STALE};

const SPOT_E8: u64 = 116_661 * USD_E8;

/// Goal: old, wide and far prices are taken for looking, and only age is flagged. Method: each at its worst.
#[test]
fn what_may_reduce_risk_may_look() {
    let Scene { mut world, short, .. } = traded();
    world.vm.advance(400);
    let (feed, good) = (world.feed_id("BTC"), world.good_update("BTC", SPOT_E8));
    for (case, update, flags) in [
        ("60 seconds old", good.aged(60), 0),
        ("61 seconds old", good.aged(61), FLAG_PRICE_STALE),
        ("300 seconds old", good.aged(300), FLAG_PRICE_STALE),
        ("10 % wide", good.wide(1_000), 0),
        ("60 % above its average", good.averaging(SPOT_E8 * 10 / 16), 0),
    ] {
        println!("{case}");
        world.post_as(feed, update);
        world.check_margin(&short).accepted();
        assert_eq!(world.portfolio_of(&short).report.flags, flags);
    }
    world.vm.advance(201);
    world.set_price("BTC", SPOT_E8);
    world.check_margin(&short).accepted();
    assert_eq!(world.portfolio_of(&short).report.flags, FLAG_VOL_STALE);
}

/// Goal: a stale or wide price costs margin. Method: the same price fresh, 61 seconds old, 5 % wide, far above its
/// average for a short of calls and for its long.
#[test]
fn doubt_costs_margin() {
    let Scene { mut world, short, long, .. } = traded();
    world.vm.advance(100);
    let (feed, good) = (world.feed_id("BTC"), world.good_update("BTC", SPOT_E8));
    let mut look = |update: PriceUpdate| {
        world.post_as(feed, update);
        [&short, &long].map(|trader| {
            world.check_margin(trader).accepted();
            *world.portfolio_of(trader).report.engine()
        })
    };
    let [fresh, _] = look(good);
    let [stale, _] = look(good.aged(61));
    assert!(stale.oracle_e6 > 3 * fresh.oracle_e6, "confidence counts four times");
    let [wide, _] = look(good.wide(500));
    assert!(wide.oracle_e6 > 50 * fresh.oracle_e6);
    assert!(wide.initial_e6 > fresh.initial_e6 && wide.maintenance_e6 > fresh.maintenance_e6);
    let [sold, bought] = look(good.averaging(SPOT_E8 * 10 / 11));
    assert_eq!(sold.ema_e6, 0, "who loses from the gap pays nothing for it");
    assert!(bought.ema_e6 > 0, "who gains from it does");
}

/// Goal: what is refused everywhere is refused here, with its own reason. Method: one spoiled update at a time.
#[test]
fn every_bad_price_has_its_own_reason() -> Result<(), Box<Rejected>> {
    let Scene { mut world, short, .. } = traded();
    world.vm.advance(400);
    let (feed, good) = (world.feed_id("BTC"), world.good_update("BTC", SPOT_E8));
    for (case, bad, reason) in [
        ("of another program", good.owned_by(ballast::ID), BallastError::OracleWrongOwner),
        ("partly verified", good.partly_verified(0), BallastError::OracleNotFullyVerified),
        ("of another feed", good.of_feed(feeds::ETH), BallastError::OracleWrongFeed),
        ("negative", good.negative(), BallastError::OraclePriceNotPositive),
        ("zero", good.zero(), BallastError::OraclePriceNotPositive),
        (
            "rounding to zero",
            PriceUpdate { price: 1, ..good }.at_exponent(-12),
            BallastError::OraclePriceNotPositive,
        ),
        ("of exponent 1", good.at_exponent(1), BallastError::OracleExponent),
        ("out of range", PriceUpdate { conf: u64::MAX, ..good }, BallastError::OracleOutOfRange),
        ("a second ahead", good.ahead(1), BallastError::OracleFuture),
        ("301 seconds old", good.aged(301), BallastError::OracleTooOld),
    ] {
        println!("{case}");
        world.post_as(feed, bad);
        world.check_margin(&short).refuses(reason);
    }
    world.post(good);
    world.check_margin(&short)?;
    Ok(())
}

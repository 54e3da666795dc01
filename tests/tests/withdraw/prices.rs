//! The prices of a withdrawal: fresh, narrow, near their average, newer than any seen; volatilities fresh.

use crate::scene::{traded, Refuses, Scene, SOL, USD_E6, USD_E8};
use anchor_lang::prelude::Pubkey;
use ballast::{
    constants::{PYTH_RECEIVER_PRO, VOLATILITY_FRESH_SECS},
    error::BallastError,
};
use ballast_harness::{
    feeds,
    world::{CollateralSpec, Kind, MarketSpec, Surface, TEN_TENTEN},
    PriceUpdate, Rejected, Verdict, World,
};

const SPOT_E8: u64 = 116_661 * USD_E8;

/// Goal: every row of the validity table stops a withdrawal of a portfolio with lines, with its own reason; at the limit
/// it passes. Method: one spoiled update of the lines' market at a time.
#[test]
fn every_bad_price_has_its_own_reason() {
    let Scene { mut world, long, .. } = traded();
    world.vm.advance(400);
    let (feed, good) = (world.feed_id("BTC"), world.good_update("BTC", SPOT_E8));
    let far = SPOT_E8 * 10;
    let mut empty = good;
    empty.ema_price = 0;
    let bad = [
        (
            "of another program",
            good.owned_by(Pubkey::new_from_array([3; 32])),
            BallastError::OracleWrongOwner,
        ),
        ("partly verified", good.partly_verified(12), BallastError::OracleNotFullyVerified),
        ("of another feed", good.of_feed(feeds::ETH), BallastError::OracleWrongFeed),
        ("negative", good.negative(), BallastError::OraclePriceNotPositive),
        ("zero", good.zero(), BallastError::OraclePriceNotPositive),
        ("without an average", empty, BallastError::OracleEmaNotPositive),
        ("of exponent 1", good.at_exponent(1), BallastError::OracleExponent),
        ("of exponent -13", good.at_exponent(-13), BallastError::OracleExponent),
        ("out of range", PriceUpdate { price: i64::MAX, ..good }, BallastError::OracleOutOfRange),
        ("of tomorrow", good.ahead(1), BallastError::OracleFuture),
        ("at the end of time", good.published(i64::MAX), BallastError::OracleFuture),
        ("61 seconds old", good.aged(61), BallastError::OracleStale),
        ("301 seconds old", good.aged(301), BallastError::OracleTooOld),
        ("at the beginning of time", good.published(i64::MIN + 1), BallastError::OracleNotMonotonic),
        ("wider than 2 %", good.wide(201), BallastError::OracleConfidenceWide),
        ("wider than itself", good.wide(20_000), BallastError::OracleConfidenceWide),
        ("20 % above its average", good.averaging(SPOT_E8 * 100 / 121), BallastError::OracleGapWide),
        ("20 % below its average", good.averaging(SPOT_E8 * 100 / 79), BallastError::OracleGapWide),
        ("nowhere near its average", good.averaging(far), BallastError::OracleGapWide),
    ];
    for (case, update, reason) in bad {
        println!("{case}");
        world.post_as(feed, update);
        world.withdraw(&long, "USDC", USD_E6).refuses(reason);
    }
    for (case, update) in [
        ("60 seconds old", good.aged(60)),
        ("2 % wide", good.wide(200)),
        ("of the second receiver", good.owned_by(PYTH_RECEIVER_PRO)),
        ("20 % above its average", good.averaging(SPOT_E8 * 100 / 120 + 1)),
        (
            "digits at another exponent",
            PriceUpdate { price: 116_661, ema_price: 116_661, conf: 9, ..good }.at_exponent(0),
        ),
    ] {
        println!("{case}");
        world.post_as(feed, update);
        world.withdraw(&long, "USDC", USD_E6).accepted();
    }
}

/// Goal: an account that only looks like a price update is none. Method: too short, another discriminator.
#[test]
fn a_malformed_update_is_no_price() {
    let Scene { mut world, long, .. } = traded();
    let address = ballast_harness::world::price_address(&world.feed_id("BTC"));
    let good = world.vm.account(&address).expect("posted");
    for spoil in [|data: &mut Vec<u8>| data.truncate(133), |data: &mut Vec<u8>| data[0] ^= 1, Vec::clear] {
        let mut account = good.clone();
        spoil(&mut account.data);
        world.vm.set_account(address, account);
        world.withdraw(&long, "USDC", USD_E6).refuses(BallastError::OracleMalformed);
    }
}

/// Goal: prices only move forward: a withdrawal records what it saw, and nobody uses an older one afterwards. Method: a
/// new price, then the one before it, in a withdrawal and in a margin check.
#[test]
fn prices_only_move_forward() {
    let Scene { mut world, long, short, .. } = traded();
    let old = world.update("BTC");
    world.vm.advance(10);
    world.refresh_prices();
    world.withdraw(&long, "USDC", USD_E6).accepted();
    assert_eq!(world.market(0).last_publish_time, world.vm.now());
    world.post(old);
    world.withdraw(&long, "USDC", USD_E6).refuses(BallastError::OracleNotMonotonic);
    world.withdraw(&short, "USDC", USD_E6).refuses(BallastError::OracleNotMonotonic);
    world.check_margin(&short).refuses(BallastError::OracleNotMonotonic);
    world.set_price("BTC", SPOT_E8);
    world.withdraw(&short, "USDC", USD_E6).accepted();
}

/// Goal: every price of what stays counts; what leaves altogether is still named, but how good its price is concerns
/// nobody. Method: SOL's price grows old while BTC's is fresh.
#[test]
fn the_price_of_what_stays_counts() {
    let Scene { mut world, long, .. } = traded();
    world.fund(&long, "SOL", SOL).expect("a deposit");
    world.vm.advance(61);
    world.set_price("BTC", SPOT_E8);
    world.withdraw(&long, "SOL", SOL - 1).refuses(BallastError::OracleStale);
    world.withdraw(&long, "USDC", USD_E6).refuses(BallastError::OracleStale);
    world.withdraw(&long, "SOL", SOL).accepted();
    world.vm.advance(61);
    world.set_price("BTC", SPOT_E8);
    world.withdraw(&long, "USDC", USD_E6).accepted();
}

/// Goal: a volatility serves for ten minutes. Method: the last second and the next, prices fresh.
#[test]
fn a_volatility_serves_for_ten_minutes() {
    let Scene { mut world, long, .. } = traded();
    world.vm.advance(VOLATILITY_FRESH_SECS);
    world.refresh_prices();
    world.withdraw(&long, "USDC", USD_E6).accepted();
    world.vm.advance(1);
    world.refresh_prices();
    world.withdraw(&long, "USDC", USD_E6).refuses(BallastError::VolatilityStale);
    world.refresh_volatilities().expect("publishers speak");
    world.withdraw(&long, "USDC", USD_E6).accepted();
}

/// Goal: an exchange with a peg feed values its own currency by it: the price is needed, fresh and newer than any seen.
/// Method: leave it out, spoil it, turn it back.
#[test]
fn the_peg_is_a_price_like_others() -> Result<(), Box<Rejected>> {
    let mut world = World::bare(TEN_TENTEN).expect("a VM");
    let args = ballast::instructions::ExchangeInitArgs { peg_feed_id: feeds::USDC, ..world.exchange_args() };
    world.create_exchange(args)?;
    world.add_market(&MarketSpec::btc())?;
    world.add_collateral(&CollateralSpec::new("USDT", feeds::USDT, USD_E8, 6))?;
    world.post(PriceUpdate::new(feeds::USDC, USD_E8, TEN_TENTEN));
    let expiry = TEN_TENTEN + 30 * 86_400;
    world.list_expiry("BTC", expiry, Surface::FLAT, &[120_000 * USD_E8])?;
    let (long, short) = (world.funded("long", 50_000 * USD_E6)?, world.funded("short", 100_000 * USD_E6)?);
    world.fund(&short, "USDT", 1_000 * USD_E6)?;
    let call = world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, 1_000_000);
    world.trade_at_mark(&short, &long, &[call])?;

    let old = [feeds::USDC, feeds::USDT].map(|feed| PriceUpdate::new(feed, USD_E8, TEN_TENTEN));
    world.vm.advance(30);
    world.refresh_prices();
    world.post(PriceUpdate::new(feeds::USDC, 99_000_000, world.vm.now()));
    world.withdraw(&short, "USDC", USD_E6).accepted();
    let exchange = world.exchange();
    assert_eq!((exchange.peg_e8, exchange.peg_publish_time), (99_000_000, world.vm.now()));
    assert_eq!(exchange.collaterals[0].last_publish_time, world.vm.now());
    let good = [feeds::USDC, feeds::USDT].map(|feed| PriceUpdate::new(feed, USD_E8, TEN_TENTEN + 30));
    for (old, good) in old.into_iter().zip(good) {
        for (bad, reason) in [
            (old, BallastError::OracleNotMonotonic),
            (good.wide(300), BallastError::OracleConfidenceWide),
            (good.negative(), BallastError::OraclePriceNotPositive),
            (good.of_feed(feeds::BTC), BallastError::OracleWrongFeed),
        ] {
            world.post_as(good.feed_id, bad);
            world.withdraw(&short, "USDC", USD_E6).refuses(reason);
        }
        world.post(good);
    }
    world.withdraw(&short, "USDC", USD_E6).accepted();
    Ok(())
}

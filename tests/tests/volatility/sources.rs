//! Where V comes from: a feed account of the program, a Pyth feed, or realised volatility alone.

use crate::scene::{emitted, replaced, Refuses, MINUTE_SECS, USD_E8};
use ballast::{
    error::BallastError,
    instructions::MarketInitArgs,
    state::{VolatilityState, VOLATILITY_FEED_ACCOUNT, VOLATILITY_FEED_NONE, VOLATILITY_FEED_PYTH},
};
use ballast_harness::{
    keys::keypair,
    world::{price_address, symbol_bytes, MarketSpec, TEN_TENTEN},
    PriceUpdate, Rejected, Verdict, World,
};
use ballast_sdk::{
    instruction::{risk::volatility_update, setup},
    pda,
};
use solana_signer::Signer;

const SPOT: [u8; 32] = [9; 32];
const INDEX: [u8; 32] = [7; 32];
/// A volatility of 50 % as Pyth publishes it.
const HALF_E8: u64 = 50_000_000;

/// An exchange with one market of a kind, V at 50 % and prices posted; a feed account does not exist yet.
fn scene(volatility_kind: u8) -> World {
    let mut world = World::exchange_only(TEN_TENTEN).expect("an exchange");
    let mut spec = MarketSpec::new("NEW", SPOT, 100 * USD_E8, 500_000, 100);
    spec.args.volatility_kind = volatility_kind;
    if volatility_kind == VOLATILITY_FEED_PYTH {
        spec.args.volatility_feed_id = INDEX;
    }
    world.post(PriceUpdate::new(INDEX, HALF_E8, TEN_TENTEN));
    world.add_market(&spec).expect("a market");
    world
}

fn state(world: &World) -> VolatilityState {
    world.market(0).volatility
}

/// Goal: a Pyth feed's price is V, at V's speed limit and inside its range, good as of its publish time. Method: 50 %,
/// 51 %, 100 %, out of range.
#[test]
fn a_pyth_index_is_v() -> Result<(), Box<Rejected>> {
    let mut world = scene(VOLATILITY_FEED_PYTH);
    assert!(world.market(0).is_volatility_stale(TEN_TENTEN));
    let outcome = world.update_volatility("NEW")?;
    assert_eq!(emitted!(outcome, VolatilityUpdated).mark_time, TEN_TENTEN);
    assert_eq!((state(&world).vol_e6, state(&world).vol_time), (500_000, TEN_TENTEN));
    world.vm.advance(MINUTE_SECS);
    world.refresh_prices();
    let published = world.vm.now() - 20;
    world.post(PriceUpdate::new(INDEX, 51_000_099, published));
    world.update_volatility("NEW")?;
    assert_eq!((state(&world).vol_e6, state(&world).vol_time), (510_000, published));
    assert_eq!(world.market(0).volatility_publish_time, published);
    world.vm.advance(MINUTE_SECS);
    world.refresh_prices();
    world.post(PriceUpdate::new(INDEX, 2 * HALF_E8, world.vm.now()));
    world.update_volatility("NEW")?;
    assert!((535_490..=535_500).contains(&state(&world).vol_e6), "{:?}", state(&world));
    world.vm.advance(3_600);
    world.refresh_prices();
    world.post(PriceUpdate::new(INDEX, 100 * USD_E8, world.vm.now()));
    world.update_volatility("NEW")?;
    assert_eq!(state(&world).vol_e6, 3_000_000, "the top of the market's range");
    Ok(())
}

/// Goal: an index is checked as every price is, and only moves forward. Method: one spoiled update at a time.
#[test]
fn a_pyth_index_is_checked() -> Result<(), Box<Rejected>> {
    let mut world = scene(VOLATILITY_FEED_PYTH);
    let old = PriceUpdate::new(INDEX, HALF_E8, TEN_TENTEN);
    world.vm.advance(MINUTE_SECS);
    world.refresh_prices();
    world.update_volatility("NEW")?;
    let good = PriceUpdate::new(INDEX, HALF_E8, world.vm.now());
    for (case, bad, reason) in [
        ("older than the last", old, BallastError::OracleNotMonotonic),
        ("of another feed", good.of_feed(SPOT), BallastError::OracleWrongFeed),
        ("of another program", good.owned_by(ballast::ID), BallastError::OracleWrongOwner),
        ("partly verified", good.partly_verified(5), BallastError::OracleNotFullyVerified),
        ("negative", good.negative(), BallastError::OraclePriceNotPositive),
        ("a second ahead", good.ahead(1), BallastError::OracleFuture),
        ("301 seconds old", good.aged(301), BallastError::OracleTooOld),
        ("wider than 5 %", good.wide(501), BallastError::OracleConfidenceUnusable),
        ("half above its average", good.averaging(HALF_E8 * 100 / 151), BallastError::OracleGapUnusable),
    ] {
        println!("{case}");
        world.post_as(INDEX, bad);
        world.update_volatility("NEW").refuses(reason);
    }
    // The spot's account in the index's place.
    let good = volatility_update(&world.exchange(), &world.market(0), &world.price_accounts());
    let aliased = replaced(&good.expect("an instruction"), &price_address(&INDEX), &price_address(&SPOT));
    let crank = world.crank.insecure_clone();
    world.send(&[aliased], &[&crank]).refuses(BallastError::OracleWrongFeed);
    Ok(())
}

/// Goal: without a feed V is one and a quarter of R, at its speed limit, and is stale when nobody samples. Method: a
/// market that jumps 2 % a minute for ten minutes, then silence.
#[test]
fn realised_volatility_alone_is_v() -> Result<(), Box<Rejected>> {
    let mut world = scene(VOLATILITY_FEED_NONE);
    world.update_volatility("NEW")?;
    // R is 50 %, so V goes to 62.5 %; no time has passed since the listing.
    assert_eq!((state(&world).vol_e6, state(&world).vol_time), (500_000, TEN_TENTEN));
    world.update_volatility("NEW").refuses(BallastError::VolatilityTooSoon);
    for n in 0..10u64 {
        world.vm.advance(MINUTE_SECS);
        let before = state(&world).vol_e6;
        world.set_price("NEW", (100 + n % 2 * 2) * USD_E8);
        world.update_volatility("NEW")?;
        let after = state(&world).vol_e6;
        assert!(after > before && after <= before * 105 / 100, "{before} to {after}");
        assert_eq!(state(&world).vol_time, world.vm.now());
    }
    let v = state(&world);
    assert_eq!(v.vol_e6, (v.realised_e6 * 5 + 3) / 4);
    assert!(!world.market(0).is_volatility_stale(world.vm.now() + 600));
    assert!(world.market(0).is_volatility_stale(world.vm.now() + 601));
    Ok(())
}

/// Goal: a market without a feed reads none. Method: a price update and another account for one.
#[test]
fn a_market_without_a_feed_reads_none() {
    let mut world = scene(VOLATILITY_FEED_NONE);
    let (crank, market) = (world.crank.insecure_clone(), world.markets[0].address);
    let good = volatility_update(&world.exchange(), &world.market(0), &world.price_accounts()).expect("one");
    for source in [price_address(&INDEX), pda::volatility_feed(&market), market] {
        let with = replaced(&good, &ballast::ID, &source);
        world.send(&[with], &[&crank]).refuses(BallastError::WrongVolatilityFeed);
    }
    world.send(&[good], &[&crank]).accepted();
}

/// Goal: anyone brings a feed account's median as it stands; when the quorum lapsed there is none. Method: let values
/// grow old without a post, spot sampled or not.
#[test]
fn a_feed_account_counts_while_its_quorum_is_fresh() -> Result<(), Box<Rejected>> {
    let mut world = scene(VOLATILITY_FEED_ACCOUNT);
    world.update_volatility("NEW")?;
    world.vm.advance(600);
    world.refresh_prices();
    world.update_volatility("NEW")?;
    world.update_volatility("NEW")?;
    assert_eq!(state(&world).vol_time, TEN_TENTEN, "nothing was said since");
    world.vm.advance(1);
    world.refresh_prices();
    world.update_volatility("NEW").refuses(BallastError::VolatilityTooSoon);
    world.vm.advance(MINUTE_SECS);
    world.refresh_prices();
    world.update_volatility("NEW").accepted();
    assert_eq!(state(&world).vol_time, TEN_TENTEN);
    Ok(())
}

/// Goal: a feed account that was never made is none. Method: a market without its feed.
#[test]
fn a_feed_that_was_never_made_is_none() -> Result<(), Box<Rejected>> {
    let mut world = World::exchange_only(TEN_TENTEN).expect("an exchange");
    let (admin, account) = (world.admin.insecure_clone(), keypair("market"));
    let spec = MarketSpec::new("NEW", SPOT, 100 * USD_E8, 500_000, 100);
    let args = MarketInitArgs { symbol: symbol_bytes("NEW"), ..spec.args };
    let (payer, address) = (admin.pubkey(), account.pubkey());
    let rent = world.vm.rent(setup::market_size());
    world.send(&setup::market_create(&payer, &payer, &address, rent, args), &[&admin, &account])?;
    world.post(PriceUpdate::new(SPOT, 100 * USD_E8, TEN_TENTEN));
    let market = ballast_sdk::account::decode_copy(&world.vm.data(&address)).expect("a market");
    let good = volatility_update(&world.exchange(), &market, &world.price_accounts()).expect("one");
    world.send(std::slice::from_ref(&good), &[&admin]).refuses(BallastError::WrongVolatilityFeed);
    // Lamports sent to its address make no feed of it.
    world.vm.airdrop(&pda::volatility_feed(&address), 1_000_000_000);
    world.send(std::slice::from_ref(&good), &[&admin]).refuses(BallastError::WrongVolatilityFeed);
    let sampled = replaced(&good, &pda::volatility_feed(&address), &ballast::ID);
    world.send(&[sampled], &[&admin])?;
    Ok(())
}

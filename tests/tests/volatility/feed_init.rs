//! `volatility_feed_init`.

use crate::scene::{emitted, refuse_impostors, replaced, unsigned, Refuses, ALREADY_IN_USE};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use ballast::{
    constants::ACCOUNT_VERSION,
    error::BallastError,
    instructions::MarketInitArgs,
    state::{VolatilityFeed, VOLATILITY_FEED_ACCOUNT, VOLATILITY_FEED_NONE, VOLATILITY_FEED_PYTH},
};
use ballast_harness::{
    keys::keypair,
    world::{symbol_bytes, MarketSpec},
    Sent, Verdict, World,
};
use ballast_sdk::{account, instruction::risk::volatility_feed_init, instruction::setup, pda};
use solana_signer::Signer;

const FEED: [u8; 32] = [9; 32];

/// The usual scenario and one more market, of this kind of volatility feed, that has none yet.
fn scene(volatility_kind: u8) -> (World, Pubkey) {
    let mut world = World::standard().expect("the usual scenario");
    world.funded("somebody", 0).expect("a portfolio");
    let (admin, market) = (world.admin.insecure_clone(), keypair("market without a feed"));
    let volatility_feed_id = if volatility_kind == VOLATILITY_FEED_PYTH { [7; 32] } else { [0; 32] };
    let spec = MarketSpec::new("NEW", FEED, 1, 500_000, 100);
    let args =
        MarketInitArgs { symbol: symbol_bytes("NEW"), volatility_kind, volatility_feed_id, ..spec.args };
    let rent = world.vm.rent(setup::market_size());
    let create = setup::market_create(&admin.pubkey(), &admin.pubkey(), &market.pubkey(), rent, args);
    world.send(&create, &[&admin, &market]).accepted();
    (world, market.pubkey())
}

fn publishers(count: usize) -> Vec<Pubkey> {
    (0..count).map(|n| keypair(&format!("publisher {n}")).pubkey()).collect()
}

fn init(world: &mut World, market: &Pubkey, publishers: &[Pubkey], quorum: u8) -> Sent {
    let authority = world.risk_authority.insecure_clone();
    let payer = authority.pubkey();
    world.send(&[volatility_feed_init(&payer, &payer, market, publishers, quorum)], &[&authority])
}

/// Goal: a feed is stored as told, silent, and the event tells it. Method: eight publishers, a quorum of all.
#[test]
fn a_feed_is_stored_as_told() {
    let (mut world, market) = scene(VOLATILITY_FEED_ACCOUNT);
    let keys = publishers(8);
    let outcome = init(&mut world, &market, &keys, 8).accepted();
    let address = pda::volatility_feed(&market);
    let feed: Box<VolatilityFeed> = account::decode_copy(&world.vm.data(&address)).expect("a feed");
    assert_eq!((feed.version, feed.quorum, feed.publisher_count), (ACCOUNT_VERSION, 8, 8));
    assert_eq!((feed.market, feed.median_e6, feed.median_time), (market, 0, 0));
    assert_eq!(feed.permitted().iter().map(|publisher| publisher.key).collect::<Vec<_>>(), keys);
    assert!(feed.permitted().iter().all(|publisher| publisher.time == 0 && publisher.vol_e6 == 0));
    assert_eq!(feed.fresh_median(world.vm.now()), None);
    let event = emitted!(outcome, VolatilityFeedCreated);
    assert_eq!((event.market, event.feed, event.quorum), (3, address, 8));
    assert_eq!(event.publishers, keys);
}

/// Goal: only the risk authority permits publishers. Method: every other role, no signature.
#[test]
fn only_the_risk_authority_permits_publishers() {
    let (mut world, market) = scene(VOLATILITY_FEED_ACCOUNT);
    let keys = publishers(1);
    for key in [&world.admin, &world.guardian, &world.crank].map(|key| key.insecure_clone()) {
        let other = volatility_feed_init(&key.pubkey(), &key.pubkey(), &market, &keys, 1);
        world.send(&[other], &[&key]).refuses(BallastError::NotRiskAuthority);
    }
    let (authority, crank) = (world.risk_authority.pubkey(), world.crank.insecure_clone());
    let good = volatility_feed_init(&crank.pubkey(), &authority, &market, &keys, 1);
    world.send(&[unsigned(&good, &authority)], &[&crank]).refuses(ErrorCode::AccountNotSigner);
}

/// Goal: publishers are one to eight distinct keys, and the quorum is of them. Method: what is not.
#[test]
fn publishers_are_distinct_and_enough() {
    let (mut world, market) = scene(VOLATILITY_FEED_ACCOUNT);
    let twice = [publishers(2), publishers(1)].concat();
    let nobody = vec![Pubkey::default()];
    for (keys, quorum) in [
        (publishers(0), 0),
        (publishers(0), 1),
        (publishers(9), 1),
        (publishers(3), 0),
        (publishers(3), 4),
        (publishers(3), 255),
        (twice, 1),
        (nobody, 1),
    ] {
        println!("{} keys, quorum {quorum}", keys.len());
        init(&mut world, &market, &keys, quorum).refuses(BallastError::Publishers);
    }
    init(&mut world, &market, &publishers(3), 3).accepted();
}

/// Goal: only a market listed with a feed account has one. Method: the two other kinds.
#[test]
fn other_kinds_of_market_have_none() {
    for kind in [VOLATILITY_FEED_NONE, VOLATILITY_FEED_PYTH] {
        let (mut world, market) = scene(kind);
        init(&mut world, &market, &publishers(1), 1).refuses(BallastError::WrongVolatilityFeed);
    }
}

/// Goal: a market has one feed at its own address, and nobody replaces its publishers. Method: again; another address.
#[test]
fn a_market_has_one_feed() {
    let (mut world, market) = scene(VOLATILITY_FEED_ACCOUNT);
    init(&mut world, &market, &publishers(1), 1).accepted();
    init(&mut world, &market, &publishers(2), 2).refused_with(ALREADY_IN_USE);
    let authority = world.risk_authority.insecure_clone();
    let good = volatility_feed_init(&authority.pubkey(), &authority.pubkey(), &market, &publishers(2), 1);
    for elsewhere in [keypair("elsewhere").pubkey(), pda::volatility_feed(&world.markets[0].address)] {
        let bad = replaced(&good, &pda::volatility_feed(&market), &elsewhere);
        world.send(&[bad], &[&authority]).refuses(ErrorCode::ConstraintSeeds);
    }
}

/// Goal: exchange and market are what they are said to be. Method: impostors.
#[test]
fn accounts_are_what_they_are_said_to_be() {
    let (mut world, market) = scene(VOLATILITY_FEED_ACCOUNT);
    let authority = world.risk_authority.insecure_clone();
    let keys = publishers(1);
    let good = volatility_feed_init(&authority.pubkey(), &authority.pubkey(), &market, &keys, 1);
    refuse_impostors(&mut world, &good, &pda::exchange(), &[&authority]);
    // An impostor has an address of its own, and so has its feed.
    for (impostor, reason) in [
        (pda::exchange(), ErrorCode::AccountDiscriminatorMismatch),
        (world.portfolios()[0].0, ErrorCode::AccountDiscriminatorMismatch),
        (keypair("absent").pubkey(), ErrorCode::AccountOwnedByWrongProgram),
        (world.quote.mint, ErrorCode::AccountOwnedByWrongProgram),
    ] {
        let bad = volatility_feed_init(&authority.pubkey(), &authority.pubkey(), &impostor, &keys, 1);
        world.send(&[bad], &[&authority]).refuses(reason);
    }
    world.send(&[good], &[&authority]).accepted();
}

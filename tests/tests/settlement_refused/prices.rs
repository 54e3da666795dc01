//! Settlement prices out of turn: too early, by an update that is not the first, by who has no say, a second time.

use crate::{
    pit::{
        at,
        window::{opening, Window, FIRST_WAIT_SECS},
    },
    scene::{replaced, unsigned, Refuses, HOUR_SECS, USD_E8},
};
use anchor_lang::error::ErrorCode;
use ballast::error::BallastError;
use ballast_harness::{feeds, PriceUpdate, Sent};
use ballast_risk::bounds::PRICE_MAX_E8;
use ballast_sdk::instruction::settlement::{settlement_decide, settlement_finalize};
use solana_signer::Signer;

/// Shows an update with its own time and the time of the one before, both in seconds after expiry.
fn show(window: &mut Window, published: i64, before: i64) -> Sent {
    let expiry = window.expiry;
    let update = PriceUpdate::new(feeds::BTC, 120_000 * USD_E8, expiry + published);
    window.world.post(update.after(expiry + before));
    window.finalize()
}

/// Goal: no price before expiry, by nobody. Method: a second before: with an update, without one, by the authority.
#[test]
fn before_expiry_there_is_no_price() {
    let mut window = opening();
    window.sample_minutes(60, 1_740, 120_000);
    let expiry = window.expiry;
    at(&mut window.world, expiry - 1);
    show(&mut window, -1, -2).refuses(BallastError::NotExpired);
    window.world.finalize_with("BTC", expiry, None).refuses(BallastError::NotExpired);
    window.world.decide("BTC", expiry, 120_000 * USD_E8).refuses(BallastError::SettlementHasAverage);
    let mut window = opening();
    window.world.decide("BTC", expiry, 120_000 * USD_E8).refuses(BallastError::SettlementTooEarly);
}

/// Goal: the first update is the one that crosses the expiry and no other. Method: the last before, the second after,
/// one whose predecessor was published at the very expiry; then the first.
#[test]
fn only_the_first_price_is_the_first() {
    let mut window = opening();
    let expiry = window.expiry;
    at(&mut window.world, expiry + 120);
    for (published, before) in
        [(-1, -2), (-60, -61), (2, 1), (1, 0), (60, 59), (120, 0), (0, 0), (5, i64::MAX - expiry)]
    {
        show(&mut window, published, before).refuses(BallastError::NotFirstPrice);
    }
    show(&mut window, 0, -1).expect("the first");
}

/// Goal: a first price that came six hours late is none. Method: the update that crosses the expiry after a silence of
/// six hours; a window without samples and one with.
#[test]
fn a_first_price_of_six_hours_later_is_none() {
    for sampled in [false, true] {
        let mut window = opening();
        if sampled {
            window.sample_at(60, 120_000).expect("a sample");
        }
        let expiry = window.expiry;
        at(&mut window.world, expiry + FIRST_WAIT_SECS);
        show(&mut window, FIRST_WAIT_SECS, -1).refuses(BallastError::NotFirstPrice);
    }
}

/// Goal: until the six hours are over nothing settles but the first price, however well the window is covered. Method: a
/// covered window, no update; at expiry and a second short of the wait.
#[test]
fn a_covered_window_waits_for_the_first_price() {
    let mut window = opening();
    window.sample_minutes(60, 1_740, 120_000);
    let expiry = window.expiry;
    for late in [0, 60, FIRST_WAIT_SECS - 1] {
        at(&mut window.world, expiry + late);
        window.world.finalize_with("BTC", expiry, None).refuses(BallastError::SettlementTooEarly);
    }
}

/// Goal: a window with nothing waits for a first price or the authority. Method: six hours on, and a day, without an
/// update.
#[test]
fn an_empty_window_has_no_average() {
    let mut window = opening();
    let expiry = window.expiry;
    for late in [FIRST_WAIT_SECS, 24 * HOUR_SECS] {
        at(&mut window.world, expiry + late);
        window.world.finalize_with("BTC", expiry, None).refuses(BallastError::SettlementNoSamples);
    }
}

/// Goal: a first price must be what every price must be. Method: each way of being none.
#[test]
fn spoilt_updates_are_no_first_price() {
    let mut window = opening();
    let expiry = window.expiry;
    at(&mut window.world, expiry);
    let good = PriceUpdate::new(feeds::BTC, 120_000 * USD_E8, expiry).after(expiry - 1);
    for (spoilt, reason) in [
        (good.negative(), BallastError::OraclePriceNotPositive),
        (good.zero(), BallastError::OraclePriceNotPositive),
        (good.ahead(1), BallastError::OracleFuture),
        (good.of_feed(feeds::ETH), BallastError::OracleWrongFeed),
        (good.partly_verified(12), BallastError::OracleNotFullyVerified),
        (good.at_exponent(1), BallastError::OracleExponent),
        (good.at_exponent(0), BallastError::OracleOutOfRange),
        (good.owned_by(ballast::ID), BallastError::OracleWrongOwner),
    ] {
        window.world.post_as(feeds::BTC, spoilt);
        window.finalize().refuses(reason);
    }
}

/// Goal: a recorded price never changes. Method: every way to record one, again, with another price, hours and days on.
#[test]
fn a_price_is_recorded_once() {
    let mut window = opening();
    window.settle_at(120_000);
    let expiry = window.expiry;
    for late in [0, FIRST_WAIT_SECS, 25 * HOUR_SECS] {
        at(&mut window.world, expiry + late);
        let other = PriceUpdate::new(feeds::BTC, 150_000 * USD_E8, expiry).after(expiry - 1);
        window.world.post(other);
        window.finalize().refuses(BallastError::AlreadySettled);
        window.world.finalize_with("BTC", expiry, None).refuses(BallastError::AlreadySettled);
        window.world.decide("BTC", expiry, 150_000 * USD_E8).refuses(BallastError::AlreadySettled);
    }
    assert_eq!(window.slot().settled_e8, 120_000 * USD_E8);
}

/// Goal: an expiry that is not listed is not settled. Method: free slots and slots beyond the last, by either road.
#[test]
fn an_expiry_that_is_not_listed_is_not_settled() {
    let mut window = opening();
    window.post_first(0, 120_000);
    let exchange = window.world.exchange();
    let (crank, authority) =
        (window.world.crank.insecure_clone(), window.world.risk_authority.insecure_clone());
    for slot in [1, 11, 12, 255] {
        let finalize = settlement_finalize(&exchange, 0, slot, None).expect("an instruction");
        window.world.send(&[finalize], &[&crank]).refuses(BallastError::ExpiryNotListed);
        let decide = settlement_decide(&exchange, 0, slot, USD_E8).expect("an instruction");
        window.world.send(&[decide], &[&authority]).refuses(BallastError::ExpiryNotListed);
    }
}

/// Goal: only the risk authority decides, and signs. Method: every other role a day after expiry, and no signature.
#[test]
fn only_the_authority_decides() {
    let mut window = opening();
    let expiry = window.expiry;
    at(&mut window.world, expiry + 24 * HOUR_SECS);
    let authority = window.world.risk_authority.pubkey();
    let instruction =
        settlement_decide(&window.world.exchange(), 0, 0, 120_000 * USD_E8).expect("an instruction");
    let world = &window.world;
    let others = [&world.admin, &world.guardian, &world.crank].map(|key| key.insecure_clone());
    for other in others {
        let by_other = replaced(&instruction, &authority, &other.pubkey());
        window.world.send(&[by_other], &[&other]).refuses(BallastError::NotRiskAuthority);
    }
    let crank = window.world.crank.insecure_clone();
    let nobody = unsigned(&instruction, &authority);
    window.world.send(&[nobody], &[&crank]).refuses(ErrorCode::AccountNotSigner);
}

/// Goal: where a window has any average the authority has no say, ever. Method: one sample, a day and a year later.
#[test]
fn with_an_average_the_authority_has_no_say() {
    let mut window = opening();
    window.sample_at(60, 110_000).expect("a sample");
    let expiry = window.expiry;
    for late in [24 * HOUR_SECS, 365 * 24 * HOUR_SECS] {
        at(&mut window.world, expiry + late);
        window.world.decide("BTC", expiry, 120_000 * USD_E8).refuses(BallastError::SettlementHasAverage);
    }
    window.world.finalize_with("BTC", expiry, None).expect("the average");
    assert_eq!(window.slot().settled_e8, 110_000 * USD_E8);
}

/// Goal: the authority's price is a price. Method: zero, and beyond the largest; then the largest.
#[test]
fn the_authoritys_price_is_in_range() {
    let mut window = opening();
    let expiry = window.expiry;
    at(&mut window.world, expiry + 24 * HOUR_SECS);
    for price_e8 in [0, PRICE_MAX_E8 + 1, u64::MAX] {
        window.world.decide("BTC", expiry, price_e8).refuses(BallastError::EnginePrice);
    }
    window.world.decide("BTC", expiry, PRICE_MAX_E8).expect("the largest price");
}

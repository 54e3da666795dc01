//! Incidents of settlements: paid twice, priced by choice, priced in hindsight.

use crate::{
    pit::{
        at, cash_e6,
        window::{opening, settle_instruction},
    },
    scene::{Refuses, HOUR_SECS, UNIT_E6, USD_E8},
};
use ballast::error::BallastError;
use ballast_harness::{feeds, PriceUpdate, Verdict};

/// Opyn, August 2020: one payment exercised many vaults in a loop; puts were paid twice.
///
/// Goal: a position pays once: Σ of payoffs is what the other side paid. Method: the same market twice in one instruction,
/// the instruction twice in a transaction, again afterwards, for both sides.
#[test]
fn opyn_nothing_is_exercised_twice() {
    let mut window = opening();
    window.settle_at(130_000);
    let market = window.world.markets[0].address;
    let crank = window.world.crank.insecure_clone();
    for (trader, payoff_e6) in
        [(window.long.clone(), 10_000 * UNIT_E6), (window.short.clone(), -10_000 * UNIT_E6)]
    {
        let before_e6 = cash_e6(&window.world, &trader);
        let once = settle_instruction(&trader.portfolio(), &[market]);
        let twice = settle_instruction(&trader.portfolio(), &[market, market]);
        window.world.send(&[twice], &[&crank]).refuses(BallastError::NothingToSettle);
        window.world.send(&[once.clone(), once.clone()], &[&crank]).refuses(BallastError::NothingToSettle);
        window.world.send(std::slice::from_ref(&once), &[&crank]).accepted();
        window.world.send(&[once], &[&crank]).refuses(BallastError::NothingToSettle);
        assert_eq!(cash_e6(&window.world, &trader), before_e6 + payoff_e6);
    }
    assert_eq!(window.slot().escrow_e6, 0);
}

/// Ribbon, December 2025: whoever could write an expiry's price wrote one that suited them.
///
/// Goal: nobody has a say in the price of a window that was sampled, and nobody changes one. Method: the authority before,
/// at and long after; genuine updates of other seconds; the recorded price again.
#[test]
fn ribbon_nobody_writes_an_expirys_price() {
    let mut window = opening();
    window.sample_minutes(60, 1_740, 120_000);
    let expiry = window.expiry;
    at(&mut window.world, expiry + 30);
    for (published, before) in [(-1, -2), (10, 9), (30, 0)] {
        let chosen =
            PriceUpdate::new(feeds::BTC, 190_000 * USD_E8, expiry + published).after(expiry + before);
        window.world.post(chosen);
        window.finalize().refuses(BallastError::NotFirstPrice);
    }
    window.world.decide("BTC", expiry, 190_000 * USD_E8).refuses(BallastError::SettlementHasAverage);
    at(&mut window.world, expiry + 25 * HOUR_SECS);
    window.world.decide("BTC", expiry, 190_000 * USD_E8).refuses(BallastError::SettlementHasAverage);
    window.world.finalize_with("BTC", expiry, None).accepted();
    window.world.decide("BTC", expiry, 190_000 * USD_E8).refuses(BallastError::AlreadySettled);
    assert_eq!(window.slot().settled_e8, 120_000 * USD_E8);
}

/// The same: a spike in the last seconds of a window.
///
/// Goal: a pump of the last minute moves the price by its own minute and no more. Method: 29 minutes at 100,000, the last
/// and the first price after at 160,000.
#[test]
fn mango_a_pump_at_the_close_moves_its_own_minute() {
    let mut window = opening();
    window.sample_minutes(60, 1_740, 100_000);
    for secs in 1_741..1_800 {
        window.sample_at(secs, 160_000).accepted();
    }
    window.post_first(0, 160_000);
    window.finalize().accepted();
    assert_eq!(window.slot().settled_e8, 102_000 * USD_E8, "a thirtieth of 60,000");
}

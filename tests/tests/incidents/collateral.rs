//! Incidents of collateral: a worthless token listed by a stolen key, a price that one venue alone shows.

use crate::{
    pit::cash_e6,
    scene::{listed, Refuses, DAY_SECS, SOL, UNIT_E6, USD_E6, USD_E8},
};
use ballast::{constants::OUTFLOW_SHARE_MAX_E6, error::BallastError};
use ballast_harness::{
    world::{CollateralSpec, Kind},
    Verdict, World,
};

/// Drift, April 2026: with the admin's keys a token of no worth was listed, priced and deposited, and everything else
/// withdrawn against it, in 31 withdrawals within 12 minutes.
///
/// Goal: collateral is margin, never cash: it neither leaves as another asset nor pays for an option; and what a loss hands to
/// an accomplice leaves at a quarter of the vault an hour, whoever signs. Method: two billion of a token listed by the admin;
/// quote withdrawn, options bought; then a gap that the token's holder owes its accomplice, and as many withdrawals as
/// twelve minutes take.
#[test]
fn drift_2026_a_worthless_token_buys_no_cash() {
    let (mut world, expiry) = listed();
    let honest = world.funded("honest", 2_000_000 * USD_E6).expect("cash of others");
    let mut fake = CollateralSpec::new("FAKE", [7; 32], 1_000 * USD_E8, 6);
    (fake.soft_cap, fake.hard_cap) = (0, 10_000_000);
    world.add_collateral(&fake).expect("the admin's keys are stolen");
    let thief = world.funded("thief", 0).expect("a portfolio");
    world.fund(&thief, "FAKE", 2_000_000 * USD_E6).accepted();
    world.withdraw(&thief, "USDC", 1).refuses(BallastError::InsufficientBalance);
    let call = world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, UNIT_E6);
    world.trade_at_mark(&honest, &thief, &[call]).refuses(BallastError::CashBelowZero);

    // The token's margin does hold an option sold to an accomplice, who wins.
    let friend = world.funded("friend", 100_000 * USD_E6).expect("an accomplice");
    let sold = world.leg("BTC", expiry, 90_000 * USD_E8, Kind::Put, 20 * UNIT_E6);
    world.trade_at_mark(&thief, &friend, &[sold]).accepted();
    let paid = |_| 45_000 * USD_E8;
    world.unwatched(|world| world.live_to_settlement("BTC", expiry, paid)).expect("a price");
    world.settle(&friend).accepted();
    world.settle(&thief).accepted();
    assert!(cash_e6(&world, &thief) < -800_000 * 1_000_000 && cash_e6(&world, &friend) > 900_000 * 1_000_000);

    world.give(&friend, "USDC", 0).accepted();
    let vault = ballast_sdk::pda::vault(&world.quote.mint);
    let held = ballast_harness::token::balance(&world.vm, &vault);
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..31 {
        world.vm.advance(23);
        match world.withdraw(&friend, "USDC", 50_000 * USD_E6) {
            Ok(_) => taken += 50_000 * USD_E6,
            Err(rejected) => {
                assert!(rejected.is(BallastError::OutflowLimit), "{rejected:?}");
                refused += 1;
            }
        }
    }
    assert!(refused > 0 && taken > 0);
    let most = held / 1_000_000 * OUTFLOW_SHARE_MAX_E6;
    assert!(taken <= most, "{taken} of {held} left within twelve minutes");
}

/// 10 October 2025: a dollar token traded at 0.65 on one venue, and what stood behind it was sold there.
///
/// Goal: a collateral's price on which venues disagree, or that is far from where it was, flags nobody and sells nothing.
/// Method: a seller whose margin is SOL; SOL's feed falls by a third with a confidence of a tenth; then by more than half
/// with none; then the same fall is agreed on, and the flag goes through.
#[test]
fn october_2025_a_print_of_one_venue_sells_no_collateral() {
    let (mut world, expiry) = listed();
    let house = world.funded("house", 1_000_000 * USD_E6).expect("a buyer");
    let seller = world.funded("seller", 10_000 * USD_E6).expect("a seller");
    world.fund(&seller, "SOL", 420 * SOL).accepted();
    let put = world.leg("BTC", expiry, 100_000 * USD_E8, Kind::Put, -2 * UNIT_E6);
    world.trade_at_mark(&house, &seller, &[put]).accepted();
    let fair_e8 = world.update("SOL").price.unsigned_abs();
    let next = |world: &mut World| {
        world.vm.advance(1);
        world.refresh_prices();
    };

    next(&mut world);
    let print = world.good_update("SOL", fair_e8 / 100 * 65).averaging(fair_e8).wide(1_000);
    world.post(print);
    world.flag(&seller).refuses(BallastError::OracleConfidenceUnusable);
    next(&mut world);
    world.post(world.good_update("SOL", fair_e8 / 100 * 40).averaging(fair_e8));
    world.flag(&seller).refuses(BallastError::OracleGapUnusable);
    next(&mut world);
    world.post(world.good_update("SOL", fair_e8));
    world.flag(&seller).refuses(BallastError::Healthy);

    world.wait(DAY_SECS).expect("feeds speak");
    world.post(world.good_update("SOL", fair_e8 / 100 * 25));
    world.flag(&seller).accepted();
}

//! Coming before money and leaving after it, leaving before a loss: neither pays.

use crate::{
    fund,
    scene::{emitted, traded, Refuses, Scene, DAY_SECS, HOUR_SECS, UNIT_E6, USD_E6, USD_E8},
    worth_e6, COOLDOWN_SECS,
};
use ballast::error::BallastError;
use ballast_harness::{world::Kind, Trader, Verdict, World};

/// A fund with a staker who stays, and fees of a trade not swept yet.
fn scene() -> (World, Trader, i64) {
    let Scene { mut world, long, short, expiry } = traded();
    // What is in the fund beforehand is what the house's shares stand for: a share costs exactly 1.
    world.sweep_fees("BTC").expect("fees");
    let faithful = world.staker("faithful", 1_000 * USD_E6).expect("a stake");
    let back = world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, -UNIT_E6);
    world.trade_at_mark(&short, &long, &[back]).expect("a trade");
    let fees_e6 = world.market(0).fees_e6;
    (world, faithful, fees_e6)
}

/// Goal: who enters just before fees come in and leaves at once gets none of them, and whoever stays gets all. Method: a
/// stake a hundred times as large, the sweep, the request, the cooldown, the claim in parts.
#[test]
fn entering_for_a_sweep_does_not_pay() {
    let (mut world, faithful, fees_e6) = scene();
    let quick = world.staker("quick", 100_000 * USD_E6).expect("a stake");
    world.sweep_fees("BTC").accepted();
    let shares = world.stake_of(&quick.pubkey()).shares;
    let outcome = world.unstake(&quick, shares).accepted();
    let value_e6 = emitted!(outcome, InsuranceUnstaked).value_e6;
    assert!(value_e6 <= 100_000_000_000, "{value_e6}");
    world.vm.advance(COOLDOWN_SECS);
    world.claim_stake(&quick, world.stake_of(&quick.pubkey()).leaving_shares).accepted();
    assert!(world.wallet(&quick, "USDC") <= 100_000_000_000);
    // The house's shares are the rest.
    let gained_e6 = worth_e6(&world, &faithful) - 1_000_000_000;
    let (all, house) = (fund(&world).shares, fund(&world).house_shares);
    let due_e6 = i128::from(fees_e6) * i128::from(all - house) / i128::from(all);
    assert!((i128::from(gained_e6) - due_e6).abs() < 10, "{gained_e6} of {due_e6}");
}

/// Goal: who enters just after fees came in has paid for them. Method: the sweep, a stake, the request.
#[test]
fn entering_after_a_sweep_is_no_bargain() {
    let (mut world, _, fees_e6) = scene();
    world.sweep_fees("BTC").accepted();
    let late = world.staker("late", 1_000 * USD_E6).expect("a stake");
    assert!(worth_e6(&world, &late) < 1_000_000_000 - fees_e6 / 3);
    world.vm.advance(COOLDOWN_SECS);
    assert!((worth_e6(&world, &late) - 1_000_000_000).abs() < 5, "{}", worth_e6(&world, &late));
}

/// Goal: nobody can stand at the open door: what is leaving earns nothing, and can be claimed for two days only, then the
/// wait begins anew. Method: a request, every moment around the window, a request for the same again.
#[test]
fn the_door_closes_again() {
    let (mut world, faithful, _) = scene();
    let shares = world.stake_of(&faithful.pubkey()).shares;
    let asked_at = world.vm.now();
    let outcome = world.unstake(&faithful, shares).accepted();
    assert_eq!(emitted!(outcome, InsuranceUnstaked).claimable_at, asked_at + COOLDOWN_SECS);
    world.sweep_fees("BTC").accepted();
    let leaving = world.stake_of(&faithful.pubkey()).leaving_shares;
    world.claim_stake(&faithful, leaving).refuses(BallastError::CooldownRunning);
    world.vm.advance(COOLDOWN_SECS - 1);
    world.claim_stake(&faithful, leaving).refuses(BallastError::CooldownRunning);
    world.vm.advance(2 * DAY_SECS + 2);
    world.claim_stake(&faithful, leaving).refuses(BallastError::CooldownLapsed);
    world.unstake(&faithful, 0).accepted();
    world.claim_stake(&faithful, leaving).refuses(BallastError::CooldownRunning);
    world.vm.advance(COOLDOWN_SECS + 2 * DAY_SECS);
    let outcome = world.claim_stake(&faithful, leaving).accepted();
    assert_eq!(emitted!(outcome, InsuranceClaimed).amount, 1_000_000_000, "no fee of the time it waited");
}

/// Goal: a second request makes the first wait too. Method: two requests a day apart.
#[test]
fn a_second_request_starts_the_wait_anew() {
    let (mut world, faithful, _) = scene();
    world.unstake(&faithful, 400_000_000).accepted();
    world.vm.advance(DAY_SECS);
    world.unstake(&faithful, 100_000_000).accepted();
    let stake = world.stake_of(&faithful.pubkey());
    assert_eq!((stake.leaving_shares, stake.claimable_at), (500_000_000, world.vm.now() + COOLDOWN_SECS));
    world.vm.advance(COOLDOWN_SECS - DAY_SECS);
    world.claim_stake(&faithful, 1).refuses(BallastError::CooldownRunning);
    world.vm.advance(DAY_SECS);
    world.claim_stake(&faithful, 500_000_000).accepted();
    assert_eq!(world.stake_of(&faithful.pubkey()).claimable_at, 0);
    assert_eq!(fund(&world).leaving_e6, 0);
}

/// Goal: a stake leaves no faster than any other quote. Method: a vault that is nearly all stake: a quarter an hour.
#[test]
fn a_rush_out_is_slowed() {
    let (mut world, _, _) = scene();
    let whale = world.staker("whale", 10_000_000 * USD_E6).expect("a stake");
    let shares = world.stake_of(&whale.pubkey()).shares;
    world.unstake(&whale, shares).accepted();
    world.vm.advance(COOLDOWN_SECS);
    let leaving = world.stake_of(&whale.pubkey()).leaving_shares;
    world.claim_stake(&whale, leaving).refuses(BallastError::OutflowLimit);
    world.claim_stake(&whale, leaving / 4).accepted();
    world.claim_stake(&whale, leaving / 4).refuses(BallastError::OutflowLimit);
    world.vm.advance(HOUR_SECS + 600);
    world.claim_stake(&whale, leaving / 6).accepted();
}

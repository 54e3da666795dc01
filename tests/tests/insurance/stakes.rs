//! Stakes that go in: shares and their price.

use crate::{
    fund,
    pit::fall::{flagged, sold, WHOLE_E9},
    scene::{emitted, traded, Refuses, Scene, TOKEN_INSUFFICIENT_FUNDS, USD_E6, USD_E8},
    worth_e6,
};
use ballast::error::BallastError;
use ballast_harness::{Verdict, World};

/// Goal: the first staker gets what was staked and what was in the fund stays the house's, to the unit. Method: fees swept
/// before anybody staked; a stake; the event.
#[test]
fn the_seed_stays_the_houses() {
    let Scene { mut world, .. } = traded();
    world.sweep_fees("BTC").accepted();
    let seed_e6 = world.exchange().insurance_e6;
    assert!(seed_e6 > 1_000_000, "{seed_e6}");
    let staker = world.staker("staker", 0).expect("a stake");
    world.give(&staker, "USDC", 500 * USD_E6).accepted();
    let outcome = world.stake(&staker, 500 * USD_E6).accepted();
    let event = emitted!(outcome, InsuranceStaked);
    assert_eq!((event.amount, event.received, event.shares_bought), (500_000_000, 500_000_000, 500_000_000));
    assert_eq!((event.owner, event.shares), (staker.pubkey(), 500_000_000));
    assert_eq!(event.insurance_e6, seed_e6 + 500_000_000);
    assert_eq!(event.insurance_shares, seed_e6.unsigned_abs() + 500_000_000, "the house's too");
    assert_eq!(fund(&world).house_shares, seed_e6.unsigned_abs());
    assert_eq!(worth_e6(&world, &staker), 500_000_000);
    assert_eq!(
        (world.wallet(&staker, "USDC"), world.exchange().quote_outflow.net()),
        (0, {
            let portfolios: i64 = world.portfolios().iter().map(|(_, p)| p.cash_e6).sum();
            -(portfolios + seed_e6 + 500_000_000)
        })
    );
}

/// Goal: fees go to all shares alike, the house's too. Method: two stakes of one to three beside no seed, a sweep, a week.
#[test]
fn fees_go_to_all_shares() {
    let Scene { mut world, .. } = traded();
    let small = world.staker("small", 1_000 * USD_E6).expect("a stake");
    let large = world.staker("large", 3_000 * USD_E6).expect("a stake");
    let fees_e6 = world.market(0).fees_e6;
    world.sweep_fees("BTC").accepted();
    assert!(
        (999_998_999..=999_999_001).contains(&worth_e6(&world, &small)),
        "not earned; the house's shares"
    );
    world.vm.advance(7 * 86_400);
    let gains = [(&small, 1_000_000_000), (&large, 3_000_000_000)]
        .map(|(staker, staked)| worth_e6(&world, staker) - staked);
    // A thousand shares of the house, bought by the first stake, take their part.
    assert!((gains[0] * 3 - gains[1]).abs() <= 4_000, "{gains:?}");
    assert!((fees_e6 - 1_100..=fees_e6).contains(&(gains[0] + gains[1])), "{gains:?} of {fees_e6}");
}

/// Goal: what takers of slices contribute is earned by staying, as fees are. Method: a stake, one slice; what the stake is
/// worth before it, after it, half a week and a week later.
#[test]
fn contributions_of_slices_are_earned_over_a_week() {
    let mut fall = flagged();
    let staker = fall.world.staker("staker", 1_000 * USD_E6).expect("a stake");
    let before_e6 = worth_e6(&fall.world, &staker);
    let contribution_e6 = emitted!(fall.take(WHOLE_E9).accepted(), SliceLiquidated).contribution_e6;
    assert!(contribution_e6 > 1_000_000, "{contribution_e6}");
    assert_eq!(fund(&fall.world).balance_e6, 1_000_000_000 + contribution_e6);
    assert_eq!(worth_e6(&fall.world, &staker), before_e6, "nothing is earned yet");
    for halves in 1..=2 {
        fall.world.vm.advance(7 * 43_200);
        let earned_e6 = worth_e6(&fall.world, &staker) - before_e6;
        // A thousand shares of the house beside a thousand million take their part.
        let due_e6 = contribution_e6 * halves / 2 * 1_000_000 / 1_000_001;
        assert!((earned_e6 - due_e6).abs() <= 2, "{earned_e6} of {due_e6}");
    }
    let shares = fall.world.stake_of(&staker.pubkey()).shares;
    let outcome = fall.world.unstake(&staker, shares).accepted();
    let value_e6 = emitted!(outcome, InsuranceUnstaked).value_e6;
    assert!((value_e6 - before_e6 - contribution_e6 * 1_000_000 / 1_000_001).abs() <= 2, "{value_e6}");
}

/// Goal: a claim on the fund takes from all shares alike, from what is leaving too, and never more. Method: a book under
/// water, taken whole, with one staker who stays and one who waits.
#[test]
fn a_claim_is_paid_by_all() {
    let mut fall = sold();
    let stays = fall.world.staker("stays", 60_000 * USD_E6).expect("a stake");
    let waits = fall.world.staker("waits", 60_000 * USD_E6).expect("a stake");
    fall.world.unstake(&waits, 60_000_000_000).accepted();
    fall.rest_at(62_000 * USD_E8);
    fall.world.flag(&fall.victim).accepted();
    let before = [&stays, &waits].map(|staker| worth_e6(&fall.world, staker));
    let price_e6 = emitted!(fall.take(WHOLE_E9).accepted(), SliceLiquidated).price_e6;
    assert!(price_e6 < -10_000_000_000, "{price_e6}");
    let paid = [(&stays, before[0]), (&waits, before[1])]
        .map(|(staker, before)| before - worth_e6(&fall.world, staker));
    assert!((paid[0] - paid[1]).abs() <= 3_000, "half each, but for the house's thousand shares: {paid:?}");
    assert!((paid[0] + paid[1] + price_e6).abs() <= 3_000, "{paid:?} of {price_e6}");
    assert_eq!(fund(&fall.world).balance_e6, 120_000_000_000 + price_e6);
}

/// Goal: nobody is robbed by an inflated share. Method: one unit staked, fees swept onto it, a stake of less than a share
/// refused and one of more kept.
#[test]
fn a_share_cannot_be_inflated_to_rob() {
    let Scene { mut world, .. } = traded();
    let attacker = world.staker("attacker", 1).expect("a stake");
    world.sweep_fees("BTC").accepted();
    let share_e6 = fund(&world).staked_e6() / i64::try_from(fund(&world).shares).expect("shares");
    assert!(share_e6 > 1_000, "inflated: {share_e6}");
    let victim = world.staker("victim", 0).expect("an account");
    world.give(&victim, "USDC", 1_000 * USD_E6).accepted();
    world.stake(&victim, share_e6.unsigned_abs() - 1).refuses(BallastError::StakeTooSmall);
    world.stake(&victim, 1_000 * USD_E6).accepted();
    world.vm.advance(7 * 86_400);
    assert!(worth_e6(&world, &victim) > 999_900_000, "{}", worth_e6(&world, &victim));
    assert!(worth_e6(&world, &attacker) < 2 * share_e6);
}

/// Goal: amounts at their ends. Method: nothing; more than there is; everything a wallet can hold.
#[test]
fn extreme_stakes() {
    let mut world = World::standard().expect("the usual scenario");
    let staker = world.staker("staker", 0).expect("a stake");
    world.stake(&staker, 0).refuses(BallastError::ZeroAmount);
    world.give(&staker, "USDC", 1 << 60).accepted();
    let too_much = world.stake(&staker, u64::MAX).expect_err("no wallet holds so much");
    assert_eq!(too_much.number, Some(TOKEN_INSUFFICIENT_FUNDS));
    world.stake(&staker, 1 << 60).accepted();
    assert_eq!(worth_e6(&world, &staker), (1 << 60) - 1_000);
}

//! What a loss leaves of stakes: shares worth less than a unit, pools that are void, a fund that is locked.

use crate::{
    fund,
    pit::{
        fall::{sold, Fall, WHOLE_E9},
        window::{opening, Window},
    },
    scene::{emitted, Refuses, USD_E6, USD_E8},
    worth_e6, COOLDOWN_SECS,
};
use ballast::error::BallastError;
use ballast_harness::{Trader, Verdict};

/// Two stakes of so many dollars, of which one asks back all it has, and a book under water, flagged.
fn drowned(dollars: u64) -> (Fall, Trader, Trader) {
    let mut fall = sold();
    let stays = fall.world.staker("stays", dollars * USD_E6).expect("a stake");
    let waits = fall.world.staker("waits", dollars * USD_E6).expect("a stake");
    let shares = fall.world.stake_of(&waits.pubkey()).shares;
    fall.world.unstake(&waits, shares).accepted();
    fall.rest_at(62_000 * USD_E8);
    fall.world.flag(&fall.victim).accepted();
    (fall, stays, waits)
}

/// Goal: shares that are worth less than a unit are neither asked back nor claimed for nothing. Method: a loss that leaves a
/// share worth between a half and one; one share and two, out of each pool.
#[test]
fn shares_worth_less_than_a_unit_stay() {
    let (mut fall, stays, waits) = drowned(60_000);
    fall.take(WHOLE_E9 / 3).accepted();
    let left = fund(&fall.world);
    assert!((51..100).contains(&(100 * left.balance_e6 / 120_000_000_000)), "{left:?}");
    let (stake, leaving) = (fall.world.stake_of(&stays.pubkey()), fall.world.stake_of(&waits.pubkey()));
    fall.world.unstake(&stays, 1).refuses(BallastError::StakeTooSmall);
    assert_eq!(fall.world.stake_of(&stays.pubkey()).shares, stake.shares, "nothing is taken");
    let outcome = fall.world.unstake(&stays, 2).accepted();
    assert_eq!(emitted!(outcome, InsuranceUnstaked).value_e6, 1);
    fall.world.vm.advance(COOLDOWN_SECS);
    fall.world.claim_stake(&waits, 1).refuses(BallastError::StakeTooSmall);
    assert_eq!(fall.world.stake_of(&waits.pubkey()).leaving_shares, leaving.leaving_shares);
    let outcome = fall.world.claim_stake(&waits, 2).accepted();
    assert_eq!(emitted!(outcome, InsuranceClaimed).amount, 1);
}

/// Goal: a fund that paid everything begins anew: stakes of before are worth nothing in either pool, whatever comes in later,
/// and close. Method: the fund's last unit paid to a taker; a new stake, asked back in part; what the old ones can still do.
#[test]
fn an_exhausted_fund_begins_anew() {
    let (mut fall, old, leaver) = drowned(2_500);
    let (pay_e6, balance_e6) = (fall.plan().pay_e6, fund(&fall.world).balance_e6);
    let most_e9 = i128::from(balance_e6) * i128::from(WHOLE_E9) / i128::from(-pay_e6);
    fall.take(u64::try_from(most_e9).expect("a fraction")).accepted();
    let left = fund(&fall.world);
    assert_eq!((left.shares, left.house_shares, left.generation), (0, 0, 1));
    assert_eq!((left.leaving_shares, left.leaving_e6, left.leaving_generation), (0, 0, 1));
    assert!(left.balance_e6 < 1_000, "{left:?}");
    assert!(fall.world.stake_of(&old.pubkey()).shares > 0 && fall.world.exchange().shortfall_e6 == 0);

    let new = fall.world.staker("new", 100 * USD_E6).expect("a stake");
    fall.world.unstake(&new, 40 * USD_E6).accepted();
    assert!((worth_e6(&fall.world, &new) - 100_000_000).abs() <= 1_000, "the house's thousand shares");
    fall.world.unstake(&old, 1).refuses(BallastError::InsufficientShares);
    fall.world.unstake(&leaver, 0).refuses(BallastError::ZeroAmount);
    fall.world.vm.advance(COOLDOWN_SECS);
    fall.world.claim_stake(&leaver, 1).refuses(BallastError::InsufficientShares);
    for void in [&old, &leaver] {
        assert_eq!(worth_e6(&fall.world, void), 0);
        fall.world.close_stake(void).accepted();
    }
    let leaving = fall.world.stake_of(&new.pubkey()).leaving_shares;
    let outcome = fall.world.claim_stake(&new, leaving).accepted();
    let paid = emitted!(outcome, InsuranceClaimed).amount;
    assert!((39_999_000..=40_000_000).contains(&paid), "{paid}");
}

/// Goal: a shortfall that came about locks the fund until it is shared, then the fund goes on. Method: a debt larger than the
/// only stake; stake, request, renewal and claim of who was in it and of who was not.
#[test]
fn a_shortfall_locks_the_fund_until_it_is_shared() {
    let Window { mut world, long, short, expiry } = opening();
    let staker = world.staker("staker", 1_000 * USD_E6).expect("a stake");
    world.unstake(&staker, 400 * USD_E6).accepted();
    world.give(&staker, "USDC", 100 * USD_E6).accepted();
    // A price at which the short call costs a hundred thousand more than its seller has.
    let held = world.portfolio_of(&short).cash_e6.unsigned_abs();
    let dollars = 120_000 + held / USD_E6 + 100_000;
    let mut window = Window { world, long, short, expiry };
    window.settle_at(dollars);
    let Window { mut world, long, short, .. } = window;
    for trader in [&short, &long] {
        world.settle(trader).accepted();
    }
    let outcome = world.resolve(&short).accepted();
    assert_eq!(emitted!(outcome, InsolvencyResolved).insurance_paid_e6, 1_000_000_000);
    assert!(world.exchange().shortfall_e6 > 90_000_000_000);
    for shares in [1, 0] {
        world.unstake(&staker, shares).refuses(BallastError::ShortfallOpen);
    }
    world.stake(&staker, 50 * USD_E6).refuses(BallastError::ShortfallOpen);
    world.claim_stake(&staker, 1).refuses(BallastError::ShortfallOpen);
    world.socialise().accepted();
    world.stake(&staker, 50 * USD_E6).accepted();
    world.unstake(&staker, 20 * USD_E6).accepted();
    world.unstake(&staker, 0).accepted();
    world.vm.advance(COOLDOWN_SECS);
    let leaving = world.stake_of(&staker.pubkey()).leaving_shares;
    world.claim_stake(&staker, leaving).accepted();
}

//! Who may not leave, and when.

use crate::{
    fund,
    scene::{emitted, traded, Refuses, Scene, USD_E6},
    write_exchange, COOLDOWN_SECS,
};
use ballast::{
    constants::{GATE_WITHDRAW, PAUSE_SECS},
    error::BallastError,
};
use ballast_harness::{Trader, Verdict, World};

/// A stake of 1,000 beside two portfolios with plenty of cash, asked back and waited for.
fn ripe() -> (World, Trader) {
    let Scene { mut world, .. } = traded();
    // Fees in the fund beforehand are what the house's shares stand for: a share costs exactly 1.
    world.sweep_fees("BTC").expect("fees");
    let staker = world.staker("staker", 1_000 * USD_E6).expect("a stake");
    world.unstake(&staker, 1_000_000_000).accepted();
    world.vm.advance(COOLDOWN_SECS);
    (world, staker)
}

/// Goal: a claim pays to the unit and the event tells it; an empty stake closes. Method: in two parts, read everything back.
#[test]
fn a_claim_pays_to_the_unit() {
    let (mut world, staker) = ripe();
    let mut outflow = 0;
    for (part, left) in [(250_000_001, 749_999_999), (749_999_999, 0u64)] {
        let (vault, wallet) = (world.vault("USDC"), world.wallet(&staker, "USDC"));
        let outcome = world.claim_stake(&staker, part).accepted();
        let event = emitted!(outcome, InsuranceClaimed);
        outflow += part.cast_signed();
        assert_eq!((event.leaving_shares, event.amount, event.outflow), (part, part, outflow));
        assert_eq!(
            (event.owner, event.destination),
            (staker.pubkey(), world.quote.account_of(&staker.pubkey()))
        );
        assert_eq!(event.insurance_e6, fund(&world).house_shares.cast_signed() + left.cast_signed());
        assert_eq!((world.vault("USDC"), world.wallet(&staker, "USDC")), (vault - part, wallet + part));
        assert_eq!(world.stake_of(&staker.pubkey()).leaving_shares, left);
    }
    let fund = fund(&world);
    assert_eq!((fund.staked_e6(), fund.leaving_e6, fund.leaving_shares), (fund.balance_e6, 0, 0));
    world.close_stake(&staker).accepted();
    assert!(world.vm.account(&ballast_sdk::pda::stake(&staker.pubkey())).is_none_or(|a| a.lamports == 0));
}

/// Goal: while a shortfall is open nobody comes or goes. Method: the field written past the program; stake, unstake, claim.
#[test]
fn an_open_shortfall_locks_the_fund() {
    let (mut world, staker) = ripe();
    world.give(&staker, "USDC", 10 * USD_E6).accepted();
    world.stake(&staker, USD_E6).accepted();
    write_exchange(&mut world, |exchange| exchange.shortfall_e6 = 1);
    world.stake(&staker, USD_E6).refuses(BallastError::ShortfallOpen);
    world.unstake(&staker, 1).refuses(BallastError::ShortfallOpen);
    world.claim_stake(&staker, 1).refuses(BallastError::ShortfallOpen);
    write_exchange(&mut world, |exchange| exchange.shortfall_e6 = 0);
    world.claim_stake(&staker, 1).accepted();
}

/// Goal: the gate on withdrawals holds stakes too, the admin's and the guardian's, and not stakes that come. Method: close,
/// try, open; pause, try, end the pause; pause again and let it run out.
#[test]
fn the_gate_holds_stakes() {
    let (mut world, staker) = ripe();
    world.give(&staker, "USDC", 2 * USD_E6).accepted();
    world.set_gates(GATE_WITHDRAW).accepted();
    world.claim_stake(&staker, 1).refuses(BallastError::GateClosed);
    world.stake(&staker, USD_E6).accepted();
    world.set_gates(0).accepted();
    world.claim_stake(&staker, 1).accepted();
    world.pause(GATE_WITHDRAW).accepted();
    world.claim_stake(&staker, 1).refuses(BallastError::GateClosed);
    world.stake(&staker, USD_E6).accepted();
    world.unpause(GATE_WITHDRAW).accepted();
    world.claim_stake(&staker, 1).accepted();
    world.pause(GATE_WITHDRAW).accepted();
    world.vm.advance(PAUSE_SECS - 1);
    world.claim_stake(&staker, 1).refuses(BallastError::GateClosed);
    world.vm.advance(1);
    world.claim_stake(&staker, 1).accepted();
}

/// Goal: nobody takes what they have not. Method: more shares than staked, more than are leaving, none, a stake closed with
/// something in it, the house's shares.
#[test]
fn shares_that_are_not_there() {
    let (mut world, staker) = ripe();
    world.claim_stake(&staker, 1_000_000_001).refuses(BallastError::InsufficientShares);
    world.claim_stake(&staker, u64::MAX).refuses(BallastError::InsufficientShares);
    world.claim_stake(&staker, 0).refuses(BallastError::ZeroAmount);
    world.unstake(&staker, 1).refuses(BallastError::InsufficientShares);
    world.close_stake(&staker).refuses(BallastError::NotEmpty);
    let other = world.staker("other", 5 * USD_E6).expect("a stake");
    world.unstake(&other, 0).refuses(BallastError::ZeroAmount);
    world.unstake(&other, 5_000_001).refuses(BallastError::InsufficientShares);
    world.close_stake(&other).refuses(BallastError::NotEmpty);
    world.claim_stake(&other, 1).refuses(BallastError::InsufficientShares);
}

//! Who withdraws, when, and what it leaves.

use crate::scene::{
    emitted, frozen, read_only, refuse_impostors, replaced, unsigned, Refuses, Scene, HOUR_SECS, SOL, USD_E6,
};
use anchor_lang::{error::ErrorCode, solana_program::instruction::Instruction};
use ballast::{
    constants::GATE_WITHDRAW,
    error::BallastError,
    state::{Exchange, QUOTE_ALLOWANCE},
};
use ballast_harness::{Trader, Verdict, World};
use ballast_sdk::{instruction::money, pda};
use solana_signer::Signer;

/// An owner with 10,000 of cash and 100 SOL, deposited hours ago.
fn scene() -> (World, Trader) {
    let mut world = World::standard().expect("the usual scenario");
    let owner = world.funded("owner", 10_000 * USD_E6).expect("a portfolio");
    world.fund(&owner, "SOL", 100 * SOL).expect("a deposit");
    world.vm.advance(2 * HOUR_SECS);
    (world, owner)
}

fn withdraw(world: &World, trader: &Trader, asset: &str, amount: u64) -> Instruction {
    let token = world.token(asset);
    let destination = token.account_of(&trader.pubkey());
    let portfolio = world.portfolio_of(trader);
    money::withdraw(&world.exchange(), &portfolio, &world.price_accounts(), &token.mint, &destination, amount)
        .expect("an instruction")
}

/// Goal: cash leaves to the unit, without a price in an exchange whose feeds are silent, and the event tells it.
/// Method: two withdrawals, read everything back.
#[test]
fn cash_leaves_to_the_unit() {
    let (mut world, owner) = scene();
    world.give(&owner, "USDC", 0).expect("a token account");
    let before = world.portfolio_of(&owner);
    for (n, amount, balance, outflow) in
        [(1, 1, 9_999_999_999, 1), (2, 499_999_999, 9_500_000_000, 500_000_000)]
    {
        let outcome = world.withdraw(&owner, "USDC", amount).accepted();
        let event = emitted!(outcome, Withdrawn);
        assert_eq!((event.portfolio, event.owner), (owner.portfolio(), owner.pubkey()));
        assert_eq!(event.destination, world.quote.account_of(&owner.pubkey()));
        assert_eq!((event.mint, event.amount, event.balance), (world.quote.mint, amount, balance));
        assert_eq!((event.excess_initial_e6, event.outflow), (0, outflow));
        let portfolio = world.portfolio_of(&owner);
        assert_eq!((portfolio.cash_e6, portfolio.sequence), (balance, before.sequence + n));
        assert_eq!(portfolio.withdrawn.withdrawn[QUOTE_ALLOWANCE], outflow.unsigned_abs());
        assert_eq!(world.vault("USDC"), balance.unsigned_abs());
        assert_eq!(world.wallet(&owner, "USDC"), outflow.unsigned_abs());
        assert_eq!(world.exchange().quote_outflow.net(), outflow);
    }
}

/// Goal: collateral leaves portfolio, exchange and vault to the unit. Method: one withdrawal, read everything back.
#[test]
fn collateral_leaves_to_the_unit() {
    let (mut world, owner) = scene();
    let outcome = world.withdraw(&owner, "SOL", 3 * SOL + 1).accepted();
    let left = 97 * SOL - 1;
    let event = emitted!(outcome, Withdrawn);
    assert_eq!((event.mint, event.amount), (world.token("SOL").mint, 3 * SOL + 1));
    assert_eq!((event.balance.unsigned_abs(), event.outflow.unsigned_abs()), (left, 3 * SOL + 1));
    assert_eq!(world.portfolio_of(&owner).collateral[0], left);
    assert_eq!((world.exchange().collaterals[0].deposits, world.vault("SOL")), (left, left));
    assert_eq!(world.wallet(&owner, "SOL"), 3 * SOL + 1);
}

/// Goal: instructions of one transaction see each other: nothing is spent twice, and all or nothing of it stands. Method:
/// more than half twice; a withdrawal behind a deposit that only together cover it.
#[test]
fn nothing_is_spent_twice() {
    let (mut world, owner) = scene();
    world.give(&owner, "USDC", 0).expect("a token account");
    let half = withdraw(&world, &owner, "USDC", 1_000 * USD_E6);
    let rest = withdraw(&world, &owner, "USDC", 9_000 * USD_E6 + 1);
    world.send(&[half.clone(), rest], &[&owner.key]).refuses(BallastError::InsufficientBalance);
    assert_eq!(world.portfolio_of(&owner).cash_e6, 10_000_000_000);
    world.send(&[half.clone(), half], &[&owner.key]).accepted();
    assert_eq!(world.portfolio_of(&owner).cash_e6, 8_000_000_000);
    let (exchange, wallet) = (world.exchange(), world.quote.account_of(&owner.pubkey()));
    let back =
        money::deposit(&exchange, &owner.pubkey(), &owner.portfolio(), &world.quote.mint, &wallet, 500);
    let most = withdraw(&world, &owner, "USDC", 8_000 * USD_E6 + 500);
    let guarded = world.send(&[back.expect("an instruction"), most], &[&owner.key]);
    guarded.refuses(BallastError::OutflowLimit);
    assert_eq!(world.wallet(&owner, "USDC"), 2_000 * USD_E6);
}

/// Goal: only the owner withdraws: a delegate never does, not even to the owner. Method: every other signer.
#[test]
fn only_the_owner_withdraws() {
    let (mut world, owner) = scene();
    world.give(&owner, "USDC", 0).expect("a token account");
    let delegate = world.trader("delegate");
    world.delegate(&owner, &delegate.pubkey(), world.vm.now() + HOUR_SECS).accepted();
    let good = withdraw(&world, &owner, "USDC", 1);
    for key in [&world.admin, &world.guardian, &world.crank, &delegate.key].map(|key| key.insecure_clone()) {
        let own = replaced(&good, &owner.pubkey(), &key.pubkey());
        world.send(&[own], &[&key]).refuses(BallastError::NotOwner);
    }
    let silent = unsigned(&good, &owner.pubkey());
    world.send(&[silent], &[&delegate.key]).refuses(ErrorCode::AccountNotSigner);
    // The owner of one portfolio takes nothing out of another's.
    let thief = world.funded("thief", USD_E6).expect("a portfolio");
    let from_thief = withdraw(&world, &thief, "USDC", 1);
    let aliased = replaced(&from_thief, &thief.portfolio(), &owner.portfolio());
    world.send(&[aliased], &[&thief.key]).refuses(BallastError::NotOwner);
}

/// Goal: the gate, a live liquidation and an open shortfall each stop withdrawals. Method: each alone, of either asset.
#[test]
fn withdrawals_can_be_stopped() {
    let (mut world, owner) = scene();
    world.give(&owner, "USDC", 0).expect("a token account");
    world.set_gates(GATE_WITHDRAW).accepted();
    for asset in ["USDC", "SOL"] {
        world.withdraw(&owner, asset, 1).refuses(BallastError::GateClosed);
    }
    world.set_gates(0).accepted();
    // The field is written past the program, so that nothing else is different.
    write_exchange(&mut world, |exchange| exchange.shortfall_e6 = 1);
    for asset in ["USDC", "SOL"] {
        world.withdraw(&owner, asset, 1).refuses(BallastError::ShortfallOpen);
    }
    write_exchange(&mut world, |exchange| exchange.shortfall_e6 = 0);
    world.withdraw(&owner, "USDC", 1).accepted();

    let Scene { mut world, short, .. } = frozen();
    world.give(&short, "USDC", 0).expect("a token account");
    world.withdraw(&short, "USDC", 1).refuses(BallastError::Frozen);
}

fn write_exchange(world: &mut World, change: impl FnOnce(&mut Exchange)) {
    let mut account = world.vm.account(&pda::exchange()).expect("an exchange");
    let mut exchange = world.exchange();
    change(&mut exchange);
    account.data[8..].copy_from_slice(bytemuck::bytes_of(exchange.as_ref()));
    world.vm.set_account(pda::exchange(), account);
}

/// Goal: accounts are what they are said to be, and what changes can be written. Method: impostors, read-only accounts.
#[test]
fn the_programs_accounts_are_genuine() {
    let (mut world, owner) = scene();
    world.give(&owner, "USDC", 0).expect("a token account");
    let good = withdraw(&world, &owner, "USDC", 1);
    refuse_impostors(&mut world, &good, &pda::exchange(), &[&owner.key]);
    refuse_impostors(&mut world, &good, &owner.portfolio(), &[&owner.key]);
    let wallet = world.quote.account_of(&owner.pubkey());
    for account in [pda::exchange(), owner.portfolio(), wallet, pda::vault(&world.quote.mint)] {
        world.send(&[read_only(&good, &account)], &[&owner.key]).refuses(ErrorCode::ConstraintMut);
    }
    world.send(&[good], &[&owner.key]).accepted();
}

//! What a deposit credits, and to whom it is open.

use crate::scene::{emitted, frozen, Refuses, Scene, HOUR_SECS, SOL, USD_E6};
use ballast::error::BallastError;
use ballast_harness::{token::balance, Rejected, Sent, Trader, Verdict, World};
use ballast_sdk::instruction::money;
use solana_signer::Signer;

/// `from` pays into the portfolio of `to` out of their own token account.
fn pay(world: &mut World, from: &Trader, to: &Trader, asset: &str, amount: u64) -> Sent {
    let token = world.token(asset);
    let source = token.account_of(&from.pubkey());
    let deposit =
        money::deposit(&world.exchange(), &from.pubkey(), &to.portfolio(), &token.mint, &source, amount)
            .expect("an instruction");
    world.send(&[deposit], &[&from.key])
}

fn scene() -> (World, Trader, Trader) {
    let mut world = World::standard().expect("the usual scenario");
    let owner = world.funded("owner", 0).expect("a portfolio");
    let stranger = world.trader("stranger");
    for trader in [&owner, &stranger] {
        world.give(trader, "USDC", 1_000 * USD_E6).expect("tokens");
        world.give(trader, "SOL", 1_000 * SOL).expect("tokens");
    }
    (world, owner, stranger)
}

/// Goal: cash is credited to the unit, and the event tells it. Method: one unit, then more.
#[test]
fn cash_is_credited_to_the_unit() {
    let (mut world, owner, _) = scene();
    let sequence = world.portfolio_of(&owner).sequence;
    for (amount, balance) in [(1, 1), (999_999_999, 1_000_000_000)] {
        let outcome = world.deposit(&owner, "USDC", amount).accepted();
        let event = emitted!(outcome, Deposited);
        assert_eq!((event.portfolio, event.depositor), (owner.portfolio(), owner.pubkey()));
        assert_eq!(event.mint, world.quote.mint);
        assert_eq!((event.amount, event.received, event.balance), (amount, amount, balance));
        assert_eq!(world.portfolio_of(&owner).cash_e6, balance);
        assert_eq!(i64::try_from(world.vault("USDC")).expect("little"), balance);
    }
    assert_eq!(world.wallet(&owner, "USDC"), 0);
    assert_eq!(world.portfolio_of(&owner).sequence, sequence, "what others pay in spoils no signed trade");
    assert_eq!(world.exchange().quote_outflow.net(), -1_000_000_000);
}

/// Goal: collateral is credited to the unit in portfolio and exchange, and the event tells it. Method: two deposits.
#[test]
fn collateral_is_credited_to_the_unit() {
    let (mut world, owner, _) = scene();
    for (amount, balance) in [(1, 1), (7 * SOL, 7 * SOL + 1)] {
        let outcome = world.deposit(&owner, "SOL", amount).accepted();
        let event = emitted!(outcome, Deposited);
        assert_eq!((event.mint, event.amount, event.received), (world.token("SOL").mint, amount, amount));
        assert_eq!(event.balance.unsigned_abs(), balance);
        assert_eq!(world.portfolio_of(&owner).collateral[0], balance);
        assert_eq!((world.exchange().collaterals[0].deposits, world.vault("SOL")), (balance, balance));
    }
    let outflow = world.exchange().collaterals[0].outflow.net();
    assert_eq!(outflow.unsigned_abs(), 7 * SOL + 1);
    assert!(outflow < 0);
}

/// Goal: anyone pays cash into any portfolio, and collateral of a kind it holds; a new kind only the owner brings.
/// Method: a stranger before and after the owner holds some, and after the owner took it out again.
#[test]
fn a_stranger_brings_nothing_new() {
    let (mut world, owner, stranger) = scene();
    pay(&mut world, &stranger, &owner, "USDC", 5).accepted();
    pay(&mut world, &stranger, &owner, "SOL", 5).refuses(BallastError::NewCollateralByStranger);
    world.deposit(&owner, "SOL", 1).accepted();
    let outcome = pay(&mut world, &stranger, &owner, "SOL", 5).accepted();
    assert_eq!(emitted!(outcome, Deposited).depositor, stranger.pubkey());
    world.withdraw(&owner, "SOL", 6).accepted();
    pay(&mut world, &stranger, &owner, "SOL", 5).refuses(BallastError::NewCollateralByStranger);
    assert_eq!(world.portfolio_of(&owner).cash_e6, 5);
}

/// Goal: a delegate brings new collateral until the second it lapses. Method: its last second, then the next.
#[test]
fn a_delegate_brings_collateral_until_it_lapses() {
    let (mut world, owner, delegate) = scene();
    world.delegate(&owner, &delegate.pubkey(), world.vm.now() + HOUR_SECS).accepted();
    world.vm.advance(HOUR_SECS - 1);
    pay(&mut world, &delegate, &owner, "SOL", 5).accepted();
    world.withdraw(&owner, "SOL", 5).accepted();
    world.vm.advance(1);
    pay(&mut world, &delegate, &owner, "SOL", 5).refuses(BallastError::NewCollateralByStranger);
    world.delegate(&owner, &Default::default(), 0).accepted();
    pay(&mut world, &delegate, &owner, "SOL", 5).refuses(BallastError::NewCollateralByStranger);
}

/// Goal: a deposit asks no price. Method: a day after every feed fell silent, into a portfolio with lines.
#[test]
fn a_deposit_asks_no_price() {
    let Scene { mut world, long, .. } = crate::scene::traded();
    world.vm.advance(86_400);
    world.fund(&long, "USDC", 5).accepted();
    world.fund(&long, "SOL", 5).accepted();
    world.vm.advance(60 * 86_400);
    world.fund(&long, "USDC", 5).accepted();
}

/// Goal: a frozen portfolio may be saved: it takes cash and collateral from anyone. Method: flag one, pay in; then the
/// liquidation can end.
#[test]
fn a_frozen_portfolio_takes_deposits() -> Result<(), Box<Rejected>> {
    let Scene { mut world, long, short, .. } = frozen();
    world.fund(&short, "SOL", SOL)?;
    world.give(&long, "USDC", 1_000_000 * USD_E6)?;
    let before = world.portfolio_of(&short).cash_e6;
    pay(&mut world, &long, &short, "USDC", 400_000 * USD_E6).accepted();
    assert_eq!(world.portfolio_of(&short).cash_e6 - before, 400_000_000_000);
    assert!(world.portfolio_of(&short).is_frozen(), "a deposit alone frees nobody");
    world.end_liquidation(&short).accepted();
    assert!(!world.portfolio_of(&short).is_frozen());
    Ok(())
}

/// Goal: tokens sent to a vault past the program are nobody's claim and harm nobody. Method: send some of a collateral,
/// deposit, withdraw everything.
#[test]
fn a_gift_to_a_vault_is_nobodys() -> Result<(), Box<Rejected>> {
    let (mut world, owner, stranger) = scene();
    let (token, admin) = (world.token("SOL"), world.admin.insecure_clone());
    let vault = ballast_sdk::pda::vault(&token.mint);
    let gift = anchor_spl::token::spl_token::instruction::mint_to(
        &token.program,
        &token.mint,
        &vault,
        &admin.pubkey(),
        &[],
        77,
    )
    .expect("an instruction");
    world.send(&[gift], &[&admin])?;
    world.deposit(&owner, "SOL", 5)?;
    assert_eq!((world.exchange().collaterals[0].deposits, world.vault("SOL")), (5, 82));
    world.withdraw(&owner, "SOL", 5)?;
    world.withdraw(&owner, "SOL", 1).refuses(BallastError::InsufficientBalance);
    assert_eq!(balance(&world.vm, &vault), 77);
    assert_eq!(world.wallet(&stranger, "SOL"), 1_000 * SOL);
    Ok(())
}

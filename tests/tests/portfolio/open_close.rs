//! `portfolio_open` and `portfolio_close`.

use crate::scene::{
    emitted, frozen, read_only, refuse_impostors, replaced, traded, unsigned, Refuses, Scene, ALREADY_IN_USE,
    USD_E6,
};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use ballast::{
    constants::{ACCOUNT_VERSION, GATE_PORTFOLIO_OPEN},
    error::BallastError,
    state::{Portfolio, MODE_CROSS, MODE_ISOLATED},
};
use ballast_harness::{Verdict, World};
use ballast_sdk::{
    account::Stored,
    instruction::{
        money,
        portfolio::{portfolio_close, portfolio_open, Mode},
    },
    pda,
};
use solana_signer::Signer;

fn standard() -> World {
    World::standard().expect("the usual scenario")
}

/// Goal: a portfolio opens empty as told; the payer pays, the event tells it. Method: two modes, another payer.
#[test]
fn a_portfolio_opens_empty() {
    let mut world = standard();
    let (owner, crank) = (world.trader("owner"), world.crank.insecure_clone());
    let lamports = |world: &World, key: &Pubkey| world.vm.account(key).map_or(0, |account| account.lamports);
    for (index, mode, told) in [
        (0, Mode::Cross, (MODE_CROSS, 0)),
        (1, Mode::Isolated(0), (MODE_ISOLATED, 0)),
        (u16::MAX, Mode::Isolated(2), (MODE_ISOLATED, 2)),
    ] {
        let before = lamports(&world, &owner.pubkey());
        let open = portfolio_open(&crank.pubkey(), &owner.pubkey(), index, mode);
        let slot = world.vm.clock().slot;
        let outcome = world.send(&[open], &[&crank, &owner.key]).accepted();
        assert_eq!(lamports(&world, &owner.pubkey()), before, "the payer pays");
        let trader = owner.with_index(index);
        let portfolio = world.portfolio_of(&trader);
        assert_eq!((portfolio.version, portfolio.index), (ACCOUNT_VERSION, index));
        assert_eq!((portfolio.mode, portfolio.isolated_market), told);
        assert_eq!((portfolio.owner, portfolio.delegate), (owner.pubkey(), Pubkey::default()));
        assert_eq!(portfolio.sequence, slot << 16);
        assert!(portfolio.is_empty() && portfolio.is_debt_free() && !portfolio.is_frozen());
        assert_eq!(world.vm.data(&trader.portfolio()).len(), Portfolio::SIZE);
        let event = emitted!(outcome, PortfolioOpened);
        assert_eq!((event.portfolio, event.owner, event.index), (trader.portfolio(), owner.pubkey(), index));
        assert_eq!((event.mode, event.isolated_market), told);
    }
}

/// Goal: nobody opens a portfolio for another, and it lives at its own address. Method: no owner's signature, another
/// index's address.
#[test]
fn the_owner_signs_for_the_address() {
    let mut world = standard();
    let (owner, crank) = (world.trader("owner"), world.crank.insecure_clone());
    let good = portfolio_open(&crank.pubkey(), &owner.pubkey(), 0, Mode::Cross);
    world.send(&[unsigned(&good, &owner.pubkey())], &[&crank]).refuses(ErrorCode::AccountNotSigner);
    let elsewhere = replaced(&good, &owner.portfolio(), &owner.with_index(1).portfolio());
    world.send(&[elsewhere], &[&crank, &owner.key]).refuses(ErrorCode::ConstraintSeeds);
    let anothers = pda::portfolio(&crank.pubkey(), 0);
    let elsewhere = replaced(&good, &owner.portfolio(), &anothers);
    world.send(&[elsewhere], &[&crank, &owner.key]).refuses(ErrorCode::ConstraintSeeds);
}

/// Goal: an open portfolio is not opened over. Method: open it again, with money in it.
#[test]
fn a_portfolio_opens_once() {
    let mut world = standard();
    let owner = world.funded("owner", 7 * USD_E6).expect("a portfolio");
    world.open(&owner, Mode::Cross).refused_with(ALREADY_IN_USE);
    world.open(&owner, Mode::Isolated(0)).refused_with(ALREADY_IN_USE);
    assert_eq!(world.portfolio_of(&owner).cash_e6, 7_000_000);
}

/// Goal: modes are cross, or isolated to a listed market. Method: modes and markets that are neither; the gate closed.
#[test]
fn modes_are_known() {
    let mut world = standard();
    let owner = world.trader("owner");
    for market in [3, 15, 16, 255] {
        world.open(&owner, Mode::Isolated(market)).refuses(BallastError::PortfolioMode);
    }
    for (mode, market) in [(MODE_CROSS, 1), (2, 0), (255, 0)] {
        let mut open = portfolio_open(&owner.pubkey(), &owner.pubkey(), 0, Mode::Cross);
        let end = open.data.len();
        open.data[end - 2..].copy_from_slice(&[mode, market]);
        world.send(&[open], &[&owner.key]).refuses(BallastError::PortfolioMode);
    }
    world.set_gates(GATE_PORTFOLIO_OPEN).accepted();
    world.open(&owner, Mode::Cross).refuses(BallastError::GateClosed);
}

/// Goal: an empty portfolio closes, its rent is the owner's, and what was signed for it does not serve the next one at
/// the same address. Method: close, open again later, compare sequences.
#[test]
fn an_empty_portfolio_closes() {
    let mut world = standard();
    let (owner, crank) = (world.trader("owner"), world.crank.insecure_clone());
    let open = portfolio_open(&crank.pubkey(), &owner.pubkey(), 0, Mode::Cross);
    world.send(&[open], &[&crank, &owner.key]).accepted();
    let first = world.portfolio_of(&owner).sequence;
    let rent = world.vm.account(&owner.portfolio()).expect("open").lamports;
    let before = world.vm.account(&owner.pubkey()).expect("rich").lamports;
    let close = portfolio_close(&owner.pubkey(), 0);
    let outcome = world.send(&[close], &[&crank, &owner.key]).accepted();
    assert_eq!(world.vm.account(&owner.pubkey()).expect("rich").lamports, before + rent);
    assert!(world.vm.account(&owner.portfolio()).is_none_or(|account| account.data.is_empty()));
    let event = emitted!(outcome, PortfolioClosed);
    assert_eq!((event.portfolio, event.owner), (owner.portfolio(), owner.pubkey()));

    world.vm.advance(60);
    world.open(&owner, Mode::Cross).accepted();
    assert!(world.portfolio_of(&owner).sequence > first + 1_000);
}

/// Goal: a portfolio with anything in it stays. Method: one unit of cash, one of collateral, a line.
#[test]
fn a_portfolio_with_anything_in_it_stays() {
    let mut world = standard();
    let owner = world.funded("owner", 1).expect("a portfolio");
    world.close(&owner).refuses(BallastError::NotEmpty);
    world.withdraw(&owner, "USDC", 1).accepted();
    world.fund(&owner, "SOL", 1).accepted();
    world.close(&owner).refuses(BallastError::NotEmpty);
    world.withdraw(&owner, "SOL", 1).accepted();
    world.close(&owner).accepted();
    let Scene { mut world, long, .. } = traded();
    world.close(&long).refuses(BallastError::NotEmpty);
}

/// Goal: only the owner closes, not the delegate, and not while frozen. Method: every other signer; a flagged portfolio.
#[test]
fn only_the_owner_closes() {
    let mut world = standard();
    let (owner, other) = (world.funded("owner", 0).expect("open"), world.trader("delegate"));
    world.delegate(&owner, &other.pubkey(), world.vm.now() + 60).accepted();
    let good = portfolio_close(&owner.pubkey(), 0);
    let others = replaced(&good, &owner.pubkey(), &other.pubkey());
    world.send(&[others], &[&other.key]).refuses(BallastError::NotOwner);
    world.send(&[unsigned(&good, &owner.pubkey())], &[&other.key]).refuses(ErrorCode::AccountNotSigner);

    let Scene { mut world, short, .. } = frozen();
    world.close(&short).refuses(BallastError::Frozen);
}

/// Goal: accounts are what they are said to be. Method: impostors for each, a portfolio that may not be written.
#[test]
fn accounts_are_what_they_are_said_to_be() {
    let mut world = standard();
    let (owner, next) = (world.funded("owner", 0).expect("open"), world.trader("next"));
    let open = portfolio_open(&next.pubkey(), &next.pubkey(), 0, Mode::Cross);
    refuse_impostors(&mut world, &open, &pda::exchange(), &[&next.key]);
    let close = portfolio_close(&owner.pubkey(), 0);
    refuse_impostors(&mut world, &close, &owner.portfolio(), &[&owner.key]);
    world.send(&[read_only(&close, &owner.portfolio())], &[&owner.key]).refuses(ErrorCode::ConstraintMut);
}

/// Goal: what is closed is gone for every instruction. Method: deposit, delegate, check, close again; also in the
/// transaction that closes it.
#[test]
fn a_closed_portfolio_is_gone() {
    let mut world = standard();
    let owner = world.funded("owner", 0).expect("a portfolio");
    world.give(&owner, "USDC", 10).expect("tokens");
    let token = world.quote;
    let source = token.account_of(&owner.pubkey());
    let deposit =
        money::deposit(&world.exchange(), &owner.pubkey(), &owner.portfolio(), &token.mint, &source, 10)
            .expect("an instruction");
    let close = portfolio_close(&owner.pubkey(), 0);
    let both = [close.clone(), deposit.clone()];
    world.send(&both, &[&owner.key]).refuses(ErrorCode::AccountOwnedByWrongProgram);
    world.send(std::slice::from_ref(&close), &[&owner.key]).accepted();
    world.send(&[deposit], &[&owner.key]).refuses(ErrorCode::AccountOwnedByWrongProgram);
    world.send(&[close], &[&owner.key]).refuses(ErrorCode::AccountOwnedByWrongProgram);
    let delegate = world.delegate(&owner, &owner.pubkey(), world.vm.now() + 1);
    delegate.refuses(ErrorCode::AccountOwnedByWrongProgram);
}

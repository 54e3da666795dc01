//! The account that `market_init` takes: made by the client, so it can be anything.

use crate::scene::{plant, refuse_impostors, replaced, Refuses};
use anchor_lang::error::ErrorCode;
use ballast::{error::BallastError, instructions::MarketInitArgs};
use ballast_harness::{
    keys::keypair,
    token::SPL_TOKEN,
    world::{symbol_bytes, MarketSpec},
    Verdict, World,
};
use ballast_sdk::{instruction::setup, pda};
use solana_signer::Signer;

const FEED: [u8; 32] = [9; 32];

fn args() -> MarketInitArgs {
    MarketInitArgs { symbol: symbol_bytes("NEW"), ..MarketSpec::new("NEW", FEED, 1, 500_000, 100).args }
}

fn standard() -> World {
    let mut world = World::standard().expect("the usual scenario");
    world.funded("somebody", 0).expect("a portfolio");
    world
}

/// Goal: a market is made once, out of nothing but zeros of its own. Method: markets that exist, accounts of every other
/// kind, an account of another program.
#[test]
fn only_a_blank_account_of_the_program_becomes_a_market() {
    let mut world = standard();
    let admin = world.admin.insecure_clone();
    let into = |address| setup::market_init(&admin.pubkey(), &address, args());
    let portfolio = world.portfolios()[0].0;
    let market = world.markets[0].address;
    for (case, taken) in [
        ("a market", market),
        ("the exchange", pda::exchange()),
        ("a feed", pda::volatility_feed(&market)),
        ("a portfolio", portfolio),
    ] {
        println!("{case}");
        world.send(&[into(taken)], &[&admin]).refuses(ErrorCode::ConstraintZero);
    }
    let size = setup::market_size();
    let foreign = plant(&mut world, "blank of another program", SPL_TOKEN, vec![0; size]);
    world.send(&[into(foreign)], &[&admin]).refuses(ErrorCode::AccountOwnedByWrongProgram);
    let absent = keypair("absent").pubkey();
    world.send(&[into(absent)], &[&admin]).refuses(ErrorCode::AccountDidNotDeserialize);
}

/// Goal: an account of another size, or one that rent would take, is refused. Method: a byte short; a lamport short.
#[test]
fn a_market_has_room_and_rent() {
    let mut world = standard();
    let admin = world.admin.insecure_clone();
    let size = setup::market_size();
    let into = |address| setup::market_init(&admin.pubkey(), &address, args());
    for bytes in [8, size - 1] {
        let short = plant(&mut world, &format!("{bytes} bytes"), ballast::ID, vec![0; bytes]);
        world.send(&[into(short)], &[&admin]).refuses(ErrorCode::AccountDidNotDeserialize);
    }
    let poor = plant(&mut world, "a market without rent", ballast::ID, vec![0; size]);
    let mut account = world.vm.account(&poor).expect("planted");
    account.lamports -= 1;
    world.vm.set_account(poor, account);
    world.send(&[into(poor)], &[&admin]).refuses(ErrorCode::ConstraintRentExempt);
}

/// Goal: a market whose listing failed is no market: blank accounts of the program are refused wherever a market is due.
/// Method: list an expiry in one.
#[test]
fn an_account_that_was_never_listed_is_no_market() {
    let mut world = standard();
    let authority = world.risk_authority.insecure_clone();
    let blank = plant(&mut world, "never listed", ballast::ID, vec![0; setup::market_size()]);
    let expiry_ts = world.vm.now() + 86_400;
    let args = ballast::instructions::ExpiryListArgs {
        expiry_ts,
        atm_e6: 1_000_000,
        skew_e6: 0,
        curvature_e6: 0,
        basis_e6: 0,
    };
    let list = setup::expiry_list(&authority.pubkey(), &blank, args);
    world.send(&[list], &[&authority]).refuses(ErrorCode::AccountDiscriminatorMismatch);
}

/// Goal: the exchange is the exchange. Method: impostors; the market in its place too.
#[test]
fn the_exchange_is_the_exchange() {
    let mut world = standard();
    let admin = world.admin.insecure_clone();
    let blank = plant(&mut world, "to be listed", ballast::ID, vec![0; setup::market_size()]);
    let good = setup::market_init(&admin.pubkey(), &blank, args());
    refuse_impostors(&mut world, &good, &pda::exchange(), &[&admin]);
    let twice = replaced(&good, &pda::exchange(), &blank);
    world.send(&[twice], &[&admin]).refuses(ErrorCode::AccountDiscriminatorMismatch);
    world.send(std::slice::from_ref(&good), &[&admin]).accepted();
    world.send(&[good], &[&admin]).refuses(ErrorCode::ConstraintZero);
    let feed_taken = MarketSpec::new("TWO", FEED, 1, 500_000, 100);
    world.add_market(&feed_taken).refuses(BallastError::FeedInUse);
}

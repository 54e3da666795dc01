//! The accounts of a margin check.

use crate::scene::{read_only, refuse_impostors, replaced, traded, Refuses, Scene, SOL};
use anchor_lang::{
    error::ErrorCode,
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use ballast::error::BallastError;
use ballast_harness::{keys::keypair, world::price_address, Trader, Verdict, World};
use ballast_sdk::{instruction::risk::margin_check, pda};
use solana_signer::Signer;

/// Exchange and portfolio; markets and prices follow.
const FIXED: usize = 2;

fn check(world: &World, trader: &Trader) -> Instruction {
    let portfolio = world.portfolio_of(trader);
    margin_check(&world.exchange(), &portfolio, &world.price_accounts()).expect("an instruction")
}

/// A long with lines in BTC and some SOL.
fn scene() -> Scene {
    let mut scene = traded();
    scene.world.fund(&scene.long, "SOL", 10 * SOL).expect("a deposit");
    scene
}

/// Goal: exchange and portfolio are what they are said to be, and the report can be stored. Method: impostors, read-only
/// accounts, one account for both.
#[test]
fn the_programs_accounts_are_genuine() {
    let Scene { mut world, long, .. } = scene();
    let (good, crank) = (check(&world, &long), world.crank.insecure_clone());
    for account in [pda::exchange(), long.portfolio()] {
        refuse_impostors(&mut world, &good, &account, &[&crank]);
    }
    world.send(&[read_only(&good, &long.portfolio())], &[&crank]).refuses(ErrorCode::ConstraintMut);
    let both = replaced(&good, &pda::exchange(), &long.portfolio());
    world.send(&[both], &[&crank]).refuses(ErrorCode::AccountDiscriminatorMismatch);
    world.send(&[good], &[&crank]).accepted();
}

/// Goal: every market and price the portfolio needs, in order, and nothing else; the refusal names the position. Method:
/// leave out, add, swap, repeat, replace.
#[test]
fn markets_and_prices_are_those_needed() {
    let Scene { mut world, long, short, .. } = scene();
    let (good, crank) = (check(&world, &long), world.crank.insecure_clone());
    let tail = good.accounts[FIXED..].to_vec();
    assert_eq!(tail.len(), 4, "BTC of the lines and SOL of the collateral, each with its price");
    let (btc, eth) = (world.markets[0].address, world.markets[1].address);
    let eth_price = price_address(&world.feed_id("ETH"));
    let with = |tail: &[AccountMeta]| {
        let mut bad = good.clone();
        bad.accounts.truncate(FIXED);
        bad.accounts.extend_from_slice(tail);
        bad
    };
    let at = |place: usize, key: Pubkey| {
        let mut tail = tail.clone();
        tail[place].pubkey = key;
        with(&tail)
    };
    let more = |key: Pubkey| with(&[tail.clone(), vec![AccountMeta::new_readonly(key, false)]].concat());
    let swapped = with(&[&tail[2..], &tail[..2]].concat());
    let cases = [
        ("none", with(&[]), BallastError::AccountMissing, 0),
        ("the first market only", with(&tail[..1]), BallastError::AccountMissing, 1),
        ("the collateral's market missing", with(&tail[..2]), BallastError::AccountMissing, 2),
        ("the last price missing", with(&tail[..3]), BallastError::AccountMissing, 3),
        ("a market too many", more(eth), BallastError::AccountExtra, 4),
        ("a price too many", more(eth_price), BallastError::AccountExtra, 4),
        ("the last twice", more(tail[3].pubkey), BallastError::AccountExtra, 4),
        ("markets out of order", swapped, BallastError::WrongMarket, 0),
        ("another market", at(0, eth), BallastError::WrongMarket, 0),
        ("a portfolio for a market", at(0, short.portfolio()), BallastError::WrongMarket, 0),
        ("the exchange for a market", at(2, pda::exchange()), BallastError::WrongMarket, 2),
        ("the same market twice", at(2, btc), BallastError::WrongMarket, 2),
        ("another feed's price", at(1, eth_price), BallastError::OracleWrongFeed, 1),
        ("a market for a price", at(1, btc), BallastError::OracleWrongOwner, 1),
        ("no account for a price", at(3, keypair("absent").pubkey()), BallastError::OracleWrongOwner, 3),
    ];
    for (case, bad, reason, position) in cases {
        println!("{case}");
        let rejected = world.send(&[bad], &[&crank]).refuses(reason);
        let named = format!("remaining_accounts[{position}]");
        assert!(rejected.logs.iter().any(|line| line.contains(&named)), "{rejected:?}");
    }
    world.send(std::slice::from_ref(&good), &[&crank]).accepted();
    // Writable markets do no harm, and a check writes nothing in them.
    let mut writable = good;
    writable.accounts.iter_mut().for_each(|meta| meta.is_writable = true);
    let before = world.market(0).last_publish_time;
    world.vm.advance(10);
    world.refresh_prices();
    world.send(&[writable], &[&crank]).accepted();
    assert_eq!(world.market(0).last_publish_time, before);
}

/// Goal: the order is the exchange's: a portfolio's check with another portfolio's accounts is refused. Method: swap them.
#[test]
fn anothers_accounts_do_not_serve() {
    let Scene { mut world, long, short, .. } = scene();
    let crank = world.crank.insecure_clone();
    let (of_long, of_short) = (check(&world, &long), check(&world, &short));
    let short_with_longs = replaced(&of_long, &long.portfolio(), &short.portfolio());
    world.send(&[short_with_longs], &[&crank]).refuses(BallastError::AccountExtra);
    let long_with_shorts = replaced(&of_short, &short.portfolio(), &long.portfolio());
    world.send(&[long_with_shorts], &[&crank]).refuses(BallastError::AccountMissing);
}

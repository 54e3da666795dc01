//! The token accounts of a withdrawal, and the markets and prices that follow them.

use crate::scene::{replaced, traded, Refuses, Scene, SOL, TOKEN_MINT_MISMATCH, USD_E6};
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use ballast::error::BallastError;
use ballast_harness::{
    keys::keypair,
    token::{create_mint, mint_tokens, SPL_TOKEN, TOKEN_2022},
    world::price_address,
    Trader, Verdict, World,
};
use ballast_sdk::{instruction::money, pda};
use solana_signer::Signer;

/// Fixed accounts of a withdrawal; markets and prices follow.
const FIXED: usize = 7;

fn withdraw(world: &World, trader: &Trader, asset: &str, amount: u64) -> Instruction {
    let token = world.token(asset);
    let destination = token.account_of(&trader.pubkey());
    let (exchange, portfolio) = (world.exchange(), world.portfolio_of(trader));
    money::withdraw(&exchange, &portfolio, &world.price_accounts(), &token.mint, &destination, amount)
        .expect("an instruction")
}

/// A long with lines in BTC, some SOL, and token accounts of both assets.
fn scene() -> Scene {
    let mut scene = traded();
    let (world, long) = (&mut scene.world, &scene.long);
    world.fund(long, "SOL", 10 * SOL).expect("a deposit");
    world.give(long, "USDC", 0).expect("a token account");
    scene
}

/// Goal: mint, vault and token program are those stored for the asset. Method: one wrong account at a time, of either
/// asset.
#[test]
fn token_accounts_are_the_assets() {
    let Scene { mut world, long, .. } = scene();
    let admin = world.admin.insecure_clone();
    let worthless = create_mint(&mut world.vm, &admin, &keypair("worthless"), 6).expect("a mint");
    let other = |asset: &str| if asset == "USDC" { "SOL" } else { "USDC" };
    for asset in ["USDC", "SOL"] {
        let (good, token) = (withdraw(&world, &long, asset, 1), world.token(asset));
        let vault = pda::vault(&token.mint);
        let others_vault = pda::vault(&world.token(other(asset)).mint);
        let own = token.account_of(&long.pubkey());
        for (bad, reason) in [
            (replaced(&good, &token.mint, &worthless.mint), BallastError::WrongMint),
            (replaced(&good, &token.mint, &world.token(other(asset)).mint), BallastError::WrongVault),
            (replaced(&good, &token.mint, &long.portfolio()), BallastError::WrongMint),
            (replaced(&good, &vault, &others_vault), BallastError::WrongVault),
            (replaced(&good, &vault, &own), BallastError::WrongVault),
            (replaced(&good, &vault, &keypair("absent").pubkey()), BallastError::WrongVault),
            (replaced(&good, &SPL_TOKEN, &TOKEN_2022), BallastError::WrongTokenProgram),
            (replaced(&good, &SPL_TOKEN, &ballast::ID), BallastError::WrongTokenProgram),
        ] {
            world.send(&[bad], &[&long.key]).refuses(reason);
        }
        world.send(&[good], &[&long.key]).accepted();
    }
}

/// Goal: the destination is any token account of the mint but the vault. Method: the vault, another mint's, no token
/// account, a stranger's.
#[test]
fn the_destination_is_any_but_the_vault() {
    let Scene { mut world, long, .. } = scene();
    let (good, token) = (withdraw(&world, &long, "USDC", 1), world.quote);
    let own = token.account_of(&long.pubkey());
    let to = |account: &Pubkey| replaced(&good, &own, account);
    world.send(&[to(&pda::vault(&token.mint))], &[&long.key]).refuses(BallastError::AliasedAccounts);
    let of_sol = world.token("SOL").account_of(&long.pubkey());
    world.send(&[to(&of_sol)], &[&long.key]).refused_with(TOKEN_MINT_MISMATCH);
    for no_token_account in [long.portfolio(), pda::exchange(), keypair("absent").pubkey()] {
        world.send(&[to(&no_token_account)], &[&long.key]).refuses_unnumbered("");
    }
    let (admin, stranger) = (world.admin.insecure_clone(), keypair("stranger").pubkey());
    mint_tokens(&mut world.vm, &admin, &token, &stranger, 0).expect("a token account");
    world.send(&[to(&token.account_of(&stranger))], &[&long.key]).accepted();
}

/// Goal: every market and price the portfolio needs, in order, and nothing else; the refusal names the position. Method:
/// leave out, add, swap, repeat, replace.
#[test]
fn markets_and_prices_are_those_needed() {
    let Scene { mut world, long, short, .. } = scene();
    let good = withdraw(&world, &long, "USDC", 1);
    let tail = good.accounts[FIXED..].to_vec();
    // BTC of the lines and SOL of the collateral, each with its price.
    let named = |n: usize| world.markets[n].address;
    let (btc, eth, sol) = (named(0), named(1), named(2));
    assert_eq!(tail.iter().map(|meta| meta.pubkey).filter(|key| [btc, sol].contains(key)).count(), 2);
    assert_eq!(tail.len(), 4);
    let with = |tail: Vec<AccountMeta>| {
        let mut bad = good.clone();
        bad.accounts.truncate(FIXED);
        bad.accounts.extend(tail);
        bad
    };
    let swapped = |a: usize, b: usize| {
        let mut tail = tail.clone();
        tail.swap(a, b);
        with(tail)
    };
    let at = |place: usize, key: Pubkey| {
        let mut tail = tail.clone();
        tail[place].pubkey = key;
        with(tail)
    };
    let more = |key: Pubkey| with([tail.clone(), vec![AccountMeta::new(key, false)]].concat());
    let (eth_price, btc_price) = (price_address(&world.feed_id("ETH")), price_address(&world.feed_id("BTC")));
    let cases = [
        ("none", with(Vec::new()), BallastError::AccountMissing, 0),
        ("the first market only", with(tail[..1].to_vec()), BallastError::AccountMissing, 1),
        ("the last price missing", with(tail[..3].to_vec()), BallastError::AccountMissing, 3),
        ("a price too many", more(eth_price), BallastError::AccountExtra, 4),
        ("a market too many", more(eth), BallastError::AccountExtra, 4),
        ("one twice", more(tail[3].pubkey), BallastError::AccountExtra, 4),
        ("markets swapped", swapped(0, 2), BallastError::WrongMarket, 0),
        ("prices swapped", swapped(1, 3), BallastError::OracleWrongFeed, 1),
        ("market and price swapped", swapped(0, 1), BallastError::WrongMarket, 0),
        ("another market", at(0, eth), BallastError::WrongMarket, 0),
        ("the same market twice", at(2, btc), BallastError::WrongMarket, 2),
        ("the exchange", at(0, pda::exchange()), BallastError::WrongMarket, 0),
        ("a portfolio", at(0, short.portfolio()), BallastError::WrongMarket, 0),
        ("its own portfolio", at(0, long.portfolio()), BallastError::WrongMarket, 0),
        ("another feed's price", at(1, eth_price), BallastError::OracleWrongFeed, 1),
        ("the same price twice", at(3, btc_price), BallastError::OracleWrongFeed, 3),
        ("a market for a price", at(1, btc), BallastError::OracleWrongOwner, 1),
        ("no account for a price", at(1, keypair("absent").pubkey()), BallastError::OracleWrongOwner, 1),
    ];
    for (case, bad, reason, position) in cases {
        println!("{case}");
        let rejected = world.send(&[bad], &[&long.key]).refuses(reason);
        let named = format!("remaining_accounts[{position}]");
        assert!(rejected.logs.iter().any(|line| line.contains(&named)), "{rejected:?}");
    }
    for place in [0, 2] {
        let mut tail = tail.clone();
        tail[place].is_writable = false;
        world.send(&[with(tail)], &[&long.key]).refuses(BallastError::MarketNotWritable);
    }
    world.send(&[good], &[&long.key]).accepted();
}

/// Goal: a portfolio that can owe nothing names no market: one that is given is one too many. Method: the accounts of a
/// valuation, to one without lines.
#[test]
fn without_lines_nothing_follows() {
    let Scene { mut world, long, .. } = scene();
    let rich = world.funded("rich", 10 * USD_E6).expect("a portfolio");
    world.give(&rich, "USDC", 0).expect("a token account");
    let tail = withdraw(&world, &long, "USDC", 1).accounts[FIXED..].to_vec();
    let good = withdraw(&world, &rich, "USDC", 1);
    assert_eq!(good.accounts.len(), FIXED);
    for extra in [tail.clone(), tail[..1].to_vec(), tail[1..2].to_vec()] {
        let mut bad = good.clone();
        bad.accounts.extend(extra);
        world.send(&[bad], &[&rich.key]).refuses(BallastError::AccountExtra);
    }
    world.send(&[good], &[&rich.key]).accepted();
}

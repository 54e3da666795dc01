//! The accounts of a deposit: each must be what it is said to be.

use crate::scene::{
    read_only, refuse_impostors, replaced, unsigned, Refuses, SOL, TOKEN_INSUFFICIENT_FUNDS,
    TOKEN_MINT_MISMATCH, TOKEN_OWNER_MISMATCH, USD_E6,
};
use anchor_lang::{error::ErrorCode, prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::error::BallastError;
use ballast_harness::{
    keys::keypair,
    token::{create_mint, mint_tokens, SPL_TOKEN, TOKEN_2022},
    Trader, Verdict, World,
};
use ballast_sdk::{instruction::money, pda};
use solana_signer::Signer;

fn scene() -> (World, Trader, Trader) {
    let mut world = World::standard().expect("the usual scenario");
    let owner = world.funded("owner", 100 * USD_E6).expect("a portfolio");
    let other = world.funded("other", 100 * USD_E6).expect("a portfolio");
    for trader in [&owner, &other] {
        world.give(trader, "USDC", 1_000 * USD_E6).expect("tokens");
        world.give(trader, "SOL", 1_000 * SOL).expect("tokens");
    }
    (world, owner, other)
}

fn deposit(world: &World, trader: &Trader, asset: &str, amount: u64) -> Instruction {
    let token = world.token(asset);
    let (owner, source) = (trader.pubkey(), token.account_of(&trader.pubkey()));
    money::deposit(&world.exchange(), &owner, &trader.portfolio(), &token.mint, &source, amount)
        .expect("an instruction")
}

/// Goal: exchange and portfolio are what they are said to be, and everything that changes can be written. Method:
/// impostors, read-only accounts.
#[test]
fn the_programs_accounts_are_genuine() {
    let (mut world, owner, _) = scene();
    let good = deposit(&world, &owner, "USDC", 1);
    refuse_impostors(&mut world, &good, &pda::exchange(), &[&owner.key]);
    refuse_impostors(&mut world, &good, &owner.portfolio(), &[&owner.key]);
    let source = world.quote.account_of(&owner.pubkey());
    for account in [pda::exchange(), owner.portfolio(), source, pda::vault(&world.quote.mint)] {
        world.send(&[read_only(&good, &account)], &[&owner.key]).refuses(ErrorCode::ConstraintMut);
    }
    world.send(&[good], &[&owner.key]).accepted();
}

/// Goal: the mint is a listed one. Method: a real mint of no asset, a token account, no account.
#[test]
fn the_mint_is_listed() {
    let (mut world, owner, _) = scene();
    let admin = world.admin.insecure_clone();
    let worthless = create_mint(&mut world.vm, &admin, &keypair("worthless"), 6).expect("a mint");
    mint_tokens(&mut world.vm, &admin, &worthless, &owner.pubkey(), 1_000).expect("tokens");
    let good = deposit(&world, &owner, "USDC", 1);
    let (quote, source) = (world.quote.mint, world.quote.account_of(&owner.pubkey()));
    for mint in [worthless.mint, source, keypair("absent").pubkey(), Pubkey::default()] {
        world.send(&[replaced(&good, &quote, &mint)], &[&owner.key]).refuses(BallastError::WrongMint);
    }
    // Worthless tokens under the quote's mint: the token program sees another mint.
    let unworthy = replaced(&good, &source, &worthless.account_of(&owner.pubkey()));
    world.send(&[unworthy], &[&owner.key]).refused_with(TOKEN_MINT_MISMATCH);
}

/// Goal: the vault is the one stored for the mint. Method: another asset's, the depositor's own, one of the exchange's
/// but not its vault, the source itself.
#[test]
fn the_vault_is_the_exchanges() {
    let (mut world, owner, other) = scene();
    let admin = world.admin.insecure_clone();
    let good = deposit(&world, &owner, "USDC", 1);
    let vault = pda::vault(&world.quote.mint);
    mint_tokens(&mut world.vm, &admin, &world.quote, &pda::exchange(), 5).expect("tokens");
    let quote = world.quote;
    for wrong in [
        pda::vault(&world.token("SOL").mint),
        quote.account_of(&other.pubkey()),
        quote.account_of(&owner.pubkey()),
        quote.account_of(&pda::exchange()),
        keypair("absent").pubkey(),
    ] {
        world.send(&[replaced(&good, &vault, &wrong)], &[&owner.key]).refuses(BallastError::WrongVault);
    }
}

/// Goal: the token program is the mint's. Method: the other one, a program of no tokens, no program.
#[test]
fn the_token_program_is_the_mints() {
    let (mut world, owner, _) = scene();
    let good = deposit(&world, &owner, "USDC", 1);
    for wrong in [TOKEN_2022, ballast::ID, Pubkey::default(), keypair("absent").pubkey()] {
        world
            .send(&[replaced(&good, &SPL_TOKEN, &wrong)], &[&owner.key])
            .refuses(BallastError::WrongTokenProgram);
    }
}

/// Goal: the source is the depositor's, of the mint, and holds the amount. Method: another's, another mint's, the vault
/// itself, a stranger's portfolio, more than there is; the depositor's signature left out.
#[test]
fn the_source_is_the_depositors() {
    let (mut world, owner, other) = scene();
    let good = deposit(&world, &owner, "USDC", 1);
    let source = world.quote.account_of(&owner.pubkey());
    let send = |world: &mut World, bad: Instruction| world.send(&[bad], &[&owner.key]);
    let others = replaced(&good, &source, &world.quote.account_of(&other.pubkey()));
    send(&mut world, others).refused_with(TOKEN_OWNER_MISMATCH);
    let of_sol = replaced(&good, &source, &world.token("SOL").account_of(&owner.pubkey()));
    send(&mut world, of_sol).refused_with(TOKEN_MINT_MISMATCH);
    let from_vault = replaced(&good, &source, &pda::vault(&world.quote.mint));
    send(&mut world, from_vault).refused_with(TOKEN_OWNER_MISMATCH);
    let from_portfolio = replaced(&good, &source, &other.portfolio());
    send(&mut world, from_portfolio).refuses_unnumbered("");
    let same_portfolio = replaced(&good, &source, &owner.portfolio());
    send(&mut world, same_portfolio).refuses_unnumbered("");
    for amount in [1_000 * USD_E6 + 1, u64::MAX] {
        let too_much = deposit(&world, &owner, "USDC", amount);
        send(&mut world, too_much).refused_with(TOKEN_INSUFFICIENT_FUNDS);
    }
    let crank = world.crank.insecure_clone();
    let silent = unsigned(&good, &owner.pubkey());
    world.send(&[silent], &[&crank]).refuses(ErrorCode::AccountNotSigner);
}

/// Goal: zero is no amount, of any asset. Method: zero, from a rich and from a poor source.
#[test]
fn zero_is_no_amount() {
    let (mut world, owner, _) = scene();
    for asset in ["USDC", "SOL"] {
        world.deposit(&owner, asset, 0).refuses(BallastError::ZeroAmount);
    }
    let poor = world.funded("poor", 0).expect("a portfolio");
    world.deposit(&poor, "USDC", 0).refuses(BallastError::ZeroAmount);
}

/// Goal: a token account that its issuer froze pays nothing, and a frozen vault loses nothing. Method: freeze each.
#[test]
fn frozen_token_accounts_stand_still() {
    let (mut world, owner, _) = scene();
    let (admin, quote) = (world.admin.insecure_clone(), world.quote);
    let (source, vault) = (quote.account_of(&owner.pubkey()), pda::vault(&quote.mint));
    let issuer = |account: &Pubkey, freeze: bool| {
        use anchor_spl::token::spl_token::instruction::{freeze_account, thaw_account};
        let of = if freeze { freeze_account } else { thaw_account };
        of(&quote.program, account, &quote.mint, &admin.pubkey(), &[]).expect("an instruction")
    };
    for account in [source, vault] {
        world.send(&[issuer(&account, true)], &[&admin]).accepted();
        world.deposit(&owner, "USDC", 1).refused_with(crate::scene::TOKEN_ACCOUNT_FROZEN);
        world.withdraw(&owner, "USDC", 1).refused_with(crate::scene::TOKEN_ACCOUNT_FROZEN);
        world.send(&[issuer(&account, false)], &[&admin]).accepted();
    }
    world.deposit(&owner, "USDC", 1).accepted();
}

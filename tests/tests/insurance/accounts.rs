//! The accounts of the fund's instructions: each must be what it is said to be.

use crate::{
    scene::{
        read_only, refuse_impostors, replaced, unsigned, Refuses, ALREADY_IN_USE, TOKEN_OWNER_MISMATCH,
        USD_E6,
    },
    COOLDOWN_SECS,
};
use anchor_lang::{error::ErrorCode, solana_program::instruction::Instruction};
use ballast::error::BallastError;
use ballast_harness::{
    keys::keypair,
    token::{SPL_TOKEN, TOKEN_2022},
    Trader, Verdict, World,
};
use ballast_sdk::{instruction::insurance, pda};
use solana_signer::Signer;

/// Two stakers, each with something staked, something ripe and something in the wallet.
fn scene() -> (World, Trader, Trader) {
    let mut world = World::standard().expect("the usual scenario");
    world.funded("trader", 10_000 * USD_E6).expect("a portfolio");
    let pair = ["one", "two"].map(|name| world.staker(name, 1_000 * USD_E6).expect("a stake"));
    for staker in &pair {
        world.unstake(staker, 500_000_000).accepted();
        world.give(staker, "USDC", 100 * USD_E6).accepted();
    }
    world.vm.advance(COOLDOWN_SECS);
    let [one, two] = pair;
    (world, one, two)
}

/// Stake in, unstake and claim of one staker.
fn all_three(world: &World, staker: &Trader) -> [Instruction; 3] {
    let (exchange, owner) = (world.exchange(), staker.pubkey());
    let wallet = world.quote.account_of(&owner);
    [
        insurance::insurance_stake(&exchange, &owner, &wallet, 1_000_000),
        insurance::insurance_claim(&exchange, &owner, &wallet, 1_000_000),
        insurance::insurance_unstake(&owner, 1_000_000),
    ]
}

/// Goal: exchange and stake are the program's, and what changes can be written. Method: impostors, read-only accounts.
#[test]
fn the_programs_accounts_are_genuine() {
    let (mut world, one, _) = scene();
    for good in all_three(&world, &one) {
        for account in [pda::exchange(), pda::stake(&one.pubkey())] {
            refuse_impostors(&mut world, &good, &account, &[&one.key]);
            world.send(&[read_only(&good, &account)], &[&one.key]).refuses(ErrorCode::ConstraintMut);
        }
        world.send(&[good], &[&one.key]).accepted();
    }
}

/// Goal: what is closed is an empty stake of the program, by its owner. Method: impostors of exchange and stake, a stake that
/// may only be read, no signature; then the right one.
#[test]
fn a_stake_that_closes_is_genuine() {
    let (mut world, one, _) = scene();
    let leaver = world.staker("leaver", 0).expect("an empty stake");
    let (good, stake) = (insurance::stake_close(&leaver.pubkey()), pda::stake(&leaver.pubkey()));
    for account in [pda::exchange(), stake] {
        refuse_impostors(&mut world, &good, &account, &[&leaver.key]);
    }
    world.send(&[read_only(&good, &stake)], &[&leaver.key]).refuses(ErrorCode::ConstraintMut);
    world.send(&[unsigned(&good, &leaver.pubkey())], &[&one.key]).refuses(ErrorCode::AccountNotSigner);
    assert_eq!(world.stake_of(&leaver.pubkey()).owner, leaver.pubkey(), "it is still there");
    world.send(&[good], &[&leaver.key]).accepted();
}

/// Goal: a stake is its owner's alone. Method: another's stake under one's own signature; no signature; the admin's.
#[test]
fn a_stake_is_its_owners() {
    let (mut world, one, two) = scene();
    let admin = world.admin.insecure_clone();
    let (mine, theirs) = (pda::stake(&one.pubkey()), pda::stake(&two.pubkey()));
    for good in all_three(&world, &one) {
        world.send(&[replaced(&good, &mine, &theirs)], &[&one.key]).refuses(BallastError::NotOwner);
        let by_admin = replaced(&good, &one.pubkey(), &admin.pubkey());
        world.send(&[by_admin], &[&admin]).refuses(BallastError::NotOwner);
        world.send(&[unsigned(&good, &one.pubkey())], &[&two.key]).refuses(ErrorCode::AccountNotSigner);
    }
    let close = replaced(&insurance::stake_close(&one.pubkey()), &mine, &theirs);
    world.send(&[close], &[&one.key]).refuses(BallastError::NotOwner);
}

/// Goal: mint, vault and token program are the quote currency's. Method: another asset's, another program, a wallet as
/// vault, the vault as wallet.
#[test]
fn tokens_go_where_they_belong() {
    let (mut world, one, two) = scene();
    world.give(&one, "SOL", 5).expect("tokens");
    let (vault, mint) = (pda::vault(&world.quote.mint), world.quote.mint);
    let (sol, foreign) = (world.token("SOL").mint, world.quote.account_of(&two.pubkey()));
    let [stake, claim, _] = all_three(&world, &one);
    let wallet = world.quote.account_of(&one.pubkey());
    for good in [stake.clone(), claim.clone()] {
        for other in [sol, keypair("absent").pubkey()] {
            world.send(&[replaced(&good, &mint, &other)], &[&one.key]).refuses(BallastError::WrongMint);
        }
        for other in [pda::vault(&sol), foreign, wallet] {
            world.send(&[replaced(&good, &vault, &other)], &[&one.key]).refuses(BallastError::WrongVault);
        }
        let program = replaced(&good, &SPL_TOKEN, &TOKEN_2022);
        world.send(&[program], &[&one.key]).refuses(BallastError::WrongTokenProgram);
    }
    // Another's tokens, and the vault's own, which would be staked without a token coming in.
    for source in [foreign, vault] {
        let stolen = world.send(&[replaced(&stake, &wallet, &source)], &[&one.key]).expect_err("not theirs");
        assert_eq!(stolen.number, Some(TOKEN_OWNER_MISMATCH));
    }
    let into_vault = replaced(&claim, &wallet, &vault);
    world.send(&[into_vault], &[&one.key]).refuses(BallastError::AliasedAccounts);
}

/// Goal: a stake lives at its owner's address, once. Method: twice; at another's address; for an owner who does not sign.
#[test]
fn a_stake_is_opened_once() {
    let (mut world, one, two) = scene();
    let again = world.open_stake(&one).expect_err("it exists");
    assert_eq!(again.number, Some(ALREADY_IN_USE), "{again:?}");
    let newcomer = world.trader("newcomer");
    let good = insurance::stake_open(&newcomer.pubkey(), &newcomer.pubkey());
    let elsewhere = replaced(&good, &pda::stake(&newcomer.pubkey()), &pda::stake(&two.pubkey()));
    world.send(&[elsewhere], &[&newcomer.key]).refuses(ErrorCode::ConstraintSeeds);
    let for_another = insurance::stake_open(&newcomer.pubkey(), &world.admin.pubkey());
    let admin = world.admin.pubkey();
    world.send(&[unsigned(&for_another, &admin)], &[&newcomer.key]).refuses(ErrorCode::AccountNotSigner);
    world.send(&[good], &[&newcomer.key]).accepted();
    let stake = world.stake_of(&newcomer.pubkey());
    assert_eq!((stake.owner, stake.version, stake.shares), (newcomer.pubkey(), 1, 0));
    world.close_stake(&newcomer).accepted();
}

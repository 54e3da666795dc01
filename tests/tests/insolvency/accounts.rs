//! The accounts of the instructions: all markets, each at its place, and nothing else.

use crate::{
    broke_at,
    scene::{plant, read_only, refuse_impostors, replaced, Refuses},
};
use anchor_lang::{error::ErrorCode, prelude::AccountMeta};
use ballast::error::BallastError;
use ballast_harness::Verdict;
use ballast_sdk::{
    instruction::liquidation::{collect_loss, resolve_insolvency, socialise_shortfall},
    pda,
};

/// Goal: exchange and portfolio are the program's and can be written. Method: impostors, read-only accounts.
#[test]
fn the_programs_accounts_are_genuine() {
    let mut broke = broke_at(200, true);
    let crank = broke.world.crank.insecure_clone();
    let loser = broke.loser.portfolio();
    for (good, portfolio) in [
        (resolve_insolvency(&loser), Some(loser)),
        (socialise_shortfall(&broke.world.exchange()), None),
        (collect_loss(&broke.winner.portfolio()), Some(broke.winner.portfolio())),
    ] {
        for account in [Some(pda::exchange()), portfolio].into_iter().flatten() {
            refuse_impostors(&mut broke.world, &good, &account, &[&crank]);
            broke.world.send(&[read_only(&good, &account)], &[&crank]).refuses(ErrorCode::ConstraintMut);
        }
        broke.world.send(&[good], &[&crank]).accepted();
    }
}

/// Goal: no market is left out, named twice, out of place, or another's. Method: every way of each; then the right one.
#[test]
fn all_markets_are_named() {
    let mut broke = broke_at(200, true);
    let crank = broke.world.crank.insecure_clone();
    broke.world.resolve(&broke.loser).accepted();
    let good = socialise_shortfall(&broke.world.exchange());
    let first = broke.world.markets[0].address;
    let copy = broke.world.vm.data(&first);
    let copied = plant(&mut broke.world, "market", ballast::ID, copy);
    let mut missing = good.clone();
    missing.accounts.pop();
    broke.world.send(&[missing], &[&crank]).refuses(BallastError::AccountMissing);
    let mut extra = good.clone();
    extra.accounts.push(AccountMeta::new(first, false));
    broke.world.send(&[extra], &[&crank]).refuses(BallastError::AccountExtra);
    let mut swapped = good.clone();
    swapped.accounts.swap(1, 2);
    broke.world.send(&[swapped], &[&crank]).refuses(BallastError::WrongMarket);
    let mut twice = good.clone();
    twice.accounts[2] = twice.accounts[1].clone();
    broke.world.send(&[twice], &[&crank]).refuses(BallastError::WrongMarket);
    broke.world.send(&[replaced(&good, &first, &copied)], &[&crank]).refuses(BallastError::WrongMarket);
    broke.world.send(&[read_only(&good, &first)], &[&crank]).refuses(ErrorCode::AccountNotMutable);
    broke.world.vm.set_account(copied, solana_account::Account::default());
    broke.world.send(&[good], &[&crank]).accepted();
}

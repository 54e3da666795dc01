//! Quote tokens sent to the vault past the program: they are nobody's claim and pay none.

use crate::{
    broke_at,
    scene::{Refuses, HOUR_SECS},
    Broke,
};
use anchor_spl::token::spl_token::instruction::mint_to;
use ballast::error::BallastError;
use ballast_harness::{Trader, Verdict, World};
use ballast_sdk::pda;
use solana_signer::Signer;

/// Sends quote tokens to the vault past the program, 1e-6 quote.
fn give_to_the_vault(world: &mut World, amount: u64) {
    let (quote, admin) = (world.quote, world.admin.insecure_clone());
    let vault = pda::vault(&quote.mint);
    let gift = mint_to(&quote.program, &quote.mint, &vault, &admin.pubkey(), &[], amount);
    world.send(&[gift.expect("an instruction")], &[&admin]).expect("a gift");
}

/// Everybody withdraws, hour by hour, while the program has claims to pay.
fn withdraw_all_claims(world: &mut World, traders: &[&Trader]) {
    while world.exchange().quote_claims_e6 > 0 {
        world.vm.advance(HOUR_SECS + 600);
        for trader in traders {
            let (left, claims) =
                (world.portfolio_of(trader).cash_e6.unsigned_abs(), world.exchange().quote_claims_e6);
            let most = (world.vault("USDC") / 20).max(1_000_000_000).min(left).min(claims.unsigned_abs());
            if most > 0 {
                world.withdraw(trader, "USDC", most).accepted();
            }
        }
    }
}

/// Goal: no more leaves than came in by the program, so that a debt is always shared by cash that is still there, and never
/// by whoever comes later. Method: a debt that nobody covers; somebody sends the vault what it lacks; everybody withdraws to
/// the last claim, and a unit more is refused. The debt is resolved and shared; a newcomer's deposit stays worth itself.
#[test]
fn a_gift_to_the_vault_pays_no_claims() {
    let Broke { mut world, loser, winner, bystanders } = broke_at(200, true);
    let all = [&winner, &bystanders[0], &bystanders[1]];
    for trader in all {
        world.give(trader, "USDC", 0).accepted();
    }
    // The shared check adds up what the vault holds, and takes tokens that came past the program for a fault.
    world.count_broken();
    let cash: u64 = all.iter().map(|trader| world.portfolio_of(trader).cash_e6.unsigned_abs()).sum();
    let missing = cash - world.vault("USDC");
    give_to_the_vault(&mut world, missing);
    withdraw_all_claims(&mut world, &all);
    assert_eq!(world.vault("USDC"), missing, "the gift is left");
    let left: Vec<&Trader> =
        all.into_iter().filter(|trader| world.portfolio_of(trader).cash_e6 > 0).collect();
    assert!(!left.is_empty());
    world.vm.advance(HOUR_SECS + 600);
    for trader in left {
        let refused = world.withdraw(trader, "USDC", 1);
        refused.refuses(BallastError::VaultBelowClaims);
    }
    world.resolve(&loser).accepted();
    world.socialise().accepted();
    assert_eq!((world.exchange().shortfall_e6, world.exchange().quote_claims_e6), (0, 0));
    let newcomer = world.funded("newcomer", 5_000_000_000).expect("a deposit");
    let index = world.exchange().cash_index();
    assert_eq!(world.portfolio_of(&newcomer).cash_at(&index), 5_000_000_000);
    world.withdraw(&newcomer, "USDC", 1_000_000_000).accepted();
}

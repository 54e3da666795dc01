//! A shortfall with no cash to share it.

use crate::{
    broke_at,
    scene::{emitted, Refuses, HOUR_SECS},
    Broke,
};
use anchor_spl::token::spl_token::instruction::mint_to;
use ballast::error::BallastError;
use ballast_harness::{invariants::INV_3, Trader, Verdict, World};
use ballast_sdk::pda;
use solana_signer::Signer;

/// Sends quote tokens to the vault past the program, 1e-6 quote.
fn give_to_the_vault(world: &mut World, amount: u64) {
    let (quote, admin) = (world.quote, world.admin.insecure_clone());
    let vault = pda::vault(&quote.mint);
    let gift = mint_to(&quote.program, &quote.mint, &vault, &admin.pubkey(), &[], amount);
    world.send(&[gift.expect("an instruction")], &[&admin]).expect("a gift");
}

/// Everybody withdraws, hour by hour, while the vault has anything.
fn empty_the_vault(world: &mut World, traders: &[&Trader]) {
    while world.vault("USDC") > 0 {
        world.vm.advance(HOUR_SECS + 600);
        for trader in traders {
            let left = world.portfolio_of(trader).cash_e6.unsigned_abs();
            let most = (world.vault("USDC") / 20).max(1_000_000_000).min(left).min(world.vault("USDC"));
            if most > 0 {
                world.withdraw(trader, "USDC", most).accepted();
            }
        }
    }
}

/// Goal: a shortfall that no cash is there for stays open, and the books as they are. Method: without help no sequence leads
/// there: insurance pays first, so cash is claims, debts and shortfall together, and claims are at least nothing. So somebody
/// sends the vault just what it lacks, past the program, and all cash leaves before the debt is resolved.
#[test]
fn a_shortfall_with_no_cash_at_all_stays_open() {
    let Broke { mut world, loser, winner, bystanders } = broke_at(200, true);
    let all = [&winner, &bystanders[0], &bystanders[1]];
    for trader in all {
        world.give(trader, "USDC", 0).accepted();
    }
    // Tokens that came past the program are nobody's on the books, which INV-3 would take for a fault.
    world.count_broken();
    let cash: u64 = all.iter().map(|trader| world.portfolio_of(trader).cash_e6.unsigned_abs()).sum();
    let missing = cash - world.vault("USDC");
    give_to_the_vault(&mut world, missing);
    empty_the_vault(&mut world, &all);
    assert!(all.iter().all(|trader| world.portfolio_of(trader).cash_e6 == 0));
    let outcome = world.resolve(&loser).accepted();
    let shortfall_e6 = emitted!(outcome, InsolvencyResolved).shortfall_e6;
    let fees_e6 = world.market(0).fees_e6;
    assert_eq!(shortfall_e6, missing.cast_signed() + fees_e6, "what fees pay of it is not missing");
    world.socialise().refuses(BallastError::NothingToShare);
    assert_eq!((world.exchange().shortfall_e6, world.market(0).fees_e6), (shortfall_e6, fees_e6));
    assert_eq!(world.exchange().socialised_count, 0);
    let broken: Vec<_> = world.tally().counts().iter().filter(|(_, count)| count.broken > 0).collect();
    assert!(matches!(broken[..], [(&INV_3, _)]), "nothing else is: {broken:?}");
}

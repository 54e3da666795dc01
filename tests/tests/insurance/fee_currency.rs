//! Stakes in a quote currency that takes a fee out of every transfer.

use crate::{
    fund,
    scene::{emitted, Refuses, USD_E6},
    COOLDOWN_SECS,
};
use ballast::error::BallastError;
use ballast_harness::{
    keys::keypair,
    token::{create_mint_2022, Extension},
    world::TEN_TENTEN,
    Rejected, Verdict, World,
};

/// An exchange in a currency that takes 1 % of a transfer, 5,000 units at most, with cash of others in its vault.
fn scene() -> Result<World, Box<Rejected>> {
    let mut world = World::bare(TEN_TENTEN).expect("a VM");
    let (admin, mint) = (world.admin.insecure_clone(), keypair("mint with a fee"));
    let extension = Extension::TransferFee { basis_points: 100, maximum: 5_000 };
    world.quote = create_mint_2022(&mut world.vm, &admin, &mint, 6, &[extension])?;
    let args = world.exchange_args();
    world.create_exchange(args)?;
    world.funded("others", 100 * USD_E6)?;
    Ok(world)
}

/// Goal: shares are bought with what arrives, and a stake of which nothing arrives is refused. Method: one unit, all of it
/// fee; a million units; what event, stake, fund and vault have of it.
#[test]
fn a_stake_is_what_arrives() -> Result<(), Box<Rejected>> {
    let mut world = scene()?;
    let staker = world.staker("staker", 0)?;
    world.give(&staker, "USDC", 2 * USD_E6)?;
    world.stake(&staker, 1).refuses(BallastError::NothingReceived);
    let (vault, wallet) = (world.vault("USDC"), world.wallet(&staker, "USDC"));
    let outcome = world.stake(&staker, 1_000_000).accepted();
    let event = emitted!(outcome, InsuranceStaked);
    assert_eq!((event.amount, event.received, event.shares_bought), (1_000_000, 995_000, 995_000));
    assert_eq!(world.stake_of(&staker.pubkey()).shares, 995_000);
    assert_eq!((event.insurance_e6, fund(&world).balance_e6), (995_000, 995_000));
    assert_eq!((world.vault("USDC"), world.wallet(&staker, "USDC")), (vault + 995_000, wallet - 1_000_000));
    Ok(())
}

/// Goal: a claim takes exactly its amount from fund and vault; the fee is the receiver's. Method: everything asked back,
/// waited for and claimed.
#[test]
fn a_claim_takes_exactly_its_amount() -> Result<(), Box<Rejected>> {
    let mut world = scene()?;
    let staker = world.staker("staker", 1_000_000)?;
    world.unstake(&staker, 995_000)?;
    world.vm.advance(COOLDOWN_SECS);
    let leaving = world.stake_of(&staker.pubkey()).leaving_shares;
    let (vault, wallet, before) = (world.vault("USDC"), world.wallet(&staker, "USDC"), fund(&world));
    // The least shares of the house have diluted it by a thousandth.
    let amount = 995_000 * 995_000 / 996_000;
    let outcome = world.claim_stake(&staker, leaving).accepted();
    assert_eq!(emitted!(outcome, InsuranceClaimed).amount, amount);
    assert_eq!(world.vault("USDC"), vault - amount);
    assert_eq!(fund(&world).balance_e6, before.balance_e6 - amount.cast_signed());
    assert_eq!(world.wallet(&staker, "USDC"), wallet + amount - 5_000);
    Ok(())
}

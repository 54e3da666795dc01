//! Mints that take a fee out of every transfer.

use crate::scene::{emitted, replaced, Refuses, TOKEN_INSUFFICIENT_FUNDS};
use anchor_spl::token_2022::spl_token_2022::extension::transfer_fee;
use ballast::error::BallastError;
use ballast_harness::{
    keys::keypair,
    token::{create_mint_2022, Extension, SPL_TOKEN, TOKEN_2022},
    world::{CollateralSpec, TEN_TENTEN},
    Rejected, Trader, Verdict, World,
};
use ballast_sdk::instruction::money;
use solana_signer::Signer;

const FEED: [u8; 32] = [9; 32];
const BPS: u64 = 10_000;

/// What Token-2022 takes: rounded up, at most the maximum.
fn fee(amount: u64, basis_points: u64, maximum: u64) -> u64 {
    (amount * basis_points).div_ceil(BPS).min(maximum)
}

/// An exchange that lists an asset with a fee, and somebody with a lot of it.
fn scene(basis_points: u16, maximum: u64) -> Result<(World, Trader), Box<Rejected>> {
    let mut world = World::exchange_only(TEN_TENTEN).expect("an exchange");
    let spec = CollateralSpec { exempt: 1_000_000, ..CollateralSpec::new("FEE", FEED, 100_000_000, 6) };
    world.add_collateral(&spec.token_2022(&[Extension::TransferFee { basis_points, maximum }]))?;
    let owner = world.funded("owner", 0)?;
    world.give(&owner, "FEE", 1_000_000_000_000)?;
    Ok((world, owner))
}

/// Goal: what arrives is credited, to the unit, and the event tells both amounts. Method: amounts around every rounding
/// and the maximum, at 1 % up to 5,000 units and at 0.03 %.
#[test]
fn a_deposit_is_credited_as_received() -> Result<(), Box<Rejected>> {
    for (basis_points, maximum) in [(100u16, 5_000u64), (3, u64::MAX)] {
        let (mut world, owner) = scene(basis_points, maximum)?;
        let mut credited = 0;
        for amount in
            [2, 99, 100, 101, 199, 201, 9_999, 10_000, 10_001, 499_999, 500_000, 500_001, 1_234_567_890]
        {
            let received = amount - fee(amount, basis_points.into(), maximum);
            let outcome = world.deposit(&owner, "FEE", amount)?;
            credited += received;
            let event = emitted!(outcome, Deposited);
            assert_eq!((event.amount, event.received), (amount, received));
            assert_eq!(event.balance.unsigned_abs(), credited);
            assert_eq!(world.portfolio_of(&owner).collateral[0], credited);
            assert_eq!((world.exchange().collaterals[0].deposits, world.vault("FEE")), (credited, credited));
        }
    }
    Ok(())
}

/// Goal: a withdrawal takes exactly its amount from portfolio and vault; the fee is the receiver's. Method: in and out,
/// to the last unit.
#[test]
fn a_withdrawal_takes_exactly_its_amount() -> Result<(), Box<Rejected>> {
    let (mut world, owner) = scene(100, 5_000)?;
    world.deposit(&owner, "FEE", 1_000_000)?;
    let (held, wallet) = (995_000, world.wallet(&owner, "FEE"));
    world.withdraw(&owner, "FEE", held + 1).refuses(BallastError::InsufficientBalance);
    let outcome = world.withdraw(&owner, "FEE", 100_001)?;
    let event = emitted!(outcome, Withdrawn);
    assert_eq!((event.amount, event.balance), (100_001, 894_999));
    assert_eq!(world.wallet(&owner, "FEE") - wallet, 100_001 - fee(100_001, 100, 5_000));
    assert_eq!(world.vault("FEE"), 894_999);
    world.withdraw(&owner, "FEE", 894_999)?;
    assert_eq!((world.vault("FEE"), world.exchange().collaterals[0].deposits), (0, 0));
    assert!(world.portfolio_of(&owner).is_empty());
    Ok(())
}

/// Goal: a deposit of which nothing arrives is refused. Method: one unit at 1 %, everything at 100 %.
#[test]
fn a_deposit_of_nothing_is_refused() -> Result<(), Box<Rejected>> {
    let (mut world, owner) = scene(100, u64::MAX)?;
    world.deposit(&owner, "FEE", 1).refuses(BallastError::NothingReceived);
    world.deposit(&owner, "FEE", 2).accepted();
    let (mut world, owner) = scene(10_000, u64::MAX)?;
    for amount in [1, 1_000_000, 1_000_000_000_000] {
        world.deposit(&owner, "FEE", amount).refuses(BallastError::NothingReceived);
    }
    world.deposit(&owner, "FEE", u64::MAX).refused_with(TOKEN_INSUFFICIENT_FUNDS);
    Ok(())
}

/// Goal: a fee that its authority raises after the listing costs whoever moves tokens, never the vault. Method: 1 % to
/// 50 %, which Token-2022 lets count two epochs later.
#[test]
fn a_raised_fee_is_never_the_vaults() -> Result<(), Box<Rejected>> {
    let (mut world, owner) = scene(100, u64::MAX)?;
    world.deposit(&owner, "FEE", 1_000)?;
    let (token, admin) = (world.token("FEE"), world.admin.insecure_clone());
    let raise = transfer_fee::instruction::set_transfer_fee(
        &token.program,
        &token.mint,
        &admin.pubkey(),
        &[],
        5_000,
        u64::MAX,
    );
    world.send(&[raise.expect("an instruction")], &[&admin])?;
    world.deposit(&owner, "FEE", 1_000)?;
    assert_eq!(world.vault("FEE"), 2 * 990);
    world.vm.change_clock(|clock| clock.epoch += 2);
    world.deposit(&owner, "FEE", 1_000)?;
    assert_eq!(world.portfolio_of(&owner).collateral[0], 2 * 990 + 500);
    let wallet = world.wallet(&owner, "FEE");
    world.withdraw(&owner, "FEE", 2 * 990 + 500)?;
    assert_eq!((world.wallet(&owner, "FEE") - wallet, world.vault("FEE")), (1_240, 0));
    Ok(())
}

/// Goal: fees withheld in the vault's own account are the issuer's to harvest, not somebody's claim. Method: harvest
/// after a deposit; the vault still holds every claim.
#[test]
fn harvesting_withheld_fees_takes_nothing_from_claims() -> Result<(), Box<Rejected>> {
    let (mut world, owner) = scene(100, u64::MAX)?;
    world.deposit(&owner, "FEE", 1_000_000)?;
    let (token, admin) = (world.token("FEE"), world.admin.insecure_clone());
    let vault = ballast_sdk::pda::vault(&token.mint);
    let harvest =
        transfer_fee::instruction::harvest_withheld_tokens_to_mint(&token.program, &token.mint, &[&vault]);
    world.send(&[harvest.expect("an instruction")], &[&admin])?;
    assert_eq!(world.vault("FEE"), 990_000);
    world.withdraw(&owner, "FEE", 990_000)?;
    Ok(())
}

/// Goal: a fee on the quote currency is credited as received too. Method: cash in and out of an exchange in such a
/// currency.
#[test]
fn a_quote_currency_may_have_a_fee() -> Result<(), Box<Rejected>> {
    let mut world = World::bare(TEN_TENTEN).expect("a VM");
    let (admin, mint) = (world.admin.insecure_clone(), keypair("mint with a fee"));
    let extension = Extension::TransferFee { basis_points: 100, maximum: 5_000 };
    world.quote = create_mint_2022(&mut world.vm, &admin, &mint, 6, &[extension])?;
    let args = world.exchange_args();
    world.create_exchange(args)?;
    assert_eq!(world.exchange().quote_token_program, TOKEN_2022);
    let owner = world.funded("owner", 1_000_000)?;
    assert_eq!((world.portfolio_of(&owner).cash_e6, world.vault("USDC")), (995_000, 995_000));
    world.withdraw(&owner, "USDC", 995_000)?;
    assert_eq!((world.wallet(&owner, "USDC"), world.vault("USDC")), (990_000, 0));
    Ok(())
}

/// Goal: the token program is the mint's own. Method: SPL Token for a mint of Token-2022, in and out.
#[test]
fn the_token_program_is_the_mints() -> Result<(), Box<Rejected>> {
    let (mut world, owner) = scene(0, 0)?;
    world.deposit(&owner, "FEE", 1_000)?;
    let (token, exchange) = (world.token("FEE"), world.exchange());
    let wallet = token.account_of(&owner.pubkey());
    let deposit = money::deposit(&exchange, &owner.pubkey(), &owner.portfolio(), &token.mint, &wallet, 1);
    let portfolio = world.portfolio_of(&owner);
    let withdraw = money::withdraw(&exchange, &portfolio, &world.price_accounts(), &token.mint, &wallet, 1);
    for good in [deposit, withdraw].map(|built| built.expect("an instruction")) {
        let bad = replaced(&good, &TOKEN_2022, &SPL_TOKEN);
        world.send(&[bad], &[&owner.key]).refuses(BallastError::WrongTokenProgram);
        world.send(&[good], &[&owner.key]).accepted();
    }
    Ok(())
}

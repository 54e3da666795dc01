//! The mint screen: a mint whose rules could hide, block, seize or redirect what a vault holds is not listed.

use crate::scene::{plant, Refuses};
use anchor_lang::prelude::Pubkey;
use anchor_spl::token_2022::spl_token_2022::extension::ExtensionType;
use ballast::{error::BallastError, instructions::CollateralAddArgs};
use ballast_harness::{
    keys::keypair,
    token::{create_mint_2022, Extension, Token, TOKEN_2022},
    world::TEN_TENTEN,
    Sent, Verdict, World,
};
use ballast_sdk::instruction::setup;
use solana_signer::Signer;

const SOMEBODY: Pubkey = Pubkey::new_from_array([5; 32]);
const FEE: Extension = Extension::TransferFee { basis_points: 100, maximum: 5_000 };

/// Each dangerous extension with the reason it is refused for.
const DANGEROUS: [(Extension, BallastError); 7] = [
    (Extension::TransferHook(SOMEBODY), BallastError::MintTransferHook),
    (Extension::ConfidentialTransfer, BallastError::MintConfidential),
    (Extension::NonTransferable, BallastError::MintNonTransferable),
    (Extension::PermanentDelegate(SOMEBODY), BallastError::MintPermanentDelegate),
    (Extension::DefaultFrozen, BallastError::MintDefaultFrozen),
    (Extension::Pausable, BallastError::MintPausable),
    (Extension::CloseAuthority, BallastError::MintCloseable),
];

const HARMLESS: [Extension; 4] =
    [FEE, Extension::InterestBearing, Extension::ScaledUiAmount, Extension::MetadataPointer];

/// A mint made by the real Token-2022.
fn mint(world: &mut World, decimals: u8, extensions: &[Extension]) -> Token {
    let (admin, name) = (world.admin.insecure_clone(), format!("mint with {extensions:?}"));
    create_mint_2022(&mut world.vm, &admin, &keypair(&name), decimals, extensions).expect("a mint")
}

fn list(world: &mut World, mint: &Pubkey) -> Sent {
    let admin = world.admin.insecure_clone();
    let args = CollateralAddArgs {
        feed_id: [9; 32],
        haircut_e6: 200_000,
        haircut_slope_e6: 0,
        deposit_soft_cap: 0,
        deposit_hard_cap: 1_000,
        withdrawal_exempt: 0,
    };
    let add = setup::collateral_add(&admin.pubkey(), &admin.pubkey(), mint, &TOKEN_2022, args);
    world.send(&[add], &[&admin])
}

/// Goal: each dangerous extension has its own refusal as collateral, alone and behind a harmless one. Method: mints made
/// by the real Token-2022.
#[test]
fn dangerous_mints_are_no_collateral() {
    let mut world = World::exchange_only(TEN_TENTEN).expect("an exchange");
    for (extension, reason) in DANGEROUS {
        println!("{extension:?}");
        let alone = mint(&mut world, 6, &[extension]);
        list(&mut world, &alone.mint).refuses(reason);
        // A fee and a scaled amount change nothing about it.
        let behind = mint(&mut world, 6, &[Extension::MetadataPointer, extension]);
        list(&mut world, &behind.mint).refuses(reason);
    }
    assert_eq!(world.exchange().collateral_count, 0);
}

/// Goal: nor is any the quote currency. Method: the same mints with six decimals, before there is an exchange.
#[test]
fn dangerous_mints_are_no_quote_currency() {
    let mut world = World::bare(TEN_TENTEN).expect("a VM");
    for (extension, reason) in DANGEROUS {
        println!("{extension:?}");
        world.quote = mint(&mut world, 6, &[extension]);
        let args = world.exchange_args();
        world.create_exchange(args).refuses(reason);
    }
}

/// Goal: what changes nothing a vault relies on is welcome. Method: each harmless extension, all together, none.
#[test]
fn harmless_mints_are_welcome() {
    let mut world = World::exchange_only(TEN_TENTEN).expect("an exchange");
    let together = [FEE, Extension::InterestBearing, Extension::MetadataPointer];
    let all = HARMLESS.iter().map(std::slice::from_ref).chain([&together[..], &[]]);
    for extensions in all {
        println!("{extensions:?}");
        let mint = mint(&mut world, 6, extensions);
        list(&mut world, &mint.mint).accepted();
    }
    assert_eq!(world.exchange().collateral_count, 6);
}

/// Bytes of a Token-2022 mint with one extension of this number and length, as a later version of the token program might
/// write it: the base, padding to the size of an account, the kind of account, then number, length and value.
fn mint_with(extension: u16, length: u16) -> Vec<u8> {
    const ACCOUNT_SIZE: usize = 165;
    const IS_MINT: u8 = 1;
    let mut data = vec![0; ACCOUNT_SIZE];
    data[44] = 6; // decimals
    data[45] = 1; // initialised
    data.push(IS_MINT);
    data.extend_from_slice(&extension.to_le_bytes());
    data.extend_from_slice(&length.to_le_bytes());
    data.extend(std::iter::repeat_n(0, usize::from(length)));
    data
}

/// Goal: an extension that is not known to be harmless is refused. Method: written by hand, for no token program makes
/// them: one that belongs on token accounts; one of a number nobody knows, of which no vault can even be made.
#[test]
fn unknown_extensions_are_refused() {
    let mut world = World::exchange_only(TEN_TENTEN).expect("an exchange");
    let memo = ExtensionType::MemoTransfer as u16;
    let stray = plant(&mut world, "memo on a mint", TOKEN_2022, mint_with(memo, 1));
    list(&mut world, &stray).refuses(BallastError::MintExtensionUnknown);
    let later = plant(&mut world, "extension to come", TOKEN_2022, mint_with(60_000, 8));
    list(&mut world, &later).refuses_unnumbered("InvalidAccountData");
}

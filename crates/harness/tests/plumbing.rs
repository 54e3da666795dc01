//! The VM under the scenarios: clock, mints of every kind, price accounts.

use ballast_harness::{
    pyth::PriceUpdate,
    token::{balance, create_mint, create_mint_2022, mint_tokens, Extension, TOKEN_2022},
    vm::Vm,
};
use solana_keypair::Keypair;
use solana_signer::Signer;

const NOW: i64 = 1_760_000_000;

fn vm() -> (Vm, Keypair) {
    let mut vm = Vm::start(NOW).expect("the VM starts");
    let authority = Keypair::new();
    vm.airdrop(&authority.pubkey(), 100_000_000_000);
    (vm, authority)
}

/// Goal: time and slots move together. Method: let ten seconds pass.
#[test]
fn time_passes() {
    let (mut vm, _) = vm();
    let before = vm.clock();
    vm.advance(10);
    assert_eq!((vm.now(), vm.clock().slot), (NOW + 10, before.slot + 25));
}

/// Goal: every kind of mint the tests name can be made by the real Token-2022. Method: one mint each, then tokens.
#[test]
fn mints_of_every_kind() {
    let (mut vm, authority) = vm();
    let stranger = Keypair::new().pubkey();
    for extension in [
        Extension::TransferFee { basis_points: 100, maximum: 5_000 },
        Extension::TransferHook(stranger),
        Extension::ConfidentialTransfer,
        Extension::PermanentDelegate(stranger),
        Extension::Pausable,
        Extension::CloseAuthority,
        Extension::InterestBearing,
        Extension::ScaledUiAmount,
        Extension::MetadataPointer,
        Extension::NonTransferable,
    ] {
        let token = create_mint_2022(&mut vm, &authority, &Keypair::new(), 9, &[extension]).expect("a mint");
        assert_eq!(vm.account(&token.mint).map(|account| account.owner), Some(TOKEN_2022));
        mint_tokens(&mut vm, &authority, &token, &stranger, 77).expect("tokens");
        assert_eq!(balance(&vm, &token.account_of(&stranger)), 77, "{extension:?}");
    }
    let frozen = create_mint_2022(&mut vm, &authority, &Keypair::new(), 9, &[Extension::DefaultFrozen])
        .expect("a mint");
    mint_tokens(&mut vm, &authority, &frozen, &stranger, 77).expect_err("accounts begin frozen");
    let plain = create_mint(&mut vm, &authority, &Keypair::new(), 6).expect("a mint");
    mint_tokens(&mut vm, &authority, &plain, &stranger, 5).expect("tokens");
    assert_eq!(balance(&vm, &plain.account_of(&stranger)), 5);
}

/// Goal: a transaction no cluster would take is refused, and a missing account is told apart. Method: send both.
#[test]
fn refusals_of_the_runtime_are_named() {
    let (mut vm, authority) = vm();
    let account = |_| anchor_lang::prelude::AccountMeta::new_readonly(Keypair::new().pubkey(), false);
    let mut instruction = anchor_lang::solana_program::instruction::Instruction {
        program_id: TOKEN_2022,
        accounts: (0..40).map(account).collect(),
        data: Vec::new(),
    };
    let rejected = vm.send(&[instruction.clone()], &[&authority]).expect_err("too large");
    assert_eq!(rejected.name, "TransactionTooLarge");
    instruction.accounts.truncate(2);
    let rejected = vm.send(&[instruction], &[&authority]).expect_err("no such instruction");
    assert_eq!((rejected.instruction, rejected.number.is_some()), (Some(0), true), "{rejected}");
}

/// Goal: a price account is found as it was written. Method: write, read.
#[test]
fn price_accounts_are_written() {
    let (mut vm, _) = vm();
    let update = PriceUpdate::new(ballast_harness::feeds::ETH, 350_000_000_000, NOW);
    let address = Keypair::new().pubkey();
    vm.set_account(address, update.account());
    assert_eq!(vm.data(&address), update.data());
}

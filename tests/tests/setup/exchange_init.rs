//! `exchange_init`.

use crate::scene::{emitted, plant, replaced, unsigned, Refuses, ALREADY_IN_USE};
use anchor_lang::{error::ErrorCode, prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::{
    constants::{ACCOUNT_VERSION, CASH_INDEX_ONE_E12},
    error::BallastError,
    instructions::ExchangeInitArgs,
    state::ExchangeParams,
};
use ballast_harness::{
    feeds,
    keys::keypair,
    token::{create_mint, SPL_TOKEN, TOKEN_2022},
    world::TEN_TENTEN,
    Verdict, World,
};
use ballast_sdk::{instruction::setup, pda};
use solana_keypair::Keypair;
use solana_signer::Signer;

fn bare() -> (World, Keypair) {
    let world = World::bare(TEN_TENTEN).expect("a VM");
    let admin = world.admin.insecure_clone();
    (world, admin)
}

fn init(world: &World, args: ExchangeInitArgs) -> Instruction {
    let admin = world.admin.pubkey();
    setup::exchange_init(&admin, &admin, &world.quote.mint, &world.quote.program, args)
}

/// Goal: the exchange is what its creator said, empty otherwise, and the event tells it. Method: odd values, read back.
#[test]
fn an_exchange_is_stored_as_told() {
    let (mut world, admin) = bare();
    let mut args = world.exchange_args();
    args.peg_feed_id = feeds::USDC;
    args.params.fee_rate_e6 = 123;
    args.groups[3].rho_e6 = 800_000;
    args.groups[2].measure = 1;
    let outcome = world.create_exchange(args.clone()).accepted();
    let exchange = world.exchange();
    assert_eq!((exchange.version, exchange.market_count, exchange.collateral_count), (ACCOUNT_VERSION, 0, 0));
    assert_eq!(exchange.admin, admin.pubkey());
    assert_eq!((exchange.risk_authority, exchange.guardian), (args.risk_authority, args.guardian));
    assert_eq!((exchange.pending_admin, exchange.gates), (Pubkey::default(), 0));
    assert_eq!(exchange.quote_mint, world.quote.mint);
    assert_eq!(exchange.quote_vault, pda::vault(&world.quote.mint));
    assert_eq!((exchange.quote_token_program, exchange.peg_feed_id), (SPL_TOKEN, feeds::USDC));
    assert_eq!((exchange.peg_e8, exchange.cash_index_e12), (100_000_000, CASH_INDEX_ONE_E12));
    assert_eq!((exchange.insurance_e6, exchange.insurance_shares, exchange.shortfall_e6), (0, 0, 0));
    assert_eq!((exchange.params, exchange.groups), (args.params, args.groups));
    let vault = world.vm.account(&exchange.quote_vault).expect("a vault");
    assert_eq!(vault.owner, SPL_TOKEN);
    assert_eq!(vault.data[..32], world.quote.mint.to_bytes(), "the vault's mint");
    assert_eq!(vault.data[32..64], pda::exchange().to_bytes(), "the vault's authority is the exchange");
    let event = emitted!(outcome, ExchangeCreated);
    assert_eq!((event.exchange, event.admin), (pda::exchange(), admin.pubkey()));
    assert_eq!((event.risk_authority, event.guardian), (args.risk_authority, args.guardian));
    assert_eq!((event.quote_mint, event.quote_vault), (world.quote.mint, exchange.quote_vault));
    assert_eq!(event.peg_feed_id, feeds::USDC);
}

/// Goal: nobody but the upgrade authority creates the house. Method: a stranger pays, with and without the admin.
#[test]
fn only_the_upgrade_authority_creates_it() {
    let (mut world, admin) = bare();
    let (args, stranger) = (world.exchange_args(), world.crank.insecure_clone());
    let (mint, program) = (world.quote.mint, world.quote.program);
    let own = setup::exchange_init(&stranger.pubkey(), &stranger.pubkey(), &mint, &program, args.clone());
    world.send(std::slice::from_ref(&own), &[&stranger]).refuses(BallastError::NotUpgradeAuthority);
    let paid = setup::exchange_init(&stranger.pubkey(), &admin.pubkey(), &mint, &program, args.clone());
    world.send(&[paid], &[&stranger, &admin]).refuses(BallastError::NotUpgradeAuthority);

    // Its word is the loader's account at the program's own address, and no other.
    let program_data = own.accounts[5].pubkey;
    let data = world.vm.data(&program_data);
    let loader = world.vm.account(&program_data).expect("the loader keeps it").owner;
    let mut forged = data.clone();
    forged[13..45].copy_from_slice(stranger.pubkey().as_ref());
    let forged = plant(&mut world, "program data", loader, forged);
    world.send(&[replaced(&own, &program_data, &forged)], &[&stranger]).refuses(ErrorCode::ConstraintSeeds);
}

/// Goal: a program that can no longer be upgraded leaves it to the first caller. Method: no authority at the loader.
#[test]
fn an_immutable_program_takes_the_first_caller() {
    let (mut world, _) = bare();
    let stranger = world.crank.insecure_clone();
    let (mint, program, args) = (world.quote.mint, world.quote.program, world.exchange_args());
    let own = setup::exchange_init(&stranger.pubkey(), &stranger.pubkey(), &mint, &program, args);
    let program_data = own.accounts[5].pubkey;
    let mut account = world.vm.account(&program_data).expect("the loader keeps it");
    account.data[12] = 0;
    world.vm.set_account(program_data, account);
    world.send(&[own], &[&stranger]).accepted();
    assert_eq!(world.exchange().admin, stranger.pubkey());
}

/// Goal: payer and admin both sign. Method: leave each signature out.
#[test]
fn payer_and_admin_sign() {
    let (mut world, admin) = bare();
    let (args, crank) = (world.exchange_args(), world.crank.insecure_clone());
    let both = init(&world, args.clone());
    world.send(&[unsigned(&both, &admin.pubkey())], &[&crank]).refuses(ErrorCode::AccountNotSigner);
    let (mint, program) = (world.quote.mint, world.quote.program);
    let other = setup::exchange_init(&admin.pubkey(), &crank.pubkey(), &mint, &program, args);
    world.send(&[unsigned(&other, &crank.pubkey())], &[&admin]).refuses(ErrorCode::AccountNotSigner);
}

/// Goal: there is one exchange, once. Method: create it again, the same and with another mint.
#[test]
fn it_is_created_once() {
    let (mut world, admin) = bare();
    let args = world.exchange_args();
    world.create_exchange(args.clone()).accepted();
    world.create_exchange(args.clone()).refused_with(ALREADY_IN_USE);
    let other = create_mint(&mut world.vm, &admin, &keypair("mint other"), 6).expect("a mint");
    let again = setup::exchange_init(&admin.pubkey(), &admin.pubkey(), &other.mint, &other.program, args);
    world.send(&[again], &[&admin]).refused_with(ALREADY_IN_USE);
}

/// Goal: a gift of lamports to the addresses does not keep the exchange from being made. Method: give first.
#[test]
fn lamports_sent_ahead_are_no_obstacle() {
    let (mut world, _) = bare();
    world.vm.airdrop(&pda::exchange(), 1_000_000);
    world.vm.airdrop(&pda::vault(&world.quote.mint), 50_000_000);
    let args = world.exchange_args();
    world.create_exchange(args).accepted();
}

/// Goal: one base unit of quote is 1e-6. Method: mints of 0, 5, 7 and 9 decimals.
#[test]
fn the_quote_mint_has_six_decimals() {
    let (mut world, admin) = bare();
    for decimals in [0, 5, 7, 9] {
        let name = format!("mint of {decimals}");
        world.quote = create_mint(&mut world.vm, &admin, &keypair(&name), decimals).expect("a mint");
        let args = world.exchange_args();
        world.create_exchange(args).refuses(BallastError::QuoteDecimals);
    }
}

/// Goal: mint, vault and token program are what they are said to be. Method: one wrong account at a time.
#[test]
fn accounts_are_what_they_are_said_to_be() {
    let (mut world, admin) = bare();
    let good = init(&world, world.exchange_args());
    let mint = world.quote.mint;
    let copy = world.vm.data(&mint);
    let forged = plant(&mut world, "mint of no token program", ballast::ID, copy);
    let (vault, elsewhere) = (pda::vault(&mint), keypair("elsewhere").pubkey());
    for (case, bad, reason) in [
        ("forged mint", replaced(&good, &mint, &forged), ErrorCode::AccountOwnedByWrongProgram),
        ("no mint", replaced(&good, &mint, &elsewhere), ErrorCode::AccountNotInitialized),
        ("vault elsewhere", replaced(&good, &vault, &elsewhere), ErrorCode::ConstraintSeeds),
        ("exchange elsewhere", replaced(&good, &pda::exchange(), &elsewhere), ErrorCode::ConstraintSeeds),
        ("no token program", replaced(&good, &SPL_TOKEN, &ballast::ID), ErrorCode::InvalidProgramId),
    ] {
        println!("{case}");
        world.send(&[bad], &[&admin]).refuses(reason);
    }
    let other_program = replaced(&good, &SPL_TOKEN, &TOKEN_2022);
    world.send(&[other_program], &[&admin]).refuses_unnumbered("");
}

type Field = fn(&mut ExchangeParams) -> &mut i64;

/// Every parameter with its hard bounds.
const BOUNDS: [(&str, Field, i64, i64); 10] = [
    ("rate_e6", |p| &mut p.rate_e6, 0, 500_000),
    ("conf_z_e6", |p| &mut p.conf_z_e6, 1_000_000, 8_000_000),
    ("window_secs", |p| &mut p.window_secs, 300, 86_400),
    ("long_weight_e6", |p| &mut p.long_weight_e6, 0, 1_000_000),
    ("mm_factor_e6", |p| &mut p.mm_factor_e6, 500_000, 1_000_000),
    ("exit_buffer_e6", |p| &mut p.exit_buffer_e6, 0, 1_000_000),
    ("haircut_max_e6", |p| &mut p.haircut_max_e6, 0, 1_000_000),
    ("dust_equity_e6", |p| &mut p.dust_equity_e6, 0, 10_000_000_000),
    ("fee_rate_e6", |p| &mut p.fee_rate_e6, 0, 2_000),
    ("fee_premium_cap_e6", |p| &mut p.fee_premium_cap_e6, 0, 125_000),
];

/// Goal: every parameter keeps its hard bounds, and the log names the one that does not. Method: each at its bounds and
/// one beyond.
#[test]
fn parameters_keep_their_bounds() {
    let (world, admin) = bare();
    for (name, field, low, high) in BOUNDS {
        for (value, stands) in [
            (low, true),
            (high, true),
            (low - 1, false),
            (high + 1, false),
            (i64::MIN, false),
            (i64::MAX, false),
        ] {
            println!("{name} {value}");
            let mut args = world.exchange_args();
            *field(&mut args.params) = value;
            let sent = world.vm.simulate(&[init(&world, args)], &[&admin]);
            if stands {
                sent.accepted();
            } else {
                let logs = sent.refuses(BallastError::ParameterOutOfBounds).logs;
                assert!(logs.contains(&format!("Program log: {name}")), "{logs:?}");
            }
        }
    }
}

/// Goal: correlation groups keep theirs: ρ to 0.8, two measures, no stray bytes. Method: each of the four, spoiled.
#[test]
fn groups_keep_their_bounds() {
    let (world, admin) = bare();
    for group in 0..4 {
        for (rho_e6, measure, padding, stands) in [
            (0, 0, 0, true),
            (800_000, 1, 0, true),
            (-1, 0, 0, false),
            (800_001, 0, 0, false),
            (0, 2, 0, false),
            (0, 0, 1, false),
        ] {
            let mut args = world.exchange_args();
            let of = &mut args.groups[group];
            (of.rho_e6, of.measure, of.padding[6]) = (rho_e6, measure, padding);
            let sent = world.vm.simulate(&[init(&world, args)], &[&admin]);
            if stands {
                sent.accepted();
            } else {
                sent.refuses(BallastError::ParameterOutOfBounds);
            }
        }
    }
}

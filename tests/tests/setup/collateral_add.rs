//! `collateral_add`. Which mints are refused is in `token_2022.rs`.

use crate::scene::{emitted, plant, refuse_impostors, replaced, unsigned, Refuses, ALREADY_IN_USE};
use anchor_lang::{error::ErrorCode, solana_program::instruction::Instruction};
use ballast::{
    constants::GATE_LISTING, error::BallastError, instructions::CollateralAddArgs, state::COLLATERAL_ACTIVE,
};
use ballast_harness::{
    feeds,
    keys::keypair,
    token::{create_mint, Token, SPL_TOKEN, TOKEN_2022},
    world::{CollateralSpec, MarketSpec, TEN_TENTEN},
    Verdict, World,
};
use ballast_sdk::{instruction::setup, pda};
use solana_signer::Signer;

const FEED: [u8; 32] = [9; 32];

const ARGS: CollateralAddArgs = CollateralAddArgs {
    feed_id: FEED,
    haircut_e6: 200_000,
    haircut_slope_e6: 100_000,
    deposit_soft_cap: 0,
    deposit_hard_cap: 1_000,
    withdrawal_exempt: 5,
};

fn exchange() -> World {
    World::exchange_only(TEN_TENTEN).expect("an exchange")
}

fn mint(world: &mut World, name: &str, decimals: u8) -> Token {
    let admin = world.admin.insecure_clone();
    create_mint(&mut world.vm, &admin, &keypair(name), decimals).expect("a mint")
}

fn add(world: &World, token: &Token, args: CollateralAddArgs) -> Instruction {
    let admin = world.admin.pubkey();
    setup::collateral_add(&admin, &admin, &token.mint, &token.program, args)
}

/// Goal: an asset is stored as told with a vault of its own, and the event tells it. Method: odd values, read back.
#[test]
fn an_asset_is_stored_as_told() {
    let (mut world, args) = (exchange(), CollateralAddArgs { deposit_soft_cap: 700, ..ARGS });
    let (token, admin) = (mint(&mut world, "asset", 9), world.admin.insecure_clone());
    let outcome = world.send(&[add(&world, &token, args.clone())], &[&admin]).accepted();
    let exchange = world.exchange();
    let asset = exchange.collaterals[0];
    assert_eq!((exchange.collateral_count, exchange.collateral_index(&token.mint)), (1, Some(0)));
    assert_eq!((asset.mint, asset.vault), (token.mint, pda::vault(&token.mint)));
    assert_eq!((asset.token_program, asset.feed_id, asset.decimals), (SPL_TOKEN, FEED, 9));
    assert_eq!((asset.status, asset.market_plus_one), (COLLATERAL_ACTIVE, 0));
    assert_eq!((asset.haircut_e6, asset.haircut_slope_e6), (200_000, 100_000));
    assert_eq!((asset.deposit_soft_cap, asset.deposit_hard_cap, asset.withdrawal_exempt), (700, 1_000, 5));
    assert_eq!((asset.deposits, asset.last_publish_time, asset.outflow.net()), (0, 0, 0));
    let vault = world.vm.data(&asset.vault);
    assert_eq!(vault[..32], token.mint.to_bytes(), "the vault's mint");
    assert_eq!(vault[32..64], pda::exchange().to_bytes(), "the vault's authority is the exchange");
    let event = emitted!(outcome, CollateralAdded);
    assert_eq!((event.index, event.mint, event.vault), (0, token.mint, asset.vault));
    assert_eq!((event.feed_id, event.market_plus_one), (FEED, 0));
    assert_eq!((event.haircut_e6, event.haircut_slope_e6), (200_000, 100_000));
    assert_eq!((event.deposit_soft_cap, event.deposit_hard_cap), (700, 1_000));
}

/// Goal: an asset is its market's underlying exactly when the feed is the same. Method: both orders of listing.
#[test]
fn an_asset_finds_the_market_of_its_feed() {
    let mut world = exchange();
    world.add_collateral(&CollateralSpec::sol()).accepted();
    assert_eq!(world.exchange().collaterals[0].market(), None);
    world.add_market(&MarketSpec::btc()).accepted();
    world.add_market(&MarketSpec::sol()).accepted();
    assert_eq!(world.exchange().collaterals[0].market(), Some(1));
    let wrapped = CollateralSpec::new("wBTC", feeds::BTC, 1, 8);
    let outcome = world.add_collateral(&wrapped).accepted();
    assert_eq!(world.exchange().collaterals[1].market(), Some(0));
    assert_eq!(emitted!(outcome, CollateralAdded).market_plus_one, 1);
}

/// Goal: only the admin lists collateral. Method: every other role, no signature, the gate closed.
#[test]
fn only_the_admin_lists() {
    let mut world = exchange();
    let (token, admin) = (mint(&mut world, "asset", 9), world.admin.insecure_clone());
    let good = add(&world, &token, ARGS);
    for key in [&world.risk_authority, &world.guardian, &world.crank].map(|key| key.insecure_clone()) {
        let other = setup::collateral_add(&key.pubkey(), &key.pubkey(), &token.mint, &token.program, ARGS);
        world.send(&[other], &[&key]).refuses(BallastError::NotAdmin);
    }
    let crank = world.crank.insecure_clone();
    world.send(&[unsigned(&good, &admin.pubkey())], &[&crank]).refuses(ErrorCode::AccountNotSigner);
    world.set_gates(GATE_LISTING).accepted();
    world.send(&[good], &[&admin]).refuses(BallastError::GateClosed);
}

/// Goal: a mint is listed once, and the quote currency never. Method: list both again. The vault's address is the mint's
/// own, so the second vault cannot be made and the program's own check is never reached.
#[test]
fn a_mint_is_listed_once() {
    let mut world = exchange();
    let (token, admin, quote) = (mint(&mut world, "asset", 9), world.admin.insecure_clone(), world.quote);
    world.send(&[add(&world, &token, ARGS)], &[&admin]).accepted();
    let again = add(&world, &token, CollateralAddArgs { haircut_e6: 300_000, ..ARGS });
    world.send(&[again], &[&admin]).refused_with(ALREADY_IN_USE);
    world.send(&[add(&world, &quote, ARGS)], &[&admin]).refused_with(ALREADY_IN_USE);
}

/// Goal: eight assets and no ninth; two of them may read one feed. Method: nine mints.
#[test]
fn there_are_eight_slots() {
    let mut world = exchange();
    let admin = world.admin.insecure_clone();
    for n in 0..8u8 {
        let token = mint(&mut world, &format!("asset {n}"), n);
        world.send(&[add(&world, &token, ARGS)], &[&admin]).accepted();
        assert_eq!(world.exchange().collaterals[usize::from(n)].decimals, n);
    }
    let ninth = mint(&mut world, "asset 8", 6);
    world.send(&[add(&world, &ninth, ARGS)], &[&admin]).refuses(BallastError::TooManyCollaterals);
}

/// Goal: amount times price fits: at most 12 decimals. Method: 12 and 13.
#[test]
fn decimals_have_a_limit() {
    let mut world = exchange();
    let admin = world.admin.insecure_clone();
    let thirteen = mint(&mut world, "thirteen", 13);
    world.send(&[add(&world, &thirteen, ARGS)], &[&admin]).refuses(BallastError::CollateralDecimals);
    let twelve = mint(&mut world, "twelve", 12);
    world.send(&[add(&world, &twelve, ARGS)], &[&admin]).accepted();
}

/// Goal: terms keep their bounds: an asset that takes no part in a scan is cut by at least the least price range.
/// Method: each at its bounds and beyond, with and without a market.
#[test]
fn terms_keep_their_bounds() {
    let mut world = exchange();
    world.add_market(&MarketSpec::btc()).accepted();
    let (token, admin) = (mint(&mut world, "asset", 9), world.admin.insecure_clone());
    let in_market = CollateralAddArgs { feed_id: feeds::BTC, ..ARGS };
    let cases = [
        (CollateralAddArgs { haircut_e6: 160_000, ..ARGS }, true),
        (CollateralAddArgs { haircut_e6: 159_999, ..ARGS }, false),
        (CollateralAddArgs { haircut_e6: 950_000, ..ARGS }, true),
        (CollateralAddArgs { haircut_e6: 950_001, ..ARGS }, false),
        (CollateralAddArgs { haircut_e6: i64::MIN, ..ARGS }, false),
        (CollateralAddArgs { haircut_e6: 0, ..in_market.clone() }, true),
        (CollateralAddArgs { haircut_e6: -1, ..in_market.clone() }, false),
        (CollateralAddArgs { haircut_e6: 950_001, ..in_market }, false),
        (CollateralAddArgs { haircut_slope_e6: 0, ..ARGS }, true),
        (CollateralAddArgs { haircut_slope_e6: -1, ..ARGS }, false),
        (CollateralAddArgs { haircut_slope_e6: 2_000_000, ..ARGS }, true),
        (CollateralAddArgs { haircut_slope_e6: 2_000_001, ..ARGS }, false),
        (CollateralAddArgs { deposit_hard_cap: 0, ..ARGS }, false),
        (CollateralAddArgs { deposit_soft_cap: 1_000, ..ARGS }, true),
        (CollateralAddArgs { deposit_soft_cap: 1_001, ..ARGS }, false),
        (CollateralAddArgs { deposit_hard_cap: u64::MAX, withdrawal_exempt: u64::MAX, ..ARGS }, true),
    ];
    for (args, stands) in cases {
        println!("{args:?}");
        let sent = world.vm.simulate(&[add(&world, &token, args)], &[&admin]);
        if stands {
            sent.accepted();
        } else {
            sent.refuses(BallastError::ParameterOutOfBounds);
        }
    }
    let no_feed = CollateralAddArgs { feed_id: [0; 32], ..ARGS };
    world.send(&[add(&world, &token, no_feed)], &[&admin]).refuses(BallastError::FeedInUse);
}

/// Goal: accounts are what they are said to be. Method: one wrong account at a time.
#[test]
fn accounts_are_what_they_are_said_to_be() {
    let mut world = World::standard().expect("the usual scenario");
    world.funded("somebody", 0).expect("a portfolio");
    let (token, admin) = (mint(&mut world, "asset", 9), world.admin.insecure_clone());
    let good = add(&world, &token, ARGS);
    refuse_impostors(&mut world, &good, &pda::exchange(), &[&admin]);
    let copy = world.vm.data(&token.mint);
    let forged = plant(&mut world, "mint of no token program", ballast::ID, copy);
    let (vault, elsewhere) = (pda::vault(&token.mint), keypair("elsewhere").pubkey());
    for (case, bad, reason) in [
        ("forged mint", replaced(&good, &token.mint, &forged), ErrorCode::AccountOwnedByWrongProgram),
        ("vault elsewhere", replaced(&good, &vault, &elsewhere), ErrorCode::ConstraintSeeds),
        (
            "another's vault",
            replaced(&good, &vault, &pda::vault(&world.quote.mint)),
            ErrorCode::ConstraintSeeds,
        ),
        ("no token program", replaced(&good, &SPL_TOKEN, &ballast::ID), ErrorCode::InvalidProgramId),
    ] {
        println!("{case}");
        world.send(&[bad], &[&admin]).refuses(reason);
    }
    world.send(&[replaced(&good, &SPL_TOKEN, &TOKEN_2022)], &[&admin]).refuses_unnumbered("");
    let market = world.markets[0].address;
    world
        .send(&[replaced(&good, &token.mint, &market)], &[&admin])
        .refuses(ErrorCode::AccountOwnedByWrongProgram);
    world.send(&[good], &[&admin]).accepted();
}

//! `expiry_list`. Which slots are given out again is in `expiry_reuse.rs`.

use crate::scene::{emitted, read_only, refuse_impostors, unsigned, Refuses, DAY_SECS};
use anchor_lang::error::ErrorCode;
use ballast::{
    constants::{EXPIRIES, GATE_LISTING},
    error::BallastError,
    instructions::ExpiryListArgs,
    state::EXPIRY_LISTED,
};
use ballast_harness::{Sent, Verdict, World};
use ballast_sdk::{instruction::setup, pda};
use solana_signer::Signer;

const WINDOW_SECS: i64 = 1_800;
const TWO_YEARS_SECS: i64 = 2 * 31_536_000;

fn standard() -> World {
    let mut world = World::standard().expect("the usual scenario");
    world.funded("somebody", 0).expect("a portfolio");
    world
}

fn args(world: &World, ahead_secs: i64) -> ExpiryListArgs {
    let expiry_ts = world.vm.now().saturating_add(ahead_secs);
    ExpiryListArgs { expiry_ts, atm_e6: 1_000_000, skew_e6: -20_000, curvature_e6: 8_000, basis_e6: 50_000 }
}

fn list(world: &mut World, args: ExpiryListArgs) -> Sent {
    let (authority, market) = (world.risk_authority.insecure_clone(), world.markets[0].address);
    world.send(&[setup::expiry_list(&authority.pubkey(), &market, args)], &[&authority])
}

/// Goal: an expiry is stored as told in the first free slot, and the event tells it. Method: two of them, read back.
#[test]
fn an_expiry_is_stored_as_told() {
    let mut world = standard();
    let first = args(&world, 30 * DAY_SECS);
    list(&mut world, first).accepted();
    let told = args(&world, 7 * DAY_SECS);
    let outcome = list(&mut world, told).accepted();
    let market = world.market(0);
    let slot = &market.expiries[1];
    assert_eq!((slot.status, slot.expiry_ts, slot.strike_count), (EXPIRY_LISTED, told.expiry_ts, 0));
    assert_eq!((slot.atm_e6, slot.skew_e6), (told.atm_e6, told.skew_e6));
    assert_eq!((slot.curvature_e6, slot.basis_e6), (told.curvature_e6, told.basis_e6));
    assert_eq!((slot.open_lines, slot.escrow_e6, slot.settled_e8, slot.settled_at), (0, 0, 0, 0));
    assert_eq!(market.expiries[0].expiry_ts, first.expiry_ts);
    let event = emitted!(outcome, ExpiryListed);
    assert_eq!((event.market, event.expiry_slot, event.expiry_ts), (0, 1, told.expiry_ts));
    assert_eq!((event.atm_e6, event.skew_e6), (told.atm_e6, told.skew_e6));
    assert_eq!((event.curvature_e6, event.basis_e6), (told.curvature_e6, told.basis_e6));
}

/// Goal: only the risk authority lists expiries. Method: every other role, no signature, the gate closed.
#[test]
fn only_the_risk_authority_lists() {
    let mut world = standard();
    let (market, told) = (world.markets[0].address, args(&world, DAY_SECS));
    for key in [&world.admin, &world.guardian, &world.crank].map(|key| key.insecure_clone()) {
        let other = setup::expiry_list(&key.pubkey(), &market, told);
        world.send(&[other], &[&key]).refuses(BallastError::NotRiskAuthority);
    }
    let (authority, crank) = (world.risk_authority.pubkey(), world.crank.insecure_clone());
    let good = setup::expiry_list(&authority, &market, told);
    world.send(&[unsigned(&good, &authority)], &[&crank]).refuses(ErrorCode::AccountNotSigner);
    world.set_gates(GATE_LISTING).accepted();
    list(&mut world, told).refuses(BallastError::GateClosed);
}

/// Goal: an expiry lies at least a settlement window and at most two years ahead. Method: both bounds and beyond, the
/// ends of time.
#[test]
fn an_expiry_lies_ahead() {
    let mut world = standard();
    for ahead in [WINDOW_SECS - 1, 0, -1, TWO_YEARS_SECS + 1, i64::MAX, i64::MIN] {
        println!("{ahead} seconds ahead");
        let told = args(&world, ahead);
        list(&mut world, told).refuses(BallastError::ExpiryTime);
    }
    for ahead in [WINDOW_SECS, TWO_YEARS_SECS] {
        let told = args(&world, ahead);
        list(&mut world, told).accepted();
    }
}

/// Goal: a time is listed once in a market, and in every market. Method: list it twice, and in another market.
#[test]
fn a_time_is_listed_once_a_market() {
    let mut world = standard();
    let told = args(&world, DAY_SECS);
    list(&mut world, told).accepted();
    list(&mut world, ExpiryListArgs { atm_e6: 2_000_000, ..told }).refuses(BallastError::ExpiryAlreadyListed);
    let (authority, ether) = (world.risk_authority.insecure_clone(), world.markets[1].address);
    world.send(&[setup::expiry_list(&authority.pubkey(), &ether, told)], &[&authority]).accepted();
}

/// Goal: twelve expiries and no thirteenth. Method: list them.
#[test]
fn there_are_twelve_slots() {
    let mut world = standard();
    for n in 0..EXPIRIES {
        let told = args(&world, i64::try_from(n + 1).expect("few") * DAY_SECS);
        let outcome = list(&mut world, told).accepted();
        assert_eq!(usize::from(emitted!(outcome, ExpiryListed).expiry_slot), n);
    }
    let thirteenth = args(&world, 100 * DAY_SECS);
    list(&mut world, thirteenth).refuses(BallastError::TooManyExpiries);
}

/// Goal: the surface keeps its bounds, and the log names the parameter that does not. Method: each at its bounds and one
/// beyond.
#[test]
fn surfaces_keep_their_bounds() {
    type Field = fn(&mut ExpiryListArgs) -> &mut i64;
    let world = standard();
    let bounds: [(&str, Field, i64, i64); 4] = [
        ("atm_e6", |args| &mut args.atm_e6, 200_000, 5_000_000),
        ("skew_e6", |args| &mut args.skew_e6, -50_000, 50_000),
        ("curvature_e6", |args| &mut args.curvature_e6, 0, 15_000),
        ("basis_e6", |args| &mut args.basis_e6, -1_000_000, 1_000_000),
    ];
    let (authority, market) = (&world.risk_authority, world.markets[0].address);
    for (name, field, low, high) in bounds {
        for (value, stands) in
            [(low, true), (high, true), (low - 1, false), (high + 1, false), (i64::MAX, false)]
        {
            println!("{name} {value}");
            let mut told = args(&world, DAY_SECS);
            *field(&mut told) = value;
            let list = setup::expiry_list(&authority.pubkey(), &market, told);
            let sent = world.vm.simulate(&[list], &[authority]);
            if stands {
                sent.accepted();
            } else {
                let logs = sent.refuses(BallastError::ParameterOutOfBounds).logs;
                assert!(logs.contains(&format!("Program log: {name}")), "{logs:?}");
            }
        }
    }
}

/// Goal: exchange and market are what they are said to be, and the market can be written. Method: impostors, read-only.
#[test]
fn accounts_are_what_they_are_said_to_be() {
    let mut world = standard();
    let (authority, market) = (world.risk_authority.insecure_clone(), world.markets[0].address);
    let good = setup::expiry_list(&authority.pubkey(), &market, args(&world, DAY_SECS));
    refuse_impostors(&mut world, &good, &pda::exchange(), &[&authority]);
    refuse_impostors(&mut world, &good, &market, &[&authority]);
    world.send(&[read_only(&good, &market)], &[&authority]).refuses(ErrorCode::ConstraintMut);
    world.send(&[good], &[&authority]).accepted();
}

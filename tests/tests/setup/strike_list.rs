//! `strike_list`.

use crate::scene::{emitted, read_only, refuse_impostors, unsigned, Refuses, DAY_SECS, USD_E8};
use anchor_lang::{error::ErrorCode, solana_program::instruction::Instruction};
use ballast::{
    constants::{EXPIRIES, GATE_LISTING, STRIKES},
    error::BallastError,
    instructions::StrikeListArgs,
};
use ballast_harness::{world::Surface, Sent, Verdict, World};
use ballast_risk::{bounds::PRICE_MAX_E8, Strike};
use ballast_sdk::{instruction::setup, pda};
use solana_signer::Signer;

/// A world with a BTC expiry tomorrow without strikes, and its time.
fn scene() -> (World, i64) {
    let mut world = World::standard().expect("the usual scenario");
    world.funded("somebody", 0).expect("a portfolio");
    let expiry = world.vm.now() + DAY_SECS;
    world.list_expiry("BTC", expiry, Surface::FLAT, &[]).expect("an expiry");
    (world, expiry)
}

fn instruction(world: &World, expiry_slot: u8, expiry_ts: i64, strikes_e8: &[u64]) -> Instruction {
    let args = StrikeListArgs { expiry_slot, expiry_ts, strikes_e8: strikes_e8.to_vec() };
    setup::strike_list(&world.risk_authority.pubkey(), &world.markets[0].address, args)
}

fn list(world: &mut World, expiry_slot: u8, expiry_ts: i64, strikes_e8: &[u64]) -> Sent {
    let list = instruction(world, expiry_slot, expiry_ts, strikes_e8);
    let authority = world.risk_authority.insecure_clone();
    world.send(&[list], &[&authority])
}

/// Goal: strikes are appended in the order given with the engine's logarithms, and the event tells them. Method: two
/// listings, not in order of price.
#[test]
fn strikes_are_appended() {
    let (mut world, expiry) = scene();
    list(&mut world, 0, expiry, &[120_000 * USD_E8, 100_000 * USD_E8]).accepted();
    let outcome = list(&mut world, 0, expiry, &[1, PRICE_MAX_E8]).accepted();
    let market = world.market(0);
    let listed = market.expiries[0].listed_strikes();
    let prices: Vec<u64> = listed.iter().map(|strike| strike.price_e8).collect();
    assert_eq!(prices, [120_000 * USD_E8, 100_000 * USD_E8, 1, PRICE_MAX_E8]);
    for strike in listed {
        assert_eq!(strike.ln_q40, Strike::new(strike.price_e8).ln_q40);
        assert_eq!((strike.calls_e6, strike.puts_e6), (0, 0));
    }
    let event = emitted!(outcome, StrikesListed);
    assert_eq!((event.market, event.expiry_slot, event.expiry_ts), (0, 0, expiry));
    assert_eq!((event.first_strike_slot, event.strikes_e8.as_slice()), (2, &[1, PRICE_MAX_E8][..]));
}

/// Goal: only the risk authority lists strikes. Method: every other role, no signature, the gate closed.
#[test]
fn only_the_risk_authority_lists() {
    let (mut world, expiry) = scene();
    let market = world.markets[0].address;
    let args = StrikeListArgs { expiry_slot: 0, expiry_ts: expiry, strikes_e8: vec![USD_E8] };
    for key in [&world.admin, &world.guardian, &world.crank].map(|key| key.insecure_clone()) {
        let other = setup::strike_list(&key.pubkey(), &market, args.clone());
        world.send(&[other], &[&key]).refuses(BallastError::NotRiskAuthority);
    }
    let (authority, crank) = (world.risk_authority.pubkey(), world.crank.insecure_clone());
    let good = instruction(&world, 0, expiry, &[USD_E8]);
    world.send(&[unsigned(&good, &authority)], &[&crank]).refuses(ErrorCode::AccountNotSigner);
    world.set_gates(GATE_LISTING).accepted();
    list(&mut world, 0, expiry, &[USD_E8]).refuses(BallastError::GateClosed);
}

/// Goal: the expiry meant is the one in the slot. Method: free slots, slots that do not exist, another time.
#[test]
fn the_expiry_meant_is_the_one_in_the_slot() {
    let (mut world, expiry) = scene();
    let beyond = u8::try_from(EXPIRIES).expect("few");
    for (slot, expiry_ts) in
        [(1, expiry), (1, 0), (beyond, expiry), (255, expiry), (0, expiry + 1), (0, 0), (0, i64::MIN)]
    {
        println!("slot {slot}, expiry {expiry_ts}");
        list(&mut world, slot, expiry_ts, &[USD_E8]).refuses(BallastError::ExpiryNotListed);
    }
}

/// Goal: a strike is a price, listed once, and a refused list leaves none of its strikes. Method: none, zero, above the
/// engine's range, twice in a list, twice in two.
#[test]
fn a_strike_is_listed_once() {
    let (mut world, expiry) = scene();
    list(&mut world, 0, expiry, &[]).refuses(BallastError::ZeroAmount);
    for bad in [0, PRICE_MAX_E8 + 1, u64::MAX] {
        list(&mut world, 0, expiry, &[USD_E8, bad]).refuses(BallastError::StrikePrice);
    }
    list(&mut world, 0, expiry, &[USD_E8, 2 * USD_E8, USD_E8]).refuses(BallastError::StrikeAlreadyListed);
    assert_eq!(world.market(0).expiries[0].strike_count, 0);
    list(&mut world, 0, expiry, &[USD_E8]).accepted();
    list(&mut world, 0, expiry, &[2 * USD_E8, USD_E8]).refuses(BallastError::StrikeAlreadyListed);
    assert_eq!(world.market(0).expiries[0].strike_count, 1);
}

/// Goal: thirty-two strikes, in one transaction, and no thirty-third. Method: list them.
#[test]
fn there_are_thirty_two_slots() {
    let (mut world, expiry) = scene();
    let all: Vec<u64> = (1..=STRIKES as u64).map(|n| n * USD_E8).collect();
    let one_more: Vec<u64> = (1..=STRIKES as u64 + 1).map(|n| n * USD_E8).collect();
    list(&mut world, 0, expiry, &one_more).refuses(BallastError::TooManyStrikes);
    list(&mut world, 0, expiry, &all).accepted();
    list(&mut world, 0, expiry, &[USD_E8 / 2]).refuses(BallastError::TooManyStrikes);
}

/// Goal: an expiry that passed takes no strike. Method: its last second, then the expiry itself.
#[test]
fn a_passed_expiry_takes_no_strike() {
    let (mut world, expiry) = scene();
    world.vm.advance(DAY_SECS - 1);
    list(&mut world, 0, expiry, &[USD_E8]).accepted();
    world.vm.advance(1);
    list(&mut world, 0, expiry, &[2 * USD_E8]).refuses(BallastError::Expired);
}

/// Goal: exchange and market are what they are said to be, and the market can be written. Method: impostors, read-only.
#[test]
fn accounts_are_what_they_are_said_to_be() {
    let (mut world, expiry) = scene();
    let (authority, market) = (world.risk_authority.insecure_clone(), world.markets[0].address);
    let good = instruction(&world, 0, expiry, &[USD_E8]);
    refuse_impostors(&mut world, &good, &pda::exchange(), &[&authority]);
    refuse_impostors(&mut world, &good, &market, &[&authority]);
    world.send(&[read_only(&good, &market)], &[&authority]).refuses(ErrorCode::ConstraintMut);
    world.send(&[good], &[&authority]).accepted();
}

//! `pause` and `unpause`: half an hour, twice in a row at most.

use super::{gated, set, standard};
use crate::scene::{emitted, read_only, refuse_impostors, unsigned, Refuses, HOUR_SECS, USD_E6};
use anchor_lang::error::ErrorCode;
use ballast::{
    constants::{
        GATES_ALL, GATE_LISTING, GATE_PORTFOLIO_OPEN, GATE_TRADE, GATE_WITHDRAW, PAUSE_REST_SECS, PAUSE_SECS,
    },
    error::BallastError,
};
use ballast_harness::{Sent, Trader, Verdict, World};
use ballast_sdk::{
    instruction::setup::{pause, unpause},
    pda,
};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// A trader with cash and nothing else: withdrawing needs no price.
fn saver(world: &mut World) -> Trader {
    world.funded("saver", 1_000 * USD_E6).expect("a portfolio with cash")
}

fn withdraw(world: &mut World, saver: &Trader) -> Sent {
    world.withdraw(saver, "USDC", USD_E6)
}

/// Goal: a paused gate is closed, the others are not. Method: each thing a gate closes, in a world of its own, with that
/// gate paused, with all others, and with none.
#[test]
fn a_pause_closes_its_gates() {
    for at in 0..gated().1.len() {
        let (mut world, acts) = gated();
        let (gate, act) = &acts[at];
        world.pause(*gate).accepted();
        act(&mut world).refuses(BallastError::GateClosed);
        world.unpause(*gate).accepted();
        world.pause(GATES_ALL & !*gate).accepted();
        act(&mut world).accepted();
    }
}

/// Goal: guardian and admin pause and end pauses, and the events say until when. Method: both, each gate and all.
#[test]
fn guardian_and_admin_pause() {
    let mut world = standard();
    for key in [&world.guardian, &world.admin].map(Keypair::insecure_clone) {
        for gates in [GATE_TRADE, GATE_WITHDRAW | GATE_LISTING, GATES_ALL] {
            world.vm.advance(2 * PAUSE_REST_SECS);
            let now = world.vm.now();
            let outcome = world.send(&[pause(&key.pubkey(), gates)], &[&key]).accepted();
            let event = emitted!(outcome, GatesPaused);
            assert_eq!((event.authority, event.gates, event.until), (key.pubkey(), gates, now + PAUSE_SECS));
            world.vm.advance(60);
            let outcome = world.send(&[unpause(&key.pubkey(), gates)], &[&key]).accepted();
            let event = emitted!(outcome, GatesUnpaused);
            assert_eq!((event.authority, event.gates), (key.pubkey(), gates));
            let paused = world.exchange().pauses.iter().filter(|pause| pause.is_running(now + 60)).count();
            assert_eq!(paused, 0);
        }
    }
    assert_eq!(world.exchange().gates, 0);
}

/// Goal: a pause is over by itself. Method: the second before, and the second; nobody sends anything.
#[test]
fn a_pause_lapses() {
    let mut world = standard();
    let saver = saver(&mut world);
    world.pause(GATE_WITHDRAW).accepted();
    withdraw(&mut world, &saver).refuses(BallastError::GateClosed);
    world.vm.advance(PAUSE_SECS - 1);
    withdraw(&mut world, &saver).refuses(BallastError::GateClosed);
    world.vm.advance(1);
    withdraw(&mut world, &saver).accepted();
}

/// Goal: a gate is paused for an hour in a row and then open for a day, whoever asks; other gates have pauses of their
/// own. Method: pause twice, the second before the first is over; a third at every moment until a day after, by the guardian
/// and by the admin; together with a gate that was not paused, which then is not either.
#[test]
fn two_in_a_row_and_no_third() {
    let mut world = standard();
    let saver = saver(&mut world);
    world.pause(GATE_WITHDRAW).accepted();
    world.vm.advance(PAUSE_SECS - 1);
    world.pause(GATE_WITHDRAW).accepted();
    for wait in [0, 1, PAUSE_SECS - 2] {
        world.vm.advance(wait);
        withdraw(&mut world, &saver).refuses(BallastError::GateClosed);
        world.pause(GATE_WITHDRAW).refuses(BallastError::PauseSpent);
    }
    for wait in [1, 1, HOUR_SECS, PAUSE_REST_SECS - HOUR_SECS - 2] {
        world.vm.advance(wait);
        withdraw(&mut world, &saver).accepted();
        for key in [&world.guardian, &world.admin].map(Keypair::insecure_clone) {
            for gates in [GATE_WITHDRAW, GATE_WITHDRAW | GATE_TRADE] {
                world.send(&[pause(&key.pubkey(), gates)], &[&key]).refuses(BallastError::PauseSpent);
            }
        }
        assert!(!world.exchange().pauses[0].is_running(world.vm.now()));
    }
    world.pause(GATE_TRADE | GATE_PORTFOLIO_OPEN).accepted();
    world.vm.advance(1);
    world.pause(GATES_ALL).accepted();
    withdraw(&mut world, &saver).refuses(BallastError::GateClosed);
}

/// Goal: ending a pause early buys no further one. Method: end both at once; the third waits for a day from the end.
#[test]
fn an_early_end_counts() {
    let mut world = standard();
    for _ in 0..2 {
        world.pause(GATE_TRADE).accepted();
        world.vm.advance(1);
        world.unpause(GATE_TRADE).accepted();
    }
    world.pause(GATE_TRADE).refuses(BallastError::PauseSpent);
    world.unpause(GATE_TRADE).accepted();
    world.vm.advance(PAUSE_REST_SECS - 1);
    world.pause(GATE_TRADE).refuses(BallastError::PauseSpent);
    world.vm.advance(1);
    world.pause(GATE_TRADE).accepted();
}

/// Goal: what the admin closes stays closed when a pause is over, and opening a gate ends no pause. Method: both, one after
/// the other.
#[test]
fn closing_and_pausing_are_two_things() {
    let mut world = standard();
    let saver = saver(&mut world);
    world.pause(GATE_WITHDRAW).accepted();
    world.set_gates(GATE_WITHDRAW).accepted();
    world.set_gates(0).accepted();
    withdraw(&mut world, &saver).refuses(BallastError::GateClosed);
    world.set_gates(GATE_WITHDRAW).accepted();
    world.unpause(GATE_WITHDRAW).accepted();
    world.vm.advance(PAUSE_SECS);
    withdraw(&mut world, &saver).refuses(BallastError::GateClosed);
    world.set_gates(0).accepted();
    withdraw(&mut world, &saver).accepted();
}

/// Goal: nobody else pauses or ends a pause, and whoever does signs. Method: other roles, no signature; nothing moved.
#[test]
fn strangers_pause_nothing() {
    let mut world = standard();
    world.pause(GATE_LISTING).accepted();
    let before = world.exchange().pauses;
    for key in [&world.risk_authority, &world.crank].map(Keypair::insecure_clone) {
        for build in [pause, unpause] {
            world.send(&[build(&key.pubkey(), GATES_ALL)], &[&key]).refuses(BallastError::NotGuardian);
        }
    }
    let (crank, guardian) = (world.crank.insecure_clone(), world.guardian.pubkey());
    for build in [pause, unpause] {
        let good = build(&guardian, GATES_ALL);
        world.send(&[unsigned(&good, &guardian)], &[&crank]).refuses(ErrorCode::AccountNotSigner);
    }
    assert_eq!(world.exchange().pauses, before);
}

/// Goal: no bit, and a bit that is no gate, are refused, whoever asks. Method: none, the next bit, the highest, all.
#[test]
fn only_gates_are_paused() {
    let mut world = standard();
    for key in [&world.guardian, &world.admin].map(Keypair::insecure_clone) {
        for gates in [0, GATES_ALL + 1, 1 << 63, u64::MAX, GATE_TRADE | 1 << 4] {
            for build in [pause, unpause] {
                let sent = world.send(&[build(&key.pubkey(), gates)], &[&key]);
                sent.refuses(BallastError::ParameterOutOfBounds);
            }
        }
    }
    let admin = world.admin.insecure_clone();
    set(&mut world, &admin, 0).accepted();
}

/// Goal: the exchange is the exchange and can be written. Method: impostors, read-only.
#[test]
fn the_exchange_is_the_exchange() {
    let mut world = standard();
    let guardian = world.guardian.insecure_clone();
    for build in [pause, unpause] {
        let good = build(&guardian.pubkey(), GATE_TRADE);
        refuse_impostors(&mut world, &good, &pda::exchange(), &[&guardian]);
        world.send(&[read_only(&good, &pda::exchange())], &[&guardian]).refuses(ErrorCode::ConstraintMut);
    }
}

//! `fees_sweep`: fees of trades go to insurance, by anybody's hand.

mod scene;

use anchor_lang::error::ErrorCode;
use ballast::error::BallastError;
use ballast_harness::{Verdict, World};
use ballast_sdk::{instruction::money::fees_sweep, pda};
use scene::{emitted, read_only, refuse_impostors, replaced, traded, Refuses, Scene};

/// Goal: a market's fees become insurance to the unit, once, and the event tells it. Method: sweep what a trade left,
/// twice.
#[test]
fn fees_become_insurance() {
    let Scene { mut world, .. } = traded();
    let fees_e6 = world.market(0).fees_e6;
    assert!(fees_e6 > 0);
    let outcome = world.sweep_fees("BTC").accepted();
    let event = emitted!(outcome, FeesSwept);
    assert_eq!((event.market, event.fees_e6, event.insurance_e6), (0, fees_e6, fees_e6));
    assert_eq!((world.market(0).fees_e6, world.exchange().insurance_e6), (0, fees_e6));
    world.sweep_fees("BTC").refuses(BallastError::NoFees);
}

/// Goal: a market nobody traded has nothing to sweep. Method: sweep it.
#[test]
fn no_trade_no_fees() {
    let mut world = World::standard().expect("the usual scenario");
    for symbol in ["BTC", "ETH", "SOL"] {
        world.sweep_fees(symbol).refuses(BallastError::NoFees);
    }
}

/// Goal: fees stay where they are for whoever brings other accounts. Method: impostors, read-only accounts, the same
/// account twice.
#[test]
fn accounts_are_what_they_are_said_to_be() {
    let Scene { mut world, .. } = traded();
    let crank = world.crank.insecure_clone();
    let (good, market) =
        (fees_sweep(&world.exchange(), 0).expect("an instruction"), world.markets[0].address);
    for account in [pda::exchange(), market] {
        refuse_impostors(&mut world, &good, &account, &[&crank]);
        world.send(&[read_only(&good, &account)], &[&crank]).refuses(ErrorCode::ConstraintMut);
    }
    let twice = replaced(&good, &market, &pda::exchange());
    world.send(&[twice], &[&crank]).refuses(ErrorCode::AccountDiscriminatorMismatch);
    world.send(&[good], &[&crank]).accepted();
}

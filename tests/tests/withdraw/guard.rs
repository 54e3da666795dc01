//! The outflow guard: a quarter of a vault in a sliding hour; small withdrawals are exempt.

use crate::scene::{emitted, Refuses, HOUR_SECS, SOL, USD_E6};
use ballast::error::BallastError;
use ballast_harness::{Rejected, Trader, World};

/// Seconds after which a withdrawal is out of every window: an hour and a bucket.
const FORGOTTEN_SECS: i64 = HOUR_SECS + 600;

/// A whale with 1,000,000 of cash and 1,000 SOL and somebody small with 10,000, deposited hours ago.
fn scene() -> Result<(World, Trader, Trader), Box<Rejected>> {
    let mut world = World::standard().expect("the usual scenario");
    let whale = world.funded("whale", 1_000_000 * USD_E6)?;
    world.fund(&whale, "SOL", 1_000 * SOL)?;
    let small = world.funded("small", 10_000 * USD_E6)?;
    for trader in [&whale, &small] {
        world.give(trader, "USDC", 0)?;
    }
    world.vm.advance(2 * FORGOTTEN_SECS);
    Ok((world, whale, small))
}

/// Goal: a quarter of what the vault held leaves within an hour, to the unit, and the event tells the outflow. Method:
/// one more than the quarter, the quarter, one more.
#[test]
fn a_quarter_leaves_and_no_more() -> Result<(), Box<Rejected>> {
    let (mut world, whale, _) = scene()?;
    let quarter = 1_010_000 * USD_E6 / 4;
    world.withdraw(&whale, "USDC", quarter + 1).refuses(BallastError::OutflowLimit);
    world.withdraw(&whale, "USDC", quarter / 2)?;
    let outcome = world.withdraw(&whale, "USDC", quarter - quarter / 2)?;
    assert_eq!(emitted!(outcome, Withdrawn).outflow.unsigned_abs(), quarter);
    world.withdraw(&whale, "USDC", 1).refuses(BallastError::OutflowLimit);
    // Another asset has a window of its own.
    world.withdraw(&whale, "SOL", 250 * SOL + 1).refuses(BallastError::OutflowLimit);
    world.withdraw(&whale, "SOL", 250 * SOL)?;
    world.withdraw(&whale, "SOL", 1).refuses(BallastError::OutflowLimit);
    Ok(())
}

/// Goal: somebody small is not held by a whale's run: 1,000 an hour, counted over all their withdrawals. Method: after
/// the quarter has left, to the unit; an hour later again.
#[test]
fn the_small_are_exempt() -> Result<(), Box<Rejected>> {
    let (mut world, whale, small) = scene()?;
    world.withdraw(&whale, "USDC", 1_010_000 * USD_E6 / 4)?;
    world.withdraw(&small, "USDC", 1_000 * USD_E6 + 1).refuses(BallastError::OutflowLimit);
    world.withdraw(&small, "USDC", 400 * USD_E6)?;
    world.withdraw(&small, "USDC", 600 * USD_E6 + 1).refuses(BallastError::OutflowLimit);
    world.withdraw(&small, "USDC", 600 * USD_E6)?;
    world.withdraw(&small, "USDC", 1).refuses(BallastError::OutflowLimit);
    world.vm.advance(HOUR_SECS - 1);
    world.withdraw(&small, "USDC", 1).refuses(BallastError::OutflowLimit);
    world.vm.advance(1);
    world.withdraw(&small, "USDC", 1_000 * USD_E6)?;
    Ok(())
}

/// Goal: five SOL an hour are exempt as listed, whatever was withdrawn of cash. Method: the SOL quarter gone by another.
#[test]
fn an_asset_has_its_own_exemption() -> Result<(), Box<Rejected>> {
    let (mut world, whale, small) = scene()?;
    world.fund(&small, "SOL", 100 * SOL)?;
    world.vm.advance(2 * FORGOTTEN_SECS);
    world.withdraw(&whale, "SOL", 275 * SOL)?;
    world.withdraw(&small, "USDC", 1_000 * USD_E6)?;
    world.withdraw(&small, "SOL", 5 * SOL + 1).refuses(BallastError::OutflowLimit);
    world.withdraw(&small, "SOL", 5 * SOL)?;
    world.withdraw(&small, "SOL", 1).refuses(BallastError::OutflowLimit);
    Ok(())
}

/// Goal: the window slides: an hour holds, seventy minutes do not, and then it is a quarter of what is left. Method: the
/// quarter, then its last hold and its first release.
#[test]
fn the_window_slides() -> Result<(), Box<Rejected>> {
    let (mut world, whale, _) = scene()?;
    world.withdraw(&whale, "USDC", 1_010_000 * USD_E6 / 4)?;
    world.vm.advance(HOUR_SECS);
    world.withdraw(&whale, "USDC", 1_001 * USD_E6).refuses(BallastError::OutflowLimit);
    world.vm.advance(FORGOTTEN_SECS - HOUR_SECS);
    let quarter = world.vault("USDC") / 4;
    world.withdraw(&whale, "USDC", quarter + 1).refuses(BallastError::OutflowLimit);
    world.withdraw(&whale, "USDC", quarter)?;
    Ok(())
}

/// Goal: what comes may leave: a deposit within the hour raises what may leave by itself and no more. Method: another
/// deposits, the whale takes the quarter and as much again.
#[test]
fn what_came_within_the_hour_may_leave() -> Result<(), Box<Rejected>> {
    let (mut world, whale, small) = scene()?;
    world.fund(&small, "USDC", 100_000 * USD_E6)?;
    let most = 1_010_000 * USD_E6 / 4 + 100_000 * USD_E6;
    world.withdraw(&whale, "USDC", most + 1).refuses(BallastError::OutflowLimit);
    world.withdraw(&whale, "USDC", most)?;
    world.withdraw(&small, "USDC", 1_001 * USD_E6).refuses(BallastError::OutflowLimit);
    Ok(())
}

/// Goal: going in and out again does not wear the window out for others. Method: twenty round trips, then the
/// quarter.
#[test]
fn round_trips_cost_nobody_anything() -> Result<(), Box<Rejected>> {
    let (mut world, whale, small) = scene()?;
    for _ in 0..20 {
        world.withdraw(&small, "USDC", 10_000 * USD_E6)?;
        world.deposit(&small, "USDC", 10_000 * USD_E6)?;
    }
    assert_eq!(world.exchange().quote_outflow.net(), 0);
    world.withdraw(&whale, "USDC", 1_010_000 * USD_E6 / 4)?;
    Ok(())
}

/// Goal: a refused withdrawal leaves no trace in window or allowance. Method: many refusals, then the largest amount.
#[test]
fn a_refusal_leaves_no_trace() -> Result<(), Box<Rejected>> {
    let (mut world, whale, _) = scene()?;
    for _ in 0..5 {
        world.withdraw(&whale, "USDC", 1_000_000 * USD_E6).refuses(BallastError::OutflowLimit);
    }
    assert_eq!(world.portfolio_of(&whale).withdrawn.withdrawn, [0; 9]);
    world.withdraw(&whale, "USDC", 1_010_000 * USD_E6 / 4)?;
    Ok(())
}

//! Balance and margin: nobody takes out what they do not have, nor what holds their options.

use crate::scene::{
    emitted, listed, traded, Refuses, Scene, DAY_SECS, HOUR_SECS, SOL, UNIT_E6, USD_E6, USD_E8,
};
use ballast::error::BallastError;
use ballast_harness::{world::Kind, Rejected, Trader, Verdict, World};
use ballast_sdk::search::Asset;

/// Goal: zero is no amount, and nobody takes out more than they hold. Method: zero, one more than held, the ends of the
/// number range, an asset not held; of either asset, while others' money lies in the vault.
#[test]
fn nobody_takes_more_than_they_hold() -> Result<(), Box<Rejected>> {
    let (mut world, _) = listed();
    let (owner, whale) = (world.funded("owner", 500 * USD_E6)?, world.funded("whale", 1_000_000 * USD_E6)?);
    world.fund(&whale, "SOL", 10_000 * SOL)?;
    world.give(&owner, "USDC", 0)?;
    world.give(&owner, "SOL", 0)?;
    world.withdraw(&owner, "SOL", 1).refuses(BallastError::InsufficientBalance);
    world.fund(&owner, "SOL", SOL)?;
    for (asset, held) in [("USDC", 500 * USD_E6), ("SOL", SOL)] {
        world.withdraw(&owner, asset, 0).refuses(BallastError::ZeroAmount);
        for amount in [held + 1, i64::MAX.unsigned_abs(), 1 << 63, u64::MAX] {
            world.withdraw(&owner, asset, amount).refuses(BallastError::InsufficientBalance);
        }
        world.withdraw(&owner, asset, held).accepted();
        world.withdraw(&owner, asset, 1).refuses(BallastError::InsufficientBalance);
    }
    assert!(world.portfolio_of(&owner).is_empty());
    Ok(())
}

/// Goal: what may leave is what initial margin lets go, to the unit; the event tells the excess left. Method: the largest
/// amount the SDK finds, and one more, of cash and of collateral, hours after the deposits.
#[test]
fn initial_margin_stays_to_the_unit() -> Result<(), Box<Rejected>> {
    for (asset, kind) in [("USDC", Asset::Quote), ("SOL", Asset::Collateral(0))] {
        let Scene { mut world, short, .. } = sold();
        world.wait(2 * HOUR_SECS)?;
        let most = world.snapshot().max_withdraw(&world.portfolio_of(&short), kind).expect("an amount");
        println!("{asset} {most}");
        world.withdraw(&short, asset, most + 1).refuses(BallastError::InitialMargin);
        let outcome = world.withdraw(&short, asset, most).accepted();
        let report = world.margin(&short).expect("a report");
        assert_eq!(emitted!(outcome, Withdrawn).excess_initial_e6, report.excess_initial_e6);
        assert!((0..10_000).contains(&report.excess_initial_e6), "{report:?}");
        let stored = world.portfolio_of(&short);
        assert_eq!(
            (stored.report_time, stored.report.excess_initial_e6),
            (world.vm.now(), report.excess_initial_e6)
        );
        world.withdraw(&short, asset, 1_000).refuses(BallastError::InitialMargin);
    }
    Ok(())
}

/// A short of one call with cash of 10,000 and 100 SOL, in a house with much more of both.
fn sold() -> Scene {
    let (mut world, expiry) = listed();
    let long = world.funded("long", 1_000_000 * USD_E6).expect("a buyer");
    world.fund(&long, "SOL", 100_000 * SOL).expect("a deposit");
    let short = world.funded("short", 10_000 * USD_E6).expect("a seller");
    world.fund(&short, "SOL", 100 * SOL).expect("a deposit");
    for asset in ["USDC", "SOL"] {
        world.give(&short, asset, 0).expect("a token account");
    }
    let call = world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, UNIT_E6);
    world.trade_at_mark(&short, &long, &[call]).expect("a trade");
    Scene { world, long, short, expiry }
}

/// A seller whose settled loss left a debt against SOL.
fn in_debt() -> (World, Trader) {
    let Scene { mut world, long, short, expiry } = sold();
    world.fund(&short, "SOL", 300 * SOL).expect("a deposit");
    world.unwatched(|world| world.live_to_settlement("BTC", expiry, |_| 150_000 * USD_E8)).expect("a price");
    world.settle(&long).expect("a gain");
    world.settle(&short).expect("a loss");
    assert!(world.portfolio_of(&short).cash_e6 < 0);
    (world, short)
}

/// Goal: while cash is below zero nothing leaves, however much collateral there is; once it is paid, it does. Method: a
/// loss settled against SOL.
#[test]
fn a_debt_holds_the_collateral() -> Result<(), Box<Rejected>> {
    let (mut world, debtor) = in_debt();
    let report = world.margin(&debtor).expect("a report");
    assert!(report.excess_initial_e6 > 10_000_000_000, "margin alone would let it go");
    world.withdraw(&debtor, "SOL", 1).refuses(BallastError::CashBelowZero);
    world.withdraw(&debtor, "USDC", 1).refuses(BallastError::InsufficientBalance);
    let owed = world.portfolio_of(&debtor).cash_e6.unsigned_abs();
    world.fund(&debtor, "USDC", owed - 1)?;
    world.withdraw(&debtor, "SOL", 1).refuses(BallastError::CashBelowZero);
    world.fund(&debtor, "USDC", 1)?;
    assert_eq!(world.portfolio_of(&debtor).debt_since, 0);
    world.withdraw(&debtor, "SOL", 1).accepted();
    Ok(())
}

/// Goal: an expiry that passed is no way out: until its price is recorded and the lines are cash, margin holds them.
/// Method: an hour after the expiry without a price, then with one, then settled.
#[test]
fn after_the_expiry_lines_still_hold() -> Result<(), Box<Rejected>> {
    let Scene { mut world, long, short, expiry } = traded();
    world.give(&short, "USDC", 0)?;
    let all = |world: &World| world.portfolio_of(&short).cash_e6.unsigned_abs();
    world.unwatched(|world| world.wait(30 * DAY_SECS + HOUR_SECS))?;
    world.set_price("BTC", 200_000 * USD_E8);
    let everything = all(&world);
    world.withdraw(&short, "USDC", everything).refuses(BallastError::InitialMargin);
    // What no settlement price can cost may leave all the same.
    world.withdraw(&short, "USDC", USD_E6).accepted();
    world.finalize("BTC", expiry).refuses(BallastError::NotFirstPrice);
    world.settle(&long).expect_err("there is no price yet");
    Ok(())
}

/// Goal: with a settlement price recorded, what is owed at it holds, and no more. Method: settle at 150,000, withdraw
/// before the lines are cash.
#[test]
fn a_settled_loss_holds_before_it_is_cash() -> Result<(), Box<Rejected>> {
    let Scene { mut world, short, expiry, .. } = sold();
    world.fund(&short, "SOL", 100 * SOL)?;
    world.unwatched(|world| world.live_to_settlement("BTC", expiry, |_| 150_000 * USD_E8))?;
    let most = world.snapshot().max_withdraw(&world.portfolio_of(&short), Asset::Collateral(0));
    let most = most.expect("an amount");
    world.withdraw(&short, "SOL", most + 1).refuses(BallastError::InitialMargin);
    world.withdraw(&short, "SOL", most).accepted();
    Ok(())
}

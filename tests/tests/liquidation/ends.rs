//! The end of a liquidation: by a deposit, by the market, by settlement; and what the owner may do then.

use crate::{
    pit::{
        at,
        fall::{flagged, sunk, WHOLE_E9},
    },
    scene::{emitted, Refuses, UNIT_E6, USD_E6, USD_E8},
};
use ballast::{error::BallastError, events::MarginAfter};
use ballast_harness::{world::Kind, Verdict};

/// Goal: a deposit ends a liquidation exactly where the exit test passes. Method: the cash the engine names less a
/// millionth of a dollar, then that millionth, paid by a stranger.
#[test]
fn a_deposit_ends_it_to_the_unit() {
    let mut fall = sunk();
    let missing_e6 = -fall.world.margin(&fall.victim).expect("a report").excess_exit_e6;
    let missing = u64::try_from(missing_e6).expect("a deficit");
    fall.world.fund(&fall.victim, "USDC", missing - 1).accepted();
    fall.world.end_liquidation(&fall.victim).refuses(BallastError::ExitNotReached);
    fall.take(WHOLE_E9).accepted();
    let mut fall = sunk();
    fall.world.fund(&fall.victim, "USDC", missing).accepted();
    let sequence = fall.world.portfolio_of(&fall.victim).sequence;
    let outcome = fall.world.end_liquidation(&fall.victim).accepted();
    let after = fall.world.portfolio_of(&fall.victim);
    assert_eq!((after.frozen, after.sequence), (0, sequence + 1));
    assert_eq!((after.liquidation.flagged_at, after.liquidation.flagged_slot), (0, 0));
    let report = fall.world.margin(&fall.victim).expect("a report");
    assert_eq!((report.excess_exit_e6, after.report.engine()), (0, &report));
    let event = emitted!(outcome, LiquidationEnded);
    assert_eq!((event.portfolio, event.slices), (fall.victim.portfolio(), 0));
    assert_eq!(event.margin, MarginAfter::from(&report));
}

/// Goal: the market may end it, and anyone may say so. Method: the price recovers after one small slice.
#[test]
fn a_recovery_ends_it() {
    let mut fall = flagged();
    fall.take(WHOLE_E9 / 1_000).accepted();
    fall.rest_at(116_000 * USD_E8);
    let outcome = fall.world.end_liquidation(&fall.victim).accepted();
    assert_eq!(emitted!(outcome, LiquidationEnded).slices, 1);
    assert!(!fall.world.portfolio_of(&fall.victim).is_frozen());
}

/// Goal: above maintenance margin but under the exit test it goes on. Method: a dollar above the limit.
#[test]
fn maintenance_margin_is_not_the_end() {
    let mut fall = flagged();
    let limit_e8 = fall.limit_e8();
    fall.rest_at(limit_e8 + 10 * USD_E8);
    let report = fall.world.margin(&fall.victim).expect("a report");
    assert!(report.excess_maintenance_e6 >= 0 && report.excess_exit_e6 < 0);
    fall.world.end_liquidation(&fall.victim).refuses(BallastError::ExitNotReached);
    fall.take(WHOLE_E9).accepted();
    assert!(!fall.world.portfolio_of(&fall.victim).is_frozen());
}

/// Goal: who is left without lines and debt is free, whatever the prices. Method: the frozen book lives through its
/// settlement and is ended without a price account.
#[test]
fn a_settled_book_without_debt_is_free() {
    let mut fall = flagged();
    at(&mut fall.world, fall.expiry);
    let first = fall.world.good_update("BTC", 120_000 * USD_E8).after(fall.expiry - 1);
    fall.world.post(first);
    fall.world.finalize("BTC", fall.expiry).accepted();
    fall.world.settle(&fall.victim).accepted();
    assert!(fall.world.portfolio_of(&fall.victim).is_frozen());
    assert_eq!(fall.end_instruction().accounts.len(), 2);
    fall.world.end_liquidation(&fall.victim).accepted();
    assert!(!fall.world.portfolio_of(&fall.victim).is_frozen());
}

/// Goal: a freed portfolio trades and withdraws again, and may be flagged again with the ramp at its beginning. Method:
/// end by slices, trade, withdraw, fall again.
#[test]
fn a_freed_portfolio_is_as_any_other() {
    let mut fall = flagged();
    fall.world.wait(300).expect("feeds speak");
    fall.take(WHOLE_E9).accepted();
    let price_e8 = fall.world.update("BTC").price.unsigned_abs();
    fall.rest_at(price_e8 + 5_000 * USD_E8);
    let back = fall.world.leg("BTC", fall.expiry, 100_000 * USD_E8, Kind::Put, UNIT_E6);
    let (house, victim) = (fall.house.clone(), fall.victim.clone());
    fall.world.trade_at_mark(&house, &victim, &[back]).accepted();
    fall.world.give(&victim, "USDC", 0).accepted();
    fall.world.withdraw(&victim, "USDC", USD_E6).accepted();
    fall.drop(10);
    fall.world.flag(&victim).accepted();
    let outcome = fall.take(WHOLE_E9 / 100).accepted();
    assert_eq!(emitted!(outcome, SliceLiquidated).discount_e9, 10_000_000);
}

//! The exit test is where slices and legs end whatever the quote currency is worth, whatever is owed and however dear open
//! interest is.

use crate::{
    pit::{
        fall::{Fall, WHOLE_E9},
        pegged::{both_legs, pegged},
        phase::market_of_victims,
    },
    scene::{emitted, Refuses, SOL, UNIT_E6, USD_E6, USD_E8},
};
use ballast::error::BallastError;
use ballast_harness::Verdict;
use ballast_risk::MarginReport;

/// Seven cents under a dollar.
const LOST_E8: u64 = 93_000_000;

/// The pegged scene with the quote currency at 93 cents and the victim flagged two percent under its limit.
fn fallen_in_a_lost_peg(prepare: fn(&mut Fall)) -> Fall {
    let mut fall = pegged();
    prepare(&mut fall);
    fall.world.vm.advance(1);
    fall.world.refresh_prices();
    fall.world.set_price("USDC", LOST_E8);
    fall.drop(20);
    fall.world.flag(&fall.victim).accepted();
    fall
}

fn report(fall: &Fall) -> MarginReport {
    fall.world.margin(&fall.victim).expect("a report")
}

/// It is over, at the exit test and at most a hundredth of initial margin beyond it.
#[track_caller]
fn ended(fall: &Fall) {
    let report = report(fall);
    assert!(!fall.world.portfolio_of(&fall.victim).is_frozen(), "{report:?}");
    assert!((0..=report.initial_e6 / 100).contains(&report.excess_exit_e6), "{report:?}");
}

/// Goal: a slice and legs end at the exit test where the quote currency is worth less than a dollar. Method: 93 cents; all
/// there is to take, by each.
#[test]
fn it_ends_there_when_the_peg_is_lost() {
    let mut fall = fallen_in_a_lost_peg(|_| ());
    assert_eq!(emitted!(fall.take(WHOLE_E9).accepted(), SliceLiquidated).branch, 1);
    ended(&fall);
    let mut fall = fallen_in_a_lost_peg(|_| ());
    let (victim, taker, legs) = (fall.victim.clone(), fall.taker.clone(), both_legs(&fall, u64::MAX));
    fall.world.take_legs(&victim, &taker, &legs).accepted();
    ended(&fall);
}

/// Goal: a price that pays a debt off and leaves cash beyond it counts in full up to zero and at the peg from there. Method:
/// SOL for cash; a part of the put leaves a small debt; a slice of all there is to take.
#[test]
fn it_ends_there_when_the_price_turns_a_debt_to_cash() {
    let mut fall = fallen_in_a_lost_peg(|fall| {
        fall.world.fund(&fall.victim, "SOL", 900 * SOL).accepted();
        fall.world.give(&fall.victim, "USDC", 0).accepted();
        let out = u64::try_from(fall.cash()[0]).expect("cash") - 1_000 * USD_E6;
        fall.world.wait(3_600).expect("feeds speak");
        fall.world.withdraw(&fall.victim, "USDC", out).accepted();
    });
    let (victim, taker, legs) = (fall.victim.clone(), fall.taker.clone(), both_legs(&fall, 200_000));
    fall.world.take_legs(&victim, &taker, &legs).accepted();
    let before = report(&fall);
    assert!(before.cash_e6 < 0 && fall.world.portfolio_of(&fall.victim).is_frozen(), "{before:?}");
    assert_eq!(emitted!(fall.take(WHOLE_E9).accepted(), SliceLiquidated).branch, 1);
    assert!(report(&fall).cash_e6 > 0, "{:?}", report(&fall));
    ended(&fall);
}

/// Goal: a slice ends at the exit test where open interest is charged, which falls faster than the book. Method: a victim
/// who has 15 % of what counts as the market.
#[test]
fn it_ends_there_when_open_interest_is_dear() {
    let (mut fall, _) = market_of_victims(|spec| spec.args.share_base_e6 = 27_000 * UNIT_E6);
    let before = report(&fall);
    assert!(before.open_interest_e6 > 0, "{before:?}");
    assert_eq!(emitted!(fall.take(WHOLE_E9).accepted(), SliceLiquidated).branch, 1);
    ended(&fall);
}

/// Goal: a price of the peg that says nothing flags nobody and sells nothing. Method: too wide, too old; a dollar again.
#[test]
fn a_peg_that_says_nothing_stops_a_liquidation() {
    let mut fall = pegged();
    fall.drop(20);
    for flag in [true, false] {
        let good = fall.world.good_update("USDC", USD_E8);
        let step = |fall: &mut Fall| {
            if flag {
                fall.world.flag(&fall.victim.clone())
            } else {
                fall.take(WHOLE_E9 / 100)
            }
        };
        fall.world.post(good.wide(501));
        step(&mut fall).refuses(BallastError::OracleConfidenceUnusable);
        fall.world.vm.advance(301);
        fall.world.refresh_prices();
        let now = fall.world.good_update("USDC", USD_E8);
        fall.world.post(now.aged(301));
        step(&mut fall).refuses(BallastError::OracleTooOld);
        fall.world.post(now);
        step(&mut fall).accepted();
    }
}

//! Phases: at most a fifth of an underlying's open interest is liquidated per 30 seconds.

use crate::{
    pit::{
        fall::{Fall, WHOLE_E9},
        phase::{market_of_victims, UNITS},
    },
    scene::{emitted, Refuses, UNIT_E6, USD_E8},
};
use ballast::error::BallastError;
use ballast_harness::{Sent, Trader, Verdict};
use ballast_risk::liquidation::SliceBranch;

/// A market without a floor under its open interest and without a charge for it.
fn crowd() -> (Fall, Trader) {
    market_of_victims(|spec| (spec.args.share_base_e6, spec.args.params.oi_scale_e6) = (0, 0))
}

/// The fraction that was granted, 1e-9.
fn granted_e9(sent: Sent) -> u64 {
    emitted!(sent.accepted(), SliceLiquidated).fraction_e9
}

/// Goal: a phase lets a fifth of the open interest go, whoever it is taken of, then nothing until 30 seconds after it
/// began. Method: two books of half the open interest each; a slice of all of each.
#[test]
fn a_phase_lets_a_fifth_of_the_open_interest_go() {
    let (mut fall, second) = crowd();
    let open_e6 = fall.world.market(3).open_interest_e6;
    let gross_e6 = 2 * UNITS * UNIT_E6;
    assert_eq!(open_e6, 2 * gross_e6);
    assert!(
        fall.plan().fraction_max_e9 < 400_000_000,
        "the first slice is within the phase: {:?}",
        fall.plan()
    );
    let first_e9 = granted_e9(fall.take(WHOLE_E9));
    let taken_e6 = fall.world.market(3).phase.taken_e6;
    assert_eq!(i128::from(taken_e6), i128::from(gross_e6) * i128::from(first_e9) / i128::from(WHOLE_E9));
    let left_e6 = open_e6 / 5 - taken_e6;
    let due_e9 = i128::from(left_e6) * i128::from(WHOLE_E9) / i128::from(gross_e6);
    let taker = fall.taker.clone();
    let second_e9 = granted_e9(fall.world.take_slice(&second, &taker, WHOLE_E9));
    assert_eq!(i128::from(second_e9), due_e9, "what the first left of the fifth");
    assert!(fall.world.portfolio_of(&second).is_frozen(), "it was not enough");
    assert!((fall.world.market(3).phase.taken_e6 - open_e6 / 5).abs() <= 10);

    fall.world.vm.advance(29);
    fall.world.take_slice(&second, &taker, WHOLE_E9).refuses(BallastError::LiquidationPhase);
    fall.world.take_slice(&second, &taker, 1_000).refuses(BallastError::LiquidationPhase);
    fall.world.vm.advance(1);
    fall.world.take_slice(&second, &taker, WHOLE_E9).accepted();
    assert_eq!(fall.world.market(3).phase.started_at, fall.world.vm.now());
}

/// Goal: a taker who wants more than the phase lets go gets nothing instead of less. Method: the least fraction above
/// the grant.
#[test]
fn a_taker_may_insist_on_more_than_a_phase_lets_go() {
    let (mut fall, second) = crowd();
    fall.take(WHOLE_E9).accepted();
    let taker = fall.taker.clone();
    let mut args = crate::pit::fall::asking(WHOLE_E9);
    args.fraction_min_e9 = 200_000_000;
    fall.world.take_slice_with(&second, &taker, args).refuses(BallastError::SliceFraction);
}

/// Goal: phases bring even books under water to their end, one after another. Method: the price collapses after the flags, so
/// that the puts are worth more than all there is; a slice every 30 seconds, of which each takes a fifth of the market.
#[test]
fn phases_come_to_an_end() {
    let (mut fall, second) = crowd();
    let (victim, taker) = (fall.victim.clone(), fall.taker.clone());
    fall.world.vm.advance(1);
    fall.world.refresh_prices();
    fall.world.set_price("U1", 40 * USD_E8);
    for book in [&victim, &second] {
        let report = fall.world.margin(book).expect("a report");
        assert!(report.equity_mark_e6 < 0, "{report:?}");
    }
    assert_eq!(fall.plan().branch, SliceBranch::Insolvent);
    let open_e6 = fall.world.market(3).open_interest_e6;
    let mut slices = 0;
    for book in [victim, second] {
        while fall.world.portfolio_of(&book).is_frozen() {
            fall.world.take_slice(&book, &taker, WHOLE_E9).accepted();
            assert!(fall.world.market(3).phase.taken_e6 <= open_e6 / 5);
            fall.world.wait(30).expect("feeds speak");
            slices += 1;
            assert!(slices <= 10, "it ends");
        }
        assert!(fall.world.portfolio_of(&book).is_empty());
    }
    // Two fifths of a book a phase: three phases for each.
    assert_eq!(slices, 6);
}

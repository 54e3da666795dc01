//! Books of many lines, which are not valued again after a slice: they rest on what the formula guarantees, and these
//! tests value them natively.

use crate::{
    pit::fall::{asking, Fall, WHOLE_E9},
    scene::{emitted, Refuses, DAY_SECS, USD_E6, USD_E8},
};
use ballast::{error::BallastError, instructions::Leg};
use ballast_harness::{
    world::{Kind, Surface},
    Verdict, World,
};

/// A victim short 48 puts of two expiries with strikes around the spot, and a market that fell so many percent under its
/// limit; flagged.
fn wide(percent: u64) -> Fall {
    let mut world = World::standard().expect("the usual scenario");
    let now = world.vm.now();
    let strikes: Vec<u64> = (0..24).map(|at| (90_000 + at * 1_250) * USD_E8).collect();
    let expiries = [14, 45].map(|days| now + days * DAY_SECS);
    let mut legs: Vec<Leg> = Vec::new();
    for expiry in expiries {
        world.list_expiry("BTC", expiry, Surface::default(), &strikes).expect("an expiry");
        legs.extend(strikes.iter().map(|at| world.leg("BTC", expiry, *at, Kind::Put, -100_000)));
    }
    let house = world.funded("house", 5_000_000 * USD_E6).expect("a buyer");
    let victim = world.funded("victim", 150_000 * USD_E6).expect("a seller");
    let taker = world.funded("taker", 5_000_000 * USD_E6).expect("a liquidator");
    world.unwatched(|world| world.trade_book_at_mark(&house, &victim, &legs)).expect("trades");
    let mut fall = Fall { world, victim, house, taker, expiry: expiries[0] };
    fall.drop(10 * percent);
    fall.world.flag(&fall.victim).expect("a flag");
    fall
}

/// Goal: one slice of a wide book ends at the exit test as of a narrow one, though the program does not look: the owner
/// is freed by the next who asks. Method: the book valued natively after the slice.
#[test]
fn a_wide_book_ends_at_the_exit_test() {
    for percent in [0, 3] {
        let mut fall = wide(percent);
        let (before, plan) = (fall.world.margin(&fall.victim).expect("a report"), fall.plan());
        let outcome = fall.take(WHOLE_E9).accepted();
        let event = emitted!(outcome, SliceLiquidated);
        assert_eq!((event.fraction_e9, event.lines), (plan.fraction_max_e9, 48));
        assert!(event.margin.is_none() && !event.ended);
        let (owner, after) =
            (fall.world.portfolio_of(&fall.victim), fall.world.margin(&fall.victim).expect("a report"));
        assert_eq!((owner.report_time, owner.report_slot), (0, 0), "no old report is left to be believed");
        let beyond_e6 = after.excess_exit_e6;
        // Whole millionths of a unit of 48 lines: cents each.
        assert!(beyond_e6 >= -5_000_000 && beyond_e6 <= after.initial_e6 / 100, "{beyond_e6} {after:?}");
        let kept_e9 = i128::from(WHOLE_E9 - event.fraction_e9);
        let share_e6 = i128::from(before.excess_maintenance_e6) * kept_e9 / i128::from(WHOLE_E9);
        assert!(i128::from(after.excess_maintenance_e6) >= share_e6 - 5_000_000);
        if beyond_e6 >= 0 {
            fall.world.end_liquidation(&fall.victim).accepted();
            assert!(!fall.world.portfolio_of(&fall.victim).is_frozen());
        }
    }
}

/// Goal: a wide book comes to its end in small slices too, and every slice leaves at least its share. Method: tenths of
/// what the exit test allows, ended by whoever asks.
#[test]
fn a_wide_book_ends_in_small_slices() {
    let mut fall = wide(2);
    let mut slices = 0;
    while fall.world.end_liquidation(&fall.victim).is_err() {
        let before = fall.world.margin(&fall.victim).expect("a report");
        let step_e9 = (fall.plan().fraction_max_e9 / 3).max(1_000_000);
        let outcome = fall.take(step_e9).accepted();
        let kept_e9 = i128::from(WHOLE_E9 - emitted!(outcome, SliceLiquidated).fraction_e9);
        let after = fall.world.margin(&fall.victim).expect("a report");
        let share_e6 = i128::from(before.excess_maintenance_e6) * kept_e9 / i128::from(WHOLE_E9);
        assert!(i128::from(after.excess_maintenance_e6) >= share_e6 - 5_000_000);
        slices += 1;
        assert!(slices < 60, "it ends");
    }
    let report = fall.world.margin(&fall.victim).expect("a report");
    assert!((0..=report.initial_e6 / 100).contains(&report.excess_exit_e6), "after {slices}: {report:?}");
}

/// Goal: a taker of a wide book is held to initial margin though nobody may value it again. Method: takers with less and
/// less cash: whoever is let through holds initial margin natively (the world checks it), the poorest is refused.
#[test]
fn a_taker_of_a_wide_book_must_bear_it() {
    let mut fall = wide(1);
    let victim = fall.victim.clone();
    let mut refused = 0;
    for dollars in [20_000, 4_000, 2_000, 1_000, 500, 250, 100] {
        let taker = fall.world.funded(&format!("taker {dollars}"), dollars * USD_E6).expect("a trader");
        match fall.world.take_slice_with(&victim, &taker, asking(5_000_000)) {
            Ok(_) => assert_eq!(refused, 0, "who has more can bear more"),
            Err(rejected) => {
                assert!(rejected.is(BallastError::LiquidatorInitialMargin), "{rejected:?}");
                refused += 1;
            }
        }
    }
    assert!((1..=6).contains(&refused), "{refused}");
}

/// Goal: an old report of a wide book is not what a withdrawal or a trade goes by. Method: a taker whose report was
/// forgotten withdraws all it may and not a unit more.
#[test]
fn a_forgotten_report_is_made_anew() {
    let mut fall = wide(1);
    fall.take(WHOLE_E9 / 20).accepted();
    let (world, taker) = (&mut fall.world, &fall.taker);
    let portfolio = world.portfolio_of(taker);
    let most =
        world.snapshot().max_withdraw(&portfolio, ballast_sdk::search::Asset::Quote).expect("an amount");
    world.give(taker, "USDC", 0).accepted();
    world.withdraw(taker, "USDC", most + 1).refuses(BallastError::InitialMargin);
    world.check_margin(taker).accepted();
    assert_eq!(world.portfolio_of(taker).report_time, world.vm.now());
}

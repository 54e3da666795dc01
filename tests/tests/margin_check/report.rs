//! What a margin check stores, returns and emits.

use crate::scene::{emitted, frozen, listed, traded, Scene, DAY_SECS, HOUR_SECS, SOL, USD_E6, USD_E8};
use ballast_harness::{Rejected, Trader, Verdict, World};
use ballast_risk::{bounds::MONEY_MAX_E6, MarginReport};

/// Checks a portfolio and returns the report, which the program returned, stored and emitted alike and the SDK computes
/// to the byte.
fn check(world: &mut World, trader: &Trader) -> MarginReport {
    let before = world.portfolio_of(trader);
    let expected = world.margin(trader).expect("a report");
    let outcome = world.check_margin(trader).accepted();
    assert_eq!(outcome.return_data, bytemuck::bytes_of(&expected), "returned");
    let portfolio = world.portfolio_of(trader);
    assert_eq!(*portfolio.report.engine(), expected, "stored");
    assert_eq!((portfolio.report_time, portfolio.report_slot), (world.vm.now(), world.vm.clock().slot));
    assert_eq!(portfolio.sequence, before.sequence, "looking changes nothing");
    assert_eq!(portfolio.held_lines(), before.held_lines());
    assert_eq!((portfolio.cash_e6, portfolio.collateral), (before.cash_e6, before.collateral));
    let event = emitted!(outcome, MarginChecked);
    assert_eq!((event.portfolio, event.sequence), (trader.portfolio(), before.sequence));
    assert_eq!((event.initial_e6, event.maintenance_e6), (expected.initial_e6, expected.maintenance_e6));
    assert_eq!(event.excess_initial_e6, expected.excess_initial_e6);
    assert_eq!(event.excess_maintenance_e6, expected.excess_maintenance_e6);
    assert_eq!((event.equity_mark_e6, event.flags), (expected.equity_mark_e6, expected.flags));
    expected
}

/// Goal: nothing but cash needs no margin and no account. Method: an empty portfolio, one with cash.
#[test]
fn cash_needs_no_margin() {
    let (mut world, _) = listed();
    for (name, cash) in [("empty", 0), ("rich", 5 * USD_E6)] {
        let trader = world.funded(name, cash).expect("a portfolio");
        let report = check(&mut world, &trader);
        let cash_e6 = i64::try_from(cash).expect("little");
        assert_eq!((report.initial_e6, report.maintenance_e6, report.flags), (0, 0, 0));
        assert_eq!(
            (report.cash_e6, report.equity_mark_e6, report.excess_initial_e6),
            (cash_e6, cash_e6, cash_e6)
        );
    }
}

/// Goal: collateral counts less than it is worth, for IM less than for MM. Method: ten SOL at 205.31.
#[test]
fn collateral_counts_less_than_its_worth() {
    let (mut world, _) = listed();
    let trader = world.funded("holder", 0).expect("a portfolio");
    world.fund(&trader, "SOL", 10 * SOL).expect("a deposit");
    let report = check(&mut world, &trader);
    assert_eq!(report.collateral_mark_e6, 2_053_100_000);
    assert!(report.collateral_initial_e6 < report.collateral_maintenance_e6);
    assert!(report.collateral_maintenance_e6 < 2_053_100_000 * 81 / 100);
}

/// Goal: long and short of the same option are told apart, by anybody who asks. Method: both sides of a trade.
#[test]
fn both_sides_of_a_trade_are_reported() {
    let Scene { mut world, long, short, .. } = traded();
    let bought = check(&mut world, &long);
    let sold = check(&mut world, &short);
    assert!(bought.options_e6 > 0 && sold.options_e6 < 0);
    assert!((bought.options_e6 + sold.options_e6).abs() <= 1);
    assert!(sold.initial_e6 > sold.exit_e6 && sold.exit_e6 > sold.maintenance_e6 && sold.maintenance_e6 > 0);
    assert!(
        sold.excess_initial_e6 <= sold.excess_exit_e6 && sold.excess_exit_e6 <= sold.excess_maintenance_e6
    );
    // A fully paid book cannot fall below what it cannot lose.
    assert!(bought.floor_maintenance_e6 > 0 && sold.floor_maintenance_e6 == i64::MIN);
}

/// Goal: a check reports whatever is there: a portfolio under water, a frozen one. Method: the flagged strangle.
#[test]
fn a_frozen_portfolio_is_reported() {
    let Scene { mut world, short, .. } = frozen();
    let report = check(&mut world, &short);
    assert!(report.excess_maintenance_e6 < 0);
    assert!(world.portfolio_of(&short).is_frozen(), "looking frees nobody");
}

/// Goal: a passed expiry is valued until its lines are cash: at spot while there is no price, at the price once there is
/// one. Method: an hour after the expiry, then the settlement price at 150,000.
#[test]
fn a_passed_expiry_is_reported() -> Result<(), Box<Rejected>> {
    let Scene { mut world, long, expiry, .. } = traded();
    world.unwatched(|world| world.wait(30 * DAY_SECS - HOUR_SECS))?;
    world.unwatched(|world| world.live_to_settlement("BTC", expiry, |_| 150_000 * USD_E8))?;
    let settled = check(&mut world, &long);
    assert_eq!(settled.options_e6, 30_000_000_000, "the payoff, while the lines are still there");
    world.vm.advance(60);
    world.set_price("BTC", 130_000 * USD_E8);
    let later = check(&mut world, &long);
    assert_eq!(later.options_e6, settled.options_e6, "spot does not move it any more");
    world.settle(&long)?;
    let cash = check(&mut world, &long);
    assert_eq!((cash.options_e6, cash.equity_mark_e6), (0, settled.equity_mark_e6));
    Ok(())
}

/// Goal: an expiry without its price is valued all the same. Method: an hour after it without a sample.
#[test]
fn an_expiry_without_a_price_is_reported() -> Result<(), Box<Rejected>> {
    let Scene { mut world, long, short, .. } = traded();
    world.unwatched(|world| world.wait(30 * DAY_SECS + HOUR_SECS))?;
    world.set_price("BTC", 150_000 * USD_E8);
    let (bought, sold) = (check(&mut world, &long), check(&mut world, &short));
    println!("{bought:?}");
    assert!((bought.options_e6 + sold.options_e6).abs() <= 1, "one's gain is the other's loss");
    assert!(bought.options_e6 >= 29_000_000_000, "{bought:?}");
    Ok(())
}

/// Goal: nobody can be paid out of reach: cash beyond the engine's range is not counted, and not lost. Method: a stranger pays
/// in the whole range and more; the owner still withdraws.
#[test]
fn cash_beyond_the_range_is_not_counted() -> Result<(), Box<Rejected>> {
    let Scene { mut world, long, .. } = traded();
    let before = check(&mut world, &long);
    let most_e6 = MONEY_MAX_E6.unsigned_abs();
    world.fund(&long, "USDC", most_e6)?;
    assert!(world.portfolio_of(&long).cash_e6 > MONEY_MAX_E6);
    let report = check(&mut world, &long);
    assert_eq!((report.cash_e6, report.initial_e6), (MONEY_MAX_E6, before.initial_e6));
    world.fund(&long, "USDC", most_e6)?;
    assert_eq!(check(&mut world, &long), report);
    world.withdraw(&long, "USDC", most_e6 / 8).accepted();
    assert_eq!(check(&mut world, &long), report);
    Ok(())
}

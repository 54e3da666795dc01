//! Legs that go as they should: what moves, what it costs, where it ends.

use crate::{
    call, mixed, named,
    pit::{
        fall::{flagged, sunk, Fall},
        held,
    },
    put,
    scene::{emitted, SOL, UNIT_E6, USD_E6, USD_E8},
    take, take_put,
};
use ballast_harness::Verdict;
use ballast_risk::legs::{leg_price, penalty_e9};

const PUT_E8: u64 = 100_000 * USD_E8;

/// Takes a part of the put and holds every movement against the engine's own price of it.
fn take_and_check(fall: &mut Fall, qty_e6: u64) {
    let (before, report) = (fall.cash(), fall.world.margin(&fall.victim).expect("a report"));
    let flagged_at = fall.world.portfolio_of(&fall.victim).liquidation.flagged_at;
    let rate_e9 = penalty_e9(fall.world.vm.now() - flagged_at);
    let was = held(&fall.world, &fall.taker, fall.expiry, PUT_E8).1;
    let owned = held(&fall.world, &fall.victim, fall.expiry, PUT_E8).1;
    let outcome = take_put(fall, qty_e6).accepted();
    let event = emitted!(outcome, LegsLiquidated);
    assert_eq!((event.portfolio, event.taker), (fall.victim.portfolio(), fall.taker.portfolio()));
    assert_eq!((event.penalty_e9, event.legs.len()), (rate_e9, 1));
    let (leg, after) = (event.legs[0], fall.cash());
    assert_eq!((leg.market, leg.expiry_ts, leg.strike_e8, leg.is_put), (0, fall.expiry, PUT_E8, true));
    assert_eq!(leg.qty_e6, -i64::try_from(qty_e6).expect("a quantity"));
    let now = fall.world.margin(&fall.victim).expect("a report");
    assert_eq!(leg.relieved_e6, report.maintenance_e6 - now.maintenance_e6);
    let slot = put(fall, 1);
    let mark_e8 = fall.world.snapshot().mark_e8(0, slot.expiry_slot, slot.strike_slot, true).expect("a mark");
    let price =
        leg_price(leg.qty_e6, i128::from(mark_e8) * 1_000_000, leg.relieved_e6, rate_e9).expect("a price");
    assert!((price.value_e6 - leg.value_e6).abs() <= 1 + leg.qty_e6.abs() / 100_000_000, "{leg:?}");
    assert_eq!((price.penalty_e6, price.insurance_e6), (leg.penalty_e6, leg.contribution_e6));
    assert!(leg.penalty_e6 > 0 && leg.penalty_e6 <= leg.relieved_e6 / 40, "at most 2.5 %: {leg:?}");
    assert_eq!(after[0], before[0] + leg.value_e6 - leg.penalty_e6);
    assert_eq!(after[1], before[1] - leg.value_e6 + leg.penalty_e6 - leg.contribution_e6);
    assert_eq!(after[2], before[2] + leg.contribution_e6);
    assert_eq!(event.insurance_e6, after[2]);
    assert_eq!(held(&fall.world, &fall.taker, fall.expiry, PUT_E8).1, was + leg.qty_e6);
    assert_eq!(held(&fall.world, &fall.victim, fall.expiry, PUT_E8).1, owned - leg.qty_e6);
    assert!(now.excess_maintenance_e6 > report.excess_maintenance_e6);
    assert_eq!(event.margin.excess_maintenance_e6, now.excess_maintenance_e6);
    assert_eq!(event.excess_maintenance_before_e6, report.excess_maintenance_e6);
}

/// Goal: a part of a leg goes at its mark and a share of the margin it relieves, to the unit, and the share grows with the
/// auction's clock to 2.5 % and no further. Method: at the flag, after a minute and a half, after three, after ten.
#[test]
fn a_leg_goes_at_mark_and_a_share() {
    for (secs, rate_e9) in [(0, 2_500_000), (90, 13_750_000), (180, 25_000_000), (600, 25_000_000)] {
        let mut fall = sunk();
        fall.world.wait(secs).expect("feeds speak");
        assert_eq!(penalty_e9(secs), rate_e9);
        take_and_check(&mut fall, 10_000);
        take_and_check(&mut fall, 7_777);
    }
}

/// Goal: whoever takes all there is takes what ends at the exit test and no more than 1 % of IM beyond. Method: the limit
/// just broken, where a part of the put is enough, and broken by far, where all of it and a part of the call are; all of both
/// asked for.
#[test]
fn legs_end_at_the_exit_test() {
    for (scene, count) in [(flagged as fn() -> Fall, 1), (sunk, 2)] {
        let mut fall = scene();
        let legs = [call(&fall, u64::MAX), put(&fall, u64::MAX)];
        let outcome = take(&mut fall, &legs).accepted();
        let event = emitted!(outcome, LegsLiquidated);
        assert!(event.ended && !fall.world.portfolio_of(&fall.victim).is_frozen());
        let (beyond_e6, initial_e6) = (event.margin.excess_exit_e6, event.margin.initial_e6);
        assert!((0..=initial_e6 / 100 + 1).contains(&beyond_e6), "{beyond_e6} beyond, IM {initial_e6}");
        assert_eq!((event.legs.len(), event.legs[0].is_put), (count, true));
        assert!(event.legs[count - 1].qty_e6.abs() < 4 * UNIT_E6, "a part is enough");
    }
}

/// Goal: what legs cost the owner is their penalty and nothing else. Method: equity at mark before and after.
#[test]
fn the_owner_pays_the_penalty_and_no_more() {
    let mut fall = sunk();
    let equity = |fall: &Fall| fall.world.margin(&fall.victim).expect("a report").equity_mark_e6;
    let before_e6 = equity(&fall);
    let outcome = take_put(&mut fall, UNIT_E6.unsigned_abs()).accepted();
    let leg = emitted!(outcome, LegsLiquidated).legs[0];
    let cost_e6 = before_e6 - equity(&fall);
    // The book's value is a sum at a common scale, the leg's mark a number of its own.
    assert!((cost_e6 - leg.penalty_e6).abs() <= 20_000, "{cost_e6} for {}", leg.penalty_e6);
}

/// Goal: several legs go in one transaction, the book's first first. Method: the first two of the mixed book, then the first
/// of what is left.
#[test]
fn several_legs_go_in_one_transaction() {
    let (mut world, victim, taker, _) = mixed(false);
    for symbol in ["BTC", "ETH"] {
        let price_e8 = world.update(symbol).price.unsigned_abs();
        world.vm.advance(1);
        world.set_price(symbol, price_e8 / 100 * 96);
    }
    world.refresh_prices();
    let lines = world.portfolio_of(&victim).held_lines().to_vec();
    let all: Vec<_> = lines
        .iter()
        .flat_map(|line| [(line, false), (line, true)])
        .filter(|(line, is_put)| if *is_put { line.puts_e6 < 0 } else { line.calls_e6 < 0 })
        .map(|(line, is_put)| named(line, is_put))
        .collect();
    assert_eq!(all.len(), 4);
    let (mut rounds, mut most) = (0, 0);
    while world.portfolio_of(&victim).is_frozen() {
        let outcome = world.take_legs(&victim, &taker, &all).accepted();
        let event = emitted!(outcome, LegsLiquidated);
        assert!(event.legs.iter().all(|leg| leg.qty_e6 < 0 && leg.penalty_e6 * 40 <= leg.relieved_e6));
        most = most.max(event.legs.len());
        rounds += 1;
        assert!(rounds < 10);
        world.wait(30).expect("feeds speak");
    }
    assert!(world.margin(&victim).expect("a report").excess_exit_e6 >= 0);
    assert!(most > 1, "more than one leg at once");
}

/// Goal: a leg may leave a debt where there is collateral, and it is booked as one. Method: an owner with little cash and
/// much SOL; the put bought back for more than the cash; the debt's age.
#[test]
fn a_leg_may_leave_a_debt() {
    let mut fall = crate::pit::fall::sold();
    fall.world.fund(&fall.victim, "SOL", 900 * SOL).accepted();
    fall.world.give(&fall.victim, "USDC", 0).accepted();
    let out = u64::try_from(fall.cash()[0]).expect("cash") - 1_000 * USD_E6;
    fall.world.wait(3_600).expect("feeds speak");
    fall.world.withdraw(&fall.victim, "USDC", out).accepted();
    fall.drop(20);
    fall.world.flag(&fall.victim).accepted();
    let legs = [put(&fall, u64::MAX), call(&fall, u64::MAX)];
    let outcome = take(&mut fall, &legs).accepted();
    assert!(emitted!(outcome, LegsLiquidated).margin.cash_e6 < 0);
    let owner = fall.world.portfolio_of(&fall.victim);
    assert_eq!((owner.cash_e6 < 0, owner.debt_since), (true, fall.world.vm.now()));
    assert_eq!(fall.world.exchange().ledger.debts_e6, -owner.cash_e6, "kept with the exchange");
}

/// Goal: a leg the taker was long closes, and lines that are empty are gone. Method: the taker holds what the victim is short.
#[test]
fn legs_net_with_the_takers_lines() {
    let mut fall = flagged();
    let (house, taker) = (fall.house.clone(), fall.taker.clone());
    let legs = crate::pit::fall::strangle(&fall.world, fall.expiry, 50_000);
    fall.world.trade_at_mark(&house, &taker, &legs).accepted();
    let open_e6 = fall.world.market(0).open_interest_e6;
    take_put(&mut fall, 50_000).accepted();
    assert_eq!(held(&fall.world, &taker, fall.expiry, PUT_E8), (0, 0));
    assert_eq!(fall.world.portfolio_of(&taker).line_count, 1);
    assert_eq!(fall.world.market(0).open_interest_e6, open_e6 - 50_000);
}

//! Lines becoming cash: payoffs to the unit on both sides, what rounding leaves, and the slot free again.

use crate::{
    pit::{at, cash_e6, window::settle_instruction},
    scene::{frozen, Scene, DAY_SECS, UNIT_E6, USD_E6, USD_E8},
};
use ballast::{
    events::PortfolioSettled,
    state::{EXPIRY_LISTED, EXPIRY_SETTLED},
};
use ballast_harness::{
    world::{Kind, Surface},
    Outcome, Trader, Verdict, World,
};
use ballast_sdk::event::Event;

const STRIKE_E8: u64 = 110_000 * USD_E8;

/// A holder and a writer of an odd quantity of one BTC option due in a week, and how its price was settled.
struct Due {
    world: World,
    holder: Trader,
    writer: Trader,
    expiry: i64,
}

/// So much of an option of strike 110,000, settled at a price of 1e-8 quote.
fn due(kind: Kind, qty_e6: i64, settled_e8: u64) -> Due {
    let mut world = World::standard().expect("the usual scenario");
    let expiry = world.vm.now() + 7 * DAY_SECS;
    world.list_expiry("BTC", expiry, Surface::FLAT, &[STRIKE_E8]).expect("an expiry");
    let holder = world.funded("holder", 100_000 * USD_E6).expect("a holder");
    let writer = world.funded("writer", 500_000 * USD_E6).expect("a writer");
    let leg = world.leg("BTC", expiry, STRIKE_E8, kind, qty_e6);
    world.trade_at_mark(&writer, &holder, &[leg]).expect("a trade");
    settle_price(&mut world, "BTC", expiry, settled_e8);
    Due { world, holder, writer, expiry }
}

/// Records a first price at expiry.
fn settle_price(world: &mut World, symbol: &str, expiry: i64, settled_e8: u64) {
    if world.vm.now() < expiry {
        at(world, expiry);
    }
    let first = world.good_update(symbol, settled_e8).published(expiry);
    world.post(first);
    world.finalize(symbol, expiry).expect("a settlement price");
}

/// The events of a settlement.
fn settlements(outcome: &Outcome) -> Vec<&PortfolioSettled> {
    let found = outcome.events.iter().filter_map(|event| match event {
        Event::PortfolioSettled(event) => Some(event),
        _ => None,
    });
    found.collect()
}

/// Payoff by hand, exact: what a holder receives rounded down, what a writer pays rounded up; 1e-6 quote.
fn by_hand(qty_e6: i64, intrinsic_e8: u64) -> (i64, i64) {
    let exact_e8 = i128::from(qty_e6) * i128::from(intrinsic_e8);
    let money = |value: i128| i64::try_from(value).expect("money");
    (money(exact_e8.div_euclid(100_000_000)), money(-(-exact_e8).div_euclid(100_000_000)))
}

/// Goal: gains round down, losses up, and the unit between is the market's, for calls and puts, in either order. Method:
/// odd quantities and prices; every balance and event.
#[test]
fn payoffs_are_exact_on_both_sides() {
    for (kind, settled_e8) in
        [(Kind::Call, STRIKE_E8 + 7_654_321_987), (Kind::Put, STRIKE_E8 - 7_654_321_987)]
    {
        for holder_first in [true, false] {
            let qty_e6 = 1_234_567;
            let Due { mut world, holder, writer, expiry } = due(kind, qty_e6, settled_e8);
            let before = [cash_e6(&world, &holder), cash_e6(&world, &writer)];
            let fees_e6 = world.market(0).fees_e6;
            let (gain_e6, loss_e6) = by_hand(qty_e6, 7_654_321_987);
            assert_eq!(loss_e6, gain_e6 + 1, "the case is about rounding");
            let order = if holder_first {
                [(&holder, gain_e6), (&writer, -loss_e6)]
            } else {
                [(&writer, -loss_e6), (&holder, gain_e6)]
            };
            for (turn, (trader, payoff_e6)) in order.into_iter().enumerate() {
                let cash_before_e6 = cash_e6(&world, trader);
                let outcome = world.settle(trader).accepted();
                let events = settlements(&outcome);
                assert_eq!(events.len(), 1);
                let event = events[0];
                assert_eq!((event.portfolio, event.market), (trader.portfolio(), 0));
                assert_eq!((event.expiry_ts, event.settled_e8, event.lines), (expiry, settled_e8, 1));
                assert_eq!((event.payoff_e6, event.cash_e6), (payoff_e6, cash_before_e6 + payoff_e6));
                assert_eq!(event.residue_e6, i64::from(turn == 1), "with the last line only");
                let slot = world.market(0).expiries[0];
                assert_eq!(slot.escrow_e6, if turn == 0 { -payoff_e6 } else { 0 });
                assert_eq!(slot.open_lines, if turn == 0 { 1 } else { 0 });
            }
            assert_eq!(cash_e6(&world, &holder), before[0] + gain_e6);
            assert_eq!(cash_e6(&world, &writer), before[1] - loss_e6);
            assert_eq!(world.market(0).fees_e6, fees_e6 + 1);
            assert_eq!(world.market(0).open_interest_e6, 0);
        }
    }
}

/// Goal: out of the money and at the strike an option pays nothing, and the lines go all the same. Method: at, above and
/// below the strike.
#[test]
fn worthless_options_pay_nothing() {
    for (kind, settled_e8) in [
        (Kind::Call, STRIKE_E8),
        (Kind::Put, STRIKE_E8),
        (Kind::Call, STRIKE_E8 - 1),
        (Kind::Put, STRIKE_E8 + 1),
    ] {
        let Due { mut world, holder, writer, .. } = due(kind, 1_234_567, settled_e8);
        let before = [cash_e6(&world, &holder), cash_e6(&world, &writer)];
        for trader in [&writer, &holder] {
            world.settle(trader).accepted();
            assert_eq!(world.portfolio_of(trader).line_count, 0);
        }
        assert_eq!([cash_e6(&world, &holder), cash_e6(&world, &writer)], before);
    }
}

/// Goal: the residue of many holders is what their roundings left, to the unit. Method: seven holders of odd quantities
/// of one writer; cash of all before and after.
#[test]
fn what_rounding_leaves_becomes_fees() {
    let mut world = World::standard().expect("the usual scenario");
    let expiry = world.vm.now() + 7 * DAY_SECS;
    world.list_expiry("BTC", expiry, Surface::FLAT, &[STRIKE_E8]).expect("an expiry");
    let writer = world.funded("writer", 900_000 * USD_E6).expect("a writer");
    let mut traders = vec![writer.clone()];
    for n in 1..=7 {
        let holder = world.funded(&format!("holder {n}"), 50_000 * USD_E6).expect("a holder");
        let leg = world.leg("BTC", expiry, STRIKE_E8, Kind::Call, 111_111 * n + 1);
        world.trade_at_mark(&writer, &holder, &[leg]).expect("a trade");
        traders.push(holder);
    }
    settle_price(&mut world, "BTC", expiry, STRIKE_E8 + 333_333_333_333);
    let all = |world: &World| traders.iter().map(|trader| cash_e6(world, trader)).sum::<i64>();
    let (before_e6, fees_e6) = (all(&world), world.market(0).fees_e6);
    let mut residue_e6 = 0;
    for trader in &traders {
        let outcome = world.settle(trader).accepted();
        residue_e6 += settlements(&outcome)[0].residue_e6;
    }
    assert!((1..=8).contains(&residue_e6), "{residue_e6}");
    assert_eq!(all(&world), before_e6 - residue_e6);
    assert_eq!(world.market(0).fees_e6, fees_e6 + residue_e6);
}

/// Goal: one instruction settles every settled expiry of every market given, an event each, and leaves what is not due.
/// Method: two BTC expiries and one of ETH due, one BTC expiry not.
#[test]
fn everything_due_is_settled_at_once() {
    let mut world = World::standard().expect("the usual scenario");
    let now = world.vm.now();
    let expiries = [("BTC", 3), ("BTC", 5), ("ETH", 5), ("BTC", 30)]
        .map(|(symbol, days)| (symbol, now + days * DAY_SECS));
    let holder = world.funded("holder", 300_000 * USD_E6).expect("a holder");
    let writer = world.funded("writer", 900_000 * USD_E6).expect("a writer");
    for (symbol, expiry) in expiries {
        let strike_e8 = if symbol == "BTC" { STRIKE_E8 } else { 4_000 * USD_E8 };
        world.list_expiry(symbol, expiry, Surface::FLAT, &[strike_e8]).expect("an expiry");
        let legs = [Kind::Call, Kind::Put].map(|kind| world.leg(symbol, expiry, strike_e8, kind, UNIT_E6));
        world.trade_at_mark(&writer, &holder, &legs).expect("a trade");
    }
    settle_price(&mut world, "BTC", expiries[0].1, 112_000 * USD_E8);
    settle_price(&mut world, "BTC", expiries[1].1, 107_000 * USD_E8);
    settle_price(&mut world, "ETH", expiries[2].1, 4_500 * USD_E8);
    let before_e6 = cash_e6(&world, &holder);
    let outcome = world.settle(&holder).accepted();
    let paid: Vec<_> =
        settlements(&outcome).iter().map(|event| (event.market, event.payoff_e6 / UNIT_E6)).collect();
    assert_eq!(paid, [(0, 2_000), (0, 3_000), (1, 500)]);
    assert_eq!(cash_e6(&world, &holder), before_e6 + 5_500 * UNIT_E6);
    let left = world.portfolio_of(&holder);
    assert_eq!((left.line_count, i64::from(left.lines[0].expiry_ts)), (1, expiries[3].1));
    world.settle(&writer).accepted();
    assert_eq!(world.market(0).expiries.iter().filter(|slot| slot.open_lines > 0).count(), 1);
}

/// Goal: a payoff may leave a debt, whose clock starts then, and a gain may end one. Method: a writer without the cash;
/// then paid by a second option.
#[test]
fn a_payoff_may_leave_a_debt_and_end_one() {
    let mut world = World::standard().expect("the usual scenario");
    let now = world.vm.now();
    let (soon, later) = (now + 3 * DAY_SECS, now + 5 * DAY_SECS);
    for expiry in [soon, later] {
        world.list_expiry("SOL", expiry, Surface::FLAT, &[220 * USD_E8]).expect("an expiry");
    }
    let writer = world.funded("writer", 2_000 * USD_E6).expect("a writer");
    world.fund(&writer, "SOL", 100_000_000_000).expect("collateral");
    let house = world.funded("house", 100_000 * USD_E6).expect("a house");
    let sold = world.leg("SOL", soon, 220 * USD_E8, Kind::Call, -50 * UNIT_E6);
    let bought = world.leg("SOL", later, 220 * USD_E8, Kind::Call, 60 * UNIT_E6);
    world.trade_at_mark(&house, &writer, &[sold, bought]).expect("a calendar");
    settle_price(&mut world, "SOL", soon, 300 * USD_E8);
    world.settle(&writer).accepted();
    let owing = world.portfolio_of(&writer);
    assert!(owing.cash_e6 < 0);
    assert_eq!(owing.debt_since, world.vm.now());
    settle_price(&mut world, "SOL", later, 300 * USD_E8);
    world.settle(&writer).accepted();
    let paid = world.portfolio_of(&writer);
    assert!(paid.cash_e6 > 0 && paid.debt_since == 0);
}

/// Goal: a frozen portfolio is settled as any other. Method: a flagged strangle at its expiry.
#[test]
fn a_frozen_portfolio_is_settled() {
    let Scene { mut world, short, long, expiry } = frozen();
    settle_price(&mut world, "BTC", expiry, 120_000 * USD_E8);
    world.settle(&short).accepted();
    let portfolio = world.portfolio_of(&short);
    assert!(portfolio.is_frozen() && portfolio.line_count == 0);
    world.settle(&long).accepted();
}

/// Goal: the slot of an expiry whose last line is gone takes another, of which the old one leaves nothing. Method: settle
/// both sides, fill the market, trade what took the slot.
#[test]
fn the_slot_is_free_again() {
    let Due { mut world, holder, writer, expiry } = due(Kind::Call, UNIT_E6, 120_000 * USD_E8);
    assert_eq!(world.market(0).expiries[0].status, EXPIRY_SETTLED);
    world.settle(&holder).accepted();
    assert!(!world.market(0).expiries[0].is_reusable(world.vm.now()));
    world.settle(&writer).accepted();
    assert!(world.market(0).expiries[0].is_reusable(world.vm.now()));
    world.wait(1).expect("feeds speak");
    let next = expiry + 7 * DAY_SECS;
    for n in 0..12 {
        world.list_expiry("BTC", next + n * DAY_SECS, Surface::FLAT, &[STRIKE_E8]).expect("twelve slots");
    }
    let slot = world.market(0).expiries[0];
    assert_eq!((slot.status, slot.settled_e8, slot.settled_at), (EXPIRY_LISTED, 0, 0));
    let leg = world.leg("BTC", slot.expiry_ts, STRIKE_E8, Kind::Put, UNIT_E6);
    assert_eq!(leg.expiry_slot, 0);
    world.trade_at_mark(&writer, &holder, &[leg]).accepted();
    assert!(slot.expiry_ts > expiry);
}

/// Goal: anyone settles anyone, and nobody signs for it. Method: the instruction has no signer of its own.
#[test]
fn nobody_signs_a_settlement() {
    let Due { mut world, holder, writer, .. } = due(Kind::Call, UNIT_E6, 120_000 * USD_E8);
    let market = world.markets[0].address;
    let instruction = settle_instruction(&holder.portfolio(), &[market]);
    assert!(instruction.accounts.iter().all(|account| !account.is_signer));
    world.send(&[instruction], &[&writer.key]).accepted();
    assert_eq!(world.portfolio_of(&holder).line_count, 0);
}

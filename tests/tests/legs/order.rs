//! Which legs go first: those that relieve most per dollar, whatever order they are stored or named in.

use crate::{
    call, mixed, named,
    pit::fall::{flagged, sold},
    put,
    scene::{emitted, Refuses, USD_E8},
    take, take_put,
};
use ballast::{
    error::BallastError,
    instructions::{Leg, LegWanted},
    state::Portfolio,
};
use ballast_harness::{Outcome, Trader, Verdict, World};
use ballast_tests::desk::{Desk, Grid, Lean};
use std::collections::BTreeSet;

/// A leg by what it is.
type Series = (u8, u32, u64, bool);

/// Every leg of a book with the fall of the scan without it over its notional, best first: by valuing the book once without
/// each.
fn by_brute_force(world: &World, victim: &Trader) -> Vec<(f64, i64, Series, LegWanted)> {
    by_brute_force_of(world, &world.portfolio_of(victim))
}

/// The same of a book that may be nobody's.
fn by_brute_force_of(world: &World, book: &Portfolio) -> Vec<(f64, i64, Series, LegWanted)> {
    let snapshot = world.snapshot();
    let scan_e6 = snapshot.margin(book).expect("a report").scan_e6;
    let mut ranked = Vec::new();
    for line in book.held_lines() {
        for is_put in [false, true] {
            let qty_e6 = if is_put { line.puts_e6 } else { line.calls_e6 };
            if qty_e6 == 0 {
                continue;
            }
            let mut without: Portfolio = *book;
            let slot = snapshot.market(line.market).expect("a market");
            let expiry = &slot.expiries[usize::from(line.expiry_slot)];
            let key = slot.line_key(line.expiry_slot, line.strike_slot).expect("a line");
            let (calls, puts) = if is_put { (0, -qty_e6) } else { (-qty_e6, 0) };
            let _change = without.add_to_line(&key, expiry, calls, puts).expect("it fits");
            let relief_e6 = scan_e6 - snapshot.margin(&without).expect("a report").scan_e6;
            let spot_e8 = snapshot.prices().market(line.market).expect("a price").price_e8;
            let notional = qty_e6.unsigned_abs() as f64 * spot_e8 as f64 / 1e8;
            let strike_e8 = expiry.strikes[usize::from(line.strike_slot)].price_e8;
            let series = (line.market, line.expiry_ts, strike_e8, is_put);
            ranked.push((relief_e6 as f64 / notional, relief_e6, series, named(line, is_put)));
        }
    }
    ranked.retain(|leg| leg.1 > 0);
    ranked.sort_by(|a, b| b.0.total_cmp(&a.0));
    ranked
}

/// Goal: the program's order is the one that valuing the book without each leg gives. Method: a book of six legs over two
/// underlyings; each leg named alone, in every state of the book down to the exit: the first is taken, all others refused.
#[test]
fn the_order_is_the_books_own() {
    let (mut world, victim, taker, _) = mixed(false);
    let mut seen = BTreeSet::new();
    while world.portfolio_of(&victim).is_frozen() {
        let ranked = by_brute_force(&world, &victim);
        let (first, rest) = ranked.split_first().expect("a leg relieves");
        for (_, _, _, leg) in rest {
            world.take_legs(&victim, &taker, &[*leg]).refuses(BallastError::LegNotFirst);
        }
        let part = LegWanted { qty_max_e6: 600_000, ..first.3 };
        let outcome = world.take_legs(&victim, &taker, &[part]).accepted();
        let leg = emitted!(outcome, LegsLiquidated).legs[0];
        let found = (leg.market, u32::try_from(leg.expiry_ts).expect("a time"), leg.strike_e8, leg.is_put);
        assert_eq!(found, first.2);
        assert!((leg.relief_e6 - first.1).abs() <= 1_000, "{} and {}", leg.relief_e6, first.1);
        seen.insert(first.2);
        assert!(seen.len() < 20);
    }
    assert!(!seen.is_empty());
}

/// Goal: neither the order of storage nor that of naming decides. Method: one book with strikes listed from below and one
/// from above; all legs named forwards and backwards; the same legs go for the same money.
#[test]
fn storage_and_naming_do_not_matter() {
    let mut stories = Vec::new();
    for (from_above, backwards) in [(false, false), (false, true), (true, false), (true, true)] {
        let (mut world, victim, taker, _) = mixed(from_above);
        let mut legs: Vec<LegWanted> =
            by_brute_force(&world, &victim).iter().take(4).map(|leg| leg.3).collect();
        if backwards {
            legs.reverse();
        }
        let outcome = world.take_legs(&victim, &taker, &legs).accepted();
        let event = emitted!(outcome, LegsLiquidated);
        let story: Vec<_> = event
            .legs
            .iter()
            .map(|leg| (leg.market, leg.strike_e8, leg.is_put, leg.qty_e6, leg.value_e6, leg.penalty_e6))
            .collect();
        stories.push((story, world.portfolio_of(&victim).cash_e6, world.portfolio_of(&taker).cash_e6));
    }
    assert!(stories.iter().all(|story| *story == stories[0]), "{stories:?}");
}

/// Goal: legs fit a transaction, in units and in memory: one of the widest book that goes by legs, four of a small one.
/// Method: short legs of 8 and of 2 underlyings, all of which fell; the first as valuing the book again after each gives them, named
/// backwards; a taker who holds as many lines.
#[test]
fn legs_of_wide_books_fit_a_transaction() {
    for (markets, count) in [(8, 1), (2, 4)] {
        let grid = Grid { markets, expiries_secs: &[30 * 86_400], strikes: 4 };
        let outcome = take_first(&grid, count);
        let event = emitted!(outcome, LegsLiquidated);
        println!(
            "{} legs: {} units, {} bytes",
            grid.legs(),
            outcome.compute_units,
            outcome.transaction_bytes
        );
        assert_eq!(event.legs.len(), count);
    }
}

/// The first legs of a short book in all markets that fell, taken at once by who has as many lines.
fn take_first(grid: &Grid, count: usize) -> Outcome {
    let mut desk = Desk::of(grid).expect("a desk");
    let legs = desk.legs(grid, Lean::Short);
    let victim = desk.trader_with("victim", &legs).expect("a book");
    let bought: Vec<_> = legs.iter().map(|leg| Leg { qty_e6: -leg.qty_e6 / 3, ..*leg }).collect();
    let taker = desk.trader_with("taker", &bought).expect("a book");
    desk.withdraw_all(&victim).expect("a withdrawal");
    let world = &mut desk.world;
    let symbols: Vec<String> = world.markets.iter().map(|market| market.symbol.clone()).collect();
    while world.margin(&victim).expect("a report").excess_maintenance_e6 >= -4_000_000_000 {
        world.vm.advance(1);
        world.refresh_prices();
        for symbol in &symbols {
            world.set_price(symbol, world.update(symbol).price.unsigned_abs() / 1_000 * 995);
        }
    }
    world.flag(&victim).accepted();
    let mut book: Portfolio = *world.portfolio_of(&victim);
    let mut named = Vec::new();
    for _ in 0..count {
        let (_, _, series, leg) = by_brute_force_of(world, &book)[0];
        let market = world.market(series.0);
        let key = market.line_key(leg.expiry_slot, leg.strike_slot).expect("a line");
        let line = *book.line(&key).expect("held");
        let (calls, puts) = if leg.is_put { (0, -line.puts_e6) } else { (-line.calls_e6, 0) };
        let expiry = &market.expiries[usize::from(leg.expiry_slot)];
        let _change = book.add_to_line(&key, expiry, calls, puts).expect("it fits");
        named.insert(0, leg);
    }
    world.take_legs(&victim, &taker, &named).accepted()
}

/// Goal: nobody picks the leg that suits them. Method: the strangle whose put is dear: the call alone; both, the call first.
#[test]
fn a_taker_does_not_pick() {
    let mut fall = flagged();
    let picked = [call(&fall, 10_000)];
    take(&mut fall, &picked).refuses(BallastError::LegNotFirst);
    let both = [call(&fall, 10_000), put(&fall, 10_000)];
    let outcome = take(&mut fall, &both).accepted();
    let event = emitted!(outcome, LegsLiquidated);
    // A part of the put is what the taker wanted of it; the rest of it still comes before the call.
    assert_eq!((event.legs.len(), event.legs[0].is_put), (1, true));
}

/// Goal: an expiry that has passed only waits for its price: its legs are not for sale. Method: the strangle at its expiry,
/// before the price is recorded.
#[test]
fn legs_that_expired_are_not_taken() {
    let mut fall = sold();
    let secs = fall.expiry - fall.world.vm.now();
    fall.world.vm.advance(secs);
    fall.world.refresh_prices();
    fall.rest_at(82_000 * USD_E8);
    fall.world.flag(&fall.victim).accepted();
    take_put(&mut fall, 10_000).refuses(BallastError::LegNotFirst);
}

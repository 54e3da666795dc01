//! Prepared markets against the engine's ordinary way: every report to the byte.

use super::Revaluation;
use crate::sample::{add_portfolio, tick, Random, Shape};
use crate::{Book, Books, Leg, Listing, Tick, Workspace};
use ballast_risk::{Measure, RiskError, Strike};

const DAY: i64 = 86_400;
/// Portfolios of each exchange; `BALLAST_CASES=100` makes them 100,000 in all.
const PORTFOLIOS: usize = 42;
const EXCHANGES: usize = 24;

fn cases() -> usize {
    std::env::var("BALLAST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(1)
}

/// A random exchange: expiries weeks, days, hours, seconds away and over; averages and settled expiries; one group for
/// all markets; expected shortfall; strikes far above the spot; stale prices, wide gaps, little open interest.
fn exchange(round: usize, random: &mut Random) -> Tick<'static> {
    let first_expiry_secs = [20 * DAY, 4 * DAY, DAY, 2_000, 30, 0][round % 6];
    let shape = Shape { markets: 1 + round % 5, expiries: 4, strikes: 9, first_expiry_secs };
    let mut tick = tick(shape, random);
    tick.exchange.groups[0].rho_e6 = random.within(0, 1_000_000);
    for group in &mut tick.exchange.groups {
        if round % 4 == 3 {
            group.measure = Measure::ExpectedShortfall;
        }
    }
    for market in &mut tick.markets {
        let spot = market.underlying.spot_e8;
        let u = &mut market.underlying;
        u.group = if round.is_multiple_of(2) { 0 } else { u.group };
        u.ema_e8 = spot * random.within(80, 120) as u64 / 100;
        u.conf_e8 = spot / random.within(20, 5_000) as u64;
        market.open_interest_e6 /= random.within(1, 400);
        let first = &mut market.expiries[0];
        match random.below(5) {
            0 => {
                (first.secs_left, first.averaged_secs) = (random.within(0, 1_799), 900);
                first.average_e8 = spot * random.within(70, 130) as u64 / 100;
            }
            1 => {
                let price = spot * random.within(60, 150) as u64 / 100;
                (first.secs_left, first.settled_e8) = (0, price);
            }
            _ => {}
        }
        if random.below(12) == 0 {
            market.listings.push(Listing { expiry: 3, strike: Strike::new(spot * 20) });
        }
    }
    tick
}

/// A random portfolio, some of it in strikes with calls and puts both, some in lines that were closed.
fn add(books: &mut Books, tick: &Tick, random: &mut Random) {
    let mut one = Books::default();
    let (legs, markets) = (1 + random.below(24), 1 + random.below(tick.markets.len()));
    add_portfolio(&mut one, tick, (legs, markets, [0.05, 0.2, 6.0][random.below(3)]), random);
    let book = one.book(0);
    let mut legs: Vec<Leg> = Vec::new();
    // Some so large that payoffs of own strikes do not fit two words.
    let larger = [0, 0, 0, 7][random.below(4)];
    for (&series, &qty_e6) in book.series.iter().zip(book.qty_e6) {
        let qty_e6 = if random.below(30) == 0 { 0 } else { qty_e6 << larger };
        if series % 2 == 1 && random.below(3) == 0 && legs.last().is_none_or(|leg| leg.series + 1 < series) {
            legs.push(Leg { series: series - 1, qty_e6: -qty_e6 / 2 });
        }
        // Round lots too: payoffs then fit their grains.
        let qty_e6 = if random.below(2) == 0 { qty_e6 / 1_000_000 * 1_000_000 } else { qty_e6 };
        legs.push(Leg { series, qty_e6 });
    }
    books.push(&legs, book.balances, book.cash_e6).unwrap();
}

/// Underlyings of a portfolio: those of its legs, and those it holds as collateral.
fn underlyings(tick: &Tick, book: &Book) -> usize {
    let all = tick.series();
    let mut markets: Vec<u8> = book.series.iter().map(|series| all[*series as usize].market).collect();
    for balance in book.balances.iter().filter(|balance| balance.amount > 0) {
        markets.extend(tick.assets[usize::from(balance.asset)].market);
    }
    markets.sort_unstable();
    markets.dedup();
    markets.len()
}

/// Goal: a report of prepared markets has the bytes of the engine's, and so has every underlying behind it. Method: 1,008
/// random portfolios on 24 exchanges (each many times as many with `BALLAST_CASES`); nearly all must be served.
#[test]
fn reports_are_the_engines_to_the_byte() {
    let mut random = Random::new(21);
    let (mut by_prepared, mut by_engine) = (Workspace::default(), Workspace::default());
    let (mut served, mut all, mut own, mut joint) = (0, 0, 0, 0);
    for round in 0..EXCHANGES {
        let tick = exchange(round, &mut random);
        let revaluation = Revaluation::new(&tick).unwrap();
        let mut books = Books::default();
        for _ in 0..PORTFOLIOS * cases() {
            add(&mut books, &tick, &mut random);
        }
        for index in 0..books.len() {
            let book = books.book(index);
            let engine = by_engine.margin((&tick, &revaluation.firsts), &book);
            all += 1;
            if let Some(report) = revaluation.prepared_report(&mut by_prepared, &book) {
                served += 1;
                assert_eq!(Ok(report), engine, "exchange {round}, portfolio {index}");
                let held = underlyings(&tick, &book);
                for slot in 0..held {
                    let (ours, engine) = (&by_prepared.underlyings()[slot], &by_engine.underlyings()[slot]);
                    own += usize::from(engine.has_own);
                    let (ours, engine) = (bytemuck::bytes_of(ours), bytemuck::bytes_of(engine));
                    assert_eq!(ours, engine, "exchange {round}, portfolio {index}, underlying {slot}");
                }
                joint += usize::from(report.scan_e6 > 0 && round.is_multiple_of(2));
            }
            assert_eq!(revaluation.margin(&mut by_prepared, &book), engine, "portfolio {index}");
        }
    }
    println!("{served} of {all} served, {own} underlyings with own strikes, {joint} in one group");
    assert!(served * 10 > all * 9 && own * 10 > all && joint * 3 > all, "{served} of {all}, {own}, {joint}");
}

/// Goal: what is refused is refused for the engine's reason, and a strike that is not served is still revalued. Method:
/// each kind once.
#[test]
fn refusals_are_the_engines() {
    let shape = Shape { markets: 9, expiries: 4, strikes: 20, first_expiry_secs: 9 * DAY };
    let mut tick = tick(shape, &mut Random::new(11));
    let spot = tick.markets[8].underlying.spot_e8;
    tick.markets[8].listings.push(Listing { expiry: 3, strike: Strike::new(spot * 40) });
    let (revaluation, mut workspace) = (Revaluation::new(&tick).unwrap(), Workspace::default());
    let count = tick.series_count() as u32;
    let legs = |series: &mut dyn Iterator<Item = u32>| -> Vec<Leg> {
        series.map(|series| Leg { series, qty_e6: 1 }).collect()
    };
    let mut books = Books::default();
    books.push(&legs(&mut [count].into_iter()), &[], 1 << 50).unwrap();
    books.push(&legs(&mut (0..130).step_by(2)), &[], 1 << 50).unwrap();
    books.push(&legs(&mut (0..9).map(|market| market * 160)), &[], 1 << 50).unwrap();
    books.push(&[], &[crate::Balance { asset: 77, amount: 5 }], 1 << 50).unwrap();
    books.push(&legs(&mut [count - 1].into_iter()), &[], 1 << 50).unwrap();
    let mut reason = |index| revaluation.margin(&mut workspace, &books.book(index)).err();
    assert_eq!(reason(0), Some(RiskError::UnknownExpiry));
    assert_eq!(reason(1), Some(RiskError::TooManyLines));
    assert_eq!(reason(2), Some(RiskError::TooManyUnderlyings));
    assert_eq!(reason(3), Some(RiskError::UnknownUnderlying));
    assert_eq!(reason(4), None);
    assert!(revaluation.prepared_report(&mut workspace, &books.book(4)).is_none());
}

//! Books that are paid in full: nothing can happen to them, so nobody may liquidate them.

use crate::books::holdings::{balance, ladder, qty_of, BOTH};
use crate::books::markets::{exchange, market, octaves_i64};
use crate::books::{cases, merge, Book, Holding, Market};
use ballast_risk::liquidation::{discount_e9, slice, SliceBranch, SliceTerms};
use ballast_risk::series::quote;
use ballast_risk::{ExpiryInput, LineInput, MaintenanceVerdict, UnderlyingInput, NO_FLOOR_E6};
use proptest::prelude::*;

/// A position whose payoff is never below zero, on steps of the ladder `low` < `middle` < `high`.
#[derive(Debug, Clone, Copy)]
enum Paid {
    Call,
    Put,
    CallSpread,
    PutSpread,
    Box,
    Butterfly,
    Straddle,
}

impl Paid {
    /// (calls, puts) at each of the three strikes for a quantity.
    fn legs(self, strikes: [u64; 3], qty: i64) -> [(i64, i64); 3] {
        match self {
            Self::Call => [(0, 0), (qty, 0), (0, 0)],
            Self::Put => [(0, 0), (0, qty), (0, 0)],
            Self::Straddle => [(0, 0), (qty, qty), (0, 0)],
            Self::CallSpread => [(qty, 0), (0, 0), (-qty, 0)],
            Self::PutSpread => [(0, -qty), (0, 0), (0, qty)],
            Self::Box => [(qty, -qty), (0, 0), (-qty, qty)],
            Self::Butterfly => butterfly(strikes, qty),
        }
    }
}

/// A long butterfly over unequal steps: its wings are divided so that it is worth nothing beyond them.
fn butterfly(strikes: [u64; 3], qty: i64) -> [(i64, i64); 3] {
    let [low, middle, high] = strikes.map(i128::from);
    let (near, far) = (middle - low, high - middle);
    let part = |of: i128| (i128::from(qty) * of / (near + far)) as i64;
    let (wing_low, wing_high) = (part(far), part(near));
    // One unit more of the low wing pays for what the divisions lost.
    [(wing_low + 1, 0), (-wing_low - wing_high, 0), (wing_high, 0)]
}

/// Lines of a paid position in one expiry of a market.
fn lines_of(market: &Market, (kind, expiry, steps, qty): (Paid, usize, [usize; 3], i64)) -> Vec<LineInput> {
    let strikes = steps.map(|step| ladder(market.state.spot_e8, step));
    let legs = kind.legs(strikes.map(|s| s.price_e8), qty);
    let line = |(strike, (calls_e6, puts_e6))| LineInput { expiry: expiry as u8, strike, calls_e6, puts_e6 };
    strikes.into_iter().zip(legs).map(line).collect()
}

/// A market with one to six paid positions.
fn paid_holding() -> BoxedStrategy<Holding> {
    let kinds = prop::sample::select(vec![
        Paid::Call,
        Paid::Put,
        Paid::CallSpread,
        Paid::PutSpread,
        Paid::Box,
        Paid::Butterfly,
        Paid::Straddle,
    ]);
    market(4)
        .prop_flat_map(move |market| {
            let (expiries, spot_e8) = (market.expiries.len(), market.state.spot_e8);
            let steps = (0usize..6, 6usize..11, 11usize..20).prop_map(|(a, b, c)| [a, b, c]);
            let qty = octaves_i64(1_000_000, 1_000_000_000_000).prop_map(move |n| qty_of(n, spot_e8).max(1));
            let positions = prop::collection::vec((kinds.clone(), 0..expiries, steps, qty), 1..=6);
            (Just(market), positions)
        })
        .prop_map(|(market, positions)| {
            let lines = positions.into_iter().flat_map(|p| lines_of(&market, p)).collect::<Vec<_>>();
            let lines = merge(&lines, &[]);
            Holding { market, lines }
        })
        .boxed()
}

/// A book of paid positions without debt: cash, and coins that no market lists.
fn paid_book() -> BoxedStrategy<Book> {
    let coins = prop::collection::vec(balance(None), 0..=2);
    let cash = prop_oneof![Just(0i64), octaves_i64(1, 1_000_000_000_000)];
    (exchange(BOTH), prop::collection::vec(paid_holding(), 1..=3), coins, cash)
        .prop_map(|(exchange, holdings, collateral, cash_e6)| Book {
            exchange,
            holdings,
            collateral,
            cash_e6,
        })
        .boxed()
}

/// Lines of recorded settlements: each pays rounded down for its holder, so that a position of several may pay
/// a unit a leg less than its exact payoff.
fn settled_legs(book: &Book) -> i64 {
    let settled = |h: &Holding, l: &LineInput| h.market.expiries[usize::from(l.expiry)].settled_e8 > 0;
    let of = |h: &Holding| h.lines.iter().filter(|l| settled(h, l)).count() as i64;
    2 * book.holdings.iter().map(of).sum::<i64>()
}

proptest! {
    #![proptest_config(cases(800))]

    /// Goal: a fully paid book is never liquidated (risk.md §6 and §10.5). Method: long options, debit spreads,
    /// boxes, butterflies of any market state on every measure, without debt: excess_MM ≥ 0 to the unit, but
    /// for the unit a leg by which a recorded settlement is rounded down. The auction finds nothing to take.
    #[test]
    fn a_paid_book_is_never_liquidated(book in paid_book()) {
        let r = book.margin();
        prop_assert!(r.floor_maintenance_e6 != NO_FLOOR_E6);
        prop_assert!(r.excess_maintenance_e6 >= -settled_legs(&book), "{r:?}");
        let terms = SliceTerms {
            discount_e9: discount_e9(0),
            peg_e8: book.exchange.peg_e8,
            dust_equity_e6: book.exchange.dust_equity_e6,
            mm_factor_e6: book.exchange.mm_factor_e6,
            exit_buffer_e6: book.exchange.exit_buffer_e6,
        };
        if settled_legs(&book) == 0 {
            prop_assert_eq!(slice(&r, &terms).branch, SliceBranch::Healthy);
            let healthy = MaintenanceVerdict::Healthy { excess_e6: r.excess_maintenance_e6 };
            prop_assert_eq!(r.maintenance_verdict(), healthy);
        }
    }

    /// Goal: the floor is cash and collateral as counted and the least payoff of each expiry, discounted if it
    /// is a gain. Method: paid positions and a short put, unsettled; the least of the exact payoffs at every
    /// strike of the ladder.
    #[test]
    fn the_floor_is_the_least_payoff(
        book in paid_book(), step in 0usize..20, notional in octaves_i64(1_000_000, 1 << 40),
    ) {
        let mut book = Book { holdings: book.holdings[..1].to_vec(), ..book };
        let h = &mut book.holdings[0];
        h.market.expiries.iter_mut().for_each(|e| e.settled_e8 = 0);
        let strike = ladder(h.market.state.spot_e8, step);
        let puts_e6 = -qty_of(notional, h.market.state.spot_e8);
        let put = LineInput { expiry: 0, strike, calls_e6: 0, puts_e6 };
        h.lines = merge(&h.lines, &[put]);
        let expiries = (0u8..).zip(&book.holdings[0].market.expiries);
        let least: i128 = expiries.map(|(i, e)| least_e6(&book, i, e)).sum();
        let r = book.margin();
        let expected = i128::from(r.equity_maintenance_e6 - r.options_e6) + least;
        // In a window the fixed part of the average is rounded down to a price of 1e-8, and the floor with it.
        let qty_e6: i64 = book.holdings[0].lines.iter().map(|l| l.calls_e6.abs() + l.puts_e6.abs()).sum();
        let noise = i128::from((book.gross_e6() >> 30) + qty_e6 / 100_000_000 + 8);
        prop_assert!((i128::from(r.floor_maintenance_e6) - expected).abs() <= noise, "{expected} {r:?}");
    }
}

/// Least payoff of the lines of an expiry over every settlement price that is still possible, discounted if it
/// is a gain.
fn least_e6(book: &Book, index: u8, e: &ExpiryInput) -> i128 {
    let Holding { market, lines } = &book.holdings[0];
    let input = UnderlyingInput { params: &market.params, ..market.state };
    let discount_q32 = i128::from(quote(&book.exchange, &input, e, None).unwrap().0.discount_q32);
    // Prices times the window's length, so that the fixed part of an average is whole.
    let window = i128::from(book.exchange.window_secs);
    let fixed = i128::from(e.average_e8) * i128::from(e.averaged_secs);
    let strikes = (0..20).map(|step| i128::from(ladder(market.state.spot_e8, step).price_e8) * window);
    let payoff =
        |s: i128| lines.iter().filter(|l| l.expiry == index).map(|l| payoff_e14(l, s, window)).sum::<i128>();
    let least = strikes.chain([0]).map(|s| payoff(s.max(fixed))).min().unwrap() / window / 100_000_000;
    if least > 0 {
        (least * discount_q32) >> 32
    } else {
        least
    }
}

/// Payoff of a line at a settlement price, 1e-14 quote; the price and the payoff both times `scale`.
fn payoff_e14(l: &LineInput, settled_e8: i128, scale: i128) -> i128 {
    let gain = settled_e8 - i128::from(l.strike.price_e8) * scale;
    i128::from(l.calls_e6) * gain.max(0) + i128::from(l.puts_e6) * (-gain).max(0)
}

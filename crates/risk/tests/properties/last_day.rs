//! Own strikes: a book due tomorrow holds what it can lose at any price of the range, not only at the grid.

use crate::books::defaults::{flat_expiry, underlying, EXCHANGE, PARAMS};
use crate::books::holdings::{holding, qty_of, BOTH};
use crate::books::markets::{exchange, octaves, octaves_i64, params, part_of, state};
use crate::books::{cases, Book, Holding, Market};
use ballast_risk::series::quote;
use ballast_risk::{ExchangeInput, ExpiryInput, LineInput, MarginReport, Strike, UnderlyingInput};
use proptest::prelude::*;

const DAY: i64 = 86_400;

/// A short butterfly: (spot, seconds left, σ, middle and wing as parts of spot, quantity, puts instead of
/// calls).
fn short_fly() -> BoxedStrategy<(Book, u64)> {
    let strikes = (880_000u64..1_120_000, 2_000u64..40_000);
    (
        octaves(1_000_000, 100_000_000_000_000),
        60..=DAY,
        octaves_i64(50_000, 3_000_000),
        strikes,
        octaves_i64(1_000_000, 1 << 46),
        any::<bool>(),
    )
        .prop_map(|(spot_e8, secs, vol_e6, (middle, wing), notional, puts)| {
            let strikes = [middle - wing, middle, middle + wing].map(|part| part_of(spot_e8, part));
            // Wings exactly as far on both sides, or the butterfly is a broken one.
            let strikes = [strikes[0], strikes[1], 2 * strikes[1] - strikes[0]];
            let qty = qty_of(notional, spot_e8).max(1_000);
            let line = |(price_e8, qty): (u64, i64)| LineInput {
                expiry: 0,
                strike: Strike::new(price_e8),
                calls_e6: if puts { 0 } else { qty },
                puts_e6: if puts { qty } else { 0 },
            };
            let lines = strikes.into_iter().zip([-qty, 2 * qty, -qty]).map(line).collect();
            let market = Market {
                params: PARAMS,
                state: underlying(&PARAMS, spot_e8, vol_e6),
                expiries: vec![flat_expiry(secs)],
            };
            let book = Book {
                exchange: EXCHANGE,
                holdings: vec![Holding { market, lines }],
                collateral: Vec::new(),
                cash_e6: 0,
            };
            (book, strikes[1])
        })
        .boxed()
}

/// Payoff of a book of one market and one expiry at a settlement price, 1e-6 quote.
fn payoff_e6(book: &Book, settled_e8: u64) -> i64 {
    let of = |l: &LineInput| {
        let gain = i128::from(settled_e8) - i128::from(l.strike.price_e8);
        i128::from(l.calls_e6) * gain.max(0) + i128::from(l.puts_e6) * (-gain).max(0)
    };
    (book.holdings[0].lines.iter().map(of).sum::<i128>() / 100_000_000) as i64
}

proptest! {
    #![proptest_config(cases(1_200))]

    /// Goal: a short butterfly due within a day holds at least its worst payoff loss (risk.md §3), for IM and,
    /// but for a fifth of the grid's own loss there, for MM. Method: random wings, quantities and volatilities;
    /// the loss from mark at the middle.
    #[test]
    fn a_short_fly_holds_its_worst_loss((book, middle_e8) in short_fly()) {
        let all = book.assess().unwrap();
        let (r, noise) = (all.report, book.noise_e6());
        let loss = r.options_e6 - payoff_e6(&book, middle_e8);
        prop_assert!(r.scan_e6 >= loss - noise, "holds {} for a loss of {loss}", r.scan_e6);
        let seen = all.underlyings[0].losses_e6[..27].iter().max().unwrap();
        let most = loss - seen.max(&0) / 5 - noise;
        prop_assert!(r.scan_maintenance_e6 >= most, "MM holds {} for {loss}", r.scan_maintenance_e6);
    }
}

/// A book of one expiry within one MPOR, not in its window; no interest, which would be owed on top.
fn last_day_book() -> BoxedStrategy<Book> {
    let market = (params(), state(), 60i64..3_600).prop_map(|(params, state, secs)| Market {
        params,
        state: UnderlyingInput { realised_only: false, ..state },
        expiries: vec![flat_expiry(secs)],
    });
    (exchange(BOTH), holding(market.boxed(), 12), octaves_i64(1, 1 << 44))
        .prop_map(|(exchange, holding, cash_e6)| Book {
            exchange: ExchangeInput { rate_e6: 0, peg_e8: 100_000_000, ..exchange },
            holdings: vec![holding],
            collateral: Vec::new(),
            cash_e6,
        })
        .boxed()
}

proptest! {
    #![proptest_config(cases(1_200))]

    /// Goal: who meets IM on the last day can pay whatever the price settles at within one price range. Method:
    /// any book of one expiry under one MPOR away; cash so that excess_IM is exactly zero; settlement at 64
    /// prices across the range and at every strike in it leaves cash at or above zero, to the noise.
    #[test]
    fn who_meets_initial_margin_can_pay(book in last_day_book()) {
        let need: MarginReport = book.margin();
        let book = Book { cash_e6: book.cash_e6 - need.excess_initial_e6, ..book };
        let all = book.assess().unwrap();
        prop_assert_eq!(all.report.excess_initial_e6, 0);
        let spot = i128::from(book.holdings[0].market.state.spot_e8);
        let range = (spot * i128::from(all.underlyings[0].range_q40)) >> 40;
        let at = |share: i128| (spot + range * share / 32) as u64;
        let strikes = book.holdings[0].lines.iter().map(|l| l.strike.price_e8);
        for settled_e8 in (-32..=32).map(at).chain(strikes).filter(|s| (at(-32)..=at(32)).contains(s)) {
            let after = book.cash_e6 + payoff_e6(&book, settled_e8);
            prop_assert!(after >= -book.noise_e6(), "{after} after settling at {settled_e8}: {:?}", all.report);
        }
    }

    /// Goal: the weight g falls from 1 at one MPOR to 0 at two (risk.md §3) when the expiry is not near by its
    /// width. Method: random times and a volatility of 150 % at the default range.
    #[test]
    fn the_weight_falls_over_one_period(secs in 0i64..=4 * DAY) {
        let input = underlying(&PARAMS, 6_000_000_000_000, 1_500_000);
        let expiry = ExpiryInput { averaged_secs: 0, ..flat_expiry(secs) };
        let got = quote(&EXCHANGE, &input, &expiry, None).unwrap().0.near_q30 as f64 / 2f64.powi(30);
        let wide = 3.2 - 12.0 * 1.5 * (secs as f64 / 31_536_000.0).sqrt() / (4.0f64 * 1.5 / 365f64.sqrt());
        let want = (2.0 - secs as f64 / 86_400.0).clamp(0.0, 1.0).max(wide.clamp(0.0, 1.0));
        prop_assert!((got - want).abs() < 1e-7, "{got} {want}");
    }
}

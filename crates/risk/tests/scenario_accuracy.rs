//! Scenario losses, values and Greeks against independent arithmetic (risk.md §12): single options of
//! `data/scenarios.csv`, made by `data/make_scenarios.py`, and random books by the float64 model in `black76`.
//!
//! A loss is measured against Σ |q|·max(S, K): the kernel's error is a share of both products of Black's formula.
//! `BALLAST_ACCURACY_TABLE=FILE` checks a longer table of the same script too and prints the worst errors by region;
//! `BALLAST_CASES=100` runs a hundred times as many random books, `BALLAST_SEED=7` others.

mod black76;
#[allow(dead_code, reason = "the generators of the property tests, of which this file needs some")]
mod books;

use ballast_risk::scenario::FIRST_TAIL;
use ballast_risk::series::{quote, SeriesQuote};
use ballast_risk::{ExchangeInput, ExpiryInput, LineInput, Scratch, Strike, UnderlyingInput};
use black76::reference;
use books::defaults::{flat_expiry, underlying, EXCHANGE, PARAMS};
use books::holdings::{holding, BOTH};
use books::markets::{exchange, market};
use books::{cases, Book, Holding, Market};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// One option, and the oracle's answers per unit and per spot.
struct Row {
    book: Book,
    call: bool,
    value: f64,
    delta: f64,
    vega: f64,
    losses: Vec<(usize, f64)>,
}

impl Row {
    fn new(line: &str) -> Self {
        let cells: Vec<&str> = line.split(',').collect();
        let integer = |i: usize| cells[i].parse::<i64>().expect("an integer");
        let number = |i: usize| cells[i].parse::<f64>().expect("a number");
        let (spot_e8, strike_e8) = (integer(0).unsigned_abs(), integer(1).unsigned_abs());
        let expiry = ExpiryInput {
            basis_e6: integer(6),
            atm_e6: integer(8),
            skew_e6: integer(9),
            curvature_e6: integer(10),
            averaged_secs: integer(11),
            average_e8: integer(12).unsigned_abs(),
            ..flat_expiry(integer(2))
        };
        let state = UnderlyingInput {
            vol_margin_e6: integer(4),
            vol_stale: integer(5) == 1,
            ..underlying(&PARAMS, spot_e8, integer(3))
        };
        let call = cells[13] == "C";
        let loss = |cell: &&str| {
            let (scenario, loss) = cell.split_once(':').expect("scenario:loss");
            (scenario.parse().expect("a scenario"), loss.parse().expect("a loss"))
        };
        let market = Market { params: PARAMS, state, expiries: vec![expiry] };
        Self {
            book: single(ExchangeInput { rate_e6: integer(7), ..EXCHANGE }, market, strike_e8, call),
            call,
            value: number(14),
            delta: number(15),
            vega: number(16),
            losses: cells[17..].iter().map(loss).collect(),
        }
    }

    fn market(&self) -> &Market {
        &self.book.holdings[0].market
    }

    fn line(&self) -> &LineInput {
        &self.book.holdings[0].lines[0]
    }

    fn spot_e8(&self) -> f64 {
        self.market().state.spot_e8 as f64
    }

    /// The region of the domain it lies in, for people; v is σ√T at the money.
    fn region(&self) -> String {
        let (u, e) = (&self.market().state, &self.market().expiries[0]);
        let v = u.vol_e6 as f64 * e.atm_e6 as f64 / 1e12 * (e.secs_left as f64 / 31_536_000.0).sqrt();
        let v = ["v < 0.01", "v < 0.1", "v < 1", "v ≥ 1"]
            [[0.01, 0.1, 1.0].iter().filter(|&&bound| v >= bound).count()];
        let ratio = (self.spot_e8() / self.line().strike.price_e8 as f64).ln().abs();
        let away = if ratio < 2f64.ln() { "S/K within 2" } else { "S/K beyond 2" };
        let when = if e.averaged_secs > 0 { "in the window" } else { "before it" };
        format!("{v}, {away}, {when}")
    }
}

/// A book of one long option of 2^34 quote of notional, or as much as fits: so much that a unit of money is nothing.
fn single(exchange: ExchangeInput, market: Market, strike_e8: u64, call: bool) -> Book {
    let price_e8 = market.state.spot_e8.max(strike_e8);
    let qty = ((1i128 << 54) * 100_000_000 / i128::from(price_e8)).min(1 << 49) as i64;
    let line = LineInput {
        expiry: 0,
        strike: Strike::new(strike_e8),
        calls_e6: if call { qty } else { 0 },
        puts_e6: if call { 0 } else { qty },
    };
    let holdings = vec![Holding { market, lines: vec![line] }];
    Book { exchange, holdings, collateral: Vec::new(), cash_e6: 0 }
}

/// Largest errors by what they are of, with their lines.
#[derive(Default)]
struct Worst(BTreeMap<String, (f64, usize)>);

impl Worst {
    fn add(&mut self, of: &str, error: f64, line: usize) {
        let place = self.0.entry(of.to_owned()).or_default();
        if error.abs() > place.0 {
            *place = (error.abs(), line);
        }
    }

    fn assert(&self, of: &str, most: f64) {
        let (error, line) = self.0[of];
        assert!(error <= most, "{of}: off by {error:.2e} in line {line}");
    }
}

/// value/S, delta, vega/S of a call or put.
fn quoted(row: &Row, quote: &SeriesQuote) -> [f64; 3] {
    let per_spot = |e14: i128| e14 as f64 / 1e6 / row.spot_e8();
    let (value, delta) =
        if row.call { (quote.call_e14, quote.call_delta_q28) } else { (quote.put_e14, quote.put_delta_q28) };
    [per_spot(value), delta as f64 / 2f64.powi(28), per_spot(quote.vega_e14)]
}

/// Every error of a table, of the engine and of the float64 model that the random books rest on, with and without its
/// region. Returns the number of rows too.
fn errors(table: &str) -> (usize, Worst) {
    let (mut worst, mut scratch) = (Worst::default(), bytemuck::zeroed_box());
    let mut count = 0;
    for (n, line) in table.lines().enumerate().skip(1) {
        let row = Row::new(line);
        let region = row.region();
        add_errors(&row, &mut scratch, &mut |of, error| {
            worst.add(of, error, n + 1);
            worst.add(&format!("{of}: {region}"), error, n + 1);
        });
        count += 1;
    }
    (count, worst)
}

/// Tells `add` the errors of one row.
fn add_errors(row: &Row, scratch: &mut Scratch, add: &mut dyn FnMut(&str, f64)) {
    let (book, market, line) = (&row.book, row.market(), row.line());
    let input = UnderlyingInput { params: &market.params, ..market.state };
    let series = quote(&book.exchange, &input, &market.expiries[0], Some(line.strike)).expect("a row").1;
    let want = [row.value, row.delta, row.vega];
    for ((of, got), want) in ["value", "delta", "vega"].into_iter().zip(quoted(row, &series)).zip(want) {
        add(of, got - want);
    }
    let all = book.assess_in(scratch).expect("a row is inside the bounds");
    let (state, model) = (&all.underlyings[0], reference(&book.exchange, &book.holdings[0]));
    // Units of money (1e-6 quote) that the book is worth where an option is worth one spot, or one of the greater.
    let qty = (line.calls_e6 + line.puts_e6) as f64;
    let per_spot = qty * row.spot_e8() / 1e8;
    let gross = per_spot.max(qty * line.strike.price_e8 as f64 / 1e8);
    add("value of a book", (state.value_e6 as f64 - row.value * per_spot) / per_spot);
    add("model", model.value * 1e6 / per_spot - row.value);
    for &(scenario, want) in &row.losses {
        // Money is to the nearest unit.
        let apart = (state.losses_e6[scenario] as f64 - want * per_spot).abs() - 1.0;
        add("loss", apart.max(0.0) / gross);
        add("loss per spot", apart.max(0.0) / per_spot);
        add("model", model.losses[scenario] * 1e6 / per_spot - want);
    }
}

/// The bars of a table. A single option's loss at the largest deviations may be half as wrong again as a portfolio's;
/// measured over 10^6 options: value 2.1e-8, delta 2.0e-8, vega 6.6e-6, loss 2.1e-8 (7.4e-8 of spot, at S/K near 0.1).
fn assert_bars(worst: &Worst) {
    worst.assert("value", 2.5e-7);
    worst.assert("value of a book", 2.5e-7);
    worst.assert("delta", 1e-5);
    worst.assert("vega", 1e-5);
    worst.assert("loss", 3e-8);
}

/// Goal: values within 2.5e-7 of spot, deltas within 1e-5, scenario losses within 3e-8 of an option's gross (risk.md
/// §12), and a float64 model that is as good as the oracle. Method: rows spread evenly over the domain and the worst of
/// 10^6, in 40-digit arithmetic; the model within the eleven decimals of the table.
#[test]
fn single_options_are_the_model() {
    let (count, worst) = errors(include_str!("data/scenarios.csv"));
    assert!(count >= 1_500, "{count} rows");
    println!(
        "{count} rows (error, line): {:?}",
        worst.0.iter().filter(|(of, _)| !of.contains(':')).collect::<Vec<_>>()
    );
    assert_bars(&worst);
    worst.assert("model", 1e-11);
}

/// Goal and method: as above, over a table named by the environment; nothing without one.
#[test]
fn a_longer_table_is_the_model() {
    let Some(name) = std::env::var_os("BALLAST_ACCURACY_TABLE") else { return };
    let (count, worst) = errors(&std::fs::read_to_string(name).expect("a table"));
    println!("{count} rows");
    for (of, (error, line)) in &worst.0 {
        println!("{error:.2e}  line {line:7}  {of}");
    }
    assert_bars(&worst);
}

/// A book in one market with expiries in any state, but not in their last minute: the domain begins there.
fn any_holding() -> BoxedStrategy<(ExchangeInput, Holding)> {
    let before_the_last_minute = |mut market: Market| {
        for e in market.expiries.iter_mut().filter(|e| (1..60).contains(&e.secs_left)) {
            e.secs_left = 60;
        }
        market.expiries.sort_by_key(|e| e.secs_left);
        market
    };
    let holding = holding(market(12).prop_map(before_the_last_minute).boxed(), 64);
    (exchange(BOTH), holding.prop_filter("a line", |h| !h.lines.is_empty())).boxed()
}

/// Goal: value, Greeks, the 35 losses and what the book is worth in the grid's scenarios are the model's, losses and
/// worths within 2e-8 of Σ |q|·max(S, K) (risk.md §12) and a unit of money a leg. Method: random books of 1 to 64 lines
/// in every state of an expiry against the float64 model.
#[test]
fn random_books_are_the_model() {
    let worst = RefCell::new(Worst::default());
    let check = |(exchange, holding): (ExchangeInput, Holding)| {
        let want = reference(&exchange, &holding);
        let book = Book { exchange, holdings: vec![holding], collateral: Vec::new(), cash_e6: 0 };
        let all = book.assess().expect("the book is within the bounds");
        let (got, gross) = (&all.underlyings[0], book.gross_e6() as f64);
        let (legs, lines) = (2.0 * book.lines() as f64, book.lines());
        let mut worst = worst.borrow_mut();
        let mut add = |of: &str, got: i64, want: f64| {
            worst.add(of, ((got as f64 - want * 1e6).abs() - 1.0 - legs).max(0.0) / gross, lines);
        };
        add("value", got.value_e6, want.value);
        add("delta", got.dollar_delta_e6, want.dollar_delta);
        add("vega", got.dollar_vega_e6, want.dollar_vega);
        for (i, (&loss_e6, loss)) in got.losses_e6.iter().zip(want.losses).enumerate() {
            add("loss", loss_e6, loss);
            if i < FIRST_TAIL {
                add("scenario value", got.value_e6 - loss_e6, want.value - loss);
            }
        }
        Ok(())
    };
    TestRunner::new(cases(1_000)).run(&any_holding(), check).expect("no case fails by itself");
    let worst = worst.into_inner();
    println!("of gross (error, lines of the book): {:?}", worst.0);
    worst.assert("value", 2.5e-7);
    worst.assert("loss", 2e-8);
    worst.assert("scenario value", 2e-8);
    worst.assert("delta", 1e-5);
    worst.assert("vega", 1e-5);
}

/// Goal: far from the money the smile keeps its shape: its parabola rises again, and σ is at its upper bound, while the
/// skew alone would take it to the lower one. Method: calls of a quiet market, a day from expiry, at 2 to 6 times the
/// spot, which only the largest tails reach; losses within 3e-8 of gross.
#[test]
fn far_strikes_keep_their_smile() {
    let mut worst = Worst::default();
    for n in 0..2_000u64 {
        let (vol_e6, curvature_e6) = (100_000 + 5_000 * (n % 25) as i64, 200 + 40 * (n / 25 % 16) as i64);
        let expiry = ExpiryInput { skew_e6: -50_000, curvature_e6, ..flat_expiry(86_400) };
        let state = underlying(&PARAMS, 300_000_000_000, vol_e6);
        let market = Market { params: PARAMS, state, expiries: vec![expiry] };
        let book = single(EXCHANGE, market, 600_000_000_000 + 240_000_000_000 * (n / 400), true);
        let (got, want) = (book.assess().expect("a row"), reference(&EXCHANGE, &book.holdings[0]));
        for (got, want) in got.underlyings[0].losses_e6.iter().zip(want.losses) {
            worst.add("loss", (*got as f64 - want * 1e6) / book.gross_e6() as f64, n as usize);
        }
    }
    worst.assert("loss", 3e-8);
}

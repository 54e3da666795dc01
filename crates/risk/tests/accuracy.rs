//! Values and Greeks against 40-digit arithmetic: `data/black76.csv`, made by `data/make_black76.py`.

#[path = "books/defaults.rs"]
mod defaults;

use ballast_risk::series::{quote, SeriesQuote};
use ballast_risk::{ExchangeInput, ExpiryInput, Strike};
use defaults::{flat_expiry, underlying, EXCHANGE, PARAMS};

const TABLE: &str = include_str!("data/black76.csv");

/// A row: inputs, and the oracle's answer per unit of spot.
struct Row {
    spot_e8: u64,
    strike_e8: u64,
    secs: i64,
    vol_e6: i64,
    basis_e6: i64,
    rate_e6: i64,
    /// call/S, put/S, call delta, put delta, vega/S.
    want: [f64; 5],
}

fn rows() -> impl Iterator<Item = Row> {
    TABLE.lines().skip(1).map(|line| {
        let cells: Vec<&str> = line.split(',').collect();
        let integer = |i: usize| cells[i].parse::<i64>().expect("an integer");
        let number = |i: usize| cells[i].parse::<f64>().expect("a number");
        Row {
            spot_e8: integer(0).unsigned_abs(),
            strike_e8: integer(1).unsigned_abs(),
            secs: integer(2),
            vol_e6: integer(3),
            basis_e6: integer(4),
            rate_e6: integer(5),
            want: std::array::from_fn(|i| number(6 + i)),
        }
    })
}

fn engine(row: &Row) -> SeriesQuote {
    let exchange = ExchangeInput { rate_e6: row.rate_e6, ..EXCHANGE };
    let expiry = ExpiryInput { basis_e6: row.basis_e6, ..flat_expiry(row.secs) };
    let input = underlying(&PARAMS, row.spot_e8, row.vol_e6);
    quote(&exchange, &input, &expiry, Some(Strike::new(row.strike_e8)))
        .expect("the table is inside the bounds")
        .1
}

/// Largest errors of call, put, call delta, put delta, vega over the table, as shares of spot, with their rows.
fn worst_errors() -> [(f64, usize); 5] {
    let mut worst = [(0.0, 0); 5];
    for (n, row) in rows().enumerate() {
        let got = engine(&row);
        let per_spot = |e14: i128| e14 as f64 / 1e6 / row.spot_e8 as f64;
        let ratio = |q28: i64| q28 as f64 / 2f64.powi(28);
        let got = [
            per_spot(got.call_e14),
            per_spot(got.put_e14),
            ratio(got.call_delta_q28),
            ratio(got.put_delta_q28),
            per_spot(got.vega_e14),
        ];
        for (place, (got, want)) in worst.iter_mut().zip(got.into_iter().zip(row.want)) {
            if (got - want).abs() > place.0 {
                *place = ((got - want).abs(), n + 2);
            }
        }
    }
    worst
}

/// Goal: values within 2.5e-7 of spot, deltas within 1e-5, vega within 1e-5 of spot over the whole domain
/// (risk.md §2). Method: 2,002 rows of 40-digit arithmetic.
#[test]
fn quotes_are_black_76() {
    assert!(rows().count() >= 2_000);
    let [call, put, call_delta, put_delta, vega] = worst_errors();
    println!("worst (line): call {call:?} put {put:?} delta {call_delta:?} {put_delta:?} vega {vega:?}");
    assert!(call.0 <= 2.5e-7, "call off by {:.2e} of spot in line {}", call.0, call.1);
    assert!(put.0 <= 2.5e-7, "put off by {:.2e} of spot in line {}", put.0, put.1);
    assert!(call_delta.0 <= 1e-5, "call delta off by {:.2e} in line {}", call_delta.0, call_delta.1);
    assert!(put_delta.0 <= 1e-5, "put delta off by {:.2e} in line {}", put_delta.0, put_delta.1);
    assert!(vega.0 <= 1e-5, "vega off by {:.2e} of spot in line {}", vega.0, vega.1);
}

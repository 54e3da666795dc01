//! Values of single series: parity, order, convexity, the smile, and that nothing is worth less than nothing.

use crate::books::cases;
use crate::books::defaults::{flat_expiry, underlying, EXCHANGE, PARAMS};
use crate::books::markets::{octaves, octaves_i64};
use crate::books::{Assessed, Book, Holding, Market};
use ballast_risk::scenario::{grid_index, VolCase};
use ballast_risk::series::{quote, ExpiryQuote, SeriesQuote};
use ballast_risk::{ExchangeInput, ExpiryInput, LineInput, Strike};
use proptest::prelude::*;

const YEAR_SECS: f64 = 31_536_000.0;

/// A series of the accuracy domain: S/K 0.1 to 10, a minute to two years, 5 to 400 %.
#[derive(Debug, Clone, Copy)]
struct Series {
    spot_e8: u64,
    strike_e8: u64,
    vol_e6: i64,
    rate_e6: i64,
    expiry: ExpiryInput,
}

impl Series {
    fn quote(&self) -> (ExpiryQuote, SeriesQuote) {
        let exchange = ExchangeInput { rate_e6: self.rate_e6, ..EXCHANGE };
        let input = underlying(&PARAMS, self.spot_e8, self.vol_e6);
        quote(&exchange, &input, &self.expiry, Some(Strike::new(self.strike_e8)))
            .expect("a series of the domain")
    }

    /// σ√T at the money.
    fn deviation(&self) -> f64 {
        self.vol_e6 as f64 / 1e6 * (self.expiry.secs_left as f64 / YEAR_SECS).sqrt()
    }

    /// `parts`·1e-12 of F + K at 1e-14 quote: how rounding is stated here.
    fn noise_e14(&self, parts: i128) -> i128 {
        let forward = self.quote().0.forward_e14;
        (forward + i128::from(self.strike_e8) * 1_000_000) * parts / 1_000_000_000_000
    }
}

/// A series with a flat smile whose d1 is within ±6 standard deviations where the domain allows.
fn flat_series() -> BoxedStrategy<Series> {
    let numbers =
        (octaves(1_000, 100_000_000_000_000), octaves_i64(60, 63_072_000), octaves_i64(50_000, 4_000_000));
    (numbers, -6.0f64..6.0, -200_000i64..=200_000, 0i64..=200_000)
        .prop_map(|((spot_e8, secs, vol_e6), d1, basis_e6, rate_e6)| {
            let v = vol_e6 as f64 / 1e6 * (secs as f64 / YEAR_SECS).sqrt();
            let spot = spot_e8 as f64;
            let strike = (spot * (-(d1 - v / 2.0) * v).exp()).clamp(spot / 10.0, spot * 10.0);
            let expiry = ExpiryInput { basis_e6, ..flat_expiry(secs) };
            Series { spot_e8, strike_e8: strike as u64, vol_e6, rate_e6, expiry }
        })
        .boxed()
}

/// The quotes of `count` neighbours, `change(series, step)` for every step.
fn row(series: Series, count: u64, change: impl Fn(&mut Series, u64)) -> Vec<SeriesQuote> {
    let one = |i| {
        let mut s = series;
        change(&mut s, i);
        s.quote().1
    };
    (0..count).map(one).collect()
}

/// The largest fall from one value to the next, 0 if there is none.
fn fall(values: impl Iterator<Item = i128> + Clone) -> i128 {
    values.clone().zip(values.skip(1)).map(|(a, b)| a - b).max().unwrap_or(0).max(0)
}

/// The largest concavity: how far a middle lies above the mean of its neighbours, twice.
fn dent(values: &[i128]) -> i128 {
    values.windows(3).map(|w| 2 * w[1] - w[0] - w[2]).max().unwrap_or(0).max(0)
}

/// A stride of a price: one unit, or so that 120 neighbours cross some five nodes of the table of Φ.
fn stride(series: &Series, price_e8: u64, dense: bool) -> u64 {
    let node = price_e8 as f64 * series.deviation() / 2_048.0;
    if dense {
        1
    } else {
        (node / 24.0) as u64 + 1
    }
}

proptest! {
    #![proptest_config(cases(1_000))]

    /// Goal: C − P = D·(F − K) (risk.md §10.7) within 4e-9 of F + K. Method: random series; a value below zero
    /// is cut to zero.
    #[test]
    fn puts_and_calls_are_in_parity(s in flat_series()) {
        let (e, q) = s.quote();
        let left_e14 = e.forward_e14 - i128::from(s.strike_e8) * 1_000_000;
        let moneyness = (left_e14 * i128::from(e.discount_q32)) >> 32;
        let gap = q.call_e14 - q.put_e14 - moneyness;
        prop_assert!(gap.abs() <= s.noise_e14(4_000) + 2, "gap {gap} of {q:?}");
        prop_assert!(((q.call_delta_q28 - q.put_delta_q28) - (e.discount_q32 >> 4)).abs() <= 2);
    }

    /// Goal: an option is worth at least nothing and its discounted payoff at the forward, at most the
    /// discounted forward or strike. Method: random series, within 4e-9 of F + K.
    #[test]
    fn values_are_within_their_bounds(s in flat_series()) {
        let (e, q) = s.quote();
        let discounted = |price_e14: i128| (price_e14 * i128::from(e.discount_q32)) >> 32;
        let strike_e14 = i128::from(s.strike_e8) * 1_000_000;
        let (noise, intrinsic) = (s.noise_e14(4_000) + 2, discounted(e.forward_e14 - strike_e14));
        prop_assert!(q.call_e14 >= 0.max(intrinsic - noise) && q.call_e14 <= discounted(e.forward_e14) + noise);
        prop_assert!(q.put_e14 >= 0.max(-intrinsic - noise) && q.put_e14 <= discounted(strike_e14) + noise);
        prop_assert!(q.vega_e14 >= 0 && q.call_delta_q28 >= 0 && q.put_delta_q28 <= 0);
    }
}

proptest! {
    #![proptest_config(cases(250))]

    /// Goal: at a fixed σ a call falls and a put rises with K, both convex (risk.md §10.7), over neighbouring
    /// inputs, to 4e-9 and 8e-9 of F + K. Method: 120 strikes one unit apart, or crossing five nodes of the
    /// table.
    #[test]
    fn values_are_monotone_and_convex_in_strike(s in flat_series(), dense: bool) {
        let step = stride(&s, s.strike_e8, dense);
        let quotes = row(s, 120, |s, i| s.strike_e8 += i * step);
        let calls: Vec<i128> = quotes.iter().map(|q| q.call_e14).collect();
        let puts: Vec<i128> = quotes.iter().map(|q| q.put_e14).collect();
        let noise = s.noise_e14(4_000) + 2;
        let (rise, drop) = (fall(calls.iter().rev().copied()), fall(puts.iter().copied()));
        prop_assert!(rise <= noise && drop <= noise, "a call rises by {rise}, or a put falls by {drop}");
        let dents = (dent(&calls), dent(&puts));
        prop_assert!(dents.0 <= 2 * noise && dents.1 <= 2 * noise, "dents of {dents:?}");
    }

    /// Goal: a call rises and a put falls with S, to 4e-9 of F + K. Method: as for strikes.
    #[test]
    fn values_are_monotone_in_spot(s in flat_series(), dense: bool) {
        let step = stride(&s, s.spot_e8, dense);
        let quotes = row(s, 120, |s, i| s.spot_e8 += i * step);
        let noise = s.noise_e14(4_000) + 2;
        prop_assert!(fall(quotes.iter().map(|q| q.call_e14)) <= noise);
        prop_assert!(fall(quotes.iter().rev().map(|q| q.put_e14)) <= noise);
    }

    /// Goal: no option falls when σ rises, to 4e-9 of F + K. Method: 120 volatilities a millionth or a
    /// thousandth apart.
    #[test]
    fn values_are_monotone_in_volatility(s in flat_series(), dense: bool) {
        let step = if dense { 1 } else { s.vol_e6 / 1_000 };
        let quotes = row(s, 120, |s, i| s.vol_e6 += step * i as i64);
        let noise = s.noise_e14(4_000) + 2;
        prop_assert!(fall(quotes.iter().map(|q| q.call_e14)) <= noise);
        prop_assert!(fall(quotes.iter().map(|q| q.put_e14)) <= noise);
    }

    /// Goal: with skew and curvature inside their bounds no vertical is negative, and no butterfly beyond 0.03
    /// % of spot (0.05 % where the cap of 400 % cuts the smile), for K/S 0.1 to 10 (risk.md §10.7). Method:
    /// random surfaces; 60 strikes evenly spaced over a random part of the range.
    #[test]
    fn the_smile_has_no_arbitrage_to_speak_of(
        s in flat_series(), skew_e6 in -50_000i64..=50_000, curvature_e6 in 0i64..=15_000,
        low in 0.1f64..9.0, width in 0.001f64..1.0,
    ) {
        let spot = s.spot_e8.max(1_000_000);
        let first = (spot as f64 * low) as u64;
        let step = (spot as f64 * (10.0 - low) * width / 60.0) as u64 + 1;
let expiry = ExpiryInput { skew_e6, curvature_e6, ..s.expiry };
        let smiling = Series { spot_e8: spot, strike_e8: first, expiry, ..s };
        let quotes = row(smiling, 60, |s, i| s.strike_e8 += i * step);
        let calls: Vec<i128> = quotes.iter().map(|q| q.call_e14).collect();
        let noise = Series { strike_e8: first + 60 * step, ..smiling }.noise_e14(4_000) + 2;
        let vertical = fall(calls.iter().rev().copied());
        prop_assert!(vertical <= noise, "a vertical of {vertical}");
        let puts = quotes.iter().map(|q| q.put_e14);
        prop_assert!(fall(puts.clone()) <= noise, "a vertical of {}", fall(puts));
        // In millionths of spot. The cap on σ puts a kink into the smile of a market above 400 %/1.8.
        let most = if s.vol_e6 > PARAMS.sigma_max_e6 * 1_000_000 / PARAMS.smile_max_e6 { 500 } else { 300 };
        let butterfly = dent(&calls);
        prop_assert!(butterfly <= i128::from(spot) * most + noise, "a butterfly of {butterfly} of {spot}");
    }
}

/// A book of one line of about 2^34 quote of notional.
fn line_book(s: &Series, calls: i64, puts: i64) -> Book {
    let state = underlying(&PARAMS, s.spot_e8, s.vol_e6);
    let qty =
        (i128::from(1i64 << 54) * 100_000_000 / i128::from(s.spot_e8.max(s.strike_e8))).min(1 << 49) as i64;
    let line =
        LineInput { expiry: 0, strike: Strike::new(s.strike_e8), calls_e6: calls * qty, puts_e6: puts * qty };
    let market = Market { params: PARAMS, state, expiries: vec![s.expiry] };
    let exchange = ExchangeInput { rate_e6: s.rate_e6, ..EXCHANGE };
    Book {
        exchange,
        holdings: vec![Holding { market, lines: vec![line] }],
        collateral: Vec::new(),
        cash_e6: 0,
    }
}

proptest! {
    #![proptest_config(cases(400))]

    /// Goal: a long option is worth at least nothing, unmoved and in every scenario of the grid, to 2e-8 of
    /// gross; its report agrees with its quote. Method: a random series as a book of one line.
    #[test]
    fn a_long_option_is_worth_something_in_every_scenario(s in flat_series(), put: bool) {
        let book = line_book(&s, i64::from(!put), i64::from(put));
        let all = book.assess().unwrap();
        let (value, noise) = (all.report.options_e6, book.gross_e6() / 50_000_000 + 2);
        prop_assert!(value >= -noise, "worth {value}");
        for loss in all.underlyings[0].losses_e6.iter().take(27) {
            prop_assert!(value - loss >= -noise, "worth {} after a loss of {loss}", value - loss);
        }
        let quoted = if put { s.quote().1.put_e14 } else { s.quote().1.call_e14 };
        let line = book.holdings[0].lines[0];
        let quoted = quoted * i128::from(line.calls_e6 + line.puts_e6) / 100_000_000_000_000;
        let apart = (quoted - i128::from(value)).abs();
        prop_assert!(apart <= i128::from(noise), "{value} in a report, {quoted} by quote");
    }

    /// Goal: in every scenario too a call falls with K, and with a fall of S, and a call less a put is linear.
    /// Method: two neighbouring strikes of one book size, and the nine grid moves in order; to 2e-8 of gross.
    #[test]
    fn scenario_values_are_monotone(s in flat_series(), nodes in 1u64..200) {
        let book = line_book(&s, 1, 0);
        let mut dearer = book.clone();
        let line = &mut dearer.holdings[0].lines[0];
        line.strike = Strike::new(s.strike_e8 + nodes * stride(&s, s.strike_e8, false) / 24);
        let (a, b) = (book.assess().unwrap(), dearer.assess().unwrap());
        let noise = dearer.gross_e6() / 50_000_000 + 2;
        let value = |all: &Assessed, i: usize| all.report.options_e6 - all.underlyings[0].losses_e6[i];
        for i in 0..27 {
            let (dear, cheap) = (value(&b, i), value(&a, i));
            prop_assert!(dear <= cheap + noise, "scenario {i}: {dear} above {cheap}");
        }
        for case in [VolCase::Up, VolCase::Same, VolCase::Down] {
            for step in 1..9 {
                let (low, high) = (value(&a, grid_index(step - 1, case)), value(&a, grid_index(step, case)));
                prop_assert!(low <= high + noise, "{case:?} {step}: {low} above {high}");
            }
        }
        for step in 0..9 {
            let [up, same, down] =
                [VolCase::Up, VolCase::Same, VolCase::Down].map(|case| value(&a, grid_index(step, case)));
            prop_assert!(down <= same + noise && same <= up + noise, "{step}: {down} {same} {up}");
        }
    }

    /// Goal: a call less a put is a forward in every scenario: its losses are linear in the move. Method: one
    /// line of calls against as many puts; to 4e-9 of gross (a move is kept at 2^-28).
    #[test]
    fn a_synthetic_is_linear(s in flat_series()) {
        let book = line_book(&s, 1, -1);
        let all = book.assess().unwrap();
        let noise = book.gross_e6() / 250_000_000 + 2;
        let losses = &all.underlyings[0].losses_e6;
        prop_assert!(losses[grid_index(4, VolCase::Same)].abs() <= noise);
        for step in 0..9 {
            let low = losses[grid_index(step, VolCase::Up)];
            prop_assert!((low - losses[grid_index(step, VolCase::Down)]).abs() <= noise);
            prop_assert!((low + losses[grid_index(8 - step, VolCase::Same)]).abs() <= noise);
        }
    }
}

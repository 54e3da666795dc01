//! Volatilities of a window: what a market's feed would have said.
//!
//! Where no index is recorded a feed is modelled on what the market did:
//!
//! ```text
//! v² ← v²·2^(−t/H) + (1 − 2^(−t/H))·(ln S'/S)²·year/t        H 12 h
//! V  = clamp(1.1·v, 30 %, 250 %)                              every five minutes
//! ```
//!
//! from the price path itself, beginning at the market's usual level. The factor is what options usually ask above what is
//! realised.

use super::Knot;

const YEAR_SECS: f64 = 31_536_000.0;
const HALF_LIFE_SECS: f64 = 43_200.0;
const PREMIUM: f64 = 1.1;
const RANGE: (f64, f64) = (0.3, 2.5);
/// A feed speaks every five minutes.
const STEP_SECS: i64 = 300;

/// Volatility the feed publishes over a price path, from `usual` at its beginning.
pub(super) fn realised(knots: &[Knot], place: usize, usual: f64) -> Vec<(i64, f64)> {
    let Some(first) = knots.first() else { return Vec::new() };
    let mut square = (usual / PREMIUM) * (usual / PREMIUM);
    let (mut out, mut last) = (vec![(first.time, usual.clamp(RANGE.0, RANGE.1))], first);
    for knot in &knots[1..] {
        if knot.time - last.time < STEP_SECS {
            continue;
        }
        let secs = (knot.time - last.time) as f64;
        let keep = libm::exp2(-secs / HALF_LIFE_SECS);
        let step = libm::log(knot.prices[place] / last.prices[place]);
        square = square * keep + (1.0 - keep) * step * step * YEAR_SECS / secs;
        out.push((knot.time, (PREMIUM * libm::sqrt(square)).clamp(RANGE.0, RANGE.1)));
        last = knot;
    }
    out
}

/// Volatility realised over the first `secs` of a path, a year.
pub(super) fn at_first(knots: &[Knot], place: usize, secs: i64) -> f64 {
    let Some(first) = knots.first() else { return 0.0 };
    let (mut sum, mut last) = (0.0, first);
    for knot in knots.iter().take_while(|knot| knot.time <= first.time + secs) {
        if knot.time - last.time >= STEP_SECS {
            let step = libm::log(knot.prices[place] / last.prices[place]);
            sum += step * step;
            last = knot;
        }
    }
    libm::sqrt(sum * YEAR_SECS / ((last.time - first.time).max(1) as f64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(prices: &[f64]) -> Vec<Knot> {
        (0i64..).zip(prices).map(|(at, price)| Knot { time: at * 300, prices: vec![*price] }).collect()
    }

    /// Goal: a level price lets volatility decay by half of its square in 12 hours. Method: 144 steps of 5 minutes.
    #[test]
    fn it_decays() {
        let found = realised(&path(&[100.0; 145]), 0, 1.0);
        let last = found.last().map_or(0.0, |at| at.1);
        assert!((last - libm::sqrt(0.5)).abs() < 1e-9, "{last}");
    }

    /// Goal: a path of a known volatility is measured as that. Method: steps of ±0.2 % every 5 minutes.
    #[test]
    fn it_is_what_was_realised() {
        let prices: Vec<f64> = (0..2_000).map(|at| if at % 2 == 0 { 100.0 } else { 100.2 }).collect();
        let step = libm::log(1.002);
        let expected = step * libm::sqrt(YEAR_SECS / 300.0);
        assert!((at_first(&path(&prices), 0, 86_400) - expected).abs() < 1e-6);
        let found = realised(&path(&prices), 0, PREMIUM * expected);
        assert!(found.iter().all(|at| (at.1 - PREMIUM * expected).abs() < 1e-6));
    }
}

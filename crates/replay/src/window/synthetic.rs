//! Windows made for the purpose: one thing goes wrong in each.
//!
//! Every window is 36 hours in BTC, ETH and SOL. Its shape is given by a few corners, as multiples of the first price;
//! between two the logarithm moves in a straight line, and on top lies noise of the market's usual volatility that is drawn
//! back to the line with a half-life of an hour.

use super::{volatility, Ailment, AilmentKind, Knot, Window};
use crate::random::Random;

/// Names of the synthetic windows.
pub const NAMES: [&str; 7] = ["gap", "cascade", "bleed", "rally", "depeg", "volatility", "outage"];

const HOUR_SECS: i64 = 3_600;
/// 10 October 2025, 20:00 UTC; prices and usual volatilities are of that day.
const START: i64 = 1_760_126_400;
const LENGTH_SECS: i64 = 36 * HOUR_SECS;
const SPOT: [f64; 3] = [116_661.5, 3_997.56, 205.31];
const USUAL: [f64; 3] = [0.42, 0.68, 0.85];
/// Knots of quiet hours, and of those in which it happens, seconds apart.
const STEP_SECS: i64 = 300;
const FINE_SECS: i64 = 60;
const YEAR_SECS: f64 = 31_536_000.0;

/// Hours since the start, and the multiple of the first price of BTC, ETH and SOL.
type Corner = (f64, [f64; 3]);

struct Shape {
    name: &'static str,
    title: &'static str,
    corners: &'static [Corner],
    /// Hours in which it happens.
    fine: (f64, f64),
}

const SHAPES: [Shape; 7] = [
    Shape {
        name: "gap",
        title: "a gap: BTC −18 %, ETH −25 %, SOL −32 % within a minute, a third of it back in an hour",
        corners: &[
            (0.0, [1.0, 1.0, 1.0]),
            (10.0, [1.0, 1.0, 1.0]),
            (10.015, [0.82, 0.75, 0.68]),
            (11.0, [0.88, 0.83, 0.78]),
            (36.0, [0.90, 0.85, 0.80]),
        ],
        fine: (9.9, 11.5),
    },
    Shape {
        name: "cascade",
        title: "a cascade: five legs down in four hours with bounces, BTC −30 %, ETH −40 %, SOL −50 %",
        corners: &[
            (0.0, [1.0, 1.0, 1.0]),
            (8.0, [1.0, 1.0, 1.0]),
            (8.3, [0.93, 0.91, 0.88]),
            (8.7, [0.95, 0.94, 0.92]),
            (9.2, [0.87, 0.83, 0.78]),
            (9.7, [0.90, 0.87, 0.83]),
            (10.2, [0.80, 0.74, 0.66]),
            (10.6, [0.84, 0.79, 0.72]),
            (11.1, [0.74, 0.66, 0.57]),
            (11.5, [0.77, 0.70, 0.62]),
            (12.0, [0.70, 0.60, 0.50]),
            (13.0, [0.78, 0.70, 0.62]),
            (36.0, [0.80, 0.72, 0.66]),
        ],
        fine: (8.0, 13.0),
    },
    Shape {
        name: "bleed",
        title: "a slow bleed: over 32 hours BTC −35 %, ETH −42 %, SOL −50 %, never more than a few percent an hour",
        corners: &[
            (0.0, [1.0, 1.0, 1.0]),
            (2.0, [1.0, 1.0, 1.0]),
            (18.0, [0.82, 0.77, 0.72]),
            (34.0, [0.65, 0.58, 0.50]),
            (36.0, [0.65, 0.58, 0.50]),
        ],
        fine: (0.0, 0.0),
    },
    Shape {
        name: "rally",
        title: "a squeeze: in three hours BTC +28 %, ETH +40 %, SOL +60 %, and half of it back",
        corners: &[
            (0.0, [1.0, 1.0, 1.0]),
            (9.0, [1.0, 1.0, 1.0]),
            (10.0, [1.12, 1.16, 1.22]),
            (10.5, [1.10, 1.13, 1.18]),
            (12.0, [1.28, 1.40, 1.60]),
            (20.0, [1.15, 1.22, 1.32]),
            (36.0, [1.14, 1.20, 1.30]),
        ],
        fine: (9.0, 12.5),
    },
    Shape {
        name: "depeg",
        title: "a depeg: USDC falls to 0.87 dollars in six hours and comes back in a day; coins −6 %, then +4 %",
        corners: &[
            (0.0, [1.0, 1.0, 1.0]),
            (6.0, [1.0, 1.0, 1.0]),
            (12.0, [0.94, 0.93, 0.91]),
            (24.0, [1.02, 1.03, 1.04]),
            (36.0, [1.04, 1.05, 1.06]),
        ],
        fine: (6.0, 12.0),
    },
    Shape {
        name: "volatility",
        title: "a volatility spike: implied volatility times 3.2 in two hours while prices move 4 %",
        corners: &[
            (0.0, [1.0, 1.0, 1.0]),
            (8.0, [1.0, 1.0, 1.0]),
            (9.0, [0.97, 0.965, 0.96]),
            (10.0, [1.01, 1.01, 1.01]),
            (36.0, [1.0, 1.0, 1.0]),
        ],
        fine: (8.0, 10.5),
    },
    Shape {
        name: "outage",
        title: "an oracle outage: BTC −8 %, no updates for 90 minutes, wide ones for 20, and BTC −22 % when they return",
        corners: &[
            (0.0, [1.0, 1.0, 1.0]),
            (8.0, [1.0, 1.0, 1.0]),
            (9.0, [0.92, 0.90, 0.87]),
            (10.5, [0.80, 0.74, 0.68]),
            (11.0, [0.78, 0.71, 0.64]),
            (14.0, [0.84, 0.79, 0.74]),
            (36.0, [0.86, 0.81, 0.77]),
        ],
        fine: (8.0, 12.0),
    },
];

/// A synthetic window by name; none if there is no such.
#[must_use]
pub fn synthetic(name: &str, seed: u64) -> Option<Window> {
    let shape = SHAPES.iter().find(|shape| shape.name == name)?;
    let knots = knots(shape, seed);
    let mut volatilities: Vec<Vec<(i64, f64)>> =
        (0..3).map(|place| volatility::realised(&knots, place, USUAL[place])).collect();
    if name == "volatility" {
        volatilities = USUAL.iter().map(|usual| spike(*usual)).collect();
    }
    let peg: &[(f64, f64)] = match name {
        "depeg" => &[(6.0, 1.0), (9.0, 0.95), (12.0, 0.87), (18.0, 0.91), (30.0, 0.99), (34.0, 1.0)],
        _ => &[(0.0, 1.0)],
    };
    let ill = |from: f64, until: f64, kind| Ailment { from: at(from), until: at(until), kind };
    let ailments = match name {
        "outage" => {
            vec![ill(9.0, 10.5, AilmentKind::Silent), ill(10.5, 10.0 + 50.0 / 60.0, AilmentKind::Wide(600))]
        }
        _ => Vec::new(),
    };
    Some(Window {
        name: shape.name.to_owned(),
        title: shape.title.to_owned(),
        source: "synthetic: corners and noise, crates/replay/src/window/synthetic.rs".to_owned(),
        symbols: vec!["BTC", "ETH", "SOL"],
        knots,
        volatilities,
        peg: peg.iter().map(|(hours, peg)| (at(*hours), *peg)).collect(),
        ailments,
    })
}

fn at(hours: f64) -> i64 {
    START + (hours * HOUR_SECS as f64).round() as i64
}

/// Implied volatility in the window that is about it.
fn spike(usual: f64) -> Vec<(i64, f64)> {
    [(8.0, 1.0), (10.0, 3.2), (14.0, 2.6), (36.0, 1.5)]
        .map(|(hours, times)| (at(hours), usual * times))
        .to_vec()
}

fn knots(shape: &Shape, seed: u64) -> Vec<Knot> {
    let mut random = Random::new(seed, shape.name);
    let (mut noise, mut time, mut last) = ([0.0f64; 3], START, START);
    let mut knots = Vec::new();
    while time <= START + LENGTH_SECS {
        let secs = (time - last) as f64;
        let keep = libm::exp2(-secs / HOUR_SECS as f64);
        let prices = (0..3).map(|place| {
            let step = USUAL[place] * libm::sqrt(secs / YEAR_SECS) * random.normal();
            noise[place] = noise[place] * keep + step;
            SPOT[place] * libm::exp(trend(shape.corners, time, place) + noise[place])
        });
        knots.push(Knot { time, prices: prices.collect() });
        last = time;
        let fine = at(shape.fine.0) <= time && time < at(shape.fine.1);
        time += if fine { FINE_SECS } else { STEP_SECS };
    }
    knots
}

/// Logarithm of the multiple of the first price at a time.
fn trend(corners: &[Corner], time: i64, place: usize) -> f64 {
    let line: Vec<(i64, f64)> =
        corners.iter().map(|(hours, times)| (at(*hours), libm::log(times[place]))).collect();
    super::along(&line, time, 0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: every name is a window with the shape it promises. Method: lows and highs against the first price.
    #[test]
    fn windows_do_what_they_say() {
        let extremes = |name: &str| {
            let window = synthetic(name, 1).unwrap();
            let of = |place: usize| window.knots.iter().map(move |knot| knot.prices[place] / SPOT[place]);
            (of(0).fold(f64::MAX, f64::min), of(2).fold(0.0, f64::max))
        };
        let near = |found: f64, expected: f64| (found / expected - 1.0).abs() < 0.03;
        assert!(near(extremes("gap").0, 0.82) && near(extremes("cascade").0, 0.70));
        assert!(near(extremes("bleed").0, 0.65) && near(extremes("rally").1, 1.60));
        for name in NAMES {
            let window = synthetic(name, 1).unwrap();
            assert_eq!(window.end() - window.start(), LENGTH_SECS);
            assert_eq!(window.volatilities.len(), 3);
        }
        assert_eq!(synthetic("calm", 1), None);
    }

    /// Goal: in the volatility spike it is volatility that moves: 3.2 times the usual within two hours, and half as much again
    /// at the end, while no price goes far. Method: every market at the corners, and all of its prices.
    #[test]
    fn a_spike_is_of_volatility() {
        let window = synthetic("volatility", 1).unwrap();
        for (place, (usual, spot)) in USUAL.iter().zip(SPOT).enumerate() {
            for (hours, times) in [(0.0, 1.0), (8.0, 1.0), (10.0, 3.2), (14.0, 2.6), (36.0, 1.5)] {
                let expected = (usual * times * 1e6).round() as i64;
                assert_eq!(window.volatility_e6(place, at(hours)), expected, "{place} at {hours}");
            }
            let moved = |knot: &Knot| (knot.prices[place] / spot - 1.0).abs();
            let most = window.knots.iter().map(moved).fold(0.0, f64::max);
            assert!((0.02..0.08).contains(&most), "{place}: {most}");
        }
    }

    /// Goal: the same seed is the same window. Method: compare.
    #[test]
    fn seeds_repeat() {
        assert_eq!(synthetic("gap", 7), synthetic("gap", 7));
        assert_ne!(synthetic("gap", 7), synthetic("gap", 8));
    }

    /// Goal: the depeg is the quote's, the outage the feeds'. Method: at their hours.
    #[test]
    fn pegs_and_outages() {
        let depeg = synthetic("depeg", 1).unwrap();
        assert_eq!((depeg.peg_e8(at(0.0)), depeg.peg_e8(at(12.0))), (100_000_000, 87_000_000));
        let outage = synthetic("outage", 1).unwrap();
        assert_eq!(outage.ailment(at(9.5)), Some(AilmentKind::Silent));
        assert_eq!(outage.ailment(at(10.6)), Some(AilmentKind::Wide(600)));
        assert_eq!(outage.ailment(at(11.0)), None);
    }
}

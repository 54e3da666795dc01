//! Order and convexity over adjacent inputs around the nodes of the table of Φ, in every scenario (risk.md §10.7).
//!
//! How far a scenario's value may be out of order. Between two switches of the node nearest to d1 the kernel is exact but
//! for rounding: it is linear in F' and K', its weights are a distribution's, and Φ(d2) falls along its chord as v grows.
//! At the switch from a node to the next, h higher, it jumps by F'·ΔΦ(d1) − K'·ΔΦ(d2). With the stationary d1 midway the
//! second order cancels, and what is left is, in units of the table (2^-29):
//! - both nodes' rounding: 1 of F' and 1 of K' (a chord rounds no worse than its ends), and 1 more of K' for the chord,
//!   which is cut to a unit;
//! - 1/v is cut at 2^-16, so the switch lies up to |x|·2^-16 beside the middle: v·F'·φ(d1)·h·|x|·2^-16. Over all v and x
//!   v·|x|·φ(d1)·F' is at most 0.28 (at d = √3, v = 4·d/3) of the greater of F' and K': 1.1 of it;
//! - the third order, h³/24·F'·φ(d1)·v·|d1 + d2|: 0.15 of the greater;
//! - block rounding: half a unit each of q·F' and q·K' and the floors of both sums, on either side and times 1 + m for F':
//!   2·(1 + m) + 2 block units, of which the greater of F' and K' has at least 2^32, eight to a unit of the table.
//!
//! Monotone to the sum of these, convex to twice that. A quote interpolates and has no switches: each Φ errs by up to 1.13
//! units (three nodes' rounding and its own) and v by 2^-28; asserted to 2 of F' and K', of which two thirds have been
//! seen.

use crate::books::cases;
use crate::books::defaults::{flat_expiry, underlying, EXCHANGE, PARAMS};
use crate::books::markets::{octaves, octaves_i64};
use crate::books::{Book, Holding, Market};
use ballast_risk::scenario::{FIRST_TAIL, SCENARIOS, TAIL_PERCENT};
use ballast_risk::series::quote;
use ballast_risk::{ExpiryInput, LineInput, Scratch, Strike, UnderlyingInput};
use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use std::cell::Cell;

const SAMPLES: i64 = 120;
/// Nodes a standard deviation.
const NODES: f64 = 2_048.0;

/// An option whose d1 or d2 lies on a node, or midway between two, at one move of the grid.
#[derive(Debug, Clone, Copy)]
struct Target {
    spot_e8: u64,
    strike_e8: u64,
    secs: i64,
    vol_e6: i64,
    put: bool,
    /// Steps of the prices, 1e-8 quote, of σ, 1e-6 of itself.
    stride: i64,
}

/// Targets with S/K from 0.1 to 10. Strides are even octaves from one representable unit to a twelfth of a node.
fn targets() -> BoxedStrategy<Target> {
    let market =
        (octaves(10_000, 100_000_000_000_000), octaves_i64(60, 63_072_000), octaves_i64(50_000, 4_000_000));
    let place = (0i32..9, -22_000i32..22_000, any::<bool>());
    (market, place, 0.0f64..1.0, any::<bool>())
        .prop_map(|((spot_e8, secs, vol_e6), (step, half_nodes, of_d2), octave, put)| {
            let sigma = vol_e6 as f64 / 1e6;
            let v = sigma * (secs as f64 / 31_536_000.0).sqrt();
            let range = (4.0 * sigma / 365f64.sqrt()).clamp(0.16, 0.4);
            let moved = spot_e8 as f64 * (1.0 + range * f64::from(step - 4) / 4.0);
            let d1 = f64::from(half_nodes) / 2.0 / NODES + if of_d2 { v } else { 0.0 };
            let strike = moved * (v * v / 2.0 - d1 * v).exp();
            let strike = strike.clamp(spot_e8 as f64 / 10.0, spot_e8 as f64 * 10.0);
            let node = strike.min(spot_e8 as f64) * v / NODES;
            let stride = (node / 12.0).max(1.0).powf(octave) as i64;
            Target { spot_e8, strike_e8: strike as u64, secs, vol_e6, put, stride }
        })
        .boxed()
}

impl Target {
    fn market(&self, atm_e6: i64) -> (UnderlyingInput<'static>, ExpiryInput) {
        (underlying(&PARAMS, self.spot_e8, self.vol_e6), ExpiryInput { atm_e6, ..flat_expiry(self.secs) })
    }

    /// Value by quote and in each scenario, in money (1e-6 quote) of a book of `qty_e6`. σ is V·`atm_e6`: what depends on V,
    /// the price range among it, stays.
    fn values(&self, atm_e6: i64, qty_e6: i64, scratch: &mut Scratch) -> [f64; SCENARIOS + 1] {
        let (state, expiry) = self.market(atm_e6);
        let strike = Strike::new(self.strike_e8);
        let series = quote(&EXCHANGE, &state, &expiry, Some(strike)).expect("a series of the domain").1;
        let e14 = if self.put { series.put_e14 } else { series.call_e14 };
        let line = LineInput {
            expiry: 0,
            strike,
            calls_e6: if self.put { 0 } else { qty_e6 },
            puts_e6: if self.put { qty_e6 } else { 0 },
        };
        let market = Market { params: PARAMS, state, expiries: vec![expiry] };
        let holdings = vec![Holding { market, lines: vec![line] }];
        let book = Book { exchange: EXCHANGE, holdings, collateral: Vec::new(), cash_e6: 0 };
        let all = book.assess_in(scratch).expect("a book of the domain");
        let u = &all.underlyings[0];
        let range = u.range_q40 as f64 / 2f64.powi(40);
        std::array::from_fn(|i| match i.checked_sub(1) {
            None => e14 as f64 * qty_e6 as f64 / 1e14,
            Some(scenario) => u.value_e6 as f64 - u.losses_e6[scenario] as f64 / weight(scenario, range),
        })
    }

    /// A quantity of nearly 2^52 of money: so much that its unit is nothing, so little that a float holds it.
    fn qty_e6(&self) -> i64 {
        let most = (1i128 << 52) * 100_000_000 / i128::from(self.spot_e8.max(self.strike_e8));
        most.min(1 << 49) as i64
    }

    /// By how much the value in a scenario (0: by quote) may be out of order, in money: see the head of the file.
    fn bound(&self, scenario: usize, qty_e6: i64) -> f64 {
        let money = qty_e6 as f64 / 1e8;
        let moved = scenario.checked_sub(1).map_or(1.0, |s| 1.0 + largest_move(s));
        let (forward, strike) = (self.spot_e8 as f64 * moved * money, self.strike_e8 as f64 * money);
        let greater = forward.max(strike);
        let unit = 2f64.powi(-29);
        if scenario == 0 {
            return 2.0 * unit * (forward + strike) + 2.0;
        }
        let block = (2.0 * moved + 2.0) / 8.0 * (self.spot_e8.max(self.strike_e8) as f64 * money);
        // A unit of money for the value and one for the loss, which a tail divides by its weight.
        unit * (forward + 2.0 * strike + 1.25 * greater + block) + 2.0 / weight(scenario - 1, 0.16)
    }
}

fn weight(scenario: usize, range: f64) -> f64 {
    scenario
        .checked_sub(FIRST_TAIL)
        .map_or(1.0, |tail| (100.0 * range / TAIL_PERCENT[tail].abs() as f64).min(1.0))
}

/// The greatest relative move that a scenario can be.
fn largest_move(scenario: usize) -> f64 {
    match scenario.checked_sub(FIRST_TAIL) {
        None => 0.4 * (scenario / 3) as f64 / 4.0 - 0.4,
        Some(tail) => TAIL_PERCENT[tail] as f64 / 100.0,
    }
    .max(0.0)
}

/// What of a target is varied.
#[derive(Clone, Copy, PartialEq)]
enum Input {
    Spot,
    Strike,
    Volatility,
}

/// Checks 120 neighbours of every target: monotone, and where asked convex. Prints how much of the bound is used.
fn check(input: Input, count: u32) {
    let used = Cell::new([0.0f64; 4]);
    let one = |target: Target| {
        let (mut scratch, qty_e6): (Box<Scratch>, _) = (bytemuck::zeroed_box(), target.qty_e6());
        let rows: Vec<_> = (-SAMPLES / 2..SAMPLES / 2)
            .map(|i| {
                let moved = |price_e8: u64| price_e8.saturating_add_signed(i * target.stride).max(1);
                let mut t = target;
                match input {
                    Input::Spot => t.spot_e8 = moved(t.spot_e8),
                    Input::Strike => t.strike_e8 = moved(t.strike_e8),
                    Input::Volatility => {
                        return t.values(1_000_000 + i * (1 + t.stride % 9), qty_e6, &mut scratch)
                    }
                }
                t.values(1_000_000, qty_e6, &mut scratch)
            })
            .collect();
        // A call rises with S and falls with K, a put the other way; both rise with σ.
        let sign =
            if (input == Input::Volatility) || ((input == Input::Spot) != target.put) { 1.0 } else { -1.0 };
        for scenario in 0..=SCENARIOS {
            let bound = target.bound(scenario, qty_e6);
            let falls = rows.windows(2).map(|w| sign * (w[0][scenario] - w[1][scenario]));
            let fall = falls.fold(0.0, f64::max) / bound;
            let dents = rows.windows(3).map(|w| 2.0 * w[1][scenario] - w[0][scenario] - w[2][scenario]);
            let dent = dents.fold(0.0, f64::max) / (2.0 * bound);
            let mut worst = used.get();
            let (monotone, convex) = if scenario == 0 { (0, 2) } else { (1, 3) };
            worst[monotone] = worst[monotone].max(fall);
            if input == Input::Strike {
                worst[convex] = worst[convex].max(dent);
            }
            used.set(worst);
        }
        Ok(())
    };
    TestRunner::new(cases(count)).run(&targets(), one).expect("no case fails by itself");
    println!("of the bound used, quote and scenarios: order and convexity {:.2?}", used.get());
    assert!(used.get().iter().all(|&share| share <= 1.0), "{:?}", used.get());
}

/// Goal: calls fall and puts rise with K, both convex (risk.md §10.7), by quote and in all 35 scenarios. Method: 120
/// neighbouring strikes around 1,500 places where a scenario's d1 or d2 is at a node or midway between two.
#[test]
fn values_are_in_order_by_strike_around_the_nodes() {
    check(Input::Strike, 1_500);
}

/// Goal: calls rise and puts fall with S. Method: as for strikes.
#[test]
fn values_are_in_order_by_spot_around_the_nodes() {
    check(Input::Spot, 1_500);
}

/// Goal: nothing falls when σ rises. Method: as for strikes, σ in steps of one to nine millionths of itself.
#[test]
fn values_are_in_order_by_volatility_around_the_nodes() {
    check(Input::Volatility, 1_500);
}

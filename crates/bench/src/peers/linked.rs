//! Peers that are Rust crates.

use std::hint::black_box;

use anyhow::Result;
use blackscholes::{Inputs, OptionType, Pricing};
use solmath::{black_scholes_price, SCALE};

use super::Peer;
use crate::clock::timed;
use crate::problem::Valuation;

/// The crates, with their values.
pub fn all(valuations: &[Valuation]) -> Vec<Box<dyn Peer>> {
    let single: Vec<Inputs> = valuations.iter().map(black_scholes_inputs).collect();
    let fixed: Vec<Fixed> = valuations.iter().map(Fixed::new).collect();
    vec![
        Box::new(Linked::new("blackscholes", "0.24.0, single precision", 2e-6, single, |one| {
            f64::from(one.calc_price().unwrap_or(f32::NAN))
        })),
        Box::new(Linked::new("solmath", "0.2.0, fixed point", 2e-8, fixed, Fixed::value)),
    ]
}

/// A crate's inputs and how it values one.
struct Linked<T> {
    name: &'static str,
    version: &'static str,
    tolerance: f64,
    inputs: Vec<T>,
    value: fn(&T) -> f64,
    values: Vec<f64>,
}

impl<T> Linked<T> {
    fn new(
        name: &'static str,
        version: &'static str,
        tolerance: f64,
        inputs: Vec<T>,
        value: fn(&T) -> f64,
    ) -> Self {
        let values = inputs.iter().map(value).collect();
        Self { name, version, tolerance, inputs, value, values }
    }
}

impl<T> Peer for Linked<T> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn version(&self) -> &str {
        self.version
    }

    fn tolerance(&self) -> f64 {
        self.tolerance
    }

    fn values(&self) -> &[f64] {
        &self.values
    }

    fn round(&mut self) -> Result<f64> {
        Ok(timed(|| {
            let mut sum = 0.0;
            for input in &self.inputs {
                sum += (self.value)(black_box(input));
            }
            black_box(sum);
        }))
    }
}

/// An option on a forward is one on a stock that pays the interest rate as dividend.
fn black_scholes_inputs(v: &Valuation) -> Inputs {
    let kind = if v.sign > 0.0 { OptionType::Call } else { OptionType::Put };
    let rate = v.rate as f32;
    Inputs::new(
        kind,
        v.forward as f32,
        v.strike as f32,
        None,
        rate,
        rate,
        v.years as f32,
        Some(v.volatility as f32),
    )
}

/// Inputs at 1e-12. The crate knows no dividend: the stock is the discounted forward.
struct Fixed {
    spot: u128,
    strike: u128,
    rate: u128,
    volatility: u128,
    years: u128,
    call: bool,
}

impl Fixed {
    fn new(v: &Valuation) -> Self {
        let scaled = |x: f64| (x * SCALE as f64).round() as u128;
        Self {
            spot: scaled(v.forward * (-v.rate * v.years).exp()),
            strike: scaled(v.strike),
            rate: scaled(v.rate),
            volatility: scaled(v.volatility),
            years: scaled(v.years),
            call: v.sign > 0.0,
        }
    }

    fn value(&self) -> f64 {
        let both = black_scholes_price(self.spot, self.strike, self.rate, self.volatility, self.years);
        let value = both.map(|(call, put)| if self.call { call } else { put });
        value.map_or(f64::NAN, |value| value as f64 / SCALE as f64)
    }
}

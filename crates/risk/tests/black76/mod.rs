//! The risk model of one underlying in float64 (risk.md §1 to §3), written from that page: what the engine's integers
//! are compared with on random books. Φ is `libm`'s erfc. Itself held to 40-digit arithmetic by `scenario_accuracy.rs`.

use crate::books::{Holding, Market};
use ballast_risk::{ExchangeInput, ExpiryInput, LineInput, MarketParams};

const TAILS: [f64; 8] = [-0.66, -0.33, 0.5, 1.0, 2.0, 3.0, 4.0, 5.0];
const YEAR_SECS: f64 = 31_536_000.0;
const YEAR_DAYS: f64 = 365.0;

fn e6(x: i64) -> f64 {
    x as f64 / 1e6
}

/// Φ.
fn distribution(z: f64) -> f64 {
    0.5 * libm::erfc(-z * std::f64::consts::FRAC_1_SQRT_2)
}

/// What an option on a forward is worth, undiscounted. Strikes at or below zero occur inside the settlement window.
fn black(forward: f64, strike: f64, v: f64, call: bool) -> f64 {
    if strike <= 0.0 || v <= 0.0 || forward <= 0.0 {
        return if call { (forward - strike).max(0.0) } else { (strike - forward).max(0.0) };
    }
    let d1 = (forward / strike).ln() / v + v / 2.0;
    if call {
        forward * distribution(d1) - strike * distribution(d1 - v)
    } else {
        strike * distribution(v - d1) - forward * distribution(-d1)
    }
}

/// An expiry: prices in quote per unit.
struct Expiry {
    years: f64,
    forward: f64,
    /// F'.
    moving: f64,
    /// w·A.
    averaged: f64,
    discount: f64,
    settled: Option<f64>,
}

impl Expiry {
    fn new(exchange: &ExchangeInput, market: &Market, e: &ExpiryInput) -> Self {
        let years = e.secs_left.max(0) as f64 / YEAR_SECS;
        let forward = market.state.spot_e8 as f64 / 1e8 * (e6(e.basis_e6) * years).exp();
        let known = e.averaged_secs as f64 / exchange.window_secs as f64;
        Self {
            years,
            forward,
            moving: (1.0 - known) * forward,
            averaged: known * e.average_e8 as f64 / 1e8,
            discount: (-e6(exchange.rate_e6) * years).exp(),
            settled: (e.settled_e8 > 0).then_some(e.settled_e8 as f64 / 1e8),
        }
    }

    /// σ of a strike.
    fn volatility(&self, market: &Market, e: &ExpiryInput, strike: f64) -> f64 {
        let p = &market.params;
        let level = e6(market.state.vol_e6) * e6(e.atm_e6);
        let x = (strike / self.forward).ln() / (level * self.years.max(1.0 / YEAR_DAYS).sqrt());
        let shape = 1.0 + e6(e.skew_e6) * x + e6(e.curvature_e6) * x * x;
        let shape = shape.clamp(e6(p.smile_min_e6), e6(p.smile_max_e6));
        (level * shape).clamp(e6(p.sigma_min_e6), e6(p.sigma_max_e6))
    }

    /// σ raised, unchanged, lowered.
    fn shocked(&self, market: &Market, sigma: f64) -> [f64; 3] {
        let (p, u) = (&market.params, &market.state);
        let days = self.years * YEAR_DAYS;
        let power = e6(if days < 30.0 { p.vol_power_short_e6 } else { p.vol_power_long_e6 });
        let h = (30.0 / days.max(1.0)).powf(power);
        let stretch = u.vol_margin_e6 as f64 / u.vol_e6 as f64;
        let up = (sigma * (1.0 + e6(p.vol_up_e6) * h)).max(sigma * stretch).max(e6(p.vol_up_min_e6));
        let down = (sigma * (1.0 - e6(p.vol_down_e6) * h).max(0.0)).max(e6(p.sigma_min_e6));
        [if u.vol_stale { up * 1.25 } else { up }, sigma, down]
    }
}

/// PR, a ratio of spot.
fn price_range(p: &MarketParams, vol_margin_e6: i64) -> f64 {
    let reach = e6(p.kappa_e6) * e6(vol_margin_e6) * (p.mpor_secs as f64 / YEAR_SECS).sqrt();
    reach.clamp(e6(p.range_min_e6), e6(p.range_max_e6))
}

/// The 35 scenarios: move as a ratio of spot, volatility case (raised, unchanged, lowered), weight.
fn scenarios(range: f64) -> [(f64, usize, f64); 35] {
    std::array::from_fn(|i| match i.checked_sub(27) {
        None => ((i / 3) as f64 / 4.0 * range - range, i % 3, 1.0),
        Some(tail) => (TAILS[tail], 0, (range / TAILS[tail].abs()).min(1.0)),
    })
}

/// A book in one underlying: quote.
pub struct Reference {
    /// Value of all lines.
    pub value: f64,
    /// Σ q·dV/dF'·F'.
    pub dollar_delta: f64,
    /// Σ over expiries of |Σ q·vega|.
    pub dollar_vega: f64,
    /// Losses of the scenarios, weighted.
    pub losses: [f64; 35],
}

/// Values, Greeks and losses of a holding without collateral.
pub fn reference(exchange: &ExchangeInput, Holding { market, lines }: &Holding) -> Reference {
    let moves = scenarios(price_range(&market.params, market.state.vol_margin_e6));
    let mut all = Reference { value: 0.0, dollar_delta: 0.0, dollar_vega: 0.0, losses: [0.0; 35] };
    for (i, input) in market.expiries.iter().enumerate() {
        let expiry = Expiry::new(exchange, market, input);
        let mut vega = 0.0;
        for line in lines.iter().filter(|line| usize::from(line.expiry) == i) {
            vega += add_line(&mut all, market, (&expiry, input), line, &moves);
        }
        all.dollar_vega += vega.abs();
    }
    all
}

/// Adds a line; returns its vega.
fn add_line(
    all: &mut Reference,
    market: &Market,
    (e, input): (&Expiry, &ExpiryInput),
    line: &LineInput,
    moves: &[(f64, usize, f64); 35],
) -> f64 {
    let strike = line.strike.price_e8 as f64 / 1e8;
    let sides = [(true, e6(line.calls_e6)), (false, e6(line.puts_e6))];
    if let Some(price) = e.settled {
        all.value += sides.map(|(call, qty)| qty * black(price, strike, 0.0, call)).iter().sum::<f64>();
        return 0.0;
    }
    let (left, root) = (strike - e.averaged, e.years.sqrt());
    let vols = e.shocked(market, e.volatility(market, input, strike));
    let v = vols[1] * root;
    let (exercised, density) = if left > 0.0 && v > 0.0 && e.moving > 0.0 {
        let d1 = (e.moving / left).ln() / v + v / 2.0;
        (distribution(d1), (-d1 * d1 / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt())
    } else {
        (f64::from(u8::from(e.moving > left)), 0.0)
    };
    for (call, qty) in sides.into_iter().filter(|(_, qty)| *qty != 0.0) {
        let worth = |multiple: f64, v: f64| qty * e.discount * black(e.moving * multiple, left, v, call);
        let value = worth(1.0, v);
        all.value += value;
        all.dollar_delta += qty * e.discount * e.moving * (exercised - f64::from(u8::from(!call)));
        for (loss, (shift, case, weight)) in all.losses.iter_mut().zip(moves) {
            *loss += weight * (value - worth(1.0 + shift, vols[*case] * root));
        }
    }
    sides.iter().map(|side| side.1).sum::<f64>() * e.discount * e.moving * density * root
}

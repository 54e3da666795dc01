//! What is valued: random books, and the same books spelled out option by option for libraries that know none.
//!
//! A book has 64 lines of one option each over 4 underlyings and 8 expiries. Its 35 scenarios are written out as forward,
//! strike, volatility, time and rate by the formulas of docs/risk.md §1 to §3 in double precision, apart from the
//! engine, so that losses made of another library's values have to be the engine's.

use ballast_risk::bounds::DAY_SECS;
use ballast_risk::scenario::{FIRST_TAIL, GRID_MOVES, SCENARIOS, TAIL_PERCENT, UNMOVED};
use ballast_risk::{
    row_pass, scenario_pass, volatilities, Assessment, ExchangeInput, ExpiryInput, LineInput, MarketParams,
    RiskError, Scratch, UnderlyingInput,
};
use ballast_scan::sample::{tick, Random, Shape};

/// Lines of a book.
pub const LINES: usize = 64;
/// Underlyings of a book.
pub const UNDERLYINGS: usize = 4;
/// Expiries of a book.
pub const EXPIRIES: usize = 8;
/// Evaluations that a check of a book takes: every line in every scenario.
pub const EVALUATIONS: usize = LINES * SCENARIOS;

/// One option in one scenario, as every library understands it.
#[derive(Debug, Clone, Copy, PartialEq, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub struct Valuation {
    /// Forward price.
    pub forward: f64,
    /// Strike price.
    pub strike: f64,
    /// Volatility a year.
    pub volatility: f64,
    /// Time to expiry, years.
    pub years: f64,
    /// Interest rate a year, continuous.
    pub rate: f64,
    /// 1 for a call, −1 for a put.
    pub sign: f64,
}

/// One underlying of a book.
#[derive(Debug, Clone)]
pub struct Holding {
    input: UnderlyingInput<'static>,
    expiries: Vec<ExpiryInput>,
    lines: Vec<LineInput>,
}

/// A book with everything its margin depends on.
#[derive(Debug, Clone)]
pub struct Problem {
    exchange: ExchangeInput,
    holdings: Vec<Holding>,
}

/// Random books, the same in every run.
#[must_use]
pub fn problems(count: usize) -> Vec<Problem> {
    let mut random = Random::new(7);
    (0..count).map(|_| Problem::new(&mut random)).collect()
}

/// Lines of each expiry of an underlying.
const HELD: [usize; EXPIRIES / UNDERLYINGS] = [LINES / EXPIRIES; EXPIRIES / UNDERLYINGS];
/// Scenarios that move price or volatility: all but one.
pub const MOVED: usize = EVALUATIONS / 35 * 34;

impl Problem {
    fn new(random: &mut Random) -> Self {
        let shape = Shape {
            markets: UNDERLYINGS,
            expiries: EXPIRIES / UNDERLYINGS,
            strikes: LINES / EXPIRIES,
            first_expiry_secs: 9 * DAY_SECS,
        };
        let tick = tick(shape, random);
        let holding = |market: &ballast_scan::Market<'static>| {
            let lines = market.listings.iter().map(|listing| {
                let worth = 1e14 * 10f64.powf(2.0 + 3.0 * random.unit());
                let size = (worth / market.underlying.spot_e8 as f64) as i64;
                let qty = if random.below(2) == 0 { size } else { -size };
                let (calls_e6, puts_e6) = if random.below(2) == 0 { (qty, 0) } else { (0, qty) };
                LineInput { expiry: listing.expiry, strike: listing.strike, calls_e6, puts_e6 }
            });
            Holding { lines: lines.collect(), input: market.underlying, expiries: market.expiries.clone() }
        };
        Self { holdings: tick.markets.iter().map(holding).collect(), exchange: tick.exchange }
    }

    /// The whole margin check by the engine: the requirement, and the losses left in the scratch.
    ///
    /// # Errors
    /// Never for a book made here.
    pub fn assess(&self, scratch: &mut Scratch) -> Result<i64, RiskError> {
        let mut assessment = Assessment::begin(scratch, &self.exchange)?;
        for Holding { input, expiries, lines } in &self.holdings {
            assessment.underlying(input, expiries.iter().copied(), lines.iter().copied())?;
        }
        Ok(assessment.finish(1_000_000_000)?.initial_e6)
    }

    /// Scratches that hold the lines of each underlying, ready for [`Self::scenario_passes`].
    ///
    /// # Errors
    /// Never for a book made here.
    pub fn prepared(&self) -> Result<Vec<Box<Scratch>>, RiskError> {
        let of = |h: &Holding| {
            let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
            let mut assessment = Assessment::begin(&mut scratch, &self.exchange)?;
            assessment.underlying(&h.input, h.expiries.iter().copied(), h.lines.iter().copied())?;
            Ok(scratch)
        };
        self.holdings.iter().map(of).collect()
    }

    /// The scenario kernel alone over the lines of the book; a number that depends on every value.
    #[must_use]
    pub fn scenario_passes(&self, prepared: &[Box<Scratch>]) -> i64 {
        let mut all = 0i64;
        for (h, scratch) in self.holdings.iter().zip(prepared) {
            all = all.wrapping_add(scenario_pass(scratch, &h.input, &HELD));
        }
        all
    }

    /// The volatility of each line (2^-29), for [`Self::row_passes`].
    #[must_use]
    pub fn volatilities(&self, prepared: &[Box<Scratch>]) -> Vec<Vec<i64>> {
        let mut sigmas_q29 = vec![vec![0; LINES / UNDERLYINGS]; self.holdings.len()];
        for ((h, scratch), sigmas) in self.holdings.iter().zip(prepared).zip(&mut sigmas_q29) {
            volatilities(scratch, &h.input, &HELD, sigmas);
        }
        sigmas_q29
    }

    /// As [`Self::scenario_passes`] with the volatilities given and without the unmoved valuation: what peers do.
    #[must_use]
    pub fn row_passes(&self, prepared: &[Box<Scratch>], sigmas_q29: &[Vec<i64>]) -> i64 {
        let mut all = 0i64;
        for ((h, scratch), sigmas) in self.holdings.iter().zip(prepared).zip(sigmas_q29) {
            all = all.wrapping_add(row_pass(scratch, &h.input, &HELD, sigmas));
        }
        all
    }

    /// Every line in every scenario: 35 valuations a line, line by line.
    #[must_use]
    pub fn valuations(&self) -> Vec<Valuation> {
        let rate = self.exchange.rate_e6 as f64 / 1e6;
        let of =
            |h: &Holding| h.lines.iter().flat_map(|line| h.line_valuations(line, rate)).collect::<Vec<_>>();
        self.holdings.iter().flat_map(of).collect()
    }

    /// The losses of each underlying by given values in the order of [`Self::valuations`], 1e-6 quote.
    #[must_use]
    pub fn losses_e6(&self, values: &[f64]) -> Vec<[f64; SCENARIOS]> {
        let mut rows = values.chunks_exact(SCENARIOS);
        let of = |h: &Holding| {
            let range = h.range();
            let mut losses = [0.0; SCENARIOS];
            for (line, row) in h.lines.iter().zip(&mut rows) {
                let qty_e6 = (line.calls_e6 + line.puts_e6) as f64;
                for (s, (loss, value)) in losses.iter_mut().zip(row).enumerate() {
                    *loss += weight(s, range) * qty_e6 * (row[UNMOVED] - value);
                }
            }
            losses
        };
        self.holdings.iter().map(of).collect()
    }

    /// Greatest difference of losses by given values from the engine's, relative to the gross of the underlying.
    ///
    /// # Errors
    /// Never for a book made here.
    pub fn difference(&self, scratch: &mut Scratch, values: &[f64]) -> Result<f64, RiskError> {
        self.assess(scratch)?;
        let mut worst = 0.0f64;
        for ((losses, state), h) in
            self.losses_e6(values).iter().zip(scratch.underlyings()).zip(&self.holdings)
        {
            for (theirs, ours) in losses.iter().zip(&state.losses_e6) {
                worst = worst.max((theirs - *ours as f64).abs() / h.gross_e6());
            }
        }
        Ok(worst)
    }
}

impl Holding {
    /// PR.
    fn range(&self) -> f64 {
        let p: &MarketParams = self.input.params;
        let days = p.mpor_secs as f64 / DAY_SECS as f64;
        let range = p.kappa_e6 as f64 / 1e6 * self.input.vol_margin_e6 as f64 / 1e6 * (days / 365.0).sqrt();
        range.clamp(p.range_min_e6 as f64 / 1e6, p.range_max_e6 as f64 / 1e6)
    }

    fn gross_e6(&self) -> f64 {
        let of = |l: &LineInput| {
            (l.calls_e6 + l.puts_e6).abs() as f64 * self.input.spot_e8.max(l.strike.price_e8) as f64 / 1e8
        };
        self.lines.iter().map(of).sum()
    }

    fn line_valuations(&self, line: &LineInput, rate: f64) -> [Valuation; SCENARIOS] {
        let e = &self.expiries[usize::from(line.expiry)];
        let years = e.secs_left as f64 / (365.0 * DAY_SECS as f64);
        let forward = self.input.spot_e8 as f64 / 1e8 * (e.basis_e6 as f64 / 1e6 * years).exp();
        let strike = line.strike.price_e8 as f64 / 1e8;
        let [up, same, down] = self.volatilities(e, years, (strike / forward).ln());
        let range = self.range();
        std::array::from_fn(|s| Valuation {
            forward: forward * (1.0 + spot_move(s, range)),
            strike,
            volatility: if s >= FIRST_TAIL { up } else { [up, same, down][s % 3] },
            years,
            rate,
            sign: if line.calls_e6 != 0 { 1.0 } else { -1.0 },
        })
    }

    /// σ raised, unchanged and lowered.
    fn volatilities(&self, e: &ExpiryInput, years: f64, ln_strike: f64) -> [f64; 3] {
        let p = self.input.params;
        let of = |ratio_e6: i64| ratio_e6 as f64 / 1e6;
        let (vol, margin) = (of(self.input.vol_e6), of(self.input.vol_margin_e6));
        let atm = vol * of(e.atm_e6);
        let x = ln_strike / (atm * years.max(1.0 / 365.0).sqrt());
        let shape = 1.0 + of(e.skew_e6) * x + of(e.curvature_e6) * x * x;
        let smile = shape.clamp(of(p.smile_min_e6), of(p.smile_max_e6));
        let same = (atm * smile).clamp(of(p.sigma_min_e6), of(p.sigma_max_e6));
        let days = (years * 365.0).max(1.0);
        let power = of(if days < 30.0 { p.vol_power_short_e6 } else { p.vol_power_long_e6 });
        let h = (30.0 / days).powf(power);
        let stretch = if self.input.vol_stale { 1.25 } else { 1.0 };
        let raised = (same * (1.0 + of(p.vol_up_e6) * h)).max(same * margin / vol).max(of(p.vol_up_min_e6));
        let lowered = (same * (1.0 - of(p.vol_down_e6) * h).max(0.0)).max(of(p.sigma_min_e6));
        [raised * stretch, same, lowered]
    }
}

/// Relative move of spot in a scenario.
fn spot_move(s: usize, range: f64) -> f64 {
    match s.checked_sub(FIRST_TAIL) {
        Some(tail) => TAIL_PERCENT[tail] as f64 / 100.0,
        None => range * (s / 3) as f64 / 4.0 - range * (GRID_MOVES / 2) as f64 / 4.0,
    }
}

/// Weight of a scenario's loss.
fn weight(s: usize, range: f64) -> f64 {
    if s < FIRST_TAIL {
        1.0
    } else {
        (range / spot_move(s, range).abs()).min(1.0)
    }
}

//! Random books for property tests: what a book is, how it is assessed, and what rounding may do to it.
//!
//! The generators are in `markets` (exchanges, markets, expiries) and `holdings` (lines, collateral, whole
//! books).

pub mod defaults;
pub mod extremes;
pub mod holdings;
pub mod markets;

use ballast_risk::{
    Assessment, CollateralInput, ExchangeInput, ExpiryInput, ExpiryReport, GroupScan, LineInput,
    MarginReport, MarketParams, RiskError, Scratch, UnderlyingInput, UnderlyingState,
};
use proptest::test_runner::{Config, RngSeed};
use std::env;

/// A number of cases, the same ones in every run. `BALLAST_CASES=50` runs fifty times as many, `BALLAST_SEED=7`
/// others.
pub fn cases(count: u32) -> Config {
    let number = |name: &str| env::var(name).ok().and_then(|text| text.parse::<u32>().ok());
    Config {
        cases: count.saturating_mul(number("BALLAST_CASES").unwrap_or(1)),
        rng_seed: RngSeed::Fixed(u64::from(number("BALLAST_SEED").unwrap_or(35))),
        failure_persistence: None,
        ..Config::default()
    }
}

/// A market at one moment with the expiries it lists, soonest first.
#[derive(Debug, Clone)]
pub struct Market {
    /// Risk parameters.
    pub params: MarketParams,
    /// Prices, volatilities and flags; its `params` are replaced by the ones above.
    pub state: UnderlyingInput<'static>,
    /// Listed expiries.
    pub expiries: Vec<ExpiryInput>,
}

/// A market with the lines held in it, ascending by (expiry, strike).
#[derive(Debug, Clone)]
pub struct Holding {
    /// The market.
    pub market: Market,
    /// The lines.
    pub lines: Vec<LineInput>,
}

/// A portfolio with everything its margin depends on.
#[derive(Debug, Clone)]
pub struct Book {
    /// The exchange.
    pub exchange: ExchangeInput,
    /// Markets and lines.
    pub holdings: Vec<Holding>,
    /// Collateral balances.
    pub collateral: Vec<CollateralInput>,
    /// Cash, 1e-6 quote.
    pub cash_e6: i64,
}

/// All that the engine says of a book.
pub struct Assessed {
    /// The report.
    pub report: MarginReport,
    /// Scans of each group for IM and MM.
    pub groups: [(GroupScan, GroupScan); 4],
    /// State of each underlying.
    pub underlyings: Vec<UnderlyingState>,
    /// Values and Greeks of each expiry of each underlying.
    pub expiries: Vec<Vec<ExpiryReport>>,
}

impl Book {
    /// Assesses the book in zeroed memory.
    pub fn assess(&self) -> Result<Assessed, RiskError> {
        self.assess_in(&mut bytemuck::zeroed_box())
    }

    /// Assesses the book in memory that may hold anything.
    pub fn assess_in(&self, scratch: &mut Scratch) -> Result<Assessed, RiskError> {
        let mut assessment = Assessment::begin(scratch, &self.exchange)?;
        let mut expiries = Vec::new();
        for Holding { market, lines } in &self.holdings {
            let input = UnderlyingInput { params: &market.params, ..market.state };
            assessment.underlying(&input, market.expiries.iter().copied(), lines.iter().copied())?;
            expiries.push(assessment.expiries()[..market.expiries.len()].to_vec());
        }
        for balance in &self.collateral {
            assessment.collateral(balance)?;
        }
        let (report, groups) = assessment.finish_with_groups(self.cash_e6)?;
        let underlyings = scratch.underlyings()[..self.holdings.len()].to_vec();
        Ok(Assessed { report, groups, underlyings, expiries })
    }

    /// The report of a book that the engine accepts.
    pub fn margin(&self) -> MarginReport {
        self.assess().expect("the book is within the bounds").report
    }

    /// The same markets with other lines: `change` of every holding.
    #[must_use]
    pub fn with_lines(&self, change: impl Fn(usize, &Holding) -> Vec<LineInput>) -> Self {
        let holding = |(i, h): (usize, &Holding)| Holding { market: h.market.clone(), lines: change(i, h) };
        Self { holdings: self.holdings.iter().enumerate().map(holding).collect(), ..self.clone() }
    }

    /// Number of lines.
    pub fn lines(&self) -> usize {
        self.holdings.iter().map(|h| h.lines.len()).sum()
    }

    /// Σ |quantity| times the greater of spot and strike, 1e-6 quote.
    pub fn gross_e6(&self) -> i64 {
        let of = |h: &Holding| h.lines.iter().map(|l| line_gross_e6(l, h.market.state.spot_e8)).sum::<i64>();
        self.holdings.iter().map(of).sum()
    }

    /// What rounding may add to a difference of scans or requirements of books of one set of markets: 2^-28 (4e-9)
    /// of gross, two millionths of a quote a line, and four more. Measured: 1e-9 of gross.
    pub fn noise_e6(&self) -> i64 {
        (self.gross_e6() >> 28) + 2 * self.lines() as i64 + 4
    }
}

/// |quantity| times the greater of spot and strike, 1e-6 quote.
fn line_gross_e6(line: &LineInput, spot_e8: u64) -> i64 {
    let qty = u128::from(line.calls_e6.unsigned_abs()) + u128::from(line.puts_e6.unsigned_abs());
    let money = qty * u128::from(spot_e8.max(line.strike.price_e8)) / 100_000_000;
    i64::try_from(money).unwrap_or(i64::MAX / 128)
}

/// The lines of two books in one market, netted: quantities of a series add.
pub fn merge(a: &[LineInput], b: &[LineInput]) -> Vec<LineInput> {
    let mut all: Vec<LineInput> = a.iter().chain(b).copied().collect();
    all.sort_by_key(|l| (l.expiry, l.strike.price_e8));
    let mut merged: Vec<LineInput> = Vec::new();
    for line in all {
        match merged.last_mut() {
            Some(last) if (last.expiry, last.strike) == (line.expiry, line.strike) => {
                last.calls_e6 += line.calls_e6;
                last.puts_e6 += line.puts_e6;
            }
            _ => merged.push(line),
        }
    }
    merged
}

/// The lines with every quantity times `factor`.
pub fn scaled(lines: &[LineInput], factor: i64) -> Vec<LineInput> {
    let scale =
        |l: &LineInput| LineInput { calls_e6: l.calls_e6 * factor, puts_e6: l.puts_e6 * factor, ..*l };
    lines.iter().map(scale).collect()
}

//! The case file: integers only, in the scales of the program (see [`ballast_risk::bounds`]).

use serde::Deserialize;
use std::collections::BTreeMap;

/// A book, its market and its exchange at one moment.
#[derive(Debug, Clone, Deserialize)]
pub struct Case {
    /// Name of the case.
    #[serde(default)]
    pub name: String,
    /// What it is about.
    #[serde(default)]
    pub note: String,
    /// Exchange parameters.
    pub exchange: Exchange,
    /// Parameter sets by name.
    pub params: BTreeMap<String, Params>,
    /// Underlyings in the order the legs count them.
    pub underlyings: Vec<Underlying>,
    /// The book.
    pub portfolio: Portfolio,
    /// The state of a liquidation, if any.
    #[serde(default)]
    pub liquidation: Liquidation,
}

/// Exchange parameters.
#[derive(Debug, Clone, Deserialize)]
pub struct Exchange {
    /// Interest rate, 1e-6 a year.
    pub r: i64,
    /// Confidence multiple, 1e-6.
    pub z: i64,
    /// Settlement window, seconds.
    pub window: i64,
    /// IM share of a positive expiry value, 1e-6.
    pub long_weight: i64,
    /// MM share of scan, liquidity and oracle add-ons, 1e-6.
    pub mm_factor: i64,
    /// Exit buffer, 1e-6.
    pub exit_buffer: i64,
    /// Largest haircut, 1e-6.
    pub haircut_max: i64,
    /// Dollar price of the quote currency, 1e-8.
    pub peg: u64,
    /// Dust equity, 1e-6 quote.
    pub dust_equity: i64,
    /// Correlation groups by name.
    pub groups: BTreeMap<String, Group>,
}

/// A correlation group.
#[derive(Debug, Clone, Deserialize)]
pub struct Group {
    /// ρ, 1e-6.
    pub rho: i64,
    /// `worst` or `es`.
    pub measure: String,
}

/// Risk parameters of a market, 1e-6 unless said otherwise; fields as in [`ballast_risk::MarketParams`].
#[derive(Debug, Clone, Deserialize)]
#[allow(missing_docs, reason = "each field is the engine's parameter of the same meaning")]
pub struct Params {
    pub kappa: i64,
    pub mpor: i64,
    pub pr_min: i64,
    pub pr_max: i64,
    pub sigma_min: i64,
    pub sigma_max: i64,
    pub smile_min: i64,
    pub smile_max: i64,
    pub vol_up: i64,
    pub vol_down: i64,
    pub vol_up_min: i64,
    pub vol_p_short: i64,
    pub vol_p_long: i64,
    pub som: i64,
    pub beta: i64,
    pub spread: i64,
    pub impact: i64,
    pub depth: i64,
    pub volspread: i64,
    pub oi_scale: i64,
    pub oi_free: i64,
    pub ema_free: i64,
}

/// One underlying.
#[derive(Debug, Clone, Deserialize)]
pub struct Underlying {
    /// Its name, which collateral refers to.
    pub id: String,
    /// Name of its correlation group.
    pub group: String,
    /// Name of its parameter set.
    pub params: String,
    /// Spot, 1e-8 quote.
    pub spot: u64,
    /// Confidence, 1e-8 quote.
    pub conf: u64,
    /// EMA, 1e-8 quote.
    pub ema: u64,
    /// V, 1e-6.
    pub v: i64,
    /// V*, 1e-6.
    pub v_star: i64,
    /// Vref, 1e-6.
    pub v_ref: i64,
    /// Share of open interest, 1e-6.
    #[serde(default)]
    pub oi_share: i64,
    /// The volatility feed is stale.
    #[serde(default)]
    pub vol_stale: bool,
    /// The price is stale.
    #[serde(default)]
    pub price_stale: bool,
    /// Runs on realised volatility alone.
    #[serde(default)]
    pub r_only: bool,
    /// Expiries, soonest first.
    pub expiries: Vec<Expiry>,
}

/// One expiry.
#[derive(Debug, Clone, Deserialize)]
pub struct Expiry {
    /// Seconds to expiry.
    #[serde(rename = "T")]
    pub secs: i64,
    /// ATM ratio, 1e-6.
    pub a: i64,
    /// Skew, 1e-6.
    pub b: i64,
    /// Curvature, 1e-6.
    pub c: i64,
    /// Forward basis, 1e-6 a year.
    pub f: i64,
    /// Seconds already averaged.
    #[serde(default)]
    pub twap_seconds: i64,
    /// Average so far, 1e-8 quote.
    #[serde(default)]
    pub twap_avg: u64,
    /// Recorded settlement price, 1e-8 quote.
    #[serde(default)]
    pub settled: Option<u64>,
}

/// The book.
#[derive(Debug, Clone, Deserialize)]
pub struct Portfolio {
    /// Cash, 1e-6 quote.
    pub cash: i64,
    /// Collateral balances.
    #[serde(default)]
    pub collateral: Vec<Collateral>,
    /// Legs: underlying, expiry, strike (1e-8 quote), `"C"` or `"P"`, quantity (1e-6 unit). A series may come twice.
    pub legs: Vec<(usize, u8, u64, String, i64)>,
}

/// One collateral balance.
#[derive(Debug, Clone, Deserialize)]
pub struct Collateral {
    /// Its name.
    pub asset: String,
    /// Amount, 1e-6 unit.
    pub amount: u64,
    /// Price, 1e-8 quote.
    pub price: u64,
    /// EMA, 1e-8 quote.
    pub ema: u64,
    /// Confidence, 1e-8 quote.
    pub conf: u64,
    /// Haircut at reference volatility, 1e-6.
    pub h0: i64,
    /// Haircut slope, 1e-6.
    pub h1: i64,
    /// The underlying it is, by name.
    #[serde(default)]
    pub underlying: Option<String>,
    /// Soft cap, 0 for none.
    #[serde(default)]
    pub cap: u64,
    /// Total deposits, in the cap's unit.
    #[serde(default)]
    pub deposits: u64,
}

/// Liquidation state.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct Liquidation {
    /// Seconds since the flag.
    pub t: i64,
}

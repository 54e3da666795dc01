//! Risk arrays: what one unit of each series loses in each scenario, worked out once a tick by the engine itself.
//!
//! Apart from rounding, every number of a portfolio that the arrays stand for is a sum over its lines of quantity times
//! a number of the series: in a scenario a line is worth `q·(F'·Φ(d1) − K'·Φ(d2))`, and which entries of the table of Φ
//! are read depends on the series, the volatility and the move, never on the book. Rounding depends on the book, for
//! the engine scales each underlying of a book to a block of 33 bits. [`LINE_ERROR`] bounds it.

use crate::groups::OUTSIDE;
use crate::tick::{Market, Tick};
use ballast_risk::bounds::{DAY_SECS, ONE_E6, QTY_MAX_E6, YEAR_SECS};
use ballast_risk::scenario::SCENARIOS;
use ballast_risk::{
    Assessment, CollateralInput, ExpiryInput, LineInput, RiskError, Scratch, Strike, UnderlyingInput,
};

/// What the engine's sums and those of the arrays may differ by, for a portfolio of n legs in an underlying:
/// `LINE_ERROR·(n + 1)·gross`, the gross being Σ |q| times the largest of forward, strike and an eighth of the market's
/// largest price, plus four money units a leg.
///
/// A block unit is at most 2^-32 of the book's gross. A line's two products are rounded to half a unit, and so are their
/// shares of Φ: with spot moved and weighted by at most 1.6 no line is off by more than 9 units, and what is rounded
/// once a book by 5. A unit's array comes from a book of one line and is off by at most 14 units of its own gross. That is
/// (9·n + 5 + 14)·2^-32 of gross, less than 16·(n + 1)·2^-32 for every n of 1 or more; `narrow.rs` takes what is left.
pub const LINE_ERROR: f64 = 1.0 / (1u64 << 28) as f64;

/// Columns of a row: a cache line holds eight, and so does the widest vector register. First the 35 losses.
pub(crate) const COLUMNS: usize = 48;
/// Value at mark.
pub(crate) const VALUE: usize = SCENARIOS;
/// One.
pub(crate) const QTY: usize = SCENARIOS + 1;
/// Dollar delta.
pub(crate) const DELTA: usize = SCENARIOS + 2;
/// Short-option minimum of a short unit.
pub(crate) const SHORT: usize = SCENARIOS + 3;

/// Columns before this one count with the quantity, from here on with its size.
pub(crate) const SIGNED: usize = 40;
/// Largest of forward, strike and an eighth of the market's largest price: what errors are measured in.
pub(crate) const GROSS: usize = SIGNED;
/// Vega and basis add-ons of a unit alone, as they count for MM: together no less than those of the book.
pub(crate) const ALONE: usize = SIGNED + 1;
/// As [`SHORT`].
pub(crate) const SHORT_SIZE: usize = SIGNED + 2;
/// One.
pub(crate) const QTY_SIZE: usize = SIGNED + 3;
/// Above zero in a settlement window: rounding of what is left of a strike depends on the book, the engine is asked.
pub(crate) const ASK: usize = SIGNED + 4;
/// Above zero where the book's own strikes are scenarios.
pub(crate) const NEAR: usize = SIGNED + 5;

/// One unit of a series, in quote per unit: six lines of a cache.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct Row {
    pub columns: [f64; COLUMNS],
}

/// What a closer look needs of one unit of a series.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms {
    pub delta: f64,
    pub vega: f64,
    pub short: f64,
    /// Quote per unit.
    pub strike: f64,
    /// Index through all markets.
    pub expiry: u32,
    pub market: u32,
}

/// What the series of an expiry share.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ExpiryRisk {
    /// F, quote per unit; nothing of it is averaged yet where it is used.
    pub forward: f64,
    pub discount: f64,
    /// Weight g of own strikes; 0 where they are none.
    pub near: f64,
    /// Basis add-on per dollar of delta.
    pub basis: f64,
    settled: bool,
    averaging: bool,
}

/// What an underlying adds beside its rows: rates as they count for MM.
#[derive(Debug, Clone, Copy)]
pub(crate) struct MarketRisk {
    pub group: usize,
    /// Where [`crate::groups::Groups`] adds it up: its group, or outside of all.
    pub place: usize,
    /// PR, ratio of spot.
    pub range: f64,
    /// Spread and oracle add-ons per dollar of delta.
    pub per_delta: f64,
    /// Impact per dollar of delta squared, money in 1e-6.
    pub per_delta_squared: f64,
    /// Vega add-on per dollar of vega.
    pub per_vega: f64,
    /// Greatest vega and basis add-on of an error of one in an expiry.
    pub per_expiry_error: f64,
    pub open_interest: f64,
    pub oi_free: f64,
    pub oi_scale: f64,
}

/// One smallest unit of a collateral asset.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AssetRisk {
    pub market: Option<u8>,
    /// The 35, filled up with zeros.
    pub losses: [f64; SIGNED],
    /// As counted for MM, rounded down.
    pub maintenance: f64,
    pub mark: f64,
}

/// Money of a unit array's book: far above its rounding and far below the engine's bound, whatever the forward.
const UNIT_MONEY: f64 = (1u64 << 46) as f64;
/// Greatest √T, of the longest expiry the engine takes.
const ROOT_YEARS_MAX: f64 = 2.07;

fn ratio(ratio_e6: i64) -> f64 {
    ratio_e6 as f64 / ONE_E6 as f64
}

/// Works out a market's rates.
pub(crate) fn market_risk(tick: &Tick, market: &Market) -> MarketRisk {
    let (u, p) = (&market.underlying, market.underlying.params);
    let kept = ratio(tick.exchange.mm_factor_e6);
    let conf = u.conf_e8 as f64 * if u.price_stale { 4.0 } else { 1.0 };
    let oracle = ratio(tick.exchange.conf_z_e6) * conf / u.spot_e8 as f64;
    let basis = market.expiries.iter().map(|e| basis_rate(market, e)).fold(0.0, f64::max);
    let per_vega = kept * ratio(p.vol_spread_e6);
    MarketRisk {
        group: usize::from(u.group),
        place: if u.realised_only { OUTSIDE } else { usize::from(u.group) },
        range: 0.0,
        per_delta: kept * (ratio(p.spread_e6) / 2.0 + oracle),
        per_delta_squared: kept * ratio(p.impact_e6) / p.depth_e6 as f64,
        per_vega,
        per_expiry_error: basis + per_vega * ROOT_YEARS_MAX,
        open_interest: market.open_interest_e6.max(1) as f64,
        oi_free: ratio(p.oi_free_e6),
        oi_scale: ratio(p.oi_scale_e6),
    }
}

/// β·(0.5 + 2T).
fn basis_rate(market: &Market, e: &ExpiryInput) -> f64 {
    let years = e.secs_left.max(0) as f64 / YEAR_SECS as f64;
    ratio(market.underlying.params.basis_e6) * (0.5 + 2.0 * years)
}

/// The arrays of one market, call and put of each listing in turn.
pub(crate) struct MarketArrays<'a> {
    pub scratch: &'a mut Scratch,
    pub tick: &'a Tick<'a>,
    pub market: &'a Market<'a>,
    pub at: u32,
    pub risk: &'a mut MarketRisk,
}

impl MarketArrays<'_> {
    /// Appends the expiries, and a row and terms for every series.
    pub(crate) fn add_to(
        &mut self,
        rows: &mut Vec<Row>,
        terms: &mut Vec<Terms>,
        expiries: &mut Vec<ExpiryRisk>,
    ) -> Result<(), RiskError> {
        let first = expiries.len();
        for expiry in &self.market.expiries {
            expiries.push(self.expiry(expiry)?);
        }
        let price_max = self.price_max(&expiries[first..]);
        for listing in &self.market.listings {
            let place = usize::from(listing.expiry);
            let expiry = *expiries[first..].get(place).ok_or(RiskError::UnknownExpiry)?;
            for put in [false, true] {
                let (row, mut term) = self.series(listing.strike, put, (place, &expiry), price_max)?;
                term.expiry = (first + place) as u32;
                rows.push(row);
                terms.push(term);
            }
        }
        Ok(())
    }

    fn expiry(&self, e: &ExpiryInput) -> Result<ExpiryRisk, RiskError> {
        let (quote, _) = ballast_risk::series::quote(&self.tick.exchange, &self.market.underlying, e, None)?;
        let settled = e.settled_e8 > 0;
        Ok(ExpiryRisk {
            forward: quote.forward_e14 as f64 / 1e14,
            discount: quote.discount_q32 as f64 / (1u64 << 32) as f64,
            near: quote.near_q30 as f64 / (1u64 << 30) as f64,
            basis: basis_rate(self.market, e),
            settled,
            averaging: e.averaged_secs > 0 && !settled,
        })
    }

    /// The largest price that a block of this market may be scaled by, quote.
    fn price_max(&self, expiries: &[ExpiryRisk]) -> f64 {
        let strikes = self.market.listings.iter().map(|listing| listing.strike.price_e8);
        let averages = self.market.expiries.iter().map(|e| e.average_e8);
        let price_e8 = strikes.chain(averages).max().unwrap_or(0).max(8 * self.market.underlying.spot_e8);
        expiries.iter().map(|expiry| expiry.forward).fold(price_e8 as f64 / 1e8, f64::max)
    }

    fn series(
        &mut self,
        strike: Strike,
        put: bool,
        (place, expiry): (usize, &ExpiryRisk),
        price_max: f64,
    ) -> Result<(Row, Terms), RiskError> {
        let strike_price = strike.price_e8 as f64 / 1e8;
        let gross = expiry.forward.max(strike_price).max(price_max / 8.0);
        let qty_e6 = ((UNIT_MONEY / gross) as i64).clamp(1, QTY_MAX_E6 as i64);
        let (calls_e6, puts_e6) = if put { (0, qty_e6) } else { (qty_e6, 0) };
        let line = LineInput { expiry: 0, strike, calls_e6, puts_e6 };
        let input = self.market.expiries[place];
        let mut assessment = Assessment::begin(self.scratch, &self.tick.exchange)?;
        assessment.underlying(&self.market.underlying, [input].into_iter(), [line].into_iter())?;
        let report = assessment.expiries()[0];
        let state = &self.scratch.underlyings()[0];
        let per_unit = |money_e6: i64| money_e6 as f64 / qty_e6 as f64;

        let p = self.market.underlying.params;
        self.risk.range = state.range_q40 as f64 / (1u64 << 40) as f64;
        let (delta, vega) = (per_unit(report.dollar_delta_e6), per_unit(report.vega_e6));
        let short = if expiry.settled { 0.0 } else { ratio(p.short_min_e6) * expiry.forward };
        let mut row = Row { columns: [0.0; COLUMNS] };
        for (to, loss) in row.columns.iter_mut().zip(&state.losses_e6) {
            *to = per_unit(*loss);
        }
        row.columns[VALUE] = per_unit(report.value_e6);
        row.columns[QTY] = 1.0;
        row.columns[DELTA] = delta;
        row.columns[SHORT] = short;
        row.columns[GROSS] = gross;
        row.columns[ALONE] = delta.abs() * expiry.basis + vega.abs() * self.risk.per_vega;
        row.columns[SHORT_SIZE] = short;
        row.columns[QTY_SIZE] = 1.0;
        row.columns[ASK] = f64::from(u8::from(expiry.averaging));
        row.columns[NEAR] = f64::from(u8::from(expiry.near > 0.0));
        Ok((row, Terms { delta, vega, short, strike: strike_price, expiry: 0, market: self.at }))
    }
}

/// The array of a collateral asset.
pub(crate) fn asset_risk(
    scratch: &mut Scratch,
    tick: &Tick,
    asset: &crate::tick::Asset,
) -> Result<AssetRisk, RiskError> {
    let mut assessment = Assessment::begin(scratch, &tick.exchange)?;
    if let Some(market) = asset.market {
        let input = UnderlyingInput { oi_share_e6: 0, ..tick.markets[usize::from(market)].underlying };
        assessment.underlying(&input, [].into_iter(), [].into_iter())?;
    }
    let price = asset.terms.price_e8.max(1) as f64;
    let amount = (UNIT_MONEY / price * 10f64.powi(i32::from(asset.terms.decimals) + 2)).max(1.0) as u64;
    assessment.collateral(&CollateralInput { amount, underlying: asset.market.map(|_| 0), ..asset.terms })?;
    let report = assessment.finish(0)?;
    let per_unit = |money_e6: i64| money_e6 as f64 / amount as f64;
    let mut losses = [0.0; SIGNED];
    if asset.market.is_some() {
        for (to, loss) in losses.iter_mut().zip(&scratch.underlyings()[0].losses_e6) {
            *to = per_unit(*loss);
        }
    }
    Ok(AssetRisk {
        market: asset.market,
        losses,
        maintenance: per_unit(report.collateral_maintenance_e6),
        mark: per_unit(report.collateral_mark_e6),
    })
}

const _: () = assert!(DAY_SECS * 365 == YEAR_SECS && SHORT < SIGNED && NEAR < COLUMNS);

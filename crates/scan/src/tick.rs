//! The state of an exchange at one moment, as the scan needs it: what all portfolios share.

use ballast_risk::{CollateralInput, ExchangeInput, ExpiryInput, RiskError, Strike, UnderlyingInput};

/// A strike that a market lists: a call and a put of one expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listing {
    /// Index into the market's expiries.
    pub expiry: u8,
    /// The strike.
    pub strike: Strike,
}

/// One market at one moment.
#[derive(Debug, Clone)]
pub struct Market<'a> {
    /// Prices, volatilities and parameters. `oi_share_e6` is worked out for each portfolio and ignored here.
    pub underlying: UnderlyingInput<'a>,
    /// Its expiries, soonest first.
    pub expiries: Vec<ExpiryInput>,
    /// What it lists, ascending by (expiry, strike).
    pub listings: Vec<Listing>,
    /// What shares of open interest are measured against: the larger of the open interest and the market's base,
    /// 1e-6 unit; below 1 it counts as 1.
    pub open_interest_e6: i64,
}

/// A collateral asset at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asset {
    /// Price, haircut and caps. `amount` and `underlying` are filled in for each portfolio and ignored here.
    pub terms: CollateralInput,
    /// The market whose underlying the asset is, if any.
    pub market: Option<u8>,
}

/// Everything that all portfolios share at one moment: a price tick.
#[derive(Debug, Clone)]
pub struct Tick<'a> {
    /// Parameters of the exchange.
    pub exchange: ExchangeInput,
    /// Its markets; a portfolio's underlyings are taken in this order.
    pub markets: Vec<Market<'a>>,
    /// Its collateral assets, at most 64.
    pub assets: Vec<Asset>,
}

/// A call or put that some market lists. Series are numbered through all markets in the order of the tick, listing by
/// listing, the call before the put.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Series {
    /// Index of the market.
    pub market: u8,
    /// Index of the listing within the market.
    pub listing: u16,
    /// A put?
    pub put: bool,
}

impl Tick<'_> {
    /// Every series in order: the index in this list is the number that a [`crate::Leg`] names.
    #[must_use]
    pub fn series(&self) -> Vec<Series> {
        let mut all = Vec::new();
        for (market, place) in self.markets.iter().zip(0u8..) {
            for listing in 0..market.listings.len() {
                let listing = u16::try_from(listing).unwrap_or(u16::MAX);
                all.extend([false, true].map(|put| Series { market: place, listing, put }));
            }
        }
        all
    }

    /// Number of series.
    #[must_use]
    pub fn series_count(&self) -> usize {
        self.markets.iter().map(|market| 2 * market.listings.len()).sum()
    }

    /// Refuses what the indices of series, markets and assets have no room for, and a collateral asset of a market
    /// that is not there.
    pub(crate) fn validate(&self) -> Result<(), RiskError> {
        self.exchange.validate()?;
        let listings = self.markets.iter().map(|market| market.listings.len()).max().unwrap_or(0);
        if self.markets.len() > MARKETS_MAX || listings > usize::from(u16::MAX) {
            return Err(RiskError::TooManyUnderlyings);
        }
        if self.assets.len() > ASSETS_MAX {
            return Err(RiskError::TooLarge);
        }
        let known =
            |asset: &Asset| asset.market.is_none_or(|market| usize::from(market) < self.markets.len());
        if !self.assets.iter().all(known) {
            return Err(RiskError::UnknownUnderlying);
        }
        Ok(())
    }
}

/// Markets of one tick: they are bits of a word and one byte's indices.
pub(crate) const MARKETS_MAX: usize = 64;
/// Collateral assets of one tick.
pub(crate) const ASSETS_MAX: usize = 64;

//! What the scenarios list: markets and collateral with the defaults of the risk model.

use crate::{feeds, token::Extension};
use ballast::{
    constants::{MARKET_DEFAULTS, RANGE_MIN_OTHERS_E6},
    instructions::MarketInitArgs,
    state::{MarketParams, VOLATILITY_FEED_ACCOUNT},
};

/// Quantities are 1e-6 unit.
const UNIT_E6: i64 = 1_000_000;

/// A market to list. Change any field before listing.
#[derive(Debug, Clone)]
pub struct MarketSpec {
    /// Symbol, at most 16 ASCII characters.
    pub symbol: String,
    /// Spot price posted when it is listed, 1e-8 quote.
    pub spot_e8: u64,
    /// What the program is told. The symbol is filled in.
    pub args: MarketInitArgs,
}

impl MarketSpec {
    /// Bitcoin at its price of 10 October 2025, 20:00 UTC.
    #[must_use]
    pub fn btc() -> Self {
        Self::new("BTC", feeds::BTC, 11_666_150_000_000, 420_000, 20_000)
    }

    /// Ether at its price of 10 October 2025, 20:00 UTC.
    #[must_use]
    pub fn eth() -> Self {
        Self::new("ETH", feeds::ETH, 399_756_000_000, 680_000, 400_000)
    }

    /// Solana's coin at its price of 10 October 2025, 20:00 UTC.
    #[must_use]
    pub fn sol() -> Self {
        let mut spec = Self::new("SOL", feeds::SOL, 20_531_000_000, 850_000, 5_000_000);
        spec.args.params.range_min_e6 = RANGE_MIN_OTHERS_E6;
        spec
    }

    /// A market of no real asset, told from others by its number: symbol `U7`, spot 100.
    #[must_use]
    pub fn numbered(number: u8) -> Self {
        let mut feed_id = [0xfe; 32];
        feed_id[0] = number;
        Self::new(&format!("U{number}"), feed_id, 10_000_000_000, 600_000, 10_000_000)
    }

    /// A market with default parameters and a volatility feed account: spot 1e-8 quote, volatility 1e-6 a year, cap of
    /// the open interest in whole units.
    #[must_use]
    pub fn new(symbol: &str, feed_id: [u8; 32], spot_e8: u64, vol_e6: i64, cap_units: i64) -> Self {
        let open_interest_cap_e6 = cap_units * UNIT_E6;
        let params: MarketParams = MARKET_DEFAULTS;
        let args = MarketInitArgs {
            symbol: [0; 16],
            feed_id,
            group: 0,
            volatility_kind: VOLATILITY_FEED_ACCOUNT,
            volatility_feed_id: [0; 32],
            vol_e6,
            realised_e6: vol_e6,
            vol_ref_e6: vol_e6,
            vol_min_e6: 200_000,
            vol_max_e6: 3_000_000,
            open_interest_cap_e6,
            series_cap_e6: open_interest_cap_e6 / 4,
            share_base_e6: open_interest_cap_e6 / 10,
            params,
        };
        Self { symbol: symbol.to_owned(), spot_e8, args }
    }
}

/// A collateral asset to list. Change any field before listing.
#[derive(Debug, Clone)]
pub struct CollateralSpec {
    /// Name of the asset; its mint's key is made of it.
    pub symbol: String,
    /// Pyth feed.
    pub feed_id: [u8; 32],
    /// Price posted when it is listed if none is yet, 1e-8 quote.
    pub price_e8: u64,
    /// Decimals of the mint.
    pub decimals: u8,
    /// Extensions of a Token-2022 mint; none for SPL Token.
    pub extensions: Option<Vec<Extension>>,
    /// Haircut h0, 1e-6.
    pub haircut_e6: i64,
    /// Haircut slope h1, 1e-6.
    pub haircut_slope_e6: i64,
    /// Soft cap of deposits, whole tokens; 0 for none.
    pub soft_cap: u64,
    /// Hard cap of deposits, whole tokens.
    pub hard_cap: u64,
    /// What a portfolio may always withdraw in an hour, whole tokens.
    pub exempt: u64,
}

impl CollateralSpec {
    /// SOL, 9 decimals, haircut 10 % and steeper with volatility.
    #[must_use]
    pub fn sol() -> Self {
        Self::new("SOL", feeds::SOL, 20_531_000_000, 9)
    }

    /// An SPL Token asset with a haircut of 20 % and caps out of the way.
    #[must_use]
    pub fn new(symbol: &str, feed_id: [u8; 32], price_e8: u64, decimals: u8) -> Self {
        Self {
            symbol: symbol.to_owned(),
            feed_id,
            price_e8,
            decimals,
            extensions: None,
            haircut_e6: 200_000,
            haircut_slope_e6: 100_000,
            soft_cap: 0,
            hard_cap: 1_000_000,
            exempt: 5,
        }
    }

    /// The same as a Token-2022 mint with extensions.
    #[must_use]
    pub fn token_2022(mut self, extensions: &[Extension]) -> Self {
        self.extensions = Some(extensions.to_vec());
        self
    }
}

/// Surface of an expiry: how its volatilities lie around V.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Surface {
    /// ATM ratio a, 1e-6.
    pub atm_e6: i64,
    /// Skew b, 1e-6.
    pub skew_e6: i64,
    /// Curvature c, 1e-6.
    pub curvature_e6: i64,
    /// Forward basis f, 1e-6 a year.
    pub basis_e6: i64,
}

impl Surface {
    /// Every series at V, forwards at spot.
    pub const FLAT: Self = Self { atm_e6: 1_000_000, skew_e6: 0, curvature_e6: 0, basis_e6: 0 };
}

impl Default for Surface {
    fn default() -> Self {
        Self { atm_e6: 1_000_000, skew_e6: -20_000, curvature_e6: 8_000, basis_e6: 50_000 }
    }
}

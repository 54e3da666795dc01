//! The prices of one moment by market and collateral asset, and which of them a portfolio needs.
//!
//! Plain data without accounts: the program fills it from price updates, the SDK from anything, overrides included.

use crate::{
    adapters::oracle::{self, Action, Price},
    constants::{COLLATERALS, MARKETS},
    error::BallastError,
    state::{Exchange, Portfolio},
};
use bytemuck::{Pod, Zeroable};

/// Prices of one moment. A price of zero is a price that was not given.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct PriceBook {
    /// The moment, unix seconds.
    pub now: i64,
    /// Price of the quote currency, 1e-8 dollar; 1e8 where the exchange has no peg feed.
    pub peg: Price,
    /// Spot prices by market id.
    pub markets: [Price; MARKETS],
    /// Prices of collateral assets that are not a market's underlying, by asset index.
    pub collaterals: [Price; COLLATERALS],
}

/// The accounts a valuation needs: markets by id, and collateral assets whose price no market's feed gives, by index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Needed {
    /// Bit n: market n and the price update of its feed.
    pub markets: u16,
    /// Bit n: the price update of collateral asset n.
    pub collaterals: u8,
}

const _: () = assert!(MARKETS == 16 && COLLATERALS == 8, "ids are bits");

impl Needed {
    /// What the valuation of one portfolio needs.
    #[must_use]
    pub fn of(exchange: &Exchange, portfolio: &Portfolio) -> Self {
        let mut collaterals = 0;
        for (index, asset) in exchange.collaterals.iter().enumerate() {
            let held = portfolio.collateral.get(index).is_some_and(|amount| *amount > 0);
            if held && asset.market_plus_one == 0 {
                collaterals |= u32::try_from(index).ok().and_then(|bit| 1u8.checked_shl(bit)).unwrap_or(0);
            }
        }
        Self { markets: portfolio.market_bits(exchange), collaterals }
    }

    /// What two valuations need together.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self { markets: self.markets | other.markets, collaterals: self.collaterals | other.collaterals }
    }

    /// This and one market more, for a trade in a market nobody holds yet.
    #[must_use]
    pub fn with_market(self, id: u8) -> Self {
        Self { markets: self.markets | bit_u16(id), ..self }
    }

    /// Ids of the markets, ascending.
    pub fn market_ids(self) -> impl Iterator<Item = u8> {
        (0..MARKET_IDS).filter(move |id| self.markets & bit_u16(*id) != 0)
    }

    /// Indices of the collateral assets, ascending.
    pub fn collateral_indices(self) -> impl Iterator<Item = usize> {
        (0..COLLATERALS).filter(move |index| (self.collaterals >> index) & 1 != 0)
    }
}

const MARKET_IDS: u8 = 16;

fn bit_u16(id: u8) -> u16 {
    1u16.checked_shl(u32::from(id)).unwrap_or(0)
}

impl PriceBook {
    /// The price of a market's underlying. Errors: [`BallastError::AccountMissing`].
    pub fn market(&self, id: u8) -> core::result::Result<&Price, BallastError> {
        given(self.markets.get(usize::from(id)))
    }

    /// The price of a collateral asset: its market's, or its own. Errors: [`BallastError::AccountMissing`].
    pub fn collateral(
        &self,
        exchange: &Exchange,
        index: usize,
    ) -> core::result::Result<&Price, BallastError> {
        match exchange.collaterals.get(index).and_then(|asset| asset.market()) {
            Some(id) => self.market(id),
            None => given(self.collaterals.get(index)),
        }
    }

    /// Whether every price of `needed` serves the action, with the first reason why not.
    pub fn require(
        &self,
        exchange: &Exchange,
        needed: Needed,
        action: Action,
    ) -> core::result::Result<(), BallastError> {
        let usable = |price: &Price| oracle::require_usable(oracle::classify(price, self.now), action);
        for id in needed.market_ids() {
            usable(self.market(id)?)?;
        }
        for index in needed.collateral_indices() {
            usable(self.collateral(exchange, index)?)?;
        }
        if exchange.has_peg_feed() {
            usable(given(Some(&self.peg))?)?;
        }
        Ok(())
    }
}

fn given(price: Option<&Price>) -> core::result::Result<&Price, BallastError> {
    price.filter(|price| price.price_e8 > 0).ok_or(BallastError::AccountMissing)
}

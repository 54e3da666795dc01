//! One underlying with its volatility state and its expiries.

use crate::{
    constants::{EXPIRIES, VOLATILITY_FRESH_SECS},
    error::BallastError,
    state::{CashLedger, ExpirySlot, LineChange, LineKey, LiquidationPhase, MarketParams, VolatilityState},
};
use anchor_lang::prelude::*;
use core::mem::{align_of, offset_of, size_of};

/// [`Market::status`]: the market trades.
pub const MARKET_ACTIVE: u8 = 1;
/// [`Market::volatility_kind`]: no feed, V follows realised volatility.
pub const VOLATILITY_FEED_NONE: u8 = 0;
/// [`Market::volatility_kind`]: a [`crate::state::VolatilityFeed`] account of this program.
pub const VOLATILITY_FEED_ACCOUNT: u8 = 1;
/// [`Market::volatility_kind`]: a Pyth feed whose price is a volatility (0.55 = 55 %).
pub const VOLATILITY_FEED_PYTH: u8 = 2;

/// One underlying. Created by the client (it is larger than a program may create); genuine only if registered in
/// [`crate::state::Exchange::markets`] under its own id.
#[account(zero_copy)]
#[derive(Debug)]
#[repr(C)]
pub struct Market {
    /// Layout version.
    pub version: u8,
    /// Zero: the account is not a PDA.
    pub bump: u8,
    /// Id: index into the exchange's registry.
    pub id: u8,
    /// [`MARKET_ACTIVE`].
    pub status: u8,
    /// Correlation group.
    pub group: u8,
    /// Where V comes from: [`VOLATILITY_FEED_NONE`], [`VOLATILITY_FEED_ACCOUNT`] or [`VOLATILITY_FEED_PYTH`].
    pub volatility_kind: u8,
    /// Zero.
    pub padding: [u8; 2],
    /// Symbol, ASCII, filled with zeros.
    pub symbol: [u8; 16],
    /// Pyth feed of the spot price in quote currency.
    pub feed_id: [u8; 32],
    /// Address of the volatility feed account, or id of the Pyth volatility feed, or zeros.
    pub volatility_feed: [u8; 32],
    /// Newest publish time seen of the spot feed, unix seconds. Prices only move forward.
    pub last_publish_time: i64,
    /// Newest publish time seen of a Pyth volatility feed, unix seconds.
    pub volatility_publish_time: i64,
    /// Trading fees not yet swept to insurance, 1e-6 quote, ≥ 0.
    pub fees_e6: i64,
    /// Σ of the long quantities over all series, 1e-6 unit.
    pub open_interest_e6: i64,
    /// Cap of `open_interest_e6`, 1e-6 unit.
    pub open_interest_cap_e6: i64,
    /// Cap of the long side of one series, 1e-6 unit.
    pub series_cap_e6: i64,
    /// Open interest below which a portfolio's share of it is measured against this instead, 1e-6 unit: the first
    /// trades of a market are not yet a concentration.
    pub share_base_e6: i64,
    /// Risk parameters.
    pub params: MarketParams,
    /// Volatility.
    pub volatility: VolatilityState,
    /// How much of the open interest the current liquidation phase has seen.
    pub phase: LiquidationPhase,
    /// Debts and uncollected losses, as far as they are kept here: by trades and settlements, which only read the exchange.
    pub ledger: CashLedger,
    /// Zero.
    pub reserved: [u8; 224],
    /// Expiries, in no order.
    pub expiries: [ExpirySlot; EXPIRIES],
}

const _: () = {
    assert!(size_of::<Market>() == 672 + EXPIRIES * size_of::<ExpirySlot>());
    assert!(align_of::<Market>() == 8);
    assert!(offset_of!(Market, version) == 0 && offset_of!(Market, bump) == 1 && offset_of!(Market, id) == 2);
    assert!(offset_of!(Market, feed_id) == 24);
    assert!(offset_of!(Market, params) == 144);
    assert!(offset_of!(Market, expiries) == 672);
};

impl Market {
    /// An expiry slot. Errors: [`BallastError::ExpiryNotListed`].
    pub fn expiry(&self, slot: u8) -> Result<&ExpirySlot> {
        self.expiries.get(usize::from(slot)).ok_or_else(|| error!(BallastError::ExpiryNotListed))
    }

    /// An expiry slot to write. Errors: [`BallastError::ExpiryNotListed`].
    pub fn expiry_mut(&mut self, slot: u8) -> Result<&mut ExpirySlot> {
        self.expiries.get_mut(usize::from(slot)).ok_or_else(|| error!(BallastError::ExpiryNotListed))
    }

    /// The key of a series of this market. Errors: [`BallastError::ExpiryNotListed`], [`BallastError::StrikeNotListed`].
    pub fn line_key(&self, expiry_slot: u8, strike_slot: u8) -> Result<LineKey> {
        let expiry = self.expiry(expiry_slot)?;
        require!(expiry.status != super::EXPIRY_FREE, BallastError::ExpiryNotListed);
        expiry.strike(strike_slot)?;
        let expiry_ts = u32::try_from(expiry.expiry_ts).map_err(|_| error!(BallastError::Overflow))?;
        Ok(LineKey { market: self.id, expiry_slot, strike_slot, expiry_ts })
    }

    /// Books the change of one portfolio's line in the expiry, its strike and the market's total open interest.
    /// Errors: [`BallastError::ExpiryNotListed`], [`BallastError::StrikeNotListed`], [`BallastError::Overflow`].
    pub fn record(&mut self, key: &LineKey, change: &LineChange) -> Result<()> {
        let long_e6 = self.expiry_mut(key.expiry_slot)?.record(key.strike_slot, change)?;
        self.open_interest_e6 =
            self.open_interest_e6.checked_add(long_e6).ok_or_else(|| error!(BallastError::Overflow))?;
        Ok(())
    }

    /// Moves what rounding left in a settled expiry that nobody holds any more from its escrow to the fees, and says how much,
    /// 1e-6 quote. Payoffs are rounded down and the quantities of a series sum to zero: it is never below zero.
    /// Errors: [`BallastError::ExpiryNotListed`], [`BallastError::Overflow`].
    pub fn release_residue(&mut self, expiry_slot: u8) -> Result<i64> {
        let expiry = self.expiry_mut(expiry_slot)?;
        if expiry.status != super::EXPIRY_SETTLED || expiry.open_lines > 0 || expiry.escrow_e6 <= 0 {
            return Ok(0);
        }
        let residue_e6 = core::mem::take(&mut expiry.escrow_e6);
        self.fees_e6 = self.fees_e6.checked_add(residue_e6).ok_or_else(|| error!(BallastError::Overflow))?;
        Ok(residue_e6)
    }

    /// Refuses open interest above the caps, after a trade in a series. Liquidation and settlement do not ask.
    /// Errors: [`BallastError::OpenInterestCap`], [`BallastError::SeriesCap`].
    pub fn require_under_caps(&self, key: &LineKey) -> Result<()> {
        let strike = self.expiry(key.expiry_slot)?.strike(key.strike_slot)?;
        require!(strike.calls_e6 <= self.series_cap_e6, BallastError::SeriesCap);
        require!(strike.puts_e6 <= self.series_cap_e6, BallastError::SeriesCap);
        require!(self.open_interest_e6 <= self.open_interest_cap_e6, BallastError::OpenInterestCap);
        Ok(())
    }

    /// Whether V is too old to increase risk on. A market on realised volatility is stale when its samples are.
    #[must_use]
    pub fn is_volatility_stale(&self, now: i64) -> bool {
        now.saturating_sub(self.volatility.vol_time) > VOLATILITY_FRESH_SECS
    }

    /// Whether the market runs on realised volatility alone.
    #[must_use]
    pub fn is_realised_only(&self) -> bool {
        self.volatility_kind == VOLATILITY_FEED_NONE
    }
}

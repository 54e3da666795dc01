//! Events of settlement.

use anchor_lang::prelude::*;

/// [`ExpirySettled::source`]: the average of a covered window.
pub const SOURCE_AVERAGE: u8 = 0;
/// [`ExpirySettled::source`]: the first update at or after expiry.
pub const SOURCE_FIRST_PRICE: u8 = 1;
/// [`ExpirySettled::source`]: the average of what the window had.
pub const SOURCE_PARTIAL_AVERAGE: u8 = 2;
/// [`ExpirySettled::source`]: the risk authority.
pub const SOURCE_AUTHORITY: u8 = 3;

/// A price of the settlement window was counted.
#[event]
pub struct SettlementSampled {
    /// Market id.
    pub market: u8,
    /// Expiry, unix seconds.
    pub expiry_ts: i64,
    /// Price, 1e-8 quote.
    pub price_e8: u64,
    /// When it was published, unix seconds.
    pub publish_time: i64,
    /// Seconds it counts for.
    pub weight_secs: i64,
    /// Seconds of the window covered so far.
    pub covered_secs: i64,
    /// Average so far, 1e-8 quote.
    pub average_e8: u64,
}

/// A settlement price was recorded. It never changes.
#[event]
pub struct ExpirySettled {
    /// Market id.
    pub market: u8,
    /// Slot of the expiry in the market.
    pub expiry_slot: u8,
    /// Expiry, unix seconds.
    pub expiry_ts: i64,
    /// Settlement price, 1e-8 quote.
    pub settled_e8: u64,
    /// Where it came from: one of `SOURCE_…`.
    pub source: u8,
    /// Seconds of the window that were covered.
    pub covered_secs: i64,
    /// Price of the first update at or after expiry, 1e-8 quote; 0 if none was shown.
    pub first_price_e8: u64,
}

/// The last lines of a settled expiry cancelled each other out in a slice, and what rounding had left in its escrow went to
/// the market's fees.
#[event]
pub struct ResidueReleased {
    /// Market id.
    pub market: u8,
    /// Expiry, unix seconds.
    pub expiry_ts: i64,
    /// What went to the fees, 1e-6 quote.
    pub residue_e6: i64,
}

/// A portfolio's lines of one settled expiry became cash.
#[event]
pub struct PortfolioSettled {
    /// The portfolio.
    pub portfolio: Pubkey,
    /// Market id.
    pub market: u8,
    /// Expiry, unix seconds.
    pub expiry_ts: i64,
    /// Settlement price, 1e-8 quote.
    pub settled_e8: u64,
    /// Lines that are gone.
    pub lines: u8,
    /// What the portfolio received (paid below zero), 1e-6 quote.
    pub payoff_e6: i64,
    /// The portfolio's cash afterwards, 1e-6 quote.
    pub cash_e6: i64,
    /// What rounding left in the expiry and went to the market's fees, 1e-6 quote; above zero only with its last line.
    pub residue_e6: i64,
}

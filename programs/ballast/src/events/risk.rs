//! Events of margin checks and volatility.

use anchor_lang::prelude::*;

/// A portfolio was checked.
#[event]
pub struct MarginChecked {
    /// The portfolio.
    pub portfolio: Pubkey,
    /// Its sequence number.
    pub sequence: u64,
    /// Equity at mark, 1e-6 quote.
    pub equity_mark_e6: i64,
    /// Initial margin, 1e-6 quote.
    pub initial_e6: i64,
    /// Maintenance margin, 1e-6 quote.
    pub maintenance_e6: i64,
    /// Excess over initial margin, 1e-6 quote.
    pub excess_initial_e6: i64,
    /// Excess over maintenance margin, 1e-6 quote.
    pub excess_maintenance_e6: i64,
    /// Bit 0: a volatility was stale; bit 1: a price was stale.
    pub flags: u64,
}

/// A volatility feed was created.
#[event]
pub struct VolatilityFeedCreated {
    /// Market id.
    pub market: u8,
    /// The feed.
    pub feed: Pubkey,
    /// Permitted publishers.
    pub publishers: Vec<Pubkey>,
    /// Fresh values needed.
    pub quorum: u8,
}

/// A publisher posted a volatility.
#[event]
pub struct VolatilityPosted {
    /// Market id.
    pub market: u8,
    /// The publisher.
    pub publisher: Pubkey,
    /// Its value, 1e-6 a year.
    pub vol_e6: i64,
    /// The confidence it states, 1e-6 a year.
    pub conf_e6: i64,
    /// The time it states, unix seconds.
    pub time: i64,
    /// Median of the fresh values; 0 without a quorum.
    pub median_e6: i64,
    /// V afterwards, 1e-6 a year.
    pub mark_e6: i64,
    /// V* afterwards, 1e-6 a year.
    pub margin_e6: i64,
}

/// A market's volatility was updated from its feeds.
#[event]
pub struct VolatilityUpdated {
    /// Market id.
    pub market: u8,
    /// Spot price sampled, 1e-8 quote; 0 if none was.
    pub sample_e8: u64,
    /// R afterwards, 1e-6 a year.
    pub realised_e6: i64,
    /// V afterwards, 1e-6 a year.
    pub mark_e6: i64,
    /// V* afterwards, 1e-6 a year.
    pub margin_e6: i64,
    /// Time V is good as of, unix seconds.
    pub mark_time: i64,
}

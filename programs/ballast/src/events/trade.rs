//! Events of trading, and the margin that every event of risk carries.

use anchor_lang::prelude::*;
use ballast_risk::MarginReport;

/// The margin of a portfolio after an instruction, 1e-6 quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct MarginAfter {
    /// Cash.
    pub cash_e6: i64,
    /// Equity at mark.
    pub equity_mark_e6: i64,
    /// Initial margin.
    pub initial_e6: i64,
    /// Maintenance margin.
    pub maintenance_e6: i64,
    /// Excess over initial margin.
    pub excess_initial_e6: i64,
    /// Excess over the exit requirement of a liquidation.
    pub excess_exit_e6: i64,
    /// Excess over maintenance margin.
    pub excess_maintenance_e6: i64,
}

impl From<&MarginReport> for MarginAfter {
    fn from(report: &MarginReport) -> Self {
        Self {
            cash_e6: report.cash_e6,
            equity_mark_e6: report.equity_mark_e6,
            initial_e6: report.initial_e6,
            maintenance_e6: report.maintenance_e6,
            excess_initial_e6: report.excess_initial_e6,
            excess_exit_e6: report.excess_exit_e6,
            excess_maintenance_e6: report.excess_maintenance_e6,
        }
    }
}

/// One leg of a trade as it was filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct LegFilled {
    /// Market id.
    pub market: u8,
    /// Expiry, unix seconds.
    pub expiry_ts: u32,
    /// Strike price, 1e-8 quote.
    pub strike_e8: u64,
    /// A put; otherwise a call.
    pub is_put: bool,
    /// What the taker bought (sold below zero), 1e-6 unit.
    pub qty_e6: i64,
    /// Value of one unit at mark, 1e-8 quote, rounded up.
    pub mark_e8: u64,
    /// Fee of each side, 1e-6 quote.
    pub fee_e6: i64,
}

/// Two portfolios traded.
#[event]
pub struct Traded {
    /// The maker's portfolio.
    pub maker: Pubkey,
    /// The taker's portfolio.
    pub taker: Pubkey,
    /// Legs, quantities from the taker's side.
    pub legs: Vec<LegFilled>,
    /// What the taker paid the maker, 1e-6 quote.
    pub premium_e6: i64,
    /// What each side paid in fees, 1e-6 quote.
    pub fees_e6: i64,
    /// The maker's margin afterwards.
    pub maker_margin: MarginAfter,
    /// The taker's margin afterwards.
    pub taker_margin: MarginAfter,
}

//! Events of liquidation and of collateral sold for a debt.

use crate::{constants::COLLATERALS, events::MarginAfter};
use anchor_lang::prelude::*;

/// A portfolio was flagged: it is frozen and its auction runs.
#[event]
pub struct LiquidationStarted {
    /// The portfolio.
    pub portfolio: Pubkey,
    /// Who flagged it.
    pub flagged_by: Pubkey,
    /// Time of the flag, unix seconds.
    pub flagged_at: i64,
    /// Its sequence number: what a taker may insist on.
    pub sequence: u64,
    /// Its margin.
    pub margin: MarginAfter,
}

/// A fraction of a flagged portfolio changed hands.
#[event]
pub struct SliceLiquidated {
    /// The portfolio a fraction was taken of.
    pub portfolio: Pubkey,
    /// The portfolio that took it.
    pub taker: Pubkey,
    /// Fraction taken, 1e-9.
    pub fraction_e9: u64,
    /// Largest fraction that the exit test allowed, 1e-9.
    pub fraction_max_e9: u64,
    /// Kind of slice: 1 to the exit test, 2 dust, 3 insolvent.
    pub branch: u8,
    /// Discount of the auction at this time, 1e-9.
    pub discount_e9: i64,
    /// Price of the whole book, 1e-6 quote.
    pub book_price_e6: i64,
    /// What the taker paid the owner, 1e-6 quote; below zero what insurance paid the taker.
    pub price_e6: i64,
    /// What the taker paid insurance, 1e-6 quote.
    pub contribution_e6: i64,
    /// Cash that went with the slice, 1e-6 quote, below zero for a debt.
    pub cash_taken_e6: i64,
    /// Collateral that went with the slice, base units by asset.
    pub collateral_taken: [u64; COLLATERALS],
    /// Lines of which a share was taken.
    pub lines: u8,
    /// Excess over maintenance margin before, 1e-6 quote.
    pub excess_maintenance_before_e6: i64,
    /// Insurance afterwards, 1e-6 quote.
    pub insurance_e6: i64,
    /// The portfolio's margin afterwards; none where it is too large to be valued again.
    pub margin: Option<MarginAfter>,
    /// The taker's margin afterwards; none where what both needed before already showed that it holds.
    pub taker_margin: Option<MarginAfter>,
    /// Whether the portfolio passed the exit test and is free again.
    pub ended: bool,
    /// Open shortfall afterwards, 1e-6 quote: what insurance could not pay and nobody bears yet.
    pub shortfall_e6: i64,
}

/// A flagged portfolio passed the exit test and is free again.
#[event]
pub struct LiquidationEnded {
    /// The portfolio.
    pub portfolio: Pubkey,
    /// Slices taken since the flag.
    pub slices: u64,
    /// Its margin.
    pub margin: MarginAfter,
}

/// Collateral was sold to pay a portfolio's debt.
#[event]
pub struct CollateralConverted {
    /// The portfolio.
    pub portfolio: Pubkey,
    /// Who bought.
    pub buyer: Pubkey,
    /// Mint of the collateral.
    pub mint: Pubkey,
    /// Oracle price, 1e-8 quote.
    pub oracle_e8: u64,
    /// Discounted price, 1e-8 quote.
    pub price_e8: u64,
    /// Quote that arrived and was credited, 1e-6 quote.
    pub paid_e6: u64,
    /// Collateral that left the vault, base units.
    pub amount: u64,
    /// Time since when the portfolio was in debt, unix seconds.
    pub debt_since: i64,
    /// Its margin afterwards.
    pub margin: MarginAfter,
}

/// A portfolio that owed more than it had, and had nothing left, was relieved of its debt.
#[event]
pub struct InsolvencyResolved {
    /// The portfolio.
    pub portfolio: Pubkey,
    /// What it owed, 1e-6 quote.
    pub debt_e6: i64,
    /// What insurance paid of it, 1e-6 quote.
    pub insurance_paid_e6: i64,
    /// Insurance afterwards, 1e-6 quote.
    pub insurance_e6: i64,
    /// Open shortfall afterwards, 1e-6 quote.
    pub shortfall_e6: i64,
}

/// An open shortfall was paid by insurance, or shared by all positive cash.
#[event]
pub struct ShortfallSocialised {
    /// The shortfall before, 1e-6 quote.
    pub shortfall_before_e6: i64,
    /// Fees of all markets that went to insurance first, 1e-6 quote.
    pub fees_e6: i64,
    /// What insurance paid, 1e-6 quote.
    pub insurance_paid_e6: i64,
    /// What positive cash bore, 1e-6 quote.
    pub borne_e6: i64,
    /// Positive cash of all portfolios before, 1e-6 quote.
    pub cash_e6: i64,
    /// Cash index afterwards, 1e-12.
    pub cash_index_e12: u64,
    /// Its generation.
    pub cash_generation: u64,
    /// Open shortfall afterwards, 1e-6 quote.
    pub shortfall_e6: i64,
}

/// A portfolio's part of losses shared since its cash was last written was collected.
#[event]
pub struct LossCollected {
    /// The portfolio.
    pub portfolio: Pubkey,
    /// What it bore, 1e-6 quote.
    pub collected_e6: i64,
}

/// One leg that was taken of a flagged portfolio.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct LegTaken {
    /// Market id.
    pub market: u8,
    /// Expiry, unix seconds.
    pub expiry_ts: i64,
    /// Strike, 1e-8 quote.
    pub strike_e8: u64,
    /// A put; otherwise a call.
    pub is_put: bool,
    /// What the taker received, 1e-6 unit, short below zero.
    pub qty_e6: i64,
    /// What it is worth at mark, 1e-6 quote, below zero for a short one.
    pub value_e6: i64,
    /// What the owner paid beyond that, 1e-6 quote; the part of it that went to insurance included.
    pub penalty_e6: i64,
    /// What of the penalty went to insurance, 1e-6 quote.
    pub contribution_e6: i64,
    /// Maintenance margin it relieved, 1e-6 quote.
    pub relieved_e6: i64,
    /// By how much the scan would have fallen without all of the leg, 1e-6 quote: its rank.
    pub relief_e6: i64,
}

/// Single legs of a flagged portfolio changed hands.
#[event]
pub struct LegsLiquidated {
    /// The portfolio the legs were taken of.
    pub portfolio: Pubkey,
    /// The portfolio that took them.
    pub taker: Pubkey,
    /// The legs, in the order they were taken.
    pub legs: Vec<LegTaken>,
    /// Share of the relieved margin paid, 1e-9.
    pub penalty_e9: i64,
    /// Insurance afterwards, 1e-6 quote.
    pub insurance_e6: i64,
    /// Excess over maintenance margin before, 1e-6 quote.
    pub excess_maintenance_before_e6: i64,
    /// The portfolio's margin afterwards.
    pub margin: MarginAfter,
    /// The taker's margin afterwards.
    pub taker_margin: MarginAfter,
    /// Whether the portfolio passed the exit test and is free again.
    pub ended: bool,
}

//! Events of money coming, going and moving between the exchange's own pockets.

use anchor_lang::prelude::*;

/// Tokens came in.
#[event]
pub struct Deposited {
    /// The portfolio credited.
    pub portfolio: Pubkey,
    /// Who paid.
    pub depositor: Pubkey,
    /// Mint of the asset.
    pub mint: Pubkey,
    /// What was sent, base units.
    pub amount: u64,
    /// What arrived and was credited, base units.
    pub received: u64,
    /// The portfolio's cash (1e-6 quote) or collateral (base units) of this asset afterwards.
    pub balance: i64,
}

/// Tokens went out.
#[event]
pub struct Withdrawn {
    /// The portfolio debited.
    pub portfolio: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Token account that received.
    pub destination: Pubkey,
    /// Mint of the asset.
    pub mint: Pubkey,
    /// What left the vault, base units.
    pub amount: u64,
    /// The portfolio's cash (1e-6 quote) or collateral (base units) of this asset afterwards.
    pub balance: i64,
    /// Excess over initial margin afterwards, 1e-6 quote; 0 where the portfolio has no lines and needs none.
    pub excess_initial_e6: i64,
    /// Net outflow of the asset in the last hour, this withdrawal included, base units.
    pub outflow: i64,
}

/// A market's trading fees went to insurance.
#[event]
pub struct FeesSwept {
    /// Market id.
    pub market: u8,
    /// What moved, 1e-6 quote.
    pub fees_e6: i64,
    /// Insurance afterwards, 1e-6 quote.
    pub insurance_e6: i64,
}

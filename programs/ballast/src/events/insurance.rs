//! Events of the insurance fund.

use anchor_lang::prelude::*;

/// An owner's stake was opened, empty.
#[event]
pub struct StakeOpened {
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
}

/// An empty stake was closed.
#[event]
pub struct StakeClosed {
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
}

/// Quote currency went into the insurance fund for shares.
#[event]
pub struct InsuranceStaked {
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// What was sent, 1e-6 quote.
    pub amount: u64,
    /// What arrived, 1e-6 quote.
    pub received: u64,
    /// Shares it bought.
    pub shares_bought: u64,
    /// Shares of the stake afterwards.
    pub shares: u64,
    /// Insurance afterwards, 1e-6 quote.
    pub insurance_e6: i64,
    /// Shares of the whole fund afterwards.
    pub insurance_shares: u64,
}

/// Shares of the insurance fund were asked back.
#[event]
pub struct InsuranceUnstaked {
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Shares that began to leave; 0 where only the cooldown was begun anew.
    pub shares: u64,
    /// What they were worth, 1e-6 quote: what will be paid unless claims take a part of it.
    pub value_e6: i64,
    /// Shares of the leaving pool the stake has afterwards.
    pub leaving_shares: u64,
    /// When they may be claimed, unix seconds.
    pub claimable_at: i64,
}

/// What was asked back and waited for left the insurance fund.
#[event]
pub struct InsuranceClaimed {
    /// The stake.
    pub stake: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Token account that received.
    pub destination: Pubkey,
    /// Shares of the leaving pool that were paid out.
    pub leaving_shares: u64,
    /// What left the vault, 1e-6 quote.
    pub amount: u64,
    /// Insurance afterwards, 1e-6 quote.
    pub insurance_e6: i64,
    /// Net outflow of quote currency in the last hour, this included, 1e-6 quote.
    pub outflow: i64,
}

//! The insurance fund as the exchange stores it, and the stake of one owner in it.

use crate::state::Exchange;
use anchor_lang::prelude::*;
use ballast_risk::insurance::Fund;
use core::mem::{align_of, offset_of, size_of};

/// What the exchange keeps of the insurance fund beside its balance and shares. Writers: `fees_sweep`, liquidation, the
/// instructions of the fund.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
#[repr(C)]
pub struct InsuranceState {
    /// Shares of the staked pool that are the house's: what was in the fund before anybody staked. They never leave.
    pub house_shares: u64,
    /// Part of the balance that is being waited for, 1e-6 quote: it earns nothing and pays its part of every claim.
    pub leaving_e6: i64,
    /// Shares of the leaving pool.
    pub leaving_shares: u64,
    /// Part of the staked pool that was not earned at `unearned_since`, 1e-6 quote.
    pub unearned_e6: i64,
    /// When it was so much, unix seconds.
    pub unearned_since: i64,
    /// When all of it will be earned, unix seconds.
    pub unearned_until: i64,
    /// How often the staked pool was used up: shares of an older generation are worth nothing.
    pub generation: u64,
    /// How often the leaving pool was used up.
    pub leaving_generation: u64,
}

/// One owner's stake in the insurance fund. PDA `["stake", owner]`.
#[account(zero_copy)]
#[derive(Debug)]
#[repr(C)]
pub struct InsuranceStake {
    /// Layout version.
    pub version: u8,
    /// Bump of this account.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 6],
    /// Owner: stakes, unstakes, claims.
    pub owner: Pubkey,
    /// Shares of the staked pool.
    pub shares: u64,
    /// Generation of the staked pool they are of.
    pub generation: u64,
    /// Shares of the leaving pool.
    pub leaving_shares: u64,
    /// Generation of the leaving pool they are of.
    pub leaving_generation: u64,
    /// When what is leaving may be claimed, unix seconds: a cooldown after the last request; 0 while nothing is leaving.
    pub claimable_at: i64,
    /// Zero.
    pub reserved: [u8; 64],
}

const _: () = {
    assert!(size_of::<InsuranceState>() == 64 && align_of::<InsuranceState>() == 8);
    assert!(size_of::<InsuranceStake>() == 144 && align_of::<InsuranceStake>() == 8);
    assert!(offset_of!(InsuranceStake, version) == 0 && offset_of!(InsuranceStake, bump) == 1);
    assert!(offset_of!(InsuranceStake, owner) == 8);
};

impl InsuranceStake {
    /// Forgets shares of pools that were used up since.
    pub fn refresh(&mut self, fund: &Fund) {
        if self.generation != fund.generation {
            (self.shares, self.generation) = (0, fund.generation);
        }
        if self.leaving_generation != fund.leaving_generation {
            (self.leaving_shares, self.leaving_generation) = (0, fund.leaving_generation);
        }
        if self.leaving_shares == 0 {
            self.claimable_at = 0;
        }
    }
}

impl Exchange {
    /// The insurance fund as the engine takes it.
    #[must_use]
    pub fn fund(&self) -> Fund {
        let state = &self.insurance;
        Fund {
            balance_e6: self.insurance_e6,
            shares: self.insurance_shares,
            house_shares: state.house_shares,
            leaving_e6: state.leaving_e6,
            leaving_shares: state.leaving_shares,
            unearned_e6: state.unearned_e6,
            unearned_since: state.unearned_since,
            unearned_until: state.unearned_until,
            generation: state.generation,
            leaving_generation: state.leaving_generation,
        }
    }

    /// Keeps what became of the insurance fund.
    pub fn set_fund(&mut self, fund: &Fund) {
        self.insurance_e6 = fund.balance_e6;
        self.insurance_shares = fund.shares;
        self.insurance = InsuranceState {
            house_shares: fund.house_shares,
            leaving_e6: fund.leaving_e6,
            leaving_shares: fund.leaving_shares,
            unearned_e6: fund.unearned_e6,
            unearned_since: fund.unearned_since,
            unearned_until: fund.unearned_until,
            generation: fund.generation,
            leaving_generation: fund.leaving_generation,
        };
    }
}

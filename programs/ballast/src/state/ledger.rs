//! Sums over all portfolios' cash that no instruction can walk through: what is owed, and what of shared losses is not
//! collected yet.
//!
//! Each is a sum of changes, kept where the change happened: in the exchange by instructions that write it, in a market by
//! those that do not (a trade, a settlement). Only exchange and markets together tell the whole.

use crate::error::BallastError;
use anchor_lang::prelude::*;
use core::mem::{align_of, size_of};

/// Changes of the house's sums of cash. Writers: every instruction that moves cash.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
#[repr(C)]
pub struct CashLedger {
    /// Σ of the changes of portfolios' debts, 1e-6 quote; with those kept elsewhere what all portfolios owe.
    pub debts_e6: i64,
    /// Σ of losses written into the cash index less those collected from portfolios, 1e-6 quote; with those kept elsewhere
    /// what is still in portfolios' stored cash and is nobody's.
    pub uncollected_e6: i64,
}

const _: () = assert!(size_of::<CashLedger>() == 16 && align_of::<CashLedger>() == 8);

/// What a change of one portfolio's cash means for the sums, 1e-6 quote. Whoever moves cash keeps it in a ledger.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CashMoved {
    /// Change of what it owes.
    pub debts_e6: i64,
    /// What was collected of losses it had to share.
    pub collected_e6: i64,
}

impl CashLedger {
    /// Keeps a change. Errors: [`BallastError::Overflow`].
    pub fn keep(&mut self, moved: &CashMoved) -> Result<()> {
        let debts = self.debts_e6.checked_add(moved.debts_e6);
        let uncollected = self.uncollected_e6.checked_sub(moved.collected_e6);
        self.debts_e6 = debts.ok_or_else(|| error!(BallastError::Overflow))?;
        self.uncollected_e6 = uncollected.ok_or_else(|| error!(BallastError::Overflow))?;
        Ok(())
    }
}

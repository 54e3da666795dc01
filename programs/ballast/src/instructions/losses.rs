//! Keeping what a change of cash means for the house's sums, and saying what was collected.

use crate::{
    events::LossCollected,
    state::{CashLedger, CashMoved},
};
use anchor_lang::prelude::*;

/// Keeps a change of a portfolio's cash in a ledger; a part of a shared loss that was collected is told by an event.
/// Errors: [`crate::error::BallastError::Overflow`].
pub fn keep_cash(ledger: &mut CashLedger, portfolio: Pubkey, moved: &CashMoved) -> Result<()> {
    ledger.keep(moved)?;
    if moved.collected_e6 != 0 {
        emit!(LossCollected { portfolio, collected_e6: moved.collected_e6 });
    }
    Ok(())
}

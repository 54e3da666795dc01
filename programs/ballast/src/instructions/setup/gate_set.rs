//! `gate_set`: closes or opens gates.
//!
//! Tightening is quick, loosening is not the guardian's: the guardian may only close, the admin may also open. Deposits,
//! risk reduction, liquidation and settlement have no gate.

use crate::{constants::GATES_ALL, error::BallastError, events::GatesSet, state::Exchange};
use anchor_lang::prelude::*;

/// Accounts of `gate_set`.
#[derive(Accounts)]
pub struct GateSet<'info> {
    /// The guardian or the admin.
    pub authority: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
}

/// Sets the gate bits; a set bit is closed. Errors: [`BallastError::ParameterOutOfBounds`] for a bit that is no gate,
/// [`BallastError::NotGuardian`] for a stranger or a guardian who would open one.
pub fn gate_set(context: Context<GateSet>, gates: u64) -> Result<()> {
    let mut exchange = context.accounts.exchange.load_mut()?;
    require!(gates & !GATES_ALL == 0, BallastError::ParameterOutOfBounds);
    let authority = context.accounts.authority.key();
    let before = exchange.gates;
    let only_closes = before & !gates == 0;
    let permitted = authority == exchange.admin || (authority == exchange.guardian && only_closes);
    require!(permitted, BallastError::NotGuardian);
    exchange.gates = gates;
    emit!(GatesSet { authority, before, after: gates });
    Ok(())
}

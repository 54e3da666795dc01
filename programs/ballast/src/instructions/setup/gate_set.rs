//! `gate_set`: closes or opens gates until it is called again.
//!
//! The admin's; who has to be quicker is the guardian, with `pause`. Deposits, risk reduction, liquidation and settlement
//! have no gate.

use crate::{constants::GATES_ALL, error::BallastError, events::GatesSet, state::Exchange};
use anchor_lang::prelude::*;

/// Accounts of `gate_set`.
#[derive(Accounts)]
pub struct GateSet<'info> {
    /// The admin.
    pub admin: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
}

/// Sets the gate bits; a set bit is closed. A pause runs on. Errors: [`BallastError::ParameterOutOfBounds`] for a bit that
/// is no gate, [`BallastError::NotAdmin`].
pub fn gate_set(context: Context<GateSet>, gates: u64) -> Result<()> {
    let mut exchange = context.accounts.exchange.load_mut()?;
    require!(gates & !GATES_ALL == 0, BallastError::ParameterOutOfBounds);
    let admin = context.accounts.admin.key();
    require_keys_eq!(exchange.admin, admin, BallastError::NotAdmin);
    let before = exchange.gates;
    exchange.gates = gates;
    emit!(GatesSet { admin, before, after: gates });
    Ok(())
}

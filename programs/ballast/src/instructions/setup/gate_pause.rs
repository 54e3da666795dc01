//! `pause`, `unpause`: close gates for half an hour, and open them before it is over.
//!
//! The guardian answers first, often one key: what it closes opens by itself. What has to stay closed the admin closes with
//! `gate_set`.

use crate::{
    constants::{GATES_ALL, PAUSE_SECS},
    error::BallastError,
    events::{GatesPaused, GatesUnpaused},
    state::Exchange,
};
use anchor_lang::prelude::*;

/// Accounts of `pause` and `unpause`.
#[derive(Accounts)]
pub struct GatePauseAccounts<'info> {
    /// The guardian or the admin.
    pub authority: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
}

/// Pauses the gates of these bits for half an hour from now; one that is paused already, until then. Errors:
/// [`BallastError::ParameterOutOfBounds`] for no bit or one that is no gate, [`BallastError::NotGuardian`],
/// [`BallastError::PauseSpent`] if one of the gates was paused twice without a rest; then none is.
pub fn pause(context: Context<GatePauseAccounts>, gates: u64) -> Result<()> {
    let authority = context.accounts.authority.key();
    let mut exchange = context.accounts.exchange.load_mut()?;
    require_permitted(&exchange, &authority, gates)?;
    let now = Clock::get()?.unix_timestamp;
    for pause in exchange.pauses_of(gates) {
        pause.begin(now)?;
    }
    emit!(GatesPaused { authority, gates, until: now.saturating_add(PAUSE_SECS) });
    Ok(())
}

/// Ends the pauses of the gates of these bits; those that are not paused stay as they are. Errors:
/// [`BallastError::ParameterOutOfBounds`] for no bit or one that is no gate, [`BallastError::NotGuardian`].
pub fn unpause(context: Context<GatePauseAccounts>, gates: u64) -> Result<()> {
    let authority = context.accounts.authority.key();
    let mut exchange = context.accounts.exchange.load_mut()?;
    require_permitted(&exchange, &authority, gates)?;
    let now = Clock::get()?.unix_timestamp;
    for pause in exchange.pauses_of(gates) {
        pause.end(now);
    }
    emit!(GatesUnpaused { authority, gates });
    Ok(())
}

fn require_permitted(exchange: &Exchange, authority: &Pubkey, gates: u64) -> Result<()> {
    require!(gates != 0 && gates & !GATES_ALL == 0, BallastError::ParameterOutOfBounds);
    let permitted = *authority == exchange.guardian || *authority == exchange.admin;
    require!(permitted, BallastError::NotGuardian);
    Ok(())
}

//! `collect_loss`: anyone has a portfolio's cash written as it is after losses that were shared. Every instruction that
//! moves the cash does it too; this one only does that.

use crate::{
    error::BallastError,
    instructions::losses::keep_cash,
    state::{Exchange, Portfolio},
};
use anchor_lang::prelude::*;

/// Accounts of `collect_loss`.
#[derive(Accounts)]
pub struct CollectLoss<'info> {
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The portfolio.
    #[account(mut)]
    pub portfolio: AccountLoader<'info, Portfolio>,
}

/// Collects. Errors: [`BallastError::NoLossDue`].
pub fn collect_loss(context: Context<CollectLoss>) -> Result<()> {
    let accounts = &context.accounts;
    let mut exchange = accounts.exchange.load_mut()?;
    let moved = accounts.portfolio.load_mut()?.share_losses(&exchange.cash_index());
    require!(moved.collected_e6 > 0, BallastError::NoLossDue);
    keep_cash(&mut exchange.ledger, accounts.portfolio.key(), &moved)
}

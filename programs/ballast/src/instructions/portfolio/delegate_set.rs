//! `delegate_set`: names who may trade for a portfolio, never withdraw, until a time.

use crate::{constants::DELEGATE_SECS_MAX, error::BallastError, events::DelegateSet, state::Portfolio};
use anchor_lang::prelude::*;

/// Accounts of `delegate_set`.
#[derive(Accounts)]
pub struct DelegateSetAccounts<'info> {
    /// Owner of the portfolio.
    pub owner: Signer<'info>,
    /// The portfolio.
    #[account(mut)]
    pub portfolio: AccountLoader<'info, Portfolio>,
}

/// Names a delegate until a time, or dismisses it with the default key. Errors: [`BallastError::NotOwner`],
/// [`BallastError::Frozen`], [`BallastError::DelegateLapse`].
pub fn delegate_set(context: Context<DelegateSetAccounts>, delegate: Pubkey, until: i64) -> Result<()> {
    let mut portfolio = context.accounts.portfolio.load_mut()?;
    require_keys_eq!(portfolio.owner, context.accounts.owner.key(), BallastError::NotOwner);
    require!(!portfolio.is_frozen(), BallastError::Frozen);
    let until = if delegate == Pubkey::default() {
        0
    } else {
        let secs = until.saturating_sub(Clock::get()?.unix_timestamp);
        require!((1..=DELEGATE_SECS_MAX).contains(&secs), BallastError::DelegateLapse);
        until
    };
    portfolio.delegate = delegate;
    portfolio.delegate_until = until;
    portfolio.bump_sequence()?;
    emit!(DelegateSet { portfolio: context.accounts.portfolio.key(), delegate, until });
    Ok(())
}

//! `portfolio_close`: closes an empty portfolio; the rent goes to its owner.

use crate::{error::BallastError, events::PortfolioClosed, state::Portfolio};
use anchor_lang::prelude::*;

/// Accounts of `portfolio_close`.
#[derive(Accounts)]
pub struct PortfolioClose<'info> {
    /// Owner of the portfolio.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// The portfolio.
    #[account(mut, close = owner)]
    pub portfolio: AccountLoader<'info, Portfolio>,
}

/// Closes an empty portfolio. Errors: [`BallastError::NotOwner`], [`BallastError::Frozen`], [`BallastError::NotEmpty`].
pub fn portfolio_close(context: Context<PortfolioClose>) -> Result<()> {
    let owner = context.accounts.owner.key();
    let portfolio = context.accounts.portfolio.load()?;
    require_keys_eq!(portfolio.owner, owner, BallastError::NotOwner);
    require!(!portfolio.is_frozen(), BallastError::Frozen);
    require!(portfolio.is_empty(), BallastError::NotEmpty);
    emit!(PortfolioClosed { portfolio: context.accounts.portfolio.key(), owner });
    Ok(())
}

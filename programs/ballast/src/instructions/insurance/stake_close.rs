//! `stake_close`: closes an empty stake; the rent goes to its owner.

use crate::{
    error::BallastError,
    events::StakeClosed,
    state::{Exchange, InsuranceStake},
};
use anchor_lang::prelude::*;

/// Accounts of `stake_close`.
#[derive(Accounts)]
pub struct StakeClose<'info> {
    /// Owner of the stake.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The stake.
    #[account(mut, close = owner)]
    pub stake: AccountLoader<'info, InsuranceStake>,
}

/// Closes a stake without shares that are worth anything. Errors: [`BallastError::NotOwner`],
/// [`BallastError::NotEmpty`].
pub fn stake_close(context: Context<StakeClose>) -> Result<()> {
    let accounts = &context.accounts;
    let mut stake = accounts.stake.load_mut()?;
    require_keys_eq!(stake.owner, accounts.owner.key(), BallastError::NotOwner);
    stake.refresh(&accounts.exchange.load()?.fund());
    require!(stake.shares == 0 && stake.leaving_shares == 0, BallastError::NotEmpty);
    emit!(StakeClosed { stake: accounts.stake.key(), owner: stake.owner });
    Ok(())
}

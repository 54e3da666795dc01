//! `insurance_unstake`: an owner asks shares of the insurance fund back. From this moment they earn nothing more; they pay
//! their part of every claim until they are claimed, a cooldown later.

use crate::{
    constants::STAKE_COOLDOWN_SECS,
    error::BallastError,
    events::InsuranceUnstaked,
    state::{Exchange, InsuranceStake},
};
use anchor_lang::prelude::*;

/// Accounts of `insurance_unstake`.
#[derive(Accounts)]
pub struct StakeLeave<'info> {
    /// Owner of the stake.
    pub owner: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The stake.
    #[account(mut)]
    pub stake: AccountLoader<'info, InsuranceStake>,
}

/// Asks `shares` back; with none, asks anew for what is leaving already. Either way the cooldown of all that is leaving
/// begins now. Errors: [`BallastError::NotOwner`], [`BallastError::ShortfallOpen`],
/// [`BallastError::InsufficientShares`], [`BallastError::ZeroAmount`] when nothing would be leaving,
/// [`BallastError::StakeTooSmall`].
pub fn insurance_unstake(context: Context<StakeLeave>, shares: u64) -> Result<()> {
    let accounts = &context.accounts;
    let now = Clock::get()?.unix_timestamp;
    let mut exchange = accounts.exchange.load_mut()?;
    let mut stake = accounts.stake.load_mut()?;
    require_keys_eq!(stake.owner, accounts.owner.key(), BallastError::NotOwner);
    require!(exchange.shortfall_e6 == 0, BallastError::ShortfallOpen);
    let mut fund = exchange.fund();
    stake.refresh(&fund);
    let mut value_e6 = 0;
    if shares > 0 {
        stake.shares = stake.shares.checked_sub(shares).ok_or(BallastError::InsufficientShares)?;
        let left = fund.unstake(shares, now).ok_or(BallastError::StakeTooSmall)?;
        stake.leaving_shares =
            stake.leaving_shares.checked_add(left.leaving_shares).ok_or(BallastError::Overflow)?;
        value_e6 = left.value_e6;
        exchange.set_fund(&fund);
    }
    require!(stake.leaving_shares > 0, BallastError::ZeroAmount);
    stake.claimable_at = now.saturating_add(STAKE_COOLDOWN_SECS);
    emit!(InsuranceUnstaked {
        stake: accounts.stake.key(),
        owner: stake.owner,
        shares,
        value_e6,
        leaving_shares: stake.leaving_shares,
        claimable_at: stake.claimable_at,
    });
    Ok(())
}

//! `stake_open`: opens an owner's stake in the insurance fund, empty.

use crate::{
    constants::{ACCOUNT_VERSION, SEED_STAKE},
    events::StakeOpened,
    state::InsuranceStake,
};
use anchor_lang::prelude::*;

/// Accounts of `stake_open`.
#[derive(Accounts)]
pub struct StakeOpen<'info> {
    /// Pays the rent, which goes to the owner when the stake is closed.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Owner of the stake.
    pub owner: Signer<'info>,
    /// The stake.
    #[account(
        init,
        payer = payer,
        space = 8 + core::mem::size_of::<InsuranceStake>(),
        seeds = [SEED_STAKE, owner.key().as_ref()],
        bump,
    )]
    pub stake: AccountLoader<'info, InsuranceStake>,
    /// System program.
    pub system_program: Program<'info, System>,
}

/// Opens a stake.
pub fn stake_open(context: Context<StakeOpen>) -> Result<()> {
    let accounts = &context.accounts;
    let mut stake = accounts.stake.load_init()?;
    stake.version = ACCOUNT_VERSION;
    stake.bump = context.bumps.stake;
    stake.owner = accounts.owner.key();
    emit!(StakeOpened { stake: accounts.stake.key(), owner: stake.owner });
    Ok(())
}

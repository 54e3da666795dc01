//! `insurance_stake`: an owner pays quote currency into the insurance fund for shares of it.
//!
//! A share costs its part of the whole staked pool, of what is not earned yet too. What arrives is credited.

use crate::{
    adapters::token::Transfer,
    constants::QUOTE_DECIMALS,
    error::BallastError,
    events::InsuranceStaked,
    state::{Exchange, InsuranceStake},
};
use anchor_lang::prelude::*;

/// Accounts of `insurance_stake`.
#[derive(Accounts)]
pub struct StakeIn<'info> {
    /// Owner of the stake and of `source`.
    pub owner: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The stake.
    #[account(mut)]
    pub stake: AccountLoader<'info, InsuranceStake>,
    /// CHECK: the owner's account of the quote currency; the token program checks mint and authority.
    #[account(mut)]
    pub source: UncheckedAccount<'info>,
    /// CHECK: must be the quote vault the exchange stores.
    #[account(mut)]
    pub quote_vault: UncheckedAccount<'info>,
    /// CHECK: must be the quote mint the exchange stores.
    pub quote_mint: UncheckedAccount<'info>,
    /// CHECK: must be the token program the exchange stores for the quote currency.
    pub token_program: UncheckedAccount<'info>,
}

/// Pays `amount` (1e-6 quote) in. Errors: [`BallastError::ZeroAmount`], [`BallastError::NotOwner`],
/// [`BallastError::ShortfallOpen`], [`BallastError::StakeTooSmall`], [`BallastError::WrongMint`],
/// [`BallastError::WrongVault`], [`BallastError::WrongTokenProgram`], [`BallastError::NothingReceived`], the token
/// program's.
pub fn insurance_stake(context: Context<StakeIn>, amount: u64) -> Result<()> {
    let accounts = &context.accounts;
    require!(amount > 0, BallastError::ZeroAmount);
    let quote = [&accounts.quote_mint, &accounts.quote_vault, &accounts.token_program];
    validate(&*accounts.exchange.load()?, &*accounts.stake.load()?, accounts.owner.key, quote)?;
    let transfer = Transfer {
        token_program: &accounts.token_program,
        mint: &accounts.quote_mint,
        decimals: QUOTE_DECIMALS,
        vault: &accounts.quote_vault,
        user: &accounts.source,
    };
    let received = transfer.receive(&accounts.owner, amount)?;
    let received_e6 = i64::try_from(received).map_err(|_| error!(BallastError::Overflow))?;

    let now = Clock::get()?.unix_timestamp;
    let mut exchange = accounts.exchange.load_mut()?;
    let mut stake = accounts.stake.load_mut()?;
    let mut fund = exchange.fund();
    stake.refresh(&fund);
    let shares_bought = fund.stake(received_e6).ok_or(BallastError::StakeTooSmall)?;
    stake.shares = stake.shares.checked_add(shares_bought).ok_or(BallastError::Overflow)?;
    exchange.set_fund(&fund);
    exchange.move_claims(received_e6)?;
    exchange.quote_outflow.advance(now);
    exchange.quote_outflow.record(received_e6.saturating_neg());
    emit!(InsuranceStaked {
        stake: accounts.stake.key(),
        owner: stake.owner,
        amount,
        received,
        shares_bought,
        shares: stake.shares,
        insurance_e6: exchange.insurance_e6,
        insurance_shares: exchange.insurance_shares,
    });
    Ok(())
}

/// The stake is the signer's, no shortfall is open, and mint, vault and token program are the quote currency's.
pub(super) fn validate(
    exchange: &Exchange,
    stake: &InsuranceStake,
    owner: &Pubkey,
    [mint, vault, token_program]: [&UncheckedAccount; 3],
) -> Result<()> {
    require_keys_eq!(stake.owner, *owner, BallastError::NotOwner);
    require_keys_eq!(*mint.key, exchange.quote_mint, BallastError::WrongMint);
    require_keys_eq!(*vault.key, exchange.quote_vault, BallastError::WrongVault);
    require_keys_eq!(*token_program.key, exchange.quote_token_program, BallastError::WrongTokenProgram);
    // Who came in now would pay for what is lost already; who went out now would leave it to the others.
    require!(exchange.shortfall_e6 == 0, BallastError::ShortfallOpen);
    Ok(())
}

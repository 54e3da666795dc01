//! `insurance_claim`: pays out what was asked back and waited for.
//!
//! Bound by the withdrawal guard of the quote vault like any withdrawal, so a large stake leaves in parts. Only for two
//! days: whoever could leave at any moment would leave before every claim on the fund.

use super::insurance_stake::validate;
use crate::{
    adapters::token::{token_amount, Transfer},
    constants::{GATE_WITHDRAW, OUTFLOW_SHARE_MAX_E6, QUOTE_DECIMALS, STAKE_CLAIM_SECS},
    error::BallastError,
    events::InsuranceClaimed,
    state::{Exchange, InsuranceStake},
};
use anchor_lang::prelude::*;
use ballast_risk::outflow::withdrawable;

/// Accounts of `insurance_claim`.
#[derive(Accounts)]
pub struct StakeOut<'info> {
    /// Owner of the stake.
    pub owner: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The stake.
    #[account(mut)]
    pub stake: AccountLoader<'info, InsuranceStake>,
    /// CHECK: any account of the quote currency but the vault; the token program checks it.
    #[account(mut)]
    pub destination: UncheckedAccount<'info>,
    /// CHECK: must be the quote vault the exchange stores.
    #[account(mut)]
    pub quote_vault: UncheckedAccount<'info>,
    /// CHECK: must be the quote mint the exchange stores.
    pub quote_mint: UncheckedAccount<'info>,
    /// CHECK: must be the token program the exchange stores for the quote currency.
    pub token_program: UncheckedAccount<'info>,
}

/// Pays out shares of the leaving pool. Errors: [`BallastError::ZeroAmount`], [`BallastError::NotOwner`],
/// [`BallastError::ShortfallOpen`], [`BallastError::GateClosed`], [`BallastError::InsufficientShares`],
/// [`BallastError::CooldownRunning`], [`BallastError::CooldownLapsed`], [`BallastError::StakeTooSmall`],
/// [`BallastError::OutflowLimit`], those about token accounts, the token program's.
pub fn insurance_claim(context: Context<StakeOut>, leaving_shares: u64) -> Result<()> {
    let accounts = &context.accounts;
    require!(leaving_shares > 0, BallastError::ZeroAmount);
    let quote = [&accounts.quote_mint, &accounts.quote_vault, &accounts.token_program];
    validate(&*accounts.exchange.load()?, &*accounts.stake.load()?, accounts.owner.key, quote)?;
    let now = Clock::get()?.unix_timestamp;
    let vault_amount = token_amount(&accounts.quote_vault)?;
    let (amount, outflow, bump) = {
        let mut exchange = accounts.exchange.load_mut()?;
        let mut stake = accounts.stake.load_mut()?;
        let amount = take_out(&mut exchange, &mut stake, leaving_shares, now)?;
        let outflow = guard_outflow(&mut exchange, amount, vault_amount, now)?;
        (amount, outflow, exchange.bump)
    };
    let transfer = Transfer {
        token_program: &accounts.token_program,
        mint: &accounts.quote_mint,
        decimals: QUOTE_DECIMALS,
        vault: &accounts.quote_vault,
        user: &accounts.destination,
    };
    transfer.send(accounts.exchange.as_ref(), bump, amount)?;
    emit!(InsuranceClaimed {
        stake: accounts.stake.key(),
        owner: accounts.owner.key(),
        destination: accounts.destination.key(),
        leaving_shares,
        amount,
        insurance_e6: accounts.exchange.load()?.insurance_e6,
        outflow,
    });
    Ok(())
}

/// Takes shares out of stake and fund at their time and says what they are worth, 1e-6 quote.
fn take_out(
    exchange: &mut Exchange,
    stake: &mut InsuranceStake,
    leaving_shares: u64,
    now: i64,
) -> Result<u64> {
    exchange.require_open(GATE_WITHDRAW, now)?;
    let mut fund = exchange.fund();
    stake.refresh(&fund);
    let left = stake.leaving_shares.checked_sub(leaving_shares).ok_or(BallastError::InsufficientShares)?;
    require!(now >= stake.claimable_at, BallastError::CooldownRunning);
    let ripe_secs = now.saturating_sub(stake.claimable_at);
    require!(ripe_secs <= STAKE_CLAIM_SECS, BallastError::CooldownLapsed);
    let value_e6 = fund.claim(leaving_shares).ok_or(BallastError::StakeTooSmall)?;
    stake.leaving_shares = left;
    stake.refresh(&fund);
    exchange.set_fund(&fund);
    exchange.move_claims(value_e6.saturating_neg())?;
    u64::try_from(value_e6).map_err(|_| error!(BallastError::Overflow))
}

/// Refuses what would take the quote vault's net outflow of the last hour above its share; returns the outflow with this.
fn guard_outflow(exchange: &mut Exchange, amount: u64, vault_amount: u64, now: i64) -> Result<i64> {
    let window = &mut exchange.quote_outflow;
    window.advance(now);
    let most = withdrawable(vault_amount, window.net(), OUTFLOW_SHARE_MAX_E6);
    require!(amount <= most, BallastError::OutflowLimit);
    window.record(i64::try_from(amount).unwrap_or(i64::MAX));
    Ok(window.net())
}

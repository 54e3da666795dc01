//! `fees_sweep`: anyone moves a market's trading fees to insurance.
//!
//! Fees accrue in the market so that trades of different markets share no writable account.

use crate::{
    error::BallastError,
    events::FeesSwept,
    state::{Exchange, Market},
};
use anchor_lang::prelude::*;

/// Accounts of `fees_sweep`.
#[derive(Accounts)]
pub struct FeesSweep<'info> {
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The market.
    #[account(mut)]
    pub market: AccountLoader<'info, Market>,
}

/// Moves a market's fees to insurance. Errors: [`BallastError::NoFees`], [`BallastError::Overflow`].
pub fn fees_sweep(context: Context<FeesSweep>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let mut exchange = context.accounts.exchange.load_mut()?;
    let mut market = context.accounts.market.load_mut()?;
    let fees_e6 = market.fees_e6;
    require!(fees_e6 > 0, BallastError::NoFees);
    let mut fund = exchange.fund();
    fund.contribute(fees_e6, now).ok_or(BallastError::Overflow)?;
    exchange.set_fund(&fund);
    market.fees_e6 = 0;
    emit!(FeesSwept { market: market.id, fees_e6, insurance_e6: exchange.insurance_e6 });
    Ok(())
}

//! `portfolio_open`: opens one of an owner's portfolios.

use crate::{
    constants::{ACCOUNT_VERSION, GATE_PORTFOLIO_OPEN, SEED_PORTFOLIO},
    error::BallastError,
    events::PortfolioOpened,
    state::{Exchange, Portfolio, MODE_CROSS, MODE_ISOLATED},
};
use anchor_lang::prelude::*;

/// Bits of a sequence number below the slot it starts from.
const SEQUENCE_SHIFT: u32 = 16;

/// Accounts of `portfolio_open`.
#[derive(Accounts)]
#[instruction(index: u16)]
pub struct PortfolioOpen<'info> {
    /// Pays the rent, which goes to the owner when the portfolio is closed.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Owner of the portfolio.
    pub owner: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The portfolio.
    #[account(
        init,
        payer = payer,
        space = 8 + core::mem::size_of::<Portfolio>(),
        seeds = [SEED_PORTFOLIO, owner.key().as_ref(), &index.to_le_bytes()],
        bump,
    )]
    pub portfolio: AccountLoader<'info, Portfolio>,
    /// System program.
    pub system_program: Program<'info, System>,
}

/// Opens a portfolio: cross, or isolated to one market (of which `isolated_market` is the id; 0 for cross).
/// Errors: [`BallastError::GateClosed`], [`BallastError::PortfolioMode`].
pub fn portfolio_open(
    context: Context<PortfolioOpen>,
    index: u16,
    mode: u8,
    isolated_market: u8,
) -> Result<()> {
    let accounts = &context.accounts;
    let exchange = accounts.exchange.load()?;
    let clock = Clock::get()?;
    exchange.require_open(GATE_PORTFOLIO_OPEN, clock.unix_timestamp)?;
    let known = match mode {
        MODE_CROSS => isolated_market == 0,
        MODE_ISOLATED => u16::from(isolated_market) < exchange.market_count,
        _ => false,
    };
    require!(known, BallastError::PortfolioMode);

    let mut portfolio = accounts.portfolio.load_init()?;
    portfolio.version = ACCOUNT_VERSION;
    portfolio.bump = context.bumps.portfolio;
    portfolio.index = index;
    portfolio.mode = mode;
    portfolio.isolated_market = isolated_market;
    portfolio.owner = accounts.owner.key();
    portfolio.cash_index_e12 = exchange.cash_index_e12;
    portfolio.cash_generation = exchange.cash_generation;
    portfolio.sequence = clock.slot.checked_shl(SEQUENCE_SHIFT).unwrap_or(0);
    emit!(PortfolioOpened {
        portfolio: accounts.portfolio.key(),
        owner: portfolio.owner,
        index,
        mode,
        isolated_market,
    });
    Ok(())
}

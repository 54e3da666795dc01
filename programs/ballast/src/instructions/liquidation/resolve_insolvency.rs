//! `resolve_insolvency`: anyone relieves a portfolio of a debt when it has nothing left to sell. Insurance pays what it can;
//! the rest is an open shortfall, for `socialise_shortfall` to share, and until then nobody withdraws.
//!
//! Needs no price: there is nothing to value. Works on frozen portfolios and frees them.

use super::auction::free;
use crate::{
    constants::SHORTFALL_MIN_E6,
    error::BallastError,
    events::InsolvencyResolved,
    state::{Exchange, Portfolio},
};
use anchor_lang::prelude::*;
use ballast_risk::losses::cover;

/// Accounts of `resolve_insolvency`.
#[derive(Accounts)]
pub struct ResolveInsolvency<'info> {
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The portfolio in debt.
    #[account(mut)]
    pub portfolio: AccountLoader<'info, Portfolio>,
}

/// Resolves a debt. Errors: [`BallastError::NoDebt`], [`BallastError::AssetsLeft`], [`BallastError::ShortfallTooSmall`].
pub fn resolve_insolvency(context: Context<ResolveInsolvency>) -> Result<()> {
    let accounts = &context.accounts;
    let now = Clock::get()?.unix_timestamp;
    let mut exchange = accounts.exchange.load_mut()?;
    let mut portfolio = accounts.portfolio.load_mut()?;
    require!(portfolio.cash_e6 < 0, BallastError::NoDebt);
    require!(!portfolio.has_assets(), BallastError::AssetsLeft);

    let debt_e6 = portfolio.cash_e6.saturating_neg();
    let mut fund = exchange.fund();
    let covered = cover(&mut fund, debt_e6);
    let is_open = covered.shortfall_e6 > 0;
    require!(!is_open || covered.shortfall_e6 >= SHORTFALL_MIN_E6, BallastError::ShortfallTooSmall);
    exchange.set_fund(&fund);
    exchange.open_shortfall(covered.shortfall_e6)?;
    let moved = portfolio.add_cash(debt_e6, &exchange.cash_index(), now)?;
    exchange.ledger.keep(&moved)?;
    free(&mut portfolio);
    portfolio.bump_sequence()?;
    portfolio.forget_report();
    emit!(InsolvencyResolved {
        portfolio: accounts.portfolio.key(),
        debt_e6,
        insurance_paid_e6: covered.insurance_e6,
        insurance_e6: exchange.insurance_e6,
        shortfall_e6: exchange.shortfall_e6,
    });
    Ok(())
}

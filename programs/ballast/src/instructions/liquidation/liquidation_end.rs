//! `liquidation_end`: anyone frees a flagged portfolio that passes the exit test, be it by a deposit or by the market.

use super::auction::{free, is_over};
use crate::{
    adapters::{
        oracle::Action,
        prices::Needed,
        valuation::{Recording, Valuation},
    },
    error::BallastError,
    events::{LiquidationEnded, MarginAfter},
    state::{Exchange, Portfolio},
};
use anchor_lang::prelude::*;
use ballast_risk::Scratch;

/// Accounts of `liquidation_end`. Remaining accounts: those of a valuation of the portfolio, markets writable.
#[derive(Accounts)]
pub struct LiquidationEnd<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The portfolio.
    #[account(mut)]
    pub portfolio: AccountLoader<'info, Portfolio>,
}

/// Frees a portfolio. Errors: [`BallastError::NotFlagged`], [`BallastError::ExitNotReached`], prices that nobody may be
/// liquidated on, and those of the valuation.
pub fn liquidation_end<'info>(context: Context<'info, LiquidationEnd<'info>>) -> Result<()> {
    let (accounts, clock) = (&*context.accounts, Clock::get()?);
    let exchange = accounts.exchange.load()?;
    let mut portfolio = accounts.portfolio.load_mut()?;
    require!(portfolio.is_frozen(), BallastError::NotFlagged);

    let needed = Needed::of(&exchange, &portfolio);
    let now = clock.unix_timestamp;
    let valuation =
        Valuation::open(&exchange, needed, context.remaining_accounts, now, Recording::PublishTimes)?;
    valuation.require_of(&exchange, needed, Action::Liquidate)?;
    let mut scratch: Box<Scratch> = bytemuck::allocation::zeroed_box();
    let report = valuation.report(&exchange, &portfolio, &mut scratch)?;

    if !is_over(&portfolio, &report) {
        let refusal = error!(BallastError::ExitNotReached);
        return Err(refusal.with_values(("excess_exit_e6", report.excess_exit_e6)));
    }
    let slices = free(&mut portfolio);
    portfolio.bump_sequence()?;
    portfolio.store_report(report, &clock);
    emit!(LiquidationEnded {
        portfolio: accounts.portfolio.key(),
        slices,
        margin: MarginAfter::from(&report)
    });
    Ok(())
}

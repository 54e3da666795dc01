//! `liquidation_start`: anyone flags a portfolio that is under maintenance margin. It is frozen, but for deposits and
//! liquidation, and the discount of its auction grows from this moment.

use super::auction::flag;
use crate::{
    adapters::{
        oracle::Action,
        prices::Needed,
        valuation::{Recording, Valuation},
    },
    error::BallastError,
    events::{LiquidationStarted, MarginAfter},
    state::{Exchange, Portfolio},
};
use anchor_lang::prelude::*;
use ballast_risk::Scratch;

/// Accounts of `liquidation_start`. Remaining accounts: those of a valuation of the portfolio, markets writable.
#[derive(Accounts)]
pub struct LiquidationStart<'info> {
    /// Whoever flags.
    pub flagger: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The portfolio.
    #[account(mut)]
    pub portfolio: AccountLoader<'info, Portfolio>,
}

/// Flags a portfolio. Errors: [`BallastError::AlreadyFlagged`], [`BallastError::Healthy`], prices that nobody may be
/// liquidated on, and those of the valuation.
pub fn liquidation_start<'info>(context: Context<'info, LiquidationStart<'info>>) -> Result<()> {
    let (accounts, clock) = (&*context.accounts, Clock::get()?);
    let exchange = accounts.exchange.load()?;
    let mut portfolio = accounts.portfolio.load_mut()?;
    require!(!portfolio.is_frozen(), BallastError::AlreadyFlagged);

    let needed = Needed::of(&exchange, &portfolio);
    let now = clock.unix_timestamp;
    let valuation =
        Valuation::open(&exchange, needed, context.remaining_accounts, now, Recording::PublishTimes)?;
    valuation.require_of(&exchange, needed, Action::Liquidate)?;
    let mut scratch: Box<Scratch> = bytemuck::allocation::zeroed_box();
    let report = valuation.report(&exchange, &portfolio, &mut scratch)?;

    let flagged_by = accounts.flagger.key();
    flag(&mut portfolio, &report, flagged_by, &clock)?;
    portfolio.bump_sequence()?;
    portfolio.store_report(report, &clock);
    emit!(LiquidationStarted {
        portfolio: accounts.portfolio.key(),
        flagged_by,
        flagged_at: now,
        sequence: portfolio.sequence,
        margin: MarginAfter::from(&report),
    });
    Ok(())
}

//! `settle_portfolio`: anyone turns a portfolio's lines of settled expiries into cash.
//!
//! The holder's cash changes by the payoff, rounded down, and the expiry's escrow by the exact opposite; when the last
//! line of the expiry is gone what rounding left is the market's fees. No margin is asked: the engine values settled lines
//! at this very payoff. It may take the cash below zero, and it works on frozen portfolios.

use crate::{
    error::BallastError,
    events::PortfolioSettled,
    instructions::losses::keep_cash,
    state::{Exchange, LineChange, LineKey, Market, Portfolio, PositionLine, EXPIRY_SETTLED},
};
use anchor_lang::prelude::*;
use ballast_risk::{losses::CashIndex, settlement::payoff_e6};

/// Accounts of `settle_portfolio`. Remaining accounts: the markets to settle, writable, each once.
#[derive(Accounts)]
pub struct SettlePortfolio<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The portfolio.
    #[account(mut)]
    pub portfolio: AccountLoader<'info, Portfolio>,
}

/// Settles every line of a settled expiry of the markets given. Errors: [`BallastError::WrongMarket`],
/// [`BallastError::NothingToSettle`] when no line of a market given is settled, [`BallastError::LineMismatch`].
pub fn settle_portfolio<'info>(context: Context<'info, SettlePortfolio<'info>>) -> Result<()> {
    let accounts = &*context.accounts;
    let now = Clock::get()?.unix_timestamp;
    let exchange = accounts.exchange.load()?;
    let mut portfolio = accounts.portfolio.load_mut()?;
    require!(!context.remaining_accounts.is_empty(), BallastError::AccountMissing);
    for account in context.remaining_accounts {
        let id = exchange.market_id(account.key).ok_or(BallastError::WrongMarket)?;
        let loader: AccountLoader<Market> = AccountLoader::try_from(account)?;
        let mut market = loader.load_mut()?;
        require!(market.id == id, BallastError::WrongMarket);
        let at = (accounts.portfolio.key(), exchange.cash_index());
        let settled = settle_market(&mut portfolio, &mut market, &at, now)?;
        require!(settled, BallastError::NothingToSettle);
    }
    Ok(())
}

/// Settles the portfolio's lines of one market expiry by expiry; lines are sorted by expiry. Says whether there were any.
fn settle_market(
    portfolio: &mut Portfolio,
    market: &mut Market,
    (key, index): &(Pubkey, CashIndex),
    now: i64,
) -> Result<bool> {
    let mut settled = false;
    let mut from = 0;
    while let Some(line) = next_settled(portfolio, market, from)? {
        let (expiry_slot, expiry_ts) = (line.expiry_slot, line.expiry_ts);
        let before = portfolio.line_count;
        let payoff_e6 = close_lines(portfolio, market, expiry_slot)?;
        let lines = before.saturating_sub(portfolio.line_count);
        let moved = portfolio.add_cash(payoff_e6, index, now)?;
        keep_cash(&mut market.ledger, *key, &moved)?;
        let (settled_e8, residue_e6) = pay_from_escrow(market, expiry_slot, payoff_e6)?;
        settled = true;
        from = expiry_ts.saturating_add(1);
        emit!(PortfolioSettled {
            portfolio: *key,
            market: market.id,
            expiry_ts: i64::from(expiry_ts),
            settled_e8,
            lines,
            payoff_e6,
            cash_e6: portfolio.cash_e6,
            residue_e6,
        });
    }
    Ok(settled)
}

/// The first line of the market in a settled expiry at or after `from`.
fn next_settled(portfolio: &Portfolio, market: &Market, from: u32) -> Result<Option<PositionLine>> {
    for line in portfolio.lines_of(market.id).iter().filter(|line| line.expiry_ts >= from) {
        let expiry = market.expiry(line.expiry_slot)?;
        require!(expiry.expiry_ts == i64::from(line.expiry_ts), BallastError::LineMismatch);
        if expiry.status == EXPIRY_SETTLED {
            return Ok(Some(*line));
        }
    }
    Ok(None)
}

/// Removes the portfolio's lines of a settled expiry, books the open interest, and sums their payoffs, 1e-6 quote.
fn close_lines(portfolio: &mut Portfolio, market: &mut Market, expiry_slot: u8) -> Result<i64> {
    let id = market.id;
    let mut payoff_sum_e6 = 0i64;
    for line in portfolio.lines_of(id).iter().filter(|line| line.expiry_slot == expiry_slot) {
        let payoff_e6 = line_payoff_e6(market, line)?;
        payoff_sum_e6 = payoff_sum_e6.checked_add(payoff_e6).ok_or(BallastError::Overflow)?;
        let key =
            LineKey { market: id, expiry_slot, strike_slot: line.strike_slot, expiry_ts: line.expiry_ts };
        let closed = LineChange {
            calls_before_e6: line.calls_e6,
            puts_before_e6: line.puts_e6,
            ..LineChange::default()
        };
        market.record(&key, &closed)?;
    }
    portfolio.remove_lines(|line| line.market == id && line.expiry_slot == expiry_slot);
    Ok(payoff_sum_e6)
}

/// What one line pays its holder at the settlement price, 1e-6 quote, rounded down.
fn line_payoff_e6(market: &Market, line: &PositionLine) -> Result<i64> {
    let expiry = market.expiry(line.expiry_slot)?;
    let strike_e8 = expiry.strike(line.strike_slot)?.price_e8;
    let calls_e6 = payoff_e6(strike_e8, true, line.calls_e6, expiry.settled_e8);
    let puts_e6 = payoff_e6(strike_e8, false, line.puts_e6, expiry.settled_e8);
    Ok(calls_e6.checked_add(puts_e6).ok_or(BallastError::Overflow)?)
}

/// Takes a payoff out of the expiry's escrow; after its last line what is left goes to the market's fees.
/// Returns the settlement price (1e-8 quote) and that residue (1e-6 quote).
fn pay_from_escrow(market: &mut Market, expiry_slot: u8, payoff_e6: i64) -> Result<(u64, i64)> {
    let expiry = market.expiry_mut(expiry_slot)?;
    expiry.escrow_e6 = expiry.escrow_e6.checked_sub(payoff_e6).ok_or(BallastError::Overflow)?;
    let settled_e8 = expiry.settled_e8;
    Ok((settled_e8, market.release_residue(expiry_slot)?))
}

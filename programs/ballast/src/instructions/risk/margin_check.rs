//! `margin_check`: anyone has a portfolio's margin computed, stored and returned.
//!
//! What a frontend simulates and what another program may call. It changes no risk, so it takes any price the risk model
//! accepts for reducing it; the report's flags say what was stale.

use crate::{
    adapters::{
        oracle::Action,
        prices::Needed,
        valuation::{Recording, Valuation},
    },
    events::MarginChecked,
    state::{Exchange, Portfolio, ReportRecord},
};
use anchor_lang::prelude::*;
use ballast_risk::Scratch;

/// Accounts of `margin_check`; then those of a valuation, markets read-only or writable.
#[derive(Accounts)]
pub struct MarginCheck<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The portfolio.
    #[account(mut)]
    pub portfolio: AccountLoader<'info, Portfolio>,
}

/// Computes, stores and returns the margin report. Errors: those of a valuation, of prices, the engine's.
pub fn margin_check<'info>(context: Context<'info, MarginCheck<'info>>) -> Result<ReportRecord> {
    let clock = Clock::get()?;
    let exchange = context.accounts.exchange.load()?;
    let mut portfolio = context.accounts.portfolio.load_mut()?;
    let needed = Needed::of(&exchange, &portfolio);
    let remaining = context.remaining_accounts;
    let valuation = Valuation::open(&exchange, needed, remaining, clock.unix_timestamp, Recording::Nothing)?;
    valuation.require_of(&exchange, needed, Action::ReduceRisk)?;
    let mut scratch: Box<Scratch> = bytemuck::allocation::zeroed_box();
    let report = valuation.report(&exchange, &portfolio, &mut scratch)?;
    portfolio.store_report(report, &clock);
    emit!(MarginChecked {
        portfolio: context.accounts.portfolio.key(),
        sequence: portfolio.sequence,
        equity_mark_e6: report.equity_mark_e6,
        initial_e6: report.initial_e6,
        maintenance_e6: report.maintenance_e6,
        excess_initial_e6: report.excess_initial_e6,
        excess_maintenance_e6: report.excess_maintenance_e6,
        flags: report.flags,
    });
    Ok(portfolio.report)
}

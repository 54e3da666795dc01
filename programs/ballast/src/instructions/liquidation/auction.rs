//! The auction of a flagged portfolio: freezing and freeing it, and how large a slice may be at this moment.

use crate::{
    adapters::{engine::peg_e8, valuation::Valuation},
    error::BallastError,
    state::{Exchange, Liquidation, Market, Portfolio, PositionLine},
};
use anchor_lang::prelude::*;
use ballast_risk::{
    liquidation::{discount_e9, slice, SliceBranch, SlicePlan, SliceTerms},
    phase::Phase,
    MaintenanceVerdict, MarginReport,
};
use bytemuck::Zeroable;

/// Freezes a portfolio that is under maintenance margin and starts its auction. Errors: [`BallastError::Healthy`].
pub(super) fn flag(
    portfolio: &mut Portfolio,
    report: &MarginReport,
    by: Pubkey,
    clock: &Clock,
) -> Result<()> {
    // Whatever haircuts say, who owes nothing and can come to owe nothing is not liquidated.
    require!(!portfolio.is_debt_free(), BallastError::Healthy);
    match report.maintenance_verdict() {
        MaintenanceVerdict::Liquidatable { .. } => {}
        MaintenanceVerdict::Healthy { excess_e6 } => {
            return Err(error!(BallastError::Healthy).with_values(("excess_e6", excess_e6)));
        }
    }
    portfolio.frozen = 1;
    portfolio.liquidation = Liquidation {
        flagged_at: clock.unix_timestamp,
        flagged_slot: clock.slot,
        flagged_by: by,
        ..Liquidation::zeroed()
    };
    Ok(())
}

/// Whether a liquidation is over: the exit test passes, or nothing is owed any more.
pub(super) fn is_over(portfolio: &Portfolio, report: &MarginReport) -> bool {
    portfolio.is_debt_free() || report.excess_exit_e6 >= 0
}

/// Frees a portfolio and says how many slices were taken of it.
pub(super) fn free(portfolio: &mut Portfolio) -> u64 {
    let slices = portfolio.liquidation.slices;
    portfolio.frozen = 0;
    portfolio.liquidation = Liquidation::zeroed();
    slices
}

/// Terms of the auction at this moment.
pub(super) fn terms(exchange: &Exchange, portfolio: &Portfolio, valuation: &Valuation) -> SliceTerms {
    let running_secs = valuation.prices.now.saturating_sub(portfolio.liquidation.flagged_at);
    SliceTerms {
        discount_e9: discount_e9(running_secs),
        peg_e8: peg_e8(&valuation.prices),
        dust_equity_e6: exchange.params.dust_equity_e6,
        mm_factor_e6: exchange.params.mm_factor_e6,
        exit_buffer_e6: exchange.params.exit_buffer_e6,
    }
}

/// The slice a flagged portfolio allows. Errors: [`BallastError::Healthy`] when its liquidation is over.
pub(super) fn plan(portfolio: &Portfolio, report: &MarginReport, terms: &SliceTerms) -> Result<SlicePlan> {
    require!(!is_over(portfolio, report), BallastError::Healthy);
    let plan = slice(report, terms);
    require!(plan.branch != SliceBranch::Healthy, BallastError::Healthy);
    Ok(plan)
}

/// The fraction a taker gets who asks for `asked_e9`: at most what ends at the exit test, and at most what the current
/// phase of each underlying still lets go. Errors: [`BallastError::SliceFraction`], [`BallastError::LiquidationPhase`].
pub(super) fn granted_e9(
    asked_e9: u64,
    plan: &SlicePlan,
    portfolio: &Portfolio,
    valuation: &Valuation,
) -> Result<u64> {
    let mut granted_e9 = asked_e9.min(plan.fraction_max_e9);
    require!(granted_e9 > 0, BallastError::SliceFraction);
    for (market, lines) in books(portfolio) {
        let market = valuation.market(market)?.load()?;
        granted_e9 = granted_e9.min(phase_fraction_e9(&market, lines, valuation.prices.now));
    }
    require!(granted_e9 > 0, BallastError::LiquidationPhase);
    Ok(granted_e9)
}

/// The lines of a portfolio by market, ascending by id.
pub(super) fn books(portfolio: &Portfolio) -> impl Iterator<Item = (u8, &[PositionLine])> {
    portfolio
        .held_lines()
        .chunk_by(|a, b| a.market == b.market)
        .filter_map(|lines| Some((lines.first()?.market, lines)))
}

/// Σ of the quantities of lines, calls and puts, long and short, 1e-6 unit. 64 lines of twice 2^50 stay below 2^57.
pub(super) fn gross_e6(lines: &[PositionLine]) -> i64 {
    let size =
        |line: &PositionLine| line.calls_e6.saturating_abs().saturating_add(line.puts_e6.saturating_abs());
    lines.iter().fold(0i64, |sum, line| sum.saturating_add(size(line)))
}

fn phase_fraction_e9(market: &Market, lines: &[PositionLine], now: i64) -> u64 {
    let left_e6 = market.phase.engine().left_e6(market.open_interest_e6, market.share_base_e6, now);
    Phase::fraction_max_e9(left_e6, gross_e6(lines))
}

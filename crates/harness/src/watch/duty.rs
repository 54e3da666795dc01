//! What an instruction owes: which portfolios it reports on, and what must hold of each.

use crate::invariants::{broken, Broken, INV_4, INV_5};
use anchor_lang::Discriminator;
use ballast::{
    instruction::{
        CollateralConvert, LiquidateLegs, LiquidateSlice, LiquidationEnd, LiquidationStart, MarginCheck,
        Trade, Withdraw,
    },
    state::Portfolio,
};
use ballast_risk::{InitialVerdict, MarginReport};

/// What an instruction must leave of a portfolio, or must have found of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duty {
    /// Initial margin and no debt.
    InitialMargin,
    /// Initial margin and no debt; who has no lines and no debt needs none and gets no report.
    InitialMarginIfOwing,
    /// Initial margin and no debt, or strictly less risk than before.
    InitialMarginOrLessRisk,
    /// Nothing; but it must have been under maintenance margin, which flagging changes nothing of.
    WasLiquidatable,
    /// Nothing; but it must have been flagged, and short of the exit test.
    WasInLiquidation,
    /// Nothing; its report is stored.
    Reported,
}

/// Portfolios an instruction reports on: place among its accounts, and duty.
pub(super) fn duties(data: &[u8]) -> &'static [(usize, Duty)] {
    let is = |discriminator: &[u8]| data.starts_with(discriminator);
    if is(Trade::DISCRIMINATOR) {
        &[(3, Duty::InitialMarginOrLessRisk), (4, Duty::InitialMarginOrLessRisk)]
    } else if is(Withdraw::DISCRIMINATOR) {
        &[(2, Duty::InitialMarginIfOwing)]
    } else if is(LiquidateSlice::DISCRIMINATOR) || is(LiquidateLegs::DISCRIMINATOR) {
        &[(2, Duty::WasInLiquidation), (3, Duty::InitialMargin)]
    } else if is(LiquidationStart::DISCRIMINATOR) {
        &[(2, Duty::WasLiquidatable)]
    } else if is(CollateralConvert::DISCRIMINATOR) {
        &[(2, Duty::Reported)]
    } else if is(MarginCheck::DISCRIMINATOR) || is(LiquidationEnd::DISCRIMINATOR) {
        &[(1, Duty::Reported)]
    } else {
        &[]
    }
}

/// INV-4: a portfolio is left with initial margin and no debt. `was` is the report of it before, at the same prices,
/// for who may be short of it with less risk than before.
pub(super) fn check_initial_margin(report: &MarginReport, was: Option<&MarginReport>) -> Result<(), Broken> {
    let holds = matches!(report.initial_verdict(), InitialVerdict::Accepted { .. });
    if holds || was.is_some_and(|was| report.reduces_risk_from(was)) {
        return Ok(());
    }
    let (excess_e6, cash_e6) = (report.excess_initial_e6, report.cash_e6);
    Err(broken(INV_4, format!("left with an excess of {excess_e6} over initial margin and cash {cash_e6}")))
}

/// INV-5 of a portfolio that was flagged.
pub(super) fn check_flagged(report: &MarginReport, portfolio: &Portfolio) -> Result<(), Broken> {
    if report.excess_maintenance_e6 < 0 && !portfolio.is_debt_free() {
        return Ok(());
    }
    Err(broken(INV_5, format!("flagged with an excess of {}", report.excess_maintenance_e6)))
}

/// INV-5 of a portfolio of which something was taken: as it was before it must have been flagged, have owed something
/// and have been short of the exit test.
pub(super) fn check_in_liquidation(was: &Portfolio, report: &MarginReport) -> Result<(), Broken> {
    if was.is_frozen() && !was.is_debt_free() && report.excess_exit_e6 < 0 {
        return Ok(());
    }
    let (frozen, excess_e6) = (was.is_frozen(), report.excess_exit_e6);
    Err(broken(
        INV_5,
        format!("taken from, flagged: {frozen}, with an excess of {excess_e6} over the exit test"),
    ))
}

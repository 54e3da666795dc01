//! `withdraw`: the owner takes quote currency or collateral out.
//!
//! A portfolio without lines and without debt owes nothing and can come to owe nothing, so it may take out anything it
//! has without a single price: nobody is held by an oracle they do not need. It names no remaining accounts. A portfolio
//! with lines must hold initial margin afterwards. It names the accounts of everything it holds *before* the withdrawal
//! (the client need not foresee which balance empties); the prices of what it still holds afterwards must be fresh. Cash
//! never goes below zero.

use super::deposit::Asset;
use crate::{
    adapters::{
        oracle::Action,
        prices::Needed,
        token::{token_amount, Transfer},
        valuation::{Recording, Valuation},
    },
    constants::{GATE_WITHDRAW, OUTFLOW_SHARE_MAX_E6, QUOTE_WITHDRAWAL_EXEMPT},
    error::BallastError,
    events::Withdrawn,
    instructions::losses::keep_cash,
    state::{Exchange, Portfolio, QUOTE_ALLOWANCE},
};
use anchor_lang::prelude::*;
use ballast_risk::{outflow::withdrawable, InitialVerdict, Scratch};

/// Accounts of `withdraw`; then, for a portfolio with lines, those of a valuation, markets writable.
#[derive(Accounts)]
pub struct Withdraw<'info> {
    /// Owner of the portfolio.
    pub owner: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The portfolio debited.
    #[account(mut)]
    pub portfolio: AccountLoader<'info, Portfolio>,
    /// CHECK: any token account of the mint but the vault; the token program checks it.
    #[account(mut)]
    pub destination: UncheckedAccount<'info>,
    /// CHECK: must be the vault the exchange stores for the mint.
    #[account(mut)]
    pub vault: UncheckedAccount<'info>,
    /// CHECK: must be the quote mint or that of a listed collateral asset.
    pub mint: UncheckedAccount<'info>,
    /// CHECK: must be the token program the exchange stores for the mint.
    pub token_program: UncheckedAccount<'info>,
}

/// Takes `amount` base units out. Errors: [`BallastError::ZeroAmount`], [`BallastError::NotOwner`],
/// [`BallastError::GateClosed`], [`BallastError::ShortfallOpen`], [`BallastError::Frozen`],
/// [`BallastError::InsufficientBalance`], [`BallastError::CashBelowZero`], [`BallastError::InitialMargin`],
/// [`BallastError::OutflowLimit`], those of [`deposit`](super::deposit()) about accounts, of a valuation, of prices.
pub fn withdraw<'info>(context: Context<'info, Withdraw<'info>>, amount: u64) -> Result<()> {
    let accounts = &context.accounts;
    require!(amount > 0, BallastError::ZeroAmount);
    let asset = Asset::of(&accounts.exchange, &accounts.mint, &accounts.vault, &accounts.token_program)?;
    let clock = Clock::get()?;
    let vault_amount = token_amount(&accounts.vault)?;
    let (outcome, bump) = {
        let mut exchange = accounts.exchange.load_mut()?;
        let mut portfolio = accounts.portfolio.load_mut()?;
        require_permitted(&exchange, &portfolio, accounts.owner.key, clock.unix_timestamp)?;
        let needed = Needed::of(&exchange, &portfolio);
        let shared = portfolio.share_losses(&exchange.cash_index());
        keep_cash(&mut exchange.ledger, accounts.portfolio.key(), &shared)?;
        let balance = debit(&mut exchange, &mut portfolio, asset.collateral, amount, clock.unix_timestamp)?;
        let excess_initial_e6 =
            require_margin(&mut exchange, &mut portfolio, needed, context.remaining_accounts, &clock)?;
        let outflow =
            guard_outflow(&mut exchange, &mut portfolio, asset.collateral, amount, vault_amount, &clock)?;
        portfolio.bump_sequence()?;
        (Outcome { balance, excess_initial_e6, outflow }, exchange.bump)
    };
    let transfer = Transfer {
        token_program: &accounts.token_program,
        mint: &accounts.mint,
        decimals: asset.decimals,
        vault: &accounts.vault,
        user: &accounts.destination,
    };
    transfer.send(accounts.exchange.as_ref(), bump, amount)?;
    require_claims_covered(accounts, asset.collateral)?;
    emit!(Withdrawn {
        portfolio: accounts.portfolio.key(),
        owner: accounts.owner.key(),
        destination: accounts.destination.key(),
        mint: accounts.mint.key(),
        amount,
        balance: outcome.balance,
        excess_initial_e6: outcome.excess_initial_e6,
        outflow: outcome.outflow,
    });
    Ok(())
}

/// What a withdrawal left, for its event.
struct Outcome {
    balance: i64,
    excess_initial_e6: i64,
    outflow: i64,
}

fn require_permitted(exchange: &Exchange, portfolio: &Portfolio, owner: &Pubkey, now: i64) -> Result<()> {
    require_keys_eq!(portfolio.owner, *owner, BallastError::NotOwner);
    exchange.require_open(GATE_WITHDRAW, now)?;
    require!(exchange.shortfall_e6 == 0, BallastError::ShortfallOpen);
    require!(!portfolio.is_frozen(), BallastError::Frozen);
    Ok(())
}

/// Takes the amount from the portfolio's balance (and the asset's claims) and says what is left.
fn debit(
    exchange: &mut Exchange,
    portfolio: &mut Portfolio,
    collateral: Option<usize>,
    amount: u64,
    now: i64,
) -> Result<i64> {
    let change = i64::try_from(amount).map_err(|_| error!(BallastError::InsufficientBalance))?;
    let Some(index) = collateral else {
        require!(change <= portfolio.cash_e6, BallastError::InsufficientBalance);
        let moved = portfolio.add_cash(change.saturating_neg(), &exchange.cash_index(), now)?;
        exchange.ledger.keep(&moved)?;
        exchange.move_claims(change.saturating_neg())?;
        return Ok(portfolio.cash_e6);
    };
    let held = portfolio.collateral.get_mut(index).ok_or(BallastError::WrongMint)?;
    *held = held.checked_sub(amount).ok_or(BallastError::InsufficientBalance)?;
    let asset = exchange.collaterals.get_mut(index).ok_or(BallastError::WrongMint)?;
    asset.deposits = asset.deposits.checked_sub(amount).ok_or(BallastError::Overflow)?;
    i64::try_from(*held).map_err(|_| error!(BallastError::Overflow))
}

/// Refuses a withdrawal that leaves a debt or less than initial margin; returns the excess over it.
fn require_margin<'info>(
    exchange: &mut Exchange,
    portfolio: &mut Portfolio,
    needed: Needed,
    remaining: &'info [AccountInfo<'info>],
    clock: &Clock,
) -> Result<i64> {
    require!(portfolio.cash_e6 >= 0, BallastError::CashBelowZero);
    if portfolio.is_debt_free() {
        require!(remaining.is_empty(), BallastError::AccountExtra);
        return Ok(0);
    }
    let valuation =
        Valuation::open(exchange, needed, remaining, clock.unix_timestamp, Recording::PublishTimes)?;
    valuation.require(exchange, portfolio, Action::IncreaseRisk)?;
    valuation.record(exchange);
    let mut scratch: Box<Scratch> = bytemuck::allocation::zeroed_box();
    let report = valuation.report(exchange, portfolio, &mut scratch)?;
    portfolio.store_report(report, clock);
    match report.initial_verdict() {
        InitialVerdict::Accepted { excess_e6 } => Ok(excess_e6),
        InitialVerdict::Rejected { needed_e6, have_e6 } => {
            Err(error!(BallastError::InitialMargin).with_values((needed_e6, have_e6)))
        }
        InitialVerdict::Debt { .. } => err!(BallastError::CashBelowZero),
    }
}

/// Refuses what would take the asset's net outflow of the last hour above its share of the vault, unless this portfolio's
/// own withdrawals of the hour are small; returns the outflow with this one.
fn guard_outflow(
    exchange: &mut Exchange,
    portfolio: &mut Portfolio,
    collateral: Option<usize>,
    amount: u64,
    vault_amount: u64,
    clock: &Clock,
) -> Result<i64> {
    let now = clock.unix_timestamp;
    let (window, exempt, allowance) = match collateral {
        None => (&mut exchange.quote_outflow, QUOTE_WITHDRAWAL_EXEMPT, QUOTE_ALLOWANCE),
        Some(index) => {
            let asset = exchange.collaterals.get_mut(index).ok_or(BallastError::WrongMint)?;
            (&mut asset.outflow, asset.withdrawal_exempt, index)
        }
    };
    let of_portfolio = portfolio.withdrawn.record(allowance, amount, now);
    window.advance(now);
    let within_share = amount <= withdrawable(vault_amount, window.net(), OUTFLOW_SHARE_MAX_E6);
    require!(within_share || of_portfolio <= exempt, BallastError::OutflowLimit);
    window.record(i64::try_from(amount).unwrap_or(i64::MAX));
    Ok(window.net())
}

/// The vault still holds every claim on it. The quote vault's claims are spread over all portfolios; the token program
/// has already refused to send more than it holds.
fn require_claims_covered(accounts: &Withdraw, collateral: Option<usize>) -> Result<()> {
    let Some(index) = collateral else { return Ok(()) };
    let exchange = accounts.exchange.load()?;
    let asset = exchange.collaterals.get(index).ok_or(BallastError::WrongMint)?;
    require!(token_amount(&accounts.vault)? >= asset.deposits, BallastError::VaultBelowClaims);
    Ok(())
}

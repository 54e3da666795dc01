//! `collateral_convert`: while a portfolio's cash is below zero anyone may buy its collateral with quote currency, at
//! the oracle price less a discount that grows with the age of the debt, up to the debt.
//!
//! Works on frozen portfolios too: it is the gentlest way out of a debt. The price of the asset must be one that risk
//! may increase on, because at a stale one the buyer would choose the price; for the rest the portfolio is valued as in
//! a liquidation. What the vault receives is credited, so a transfer fee is the buyer's.

use crate::{
    adapters::{
        oracle::{classify, require_usable, Action},
        prices::Needed,
        token::{token_amount, Transfer},
        valuation::{Recording, Valuation},
    },
    constants::QUOTE_DECIMALS,
    error::BallastError,
    events::{CollateralConverted, MarginAfter},
    state::{CollateralAsset, Exchange, Portfolio},
};
use anchor_lang::prelude::*;
use ballast_risk::{convert::Sale, MarginReport, Scratch};

/// What the buyer offers and insists on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct CollateralConvertArgs {
    /// The most the buyer pays, 1e-6 quote; the debt and what there is to buy may need less.
    pub quote_e6: u64,
    /// The highest discounted price the buyer accepts, 1e-8 quote a token.
    pub price_max_e8: u64,
}

/// Accounts of `collateral_convert`. Remaining accounts: those of a valuation of the portfolio, markets writable.
#[derive(Accounts)]
pub struct CollateralConvert<'info> {
    /// Pays; authority of `source`.
    pub buyer: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The portfolio in debt.
    #[account(mut)]
    pub portfolio: AccountLoader<'info, Portfolio>,
    /// CHECK: the buyer's account of the quote currency; the token program checks mint and authority.
    #[account(mut)]
    pub source: UncheckedAccount<'info>,
    /// CHECK: must be the quote vault the exchange stores.
    #[account(mut)]
    pub quote_vault: UncheckedAccount<'info>,
    /// CHECK: must be the quote mint the exchange stores.
    pub quote_mint: UncheckedAccount<'info>,
    /// CHECK: must be the token program the exchange stores for the quote currency.
    pub quote_token_program: UncheckedAccount<'info>,
    /// CHECK: any account of the collateral's mint but the vault; the token program checks it.
    #[account(mut)]
    pub destination: UncheckedAccount<'info>,
    /// CHECK: must be the vault the exchange stores for the collateral.
    #[account(mut)]
    pub vault: UncheckedAccount<'info>,
    /// CHECK: must be the mint of a listed collateral asset.
    pub mint: UncheckedAccount<'info>,
    /// CHECK: must be the token program the exchange stores for the collateral.
    pub token_program: UncheckedAccount<'info>,
}

/// Buys collateral for the debt. Errors: [`BallastError::NoDebt`], [`BallastError::WrongMint`],
/// [`BallastError::WrongVault`], [`BallastError::WrongTokenProgram`], [`BallastError::ConvertAmount`] when nothing would
/// change hands, [`BallastError::ConvertPriceLimit`], [`BallastError::ConvertWorsens`], prices that do not serve, and
/// those of the valuation and the token programs.
pub fn collateral_convert<'info>(
    context: Context<'info, CollateralConvert<'info>>,
    args: CollateralConvertArgs,
) -> Result<()> {
    let (accounts, clock) = (&*context.accounts, Clock::get()?);
    let index = require_accounts(accounts)?;
    let offer = price_sale(accounts, context.remaining_accounts, index, &clock)?;
    if offer.sale.price_e8 > args.price_max_e8 {
        return Err(error!(BallastError::ConvertPriceLimit).with_values(("price_e8", offer.sale.price_e8)));
    }
    let payable_e6 = offer.sale.payable_e6(args.quote_e6);
    require!(payable_e6 > 0, BallastError::ConvertAmount);
    let paid_e6 = quote_transfer(accounts).receive(&accounts.buyer, payable_e6)?;
    let amount = offer.sale.bought(paid_e6);
    require!(amount > 0, BallastError::ConvertAmount);
    let report = apply(accounts, &offer.valuation, index, (paid_e6, amount), &clock)?;
    collateral_transfer(accounts, offer.decimals).send(
        accounts.exchange.as_ref(),
        offer.exchange_bump,
        amount,
    )?;
    require_claims_covered(accounts, index)?;
    emit!(CollateralConverted {
        portfolio: accounts.portfolio.key(),
        buyer: accounts.buyer.key(),
        mint: accounts.mint.key(),
        oracle_e8: offer.oracle_e8,
        price_e8: offer.sale.price_e8,
        paid_e6,
        amount,
        debt_since: offer.debt_since,
        margin: MarginAfter::from(&report),
    });
    Ok(())
}

/// A priced sale, with the valuation it was priced by.
struct Offer<'info> {
    valuation: Valuation<'info>,
    sale: Sale,
    oracle_e8: u64,
    decimals: u8,
    debt_since: i64,
    exchange_bump: u8,
}

/// Every token account is the one the exchange stores; returns the index of the asset.
fn require_accounts(accounts: &CollateralConvert) -> Result<usize> {
    let exchange = accounts.exchange.load()?;
    require_keys_eq!(accounts.quote_mint.key(), exchange.quote_mint, BallastError::WrongMint);
    require_keys_eq!(accounts.quote_vault.key(), exchange.quote_vault, BallastError::WrongVault);
    let quote_program = accounts.quote_token_program.key();
    require_keys_eq!(quote_program, exchange.quote_token_program, BallastError::WrongTokenProgram);
    let index = exchange.collateral_index(accounts.mint.key).ok_or(BallastError::WrongMint)?;
    let asset = asset(&exchange, index)?;
    require_keys_eq!(accounts.vault.key(), asset.vault, BallastError::WrongVault);
    require_keys_eq!(accounts.token_program.key(), asset.token_program, BallastError::WrongTokenProgram);
    Ok(index)
}

/// Prices the collateral for sale.
fn price_sale<'info>(
    accounts: &CollateralConvert<'info>,
    remaining: &'info [AccountInfo<'info>],
    index: usize,
    clock: &Clock,
) -> Result<Offer<'info>> {
    let mut exchange = accounts.exchange.load_mut()?;
    let portfolio = accounts.portfolio.load()?;
    require!(portfolio.cash_e6 < 0, BallastError::NoDebt);
    let held = portfolio.collateral.get(index).copied().unwrap_or(0);
    require!(held > 0, BallastError::ConvertAmount);

    let (now, needed) = (clock.unix_timestamp, Needed::of(&exchange, &portfolio));
    let valuation = Valuation::open(&exchange, needed, remaining, now, Recording::PublishTimes)?;
    valuation.require_of(&exchange, needed, Action::Liquidate)?;
    let price = *valuation.prices.collateral(&exchange, index)?;
    require_usable(classify(&price, now), Action::IncreaseRisk)?;
    valuation.record(&mut exchange);

    let decimals = asset(&exchange, index)?.decimals;
    let debt_secs = now.saturating_sub(portfolio.debt_since);
    let sale = Sale::new(portfolio.cash_e6, debt_secs, held, decimals, price.price_e8);
    Ok(Offer {
        valuation,
        sale: sale.ok_or(BallastError::NoDebt)?,
        oracle_e8: price.price_e8,
        decimals,
        debt_since: portfolio.debt_since,
        exchange_bump: exchange.bump,
    })
}

/// Credits the quote, debits the collateral, and checks what it leaves.
fn apply(
    accounts: &CollateralConvert,
    valuation: &Valuation,
    index: usize,
    (paid_e6, amount): (u64, u64),
    clock: &Clock,
) -> Result<MarginReport> {
    let now = clock.unix_timestamp;
    let mut exchange = accounts.exchange.load_mut()?;
    let mut portfolio = accounts.portfolio.load_mut()?;
    let mut before: Box<Portfolio> = bytemuck::allocation::zeroed_box();
    bytemuck::bytes_of_mut(&mut *before).copy_from_slice(bytemuck::bytes_of(&*portfolio));

    let credit = i64::try_from(paid_e6).map_err(|_| error!(BallastError::Overflow))?;
    let moved = portfolio.add_cash(credit, &exchange.cash_index(), now)?;
    exchange.ledger.keep(&moved)?;
    exchange.move_claims(credit)?;
    exchange.quote_outflow.advance(now);
    exchange.quote_outflow.record(credit.saturating_neg());
    let held = portfolio.collateral.get_mut(index).ok_or(BallastError::WrongMint)?;
    *held = held.checked_sub(amount).ok_or(BallastError::ConvertAmount)?;
    let asset = exchange.collaterals.get_mut(index).ok_or(BallastError::WrongMint)?;
    asset.deposits = asset.deposits.checked_sub(amount).ok_or(BallastError::Overflow)?;
    asset.outflow.advance(now);
    asset.outflow.record(i64::try_from(amount).unwrap_or(i64::MAX));

    let mut scratch: Box<Scratch> = bytemuck::allocation::zeroed_box();
    let after = valuation.report(&exchange, &portfolio, &mut scratch)?;
    // Never below the lesser of zero and what it was: only a deficit afterwards asks what it was.
    if after.excess_maintenance_e6 < 0 {
        let before = valuation.report(&exchange, &before, &mut scratch)?;
        let kept = after.excess_maintenance_e6 >= before.excess_maintenance_e6;
        require!(kept, BallastError::ConvertWorsens);
    }
    portfolio.bump_sequence()?;
    portfolio.store_report(after, clock);
    Ok(after)
}

/// The vault still holds every claim on it.
fn require_claims_covered(accounts: &CollateralConvert, index: usize) -> Result<()> {
    let deposits = asset(&*accounts.exchange.load()?, index)?.deposits;
    require!(token_amount(&accounts.vault)? >= deposits, BallastError::VaultBelowClaims);
    Ok(())
}

fn asset(exchange: &Exchange, index: usize) -> Result<&CollateralAsset> {
    exchange.collaterals.get(index).ok_or_else(|| error!(BallastError::WrongMint))
}

fn quote_transfer<'a, 'info>(accounts: &'a CollateralConvert<'info>) -> Transfer<'a, 'info> {
    Transfer {
        token_program: &accounts.quote_token_program,
        mint: &accounts.quote_mint,
        decimals: QUOTE_DECIMALS,
        vault: &accounts.quote_vault,
        user: &accounts.source,
    }
}

fn collateral_transfer<'a, 'info>(
    accounts: &'a CollateralConvert<'info>,
    decimals: u8,
) -> Transfer<'a, 'info> {
    Transfer {
        token_program: &accounts.token_program,
        mint: &accounts.mint,
        decimals,
        vault: &accounts.vault,
        user: &accounts.destination,
    }
}

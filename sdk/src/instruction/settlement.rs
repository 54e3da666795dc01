//! Settlement: the price of an expiry, and lines becoming cash at it.

use super::{build, BuildError};
use crate::{
    pda,
    prices::{market_address, PriceAccounts},
};
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use ballast::{
    accounts, instruction,
    state::{Exchange, Market, Portfolio},
};

/// `settlement_sample`: adds the spot feed's current price to the window of an expiry. No signer.
///
/// # Errors
/// [`BuildError::UnknownMarket`], [`BuildError::NoPriceAccount`].
pub fn settlement_sample(
    exchange: &Exchange,
    market: u8,
    expiry_slot: u8,
    prices: &PriceAccounts,
) -> Result<Instruction, BuildError> {
    let accounts = accounts::SettlementSample {
        exchange: pda::exchange(),
        market: market_address(exchange, market)?,
        price_update: prices.get(&exchange.market_feeds[usize::from(market)])?,
    };
    Ok(build(&accounts, Vec::new(), &instruction::SettlementSample { expiry_slot }))
}

/// `settlement_finalize`: records the settlement price, with the account of the first update at or after expiry, or six
/// hours later without one. No signer.
///
/// # Errors
/// [`BuildError::UnknownMarket`].
pub fn settlement_finalize(
    exchange: &Exchange,
    market: u8,
    expiry_slot: u8,
    first_update: Option<Pubkey>,
) -> Result<Instruction, BuildError> {
    let accounts = accounts::SettlementFinalize {
        exchange: pda::exchange(),
        market: market_address(exchange, market)?,
        price_update: first_update,
    };
    Ok(build(&accounts, Vec::new(), &instruction::SettlementFinalize { expiry_slot }))
}

/// `settlement_decide`: the last resort, a day after expiry and only for a window without any average: the authority's
/// price, 1e-8 quote. Signer: risk authority.
///
/// # Errors
/// [`BuildError::UnknownMarket`].
pub fn settlement_decide(
    exchange: &Exchange,
    market: u8,
    expiry_slot: u8,
    price_e8: u64,
) -> Result<Instruction, BuildError> {
    let accounts = accounts::SettlementDecide {
        risk_authority: exchange.risk_authority,
        exchange: pda::exchange(),
        market: market_address(exchange, market)?,
    };
    Ok(build(&accounts, Vec::new(), &instruction::SettlementDecide { expiry_slot, price_e8 }))
}

/// `settle_portfolio`: turns a portfolio's lines of settled expiries into cash, in those of the markets given that have
/// such a line. No signer.
///
/// # Errors
/// [`BuildError::NothingToSettle`], [`BuildError::UnknownMarket`].
pub fn settle_portfolio<'a>(
    exchange: &Exchange,
    portfolio: &Portfolio,
    markets: impl IntoIterator<Item = &'a Market>,
) -> Result<Instruction, BuildError> {
    let accounts = accounts::SettlePortfolio {
        exchange: pda::exchange(),
        portfolio: pda::portfolio(&portfolio.owner, portfolio.index),
    };
    let due = markets.into_iter().filter(|market| has_settled_line(portfolio, market));
    let remaining = due
        .map(|market| Ok(AccountMeta::new(market_address(exchange, market.id)?, false)))
        .collect::<Result<Vec<_>, BuildError>>()?;
    if remaining.is_empty() {
        return Err(BuildError::NothingToSettle);
    }
    Ok(build(&accounts, remaining, &instruction::SettlePortfolio {}))
}

/// Whether the portfolio holds a line of an expiry of this market whose settlement price is recorded.
#[must_use]
pub fn has_settled_line(portfolio: &Portfolio, market: &Market) -> bool {
    let settled =
        |slot: u8| market.expiries.get(usize::from(slot)).is_some_and(|expiry| expiry.settled_e8 > 0);
    portfolio.lines_of(market.id).iter().any(|line| settled(line.expiry_slot))
}

//! Risk: margin checks and volatility.

use super::{build, BuildError};
use crate::{
    pda,
    prices::{market_address, valuation_accounts, Markets, PriceAccounts},
};
use anchor_lang::{
    prelude::Pubkey,
    solana_program::{instruction::Instruction, system_program},
};
use ballast::{
    accounts,
    adapters::prices::Needed,
    instruction,
    state::{Exchange, Market, Portfolio, VOLATILITY_FEED_ACCOUNT, VOLATILITY_FEED_PYTH},
};

/// `margin_check`: computes, stores and returns a portfolio's margin report; simulate it for a preview that nothing can
/// dispute, or use [`crate::snapshot::Snapshot::margin`], which gives the same bytes. No signer.
///
/// # Errors
/// Those of [`valuation_accounts`].
pub fn margin_check(
    exchange: &Exchange,
    portfolio: &Portfolio,
    prices: &PriceAccounts,
) -> Result<Instruction, BuildError> {
    let accounts = accounts::MarginCheck {
        exchange: pda::exchange(),
        portfolio: pda::portfolio(&portfolio.owner, portfolio.index),
    };
    let remaining = valuation_accounts(exchange, Needed::of(exchange, portfolio), prices, Markets::ReadOnly)?;
    Ok(build(&accounts, remaining, &instruction::MarginCheck {}))
}

/// `volatility_feed_init`: creates a market's volatility feed with its publishers. Signers: payer, risk authority.
#[must_use]
pub fn volatility_feed_init(
    payer: &Pubkey,
    risk_authority: &Pubkey,
    market: &Pubkey,
    publishers: &[Pubkey],
    quorum: u8,
) -> Instruction {
    let accounts = accounts::VolatilityFeedInit {
        payer: *payer,
        risk_authority: *risk_authority,
        exchange: pda::exchange(),
        market: *market,
        feed: pda::volatility_feed(market),
        system_program: system_program::ID,
    };
    build(&accounts, Vec::new(), &instruction::VolatilityFeedInit { publishers: publishers.to_vec(), quorum })
}

/// `volatility_post`: a permitted publisher posts a volatility (1e-6 a year) with its confidence and time. Signer:
/// publisher.
#[must_use]
pub fn volatility_post(
    publisher: &Pubkey,
    market: &Pubkey,
    vol_e6: i64,
    conf_e6: i64,
    time: i64,
) -> Instruction {
    let accounts = accounts::VolatilityPost {
        publisher: *publisher,
        market: *market,
        feed: pda::volatility_feed(market),
    };
    build(&accounts, Vec::new(), &instruction::VolatilityPost { vol_e6, conf_e6, time })
}

/// `volatility_update`: samples a market's spot into realised volatility and refreshes V and V* from the market's feed,
/// of whichever kind it is. No signer.
///
/// # Errors
/// [`BuildError::UnknownMarket`], [`BuildError::NoPriceAccount`] for the spot feed or a Pyth volatility feed.
pub fn volatility_update(
    exchange: &Exchange,
    market: &Market,
    prices: &PriceAccounts,
) -> Result<Instruction, BuildError> {
    let volatility_source = match market.volatility_kind {
        VOLATILITY_FEED_ACCOUNT => Some(Pubkey::new_from_array(market.volatility_feed)),
        VOLATILITY_FEED_PYTH => Some(prices.get(&market.volatility_feed)?),
        _ => None,
    };
    let accounts = accounts::VolatilityUpdate {
        market: market_address(exchange, market.id)?,
        price_update: prices.get(&market.feed_id)?,
        volatility_source,
    };
    Ok(build(&accounts, Vec::new(), &instruction::VolatilityUpdate {}))
}

//! Liquidation: flagging a portfolio, taking slices of it, freeing it, buying collateral for a debt, and debts that nothing
//! is left for.

use super::{build, money::StoredAsset, BuildError, Side};
use crate::{
    pda,
    prices::{valuation_accounts, Markets, PriceAccounts},
};
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
};
use ballast::{
    accounts,
    adapters::prices::Needed,
    instruction,
    instructions::{CollateralConvertArgs, LiquidateLegsArgs, LiquidateSliceArgs},
    state::{Exchange, Portfolio},
};

/// `liquidation_start`: anyone flags a portfolio under maintenance margin. Signer: flagger.
///
/// # Errors
/// Those of [`valuation_accounts`].
pub fn liquidation_start(
    exchange: &Exchange,
    flagger: &Pubkey,
    portfolio: &Portfolio,
    prices: &PriceAccounts,
) -> Result<Instruction, BuildError> {
    let accounts = accounts::LiquidationStart {
        flagger: *flagger,
        exchange: pda::exchange(),
        portfolio: pda::portfolio(&portfolio.owner, portfolio.index),
    };
    let remaining = valuation_accounts(exchange, Needed::of(exchange, portfolio), prices, Markets::Writable)?;
    Ok(build(&accounts, remaining, &instruction::LiquidationStart {}))
}

/// `liquidate_slice`: takes a fraction of a flagged portfolio's whole book. Signer: the taker's authority.
///
/// # Errors
/// Those of [`valuation_accounts`].
pub fn liquidate_slice(
    exchange: &Exchange,
    portfolio: &Portfolio,
    taker: Side,
    prices: &PriceAccounts,
    args: LiquidateSliceArgs,
) -> Result<Instruction, BuildError> {
    let accounts = accounts::LiquidateSlice {
        taker_authority: taker.authority,
        exchange: pda::exchange(),
        portfolio: pda::portfolio(&portfolio.owner, portfolio.index),
        taker: taker.address(),
    };
    let needed = Needed::of(exchange, portfolio).and(Needed::of(exchange, taker.portfolio));
    let remaining = valuation_accounts(exchange, needed, prices, Markets::Writable)?;
    Ok(build(&accounts, remaining, &instruction::LiquidateSlice { args }))
}

/// `liquidate_legs`: takes single legs of a flagged portfolio, those first that relieve it most per dollar. Signer: the
/// taker's authority.
///
/// # Errors
/// Those of [`valuation_accounts`].
pub fn liquidate_legs(
    exchange: &Exchange,
    portfolio: &Portfolio,
    taker: Side,
    prices: &PriceAccounts,
    args: LiquidateLegsArgs,
) -> Result<Instruction, BuildError> {
    let accounts = accounts::LiquidateLegs {
        taker_authority: taker.authority,
        exchange: pda::exchange(),
        portfolio: pda::portfolio(&portfolio.owner, portfolio.index),
        taker: taker.address(),
    };
    let needed = Needed::of(exchange, portfolio).and(Needed::of(exchange, taker.portfolio));
    let remaining = valuation_accounts(exchange, needed, prices, Markets::Writable)?;
    Ok(build(&accounts, remaining, &instruction::LiquidateLegs { args }))
}

/// `liquidation_end`: anyone frees a flagged portfolio that passes the exit test. No signer.
///
/// # Errors
/// Those of [`valuation_accounts`].
pub fn liquidation_end(
    exchange: &Exchange,
    portfolio: &Portfolio,
    prices: &PriceAccounts,
) -> Result<Instruction, BuildError> {
    let accounts = accounts::LiquidationEnd {
        exchange: pda::exchange(),
        portfolio: pda::portfolio(&portfolio.owner, portfolio.index),
    };
    let remaining = valuation_accounts(exchange, Needed::of(exchange, portfolio), prices, Markets::Writable)?;
    Ok(build(&accounts, remaining, &instruction::LiquidationEnd {}))
}

/// Who buys collateral for a debt, with which token accounts.
#[derive(Debug, Clone, Copy)]
pub struct Buyer {
    /// Signs and pays.
    pub key: Pubkey,
    /// The buyer's account of the quote currency.
    pub source: Pubkey,
    /// The account of the collateral's mint that receives.
    pub destination: Pubkey,
}

/// `collateral_convert`: buys collateral (of a mint) of a portfolio whose cash is below zero. Signer: buyer.
///
/// # Errors
/// [`BuildError::UnknownMint`], and those of [`valuation_accounts`].
pub fn collateral_convert(
    exchange: &Exchange,
    buyer: &Buyer,
    portfolio: &Portfolio,
    mint: &Pubkey,
    prices: &PriceAccounts,
    args: CollateralConvertArgs,
) -> Result<Instruction, BuildError> {
    let asset = StoredAsset::of(exchange, mint)?;
    let accounts = accounts::CollateralConvert {
        buyer: buyer.key,
        exchange: pda::exchange(),
        portfolio: pda::portfolio(&portfolio.owner, portfolio.index),
        source: buyer.source,
        quote_vault: exchange.quote_vault,
        quote_mint: exchange.quote_mint,
        quote_token_program: exchange.quote_token_program,
        destination: buyer.destination,
        vault: asset.vault,
        mint: asset.mint,
        token_program: asset.token_program,
    };
    let remaining = valuation_accounts(exchange, Needed::of(exchange, portfolio), prices, Markets::Writable)?;
    Ok(build(&accounts, remaining, &instruction::CollateralConvert { args }))
}

/// `resolve_insolvency`: relieves a portfolio in debt that has nothing left. No signer.
#[must_use]
pub fn resolve_insolvency(portfolio: &Pubkey) -> Instruction {
    let accounts = accounts::ResolveInsolvency { exchange: pda::exchange(), portfolio: *portfolio };
    build(&accounts, Vec::new(), &instruction::ResolveInsolvency {})
}

/// `socialise_shortfall`: writes the open shortfall into the cash index. Names every market. No signer.
#[must_use]
pub fn socialise_shortfall(exchange: &Exchange) -> Instruction {
    let accounts = accounts::SocialiseShortfall { exchange: pda::exchange() };
    let markets = exchange.markets.iter().take(usize::from(exchange.market_count));
    let remaining = markets.map(|market| AccountMeta::new(*market, false)).collect();
    build(&accounts, remaining, &instruction::SocialiseShortfall {})
}

/// `collect_loss`: collects a portfolio's part of losses shared since its cash was last written. No signer.
#[must_use]
pub fn collect_loss(portfolio: &Pubkey) -> Instruction {
    let accounts = accounts::CollectLoss { exchange: pda::exchange(), portfolio: *portfolio };
    build(&accounts, Vec::new(), &instruction::CollectLoss {})
}

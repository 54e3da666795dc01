//! Money: deposits, withdrawals, fees.

use super::{build, BuildError};
use crate::{
    pda,
    prices::{market_address, valuation_accounts, Markets, PriceAccounts},
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::{
    accounts,
    adapters::prices::Needed,
    instruction,
    state::{Exchange, Portfolio},
};

/// An asset as the exchange stores it: the quote currency or a collateral asset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StoredAsset {
    /// Mint.
    pub mint: Pubkey,
    /// The exchange's vault.
    pub vault: Pubkey,
    /// SPL Token or Token-2022.
    pub token_program: Pubkey,
}

impl StoredAsset {
    /// The asset of a mint.
    ///
    /// # Errors
    /// [`BuildError::UnknownMint`].
    pub fn of(exchange: &Exchange, mint: &Pubkey) -> Result<Self, BuildError> {
        if *mint == exchange.quote_mint {
            let (vault, token_program) = (exchange.quote_vault, exchange.quote_token_program);
            return Ok(Self { mint: *mint, vault, token_program });
        }
        let index = exchange.collateral_index(mint).ok_or(BuildError::UnknownMint { mint: *mint })?;
        let asset = &exchange.collaterals[index];
        Ok(Self { mint: *mint, vault: asset.vault, token_program: asset.token_program })
    }
}

/// `deposit`: anyone pays `amount` base units of the quote currency or a collateral asset from a token account of theirs
/// into a portfolio. Signer: depositor.
///
/// # Errors
/// [`BuildError::UnknownMint`].
pub fn deposit(
    exchange: &Exchange,
    depositor: &Pubkey,
    portfolio: &Pubkey,
    mint: &Pubkey,
    source: &Pubkey,
    amount: u64,
) -> Result<Instruction, BuildError> {
    let asset = StoredAsset::of(exchange, mint)?;
    let accounts = accounts::Deposit {
        depositor: *depositor,
        exchange: pda::exchange(),
        portfolio: *portfolio,
        source: *source,
        vault: asset.vault,
        mint: asset.mint,
        token_program: asset.token_program,
    };
    Ok(build(&accounts, Vec::new(), &instruction::Deposit { amount }))
}

/// `withdraw`: the owner takes `amount` base units out to a token account. A portfolio with lines or debt brings the
/// accounts of its valuation; one without names none. Signer: owner.
///
/// # Errors
/// [`BuildError::UnknownMint`], and those of [`valuation_accounts`].
pub fn withdraw(
    exchange: &Exchange,
    portfolio: &Portfolio,
    prices: &PriceAccounts,
    mint: &Pubkey,
    destination: &Pubkey,
    amount: u64,
) -> Result<Instruction, BuildError> {
    let asset = StoredAsset::of(exchange, mint)?;
    let accounts = accounts::Withdraw {
        owner: portfolio.owner,
        exchange: pda::exchange(),
        portfolio: pda::portfolio(&portfolio.owner, portfolio.index),
        destination: *destination,
        vault: asset.vault,
        mint: asset.mint,
        token_program: asset.token_program,
    };
    let remaining = if portfolio.is_debt_free() {
        Vec::new()
    } else {
        valuation_accounts(exchange, Needed::of(exchange, portfolio), prices, Markets::Writable)?
    };
    Ok(build(&accounts, remaining, &instruction::Withdraw { amount }))
}

/// `fees_sweep`: anyone moves a market's trading fees to insurance. No signer.
///
/// # Errors
/// [`BuildError::UnknownMarket`].
pub fn fees_sweep(exchange: &Exchange, market: u8) -> Result<Instruction, BuildError> {
    let accounts =
        accounts::FeesSweep { exchange: pda::exchange(), market: market_address(exchange, market)? };
    Ok(build(&accounts, Vec::new(), &instruction::FeesSweep {}))
}

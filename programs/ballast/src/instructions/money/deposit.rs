//! `deposit`: anyone pays quote currency or collateral into a portfolio, frozen or not.
//!
//! Needs no price and has no gate. What is credited is what the vault received. A stranger may only add to what the
//! portfolio already holds: a new kind of collateral brings a price account to every later margin check, and a stranger
//! could otherwise make a portfolio too wide to trade or to liquidate in one transaction.

use crate::{
    adapters::token::{token_amount, Transfer},
    error::BallastError,
    events::Deposited,
    instructions::losses::keep_cash,
    state::{CollateralAsset, Exchange, Portfolio},
};
use anchor_lang::prelude::*;

/// Accounts of `deposit`.
#[derive(Accounts)]
pub struct Deposit<'info> {
    /// Pays; authority of `source`.
    pub depositor: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// The portfolio credited.
    #[account(mut)]
    pub portfolio: AccountLoader<'info, Portfolio>,
    /// CHECK: the depositor's token account; the token program checks mint and authority.
    #[account(mut)]
    pub source: UncheckedAccount<'info>,
    /// CHECK: must be the vault the exchange stores for the mint.
    #[account(mut)]
    pub vault: UncheckedAccount<'info>,
    /// CHECK: must be the quote mint or that of a listed collateral asset.
    pub mint: UncheckedAccount<'info>,
    /// CHECK: must be the token program the exchange stores for the mint.
    pub token_program: UncheckedAccount<'info>,
}

/// Pays `amount` base units in. Errors: [`BallastError::ZeroAmount`], [`BallastError::WrongMint`],
/// [`BallastError::WrongVault`], [`BallastError::WrongTokenProgram`], [`BallastError::NewCollateralByStranger`],
/// [`BallastError::DepositCap`], [`BallastError::TooManyUnderlyings`], [`BallastError::NothingReceived`], the token
/// program's.
pub fn deposit(context: Context<Deposit>, amount: u64) -> Result<()> {
    let accounts = &context.accounts;
    require!(amount > 0, BallastError::ZeroAmount);
    let asset = Asset::of(&accounts.exchange, &accounts.mint, &accounts.vault, &accounts.token_program)?;
    let transfer = Transfer {
        token_program: &accounts.token_program,
        mint: &accounts.mint,
        decimals: asset.decimals,
        vault: &accounts.vault,
        user: &accounts.source,
    };
    let received = transfer.receive(&accounts.depositor, amount)?;

    let now = Clock::get()?.unix_timestamp;
    let mut exchange = accounts.exchange.load_mut()?;
    let mut portfolio = accounts.portfolio.load_mut()?;
    let change = i64::try_from(received).map_err(|_| error!(BallastError::Overflow))?;
    let balance = match asset.collateral {
        None => {
            let moved = portfolio.add_cash(change, &exchange.cash_index(), now)?;
            keep_cash(&mut exchange.ledger, accounts.portfolio.key(), &moved)?;
            exchange.move_claims(change)?;
            exchange.quote_outflow.advance(now);
            exchange.quote_outflow.record(change.saturating_neg());
            portfolio.cash_e6
        }
        Some(index) => {
            let held = portfolio.collateral.get_mut(index).ok_or(BallastError::WrongMint)?;
            let is_new = *held == 0;
            *held = held.checked_add(received).ok_or(BallastError::Overflow)?;
            let balance = i64::try_from(*held).map_err(|_| error!(BallastError::Overflow))?;
            let insider = portfolio.may_trade(accounts.depositor.key, now);
            require!(!is_new || insider, BallastError::NewCollateralByStranger);
            let stored = exchange.collaterals.get_mut(index).ok_or(BallastError::WrongMint)?;
            credit(stored, received, now)?;
            require!(token_amount(&accounts.vault)? >= stored.deposits, BallastError::VaultBelowClaims);
            portfolio.require_underlyings_fit(&exchange)?;
            balance
        }
    };
    emit!(Deposited {
        portfolio: accounts.portfolio.key(),
        depositor: accounts.depositor.key(),
        mint: accounts.mint.key(),
        amount,
        received,
        balance,
    });
    Ok(())
}

/// Adds a deposit to the claims on a collateral vault, within the hard cap.
fn credit(asset: &mut CollateralAsset, received: u64, now: i64) -> Result<()> {
    asset.deposits = asset.deposits.checked_add(received).ok_or(BallastError::Overflow)?;
    require!(asset.deposits <= asset.deposit_hard_cap, BallastError::DepositCap);
    asset.outflow.advance(now);
    asset.outflow.record(i64::try_from(received).unwrap_or(i64::MAX).saturating_neg());
    Ok(())
}

/// Which asset a mint is, with what the exchange stores for it; vault and token program are those accounts.
pub(super) struct Asset {
    /// Index of the collateral asset; none for the quote currency.
    pub collateral: Option<usize>,
    /// Decimals of the mint.
    pub decimals: u8,
}

impl Asset {
    /// Errors: [`BallastError::WrongMint`], [`BallastError::WrongVault`], [`BallastError::WrongTokenProgram`].
    pub(super) fn of(
        exchange: &AccountLoader<Exchange>,
        mint: &AccountInfo,
        vault: &AccountInfo,
        token_program: &AccountInfo,
    ) -> Result<Self> {
        let exchange = exchange.load()?;
        let (asset, vault_stored, program_stored) = if *mint.key == exchange.quote_mint {
            let quote = Self { collateral: None, decimals: crate::constants::QUOTE_DECIMALS };
            (quote, exchange.quote_vault, exchange.quote_token_program)
        } else {
            let index = exchange.collateral_index(mint.key).ok_or(BallastError::WrongMint)?;
            let stored = exchange.collaterals.get(index).ok_or(BallastError::WrongMint)?;
            (Self { collateral: Some(index), decimals: stored.decimals }, stored.vault, stored.token_program)
        };
        require_keys_eq!(*vault.key, vault_stored, BallastError::WrongVault);
        require_keys_eq!(*token_program.key, program_stored, BallastError::WrongTokenProgram);
        Ok(asset)
    }
}

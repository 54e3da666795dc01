//! `settlement_decide`: the last resort. A day after expiry the risk authority may set the settlement price of a window
//! that has no average at all. Until then, and for every other window, the authority has no say.

use super::expiry::{awaiting, record, window};
use crate::{
    error::BallastError,
    state::{Exchange, Market},
};
use anchor_lang::prelude::*;
use ballast_risk::settlement::settle_by_authority;

/// Accounts of `settlement_decide`.
#[derive(Accounts)]
pub struct SettlementDecide<'info> {
    /// The exchange's risk authority.
    pub risk_authority: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The market.
    #[account(mut)]
    pub market: AccountLoader<'info, Market>,
}

/// Records the authority's settlement price, 1e-8 quote. Errors: [`BallastError::NotRiskAuthority`],
/// [`BallastError::ExpiryNotListed`], [`BallastError::AlreadySettled`], [`BallastError::SettlementHasAverage`],
/// [`BallastError::SettlementTooEarly`], [`BallastError::EnginePrice`] for a price out of range.
pub fn settlement_decide(context: Context<SettlementDecide>, expiry_slot: u8, price_e8: u64) -> Result<()> {
    let accounts = &*context.accounts;
    let now = Clock::get()?.unix_timestamp;
    let exchange = accounts.exchange.load()?;
    require_keys_eq!(exchange.risk_authority, accounts.risk_authority.key(), BallastError::NotRiskAuthority);
    let mut market = accounts.market.load_mut()?;
    let id = market.id;
    let expiry = awaiting(&mut market, expiry_slot)?;
    let window = window(&exchange, expiry);
    let settlement =
        settle_by_authority(expiry.sum.engine(), &window, price_e8, now).map_err(BallastError::from)?;
    record((id, expiry_slot), expiry, &settlement, 0, now);
    Ok(())
}

//! `settlement_finalize`: anyone records the settlement price that is due.
//!
//! With the first update at or after expiry: the window's average, or that update alone where the window is covered too
//! thinly. Without one for six hours: the average the window has. See [`ballast_risk::settlement`] for why nobody can
//! choose. The first update may be shown at any age; which one it is follows from its own times.

use super::expiry::{awaiting, record, window};
use crate::{
    adapters::oracle::{classify, read_price, require_usable, Action},
    error::BallastError,
    state::{Exchange, Market},
};
use anchor_lang::prelude::*;
use ballast_risk::settlement::{settle, FirstPrice};

/// Accounts of `settlement_finalize`.
#[derive(Accounts)]
pub struct SettlementFinalize<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The market.
    #[account(mut)]
    pub market: AccountLoader<'info, Market>,
    /// The first price update of the market's spot feed at or after expiry, if there is one.
    /// CHECK: owner, type, feed and content are checked by `read_price`.
    pub price_update: Option<UncheckedAccount<'info>>,
}

/// Records the settlement price. Errors: [`BallastError::ExpiryNotListed`], [`BallastError::AlreadySettled`],
/// [`BallastError::NotExpired`], [`BallastError::NotFirstPrice`], [`BallastError::SettlementTooEarly`],
/// [`BallastError::SettlementNoSamples`], and those of the price update.
pub fn settlement_finalize(context: Context<SettlementFinalize>, expiry_slot: u8) -> Result<()> {
    let accounts = &*context.accounts;
    let now = Clock::get()?.unix_timestamp;
    let exchange = accounts.exchange.load()?;
    let mut market = accounts.market.load_mut()?;
    let id = market.id;
    let first = match &accounts.price_update {
        Some(account) => Some(first_price(account, &market.feed_id, now)?),
        None => None,
    };

    let expiry = awaiting(&mut market, expiry_slot)?;
    let window = window(&exchange, expiry);
    let settlement = settle(expiry.sum.engine(), &window, first.as_ref(), now).map_err(BallastError::from)?;
    record((id, expiry_slot), expiry, &settlement, first.map_or(0, |first| first.price_e8), now);
    Ok(())
}

fn first_price(account: &AccountInfo, feed_id: &[u8; 32], now: i64) -> Result<FirstPrice> {
    let price = read_price(account, feed_id, now)?;
    // Judged as of its own time: how late it is shown does not matter.
    require_usable(classify(&price, price.publish_time), Action::Settle)?;
    Ok(FirstPrice {
        price_e8: price.price_e8,
        publish_time: price.publish_time,
        prev_publish_time: price.prev_publish_time,
    })
}

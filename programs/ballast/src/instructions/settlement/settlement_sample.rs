//! `settlement_sample`: anyone adds a price of the settlement window to the expiry's time-weighted sum.
//!
//! A sample must be fresh when it is shown: nobody may pick, with hindsight, among the updates of a silence. And it must be
//! shown before the expiry: later it could tip the coverage, by whoever knows the first price already, from that price to
//! the average. Confidence and distance from the average are not asked: a window is an average, and it must go on when
//! markets are wild.

use super::expiry::{awaiting, window};
use crate::{
    adapters::oracle::{classify, read_price, require_usable, Action},
    error::BallastError,
    events::SettlementSampled,
    state::{Exchange, Market},
};
use anchor_lang::prelude::*;

/// Accounts of `settlement_sample`.
#[derive(Accounts)]
pub struct SettlementSample<'info> {
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The market.
    #[account(mut)]
    pub market: AccountLoader<'info, Market>,
    /// Price update of the market's spot feed.
    /// CHECK: owner, type, feed and content are checked by `read_price`.
    pub price_update: UncheckedAccount<'info>,
}

/// Adds a sample. Errors: [`BallastError::ExpiryNotListed`], [`BallastError::AlreadySettled`],
/// [`BallastError::OutsideWindow`], [`BallastError::SampleNotNewer`], [`BallastError::OracleStale`], and those of the
/// price update.
pub fn settlement_sample(context: Context<SettlementSample>, expiry_slot: u8) -> Result<()> {
    let accounts = &*context.accounts;
    let now = Clock::get()?.unix_timestamp;
    let exchange = accounts.exchange.load()?;
    let mut market = accounts.market.load_mut()?;
    let id = market.id;
    let price = read_price(&accounts.price_update, &market.feed_id, now)?;
    require!(!price.is_stale(now), BallastError::OracleStale);
    require_usable(classify(&price, now), Action::Settle)?;

    let expiry = awaiting(&mut market, expiry_slot)?;
    let window = window(&exchange, expiry);
    require!(now < window.expiry_ts, BallastError::OutsideWindow);
    let sum = expiry.sum.engine_mut();
    let weight_secs = sum.sample(&window, price.price_e8, price.publish_time).map_err(BallastError::from)?;
    emit!(SettlementSampled {
        market: id,
        expiry_ts: window.expiry_ts,
        price_e8: price.price_e8,
        publish_time: price.publish_time,
        weight_secs,
        covered_secs: sum.weight_secs,
        average_e8: sum.average_e8(),
    });
    Ok(())
}

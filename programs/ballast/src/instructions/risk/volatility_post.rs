//! `volatility_post`: a permitted publisher posts a volatility; the market's V and V* follow at once.

use crate::{
    constants::{VOLATILITY_CONF_FRACTION, VOLATILITY_FRESH_SECS, VOLATILITY_POST_SHARE_E6},
    error::BallastError,
    events::VolatilityPosted,
    state::{Market, VolatilityFeed, VolatilityPublisher},
};
use anchor_lang::prelude::*;
use ballast_risk::volatility::is_near;

/// Accounts of `volatility_post`.
#[derive(Accounts)]
pub struct VolatilityPost<'info> {
    /// A permitted publisher.
    pub publisher: Signer<'info>,
    /// The market.
    #[account(mut)]
    pub market: AccountLoader<'info, Market>,
    /// The market's feed.
    #[account(mut)]
    pub feed: AccountLoader<'info, VolatilityFeed>,
}

/// Posts a value (1e-6 a year) with its confidence and time. Errors: [`BallastError::WrongVolatilityFeed`],
/// [`BallastError::NotPublisher`], [`BallastError::VolatilityRange`], [`BallastError::VolatilityConfidence`],
/// [`BallastError::VolatilityFuture`], [`BallastError::VolatilityLate`], [`BallastError::VolatilityMove`].
pub fn volatility_post(context: Context<VolatilityPost>, vol_e6: i64, conf_e6: i64, time: i64) -> Result<()> {
    let accounts = &context.accounts;
    let now = Clock::get()?.unix_timestamp;
    let mut market = accounts.market.load_mut()?;
    let mut feed = accounts.feed.load_mut()?;
    let is_its_feed =
        feed.market == accounts.market.key() && market.volatility_feed == accounts.feed.key().to_bytes();
    require!(is_its_feed, BallastError::WrongVolatilityFeed);
    let permitted = feed.permitted().iter().any(|publisher| publisher.key == accounts.publisher.key());
    require!(permitted, BallastError::NotPublisher);
    let range = market.volatility.vol_min_e6..=market.volatility.vol_max_e6;
    require!(range.contains(&vol_e6), BallastError::VolatilityRange);
    // The value is positive and far below the largest integer.
    let conf_max_e6 = vol_e6.div_euclid(VOLATILITY_CONF_FRACTION);
    require!((0..=conf_max_e6).contains(&conf_e6), BallastError::VolatilityConfidence);
    require_move(&feed, vol_e6, now)?;
    let publisher = feed.publisher_mut(accounts.publisher.key).ok_or(BallastError::NotPublisher)?;
    require_time(publisher, time, now)?;
    publisher.vol_e6 = vol_e6;
    publisher.conf_e6 = conf_e6;
    publisher.time = time;

    let median = feed.fresh_median(now);
    if let Some((median_e6, as_of)) = median {
        feed.median_e6 = median_e6;
        feed.median_time = now;
        market.volatility.move_to(median_e6, as_of, now);
    }
    market.volatility.refresh_margin(now);
    emit!(VolatilityPosted {
        market: market.id,
        publisher: accounts.publisher.key(),
        vol_e6,
        conf_e6,
        time,
        median_e6: median.map_or(0, |(median_e6, _)| median_e6),
        mark_e6: market.volatility.vol_e6,
        margin_e6: market.volatility.vol_margin_e6,
    });
    Ok(())
}

/// Not in the future, at most ten minutes old, newer than the publisher's last.
fn require_time(publisher: &VolatilityPublisher, time: i64, now: i64) -> Result<()> {
    require!(time <= now, BallastError::VolatilityFuture);
    let in_time = now.saturating_sub(time) <= VOLATILITY_FRESH_SECS && time > publisher.time;
    require!(in_time, BallastError::VolatilityLate);
    Ok(())
}

/// Near the last median. The band widens with the time since, so that no jump locks the feed.
fn require_move(feed: &VolatilityFeed, vol_e6: i64, now: i64) -> Result<()> {
    if feed.median_e6 == 0 {
        return Ok(());
    }
    let elapsed_secs = now.saturating_sub(feed.median_time);
    let near = is_near(vol_e6, feed.median_e6, VOLATILITY_POST_SHARE_E6, elapsed_secs);
    require!(near, BallastError::VolatilityMove);
    Ok(())
}

//! `volatility_update`: anyone has a market sample its spot into realised volatility and refresh V and V*.

use crate::{
    adapters::oracle::{classify, read_price, require_usable, Action},
    constants::REALISED_SAMPLE_SECS,
    error::BallastError,
    events::VolatilityUpdated,
    state::{Market, VolatilityFeed, VOLATILITY_FEED_ACCOUNT, VOLATILITY_FEED_PYTH},
};
use anchor_lang::prelude::*;

/// Scale between a Pyth volatility (1e-8) and a stored one (1e-6).
const E8_PER_E6: u64 = 100;

/// Accounts of `volatility_update`.
#[derive(Accounts)]
pub struct VolatilityUpdate<'info> {
    /// The market.
    #[account(mut)]
    pub market: AccountLoader<'info, Market>,
    /// CHECK: price update of the market's spot feed, read by the oracle adapter.
    pub price_update: UncheckedAccount<'info>,
    /// CHECK: the market's volatility feed account, or a price update of its Pyth volatility feed; read as what the
    /// market says it is. May be left out, then only spot is sampled.
    pub volatility_source: Option<UncheckedAccount<'info>>,
}

/// Samples and refreshes. The spot price must be fresh and one that could liquidate. Errors: those of prices,
/// [`BallastError::OracleNotMonotonic`], [`BallastError::WrongVolatilityFeed`], [`BallastError::VolatilityTooSoon`] when
/// there is nothing to do.
pub fn volatility_update(context: Context<VolatilityUpdate>) -> Result<()> {
    let now = Clock::get()?.unix_timestamp;
    let mut market = context.accounts.market.load_mut()?;
    let sample_e8 = sample(&mut market, &context.accounts.price_update, now)?;
    let moved = match &context.accounts.volatility_source {
        Some(source) => read_source(&mut market, source, now)?,
        None => false,
    };
    require!(sample_e8 > 0 || moved, BallastError::VolatilityTooSoon);
    market.volatility.refresh_margin(now);
    emit!(VolatilityUpdated {
        market: market.id,
        sample_e8,
        realised_e6: market.volatility.realised_e6,
        mark_e6: market.volatility.vol_e6,
        margin_e6: market.volatility.vol_margin_e6,
        mark_time: market.volatility.vol_time,
    });
    Ok(())
}

/// Takes the spot price into realised volatility, at most once a minute; returns it, or 0 if it is too soon. In a market
/// without a feed V follows.
fn sample(market: &mut Market, price_update: &AccountInfo, now: i64) -> Result<u64> {
    let price = read_price(price_update, &market.feed_id, now)?;
    require_usable(classify(&price, now), Action::Liquidate)?;
    // A narrow choice of prints: whoever samples cannot pick the calmest of five minutes.
    require!(!price.is_stale(now), BallastError::OracleStale);
    require!(price.publish_time >= market.last_publish_time, BallastError::OracleNotMonotonic);
    market.last_publish_time = price.publish_time;
    let elapsed_secs = price.publish_time.saturating_sub(market.volatility.sample_time);
    if elapsed_secs < REALISED_SAMPLE_SECS {
        return Ok(0);
    }
    let realised_only = market.is_realised_only();
    market.volatility.sample(&price, realised_only);
    if realised_only {
        market.volatility.follow_realised(price.publish_time, now);
    }
    Ok(price.price_e8)
}

/// Reads V from the market's feed; says whether there was one to read.
fn read_source(market: &mut Market, source: &AccountInfo, now: i64) -> Result<bool> {
    match market.volatility_kind {
        VOLATILITY_FEED_ACCOUNT => {
            require!(market.volatility_feed == source.key.to_bytes(), BallastError::WrongVolatilityFeed);
            read_feed_account(market, source, now)
        }
        VOLATILITY_FEED_PYTH => {
            let value = read_price(source, &market.volatility_feed, now)?;
            require_usable(classify(&value, now), Action::Liquidate)?;
            require!(value.publish_time >= market.volatility_publish_time, BallastError::OracleNotMonotonic);
            market.volatility_publish_time = value.publish_time;
            let vol_e6 = i64::try_from(value.price_e8 / E8_PER_E6).unwrap_or(i64::MAX);
            market.volatility.move_to(vol_e6, value.publish_time, now);
            Ok(true)
        }
        _ => err!(BallastError::WrongVolatilityFeed),
    }
}

/// The median of a feed account as it stands now: values lapse without anybody posting.
fn read_feed_account(market: &mut Market, source: &AccountInfo, now: i64) -> Result<bool> {
    // Its address is the one stored, a PDA of this program: it is a feed or it does not exist yet.
    require_keys_eq!(*source.owner, crate::ID, BallastError::WrongVolatilityFeed);
    let data = source.try_borrow_data()?;
    let bytes =
        data.get(8..8 + core::mem::size_of::<VolatilityFeed>()).ok_or(BallastError::WrongVolatilityFeed)?;
    let feed: &VolatilityFeed =
        bytemuck::try_from_bytes(bytes).map_err(|_| BallastError::WrongVolatilityFeed)?;
    let Some((median_e6, as_of)) = feed.fresh_median(now) else { return Ok(false) };
    market.volatility.move_to(median_e6, as_of, now);
    Ok(true)
}

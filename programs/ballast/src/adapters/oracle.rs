//! Pyth price updates: reading one, and the validity table of the risk model.
//!
//! Anyone can post any genuine update to an account of their own, so within the age limit the caller picks the price.
//! What stands against that: a small age, publish times that only move forward (kept by the market), and the charge for
//! confidence. What is rejected everywhere is rejected by [`read_price`]; what depends on the action is one pure table.

use crate::{
    constants::{
        CONF_UNUSABLE_BPS, CONF_WIDE_BPS, EMA_GAP_UNUSABLE_BPS, EMA_GAP_WIDE_BPS, PRICE_FRESH_SECS,
        PRICE_STALE_SECS, PYTH_RECEIVER, PYTH_RECEIVER_PRO,
    },
    error::BallastError,
};
use anchor_lang::prelude::*;
use ballast_risk::bounds::PRICE_MAX_E8;
use bytemuck::{Pod, Zeroable};
use pyth_solana_receiver_sdk::price_update::PriceUpdateV2;

/// A price in the engine's scale with its times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Pod, Zeroable)]
#[repr(C)]
pub struct Price {
    /// Price, 1e-8 quote per unit, to the nearest.
    pub price_e8: u64,
    /// Confidence interval, 1e-8 quote per unit, rounded up.
    pub conf_e8: u64,
    /// Exponential moving average of the price, 1e-8 quote per unit, to the nearest.
    pub ema_e8: u64,
    /// Publish time, unix seconds.
    pub publish_time: i64,
    /// Publish time of the update before this one, unix seconds.
    pub prev_publish_time: i64,
}

/// How old a price is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Age {
    /// At most 60 seconds.
    Fresh,
    /// At most 5 minutes.
    Stale,
    /// Older.
    TooOld,
}

/// How wide a band is: the confidence around the price, or the gap between price and average.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Band {
    /// Narrow enough for everything.
    Narrow,
    /// Too wide to increase risk.
    Wide,
    /// Too wide to liquidate.
    Unusable,
}

/// What the validity table asks of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PriceQuality {
    /// Age at the time of the instruction.
    pub age: Age,
    /// Confidence over price.
    pub confidence: Band,
    /// Distance of the price from its moving average.
    pub gap: Band,
}

/// What a price is used for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Trade, withdraw, take over a slice.
    IncreaseRisk,
    /// Anything that strictly reduces risk, and looking.
    ReduceRisk,
    /// Flag and liquidate.
    Liquidate,
    /// Sample or record a settlement price.
    Settle,
}

/// Byte offsets of a fully verified `PriceUpdateV2`. Partial verification packs one byte more and is refused before any
/// of the later fields is read. The tests hold these against the receiver's own type.
mod offset {
    pub const VERIFICATION: usize = 40;
    pub const FEED_ID: usize = 41;
    pub const PRICE: usize = 73;
    pub const CONF: usize = 81;
    pub const EXPONENT: usize = 89;
    pub const PUBLISH_TIME: usize = 93;
    pub const PREV_PUBLISH_TIME: usize = 101;
    pub const EMA_PRICE: usize = 109;
}

/// Borsh tag of `VerificationLevel::Full`.
const FULLY_VERIFIED: u8 = 1;

const BPS: u64 = 10_000;
// A price times 10,000 is compared in 64 bits.
const _: () = assert!(PRICE_MAX_E8.checked_mul(BPS).is_some());

/// Reads a price update account of one feed. Refuses, with an error of its own each, what is refused everywhere: an
/// account that is not a receiver's, not a price update, not fully verified, of another feed; a price or average that is
/// not positive or out of range; an exponent outside −12 to 0; a publish time in the future.
pub fn read_price(account: &AccountInfo, feed_id: &[u8; 32], now: i64) -> Result<Price> {
    let owner = account.owner;
    if *owner != PYTH_RECEIVER && *owner != PYTH_RECEIVER_PRO {
        return Err(error!(BallastError::OracleWrongOwner).with_pubkeys((*owner, PYTH_RECEIVER)));
    }
    let data = account.try_borrow_data()?;
    Ok(decode(&data, feed_id, now)?)
}

/// Decodes the bytes of a price update. Pure. Errors as [`read_price`].
pub fn decode(data: &[u8], feed_id: &[u8; 32], now: i64) -> core::result::Result<Price, BallastError> {
    if data.len() < PriceUpdateV2::LEN || data.get(..8) != Some(PriceUpdateV2::DISCRIMINATOR) {
        return Err(BallastError::OracleMalformed);
    }
    if data.get(offset::VERIFICATION) != Some(&FULLY_VERIFIED) {
        return Err(BallastError::OracleNotFullyVerified);
    }
    if field::<32>(data, offset::FEED_ID)? != *feed_id {
        return Err(BallastError::OracleWrongFeed);
    }
    let exponent = i32::from_le_bytes(field(data, offset::EXPONENT)?);
    let price = positive(field(data, offset::PRICE)?).ok_or(BallastError::OraclePriceNotPositive)?;
    let ema = positive(field(data, offset::EMA_PRICE)?).ok_or(BallastError::OracleEmaNotPositive)?;
    let conf = u64::from_le_bytes(field(data, offset::CONF)?);
    let publish_time = i64::from_le_bytes(field(data, offset::PUBLISH_TIME)?);
    if publish_time > now {
        return Err(BallastError::OracleFuture);
    }
    let scale = Scale::of(exponent)?;
    let price_e8 = in_range(scale.nearest(price))?;
    let ema_e8 = in_range(scale.nearest(ema))?;
    Ok(Price {
        price_e8: if price_e8 == 0 { return Err(BallastError::OraclePriceNotPositive) } else { price_e8 },
        conf_e8: in_range(scale.up(conf))?,
        ema_e8: if ema_e8 == 0 { return Err(BallastError::OracleEmaNotPositive) } else { ema_e8 },
        publish_time,
        prev_publish_time: i64::from_le_bytes(field(data, offset::PREV_PUBLISH_TIME)?),
    })
}

/// Judges a price by age, confidence and distance from its average. Pure.
#[must_use]
pub fn classify(price: &Price, now: i64) -> PriceQuality {
    PriceQuality {
        age: age(price, now),
        confidence: band(price.conf_e8, price.price_e8, CONF_WIDE_BPS, CONF_UNUSABLE_BPS),
        gap: band(
            price.price_e8.abs_diff(price.ema_e8),
            price.ema_e8,
            EMA_GAP_WIDE_BPS,
            EMA_GAP_UNUSABLE_BPS,
        ),
    }
}

/// The validity table: whether a price of this quality serves the action, with the reason if not. Pure.
///
/// Settlement judges publish times by the window and not by age, and averages instead of trusting one print, so it asks
/// nothing here.
pub fn require_usable(quality: PriceQuality, action: Action) -> core::result::Result<(), BallastError> {
    if action == Action::Settle {
        return Ok(());
    }
    match (quality.age, action) {
        (Age::TooOld, _) => return Err(BallastError::OracleTooOld),
        (Age::Stale, Action::IncreaseRisk) => return Err(BallastError::OracleStale),
        _ => {}
    }
    match (quality.confidence, action) {
        (Band::Wide | Band::Unusable, Action::IncreaseRisk) => {
            return Err(BallastError::OracleConfidenceWide)
        }
        (Band::Unusable, Action::Liquidate) => return Err(BallastError::OracleConfidenceUnusable),
        _ => {}
    }
    match (quality.gap, action) {
        (Band::Wide | Band::Unusable, Action::IncreaseRisk) => Err(BallastError::OracleGapWide),
        (Band::Unusable, Action::Liquidate) => Err(BallastError::OracleGapUnusable),
        _ => Ok(()),
    }
}

impl Price {
    /// Whether the price is older than fresh at `now`: its confidence then counts four times.
    #[must_use]
    pub fn is_stale(&self, now: i64) -> bool {
        age(self, now) != Age::Fresh
    }
}

fn age(price: &Price, now: i64) -> Age {
    let secs = now.saturating_sub(price.publish_time);
    if secs <= PRICE_FRESH_SECS {
        Age::Fresh
    } else if secs <= PRICE_STALE_SECS {
        Age::Stale
    } else {
        Age::TooOld
    }
}

/// Classes `part / whole` by two limits in basis points.
fn band(part: u64, whole: u64, wide_bps: u64, unusable_bps: u64) -> Band {
    let part = times(part, BPS);
    if part <= times(whole, wide_bps) {
        Band::Narrow
    } else if part <= times(whole, unusable_bps) {
        Band::Wide
    } else {
        Band::Unusable
    }
}

/// A price times basis points of at most 10,000. What no price can be saturates; a product that is checked costs the
/// virtual machine a hundred times as much.
fn times(price_e8: u64, bps: u64) -> u64 {
    const { assert!(BPS < 1 << 14 && PRICE_MAX_E8 <= 1 << 50) };
    if price_e8 <= PRICE_MAX_E8 && bps <= BPS {
        price_e8.wrapping_mul(bps)
    } else {
        price_e8.saturating_mul(bps)
    }
}

fn field<const N: usize>(data: &[u8], at: usize) -> core::result::Result<[u8; N], BallastError> {
    data.get(at..).and_then(|rest| rest.first_chunk::<N>()).copied().ok_or(BallastError::OracleMalformed)
}

fn positive(bytes: [u8; 8]) -> Option<u64> {
    u64::try_from(i64::from_le_bytes(bytes)).ok().filter(|value| *value > 0)
}

fn in_range(value: Option<u64>) -> core::result::Result<u64, BallastError> {
    value.filter(|value| *value <= PRICE_MAX_E8).ok_or(BallastError::OracleOutOfRange)
}

/// From Pyth's exponent to 1e-8: a factor, or a divisor for exponents below −8.
enum Scale {
    Times(u64),
    Over(u64),
}

impl Scale {
    fn of(exponent: i32) -> core::result::Result<Self, BallastError> {
        const POWERS: [u64; 9] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
        let power = |places: i32| usize::try_from(places).ok().and_then(|at| POWERS.get(at)).copied();
        match exponent {
            -8..=0 => power(exponent.saturating_add(8)).map(Self::Times),
            -12..=-9 => power((-8i32).saturating_sub(exponent)).map(Self::Over),
            _ => None,
        }
        .ok_or(BallastError::OracleExponent)
    }

    fn nearest(&self, value: u64) -> Option<u64> {
        match self {
            Self::Times(factor) => product(value, *factor),
            Self::Over(divisor) => value.checked_add(divisor / 2)?.checked_div(*divisor),
        }
    }

    fn up(&self, value: u64) -> Option<u64> {
        match self {
            Self::Times(factor) => product(value, *factor),
            Self::Over(divisor) => Some(value.div_ceil(*divisor)),
        }
    }
}

/// The product if it fits, seen by size for what prices usually are: a check by the product takes 128 bits.
fn product(value: u64, factor: u64) -> Option<u64> {
    if value < 1 << 37 && factor < 1 << 27 {
        Some(value.wrapping_mul(factor))
    } else {
        value.checked_mul(factor)
    }
}

#[cfg(test)]
mod tests;

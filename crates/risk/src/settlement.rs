//! The settlement price, a time-weighted average of the window before expiry, and what a line pays at it (risk.md §9).
//!
//! **Weight.** A price counts for the time *before* it: from the newest sample (for the first one from the start of the
//! window) to its own publish time, at most [`SAMPLE_SECS_MAX`]. What lies further back stays uncovered: nobody can
//! stretch one print over a silence, and two samples never count for the same second.
//!
//! **Close.** The first update at or after expiry is unique (`prev_publish_time < expiry ≤ publish_time`), so nobody
//! chooses it. By the same rule it counts for the time from the newest sample to the expiry, at most 60 s, and then
//! the average is written once. Where the window is covered too thinly that first update settles alone.
//!
//! **No choice.** At every moment at most one outcome is open: until [`FIRST_PRICE_WAIT_SECS`] after expiry only the
//! first update settles; from then on the average the window has, if it has one; only a window without any average
//! leaves the first update, and a day after expiry the authority.

use crate::bounds::{ONE_E6, ONE_E8, PRICE_MAX_E8};
use crate::fixed::saturate;
use bytemuck::{Pod, Zeroable};

/// Longest time that one price counts for, seconds.
pub const SAMPLE_SECS_MAX: i64 = 60;
/// Least share of the window that must be covered for its average to settle at once, 1e-6.
pub const COVERAGE_MIN_E6: i64 = 800_000;
/// How long the first update after expiry may take to come and to be shown, seconds.
pub const FIRST_PRICE_WAIT_SECS: i64 = 6 * 3_600;
/// Time after expiry from which the authority may settle a window without any average, seconds.
pub const AUTHORITY_WAIT_SECS: i64 = 24 * 3_600;

/// Running time-weighted sum of one expiry's settlement window. Stored as is in the program's expiry slots; the 128-bit
/// sum is two words because 128-bit fields are aligned differently on the host and on chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Pod, Zeroable)]
#[repr(C)]
pub struct Accumulator {
    /// Σ price·seconds, 1e-8 quote-seconds: low and high 64 bits.
    pub weighted_sum: [u64; 2],
    /// Σ seconds, ≥ 0.
    pub weight_secs: i64,
    /// Publish time of the newest sample, unix seconds; 0 before the first.
    pub last_publish: i64,
}

/// The window an expiry is averaged over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Expiry, unix seconds.
    pub expiry_ts: i64,
    /// Length, seconds, > 0.
    pub window_secs: i64,
}

/// A price update that claims to be the first at or after expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FirstPrice {
    /// Price, 1e-8 quote.
    pub price_e8: u64,
    /// When it was published, unix seconds.
    pub publish_time: i64,
    /// When the update before it was published, unix seconds.
    pub prev_publish_time: i64,
}

/// Where a settlement price came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// The average of a covered window.
    Average,
    /// The first update at or after expiry, the window being covered too thinly.
    FirstPrice,
    /// The average of what the window has, no first update having been shown in time.
    PartialAverage,
    /// The authority, the window having no average at all.
    Authority,
}

/// A settlement price with its reason.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Settlement {
    /// Settlement price, 1e-8 quote.
    pub price_e8: u64,
    /// Where it came from.
    pub source: Source,
    /// Seconds of the window that were covered.
    pub weight_secs: i64,
}

/// Why a sample or a settlement is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettlementRefusal {
    /// The publish time lies outside `[expiry − window, expiry)`.
    OutsideWindow,
    /// The publish time is not after the newest sample's.
    NotNewer,
    /// The expiry has not passed.
    NotExpired,
    /// The update is not the first at or after expiry, or came too late to count as one.
    NotFirstPrice,
    /// The first update may still come, or the authority's day is not over.
    TooEarly,
    /// The window has no average; only a first update or the authority can settle it.
    NoSamples,
    /// The window has an average; the authority has no say.
    HasAverage,
    /// A price is zero or above [`PRICE_MAX_E8`].
    Price,
}

impl Window {
    /// Start of the window, unix seconds.
    #[must_use]
    pub fn start(&self) -> i64 {
        self.expiry_ts.saturating_sub(self.window_secs)
    }
}

impl Accumulator {
    /// The 128-bit sum.
    #[must_use]
    pub fn sum(&self) -> u128 {
        let [low, high] = self.weighted_sum;
        u128::from(low) | (u128::from(high) << 64)
    }

    /// The average so far, 1e-8 quote, rounded down; 0 before the first second of weight.
    #[must_use]
    pub fn average_e8(&self) -> u64 {
        let Ok(weight) = u128::try_from(self.weight_secs) else { return 0 };
        self.sum().checked_div(weight).and_then(|average| u64::try_from(average).ok()).unwrap_or(0)
    }

    /// Whether enough of the window is covered for its average to settle at once.
    #[must_use]
    pub fn is_covered(&self, window: &Window) -> bool {
        // Both sides stay below 2^63·2^20 in 128 bits.
        i128::from(self.weight_secs) * i128::from(ONE_E6)
            >= i128::from(window.window_secs) * i128::from(COVERAGE_MIN_E6)
    }

    /// Adds a price of the window and returns the seconds it counts for.
    ///
    /// # Errors
    /// [`SettlementRefusal::Price`], [`SettlementRefusal::OutsideWindow`], [`SettlementRefusal::NotNewer`].
    pub fn sample(
        &mut self,
        window: &Window,
        price_e8: u64,
        publish_time: i64,
    ) -> Result<i64, SettlementRefusal> {
        require_price(price_e8)?;
        if publish_time < window.start() || publish_time >= window.expiry_ts {
            return Err(SettlementRefusal::OutsideWindow);
        }
        if publish_time <= self.last_publish {
            return Err(SettlementRefusal::NotNewer);
        }
        let weight_secs = self.weigh(window, price_e8, publish_time);
        self.last_publish = publish_time;
        Ok(weight_secs)
    }

    /// Counts a price for the time from the newest sample to `until`, at most [`SAMPLE_SECS_MAX`].
    fn weigh(&mut self, window: &Window, price_e8: u64, until: i64) -> i64 {
        let from = self.last_publish.max(window.start());
        let weight_secs = until.saturating_sub(from).clamp(0, SAMPLE_SECS_MAX);
        // A price is below 2^51 and a weight at most 60: even 2^60 samples stay below 2^117.
        let added = u128::from(price_e8).wrapping_mul(u128::from(weight_secs.unsigned_abs()));
        let sum = self.sum().wrapping_add(added);
        self.weighted_sum = split_words(sum);
        self.weight_secs = self.weight_secs.saturating_add(weight_secs);
        weight_secs
    }
}

/// The settlement price that is due at `now`, from the window's samples and, where one is shown, the first update.
///
/// # Errors
/// [`SettlementRefusal::NotExpired`]; [`SettlementRefusal::NotFirstPrice`] or [`SettlementRefusal::Price`] for an update
/// that is no first update; [`SettlementRefusal::TooEarly`] while one may still come; [`SettlementRefusal::NoSamples`].
pub fn settle(
    samples: &Accumulator,
    window: &Window,
    first: Option<&FirstPrice>,
    now: i64,
) -> Result<Settlement, SettlementRefusal> {
    if now < window.expiry_ts {
        return Err(SettlementRefusal::NotExpired);
    }
    if let Some(first) = first {
        require_first(window, first)?;
    }
    let waited = now.saturating_sub(window.expiry_ts) >= FIRST_PRICE_WAIT_SECS;
    if waited && samples.weight_secs > 0 {
        let (price_e8, weight_secs) = (samples.average_e8(), samples.weight_secs);
        return Ok(Settlement { price_e8, source: Source::PartialAverage, weight_secs });
    }
    match first {
        Some(first) => Ok(close(*samples, window, first.price_e8)),
        None if waited => Err(SettlementRefusal::NoSamples),
        None => Err(SettlementRefusal::TooEarly),
    }
}

/// The settlement by an authority's price, for a window without any average a day after expiry.
///
/// # Errors
/// [`SettlementRefusal::HasAverage`], [`SettlementRefusal::TooEarly`], [`SettlementRefusal::Price`].
pub fn settle_by_authority(
    samples: &Accumulator,
    window: &Window,
    price_e8: u64,
    now: i64,
) -> Result<Settlement, SettlementRefusal> {
    if samples.weight_secs > 0 {
        return Err(SettlementRefusal::HasAverage);
    }
    if now.saturating_sub(window.expiry_ts) < AUTHORITY_WAIT_SECS {
        return Err(SettlementRefusal::TooEarly);
    }
    require_price(price_e8)?;
    Ok(Settlement { price_e8, source: Source::Authority, weight_secs: 0 })
}

/// What one side of a line is paid at the settlement price, 1e-6 quote, rounded down: gains down, losses up, so that
/// the payments of a series, whose quantities sum to zero, never sum to more than nothing.
///
/// `qty_e6` is 1e-6 unit, short below zero; prices are 1e-8 quote. Saturates at the ends of `i64`, which a book inside
/// the engine's money range never reaches.
#[must_use]
pub fn payoff_e6(strike_e8: u64, is_call: bool, qty_e6: i64, settled_e8: u64) -> i64 {
    let intrinsic_e8 =
        if is_call { settled_e8.saturating_sub(strike_e8) } else { strike_e8.saturating_sub(settled_e8) };
    if intrinsic_e8 == 0 || qty_e6 == 0 {
        return 0;
    }
    // |quantity| < 2^63 and intrinsic < 2^64: the product fits 127 bits and a sign.
    saturate(i128::from(qty_e6).wrapping_mul(i128::from(intrinsic_e8)).div_euclid(i128::from(ONE_E8)))
}

/// Closes the window with the first update: it counts for what is left to the expiry, and alone where coverage is thin.
fn close(mut samples: Accumulator, window: &Window, first_e8: u64) -> Settlement {
    samples.weigh(window, first_e8, window.expiry_ts);
    let weight_secs = samples.weight_secs;
    if samples.is_covered(window) {
        Settlement { price_e8: samples.average_e8(), source: Source::Average, weight_secs }
    } else {
        Settlement { price_e8: first_e8, source: Source::FirstPrice, weight_secs }
    }
}

fn require_first(window: &Window, first: &FirstPrice) -> Result<(), SettlementRefusal> {
    require_price(first.price_e8)?;
    let in_time = first.publish_time.saturating_sub(window.expiry_ts) < FIRST_PRICE_WAIT_SECS;
    if first.prev_publish_time < window.expiry_ts && window.expiry_ts <= first.publish_time && in_time {
        Ok(())
    } else {
        Err(SettlementRefusal::NotFirstPrice)
    }
}

fn require_price(price_e8: u64) -> Result<(), SettlementRefusal> {
    if (1..=PRICE_MAX_E8).contains(&price_e8) {
        Ok(())
    } else {
        Err(SettlementRefusal::Price)
    }
}

/// Low and high word.
fn split_words(sum: u128) -> [u64; 2] {
    // The masks make both conversions exact.
    [(sum & u128::from(u64::MAX)) as u64, (sum >> 64) as u64]
}

#[cfg(test)]
mod tests;

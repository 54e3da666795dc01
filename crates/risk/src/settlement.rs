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
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    const EXPIRY: i64 = 1_760_083_200;
    const WINDOW: Window = Window { expiry_ts: EXPIRY, window_secs: 1_800 };
    const USD: u64 = 100_000_000;

    fn sampled(samples: impl IntoIterator<Item = (i64, u64)>) -> Accumulator {
        let mut sum = Accumulator::default();
        for (before_expiry, price) in samples {
            sum.sample(&WINDOW, price * USD, EXPIRY - before_expiry).unwrap();
        }
        sum
    }

    fn first(price: u64, after: i64) -> FirstPrice {
        FirstPrice { price_e8: price * USD, publish_time: EXPIRY + after, prev_publish_time: EXPIRY - 1 }
    }

    /// Goal: payoffs by hand, rounded down for the holder. Method: one unit of 1e-6 quote is between the values.
    #[test]
    fn payoffs_round_down_for_the_holder() {
        assert_eq!(payoff_e6(100 * USD, true, 2_000_000, 130 * USD), 60_000_000);
        assert_eq!(payoff_e6(100 * USD, true, -2_000_000, 130 * USD), -60_000_000);
        assert_eq!(payoff_e6(100 * USD, false, 2_000_000, 130 * USD), 0);
        assert_eq!(payoff_e6(100 * USD, false, -500_000, 90 * USD), -5_000_000);
        assert_eq!(payoff_e6(100 * USD, true, 1, 100 * USD + 50_000_000), 0);
        assert_eq!(payoff_e6(100 * USD, true, -1, 100 * USD + 50_000_000), -1);
        assert_eq!(payoff_e6(0, true, i64::MAX, u64::MAX), i64::MAX);
        assert_eq!(payoff_e6(0, true, i64::MIN, u64::MAX), i64::MIN);
    }

    /// Goal: a silence is not filled by the print after it. Method: 60 s at most for the first and for any later price.
    #[test]
    fn no_price_counts_for_more_than_a_minute() {
        let mut sum = Accumulator::default();
        assert_eq!(sum.sample(&WINDOW, USD, WINDOW.start()), Ok(0));
        assert_eq!(sum.sample(&WINDOW, USD, WINDOW.start() + 45), Ok(45));
        assert_eq!(sum.sample(&WINDOW, USD, WINDOW.start() + 500), Ok(60));
        assert_eq!(Accumulator::default().sample(&WINDOW, USD, EXPIRY - 1), Ok(60));
    }

    /// Goal: samples outside the window, repeated or reordered are refused and change nothing.
    #[test]
    fn samples_are_refused_with_their_reason() {
        let mut sum = sampled([(1_000, 5)]);
        let before = sum;
        for (at, reason) in [
            (WINDOW.start() - 1, SettlementRefusal::OutsideWindow),
            (EXPIRY, SettlementRefusal::OutsideWindow),
            (EXPIRY - 1_000, SettlementRefusal::NotNewer),
            (EXPIRY - 1_001, SettlementRefusal::NotNewer),
        ] {
            assert_eq!(sum.sample(&WINDOW, USD, at), Err(reason));
        }
        assert_eq!(sum.sample(&WINDOW, 0, EXPIRY - 1), Err(SettlementRefusal::Price));
        assert_eq!(sum.sample(&WINDOW, PRICE_MAX_E8 + 1, EXPIRY - 1), Err(SettlementRefusal::Price));
        assert_eq!(sum, before);
    }

    /// Goal: the first update closes the window and weighs like any price. Method: 29 minutes at 100, the last at 160.
    #[test]
    fn the_first_update_closes_the_window() {
        let sum = sampled((1..30).rev().map(|minute| (minute * 60, 100)));
        assert_eq!(sum.weight_secs, 29 * 60);
        let settled = settle(&sum, &WINDOW, Some(&first(160, 3)), EXPIRY + 10).unwrap();
        assert_eq!(settled, Settlement { price_e8: 102 * USD, source: Source::Average, weight_secs: 1_800 });
    }

    /// Goal: coverage is judged at four fifths, the closing minute included. Method: one second either side.
    #[test]
    fn thin_coverage_settles_at_the_first_update() {
        let minutes = (8..30).map(|minute| (1_800 - (minute - 7) * 60, 100)); // 22 minutes from the start
        let mut sum = sampled(minutes);
        assert_eq!(sum.weight_secs, 22 * 60);
        let at = |sum: &Accumulator| settle(sum, &WINDOW, Some(&first(160, 0)), EXPIRY).unwrap().source;
        assert_eq!(at(&sum), Source::FirstPrice);
        sum.sample(&WINDOW, 100 * USD, sum.last_publish + 59).unwrap();
        assert_eq!((sum.weight_secs + 60, at(&sum)), (1_439, Source::FirstPrice));
        sum.sample(&WINDOW, 100 * USD, sum.last_publish + 1).unwrap();
        assert_eq!((sum.weight_secs + 60, at(&sum)), (1_440, Source::Average));
    }

    /// Goal: only the one update that spans the expiry is the first. Method: each bound on its own.
    #[test]
    fn only_the_first_update_is_the_first() {
        let sum = sampled([(600, 100)]);
        let span = |prev: i64, publish: i64| FirstPrice {
            price_e8: USD,
            prev_publish_time: EXPIRY + prev,
            publish_time: EXPIRY + publish,
        };
        for (prev, publish, ok) in [
            (-1, 0, true),
            (-9, 21_599, true),
            (0, 0, false),
            (0, 1, false),
            (-2, -1, false),
            (-1, 21_600, false),
        ] {
            let verdict = settle(&sum, &WINDOW, Some(&span(prev, publish)), EXPIRY + 21_599);
            assert_eq!(verdict.is_ok(), ok, "{prev} {publish} {verdict:?}");
        }
        assert_eq!(settle(&sum, &WINDOW, None, EXPIRY - 1), Err(SettlementRefusal::NotExpired));
        assert_eq!(settle(&sum, &WINDOW, None, EXPIRY), Err(SettlementRefusal::TooEarly));
    }

    /// Goal: at no time can the caller choose between outcomes. Method: with and without the first update, before and
    /// after the wait, at most one price comes out; an empty window leaves the first update and, later, the authority.
    #[test]
    fn the_caller_never_chooses() {
        let (sum, late) = (sampled([(600, 100)]), EXPIRY + FIRST_PRICE_WAIT_SECS);
        let with = settle(&sum, &WINDOW, Some(&first(160, 0)), late).unwrap();
        assert_eq!((with.price_e8, with.source), (100 * USD, Source::PartialAverage));
        assert_eq!(settle(&sum, &WINDOW, None, late), Ok(with));
        let empty = Accumulator::default();
        assert_eq!(settle(&empty, &WINDOW, None, late), Err(SettlementRefusal::NoSamples));
        assert_eq!(settle(&empty, &WINDOW, Some(&first(160, 0)), late).unwrap().source, Source::FirstPrice);

        let day = EXPIRY + AUTHORITY_WAIT_SECS;
        assert_eq!(settle_by_authority(&sum, &WINDOW, USD, day), Err(SettlementRefusal::HasAverage));
        assert_eq!(settle_by_authority(&empty, &WINDOW, USD, day - 1), Err(SettlementRefusal::TooEarly));
        assert_eq!(settle_by_authority(&empty, &WINDOW, 0, day), Err(SettlementRefusal::Price));
        assert_eq!(settle_by_authority(&empty, &WINDOW, USD, day).unwrap().source, Source::Authority);
    }

    proptest! {
        /// Goal: settling a series in any split among any holders never pays out more than comes in, and what stays is
        /// below a millionth of quote a holder. Method: random quantities and the one that balances them.
        #[test]
        fn payoffs_of_a_series_leave_a_small_residue(
            strike in 1u64..PRICE_MAX_E8, settled in 1u64..PRICE_MAX_E8, is_call: bool,
            quantities in prop::collection::vec(-1_000_000_000i64..1_000_000_000, 1..20),
        ) {
            let balance = -quantities.iter().sum::<i64>();
            let paid: i128 = quantities.iter().chain([&balance])
                .map(|qty| i128::from(payoff_e6(strike, is_call, *qty, settled))).sum();
            prop_assert!(paid <= 0 && -paid <= quantities.len() as i128, "{paid}");
        }

        /// Goal: the average lies within the prices, weights never exceed the time that passed, and one print moves the
        /// average by at most its minute. Method: random gaps and prices, one of them replaced.
        #[test]
        fn one_print_moves_the_average_by_its_minute_at_most(
            gaps in prop::collection::vec((1i64..200, 1u64..1_000_000), 1..60), at in 0usize..60, other in 1u64..1_000_000,
        ) {
            let mut when = WINDOW.start();
            let mut prices: Vec<(i64, u64)> = Vec::new();
            for (gap, price) in gaps {
                when += gap;
                if when < EXPIRY {
                    prices.push((when, price));
                }
            }
            prop_assume!(!prices.is_empty());
            let run = |prices: &[(i64, u64)]| {
                let mut sum = Accumulator::default();
                for (when, price) in prices {
                    sum.sample(&WINDOW, *price, *when).unwrap();
                }
                sum
            };
            let sum = run(&prices);
            let (low, high) = (prices.iter().map(|p| p.1).min().unwrap(), prices.iter().map(|p| p.1).max().unwrap());
            prop_assert!((low..=high).contains(&sum.average_e8()));
            prop_assert!(sum.weight_secs <= prices.last().unwrap().0 - WINDOW.start());
            let at = at % prices.len();
            let old = core::mem::replace(&mut prices[at].1, other);
            let moved = run(&prices).sum().abs_diff(sum.sum());
            prop_assert!(moved <= 60 * u128::from(old.abs_diff(other)));
        }
    }
}

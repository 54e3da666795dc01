//! Volatility kept on chain: realised volatility R, the mark V and its speed limit, the margin volatility V*, medians.
//!
//! Volatilities 1e-6 a year, variances 1e-12 a year. Growth and decay are geometric (exponentials of the time elapsed),
//! so cutting an interval into many updates gives what one update gives, to rounding.

use crate::bounds::{VOL_MAX_E6, YEAR_SECS};
use crate::fixed::{exp_q40, ln_q40, mul_div_ceil_i64, mul_div_floor_i64, saturate, sqrt_floor_u128};

/// Largest variance kept, 1e-12 a year: the square of the largest volatility.
pub const VARIANCE_MAX_E12: i64 = VOL_MAX_E6 * VOL_MAX_E6;
/// Most values a median is taken of.
pub const MEDIAN_MAX: usize = 8;

const ONE_Q40: i64 = 1 << 40;
/// ln 2, ln 1.05, −ln 0.95 and −ln 0.98 at 2^-40.
const LN2_Q40: i64 = 762_123_384_786;
const LN_RISE_MINUTE_Q40: i64 = 53_645_352_825;
const LN_FALL_MINUTE_Q40: i64 = 56_397_573_606;
const LN_FALL_HOUR_Q40: i64 = 22_213_111_608;
/// Exponents beyond this are as good as infinite: e^14 is more than 10^6.
const EXPONENT_MAX_Q40: i64 = 14 << 40;

/// The variance R² after one more sample: an exponentially weighted average of squared log returns, annualised.
///
/// `elapsed_secs` lie between the two prices. A return's weight is 1 − 2^(−elapsed/half-life) and its annualised square
/// is r²·year/elapsed. Rounded up, at most [`VARIANCE_MAX_E12`]. Nothing changes for an elapsed time or a half-life that is not
/// positive or a price of zero.
#[must_use]
pub fn variance_after_sample_e12(
    variance_e12: i64,
    (last_e8, price_e8): (u64, u64),
    elapsed_secs: i64,
    half_life_secs: i64,
) -> i64 {
    if elapsed_secs <= 0 || half_life_secs <= 0 || last_e8 == 0 || price_e8 == 0 {
        return variance_e12;
    }
    let keep_q40 = decay_q40(LN2_Q40, elapsed_secs, half_life_secs);
    let return_q40 = ln_q40(price_e8).saturating_sub(ln_q40(last_e8));
    // |r| < 45 (logarithms of 64-bit numbers): r at 1e-9 is below 2^36, its square below 2^72, times a year 2^97.
    let return_e9 = (i128::from(return_q40) * 1_000_000_000) >> 40;
    let yearly_e12 =
        ceil_div(return_e9 * return_e9 * i128::from(YEAR_SECS), i128::from(elapsed_secs) * 1_000_000);
    let sampled_e12 = yearly_e12.min(i128::from(VARIANCE_MAX_E12));
    // Both variances are at most 2^47 and both weights at most 2^40.
    let held_e12 = i128::from(variance_e12.clamp(0, VARIANCE_MAX_E12));
    let sum = held_e12 * i128::from(keep_q40) + sampled_e12 * i128::from(ONE_Q40 - keep_q40);
    saturate(ceil_div(sum, i128::from(ONE_Q40)))
}

/// The volatility of a variance, rounded down.
#[must_use]
pub fn volatility_e6(variance_e12: i64) -> i64 {
    let root = sqrt_floor_u128(u128::from(variance_e12.max(0).unsigned_abs()));
    i64::try_from(root).unwrap_or(VOL_MAX_E6).min(VOL_MAX_E6)
}

/// The variance of a volatility, at most [`VARIANCE_MAX_E12`].
#[must_use]
pub fn variance_e12(volatility_e6: i64) -> i64 {
    let volatility = volatility_e6.clamp(0, VOL_MAX_E6);
    volatility.saturating_mul(volatility)
}

/// V*: `max(V, 0.75·R)`, rising at once, falling at most 2 % of itself an hour. Rounded up, at most [`VOL_MAX_E6`] and
/// never below V.
#[must_use]
pub fn margin_volatility_e6(vol_e6: i64, realised_e6: i64, previous_e6: i64, elapsed_secs: i64) -> i64 {
    let target = vol_e6.max(mul_div_ceil_i64(realised_e6, 3, 4).unwrap_or(VOL_MAX_E6)).min(VOL_MAX_E6);
    if target >= previous_e6 {
        return target;
    }
    let keep_q40 = decay_q40(LN_FALL_HOUR_Q40, elapsed_secs, 3_600);
    let least = mul_div_ceil_i64(previous_e6, keep_q40, ONE_Q40).unwrap_or(previous_e6);
    target.max(least.min(VOL_MAX_E6))
}

/// V of a market without a feed before its bounds: `1.25·R`, rounded up.
#[must_use]
pub fn volatility_from_realised_e6(realised_e6: i64) -> i64 {
    mul_div_ceil_i64(realised_e6, 5, 4).unwrap_or(VOL_MAX_E6)
}

/// Moves V from `previous` towards `target` at no more than 5 % of itself a minute.
#[must_use]
pub fn clamp_move_e6(previous_e6: i64, target_e6: i64, elapsed_secs: i64) -> i64 {
    if target_e6 >= previous_e6 {
        let rise_q40 = exp_q40(exponent_q40(LN_RISE_MINUTE_Q40, elapsed_secs, 60));
        let most = mul_div_floor_i64(previous_e6, rise_q40, ONE_Q40).unwrap_or(target_e6);
        target_e6.min(most.max(previous_e6))
    } else {
        let keep_q40 = decay_q40(LN_FALL_MINUTE_Q40, elapsed_secs, 60);
        let least = mul_div_ceil_i64(previous_e6, keep_q40, ONE_Q40).unwrap_or(previous_e6);
        target_e6.max(least)
    }
}

/// Whether `value` lies within `share` of `reference`, both ways, plus what V itself may move in the time elapsed.
/// The share is 1e-6.
#[must_use]
pub fn is_near(value_e6: i64, reference_e6: i64, share_e6: i64, elapsed_secs: i64) -> bool {
    const ONE_E6: i64 = crate::bounds::ONE_E6;
    let highest = clamp_move_e6(reference_e6, i64::MAX, elapsed_secs);
    let lowest = clamp_move_e6(reference_e6, 0, elapsed_secs);
    let above = mul_div_floor_i64(highest, ONE_E6.saturating_add(share_e6), ONE_E6).unwrap_or(i64::MAX);
    let below = mul_div_ceil_i64(lowest, ONE_E6.saturating_sub(share_e6).max(0), ONE_E6).unwrap_or(0);
    (below..=above).contains(&value_e6)
}

/// The median of up to [`MEDIAN_MAX`] values, of the two middle ones their mean rounded down; none without values.
/// Reorders the values.
#[must_use]
pub fn median(values: &mut [i64]) -> Option<i64> {
    values.sort_unstable();
    let middle = values.len() / 2;
    let upper = *values.get(middle)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *values.get(middle.checked_sub(1)?)?;
    // The mean without the sum.
    Some(lower.saturating_add(upper.saturating_sub(lower).div_euclid(2)))
}

/// `rate·elapsed/unit` at 2^-40, within what an exponential can tell from infinity.
fn exponent_q40(rate_q40: i64, elapsed_secs: i64, unit_secs: i64) -> i64 {
    mul_div_floor_i64(rate_q40, elapsed_secs.max(0), unit_secs)
        .unwrap_or(EXPONENT_MAX_Q40)
        .min(EXPONENT_MAX_Q40)
}

/// `exp(−rate·elapsed/unit)` at 2^-40.
fn decay_q40(rate_q40: i64, elapsed_secs: i64, unit_secs: i64) -> i64 {
    exp_q40(exponent_q40(rate_q40, elapsed_secs, unit_secs).saturating_neg()).clamp(0, ONE_Q40)
}

fn ceil_div(a: i128, d: i128) -> i128 {
    let floor = a.div_euclid(d);
    if a.rem_euclid(d) == 0 {
        floor
    } else {
        floor + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: i64 = 86_400;

    /// Goal: a constant volatility is found. Method: returns of the same size every minute for a year; R² = r²·year/dt.
    #[test]
    fn constant_returns_give_their_volatility() {
        let (low, high) = (100_000_000_000u64, 100_100_000_000u64);
        let mut variance = 0;
        for n in 0..100_000 {
            let pair = if n % 2 == 0 { (low, high) } else { (high, low) };
            variance = variance_after_sample_e12(variance, pair, 600, 3 * DAY);
        }
        let exact = (1.001f64).ln() * (31_536_000.0f64 / 600.0).sqrt();
        let got = volatility_e6(variance) as f64 / 1e6;
        assert!((got / exact - 1.0).abs() < 1e-4, "{got} for {exact}");
    }

    /// Goal: half of the old variance is left after a half-life of silence. Method: an unmoved price.
    #[test]
    fn silence_halves_in_a_half_life() {
        let after = variance_after_sample_e12(1_000_000_000_000, (5, 5), 3 * DAY, 3 * DAY);
        assert!((after - 500_000_000_000).abs() < 10_000_000, "{after}");
        // Absurd inputs change nothing, extreme ones stay in range.
        assert_eq!(variance_after_sample_e12(7, (0, 5), 60, DAY), 7);
        assert_eq!(variance_after_sample_e12(7, (5, 5), 0, DAY), 7);
        assert!(variance_after_sample_e12(0, (1, u64::MAX), 60, DAY) <= VARIANCE_MAX_E12);
        assert!(variance_after_sample_e12(i64::MAX, (1, u64::MAX), i64::MAX, 1) <= VARIANCE_MAX_E12);
    }

    /// Goal: the half-life does not depend on how often the price is sampled. Method: one hour in one or sixty pieces.
    #[test]
    fn sampling_often_or_seldom_agrees() {
        let once = variance_after_sample_e12(400_000_000_000, (5, 5), 3_600, 3 * DAY);
        let mut often = 400_000_000_000;
        for _ in 0..60 {
            often = variance_after_sample_e12(often, (5, 5), 60, 3 * DAY);
        }
        assert!((once - often).abs() < 100_000, "{once} {often}");
    }

    /// Goal: V* rises at once, falls 2 % an hour, never under V or 0.75·R. Method: known values.
    #[test]
    fn margin_volatility_falls_slowly() {
        assert_eq!(margin_volatility_e6(500_000, 400_000, 300_000, 0), 500_000);
        assert_eq!(margin_volatility_e6(500_000, 1_000_000, 300_000, 0), 750_000);
        assert_eq!(margin_volatility_e6(500_000, 0, 1_000_000, 0), 1_000_000);
        assert_eq!(margin_volatility_e6(500_000, 0, 1_000_000, 3_600), 980_000);
        assert_eq!(margin_volatility_e6(990_000, 0, 1_000_000, 3_600), 990_000);
        assert_eq!(margin_volatility_e6(500_000, 0, 1_000_000, i64::MAX), 500_000);
        assert_eq!(margin_volatility_e6(VOL_MAX_E6, i64::MAX, VOL_MAX_E6, 1), VOL_MAX_E6);
    }

    /// Goal: V moves at most 5 % a minute, in one step or many. Method: far targets both ways.
    #[test]
    fn marks_move_slowly() {
        assert_eq!(clamp_move_e6(1_000_000, 9_000_000, 60), 1_049_999);
        assert_eq!(clamp_move_e6(1_000_000, 1, 60), 950_000);
        assert_eq!(clamp_move_e6(1_000_000, 1_010_000, 60), 1_010_000);
        assert_eq!(clamp_move_e6(1_000_000, 5_000_000, 0), 1_000_000);
        assert_eq!(clamp_move_e6(1_000_000, 5_000_000, -5), 1_000_000);
        assert_eq!(clamp_move_e6(1_000_000, 5_000_000, i64::MAX), 5_000_000);
        let (mut up, mut down) = (1_000_000, 1_000_000);
        for _ in 0..60 {
            up = clamp_move_e6(up, i64::MAX, 1);
            down = clamp_move_e6(down, 0, 1);
        }
        assert!((1_049_900..=1_050_000).contains(&up), "{up}");
        assert!((950_000..=950_100).contains(&down), "{down}");
    }

    /// Goal: the median of one to eight values. Method: known values.
    #[test]
    fn medians() {
        assert_eq!(median(&mut []), None);
        assert_eq!(median(&mut [5]), Some(5));
        assert_eq!(median(&mut [9, 4]), Some(6));
        assert_eq!(median(&mut [9, 1, 4]), Some(4));
        assert_eq!(median(&mut [8, 7, 6, 5, 4, 3, 2, 1]), Some(4));
    }

    /// Goal: a value near the last median passes, one far away does not until time has passed. Method: both limits.
    #[test]
    fn posts_stay_near_the_median() {
        assert!(is_near(1_250_000, 1_000_000, 250_000, 0));
        assert!(!is_near(1_250_001, 1_000_000, 250_000, 0));
        assert!(is_near(750_000, 1_000_000, 250_000, 0));
        assert!(!is_near(749_999, 1_000_000, 250_000, 0));
        assert!(is_near(2_000_000, 1_000_000, 250_000, 600));
    }
}

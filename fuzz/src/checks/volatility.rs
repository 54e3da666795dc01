//! Volatility kept on chain (docs/risk.md §1): bounds, direction of moves, the middle of some values.

use ballast_risk::bounds::VOL_MAX_E6;
use ballast_risk::volatility::{
    clamp_move_e6, is_near, margin_volatility_e6, median, variance_after_sample_e12, variance_e12,
    volatility_e6, volatility_from_realised_e6, MEDIAN_MAX, VARIANCE_MAX_E12,
};

/// A variance stays within its bounds and is the square of its volatility.
pub fn variance([variance, last, price, elapsed, half_life, vol, ..]: [i64; 12]) {
    let prices = (last.cast_unsigned(), price.cast_unsigned());
    let held = variance.clamp(0, VARIANCE_MAX_E12);
    let after = variance_after_sample_e12(held, prices, elapsed, half_life);
    assert!((0..=VARIANCE_MAX_E12).contains(&after), "{after}");
    // No move can only make calmer.
    if elapsed > 0 && half_life > 0 && last == price && last != 0 {
        assert!(after <= held + 1, "{after} of {held}");
    }
    let _ = variance_after_sample_e12(variance, prices, elapsed, half_life);
    let vol_e6 = vol.clamp(0, VOL_MAX_E6);
    assert_eq!(volatility_e6(variance_e12(vol)), vol_e6);
    assert!((0..=VOL_MAX_E6).contains(&volatility_e6(variance)));
}

/// V moves towards its target and not past it; V* is never below V.
pub fn moves([previous, target, elapsed, realised, share, ..]: [i64; 12]) {
    let (from, to) = (previous.max(0), target.max(0));
    let moved = clamp_move_e6(from, to, elapsed);
    assert!((from.min(to)..=from.max(to)).contains(&moved), "{moved}");
    let margin = margin_volatility_e6(target, realised, previous, elapsed);
    assert!(margin >= target.min(VOL_MAX_E6), "{margin}");
    let within = |vol: i64| vol.clamp(0, VOL_MAX_E6);
    let margin = margin_volatility_e6(within(target), within(realised), within(previous), elapsed);
    assert!((within(target)..=VOL_MAX_E6).contains(&margin), "{margin}");
    let _ = (is_near(target, previous, share, elapsed), clamp_move_e6(previous, target, elapsed));
    assert!(previous <= 0 || previous > VOL_MAX_E6 || is_near(previous, previous, share.max(0), elapsed));
    assert!(volatility_from_realised_e6(within(realised)) >= within(realised));
}

/// A median lies between the values, in whatever order they come.
pub fn medians(numbers: [i64; 12]) {
    let count = numbers[11].rem_euclid(MEDIAN_MAX as i64 + 1) as usize;
    let (mut there, mut back) = (numbers, numbers);
    back[..count].reverse();
    let middle = median(&mut there[..count]);
    assert_eq!(middle, median(&mut back[..count]));
    assert_eq!(middle.is_none(), count == 0);
    if let Some(middle) = middle {
        let below = numbers[..count].iter().filter(|&&n| n <= middle).count();
        let above = numbers[..count].iter().filter(|&&n| n >= middle).count();
        assert!(below >= count / 2 && above >= count / 2, "{middle} of {numbers:?}");
    }
}

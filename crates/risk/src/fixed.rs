//! Fixed-point primitives: rounding division, square root, logarithm, exponential. Integers only, no panic.
//!
//! Worst errors (tests at the end and `tests/fixed_accuracy.rs`): `ln_q40` 1 unit of 2^-40; `exp_q40` 5e-12 relative, or 4
//! units of 2^-40 for x < 0, |x| ≤ 15; `sqrt_normalised` 2^-31 relative. Method of ln: reduction to [1, 2), a table of 128 reciprocals, a quartic
//! series; of exp: reduction by ln 2/64, a table of 64 powers, a quartic series; of the root: Newton from a linear guess.
//! Intermediates carry their bound in a comment: the plain 64-bit operations here cannot overflow.

use crate::{exp_table::EXP_STEPS, ln_table::LN_CELLS};

/// `a·b/d` rounded down, through 128 bits. `None` when `d` is 0 or the result does not fit.
#[must_use]
pub const fn mul_div_floor(a: u64, b: u64, d: u64) -> Option<u64> {
    if d == 0 {
        return None;
    }
    let q = (a as u128).wrapping_mul(b as u128) / d as u128;
    if q > u64::MAX as u128 {
        None
    } else {
        Some(q as u64)
    }
}

/// `a·b/d` rounded up, through 128 bits. `None` when `d` is 0 or the result does not fit.
#[must_use]
pub const fn mul_div_ceil(a: u64, b: u64, d: u64) -> Option<u64> {
    if d == 0 {
        return None;
    }
    let product = (a as u128).wrapping_mul(b as u128);
    let q = product / d as u128 + if product.is_multiple_of(d as u128) { 0 } else { 1 };
    if q > u64::MAX as u128 {
        None
    } else {
        Some(q as u64)
    }
}

/// `a·b/d` rounded towards minus infinity, for `d` > 0. `None` when `d` ≤ 0 or the result does not fit.
#[must_use]
pub const fn mul_div_floor_i64(a: i64, b: i64, d: i64) -> Option<i64> {
    if d <= 0 {
        return None;
    }
    // The plain product where it surely fits: a 128-bit division costs ten times as much.
    if is_plain_product(a, b) {
        return Some(a.wrapping_mul(b).div_euclid(d));
    }
    let q = (a as i128).wrapping_mul(b as i128).div_euclid(d as i128);
    if q > i64::MAX as i128 || q < i64::MIN as i128 {
        None
    } else {
        Some(q as i64)
    }
}

/// `a·b/d` rounded towards plus infinity, for `d` > 0. `None` when `d` ≤ 0 or the result does not fit.
#[must_use]
pub const fn mul_div_ceil_i64(a: i64, b: i64, d: i64) -> Option<i64> {
    if d > 0 && is_plain_product(a, b) {
        let product = a.wrapping_mul(b);
        let floor = product.div_euclid(d);
        return Some(if product.rem_euclid(d) == 0 { floor } else { floor.wrapping_add(1) });
    }
    match mul_div_floor_i64(a, b, d) {
        Some(floor) if (a as i128).wrapping_mul(b as i128) != (floor as i128).wrapping_mul(d as i128) => {
            floor.checked_add(1)
        }
        other => other,
    }
}

/// Whether `a·b` surely fits a word, seen by size: of two of 31 bits, or one of 43 by one of 20. A product that is checked
/// instead takes 128 bits in the virtual machine.
const fn is_plain_product(a: i64, b: i64) -> bool {
    let (a, b) = (a.unsigned_abs(), b.unsigned_abs());
    (a | b) < 1 << 31 || (a < 1 << 43 && b < 1 << 20)
}

/// Money times a ratio of 1e-6, rounded towards minus infinity. Saturates at the ends of `i64`.
#[must_use]
pub(crate) fn ratio_floor(money_e6: i64, ratio_e6: i64) -> i64 {
    ratio_plus(money_e6, ratio_e6, 0)
}

/// Money times a ratio of 1e-6, to the nearest. Saturates at the ends of `i64`.
#[must_use]
pub(crate) fn ratio_nearest(money_e6: i64, ratio_e6: i64) -> i64 {
    ratio_plus(money_e6, ratio_e6, 500_000)
}

/// (money·ratio + `plus`)/10^6 rounded down, for a `plus` below 10^6.
#[inline]
fn ratio_plus(money_e6: i64, ratio_e6: i64, plus: u64) -> i64 {
    const MILLION: u64 = 1_000_000;
    // A multiple of a million that makes the money positive: the plain division is of words without sign.
    const ABOVE: u64 = 1 << 40;
    if money_e6.unsigned_abs() < 1 << 59 && (0..1 << 23).contains(&ratio_e6) {
        let money = (money_e6 as u64).wrapping_add(ABOVE * MILLION);
        let (whole, rest) = ((money / MILLION) as i64, money % MILLION);
        // Both products are below 2^63.
        let part = rest.wrapping_mul(ratio_e6 as u64).wrapping_add(plus) / MILLION;
        return whole.wrapping_sub(ABOVE as i64).wrapping_mul(ratio_e6).wrapping_add(part as i64);
    }
    saturate((money_e6 as i128 * ratio_e6 as i128 + plus as i128).div_euclid(1_000_000))
}

/// Money times a ratio of 1e-6, rounded towards plus infinity. Saturates at the ends of `i64`.
#[must_use]
pub(crate) fn ratio_ceil(money_e6: i64, ratio_e6: i64) -> i64 {
    ratio_floor(money_e6.saturating_neg(), ratio_e6).saturating_neg()
}

/// `x` where it fits, else the end of `i64` on its side.
pub(crate) const fn saturate(x: i128) -> i64 {
    if x > i64::MAX as i128 {
        i64::MAX
    } else if x < i64::MIN as i128 {
        i64::MIN
    } else {
        x as i64
    }
}

/// Shifts a non-zero `x` left until its top bit is set; returns it and the shift. Compares instead of counting: the
/// virtual machine has no leading-zero instruction.
#[inline]
pub(crate) const fn normalise(x: u64) -> (u64, u32) {
    let (mut y, mut shift) = (x, 0);
    if y < 1 << 32 {
        y <<= 32;
        shift |= 32;
    }
    if y < 1 << 48 {
        y <<= 16;
        shift |= 16;
    }
    if y < 1 << 56 {
        y <<= 8;
        shift |= 8;
    }
    if y < 1 << 60 {
        y <<= 4;
        shift |= 4;
    }
    if y < 1 << 62 {
        y <<= 2;
        shift |= 2;
    }
    if y < 1 << 63 {
        y <<= 1;
        shift |= 1;
    }
    (y, shift)
}

/// Bits that `x` needs: 0 for 0, 64 for 2^63.
pub(crate) const fn bits(x: u64) -> u32 {
    if cfg!(not(target_os = "solana")) || x == 0 {
        64 - x.leading_zeros()
    } else {
        64 - normalise(x).1
    }
}

/// ln(x)·2^40 for x > 0 (0 is taken as 1). Error at most one unit.
#[must_use]
pub const fn ln_q40(x: u64) -> i64 {
    let x = if x == 0 { 1 } else { x };
    let (y, shift) = normalise(x);
    ln_normalised_q40(y, 63 - shift as i64)
}

/// ln(y·2^-63·2^`exponent`)·2^40 for a `y` with its top bit set and |exponent| < 128. Error at most one unit.
#[inline]
pub(crate) const fn ln_normalised_q40(y: u64, exponent: i64) -> i64 {
    // y = m·2^63 with m in [1, 2). Seven bits below the top choose the cell; m·r is within 2^-8 of 1.
    let (ln_centre_q60, reciprocal_q31) = LN_CELLS[((y >> 56) & 127) as usize];
    // (m at 2^-32)·(r at 2^-31) = m·r at 2^-63; the bits of m below 2^-32 are added at the same scale.
    let high = (y >> 31).wrapping_mul(reciprocal_q31);
    let low = (y & 0x7fff_ffff).wrapping_mul(reciprocal_q31) >> 31;
    let z = high.wrapping_add(low).wrapping_sub(1 << 63) as i64; // Q63, |z| < 2^55
    let z_q40 = z >> 23; // |z| < 2^32
    let z2 = (z_q40 >> 2).wrapping_mul(z_q40 >> 2) >> 30; // z² at 2^-46, < 2^30
    let z3 = z2.wrapping_mul(z_q40 >> 2) >> 38; // z³ at 2^-46, < 2^22
    let z4 = z2.wrapping_mul(z2) >> 46;
    // z − z²/2 + z³/3 − z⁴/4, rounded from 2^-46.
    let series =
        (z >> 17).wrapping_sub(z2 >> 1).wrapping_add(z3.wrapping_mul(THIRD_Q30) >> 30).wrapping_sub(z4 >> 2);
    // Sum at 2^-46, then one rounding to 2^-40.
    let sum = (ln_centre_q60 >> 14).wrapping_add(series).wrapping_add(exponent.wrapping_mul(LN2_Q46));
    sum.wrapping_add(32) >> 6
}

/// A third at 2^-30, and ln 2 at 2^-46.
const THIRD_Q30: i64 = 357_913_941;
const LN2_Q46: i64 = 48_775_896_626_292;

/// exp(x/2^40)·2^40. Zero below −28; x above 15 counts as 15, so that the result stays under 2^63.
#[must_use]
pub const fn exp_q40(x_q40: i64) -> i64 {
    if x_q40 < -(28 << 40) {
        return 0;
    }
    let x = if x_q40 > 15 << 40 { 15 << 40 } else { x_q40 };
    // x = n·ln 2/64 + rest with |rest| ≤ ln 2/128, so |rest| < 2^33 at 2^-40. n < 2^12 in size.
    let n = (x >> 20).wrapping_mul(STEPS_PER_UNIT_Q20).wrapping_add(1 << 39) >> 40;
    let rest = x.wrapping_sub(n.wrapping_mul(STEP_Q52) >> 12);
    let half = rest >> 2;
    let r2 = half.wrapping_mul(half) >> 36; // rest² at 2^-40, < 2^26
    let r3 = r2.wrapping_mul(rest >> 8) >> 32; // rest³, < 2^19
    let r4 = r2.wrapping_mul(r2) >> 40; // rest⁴, < 2^12; 171/4096 is 1/24 to 1e-4
    let more = rest
        .wrapping_add(r2 >> 1)
        .wrapping_add(r3.wrapping_mul(SIXTH_Q30) >> 30)
        .wrapping_add(r4.wrapping_mul(171) >> 12);
    let step = EXP_STEPS[(n & 63) as usize]; // in [2^40, 2^41)
    let (high, low) = (step >> 20, step & 0xf_ffff);
    let grown = (high.wrapping_mul(more) >> 20).wrapping_add(low.wrapping_mul(more) >> 40);
    let mantissa = step.wrapping_add(grown);
    let shift = n >> 6;
    if shift >= 0 {
        mantissa << shift
    } else {
        mantissa.wrapping_add(1 << (-shift - 1)) >> -shift
    }
}

/// 64/ln 2 at 2^-20, ln 2/64 at 2^-52, a sixth at 2^-30.
const STEPS_PER_UNIT_Q20: i64 = 96817625;
const STEP_Q52: i64 = 48775896626292;
const SIXTH_Q30: i64 = 178_956_971;

/// The integer square root of a normalised value: `x` in [2^62, 2^64) gives a root in [2^31, 2^32), error at most 1.
const fn root_normalised(x: u64) -> u64 {
    let mut s = (x >> 33) + (1 << 31) - (1 << 29);
    let mut step = 0;
    while step < 4 {
        s = s.wrapping_add(x / s) >> 1;
        step += 1;
    }
    if s > u32::MAX as u64 {
        u32::MAX as u64
    } else {
        s
    }
}

/// √x as a 32-bit mantissa m in [2^31, 2^32) and an exponent e: √x = m·2^-e. For x = 0 (0, 0).
#[must_use]
pub const fn sqrt_normalised(x: u64) -> (u64, u32) {
    if x == 0 {
        return (0, 0);
    }
    let (y, shift) = normalise(x);
    // An even shift, so that the root of the power of two is whole: √(x·2^2e) = √x·2^e.
    let (y, shift) = if shift % 2 == 1 { (y >> 1, shift - 1) } else { (y, shift) };
    (root_normalised(y), shift / 2)
}

/// The square root of a 128-bit value, rounded down.
#[must_use]
pub const fn sqrt_floor_u128(x: u128) -> u64 {
    if x == 0 {
        return 0;
    }
    let high = (x >> 64) as u64;
    // From above: 2^ceil(bits/2). Newton then falls monotonically to the floor.
    let width = if high > 0 { 64 + bits(high) } else { bits(x as u64) };
    let mut s: u128 = 1 << width.div_ceil(2);
    loop {
        let next = (s + x / s) >> 1;
        if next >= s {
            return if s > u64::MAX as u128 { u64::MAX } else { s as u64 };
        }
        s = next;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn division_rounds_to_its_name() {
        assert_eq!(mul_div_floor(7, 3, 2), Some(10));
        assert_eq!(mul_div_ceil(7, 3, 2), Some(11));
        assert_eq!(mul_div_ceil(8, 3, 2), Some(12));
        assert_eq!(mul_div_floor(u64::MAX, 2, 1), None);
        assert_eq!(mul_div_floor(1, 1, 0), None);
        assert_eq!(mul_div_floor_i64(-7, 3, 2), Some(-11));
        assert_eq!(mul_div_ceil_i64(-7, 3, 2), Some(-10));
        assert_eq!(mul_div_ceil_i64(7, 3, 2), Some(11));
        assert_eq!((ratio_floor(-3, 500_000), ratio_ceil(-3, 500_000)), (-2, -1));
        assert_eq!(
            (ratio_floor(i64::MAX, 1_000_000), ratio_ceil(i64::MIN + 1, 1_000_000)),
            (i64::MAX, i64::MIN + 1)
        );
    }

    #[test]
    fn ln_is_within_one_unit() {
        for x in [1u64, 2, 3, 10, 12_345, 1 << 20, 6_543_210_000_000, (1 << 50) + 7, u64::MAX, 255, 256, 257]
        {
            let exact = (x as f64).ln() * (1u64 << 40) as f64;
            assert!((ln_q40(x) as f64 - exact).abs() <= 2.0, "{x}: {} {exact}", ln_q40(x));
        }
    }

    #[test]
    fn exp_undoes_ln() {
        for x in [-20.0f64, -3.3, -0.1, -1e-6, 0.0, 1e-6, 0.3, 1.0, 4.0, 14.9] {
            let got = exp_q40((x * (1u64 << 40) as f64) as i64) as f64 / (1u64 << 40) as f64;
            assert!((got / x.exp() - 1.0).abs() < 4e-12 + 1e-12 / x.exp(), "{x}: {got}");
        }
        assert_eq!(exp_q40(0), 1 << 40);
        assert_eq!(exp_q40(i64::MIN), 0);
    }

    #[test]
    fn roots() {
        for x in [1u64, 2, 3, 4, 99, 86_400, 31_536_000, 1 << 61, u64::MAX] {
            let (m, e) = sqrt_normalised(x);
            assert!(m >= 1 << 31 || x == u64::MAX, "{x}");
            let got = m as f64 / 2f64.powi(e as i32);
            assert!((got / (x as f64).sqrt() - 1.0).abs() < 5e-10, "{x}: {got}");
        }
        for x in [0u128, 1, 3, 4, 15, 16, 1 << 100, (1 << 100) - 1, u128::from(u64::MAX).pow(2)] {
            let s = sqrt_floor_u128(x) as u128;
            assert!(s * s <= x && (s + 1).checked_pow(2).is_none_or(|sq| sq > x), "{x}");
        }
    }
}

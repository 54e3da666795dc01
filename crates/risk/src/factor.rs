//! Positive numbers of any size for a 64-bit multiplication: a mantissa and a shift, and the square root of a time.

use crate::bounds::DAY_SECS;
use crate::fixed::{normalise, sqrt_normalised};
use bytemuck::{Pod, Zeroable};

/// A positive factor as a mantissa in [2^30, 2^31) (or 0) and a right shift: value = mantissa·2^-shift.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Factor {
    pub mantissa: i64,
    pub shift: i64,
}

impl Factor {
    /// Nothing.
    const ZERO: Self = Self { mantissa: 0, shift: 0 };

    /// The factor `x`·2^-`scale`.
    pub(crate) const fn new(x: u64, scale: u32) -> Self {
        if x == 0 {
            return Self::ZERO;
        }
        let (y, up) = normalise(x);
        Self { mantissa: (y >> 33) as i64, shift: (scale as i64).wrapping_add(up as i64).wrapping_sub(33) }
    }

    /// The product of two factors.
    pub(crate) fn times(self, other: Self) -> Self {
        // Both mantissas lie in [2^30, 2^31): the product has its top bit at 60 or 61.
        let product = self.mantissa.wrapping_mul(other.mantissa);
        if product == 0 {
            return Self::ZERO;
        }
        let down = if product >= 1 << 61 { 31 } else { 30 };
        Self { mantissa: product >> down, shift: self.shift.wrapping_add(other.shift).wrapping_sub(down) }
    }

    /// 1/self; of 0 the largest factor.
    pub(crate) fn reciprocal(self) -> Self {
        // 2^61/m lies in (2^30, 2^31].
        let quotient = (1u64 << 61) / self.mantissa.max(1) as u64;
        let shift = 61i64.wrapping_sub(self.shift);
        if quotient < 1 << 31 {
            Self { mantissa: quotient as i64, shift }
        } else {
            Self { mantissa: 1 << 30, shift: shift.wrapping_sub(1) }
        }
    }

    /// The value at 2^-40, saturated to [0, 2^62).
    pub(crate) fn q40(self) -> i64 {
        let right = self.shift.wrapping_sub(40);
        if right >= 0 {
            self.mantissa >> right.min(63)
        } else {
            self.mantissa << right.wrapping_neg().min(31)
        }
    }
}

/// √(`secs`/year): square root of a time in years. `secs` ≥ 0.
pub(crate) const fn root_years(secs: i64) -> Factor {
    // 1/√31,536,000 at 2^-44.
    const PER_ROOT_SECOND_Q44: u64 = 3_132_683_400;
    if secs <= 0 {
        return Factor::ZERO;
    }
    let (mantissa, exponent) = sqrt_normalised(secs as u64);
    // The root has 32 bits and the constant 31.5: the product lies between 2^62 and 2^64.
    let product = mantissa.wrapping_mul(PER_ROOT_SECOND_Q44);
    let down = if product >= 1 << 63 { 33 } else { 32 };
    Factor { mantissa: (product >> down) as i64, shift: (exponent as i64).wrapping_add(44 - down) }
}

/// √(1 day).
pub(crate) const ROOT_DAY: Factor = root_years(DAY_SECS);

//! `Lane`: a 64-bit integer whose operators wrap in release and panic in debug.
//!
//! A checked 64-bit multiply costs a program some 59 compute units, a plain one 1 to 6. Where a range proof shows that
//! nothing can overflow the per-line arithmetic uses this type: every debug build (unit tests, property tests, fuzzing)
//! verifies the proof on the values it meets, the shipped program does not pay for it.

use bytemuck::{Pod, Zeroable};
use core::ops::{Add, AddAssign, Mul, Neg, Not, Shl, Shr, Sub, SubAssign};

/// A signed 64-bit lane of the kernel. See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Pod, Zeroable)]
#[repr(transparent)]
pub(crate) struct Lane(pub i64);

impl Lane {
    /// Zero.
    pub(crate) const ZERO: Self = Self(0);

    /// Becomes `value`. In the virtual machine at this place among the other volatile accesses, see `normal::read`.
    #[inline(always)]
    #[allow(unsafe_code, reason = "no safe store keeps its place")]
    pub(crate) fn keep(&mut self, value: Self) {
        if cfg!(target_os = "solana") {
            // SAFETY: an exclusive reference may be written to, and a lane has nothing to drop.
            unsafe { core::ptr::write_volatile(self, value) }
        } else {
            *self = value;
        }
    }

    /// The size of a lane that is not `i64::MIN`.
    #[inline(always)]
    pub(crate) fn abs(self) -> Self {
        Self(self.0.wrapping_abs())
    }
}

impl Add for Lane {
    type Output = Self;
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        debug_assert!(self.0.checked_add(other.0).is_some(), "{} + {}", self.0, other.0);
        Self(self.0.wrapping_add(other.0))
    }
}

impl Sub for Lane {
    type Output = Self;
    #[inline(always)]
    fn sub(self, other: Self) -> Self {
        debug_assert!(self.0.checked_sub(other.0).is_some(), "{} - {}", self.0, other.0);
        Self(self.0.wrapping_sub(other.0))
    }
}

impl Mul for Lane {
    type Output = Self;
    #[inline(always)]
    fn mul(self, other: Self) -> Self {
        debug_assert!(self.0.checked_mul(other.0).is_some(), "{} * {}", self.0, other.0);
        Self(self.0.wrapping_mul(other.0))
    }
}

impl Neg for Lane {
    type Output = Self;
    #[inline(always)]
    fn neg(self) -> Self {
        Self(self.0.wrapping_neg())
    }
}

impl Not for Lane {
    type Output = Self;
    #[inline(always)]
    fn not(self) -> Self {
        Self(!self.0)
    }
}

impl Shr<u32> for Lane {
    type Output = Self;
    #[inline(always)]
    fn shr(self, bits: u32) -> Self {
        debug_assert!(bits < 64, ">> {bits}");
        Self(self.0.wrapping_shr(bits))
    }
}

impl Shl<u32> for Lane {
    type Output = Self;
    #[inline(always)]
    fn shl(self, bits: u32) -> Self {
        debug_assert!(bits < 64 && self.0.wrapping_shl(bits) >> bits == self.0, "{} << {bits}", self.0);
        Self(self.0.wrapping_shl(bits))
    }
}

impl AddAssign for Lane {
    #[inline(always)]
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Lane {
    #[inline(always)]
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

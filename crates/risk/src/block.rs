//! Block floating point: one scale per underlying, chosen from the book, in which the kernel's sums cannot overflow.

use crate::error::RiskError;
use crate::fixed::bits;
use crate::lane::Lane;

/// Bits of a normalised quantity; of a normalised price; of a book's gross in block units.
const QTY_BITS: i32 = 38;
const PRICE_BITS: i32 = 48;
const GROSS_BITS: u32 = 33;

/// The scales of one underlying.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Block {
    /// Left shift of a price (right if below zero), and the same as two shifts and half of what the right one drops.
    pub price_shift: i32,
    price_left: u32,
    price_right: u32,
    price_half: Lane,
    qty_shift: i32,
    /// The quantity shift as a direction and a count.
    pub(crate) qty_left: bool,
    pub(crate) qty_by: u32,
    /// Right shift from a raw product to block units, and half of what it drops.
    pub(crate) raw_shift: u32,
    raw_half: Lane,
    /// Right shift that follows the multiplication by 2^52/10^8, at least 3, and half of what it drops.
    money_shift: u32,
    money_half: i64,
}

impl Block {
    /// Scales for quantities up to `qty_max_e6` and prices shifted by `price_shift`, at most [`PRICE_BITS`] long then.
    pub(crate) fn new(qty_max_e6: u64, price_shift: i32) -> Self {
        let qty_shift = QTY_BITS - bits(qty_max_e6.max(1)) as i32;
        Self {
            price_shift,
            price_left: price_shift.max(0).unsigned_abs(),
            price_right: price_shift.min(0).unsigned_abs(),
            price_half: Lane((1 << price_shift.min(0).unsigned_abs()) >> 1),
            qty_shift,
            qty_left: qty_shift >= 0,
            qty_by: qty_shift.unsigned_abs(),
            raw_shift: 0,
            raw_half: Lane::ZERO,
            money_shift: 3,
            money_half: 4,
        }
    }

    /// Left shift of prices in exact payoffs: never loses a bit of a strike.
    pub(crate) fn exact_shift(&self) -> u32 {
        self.price_shift.max(0) as u32
    }

    /// A normalised price in the scale of exact payoffs.
    pub(crate) fn exact_price(&self, price_n: Lane) -> i64 {
        price_n.0 << (-self.price_shift).max(0)
    }

    /// A normalised price at 1e-8 quote, rounded down.
    pub(crate) fn price_e8_floor(&self, price_n: Lane) -> i64 {
        if self.price_shift >= 0 {
            price_n.0 >> self.price_shift
        } else {
            price_n.0 << -self.price_shift
        }
    }

    /// A quantity normalised, to the nearest.
    #[inline(always)]
    fn qty(&self, qty_e6: i64) -> Lane {
        if self.qty_left {
            Lane(qty_e6) << self.qty_by
        } else {
            (Lane(qty_e6) + (Lane(1) << (self.qty_by - 1))) >> self.qty_by
        }
    }

    /// quantity · price, raw: at most 2^62 for |quantity| ≤ 2^38 after scaling and |price| ≤ 2^48.
    #[inline(always)]
    pub(crate) fn raw(&self, qty_e6: i64, price_n: Lane) -> Lane {
        let qty = self.qty(qty_e6);
        let (high, low) = (price_n >> 24, Lane(price_n.0 & 0xff_ffff));
        qty * high + ((qty * low) >> 24)
    }

    /// Fixes the block from the raw gross of the book, given as Σ (gross >> 7).
    ///
    /// # Errors
    /// [`RiskError::TooLarge`] when the gross notional is beyond the money range (2^33 · 2^49 / 10^8 = 2^55.4 in 1e-6 quote).
    pub(crate) fn fix(&mut self, gross_128ths: u64) -> Result<(), RiskError> {
        self.raw_shift = (bits(gross_128ths) + 7).saturating_sub(GROSS_BITS);
        self.raw_half = Lane((1 << self.raw_shift) >> 1);
        // One block unit is 2^exponent/10^8 of 1e-6 quote.
        let exponent = self.raw_shift as i32 + 24 - self.price_shift - self.qty_shift;
        if exponent > 49 {
            return Err(RiskError::TooLarge);
        }
        self.money_shift = (52 - exponent).min(62) as u32;
        self.money_half = 1 << (self.money_shift - 1);
        Ok(())
    }

    /// A raw product in block units, to the nearest.
    #[inline(always)]
    pub(crate) fn scaled(&self, raw: Lane) -> Lane {
        (raw + self.raw_half) >> self.raw_shift
    }

    /// Block units as money, 1e-6 quote, to the nearest: the kernel's own error is larger than a unit for all but the
    /// smallest books, and requirements are rounded up where they are added. |block| < 2^36.
    #[inline(always)]
    pub(crate) fn money(&self, block: Lane) -> i64 {
        ((self.raw_money(block) + Lane(self.money_half)) >> self.money_shift).0
    }

    /// Block units as money at 1e-6 quote·2^-`extra`, for sums that are rounded once at the end. |block| < 2^36.
    pub(crate) fn money_fine(&self, block: Lane, extra: u32) -> i128 {
        let raw = i128::from(self.raw_money(block).0);
        if self.money_shift >= extra {
            raw >> (self.money_shift - extra)
        } else {
            raw << (extra - self.money_shift)
        }
    }

    /// As [`Self::money_fine`] where that is a word, below 2^62: in all but blocks of very large units.
    #[inline]
    pub(crate) fn money_fine_word(&self, block: Lane, extra: u32) -> Option<i64> {
        let drop = self.money_shift.checked_sub(extra)?;
        Some((self.raw_money(block) >> drop).0)
    }

    /// block·2^52/10^8: 2^52/10^8 is 45,035,996 + 70/256 to 5e-12.
    #[inline]
    fn raw_money(&self, block: Lane) -> Lane {
        block * Lane(45_035_996) + ((block * Lane(70)) >> 8)
    }

    /// Normalised price: [`crate::surface::shift_price`] by the price shift, either way the same instructions.
    #[inline]
    pub(crate) fn price(&self, price_e8: u64) -> Lane {
        ((Lane(price_e8 as i64) << self.price_left) + self.price_half) >> self.price_right
    }
}

/// The left shift of prices (right if below zero) under which `price_max_e8` keeps to the bits of a normalised price.
pub(crate) fn price_scale(price_max_e8: u64) -> i32 {
    PRICE_BITS - bits(price_max_e8) as i32
}

/// `price_n` (|·| ≤ 2^48) times a fraction at 2^-32.
#[inline]
pub(crate) fn discounted(price_n: Lane, discount_q32: Lane) -> Lane {
    let (high, low) = (price_n >> 24, Lane(price_n.0 & 0xff_ffff));
    ((high * discount_q32) >> 8) + ((low * discount_q32) >> 32)
}

//! One expiry of a market: surface, strikes with their open interest, settlement.

use crate::{constants::STRIKES, error::BallastError, state::LineChange};
use anchor_lang::prelude::*;
use ballast_risk::{settlement::Accumulator, Strike};
use core::mem::{align_of, offset_of, size_of};

/// [`ExpirySlot::status`]: never used, or everything of its last expiry is settled and gone.
pub const EXPIRY_FREE: u8 = 0;
/// [`ExpirySlot::status`]: listed; trades until `expiry_ts`, then awaits its settlement price.
pub const EXPIRY_LISTED: u8 = 1;
/// [`ExpirySlot::status`]: the settlement price is recorded.
pub const EXPIRY_SETTLED: u8 = 2;

/// A strike with its open interest. Writers: `strike_list`; open interest by every instruction that moves positions.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
#[repr(C)]
pub struct StrikeSlot {
    /// Strike price, 1e-8 quote; 0 in an unused slot.
    pub price_e8: u64,
    /// ln(price_e8)·2^40.
    pub ln_q40: i64,
    /// Σ of the long call quantities, 1e-6 unit (the short ones sum to the same).
    pub calls_e6: i64,
    /// Σ of the long put quantities, 1e-6 unit.
    pub puts_e6: i64,
}

/// Running time-weighted sum of the settlement window. Writer: `settlement_sample`.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
#[repr(C)]
pub struct SettlementSum {
    /// Σ price·seconds, 1e-8 quote-seconds: low and high 64 bits of a 128-bit sum.
    pub weighted_sum: [u64; 2],
    /// Σ seconds.
    pub weight_secs: i64,
    /// Publish time of the newest sample, unix seconds; 0 before the first.
    pub last_publish: i64,
}

/// One expiry. Writers: `expiry_list`, `strike_list`, settlement, and every instruction that moves positions.
#[zero_copy]
#[derive(Debug)]
#[repr(C)]
pub struct ExpirySlot {
    /// Expiry, unix seconds.
    pub expiry_ts: i64,
    /// ATM ratio a, 1e-6.
    pub atm_e6: i64,
    /// Skew b, 1e-6.
    pub skew_e6: i64,
    /// Curvature c, 1e-6.
    pub curvature_e6: i64,
    /// Forward basis f, 1e-6 a year.
    pub basis_e6: i64,
    /// [`EXPIRY_FREE`], [`EXPIRY_LISTED`] or [`EXPIRY_SETTLED`].
    pub status: u8,
    /// Strikes listed: slots `0..strike_count` of `strikes`, in the order of listing.
    pub strike_count: u8,
    /// Zero.
    pub padding: [u8; 2],
    /// Lines of all portfolios in this expiry, long and short: 0 means nobody holds anything of it.
    pub open_lines: u32,
    /// Time-weighted price so far.
    pub sum: SettlementSum,
    /// Settlement price, 1e-8 quote; 0 until it is recorded, then never changed.
    pub settled_e8: u64,
    /// Time the settlement price was recorded, unix seconds.
    pub settled_at: i64,
    /// −Σ of the cash `settle_portfolio` has already moved for this expiry, 1e-6 quote: what the vault still holds for
    /// (or, below zero, has advanced to) those who have not settled.
    pub escrow_e6: i64,
    /// Zero.
    pub reserved: [u8; 24],
    /// Strikes.
    pub strikes: [StrikeSlot; STRIKES],
}

const _: () = {
    assert!(size_of::<StrikeSlot>() == 32);
    assert!(size_of::<SettlementSum>() == 32 && size_of::<Accumulator>() == 32);
    assert!(offset_of!(SettlementSum, weighted_sum) == offset_of!(Accumulator, weighted_sum));
    assert!(offset_of!(SettlementSum, weight_secs) == offset_of!(Accumulator, weight_secs));
    assert!(offset_of!(SettlementSum, last_publish) == offset_of!(Accumulator, last_publish));
    assert!(size_of::<ExpirySlot>() == 128 + 32 * STRIKES);
    assert!(align_of::<ExpirySlot>() == 8);
};

impl SettlementSum {
    /// The same bytes as the engine's accumulator.
    #[must_use]
    pub fn engine(&self) -> &Accumulator {
        bytemuck::cast_ref(self)
    }

    /// The same bytes as the engine's accumulator, to sample into.
    pub fn engine_mut(&mut self) -> &mut Accumulator {
        bytemuck::cast_mut(self)
    }
}

impl StrikeSlot {
    /// The strike as the engine takes it.
    #[must_use]
    pub fn strike(&self) -> Strike {
        Strike { price_e8: self.price_e8, ln_q40: self.ln_q40 }
    }
}

impl ExpirySlot {
    /// Whether the slot may take a new expiry: never used, or past its time (settled, or held by nobody) with nothing
    /// left in it.
    #[must_use]
    pub fn is_reusable(&self, now: i64) -> bool {
        let over = self.status == EXPIRY_SETTLED || (self.status == EXPIRY_LISTED && now >= self.expiry_ts);
        let left = self.open_lines == 0 && self.escrow_e6 == 0 && self.open_interest_e6() == Some(0);
        self.status == EXPIRY_FREE || (over && left)
    }

    /// Whether the expiry trades at `now`: listed and before its time.
    #[must_use]
    pub fn is_trading(&self, now: i64) -> bool {
        self.status == EXPIRY_LISTED && now < self.expiry_ts
    }

    /// Whether the expiry must be valued: listed or settled with lines.
    #[must_use]
    pub fn is_live(&self) -> bool {
        self.status == EXPIRY_LISTED || (self.status == EXPIRY_SETTLED && self.open_lines > 0)
    }

    /// The listed strikes.
    #[must_use]
    pub fn listed_strikes(&self) -> &[StrikeSlot] {
        self.strikes.get(..usize::from(self.strike_count)).unwrap_or(&[])
    }

    /// A listed strike. Errors: [`BallastError::StrikeNotListed`].
    pub fn strike(&self, strike_slot: u8) -> Result<&StrikeSlot> {
        self.listed_strikes()
            .get(usize::from(strike_slot))
            .ok_or_else(|| error!(BallastError::StrikeNotListed))
    }

    /// Σ of the long quantities of calls and puts over the strikes, 1e-6 unit. `None` on overflow.
    #[must_use]
    pub fn open_interest_e6(&self) -> Option<i64> {
        self.listed_strikes()
            .iter()
            .try_fold(0i64, |sum, strike| sum.checked_add(strike.calls_e6)?.checked_add(strike.puts_e6))
    }

    /// Books the change of one portfolio's line: open interest of its strike and the count of lines.
    /// Returns the change of the long side (calls and puts), 1e-6 unit.
    /// Errors: [`BallastError::StrikeNotListed`], [`BallastError::Overflow`].
    pub fn record(&mut self, strike_slot: u8, change: &LineChange) -> Result<i64> {
        let count = usize::from(self.strike_count);
        let strike = self
            .strikes
            .get_mut(..count)
            .and_then(|listed| listed.get_mut(usize::from(strike_slot)))
            .ok_or_else(|| error!(BallastError::StrikeNotListed))?;
        let calls = change.long_calls_change_e6().ok_or_else(|| error!(BallastError::Overflow))?;
        let puts = change.long_puts_change_e6().ok_or_else(|| error!(BallastError::Overflow))?;
        strike.calls_e6 = strike.calls_e6.checked_add(calls).ok_or_else(|| error!(BallastError::Overflow))?;
        strike.puts_e6 = strike.puts_e6.checked_add(puts).ok_or_else(|| error!(BallastError::Overflow))?;
        self.open_lines = match (change.opened(), change.closed()) {
            (true, false) => self.open_lines.checked_add(1),
            (false, true) => self.open_lines.checked_sub(1),
            _ => Some(self.open_lines),
        }
        .ok_or_else(|| error!(BallastError::Overflow))?;
        calls.checked_add(puts).ok_or_else(|| error!(BallastError::Overflow))
    }
}

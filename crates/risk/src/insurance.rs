//! The insurance fund and who owns it (risk.md §13).
//!
//! Two pools of shares own the balance. The *staked* pool earns what comes in and pays claims; the *leaving* pool is what
//! stakers asked back and wait for: it earns nothing more and pays its part of every claim until it is gone. What comes in
//! is earned over [`EARN_SECS`]. Whoever enters pays for all of the pool, whoever leaves gets what is earned by then: to
//! enter before a contribution and leave after it costs, and leaving takes the cooldown.
//!
//! What is in the fund before anybody staked belongs to shares of the house, which never leave. There are always at least
//! [`HOUSE_SHARES_MIN`] of them: who inflates the price of a share inflates it for the house.

use crate::fixed::{mul_div_ceil, mul_div_floor};

/// Seconds over which a contribution is earned: the length of the cooldown.
pub const EARN_SECS: i64 = 7 * 86_400;
/// Fewest shares of the house: with none but these a contribution is lost to whoever made it but for a thousandth.
pub const HOUSE_SHARES_MIN: u64 = 1_000;
/// A pool whose share is worth less than one part in so many of a unit is void: its shares are worth nothing any more, so
/// that new ones never have to be made by the quintillion.
pub const VOID_PARTS: u64 = 10_000;

/// The fund. Money in 1e-6 quote, times in unix seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fund {
    /// All of it, ≥ 0.
    pub balance_e6: i64,
    /// Shares of the staked pool, the house's included.
    pub shares: u64,
    /// Shares of the house.
    pub house_shares: u64,
    /// Part of the balance that belongs to the leaving pool, ≥ 0.
    pub leaving_e6: i64,
    /// Shares of the leaving pool.
    pub leaving_shares: u64,
    /// Part of the staked pool that was not earned at `unearned_since`, ≥ 0.
    pub unearned_e6: i64,
    /// When it was so much.
    pub unearned_since: i64,
    /// When all of it will be earned.
    pub unearned_until: i64,
    /// How often the staked pool became void.
    pub generation: u64,
    /// How often the leaving pool became void.
    pub leaving_generation: u64,
}

/// Shares that began to leave.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// What they are worth, 1e-6 quote.
    pub value_e6: i64,
    /// Shares of the leaving pool they became.
    pub leaving_shares: u64,
}

impl Fund {
    /// What belongs to the staked pool, 1e-6 quote.
    #[must_use]
    pub fn staked_e6(&self) -> i64 {
        self.balance_e6.saturating_sub(self.leaving_e6).max(0)
    }

    /// What of the staked pool is not earned at `now`, 1e-6 quote, rounded up.
    #[must_use]
    pub fn unearned_at_e6(&self, now: i64) -> i64 {
        let whole = self.unearned_until.saturating_sub(self.unearned_since).max(1).unsigned_abs();
        let left = self.unearned_until.saturating_sub(now).max(0).unsigned_abs().min(whole);
        let unearned = mul_div_ceil(self.unearned_e6.max(0).unsigned_abs(), left, whole).unwrap_or(u64::MAX);
        i64::try_from(unearned).unwrap_or(i64::MAX).min(self.staked_e6())
    }

    /// What `shares` of the staked pool would be paid if they left at `now`, 1e-6 quote, rounded down.
    #[must_use]
    pub fn worth_e6(&self, shares: u64, now: i64) -> i64 {
        let earned = self.staked_e6().saturating_sub(self.unearned_at_e6(now));
        share_of(earned, shares.min(self.shares), self.shares)
    }

    /// What `leaving_shares` of the leaving pool are paid, 1e-6 quote, rounded down.
    #[must_use]
    pub fn leaving_worth_e6(&self, leaving_shares: u64) -> i64 {
        share_of(self.leaving_e6, leaving_shares.min(self.leaving_shares), self.leaving_shares)
    }

    /// Takes in `amount_e6` ≥ 0. It is earned over [`EARN_SECS`] by whoever stays; what was not earned before keeps its
    /// own pace, so that many small contributions do not hold up a large one. `None` when the sum does not fit.
    pub fn contribute(&mut self, amount_e6: i64, now: i64) -> Option<()> {
        let (left, amount) = (self.unearned_at_e6(now), amount_e6.max(0));
        self.balance_e6 = self.balance_e6.checked_add(amount)?;
        if self.shares == 0 {
            // Nobody's yet: the house's as soon as somebody stakes.
            return Some(());
        }
        let waiting = self.unearned_until.saturating_sub(now).clamp(0, EARN_SECS);
        let sum = left.checked_add(amount)?;
        let product = i128::from(left) * i128::from(waiting) + i128::from(amount) * i128::from(EARN_SECS);
        // A mean of two times is at most the larger of them.
        let mean = if sum > 0 { (product + i128::from(sum) - 1) / i128::from(sum) } else { 0 };
        self.unearned_e6 = sum;
        self.unearned_since = now;
        self.unearned_until = now.saturating_add(i64::try_from(mean).unwrap_or(EARN_SECS));
        Some(())
    }

    /// Pays a claim of `claim_e6` ≥ 0 as far as the fund reaches and says how much that was. Both pools pay in proportion.
    pub fn pay(&mut self, claim_e6: i64) -> i64 {
        let paid = claim_e6.clamp(0, self.balance_e6.max(0));
        let of_leaving =
            share_of(self.leaving_e6, paid.unsigned_abs(), self.balance_e6.max(0).unsigned_abs());
        self.balance_e6 -= paid;
        self.leaving_e6 -= of_leaving;
        if is_void(self.leaving_e6, self.leaving_shares) {
            (self.leaving_e6, self.leaving_shares) = (0, 0);
            self.leaving_generation = self.leaving_generation.saturating_add(1);
        }
        if is_void(self.staked_e6(), self.shares) {
            (self.shares, self.house_shares, self.unearned_e6) = (0, 0, 0);
            self.generation = self.generation.saturating_add(1);
        }
        self.unearned_e6 = self.unearned_e6.min(self.staked_e6());
        paid
    }

    /// Takes in a stake and says how many shares it bought: at the price of the whole staked pool, rounded down. The first
    /// buys at 1, beside the house's shares. `None` when that is no share at all, or a sum does not fit.
    #[must_use]
    pub fn stake(&mut self, amount_e6: i64) -> Option<u64> {
        let staked = self.staked_e6().unsigned_abs();
        let amount = u64::try_from(amount_e6).ok()?;
        let bought = if self.shares == 0 {
            self.house_shares = staked.max(HOUSE_SHARES_MIN);
            self.shares = self.house_shares;
            amount
        } else {
            mul_div_floor(amount, self.shares, staked)?
        };
        if bought == 0 {
            return None;
        }
        self.shares = self.shares.checked_add(bought)?;
        self.balance_e6 = self.balance_e6.checked_add(amount_e6)?;
        Some(bought)
    }

    /// Moves shares from the staked pool to the leaving one, at what is earned of them by `now`. `None` when there are not
    /// so many outside the house, or they are worth nothing.
    pub fn unstake(&mut self, shares: u64, now: i64) -> Option<Left> {
        if shares > self.shares.saturating_sub(self.house_shares) {
            return None;
        }
        let value_e6 = self.worth_e6(shares, now);
        let value = value_e6.unsigned_abs();
        let leaving_shares = if self.leaving_shares == 0 {
            value
        } else {
            mul_div_floor(value, self.leaving_shares, self.leaving_e6.unsigned_abs())?
        };
        if leaving_shares == 0 {
            return None;
        }
        self.unearned_e6 = self.unearned_at_e6(now);
        self.unearned_since = now;
        self.unearned_until = self.unearned_until.max(now);
        self.shares -= shares;
        self.leaving_shares = self.leaving_shares.checked_add(leaving_shares)?;
        self.leaving_e6 = self.leaving_e6.checked_add(value_e6)?;
        Some(Left { value_e6, leaving_shares })
    }

    /// Pays shares of the leaving pool out and says how much, 1e-6 quote. `None` when there are not so many, or they are
    /// worth nothing.
    pub fn claim(&mut self, leaving_shares: u64) -> Option<i64> {
        if leaving_shares > self.leaving_shares {
            return None;
        }
        let value_e6 = self.leaving_worth_e6(leaving_shares);
        if value_e6 <= 0 {
            return None;
        }
        self.leaving_shares -= leaving_shares;
        self.leaving_e6 -= value_e6;
        self.balance_e6 -= value_e6;
        Some(value_e6)
    }
}

/// Money by a ratio of at most one, rounded down.
fn share_of(money_e6: i64, part: u64, whole: u64) -> i64 {
    let share = mul_div_floor(money_e6.max(0).unsigned_abs(), part, whole).unwrap_or(0);
    i64::try_from(share).unwrap_or(i64::MAX)
}

/// Whether shares are worth so little that they count as worth nothing.
fn is_void(money_e6: i64, shares: u64) -> bool {
    shares > 0 && money_e6.max(0).unsigned_abs().saturating_mul(VOID_PARTS) < shares
}

#[cfg(test)]
mod tests;

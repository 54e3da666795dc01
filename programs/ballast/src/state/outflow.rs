//! How much of an asset has left in the last hour, and how much of it one portfolio took.

use anchor_lang::prelude::*;

/// Length of one bucket of an [`OutflowWindow`], seconds.
const BUCKET_SECS: i64 = 600;
/// Buckets of a window: the current one and six whole ones, so at least 60 and at most 70 minutes are seen.
const BUCKETS: usize = 7;
/// Length of the window a [`WithdrawalAllowance`] counts, seconds.
const ALLOWANCE_SECS: i64 = 3_600;

/// Net outflow (withdrawals less deposits) of one asset by ten-minute buckets. Writer: deposit, withdraw.
#[zero_copy]
#[derive(Debug)]
#[repr(C)]
pub struct OutflowWindow {
    /// Net outflow of each bucket in token base units; bucket `n` (time / 600 s) lives at index `n mod 7`.
    pub buckets: [i64; BUCKETS],
    /// Number of the newest bucket.
    pub newest: i64,
}

const _: () =
    assert!(core::mem::size_of::<OutflowWindow>() == 64 && core::mem::align_of::<OutflowWindow>() == 8);

impl OutflowWindow {
    /// Forgets buckets that are over an hour old. A clock that steps back changes nothing.
    pub fn advance(&mut self, now: i64) {
        let current = now.div_euclid(BUCKET_SECS);
        let steps = current.saturating_sub(self.newest);
        if steps <= 0 {
            return;
        }
        for step in 1..=steps.min(BUCKETS as i64) {
            if let Some(bucket) = self.bucket_mut(self.newest.saturating_add(step)) {
                *bucket = 0;
            }
        }
        if steps > BUCKETS as i64 {
            self.buckets = [0; BUCKETS];
        }
        self.newest = current;
    }

    /// Net outflow of the window in base units, below zero when more came than went. Call [`Self::advance`] first.
    #[must_use]
    pub fn net(&self) -> i64 {
        self.buckets.iter().fold(0, |sum: i64, bucket| sum.saturating_add(*bucket))
    }

    /// Books an outflow (or, below zero, an inflow) of base units in the current bucket.
    pub fn record(&mut self, outflow: i64) {
        if let Some(bucket) = self.bucket_mut(self.newest) {
            *bucket = bucket.saturating_add(outflow);
        }
    }

    fn bucket_mut(&mut self, number: i64) -> Option<&mut i64> {
        let index = usize::try_from(number.rem_euclid(BUCKETS as i64)).ok()?;
        self.buckets.get_mut(index)
    }
}

/// Index of the quote currency in a [`WithdrawalAllowance`]; collateral assets have their own indices.
pub const QUOTE_ALLOWANCE: usize = crate::constants::COLLATERALS;

/// What one portfolio has withdrawn of each asset in the last hour. Writer: withdraw.
#[zero_copy]
#[derive(Debug)]
#[repr(C)]
pub struct WithdrawalAllowance {
    /// Start of the hour that is counted, unix seconds.
    pub since: i64,
    /// Base units withdrawn since, by collateral asset, the quote currency last.
    pub withdrawn: [u64; QUOTE_ALLOWANCE + 1],
}

const _: () = assert!(core::mem::size_of::<WithdrawalAllowance>() == 80);

impl WithdrawalAllowance {
    /// Books a withdrawal of `amount` base units and says how much the hour has seen of the asset, this one included.
    /// The hour starts with the first withdrawal after the last one ended.
    pub fn record(&mut self, asset: usize, amount: u64, now: i64) -> u64 {
        if now.saturating_sub(self.since) >= ALLOWANCE_SECS {
            self.since = now;
            self.withdrawn = [0; QUOTE_ALLOWANCE + 1];
        }
        match self.withdrawn.get_mut(asset) {
            Some(withdrawn) => {
                *withdrawn = withdrawn.saturating_add(amount);
                *withdrawn
            }
            // An asset that does not exist has no allowance.
            None => u64::MAX,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    /// Goal: an outflow counts for at least an hour and at most 70 minutes. Method: book one, walk the clock.
    #[test]
    fn an_outflow_counts_for_an_hour() {
        for start in [0, 1, 599] {
            let base = 1_700_000_400 + start;
            let mut window = OutflowWindow::zeroed();
            window.advance(base);
            window.record(5);
            for later in 0..=3_600 {
                window.advance(base + later);
                assert_eq!(window.net(), 5, "after {later} s");
            }
            window.advance(base + 4_200);
            assert_eq!(window.net(), 0);
        }
    }

    /// Goal: a long silence empties every bucket. Method: fill all, jump far.
    #[test]
    fn silence_empties_the_window() {
        let mut window = OutflowWindow::zeroed();
        for n in 0..7 {
            window.advance(n * 600);
            window.record(1);
        }
        assert_eq!(window.net(), 7);
        window.advance(7 * 600);
        assert_eq!(window.net(), 6);
        window.advance(10_000_000);
        assert_eq!(window.net(), 0);
    }

    /// Goal: an allowance restarts an hour after its first withdrawal. Method: two withdrawals around the hour.
    #[test]
    fn an_allowance_restarts_after_an_hour() {
        let mut allowance = WithdrawalAllowance::zeroed();
        assert_eq!(allowance.record(0, 3, 10_000), 3);
        assert_eq!(allowance.record(0, 4, 13_599), 7);
        assert_eq!(allowance.record(QUOTE_ALLOWANCE, 2, 13_599), 2);
        assert_eq!(allowance.record(0, 1, 13_600), 1);
        assert_eq!(allowance.record(99, 1, 13_600), u64::MAX);
    }
}

//! A volatility feed of this program: permitted publishers, their last values, a quorum.

use crate::constants::{PUBLISHERS, VOLATILITY_FRESH_SECS};
use anchor_lang::prelude::*;
use ballast_risk::volatility::median;
use core::mem::{align_of, offset_of, size_of};

/// One permitted publisher. Writers: `volatility_feed_init`; value and time by `volatility_post`.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
#[repr(C)]
pub struct VolatilityPublisher {
    /// Signer of the posts.
    pub key: Pubkey,
    /// Last value, 1e-6 a year.
    pub vol_e6: i64,
    /// Confidence the publisher states, 1e-6 a year.
    pub conf_e6: i64,
    /// Time of the last value as the publisher states it, unix seconds; 0 before the first.
    pub time: i64,
}

/// A volatility feed. PDA `["vol", market]`.
#[account(zero_copy)]
#[derive(Debug)]
#[repr(C)]
pub struct VolatilityFeed {
    /// Layout version.
    pub version: u8,
    /// Bump of this account.
    pub bump: u8,
    /// Fresh values needed for a median.
    pub quorum: u8,
    /// Publishers: slots `0..publisher_count`.
    pub publisher_count: u8,
    /// Zero.
    pub padding: [u8; 4],
    /// Market the feed serves.
    pub market: Pubkey,
    /// Last median, 1e-6 a year; 0 before the first.
    pub median_e6: i64,
    /// Time of the last median, unix seconds.
    pub median_time: i64,
    /// Publishers.
    pub publishers: [VolatilityPublisher; PUBLISHERS],
    /// Zero.
    pub reserved: [u8; 64],
}

const _: () = {
    assert!(size_of::<VolatilityPublisher>() == 56);
    assert!(size_of::<VolatilityFeed>() == 120 + 56 * PUBLISHERS);
    assert!(align_of::<VolatilityFeed>() == 8);
    assert!(offset_of!(VolatilityFeed, market) == 8);
    assert!(offset_of!(VolatilityFeed, publishers) == 56);
};

impl VolatilityFeed {
    /// The permitted publishers.
    #[must_use]
    pub fn permitted(&self) -> &[VolatilityPublisher] {
        self.publishers.get(..usize::from(self.publisher_count)).unwrap_or(&[])
    }

    /// The median of the values that are at most ten minutes old, and the time it is good as of: the newest time at which
    /// a quorum of values is at least that new. None without a quorum.
    #[must_use]
    pub fn fresh_median(&self, now: i64) -> Option<(i64, i64)> {
        let (mut values, mut times) = ([0i64; PUBLISHERS], [i64::MIN; PUBLISHERS]);
        let fresh = self.permitted().iter().filter(|publisher| {
            publisher.time > 0 && now.saturating_sub(publisher.time) <= VOLATILITY_FRESH_SECS
        });
        let mut count = 0usize;
        for (publisher, (value, time)) in fresh.zip(values.iter_mut().zip(&mut times)) {
            *value = publisher.vol_e6;
            *time = publisher.time;
            count = count.saturating_add(1);
        }
        let quorum = usize::from(self.quorum.max(1));
        if count < quorum {
            return None;
        }
        times.sort_unstable_by(|a, b| b.cmp(a));
        let as_of = *times.get(quorum.saturating_sub(1))?;
        Some((median(values.get_mut(..count)?)?, as_of))
    }

    /// The slot of a permitted publisher, to write.
    pub fn publisher_mut(&mut self, key: &Pubkey) -> Option<&mut VolatilityPublisher> {
        let count = usize::from(self.publisher_count);
        self.publishers.get_mut(..count)?.iter_mut().find(|publisher| publisher.key == *key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    fn feed(quorum: u8, posts: &[(i64, i64)]) -> VolatilityFeed {
        let mut feed = VolatilityFeed::zeroed();
        feed.quorum = quorum;
        feed.publisher_count = 4;
        for (slot, (vol_e6, time)) in feed.publishers.iter_mut().zip(posts) {
            (slot.vol_e6, slot.time) = (*vol_e6, *time);
        }
        feed
    }

    /// Goal: only fresh values count, a quorum of them is needed, and the median is as old as the quorum's oldest.
    /// Method: one publisher old, one silent, two to three fresh.
    #[test]
    fn medians_need_a_fresh_quorum() {
        let now = 10_000;
        assert_eq!(feed(2, &[(50, 9_990), (60, 9_000)]).fresh_median(now), None);
        assert_eq!(feed(2, &[(50, 9_990), (60, 9_400)]).fresh_median(now), Some((55, 9_400)));
        assert_eq!(feed(2, &[(50, 9_990), (60, 9_399)]).fresh_median(now), None);
        assert_eq!(feed(2, &[(50, 9_990), (60, 9_500), (90, 9_995)]).fresh_median(now), Some((60, 9_990)));
        assert_eq!(feed(1, &[(50, 9_990), (60, 9_500), (90, 9_995)]).fresh_median(now), Some((60, 9_995)));
        assert_eq!(feed(1, &[]).fresh_median(now), None);
    }
}

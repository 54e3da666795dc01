//! Time, prices and volatilities.

use super::{listing::without_feed, sight::Sight, Generator};
use crate::{
    action::Action,
    script::{Flaw, Publication, Step},
};
use ballast::{constants::VOLATILITY_FRESH_SECS, state::VOLATILITY_FEED_ACCOUNT};
use ballast_harness::choice::Choice;

/// Prices at the beginning, 1e-8, in the order of the house's feeds.
const PRICES: [i64; 7] = [
    11_666_150_000_000,
    399_756_000_000,
    20_531_000_000,
    10_000_000_000,
    10_000_000_000,
    100_000_000,
    100_000_000,
];
/// Feeds of what is worth a dollar, or should be.
const DOLLARS: usize = 5;
/// A feed is silent for so long before it speaks again, seconds.
const SILENT_SECS: i64 = 45;
/// Time in which an average follows, seconds.
const AVERAGE_SECS: i64 = 3_600;
const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// What feeds published last.
pub(super) struct Feeds {
    prices: [i64; PRICES.len()],
    averages: [i64; PRICES.len()],
    /// When all spoke last, unix seconds.
    spoke: i64,
    /// Move of a price in a second, millionths, times the root of time.
    pace_e6: i64,
    /// One price in so many jumps.
    jump_one_in: u64,
}

impl Feeds {
    pub(super) fn new(choice: &mut Choice) -> Self {
        Self {
            prices: PRICES,
            averages: PRICES,
            spoke: 0,
            pace_e6: choice.between(50, 500),
            jump_one_in: choice.octaves(8, 200),
        }
    }

    pub(super) fn are_due(&self, now: i64) -> bool {
        now - self.spoke > SILENT_SECS
    }

    /// Price of a market's underlying, 1e-8.
    pub(super) fn price(&self, market: u8) -> i64 {
        self.prices[usize::from(market) % PRICES.len()]
    }

    /// One price is elsewhere at once, and its average with it: nobody could act on the way.
    pub(super) fn gap(&mut self, choice: &mut Choice, market: u8) {
        let at = usize::from(market) % DOLLARS;
        let price = self.prices[at] / 100 * choice.between(20, 260);
        let price = price.clamp(PRICES[at] / 50, PRICES[at] * 20);
        (self.prices[at], self.averages[at]) = (price, price);
    }

    /// Moves every price as it may move in so much time.
    fn wander(&mut self, choice: &mut Choice, secs: i64) {
        let root = secs.clamp(1, 30 * DAY).isqrt();
        for (at, first) in PRICES.into_iter().enumerate() {
            let dollar = at >= DOLLARS;
            let pace = if dollar { 2 } else { self.pace_e6 };
            let mut move_e6 = choice.between(-2 * pace, 2 * pace) * root;
            let jumps = choice.one_in(if dollar { 20 * self.jump_one_in } else { self.jump_one_in });
            if jumps {
                let most = if choice.one_in(6) { 700_000 } else { 250_000 };
                move_e6 += choice.between(-most, most);
            }
            let price = &mut self.prices[at];
            *price += *price / 1_000 * move_e6.clamp(-900_000, 3_000_000) / 1_000;
            *price = (*price).clamp(first / 50, first * 20);
            let average = &mut self.averages[at];
            if jumps && choice.one_in(2) {
                *average = *price;
            }
            let gap = *price - *average;
            *average += gap / AVERAGE_SECS * secs.min(AVERAGE_SECS)
                + gap % AVERAGE_SECS * secs.min(AVERAGE_SECS) / AVERAGE_SECS;
        }
    }
}

impl Generator {
    /// Time passes, then feeds speak, or do not.
    pub(super) fn time(&mut self, sight: &Sight) {
        let secs = match self.choice.count(0, 99) {
            0..70 => self.choice.between(1, MINUTE),
            70..84 => self.choice.between(MINUTE, 10 * MINUTE),
            84..90 => self.choice.between(10 * MINUTE, 3 * HOUR),
            90..96 => self.next_expiry(sight).unwrap_or(MINUTE),
            96..99 => self.choice.between(3 * HOUR, DAY + HOUR),
            _ => self.choice.between(DAY, 9 * DAY),
        };
        self.planned.push_back(Step::Pass(secs));
        self.feeds.wander(&mut self.choice, secs);
        if self.choice.one_in(60) {
            let market = self.small(0, 4);
            self.feeds.gap(&mut self.choice, market);
        }
        if !self.choice.one_in(8) {
            self.publish(sight, secs, true);
            self.post_volatilities(sight, secs, false);
        }
    }

    /// Seconds to the next expiry, or its window, or just before or after.
    fn next_expiry(&mut self, sight: &Sight) -> Option<i64> {
        let ahead = sight.expiries().map(|(_, _, expiry)| expiry.expiry_ts - sight.now);
        let next = ahead.filter(|secs| *secs > 0).min()?;
        let to = match self.choice.count(0, 3) {
            0 => next - sight.exchange.params.window_secs,
            1 => next,
            _ => next + self.choice.between(-2, 20),
        };
        Some(to.max(1))
    }

    /// Every feed speaks, and volatilities with them if they are old.
    pub(super) fn speak(&mut self, sight: &Sight, flawed: bool) {
        let silent = (sight.now - self.feeds.spoke).clamp(1, DAY);
        self.feeds.wander(&mut self.choice, silent.min(MINUTE));
        self.publish(sight, 0, flawed);
        self.post_volatilities(sight, 0, false);
    }

    /// Every feed publishes what it has, `later` seconds from now.
    pub(super) fn publish(&mut self, sight: &Sight, later: i64, flawed: bool) {
        let gap = (sight.now + later - self.feeds.spoke).clamp(1, 400 * DAY);
        self.feeds.spoke = sight.now + later;
        for feed in 0..u8::try_from(PRICES.len()).unwrap_or(0) {
            let publication = self.publication(feed, gap, flawed);
            self.planned.push_back(Step::Publish(publication));
        }
    }

    pub(super) fn publication(&mut self, feed: u8, gap: i64, flawed: bool) -> Publication {
        let at = usize::from(feed) % PRICES.len();
        let (price, ema) = (self.feeds.prices[at], self.feeds.averages[at]);
        let conf = u64::try_from(price / 2_000).unwrap_or(0);
        let mut publication = Publication { feed, price, ema, conf, age: 0, gap, flaw: Flaw::None };
        if flawed && self.choice.one_in(60) {
            self.spoil(&mut publication);
        }
        publication
    }

    fn spoil(&mut self, publication: &mut Publication) {
        match self.choice.count(0, 11) {
            0 => publication.flaw = Flaw::Owner,
            1 => publication.flaw = Flaw::Unverified,
            2 => publication.flaw = Flaw::OtherFeed,
            3 => publication.flaw = Flaw::Short,
            4 => publication.price = 0,
            5 => publication.price = -publication.price,
            6 => publication.age = -self.choice.between(1, HOUR),
            7 => publication.age = self.choice.between(1, 2 * HOUR),
            8 => publication.conf *= self.choice.octaves(10, 300),
            9 => publication.ema = self.choice.between(-1, publication.ema),
            10 => publication.price = i64::try_from(self.choice.octaves(1, 1 << 62)).unwrap_or(i64::MAX),
            _ => publication.conf = self.choice.bits(),
        }
    }

    /// Publishers post where volatility is old, or everywhere, `later` seconds from now.
    pub(super) fn post_volatilities(&mut self, sight: &Sight, later: i64, all: bool) {
        for market in &sight.markets {
            let old = sight.now + later - market.volatility.vol_time > VOLATILITY_FRESH_SECS / 2;
            if !(all || old) || self.choice.one_in(20) {
                continue;
            }
            if without_feed(sight).contains(&market.id) {
                let quorum = if self.choice.one_in(4) { self.small(0, 4) } else { 2 };
                self.ask(Action::VolatilityFeedInit { market: market.id, quorum });
            }
            if market.volatility_kind != VOLATILITY_FEED_ACCOUNT {
                self.ask(Action::VolatilityUpdate { market: market.id });
                continue;
            }
            let change_e6 = match self.choice.count(0, 9) {
                0 => 260_000,
                1 | 2 => 150_000,
                _ => 30_000,
            };
            let now_e6 = market.volatility.vol_e6;
            let change_e6 = self.choice.between(-change_e6, change_e6);
            let range = market.volatility.vol_min_e6..=market.volatility.vol_max_e6;
            let vol = (now_e6 + now_e6 * change_e6 / 1_000_000).clamp(*range.start(), *range.end());
            let speaking = if self.choice.one_in(4) { self.choice.count(1, 3) } else { 2 };
            let posts = (0..u8::try_from(speaking).unwrap_or(3)).map(|publisher| Action::VolatilityPost {
                market: market.id,
                publisher,
                vol,
                conf: vol / 50,
                age: 0,
            });
            self.planned.push_back(Step::Together(posts.collect()));
            if self.choice.one_in(20) {
                let (vol, age) = (self.choice.between(0, 5_000_000), self.choice.between(-5, 700));
                let publisher = self.small(0, 3);
                self.ask(Action::VolatilityPost { market: market.id, publisher, vol, conf: 0, age });
            }
        }
    }
}

//! The feeds: prices with average and confidence as Pyth publishes them, volatilities by their publishers.

use crate::window::{AilmentKind, Window};
use ballast_harness::{world::Sent, PriceUpdate, World};
use std::collections::VecDeque;

/// Span of the moving average, seconds.
const AVERAGE_SECS: f64 = 3_600.0;
/// Confidence at rest, basis points, and what of a move over five minutes comes on top.
const CONF_BPS: f64 = 5.0;
const CONF_MOVE_SHARE: f64 = 0.1;
const CONF_BPS_MAX: f64 = 150.0;
const MOVE_SECS: i64 = 300;
/// How long updates are remembered, for those who see them late, seconds.
const MEMORY_SECS: i64 = 400;
/// A volatility is posted this often, seconds, and at most this share of the last one away from it.
const VOLATILITY_SECS: i64 = 300;
const VOLATILITY_STEP: f64 = 0.15;
/// A market's realised volatility takes a sample this often, or once the price has moved so much.
const SAMPLE_SECS: i64 = 300;
const SAMPLE_SECS_MIN: i64 = 60;
const SAMPLE_MOVE: f64 = 0.003;

/// What was published at a moment.
#[derive(Debug, Clone)]
struct Published {
    time: i64,
    updates: Vec<PriceUpdate>,
}

/// The feeds of a replay.
#[derive(Debug)]
pub struct Feed {
    averages: Vec<f64>,
    averaged_at: i64,
    memory: VecDeque<Published>,
    volatilities_at: i64,
    sampled: Vec<(i64, f64)>,
}

impl Feed {
    /// Feeds that begin with the window.
    #[must_use]
    pub fn new(window: &Window) -> Self {
        let prices: Vec<f64> = window.prices_e8(window.start()).iter().map(|price| *price as f64).collect();
        Self {
            averaged_at: window.start(),
            memory: VecDeque::new(),
            volatilities_at: 0,
            sampled: prices.iter().map(|price| (window.start(), *price)).collect(),
            averages: prices,
        }
    }

    /// Publishes the window's prices at the VM's time, unless the feeds are silent; averages go on.
    pub fn publish(&mut self, world: &mut World, window: &Window) {
        let now = world.vm.now();
        let prices_e8 = window.prices_e8(now);
        let keep = libm::exp(-((now - self.averaged_at) as f64) / AVERAGE_SECS);
        self.averaged_at = now;
        for (average, price_e8) in self.averages.iter_mut().zip(&prices_e8) {
            *average = *price_e8 as f64 + (*average - *price_e8 as f64) * keep;
        }
        let ailment = window.ailment(now);
        if ailment == Some(AilmentKind::Silent) {
            return;
        }
        let before_e8 = window.prices_e8(now - MOVE_SECS);
        let mut updates = vec![world.good_update("USDC", window.peg_e8(now))];
        for (place, symbol) in window.symbols.iter().enumerate() {
            let conf_bps = match ailment {
                Some(AilmentKind::Wide(bps)) => bps,
                _ => confidence_bps(before_e8[place], prices_e8[place]),
            };
            let update = world.good_update(symbol, prices_e8[place]).wide(conf_bps);
            updates.push(update.averaging(self.averages[place].round() as u64));
        }
        updates.iter().for_each(|update| world.post(*update));
        self.memory.push_back(Published { time: now, updates });
        while self.memory.front().is_some_and(|oldest| oldest.time < now - MEMORY_SECS) {
            self.memory.pop_front();
        }
    }

    /// Posts volatilities and samples spots where it is time. Returns what was refused.
    pub fn publish_volatilities(&mut self, world: &mut World, window: &Window) -> Vec<Sent> {
        let now = world.vm.now();
        let mut sent = Vec::new();
        if now - self.volatilities_at >= VOLATILITY_SECS {
            self.volatilities_at = now;
            for (place, symbol) in window.symbols.iter().enumerate() {
                let last = world.markets[place].posted_vol_e6 as f64;
                let target = window.volatility_e6(place, now) as f64;
                let next = target.clamp(last * (1.0 - VOLATILITY_STEP), last * (1.0 + VOLATILITY_STEP));
                if let Err(rejected) = world.post_volatility(symbol, next as i64) {
                    sent.push(Err(rejected));
                }
            }
        }
        if window.ailment(now).is_some() {
            return sent;
        }
        for (place, symbol) in window.symbols.iter().enumerate() {
            let ((at, last), price) = (self.sampled[place], window.prices_e8(now)[place] as f64);
            let moved = (price / last - 1.0).abs() >= SAMPLE_MOVE;
            if now - at >= SAMPLE_SECS || (moved && now - at >= SAMPLE_SECS_MIN) {
                self.sampled[place] = (now, price);
                sent.push(world.update_volatility(symbol));
            }
        }
        sent
    }

    /// What somebody sees who is so many seconds late; nothing before the first publication.
    #[must_use]
    pub fn seen(&self, now: i64, late_secs: i64) -> &[PriceUpdate] {
        let seen = self.memory.iter().rev().find(|published| published.time <= now - late_secs);
        seen.or(self.memory.front()).map_or(&[], |published| &published.updates)
    }
}

fn confidence_bps(before_e8: u64, price_e8: u64) -> u64 {
    let moved_bps = (price_e8 as f64 / before_e8 as f64 - 1.0).abs() * 10_000.0;
    (CONF_BPS + CONF_MOVE_SHARE * moved_bps).min(CONF_BPS_MAX).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        market::{self, Listing},
        window::synthetic,
    };

    /// Goal: prices arrive with their average behind them, and who is late sees the older ones. Method: the gap.
    #[test]
    fn the_late_see_what_was() {
        let window = synthetic("gap", 1).unwrap();
        let mut world = market::open(&window, &Listing::of(&window)).unwrap();
        let mut feed = Feed::new(&window);
        let gap = window.start() + 36_000;
        world.vm.advance(gap - world.vm.now());
        feed.publish(&mut world, &window);
        world.vm.advance(60);
        feed.publish(&mut world, &window);
        let now = world.vm.now();
        let bitcoin = |late| feed.seen(now, late)[1];
        assert!((bitcoin(0).price as f64) < 0.86 * bitcoin(4).price as f64);
        assert!(bitcoin(0).ema_price > bitcoin(0).price);
        assert!(bitcoin(0).conf > 3 * bitcoin(4).conf);
        assert_eq!(feed.seen(now, 4), feed.seen(now, 60));
    }

    /// Goal: a silent feed publishes nothing and a wide one says so. Method: the outage.
    #[test]
    fn outages_are_felt() {
        let window = synthetic("outage", 1).unwrap();
        let mut world = market::open(&window, &Listing::of(&window)).unwrap();
        let mut feed = Feed::new(&window);
        world.vm.advance(9 * 3_600 + 600);
        feed.publish(&mut world, &window);
        assert!(feed.seen(world.vm.now(), 0).is_empty());
        world.vm.advance(3_600 + 1_500);
        feed.publish(&mut world, &window);
        let update = feed.seen(world.vm.now(), 0)[1];
        assert_eq!(update.conf, u64::try_from(update.price).unwrap() * 6 / 100);
    }
}

//! Expiries, strikes, markets, collateral, gates.

use super::{sight::Sight, Generator};
use crate::{
    action::{Action, GateKeeper},
    script::Step,
};
use ballast::{
    constants::{GATES_ALL, LISTING_AHEAD_SECS_MAX},
    state::VOLATILITY_FEED_ACCOUNT,
};

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;
/// Expiries of a market that should trade.
const EXPIRIES_WANTED: usize = 3;
/// A round strike has this many leading digits.
const STRIKE_DIGITS: u32 = 2;

impl Generator {
    /// Lists what the house lacks, or does something an authority may do.
    pub(super) fn plan_listing(&mut self, sight: &Sight) {
        let lacking =
            sight.markets.iter().filter(|market| sight.trading(market.id).count() < EXPIRIES_WANTED);
        let lacking = lacking.map(|market| market.id).collect();
        if let Some(market) = self.pick(lacking) {
            return self.list(sight, market);
        }
        let action = self.listing(sight);
        self.ask(action);
    }

    /// An expiry with strikes around the price.
    pub(super) fn list(&mut self, sight: &Sight, market: u8) {
        let ahead = match self.choice.count(0, 9) {
            0..4 => self.choice.between(HOUR / 2, 4 * HOUR),
            4..8 => self.choice.between(4 * HOUR, 5 * DAY),
            8 => self.choice.between(5 * DAY, 90 * DAY),
            _ => self.choice.between(HOUR / 2, LISTING_AHEAD_SECS_MAX),
        };
        let free = sight
            .markets
            .get(usize::from(market))
            .and_then(|listed| listed.expiries.iter().position(|slot| slot.is_reusable(sight.now)));
        let at = sight.house.elapsed() + ahead;
        let action = self.expiry(market, at);
        self.ask(action);
        if let Some(expiry) = free.and_then(|slot| u8::try_from(slot).ok()) {
            let strikes = self.strikes(market);
            self.ask(Action::StrikeList { market, expiry, strikes });
        }
    }

    fn expiry(&mut self, market: u8, at: i64) -> Action {
        Action::ExpiryList {
            market,
            at,
            atm: self.choice.between(700_000, 1_300_000),
            skew: self.choice.between(-40_000, 40_000),
            curvature: self.choice.between(0, 12_000),
            basis: self.choice.between(-60_000, 100_000),
        }
    }

    fn strikes(&mut self, market: u8) -> Vec<u64> {
        let price = u64::try_from(self.feeds.price(market)).unwrap_or(1).max(1_000);
        let unit = 10u64.pow(price.ilog10() - STRIKE_DIGITS);
        let count = self.choice.count(1, 7);
        let mut strikes: Vec<u64> = (0..count)
            .map(|_| {
                let share = u64::try_from(self.choice.between(70, 135)).unwrap_or(100);
                (price / 100 * share / unit).max(1) * unit
            })
            .collect();
        strikes.dedup();
        strikes
    }

    pub(super) fn listing(&mut self, sight: &Sight) -> Action {
        let market = self.small(0, 4);
        match self.choice.count(0, 19) {
            0 | 1 => Action::CollateralAdd {
                haircut: self.choice.between(0, 1_000_000),
                slope: self.choice.between(0, 300_000),
                soft_cap: self.amount(),
                hard_cap: self.choice.bits() >> 1,
            },
            2 | 3 => {
                if let Some(id) = without_feed(sight).first().copied() {
                    return Action::VolatilityFeedInit { market: id, quorum: self.small(0, 4) };
                }
                Action::MarketInit { vol: self.choice.between(300_000, 1_200_000) }
            }
            4 => Action::ExchangeInit,
            5 | 6 => {
                // What is paused is mostly opened again at once: half an hour is a good part of a life.
                let gates = self.choice.bits() & GATES_ALL;
                let by = if self.choice.one_in(3) { GateKeeper::Admin } else { GateKeeper::Guardian };
                if !self.choice.one_in(4) {
                    self.planned.push_back(Step::Do(Action::Unpause { by, gates: GATES_ALL }));
                }
                Action::Pause { by, gates }
            }
            7 => Action::GateSet {
                by: if self.choice.one_in(5) { GateKeeper::Guardian } else { GateKeeper::Admin },
                gates: if self.choice.one_in(9) { self.choice.bits() } else { 0 },
            },
            8 => {
                let at = sight.house.elapsed() + self.choice.between(-DAY, 3 * LISTING_AHEAD_SECS_MAX);
                let mut action = self.expiry(market, at);
                if let Action::ExpiryList { atm, skew, .. } = &mut action {
                    *atm = self.choice.between(-1, 20_000_000);
                    *skew = self.choice.between(-100_000, 100_000);
                }
                action
            }
            9..12 => {
                let strikes = vec![self.choice.bits() >> self.choice.count(0, 63)];
                Action::StrikeList { market, expiry: self.small(0, 12), strikes }
            }
            _ => {
                let expiry = self.small(0, 11);
                let strikes = self.strikes(market);
                Action::StrikeList { market, expiry, strikes }
            }
        }
    }
}

/// Markets that should have a feed account and have none.
pub(super) fn without_feed(sight: &Sight) -> Vec<u8> {
    let wanting = sight.markets.iter().filter(|market| market.volatility_kind == VOLATILITY_FEED_ACCOUNT);
    let missing = |address: &[u8; 32]| sight.house.world.vm.shared(&(*address).into()).is_none();
    wanting.filter(|market| missing(&market.volatility_feed)).map(|market| market.id).collect()
}

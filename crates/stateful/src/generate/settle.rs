//! Settlement: windows lived through, prices recorded, lines that become cash.

use super::{sight::Sight, Generator};
use crate::{action::Action, house::BOOKS, script::Step};
use ballast::state::{ExpirySlot, EXPIRY_LISTED};

/// A sample weighs a minute at most.
const SAMPLE_SECS: i64 = 60;
const HOUR: i64 = 3_600;
/// Without a first update the average there is settles after so long.
const PARTIAL_SECS: i64 = 6 * HOUR;
/// Without any average the authority decides after so long.
const DECIDE_SECS: i64 = 24 * HOUR;

impl Generator {
    pub(super) fn settle(&mut self, sight: &Sight) {
        let listed = sight.expiries().filter(|(_, _, expiry)| expiry.status == EXPIRY_LISTED);
        let window = sight.exchange.params.window_secs;
        let due: Vec<(u8, u8, i64, i64)> = listed
            .filter(|(_, _, expiry)| expiry.expiry_ts - sight.now <= window)
            .map(|(market, slot, expiry)| (market, slot, expiry.expiry_ts, covered(expiry)))
            .collect();
        match self.pick(due) {
            Some((market, slot, expiry_ts, _)) if sight.now < expiry_ts => {
                self.live_window(sight, market, slot, expiry_ts);
            }
            Some((market, slot, expiry_ts, covered)) => {
                self.record(sight, (market, slot), expiry_ts, covered)
            }
            None if self.choice.one_in(20) => {
                let (market, expiry) = (self.small(0, 3), self.small(0, 12));
                self.ask(Action::SettlementSample { market, expiry });
            }
            None => {}
        }
        let book = self.small(0, BOOKS - 1);
        if self.choice.one_in(6) {
            self.settle_everything(sight);
        } else if sight.has_settled(book) || self.choice.one_in(12) {
            self.ask(Action::SettlePortfolio { book });
        }
    }

    /// One action of settlement.
    pub(super) fn settlement(&mut self, sight: &Sight) -> Option<Action> {
        let expiries = sight.expiries().filter(|(_, _, expiry)| expiry.status == EXPIRY_LISTED);
        let (market, expiry) = self.pick(expiries.map(|(market, slot, _)| (market, slot)).collect())?;
        Some(match self.choice.count(0, 3) {
            0 | 1 => Action::SettlementSample { market, expiry },
            2 => Action::SettlementFinalize { market, expiry, shown: self.choice.one_in(2) },
            _ => {
                let price = u64::try_from(self.feeds.price(market)).unwrap_or(1);
                Action::SettlementDecide { market, expiry, price }
            }
        })
    }

    /// Samples of what is left of a window, few or all, and often the first price after it.
    fn live_window(&mut self, sight: &Sight, market: u8, expiry: u8, expiry_ts: i64) {
        let samples = if self.choice.one_in(2) { 40 } else { self.choice.count(0, 4) };
        let mut now = sight.now;
        for _ in 0..samples {
            if now >= expiry_ts {
                break;
            }
            let publication = self.publication(market, SAMPLE_SECS, true);
            self.planned.push_back(Step::Publish(publication));
            self.ask(Action::SettlementSample { market, expiry });
            let secs = SAMPLE_SECS.min(expiry_ts - now) - i64::from(self.choice.one_in(9));
            now += secs.max(1);
            self.planned.push_back(Step::Pass(secs.max(1)));
        }
        if now >= expiry_ts && !self.choice.one_in(4) {
            self.first_price(sight, (market, expiry), now - expiry_ts);
        }
    }

    /// The first update at or after an expiry that was so many seconds ago, and what it settles.
    fn first_price(&mut self, sight: &Sight, (market, expiry): (u8, u8), ago: i64) {
        let window = sight.exchange.params.window_secs;
        if self.choice.one_in(8) {
            self.feeds.gap(&mut self.choice, market);
        }
        let late = if self.choice.one_in(3) { self.choice.between(0, ago.clamp(0, window)) } else { ago };
        let gap = late + self.choice.between(1, SAMPLE_SECS);
        let mut publication = self.publication(market, gap, true);
        publication.age = ago - late;
        self.planned.push_back(Step::Publish(publication));
        self.ask(Action::SettlementFinalize { market, expiry, shown: true });
    }

    /// Tries to record a price for an expiry that has passed, by what may be open.
    fn record(&mut self, sight: &Sight, at: (u8, u8), expiry_ts: i64, covered: i64) {
        let ago = sight.now - expiry_ts;
        let (market, expiry) = at;
        let nobody = |sight: &Sight| {
            let slot =
                sight.markets.get(usize::from(market)).map(|market| &market.expiries[usize::from(expiry)]);
            slot.is_some_and(|slot| slot.open_lines == 0)
        };
        if nobody(sight) && !self.choice.one_in(6) {
            return;
        }
        match self.choice.count(0, 9) {
            0..5 => self.first_price(sight, at, ago),
            5 | 6 => self.ask(Action::SettlementFinalize { market, expiry, shown: false }),
            7 => {
                let price = u64::try_from(self.feeds.price(market)).unwrap_or(1);
                let price = if self.choice.one_in(4) { self.amount() } else { price };
                self.ask(Action::SettlementDecide { market, expiry, price });
            }
            8 if self.choice.one_in(3) => self.wait_for_fallback(sight, at, (ago, covered)),
            _ => {}
        }
    }

    /// Nobody shows a first update, until what is there settles, or the authority decides.
    fn wait_for_fallback(&mut self, sight: &Sight, (market, expiry): (u8, u8), (ago, covered): (i64, i64)) {
        let wait = if covered > 0 { PARTIAL_SECS } else { DECIDE_SECS };
        self.planned.push_back(Step::Pass((wait - ago).max(0) + self.choice.between(-1, 3)));
        if covered > 0 {
            self.ask(Action::SettlementFinalize { market, expiry, shown: false });
        } else {
            let price = u64::try_from(self.feeds.price(market)).unwrap_or(1);
            self.ask(Action::SettlementDecide { market, expiry, price });
        }
        self.settle_everything(sight);
    }
}

fn covered(expiry: &ExpirySlot) -> i64 {
    expiry.sum.weight_secs
}

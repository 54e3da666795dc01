//! What happens next: steps by chance, with numbers that the world makes interesting.
//!
//! The generator looks at the world, but what it gives holds every number itself. Most of what it asks is sensible, because
//! only a house that works gets anywhere: feeds speak, expiries are listed, traders have money. The rest is at the limits
//! (what may just be withdrawn, and one more), absurd (nothing, the largest numbers), or hostile (wrong accounts, missing
//! signatures, bad price updates).

mod distress;
mod feeds;
mod listing;
mod money;
mod ruin;
mod settle;
mod sight;
mod trade;

use crate::{
    action::{Action, GateKeeper},
    house::{House, ACTORS, BOOKS},
    script::{Start, Step},
};
use ballast_harness::choice::Choice;
use feeds::Feeds;
use sight::{one, Sight};
use std::collections::VecDeque;

/// What kind of life it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Temper {
    /// People trade, and now and then somebody is ruined.
    Busy,
    /// Somebody is ruined all the time: losses are shared, and nobody is rich.
    Ruinous,
    /// Nobody has anything but who is ruined next: the cash index falls until it begins anew.
    Desert,
}

/// Steps by chance, from a seed.
pub struct Generator {
    choice: Choice,
    /// Steps that follow one another.
    planned: VecDeque<Step>,
    feeds: Feeds,
    start: Start,
    begun: bool,
    temper: Temper,
    /// A portfolio that has just traded and takes out what it may.
    strained: Option<u8>,
}

impl Generator {
    /// The life of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut choice = Choice::new(seed);
        let start = Start { peg: choice.one_in(3), extreme: choice.one_in(6) };
        let feeds = Feeds::new(&mut choice);
        let temper = match choice.count(0, 39) {
            0..5 => Temper::Ruinous,
            5 => Temper::Desert,
            _ => Temper::Busy,
        };
        Self { choice, planned: VecDeque::new(), feeds, start, begun: false, temper, strained: None }
    }

    /// What the world begins with.
    #[must_use]
    pub fn start(&self) -> Start {
        self.start
    }

    /// The next step.
    pub fn next(&mut self, house: &House) -> Step {
        if let Some(step) = self.planned.pop_front() {
            return step;
        }
        let sight = Sight::of(house);
        if !self.begun {
            self.begun = true;
            self.begin(&sight);
        } else if let Some(book) = self.strained.take() {
            self.strain(&sight, book);
        } else if (self.feeds.are_due(sight.now) || sight.is_volatility_stale()) && !self.choice.one_in(12) {
            self.speak(&sight, true);
        } else {
            self.plan(&sight);
        }
        self.planned.pop_front().unwrap_or(Step::Pass(1))
    }

    /// Everybody pays in, and something is listed.
    fn begin(&mut self, sight: &Sight) {
        for book in 0..ACTORS {
            // Two are rich enough to take what others lose.
            if self.temper == Temper::Desert {
                break;
            }
            let rich = book + 2 >= ACTORS && self.temper == Temper::Busy;
            let most = if rich { 8_000_000_000_000 } else { 400_000_000_000 };
            let amount = self.choice.octaves(most / 64, most);
            self.ask(Action::Deposit { actor: book, book, asset: 0, amount });
            if self.choice.one_in(3) {
                let asset = self.small(1, 2);
                let amount = if asset == 1 {
                    self.choice.octaves(1_000_000_000, 2_000_000_000_000)
                } else {
                    self.choice.octaves(1_000_000, 1_000_000_000)
                };
                self.ask(Action::Deposit { actor: book, book, asset, amount });
            }
        }
        for market in 0..3 {
            self.list(sight, market);
        }
    }

    fn plan(&mut self, sight: &Sight) {
        if sight.exchange.gates != 0 && self.choice.one_in(10) {
            return self.ask(Action::GateSet { by: GateKeeper::Admin, gates: 0 });
        }
        let ruin_one_in = match self.temper {
            Temper::Busy => 150,
            Temper::Ruinous => 12,
            Temper::Desert => 1,
        };
        if self.choice.one_in(ruin_one_in) {
            return self.ruin(sight);
        }
        if sight.markets.len() < 5 && self.choice.one_in(200) {
            let vol = self.choice.between(300_000, 1_200_000);
            return self.ask(Action::MarketInit { vol });
        }
        match self.choice.count(0, 99) {
            0..12 => self.time(sight),
            12..40 => self.plan_trade(sight),
            40..46 => self.plan_deposit(sight),
            46..53 => self.plan_withdrawal(sight),
            53..72 => self.distress(sight),
            72..84 => self.settle(sight),
            84..88 => self.plan_insurance(sight),
            88..91 => self.plan_listing(sight),
            91..94 => self.together(sight),
            94..98 => self.hostile(sight),
            _ => self.odds_and_ends(sight),
        }
    }

    fn odds_and_ends(&mut self, sight: &Sight) {
        let book = self.small(0, BOOKS - 1);
        let market = self.small(0, 4);
        match self.choice.count(0, 7) {
            0 => {
                let book = sight.any(&mut self.choice).unwrap_or(book);
                self.ask(Action::MarginCheck { book });
            }
            1 => self.ask(Action::VolatilityUpdate { market }),
            2 => self.ask(Action::FeesSweep { market }),
            3 => {
                let isolated = self.choice.one_in(3).then_some(market);
                self.ask(Action::PortfolioOpen { book, isolated });
            }
            4 => {
                let empty = sight.some(&mut self.choice, ballast::state::Portfolio::is_empty);
                self.ask(Action::PortfolioClose { book: empty.unwrap_or(book) });
            }
            5 => {
                let (actor, secs) = (self.small(0, ACTORS - 1), self.choice.between(-10, 40_000_000));
                let at = sight.house.elapsed() + secs;
                self.ask(Action::DelegateSet { book, actor, at });
            }
            6 => self.post_volatilities(sight, 0, true),
            _ => self.ask(Action::CollectLoss { book }),
        }
    }

    /// Several actions in one transaction.
    fn together(&mut self, sight: &Sight) {
        let count = self.choice.count(2, 4);
        let actions: Vec<Action> = (0..count).filter_map(|_| self.some_action(sight)).collect();
        if actions.len() > 1 {
            self.planned.push_back(Step::Together(actions));
        }
    }

    /// An action with a wrong account, or without a signature.
    fn hostile(&mut self, sight: &Sight) {
        let Some(action) = self.some_action(sight) else { return };
        let any = self.choice.bits().to_le_bytes();
        self.planned.push_back(if self.choice.one_in(3) {
            Step::Unsigned { action, signer: any[0] }
        } else {
            Step::Misplaced { action, place: any[0], with: u16::from_le_bytes([any[1], any[2]]) }
        });
    }

    /// Any action that may well go through.
    fn some_action(&mut self, sight: &Sight) -> Option<Action> {
        let book = sight.any(&mut self.choice)?;
        let actor = self.small(0, ACTORS - 1);
        match self.choice.count(0, 13) {
            0..4 => self.trade(sight),
            4 => Some(Action::Deposit { actor, book, asset: self.small(0, 2), amount: self.amount() }),
            5 => self.withdrawal(sight),
            6 => Some(Action::MarginCheck { book }),
            7 => self.insurance(sight),
            8 => Some(Action::CollectLoss { book }),
            9 => self.trouble(sight),
            10 => Some(Action::SettlePortfolio { book }),
            11 => self.settlement(sight),
            12 => Some(self.listing(sight)),
            _ => Some(Action::FeesSweep { market: self.small(0, 4) }),
        }
    }

    fn ask(&mut self, action: Action) {
        self.planned.push_back(Step::Do(action));
    }

    /// A small number in `[low, high]`.
    fn small(&mut self, low: u8, high: u8) -> u8 {
        u8::try_from(self.choice.between(i64::from(low), i64::from(high))).unwrap_or(low)
    }

    /// An amount: mostly sensible, sometimes nothing, one, or absurd.
    fn amount(&mut self) -> u64 {
        match self.choice.count(0, 19) {
            0 => 0,
            1 => 1,
            2 if self.start.extreme => self.choice.octaves(1 << 50, 1 << 62),
            2 => u64::MAX,
            3 if self.start.extreme => self.choice.octaves(1 << 40, 1 << 56),
            _ => self.choice.octaves(1_000, 200_000_000_000),
        }
    }

    /// A chosen one, or a random one when there is none.
    fn or_any(&mut self, sight: &Sight, book: Option<u8>) -> u8 {
        book.or_else(|| sight.any(&mut self.choice)).unwrap_or(0)
    }

    fn pick<T>(&mut self, all: Vec<T>) -> Option<T> {
        one(&mut self.choice, all)
    }
}

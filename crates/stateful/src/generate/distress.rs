//! Who is in trouble, and what anybody may do about it.

use super::{sight::Sight, Generator};
use crate::{
    action::{Action, Leg},
    house::{ACTORS, BOOKS},
    script::Step,
};
use ballast::state::Portfolio;
use ballast_risk::Scratch;

/// A whole book.
const WHOLE_E9: u64 = 1_000_000_000;
/// Legs that may be named in a liquidation.
const WANTED_MAX: usize = 4;

/// Debts up to this are no trouble, 1e-6 quote.
const DEBT_SMALL_E6: i64 = 10_000;

/// What a portfolio calls for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    Liquidatable,
    Frozen,
    Indebted,
    Ruined,
    LossDue,
}

impl Generator {
    /// Does what the state calls for, once or a few times.
    pub(super) fn distress(&mut self, sight: &Sight) {
        if sight.exchange.shortfall_e6 > 0 && self.choice.one_in(2) {
            self.settle_everything(sight);
            return self.ask(Action::SocialiseShortfall);
        }
        if self.choice.one_in(300) {
            self.ask(Action::SocialiseShortfall);
        }
        if self.choice.one_in(3) && self.feeds.are_due(sight.now - 30) {
            self.speak(sight, false);
        }
        if let Some(action) = self.trouble(sight) {
            self.ask(action);
            // Slices come one after another, while the discount rises.
            if self.choice.one_in(3) {
                let secs = self.choice.octaves(1, 1_200);
                self.planned.push_back(Step::Pass(i64::try_from(secs).unwrap_or(1)));
            }
        }
    }

    /// An action that the trouble of some portfolio calls for, or one that nothing calls for.
    pub(super) fn trouble(&mut self, sight: &Sight) -> Option<Action> {
        let found = troubles(sight);
        if found.is_empty() && !self.choice.one_in(10) {
            return self.trade(sight);
        }
        if let Some((book, trouble)) = self.pick(found).filter(|_| !self.choice.one_in(12)) {
            return Some(self.answer(sight, book, trouble));
        }
        let book = sight.any(&mut self.choice)?;
        Some(match self.choice.count(0, 5) {
            0 => Action::LiquidationStart { book },
            1 => Action::LiquidationEnd { book },
            2 => Action::ResolveInsolvency { book },
            3 => Action::CollectLoss { book },
            4 => self.slice(sight, book),
            _ => self.convert(sight, book),
        })
    }

    fn answer(&mut self, sight: &Sight, book: u8, trouble: Trouble) -> Action {
        match trouble {
            Trouble::Liquidatable => Action::LiquidationStart { book },
            Trouble::Frozen => match self.choice.count(0, 11) {
                0..6 => self.slice(sight, book),
                6..10 => self.legs(sight, book),
                10 => Action::LiquidationEnd { book },
                _ => Action::Deposit { actor: book % ACTORS, book, asset: 0, amount: self.amount() },
            },
            Trouble::Indebted => self.convert(sight, book),
            Trouble::Ruined => Action::ResolveInsolvency { book },
            Trouble::LossDue => Action::CollectLoss { book },
        }
    }

    fn taker(&mut self, sight: &Sight, book: u8) -> u8 {
        let rich = sight.richest(book).filter(|_| !self.choice.one_in(4));
        self.or_any(sight, rich)
    }

    fn slice(&mut self, sight: &Sight, book: u8) -> Action {
        let taker = self.taker(sight, book);
        let fraction = match self.choice.count(0, 9) {
            0 => self.choice.bits(),
            1 => self.choice.octaves(1, WHOLE_E9),
            2..5 => self.choice.octaves(WHOLE_E9 / 50, WHOLE_E9),
            _ => WHOLE_E9,
        };
        let least = if self.choice.one_in(12) { self.choice.octaves(1, WHOLE_E9) } else { 0 };
        Action::LiquidateSlice { book, taker, fraction, least }
    }

    fn legs(&mut self, sight: &Sight, book: u8) -> Action {
        let taker = self.taker(sight, book);
        let mut all = Vec::new();
        for line in sight.book(book).map(Portfolio::held_lines).unwrap_or_default() {
            for (put, qty) in [(false, line.calls_e6), (true, line.puts_e6)] {
                let (market, expiry, strike) = (line.market, line.expiry_slot, line.strike_slot);
                if qty != 0 {
                    all.push(Leg { market, expiry, strike, put, qty: qty.saturating_abs() });
                }
            }
        }
        while all.len() > WANTED_MAX {
            let at = self.choice.count(0, all.len() - 1);
            all.swap_remove(at);
        }
        for leg in &mut all {
            if self.choice.one_in(3) {
                leg.qty /= i64::try_from(self.choice.octaves(1, 64)).unwrap_or(1);
            }
        }
        Action::LiquidateLegs { book, taker, legs: all }
    }

    fn convert(&mut self, sight: &Sight, book: u8) -> Action {
        let held = sight.book(book);
        let assets = held.map(|held| {
            let some = (1u8..).zip(&held.collateral).filter(|(_, amount)| **amount > 0);
            some.map(|(asset, _)| asset).collect::<Vec<u8>>()
        });
        let asset = assets.and_then(|assets| self.pick(assets)).unwrap_or(1);
        let debt = held.map_or(0, |held| held.cash_e6.min(0).unsigned_abs());
        let quote = match self.choice.count(0, 5) {
            0 => self.amount(),
            1 => debt.saturating_add(1),
            2 => debt,
            _ => debt / self.choice.octaves(1, 1_000),
        };
        Action::CollateralConvert { book, buyer: self.small(0, ACTORS - 1), asset, quote }
    }

    /// Lines of settled expiries become cash, in any order.
    pub(super) fn settle_everything(&mut self, sight: &Sight) {
        let first = self.small(0, BOOKS - 1);
        let turned = (0..BOOKS).map(|at| (first + at) % BOOKS);
        let due: Vec<u8> = turned.filter(|book| sight.has_settled(*book)).collect();
        due.into_iter().for_each(|book| self.ask(Action::SettlePortfolio { book }));
    }
}

/// What every portfolio calls for.
fn troubles(sight: &Sight) -> Vec<(u8, Trouble)> {
    let snapshot = sight.house.world.snapshot();
    let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
    let mut found = Vec::new();
    let index = sight.exchange.cash_index();
    for (book, held) in &sight.books {
        let owes = held.line_count > 0 || held.cash_e6 < 0;
        if held.is_frozen() {
            found.extend([(*book, Trouble::Frozen); 3]);
        } else if owes {
            let report = snapshot.margin_in(&mut scratch, held);
            if report.is_ok_and(|report| report.excess_maintenance_e6 < 0) {
                found.extend([(*book, Trouble::Liquidatable); 3]);
            }
        }
        // A debt below the price of a base unit buys nothing.
        if held.cash_e6 < -DEBT_SMALL_E6 || (held.cash_e6 < 0 && !held.has_assets()) {
            found.push((*book, if held.has_assets() { Trouble::Indebted } else { Trouble::Ruined }));
        }
        if held.cash_at(&index) != held.cash_e6 {
            found.push((*book, Trouble::LossDue));
        }
    }
    found
}

impl Sight<'_> {
    /// Whether a portfolio has lines of a settled expiry.
    pub(super) fn has_settled(&self, book: u8) -> bool {
        let Some(held) = self.book(book) else { return false };
        self.markets.iter().any(|market| ballast_sdk::instruction::settlement::has_settled_line(held, market))
    }
}

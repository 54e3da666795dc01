//! Trades: opening, closing, absurd.

use super::{sight::Sight, Generator};
use crate::{
    action::{Action, Leg},
    script::Step,
};
use ballast::state::{Portfolio, MODE_CROSS};

/// One unit of an underlying, 1e-6.
const UNIT_E6: i64 = 1_000_000;
/// Legs of a trade at most.
const LEGS_MAX: usize = 12;

impl Generator {
    /// A trade, sometimes with what makes it matter: the writer takes out what is left.
    pub(super) fn plan_trade(&mut self, sight: &Sight) {
        let Some(trade) = self.trade(sight) else { return self.plan_listing(sight) };
        if let (Action::Trade { maker, .. }, true) = (&trade, self.choice.one_in(10)) {
            let deposit = Action::Deposit { actor: *maker, book: *maker, asset: 0, amount: self.amount() };
            self.planned.push_back(Step::Together(vec![deposit, trade]));
        } else {
            if let (Action::Trade { maker, taker, .. }, true) = (&trade, self.choice.one_in(5)) {
                self.strained = Some(if self.choice.one_in(2) { *maker } else { *taker });
            }
            self.ask(trade);
        }
    }

    pub(super) fn trade(&mut self, sight: &Sight) -> Option<Action> {
        let anybody = self.choice.one_in(40);
        let able = |held: &Portfolio| anybody || (!held.is_frozen() && held.cash_e6 > 0);
        let maker = sight.some(&mut self.choice, able).or_else(|| sight.any(&mut self.choice))?;
        let taker = sight.some(&mut self.choice, able).or_else(|| sight.any(&mut self.choice))?;
        let taker = if taker == maker { sight.richest(maker).unwrap_or(taker) } else { taker };
        let legs = match self.choice.count(0, 9) {
            0..3 => self.closing(sight, maker, taker),
            _ => Vec::new(),
        };
        let legs = self.allowed(sight, [maker, taker], legs);
        let mut legs = if legs.is_empty() { self.opening(sight, maker, taker)? } else { legs };
        if self.choice.one_in(30) {
            self.make_absurd(&mut legs);
        }
        let premium = self.premium(sight, &legs);
        let delegate =
            sight.book(taker).is_some_and(|held| held.delegate_until > sight.now) && self.choice.one_in(2);
        let deadline_in = if self.choice.one_in(60) { self.choice.between(-5, 0) } else { 30 };
        Some(Action::Trade { maker, taker, delegate, legs, premium, deadline_in })
    }

    /// Legs without those that an isolated side may not have, mostly.
    fn allowed(&mut self, sight: &Sight, sides: [u8; 2], mut legs: Vec<Leg>) -> Vec<Leg> {
        for held in sides.into_iter().filter_map(|book| sight.book(book)) {
            if held.mode != MODE_CROSS && !self.choice.one_in(30) {
                legs.retain(|leg| leg.market == held.isolated_market);
            }
        }
        legs
    }

    /// Legs of as much as the poorer side can about bear, or several times that.
    fn opening(&mut self, sight: &Sight, maker: u8, taker: u8) -> Option<Vec<Leg>> {
        let isolated = [maker, taker].into_iter().filter_map(|book| sight.book(book));
        let isolated =
            isolated.filter(|held| held.mode != MODE_CROSS).map(|held| held.isolated_market).next();
        let elsewhere = if isolated.is_some() { 60 } else { 8 };
        let market = match isolated {
            Some(market) if !self.choice.one_in(30) => market,
            _ => sight.market(&mut self.choice)?,
        };
        let count = match self.choice.count(0, 9) {
            0..6 => 1,
            6..9 => self.choice.count(2, 4),
            _ => self.choice.count(4, LEGS_MAX),
        };
        let cash =
            [maker, taker].into_iter().filter_map(|book| sight.book(book)).map(|held| held.cash_e6).min()?;
        let mut legs: Vec<Leg> = Vec::new();
        for _ in 0..count {
            let market = if self.choice.one_in(elsewhere) { sight.market(&mut self.choice)? } else { market };
            let Some(series) = sight.series(&mut self.choice, market) else { continue };
            let put = self.choice.one_in(2);
            let leg = Leg { market, expiry: series.expiry, strike: series.strike, put, qty: 0 };
            let same = |other: &Leg| Leg { qty: 0, ..*other } == leg;
            if legs.iter().any(same) && !self.choice.one_in(20) {
                continue;
            }
            // An option's margin is about a fifth of what it is on.
            let price = self.feeds.price(market).max(1);
            let parts = i64::try_from(count).unwrap_or(1);
            let bearable =
                i128::from(cash.max(UNIT_E6)) * 100_000_000 / i128::from(price) / i128::from(parts);
            let most = u64::try_from(bearable.clamp(2, 1 << 48)).unwrap_or(2);
            let size = i64::try_from(self.choice.octaves((most / 1_000).max(1), most)).unwrap_or(1);
            let size = if self.choice.one_in(12) { size.saturating_mul(8) } else { size };
            legs.push(Leg { qty: if self.choice.one_in(2) { size } else { -size }, ..leg });
        }
        (!legs.is_empty()).then_some(legs)
    }

    /// Legs that take from the maker what it holds.
    fn closing(&mut self, sight: &Sight, maker: u8, taker: u8) -> Vec<Leg> {
        let one_of_both = if self.choice.one_in(2) { maker } else { taker };
        let Some(held) = sight.book(one_of_both) else { return Vec::new() };
        let sign = if one_of_both == maker { 1 } else { -1 };
        let mut legs = Vec::new();
        for line in held.held_lines() {
            let trades = sight.trading(line.market).any(|(slot, _)| slot == line.expiry_slot);
            if legs.len() >= 4 || self.choice.one_in(3) || !(trades || self.choice.one_in(30)) {
                continue;
            }
            for (put, qty) in [(false, line.calls_e6), (true, line.puts_e6)] {
                let part = [1, 1, 2, 3][self.choice.count(0, 3)];
                let extra = i64::from(self.choice.one_in(15));
                let qty = (qty / part + extra) * sign;
                if qty != 0 {
                    let (market, expiry, strike) = (line.market, line.expiry_slot, line.strike_slot);
                    legs.push(Leg { market, expiry, strike, put, qty });
                }
            }
        }
        legs
    }

    fn make_absurd(&mut self, legs: &mut Vec<Leg>) {
        let at = self.choice.count(0, legs.len() - 1);
        match self.choice.count(0, 5) {
            0 => legs[at].qty = 0,
            1 => legs[at].qty = i64::MIN,
            2 => legs[at].qty = i64::MAX,
            3 => legs[at].strike = self.small(0, 33),
            4 => legs[at].expiry = self.small(0, 13),
            _ => legs.push(legs[at]),
        }
    }

    /// Around the mark; sometimes a gift.
    fn premium(&mut self, sight: &Sight, legs: &[Leg]) -> i64 {
        let legs: Vec<_> = legs.iter().map(|leg| sight.house.series(leg)).collect();
        let mark = sight.house.world.mark_e6(&legs).unwrap_or(0);
        match self.choice.count(0, 29) {
            0 => 0,
            1 => i64::try_from(self.amount().min(1 << 62)).unwrap_or(0),
            2 => -i64::try_from(self.amount().min(1 << 62)).unwrap_or(0),
            3 => i64::MIN,
            _ => mark.saturating_add(mark / 1_000 * self.choice.between(-20, 20)),
        }
    }
}

//! Ruin: a writer with nothing but a little cash, and a gap at the expiry. What is left is a debt with nothing behind it.

use super::{sight::Sight, Generator, Temper};
use crate::{
    action::{Action, Leg},
    house::ACTORS,
    script::Step,
};
use ballast::state::Portfolio;

/// An option at the money needs about a quarter of what it is on.
const MARGIN_PARTS: i64 = 4;

impl Generator {
    pub(super) fn ruin(&mut self, sight: &Sight) {
        let market = self.small(0, 2);
        let bare = |held: &Portfolio| held.is_empty() && !held.is_frozen();
        let unopened = ACTORS + self.small(0, ACTORS - 1);
        let book = sight.some(&mut self.choice, bare).unwrap_or(unopened);
        let Some(taker) = sight.richest(book) else { return };
        let free =
            sight.markets[usize::from(market)].expiries.iter().position(|slot| slot.is_reusable(sight.now));
        let Some(expiry) = free.and_then(|slot| u8::try_from(slot).ok()) else { return };

        self.speak(sight, false);
        if sight.book(book).is_none() {
            self.ask(Action::PortfolioOpen { book, isolated: None });
        }
        let desert = self.temper == Temper::Desert;
        // What anybody may take out in an hour whatever has left.
        let most = if desert { 900_000_000 } else { 300_000_000_000 };
        let cash = self.choice.octaves(10_000_000, most);
        self.ask(Action::Deposit { actor: book % ACTORS, book, asset: 0, amount: cash });
        let wait = sight.exchange.params.window_secs + self.choice.between(1, 600);
        let price = self.feeds.price(market).max(1);
        let (at, put) = (sight.house.elapsed() + wait, self.choice.one_in(2));
        let flat = Action::ExpiryList { market, at, atm: 1_000_000, skew: 0, curvature: 0, basis: 0 };
        self.ask(flat);
        self.ask(Action::StrikeList { market, expiry, strikes: vec![price.unsigned_abs()] });
        let worth = i128::from(cash) * 100_000_000 / i128::from(price) * i128::from(MARGIN_PARTS);
        let qty = i64::try_from(worth).unwrap_or(i64::MAX) / 100 * self.choice.between(20, 110);
        let legs = vec![Leg { market, expiry, strike: 0, put, qty: qty.max(1) }];
        self.ask(Action::Trade { maker: book, taker, delegate: false, legs, premium: 0, deadline_in: 30 });

        self.planned.push_back(Step::Pass(wait));
        self.feeds.gap(&mut self.choice, market);
        self.publish(sight, wait, false);
        self.post_volatilities(sight, wait, false);
        self.ask(Action::SettlementFinalize { market, expiry, shown: true });
        let (first, second) = if self.choice.one_in(2) { (book, taker) } else { (taker, book) };
        self.ask(Action::SettlePortfolio { book: first });
        self.ask(Action::SettlePortfolio { book: second });
        if desert || !self.choice.one_in(4) {
            self.ask(Action::ResolveInsolvency { book });
        }
        if desert {
            self.ask(Action::SocialiseShortfall);
            self.strained = Some(taker);
        }
    }
}

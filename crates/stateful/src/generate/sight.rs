//! What the generator sees of a world.

use crate::house::{House, BOOKS};
use ballast::state::{Exchange, ExpirySlot, Market, Portfolio, MODE_CROSS};
use ballast_harness::choice::Choice;

/// A series of some market that trades.
#[derive(Debug, Clone, Copy)]
pub(super) struct Series {
    pub expiry: u8,
    pub strike: u8,
}

/// A world at one moment, decoded.
pub(super) struct Sight<'a> {
    pub house: &'a House,
    pub now: i64,
    pub exchange: Box<Exchange>,
    pub markets: Vec<Box<Market>>,
    /// Portfolios that are open, by their number.
    pub books: Vec<(u8, Box<Portfolio>)>,
}

impl<'a> Sight<'a> {
    pub(super) fn of(house: &'a House) -> Self {
        let world = &house.world;
        let ids = 0..u8::try_from(world.markets.len()).unwrap_or(0);
        Self {
            house,
            now: world.vm.now(),
            exchange: world.exchange(),
            markets: ids.map(|id| world.market(id)).collect(),
            books: (0..BOOKS).filter_map(|book| Some((book, house.portfolio(book).ok()?))).collect(),
        }
    }

    /// Whether a market with something that trades has no fresh volatility.
    pub(super) fn is_volatility_stale(&self) -> bool {
        let trading = self.markets.iter().filter(|market| self.trading(market.id).next().is_some());
        trading.into_iter().any(|market| market.is_volatility_stale(self.now))
    }

    /// Every expiry slot with its market and number.
    pub(super) fn expiries(&self) -> impl Iterator<Item = (u8, u8, &ExpirySlot)> {
        self.markets
            .iter()
            .flat_map(|market| (0u8..).zip(&market.expiries).map(|(slot, expiry)| (market.id, slot, expiry)))
    }

    /// Expiries of a market that trade.
    pub(super) fn trading(&self, market: u8) -> impl Iterator<Item = (u8, &ExpirySlot)> {
        let all = self.markets.get(usize::from(market)).into_iter();
        all.flat_map(|market| (0u8..).zip(&market.expiries))
            .filter(|(_, expiry)| expiry.is_trading(self.now) && expiry.strike_count > 0)
    }

    /// A series of a market that trades.
    pub(super) fn series(&self, choice: &mut Choice, market: u8) -> Option<Series> {
        let (expiry, slot) = one(choice, self.trading(market).collect())?;
        let strike = choice.count(0, usize::from(slot.strike_count) - 1);
        Some(Series { expiry, strike: u8::try_from(strike).unwrap_or(0) })
    }

    /// A market with something that trades.
    pub(super) fn market(&self, choice: &mut Choice) -> Option<u8> {
        let ids = self.markets.iter().map(|market| market.id);
        one(choice, ids.filter(|id| self.trading(*id).next().is_some()).collect())
    }

    pub(super) fn book(&self, book: u8) -> Option<&Portfolio> {
        self.books.iter().find(|(number, _)| *number == book).map(|(_, held)| held.as_ref())
    }

    /// Any open portfolio.
    pub(super) fn any(&self, choice: &mut Choice) -> Option<u8> {
        one(choice, self.books.iter().map(|(book, _)| *book).collect())
    }

    /// An open portfolio that is as it should be.
    pub(super) fn some(&self, choice: &mut Choice, fits: impl Fn(&Portfolio) -> bool) -> Option<u8> {
        let fitting = self.books.iter().filter(|(_, held)| fits(held)).map(|(book, _)| *book);
        one(choice, fitting.collect())
    }

    /// The portfolio with most cash that is not frozen, other than one.
    pub(super) fn richest(&self, but: u8) -> Option<u8> {
        let others = self
            .books
            .iter()
            .filter(|(book, held)| *book != but && !held.is_frozen() && held.mode == MODE_CROSS);
        others.max_by_key(|(_, held)| held.cash_e6).map(|(book, _)| *book)
    }
}

/// One of many, if there are any.
pub(super) fn one<T>(choice: &mut Choice, mut all: Vec<T>) -> Option<T> {
    if all.is_empty() {
        return None;
    }
    let at = choice.count(0, all.len() - 1);
    Some(all.swap_remove(at))
}

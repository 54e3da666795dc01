//! Portfolios in an order in which a full check foretells its branches.
//!
//! How many legs a portfolio has in a market and how many expiries, whether one of them is near and whether its loss is
//! bounded is chance: a check that goes from portfolio to portfolio is mistaken several dozen times in each. Where those
//! alike follow one another the same answer comes again. The order depends on what is listed and on no price; it is made
//! once, and a copy of the portfolios in it is kept with them, so that memory is still read from front to back.

use crate::books::{Book, Books, Leg};

/// Portfolios put in order together: enough that those alike are many, few enough that threads share them out.
pub(crate) const BLOCK: usize = 32_768;

/// What the order depends on beside the portfolios: of each strike its market and its expiry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Strikes {
    pub market_of: Vec<u8>,
    pub expiry_of: Vec<u8>,
}

/// Blocks of portfolios from the first on.
#[derive(Debug, Clone, Default)]
pub(crate) struct Lineup {
    strikes: Strikes,
    blocks: Vec<Block>,
}

/// [`BLOCK`] neighbouring portfolios in order.
#[derive(Debug, Clone)]
pub(crate) struct Block {
    /// Which portfolio of the block each one is.
    pub places: Vec<u16>,
    pub books: Books,
}

const _: () = assert!(BLOCK <= 1 << 16, "places have 16 bits");

impl Lineup {
    /// Brings the order up to date: for portfolios that are new, or for all where something else is listed.
    pub(crate) fn update(&mut self, strikes: &Strikes, books: &Books) {
        if self.strikes != *strikes {
            (self.strikes, self.blocks) = (strikes.clone(), Vec::new());
        }
        // The last block is made when it is full.
        for block in self.blocks.len()..books.len() / BLOCK {
            self.blocks.push(Block::new(strikes, books, block * BLOCK));
        }
    }

    /// The block of the portfolios from `start` on, if it is kept.
    pub(crate) fn block(&self, strikes: &Strikes, start: usize) -> Option<&Block> {
        let kept = start.is_multiple_of(BLOCK) && self.strikes == *strikes;
        self.blocks.get(start / BLOCK).filter(|_| kept)
    }
}

impl Block {
    fn new(strikes: &Strikes, books: &Books, start: usize) -> Self {
        let mut keys: Vec<(u64, u16)> = (0..BLOCK as u16)
            .map(|place| (key(strikes, &books.book(start + usize::from(place))), place))
            .collect();
        keys.sort_unstable();
        let (mut ordered, mut legs) = (Books::default(), Vec::new());
        for (_, place) in &keys {
            let book = books.book(start + usize::from(*place));
            legs.clear();
            let both = book.series.iter().zip(book.qty_e6);
            legs.extend(both.map(|(&series, &qty_e6)| Leg { series, qty_e6 }));
            ordered.push(&legs, book.balances, book.cash_e6).expect("taken in once");
        }
        Self { places: keys.into_iter().map(|(_, place)| place).collect(), books: ordered }
    }
}

/// What a check's branches depend on: of each of the first three markets its number, its legs, its expiries, whether the
/// soonest is among them and whether calls are net short in none, and whether there is collateral.
fn key(strikes: &Strikes, book: &Book) -> u64 {
    let (mut key, mut markets, mut next) = (0u64, 0, 0);
    while let (Some(series), true) = (book.series.get(next), markets < 3) {
        let Some(&market) = strikes.market_of.get((series / 2) as usize) else { break };
        let (from, mut expiries, mut bounded, mut soonest) = (next, 0u64, true, false);
        let (mut last, mut calls_e6) = (None, 0i64);
        while let Some(series) = book.series.get(next) {
            let strike = (series / 2) as usize;
            if strikes.market_of.get(strike) != Some(&market) {
                break;
            }
            let expiry = strikes.expiry_of[strike];
            if last.replace(expiry) != Some(expiry) {
                expiries += 1;
                bounded &= calls_e6 >= 0;
                soonest |= expiry == 0;
                calls_e6 = 0;
            }
            if series % 2 == 0 {
                // At most 128 legs of 2^50.
                calls_e6 += book.qty_e6[next];
            }
            next += 1;
        }
        bounded &= calls_e6 >= 0;
        let legs = ((next - from) as u64).min(63);
        let of = u64::from(market) << 12 | legs << 6 | expiries.min(15) << 2;
        key = key << 18 | of | u64::from(soonest) << 1 | u64::from(bounded);
        markets += 1;
    }
    key << 1 | u64::from(!book.balances.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{add_portfolio, tick, Random, Shape};
    use crate::{Revaluation, Workspace};

    /// Goal: in order or not, each portfolio's report is told once and is its own, whatever range is asked for, also of
    /// portfolios that came later and of another listing. Method: a block and a half with and without the order, against
    /// reports one by one.
    #[test]
    fn reports_are_told_once_in_any_order() {
        let shape = Shape { markets: 3, expiries: 3, strikes: 5, first_expiry_secs: 86_400 };
        let mut random = Random::new(5);
        let mut ticks = [tick(shape, &mut random), tick(shape, &mut random)];
        ticks[1].markets[2].listings.pop();
        let mut books = Books::default();
        let mut add = |books: &mut Books, count: usize| {
            for _ in 0..count {
                let (legs, markets) = (random.below(6), 1 + random.below(3));
                add_portfolio(books, &ticks[0], (legs, markets, 0.2), &mut random);
            }
        };
        add(&mut books, BLOCK - 3);
        let mut ordered = books.clone();
        let mut workspace = Workspace::default();
        for tick in &ticks {
            let revaluation = Revaluation::new(tick).unwrap();
            revaluation.order(&mut ordered);
            if ordered.len() < BLOCK {
                add(&mut books, BLOCK / 2);
                for index in ordered.len()..books.len() {
                    let book = books.book(index);
                    let legs: Vec<Leg> = (book.series.iter().zip(book.qty_e6))
                        .map(|(&series, &qty_e6)| Leg { series, qty_e6 })
                        .collect();
                    ordered.push(&legs, book.balances, book.cash_e6).unwrap();
                }
                revaluation.order(&mut ordered);
            }
            assert!(ordered.lineup.block(revaluation.strikes(), 0).is_some());
            for range in [0..books.len(), 7..BLOCK + 9, BLOCK..BLOCK + 1] {
                let mut told = vec![None; books.len()];
                revaluation.for_each(&mut workspace, &ordered, range.clone(), |index, report| {
                    assert!(told[index].replace(report).is_none(), "{index} told twice");
                });
                for (index, told) in told.into_iter().enumerate() {
                    let report = || revaluation.margin(&mut workspace, &books.book(index));
                    assert_eq!(told, range.contains(&index).then(report), "portfolio {index}");
                }
            }
        }
    }
}

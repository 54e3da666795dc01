//! Who trades: kinds of books, their sizes, and how close to their limit they are.

use crate::{market::Listing, random::Random};
use ballast_harness::world::Kind as Right;
use serde::Serialize;

/// Kinds of portfolios.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Options bought and paid for.
    Long,
    /// Short puts and calls apart, naked.
    Strangle,
    /// Spreads, condors and calendars.
    Hedged,
    /// Calls sold against the coin.
    Covered,
    /// Short near the money, hardly more than initial margin.
    Leveraged,
    /// All 64 strikes.
    Wide,
}

/// How many of each kind there are in a population of [`POPULATION`].
pub const KINDS: [(Kind, usize); 6] = [
    (Kind::Long, 36),
    (Kind::Strangle, 52),
    (Kind::Hedged, 52),
    (Kind::Covered, 28),
    (Kind::Leveraged, 44),
    (Kind::Wide, 12),
];
/// Portfolios of a population.
pub const POPULATION: usize = 224;
/// Notional of a portfolio, dollars: median, and deviation of the logarithm.
const NOTIONAL: (f64, f64) = (150_000.0, 1.1);
/// Nobody is larger or smaller than so much, dollars.
const NOTIONAL_RANGE: (f64, f64) = (5_000.0, 3e6);

/// One leg of a book.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wish {
    /// Place of the market.
    pub market: usize,
    /// Place of the expiry.
    pub expiry: usize,
    /// Place of the strike.
    pub strike: usize,
    /// Call or put.
    pub kind: Right,
    /// 1e-6 unit, short below zero.
    pub qty_e6: i64,
}

/// A portfolio to be.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Name of the owner.
    pub name: String,
    /// Kind.
    pub kind: Kind,
    /// Legs, none twice.
    pub legs: Vec<Wish>,
    /// Base units of the coin.
    pub coin: u64,
    /// Equity as a multiple of initial margin at the start.
    pub cushion: f64,
}

/// Draws a population: deterministic for a seed.
#[must_use]
pub fn draw(listing: &Listing, spots: &[f64], seed: u64) -> Vec<Plan> {
    let mut artist = Artist { random: Random::new(seed, "population"), listing, spots };
    let kinds = KINDS.iter().flat_map(|(kind, count)| std::iter::repeat_n(*kind, *count));
    kinds.enumerate().map(|(number, kind)| artist.plan(number, kind)).collect()
}

struct Artist<'a> {
    random: Random,
    listing: &'a Listing,
    spots: &'a [f64],
}

impl Artist<'_> {
    fn plan(&mut self, number: usize, kind: Kind) -> Plan {
        let notional =
            self.random.lognormal(NOTIONAL.0, NOTIONAL.1).clamp(NOTIONAL_RANGE.0, NOTIONAL_RANGE.1);
        let mut plan =
            Plan { name: format!("{kind:?} {number}"), kind, legs: Vec::new(), coin: 0, cushion: 1.0 };
        match kind {
            Kind::Long => self.long(&mut plan, notional),
            Kind::Strangle => self.strangle(&mut plan, notional),
            Kind::Hedged => self.hedged(&mut plan, notional),
            Kind::Covered => self.covered(&mut plan, notional),
            Kind::Leveraged => self.leveraged(&mut plan, notional),
            Kind::Wide => self.wide(&mut plan, notional),
        }
        plan
    }

    fn market(&mut self) -> usize {
        self.random.below(self.spots.len())
    }

    fn units_e6(&self, market: usize, notional: f64) -> i64 {
        ((notional / self.spots[market] * 1e6).round() as i64).max(1)
    }

    fn count(&self, market: usize, expiry: usize) -> usize {
        self.listing.strikes_e8[market][expiry].len()
    }

    /// A strike at a share of the way from the lowest to the highest.
    fn strike(&self, market: usize, expiry: usize, share: f64) -> usize {
        let last = self.count(market, expiry) - 1;
        (share * last as f64).round() as usize
    }

    fn long(&mut self, plan: &mut Plan, notional: f64) {
        plan.cushion = self.random.between(1.05, 1.6);
        for _ in 0..=self.random.below(3) {
            let (market, expiry) = (self.market(), self.random.below(3));
            let is_put = self.random.below(2) == 0;
            let share = self.random.between(0.2, 0.8);
            let strike = self.strike(market, expiry, share);
            let kind = if is_put { Right::Put } else { Right::Call };
            plan.add(Wish { market, expiry, strike, kind, qty_e6: self.units_e6(market, notional) });
        }
    }

    fn strangle(&mut self, plan: &mut Plan, notional: f64) {
        plan.cushion = self.random.between(1.15, 3.0);
        for _ in 0..=self.random.below(2) {
            let (market, expiry) = (self.market(), self.random.below(3));
            let reach = self.random.between(0.12, 0.3);
            let qty_e6 = -self.units_e6(market, notional / 2.0);
            for (share, kind) in [(0.5 - reach, Right::Put), (0.5 + reach, Right::Call)] {
                let strike = self.strike(market, expiry, share);
                plan.add(Wish { market, expiry, strike, kind, qty_e6 });
            }
        }
    }

    fn hedged(&mut self, plan: &mut Plan, notional: f64) {
        plan.cushion = self.random.between(1.1, 2.0);
        let market = self.market();
        let qty_e6 = self.units_e6(market, notional);
        let expiry = self.random.below(3);
        let last = self.count(market, expiry) - 1;
        let leg =
            |expiry, strike, kind, sign: i64| Wish { market, expiry, strike, kind, qty_e6: sign * qty_e6 };
        match self.random.below(3) {
            // A credit spread in puts.
            0 => {
                let short = 1 + self.random.below(last / 2 + 1);
                plan.add(leg(expiry, short - 1, Right::Put, 1));
                plan.add(leg(expiry, short, Right::Put, -1));
            }
            // An iron condor.
            1 => {
                let (low, high) = (1 + self.random.below(last / 3), last - 1 - self.random.below(last / 3));
                plan.add(leg(expiry, low - 1, Right::Put, 1));
                plan.add(leg(expiry, low, Right::Put, -1));
                plan.add(leg(expiry, high, Right::Call, -1));
                plan.add(leg(expiry, high + 1, Right::Call, 1));
            }
            // A calendar: short near, long far.
            _ => {
                let near = self.random.below(2);
                let far = near + 1 + self.random.below(2 - near);
                let share = self.random.between(0.35, 0.65);
                plan.add(leg(near, self.strike(market, near, share), Right::Call, -1));
                plan.add(leg(far, self.strike(market, far, share), Right::Call, 1));
            }
        }
    }

    fn covered(&mut self, plan: &mut Plan, notional: f64) {
        plan.cushion = self.random.between(1.05, 2.5);
        let market = self.spots.len() - 1;
        let expiry = self.random.below(3);
        let qty_e6 = self.units_e6(market, notional);
        let share = self.random.between(0.5, 0.8);
        let strike = self.strike(market, expiry, share);
        plan.add(Wish { market, expiry, strike, kind: Right::Call, qty_e6: -qty_e6 });
        let covered = qty_e6 as f64 / 1e6 * 10f64.powi(i32::from(self.listing.coin_decimals));
        plan.coin = (covered * self.random.between(1.0, 1.3)) as u64;
        // A third of them have sold puts against their coins as well, which is no cover at all.
        if self.random.below(3) == 0 {
            let strike = self.strike(market, expiry, share - 0.4);
            plan.add(Wish { market, expiry, strike, kind: Right::Put, qty_e6: -qty_e6 / 2 });
        }
    }

    fn leveraged(&mut self, plan: &mut Plan, notional: f64) {
        plan.cushion = self.random.between(1.02, 1.3);
        let (market, expiry) = (self.market(), self.random.below(3));
        let share = self.random.between(0.35, 0.65);
        let strike = self.strike(market, expiry, share);
        let qty_e6 = -self.units_e6(market, notional);
        let kinds: &[Right] = match self.random.below(4) {
            0 => &[Right::Call],
            1 => &[Right::Put, Right::Call],
            _ => &[Right::Put],
        };
        kinds.iter().for_each(|kind| plan.add(Wish { market, expiry, strike, kind: *kind, qty_e6 }));
    }

    fn wide(&mut self, plan: &mut Plan, notional: f64) {
        plan.cushion = self.random.between(1.05, 1.6);
        for market in 0..self.spots.len() {
            for expiry in 0..3 {
                for strike in 0..self.count(market, expiry) {
                    let is_put = strike * 2 < self.count(market, expiry);
                    let kind = if is_put { Right::Put } else { Right::Call };
                    // Two of three are short.
                    let sign = if self.random.below(3) == 0 { 1 } else { -1 };
                    let size = notional * self.random.between(0.02, 0.08);
                    let qty_e6 = sign * self.units_e6(market, size);
                    plan.add(Wish { market, expiry, strike, kind, qty_e6 });
                }
            }
        }
    }
}

impl Plan {
    /// Adds a leg, to one of the same series if there is one.
    fn add(&mut self, wish: Wish) {
        let series = |leg: &Wish| (leg.market, leg.expiry, leg.strike, leg.kind == Right::Put);
        match self.legs.iter_mut().find(|leg| series(leg) == series(&wish)) {
            Some(leg) => leg.qty_e6 += wish.qty_e6,
            None => self.legs.push(wish),
        }
        self.legs.retain(|leg| leg.qty_e6 != 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::synthetic;

    fn population(seed: u64) -> Vec<Plan> {
        let window = synthetic("gap", 1).unwrap();
        draw(&Listing::of(&window), &window.knots[0].prices, seed)
    }

    /// Goal: a population is as large as promised, of every kind, with legs that exist, and repeats. Method: draw it.
    #[test]
    fn a_population_is_complete() {
        let window = synthetic("gap", 1).unwrap();
        let (listing, plans) = (Listing::of(&window), population(1));
        assert_eq!((plans.len(), KINDS.iter().map(|kind| kind.1).sum()), (POPULATION, POPULATION));
        for plan in &plans {
            assert!(!plan.legs.is_empty() && plan.cushion > 1.0, "{plan:?}");
            let listed = |leg: &Wish| leg.strike < listing.strikes_e8[leg.market][leg.expiry].len();
            assert!(plan.legs.iter().all(|leg| leg.qty_e6 != 0 && listed(leg)), "{plan:?}");
            assert_eq!(plan.kind == Kind::Wide, plan.legs.len() == 64);
        }
        assert_eq!(plans, population(1));
        assert_ne!(plans, population(2));
    }

    /// Goal: there are as many of each kind as docs/replay.md says, each by itself. Method: count them, for two seeds.
    #[test]
    fn kinds_are_as_many_as_promised() {
        for plans in [population(1), population(2)] {
            let count = |kind| plans.iter().filter(|plan| plan.kind == kind).count();
            let (long, strangle, hedged) = (count(Kind::Long), count(Kind::Strangle), count(Kind::Hedged));
            let (covered, leveraged, wide) =
                (count(Kind::Covered), count(Kind::Leveraged), count(Kind::Wide));
            assert_eq!((long, strangle, hedged), (36, 52, 52));
            assert_eq!((covered, leveraged, wide), (28, 44, 12));
            let names: std::collections::BTreeSet<&str> =
                plans.iter().map(|plan| plan.name.as_str()).collect();
            assert_eq!(names.len(), plans.len());
        }
    }

    /// Goal: kinds are what they are called. Method: signs, and cushions for who is leveraged.
    #[test]
    fn kinds_are_what_they_are_called() {
        for plan in population(1) {
            let net: i64 = plan.legs.iter().map(|leg| leg.qty_e6).sum();
            match plan.kind {
                Kind::Long => assert!(plan.legs.iter().all(|leg| leg.qty_e6 > 0)),
                Kind::Strangle => assert!(plan.legs.iter().all(|leg| leg.qty_e6 < 0)),
                Kind::Leveraged => {
                    assert!(plan.legs.iter().all(|leg| leg.qty_e6 < 0) && plan.cushion <= 1.3, "{plan:?}");
                }
                Kind::Hedged => assert_eq!(net, 0),
                Kind::Covered => assert!(plan.coin > 0),
                Kind::Wide => {}
            }
        }
    }
}

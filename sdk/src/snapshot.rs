//! Margin off chain: the exchange, its markets and prices of one moment, and the program's own engine on them.
//!
//! The report of a portfolio is equal to the bit to what the program computes from the same accounts, prices and time,
//! because it is the same function on the same bytes ([`ballast::adapters::engine::margin`]). Prices and volatilities can
//! be overridden to ask what would happen.

use crate::error::Refusal;
use ballast::{
    adapters::{
        engine,
        oracle::{self, Price},
        prices::{Needed, PriceBook},
        tick::{Kept, Tick},
    },
    state::{Exchange, Market, Portfolio},
};
use ballast_risk::{bounds::ONE_E8, MarginReport, Scratch};

/// The margin report of a portfolio by the program's engine. `markets` are those the portfolio touches, ascending by id;
/// more do no harm.
///
/// # Errors
/// A market or price that is missing, or whatever the engine refuses.
pub fn margin(
    exchange: &Exchange,
    markets: &[&Market],
    portfolio: &Portfolio,
    prices: &PriceBook,
) -> Result<MarginReport, Refusal> {
    let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
    let mut kept: Box<Kept> = bytemuck::zeroed_box();
    engine::margin((&mut scratch, &mut *kept), exchange, markets, portfolio, prices).map_err(Refusal::from)
}

/// The exchange at one moment: owns copies of what it was given, so that overrides touch nothing else.
#[derive(Clone)]
pub struct Snapshot {
    pub(crate) exchange: Box<Exchange>,
    /// Ascending by id.
    pub(crate) markets: Vec<Box<Market>>,
    prices: Box<PriceBook>,
}

impl Snapshot {
    /// A snapshot without prices yet. Markets may come in any order.
    #[must_use]
    pub fn new<'a>(exchange: &Exchange, markets: impl IntoIterator<Item = &'a Market>, now: i64) -> Self {
        let mut markets: Vec<Box<Market>> = markets.into_iter().map(|market| Box::new(*market)).collect();
        markets.sort_by_key(|market| market.id);
        let mut prices: Box<PriceBook> = bytemuck::zeroed_box();
        prices.now = now;
        if !exchange.has_peg_feed() {
            let one_e8 = ONE_E8.unsigned_abs();
            prices.peg = Price {
                price_e8: one_e8,
                conf_e8: 0,
                ema_e8: one_e8,
                publish_time: now,
                prev_publish_time: now,
            };
        }
        Self { exchange: Box::new(*exchange), markets, prices }
    }

    /// This snapshot with the price of a feed, wherever the feed counts: as spot, as collateral, as peg. A feed that
    /// nothing reads changes nothing.
    #[must_use]
    pub fn with_price(mut self, feed_id: &[u8; 32], price: Price) -> Self {
        self.set_price(feed_id, price);
        self
    }

    /// Sets the price of a feed, as [`Self::with_price`].
    pub fn set_price(&mut self, feed_id: &[u8; 32], price: Price) {
        if *feed_id == [0; 32] {
            return;
        }
        let feeds = self.exchange.market_feeds.iter().zip(&mut self.prices.markets);
        feeds.filter(|(feed, _)| *feed == feed_id).for_each(|(_, place)| *place = price);
        let assets = self.exchange.collaterals.iter().zip(&mut self.prices.collaterals);
        // As the program does: an asset with a market has no price of its own.
        assets
            .filter(|(asset, _)| asset.feed_id == *feed_id && asset.market().is_none())
            .for_each(|(_, place)| *place = price);
        if self.exchange.peg_feed_id == *feed_id {
            self.prices.peg = price;
        }
    }

    /// Sets the price of a feed from the data of a price update account.
    ///
    /// # Errors
    /// What the program rejects everywhere: malformed, not fully verified, another feed, not positive, in the future.
    pub fn set_price_update(&mut self, feed_id: &[u8; 32], data: &[u8]) -> Result<(), Refusal> {
        let price = oracle::decode(data, feed_id, self.prices.now)?;
        self.set_price(feed_id, price);
        Ok(())
    }

    /// What if a market's spot were elsewhere: the confidence moves in proportion, the average stays, as in a jump.
    pub fn set_spot(&mut self, market: u8, spot_e8: u64) {
        let Some(feed_id) = self.exchange.market_feeds.get(usize::from(market)).copied() else { return };
        let Ok(price) = self.prices.market(market).copied() else { return };
        let conf_e8 = u128::from(price.conf_e8) * u128::from(spot_e8) / u128::from(price.price_e8);
        let conf_e8 = u64::try_from(conf_e8).unwrap_or(u64::MAX);
        self.set_price(&feed_id, Price { price_e8: spot_e8, conf_e8, ..price });
    }

    /// What if a market's volatility were elsewhere, 1e-6 a year: V is set and V* rises with it, but does not fall,
    /// as on chain at once.
    pub fn set_volatility(&mut self, market: u8, vol_e6: i64) {
        if let Some(market) = self.market_mut(market) {
            market.volatility.vol_e6 = vol_e6;
            market.volatility.vol_margin_e6 = market.volatility.vol_margin_e6.max(vol_e6);
        }
    }

    /// What if a market's margin volatility V* were elsewhere, 1e-6 a year; never under V.
    pub fn set_margin_volatility(&mut self, market: u8, vol_e6: i64) {
        if let Some(market) = self.market_mut(market) {
            market.volatility.vol_margin_e6 = vol_e6.max(market.volatility.vol_e6);
        }
    }

    /// What if time passed and prices were published anew with nothing changed: expiries come nearer.
    pub fn advance(&mut self, secs: i64) {
        self.prices.now += secs;
        let prices =
            self.prices.markets.iter_mut().chain(&mut self.prices.collaterals).chain([&mut self.prices.peg]);
        prices.for_each(|price| price.publish_time += secs);
        self.markets.iter_mut().for_each(|market| market.volatility.vol_time += secs);
    }

    /// The moment, unix seconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.prices.now
    }

    /// The exchange.
    #[must_use]
    pub fn exchange(&self) -> &Exchange {
        &self.exchange
    }

    /// The prices.
    #[must_use]
    pub fn prices(&self) -> &PriceBook {
        &self.prices
    }

    /// A market by id.
    #[must_use]
    pub fn market(&self, id: u8) -> Option<&Market> {
        self.markets.iter().find(|market| market.id == id).map(Box::as_ref)
    }

    /// The margin report of a portfolio.
    ///
    /// # Errors
    /// A market or price that is missing, or whatever the engine refuses.
    pub fn margin(&self, portfolio: &Portfolio) -> Result<MarginReport, Refusal> {
        let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
        self.margin_in(&mut scratch, portfolio)
    }

    /// As [`Self::margin`], in working memory of the caller. Who checks thousands at one moment asks [`Self::prepare`].
    ///
    /// # Errors
    /// As [`Self::margin`].
    pub fn margin_in(&self, scratch: &mut Scratch, portfolio: &Portfolio) -> Result<MarginReport, Refusal> {
        let markets: Vec<&Market> = self.markets.iter().map(Box::as_ref).collect();
        let mut kept: Box<Kept> = bytemuck::zeroed_box();
        engine::margin((scratch, &mut *kept), &self.exchange, &markets, portfolio, &self.prices)
            .map_err(Refusal::from)
    }

    /// This moment with everything prepared that does not depend on a portfolio: every expiry of every market that has a
    /// price. It takes some 10 µs a market, and every report after it is that much sooner.
    #[must_use]
    pub fn prepare(&self) -> PreparedSnapshot<'_> {
        let markets: Vec<&Market> = self.markets.iter().map(Box::as_ref).collect();
        let tick = Tick::new(&self.exchange, markets.iter().copied(), &self.prices);
        PreparedSnapshot { snapshot: self, markets, tick }
    }

    /// Whether every price the portfolio depends on serves an action, by the program's validity table.
    ///
    /// # Errors
    /// The first condition that fails.
    pub fn require(&self, portfolio: &Portfolio, action: oracle::Action) -> Result<(), Refusal> {
        let needed = Needed::of(&self.exchange, portfolio);
        self.prices.require(&self.exchange, needed, action).map_err(Refusal::from)
    }

    pub(crate) fn market_mut(&mut self, id: u8) -> Option<&mut Market> {
        self.markets.iter_mut().find(|market| market.id == id).map(Box::as_mut)
    }
}

/// A [`Snapshot`] with its markets prepared. Threads may share it.
pub struct PreparedSnapshot<'a> {
    snapshot: &'a Snapshot,
    markets: Vec<&'a Market>,
    tick: Tick,
}

impl<'a> PreparedSnapshot<'a> {
    /// The snapshot it was made of.
    #[must_use]
    pub fn snapshot(&self) -> &'a Snapshot {
        self.snapshot
    }

    /// The margin report of a portfolio, to the bit that of [`Snapshot::margin`]. A keeper keeps one scratch a thread.
    ///
    /// # Errors
    /// As [`Snapshot::margin`].
    pub fn margin_in(&self, scratch: &mut Scratch, portfolio: &Portfolio) -> Result<MarginReport, Refusal> {
        let Snapshot { exchange, prices, .. } = self.snapshot;
        engine::margin((scratch, &mut &self.tick), exchange, &self.markets, portfolio, prices)
            .map_err(Refusal::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{feed, leg, portfolio, price, snapshot, BTC, NOW, SOL, UNIT_E6, USD_E6, USD_E8};

    /// A short straddle with cash.
    fn straddle(snapshot: &mut Snapshot) -> Box<Portfolio> {
        let mut portfolio = portfolio(200_000 * USD_E6);
        snapshot.fill(&mut portfolio, &[leg(2, false, -UNIT_E6), leg(2, true, -UNIT_E6)], 0).unwrap();
        portfolio
    }

    /// Goal: the snapshot's margin is the engine's on the same accounts. Method: both ways.
    #[test]
    fn margin_is_the_engines() {
        let mut snapshot = snapshot();
        let portfolio = straddle(&mut snapshot);
        let report = snapshot.margin(&portfolio).unwrap();
        let markets: Vec<&Market> = snapshot.markets.iter().map(Box::as_ref).collect();
        assert_eq!(report, margin(snapshot.exchange(), &markets, &portfolio, snapshot.prices()).unwrap());
        assert!(report.initial_e6 > report.maintenance_e6 && report.maintenance_e6 > 0);
        let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
        assert_eq!(report, snapshot.prepare().margin_in(&mut scratch, &portfolio).unwrap());
    }

    /// Goal: an overridden spot is the same as that price. Method: override, and give the price.
    #[test]
    fn spot_override_is_a_price() {
        let mut at = snapshot();
        let portfolio = straddle(&mut at);
        let mut moved = at.clone();
        moved.set_spot(BTC, 100_000 * USD_E8);
        let mut jumped = price(100_000 * USD_E8);
        jumped.ema_e8 = 110_000 * USD_E8;
        let given = at.clone().with_price(&feed(BTC), jumped);
        assert_eq!(moved.margin(&portfolio).unwrap(), given.margin(&portfolio).unwrap());
        assert_ne!(moved.margin(&portfolio).unwrap(), at.margin(&portfolio).unwrap());
    }

    /// Goal: volatility up costs a short book; V* rises with V, and does not fall with it. Method: up and back.
    #[test]
    fn volatility_override_moves_the_mark_and_only_raises_the_margin_volatility() {
        let mut snapshot = snapshot();
        let portfolio = straddle(&mut snapshot);
        let calm = snapshot.margin(&portfolio).unwrap();
        snapshot.set_volatility(BTC, 900_000);
        let wild = snapshot.margin(&portfolio).unwrap();
        assert!(wild.options_e6 < calm.options_e6 && wild.scan_e6 > calm.scan_e6);
        snapshot.set_volatility(BTC, 450_000);
        assert_eq!(snapshot.market(BTC).unwrap().volatility.vol_margin_e6, 900_000);
        assert_eq!(snapshot.margin(&portfolio).unwrap().options_e6, calm.options_e6);
        snapshot.set_margin_volatility(BTC, 0);
        assert_eq!(snapshot.margin(&portfolio).unwrap(), calm);
    }

    /// Goal: time costs a long option and nothing else is stale. Method: a day.
    #[test]
    fn time_passes_without_staleness() {
        let mut snapshot = snapshot();
        let mut portfolio = portfolio(10_000 * USD_E6);
        snapshot.fill(&mut portfolio, &[leg(2, false, UNIT_E6)], 0).unwrap();
        let today = snapshot.margin(&portfolio).unwrap();
        snapshot.advance(86_400);
        let tomorrow = snapshot.margin(&portfolio).unwrap();
        assert!(tomorrow.options_e6 < today.options_e6 && tomorrow.flags == 0);
        assert_eq!(snapshot.now(), NOW + 86_400);
    }

    /// Goal: collateral of a listed underlying takes its market's price. Method: move SOL.
    #[test]
    fn collateral_follows_its_market() {
        let mut snapshot = snapshot();
        let mut portfolio = portfolio(0);
        portfolio.collateral[0] = 3_000_000_000;
        assert_eq!(snapshot.margin(&portfolio).unwrap().collateral_mark_e6, 600 * USD_E6);
        snapshot.set_spot(SOL, 100 * USD_E8);
        assert_eq!(snapshot.margin(&portfolio).unwrap().collateral_mark_e6, 300 * USD_E6);
    }

    /// Goal: a missing price is named, not taken for zero. Method: no price of BTC.
    #[test]
    fn a_missing_price_is_refused() {
        let mut with = snapshot();
        let portfolio = straddle(&mut with);
        let without = Snapshot::new(with.exchange(), with.markets.iter().map(Box::as_ref), NOW);
        assert_eq!(without.margin(&portfolio).unwrap_err().name, "AccountMissing");
    }
}

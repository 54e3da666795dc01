//! The accounts of a valuation: walking `remaining_accounts`, checking each, and asking the engine.
//!
//! Order, for the union of the portfolios: for each market, ascending id, `[market, price update]`; for each held
//! collateral asset that is no market's underlying, ascending index, `[price update]`; then `[peg update]` if the
//! exchange has a peg feed. Each account is checked against what the exchange stores; a missing, extra or misplaced one
//! is refused with the position it was expected at.

use crate::{
    adapters::{
        engine,
        oracle::{read_price, Action, Price},
        prices::{Needed, PriceBook},
        tick::Kept,
    },
    error::BallastError,
    state::{Exchange, Market, Portfolio},
};
use anchor_lang::prelude::*;
use ballast_risk::{
    bounds::{ENTRY_MAX_E6, ONE_E8},
    room::{has_room_at, BookSize, QTY_SURE_E6},
    MarginReport, Scratch,
};
use core::cell::{Ref, RefCell};

/// Whether a walk writes the publish times it sees into the markets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recording {
    /// Markets are only read; an update older than the recorded one is refused all the same.
    Nothing,
    /// Markets must be writable and keep the newest publish time: from then on no older price can be used.
    PublishTimes,
}

/// Markets and prices of one moment, checked.
pub struct Valuation<'info> {
    markets: Vec<(u8, AccountLoader<'info, Market>)>,
    /// The prices; `now` is the time of the instruction.
    pub prices: Box<PriceBook>,
    /// What of the markets is prepared for the engine.
    pub kept: RefCell<Box<Kept>>,
}

impl<'info> Valuation<'info> {
    /// Walks the accounts that `needed` demands, in their order, and nothing else.
    /// Errors: [`BallastError::AccountMissing`], [`BallastError::AccountExtra`], [`BallastError::WrongMarket`],
    /// [`BallastError::MarketNotWritable`], [`BallastError::OracleNotMonotonic`] and those of
    /// [`read_price`], each naming the position.
    pub fn open(
        exchange: &Exchange,
        needed: Needed,
        accounts: &'info [AccountInfo<'info>],
        now: i64,
        recording: Recording,
    ) -> Result<Self> {
        let mut prices: Box<PriceBook> = bytemuck::allocation::zeroed_box();
        prices.now = now;
        let mut walk = Walk { accounts, position: 0 };
        let mut markets = Vec::with_capacity(needed.markets.count_ones() as usize);
        for id in needed.market_ids() {
            let loader = walk.market(exchange, id)?;
            let writable = recording == Recording::Nothing || loader.as_ref().is_writable;
            if !writable {
                return Err(walk.at(error!(BallastError::MarketNotWritable)));
            }
            let feed_id = exchange.market_feeds.get(usize::from(id)).ok_or(BallastError::WrongMarket)?;
            let price = walk.price(feed_id, now)?;
            check_market_time(&loader, &price, recording).map_err(|refusal| walk.at(refusal))?;
            *prices.markets.get_mut(usize::from(id)).ok_or(BallastError::WrongMarket)? = price;
            markets.push((id, loader));
        }
        for index in needed.collateral_indices() {
            let asset = exchange.collaterals.get(index).ok_or(BallastError::AccountExtra)?;
            let price = walk.price_since(&asset.feed_id, now, asset.last_publish_time)?;
            *prices.collaterals.get_mut(index).ok_or(BallastError::AccountExtra)? = price;
        }
        prices.peg = if exchange.has_peg_feed() {
            walk.price_since(&exchange.peg_feed_id, now, exchange.peg_publish_time)?
        } else {
            let one = ONE_E8.unsigned_abs();
            Price { price_e8: one, conf_e8: 0, ema_e8: one, publish_time: now, prev_publish_time: now }
        };
        walk.end()?;
        Ok(Self { markets, prices, kept: RefCell::new(bytemuck::allocation::zeroed_box()) })
    }

    /// The loader of a market that was walked. Drop what it lends before asking for a report.
    /// Errors: [`BallastError::AccountMissing`].
    pub fn market(&self, id: u8) -> Result<&AccountLoader<'info, Market>> {
        let found = self.markets.iter().find(|(at, _)| *at == id);
        found.map(|(_, loader)| loader).ok_or_else(|| error!(BallastError::AccountMissing))
    }

    /// Whether every price the portfolio depends on serves the action, and for [`Action::IncreaseRisk`] every
    /// volatility is fresh. Errors: the first cell of the validity table that says no.
    pub fn require(&self, exchange: &Exchange, portfolio: &Portfolio, action: Action) -> Result<()> {
        self.require_of(exchange, Needed::of(exchange, portfolio), action)
    }

    /// As [`Self::require`], of what a portfolio is known to need.
    pub fn require_of(&self, exchange: &Exchange, needed: Needed, action: Action) -> Result<()> {
        self.prices.require(exchange, needed, action)?;
        if action == Action::IncreaseRisk {
            for id in needed.market_ids() {
                let stale = self.market(id)?.load()?.is_volatility_stale(self.prices.now);
                require!(!stale, BallastError::VolatilityStale);
            }
        }
        Ok(())
    }

    /// The margin report of a portfolio at these prices. No market may be borrowed for writing.
    pub fn report(
        &self,
        exchange: &Exchange,
        portfolio: &Portfolio,
        scratch: &mut Scratch,
    ) -> Result<MarginReport> {
        // Those that another portfolio needs as well: the engine's adapter passes over what this one does not hold.
        let mut borrowed: Vec<Ref<Market>> = Vec::with_capacity(self.markets.len());
        for (_, loader) in &self.markets {
            borrowed.push(loader.load()?);
        }
        let mut markets: Vec<&Market> = Vec::with_capacity(borrowed.len());
        markets.extend(borrowed.iter().map(|market| &**market));
        let kept = &mut **self.kept.borrow_mut();
        Ok(engine::margin((scratch, kept), exchange, &markets, portfolio, &self.prices)?)
    }

    /// Refuses a book that has no room for prices to rise in: what takes on risk is to be valued tomorrow as well.
    /// `most_e6` is at least the quantity of all lines, 1e-6 unit. Errors: [`BallastError::BookTooLarge`].
    pub fn require_room(&self, portfolio: &Portfolio, most_e6: u64) -> Result<()> {
        if most_e6 <= QTY_SURE_E6 || has_room_at(most_e6, self.highest_e8(portfolio)?) {
            return Ok(());
        }
        let size = self.size(portfolio)?;
        require_fits(size.has_room(), size)
    }

    /// As [`Self::require_room`], of a book that may be without room if it is no larger than it was before.
    /// Errors: [`BallastError::BookTooLarge`].
    pub fn require_room_or_smaller(&self, before: &Portfolio, after: &Portfolio) -> Result<()> {
        let size = self.size(after)?;
        require_fits(size.has_room() || size.gross_e6() <= self.size(before)?.gross_e6(), size)
    }

    /// The highest spot or strike of the portfolio's lines, 1e-8 quote. Those of an expiry are sorted: its last has its highest.
    fn highest_e8(&self, portfolio: &Portfolio) -> Result<u64> {
        let mut highest_e8 = 0;
        for (id, loader) in &self.markets {
            let mut rest = portfolio.lines_of(*id);
            if rest.is_empty() {
                continue;
            }
            let market = loader.load()?;
            highest_e8 = self.prices.market(*id)?.price_e8.max(highest_e8);
            while let Some(first) = rest.first() {
                let (same, after) =
                    rest.split_at(rest.partition_point(|line| line.expiry_ts <= first.expiry_ts));
                if let Some(last) = same.last() {
                    let strike = market.expiry(last.expiry_slot)?.strike(last.strike_slot)?;
                    highest_e8 = strike.price_e8.max(highest_e8);
                }
                rest = after;
            }
        }
        Ok(highest_e8)
    }

    fn size(&self, portfolio: &Portfolio) -> Result<BookSize> {
        let mut size = BookSize::default();
        for (id, loader) in &self.markets {
            let lines = portfolio.lines_of(*id);
            if lines.is_empty() {
                continue;
            }
            let (spot_e8, market) = (self.prices.market(*id)?.price_e8, loader.load()?);
            for line in lines {
                let strike = market.expiry(line.expiry_slot)?.strike(line.strike_slot)?;
                size.add(line.gross_e6(), spot_e8, strike.price_e8);
            }
        }
        Ok(size)
    }

    /// Keeps the publish times of collateral and peg in the exchange, and the peg. Only for instructions that write the
    /// exchange anyway.
    pub fn record(&self, exchange: &mut Exchange) {
        for (asset, price) in exchange.collaterals.iter_mut().zip(&self.prices.collaterals) {
            // A price that was not walked has time 0.
            asset.last_publish_time = asset.last_publish_time.max(price.publish_time);
        }
        if exchange.has_peg_feed() {
            exchange.peg_e8 = self.prices.peg.price_e8;
            exchange.peg_publish_time = self.prices.peg.publish_time;
        }
    }
}

fn require_fits(fits: bool, size: BookSize) -> Result<()> {
    if fits {
        return Ok(());
    }
    Err(error!(BallastError::BookTooLarge).with_values((ENTRY_MAX_E6, size.gross_e6())))
}

/// Refuses a price older than the market has seen, and keeps its time where the walk records.
fn check_market_time(loader: &AccountLoader<Market>, price: &Price, recording: Recording) -> Result<()> {
    match recording {
        Recording::Nothing => {
            require!(
                price.publish_time >= loader.load()?.last_publish_time,
                BallastError::OracleNotMonotonic
            );
        }
        Recording::PublishTimes => {
            let mut market = loader.load_mut()?;
            require!(price.publish_time >= market.last_publish_time, BallastError::OracleNotMonotonic);
            market.last_publish_time = price.publish_time;
        }
    }
    Ok(())
}

/// A position in `remaining_accounts`.
struct Walk<'info> {
    accounts: &'info [AccountInfo<'info>],
    position: usize,
}

impl<'info> Walk<'info> {
    fn next(&mut self) -> Result<&'info AccountInfo<'info>> {
        let account = self.accounts.get(self.position);
        self.position = self.position.saturating_add(1);
        account.ok_or_else(|| self.at(error!(BallastError::AccountMissing)))
    }

    fn market(&mut self, exchange: &Exchange, id: u8) -> Result<AccountLoader<'info, Market>> {
        let account = self.next()?;
        let listed = exchange.markets.get(..usize::from(exchange.market_count));
        let expected = listed.and_then(|markets| markets.get(usize::from(id)));
        let genuine = expected == Some(account.key) && *account.owner == crate::ID;
        if !genuine {
            let expected = expected.copied().unwrap_or_default();
            return Err(self.at(error!(BallastError::WrongMarket)).with_pubkeys((*account.key, expected)));
        }
        Ok(AccountLoader::new_unchecked(account))
    }

    fn price(&mut self, feed_id: &[u8; 32], now: i64) -> Result<Price> {
        let account = self.next()?;
        read_price(account, feed_id, now).map_err(|refusal| self.at(refusal))
    }

    fn price_since(&mut self, feed_id: &[u8; 32], now: i64, recorded: i64) -> Result<Price> {
        let price = self.price(feed_id, now)?;
        if price.publish_time < recorded {
            return Err(self.at(error!(BallastError::OracleNotMonotonic)));
        }
        Ok(price)
    }

    fn end(&self) -> Result<()> {
        if self.position == self.accounts.len() {
            return Ok(());
        }
        Err(error!(BallastError::AccountExtra).with_account_name(named(self.position)))
    }

    /// Adds to a refusal the position of the account it is about (the one last taken, or the one missing).
    fn at(&self, refusal: Error) -> Error {
        refusal.with_account_name(named(self.position.saturating_sub(1)))
    }
}

/// How a refusal names an account that has no name of its own.
fn named(position: usize) -> String {
    format!("remaining_accounts[{position}]")
}

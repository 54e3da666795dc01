//! Settlement of expiries.

use super::{Sent, Trader, World};
use crate::outcome::Rejected;
use ballast::state::Market;
use ballast_sdk::instruction::settlement::{
    settle_portfolio, settlement_decide, settlement_finalize, settlement_sample,
};

/// Samples are a minute apart: the most one sample may weigh.
const SAMPLE_SECS: i64 = 60;

impl World {
    /// Adds the price posted to the settlement window of an expiry.
    ///
    /// # Errors
    /// What was refused.
    pub fn sample(&mut self, symbol: &str, expiry_ts: i64) -> Sent {
        let (id, slot) = (self.id(symbol), self.expiry_slot(symbol, expiry_ts));
        let instruction = settlement_sample(&self.exchange(), id, slot, &self.price_accounts())
            .map_err(Rejected::before_sending)?;
        let crank = self.crank.insecure_clone();
        self.send(&[instruction], &[&crank])
    }

    /// Records the settlement price with the update posted, which must be the first at or after the expiry.
    ///
    /// # Errors
    /// What was refused.
    pub fn finalize(&mut self, symbol: &str, expiry_ts: i64) -> Sent {
        let first = super::prices::address(&self.feed_id(symbol));
        self.finalize_with(symbol, expiry_ts, Some(first))
    }

    /// Records the settlement price with the update in an account, or without one.
    ///
    /// # Errors
    /// What was refused.
    pub fn finalize_with(
        &mut self,
        symbol: &str,
        expiry_ts: i64,
        first_update: Option<anchor_lang::prelude::Pubkey>,
    ) -> Sent {
        let (id, slot) = (self.id(symbol), self.expiry_slot(symbol, expiry_ts));
        let instruction = settlement_finalize(&self.exchange(), id, slot, first_update)
            .map_err(Rejected::before_sending)?;
        let crank = self.crank.insecure_clone();
        self.send(&[instruction], &[&crank])
    }

    /// The risk authority decides a settlement price (1e-8 quote).
    ///
    /// # Errors
    /// What was refused.
    pub fn decide(&mut self, symbol: &str, expiry_ts: i64, price_e8: u64) -> Sent {
        let (id, slot) = (self.id(symbol), self.expiry_slot(symbol, expiry_ts));
        let instruction =
            settlement_decide(&self.exchange(), id, slot, price_e8).map_err(Rejected::before_sending)?;
        let authority = self.risk_authority.insecure_clone();
        self.send(&[instruction], &[&authority])
    }

    /// Turns a portfolio's lines of settled expiries into cash.
    ///
    /// # Errors
    /// What was refused.
    pub fn settle(&mut self, trader: &Trader) -> Sent {
        let portfolio = self.portfolio_of(trader);
        let ids = 0..u8::try_from(self.markets.len()).unwrap_or(u8::MAX);
        let markets: Vec<Box<Market>> = ids.map(|id| self.market(id)).collect();
        let instruction = settle_portfolio(&self.exchange(), &portfolio, markets.iter().map(Box::as_ref))
            .map_err(Rejected::before_sending)?;
        let crank = self.crank.insecure_clone();
        self.send(&[instruction], &[&crank])
    }

    /// Lives through the settlement window of an expiry with a price a minute, which `price_e8` says by seconds left,
    /// and records the settlement price at its end with the first update at or after the expiry. Other feeds go on
    /// publishing what they published last. Returns the settlement price, 1e-8 quote.
    ///
    /// # Errors
    /// What was refused.
    pub fn live_to_settlement(
        &mut self,
        symbol: &str,
        expiry_ts: i64,
        mut price_e8: impl FnMut(i64) -> u64,
    ) -> Result<u64, Box<Rejected>> {
        let opens = expiry_ts - self.exchange().params.window_secs;
        self.vm.advance((opens - self.vm.now()).max(0));
        while self.vm.now() < expiry_ts {
            let left = expiry_ts - self.vm.now();
            self.set_price(symbol, price_e8(left));
            self.sample(symbol, expiry_ts)?;
            self.vm.advance(left.min(SAMPLE_SECS));
        }
        self.set_price(symbol, price_e8(0));
        self.finalize(symbol, expiry_ts)?;
        self.refresh_prices();
        self.refresh_volatilities()?;
        let slot = usize::from(self.expiry_slot(symbol, expiry_ts));
        Ok(self.market(self.id(symbol)).expiries[slot].settled_e8)
    }
}

//! Prices and volatilities as the scenario's feeds publish them.

use super::World;
use crate::{outcome::Rejected, pyth::PriceUpdate};
use anchor_lang::prelude::Pubkey;
use ballast_sdk::instruction::risk;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{cell::RefCell, collections::HashMap, sync::Arc};

/// Pyth's push oracle: the program that keeps one update account a feed, at an address made of shard and feed.
const PUSH_ORACLE: Pubkey = Pubkey::from_str_const("pythWSnswVUd12oZpeFP8e9CVaEqJg25g1Vtc2biRsT");
/// Confidence that publishers state, a fraction of the value: one part in fifty.
const VOLATILITY_CONF_PARTS: i64 = 50;
/// Feeds speak at least once a minute.
const FEED_SECS: i64 = 60;
/// A volatility moves at most 5 % of itself a minute; half an hour is a factor of four.
const VOLATILITY_STEPS_MAX: usize = 60;

/// Where a feed's updates are posted: the address at which Pyth's push oracle keeps them.
#[must_use]
pub fn address(feed_id: &[u8; 32]) -> Pubkey {
    thread_local! {
        // Finding an address is dear, and every action names the accounts of all feeds.
        static FOUND: RefCell<HashMap<[u8; 32], Pubkey>> = RefCell::default();
    }
    FOUND.with_borrow_mut(|found| *found.entry(*feed_id).or_insert_with(|| find(feed_id)))
}

fn find(feed_id: &[u8; 32]) -> Pubkey {
    const SHARD: [u8; 2] = [0, 0];
    Pubkey::find_program_address(&[&SHARD, feed_id], &PUSH_ORACLE).0
}

impl World {
    /// The feed of a symbol: a market's, a collateral's, or "USDC".
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn feed_id(&self, symbol: &str) -> [u8; 32] {
        let markets = self.markets.iter().map(|market| (market.symbol.as_str(), market.feed_id));
        let assets = self.collaterals.iter().map(|asset| (asset.symbol.as_str(), asset.feed_id));
        let mut all = markets.chain(assets).chain([("USDC", crate::feeds::USDC)]);
        let found = all.find(|(name, _)| *name == symbol);
        found.unwrap_or_else(|| panic!("no feed is known for {symbol}")).1
    }

    /// Posts an update to the account of its own feed.
    pub fn post(&mut self, update: PriceUpdate) {
        self.post_as(update.feed_id, update);
    }

    /// Posts an update, of whatever feed, to the account of a feed.
    pub fn post_as(&mut self, feed_id: [u8; 32], update: PriceUpdate) {
        self.posted.insert(feed_id, update);
        self.vm.set_account(address(&feed_id), update.account());
    }

    /// The last update posted for a symbol.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn update(&self, symbol: &str) -> PriceUpdate {
        self.posted[&self.feed_id(symbol)]
    }

    /// A good update of a symbol at a price (1e-8 quote), now, following the last one. Spoil it, then [`Self::post_as`].
    #[must_use]
    pub fn good_update(&self, symbol: &str, price_e8: u64) -> PriceUpdate {
        let (feed_id, now) = (self.feed_id(symbol), self.vm.now());
        let last = self.posted.get(&feed_id).map_or(now - 1, |update| update.publish_time);
        PriceUpdate::new(feed_id, price_e8, now).after(last.min(now - 1))
    }

    /// Posts a good price (1e-8 quote), published now, its average at the price: a market at rest.
    pub fn set_price(&mut self, symbol: &str, price_e8: u64) {
        self.post(self.good_update(symbol, price_e8));
    }

    /// Posts a good price with its average elsewhere (1e-8 quote): a market that has just moved.
    pub fn jump_price(&mut self, symbol: &str, price_e8: u64, ema_e8: u64) {
        self.post(self.good_update(symbol, price_e8).averaging(ema_e8));
    }

    /// Every feed publishes what it published last, now.
    pub fn refresh_prices(&mut self) {
        let now = self.vm.now();
        for (feed_id, update) in self.posted.clone() {
            if update.publish_time < now {
                self.post_as(feed_id, update.published(now).after(update.publish_time));
            }
        }
    }

    /// Every publisher of a market's feed posts this volatility (1e-6 a year), as of now.
    ///
    /// # Errors
    /// What was refused.
    pub fn post_volatility(&mut self, symbol: &str, vol_e6: i64) -> Result<(), Box<Rejected>> {
        let (id, now) = (usize::from(self.id(symbol)), self.vm.now());
        let market = self.markets[id].clone();
        let post = |key: &Arc<Keypair>| {
            let conf_e6 = vol_e6 / VOLATILITY_CONF_PARTS;
            risk::volatility_post(&key.pubkey(), &market.address, vol_e6, conf_e6, now)
        };
        let instructions: Vec<_> = market.publishers.iter().map(post).collect();
        let signers: Vec<&Keypair> = market.publishers.iter().map(Arc::as_ref).collect();
        self.send(&instructions, &signers)?;
        self.markets[id].posted_vol_e6 = vol_e6;
        Ok(())
    }

    /// Every volatility feed posts what it posted last, now.
    ///
    /// # Errors
    /// What was refused.
    pub fn refresh_volatilities(&mut self) -> Result<(), Box<Rejected>> {
        for market in self.markets.clone() {
            let spoken = |world: &Self| world.volatility_feed(world.id(&market.symbol)).publishers[0].time;
            if !market.publishers.is_empty() && spoken(self) < self.vm.now() {
                self.post_volatility(&market.symbol, market.posted_vol_e6)?;
            }
        }
        Ok(())
    }

    /// Samples a market's spot into realised volatility and refreshes V and V*, as anyone may.
    ///
    /// # Errors
    /// What was refused.
    pub fn update_volatility(&mut self, symbol: &str) -> super::Sent {
        let market = self.market(self.id(symbol));
        let instruction = risk::volatility_update(&self.exchange(), &market, &self.price_accounts())
            .map_err(Rejected::before_sending)?;
        let crank = self.crank.insecure_clone();
        self.send(&[instruction], &[&crank])
    }

    /// Time passes while every feed goes on publishing what it published last. To let feeds fall silent, use
    /// `world.vm.advance`.
    ///
    /// # Errors
    /// What was refused.
    pub fn wait(&mut self, secs: i64) -> Result<(), Box<Rejected>> {
        self.vm.advance(secs);
        self.refresh_prices();
        self.refresh_volatilities()
    }

    /// Lets a market's volatility walk to a value (1e-6 a year) as fast as the program allows: 5 % of itself a minute.
    ///
    /// # Errors
    /// What was refused.
    ///
    /// # Panics
    /// If it does not get there within an hour.
    pub fn walk_volatility(&mut self, symbol: &str, vol_e6: i64) -> Result<(), Box<Rejected>> {
        for _ in 0..VOLATILITY_STEPS_MAX {
            let now_e6 = self.market(self.id(symbol)).volatility.vol_e6;
            if now_e6 == vol_e6 {
                return Ok(());
            }
            self.vm.advance(FEED_SECS);
            self.refresh_prices();
            let step_e6 = now_e6 / 20;
            self.post_volatility(symbol, vol_e6.clamp(now_e6 - step_e6, now_e6 + step_e6))?;
        }
        panic!("the volatility of {symbol} did not reach {vol_e6} in an hour");
    }
}

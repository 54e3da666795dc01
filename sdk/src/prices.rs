//! Where price updates are posted, and the accounts a valuation needs in the order the program walks them.

use crate::instruction::BuildError;
use anchor_lang::prelude::{AccountMeta, Pubkey};
use ballast::{adapters::prices::Needed, state::Exchange};
use std::collections::BTreeMap;

/// Accounts that hold a current price update, by Pyth feed id. Anyone may post an update to an account of their own, so
/// which account serves a feed is the caller's choice.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PriceAccounts {
    by_feed: BTreeMap<[u8; 32], Pubkey>,
}

impl PriceAccounts {
    /// No accounts yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// These, and one more.
    #[must_use]
    pub fn with(mut self, feed_id: [u8; 32], account: Pubkey) -> Self {
        self.insert(feed_id, account);
        self
    }

    /// Names the account of a feed; the one named before is forgotten.
    pub fn insert(&mut self, feed_id: [u8; 32], account: Pubkey) {
        self.by_feed.insert(feed_id, account);
    }

    /// The account of a feed.
    ///
    /// # Errors
    /// [`BuildError::NoPriceAccount`].
    pub fn get(&self, feed_id: &[u8; 32]) -> Result<Pubkey, BuildError> {
        self.by_feed.get(feed_id).copied().ok_or(BuildError::NoPriceAccount { feed_id: *feed_id })
    }
}

impl FromIterator<([u8; 32], Pubkey)> for PriceAccounts {
    fn from_iter<I: IntoIterator<Item = ([u8; 32], Pubkey)>>(accounts: I) -> Self {
        Self { by_feed: accounts.into_iter().collect() }
    }
}

/// Whether an instruction records publish times in the markets it values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Markets {
    /// Markets are only read.
    ReadOnly,
    /// Markets are written.
    Writable,
}

/// The remaining accounts of a valuation: for each market, ascending id, the market and the price update of its feed;
/// for each held collateral asset that is no market's underlying, ascending index, its price update; the peg's, if the
/// exchange has a peg feed.
///
/// # Errors
/// [`BuildError::NoPriceAccount`] for a feed without an account, [`BuildError::UnknownMarket`].
pub fn valuation_accounts(
    exchange: &Exchange,
    needed: Needed,
    prices: &PriceAccounts,
    markets: Markets,
) -> Result<Vec<AccountMeta>, BuildError> {
    let mut accounts = Vec::new();
    let price = |accounts: &mut Vec<AccountMeta>, feed_id: &[u8; 32]| {
        accounts.push(AccountMeta::new_readonly(prices.get(feed_id)?, false));
        Ok(())
    };
    for id in needed.market_ids() {
        let address = market_address(exchange, id)?;
        accounts.push(match markets {
            Markets::ReadOnly => AccountMeta::new_readonly(address, false),
            Markets::Writable => AccountMeta::new(address, false),
        });
        price(&mut accounts, &exchange.market_feeds[usize::from(id)])?;
    }
    for index in needed.collateral_indices() {
        price(&mut accounts, &exchange.collaterals[index].feed_id)?;
    }
    if exchange.has_peg_feed() {
        price(&mut accounts, &exchange.peg_feed_id)?;
    }
    Ok(accounts)
}

/// The registered address of a market.
///
/// # Errors
/// [`BuildError::UnknownMarket`].
pub fn market_address(exchange: &Exchange, id: u8) -> Result<Pubkey, BuildError> {
    let listed = exchange.markets.get(..usize::from(exchange.market_count)).unwrap_or(&[]);
    listed.get(usize::from(id)).copied().ok_or(BuildError::UnknownMarket { id })
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    fn exchange() -> Box<Exchange> {
        let mut exchange = bytemuck::zeroed_box::<Exchange>();
        exchange.market_count = 3;
        for id in 0..3u8 {
            exchange.markets[usize::from(id)] = Pubkey::new_from_array([id + 1; 32]);
            exchange.market_feeds[usize::from(id)] = [id + 11; 32];
        }
        exchange.collaterals[1].feed_id = [21; 32];
        exchange
    }

    /// Goal: the documented order, and writable only where asked. Method: two markets of three, one collateral, the peg.
    #[test]
    fn accounts_come_in_the_programs_order() {
        let mut exchange = exchange();
        exchange.peg_feed_id = [31; 32];
        let key = |n: u8| Pubkey::new_from_array([n; 32]);
        let prices: PriceAccounts = [11u8, 13, 21, 31].map(|n| ([n; 32], key(n + 100))).into_iter().collect();
        let needed = Needed { markets: 0b101, collaterals: 0b10 };
        let accounts = valuation_accounts(&exchange, needed, &prices, Markets::Writable).unwrap();
        let keys: Vec<Pubkey> = accounts.iter().map(|meta| meta.pubkey).collect();
        assert_eq!(keys, [1, 111, 3, 113, 121, 131].map(key));
        let writable: Vec<bool> = accounts.iter().map(|meta| meta.is_writable).collect();
        assert_eq!(writable, [true, false, true, false, false, false]);
        let read_only = valuation_accounts(&exchange, needed, &prices, Markets::ReadOnly).unwrap();
        assert!(read_only.iter().all(|meta| !meta.is_writable && !meta.is_signer));
    }

    /// Goal: what is missing is named. Method: a feed without an account, a market that is not listed.
    #[test]
    fn names_what_is_missing() {
        let (exchange, prices) = (exchange(), PriceAccounts::new());
        let of = |markets| {
            valuation_accounts(&exchange, Needed { markets, collaterals: 0 }, &prices, Markets::ReadOnly)
        };
        assert_eq!(of(0b1).unwrap_err(), BuildError::NoPriceAccount { feed_id: [11; 32] });
        assert_eq!(of(0b1000).unwrap_err(), BuildError::UnknownMarket { id: 3 });
        assert_eq!(of(0).unwrap(), vec![]);
        assert!(Needed::of(&exchange, &ballast::state::Portfolio::zeroed()).market_ids().next().is_none());
    }
}

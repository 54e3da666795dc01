//! Every account of the program and every vault at one moment, decoded.

use crate::token::AMOUNT_OFFSET;
use anchor_lang::prelude::Pubkey;
use ballast::state::{Exchange, InsuranceStake, Market, Portfolio};
use ballast_sdk::account::{decode_copy, is, AccountError, Stored};

/// What the clearing house has on its books. Made from raw accounts, so that it serves any VM or cluster.
pub struct Books {
    /// The exchange.
    pub exchange: Box<Exchange>,
    /// Markets by id.
    pub markets: Vec<Box<Market>>,
    /// Portfolios with their addresses.
    pub portfolios: Vec<(Pubkey, Box<Portfolio>)>,
    /// Stakes in the insurance fund.
    pub stakes: Vec<InsuranceStake>,
    /// Base units in the quote vault.
    pub quote_vault: u64,
    /// Base units in each collateral vault, by asset index.
    pub collateral_vaults: Vec<u64>,
}

impl Books {
    /// The books out of the program's accounts (address and data) and a way to look up a token account's data. None
    /// while there is no exchange.
    ///
    /// # Errors
    /// An account that carries the program's discriminator but not its layout.
    pub fn of<'a>(
        accounts: impl Iterator<Item = (Pubkey, &'a [u8])>,
        data_of: impl Fn(&Pubkey) -> Vec<u8>,
    ) -> Result<Option<Self>, AccountError> {
        let (mut exchange, mut markets) = (None, Vec::new());
        let (mut portfolios, mut stakes) = (Vec::new(), Vec::new());
        for (address, data) in accounts {
            if let Some(found) = decode_if::<Exchange>(data)? {
                exchange = Some(found);
            } else if let Some(market) = decode_if::<Market>(data)? {
                markets.push(market);
            } else if let Some(portfolio) = decode_if::<Portfolio>(data)? {
                portfolios.push((address, portfolio));
            } else if let Some(stake) = decode_if::<InsuranceStake>(data)? {
                stakes.push(*stake);
            }
        }
        let Some(exchange) = exchange else { return Ok(None) };
        markets.sort_by_key(|market| market.id);
        let amount = |vault: &Pubkey| token_amount(&data_of(vault));
        let assets = exchange.collaterals.iter().filter(|asset| asset.is_active());
        let collateral_vaults = assets.map(|asset| amount(&asset.vault)).collect();
        let quote_vault = amount(&exchange.quote_vault);
        Ok(Some(Self { exchange, markets, portfolios, stakes, quote_vault, collateral_vaults }))
    }
}

fn decode_if<T: Stored>(data: &[u8]) -> Result<Option<Box<T>>, AccountError> {
    is::<T>(data).then(|| decode_copy(data)).transpose()
}

fn token_amount(data: &[u8]) -> u64 {
    let amount = data.get(AMOUNT_OFFSET..).and_then(|rest| rest.first_chunk::<8>());
    amount.map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

//! Listing: the exchange, collateral, markets, expiries, strikes.

use super::{CollateralSpec, MarketSpec, Sent, Surface, World};
use crate::{
    keys::keypair,
    outcome::Rejected,
    pyth::PriceUpdate,
    token::{create_mint, create_mint_2022, Token},
};
use anchor_lang::prelude::Pubkey;
use ballast::{
    constants::EXCHANGE_DEFAULTS,
    instructions::{CollateralAddArgs, ExchangeInitArgs, ExpiryListArgs, MarketInitArgs, StrikeListArgs},
    state::{CorrelationGroup, VOLATILITY_FEED_ACCOUNT},
};
use ballast_sdk::instruction::{risk, setup};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::sync::Arc;

/// Publishers of every volatility feed, and how many must be fresh.
const PUBLISHERS: [&str; 3] = ["publisher 1", "publisher 2", "publisher 3"];
const QUORUM: u8 = 2;
/// Share of the joint scan in a group's scan, 1e-6.
const RHO_E6: i64 = 500_000;
/// Strikes that fit one transaction.
const STRIKES_A_TRANSACTION: usize = 32;

/// A collateral asset that is listed.
#[derive(Debug, Clone)]
pub struct Collateral {
    /// Symbol.
    pub symbol: String,
    /// Pyth feed.
    pub feed_id: [u8; 32],
    /// Its token.
    pub token: Token,
}

/// A market that is listed.
#[derive(Debug, Clone)]
pub struct ListedMarket {
    /// Symbol.
    pub symbol: String,
    /// Address of the market account.
    pub address: Pubkey,
    /// Pyth feed of the spot price.
    pub feed_id: [u8; 32],
    /// Publishers of its volatility feed; none for another kind of feed.
    pub publishers: Vec<Arc<Keypair>>,
    /// Volatility last posted, 1e-6 a year.
    pub posted_vol_e6: i64,
}

impl World {
    /// What the scenarios create the exchange with: default parameters, a peg of 1, ρ of a half in every group.
    #[must_use]
    pub fn exchange_args(&self) -> ExchangeInitArgs {
        ExchangeInitArgs {
            risk_authority: self.risk_authority.pubkey(),
            guardian: self.guardian.pubkey(),
            peg_feed_id: [0; 32],
            params: EXCHANGE_DEFAULTS,
            groups: [CorrelationGroup { rho_e6: RHO_E6, measure: 0, padding: [0; 7] }; 4],
        }
    }

    /// Creates the exchange.
    ///
    /// # Errors
    /// What was refused.
    pub fn create_exchange(&mut self, args: ExchangeInitArgs) -> Sent {
        let (admin, quote) = (self.admin.insecure_clone(), self.quote);
        let payer = admin.pubkey();
        let instruction = setup::exchange_init(&payer, &payer, &quote.mint, &quote.program, args);
        self.send(&[instruction], &[&admin])
    }

    /// Makes the asset's mint, posts its price if its feed has none yet, and lists it.
    ///
    /// # Errors
    /// What was refused.
    pub fn add_collateral(&mut self, spec: &CollateralSpec) -> Sent {
        let mint = keypair(&format!("mint {}", spec.symbol));
        let admin = self.admin.insecure_clone();
        let token = match &spec.extensions {
            None => create_mint(&mut self.vm, &admin, &mint, spec.decimals)?,
            Some(extensions) => create_mint_2022(&mut self.vm, &admin, &mint, spec.decimals, extensions)?,
        };
        self.add_collateral_of(spec, token)
    }

    /// Lists an asset whose mint exists.
    ///
    /// # Errors
    /// What was refused.
    pub fn add_collateral_of(&mut self, spec: &CollateralSpec, token: Token) -> Sent {
        let admin = self.admin.insecure_clone();
        self.post_if_new(spec.feed_id, spec.price_e8);
        let one = 10u64.pow(u32::from(spec.decimals));
        let args = CollateralAddArgs {
            feed_id: spec.feed_id,
            haircut_e6: spec.haircut_e6,
            haircut_slope_e6: spec.haircut_slope_e6,
            deposit_soft_cap: spec.soft_cap.saturating_mul(one),
            deposit_hard_cap: spec.hard_cap.saturating_mul(one),
            withdrawal_exempt: spec.exempt.saturating_mul(one),
        };
        let payer = admin.pubkey();
        let instruction = setup::collateral_add(&payer, &payer, &token.mint, &token.program, args);
        let outcome = self.send(&[instruction], &[&admin])?;
        let symbol = spec.symbol.clone();
        self.collaterals.push(Collateral { symbol, feed_id: spec.feed_id, token });
        Ok(outcome)
    }

    /// Lists a market: posts its spot price, creates its account and, where it has one, its volatility feed, and posts
    /// its first volatility.
    ///
    /// # Errors
    /// What was refused.
    pub fn add_market(&mut self, spec: &MarketSpec) -> Sent {
        let (admin, account) = (self.admin.insecure_clone(), keypair(&format!("market {}", spec.symbol)));
        self.post_if_new(spec.args.feed_id, spec.spot_e8);
        let args = MarketInitArgs { symbol: symbol_bytes(&spec.symbol), ..spec.args.clone() };
        let (payer, address) = (admin.pubkey(), account.pubkey());
        let rent = self.vm.rent(setup::market_size());
        let create = setup::market_create(&payer, &payer, &address, rent, args);
        let outcome = self.send(&create, &[&admin, &account])?;
        let has_feed = spec.args.volatility_kind == VOLATILITY_FEED_ACCOUNT;
        let publishers = if has_feed { self.publishers() } else { Vec::new() };
        self.markets.push(ListedMarket {
            symbol: spec.symbol.clone(),
            address,
            feed_id: spec.args.feed_id,
            publishers,
            posted_vol_e6: spec.args.vol_e6,
        });
        if has_feed {
            self.create_volatility_feed(&address)?;
            self.post_volatility(&spec.symbol, spec.args.vol_e6)?;
        }
        Ok(outcome)
    }

    /// Lists an expiry at a time (unix seconds) with strikes (1e-8 quote).
    ///
    /// # Errors
    /// What was refused.
    pub fn list_expiry(
        &mut self,
        symbol: &str,
        expiry_ts: i64,
        surface: Surface,
        strikes_e8: &[u64],
    ) -> Result<(), Box<Rejected>> {
        let authority = self.risk_authority.insecure_clone();
        let market = self.markets[usize::from(self.id(symbol))].address;
        let Surface { atm_e6, skew_e6, curvature_e6, basis_e6 } = surface;
        let args = ExpiryListArgs { expiry_ts, atm_e6, skew_e6, curvature_e6, basis_e6 };
        self.send(&[setup::expiry_list(&authority.pubkey(), &market, args)], &[&authority])?;
        self.list_strikes(symbol, expiry_ts, strikes_e8)
    }

    /// Lists strikes (1e-8 quote) of a listed expiry.
    ///
    /// # Errors
    /// What was refused.
    pub fn list_strikes(
        &mut self,
        symbol: &str,
        expiry_ts: i64,
        strikes_e8: &[u64],
    ) -> Result<(), Box<Rejected>> {
        let authority = self.risk_authority.insecure_clone();
        let market = self.markets[usize::from(self.id(symbol))].address;
        let expiry_slot = self.expiry_slot(symbol, expiry_ts);
        for part in strikes_e8.chunks(STRIKES_A_TRANSACTION) {
            let args = StrikeListArgs { expiry_slot, expiry_ts, strikes_e8: part.to_vec() };
            self.send(&[setup::strike_list(&authority.pubkey(), &market, args)], &[&authority])?;
        }
        Ok(())
    }

    /// Closes (set bits) or opens gates, as the admin.
    ///
    /// # Errors
    /// What was refused.
    pub fn set_gates(&mut self, gates: u64) -> Sent {
        let admin = self.admin.insecure_clone();
        self.send(&[setup::gate_set(&admin.pubkey(), gates)], &[&admin])
    }

    /// Pauses gates, as the guardian.
    ///
    /// # Errors
    /// What was refused.
    pub fn pause(&mut self, gates: u64) -> Sent {
        let guardian = self.guardian.insecure_clone();
        self.send(&[setup::pause(&guardian.pubkey(), gates)], &[&guardian])
    }

    /// Ends pauses of gates, as the guardian.
    ///
    /// # Errors
    /// What was refused.
    pub fn unpause(&mut self, gates: u64) -> Sent {
        let guardian = self.guardian.insecure_clone();
        self.send(&[setup::unpause(&guardian.pubkey(), gates)], &[&guardian])
    }

    fn create_volatility_feed(&mut self, market: &Pubkey) -> Sent {
        let authority = self.risk_authority.insecure_clone();
        let publishers: Vec<Pubkey> = self.publishers().iter().map(|key| key.pubkey()).collect();
        let payer = authority.pubkey();
        let instruction = risk::volatility_feed_init(&payer, &payer, market, &publishers, QUORUM);
        self.send(&[instruction], &[&authority])
    }

    fn publishers(&mut self) -> Vec<Arc<Keypair>> {
        let keys = PUBLISHERS.map(|name| Arc::new(keypair(name)));
        keys.iter().for_each(|key| self.vm.airdrop(&key.pubkey(), super::LAMPORTS));
        keys.to_vec()
    }

    fn post_if_new(&mut self, feed_id: [u8; 32], price_e8: u64) {
        if !self.posted.contains_key(&feed_id) {
            self.post(PriceUpdate::new(feed_id, price_e8, self.vm.now()));
        }
    }
}

/// A symbol filled with zeros.
///
/// # Panics
/// If it is longer than 16 bytes.
#[must_use]
pub fn symbol_bytes(symbol: &str) -> [u8; 16] {
    let mut bytes = [0; 16];
    bytes[..symbol.len()].copy_from_slice(symbol.as_bytes());
    bytes
}

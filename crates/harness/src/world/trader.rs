//! Traders and their portfolios.

use super::{Sent, World, LAMPORTS};
use crate::{keys::keypair, outcome::Rejected, token::mint_tokens};
use anchor_lang::prelude::Pubkey;
use ballast::state::Portfolio;
use ballast_sdk::{
    instruction::portfolio::{delegate_set, portfolio_close, portfolio_open, Mode},
    pda,
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::sync::Arc;

/// A trader acting for one of their portfolios. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Trader {
    /// Name; the key is made of it.
    pub name: String,
    /// Key of the owner.
    pub key: Arc<Keypair>,
    /// Index of the portfolio among the owner's.
    pub index: u16,
}

impl Trader {
    /// The owner's address.
    #[must_use]
    pub fn pubkey(&self) -> Pubkey {
        self.key.pubkey()
    }

    /// The portfolio's address.
    #[must_use]
    pub fn portfolio(&self) -> Pubkey {
        pda::portfolio(&self.pubkey(), self.index)
    }

    /// The same owner with another portfolio.
    #[must_use]
    pub fn with_index(&self, index: u16) -> Self {
        Self { index, ..self.clone() }
    }
}

impl World {
    /// A trader with lamports and no portfolio yet.
    pub fn trader(&mut self, name: &str) -> Trader {
        let key = keypair(&format!("trader {name}"));
        self.vm.airdrop(&key.pubkey(), LAMPORTS);
        Trader { name: name.to_owned(), key: Arc::new(key), index: 0 }
    }

    /// A trader with an open cross portfolio and so much cash in it (1e-6 quote).
    ///
    /// # Errors
    /// What was refused.
    pub fn funded(&mut self, name: &str, cash_e6: u64) -> Result<Trader, Box<Rejected>> {
        let trader = self.trader(name);
        self.open(&trader, Mode::Cross)?;
        if cash_e6 > 0 {
            self.fund(&trader, "USDC", cash_e6)?;
        }
        Ok(trader)
    }

    /// Opens the trader's portfolio.
    ///
    /// # Errors
    /// What was refused.
    pub fn open(&mut self, trader: &Trader, mode: Mode) -> Sent {
        let owner = trader.pubkey();
        self.send(&[portfolio_open(&owner, &owner, trader.index, mode)], &[&trader.key])
    }

    /// Closes the trader's portfolio.
    ///
    /// # Errors
    /// What was refused.
    pub fn close(&mut self, trader: &Trader) -> Sent {
        self.send(&[portfolio_close(&trader.pubkey(), trader.index)], &[&trader.key])
    }

    /// Names a delegate until a time, unix seconds.
    ///
    /// # Errors
    /// What was refused.
    pub fn delegate(&mut self, trader: &Trader, delegate: &Pubkey, until: i64) -> Sent {
        self.send(&[delegate_set(&trader.pubkey(), trader.index, delegate, until)], &[&trader.key])
    }

    /// The trader's portfolio as stored.
    ///
    /// # Panics
    /// If it is not open.
    #[must_use]
    pub fn portfolio_of(&self, trader: &Trader) -> Box<Portfolio> {
        self.portfolio(&trader.portfolio())
    }

    /// Mints tokens to the trader and deposits them, base units; `asset` is "USDC" or a collateral's symbol.
    ///
    /// # Errors
    /// What was refused.
    pub fn fund(&mut self, trader: &Trader, asset: &str, amount: u64) -> Sent {
        self.give(trader, asset, amount)?;
        self.deposit(trader, asset, amount)
    }

    /// Mints tokens to the trader's own token account, base units.
    ///
    /// # Errors
    /// What was refused.
    pub fn give(&mut self, trader: &Trader, asset: &str, amount: u64) -> Sent {
        let token = self.token(asset);
        mint_tokens(&mut self.vm, &self.admin, &token, &trader.pubkey(), amount)
    }
}

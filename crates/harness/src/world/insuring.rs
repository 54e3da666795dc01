//! Stakes in the insurance fund.

use super::{Sent, Trader, World};
use ballast_sdk::instruction::insurance;

impl World {
    /// Opens the trader's stake.
    ///
    /// # Errors
    /// What was refused.
    pub fn open_stake(&mut self, trader: &Trader) -> Sent {
        let owner = trader.pubkey();
        self.send(&[insurance::stake_open(&owner, &owner)], &[&trader.key])
    }

    /// Closes the trader's stake.
    ///
    /// # Errors
    /// What was refused.
    pub fn close_stake(&mut self, trader: &Trader) -> Sent {
        self.send(&[insurance::stake_close(&trader.pubkey())], &[&trader.key])
    }

    /// Stakes from the trader's token account, 1e-6 quote.
    ///
    /// # Errors
    /// What was refused.
    pub fn stake(&mut self, trader: &Trader, amount: u64) -> Sent {
        let (owner, source) = (trader.pubkey(), self.quote.account_of(&trader.pubkey()));
        let instruction = insurance::insurance_stake(&self.exchange(), &owner, &source, amount);
        self.send(&[instruction], &[&trader.key])
    }

    /// A trader with an open stake of so much, 1e-6 quote, and no portfolio.
    ///
    /// # Errors
    /// What was refused.
    pub fn staker(&mut self, name: &str, amount: u64) -> Result<Trader, Box<crate::Rejected>> {
        let trader = self.trader(name);
        self.give(&trader, "USDC", amount)?;
        self.open_stake(&trader)?;
        if amount > 0 {
            self.stake(&trader, amount)?;
        }
        Ok(trader)
    }

    /// Asks shares of the trader's stake back.
    ///
    /// # Errors
    /// What was refused.
    pub fn unstake(&mut self, trader: &Trader, shares: u64) -> Sent {
        self.send(&[insurance::insurance_unstake(&trader.pubkey(), shares)], &[&trader.key])
    }

    /// Claims shares of the leaving pool to the trader's token account.
    ///
    /// # Errors
    /// What was refused.
    pub fn claim_stake(&mut self, trader: &Trader, leaving_shares: u64) -> Sent {
        let (owner, destination) = (trader.pubkey(), self.quote.account_of(&trader.pubkey()));
        let instruction = insurance::insurance_claim(&self.exchange(), &owner, &destination, leaving_shares);
        self.send(&[instruction], &[&trader.key])
    }
}

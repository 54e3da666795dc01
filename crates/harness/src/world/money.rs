//! Deposits, withdrawals and fees.

use super::{Sent, Trader, World};
use crate::{
    outcome::Rejected,
    token::{balance, Token},
};
use ballast_sdk::instruction::money;

impl World {
    /// An asset's token: "USDC" is the quote currency, else a collateral's symbol.
    ///
    /// # Panics
    /// If it is not listed.
    #[must_use]
    pub fn token(&self, asset: &str) -> Token {
        if asset == "USDC" {
            return self.quote;
        }
        let listed = self.collaterals.iter().find(|collateral| collateral.symbol == asset);
        listed.unwrap_or_else(|| panic!("no collateral {asset} is listed")).token
    }

    /// Deposits from the trader's token account, base units.
    ///
    /// # Errors
    /// What was refused.
    pub fn deposit(&mut self, trader: &Trader, asset: &str, amount: u64) -> Sent {
        let (owner, token) = (trader.pubkey(), self.token(asset));
        let source = token.account_of(&owner);
        let instruction =
            money::deposit(&self.exchange(), &owner, &trader.portfolio(), &token.mint, &source, amount)
                .map_err(Rejected::before_sending)?;
        self.send(&[instruction], &[&trader.key])
    }

    /// Withdraws to the trader's token account, base units.
    ///
    /// # Errors
    /// What was refused.
    pub fn withdraw(&mut self, trader: &Trader, asset: &str, amount: u64) -> Sent {
        let token = self.token(asset);
        let destination = token.account_of(&trader.pubkey());
        let portfolio = self.portfolio_of(trader);
        let prices = self.price_accounts();
        let instruction =
            money::withdraw(&self.exchange(), &portfolio, &prices, &token.mint, &destination, amount)
                .map_err(Rejected::before_sending)?;
        self.send(&[instruction], &[&trader.key])
    }

    /// Moves a market's fees to insurance.
    ///
    /// # Errors
    /// What was refused.
    pub fn sweep_fees(&mut self, symbol: &str) -> Sent {
        let instruction =
            money::fees_sweep(&self.exchange(), self.id(symbol)).map_err(Rejected::before_sending)?;
        let crank = self.crank.insecure_clone();
        self.send(&[instruction], &[&crank])
    }

    /// Base units in the trader's own token account.
    #[must_use]
    pub fn wallet(&self, trader: &Trader, asset: &str) -> u64 {
        balance(&self.vm, &self.token(asset).account_of(&trader.pubkey()))
    }

    /// Base units in the exchange's vault of an asset.
    #[must_use]
    pub fn vault(&self, asset: &str) -> u64 {
        balance(&self.vm, &ballast_sdk::pda::vault(&self.token(asset).mint))
    }
}

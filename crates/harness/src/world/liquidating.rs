//! Liquidation, the sale of collateral for a debt, and debts that nothing is left for.

use super::{Sent, Trader, World};
use crate::outcome::Rejected;
use ballast::instructions::{CollateralConvertArgs, LegWanted, LiquidateLegsArgs, LiquidateSliceArgs};
use ballast_sdk::instruction::{
    liquidation::{
        collateral_convert, collect_loss, liquidate_legs, liquidate_slice, liquidation_end,
        liquidation_start, resolve_insolvency, socialise_shortfall, Buyer,
    },
    Side,
};
use solana_signer::Signer;

impl World {
    /// The crank flags a portfolio.
    ///
    /// # Errors
    /// What was refused.
    pub fn flag(&mut self, trader: &Trader) -> Sent {
        let (portfolio, crank) = (self.portfolio_of(trader), self.crank.insecure_clone());
        let instruction =
            liquidation_start(&self.exchange(), &crank.pubkey(), &portfolio, &self.price_accounts())
                .map_err(Rejected::before_sending)?;
        self.send(&[instruction], &[&crank])
    }

    /// A taker takes up to a fraction (1e-9) of a flagged portfolio at whatever the auction's price is.
    ///
    /// # Errors
    /// What was refused.
    pub fn take_slice(&mut self, trader: &Trader, taker: &Trader, fraction_e9: u64) -> Sent {
        let args = LiquidateSliceArgs {
            fraction_e9,
            fraction_min_e9: 0,
            book_price_min_e6: i64::MIN,
            book_price_max_e6: i64::MAX,
            sequence: None,
        };
        self.take_slice_with(trader, taker, args)
    }

    /// A slice with arguments of the caller's.
    ///
    /// # Errors
    /// What was refused.
    pub fn take_slice_with(&mut self, trader: &Trader, taker: &Trader, args: LiquidateSliceArgs) -> Sent {
        let (portfolio, taking) = (self.portfolio_of(trader), self.portfolio_of(taker));
        let (side, prices) = (Side::owner(&taking), self.price_accounts());
        let instruction = liquidate_slice(&self.exchange(), &portfolio, side, &prices, args)
            .map_err(Rejected::before_sending)?;
        self.send(&[instruction], &[&taker.key])
    }

    /// A taker takes single legs of a flagged portfolio, whatever they cost.
    ///
    /// # Errors
    /// What was refused.
    pub fn take_legs(&mut self, trader: &Trader, taker: &Trader, legs: &[LegWanted]) -> Sent {
        let args = LiquidateLegsArgs { legs: legs.to_vec(), cash_min_e6: i64::MIN, sequence: None };
        self.take_legs_with(trader, taker, args)
    }

    /// Legs with arguments of the caller's.
    ///
    /// # Errors
    /// What was refused.
    pub fn take_legs_with(&mut self, trader: &Trader, taker: &Trader, args: LiquidateLegsArgs) -> Sent {
        let (portfolio, taking) = (self.portfolio_of(trader), self.portfolio_of(taker));
        let (side, prices) = (Side::owner(&taking), self.price_accounts());
        let instruction = liquidate_legs(&self.exchange(), &portfolio, side, &prices, args)
            .map_err(Rejected::before_sending)?;
        self.send(&[instruction], &[&taker.key])
    }

    /// The crank frees a flagged portfolio that passes the exit test.
    ///
    /// # Errors
    /// What was refused.
    pub fn end_liquidation(&mut self, trader: &Trader) -> Sent {
        let (portfolio, crank) = (self.portfolio_of(trader), self.crank.insecure_clone());
        let instruction = liquidation_end(&self.exchange(), &portfolio, &self.price_accounts())
            .map_err(Rejected::before_sending)?;
        self.send(&[instruction], &[&crank])
    }

    /// A buyer offers quote currency (1e-6) out of their token account for collateral of a portfolio in debt, at
    /// whatever the discounted price is.
    ///
    /// # Errors
    /// What was refused.
    pub fn convert(&mut self, trader: &Trader, buyer: &Trader, asset: &str, quote_e6: u64) -> Sent {
        let (portfolio, token, key) = (self.portfolio_of(trader), self.token(asset), buyer.pubkey());
        let buying = Buyer { key, source: self.quote.account_of(&key), destination: token.account_of(&key) };
        let args = CollateralConvertArgs { quote_e6, price_max_e8: u64::MAX };
        let (exchange, prices) = (self.exchange(), self.price_accounts());
        let instruction = collateral_convert(&exchange, &buying, &portfolio, &token.mint, &prices, args)
            .map_err(Rejected::before_sending)?;
        self.send(&[instruction], &[&buyer.key])
    }

    /// The crank relieves a portfolio of a debt that nothing is left for.
    ///
    /// # Errors
    /// What was refused.
    pub fn resolve(&mut self, trader: &Trader) -> Sent {
        let crank = self.crank.insecure_clone();
        self.send(&[resolve_insolvency(&trader.portfolio())], &[&crank])
    }

    /// The crank shares the open shortfall.
    ///
    /// # Errors
    /// What was refused.
    pub fn socialise(&mut self) -> Sent {
        let (instruction, crank) = (socialise_shortfall(&self.exchange()), self.crank.insecure_clone());
        self.send(&[instruction], &[&crank])
    }

    /// The crank collects a portfolio's part of losses shared.
    ///
    /// # Errors
    /// What was refused.
    pub fn collect(&mut self, trader: &Trader) -> Sent {
        let crank = self.crank.insecure_clone();
        self.send(&[collect_loss(&trader.portfolio())], &[&crank])
    }

    /// What a portfolio's cash is worth at the exchange's index, 1e-6 quote.
    #[must_use]
    pub fn cash_of(&self, trader: &Trader) -> i64 {
        self.portfolio_of(trader).cash_at(&self.exchange().cash_index())
    }
}

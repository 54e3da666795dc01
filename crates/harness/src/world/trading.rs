//! Trades and margin checks.

use super::{Sent, Trader, World};
use crate::outcome::Rejected;
use ballast::instructions::{Leg, TradeArgs, LEGS_MAX};
use ballast_risk::MarginReport;
use ballast_sdk::instruction::{risk, trade, Side};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Kind of an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Pays what the price is above the strike.
    Call,
    /// Pays what the price is below the strike.
    Put,
}

impl World {
    /// A leg: so much (1e-6 unit, from the taker's side) of a series.
    ///
    /// # Panics
    /// If the series is not listed.
    #[must_use]
    pub fn leg(&self, symbol: &str, expiry_ts: i64, strike_e8: u64, kind: Kind, qty_e6: i64) -> Leg {
        let line = self.line(symbol, expiry_ts, strike_e8);
        let (market, expiry_slot, strike_slot) = (line.market, line.expiry_slot, line.strike_slot);
        Leg { market, expiry_slot, strike_slot, is_put: kind == Kind::Put, qty_e6 }
    }

    /// A trade's arguments without sequences, due now: change any, then [`Self::trade_with`].
    #[must_use]
    pub fn trade_args(&self, legs: &[Leg], premium_e6: i64) -> TradeArgs {
        let deadline = self.vm.now();
        TradeArgs { legs: legs.to_vec(), premium_e6, maker_sequence: None, taker_sequence: None, deadline }
    }

    /// The legs change hands, quantities from the taker's side, for a premium the taker pays (1e-6 quote). Both owners
    /// sign.
    ///
    /// # Errors
    /// What was refused.
    pub fn trade(&mut self, maker: &Trader, taker: &Trader, legs: &[Leg], premium_e6: i64) -> Sent {
        let args = self.trade_args(legs, premium_e6);
        self.trade_with(maker, taker, args)
    }

    /// A trade with arguments of the caller's. Both owners sign.
    ///
    /// # Errors
    /// What was refused.
    pub fn trade_with(&mut self, maker: &Trader, taker: &Trader, args: TradeArgs) -> Sent {
        self.trade_by((maker, &maker.key), (taker, &taker.key), args)
    }

    /// A trade signed by whom the caller says: a delegate, or somebody who has no business there.
    ///
    /// # Errors
    /// What was refused.
    pub fn trade_by(
        &mut self,
        maker: (&Trader, &Keypair),
        taker: (&Trader, &Keypair),
        args: TradeArgs,
    ) -> Sent {
        let (made, taken) = (self.portfolio_of(maker.0), self.portfolio_of(taker.0));
        let prices = self.price_accounts();
        let maker_side = Side { portfolio: &made, authority: maker.1.pubkey() };
        let taker_side = Side { portfolio: &taken, authority: taker.1.pubkey() };
        let instruction = trade::trade(&self.exchange(), maker_side, taker_side, &prices, args)
            .map_err(Rejected::before_sending)?;
        self.send(&[instruction], &[maker.1, taker.1])
    }

    /// A book of any size changes hands at its marks, twelve legs a trade.
    ///
    /// # Errors
    /// What was refused; what was traded before stays.
    pub fn trade_book_at_mark(
        &mut self,
        maker: &Trader,
        taker: &Trader,
        legs: &[Leg],
    ) -> Result<(), Box<Rejected>> {
        legs.chunks(LEGS_MAX).try_for_each(|part| self.trade_at_mark(maker, taker, part).map(|_| ()))
    }

    /// The legs change hands at their marks (rounded down to 1e-6 quote).
    ///
    /// # Errors
    /// What was refused.
    pub fn trade_at_mark(&mut self, maker: &Trader, taker: &Trader, legs: &[Leg]) -> Sent {
        let premium_e6 = self.mark_e6(legs).map_err(Rejected::before_sending)?;
        self.trade(maker, taker, legs, premium_e6)
    }

    /// Value of legs at mark, 1e-6 quote; the largest there is, if it is larger.
    ///
    /// # Errors
    /// A series that is not listed, or whatever the engine refuses.
    pub fn mark_e6(&self, legs: &[Leg]) -> Result<i64, ballast_sdk::error::Refusal> {
        let snapshot = self.snapshot();
        let value = |leg: &Leg| -> Result<i64, ballast_sdk::error::Refusal> {
            let mark_e8 = snapshot.mark_e8(leg.market, leg.expiry_slot, leg.strike_slot, leg.is_put)?;
            Ok(i64::try_from(i128::from(mark_e8) * i128::from(leg.qty_e6) / 100_000_000).unwrap_or(i64::MAX))
        };
        legs.iter().try_fold(0i64, |sum, leg| Ok(sum.saturating_add(value(leg)?)))
    }

    /// Has the program compute and store a portfolio's margin report.
    ///
    /// # Errors
    /// What was refused.
    pub fn check_margin(&mut self, trader: &Trader) -> Sent {
        let portfolio = self.portfolio_of(trader);
        let instruction = risk::margin_check(&self.exchange(), &portfolio, &self.price_accounts())
            .map_err(Rejected::before_sending)?;
        let crank = self.crank.insecure_clone();
        self.send(&[instruction], &[&crank])
    }

    /// The margin report at the prices posted, computed natively; nothing is sent.
    ///
    /// # Errors
    /// A price that is missing, or whatever the engine refuses.
    pub fn margin(&self, trader: &Trader) -> Result<MarginReport, ballast_sdk::error::Refusal> {
        self.snapshot().margin(&self.portfolio_of(trader))
    }
}

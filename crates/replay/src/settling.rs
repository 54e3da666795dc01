//! What anyone may do and somebody does: samples, settlement prices, paying out, fees to insurance.

use crate::{opening::fault, stage::Stage};
use anyhow::Result;
use ballast::state::{Market, Portfolio};
use ballast_sdk::instruction::settlement::{has_settled_line, settle_portfolio};

/// Portfolios settled in one transaction.
const A_TRANSACTION: usize = 8;

impl Stage {
    /// Samples expiries in their window, and settles those whose time has come. Says whether anything was paid out.
    ///
    /// # Errors
    /// A settlement that is refused: nothing could go on after it.
    pub fn settle_due(&mut self) -> Result<bool> {
        let now = self.world.vm.now();
        let window_secs = self.world.exchange().params.window_secs;
        let mut paid = false;
        for expiry in self.listing.settling().to_vec() {
            if (expiry - window_secs..expiry).contains(&now) {
                for symbol in self.listing.symbols.clone() {
                    let sent = self.world.sample(symbol, expiry);
                    self.booked("settlement_sample", sent);
                }
            }
            let is_open = |stage: &Self| {
                let slot = usize::from(stage.world.expiry_slot(stage.listing.symbols[0], expiry));
                stage.world.market(0).expiries[slot].settled_e8 == 0
            };
            if now >= expiry && is_open(self) {
                self.settle(expiry)?;
                paid = true;
            }
        }
        Ok(paid)
    }

    fn settle(&mut self, expiry: i64) -> Result<()> {
        for symbol in self.listing.symbols.clone() {
            let sent = self.world.finalize(symbol, expiry);
            // An expiry without a price would leave its losses unrealised.
            self.booked("settlement_finalize", Ok(sent.map_err(fault)?));
        }
        let markets = self.markets();
        let due: Vec<Box<Portfolio>> = (0..self.accounts.len())
            .map(|who| self.portfolio(who))
            .filter(|portfolio| markets.iter().any(|market| has_settled_line(portfolio, market)))
            .collect();
        let (exchange, crank) = (self.world.exchange(), self.world.crank.insecure_clone());
        for some in due.chunks(A_TRANSACTION) {
            let settle = |portfolio: &Portfolio| {
                settle_portfolio(&exchange, portfolio, markets.iter().map(Box::as_ref))
            };
            let instructions = some.iter().map(|portfolio| settle(portfolio)).collect::<Result<Vec<_>, _>>();
            let sent = self.world.send(&instructions.map_err(|error| anyhow::anyhow!("{error}"))?, &[&crank]);
            self.booked("settle_portfolio, 8 at once", Ok(sent.map_err(fault)?));
        }
        for symbol in self.listing.symbols.clone() {
            let before_e6 = self.world.exchange().insurance_e6;
            let sent = self.world.sweep_fees(symbol);
            self.booked("fees_sweep", sent);
            self.figures.money.fees_e6 += self.world.exchange().insurance_e6 - before_e6;
        }
        Ok(())
    }

    pub(crate) fn markets(&self) -> Vec<Box<Market>> {
        (0..self.listing.symbols.len()).map(|id| self.world.market(id as u8)).collect()
    }
}

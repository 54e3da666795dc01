//! Keepers sell what they took to the market makers, at a price, so that their capital is free for the next.

use crate::{keeper::Keeper, stage::Stage};
use anyhow::Result;
use ballast::{
    adapters::oracle,
    instructions::{Leg, LEGS_MAX},
};
use ballast_harness::Trader;

/// How often a keeper trades, seconds: when volatilities are posted, market makers quote anew.
pub const UNWIND_SECS: i64 = 300;
/// What a keeper gives up beside the mark: of the option's value, and of the underlying's notional, 1e-6.
const VALUE_SHARE_E6: i128 = 10_000;
const NOTIONAL_SHARE_E6: i128 = 200;

/// A market by place, the legs that close what is held there, and what that costs beside the mark, 1e-6 quote.
type Found = (usize, Vec<Leg>, i64);

impl Stage {
    /// Each keeper closes up to twelve legs of one market with its market maker: those of the largest notional.
    ///
    /// # Errors
    /// A mark the engine refuses.
    pub fn unwind(&mut self) -> Result<()> {
        for keeper in self.keepers.clone() {
            let Some((market, legs, cost_e6)) = self.largest(&keeper) else { continue };
            let maker = self.accounts[self.people() + market].trader.clone();
            if !self.may_trade(&keeper.trader) || !self.may_trade(&maker) {
                continue;
            }
            let mark_e6 = self.world.mark_e6(&legs).map_err(|error| anyhow::anyhow!("{error}"))?;
            // The keeper takes the opposite of what it holds, and pays for it.
            let sent = self.world.trade(&maker, &keeper.trader, &legs, mark_e6 + cost_e6);
            self.booked("trade", sent);
        }
        Ok(())
    }

    /// Whether a portfolio is free, and prices are good enough for it to trade.
    fn may_trade(&self, trader: &Trader) -> bool {
        let portfolio = self.world.portfolio_of(trader);
        let prices = self.world.snapshot().require(&portfolio, oracle::Action::IncreaseRisk);
        !portfolio.is_frozen() && prices.is_ok()
    }

    /// The market in which a keeper holds most, the legs that close it, and what the keeper gives up for that.
    fn largest(&self, keeper: &Keeper) -> Option<Found> {
        let (held, snapshot) = (self.world.portfolio_of(&keeper.trader), self.world.snapshot());
        let now = self.world.vm.now();
        let mut best: Option<(i128, Found)> = None;
        for market in 0..self.listing.symbols.len() {
            let id = market as u8;
            let price_e8 = snapshot.prices().market(id).ok()?.price_e8;
            let mut legs: Vec<Leg> = Vec::new();
            for line in held.lines_of(id).iter().filter(|line| i64::from(line.expiry_ts) > now) {
                for (is_put, qty_e6) in [(false, -line.calls_e6), (true, -line.puts_e6)] {
                    let (expiry_slot, strike_slot) = (line.expiry_slot, line.strike_slot);
                    legs.push(Leg { market: id, expiry_slot, strike_slot, is_put, qty_e6 });
                }
            }
            legs.retain(|leg| leg.qty_e6 != 0);
            legs.sort_by_key(|leg| std::cmp::Reverse(leg.qty_e6.abs()));
            legs.truncate(LEGS_MAX);
            let money =
                |qty_e6: i64, price_e8: u64| i128::from(qty_e6.abs()) * i128::from(price_e8) / 100_000_000;
            let notional: i128 = legs.iter().map(|leg| money(leg.qty_e6, price_e8)).sum();
            let value: i128 = legs
                .iter()
                .filter_map(|leg| {
                    let mark = snapshot.mark_e8(leg.market, leg.expiry_slot, leg.strike_slot, leg.is_put);
                    Some(money(leg.qty_e6, mark.ok()?))
                })
                .sum();
            let cost = (value * VALUE_SHARE_E6 + notional * NOTIONAL_SHARE_E6) / 1_000_000;
            if !legs.is_empty() && best.as_ref().is_none_or(|(most, ..)| notional > *most) {
                best = Some((notional, (market, legs, i64::try_from(cost).ok()?)));
            }
        }
        best.map(|(_, found)| found)
    }
}

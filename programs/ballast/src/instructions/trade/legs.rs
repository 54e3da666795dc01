//! The legs of a trade: which are valid, and moving the positions of one.

use crate::{
    adapters::{engine::exchange_input, mark::Marks, valuation::Valuation},
    error::BallastError,
    events::LegFilled,
    state::{Exchange, Market, Portfolio},
};
use anchor_lang::prelude::*;
use ballast_risk::{
    trade::{fee_e6, mark_e8, FeeTerms},
    ExchangeInput,
};

/// Legs of one trade.
pub const LEGS_MAX: usize = 12;

/// One leg of a trade: a series and a quantity from the taker's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, AnchorSerialize, AnchorDeserialize)]
pub struct Leg {
    /// Market id.
    pub market: u8,
    /// Slot of the expiry in the market.
    pub expiry_slot: u8,
    /// Slot of the strike in the expiry.
    pub strike_slot: u8,
    /// A put; otherwise a call.
    pub is_put: bool,
    /// What the taker buys from the maker (sells to the maker below zero), 1e-6 unit.
    pub qty_e6: i64,
}

impl Leg {
    /// (calls, puts) of one side: the quantity as it is for the taker, its opposite for the maker.
    fn sides_e6(&self, qty_e6: i64) -> (i64, i64) {
        if self.is_put {
            (0, qty_e6)
        } else {
            (qty_e6, 0)
        }
    }

    fn is_same_series(&self, other: &Self) -> bool {
        (self.market, self.expiry_slot, self.strike_slot, self.is_put)
            == (other.market, other.expiry_slot, other.strike_slot, other.is_put)
    }
}

/// Refuses a list of legs that is no trade. Errors: [`BallastError::LegCount`], [`BallastError::ZeroQuantity`],
/// [`BallastError::DuplicateLeg`], each of the last two with the index of the leg.
pub(super) fn validate(legs: &[Leg]) -> Result<()> {
    require!((1..=LEGS_MAX).contains(&legs.len()), BallastError::LegCount);
    for (at, leg) in legs.iter().enumerate() {
        if leg.qty_e6 == 0 {
            return Err(error!(BallastError::ZeroQuantity).with_values(("leg", at)));
        }
        if legs.iter().take(at).any(|earlier| earlier.is_same_series(leg)) {
            return Err(error!(BallastError::DuplicateLeg).with_values(("leg", at)));
        }
    }
    Ok(())
}

/// What the legs of a trade are filled with.
pub(super) struct Desk<'a, 'info> {
    pub valuation: &'a Valuation<'info>,
    exchange: ExchangeInput,
    fees: FeeTerms,
    marks: Marks,
    now: i64,
}

impl<'a, 'info> Desk<'a, 'info> {
    pub fn new(exchange: &Exchange, valuation: &'a Valuation<'info>, now: i64) -> Self {
        let fees = FeeTerms {
            rate_e6: exchange.params.fee_rate_e6,
            premium_cap_e6: exchange.params.fee_premium_cap_e6,
        };
        Self {
            valuation,
            exchange: exchange_input(exchange, &valuation.prices),
            fees,
            marks: Marks::default(),
            now,
        }
    }

    /// Moves the positions of one leg, books open interest, and puts both sides' fee into the market. The fee is still
    /// to be taken from each side's cash. Errors: [`BallastError::Expired`], those of a series that is not listed, of
    /// lines that do not fit and of the open-interest caps.
    pub fn fill(&mut self, leg: &Leg, maker: &mut Portfolio, taker: &mut Portfolio) -> Result<LegFilled> {
        let mut market = self.valuation.market(leg.market)?.load_mut()?;
        let key = market.line_key(leg.expiry_slot, leg.strike_slot)?;
        let expiry = market.expiry(key.expiry_slot)?;
        require!(expiry.is_trading(self.now), BallastError::Expired);
        let strike_e8 = expiry.strike(key.strike_slot)?.price_e8;
        let (mark_e8, fee_e6) = self.fee(leg, &market)?;

        let sold_e6 = leg.qty_e6.checked_neg().ok_or(BallastError::QuantityTooLarge)?;
        let (calls_e6, puts_e6) = leg.sides_e6(leg.qty_e6);
        let (maker_calls_e6, maker_puts_e6) = leg.sides_e6(sold_e6);
        let open_before_e6 = market.open_interest_e6;
        let taken = taker.add_to_line(&key, expiry, calls_e6, puts_e6)?;
        let made = maker.add_to_line(&key, expiry, maker_calls_e6, maker_puts_e6)?;
        market.record(&key, &taken)?;
        market.record(&key, &made)?;
        // Caps bind what opens positions; a trade that closes some is always welcome.
        if market.open_interest_e6 > open_before_e6 {
            market.require_under_caps(&key)?;
        }
        let fees_e6 = market.fees_e6.checked_add(fee_e6).and_then(|fees| fees.checked_add(fee_e6));
        market.fees_e6 = fees_e6.ok_or(BallastError::Overflow)?;
        Ok(LegFilled {
            market: leg.market,
            expiry_ts: key.expiry_ts,
            strike_e8,
            is_put: leg.is_put,
            qty_e6: leg.qty_e6,
            mark_e8,
            fee_e6,
        })
    }

    /// (mark at 1e-8 quote, fee of each side at 1e-6 quote) of a leg.
    fn fee(&mut self, leg: &Leg, market: &Market) -> Result<(u64, i64)> {
        let prices = &self.valuation.prices;
        let price = prices.market(leg.market)?;
        let strike = market.expiry(leg.expiry_slot)?.strike(leg.strike_slot)?.strike();
        let series = (leg.expiry_slot, strike, leg.is_put);
        let kept = &mut **self.valuation.kept.borrow_mut();
        let mark_e14 = self.marks.mark_e14((&self.exchange, kept), market, prices, series)?;
        let fee_e6 =
            fee_e6(leg.qty_e6, price.price_e8, mark_e14, &self.fees).ok_or(BallastError::Overflow)?;
        Ok((mark_e8(mark_e14), fee_e6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leg(market: u8, strike_slot: u8, is_put: bool, qty_e6: i64) -> Leg {
        Leg { market, expiry_slot: 0, strike_slot, is_put, qty_e6 }
    }

    /// Goal: legs are one to twelve, none empty, none twice. Method: each rule broken on its own.
    #[test]
    fn lists_that_are_no_trade_are_refused() {
        let code = |legs: &[Leg]| validate(legs).err().map(|refusal| refusal.to_string());
        assert!(validate(&[leg(0, 0, false, 1), leg(0, 0, true, -1), leg(1, 0, false, 1)]).is_ok());
        let many: Vec<Leg> = (0..13).map(|strike| leg(0, strike, false, 1)).collect();
        assert!(validate(&many[..12]).is_ok());
        assert!(code(&many).is_some_and(|text| text.contains("LegCount")));
        assert!(code(&[]).is_some_and(|text| text.contains("LegCount")));
        assert!(code(&[leg(0, 0, false, 0)]).is_some_and(|text| text.contains("ZeroQuantity")));
        let twice = [leg(0, 0, false, 1), leg(0, 1, false, 1), leg(0, 0, false, -1)];
        assert!(code(&twice).is_some_and(|text| text.contains("DuplicateLeg")));
    }
}

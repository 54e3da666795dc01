//! What a trade would do: previews of a fill, and the largest one a portfolio can bear.

use crate::{error::Refusal, snapshot::Snapshot};
use ballast::{
    adapters::{engine::exchange_input, mark::Marks, tick::Kept},
    error::BallastError,
    instructions::Leg,
    state::{ExpirySlot, Market, Portfolio},
};
use ballast_risk::{
    bounds::QTY_MAX_E6,
    fixed::{mul_div_ceil, mul_div_floor},
    trade::{fee_e6, mark_e8, FeeTerms},
    InitialVerdict, MarginReport, Strike,
};
use bytemuck::Zeroable;

/// 1e-6 unit times 1e-8 quote in units of 1e-6 quote.
const PREMIUM_SCALE: u64 = 100_000_000;

/// An order for one series: which, which way, at what price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Order {
    /// Market id.
    pub market: u8,
    /// Slot of the expiry in the market.
    pub expiry_slot: u8,
    /// Slot of the strike in the expiry.
    pub strike_slot: u8,
    /// A put; otherwise a call.
    pub is_put: bool,
    /// Sells; otherwise buys.
    pub is_sale: bool,
    /// Price of one unit, 1e-8 quote.
    pub price_e8: u64,
}

impl Order {
    /// The leg of a fill of so much (1e-6 unit), from this portfolio's side.
    #[must_use]
    pub fn leg(&self, qty_e6: u64) -> Leg {
        let qty_e6 = i64::try_from(qty_e6).unwrap_or(i64::MAX);
        Leg {
            market: self.market,
            expiry_slot: self.expiry_slot,
            strike_slot: self.strike_slot,
            is_put: self.is_put,
            qty_e6: if self.is_sale { -qty_e6 } else { qty_e6 },
        }
    }

    /// What this portfolio pays for so much (below zero: receives), 1e-6 quote, rounded against it.
    fn premium_e6(&self, qty_e6: u64) -> Option<i64> {
        if self.is_sale {
            i64::try_from(mul_div_floor(qty_e6, self.price_e8, PREMIUM_SCALE)?).ok().map(|received| -received)
        } else {
            i64::try_from(mul_div_ceil(qty_e6, self.price_e8, PREMIUM_SCALE)?).ok()
        }
    }
}

impl Snapshot {
    /// Value of one unit of a series at mark, 1e-8 quote, rounded down.
    ///
    /// # Errors
    /// A series that is not listed, a price that is missing, the engine's refusals.
    pub fn mark_e8(
        &self,
        market: u8,
        expiry_slot: u8,
        strike_slot: u8,
        is_put: bool,
    ) -> Result<u64, Refusal> {
        let leg = Leg { market, expiry_slot, strike_slot, is_put, qty_e6: 0 };
        Ok(mark_e8(self.leg_mark_e14(&leg)?))
    }

    /// The program's fee on one leg for one side, 1e-6 quote.
    ///
    /// # Errors
    /// As [`Self::mark_e8`].
    pub fn leg_fee_e6(&self, leg: &Leg) -> Result<i64, Refusal> {
        let params = &self.exchange.params;
        let terms = FeeTerms { rate_e6: params.fee_rate_e6, premium_cap_e6: params.fee_premium_cap_e6 };
        let spot_e8 = self.prices().market(leg.market)?.price_e8;
        let fee_e6 = fee_e6(leg.qty_e6, spot_e8, self.leg_mark_e14(leg)?, &terms);
        Ok(fee_e6.ok_or(BallastError::Overflow)?)
    }

    /// Fills legs for a portfolio (quantities from its side) against someone who held nothing of them, for a premium it
    /// pays (below zero: receives), 1e-6 quote. Positions, open interest and cash are what the program would leave;
    /// whether the portfolio can bear it is for [`Self::margin`] to say. Returns the fees, 1e-6 quote.
    ///
    /// # Errors
    /// A series that is not listed, caps, a line too many, and those of [`Self::mark_e8`]. Snapshot and portfolio are
    /// then half changed.
    pub fn fill(&mut self, portfolio: &mut Portfolio, legs: &[Leg], premium_e6: i64) -> Result<i64, Refusal> {
        let mut fees_e6 = 0i64;
        for leg in legs {
            fees_e6 = fees_e6.checked_add(self.leg_fee_e6(leg)?).ok_or(BallastError::Overflow)?;
            let market = self.market_mut(leg.market).ok_or(BallastError::AccountMissing)?;
            move_leg(market, portfolio, leg)?;
        }
        let paid_e6 = premium_e6.checked_add(fees_e6).ok_or(BallastError::Overflow)?;
        let now = self.now();
        let (change_e6, index) =
            (paid_e6.checked_neg().ok_or(BallastError::Overflow)?, self.exchange.cash_index());
        let _kept_by_the_program = portfolio.add_cash(change_e6, &index, now)?;
        Ok(fees_e6)
    }

    /// The margin report after a fill of one order, leaving everything as it is.
    ///
    /// # Errors
    /// As [`Self::fill`] and [`Self::margin`].
    pub fn margin_after(
        &self,
        portfolio: &Portfolio,
        order: &Order,
        qty_e6: u64,
    ) -> Result<MarginReport, Refusal> {
        let (mut snapshot, mut filled) = (self.clone(), Box::new(*portfolio));
        let premium_e6 = order.premium_e6(qty_e6).ok_or(BallastError::Overflow)?;
        snapshot.fill(&mut filled, &[order.leg(qty_e6)], premium_e6)?;
        snapshot.margin(&filled)
    }

    /// The largest quantity (1e-6 unit) of an order the portfolio can bear: afterwards it is at or above initial margin
    /// without debt, or the fill strictly reduced its risk, and the open-interest caps hold.
    ///
    /// Doubles from the smallest quantity until a fill is refused, then bisects. An order that first hedges and then
    /// turns the book is found by its first boundary: no quantity up to a power of two below the result was refused.
    ///
    /// # Errors
    /// What refuses even the smallest quantity for another reason than margin: a series that is not listed, a price
    /// that is missing.
    pub fn max_quantity(&self, portfolio: &Portfolio, order: &Order) -> Result<u64, Refusal> {
        self.leg_fee_e6(&order.leg(1))?;
        let (mut good, mut bad) = (0u64, None);
        let mut at = 1u64;
        while bad.is_none() && at <= QTY_MAX_E6 {
            if self.bears(portfolio, order, at) {
                good = at;
                at *= 2;
            } else {
                bad = Some(at);
            }
        }
        let mut bad = bad.unwrap_or(QTY_MAX_E6 + 1);
        while bad - good > 1 {
            let middle = good + (bad - good) / 2;
            if self.bears(portfolio, order, middle) {
                good = middle;
            } else {
                bad = middle;
            }
        }
        Ok(good)
    }

    /// Whether a fill stands as the program judges it. What cannot be filled at all does not.
    fn bears(&self, portfolio: &Portfolio, order: &Order, qty_e6: u64) -> bool {
        let Some(premium_e6) = order.premium_e6(qty_e6) else { return false };
        let (mut after, mut filled) = (self.clone(), Box::new(*portfolio));
        let Ok(_) = after.fill(&mut filled, &[order.leg(qty_e6)], premium_e6) else { return false };
        let Ok(report) = after.margin(&filled) else { return false };
        if matches!(report.initial_verdict(), InitialVerdict::Accepted { .. }) {
            return true;
        }
        // As the program does, the portfolio before is valued with the open interest after.
        after.margin(portfolio).is_ok_and(|before| report.reduces_risk_from(&before))
    }

    fn leg_mark_e14(&self, leg: &Leg) -> Result<i128, Refusal> {
        let market = self.market(leg.market).ok_or(BallastError::AccountMissing)?;
        let (_, strike) = series(market, leg)?;
        let input = exchange_input(&self.exchange, self.prices());
        let mut kept: Box<Kept> = bytemuck::zeroed_box();
        let series = (leg.expiry_slot, strike, leg.is_put);
        Ok(Marks::default().mark_e14((&input, &mut *kept), market, self.prices(), series)?)
    }
}

fn series<'a>(market: &'a Market, leg: &Leg) -> Result<(&'a ExpirySlot, Strike), Refusal> {
    let expiry = market.expiry(leg.expiry_slot)?;
    let strike = expiry.strike(leg.strike_slot)?.strike();
    Ok((expiry, strike))
}

/// Moves one leg into the portfolio out of an empty one, as the program does.
fn move_leg(market: &mut Market, portfolio: &mut Portfolio, leg: &Leg) -> Result<(), Refusal> {
    let key = market.line_key(leg.expiry_slot, leg.strike_slot)?;
    let expiry = market.expiry(key.expiry_slot)?;
    let sides = |qty_e6| if leg.is_put { (0, qty_e6) } else { (qty_e6, 0) };
    let sold_e6 = leg.qty_e6.checked_neg().ok_or(BallastError::QuantityTooLarge)?;
    let (calls_e6, puts_e6) = sides(leg.qty_e6);
    let (other_calls_e6, other_puts_e6) = sides(sold_e6);
    let open_before_e6 = market.open_interest_e6;
    let mut other = Box::new(Portfolio::zeroed());
    let moved = portfolio.add_to_line(&key, expiry, calls_e6, puts_e6)?;
    let mirrored = other.add_to_line(&key, expiry, other_calls_e6, other_puts_e6)?;
    market.record(&key, &moved)?;
    market.record(&key, &mirrored)?;
    if market.open_interest_e6 > open_before_e6 {
        market.require_under_caps(&key)?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::testing::{leg, order, portfolio, snapshot, BTC, UNIT_E6, USD_E6};
    use proptest::prelude::*;

    /// Goal: a fill leaves positions, open interest and cash as the program does. Method: by hand, buy then sell back.
    #[test]
    fn a_fill_moves_positions_and_cash() {
        let mut snapshot = snapshot();
        let mut portfolio = portfolio(10_000 * USD_E6);
        let fees_e6 = snapshot.fill(&mut portfolio, &[leg(2, false, UNIT_E6)], 5_000 * USD_E6).unwrap();
        // 3 basis points of 110,000, less than an eighth of the option.
        assert_eq!(fees_e6, 33 * USD_E6);
        assert_eq!(portfolio.cash_e6, 4_967 * USD_E6);
        assert_eq!(portfolio.held_lines()[0].calls_e6, UNIT_E6);
        let market = snapshot.market(BTC).unwrap();
        assert_eq!((market.open_interest_e6, market.expiries[1].strikes[2].calls_e6), (UNIT_E6, UNIT_E6));
        snapshot.fill(&mut portfolio, &[leg(2, false, -UNIT_E6)], 0).unwrap();
        assert_eq!(portfolio.line_count, 0);
    }

    /// Goal: what is not listed is refused with the program's reason.
    #[test]
    fn an_unlisted_series_is_refused() {
        let (mut snapshot, mut portfolio) = (snapshot(), portfolio(0));
        let refusal = snapshot.fill(&mut portfolio, &[leg(9, false, 1)], 0).unwrap_err();
        assert_eq!(refusal.name, "StrikeNotListed");
    }

    /// Goal: a book under initial margin may not sell more, but may buy back as long as that reduces its risk.
    #[test]
    fn a_book_under_margin_may_only_reduce() {
        let mut snapshot = snapshot();
        let mut short = portfolio(1_000 * USD_E6);
        snapshot.fill(&mut short, &[leg(2, false, -UNIT_E6)], -4_000 * USD_E6).unwrap();
        assert!(snapshot.margin(&short).unwrap().excess_initial_e6 < 0);
        let sells = order(&snapshot, 2, false, true);
        assert_eq!(snapshot.max_quantity(&short, &sells).unwrap(), 0);
        let buys = order(&snapshot, 2, false, false);
        let most = snapshot.max_quantity(&short, &buys).unwrap();
        assert!(most >= UNIT_E6.unsigned_abs(), "{most}");
        let before = snapshot.margin(&short).unwrap();
        let after = snapshot.margin_after(&short, &buys, UNIT_E6.unsigned_abs()).unwrap();
        assert!(after.excess_initial_e6 > before.excess_initial_e6 && after.scan_e6 == 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// Goal: the quantity found can be borne and one more cannot. Method: any order on any cash.
        #[test]
        fn the_largest_quantity_is_a_boundary(
            cash in 100i64..500_000, strike in 0u8..5, is_put in any::<bool>(), is_sale in any::<bool>(),
        ) {
            let (snapshot, portfolio) = (snapshot(), portfolio(cash * USD_E6));
            let order = order(&snapshot, strike, is_put, is_sale);
            let most = snapshot.max_quantity(&portfolio, &order).unwrap();
            prop_assert!(most > 0);
            prop_assert!(snapshot.bears(&portfolio, &order, most));
            prop_assert!(!snapshot.bears(&portfolio, &order, most + 1));
        }
    }
}

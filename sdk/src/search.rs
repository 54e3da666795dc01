//! Answers by search over the margin engine: where a portfolio is liquidated, how much it may withdraw.
//!
//! The engine has no inverse, so these try values and bisect. A bisection needs a bracket: each search documents how it
//! finds one and what it can therefore miss.

use crate::{error::Refusal, snapshot::Snapshot};
use ballast::state::Portfolio;
use ballast_risk::{bounds::PRICE_MAX_E8, InitialVerdict, Scratch};

/// The search for a liquidation price goes down to a hundredth of spot …
const SPOT_SHARE_MIN: u64 = 100;
/// … and up to ten times spot …
const SPOT_TIMES_MAX: u64 = 10;
/// … in steps of one part in a hundred.
const STEPS: u64 = 100;

/// Spot prices nearest the current one at which a portfolio is under maintenance margin, 1e-8 quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LiquidationPrices {
    /// The highest at or below the current spot; none down to a hundredth of it.
    pub below_e8: Option<u64>,
    /// The lowest at or above the current spot; none up to ten times it.
    pub above_e8: Option<u64>,
}

/// What a withdrawal takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asset {
    /// Quote currency: cash.
    Quote,
    /// A collateral asset by index.
    Collateral(usize),
}

impl Snapshot {
    /// Where a market's spot takes the portfolio under maintenance margin, everything else unchanged (confidence in
    /// proportion, volatility and other markets as they are).
    ///
    /// Walks from the spot in steps of 1 % until the excess is negative, then bisects to the last 1e-8. A dip narrower
    /// than a step may be stepped over; the excess of a book with strikes is piecewise smooth and such dips are shallow.
    ///
    /// # Errors
    /// As [`Snapshot::margin`], and a market without a price.
    pub fn liquidation_prices(
        &self,
        portfolio: &Portfolio,
        market: u8,
    ) -> Result<LiquidationPrices, Refusal> {
        let spot_e8 = self.prices().market(market)?.price_e8;
        let least_e8 = (spot_e8 / SPOT_SHARE_MIN).max(1);
        let most_e8 = spot_e8.saturating_mul(SPOT_TIMES_MAX).min(PRICE_MAX_E8);
        let step = |price_e8: u64| (price_e8 / STEPS).max(1);
        let mut probe = Probe { snapshot: self.clone(), scratch: bytemuck::zeroed_box(), portfolio, market };
        let below_e8 =
            probe.first_unsafe(spot_e8, |at| (at > least_e8).then(|| (at - step(at)).max(least_e8)))?;
        let above_e8 =
            probe.first_unsafe(spot_e8, |at| (at < most_e8).then(|| (at + step(at)).min(most_e8)))?;
        Ok(LiquidationPrices { below_e8, above_e8 })
    }

    /// The largest amount (1e-6 quote, or base units of a collateral asset) the portfolio may withdraw: what it holds,
    /// as far as initial margin and non-negative cash stand afterwards. The exchange's outflow guard, gates and price
    /// quality are not asked.
    ///
    /// Bisects between nothing and everything. Less cash or collateral never raises the excess over initial margin, so
    /// there is one boundary; where collateral hedges options held in the same underlying that can fail, and the result
    /// is then a permitted amount but perhaps not the largest.
    ///
    /// # Errors
    /// As [`Snapshot::margin`].
    pub fn max_withdraw(&self, portfolio: &Portfolio, asset: Asset) -> Result<u64, Refusal> {
        let mut now = Box::new(*portfolio);
        let _collected = now.share_losses(&self.exchange().cash_index());
        let portfolio = &*now;
        let held = match asset {
            Asset::Quote => u64::try_from(portfolio.cash_e6).unwrap_or(0),
            Asset::Collateral(index) => portfolio.collateral.get(index).copied().unwrap_or(0),
        };
        let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
        let (mut after, mut left) = (self.clone(), Box::new(*portfolio));
        largest(held, |amount| {
            take(&mut after, &mut left, (self, portfolio), asset, amount);
            if left.is_debt_free() {
                return Ok(true);
            }
            let report = after.margin_in(&mut scratch, &left)?;
            Ok(matches!(report.initial_verdict(), InitialVerdict::Accepted { .. }))
        })
    }
}

/// What is left of snapshot and portfolio when an amount has gone, from the originals.
fn take(
    after: &mut Snapshot,
    left: &mut Portfolio,
    before: (&Snapshot, &Portfolio),
    asset: Asset,
    amount: u64,
) {
    match asset {
        Asset::Quote => left.cash_e6 = before.1.cash_e6.saturating_sub_unsigned(amount),
        Asset::Collateral(index) => {
            if let (Some(left), Some(held)) = (left.collateral.get_mut(index), before.1.collateral.get(index))
            {
                *left = held.saturating_sub(amount);
            }
            let assets =
                (after.exchange.collaterals.get_mut(index), before.0.exchange.collaterals.get(index));
            if let (Some(after), Some(before)) = assets {
                after.deposits = before.deposits.saturating_sub(amount);
            }
        }
    }
}

/// The largest value up to `limit` that is `ok`, if being ok ends once and for all somewhere; zero if nothing is.
fn largest(limit: u64, mut ok: impl FnMut(u64) -> Result<bool, Refusal>) -> Result<u64, Refusal> {
    if ok(limit)? {
        return Ok(limit);
    }
    let (mut good, mut bad) = (0, limit);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if ok(middle)? {
            good = middle;
        } else {
            bad = middle;
        }
    }
    Ok(good)
}

/// A snapshot whose spot is moved about.
struct Probe<'a> {
    snapshot: Snapshot,
    scratch: Box<Scratch>,
    portfolio: &'a Portfolio,
    market: u8,
}

impl Probe<'_> {
    fn is_safe(&mut self, spot_e8: u64) -> Result<bool, Refusal> {
        self.snapshot.set_spot(self.market, spot_e8);
        let report = self.snapshot.margin_in(&mut self.scratch, self.portfolio)?;
        Ok(report.excess_maintenance_e6 >= 0 || self.portfolio.is_debt_free())
    }

    /// The price nearest `start` at which the portfolio is not safe, on the side that `next` walks to.
    fn first_unsafe(
        &mut self,
        start: u64,
        next: impl Fn(u64) -> Option<u64>,
    ) -> Result<Option<u64>, Refusal> {
        if !self.is_safe(start)? {
            return Ok(Some(start));
        }
        let mut safe = start;
        while let Some(at) = next(safe) {
            if !self.is_safe(at)? {
                return self.boundary(safe, at).map(Some);
            }
            safe = at;
        }
        Ok(None)
    }

    /// The unsafe price next to a safe one, between the two.
    fn boundary(&mut self, mut safe: u64, mut not_safe: u64) -> Result<u64, Refusal> {
        while safe.abs_diff(not_safe) > 1 {
            let middle = safe.midpoint(not_safe);
            if self.is_safe(middle)? {
                safe = middle;
            } else {
                not_safe = middle;
            }
        }
        Ok(not_safe)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{leg, portfolio, snapshot, BTC, UNIT_E6, USD_E6};
    use proptest::prelude::*;

    fn is_safe(snapshot: &Snapshot, portfolio: &Portfolio, spot_e8: u64) -> bool {
        let mut at = snapshot.clone();
        at.set_spot(BTC, spot_e8);
        at.margin(portfolio).unwrap().excess_maintenance_e6 >= 0
    }

    /// Goal: a short strangle is liquidated on both sides, at prices one tick beyond which it is safe.
    #[test]
    fn a_short_strangle_has_two_liquidation_prices() {
        let mut snapshot = snapshot();
        let mut portfolio = portfolio(60_000 * USD_E6);
        snapshot.fill(&mut portfolio, &[leg(0, true, -2 * UNIT_E6), leg(4, false, -2 * UNIT_E6)], 0).unwrap();
        let spot_e8 = snapshot.prices().market(BTC).map_err(|e| e.name()).unwrap().price_e8;
        let found = snapshot.liquidation_prices(&portfolio, BTC).unwrap();
        let (below, above) = (found.below_e8.unwrap(), found.above_e8.unwrap());
        assert!(below < spot_e8 && spot_e8 < above);
        assert!(!is_safe(&snapshot, &portfolio, below) && is_safe(&snapshot, &portfolio, below + 1));
        assert!(!is_safe(&snapshot, &portfolio, above) && is_safe(&snapshot, &portfolio, above - 1));
    }

    /// Goal: who cannot be liquidated has no such price, who is already has the spot. Method: a long call; no cash left.
    #[test]
    fn the_extremes_have_none_and_spot() {
        let mut snapshot = snapshot();
        let mut long = portfolio(20_000 * USD_E6);
        snapshot.fill(&mut long, &[leg(2, false, UNIT_E6)], 0).unwrap();
        let none = LiquidationPrices { below_e8: None, above_e8: None };
        assert_eq!(snapshot.liquidation_prices(&long, BTC).unwrap(), none);
        let mut short = portfolio(100 * USD_E6);
        snapshot.fill(&mut short, &[leg(2, false, -UNIT_E6)], 0).unwrap();
        let spot_e8 = Some(11_000_000_000_000);
        let both = LiquidationPrices { below_e8: spot_e8, above_e8: spot_e8 };
        assert_eq!(snapshot.liquidation_prices(&short, BTC).unwrap(), both);
    }

    /// Goal: nothing owed, everything goes out. Method: cash and collateral without lines.
    #[test]
    fn a_book_without_lines_withdraws_everything() {
        let snapshot = snapshot();
        let mut portfolio = portfolio(77);
        portfolio.collateral[0] = 5_000_000_000;
        assert_eq!(snapshot.max_withdraw(&portfolio, Asset::Quote).unwrap(), 77);
        assert_eq!(snapshot.max_withdraw(&portfolio, Asset::Collateral(0)).unwrap(), 5_000_000_000);
        assert_eq!(snapshot.max_withdraw(&portfolio, Asset::Collateral(9)).unwrap(), 0);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]

        /// Goal: the amount found stands and one more does not. Method: random books, cash and collateral out.
        #[test]
        fn the_largest_withdrawal_is_a_boundary(
            cash in 1_000i64..400_000, sol in 0u64..500, put in -3i64..3, call in -3i64..3, quote in any::<bool>(),
        ) {
            let mut snapshot = snapshot();
            let mut portfolio = portfolio(cash * USD_E6);
            portfolio.collateral[0] = sol * 1_000_000_000;
            let legs = [leg(1, true, put * UNIT_E6), leg(3, false, call * UNIT_E6)];
            let legs: Vec<_> = legs.into_iter().filter(|leg| leg.qty_e6 != 0).collect();
            snapshot.fill(&mut portfolio, &legs, 0).unwrap();
            let (asset, held) = if quote {
                (Asset::Quote, u64::try_from(portfolio.cash_e6).unwrap_or(0))
            } else {
                (Asset::Collateral(0), portfolio.collateral[0])
            };
            let most = snapshot.max_withdraw(&portfolio, asset).unwrap();
            prop_assert!(most <= held);
            let stands = |amount: u64| {
                let (mut after, mut left) = (snapshot.clone(), portfolio.clone());
                take(&mut after, &mut left, (&snapshot, &portfolio), asset, amount);
                let report = after.margin(&left).unwrap();
                left.is_debt_free() || (report.excess_initial_e6 >= 0 && left.cash_e6 >= 0)
            };
            prop_assert!(most == 0 || stands(most));
            prop_assert!(most == held || !stands(most + 1));
        }
    }
}

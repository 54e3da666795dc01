//! A portfolio's MM excess from below, by sums over the arrays.
//!
//! Every step errs on the side of more requirement and less equity, so a portfolio whose bound is at or above zero is
//! surely healthy by the engine. Formulas: docs/risk.md §4 to §6.

use crate::arrays::{MarketRisk, ALONE, DELTA, NEAR, QTY, QTY_SIZE, SHORT, SHORT_SIZE, VALUE};
use crate::books::{Balance, Book};
use crate::groups::Groups;
use crate::own::OwnParts;
use crate::sums::{worst, Tables, UnderlyingSums, Walk, DOUBLE_ERROR};
use ballast_risk::bounds::GROUPS_MAX;
use pulp::Simd;

/// Rounding up of requirements and down of assets, 1e-6 quote, far more than there is.
const ROUNDING: f64 = 64.0;
/// Memory of a screening, used again for every portfolio.
#[derive(Debug, Clone, Default)]
pub(crate) struct Desk {
    pub sums: UnderlyingSums,
    pub groups: Groups,
    pub own: OwnParts,
}

/// No own strikes in any group.
const NONE: [f64; GROUPS_MAX] = [0.0; GROUPS_MAX];

impl Tables {
    /// The MM excess of a portfolio from below, floor left aside, 1e-6 quote: vega, basis and short options charged leg
    /// by leg. Minus infinity where the arrays do not serve or own strikes count.
    #[inline(always)]
    pub(crate) fn quick_excess<S: Simd>(
        &self,
        simd: S,
        book: &Book,
        Desk { sums, groups, .. }: &mut Desk,
    ) -> f64 {
        let mut walk = Walk::new(simd, self, book);
        groups.begin();
        let (mut value, mut add_ons) = (0.0, 0.0);
        while walk.next(sums) {
            let market = &self.markets[sums.market];
            if sums.columns[NEAR] > 0.0 {
                return f64::NEG_INFINITY;
            }
            let scan = worst(simd, &sums.columns) + sums.error;
            value += sums.columns[VALUE] - sums.error;
            add_ons += linear_add_ons(market, sums) + leg_by_leg(market, sums);
            add_ons += self.mm_factor * scan * open_interest_rate(market, sums);
            groups.add(simd, market, sums, self.mm_factor * scan);
        }
        if !walk.served {
            return f64::NEG_INFINITY;
        }
        self.conclude(book, value, groups.scan(simd, &self.rho, self.mm_factor, &NONE) + add_ons)
    }

    /// As [`Self::quick_excess`], with own strikes and with vega, basis and short options netted within each expiry: as
    /// the engine does, up to rounding. Minus infinity where the arrays do not serve.
    #[inline(always)]
    pub(crate) fn close_excess<S: Simd>(
        &self,
        simd: S,
        book: &Book,
        Desk { sums, groups, own }: &mut Desk,
    ) -> f64 {
        let mut walk = Walk::new(simd, self, book);
        groups.begin();
        let (mut value, mut add_ons) = (0.0, 0.0);
        own.clear();
        while walk.next(sums) {
            let market = &self.markets[sums.market];
            let risk = worst(simd, &sums.columns) + sums.error;
            let (own_scan, own_maintenance) =
                if sums.columns[NEAR] > 0.0 { own.add(self, book, sums) } else { (0.0, 0.0) };
            value += sums.columns[VALUE] - sums.error;
            add_ons += linear_add_ons(market, sums) + self.by_expiry(book, sums);
            add_ons += self.mm_factor * risk.max(own_scan) * open_interest_rate(market, sums);
            groups.add(simd, market, sums, (self.mm_factor * risk).max(own_maintenance));
        }
        if !walk.served {
            return f64::NEG_INFINITY;
        }
        let own = own.joint(self, groups);
        self.conclude(book, value, groups.scan(simd, &self.rho, self.mm_factor, &own) + add_ons)
    }

    /// Equity less requirement.
    #[inline(always)]
    fn conclude(&self, book: &Book, value: f64, requirement: f64) -> f64 {
        let held = self.collateral(book.balances);
        let cash = book.cash_e6 as f64;
        let cash = if cash > 0.0 { cash * self.peg } else { cash };
        let size = requirement.abs() + value.abs() + held.abs() + cash.abs();
        cash + held + value - requirement - size * DOUBLE_ERROR - ROUNDING
    }

    /// Collateral as counted for MM.
    #[inline(always)]
    fn collateral(&self, balances: &[Balance]) -> f64 {
        let mut total = 0.0;
        for balance in balances {
            match self.assets.get(usize::from(balance.asset)) {
                Some(asset) => total += balance.amount as f64 * asset.maintenance - 2.0,
                None => return f64::NEG_INFINITY,
            }
        }
        total
    }

    /// Vega, basis and short-option add-ons, netted within each expiry.
    fn by_expiry(&self, book: &Book, sums: &UnderlyingSums) -> f64 {
        let market = &self.markets[sums.market];
        let mut total = 0.0;
        let mut at = sums.legs.0;
        while at < sums.legs.1 {
            let first = &self.terms[book.series[at] as usize];
            let (mut delta, mut vega, mut shorts) = (0.0, 0.0, [0.0; 2]);
            while at < sums.legs.1 && self.terms[book.series[at] as usize].expiry == first.expiry {
                let (series, qty) = (book.series[at], book.qty_e6[at] as f64);
                let terms = &self.terms[series as usize];
                delta += qty * terms.delta;
                vega += qty * terms.vega;
                shorts[(series % 2) as usize] -= qty;
                at += 1;
            }
            let expiry = &self.expiries[first.expiry as usize];
            total += delta.abs() * expiry.basis + vega.abs() * market.per_vega;
            total += sums.error * market.per_expiry_error + shorts[0].max(shorts[1]).max(0.0) * first.short;
        }
        total
    }
}

/// Spread, impact and oracle add-ons.
#[inline(always)]
fn linear_add_ons(market: &MarketRisk, sums: &UnderlyingSums) -> f64 {
    let delta = sums.columns[DELTA].abs() + sums.error;
    delta * market.per_delta + delta * delta * market.per_delta_squared
}

/// Vega, basis and short-option add-ons without netting.
#[inline(always)]
fn leg_by_leg(market: &MarketRisk, sums: &UnderlyingSums) -> f64 {
    let legs = (sums.legs.1 - sums.legs.0) as f64;
    let shorts = (sums.columns[SHORT_SIZE] - sums.columns[SHORT]) / 2.0;
    sums.columns[ALONE] + shorts + sums.error * legs * market.per_expiry_error
}

/// Rate of the open-interest add-on on the scan.
#[inline(always)]
fn open_interest_rate(market: &MarketRisk, sums: &UnderlyingSums) -> f64 {
    // The larger of long and short. The share is rounded up to 1e-6, the rate too.
    let side = (sums.columns[QTY_SIZE] + sums.columns[QTY].abs()) / 2.0;
    let over = (side / market.open_interest + 1.1e-6).min(1.0) - market.oi_free;
    if over > 0.0 {
        over * market.oi_scale + 1.1e-6
    } else {
        0.0
    }
}

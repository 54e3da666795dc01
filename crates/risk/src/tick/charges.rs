//! Add-ons of a book whose market is prepared: docs/risk.md §5 as `addons.rs` has it, with every rate that the market
//! decides worked out once a tick.

use crate::addons::{charge, gross_notional_e6, impact_e12, Rate};
use crate::block::Block;
use crate::bounds::ONE_E6;
use crate::input::{ExchangeInput, MarketParams, UnderlyingInput};
use crate::lane::Lane;
use crate::scratch::UnderlyingState;
use crate::surface::PreparedExpiry;

/// Rates of an expiry, and what else its report is made with.
pub(super) struct ExpiryRates {
    basis: Rate,
    /// som·F, as `addons::short_minimum` multiplies it.
    short: u64,
    /// √T: a density is at most 0.4, so a sum of vegas is below 2^31.7, and the mantissa is below 2^31.
    pub root: Lane,
    pub root_shift: u32,
    /// What is already averaged of the settlement price, 1e-8 quote.
    pub from_e8: i64,
    discount_q32: u64,
}

impl ExpiryRates {
    pub(super) fn new(u: &UnderlyingInput, e: &PreparedExpiry) -> Self {
        let p = u.params;
        let forward = (e.forward_n.0 as u64 >> 3) + 1;
        Self {
            basis: Rate::basis(p.basis_e6, e.secs_left),
            short: forward.wrapping_mul(p.short_min_e6 as u64).div_ceil(390_625) << 1,
            root: Lane(e.root.mantissa),
            root_shift: e.root.shift.clamp(0, 63) as u32,
            from_e8: Block::new(1, e.price_shift).price_e8_floor(e.averaged_n),
            discount_q32: e.discount_q32.0 as u64,
        }
    }

    /// A least payoff discounted if positive, rounded down, as `underlying::least`.
    #[inline(always)]
    pub(super) fn discounted(&self, least_e6: i64) -> i64 {
        // The notional bound keeps the money below 2^56.
        let kept = (product(least_e6.max(0) as u64, self.discount_q32) >> 32) as i64;
        kept.wrapping_add(least_e6.min(0))
    }
}

/// Rates of an underlying.
pub(super) struct MarketRates {
    oracle: Rate,
    /// What of the gap between spot and average is charged, 1e-12, and whether longs gain from it.
    ema_over_e12: u64,
    longs_gain: bool,
}

impl MarketRates {
    pub(super) fn new(x: &ExchangeInput, u: &UnderlyingInput) -> Self {
        let conf_e8 = u.conf_e8 << if u.price_stale { 2 } else { 0 };
        // As `addons::ema_e12`: a gap of at most 2^50 times 10^12 fits 128 bits.
        let gap_e12 =
            u128::from(u.spot_e8.abs_diff(u.ema_e8)) * 1_000_000_000_000 / u128::from(u.ema_e8.max(1));
        let free_e12 = u128::from(u.params.ema_free_e6 as u64) * u128::from(ONE_E6 as u64);
        Self {
            oracle: Rate::oracle(conf_e8, u.spot_e8, x.conf_z_e6),
            ema_over_e12: gap_e12.saturating_sub(free_e12).min(1 << 62) as u64,
            longs_gain: u.spot_e8 > u.ema_e8,
        }
    }

    fn ema_e12(&self, delta_e6: i64) -> u128 {
        let gains = if self.longs_gain { delta_e6 } else { delta_e6.saturating_neg() };
        if self.ema_over_e12 == 0 {
            return 0;
        }
        // Who does not gain is charged nothing, without a branch.
        product(gains.max(0) as u64, self.ema_over_e12).div_ceil(ONE_E6 as u128)
    }
}

/// impact·Δ$²/depth$, 1e-12 quote rounded up: in one division where the numerator fits 128 bits.
#[inline(always)]
fn impact_of(delta_e6: u64, p: &MarketParams) -> u128 {
    let (impact, depth) = (p.impact_e6 as u64, p.depth_e6 as u64);
    // Below 2^108 with an impact of at most 2^20.
    if delta_e6 >= 1 << 44 {
        return impact_e12(delta_e6, impact, depth);
    }
    let numerator = product(delta_e6, delta_e6).wrapping_mul(u128::from(impact));
    let depth = u128::from(depth.max(1));
    let whole = numerator / depth;
    whole + u128::from(whole.wrapping_mul(depth) < numerator)
}

/// The product of two words, which always fits.
#[inline(always)]
fn product(a: u64, b: u64) -> u128 {
    u128::from(a).wrapping_mul(u128::from(b))
}

/// Charges of a book's expiries, added up.
#[derive(Default)]
pub(super) struct ExpiryCharges {
    short_min: u128,
    basis: u128,
}

impl ExpiryCharges {
    /// Charges an expiry that is not settled.
    #[inline(always)]
    pub(super) fn charge(
        &mut self,
        (calls_e6, puts_e6): (i64, i64),
        rates: &ExpiryRates,
        delta_e6: i64,
        price_shift: i32,
    ) {
        // Longs and shorts are hard to foretell: no branch.
        let shorts = calls_e6.min(puts_e6).min(0).unsigned_abs();
        let short_min =
            (product(shorts, rates.short) >> (6 + price_shift)).wrapping_add(u128::from(shorts > 0));
        self.short_min = self.short_min.wrapping_add(short_min);
        self.basis = self.basis.wrapping_add(rates.basis.of_wide(delta_e6.unsigned_abs()));
    }

    /// Prices every add-on of the underlying but the open-interest one.
    #[inline(always)]
    pub(super) fn conclude(
        self,
        (u, rates): (&UnderlyingInput, &MarketRates),
        (gross_qty_e6, oi_share_e6): (u64, i64),
        state: &mut UnderlyingState,
    ) {
        let p = u.params;
        let rounded;
        (state.short_min_e6, rounded) = charge(self.short_min);
        (state.basis_e6, state.rounded_whole_e12) = charge(self.basis);
        state.rounded_whole_e12 += rounded;

        state.gross_e6 = gross_notional_e6(gross_qty_e6, u.spot_e8);
        let delta = state.dollar_delta_e6.unsigned_abs();
        let impact = impact_of(delta, p);
        state.impact_e6 = charge(impact).0;
        let spread = (product(delta, p.spread_e6 as u64) + 1) >> 1;
        let vega = product(state.dollar_vega_e6.unsigned_abs(), p.vol_spread_e6 as u64);
        let rounded;
        (state.liquidity_e6, rounded) = charge(spread + impact + vega);
        (state.oracle_e6, state.rounded_scaled_e12) = charge(rates.oracle.of_wide(delta));
        state.rounded_scaled_e12 += rounded;
        state.ema_e6 = charge(rates.ema_e12(state.dollar_delta_e6)).0;
        let over = (oi_share_e6 - p.oi_free_e6).max(0);
        // Both below 2^23.
        state.oi_rate_e6 = (over.wrapping_mul(p.oi_scale_e6) + ONE_E6 - 1) / ONE_E6;
        if over > 0 {
            state.oi_free_rate_e6 = p.oi_free_e6.wrapping_mul(p.oi_scale_e6) / ONE_E6;
        }
    }
}

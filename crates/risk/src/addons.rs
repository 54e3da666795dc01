//! Add-ons beside the scan (risk.md §5). None offsets another; all are rounded up, and what the rounding added is kept
//! so that the requirement, their sum, is rounded up only once.

use crate::block::Block;
use crate::bounds::{EXPIRIES_MAX, MONEY_MAX_E6, ONE_E6, YEAR_SECS};
use crate::fixed::saturate;
use crate::lane::Lane;
use crate::scratch::{Scratch, UnderlyingState};
use crate::surface::{Shared, SETTLED};
use crate::underlying::ExpiryBlock;

/// An exact amount of 1e-12 quote as money rounded up, and what was added.
pub(crate) fn round_up(exact_e12: i128) -> (i64, i64) {
    // A 128-bit division costs ten times a plain one; amounts up to nine million quote fit the plain one.
    if let Ok(small) = i64::try_from(exact_e12) {
        let money = small.div_euclid(1_000_000);
        let over = small.wrapping_sub(money.wrapping_mul(1_000_000));
        return if over == 0 { (money, 0) } else { (money + 1, 1_000_000 - over) };
    }
    let money = -((-exact_e12).div_euclid(1_000_000));
    (saturate(money), (money * 1_000_000 - exact_e12) as i64)
}

/// As [`round_up`], at most the largest book: sums over add-ons and underlyings then fit, however thin a market's depth
/// or wide its confidence.
fn charge(exact_e12: i128) -> (i64, i64) {
    let (money, rounded) = round_up(exact_e12);
    (money.min(MONEY_MAX_E6), rounded)
}

/// `x/d` rounded up for x ≥ 0 and d > 0, by the plain division where it serves.
fn div_ceil(x: i128, d: i64) -> i128 {
    match i64::try_from(x) {
        Ok(small) => i128::from(small.wrapping_add(d - 1).max(small) / d),
        Err(_) => (x + i128::from(d) - 1) / i128::from(d),
    }
}

/// Prices every add-on of an underlying but the open-interest one, which needs the scan.
pub(crate) fn price(
    scratch: &Scratch,
    expiries: usize,
    (shared, block): (&Shared, &Block),
    sums: &[ExpiryBlock; EXPIRIES_MAX],
    state: &mut UnderlyingState,
) {
    let (u, p) = (shared.underlying, shared.underlying.params);
    let (mut gross_qty, mut short_min, mut basis) = (Lane::ZERO, 0i128, 0i128);
    for ((sum, e), report) in sums.iter().zip(&scratch.expiries).zip(&scratch.expiry_reports).take(expiries) {
        gross_qty += sum.gross_e6;
        if e.kind == SETTLED {
            continue;
        }
        let shorts = (-sum.calls_e6).max(-sum.puts_e6);
        if shorts > Lane::ZERO {
            short_min += short_minimum(shorts.0, e.forward_n.0, block.price_shift, p.short_min_e6);
        }
        basis += basis_e12(report.dollar_delta_e6.wrapping_abs(), p.basis_e6, e.secs_left);
    }
    let rounded;
    (state.short_min_e6, rounded) = charge(short_min);
    (state.basis_e6, state.rounded_whole_e12) = charge(basis);
    state.rounded_whole_e12 += rounded;

    // Spot is below 2^50: it fits a signed word.
    let spot_e8 = u.spot_e8 as i64;
    state.gross_e6 = saturate(div_ceil(wide(gross_qty.0, spot_e8), 100_000_000));
    let delta = state.dollar_delta_e6.wrapping_abs();
    let impact = impact_e12(delta, p.impact_e6, p.depth_e6);
    state.impact_e6 = charge(impact).0;
    let spread = (wide(delta, p.spread_e6) + 1) >> 1;
    let vega = wide(state.dollar_vega_e6, p.vol_spread_e6);
    let rounded;
    (state.liquidity_e6, rounded) = charge(spread + impact + vega);
    let conf_e8 = (u.conf_e8 as i64) << if u.price_stale { 2 } else { 0 };
    (state.oracle_e6, state.rounded_scaled_e12) =
        charge(oracle_e12((conf_e8, spot_e8), delta, shared.exchange.conf_z_e6));
    state.rounded_scaled_e12 += rounded;
    state.ema_e6 = charge(ema_e12(state.dollar_delta_e6, u.spot_e8, u.ema_e8, p.ema_free_e6)).0;
    let over = (u.oi_share_e6 - p.oi_free_e6).max(0);
    state.oi_rate_e6 = (over * p.oi_scale_e6 + ONE_E6 - 1) / ONE_E6;
}

/// Prices the open-interest add-on, once the scan is known.
pub(crate) fn price_open_interest(state: &mut UnderlyingState) {
    let rounded;
    (state.open_interest_e6, rounded) = charge(wide(state.scan_e6, state.oi_rate_e6));
    state.rounded_scaled_e12 += rounded;
}

/// The product of two words, which always fits: without the check that costs four times the product.
#[inline]
fn wide(a: i64, b: i64) -> i128 {
    i128::from(a).wrapping_mul(i128::from(b))
}

/// som·F·shorts.
fn short_minimum(shorts_e6: i64, forward_n: i64, price_shift: i32, short_min_e6: i64) -> i128 {
    let product = wide(shorts_e6, forward_n); // 1e-14 quote·2^shift, below 2^104
    let money = if price_shift >= 0 { product >> (price_shift + 6) } else { (product << -price_shift) >> 6 };
    // 1e-14/2^6·som at 1e-6 to 1e-12: over 10^8/2^6. The notional bound keeps the money below 2^77, som is below 2^18.
    div_ceil(money.wrapping_mul(i128::from(short_min_e6)), 1_562_500) + 1
}

/// β·(0.5 + 2T)·|Δ$|; T in years.
fn basis_e12(delta_e6: i64, basis_e6: i64, secs: i64) -> i128 {
    if delta_e6 == 0 {
        return 0;
    }
    // Δ$ < 2^60, β < 2^18 and the year with 4T below 2^30.
    let charged = wide(delta_e6, basis_e6);
    div_ceil(charged.wrapping_mul(i128::from(YEAR_SECS + 4 * secs)), 2 * YEAR_SECS)
}

/// impact·Δ$²/depth$.
fn impact_e12(delta_e6: i64, impact_e6: i64, depth_e6: i64) -> i128 {
    if delta_e6 == 0 {
        return 0;
    }
    // Δ$ < 2^60 and impact ≤ 2^20. Δ$²·impact would not fit: the quotient and the remainder of Δ$·impact over depth do.
    let (charged, depth) = (wide(delta_e6, impact_e6), depth_e6.max(1));
    let (whole, rest) = match i64::try_from(charged) {
        Ok(small) => (i128::from(small / depth), small % depth),
        Err(_) => (charged / i128::from(depth), (charged % i128::from(depth)) as i64),
    };
    whole.wrapping_mul(i128::from(delta_e6)) + div_ceil(wide(rest, delta_e6), depth)
}

/// (z·conf/S)·|Δ$|.
fn oracle_e12((conf_e8, spot_e8): (i64, i64), delta_e6: i64, conf_z_e6: i64) -> i128 {
    if delta_e6 == 0 {
        return 0;
    }
    // conf·z < 2^75, Δ$ < 2^60: where the product would not fit, the quotient is rounded up first.
    let charged = wide(conf_e8, conf_z_e6);
    match i64::try_from(charged) {
        Ok(small) => div_ceil(wide(small, delta_e6), spot_e8),
        Err(_) => div_ceil(charged, spot_e8).saturating_mul(i128::from(delta_e6)),
    }
}

/// (|S/ema − 1| − free)⁺·(sign(S − ema)·Δ$)⁺: charges who gains from the gap.
fn ema_e12(delta_e6: i64, spot_e8: u64, ema_e8: u64, free_e6: i64) -> i128 {
    let gains = if spot_e8 > ema_e8 { delta_e6 } else { delta_e6.saturating_neg() };
    let gap_e8 = spot_e8.abs_diff(ema_e8) as i64;
    // Within the free gap, seen without a division: |S − ema|·10^6 ≤ free·ema.
    if gains <= 0 || wide(gap_e8, ONE_E6) <= wide(free_e6, ema_e8 as i64) {
        return 0;
    }
    // At most 2^50·10^12 = 2^90 over an EMA of one, clamped to a gap of 2^62.
    let gap_e12 = wide(gap_e8, 1_000_000_000_000) / i128::from(ema_e8.max(1));
    let over_e12 = (gap_e12 - wide(free_e6, ONE_E6)).clamp(0, 1 << 62) as i64;
    div_ceil(wide(gains, over_e12), ONE_E6)
}

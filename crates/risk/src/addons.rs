//! Add-ons beside the scan (risk.md §5). None offsets another; all are rounded up, and what the rounding added is kept
//! so that the requirement, their sum, is rounded up only once.

use crate::block::Block;
use crate::bounds::{MONEY_MAX_E6, ONE_E6, YEAR_SECS};
use crate::lane::Lane;
use crate::prepared::Shared;
use crate::scratch::{ExpiryReport, UnderlyingState};
use crate::surface::SETTLED;
use crate::underlying::{Expiries, ExpiryBlock};

/// An amount of 1e-12 quote in whole units of 1e-6 and the rest. At most 2^63 − 2 units.
fn millions(exact_e12: u128) -> (u64, u64) {
    const MILLION: u64 = 1_000_000;
    // Plain divisions: a 128-bit one costs a hundred times as much.
    let (whole, rest) = if exact_e12 < 1 << 64 {
        let exact = exact_e12 as u64;
        (exact / MILLION, exact % MILLION)
    } else {
        // In two steps of 32 bits, of at most 2^31 millions of 2^32: a book's charges are far below.
        let high = (exact_e12 >> 32).min(u128::from(MILLION << 31)) as u64;
        let low = (high % MILLION) << 32 | (exact_e12 as u64 & 0xffff_ffff);
        (((high / MILLION) << 32).saturating_add(low / MILLION), low % MILLION)
    };
    (whole.min(i64::MAX as u64 - 1), rest)
}

/// An exact amount of 1e-12 quote as money rounded up, and what was added.
pub(crate) fn round_up(exact_e12: u128) -> (i64, i64) {
    let (whole, rest) = millions(exact_e12);
    if rest == 0 {
        (whole as i64, 0)
    } else {
        (whole.wrapping_add(1) as i64, (1_000_000 - rest) as i64)
    }
}

/// Money (not negative) at 1e-12 quote.
pub(crate) fn e12(money_e6: i64) -> u128 {
    wide(money_e6.max(0) as u64, 1_000_000)
}

/// A share (at most 1e6 millionths) of an amount of 1e-12 quote: (rounded down, rounded up).
pub(crate) fn share_e12(exact_e12: u128, ratio_e6: i64) -> (u128, u128) {
    let ((whole, rest), ratio) = (millions(exact_e12), ratio_e6.max(0) as u64);
    let (whole, part) = (wide(whole, ratio), rest.wrapping_mul(ratio));
    (whole + u128::from(part / 1_000_000), whole + u128::from(part.div_ceil(1_000_000)))
}

/// As [`round_up`], at most the largest book: sums over add-ons and underlyings then fit, however thin a market's depth
/// or wide its confidence.
pub(crate) fn charge(exact_e12: u128) -> (i64, i64) {
    let (money, rounded) = round_up(exact_e12);
    (money.min(MONEY_MAX_E6), rounded)
}

/// A share of a dollar delta at 1e-6·2^-20, rounded up: what the market alone decides, divided out once. Charges by one
/// rate are then exactly proportional, and what is charged on a sum is at most what is charged on its parts.
pub(crate) struct Rate(u64);

impl Rate {
    /// β·(0.5 + 2T) for `secs` = T: below 2^18·9·2^20.
    pub(crate) fn basis(basis_e6: i64, secs: i64) -> Self {
        // β < 2^18 and the year with 4T below 2^30: 2^15 fits 63 bits. The last 5 bits round up by less than 2^-15.
        let doubled = (basis_e6 as u64).wrapping_mul((YEAR_SECS + (secs << 2)) as u64) << 15;
        Self(doubled.div_ceil(2 * YEAR_SECS as u64) << 5)
    }

    /// z·conf/S, at most 2^62: what is more is beyond every book.
    pub(crate) fn oracle(conf_e8: u64, spot_e8: u64, conf_z_e6: i64) -> Self {
        // conf/S at 2^-36 in three steps of 12 bits: conf ≤ 2^52, a remainder is below S ≤ 2^50. Of 2^27 or more, which
        // saturates below for any z, no bit is needed, and none may be shifted out.
        let mut ratio = (conf_e8 / spot_e8).min(1 << 27);
        let mut rest = conf_e8 % spot_e8;
        for _ in 0..3 {
            rest <<= 12;
            ratio = (ratio << 12) + rest / spot_e8;
            rest %= spot_e8;
        }
        // z ≤ 2^23: below 2^87.
        let rate = wide(ratio + 1, conf_z_e6 as u64);
        Self(((rate >> 16) + 1).min(1 << 62) as u64)
    }

    /// The charge on `delta_e6` (below 2^60), 1e-12 quote rounded up.
    pub(crate) fn of(&self, delta_e6: u64) -> u128 {
        if delta_e6 < 1 << 43 && self.0 < 1 << 40 {
            // In two products of 63 bits.
            let (high, low) = (self.0 >> 20, self.0 & 0xf_ffff);
            let part = (delta_e6.wrapping_mul(low) + ((1 << 20) - 1)) >> 20;
            return u128::from(delta_e6.wrapping_mul(high) + part);
        }
        (wide(delta_e6, self.0) + ((1 << 20) - 1)) >> 20
    }
}

#[cfg(feature = "tick")]
impl Rate {
    /// As [`Rate::of`] by one product of 128 bits, which costs a server less.
    #[inline(always)]
    pub(crate) fn of_wide(&self, delta_e6: u64) -> u128 {
        // Below 2^60 times 2^62.
        u128::from(delta_e6).wrapping_mul(u128::from(self.0)).wrapping_add((1 << 20) - 1) >> 20
    }
}

/// `x/d` rounded up for d > 0, by the plain division where it serves.
fn div_ceil(x: u128, d: u64) -> u128 {
    match u64::try_from(x) {
        Ok(small) => u128::from(small.div_ceil(d)),
        Err(_) => x.div_ceil(u128::from(d)),
    }
}

/// Prices every add-on of an underlying but the open-interest one, which needs the scan.
#[inline(never)]
pub(crate) fn price(
    (expiries, reports): (&Expiries, &[ExpiryReport]),
    (shared, block): (&Shared, &Block),
    sums: &[ExpiryBlock],
    state: &mut UnderlyingState,
) {
    let (u, p) = (shared.underlying, shared.underlying.params);
    let (mut gross_qty, mut short_min, mut basis) = (0u64, 0u128, 0u128);
    for (index, (sum, report)) in sums.iter().zip(reports).enumerate() {
        let e = expiries.get(index);
        gross_qty = gross_qty.wrapping_add(sum.grain.gross_e6);
        if e.kind == SETTLED {
            continue;
        }
        let shorts = (-sum.calls_e6).max(-sum.puts_e6);
        if shorts > Lane::ZERO {
            short_min += short_minimum(shorts.0, e.forward_n.0, block.price_shift, p.short_min_e6);
        }
        let rate = Rate::basis(p.basis_e6, e.secs_left);
        basis += rate.of(report.dollar_delta_e6.unsigned_abs());
    }
    let rounded;
    (state.short_min_e6, rounded) = charge(short_min);
    (state.basis_e6, state.rounded_whole_e12) = charge(basis);
    state.rounded_whole_e12 += rounded;

    state.gross_e6 = gross_notional_e6(gross_qty, u.spot_e8);
    let delta = state.dollar_delta_e6.unsigned_abs();
    let impact = impact_e12(delta, p.impact_e6 as u64, p.depth_e6 as u64);
    state.impact_e6 = charge(impact).0;
    let spread = (wide(delta, p.spread_e6 as u64) + 1) >> 1;
    let vega = wide(state.dollar_vega_e6.unsigned_abs(), p.vol_spread_e6 as u64);
    let rounded;
    (state.liquidity_e6, rounded) = charge(spread + impact + vega);
    let conf_e8 = u.conf_e8 << if u.price_stale { 2 } else { 0 };
    let oracle = Rate::oracle(conf_e8, u.spot_e8, shared.exchange.conf_z_e6).of(delta);
    (state.oracle_e6, state.rounded_scaled_e12) = charge(oracle);
    state.rounded_scaled_e12 += rounded;
    state.ema_e6 = charge(ema_e12(state.dollar_delta_e6, u.spot_e8, u.ema_e8, p.ema_free_e6)).0;
    let over = (u.oi_share_e6 - p.oi_free_e6).max(0);
    // Both below 2^23.
    state.oi_rate_e6 = (over.wrapping_mul(p.oi_scale_e6) as u64).div_ceil(ONE_E6 as u64) as i64;
    if over > 0 {
        state.oi_free_rate_e6 = (p.oi_free_e6.wrapping_mul(p.oi_scale_e6) as u64 / ONE_E6 as u64) as i64;
    }
}

/// Prices the open-interest add-on, once the scan is known.
pub(crate) fn price_open_interest(state: &mut UnderlyingState) {
    let rounded;
    (state.open_interest_e6, rounded) =
        charge(wide(state.scan_e6.unsigned_abs(), state.oi_rate_e6.unsigned_abs()));
    state.rounded_scaled_e12 += rounded;
}

/// The product of two words, which always fits; by the plain product where it serves, a ninth of the cost.
#[inline(always)]
pub(crate) fn wide(a: u64, b: u64) -> u128 {
    if (a | b) < 1 << 32 || (a < 1 << 44 && b < 1 << 20) {
        u128::from(a.wrapping_mul(b))
    } else {
        u128::from(a).wrapping_mul(u128::from(b))
    }
}

/// Σ |quantity|·spot, 1e-6 quote rounded up. Quantities are below 2^57 and spots below 2^51.
pub(crate) fn gross_notional_e6(gross_e6: u64, spot_e8: u64) -> i64 {
    const HUNDRED_MILLION: u64 = 100_000_000;
    let (whole, part) = (spot_e8 / HUNDRED_MILLION, spot_e8 % HUNDRED_MILLION); // below 2^24 and 2^27
    let (quotient, rest) = (gross_e6 / HUNDRED_MILLION, gross_e6 % HUNDRED_MILLION);
    let parts = quotient.wrapping_mul(part).wrapping_add(rest.wrapping_mul(part).div_ceil(HUNDRED_MILLION));
    let product =
        if gross_e6 < 1 << 40 { gross_e6.wrapping_mul(whole) } else { gross_e6.saturating_mul(whole) };
    product.saturating_add(parts).min(i64::MAX as u64) as i64
}

/// som·F·shorts, 1e-12 quote rounded up. `forward_n` is F at 1e-8·2^`price_shift`.
fn short_minimum(shorts_e6: i64, forward_n: i64, price_shift: i32, short_min_e6: i64) -> u128 {
    // 1e-6 unit · 1e-8 quote · 1e-6 over 10^8 = 2^8·5^8. F < 2^48 and som < 2^18: som·F/8 fits 63 bits.
    let rate = ((forward_n as u64 >> 3) + 1).wrapping_mul(short_min_e6 as u64).div_ceil(390_625);
    // A price shift is −6 at least, at a spot of 2^50: one bit more, so that the shift is never to the left.
    (wide(shorts_e6 as u64, rate << 1) >> (6 + price_shift)) + 1
}

/// rest·delta/depth rounded up, for rest < depth < 2^47 and delta < 2^48: by three digits of 16 bits, each of a quotient
/// below 2^17, a numerator below 2^64.
fn share_ceil(rest: u64, delta: u64, depth: u64) -> u64 {
    let (mut quotient, mut left) = (0u64, 0u64);
    for digit in [delta >> 32, delta >> 16 & 0xffff, delta & 0xffff] {
        let sum = (left << 16).wrapping_add(rest.wrapping_mul(digit));
        quotient = (quotient << 16).wrapping_add(sum / depth);
        left = sum % depth;
    }
    quotient.wrapping_add(u64::from(left > 0))
}

/// impact·Δ$²/depth$, 1e-12 quote rounded up.
pub(crate) fn impact_e12(delta_e6: u64, impact_e6: u64, depth_e6: u64) -> u128 {
    if delta_e6 == 0 {
        return 0;
    }
    // Δ$ < 2^60 and impact ≤ 2^20. Δ$²·impact would not fit: the quotient and the remainder of Δ$·impact over depth do.
    let (charged, depth) = (wide(delta_e6, impact_e6), depth_e6.max(1));
    let (whole, rest) = match u64::try_from(charged) {
        Ok(small) => (u128::from(small / depth), small % depth),
        Err(_) => (charged / u128::from(depth), (charged % u128::from(depth)) as u64),
    };
    let part = if depth < 1 << 47 && delta_e6 < 1 << 48 {
        u128::from(share_ceil(rest, delta_e6, depth))
    } else {
        div_ceil(wide(rest, delta_e6), depth)
    };
    match u64::try_from(whole) {
        Ok(whole) => wide(delta_e6, whole) + part,
        Err(_) => whole.wrapping_mul(u128::from(delta_e6)) + part,
    }
}

/// (|S/ema − 1| − free)⁺·(sign(S − ema)·Δ$)⁺, 1e-12 quote rounded up: charges who gains from the gap. The gap itself is
/// in whole 1e-12, rounded down.
fn ema_e12(delta_e6: i64, spot_e8: u64, ema_e8: u64, free_e6: i64) -> u128 {
    let gains = if spot_e8 > ema_e8 { delta_e6 } else { delta_e6.saturating_neg() };
    let gap_e8 = spot_e8.abs_diff(ema_e8);
    // Within the free gap, seen without a division: |S − ema|·10^6 ≤ free·ema, 2^70 at most.
    let millionths = wide(gap_e8, ONE_E6 as u64);
    if gains <= 0 || millionths <= wide(free_e6 as u64, ema_e8) {
        return 0;
    }
    // At most 2^70·10^6 = 2^90 over an EMA of one, clamped to a gap of 2^62.
    let gap_e12 = millionths.wrapping_mul(ONE_E6 as u128) / u128::from(ema_e8.max(1));
    let over_e12 =
        gap_e12.saturating_sub(u128::from((free_e6 as u64).wrapping_mul(ONE_E6 as u64))).min(1 << 62) as u64;
    div_ceil(wide(gains as u64, over_e12), ONE_E6 as u64)
}

#[cfg(test)]
mod tests;

//! Forwards, discounts, the volatility smile and its shocks (risk.md §1 and §3), as numbers that the kernel multiplies.

use crate::block::{discounted, price_scale};
use crate::bounds::{self, DAY_SECS, ONE_E6};
use crate::error::RiskError;
use crate::factor::{root_years, Factor, ROOT_DAY};
use crate::fixed::{exp_q40, ln_q40};
use crate::input::{ExpiryInput, MarketParams, UnderlyingInput};
use crate::kernel::{V_MAX_Q40, V_MIN_Q40};
use crate::lane::Lane;
use crate::prepared::Shared;
use bytemuck::{Pod, Zeroable};

/// One at 2^-40.
pub(crate) const ONE_Q40: i64 = 1 << 40;

/// `rate_e6`·`secs` in years at 2^-40, |rate·secs| < 2^48.
pub(crate) fn rate_times_years_q40(rate_e6: i64, secs: i64) -> i64 {
    // 2^80/(10^6·31,536,000).
    const PER_UNIT_Q80: i64 = 38_334_786_264;
    let x = Lane(rate_e6) * Lane(secs);
    let (high, low) = (x >> 20, Lane(x.0 & 0xf_ffff));
    (((high * Lane(PER_UNIT_Q80)) >> 20) + ((low * Lane(PER_UNIT_Q80)) >> 40)).0
}

/// What turns a volatility at 2^-29 into v = σ√T at 2^-40 in one volatility case: a product, a shift, a least value.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Stretch {
    mantissa: Lane,
    right: Lane,
    least_q40: Lane,
}

impl Stretch {
    /// A stretch by `factor`, of volatilities below 8. The least v is that of `sigma_min_q29` under `root` alone.
    fn new(factor: Factor, root: Factor, sigma_min_q29: Lane) -> Self {
        Self { least_q40: Self::of(root).deviation_q40(sigma_min_q29), ..Self::of(factor) }
    }

    fn of(factor: Factor) -> Self {
        Self { mantissa: Lane(factor.mantissa), right: right_shift(factor.shift - 11), least_q40: V_MIN_Q40 }
    }

    /// v at 2^-40 of a volatility, kept to [2^-16, 12].
    #[inline(always)]
    pub(crate) fn deviation_q40(&self, sigma_q29: Lane) -> Lane {
        let v = (sigma_q29 * self.mantissa) >> self.right.0 as u32;
        v.max(self.least_q40).min(V_MAX_Q40)
    }
}

/// A right shift kept to what a word has.
fn right_shift(by: i64) -> Lane {
    Lane(by.clamp(0, 63))
}

/// What an expiry is to the engine.
pub(crate) const LIVE: u8 = 0;
/// Expired, not settled, or with nothing left that moves: payoffs of F' and K'.
pub(crate) const INTRINSIC: u8 = 1;
/// Settled at a recorded price.
pub(crate) const SETTLED: u8 = 2;

/// One expiry, ready for any book's lines. Prices `_n` are 1e-8 quote shifted by the expiry's price shift.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct PreparedExpiry {
    pub(crate) ln_forward_q40: Lane,
    pub(crate) ln_moving_q40: Lane,
    /// F_e.
    pub(crate) forward_n: Lane,
    /// F', what still moves of the settlement price.
    pub(crate) moving_n: Lane,
    /// D·F'.
    pub(crate) discounted_moving_n: Lane,
    /// w·A, what is already averaged.
    pub(crate) averaged_n: Lane,
    pub(crate) discount_q32: Lane,
    pub(crate) settled_e8: u64,
    pub(crate) root: Factor,
    /// v = σ√T of each volatility case.
    pub(crate) same: Stretch,
    pub(crate) up: Stretch,
    pub(crate) down: Stretch,
    /// V·a, and the right shift of its product with a smile at 2^-30 that leaves 2^-29.
    pub(crate) atm_mantissa: Lane,
    pub(crate) atm_right: Lane,
    /// 1/(V·a·√max(T, 1/365)), and the right shift of its product with a logarithm at 2^-28 that leaves 2^-24.
    pub(crate) per_log_mantissa: Lane,
    pub(crate) per_log_right: Lane,
    pub(crate) skew_q30: Lane,
    pub(crate) curvature_q30: Lane,
    /// Weight g of its own strikes, 2^-30.
    pub(crate) near_q30: Lane,
    pub(crate) secs_left: i64,
    /// What the average was made of, for [`PreparedExpiry::rescale`].
    average_e8: u64,
    averaged_secs: i64,
    /// Left shift of its prices (right if below zero).
    pub(crate) price_shift: i32,
    pub(crate) kind: u8,
    pub(crate) _pad: [u8; 3],
}

/// The market's volatilities in the scales of expiries and lines: divisions done once, not once a line.
#[derive(Debug, Clone, Copy, Zeroable)]
pub(crate) struct SmileBounds {
    smile_min_q30: Lane,
    smile_max_q30: Lane,
    sigma_min_q29: Lane,
    sigma_max_q29: Lane,
    /// Least shocked-up volatility.
    up_min_q29: Lane,
    /// V*/V at 2^-30.
    margin_over_mark_q30: Lane,
}

impl SmileBounds {
    pub(crate) fn new(u: &UnderlyingInput) -> Self {
        let p = u.params;
        let up_min_q29 = Lane(ratio_q30(p.vol_up_min_e6) >> 1);
        Self {
            smile_min_q30: Lane(ratio_q30(p.smile_min_e6)),
            smile_max_q30: Lane(ratio_q30(p.smile_max_e6)),
            sigma_min_q29: Lane(ratio_q30(p.sigma_min_e6) >> 1),
            sigma_max_q29: Lane(ratio_q30(p.sigma_max_e6) >> 1),
            up_min_q29: if u.vol_stale { five_quarters(up_min_q29) } else { up_min_q29 },
            margin_over_mark_q30: Lane(
                ((u.vol_margin_e6 as u64) << 30).wrapping_div(u.vol_e6.max(1) as u64) as i64
            ),
        }
    }
}

/// A quarter more, as up-shocks are while the volatility feed is stale; `x` of at most 2^60.
fn five_quarters(x: Lane) -> Lane {
    x + (x >> 2)
}

/// `x`·2^`shift`, rounded to the nearest where bits are lost.
#[inline]
pub(crate) fn shift_price(x: u64, shift: i32) -> Lane {
    let by = shift.unsigned_abs();
    if shift >= 0 {
        Lane(x as i64) << by
    } else {
        (Lane(x as i64) + (Lane(1) << (by - 1))) >> by
    }
}

/// PR: `clamp(κ·V*·√(MPOR/365 d), min, max)` at 2^-40.
pub(crate) fn price_range_q40(u: &UnderlyingInput) -> i64 {
    let p = u.params;
    let sigma = Factor::new((p.kappa_e6 as u64).wrapping_mul(u.vol_margin_e6 as u64), 0).times(trillionth());
    let range = sigma.times(root_years(p.mpor_secs)).q40();
    range.clamp(ratio_q40(p.range_min_e6), ratio_q40(p.range_max_e6))
}

/// 1e-12 as a factor.
fn trillionth() -> Factor {
    // 2^70/10^12.
    Factor::new(1_180_591_621, 70)
}

/// A ratio of 1e-6 at 2^-40, from 0 to 8.
pub(crate) fn ratio_q40(ratio_e6: i64) -> i64 {
    ((ratio_e6 as u64) << 40).wrapping_div(ONE_E6 as u64) as i64
}

/// A ratio of 1e-6, not below zero, at 2^-30. Without a sign a division costs half.
pub(crate) fn ratio_q30(ratio_e6: i64) -> i64 {
    ((ratio_e6 as u64) << 30).wrapping_div(ONE_E6 as u64) as i64
}

/// (30/max(d, 1))^p at 2^-40 with p by the side of 30 days, d = T/1 day.
fn shock_power_q40(p: &MarketParams, secs: i64) -> i64 {
    // ln(30 · 86,400) at 2^-40.
    const LN_30_DAYS_Q40: i64 = 16_237_522_118_234;
    let power = if secs < 30 * DAY_SECS { p.vol_power_short_e6 } else { p.vol_power_long_e6 };
    let ln = LN_30_DAYS_Q40 - ln_q40(secs.max(DAY_SECS) as u64);
    exp_q40((Lane(ln) * Lane(power)).0 / ONE_E6)
}

/// Raised and lowered volatility over unchanged volatility at 2^-30 (risk.md §3): the raised one below 2^55.
fn shocks_q30(s: &Shared, secs: i64) -> (Lane, Lane) {
    let p = s.underlying.params;
    // (30)^p at most: below 2^35.
    let power = Lane(shock_power_q40(p, secs) >> 10);
    let millionths = |ratio_e6: i64| Lane(((power * Lane(ratio_e6)).0 as u64 / ONE_E6 as u64) as i64);
    let up = (millionths(p.vol_up_e6) + Lane(1 << 30)).max(s.market.bounds.margin_over_mark_q30);
    let up = if s.underlying.vol_stale { five_quarters(up) } else { up };
    (up, (Lane(1 << 30) - millionths(p.vol_down_e6)).max(Lane::ZERO))
}

/// Weight g of an expiry's own strikes at 2^-30 (risk.md §3).
fn near_weight_q30(p: &MarketParams, atm_v_q40: i64, range_q40: i64, secs: i64) -> i64 {
    const THREE_AND_A_FIFTH_Q30: i64 = (16 << 30) / 5;
    let one = 1i64 << 30;
    // 2 − T/MPOR.
    let by_time = if secs < p.mpor_secs << 1 { (one << 1) - (secs << 30) / p.mpor_secs.max(1) } else { 0 };
    // 3.2 − 12·V·a·√T/PR; the quotient is capped where the weight is 0 anyway.
    let widths =
        ((atm_v_q40.min(range_q40) as u64).wrapping_mul(12) << 20) / ((range_q40 as u64) >> 10).max(1);
    let by_width = THREE_AND_A_FIFTH_Q30 - widths as i64;
    by_time.clamp(0, one).max(by_width.clamp(0, one))
}

impl PreparedExpiry {
    /// Prepares an expiry at the scale that spot and average ask for. Field by field: the virtual machine pays for every
    /// copy. What time alone decides, its root and the discount, is taken from one of `beside` with the same time left:
    /// markets share their dates.
    ///
    /// # Errors
    /// [`RiskError`] naming the field out of bounds; it is of no use then.
    #[inline(never)]
    pub(crate) fn prepare(&mut self, s: &Shared, e: &ExpiryInput, beside: &[Self]) -> Result<(), RiskError> {
        validate(s, e)?;
        let market = s.market;
        let secs = e.secs_left.max(0);
        let growth_q40 = rate_times_years_q40(e.basis_e6, secs);
        if !(-(2 << 40)..=2 << 40).contains(&growth_q40) {
            return Err(RiskError::Parameter("expiry.basis_e6"));
        }
        self.ln_forward_q40 = Lane(market.ln_spot_q40) + Lane(growth_q40);
        self.ln_moving_q40 = self.ln_forward_q40 + ln_left_q40(e.averaged_secs, s.exchange.window_secs);
        let (root, discount_q32) = match beside.iter().find(|other| other.secs_left == secs) {
            Some(other) => (other.root, other.discount_q32),
            None => {
                let shrunk_q40 = exp_q40(-rate_times_years_q40(s.exchange.rate_e6, secs));
                (root_years(secs), Lane((shrunk_q40 + 128) >> 8))
            }
        };
        self.discount_q32 = discount_q32;
        (self.settled_e8, self.secs_left) = (e.settled_e8, secs);
        self.kind = if e.settled_e8 > 0 { SETTLED } else { LIVE };
        self.volatilities(s, (e, root));
        self.averaged_secs = e.averaged_secs;
        self.average_e8 = if e.averaged_secs > 0 { e.average_e8 } else { 0 };
        self.rescale(s, market.price_shift.min(price_scale(self.average_e8)));
        Ok(())
    }

    /// Sets what turns strikes into volatilities and these into deviations.
    fn volatilities(&mut self, s: &Shared, (e, root): (&ExpiryInput, Factor)) {
        let (u, market, secs) = (s.underlying, s.market, self.secs_left);
        self.root = root;
        let atm = Factor::new((u.vol_e6 as u64).wrapping_mul(e.atm_e6 as u64), 0).times(trillionth());
        (self.atm_mantissa, self.atm_right) = (Lane(atm.mantissa), right_shift(atm.shift + 1));
        let per_log = atm.times(if secs >= DAY_SECS { root } else { ROOT_DAY }).reciprocal();
        self.per_log_mantissa = Lane(per_log.mantissa);
        self.per_log_right = right_shift(per_log.shift + 4);
        self.skew_q30 = Lane((e.skew_e6 << 30) / ONE_E6);
        self.curvature_q30 = Lane(ratio_q30(e.curvature_e6));
        let (up, down) = shocks_q30(s, secs);
        let stretched = |shock: Lane| root.times(Factor::new(shock.0 as u64, 30));
        self.same = Stretch::of(root);
        self.up = Stretch::new(stretched(up), root, market.bounds.up_min_q29);
        self.down = Stretch::new(stretched(down), root, market.bounds.sigma_min_q29);
        let near = || near_weight_q30(u.params, atm.times(root).q40(), market.range_q40, secs);
        self.near_q30 = if self.kind == SETTLED { Lane::ZERO } else { Lane(near()) };
    }

    /// Puts its prices at another scale: what it would have been at that scale from the start.
    pub(crate) fn rescale(&mut self, s: &Shared, shift: i32) {
        let growth_q40 = exp_q40((self.ln_forward_q40 - Lane(s.market.ln_spot_q40)).0);
        let spot_n = shift_price(s.underlying.spot_e8, shift);
        self.forward_n = grown(spot_n, Lane(growth_q40));
        (self.moving_n, self.averaged_n) = if self.averaged_secs == 0 {
            (self.forward_n, Lane::ZERO)
        } else {
            let (done, window) = (self.averaged_secs, s.exchange.window_secs);
            let share =
                |n: Lane, secs| Lane((i128::from(n.0) * i128::from(secs) / i128::from(window)) as i64);
            (share(self.forward_n, window - done), share(shift_price(self.average_e8, shift), done))
        };
        self.discounted_moving_n = discounted(self.moving_n, self.discount_q32);
        self.price_shift = shift;
        if self.kind != SETTLED {
            let moves = self.secs_left > 0 && self.moving_n != Lane::ZERO;
            self.kind = if moves { LIVE } else { INTRINSIC };
        }
    }

    /// Whether settling at a strike the book holds is a scenario: near, and something of the price still moves.
    pub(crate) fn has_own_strikes(&self) -> bool {
        self.near_q30 > Lane::ZERO && self.moving_n > Lane::ZERO
    }

    /// Volatility σ of a strike at 2^-29 (sticky strike: scenarios keep it while the spot moves).
    #[inline]
    pub(crate) fn sigma_q29(&self, bounds: &SmileBounds, ln_strike_q40: i64) -> Lane {
        let ln = (Lane(ln_strike_q40) - self.ln_forward_q40).clamp(Lane(-(15 << 40)), Lane(15 << 40));
        // 32 bits by 31. Skew and curvature are so small that 2^-29 of the logarithm is at most 1e-10 of a value.
        let x = (((ln + Lane(1 << 11)) >> 12) * self.per_log_mantissa) >> self.per_log_right.0 as u32;
        // 2^-24.
        let bend = if x < Lane(1 << 31) && x > Lane(-(1 << 31)) {
            // |x·b| < 2^57 and x²·c < 2^62 by the bounds of skew and curvature.
            x * self.skew_q30 + ((x * x) >> 24) * self.curvature_q30
        } else {
            let x = x.clamp(Lane(-(1 << 36)), Lane(1 << 36));
            // x·(b + c·x); where the slope is a sixteenth or more, the bend is eight or more: beyond any bound of the smile.
            let slope = self.skew_q30 + ((x * self.curvature_q30) >> 24);
            x * slope.clamp(Lane(-(1 << 26)), Lane(1 << 26))
        };
        let shape = (Lane(1 << 30) + (bend >> 24)).clamp(bounds.smile_min_q30, bounds.smile_max_q30);
        let sigma = (self.atm_mantissa * shape) >> self.atm_right.0 as u32; // 2^-29
        sigma.clamp(bounds.sigma_min_q29, bounds.sigma_max_q29)
    }
}

/// A normalised price (at most 2^48) times a growth at 2^-40 (at most e²), at most 18 units below the product: for a spot
/// of 45 bits, beside strikes of its own size, no more than the growth's own error. Without growth exact.
fn grown(price_n: Lane, growth_q40: Lane) -> Lane {
    let (high, low) = (price_n >> 24, Lane(price_n.0 & 0xff_ffff));
    let (whole, part) = (growth_q40 >> 20, Lane(growth_q40.0 & 0xf_ffff));
    ((high * whole) << 4) + ((high * part) >> 16) + ((low * whole) >> 20)
}

/// ln(1 − w) at 2^-40 with `done` of `window` seconds averaged; 0 with all of them.
fn ln_left_q40(done: i64, window: i64) -> Lane {
    if done == 0 || done == window {
        return Lane::ZERO;
    }
    Lane(ln_q40((window - done) as u64) - ln_q40(window as u64))
}

fn validate(s: &Shared, e: &ExpiryInput) -> Result<(), RiskError> {
    let within = |x: i64, low: i64, high: i64| (low..=high).contains(&x);
    if e.secs_left > bounds::EXPIRY_SECS_MAX || (e.settled_e8 > 0 && e.secs_left > 0) {
        return Err(RiskError::Time);
    }
    if !within(e.atm_e6, bounds::ATM_MIN_E6, bounds::ATM_MAX_E6) {
        return Err(RiskError::Parameter("expiry.atm_e6"));
    }
    if !within(e.skew_e6, -bounds::SKEW_MAX_E6, bounds::SKEW_MAX_E6) {
        return Err(RiskError::Parameter("expiry.skew_e6"));
    }
    if !within(e.curvature_e6, 0, bounds::CURVATURE_MAX_E6) {
        return Err(RiskError::Parameter("expiry.curvature_e6"));
    }
    if !within(e.basis_e6, -bounds::RATE_MAX_E6, bounds::RATE_MAX_E6) {
        return Err(RiskError::Parameter("expiry.basis_e6"));
    }
    if !within(e.averaged_secs, 0, s.exchange.window_secs) {
        return Err(RiskError::Parameter("expiry.averaged_secs"));
    }
    if e.averaged_secs > 0 && !(1..=bounds::PRICE_MAX_E8).contains(&e.average_e8) {
        return Err(RiskError::Price("expiry.average_e8"));
    }
    if e.settled_e8 > bounds::PRICE_MAX_E8 {
        return Err(RiskError::Price("expiry.settled_e8"));
    }
    Ok(())
}

#[cfg(test)]
mod tests;

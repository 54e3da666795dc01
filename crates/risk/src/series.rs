//! One option series by itself: volatility, values and Greeks per unit, for previews and reports.

use crate::block::price_scale;
use crate::bounds::PRICE_MAX_E8;
use crate::error::RiskError;
use crate::fixed::ln_q40;
use crate::input::{ExchangeInput, ExpiryInput, Strike, UnderlyingInput};
use crate::kernel::base;
use crate::lane::Lane;
use crate::normal::PROBABILITY_BITS;
use crate::prepared::{PreparedMarket, Shared};
use crate::surface::{shift_price, PreparedExpiry, SmileBounds, LIVE, SETTLED};
use bytemuck::Zeroable;

/// Volatility, values and Greeks of one unit of a call and of a put. Prices at 1e-14 quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SeriesQuote {
    /// σ of the series at 2^-29; 0 once settled.
    pub sigma_q29: i64,
    /// Value of a call, 1e-14 quote.
    pub call_e14: i128,
    /// Value of a put, 1e-14 quote.
    pub put_e14: i128,
    /// dV/dF'·F'/F_e of a call at 2^-28 (a put's is this less D·F'/F_e).
    pub call_delta_q28: i64,
    /// dV/dF'·F'/F_e of a put at 2^-28.
    pub put_delta_q28: i64,
    /// Value per 1.00 of volatility, 1e-14 quote.
    pub vega_e14: i128,
}

/// An expiry's forward, discount and own-strike weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExpiryQuote {
    /// F_e, 1e-14 quote.
    pub forward_e14: i128,
    /// F', what still moves of the settlement price, 1e-14 quote; 0 once settled.
    pub moving_e14: i128,
    /// Discount D at 2^-32.
    pub discount_q32: i64,
    /// Own-strike weight g at 2^-30.
    pub near_q30: i64,
}

/// An expiry made ready to quote its strikes: what a strike needs of it is worked out once.
pub struct ExpirySeries {
    expiry: PreparedExpiry,
    bounds: SmileBounds,
    /// Left shift of prices that the expiry itself asks for, and the one it is at.
    own_shift: i32,
    price_shift: i32,
}

impl ExpirySeries {
    /// The series of an expiry at the scale of `strike_e8` (1e-8 quote): of its own strikes any, if none is far above the
    /// spot.
    ///
    /// # Errors
    /// Whatever of the inputs is out of bounds.
    pub fn new(
        exchange: &ExchangeInput,
        u: &UnderlyingInput,
        expiry: &ExpiryInput,
        strike_e8: u64,
    ) -> Result<Self, RiskError> {
        exchange.validate()?;
        u.params.validate()?;
        if !(1..=PRICE_MAX_E8).contains(&u.spot_e8) {
            return Err(RiskError::Price("spot_e8"));
        }
        if !(1..=PRICE_MAX_E8).contains(&strike_e8) {
            return Err(RiskError::Price("strike.price_e8"));
        }
        if u.vol_e6 < 1 || u.vol_margin_e6 < u.vol_e6 || u.vol_margin_e6 > crate::bounds::VOL_MAX_E6 {
            return Err(RiskError::Volatility);
        }
        let (mut market, mut prepared) = (PreparedMarket::zeroed(), PreparedExpiry::zeroed());
        market.prepare_valid(u);
        let shared = Shared { exchange, underlying: u, market: &market };
        prepared.prepare(&shared, expiry, &[])?;
        Ok(Self::prepared(&shared, &prepared, strike_e8))
    }

    /// As [`Self::new`], of a market prepared from `u` and an expiry prepared from it for this exchange.
    ///
    /// # Errors
    /// [`RiskError::Price`] for a strike out of bounds.
    pub fn of(
        exchange: &ExchangeInput,
        (u, market): (&UnderlyingInput, &PreparedMarket),
        expiry: &PreparedExpiry,
        strike_e8: u64,
    ) -> Result<Self, RiskError> {
        if !(1..=PRICE_MAX_E8).contains(&strike_e8) {
            return Err(RiskError::Price("strike.price_e8"));
        }
        Ok(Self::prepared(&Shared { exchange, underlying: u, market }, expiry, strike_e8))
    }

    fn prepared(shared: &Shared, expiry: &PreparedExpiry, strike_e8: u64) -> Self {
        let (mut expiry, own_shift) = (*expiry, expiry.price_shift);
        let price_shift = own_shift.min(price_scale(strike_e8));
        if price_shift != own_shift {
            expiry.rescale(shared, price_shift);
        }
        Self { expiry, bounds: shared.market.bounds, own_shift, price_shift }
    }

    /// Whether `strike` has the scale that this was made at: its quote is then the same, whichever strike that was.
    #[must_use]
    pub fn covers(&self, strike: &Strike) -> bool {
        self.own_shift.min(price_scale(strike.price_e8)) == self.price_shift
    }

    /// The expiry by itself.
    #[must_use]
    pub fn expiry(&self) -> ExpiryQuote {
        let (e, shift) = (&self.expiry, self.price_shift);
        ExpiryQuote {
            forward_e14: price_e14(e.forward_n.0, shift),
            moving_e14: if e.kind == SETTLED { 0 } else { price_e14(e.moving_n.0, shift) },
            discount_q32: e.discount_q32.0,
            near_q30: e.near_q30.0,
        }
    }

    /// Quotes a strike.
    ///
    /// # Errors
    /// [`RiskError::Price`] for a strike out of bounds or not [covered](Self::covers).
    pub fn quote(&self, strike: Strike) -> Result<SeriesQuote, RiskError> {
        if !(1..=PRICE_MAX_E8).contains(&strike.price_e8) || !self.covers(&strike) || !strike.has_logarithm()
        {
            return Err(RiskError::Price("strike.price_e8"));
        }
        Ok(if self.expiry.kind == SETTLED {
            payoff(strike, self.expiry.settled_e8)
        } else {
            live(&self.expiry, &self.bounds, strike, self.price_shift)
        })
    }
}

/// Quotes an expiry and, where given, a strike of it.
///
/// # Errors
/// Whatever of the inputs is out of bounds.
pub fn quote(
    exchange: &ExchangeInput,
    u: &UnderlyingInput,
    expiry: &ExpiryInput,
    strike: Option<Strike>,
) -> Result<(ExpiryQuote, SeriesQuote), RiskError> {
    let series = ExpirySeries::new(exchange, u, expiry, strike.map_or(1, |s| s.price_e8))?;
    let quote = strike.map_or(Ok(SeriesQuote::default()), |strike| series.quote(strike))?;
    Ok((series.expiry(), quote))
}

fn payoff(strike: Strike, settled_e8: u64) -> SeriesQuote {
    let gain = (i128::from(settled_e8) - i128::from(strike.price_e8)) * 1_000_000;
    SeriesQuote { call_e14: gain.max(0), put_e14: (-gain).max(0), ..SeriesQuote::default() }
}

fn live(e: &PreparedExpiry, bounds: &SmileBounds, strike: Strike, shift: i32) -> SeriesQuote {
    let left = shift_price(strike.price_e8, shift) - e.averaged_n;
    let sigma = e.sigma_q29(bounds, strike.ln_q40);
    let (cdf1, cdf2, pdf1) = if e.kind != LIVE || left <= Lane::ZERO {
        let exercised = Lane(i64::from(e.moving_n > left)) << PROBABILITY_BITS;
        (exercised, exercised, Lane::ZERO)
    } else {
        let ln_strike = if e.averaged_n == Lane::ZERO {
            Lane(strike.ln_q40)
        } else {
            Lane(ln_q40(left.0 as u64)) - Lane(i64::from(shift)) * Lane(LN2_Q40)
        };
        let x = (e.ln_moving_q40 - ln_strike).clamp(Lane(-(14 << 40)), Lane(14 << 40));
        base(x, e.same.deviation_q40(sigma))
    };
    let [cdf1, cdf2, pdf1] = [cdf1, cdf2, pdf1].map(|probability| probability.0);
    let sigma_q29 = sigma.0;
    let (moving, left, d) = (i128::from(e.moving_n.0), i128::from(left.0), i128::from(e.discount_q32.0));
    // Undiscounted at 2^-29 of a normalised price; discounted and scaled at the end.
    let call = moving * i128::from(cdf1) - left * i128::from(cdf2);
    let put = call - ((moving - left) << PROBABILITY_BITS);
    let money = |x: i128| scale_e14(((x >> 9) * d) >> 52, shift);
    let over_forward = |x: i128| ((x * d * moving / i128::from(e.forward_n.0.max(1))) >> 33) as i64;
    let per_root = ((moving * i128::from(pdf1)) >> 4) * i128::from(e.root.mantissa);
    let vega = per_root >> (e.root.shift - 4).clamp(0, 100);
    SeriesQuote {
        sigma_q29,
        call_e14: money(call.max(0)),
        put_e14: money(put.max(0)),
        call_delta_q28: over_forward(i128::from(cdf1)),
        put_delta_q28: over_forward(i128::from(cdf1) - (1 << PROBABILITY_BITS)),
        vega_e14: money(vega),
    }
}

const LN2_Q40: i64 = 762_123_384_786;

fn price_e14(price_n: i64, shift: i32) -> i128 {
    scale_e14(i128::from(price_n), shift)
}

/// A normalised price at 1e-14 quote.
fn scale_e14(price_n: i128, shift: i32) -> i128 {
    let e14 = price_n * 1_000_000;
    if shift >= 0 {
        e14 >> shift.min(126)
    } else {
        e14 << (-shift).min(40)
    }
}

//! What a market, its prices and the time fix of a margin check, before any book is known.
//!
//! A check of one book works it out on the way. Who values many books at one moment, as a keeper does at every tick or a
//! program for the two sides of a trade, works it out once: [`PreparedUnderlying`] is a market with all its expiries,
//! [`PreparedMarket`] and [`PreparedExpiry`] are its parts for whoever has little room. The numbers are the same to the bit
//! either way, because there is one way: the check of one book prepares its underlyings first.

use crate::block::price_scale;
use crate::bounds::{self, EXPIRIES_MAX, ONE_E6, PRICE_MAX_E8};
use crate::error::RiskError;
use crate::fixed::ln_q40;
use crate::input::{ExchangeInput, ExpiryInput, UnderlyingInput};
use crate::moves::Moves;
use crate::surface::{price_range_q40, PreparedExpiry, SmileBounds};
use bytemuck::Zeroable;

/// An underlying without its expiries, ready for any book: price range, moves, scales.
#[derive(Debug, Clone, Copy, Zeroable)]
pub struct PreparedMarket {
    pub(crate) ln_spot_q40: i64,
    pub(crate) range_q40: i64,
    /// Left shift of prices (right if below zero) that the spot asks for.
    pub(crate) price_shift: i32,
    pub(crate) bounds: SmileBounds,
    pub(crate) moves: Moves,
    /// V*/Vref − 1 above zero, 1e-6.
    pub(crate) vol_over_ref_e6: i64,
}

impl PreparedMarket {
    /// Prepares an underlying. Of `u` everything counts but the portfolio's share of open interest.
    ///
    /// # Errors
    /// A price, volatility or parameter out of bounds.
    pub fn new(u: &UnderlyingInput) -> Result<Self, RiskError> {
        let mut market = Self::zeroed();
        market.prepare(u)?;
        Ok(market)
    }

    /// As [`Self::new`], in the caller's memory; after a refusal it is of no use.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn prepare(&mut self, u: &UnderlyingInput) -> Result<(), RiskError> {
        validate(u)?;
        self.prepare_valid(u);
        Ok(())
    }

    /// As [`Self::prepare`], of an input whose spot, volatilities and parameters are within bounds.
    #[inline(never)]
    pub(crate) fn prepare_valid(&mut self, u: &UnderlyingInput) {
        // Volatilities are at most 10^7.
        let vol_ref_e6 = u.vol_ref_e6.clamp(1, bounds::VOL_MAX_E6);
        let over_e6 = (u.vol_margin_e6.wrapping_mul(ONE_E6) + vol_ref_e6 - 1) / vol_ref_e6 - ONE_E6;
        self.vol_over_ref_e6 = over_e6.max(0);
        self.ln_spot_q40 = ln_q40(u.spot_e8);
        self.price_shift = price_scale(u.spot_e8 << 3);
        self.bounds = SmileBounds::new(u);
        self.range_q40 = price_range_q40(u);
        self.moves.set(self.range_q40);
    }

    /// Prepares an expiry of the underlying that this was made of, `u`, into `to`; after a refusal `to` is of no use.
    /// `beside` are others prepared for the same exchange, of any underlying: what they know of the same date is not worked
    /// out again.
    ///
    /// # Errors
    /// A field of the expiry out of bounds.
    pub fn prepare_expiry(
        &self,
        (exchange, u): (&ExchangeInput, &UnderlyingInput),
        expiry: &ExpiryInput,
        (beside, to): (&[PreparedExpiry], &mut PreparedExpiry),
    ) -> Result<(), RiskError> {
        to.prepare(&Shared { exchange, underlying: u, market: self }, expiry, beside)
    }
}

/// An underlying with its expiries, ready for any book.
///
/// ```
/// # use ballast_risk::*;
/// # let exchange = ExchangeInput {
/// #     rate_e6: 40_000, conf_z_e6: 2_000_000, window_secs: 1_800, long_weight_e6: 950_000, mm_factor_e6: 800_000,
/// #     exit_buffer_e6: 250_000, haircut_max_e6: 950_000, peg_e8: 100_000_000, dust_equity_e6: 1_000_000_000,
/// #     groups: [GroupInput::default(); 4],
/// # };
/// # let params = MarketParams {
/// #     kappa_e6: 4_000_000, mpor_secs: 86_400, range_min_e6: 160_000, range_max_e6: 400_000, sigma_min_e6: 50_000,
/// #     sigma_max_e6: 4_000_000, smile_min_e6: 600_000, smile_max_e6: 1_800_000, vol_up_e6: 500_000,
/// #     vol_down_e6: 250_000, vol_up_min_e6: 500_000, vol_power_short_e6: 300_000, vol_power_long_e6: 130_000,
/// #     short_min_e6: 7_500, basis_e6: 7_500, spread_e6: 1_000, impact_e6: 100_000, depth_e6: 50_000_000_000_000,
/// #     vol_spread_e6: 10_000, oi_scale_e6: 1_000_000, oi_free_e6: 100_000, ema_free_e6: 20_000,
/// # };
/// # let input = UnderlyingInput {
/// #     params: &params, spot_e8: 11_000_000_000_000, conf_e8: 1_000_000_000, ema_e8: 11_000_000_000_000,
/// #     vol_e6: 450_000, vol_margin_e6: 450_000, vol_ref_e6: 450_000, oi_share_e6: 0, group: 0, vol_stale: false,
/// #     price_stale: false, realised_only: false,
/// # };
/// # let week = ExpiryInput { secs_left: 604_800, atm_e6: 1_000_000, ..ExpiryInput::default() };
/// let market = PreparedUnderlying::new(&exchange, &input, [week].into_iter())?;
/// let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
/// for calls_e6 in [-1_000_000, 2_000_000] {
///     let strike = Strike::new(12_000_000_000_000);
///     let line = LineInput { expiry: 0, strike, calls_e6, puts_e6: 0 };
///     let mut book = Assessment::begin(&mut scratch, &exchange)?;
///     book.prepared(&market, 10_000, [line].into_iter())?;
///     assert!(book.finish(50_000_000_000)?.initial_e6 > 0);
/// }
/// # Ok::<(), RiskError>(())
/// ```
#[derive(Debug, Clone)]
pub struct PreparedUnderlying<'a> {
    pub(crate) input: UnderlyingInput<'a>,
    pub(crate) market: PreparedMarket,
    expiries: [PreparedExpiry; EXPIRIES_MAX],
    count: usize,
    /// What of the exchange is in the expiries: rate and settlement window.
    fixed: (i64, i64),
}

impl<'a> PreparedUnderlying<'a> {
    /// Prepares an underlying with its expiries, soonest first. The share of open interest in `input` is not used: it is
    /// each book's own.
    ///
    /// # Errors
    /// Whatever is out of bounds, order or space.
    pub fn new(
        exchange: &ExchangeInput,
        input: &UnderlyingInput<'a>,
        expiries: impl Iterator<Item = ExpiryInput>,
    ) -> Result<Self, RiskError> {
        exchange.validate()?;
        let market = PreparedMarket::new(input)?;
        let mut states = [PreparedExpiry::zeroed(); EXPIRIES_MAX];
        let shared = Shared { exchange, underlying: input, market: &market };
        let count = prepare_expiries(&mut states, &shared, expiries)?;
        let fixed = (exchange.rate_e6, exchange.window_secs);
        Ok(Self { input: *input, market, expiries: states, count, fixed })
    }

    /// The expiries, in the order given.
    pub(crate) fn expiries(&self) -> &[PreparedExpiry] {
        &self.expiries[..self.count]
    }

    /// Whether this was prepared for such an exchange.
    pub(crate) fn serves(&self, exchange: &ExchangeInput) -> bool {
        self.fixed == (exchange.rate_e6, exchange.window_secs)
    }
}

/// What all expiries of an underlying share.
pub(crate) struct Shared<'a> {
    pub exchange: &'a ExchangeInput,
    pub underlying: &'a UnderlyingInput<'a>,
    pub market: &'a PreparedMarket,
}

/// Prepares expiries that come soonest first. Returns how many there are.
#[inline(never)]
pub(crate) fn prepare_expiries(
    to: &mut [PreparedExpiry; EXPIRIES_MAX],
    shared: &Shared,
    expiries: impl Iterator<Item = ExpiryInput>,
) -> Result<usize, RiskError> {
    let mut count = 0;
    let mut last = i64::MIN;
    for e in expiries {
        if e.secs_left < last {
            return Err(RiskError::Unsorted);
        }
        last = e.secs_left;
        to.get_mut(count).ok_or(RiskError::TooManyExpiries)?.prepare(shared, &e, &[])?;
        count += 1;
    }
    Ok(count)
}

fn validate(u: &UnderlyingInput) -> Result<(), RiskError> {
    for (price, name) in [(u.spot_e8, "spot_e8"), (u.ema_e8, "ema_e8")] {
        if !(1..=PRICE_MAX_E8).contains(&price) {
            return Err(RiskError::Price(name));
        }
    }
    if u.conf_e8 > PRICE_MAX_E8 {
        return Err(RiskError::Price("conf_e8"));
    }
    let volatility = 1..=bounds::VOL_MAX_E6;
    if !volatility.contains(&u.vol_e6) || !volatility.contains(&u.vol_margin_e6) || u.vol_margin_e6 < u.vol_e6
    {
        return Err(RiskError::Volatility);
    }
    if !volatility.contains(&u.vol_ref_e6) {
        return Err(RiskError::Parameter("vol_ref_e6"));
    }
    u.params.validate()
}

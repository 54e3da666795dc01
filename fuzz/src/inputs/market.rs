//! Markets at one moment: parameters, prices, volatilities, expiries, strikes.

use super::{defaults::PARAMS, exchange::exchange, Choice};
use arbitrary::{Arbitrary, Result, Unstructured};
use ballast_risk::bounds::{
    ATM_MAX_E6, ATM_MIN_E6, CURVATURE_MAX_E6, DAY_SECS, EXPIRY_SECS_MAX, MONEY_MAX_E6, ONE_E6, PRICE_MAX_E8,
    RATE_MAX_E6, SKEW_MAX_E6, VOL_MAX_E6, YEAR_SECS,
};
use ballast_risk::{ExchangeInput, ExpiryInput, MarketParams, Strike, UnderlyingInput};

/// A market without its expiries.
#[derive(Debug, Clone)]
pub struct Market {
    /// Risk parameters.
    pub params: MarketParams,
    /// Prices, volatilities and flags; its `params` stand in for the ones above, which it cannot borrow.
    pub state: UnderlyingInput<'static>,
}

impl Market {
    /// A market.
    pub fn new(choice: &mut Choice) -> Self {
        let params = if choice.flip() { PARAMS } else { params(choice) };
        let spot_e8 = choice.unsigned(1, PRICE_MAX_E8);
        let vols = [choice.number(1, VOL_MAX_E6), choice.number(1, VOL_MAX_E6)];
        // Two numbers in either order make a V* that is not below V, unless rules are broken.
        let (vol_e6, vol_margin_e6) =
            if choice.breaks() { (vols[0], vols[1]) } else { (vols[0].min(vols[1]), vols[0].max(vols[1])) };
        let state = UnderlyingInput {
            params: &PARAMS,
            spot_e8,
            conf_e8: if choice.flip() { choice.unsigned(0, PRICE_MAX_E8) } else { spot_e8 >> 10 },
            ema_e8: near(choice, spot_e8),
            vol_e6,
            vol_margin_e6,
            vol_ref_e6: choice.number(1, VOL_MAX_E6),
            oi_share_e6: choice.number(0, ONE_E6),
            group: choice.number(0, 3) as u8,
            vol_stale: choice.flip(),
            price_stale: choice.flip(),
            realised_only: choice.flip(),
        };
        Self { params, state }
    }

    /// What the engine is given.
    #[must_use]
    pub fn input(&self) -> UnderlyingInput<'_> {
        UnderlyingInput { params: &self.params, ..self.state }
    }
}

/// Parameters anywhere inside their hard bounds.
fn params(choice: &mut Choice) -> MarketParams {
    let range_min_e6 = choice.number(10_000, 600_000);
    let sigma_min_e6 = choice.number(10_000, ONE_E6);
    MarketParams {
        kappa_e6: choice.number(ONE_E6, 10 * ONE_E6),
        mpor_secs: choice.number(3_600, 10 * DAY_SECS),
        range_min_e6,
        range_max_e6: choice.number(range_min_e6.clamp(10_000, 600_000), 600_000),
        sigma_min_e6,
        sigma_max_e6: choice.number(sigma_min_e6.clamp(10_000, ONE_E6), 4 * ONE_E6),
        smile_min_e6: choice.number(200_000, ONE_E6),
        smile_max_e6: choice.number(ONE_E6, 1_900_000),
        vol_up_e6: choice.number(0, 4 * ONE_E6),
        vol_down_e6: choice.number(0, ONE_E6),
        vol_up_min_e6: choice.number(0, 4 * ONE_E6),
        vol_power_short_e6: choice.number(0, ONE_E6),
        vol_power_long_e6: choice.number(0, ONE_E6),
        short_min_e6: choice.number(0, 200_000),
        basis_e6: choice.number(0, 200_000),
        spread_e6: choice.number(0, 200_000),
        impact_e6: choice.number(0, ONE_E6),
        depth_e6: choice.number(ONE_E6, MONEY_MAX_E6),
        vol_spread_e6: choice.number(0, ONE_E6),
        oi_scale_e6: choice.number(0, 8 * ONE_E6),
        oi_free_e6: choice.number(0, ONE_E6),
        ema_free_e6: choice.number(0, ONE_E6),
    }
}

/// A price within a factor of eight of another, seldom any other.
pub fn near(choice: &mut Choice, price_e8: u64) -> u64 {
    let part = price_e8 / 16;
    match choice.pick(8) {
        0 => choice.unsigned(1, PRICE_MAX_E8),
        1 => price_e8,
        2 => price_e8.saturating_mul(1 << choice.pick(4)).clamp(1, PRICE_MAX_E8),
        3 => (price_e8 >> choice.pick(4)).max(1),
        // By sixteenths from a quarter to four times.
        _ => part.saturating_mul(choice.pick(64) as u64 + 1).clamp(1, PRICE_MAX_E8),
    }
}

/// An expiry of an underlying at `spot_e8`: one in four settled, one in four in its window. Its basis does not move the
/// forward beyond e^±2.
pub fn expiry(choice: &mut Choice, exchange: &ExchangeInput, spot_e8: u64) -> ExpiryInput {
    let (settled, in_window) = match choice.pick(4) {
        0 => (true, false),
        1 => (false, true),
        _ => (false, false),
    };
    let secs_left = match (settled, choice.pick(4)) {
        (true, _) => choice.number(i64::MIN, 0),
        (false, 0) => choice.number(-DAY_SECS, 60),
        (false, 1) => choice.number(0, 7 * DAY_SECS),
        (false, _) => choice.number(0, EXPIRY_SECS_MAX),
    };
    let basis_most = (2 * YEAR_SECS * (ONE_E6 - 1) / secs_left.clamp(1, EXPIRY_SECS_MAX)).min(RATE_MAX_E6);
    ExpiryInput {
        secs_left,
        atm_e6: choice.number(ATM_MIN_E6, ATM_MAX_E6),
        skew_e6: choice.number(-SKEW_MAX_E6, SKEW_MAX_E6),
        curvature_e6: choice.number(0, CURVATURE_MAX_E6),
        basis_e6: choice.number(-basis_most, basis_most),
        averaged_secs: if in_window { choice.number(0, exchange.window_secs.clamp(60, DAY_SECS)) } else { 0 },
        average_e8: near(choice, spot_e8),
        settled_e8: if settled { near(choice, spot_e8) } else { 0 },
    }
}

/// A strike of an underlying at `spot_e8`; where rules are broken its logarithm is not its own.
pub fn strike(choice: &mut Choice, spot_e8: u64) -> Strike {
    let price_e8 = near(choice, spot_e8);
    if choice.breaks() {
        Strike { price_e8: choice.anything().cast_unsigned(), ln_q40: choice.anything() }
    } else {
        Strike::new(price_e8)
    }
}

/// One expiry of a market, and maybe a strike of it.
#[derive(Debug, Clone)]
pub struct SeriesCase {
    /// Whether everything is inside its bounds.
    pub tame: bool,
    /// The exchange.
    pub exchange: ExchangeInput,
    /// The market.
    pub market: Market,
    /// The expiry.
    pub expiry: ExpiryInput,
    /// The strike.
    pub strike: Option<Strike>,
}

impl<'a> Arbitrary<'a> for SeriesCase {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let mut choice = Choice::new(bytes)?;
        let exchange = exchange(&mut choice);
        let market = Market::new(&mut choice);
        let expiry = expiry(&mut choice, &exchange, market.state.spot_e8);
        let strike = (choice.pick(8) > 0).then(|| strike(&mut choice, market.state.spot_e8));
        Ok(Self { tame: choice.is_tame(), exchange, market, expiry, strike })
    }
}

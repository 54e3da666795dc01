//! What options are worth at this moment, from stored accounts: the marks that trading fees are capped by.

use crate::{
    adapters::{engine::expiry_input, oracle::Price},
    error::BallastError,
    state::{ExpirySlot, Market},
};
use ballast_risk::{series::ExpirySeries, ExchangeInput, Strike, UnderlyingInput};

/// Marks of one moment. The expiry marked last is kept: the legs of a trade are mostly of one expiry, and making it ready
/// costs several times what a strike of it costs.
#[derive(Default)]
pub struct Marks {
    last: Option<(u8, i64, ExpirySeries)>,
}

impl Marks {
    /// Value of one unit of a call or a put at mark, 1e-14 quote. Errors: the engine's, for inputs out of its bounds.
    pub fn mark_e14(
        &mut self,
        exchange: &ExchangeInput,
        market: &Market,
        price: &Price,
        (expiry, strike, is_put): (&ExpirySlot, Strike, bool),
        now: i64,
    ) -> Result<i128, BallastError> {
        let place = (market.id, expiry.expiry_ts);
        let kept = self.last.take().filter(|(id, at, series)| (*id, *at) == place && series.covers(&strike));
        let series = match kept {
            Some((_, _, series)) => series,
            None => ready(exchange, market, price, (expiry, &strike), now)?,
        };
        let quote = series.quote(strike)?;
        self.last = Some((place.0, place.1, series));
        Ok(if is_put { quote.put_e14 } else { quote.call_e14 })
    }
}

fn ready(
    exchange: &ExchangeInput,
    market: &Market,
    price: &Price,
    (expiry, strike): (&ExpirySlot, &Strike),
    now: i64,
) -> Result<ExpirySeries, BallastError> {
    let underlying = UnderlyingInput {
        params: market.params.engine(),
        spot_e8: price.price_e8,
        conf_e8: price.conf_e8,
        ema_e8: price.ema_e8,
        vol_e6: market.volatility.vol_e6,
        vol_margin_e6: market.volatility.vol_margin_e6.max(market.volatility.vol_e6),
        vol_ref_e6: market.volatility.vol_ref_e6,
        oi_share_e6: 0,
        group: market.group,
        vol_stale: false,
        price_stale: false,
        realised_only: market.is_realised_only(),
    };
    let at = expiry_input(expiry, exchange.window_secs, now);
    Ok(ExpirySeries::new(exchange, &underlying, &at, strike.price_e8)?)
}

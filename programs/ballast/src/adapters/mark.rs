//! What one option is worth at this moment, from stored accounts: the mark that a trading fee is capped by.

use crate::{
    adapters::{engine::expiry_input, oracle::Price},
    error::BallastError,
    state::{ExpirySlot, Market},
};
use ballast_risk::{series, ExchangeInput, Strike, UnderlyingInput};

/// Value of one unit of a call or a put at mark, 1e-14 quote. Errors: the engine's, for inputs out of its bounds.
pub fn mark_e14(
    exchange: &ExchangeInput,
    market: &Market,
    price: &Price,
    (expiry, strike, is_put): (&ExpirySlot, Strike, bool),
    now: i64,
) -> Result<i128, BallastError> {
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
    let (_, quote) = series::quote(exchange, &underlying, &at, Some(strike))?;
    Ok(if is_put { quote.put_e14 } else { quote.call_e14 })
}

//! What options are worth at this moment, from stored accounts: the marks that trading fees are capped by.

use crate::{
    adapters::{
        engine::underlying_input,
        prices::PriceBook,
        tick::{Moment, Prepared},
    },
    constants::EXPIRIES,
    error::BallastError,
    state::Market,
};
use ballast_risk::{series::ExpirySeries, ExchangeInput, Strike};

/// Marks of one moment. The expiry marked last is kept: the legs of a trade are mostly of one expiry, and making it ready
/// costs several times what a strike of it costs.
#[derive(Default)]
pub struct Marks {
    last: Option<((u8, u8), ExpirySeries)>,
}

impl Marks {
    /// Value of one unit of a call or a put at mark, 1e-14 quote. Errors: the engine's, for inputs out of its bounds, and
    /// those of a series that is not listed.
    pub fn mark_e14(
        &mut self,
        (exchange, prepared): (&ExchangeInput, &mut impl Prepared),
        market: &Market,
        prices: &PriceBook,
        (slot, strike, is_put): (u8, Strike, bool),
    ) -> Result<i128, BallastError> {
        let place = (market.id, slot);
        let kept = self.last.take().filter(|(at, series)| *at == place && series.covers(&strike));
        let series = match kept {
            Some((_, series)) => series,
            None => ready((exchange, prepared), market, prices, (slot, &strike))?,
        };
        let quote = series.quote(strike)?;
        self.last = Some((place, series));
        Ok(if is_put { quote.put_e14 } else { quote.call_e14 })
    }
}

fn ready(
    (exchange, prepared): (&ExchangeInput, &mut impl Prepared),
    market: &Market,
    prices: &PriceBook,
    (slot, strike): (u8, &Strike),
) -> Result<ExpirySeries, BallastError> {
    let input = underlying_input(market, prices, 0)?;
    let at = Moment { exchange, now: prices.now };
    let mut places = [0; EXPIRIES];
    let (ready, expiries) = prepared.ready(&at, market, &input, &[slot], &mut places)?;
    let expiry = places.first().and_then(|place| expiries.get(usize::from(*place)));
    let expiry = expiry.ok_or(BallastError::LineMismatch)?;
    Ok(ExpirySeries::of(exchange, (&input, ready), expiry, strike.price_e8)?)
}

//! What markets, prices and the time fix of a valuation, prepared once for every portfolio valued at one moment.
//!
//! A program values two or more portfolios in an instruction and has little room: [`Kept`] prepares what is asked for and
//! keeps the last of it. A keeper values all portfolios: [`Tick`] has every expiry of every market ready, and any number
//! of threads may read it. Reports are the same to the bit: both are the engine's one way of preparing.

use crate::{
    adapters::{
        engine::{exchange_input, expiry_input, underlying_input},
        prices::PriceBook,
    },
    constants::{EXPIRIES, MARKETS},
    error::BallastError,
    state::{Exchange, Market},
};
use ballast_risk::{ExchangeInput, PreparedExpiry, PreparedMarket, UnderlyingInput};
use bytemuck::Zeroable;

/// Where expiries come from prepared.
pub trait Prepared {
    /// The market and expiries among which those of `slots` are; writes the place of each into `places`. `input` is the
    /// market's at the moment this was made for; of it everything counts but the share of open interest.
    /// Errors: the engine's, for what is out of its bounds.
    fn ready(
        &mut self,
        at: &Moment,
        market: &Market,
        input: &UnderlyingInput,
        slots: &[u8],
        places: &mut [u8; EXPIRIES],
    ) -> Result<(&PreparedMarket, &[PreparedExpiry]), BallastError>;
}

/// When and under which exchange.
pub struct Moment<'a> {
    /// The exchange.
    pub exchange: &'a ExchangeInput,
    /// Unix seconds.
    pub now: i64,
}

/// Markets kept at most: as many as a portfolio may have.
const KEPT_MARKETS: usize = crate::constants::UNDERLYINGS;
/// Expiries kept at most: more than a market has.
const KEPT_EXPIRIES: usize = 16;
const _: () = assert!(KEPT_EXPIRIES >= EXPIRIES);

/// Markets and expiries of one moment, prepared as they are asked for. When there is no more room all are forgotten: a
/// moment's markets must not change but for their open interest.
#[derive(Zeroable)]
pub struct Kept {
    expiries: [PreparedExpiry; KEPT_EXPIRIES],
    /// Market and slot of each.
    keys: [(u8, u8); KEPT_EXPIRIES],
    expiry_count: usize,
    markets: [PreparedMarket; KEPT_MARKETS],
    ids: [u8; KEPT_MARKETS],
    market_count: usize,
}

impl Kept {
    /// The place of a market among those kept, prepared if it is not.
    fn market(&mut self, id: u8, input: &UnderlyingInput) -> Result<usize, BallastError> {
        if let Some(place) = self.ids.iter().take(self.market_count).position(|kept| *kept == id) {
            return Ok(place);
        }
        if self.market_count == KEPT_MARKETS {
            self.market_count = 0;
        }
        let place = self.market_count;
        if let (Some(to), Some(kept)) = (self.markets.get_mut(place), self.ids.get_mut(place)) {
            to.prepare(input)?;
            *kept = id;
            self.market_count = place.saturating_add(1);
        }
        Ok(place)
    }

    fn place(&self, key: (u8, u8)) -> Option<usize> {
        self.keys.iter().take(self.expiry_count).position(|kept| *kept == key)
    }
}

impl Prepared for Kept {
    fn ready(
        &mut self,
        at: &Moment,
        market: &Market,
        input: &UnderlyingInput,
        slots: &[u8],
        places: &mut [u8; EXPIRIES],
    ) -> Result<(&PreparedMarket, &[PreparedExpiry]), BallastError> {
        let index = self.market(market.id, input)?;
        let prepared = self.markets.get(index).ok_or(BallastError::AccountMissing)?;
        // Those that are missing are at most a market's, which always fit when all others are forgotten. They are counted
        // only where not even all of them would fit.
        if self.expiry_count.saturating_add(slots.len()) > KEPT_EXPIRIES {
            let missing = slots.iter().filter(|slot| self.place((market.id, **slot)).is_none()).count();
            if self.expiry_count.saturating_add(missing) > KEPT_EXPIRIES {
                self.expiry_count = 0;
            }
        }
        for (slot, to) in slots.iter().zip(places) {
            let key = (market.id, *slot);
            let place = match self.place(key) {
                Some(place) => place,
                None => {
                    let expiry = market.expiries.get(usize::from(*slot)).ok_or(BallastError::LineMismatch)?;
                    let expiry = expiry_input(expiry, at.exchange.window_secs, at.now);
                    let place = self.expiry_count;
                    let room = self.expiries.split_at_mut_checked(place);
                    let room = room.and_then(|(kept, free)| Some((&*kept, free.first_mut()?)));
                    let (Some(room), Some(kept)) = (room, self.keys.get_mut(place)) else {
                        return Err(BallastError::LineMismatch);
                    };
                    prepared.prepare_expiry((at.exchange, input), &expiry, room)?;
                    *kept = key;
                    self.expiry_count = place.saturating_add(1);
                    place
                }
            };
            *to = u8::try_from(place).map_err(|_| BallastError::LineMismatch)?;
        }
        Ok((prepared, &self.expiries))
    }
}

/// Every market of one moment with all its expiries, prepared.
pub struct Tick {
    markets: Vec<Option<Ready>>,
}

/// A market and its expiries by slot, or what the engine refused of them.
struct Ready {
    market: Result<PreparedMarket, BallastError>,
    expiries: [PreparedExpiry; EXPIRIES],
    refused: [Option<BallastError>; EXPIRIES],
}

impl Tick {
    /// Prepares every market that has a price. What the engine refuses is refused to whoever holds it.
    #[must_use]
    pub fn new<'a>(
        exchange: &Exchange,
        markets: impl IntoIterator<Item = &'a Market>,
        prices: &PriceBook,
    ) -> Self {
        let exchange = exchange_input(exchange, prices);
        let mut ready: Vec<Option<Ready>> = (0..MARKETS).map(|_| None).collect();
        for market in markets {
            let Ok(input) = underlying_input(market, prices, 0) else { continue };
            if let Some(to) = ready.get_mut(usize::from(market.id)) {
                *to = Some(Ready::new(&exchange, market, &input, prices.now));
            }
        }
        Self { markets: ready }
    }
}

impl Ready {
    fn new(exchange: &ExchangeInput, market: &Market, input: &UnderlyingInput, now: i64) -> Self {
        let prepared = PreparedMarket::new(input).map_err(BallastError::from);
        let mut ready = Self {
            market: prepared,
            expiries: [PreparedExpiry::zeroed(); EXPIRIES],
            refused: [None; EXPIRIES],
        };
        let Ok(prepared) = &ready.market else { return ready };
        let places = ready.expiries.iter_mut().zip(&mut ready.refused);
        for (expiry, (to, refused)) in market.expiries.iter().zip(places) {
            if !expiry.is_live() {
                *refused = Some(BallastError::LineMismatch);
                continue;
            }
            let expiry = expiry_input(expiry, exchange.window_secs, now);
            let outcome = prepared.prepare_expiry((exchange, input), &expiry, (&[], to));
            *refused = outcome.err().map(BallastError::from);
        }
        ready
    }
}

impl Prepared for &Tick {
    fn ready(
        &mut self,
        _: &Moment,
        market: &Market,
        _: &UnderlyingInput,
        slots: &[u8],
        places: &mut [u8; EXPIRIES],
    ) -> Result<(&PreparedMarket, &[PreparedExpiry]), BallastError> {
        let ready = self.markets.get(usize::from(market.id)).and_then(Option::as_ref);
        let ready = ready.ok_or(BallastError::AccountMissing)?;
        let prepared = ready.market.as_ref().map_err(|refusal| *refusal)?;
        for (slot, to) in slots.iter().zip(places) {
            if let Some(refusal) = ready.refused.get(usize::from(*slot)).ok_or(BallastError::LineMismatch)? {
                return Err(*refusal);
            }
            *to = *slot;
        }
        Ok((prepared, &ready.expiries))
    }
}

//! A market prepared once a tick for every book that holds it, for servers that revalue very many books.
//!
//! What a book does to an option in a scenario is to multiply it: where it lies on the table of Φ, and which values it
//! reads there, the market alone decides. So expiries are made ready once a tick, and every listed strike is led through
//! the kernel once, which notes the values read in each of the 35 scenarios ([`StrikeTick`]). A book's rows are then sums
//! of its amounts times those values: the same integers that the kernel adds up, line by line, and the same bits. All
//! else is done for each book as ever: scales, unmoved values and Greeks, own strikes, add-ons, groups, the report.
//!
//! A price scale depends on the book where a strike is above eight spots; such a strike is not [served](StrikeTick::served)
//! and its underlying goes through [`crate::Assessment::underlying`].

mod book;
mod cells;
mod charges;
mod conclude;
mod few;
mod load;
mod own;
mod report;
mod scenarios;

pub use book::{HeldLines, Holding};

use crate::block::price_scale;
use crate::error::RiskError;
use crate::input::{ExchangeInput, ExpiryInput, Measure, Strike, UnderlyingInput};
use crate::prepared::PreparedMarket;
use crate::rows::Rows;
use crate::surface::{PreparedExpiry, SETTLED};
use bytemuck::Zeroable;
use cells::{StrikeCells, StrikePrices};
use charges::{ExpiryRates, MarketRates};
use own::OwnPrices;
use scenarios::Scenarios;

/// An underlying at one tick.
pub struct MarketTick<'a> {
    exchange: &'a ExchangeInput,
    input: &'a UnderlyingInput<'a>,
    market: PreparedMarket,
    scenarios: Scenarios,
    rates: MarketRates,
    /// All near expiries of the market count, not only those that a book holds.
    every_near_counts: bool,
}

/// An expiry at one tick.
pub struct ExpiryTick {
    state: PreparedExpiry,
    rates: ExpiryRates,
    /// Where it is near.
    own: Option<OwnPrices>,
}

/// A listed strike of an expiry at one tick.
pub struct StrikeTick {
    prices: StrikePrices,
    strike_e8: u64,
    expiry: u32,
    /// [`NOT_SERVED`], [`NEAR`], [`PAID`].
    flags: u32,
}

/// A strike whose lines no [`Holding`] may have.
const NOT_SERVED: u32 = 1;
/// A strike whose expiry is near.
const NEAR: u32 = 2;
/// A strike whose expiry is settled.
const PAID: u32 = 4;

/// What lines of a listed strike read of the engine's table at one tick: half a kilobyte.
pub struct StrikeRows(StrikeCells);

impl<'a> MarketTick<'a> {
    /// Prepares an underlying. `oi_share_e6` of the input is a book's and ignored.
    ///
    /// # Errors
    /// Whatever the engine refuses of the exchange or the underlying.
    pub fn new(exchange: &'a ExchangeInput, u: &'a UnderlyingInput<'a>) -> Result<Self, RiskError> {
        exchange.validate()?;
        let group = exchange.groups.get(usize::from(u.group)).ok_or(RiskError::UnknownGroup)?;
        let market = PreparedMarket::new(u)?;
        Ok(Self {
            exchange,
            input: u,
            scenarios: Scenarios::new(&Rows::new(&market.moves), market.range_q40),
            rates: MarketRates::new(exchange, u),
            market,
            every_near_counts: group.measure == Measure::ExpectedShortfall,
        })
    }

    /// Prepares the expiries of the market, soonest first.
    ///
    /// # Errors
    /// Whatever the engine refuses of an expiry; [`RiskError::TooLarge`] for an average above eight spots.
    pub fn expiry(&self, input: &ExpiryInput) -> Result<ExpiryTick, RiskError> {
        let mut state = PreparedExpiry::zeroed();
        self.market.prepare_expiry((self.exchange, self.input), input, (&[], &mut state))?;
        if state.price_shift != self.market.price_shift {
            return Err(RiskError::TooLarge);
        }
        let rates = ExpiryRates::new(self.input, &state);
        let own = state.has_own_strikes().then(|| OwnPrices::new(&state, self.market.range_q40));
        Ok(ExpiryTick { state, rates, own })
    }

    /// Prepares a strike of expiry number `expiry`.
    #[must_use]
    pub fn strike(&self, (expiry, at): (u8, &ExpiryTick), strike: Strike) -> (StrikeTick, StrikeRows) {
        let listed = (1..=crate::bounds::PRICE_MAX_E8).contains(&strike.price_e8) && strike.has_logarithm();
        let served = listed && price_scale(strike.price_e8) >= self.market.price_shift;
        let (expiry, strike_e8) = (u32::from(expiry), strike.price_e8);
        let flags = if served { 0 } else { NOT_SERVED }
            | if at.own.is_some() { NEAR } else { 0 }
            | if at.state.kind == SETTLED { PAID } else { 0 };
        if !served {
            let prices = StrikePrices::default();
            return (StrikeTick { prices, strike_e8, expiry, flags }, StrikeRows(StrikeCells::STILL));
        }
        let prices = StrikePrices::new(&self.market, &at.state, strike);
        let cells = StrikeCells::new(
            (&self.market, &Rows::new(&self.market.moves)),
            &at.state,
            (strike, prices.left_n),
        );
        (StrikeTick { prices, strike_e8, expiry, flags }, StrikeRows(cells))
    }
}

impl StrikeTick {
    /// Whether lines of this strike may be held in a [`Holding`].
    #[must_use]
    #[inline(always)]
    pub fn served(&self) -> bool {
        self.flags & NOT_SERVED == 0
    }
}

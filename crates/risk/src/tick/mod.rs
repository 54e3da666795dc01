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

pub use book::Holding;

use crate::bounds::{EXPIRIES_MAX, GROUPS_MAX, ONE_E6};
use crate::error::RiskError;
use crate::fixed::{bits, ln_q40};
use crate::input::{ExchangeInput, ExpiryInput, Measure, Strike, UnderlyingInput};
use crate::rows::Rows;
use crate::surface::{price_range_q40, ExpiryState, Shared, SmileBounds};
use cells::{Moves, StrikeCells, StrikePrices};
use charges::{ExpiryRates, MarketRates};

/// An underlying at one tick.
pub struct MarketTick<'a> {
    shared: Shared<'a>,
    rows: Rows,
    moves: Moves,
    rates: MarketRates,
    price_max_e8: u64,
    vol_over_ref_e6: i64,
    /// All near expiries of the market count, not only those that a book holds.
    every_near_counts: bool,
}

/// An expiry at one tick.
pub struct ExpiryTick {
    state: ExpiryState,
    rates: ExpiryRates,
}

/// A listed strike of an expiry at one tick.
pub struct StrikeTick {
    prices: StrikePrices,
    strike_e8: u64,
    expiry: u32,
    served: bool,
}

/// What lines of a listed strike read of the engine's table at one tick: half a kilobyte.
pub struct StrikeRows(StrikeCells);

impl<'a> MarketTick<'a> {
    /// Prepares an underlying. `oi_share_e6` of the input is a book's and ignored.
    ///
    /// # Errors
    /// Whatever the engine refuses of the exchange or the underlying.
    pub fn new(exchange: &'a ExchangeInput, u: &'a UnderlyingInput<'a>) -> Result<Self, RiskError> {
        exchange.validate()?;
        crate::underlying::validate(&UnderlyingInput { oi_share_e6: 0, ..*u })?;
        let group = exchange.groups.get(usize::from(u.group)).ok_or(RiskError::UnknownGroup)?;
        let price_max_e8 = u.spot_e8 << 3;
        let range_q40 = price_range_q40(u);
        let shared = Shared {
            exchange,
            underlying: u,
            ln_spot_q40: ln_q40(u.spot_e8),
            range_q40,
            price_shift: crate::block::PRICE_BITS - bits(price_max_e8) as i32,
            bounds: SmileBounds::new(u),
        };
        let rows = Rows::new(range_q40);
        // Volatilities are at most 10^7.
        let over = (u.vol_margin_e6 * ONE_E6 + u.vol_ref_e6 - 1) / u.vol_ref_e6 - ONE_E6;
        Ok(Self {
            moves: Moves::new(&rows, range_q40),
            rates: MarketRates::new(exchange, u),
            shared,
            rows,
            price_max_e8,
            vol_over_ref_e6: over.max(0),
            every_near_counts: group.measure == Measure::ExpectedShortfall,
        })
    }

    /// Whether a price has the scale of this market: then it makes no book's scale another one.
    fn has_scale(&self, price_e8: u64) -> bool {
        bits(price_e8.max(self.price_max_e8)) == bits(self.price_max_e8)
    }

    /// Prepares the expiries of the market, soonest first.
    ///
    /// # Errors
    /// Whatever the engine refuses of an expiry; [`RiskError::TooLarge`] for an average above eight spots.
    pub fn expiry(&self, input: &ExpiryInput) -> Result<ExpiryTick, RiskError> {
        if input.averaged_secs > 0 && !self.has_scale(input.average_e8) {
            return Err(RiskError::TooLarge);
        }
        let state = ExpiryState::new(&self.shared, input)?;
        let rates = ExpiryRates::new(&self.shared, &state);
        Ok(ExpiryTick { state, rates })
    }

    /// Prepares a strike of expiry number `expiry`.
    #[must_use]
    pub fn strike(&self, (expiry, at): (u8, &ExpiryTick), strike: Strike) -> (StrikeTick, StrikeRows) {
        let listed = (1..=crate::bounds::PRICE_MAX_E8).contains(&strike.price_e8) && strike.has_logarithm();
        let served = listed && self.has_scale(strike.price_e8);
        let (expiry, strike_e8) = (u32::from(expiry), strike.price_e8);
        if !served {
            let prices = StrikePrices::default();
            return (StrikeTick { prices, strike_e8, expiry, served }, StrikeRows(StrikeCells::STILL));
        }
        let prices = StrikePrices::new(&self.shared, &at.state, strike);
        let cells = StrikeCells::new((&self.shared, &self.rows), &at.state, (strike, prices.left_n));
        (StrikeTick { prices, strike_e8, expiry, served }, StrikeRows(cells))
    }
}

impl StrikeTick {
    /// Whether lines of this strike may be held in a [`Holding`].
    #[must_use]
    #[inline(always)]
    pub fn served(&self) -> bool {
        self.served
    }
}

const _: () = assert!(EXPIRIES_MAX <= u8::MAX as usize && GROUPS_MAX <= u8::MAX as usize);

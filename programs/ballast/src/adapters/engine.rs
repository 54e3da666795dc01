//! From stored accounts to engine inputs: the one place that knows both worlds.
//!
//! Pure: plain references and prices, no account infos and no clock. The program and the SDK call the same function on
//! the same bytes, so their reports are equal to the bit.

use crate::{
    adapters::{
        prices::PriceBook,
        tick::{Moment, Prepared},
    },
    constants::{EXPIRIES, LINES, MARKETS},
    error::BallastError,
    state::{
        CorrelationGroup, Exchange, ExpirySlot, Market, Portfolio, PositionLine, StrikeSlot,
        MEASURE_EXPECTED_SHORTFALL,
    },
};
use ballast_risk::{
    bounds::{MONEY_MAX_E6, ONE_E6, ONE_E8, QTY_MAX_E6},
    fixed::mul_div_ceil_i64,
    Assessment, CollateralInput, ExchangeInput, ExpiryInput, GroupInput, LineInput, MarginReport, Measure,
    Scratch, UnderlyingInput, UnderlyingState,
};
use core::cell::Cell;

/// Multiple of the confidence of a stale price.
const STALE_CONF_TIMES: u64 = 4;
/// No position, in an array of positions.
const NONE: u8 = u8::MAX;

/// The margin report of a portfolio. `markets` holds at least those of [`Portfolio::market_bits`], ascending by id;
/// others are skipped. `scratch` is the engine's working memory; whatever it held is forgotten. `prepared` is of the same
/// exchange, markets and prices.
///
/// Errors: [`BallastError::AccountMissing`] for a market or price that was not given, [`BallastError::LineMismatch`]
/// for a line its market does not know, and the engine's own refusals.
pub fn margin(
    (scratch, prepared): (&mut Scratch, &mut impl Prepared),
    exchange: &Exchange,
    markets: &[&Market],
    portfolio: &Portfolio,
    prices: &PriceBook,
) -> Result<MarginReport, BallastError> {
    let input = exchange_input(exchange, prices);
    let mut book = Assessment::begin(scratch, &input)?;
    let mut linked = portfolio.collateral_market_bits(exchange);
    let mut places = [NONE; MARKETS];
    let mut added = 0;
    let mut held = portfolio.lines_by_market().peekable();
    for market in markets {
        let bit = 1u16.checked_shl(u32::from(market.id)).unwrap_or(0);
        // Both ascend: what lines are left of a market before this one are of one that was not given.
        let lines = held.next_if(|(id, _)| *id == market.id).map(|(_, lines)| lines);
        if lines.is_none() && linked & bit == 0 {
            continue;
        }
        linked &= !bit;
        let lines = lines.unwrap_or(&[]);
        add_underlying(&mut book, (&input, prepared), market, lines, prices)?;
        if let Some(place) = places.get_mut(usize::from(market.id)) {
            *place = added;
        }
        added = added.saturating_add(1);
    }
    if linked != 0 || held.next().is_some() {
        return Err(BallastError::AccountMissing);
    }
    for index in 0..portfolio.collateral.len() {
        if let Some(collateral) = collateral_input(exchange, portfolio, prices, &places, index)? {
            book.collateral(&collateral)?;
        }
    }
    Ok(book.finish(valued_cash_e6(portfolio.cash_at(&exchange.cash_index())))?)
}

/// What of a portfolio's cash the engine is given, 1e-6 quote: at most the end of its range. Anybody may pay in and any
/// line may pay out; cash beyond the range is not counted, so that no gift and no gain puts a book out of reach. A debt is
/// never cut.
#[must_use]
pub fn valued_cash_e6(cash_e6: i64) -> i64 {
    cash_e6.min(MONEY_MAX_E6)
}

/// One line assessed by itself: its losses in the scenarios, beside nothing else. Whatever the scratch held is forgotten.
/// Errors: as [`margin`].
pub fn line_alone<'s>(
    (scratch, prepared): (&'s mut Scratch, &mut impl Prepared),
    exchange: &ExchangeInput,
    market: &Market,
    line: &PositionLine,
    prices: &PriceBook,
) -> Result<&'s UnderlyingState, BallastError> {
    let mut book = Assessment::begin(scratch, exchange)?;
    add_underlying(&mut book, (exchange, prepared), market, core::slice::from_ref(line), prices)?;
    scratch.underlyings().first().ok_or(BallastError::LineMismatch)
}

/// Parameters of the exchange as the engine takes them.
#[must_use]
pub fn exchange_input(exchange: &Exchange, prices: &PriceBook) -> ExchangeInput {
    let params = &exchange.params;
    ExchangeInput {
        rate_e6: params.rate_e6,
        conf_z_e6: params.conf_z_e6,
        window_secs: params.window_secs,
        long_weight_e6: params.long_weight_e6,
        mm_factor_e6: params.mm_factor_e6,
        exit_buffer_e6: params.exit_buffer_e6,
        haircut_max_e6: params.haircut_max_e6,
        peg_e8: peg_e8(prices),
        dust_equity_e6: params.dust_equity_e6,
        groups: exchange.groups.map(|group| group_input(&group)),
    }
}

/// Price of the quote currency that counts, 1e-8: never above 1.
#[must_use]
pub fn peg_e8(prices: &PriceBook) -> u64 {
    prices.peg.price_e8.min(ONE_E8.unsigned_abs())
}

fn group_input(group: &CorrelationGroup) -> GroupInput {
    let measure =
        if group.measure == MEASURE_EXPECTED_SHORTFALL { Measure::ExpectedShortfall } else { Measure::Worst };
    GroupInput { rho_e6: group.rho_e6, measure }
}

fn add_underlying(
    book: &mut Assessment,
    (exchange, prepared): (&ExchangeInput, &mut impl Prepared),
    market: &Market,
    lines: &[PositionLine],
    prices: &PriceBook,
) -> Result<(), BallastError> {
    let input = underlying_input(market, prices, open_interest_share_e6(market, lines))?;
    let shortfall = exchange
        .groups
        .get(usize::from(market.group))
        .is_some_and(|group| group.measure == Measure::ExpectedShortfall);
    let order = if shortfall { ExpiryOrder::of_market(market) } else { ExpiryOrder::of_lines(lines) };
    let (slots, mut places) = (order.slots(), [NONE; EXPIRIES]);
    let at = Moment { exchange, now: prices.now };
    let (ready, expiries) = prepared.ready(&at, market, &input, slots, &mut places)?;
    let places = places.get(..slots.len()).unwrap_or(&[]);
    let mismatch = Cell::new(false);
    let mut resolve = Resolve { market, order: &order, slot: NONE, expiry_ts: 0, place: 0, strikes: &[] };
    let resolved = lines.iter().map_while(|line| {
        let input = resolve.line(line);
        if input.is_none() {
            mismatch.set(true);
        }
        input
    });
    let outcome = book.underlying_of((&input, ready), (expiries, places), resolved);
    if mismatch.get() {
        return Err(BallastError::LineMismatch);
    }
    Ok(outcome?)
}

/// A market at a moment as the engine takes it, with a portfolio's share of its open interest, 1e-6.
/// Errors: [`BallastError::AccountMissing`] without a price.
pub(crate) fn underlying_input<'a>(
    market: &'a Market,
    prices: &PriceBook,
    oi_share_e6: i64,
) -> Result<UnderlyingInput<'a>, BallastError> {
    let price = prices.market(market.id)?;
    Ok(UnderlyingInput {
        params: market.params.engine(),
        spot_e8: price.price_e8,
        conf_e8: price.conf_e8,
        ema_e8: price.ema_e8,
        vol_e6: market.volatility.vol_e6,
        vol_margin_e6: market.volatility.vol_margin_e6.max(market.volatility.vol_e6),
        vol_ref_e6: market.volatility.vol_ref_e6,
        oi_share_e6,
        group: market.group,
        vol_stale: market.is_volatility_stale(prices.now),
        price_stale: price.is_stale(prices.now),
        realised_only: market.is_realised_only(),
    })
}

/// Lines as the engine takes them. What it found of an expiry serves all its lines.
struct Resolve<'a> {
    market: &'a Market,
    order: &'a ExpiryOrder,
    slot: u8,
    expiry_ts: u32,
    place: u8,
    strikes: &'a [StrikeSlot],
}

impl Resolve<'_> {
    /// One line; none if the market's slots do not hold what it says.
    #[inline(always)]
    fn line(&mut self, line: &PositionLine) -> Option<LineInput> {
        if line.expiry_slot != self.slot || line.expiry_ts != self.expiry_ts {
            let expiry = self.market.expiries.get(usize::from(line.expiry_slot))?;
            if expiry.expiry_ts != i64::from(line.expiry_ts) {
                return None;
            }
            (self.slot, self.expiry_ts) = (line.expiry_slot, line.expiry_ts);
            self.place = self.order.place(line.expiry_slot)?;
            self.strikes = expiry.listed_strikes();
        }
        let strike = self.strikes.get(usize::from(line.strike_slot))?.strike();
        Some(LineInput { expiry: self.place, strike, calls_e6: line.calls_e6, puts_e6: line.puts_e6 })
    }
}

/// One expiry at a moment as the engine takes it.
#[must_use]
pub fn expiry_input(expiry: &ExpirySlot, window_secs: i64, now: i64) -> ExpiryInput {
    let sum = expiry.sum.engine();
    ExpiryInput {
        secs_left: expiry.expiry_ts.saturating_sub(now),
        atm_e6: expiry.atm_e6,
        skew_e6: expiry.skew_e6,
        curvature_e6: expiry.curvature_e6,
        basis_e6: expiry.basis_e6,
        averaged_secs: sum.weight_secs.clamp(0, window_secs),
        average_e8: sum.average_e8(),
        settled_e8: expiry.settled_e8,
    }
}

/// The larger of a portfolio's long and short quantity in a market as a share of the market's open interest, 1e-6,
/// rounded up.
pub(crate) fn open_interest_share_e6(market: &Market, lines: &[PositionLine]) -> i64 {
    // A line keeps each quantity within 2^50 and there are at most 64 lines: the sums stay below 2^57 and cannot wrap.
    const _: () = assert!(QTY_MAX_E6 <= 1 << 50 && LINES <= 64);
    let (mut long_e6, mut short_e6) = (0i64, 0i64);
    for line in lines {
        // A quantity is at most 2^50 and lines are 64: the sums stay below 2^57.
        long_e6 = long_e6.wrapping_add(line.calls_e6.max(0)).wrapping_add(line.puts_e6.max(0));
        short_e6 = short_e6.wrapping_sub(line.calls_e6.min(0)).wrapping_sub(line.puts_e6.min(0));
    }
    let whole = market.open_interest_e6.max(market.share_base_e6).max(1);
    mul_div_ceil_i64(long_e6.max(short_e6), ONE_E6, whole).unwrap_or(ONE_E6).min(ONE_E6)
}

/// A collateral balance as the engine takes it; none if nothing is held. `places` are the underlyings by market id.
fn collateral_input(
    exchange: &Exchange,
    portfolio: &Portfolio,
    prices: &PriceBook,
    places: &[u8; MARKETS],
    index: usize,
) -> Result<Option<CollateralInput>, BallastError> {
    let held = (portfolio.collateral.get(index), exchange.collaterals.get(index));
    let (Some(amount), Some(asset)) = held else { return Ok(None) };
    if *amount == 0 {
        return Ok(None);
    }
    let price = prices.collateral(exchange, index)?;
    let underlying =
        asset.market().and_then(|id| places.get(usize::from(id))).copied().filter(|at| *at != NONE);
    // The engine widens the confidence of a stale underlying itself; an asset of its own is widened here.
    let alone = underlying.is_none() && price.is_stale(prices.now);
    Ok(Some(CollateralInput {
        amount: *amount,
        decimals: asset.decimals,
        price_e8: price.price_e8,
        conf_e8: if alone { widened_e8(price.conf_e8) } else { price.conf_e8 },
        ema_e8: price.ema_e8,
        haircut_e6: asset.haircut_e6,
        haircut_slope_e6: asset.haircut_slope_e6,
        cap: asset.deposit_soft_cap,
        deposits: asset.deposits,
        underlying,
    }))
}

/// The confidence of a stale price, kept inside the engine's price range.
fn widened_e8(conf_e8: u64) -> u64 {
    conf_e8.saturating_mul(STALE_CONF_TIMES).min(ballast_risk::bounds::PRICE_MAX_E8)
}

/// Expiry slots of a market, soonest first, and the place of each slot in that order.
struct ExpiryOrder {
    slots: [u8; EXPIRIES],
    count: usize,
    places: [u8; EXPIRIES],
}

impl ExpiryOrder {
    const EMPTY: Self = Self { slots: [NONE; EXPIRIES], count: 0, places: [NONE; EXPIRIES] };

    /// The expiries in which the portfolio has lines. Lines are sorted by expiry already.
    fn of_lines(lines: &[PositionLine]) -> Self {
        let mut order = Self::EMPTY;
        let mut last = NONE;
        for line in lines {
            if line.expiry_slot != last {
                last = line.expiry_slot;
                order.push(last);
            }
        }
        order
    }

    /// Every live expiry of the market, by insertion: there are at most twelve.
    fn of_market(market: &Market) -> Self {
        let mut order = Self::EMPTY;
        for (slot, expiry) in (0..).zip(&market.expiries) {
            if !expiry.is_live() {
                continue;
            }
            let soonest_first = |at: &u8| market.expiries.get(usize::from(*at)).map_or(0, |e| e.expiry_ts);
            let place = order.slots().iter().position(|at| soonest_first(at) > expiry.expiry_ts);
            let place = place.unwrap_or(order.count);
            order.slots.copy_within(place..order.count, place.saturating_add(1));
            if let Some(at) = order.slots.get_mut(place) {
                *at = slot;
            }
            order.count = order.count.saturating_add(1);
        }
        for (place, slot) in (0..).zip(order.slots) {
            if let Some(at) = order.places.get_mut(usize::from(slot)) {
                *at = place;
            }
        }
        order
    }

    fn push(&mut self, slot: u8) {
        if let (Some(at), Some(place)) =
            (self.slots.get_mut(self.count), self.places.get_mut(usize::from(slot)))
        {
            *at = slot;
            *place = u8::try_from(self.count).unwrap_or(NONE);
            self.count = self.count.saturating_add(1);
        }
    }

    fn slots(&self) -> &[u8] {
        self.slots.get(..self.count).unwrap_or(&[])
    }

    fn place(&self, slot: u8) -> Option<u8> {
        self.places.get(usize::from(slot)).copied().filter(|place| *place != NONE)
    }
}

#[cfg(test)]
mod tests;

//! One portfolio by the engine: the answer that everything else here must agree with.

use crate::books::Book;
use crate::screen::Desk;
use crate::tick::{Listing, Tick, MARKETS_MAX};
use ballast_risk::bounds::ONE_E6;
use ballast_risk::fixed::mul_div_ceil_i64;
use ballast_risk::tick::HeldLines;
use ballast_risk::{
    Assessment, CollateralInput, ExpiryInput, LineInput, MarginReport, Measure, RiskError, Scratch,
    UnderlyingInput,
};

/// Memory of a thread that revalues portfolios.
#[derive(Clone)]
pub struct Workspace {
    pub(crate) scratch: Box<Scratch>,
    pub(crate) desk: Desk,
    lines: Vec<LineInput>,
    expiries: Vec<ExpiryInput>,
    pub(crate) held: Box<HeldLines>,
}

impl Default for Workspace {
    fn default() -> Self {
        Self {
            scratch: bytemuck::zeroed_box(),
            desk: Desk::default(),
            lines: Vec::new(),
            expiries: Vec::new(),
            held: Box::default(),
        }
    }
}

/// First series of each market, and the number of series at the end.
pub(crate) fn first_series(tick: &Tick) -> Vec<u32> {
    let mut firsts = vec![0];
    let mut next = 0u32;
    for market in &tick.markets {
        next += 2 * market.listings.len() as u32;
        firsts.push(next);
    }
    firsts
}

impl Workspace {
    /// The engine's report of a portfolio. `firsts`: [`first_series`] of the tick.
    ///
    /// # Errors
    /// Whatever the engine refuses; [`RiskError::UnknownExpiry`] for a series that the tick does not list and
    /// [`RiskError::UnknownUnderlying`] for an asset.
    pub(crate) fn margin(
        &mut self,
        (tick, firsts): (&Tick, &[u32]),
        book: &Book,
    ) -> Result<MarginReport, RiskError> {
        let Self { scratch, lines, expiries, .. } = self;
        let mut assessment = Assessment::begin(scratch, &tick.exchange)?;
        let held = held_markets(tick, book)?;
        let (mut next, mut places, mut added) = (0, [None; MARKETS_MAX], 0u8);
        for (at, market) in tick.markets.iter().enumerate() {
            let end = next + book.series[next..].partition_point(|series| *series < firsts[at + 1]);
            if next == end && held & (1 << at) == 0 {
                continue;
            }
            let qty_e6 = &book.qty_e6[next..end];
            fill_lines(lines, (&book.series[next..end], qty_e6), firsts[at], &market.listings);
            let oi_share_e6 = share_e6(qty_e6, market.open_interest_e6);
            let input = UnderlyingInput { oi_share_e6, ..market.underlying };
            let group = tick.exchange.groups.get(usize::from(input.group));
            if group.is_some_and(|group| group.measure == Measure::ExpectedShortfall) {
                expiries.clone_from(&market.expiries);
            } else {
                keep_expiries(expiries, &market.expiries, lines)?;
            }
            assessment.underlying(&input, expiries.iter().copied(), lines.iter().copied())?;
            (places[at], added, next) = (Some(added), added.saturating_add(1), end);
        }
        if next < book.series.len() {
            return Err(RiskError::UnknownExpiry);
        }
        for balance in book.balances {
            let asset = &tick.assets[usize::from(balance.asset)];
            let underlying = asset.market.and_then(|market| places[usize::from(market)]);
            assessment.collateral(&CollateralInput { amount: balance.amount, underlying, ..asset.terms })?;
        }
        assessment.finish(book.cash_e6)
    }

    /// The underlyings of the last report, in the order of their markets; unused entries follow.
    #[must_use]
    pub fn underlyings(&self) -> &[ballast_risk::UnderlyingState] {
        self.scratch.underlyings()
    }
}

/// Bits of the markets whose underlying a portfolio holds as collateral.
pub(crate) fn held_markets(tick: &Tick, book: &Book) -> Result<u64, RiskError> {
    book.balances.iter().try_fold(0, |bits, balance| {
        let asset = tick.assets.get(usize::from(balance.asset)).ok_or(RiskError::UnknownUnderlying)?;
        let held = asset.market.filter(|_| balance.amount > 0);
        Ok(bits | held.map_or(0, |market| 1 << market))
    })
}

/// The larger of long and short quantity as a share of open interest, 1e-6, rounded up.
fn share_e6(qty_e6: &[i64], open_interest_e6: i64) -> i64 {
    // At most 128 legs of 2^50.
    let (mut long, mut short) = (0i64, 0i64);
    for qty in qty_e6 {
        long += qty.max(&0);
        short -= qty.min(&0);
    }
    mul_div_ceil_i64(long.max(short), ONE_E6, open_interest_e6.max(1)).unwrap_or(ONE_E6).min(ONE_E6)
}

/// The lines of one market: calls and puts of a strike in one.
fn fill_lines(
    lines: &mut Vec<LineInput>,
    (series, qty_e6): (&[u32], &[i64]),
    first: u32,
    listings: &[Listing],
) {
    lines.clear();
    let mut last = None;
    for (series, &qty_e6) in series.iter().zip(qty_e6) {
        // Within the market's series, which are two a listing.
        let (place, put) = ((series - first) / 2, (series - first) % 2 == 1);
        if last != Some(place) {
            let Listing { expiry, strike } = listings[place as usize];
            lines.push(LineInput { expiry, strike, ..LineInput::default() });
            last = Some(place);
        }
        if let Some(line) = lines.last_mut() {
            *(if put { &mut line.puts_e6 } else { &mut line.calls_e6 }) = qty_e6;
        }
    }
}

/// Only the expiries that are held; the lines then name them by their new places.
fn keep_expiries(
    kept: &mut Vec<ExpiryInput>,
    expiries: &[ExpiryInput],
    lines: &mut [LineInput],
) -> Result<(), RiskError> {
    kept.clear();
    let mut last = None;
    for line in lines {
        if last != Some(line.expiry) {
            last = Some(line.expiry);
            kept.push(*expiries.get(usize::from(line.expiry)).ok_or(RiskError::UnknownExpiry)?);
        }
        line.expiry = u8::try_from(kept.len()).unwrap_or(u8::MAX).wrapping_sub(1);
    }
    Ok(())
}

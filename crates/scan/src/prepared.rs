//! The full check of very many portfolios, with what a tick fixes prepared once.

use crate::books::{Book, Books};
use crate::lineup::{Strikes, BLOCK};
use crate::revalue::{first_series, held_markets, Workspace};
use crate::tick::{Market, Tick, MARKETS_MAX};
use ballast_risk::bounds::UNDERLYINGS_MAX;
use ballast_risk::tick::{ExpiryTick, Holding, MarketTick, StrikeRows, StrikeTick};
use ballast_risk::{Assessment, CollateralInput, ExchangeInput, MarginReport, RiskError};
use pulp::{Arch, Simd, WithSimd};
use std::marker::PhantomData;
use std::ops::Range;

/// Markets of one tick, prepared to revalue portfolios in full: the series' rows are read once a tick.
///
/// Every number of a report is worked out for every portfolio, and has the bits of [`Assessment`]: what is shared is where
/// a series reads the engine's table, which no portfolio changes. A portfolio that the prepared markets do not serve (a
/// strike above eight spots, anything out of bounds) goes through the engine's ordinary way.
pub struct Revaluation<'a> {
    tick: &'a Tick<'a>,
    firsts: Vec<u32>,
    strikes: Strikes,
    markets: Vec<Option<Prepared<'a>>>,
    arch: Arch,
}

/// One market.
struct Prepared<'a> {
    market: MarketTick<'a>,
    expiries: Vec<ExpiryTick>,
    strikes: Vec<StrikeTick>,
    rows: Vec<StrikeRows>,
}

impl<'a> Prepared<'a> {
    fn new(exchange: &'a ExchangeInput, of: &'a Market<'a>) -> Option<Self> {
        let market = MarketTick::new(exchange, &of.underlying).ok()?;
        let expiries: Vec<_> =
            of.expiries.iter().map(|input| market.expiry(input).ok()).collect::<Option<_>>()?;
        let ascending = |pair: &[crate::tick::Listing]| {
            (pair[0].expiry, pair[0].strike.price_e8) < (pair[1].expiry, pair[1].strike.price_e8)
        };
        let sooner = |pair: &[ballast_risk::ExpiryInput]| pair[0].secs_left <= pair[1].secs_left;
        if !of.listings.windows(2).all(ascending) || !of.expiries.windows(2).all(sooner) {
            return None;
        }
        let strikes = of.listings.iter().map(|listing| {
            let expiry = expiries.get(usize::from(listing.expiry))?;
            Some(market.strike((listing.expiry, expiry), listing.strike))
        });
        let both: Option<(Vec<_>, Vec<_>)> = strikes.collect();
        let (strikes, rows) = both?;
        Some(Self { market, expiries, strikes, rows })
    }
}

impl std::fmt::Debug for Revaluation<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Revaluation").field("firsts", &self.firsts).finish_non_exhaustive()
    }
}

impl<'a> Revaluation<'a> {
    /// Portfolios that are put in order together: ranges of whole blocks are the quickest.
    pub const BLOCK: usize = BLOCK;

    /// Prepares every market of a tick: each strike goes through the engine's kernel once.
    ///
    /// # Errors
    /// A tick of more than 64 markets or assets, or an exchange that the engine refuses. A market that it refuses is not
    /// prepared, and its portfolios are left to the engine.
    pub fn new(tick: &'a Tick<'a>) -> Result<Self, RiskError> {
        tick.validate()?;
        let markets = tick.markets.iter().zip(0u8..);
        let market_of = markets.flat_map(|(market, at)| market.listings.iter().map(move |_| at)).collect();
        let listings = tick.markets.iter().flat_map(|market| &market.listings);
        let strikes = Strikes { market_of, expiry_of: listings.map(|listing| listing.expiry).collect() };
        let markets = tick.markets.iter().map(|market| Prepared::new(&tick.exchange, market)).collect();
        Ok(Self { tick, firsts: first_series(tick), strikes, markets, arch: Arch::new() })
    }

    /// The engine's report of a portfolio. Many at a time are quicker by [`Self::for_each`].
    ///
    /// # Errors
    /// Whatever the engine refuses; [`RiskError::UnknownExpiry`] for a series that the tick does not list and
    /// [`RiskError::UnknownUnderlying`] for an asset.
    pub fn margin(&self, workspace: &mut Workspace, book: &Book) -> Result<MarginReport, RiskError> {
        self.arch.dispatch(|| self.report(workspace, book))
    }

    /// Brings the order in which [`Self::for_each`] goes through portfolios up to date, and keeps a copy of them in it: for
    /// portfolios that are new, or for all where the tick lists other series than the one before. Prices change nothing.
    pub fn order(&self, books: &mut Books) {
        let mut lineup = std::mem::take(&mut books.lineup);
        lineup.update(&self.strikes, books);
        books.lineup = lineup;
    }

    /// What the order depends on.
    #[cfg(test)]
    pub(crate) fn strikes(&self) -> &Strikes {
        &self.strikes
    }

    /// The engine's reports of a range of portfolios, told one by one, in the [order](Self::order) where it is kept for
    /// the [blocks](Self::BLOCK) that lie in the range.
    pub fn for_each(
        &self,
        workspace: &mut Workspace,
        books: &Books,
        range: Range<usize>,
        tell: impl FnMut(usize, Result<MarginReport, RiskError>),
    ) {
        self.arch.dispatch(Each {
            revaluation: self,
            workspace,
            books,
            range,
            tell,
            of: PhantomData::<Reports>,
        });
    }

    /// What [`RiskArrays::scans`](crate::RiskArrays::scans) approximates, by revaluing every line in every scenario: the
    /// scans for IM and for MM of a range of portfolios, 1e-6 quote, told one by one in the [order](Self::order). Own strikes
    /// of near expiries are not among them. None where the prepared markets do not serve.
    pub fn for_each_scan(
        &self,
        workspace: &mut Workspace,
        books: &Books,
        range: Range<usize>,
        tell: impl FnMut(usize, Option<[i64; 2]>),
    ) {
        self.arch.dispatch(Each {
            revaluation: self,
            workspace,
            books,
            range,
            tell,
            of: PhantomData::<Scans>,
        });
    }

    #[inline(always)]
    fn report(&self, workspace: &mut Workspace, book: &Book) -> Result<MarginReport, RiskError> {
        match self.prepared_report(workspace, book) {
            Some(report) => Ok(report),
            None => workspace.margin((self.tick, &self.firsts), book),
        }
    }

    /// The report by the prepared markets; none where they do not serve.
    #[inline(always)]
    fn prepared_report(&self, workspace: &mut Workspace, book: &Book) -> Option<MarginReport> {
        let (assessment, markets) = self.assess::<true>(workspace, book)?;
        assessment.finish_holdings(book.cash_e6, &markets).ok()
    }

    /// The scans by the prepared markets; none where they do not serve.
    #[inline(always)]
    fn prepared_scans(&self, workspace: &mut Workspace, book: &Book) -> Option<[i64; 2]> {
        let (assessment, markets) = self.assess::<false>(workspace, book)?;
        assessment.scan_holdings(&markets).ok()
    }

    /// All underlyings of a portfolio, whole or only what they lose, and the market of each.
    #[inline(always)]
    fn assess<'w, const WHOLE: bool>(
        &self,
        workspace: &'w mut Workspace,
        book: &Book,
    ) -> Option<(Assessment<'w>, MarketsOf<'_>)>
    where
        'a: 'w,
    {
        let Workspace { scratch, held, .. } = workspace;
        let mut assessment = Assessment::begin(scratch, &self.tick.exchange).ok()?;
        let mut collateral = if book.balances.is_empty() { 0 } else { held_markets(self.tick, book).ok()? };
        // The slot of each market, and the market of each slot.
        let (mut slots, mut markets) = ([u8::MAX; MARKETS_MAX], [None; UNDERLYINGS_MAX]);
        let (mut next, mut added) = (0, 0u8);
        loop {
            let at = match book.series.get(next) {
                Some(series) => u32::from(*self.strikes.market_of.get((series / 2) as usize)?),
                None if collateral == 0 => break,
                None => 64,
            };
            let at = at.min(collateral.trailing_zeros());
            collateral &= !(1u64 << at);
            let at = at as usize;
            let Prepared { market, expiries, strikes, rows } = self.markets[at].as_ref()?;
            let (first, beyond) = (self.firsts[at], self.firsts[at + 1]);
            let (series, qty_e6) = (&book.series[next..], &book.qty_e6[next..]);
            let open_interest_e6 = self.tick.markets[at].open_interest_e6;
            let holding =
                Holding { market, expiries, strikes, rows, series, qty_e6, first, beyond, open_interest_e6 };
            let taken = if WHOLE {
                assessment.holding(&holding, held)
            } else {
                assessment.holding_losses(&holding, held)
            };
            next += taken.ok()?;
            (slots[at], markets[usize::from(added)]) = (added, Some(market));
            added += 1;
        }
        for balance in book.balances {
            let asset = &self.tick.assets[usize::from(balance.asset)];
            let underlying =
                asset.market.map(|market| slots[usize::from(market)]).filter(|slot| *slot < added);
            let input = CollateralInput { amount: balance.amount, underlying, ..asset.terms };
            assessment.collateral(&input).ok()?;
        }
        Some((assessment, markets))
    }
}

/// The markets of a portfolio's underlyings, in the order added.
type MarketsOf<'m> = [Option<&'m MarketTick<'m>>; UNDERLYINGS_MAX];

/// What is told of each portfolio of a range.
trait Ask {
    type Answer;

    fn ask(revaluation: &Revaluation, workspace: &mut Workspace, book: &Book) -> Self::Answer;
}

/// Its report.
struct Reports;

impl Ask for Reports {
    type Answer = Result<MarginReport, RiskError>;

    #[inline(always)]
    fn ask(revaluation: &Revaluation, workspace: &mut Workspace, book: &Book) -> Self::Answer {
        revaluation.report(workspace, book)
    }
}

/// Its scans.
struct Scans;

impl Ask for Scans {
    type Answer = Option<[i64; 2]>;

    #[inline(always)]
    fn ask(revaluation: &Revaluation, workspace: &mut Workspace, book: &Book) -> Self::Answer {
        revaluation.prepared_scans(workspace, book)
    }
}

/// Goes through a range.
struct Each<'a, 'b, Of, Tell> {
    revaluation: &'a Revaluation<'b>,
    workspace: &'a mut Workspace,
    books: &'a Books,
    range: Range<usize>,
    tell: Tell,
    of: PhantomData<Of>,
}

impl<Of: Ask, Tell: FnMut(usize, Of::Answer)> WithSimd for Each<'_, '_, Of, Tell> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(mut self, _: S) {
        let (revaluation, Range { start, end }) = (self.revaluation, self.range.clone());
        let mut next = start;
        while next < end {
            let block = self.books.lineup.block(&revaluation.strikes, next).filter(|_| next + BLOCK <= end);
            let until = end.min((next / BLOCK + 1) * BLOCK);
            // One loop for both, which the whole check is compiled into.
            let (books, range) = block.map_or((self.books, next..until), |block| (&block.books, 0..BLOCK));
            for at in range {
                let answer = Of::ask(revaluation, self.workspace, &books.book(at));
                let index = block.map_or(at, |block| next + usize::from(block.places[at]));
                (self.tell)(index, answer);
            }
            next = until;
        }
    }
}

#[cfg(test)]
mod tests;

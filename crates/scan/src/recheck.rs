//! The recheck of portfolios after a tick: arrays first, the engine where they leave a doubt.

use crate::arrays::{asset_risk, market_risk, MarketArrays, Row, Terms};
use crate::batch::{Batch, Listed, BATCH};
use crate::books::{Book, Books};
use crate::narrow::{NarrowDesk, NarrowRow};
use crate::prepared::Revaluation;
use crate::revalue::{first_series, Workspace};
use crate::screen::Desk;
use crate::sums::{Tables, UnderlyingSums, Walk};
use crate::tick::Tick;
use ballast_risk::bounds::{GROUPS_MAX, ONE_E6};
use ballast_risk::scenario::SCENARIOS;
use ballast_risk::{MarginReport, Measure, RiskError};
use pulp::{Arch, Simd, WithSimd};
use rayon::prelude::*;
use std::ops::Range;
use std::sync::Arc;

/// Risk arrays of one tick, ready to recheck portfolios.
#[derive(Debug, Clone)]
pub struct RiskArrays<'a> {
    tick: &'a Tick<'a>,
    firsts: Vec<u32>,
    tables: Tables,
    /// For those that the arrays leave in doubt.
    revaluation: Arc<Revaluation<'a>>,
    arch: Arch,
}

/// What a recheck found.
#[derive(Debug, Clone, Default)]
pub struct Recheck {
    /// Portfolios below MM with the engine's report, ascending by index.
    pub liquidatable: Vec<(usize, MarginReport)>,
    /// Portfolios that the engine refuses, with its reason.
    pub refused: Vec<(usize, RiskError)>,
    /// How the others were found to be healthy, and what the engine was asked for.
    pub counts: Counts,
}

/// How many portfolios each step decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Healthy by sums over the arrays alone.
    pub by_sums: u64,
    /// Healthy by sums with own strikes and with vega, basis and short options netted within each expiry.
    pub by_closer_look: u64,
    /// Revalued in full.
    pub revalued: u64,
    /// Of those, how many the engine finds healthy without the floor of fully paid books: the arrays' error, their
    /// caution, and books that they do not serve.
    pub revalued_healthy: u64,
}

/// Losses of one underlying of a portfolio by the arrays.
#[derive(Debug, Clone, Copy)]
pub struct ArrayLosses {
    /// Index of the market.
    pub market: usize,
    /// Weighted losses of the 35 scenarios, 1e-6 quote.
    pub losses_e6: [f64; SCENARIOS],
    /// Options at mark, 1e-6 quote.
    pub value_e6: f64,
    /// No loss and no value of the engine is further away than this, 1e-6 quote.
    pub error_e6: f64,
}

/// Portfolios that a thread takes at a time.
const CHUNK: usize = 2_048;

impl<'a> RiskArrays<'a> {
    /// Works out the arrays of a tick: two small books a listing, by the engine.
    ///
    /// # Errors
    /// Whatever the engine refuses, and a tick of more than 64 markets or assets.
    pub fn new(tick: &'a Tick<'a>) -> Result<Self, RiskError> {
        tick.validate()?;
        let firsts = first_series(tick);
        let mut scratch = bytemuck::zeroed_box();
        let (mut rows, mut terms, mut expiries, mut markets) = (vec![], vec![], vec![], vec![]);
        for (market, at) in tick.markets.iter().zip(0u32..) {
            let mut risk = market_risk(tick, market);
            MarketArrays { scratch: &mut scratch, tick, market, at, risk: &mut risk }.add_to(
                &mut rows,
                &mut terms,
                &mut expiries,
            )?;
            markets.push(risk);
        }
        let assets = tick.assets.iter().map(|asset| asset_risk(&mut scratch, tick, asset));
        let groups = &tick.exchange.groups;
        let mut rho = [0.0; GROUPS_MAX];
        let mut ask_group = [false; GROUPS_MAX];
        for ((rho, ask), group) in rho.iter_mut().zip(&mut ask_group).zip(groups) {
            *rho = group.rho_e6 as f64 / ONE_E6 as f64;
            *ask = group.measure != Measure::Worst;
        }
        let place = |terms: &Terms| (terms.market, firsts[terms.market as usize + 1]);
        let places: Vec<_> = terms.iter().map(place).collect();
        let narrow = |(row, terms): (&Row, &Terms)| {
            NarrowRow::new(row, ask_group[markets[terms.market as usize].group])
        };
        let tables = Tables {
            narrow: rows.iter().zip(&terms).map(narrow).collect(),
            listed: Listed {
                market_of: terms.iter().map(|terms| terms.market as u8).collect(),
                places: markets.iter().map(|market| market.place).collect(),
                assets: tick.assets.iter().map(|asset| asset.market).collect(),
            },
            rows,
            places,
            terms,
            expiries,
            markets,
            assets: assets.collect::<Result<_, _>>()?,
            rho,
            ask_group,
            mm_factor: tick.exchange.mm_factor_e6 as f64 / ONE_E6 as f64,
            peg: (tick.exchange.peg_e8 as f64 / 1e8).min(1.0),
        };
        let revaluation = Arc::new(Revaluation::new(tick)?);
        Ok(Self { tick, firsts, tables, revaluation, arch: Arch::new() })
    }

    /// The engine's report of a portfolio, by full revaluation in the engine's ordinary way: every market it holds is
    /// prepared anew. [`Revaluation`] gives the same report sooner.
    ///
    /// # Errors
    /// Whatever the engine refuses; [`RiskError::UnknownExpiry`] for a series that the tick does not list and
    /// [`RiskError::UnknownUnderlying`] for an asset.
    pub fn margin(&self, workspace: &mut Workspace, book: &Book) -> Result<MarginReport, RiskError> {
        workspace.margin((self.tick, &self.firsts), book)
    }

    /// The losses of a portfolio, underlying by underlying in the order of the markets, those held as collateral alone
    /// at the end; none where the arrays do not serve and the engine must be asked.
    #[must_use]
    pub fn losses(&self, book: &Book) -> Option<Vec<ArrayLosses>> {
        let (mut walk, mut sums, mut all) =
            (Walk::new(pulp::Scalar::new(), &self.tables, book), UnderlyingSums::default(), Vec::new());
        while walk.next(&mut sums) {
            let mut losses_e6 = [0.0; SCENARIOS];
            losses_e6.copy_from_slice(&sums.columns[..SCENARIOS]);
            let value_e6 = sums.columns[crate::arrays::VALUE];
            all.push(ArrayLosses { market: sums.market, losses_e6, value_e6, error_e6: sums.error });
        }
        walk.served.then_some(all)
    }

    /// Brings the order in which scans look at portfolios up to date, and keeps it with them: for portfolios that are new,
    /// or for all where the tick lists other series, groups or collateral than the one before. Prices change nothing.
    /// Without it [`Self::scans`] works the order out every time.
    pub fn order(&self, books: &mut Books) {
        let mut order = std::mem::take(&mut books.order);
        order.update(&self.tables, books);
        books.order = order;
    }

    /// The scan of IM of each portfolio of a range by the arrays, 1e-6 quote; NaN where they do not serve. It differs
    /// from the engine's by at most twice the errors of [`Self::losses`], summed.
    #[must_use]
    pub fn scans(&self, books: &Books, range: Range<usize>) -> Vec<f64> {
        let mut scans = vec![0.0; range.len()];
        let (tables, start) = (&self.tables, range.start);
        self.arch.dispatch(ScanRange { tables, books, start, scans: &mut scans });
        scans
    }

    /// Rechecks one portfolio: its report if it is below MM, none if it is healthy. `counts` is added to. Many at a time
    /// are quicker by [`Self::recheck_range`].
    ///
    /// # Errors
    /// As [`Self::margin`].
    pub fn recheck(
        &self,
        workspace: &mut Workspace,
        book: &Book,
        counts: &mut Counts,
    ) -> Result<Option<MarginReport>, RiskError> {
        self.look_closer(workspace, book, counts)
    }

    fn look_closer(
        &self,
        workspace: &mut Workspace,
        book: &Book,
        counts: &mut Counts,
    ) -> Result<Option<MarginReport>, RiskError> {
        let (tables, desk) = (&self.tables, &mut workspace.desk);
        if is_healthy(self.arch.dispatch(CloseExcess { tables, book, desk })) {
            counts.by_closer_look += 1;
            return Ok(None);
        }
        counts.revalued += 1;
        let report = self.revaluation.margin(workspace, book)?;
        if report.equity_maintenance_e6 >= report.maintenance_e6 {
            counts.revalued_healthy += 1;
        }
        Ok((report.excess_maintenance_e6 < 0).then_some(report))
    }

    /// Rechecks all portfolios on the threads of the current rayon pool.
    #[must_use]
    pub fn recheck_all(&self, books: &Books) -> Recheck {
        let starts: Vec<usize> = (0..books.len()).step_by(CHUNK).collect();
        let parts: Vec<Recheck> = starts
            .into_par_iter()
            .map_init(Workspace::default, |workspace, start| {
                self.recheck_range(workspace, books, start..books.len().min(start + CHUNK))
            })
            .collect();
        parts.into_iter().fold(Recheck::default(), Recheck::and)
    }

    /// Rechecks a range of portfolios on this thread.
    pub fn recheck_range(&self, workspace: &mut Workspace, books: &Books, range: Range<usize>) -> Recheck {
        let mut found = Recheck::default();
        let mut doubtful = Vec::new();
        let (tables, desk) = (&self.tables, &mut workspace.desk);
        self.arch.dispatch(ScreenRange {
            tables,
            books,
            range: range.clone(),
            desk,
            doubtful: &mut doubtful,
        });
        found.counts.by_sums = (range.len() - doubtful.len()) as u64;
        for index in doubtful {
            match self.look_closer(workspace, &books.book(index), &mut found.counts) {
                Ok(None) => {}
                Ok(Some(report)) => found.liquidatable.push((index, report)),
                Err(reason) => found.refused.push((index, reason)),
            }
        }
        found
    }
}

impl Recheck {
    fn and(mut self, other: Self) -> Self {
        self.liquidatable.extend(other.liquidatable);
        self.refused.extend(other.refused);
        self.counts.by_sums += other.counts.by_sums;
        self.counts.by_closer_look += other.counts.by_closer_look;
        self.counts.revalued += other.counts.revalued;
        self.counts.revalued_healthy += other.counts.revalued_healthy;
        self
    }
}

/// Appends the portfolios of a range that the arrays do not find healthy.
struct ScreenRange<'a> {
    tables: &'a Tables,
    books: &'a Books,
    range: Range<usize>,
    desk: &'a mut Desk,
    doubtful: &'a mut Vec<usize>,
}

impl WithSimd for ScreenRange<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        for index in self.range {
            let excess = self.tables.quick_excess(simd, &self.books.book(index), self.desk);
            if !is_healthy(excess) {
                self.doubtful.push(index);
            }
        }
    }
}

/// Looks closer at one portfolio.
struct CloseExcess<'a> {
    tables: &'a Tables,
    book: &'a Book<'a>,
    desk: &'a mut Desk,
}

impl WithSimd for CloseExcess<'_> {
    type Output = f64;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> f64 {
        self.tables.close_excess(simd, self.book, self.desk)
    }
}

/// Fills `scans` for the portfolios from `start` on.
struct ScanRange<'a> {
    tables: &'a Tables,
    books: &'a Books,
    start: usize,
    scans: &'a mut [f64],
}

impl WithSimd for ScanRange<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let mut desk = NarrowDesk::default();
        for (scans, start) in self.scans.chunks_mut(BATCH).zip((self.start..).step_by(BATCH)) {
            let range = start..start + scans.len();
            let anew;
            let batch = match self.books.order.batch(self.tables, &range) {
                Some(kept) => kept,
                None => {
                    anew = Batch::new(self.tables, self.books, range.clone());
                    &anew
                }
            };
            self.tables.narrow_scans(simd, (self.books, range, batch), &mut desk, scans);
        }
    }
}

/// What is not a number is a doubt, not health.
#[inline(always)]
fn is_healthy(excess_from_below: f64) -> bool {
    excess_from_below >= 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample::{add_portfolio, tick, Random, Shape};

    /// Goal: the width of the registers changes no bit of a sum, so a verdict is the same on every machine. Method: the
    /// scans and screenings of 2,000 portfolios at the machine's width, at half of it and one number at a time.
    #[test]
    fn widths_change_nothing() {
        let mut random = Random::new(17);
        let shape = Shape { markets: 5, expiries: 3, strikes: 7, first_expiry_secs: 20 * 86_400 };
        let tick = tick(shape, &mut random);
        let arrays = RiskArrays::new(&tick).unwrap();
        let mut books = Books::default();
        for _ in 0..2_000 {
            let legs = 1 + random.below(16);
            add_portfolio(&mut books, &tick, (legs, 3, 0.4), &mut random);
        }
        let bits = |scans: Vec<f64>| scans.into_iter().map(f64::to_bits).collect::<Vec<_>>();
        let (tables, books) = (&arrays.tables, &books);
        let wide = bits(arrays.scans(books, 0..books.len()));
        let mut scans = vec![0.0; books.len()];
        ScanRange { tables, books, start: 0, scans: &mut scans }.with_simd(pulp::Scalar::new());
        assert_eq!(wide, bits(scans.clone()));
        #[cfg(target_arch = "x86_64")]
        if let Some(half) = pulp::x86::V3::try_new() {
            Simd::vectorize(half, ScanRange { tables, books, start: 0, scans: &mut scans });
            assert_eq!(wide, bits(scans));
        }

        let doubtful = |screen: &dyn Fn(ScreenRange)| {
            let (mut desk, mut doubtful) = (Desk::default(), Vec::new());
            let range = 0..books.len();
            screen(ScreenRange { tables, books, range, desk: &mut desk, doubtful: &mut doubtful });
            doubtful
        };
        let wide = doubtful(&|range| arrays.arch.dispatch(range));
        assert!(!wide.is_empty() && wide.len() < books.len());
        assert_eq!(wide, doubtful(&|range| range.with_simd(pulp::Scalar::new())));
    }
}

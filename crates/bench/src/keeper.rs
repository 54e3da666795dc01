//! Keeper scale: a million portfolios rechecked after a tick.

use std::hint::black_box;
use std::time::Instant;

use anyhow::{ensure, Context, Result};
use ballast_risk::bounds::DAY_SECS;
use ballast_scan::sample::{add_portfolio, tick, Random, Shape};
use ballast_scan::{Books, Counts, Recheck, RiskArrays, Workspace};
use serde::Serialize;

use crate::clock::{median, timed};

/// Legs of a portfolio.
pub const LEGS: usize = 8;

/// One core: processor seconds for all portfolios, medians of the rounds.
#[derive(Debug, Clone, Serialize)]
pub struct Keeper {
    /// Portfolios.
    pub portfolios: usize,
    /// Legs of all portfolios.
    pub legs: usize,
    /// Series that the markets list.
    pub series: usize,
    /// Working out the arrays of one tick.
    pub arrays_seconds: f64,
    /// The whole margin check of each portfolio by the engine.
    pub revaluation_seconds: f64,
    /// The scan of each by dot products over the arrays.
    pub scan_seconds: f64,
    /// The verdict of each: arrays, and the engine where they leave a doubt.
    pub recheck_seconds: f64,
    /// How the verdicts were found.
    pub decided: Decided,
}

/// How the verdicts were found.
#[derive(Debug, Clone, Serialize)]
pub struct Decided {
    /// Healthy by sums over the arrays.
    pub by_sums: u64,
    /// Healthy by sums with own strikes, netted within each expiry.
    pub by_closer_look: u64,
    /// Revalued in full.
    pub revalued: u64,
    /// Of those healthy: within the arrays' error or not served by them.
    pub revalued_healthy: u64,
    /// Below MM.
    pub liquidatable: usize,
}

/// Wall seconds, the best of the rounds: another process on a core can only make them longer.
#[derive(Debug, Clone, Serialize)]
pub struct Parallel {
    /// Cores that the bench may use.
    pub cores: usize,
    /// Recheck on one thread and two.
    pub recheck_seconds: [f64; 2],
    /// Full revaluation on one thread and two.
    pub revaluation_seconds: [f64; 2],
}

/// A venue with portfolios.
pub struct Venue<'a> {
    arrays: RiskArrays<'a>,
    books: Books,
}

/// The exchange that portfolios are made for.
#[must_use]
pub fn exchange() -> ballast_scan::Tick<'static> {
    let shape = Shape { markets: 4, expiries: 6, strikes: 12, first_expiry_secs: 3 * DAY_SECS };
    tick(shape, &mut Random::new(11))
}

impl<'a> Venue<'a> {
    /// `count` random portfolios of eight legs in one or two neighbouring markets each.
    ///
    /// # Errors
    /// Never for an exchange made here.
    pub fn new(tick: &'a ballast_scan::Tick<'a>, count: usize) -> Result<Self> {
        let mut random = Random::new(13);
        let mut books = Books::default();
        for _ in 0..count {
            let markets = 1 + random.below(2);
            add_portfolio(&mut books, tick, (LEGS, markets, 6.0), &mut random);
        }
        let arrays = RiskArrays::new(tick).context("the engine refuses the bench's exchange")?;
        Ok(Self { arrays, books })
    }

    /// Measures on the present core. The verdicts of both ways have to be the same.
    ///
    /// # Errors
    /// Verdicts that are not.
    pub fn measure(&self, tick: &ballast_scan::Tick, rounds: usize) -> Result<Keeper> {
        let mut workspace = Workspace::default();
        let (mut arrays, mut revaluation, mut scan, mut recheck) = (vec![], vec![], vec![], vec![]);
        let mut found = Recheck::default();
        for _ in 0..rounds {
            arrays.push(timed(|| {
                black_box(RiskArrays::new(tick).ok());
            }));
            scan.push(timed(|| {
                black_box(self.arrays.scans(&self.books, 0..self.books.len()));
            }));
            recheck.push(timed(|| {
                found = self.arrays.recheck_range(&mut workspace, &self.books, 0..self.books.len());
            }));
            let mut below = 0;
            revaluation.push(timed(|| below = self.revalue(&mut workspace, 0..self.books.len())));
            ensure!(below == found.liquidatable.len(), "arrays and engine disagree");
        }
        Ok(Keeper {
            portfolios: self.books.len(),
            legs: self.books.legs(),
            series: tick.series_count(),
            arrays_seconds: median(arrays),
            revaluation_seconds: median(revaluation),
            scan_seconds: median(scan),
            recheck_seconds: median(recheck),
            decided: Decided::new(found.counts, found.liquidatable.len()),
        })
    }

    /// Revalues a range in full; the number below MM.
    fn revalue(&self, workspace: &mut Workspace, range: std::ops::Range<usize>) -> usize {
        let below = |index: &usize| {
            let report = self.arrays.margin(workspace, &self.books.book(*index));
            report.is_ok_and(|report| report.excess_maintenance_e6 < 0)
        };
        range.filter(below).count()
    }

    /// Wall times on one thread and two; this thread must be allowed all cores.
    ///
    /// # Errors
    /// Threads that cannot be started.
    pub fn parallel(&self, rounds: usize) -> Result<Parallel> {
        let mut parallel = Parallel {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            recheck_seconds: [f64::INFINITY; 2],
            revaluation_seconds: [f64::INFINITY; 2],
        };
        for _ in 0..rounds {
            for threads in [1, 2] {
                let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build()?;
                let recheck = pool.install(|| wall(|| drop(black_box(self.arrays.recheck_all(&self.books)))));
                let revaluation = pool.install(|| wall(|| drop(black_box(self.revalue_all()))));
                let best = |least: &mut f64, time: f64| *least = least.min(time);
                best(&mut parallel.recheck_seconds[threads - 1], recheck);
                best(&mut parallel.revaluation_seconds[threads - 1], revaluation);
            }
        }
        Ok(parallel)
    }

    fn revalue_all(&self) -> Vec<bool> {
        use rayon::prelude::*;
        (0..self.books.len())
            .into_par_iter()
            .map_init(Workspace::default, |workspace, index| self.revalue(workspace, index..index + 1) == 1)
            .collect()
    }
}

fn wall(work: impl FnOnce()) -> f64 {
    let start = Instant::now();
    work();
    start.elapsed().as_secs_f64()
}

impl Decided {
    fn new(counts: Counts, liquidatable: usize) -> Self {
        Self {
            by_sums: counts.by_sums,
            by_closer_look: counts.by_closer_look,
            revalued: counts.revalued,
            revalued_healthy: counts.revalued_healthy,
            liquidatable,
        }
    }
}

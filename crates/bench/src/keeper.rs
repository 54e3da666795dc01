//! Keeper scale: a million portfolios rechecked after a tick.

use std::hint::black_box;
use std::ops::Range;
use std::time::Instant;

use anyhow::{ensure, Context, Result};
use ballast_risk::bounds::DAY_SECS;
use ballast_scan::sample::{add_portfolio, tick, Random, Shape};
use ballast_scan::{Books, Counts, Recheck, Revaluation, RiskArrays, Workspace};
use rayon::prelude::*;
use serde::Serialize;

use crate::clock::{median, timed};

/// Legs of a portfolio.
pub const LEGS: usize = 8;
/// Portfolios whose reports are compared before anything is timed.
const COMPARED: usize = 100_000;
/// Portfolios that a thread takes at a time: whole blocks of the order they are in.
const CHUNK: usize = Revaluation::BLOCK;

/// One core: processor seconds for all portfolios, medians of the rounds.
#[derive(Debug, Clone, Serialize)]
pub struct Keeper {
    /// Portfolios.
    pub portfolios: usize,
    /// Legs of all portfolios.
    pub legs: usize,
    /// Series that the markets list.
    pub series: usize,
    /// Ordering the portfolios for scans, once for as long as the same series are listed.
    pub order_seconds: f64,
    /// Ordering them for full checks, as often.
    pub check_order_seconds: f64,
    /// Working out the arrays of one tick.
    pub arrays_seconds: f64,
    /// Preparing the markets of one tick for the full check: every strike's rows are read.
    pub preparing_seconds: f64,
    /// The whole margin check of each portfolio, with the rows of series read once a tick.
    pub revaluation_seconds: f64,
    /// The whole margin check of each portfolio as a program does it, with nothing prepared.
    pub unprepared_seconds: f64,
    /// The scan of each by revaluing every line in every scenario.
    pub scan_in_full_seconds: f64,
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
    /// Full revaluation on one thread and two, rows of series read once a tick.
    pub revaluation_seconds: [f64; 2],
}

/// A venue with portfolios.
pub struct Venue<'a> {
    arrays: RiskArrays<'a>,
    revaluation: Revaluation<'a>,
    books: Books,
    order_seconds: f64,
    check_order_seconds: f64,
}

/// The exchange that portfolios are made for.
#[must_use]
pub fn exchange() -> ballast_scan::Tick<'static> {
    let shape = Shape { markets: 4, expiries: 6, strikes: 12, first_expiry_secs: 3 * DAY_SECS };
    let mut tick = tick(shape, &mut Random::new(11));
    // Two thirds of all neighbours are then netted in one group.
    tick.markets[1].underlying.group = 0;
    tick
}

impl<'a> Venue<'a> {
    /// `count` random portfolios of eight legs in one or two neighbouring markets each, in order for scans and full checks.
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
        let revaluation = Revaluation::new(tick).context("the engine refuses the bench's exchange")?;
        let order_seconds = timed(|| arrays.order(&mut books));
        let check_order_seconds = timed(|| revaluation.order(&mut books));
        Ok(Self { arrays, revaluation, books, order_seconds, check_order_seconds })
    }

    /// Measures on the present core. The verdicts of all ways have to be the same, and the reports of both full checks.
    ///
    /// # Errors
    /// Verdicts or reports that are not.
    pub fn measure(&self, tick: &ballast_scan::Tick, rounds: usize) -> Result<Keeper> {
        let mut workspace = Workspace::default();
        self.same_reports(&mut workspace)?;
        self.same_scans(&mut workspace)?;
        let (mut arrays, mut preparing, mut scan, mut recheck) = (vec![], vec![], vec![], vec![]);
        let mut scan_in_full = vec![];
        let (mut revaluation, mut unprepared) = (vec![], vec![]);
        let mut found = Recheck::default();
        for _ in 0..rounds {
            arrays.push(timed(|| {
                black_box(RiskArrays::new(tick).ok());
            }));
            scan.push(timed(|| {
                black_box(self.arrays.scans(&self.books, 0..self.books.len()));
            }));
            scan_in_full.push(timed(|| {
                black_box(self.scans(&mut workspace, 0..self.books.len()));
            }));
            recheck.push(timed(|| {
                found = self.arrays.recheck_range(&mut workspace, &self.books, 0..self.books.len());
            }));
            preparing.push(timed(|| {
                black_box(Revaluation::new(tick).ok());
            }));
            let (mut below, mut below_unprepared) = (0, 0);
            revaluation.push(timed(|| below = self.revalue(&mut workspace, 0..self.books.len())));
            unprepared.push(timed(|| below_unprepared = self.revalue_unprepared(&mut workspace)));
            ensure!(below == found.liquidatable.len(), "arrays and engine disagree");
            ensure!(below == below_unprepared, "the engine and what is prepared of it disagree");
        }
        Ok(Keeper {
            portfolios: self.books.len(),
            legs: self.books.legs(),
            series: tick.series_count(),
            order_seconds: self.order_seconds,
            check_order_seconds: self.check_order_seconds,
            arrays_seconds: median(arrays),
            preparing_seconds: median(preparing),
            revaluation_seconds: median(revaluation),
            unprepared_seconds: median(unprepared),
            scan_in_full_seconds: median(scan_in_full),
            scan_seconds: median(scan),
            recheck_seconds: median(recheck),
            decided: Decided::new(found.counts, found.liquidatable.len()),
        })
    }

    /// Every report of the first portfolios in both ways, not timed: as they are told in their order.
    fn same_reports(&self, workspace: &mut Workspace) -> Result<()> {
        let mut told = vec![None; self.books.len().min(COMPARED)];
        self.revaluation.for_each(workspace, &self.books, 0..told.len(), |index, report| {
            told[index] = Some(report);
        });
        for (index, prepared) in told.into_iter().enumerate() {
            let engine = Some(self.arrays.margin(workspace, &self.books.book(index)));
            ensure!(prepared == engine, "two reports of portfolio {index}: {prepared:?} and {engine:?}");
        }
        Ok(())
    }

    /// Every scan of the first portfolios in full and by the arrays, not timed: no further apart than the arrays say. Where
    /// own strikes count the arrays tell none here.
    fn same_scans(&self, workspace: &mut Workspace) -> Result<()> {
        let range = 0..self.books.len().min(COMPARED);
        let by_arrays = self.arrays.scans(&self.books, range.clone());
        let in_full = self.scans(workspace, range);
        let told = by_arrays.iter().filter(|scan| !scan.is_nan()).count();
        ensure!(2 * told > by_arrays.len(), "the arrays tell {told} scans of {}", by_arrays.len());
        for (index, (full, arrays)) in in_full.into_iter().zip(by_arrays).enumerate() {
            if arrays.is_nan() {
                continue;
            }
            let losses = self.arrays.losses(&self.books.book(index)).context("not served by the arrays")?;
            let error_e6: f64 = losses.iter().map(|of| 2.0 * of.error_e6).sum();
            // Money is below 2^53 here.
            let apart_e6 = (full as f64 - arrays).abs();
            ensure!(apart_e6 <= error_e6, "two scans of portfolio {index}: {full} and {arrays} ± {error_e6}");
        }
        Ok(())
    }

    /// The scans of IM of a range by revaluing every line.
    fn scans(&self, workspace: &mut Workspace, range: Range<usize>) -> Vec<i64> {
        let (mut scans, start) = (vec![0; range.len()], range.start);
        self.revaluation.for_each_scan(workspace, &self.books, range, |index, scan| {
            scans[index - start] = scan.map_or(i64::MIN, |[initial, _]| initial);
        });
        scans
    }

    /// Revalues a range in full; the number below MM.
    fn revalue(&self, workspace: &mut Workspace, range: Range<usize>) -> usize {
        let mut below = 0;
        self.revaluation.for_each(workspace, &self.books, range, |_, report| {
            below += usize::from(report.is_ok_and(|report| report.excess_maintenance_e6 < 0));
        });
        below
    }

    /// Revalues all with nothing prepared; the number below MM.
    fn revalue_unprepared(&self, workspace: &mut Workspace) -> usize {
        let below = |index: &usize| {
            let report = self.arrays.margin(workspace, &self.books.book(*index));
            report.is_ok_and(|report| report.excess_maintenance_e6 < 0)
        };
        (0..self.books.len()).filter(below).count()
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
                let revaluation = pool.install(|| wall(|| _ = black_box(self.revalue_all())));
                let best = |least: &mut f64, time: f64| *least = least.min(time);
                best(&mut parallel.recheck_seconds[threads - 1], recheck);
                best(&mut parallel.revaluation_seconds[threads - 1], revaluation);
            }
        }
        Ok(parallel)
    }

    fn revalue_all(&self) -> usize {
        let starts: Vec<usize> = (0..self.books.len()).step_by(CHUNK).collect();
        let below = |workspace: &mut Workspace, start: usize| {
            self.revalue(workspace, start..self.books.len().min(start + CHUNK))
        };
        starts.into_par_iter().map_init(Workspace::default, below).sum()
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

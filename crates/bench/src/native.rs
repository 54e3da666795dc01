//! Valuations a second: the engine beside the libraries that people would use instead.

use std::hint::black_box;

use anyhow::{ensure, Result};
use ballast_risk::Scratch;
use serde::Serialize;

use crate::clock::{median, timed};
use crate::peers::{self, Absent, Peer};
use crate::problem::{problems, Problem, Valuation, EVALUATIONS, MOVED};

/// The engine's processor time a valuation: one option in one scenario, nanoseconds, medians of the rounds.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Engine {
    /// The whole margin check of 64 legs, 4 underlyings and 8 expiries, over 64 × 35: everything is in it.
    pub whole_check: f64,
    /// The scenario kernel alone over the same legs, prepared: volatility, row set-up, the unmoved pass and the rows.
    pub kernel: f64,
    /// Its rows, with the volatilities given as peers are given a deviation: what a peer's valuation is beside.
    pub rows: f64,
}

/// A peer, measured.
#[derive(Debug, Clone, Serialize)]
pub struct PeerSpeed {
    /// What it is called.
    pub name: &'static str,
    /// Its version.
    pub version: String,
    /// Nanoseconds of processor time a valuation, median of the rounds.
    pub nanoseconds: f64,
    /// How many times as long as the engine's rows.
    pub over_rows: f64,
    /// How many times as long as the engine's kernel.
    pub over_kernel: f64,
    /// How many times as long as the engine's whole check.
    pub over_whole_check: f64,
    /// Greatest difference of the losses by its values from the engine's, as a share of gross.
    pub difference: f64,
}

/// What was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Native {
    /// Rounds.
    pub rounds: usize,
    /// Valuations a round and peer.
    pub valuations: usize,
    /// The engine.
    pub engine: Engine,
    /// The peers.
    pub peers: Vec<PeerSpeed>,
    /// Peers that are not there.
    pub absent: Vec<Absent>,
}

/// Books that are valued.
const BOOKS: usize = 12;
/// Times the engine values them in a round: a round of microseconds could not be timed.
const REPEATS: usize = 40;

/// Measures in interleaved rounds on the present core.
///
/// # Errors
/// A peer whose losses are not the engine's, or that went away.
pub fn measure(rounds: usize, python: &str) -> Result<Native> {
    let problems = problems(BOOKS);
    let valuations: Vec<Valuation> = problems.iter().flat_map(Problem::valuations).collect();
    let (mut peers, absent) = peers::all(&valuations, python);
    let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
    let mut differences = Vec::new();
    for peer in &peers {
        differences.push(agreement(peer.as_ref(), &problems, &mut scratch)?);
    }
    let prepared = problems.iter().map(Problem::prepared).collect::<Result<Vec<_>, _>>()?;
    let sigmas: Vec<_> = problems.iter().zip(&prepared).map(|(p, ready)| p.volatilities(ready)).collect();
    let (mut whole, mut kernel, mut rows) = (Vec::new(), Vec::new(), Vec::new());
    let mut times = vec![Vec::new(); peers.len()];
    for _ in 0..rounds {
        whole.push(check_all(&problems, &mut scratch));
        kernel.push(run_kernel(&problems, &prepared));
        rows.push(run_rows(&problems, &prepared, &sigmas));
        for (peer, times) in peers.iter_mut().zip(&mut times) {
            times.push(peer.round()?);
        }
    }
    let engine = Engine::new(median(whole), median(kernel), median(rows));
    let mut speeds = Vec::new();
    for ((peer, times), difference) in peers.iter().zip(times).zip(differences) {
        let nanoseconds = median(times) * 1e9 / valuations.len() as f64;
        speeds.push(PeerSpeed {
            name: peer.name(),
            version: peer.version().into(),
            nanoseconds,
            over_rows: nanoseconds / engine.rows,
            over_kernel: nanoseconds / engine.kernel,
            over_whole_check: nanoseconds / engine.whole_check,
            difference,
        });
    }
    Ok(Native { rounds, valuations: valuations.len(), engine, peers: speeds, absent })
}

impl Engine {
    /// From processor seconds of a round.
    fn new(whole: f64, kernel: f64, rows: f64) -> Self {
        let a_valuation = 1e9 / (BOOKS * REPEATS * EVALUATIONS) as f64;
        let a_row_valuation = 1e9 / (BOOKS * REPEATS * MOVED) as f64;
        Self { whole_check: whole * a_valuation, kernel: kernel * a_valuation, rows: rows * a_row_valuation }
    }
}

/// Greatest difference of the losses by a peer's values from the engine's.
fn agreement(peer: &dyn Peer, problems: &[Problem], scratch: &mut Scratch) -> Result<f64> {
    let mut worst = 0.0f64;
    for (problem, values) in problems.iter().zip(peer.values().chunks_exact(EVALUATIONS)) {
        worst = worst.max(problem.difference(scratch, values)?);
    }
    ensure!(
        worst <= peer.tolerance(),
        "{} disagrees with the engine by {worst:.1e} of gross, more than {:.1e}",
        peer.name(),
        peer.tolerance()
    );
    Ok(worst)
}

fn check_all(problems: &[Problem], scratch: &mut Scratch) -> f64 {
    timed(|| {
        for _ in 0..REPEATS {
            for problem in problems {
                black_box(problem.assess(scratch).ok());
            }
        }
    })
}

fn run_kernel(problems: &[Problem], prepared: &[Vec<Box<Scratch>>]) -> f64 {
    timed(|| {
        for _ in 0..REPEATS {
            for (problem, prepared) in problems.iter().zip(prepared) {
                black_box(problem.scenario_passes(black_box(prepared)));
            }
        }
    })
}

fn run_rows(problems: &[Problem], prepared: &[Vec<Box<Scratch>>], sigmas: &[Vec<Vec<i64>>]) -> f64 {
    timed(|| {
        for _ in 0..REPEATS {
            for ((problem, prepared), sigmas) in problems.iter().zip(prepared).zip(sigmas) {
                black_box(problem.row_passes(black_box(prepared), sigmas));
            }
        }
    })
}

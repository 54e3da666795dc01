//! Crash replays: a population of portfolios, market makers and keepers lives through a price window on the shipped program.
//!
//! Everything is a genuine instruction in a signed transaction in the in-process VM, with Pyth accounts byte for byte and
//! volatility feeds with publishers; the invariants of the clearing house are checked over all its accounts after each one
//! (`ballast-harness`). What windows, population and keepers are, and how every figure is defined: docs/replay.md.
//!
//! The same arguments give the same figures, byte for byte: random numbers are drawn from a seed, keys are made of names,
//! and no figure knows the time of day.

pub mod bars;
pub mod cohort;
pub mod document;
pub mod feed;
pub mod figures;
pub mod keeper;
pub mod market;
pub mod opening;
pub mod page;
pub mod population;
mod prediction;
pub mod random;
pub mod run;
mod settling;
pub mod stage;
pub mod table;
mod unwinding;
pub mod verdict;
pub mod window;

/// How a replay is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Arguments {
    /// Seed of population and noise.
    pub seed: u64,
    /// Every keeper's latency times this.
    pub latency: i64,
    /// Every keeper's capital times this.
    pub capital: i64,
    /// Whether there are keepers at all.
    pub keepers: bool,
}

impl Default for Arguments {
    fn default() -> Self {
        Self { seed: 1, latency: 1, capital: 1, keepers: true }
    }
}

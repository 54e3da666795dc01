//! Compute units of every instruction through the shipped binary, in cases named by their size.
//!
//! Keys are made of names and prices are fixed, so a binary gives the same figures in every run. A case is one
//! transaction with one instruction of the program; what is counted is that instruction with what it calls.

mod liquidation;
mod margin;
mod money;
mod settlement;
mod setup;
mod trade;
mod volatility;

pub use margin::{margin_cases, widest_margin_check, Widest};

use crate::Result;
use ballast_harness::{world::Sent, Outcome};

/// What one instruction cost in one case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measurement {
    /// Name of the instruction.
    pub instruction: &'static str,
    /// What it was measured on.
    pub case: String,
    /// Compute units, what it called included.
    pub compute_units: u64,
    /// Bytes of its transaction on the wire.
    pub transaction_bytes: usize,
}

/// Measurements in the order they were made.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Measurement>,
}

impl Table {
    /// Notes what a transaction of one instruction cost.
    ///
    /// # Errors
    /// What was refused: a case measures success.
    pub fn add(&mut self, instruction: &'static str, case: impl Into<String>, sent: Sent) -> Result<Outcome> {
        let (case, outcome) = (case.into(), sent?);
        let (compute_units, transaction_bytes) = (outcome.compute_units, outcome.transaction_bytes);
        self.rows.push(Measurement { instruction, case, compute_units, transaction_bytes });
        Ok(outcome)
    }

    /// The measurements.
    #[must_use]
    pub fn rows(&self) -> &[Measurement] {
        &self.rows
    }

    /// The measurement of a case.
    #[must_use]
    pub fn get(&self, instruction: &str, case: &str) -> Option<&Measurement> {
        self.rows.iter().find(|row| row.instruction == instruction && row.case == case)
    }
}

/// Measures everything.
///
/// # Errors
/// What was refused in the course of it.
pub fn measure() -> Result<Table> {
    let mut table = Table::default();
    setup::measure(&mut table)?;
    money::measure(&mut table)?;
    margin::measure(&mut table)?;
    volatility::measure(&mut table)?;
    trade::measure(&mut table)?;
    liquidation::measure(&mut table)?;
    settlement::measure(&mut table)?;
    Ok(table)
}

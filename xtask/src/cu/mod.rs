//! What each instruction costs and how a margin check grows: `docs/cu.md` and its charts, measured by running the
//! committed binary.

mod page;

pub use page::grouped;

use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result};
use clap::Args;
use serde::Deserialize;

use crate::digest;
use crate::generated::{self, Mode};
use crate::process;
use crate::program::{self, PROGRAM_VARIABLE};
use crate::progress;
use crate::project::Project;

/// `cargo xtask cu`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Print the measurements as JSON and write nothing.
    #[arg(long, conflicts_with = "check")]
    json: bool,
    /// Fail unless the committed page and charts are what a measurement gives.
    #[arg(long)]
    check: bool,
}

/// What the measuring program prints.
#[derive(Clone, Debug, Deserialize)]
struct Measured {
    cases: Vec<Case>,
    growth: Vec<Sweep>,
}

/// One instruction in one case.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct Case {
    instruction: String,
    case: String,
    compute_units: u64,
}

/// Costs of a margin check against the count of one thing.
#[derive(Clone, Debug, Deserialize)]
struct Sweep {
    /// What is counted, in the plural.
    of: String,
    /// The least count from which one more brings nothing else along.
    counted_from: u64,
    curves: Vec<Curve>,
    /// The picture, SVG.
    chart: String,
}

/// Costs of one kind of book.
#[derive(Clone, Debug, Deserialize)]
struct Curve {
    book: String,
    /// (count, compute units).
    points: Vec<(u64, u64)>,
    /// What one more cost from each point to the next.
    steps: Vec<i64>,
}

/// Runs `cargo xtask cu`.
pub fn run(project: &Project, arguments: &Arguments) -> Result<()> {
    let binary = program::current(project)?;
    let printed = progress::patient_step("compute units of every instruction", || measure(project, &binary))?;
    let measured: Measured =
        serde_json::from_str(&printed).context("the measuring program printed no measurements")?;
    if arguments.json {
        print!("{printed}");
        return Ok(());
    }
    let (mode, docs) = (Mode::from_check(arguments.check), project.root.join("docs"));
    let settle =
        |name: &str, text: &str| generated::settle(project, mode, &docs.join(name), text, "cargo xtask cu");
    for sweep in &measured.growth {
        settle(&page::chart_name(sweep), &sweep.chart)?;
    }
    settle("cu.md", &page::render(&measured, &digest::of_file(&binary)?)?)
}

/// Compares the committed page and charts with a measurement.
pub fn check(project: &Project) -> Result<()> {
    run(project, &Arguments { json: false, check: true })
}

fn measure(project: &Project, binary: &Path) -> Result<String> {
    let mut cargo = project.cargo(["run", "--quiet", "--package", "ballast-tests", "--bin", "cu"]);
    cargo.env(PROGRAM_VARIABLE, binary).stderr(Stdio::inherit());
    process::capture(&mut cargo)
}

//! What each instruction costs: `docs/cu.md`, measured by running the committed binary.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;
use std::process::Stdio;

use anyhow::{bail, Context, Result};
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
    /// Fail unless the committed table is what a measurement gives.
    #[arg(long)]
    check: bool,
}

/// One measurement, as the measuring program prints it.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct Measurement {
    instruction: String,
    case: String,
    compute_units: u64,
}

/// Runs `cargo xtask cu`.
pub fn run(project: &Project, arguments: &Arguments) -> Result<()> {
    let binary = program::current(project)?;
    let printed = progress::patient_step("compute units of every instruction", || measure(project, &binary))?;
    let measurements: Vec<Measurement> =
        serde_json::from_str(&printed).context("the measuring program printed no list of measurements")?;
    if arguments.json {
        print!("{printed}");
        return Ok(());
    }
    let page = render(&measurements, &digest::of_file(&binary)?)?;
    let path = project.root.join("docs").join("cu.md");
    generated::settle(project, Mode::from_check(arguments.check), &path, &page, "cargo xtask cu")
}

/// Compares the committed table with a measurement.
pub fn check(project: &Project) -> Result<()> {
    run(project, &Arguments { json: false, check: true })
}

fn measure(project: &Project, binary: &Path) -> Result<String> {
    let mut cargo = project.cargo(["run", "--quiet", "--package", "ballast-tests", "--bin", "cu"]);
    cargo.env(PROGRAM_VARIABLE, binary).stderr(Stdio::inherit());
    process::capture(&mut cargo)
}

/// The page for some measurements of the binary with the given digest.
fn render(measurements: &[Measurement], binary: &str) -> Result<String> {
    if measurements.is_empty() {
        bail!("nothing was measured");
    }
    let mut page = format!(
        "# Compute units\n\n\
         Written by `cargo xtask cu`; changes by hand are lost. Each number is what the real binary used in\n\
         one run in an in-process Solana VM. The VM counts as a validator does and the binary does the same\n\
         work every time, so the numbers hold to the unit for the committed binary, whose SHA-256 is\n\
         `{binary}`.\n\n\
         | instruction | case | compute units |\n|---|---|---:|\n"
    );
    let mut seen = BTreeSet::new();
    for one in measurements {
        if !seen.insert((&one.instruction, &one.case)) {
            bail!("{} is measured twice for `{}`", one.instruction, one.case);
        }
        writeln!(page, "| `{}` | {} | {} |", one.instruction, one.case, grouped(one.compute_units))?;
    }
    Ok(page)
}

/// 1234567 as `1,234,567`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade(case: &str) -> Measurement {
        Measurement { instruction: "trade".into(), case: case.into(), compute_units: 123_456 }
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"].map(str::to_owned)
        );
    }

    #[test]
    fn a_page_names_its_binary_and_every_case() {
        let page = render(&[trade("one leg"), trade("twelve legs")], "ab12").unwrap();
        assert!(page.contains("`ab12`."));
        assert!(page.contains("| `trade` | twelve legs | 123,456 |"));
    }

    #[test]
    fn a_measurement_has_to_say_something_new() {
        assert!(render(&[], "ab12").is_err());
        assert!(render(&[trade("one leg"), trade("one leg")], "ab12").is_err());
    }
}

//! What the margin core costs by itself: a program that does nothing else is compiled and run, and `docs/core.md` written.

use std::fmt::Write;
use std::path::Path;
use std::process::Stdio;

use anyhow::{bail, Context, Result};
use clap::Args;
use serde::Deserialize;

use crate::cu::grouped;
use crate::generated::{self, Mode};
use crate::process;
use crate::program::{self, PROGRAM_VARIABLE};
use crate::progress;
use crate::project::Project;

/// The package of the program that is measured.
const METER: &str = "ballast-meter";
/// The variable by which the measuring program finds it.
const METER_VARIABLE: &str = "BALLAST_METER";

/// What the core of a book may cost, by its case: the book of the ceilings, of which 100,000 were asked, and the same on its
/// last day, when every strike is a scenario of its own.
const CEILINGS: [(&str, u64); 2] = [
    ("64 legs, 4 underlyings, 8 expiries", 103_000),
    ("64 legs, 4 underlyings, 8 expiries, expiring today", 131_000),
];

/// `cargo xtask core`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Print the measurements as JSON and write nothing.
    #[arg(long, conflicts_with = "check")]
    json: bool,
    /// Fail unless the committed page is what a measurement gives.
    #[arg(long)]
    check: bool,
}

/// One book.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
struct Cost {
    case: String,
    core: u64,
    engine: u64,
}

/// Runs `cargo xtask core`.
pub fn run(project: &Project, arguments: &Arguments) -> Result<()> {
    let (printed, same_tools) = measured(project)?;
    let costs: Vec<Cost> =
        serde_json::from_str(&printed).context("the measuring program printed no measurements")?;
    keep_ceilings(&costs)?;
    if arguments.json {
        print!("{printed}");
        return Ok(());
    }
    if arguments.check && !same_tools {
        progress::note("NOT COMPARED: other tools than those of the committed binary; the ceilings hold");
        return Ok(());
    }
    let (mode, page) = (Mode::from_check(arguments.check), project.root.join("docs").join("core.md"));
    generated::settle(project, mode, &page, &render(&costs)?, "cargo xtask core")
}

/// Compares the committed page with a measurement.
pub fn check(project: &Project) -> Result<()> {
    run(project, &Arguments { json: false, check: true })
}

/// What the measuring program printed, and whether the tools are those that made the committed binary.
fn measured(project: &Project) -> Result<(String, bool)> {
    let (meter, same_tools) = program::another(project, METER)?;
    let binary = program::current(project)?;
    let printed =
        progress::patient_step("compute units of the margin core", || measure(project, &meter, &binary))?;
    Ok((printed, same_tools))
}

fn measure(project: &Project, meter: &Path, binary: &Path) -> Result<String> {
    let mut cargo = project.cargo(["run", "--quiet", "--package", "ballast-tests", "--bin", "core"]);
    cargo.env(PROGRAM_VARIABLE, binary).env(METER_VARIABLE, meter).stderr(Stdio::inherit());
    process::capture(&mut cargo)
}

fn keep_ceilings(costs: &[Cost]) -> Result<()> {
    for (case, ceiling) in CEILINGS {
        let Some(cost) = costs.iter().find(|cost| cost.case == case) else {
            bail!("the core of `{case}` was not measured");
        };
        if cost.core > ceiling {
            bail!("the core of `{case}` costs {}: more than {}", grouped(cost.core), grouped(ceiling));
        }
    }
    Ok(())
}

fn render(costs: &[Cost]) -> Result<String> {
    let mut page = String::from(
        "# The margin core\n\n\
         Written by `cargo xtask core`; changes by hand are lost.\n\n\
         What the engine costs apart from accounts, prices and instructions. A program that does nothing else\n\
         (`crates/meter`) reads the book of a case of `margin_check` in [cu.md](cu.md) from an account; what a part\n\
         costs is what it takes more than reading. Losses and own strikes are compared with the engine's natively.\n\
         The *core* leads from markets, expiries and lines to the 35 losses of each underlying and the own strikes:\n\
         moves, roots, discounts, smiles, scales, the kernel's rows, losses as money. The *engine* adds values and\n\
         Greeks by expiry, least payoffs, add-ons, groups and the requirement. Compiled apart from the program, so\n\
         what the compiler inlines differs by some hundred units.\n\n\
         | book | core | ceiling | engine |\n|---|---:|---:|---:|\n",
    );
    for cost in costs {
        let ceiling = CEILINGS.iter().find(|(case, _)| *case == cost.case);
        let ceiling = ceiling.map_or(String::new(), |(_, units)| grouped(*units));
        writeln!(page, "| {} | {} | {ceiling} | {} |", cost.case, grouped(cost.core), grouped(cost.engine))?;
    }
    Ok(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn costs(core: u64) -> Vec<Cost> {
        CEILINGS.map(|(case, _)| Cost { case: case.to_owned(), core, engine: 2 * core }).to_vec()
    }

    /// Goal: a core beyond its ceiling, or one that was not measured, is a failure. Method: each.
    #[test]
    fn ceilings_are_kept() {
        let least = CEILINGS.map(|(_, ceiling)| ceiling).into_iter().min().unwrap();
        assert!(keep_ceilings(&costs(least)).is_ok());
        let error = keep_ceilings(&costs(least + 1)).unwrap_err().to_string();
        assert!(error.contains(&format!("{}: more than {}", grouped(least + 1), grouped(least))), "{error}");
        assert!(keep_ceilings(&costs(1)[1..]).is_err());
    }

    /// Goal: the page shows every book with its ceiling. Method: two made up.
    #[test]
    fn the_page_has_a_row_for_every_book() {
        let page = render(&costs(99_000)).unwrap();
        for (case, ceiling) in CEILINGS {
            let row = format!("| {case} | 99,000 | {} | 198,000 |", grouped(ceiling));
            assert!(page.contains(&row), "{page}");
        }
    }
}

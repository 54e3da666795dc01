//! `cargo xtask`: build, test, demo and the generators of Ballast's committed tables.
//!
//! Everything that a contributor or CI does to the repository is a command here, in Rust, so that it
//! runs the same on every machine. `cargo xtask help` lists them.

mod bench;
mod core;
mod cu;
mod demo;
mod digest;
mod fuzz;
mod generated;
mod idl;
mod layout;
mod process;
mod program;
mod progress;
mod project;
mod replay;
mod sbf;
mod stateful;
mod suite;

use std::env;
use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

use crate::generated::Mode;
use crate::program::BuildArguments;
use crate::project::{Project, PROGRAM};

/// Build, test, demo and the generators of Ballast's committed tables.
#[derive(Parser, Debug)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct CommandLine {
    #[command(subcommand)]
    task: Task,
}

/// The commands.
#[derive(Subcommand, Debug)]
enum Task {
    /// Compile the program to SBF v3.
    Build(BuildArguments),
    /// Check, lint and test everything.
    Test(suite::Arguments),
    /// Run the demo on the program that ships.
    Demo(demo::Arguments),
    /// Write the interface description that clients are generated from.
    Idl {
        /// Fail unless the committed file is what the program prints.
        #[arg(long)]
        check: bool,
        /// The program package; another than Ballast's goes to the target folder.
        #[arg(long, default_value = PROGRAM)]
        package: String,
    },
    /// Write the tables of stored accounts, errors and events.
    Layout {
        /// Fail unless the committed tables are what the interface description gives.
        #[arg(long)]
        check: bool,
    },
    /// Measure what each instruction costs and how a margin check grows, and write the page and its charts.
    Cu(cu::Arguments),
    /// Measure what the margin core costs by itself, and write the page.
    Core(core::Arguments),
    /// Look for inputs that break the margin engine.
    Fuzz(fuzz::Arguments),
    /// Live random lives of the clearing house through the program's binary, and replay them.
    Stateful(stateful::Arguments),
    /// Measure native speed beside other libraries, and a keeper's recheck.
    Bench(bench::Arguments),
    /// Drive a population of portfolios and keepers through crashes, on the program that ships.
    Replay(replay::Arguments),
}

fn main() -> ExitCode {
    let result = if env::var_os(sbf::identity::MARK).is_some() {
        sbf::identity::stand_before_rustc()
    } else {
        perform(&CommandLine::parse())
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("xtask: error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn perform(line: &CommandLine) -> Result<()> {
    let project = Project::locate()?;
    match &line.task {
        Task::Build(arguments) => program::build(&project, arguments),
        Task::Test(arguments) => suite::run(&project, arguments),
        Task::Demo(arguments) => demo::run(&project, arguments),
        Task::Idl { check, package } => idl::generate(&project, Mode::from_check(*check), package),
        Task::Layout { check } => layout::generate(&project, Mode::from_check(*check)),
        Task::Cu(arguments) => cu::run(&project, arguments),
        Task::Core(arguments) => core::run(&project, arguments),
        Task::Fuzz(arguments) => fuzz::run(&project, arguments).map(drop),
        Task::Stateful(arguments) => stateful::run(&project, arguments),
        Task::Bench(arguments) => bench::run(&project, arguments),
        Task::Replay(arguments) => replay::run(&project, arguments),
    }
}

//! `cargo xtask stateful`: random lives of the whole clearing house through the program's binary.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::{self as own, Command, Stdio};

use anyhow::{Context, Result};
use clap::Args;

use crate::process;
use crate::project::Project;

/// The package that lives them.
pub const STATEFUL: &str = "ballast-stateful";
/// Instructions of a run in CI.
pub const INSTRUCTIONS: u64 = 100_000;
/// Instructions of a long run.
pub const LONG_INSTRUCTIONS: u64 = 10_000_000;
/// The profile of long runs.
const LONG_PROFILE: [&str; 2] = ["--profile", "long"];

/// `cargo xtask stateful`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Instructions of all lives together [default: 100,000, of a long run 10,000,000].
    #[arg(long)]
    instructions: Option<u64>,
    /// Seed of the first life.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads; one a core if not said.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Compile for speed, and run a hundred times as long.
    #[arg(long)]
    long: bool,
    /// Replay a script instead.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["instructions", "seed", "long"])]
    replay: Option<PathBuf>,
    /// Make the replayed script small if it fails.
    #[arg(long, requires = "replay")]
    shrink: bool,
    /// Print figures as JSON.
    #[arg(long)]
    json: bool,
}

/// Runs `cargo xtask stateful` and leaves with its exit code.
pub fn run(project: &Project, arguments: &Arguments) -> Result<()> {
    let mut command = command(project, arguments);
    let status = command.status().with_context(|| format!("cannot start {}", process::shown(&command)))?;
    if status.success() {
        return Ok(());
    }
    own::exit(status.code().unwrap_or(1))
}

/// The run of the test suite.
pub fn of_suite(project: &Project, long: bool) -> Command {
    let arguments =
        Arguments { instructions: None, seed: 1, threads: 0, long, replay: None, shrink: false, json: false };
    let mut command = command(project, &arguments);
    command.arg("--all-must-happen");
    command
}

fn command(project: &Project, arguments: &Arguments) -> Command {
    let mut command = project.cargo(["run"]);
    command.args(["--quiet", "--package", STATEFUL]);
    if arguments.long {
        command.args(LONG_PROFILE);
    }
    command.arg("--").stdin(Stdio::null()).args(passed_on(project, arguments));
    command
}

/// The same for the program that does it.
fn passed_on(project: &Project, arguments: &Arguments) -> Vec<OsString> {
    let usual = if arguments.long { LONG_INSTRUCTIONS } else { INSTRUCTIONS };
    let mut all: Vec<OsString> = vec!["--threads".into(), arguments.threads.to_string().into()];
    match &arguments.replay {
        Some(path) => all.extend(["--replay".into(), path.into()]),
        None => {
            let instructions = arguments.instructions.unwrap_or(usual);
            all.extend(["--instructions".into(), instructions.to_string().into()]);
            all.extend(["--seed".into(), arguments.seed.to_string().into()]);
        }
    }
    all.extend(["--folder".into(), project.target.join("stateful").into()]);
    all.extend(arguments.shrink.then(|| "--shrink".into()));
    all.extend(arguments.json.then(|| "--json".into()));
    all
}

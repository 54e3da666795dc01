//! `cargo xtask replay`: crash replays on the program that ships.

use std::ffi::OsString;
use std::process::{self as own, Stdio};

use anyhow::{Context, Result};
use clap::Args;

use crate::process;
use crate::program::{self, PROGRAM_VARIABLE};
use crate::progress;
use crate::project::Project;

/// The package that replays.
pub const REPLAY: &str = "ballast-replay";

/// `cargo xtask replay`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Passed on as they stand: `--window`, `--data`, `--json`, `--html`, `--help`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

/// Replays, and ends with the replay's exit code. Standard output carries its report and nothing else.
pub fn run(project: &Project, arguments: &Arguments) -> Result<()> {
    let binary = program::current(project)?;
    progress::patient_step("compiling the replay (minutes the first time, then seconds)", || {
        process::run(&mut project.cargo(["build", "--quiet", "--package", REPLAY]))
    })?;
    let manifest = project.root.join("Cargo.toml");
    let mut cargo = project.cargo(["run", "--quiet", "--package", REPLAY, "--manifest-path"]);
    cargo.arg(manifest).arg("--");
    // Paths are meant from where the person stands.
    cargo.current_dir(std::env::current_dir()?);
    cargo.args(&arguments.rest).env(PROGRAM_VARIABLE, &binary).stdin(Stdio::null());
    let status = cargo.status().with_context(|| format!("cannot start {}", process::shown(&cargo)))?;
    if status.success() {
        return Ok(());
    }
    own::exit(status.code().unwrap_or(1))
}

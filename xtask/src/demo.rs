//! `cargo xtask demo`: the protocol at work, on the program that ships.

use std::ffi::OsString;
use std::io::{self, IsTerminal};
use std::process::{self as own, Stdio};

use anyhow::{Context, Result};
use clap::Args;

use crate::process;
use crate::program::{self, PROGRAM_VARIABLE};
use crate::progress;
use crate::project::Project;

/// The package whose `demo` command is run.
pub const CLI: &str = "ballast-cli";

/// `cargo xtask demo`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Passed on to the demo as they stand.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

/// Runs the demo and ends with its exit code. Standard output carries the demo's own and nothing else.
pub fn run(project: &Project, arguments: &Arguments) -> Result<()> {
    let binary = program::current(project)?;
    prepare(project)?;
    let mut cargo = project.cargo(["run", "--quiet", "--package", CLI, "--", "demo"]);
    cargo.args(&arguments.rest).env(PROGRAM_VARIABLE, &binary).stdin(Stdio::inherit());
    let status = cargo.status().with_context(|| format!("cannot start {}", process::shown(&cargo)))?;
    if status.success() {
        return Ok(());
    }
    own::exit(status.code().unwrap_or(1))
}

/// Compiles the demo where the person who waits sees something happen.
fn prepare(project: &Project) -> Result<()> {
    if io::stderr().is_terminal() {
        return process::run(&mut project.cargo(["build", "--package", CLI]));
    }
    progress::patient_step("compiling the demo (minutes the first time, then seconds)", || {
        process::run(&mut project.cargo(["build", "--quiet", "--package", CLI]))
    })
}

//! `cargo xtask bench`: native speed, beside other libraries and at a keeper's scale.

use std::env;
use std::ffi::OsString;
use std::process::{self as own, Command, Stdio};

use anyhow::{Context, Result};
use clap::Args;

use crate::process;
use crate::project::Project;

/// The package that measures; compiled with the libraries to compare with here and nowhere else.
pub const BENCH: &str = "ballast-bench";

/// `cargo xtask bench`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Passed on to the bench as they stand: `--json`, `--rounds`, `--portfolios`, `--python`, `--help`.
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    rest: Vec<OsString>,
}

/// Compiles the bench as people would ship the engine, and runs it.
pub fn run(project: &Project, arguments: &Arguments) -> Result<()> {
    let mut build = vec!["--quiet", "--release", "--package", BENCH];
    if has_cpp_compiler() {
        build.extend(["--features", "peers"]);
    }
    process::run(project.cargo(["build"]).args(&build))?;
    let mut cargo = project.cargo(["run"]);
    cargo.args(&build).arg("--").args(&arguments.rest).stdin(Stdio::null());
    let status = cargo.status().with_context(|| format!("cannot start {}", process::shown(&cargo)))?;
    if status.success() {
        return Ok(());
    }
    own::exit(status.code().unwrap_or(1))
}

/// One of the crates to compare with brings C++; without a compiler the bench goes on without them, and says so.
fn has_cpp_compiler() -> bool {
    let compiler = env::var_os("CXX").unwrap_or_else(|| "c++".into());
    process::succeeds(Command::new(compiler).arg("--version"))
}

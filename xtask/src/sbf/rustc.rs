//! The Rust compiler of this workspace.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;
use crate::project::Project;

/// Which compiler it is and where it lives.
#[derive(Clone, Debug)]
pub struct Rustc {
    /// Its version number alone, such as `1.95.0`.
    pub version: String,
    /// Its name for itself, with commit and date.
    pub full: String,
    /// Its own folder.
    pub sysroot: PathBuf,
}

impl Rustc {
    /// The compiler that the workspace's toolchain file selects.
    pub fn of(project: &Project) -> Result<Self> {
        let ask = |question: &[&str]| -> Result<String> {
            let mut command = Command::new("rustc");
            Ok(process::capture(command.current_dir(&project.root).args(question))?.trim().to_owned())
        };
        let full = ask(&["--version"])?;
        let version = full.split_whitespace().nth(1).context("rustc did not tell its version")?.to_owned();
        Ok(Self { version, full, sysroot: PathBuf::from(ask(&["--print", "sysroot"])?) })
    }
}

//! Who compiles the program: the Solana tools where they are installed, the fallback otherwise.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{bail, Context, Result};
use clap::ValueEnum;

use crate::process;
use crate::program::artifact::Tools;
use crate::program::sources;
use crate::progress;
use crate::project::Project;
use crate::sbf::{self, Toolchain};

/// Which compiler to use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Choice {
    /// `cargo build-sbf` where it is installed, the fallback otherwise.
    #[default]
    Auto,
    /// The fallback, whatever is installed.
    Fallback,
    /// `cargo build-sbf` or nothing.
    CargoBuildSbf,
}

/// A compiler that is ready for use.
#[derive(Debug)]
pub enum Builder {
    /// `cargo build-sbf`.
    Official(Official),
    /// The project's own.
    Fallback(Toolchain),
}

/// What `cargo build-sbf --version` tells.
#[derive(Debug, PartialEq, Eq)]
pub struct Official {
    version: String,
    rustc: String,
}

impl Builder {
    /// Finds a compiler, or puts one together.
    pub fn ready(project: &Project, choice: Choice) -> Result<Self> {
        let official = if choice == Choice::Fallback { None } else { Official::installed() };
        match (official, choice) {
            (Some(official), _) => Ok(Self::Official(official)),
            (None, Choice::CargoBuildSbf) => bail!("`cargo build-sbf` is not installed"),
            (None, _) => Ok(Self::Fallback(Toolchain::ensure(project)?)),
        }
    }

    /// The tools to record with what this compiler makes.
    pub fn tools(&self) -> Tools {
        match self {
            Self::Official(official) => Tools {
                builder: "cargo-build-sbf".to_owned(),
                rustc: official.rustc.clone(),
                llvm: official.version.clone(),
                sbpf_linker: None,
                compiler_builtins: None,
                library: None,
            },
            Self::Fallback(toolchain) => Tools {
                builder: "fallback".to_owned(),
                rustc: toolchain.rustc().to_owned(),
                llvm: toolchain.llvm.clone(),
                sbpf_linker: Some(sbf::LINKER_VERSION.to_owned()),
                compiler_builtins: Some(sbf::BUILTINS_VERSION.to_owned()),
                library: Some(toolchain.library.clone()),
            },
        }
    }

    /// Compiles a program package and returns where the result is.
    pub fn compile(&self, project: &Project, package: &str, fresh: bool) -> Result<PathBuf> {
        match self {
            Self::Official(official) => official.compile(project, package, fresh),
            Self::Fallback(toolchain) => {
                toolchain.compile(project, package, &sources::own_packages(project, package)?, fresh)
            }
        }
    }
}

impl Official {
    /// The installed tools, if there are any.
    fn installed() -> Option<Self> {
        let text = process::capture(Self::cargo().args(["build-sbf", "--version"])).ok()?;
        Some(Self::from_version(&text))
    }

    /// Name and version, then the platform tools, then their compiler, a line each.
    fn from_version(text: &str) -> Self {
        let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let rustc = lines.iter().find(|line| line.starts_with("rustc")).unwrap_or(&"its own");
        let others: Vec<&str> = lines.iter().filter(|line| !line.starts_with("rustc")).copied().collect();
        Self { version: others.join(", "), rustc: (*rustc).to_owned() }
    }

    fn compile(&self, project: &Project, package: &str, fresh: bool) -> Result<PathBuf> {
        let manifest = project.manifest(package).with_context(|| format!("no package {package}"))?;
        if fresh {
            let mut clean = Self::cargo();
            clean.current_dir(&project.root).args(["clean", "--release", "--package", package]);
            process::run(&mut clean)?;
        }
        progress::step(&format!("program {package} by {}", self.version), || {
            let mut build = Self::cargo();
            build
                .current_dir(&project.root)
                .args(["build-sbf", "--arch", "v3", "--manifest-path"])
                .arg(manifest)
                .arg("--sbf-out-dir")
                .arg(project.target.join("deploy"))
                .args(["--", "--locked"]);
            process::run(&mut build)
        })?;
        Ok(project.deployed(package))
    }

    /// Cargo by way of the path: the tools select their own toolchain, which a Cargo started by its
    /// full path would not listen to.
    fn cargo() -> Command {
        let mut command = Command::new("cargo");
        for name in ["CARGO", "RUSTC", "RUSTUP_TOOLCHAIN", "RUSTFLAGS"] {
            command.env_remove(name);
        }
        command
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tools_version_keeps_the_compiler_apart() {
        let told =
            Official::from_version("solana-cargo-build-sbf 4.1.0\nplatform-tools v1.53\nrustc 1.89.0\n");
        assert_eq!(told.version, "solana-cargo-build-sbf 4.1.0, platform-tools v1.53");
        assert_eq!(told.rustc, "rustc 1.89.0");
    }
}

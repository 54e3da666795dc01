//! Where things are: the workspace, its target folder, the program and the files that xtask keeps.

use std::env;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::process;

/// The program that every command means unless told otherwise.
pub const PROGRAM: &str = "ballast";

/// The workspace on this machine.
#[derive(Clone, Debug)]
pub struct Project {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder, whatever decided it (environment, configuration or the default).
    pub target: PathBuf,
    /// The workspace's own packages.
    pub members: Vec<Member>,
}

/// One package of the workspace.
#[derive(Clone, Debug, Deserialize)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its manifest.
    pub manifest_path: PathBuf,
    /// What it asks for by name.
    pub dependencies: Vec<Dependency>,
}

/// A dependency as a manifest states it.
#[derive(Clone, Debug, Deserialize)]
pub struct Dependency {
    /// The package's own name, whatever the manifest renames it to.
    pub name: String,
    /// `dev`, `build`, or nothing for an ordinary one.
    pub kind: Option<String>,
}

/// The fields of `cargo metadata` that are needed here.
#[derive(Deserialize)]
struct Metadata {
    workspace_root: PathBuf,
    target_directory: PathBuf,
    packages: Vec<Member>,
}

impl Project {
    /// Asks Cargo where the workspace and its target folder are.
    pub fn locate() -> Result<Self> {
        let mut command = Command::new(cargo_path());
        command.args(["metadata", "--no-deps", "--format-version", "1"]);
        // Set by `cargo run`; the folder that the user stands in may be another workspace's.
        if let Some(own_folder) = env::var_os("CARGO_MANIFEST_DIR") {
            command.current_dir(own_folder);
        }
        let text = process::capture(&mut command)?;
        let found: Metadata = serde_json::from_str(&text).context("`cargo metadata` printed no JSON")?;
        Ok(Self { root: found.workspace_root, target: found.target_directory, members: found.packages })
    }

    /// A Cargo command in the workspace root, with nothing to read from.
    pub fn cargo<S: AsRef<str>>(&self, arguments: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(cargo_path());
        command.current_dir(&self.root).stdin(Stdio::null());
        for argument in arguments {
            command.arg(argument.as_ref());
        }
        command
    }

    /// The manifest of a package of the workspace.
    pub fn manifest(&self, package: &str) -> Option<&Path> {
        let member = self.members.iter().find(|member| member.name == package)?;
        Some(&member.manifest_path)
    }

    /// The folder of the program package `package`.
    pub fn program_folder(&self, package: &str) -> PathBuf {
        self.root.join("programs").join(package)
    }

    /// Where a freshly built program goes, which is where the Solana tools put it too.
    pub fn deployed(&self, package: &str) -> PathBuf {
        self.target.join("deploy").join(format!("{}.so", package.replace('-', "_")))
    }

    /// The folder of the committed binary and its record.
    pub fn artifact_folder(&self) -> PathBuf {
        self.program_folder(PROGRAM).join("artifact")
    }

    /// The committed binary.
    pub fn artifact(&self) -> PathBuf {
        self.artifact_folder().join(format!("{PROGRAM}.so"))
    }

    /// The record of what the committed binary was made from and with.
    pub fn artifact_record(&self) -> PathBuf {
        self.artifact_folder().join(format!("{PROGRAM}.json"))
    }

    /// The committed interface description.
    pub fn idl(&self) -> PathBuf {
        self.root.join("sdk").join("idl").join(format!("{PROGRAM}.json"))
    }

    /// `path` as a reader would write it: relative to the workspace where it lies inside.
    pub fn shown(&self, path: &Path) -> String {
        path.strip_prefix(&self.root).unwrap_or(path).display().to_string()
    }
}

/// The Cargo that started this program, or the one on the path.
pub fn cargo_path() -> PathBuf {
    env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from)
}

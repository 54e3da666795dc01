//! The program binary: building it, keeping one in the repository, and choosing one to run.

mod artifact;
mod builder;
mod lockfile;
mod sources;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{bail, Result};
use clap::Args;

use crate::digest;
use crate::program::artifact::Kept;
use crate::program::builder::Builder;
use crate::progress;
use crate::project::{Project, PROGRAM};

pub use crate::program::builder::Choice;

/// The variable by which tests, demo and benches find the program.
pub const PROGRAM_VARIABLE: &str = "BALLAST_PROGRAM";
/// The variable by which Solana's own test validator library finds programs: a folder.
pub const FOLDER_VARIABLE: &str = "SBF_OUT_DIR";

/// `cargo xtask build`.
#[derive(Args, Debug)]
pub struct BuildArguments {
    /// Compile everything anew, dependencies and standard library included.
    #[arg(long)]
    fresh: bool,
    /// The program package to build.
    #[arg(long, default_value = PROGRAM)]
    package: String,
    /// Make the result the committed binary and rewrite its record.
    #[arg(long, conflicts_with = "check")]
    bless: bool,
    /// Fail unless the committed binary is what this source gives.
    #[arg(long)]
    check: bool,
    /// Which compiler to use.
    #[arg(long, value_enum, default_value_t)]
    builder: Choice,
}

/// Runs `cargo xtask build`; the last line on standard output names the binary.
pub fn build(project: &Project, arguments: &BuildArguments) -> Result<()> {
    let special = arguments.bless || arguments.check;
    if special && arguments.package != PROGRAM {
        bail!("only {PROGRAM} has a committed binary");
    }
    let binary = if arguments.check {
        check(project, arguments.builder, arguments.fresh)?
    } else {
        let builder = Builder::ready(project, arguments.builder)?;
        let built = compile(project, &builder, &arguments.package, arguments.fresh)?;
        if arguments.bless {
            artifact::bless(project, &built, builder.tools())?;
            project.artifact()
        } else {
            built
        }
    };
    println!(
        "{} {} bytes sha256 {}",
        project.shown(&binary),
        fs::metadata(&binary)?.len(),
        digest::of_file(&binary)?
    );
    Ok(())
}

/// Builds the program and compares it with the committed binary. Returns the binary to test: the
/// two are the same, or the tools differ and the one built here is the one that this machine can
/// answer for.
pub fn check(project: &Project, choice: Choice, fresh: bool) -> Result<PathBuf> {
    let record = match artifact::kept(project)? {
        Kept::Missing => bail!("there is no committed binary; `cargo xtask build --bless` makes it"),
        Kept::Stale => {
            bail!("the committed binary is older than its sources; `cargo xtask build --bless` renews it")
        }
        Kept::Fresh(record) => record,
    };
    let builder = Builder::ready(project, choice)?;
    let built = compile(project, &builder, PROGRAM, fresh)?;
    let same = digest::of_file(&built)? == record.sha256;
    let differences = record.tools.differences(&builder.tools());
    match (same, differences.is_empty()) {
        (true, true) => progress::note("the committed binary is what this source gives, byte for byte"),
        (true, false) => {
            progress::note("the committed binary is what this source gives, even by other tools:");
            differences.iter().for_each(|line| progress::note(&format!("  {line}")));
        }
        (false, true) => bail!(
            "the committed binary is NOT what this source gives by the recorded tools: built {}, \
             committed {}; `cargo xtask build --bless` replaces it",
            digest::of_file(&built)?,
            record.sha256
        ),
        (false, false) => {
            progress::note(
                "NOT COMPARED: the committed binary was made by other tools than this machine has:",
            );
            differences.iter().for_each(|line| progress::note(&format!("  {line}")));
            progress::note("its sources are the ones here; the tests use the binary built just now");
            return Ok(built);
        }
    }
    Ok(project.artifact())
}

/// A binary of the present sources: the committed one, the last one built, or a new one.
pub fn current(project: &Project) -> Result<PathBuf> {
    let why = match artifact::kept(project)? {
        Kept::Fresh(_) => return Ok(project.artifact()),
        Kept::Stale => "the committed binary is older than its sources",
        Kept::Missing => "there is no committed binary",
    };
    if let Some(built) = last_built(project)? {
        progress::note(&format!("{why}; using the one built since"));
        return Ok(built);
    }
    progress::note(&format!("{why}; building one"));
    compile(project, &Builder::ready(project, Choice::Auto)?, PROGRAM, false)
}

/// Another program of the workspace, compiled now, and whether the tools are those that made the committed binary.
pub fn another(project: &Project, package: &str) -> Result<(PathBuf, bool)> {
    let builder = Builder::ready(project, Choice::Auto)?;
    let same_tools = match artifact::kept(project)? {
        Kept::Fresh(record) => record.tools.differences(&builder.tools()).is_empty(),
        Kept::Stale | Kept::Missing => false,
    };
    Ok((compile(project, &builder, package, false)?, same_tools))
}

fn compile(project: &Project, builder: &Builder, package: &str, fresh: bool) -> Result<PathBuf> {
    let from = sources::digest(project, package)?;
    let note = note_beside(&project.deployed(package));
    if note.exists() {
        fs::remove_file(&note)?;
    }
    let built = builder.compile(project, package, fresh)?;
    fs::write(&note, format!("{from} {}", digest::of_file(&built)?))?;
    Ok(built)
}

/// The binary in the target folder, if it was built from the present sources and is unchanged.
fn last_built(project: &Project) -> Result<Option<PathBuf>> {
    let built = project.deployed(PROGRAM);
    let Ok(note) = fs::read_to_string(note_beside(&built)) else {
        return Ok(None);
    };
    let present = built.exists()
        && note == format!("{} {}", sources::digest(project, PROGRAM)?, digest::of_file(&built)?);
    Ok(present.then_some(built))
}

/// What a built binary was made from, in a file of its own.
fn note_beside(binary: &Path) -> PathBuf {
    binary.with_extension("sources")
}

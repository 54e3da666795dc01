//! Compiling a program with the fallback compiler, so that the same source gives the same bytes.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::process;
use crate::progress;
use crate::project::Project;
use crate::sbf::home::Home;
use crate::sbf::recipe::{RUST_FLAGS, TARGET};
use crate::sbf::{identity, library, linker, support};

/// A folder and the name it goes by inside the program.
type Rename = (PathBuf, &'static str);

/// Variables, or beginnings of their names, that would change the program without being in its sources.
const MEDDLING: [&str; 5] =
    ["RUSTFLAGS", "CARGO_BUILD_", "CARGO_PROFILE_", "RUSTC_WORKSPACE_WRAPPER", "RUSTC"];

/// Compiles `package` and puts it where the Solana tools would. `own` are the workspace's crates in
/// it; `fresh` compiles everything anew, dependencies and standard library included.
pub fn program(
    home: &Home,
    project: &Project,
    package: &str,
    own: &[String],
    fresh: bool,
) -> Result<PathBuf> {
    let objects = project.target.join("sbf");
    if fresh && objects.exists() {
        fs::remove_dir_all(&objects).with_context(|| format!("cannot clear {}", objects.display()))?;
    }
    // Everything is fetched first: the renames below need the folders that the sources come to.
    process::run(&mut project.cargo(["fetch", "--quiet", "--locked"]))?;
    forget(&objects, own)?;
    let renames = renames(home, project);
    progress::step(&format!("program {package} to SBF v3"), || {
        let mut cargo = project.cargo(["build", "--release", "--locked", "--lib", "--package", package]);
        for_solana(&mut cargo, home, &objects, "std,panic_abort", &renames)?;
        process::run(&mut cargo)
    })?;
    let built = objects.join(TARGET).join("release").join(format!("lib{}.so", package.replace('-', "_")));
    let deployed = project.deployed(package);
    fs::create_dir_all(project.target.join("deploy"))?;
    fs::copy(&built, &deployed).with_context(|| format!("Cargo left no {}", built.display()))?;
    Ok(deployed)
}

/// Turns a `cargo build` into one for Solana. `parts` are the crates of the standard library.
pub fn for_solana(
    cargo: &mut Command,
    home: &Home,
    objects: &Path,
    parts: &str,
    renames: &[Rename],
) -> Result<()> {
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(is_meddling) {
            cargo.env_remove(name);
        }
    }
    let mut flags: Vec<String> = RUST_FLAGS.map(str::to_owned).to_vec();
    flags.extend(renames.iter().map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display())));
    let folder = library::folder(home);
    cargo
        .arg("--target")
        .arg(support::target(home))
        .arg("--target-dir")
        .arg(objects)
        .arg(format!("-Zbuild-std={parts}"))
        .arg("-Zjson-target-spec")
        // The two switches that let a stable compiler build its own library for a target of ours.
        .env("RUSTC_BOOTSTRAP", "1")
        .env("__CARGO_TESTS_ONLY_SRC_ROOT", &folder)
        .env("CARGO_TARGET_SBPF_SOLANA_SOLANA_LINKER", linker::script(home))
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
        .env("CARGO_INCREMENTAL", "0")
        .env("RUSTC_WRAPPER", env::current_exe().context("xtask does not find itself")?)
        .env(identity::MARK, "1")
        .env(identity::LIBRARY, &folder);
    Ok(())
}

fn is_meddling(variable: &str) -> bool {
    MEDDLING.iter().any(|name| match name.strip_suffix('_') {
        Some(_) => variable.starts_with(name),
        None => variable == *name,
    })
}

/// Makes Cargo compile the workspace's own crates again. It goes by modification times, which say
/// nothing where clones share a target folder; dependencies have versions and are safe to keep.
fn forget(objects: &Path, own: &[String]) -> Result<()> {
    let Ok(entries) = fs::read_dir(objects.join(TARGET).join("release/.fingerprint")) else {
        return Ok(());
    };
    for entry in entries.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if own.iter().any(|package| is_fingerprint_of(&name, package)) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}

/// Fingerprints are called after the package, a dash and 16 hexadecimal digits.
fn is_fingerprint_of(name: &str, package: &str) -> bool {
    name.strip_prefix(package)
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(|hash| hash.len() == 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// The folders of this machine and what the program calls them. A later one wins over an earlier.
fn renames(home: &Home, project: &Project) -> Vec<Rename> {
    let mut all: Vec<Rename> = vec![(project.root.clone(), "/ballast")];
    if let Some(cargo_home) = cargo_home() {
        all.push((cargo_home.clone(), "/cargo"));
        // Named after the registry and how it is reached, which is nobody's business here.
        if let Ok(registries) = fs::read_dir(cargo_home.join("registry/src")) {
            let mut folders: Vec<PathBuf> = registries.flatten().map(|entry| entry.path()).collect();
            folders.sort();
            all.extend(folders.into_iter().map(|folder| (folder, "/crates")));
        }
    }
    all.push((home.path.clone(), "/sbf"));
    all.push((library::folder(home), "/library"));
    all.push((project.target.clone(), "/target"));
    all
}

fn cargo_home() -> Option<PathBuf> {
    env::var_os("CARGO_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cargo")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_change_the_program_is_kept_out() {
        assert!(["RUSTFLAGS", "CARGO_PROFILE_RELEASE_LTO", "CARGO_BUILD_TARGET", "RUSTC"]
            .iter()
            .all(|name| is_meddling(name)));
        assert!(["RUSTC_BOOTSTRAP", "CARGO_HOME", "PATH", "RUSTUP_TOOLCHAIN"]
            .iter()
            .all(|name| !is_meddling(name)));
    }

    #[test]
    fn a_fingerprint_belongs_to_one_package() {
        assert!(is_fingerprint_of("ballast-0123456789abcdef", "ballast"));
        assert!(!is_fingerprint_of("ballast-risk-0123456789abcdef", "ballast"));
        assert!(is_fingerprint_of("ballast-risk-0123456789abcdef", "ballast-risk"));
    }
}

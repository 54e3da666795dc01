//! A crate's identity, made independent of the folder that it is compiled in.
//!
//! Cargo tells rustc apart crates of one name by `-C metadata`, and rustc mixes that into every
//! symbol, whose order in turn decides the order of the program's functions. Cargo's value contains
//! the absolute path of the standard library's source, so two machines with the compiler in
//! different folders would give different bytes. xtask therefore stands between Cargo and rustc and
//! puts in a value made of what the crate *is*: name, version, features, and whose it is.

use std::env;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::process::Command;

use anyhow::{anyhow, bail, Result};

use crate::digest::Parts;
use crate::sbf::recipe::TARGET;

/// Set in the environment of a build: this process is to behave as rustc.
pub const MARK: &str = "XTASK_STANDS_BEFORE_RUSTC";
/// The folder of the standard library's source, in the same environment.
pub const LIBRARY: &str = "XTASK_LIBRARY";

/// Runs the rustc that Cargo asked for with the identity replaced; returns only if that fails.
pub fn stand_before_rustc() -> Result<()> {
    let mut arguments = env::args_os().skip(1);
    let Some(rustc) = arguments.next() else {
        bail!("{MARK} is set, but there is no compiler to run");
    };
    let package = Package {
        name: env::var("CARGO_PKG_NAME").unwrap_or_default(),
        version: env::var("CARGO_PKG_VERSION").unwrap_or_default(),
        is_library: matches!(
            (env::var("CARGO_MANIFEST_DIR"), env::var(LIBRARY)),
            (Ok(folder), Ok(library)) if folder.starts_with(&library)
        ),
    };
    let error = Command::new(&rustc).args(with_identity(arguments.collect(), &package)).exec();
    Err(anyhow!("cannot start {}: {error}", rustc.display()))
}

/// What Cargo says about the package in the environment.
struct Package {
    name: String,
    version: String,
    is_library: bool,
}

/// The arguments with `-C metadata` replaced, or as they were when they are not for the program.
fn with_identity(mut arguments: Vec<OsString>, package: &Package) -> Vec<OsString> {
    if !is_for_program(&arguments) {
        return arguments;
    }
    let identity = format!("metadata={}", identity(&arguments, package));
    for argument in &mut arguments {
        if argument.to_str().is_some_and(|text| text.starts_with("metadata=")) {
            *argument = OsString::from(&identity);
        }
    }
    arguments
}

/// Build scripts and macros run on this machine and leave nothing of themselves in the program.
fn is_for_program(arguments: &[OsString]) -> bool {
    let specification = format!("{TARGET}.json");
    arguments.windows(2).any(|pair| {
        pair[0] == "--target" && pair[1].to_str().is_some_and(|target| target.ends_with(&specification))
    })
}

fn identity(arguments: &[OsString], package: &Package) -> String {
    let mut settings: Vec<&OsStr> = arguments
        .windows(2)
        .filter(|pair| pair[0] == "--cfg" || pair[0] == "--crate-name" || pair[0] == "--crate-type")
        .map(|pair| pair[1].as_os_str())
        .collect();
    settings.sort_unstable();
    let mut parts = Parts::default();
    parts.add(&package.name, package.version.as_bytes());
    parts.add("library", &[u8::from(package.is_library)]);
    for setting in settings {
        parts.add("setting", setting.as_encoded_bytes());
    }
    parts.finish()[..16].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arguments(target: &str, features: &[&str]) -> Vec<OsString> {
        let mut all = vec!["--crate-name", "fixed", "-C", "metadata=0123", "-C", "extra-filename=-0123"];
        all.extend(["--target", target]);
        for feature in features {
            all.extend(["--cfg", feature]);
        }
        all.into_iter().map(OsString::from).collect()
    }

    fn package() -> Package {
        Package { name: "fixed".into(), version: "1.31.0".into(), is_library: false }
    }

    #[test]
    fn the_folder_of_the_target_does_not_matter() {
        let here = with_identity(arguments("/a/sbpf-solana-solana.json", &[]), &package());
        let there = with_identity(arguments("/b/c/sbpf-solana-solana.json", &[]), &package());
        assert_eq!(here[3], there[3]);
        assert_ne!(here[3], "metadata=0123");
        assert_eq!(here[5], "extra-filename=-0123");
    }

    #[test]
    fn what_the_crate_is_does_matter() {
        let target = "/a/sbpf-solana-solana.json";
        let plain = with_identity(arguments(target, &[]), &package());
        let featured = with_identity(arguments(target, &["feature=\"serde\""]), &package());
        let newer = Package { version: "1.32.0".into(), ..package() };
        let library = Package { is_library: true, ..package() };
        assert_ne!(plain[3], featured[3]);
        assert_ne!(plain[3], with_identity(arguments(target, &[]), &newer)[3]);
        assert_ne!(plain[3], with_identity(arguments(target, &[]), &library)[3]);
    }

    #[test]
    fn features_may_come_in_any_order() {
        let target = "/a/sbpf-solana-solana.json";
        let one = with_identity(arguments(target, &["a", "b"]), &package());
        let other = with_identity(arguments(target, &["b", "a"]), &package());
        assert_eq!(one[3], other[3]);
    }

    #[test]
    fn a_compilation_for_this_machine_is_left_alone() {
        let before = arguments("x86_64-unknown-linux-gnu", &[]);
        assert_eq!(with_identity(before.clone(), &package()), before);
    }
}

//! The standard library's source, of exactly this compiler's version, taught the `solana` platform.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{bail, Context, Result};

use crate::process;
use crate::sbf::debian::{Archive, Mirror};
use crate::sbf::home::Home;
use crate::sbf::patch;
use crate::sbf::rustc::Rustc;
use crate::sbf::solana_library::{self, ADDITIONS, EDITS};

/// Debian's suites in the order of likelihood that one carries the compiler's version.
const SUITES: [&str; 4] = ["stable-backports", "stable", "testing", "unstable"];

/// Where the edited library is.
pub fn folder(home: &Home) -> PathBuf {
    home.join("library")
}

/// Fetches and edits the library unless that is done; returns where its source came from.
pub fn ensure(home: &Home, rustc: &Rustc) -> Result<String> {
    let origin_file = home.join("source/origin");
    let what = format!("standard library {} in source", rustc.version);
    home.once("source", &what, &rustc.full, || {
        let source = home.emptied("source")?;
        let origin = fetch(home, rustc, &source.join("library"))?;
        fs::write(&origin_file, origin)?;
        Ok(())
    })?;
    let key = format!("{} {}", rustc.full, solana_library::digest());
    home.once("library", "edits for solana", &key, || {
        let library = home.emptied("library")?;
        copy(&home.join("source/library"), &library)?;
        patch::apply(&library, &EDITS, &ADDITIONS)
    })?;
    fs::read_to_string(&origin_file).context("the library's source has lost its origin; delete SBF_HOME")
}

/// Puts the source at `into` and says where it came from.
fn fetch(home: &Home, rustc: &Rustc, into: &Path) -> Result<String> {
    if let Some(origin) = from_toolchain(rustc, into)? {
        return Ok(origin);
    }
    if let Some(origin) = from_debian(home, rustc, into)? {
        return Ok(origin);
    }
    let add = ["component", "add", "rust-src", "--toolchain", &rustc.version];
    if process::succeeds(Command::new("rustup").args(add)) {
        if let Some(origin) = from_toolchain(rustc, into)? {
            return Ok(origin);
        }
    }
    bail!(
        "no source of the standard library {} to be had: Debian carries it no longer, and `rustup {}` failed",
        rustc.version,
        add.join(" ")
    )
}

fn from_toolchain(rustc: &Rustc, into: &Path) -> Result<Option<String>> {
    let component = rustc.sysroot.join("lib/rustlib/src/rust/library");
    if !component.is_dir() {
        return Ok(None);
    }
    copy(&component, into)?;
    Ok(Some(format!("rust-src of {}", rustc.full)))
}

fn from_debian(home: &Home, rustc: &Rustc, into: &Path) -> Result<Option<String>> {
    let lists = home.emptied("apt")?;
    let archive = Archive::open(&lists, &Mirror::of_this_machine()?, &SUITES)?;
    let Some(version) = archive.version_of("rust-src", &rustc.version)? else {
        return Ok(None);
    };
    let root = lists.join("unpacked");
    archive.unpack_one("rust-src", &version, &root)?;
    fs::rename(root.join(format!("usr/src/rustc-{}/library", rustc.version)), into)
        .context("Debian's rust-src is laid out in a new way")?;
    fs::remove_dir_all(lists)?;
    Ok(Some(format!("Debian rust-src {version}")))
}

/// Copies a folder with everything in it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from).with_context(|| format!("cannot read {}", from.display()))? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), &target)
                .with_context(|| format!("cannot copy {}", entry.path().display()))?;
        }
    }
    Ok(())
}

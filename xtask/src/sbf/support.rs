//! What every program is linked with: memcpy and its kin, and 128-bit arithmetic.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::digest;
use crate::process;
use crate::project::cargo_path;
use crate::sbf::compile;
use crate::sbf::home::Home;
use crate::sbf::recipe::{self, BUILTINS_VERSION, TARGET, TARGET_SPECIFICATION, WIDE_ARITHMETIC_TEXT};
use crate::sbf::rustc::Rustc;

/// 128-bit arithmetic, inside the home.
pub const WIDE_ARITHMETIC: &str = "support/wide.ll";
/// The memory routines, inside the home. The linker looks for this name and warns when it is absent.
pub const BUILTINS: &str = "support/libsolana_compiler_builtins.rlib";

/// The target's specification, inside the home.
pub fn target(home: &Home) -> PathBuf {
    home.join(format!("support/{TARGET}.json"))
}

/// Writes the texts and compiles the memory routines unless all is there for this compiler.
pub fn ensure(home: &Home, rustc: &Rustc) -> Result<()> {
    let key = digest::of(format!("{} {}", rustc.full, recipe::digest()).as_bytes());
    home.once("support", &format!("solana-compiler-builtins {BUILTINS_VERSION}"), &key, || {
        let folder = home.emptied("support")?;
        fs::write(target(home), TARGET_SPECIFICATION)?;
        fs::write(home.join(WIDE_ARITHMETIC), WIDE_ARITHMETIC_TEXT)?;
        let package = folder.join("builtins");
        write_package(&package)?;
        build(home, &package)?;
        fs::remove_dir_all(&package)?;
        Ok(())
    })
}

/// A package that only depends on the routines, so that Cargo fetches and builds them.
fn write_package(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder.join("src"))?;
    fs::write(folder.join("src/lib.rs"), "#![no_std]\nextern crate solana_compiler_builtins;\n")?;
    let manifest = format!(
        "[package]\nname = \"sbf-support\"\nversion = \"0.0.0\"\nedition = \"2021\"\n\n[workspace]\n\n\
         [dependencies]\nsolana-compiler-builtins = \
         {{ version = \"={BUILTINS_VERSION}\", features = [\"weak-linkage\"] }}\n\n\
         [profile.release]\nopt-level = 3\n"
    );
    fs::write(folder.join("Cargo.toml"), manifest)?;
    Ok(())
}

fn build(home: &Home, package: &Path) -> Result<()> {
    let objects = package.join("target");
    let mut cargo = Command::new(cargo_path());
    cargo.current_dir(package).args(["build", "--quiet", "--release"]);
    compile::for_solana(&mut cargo, home, &objects, "core", &[])?;
    process::logged(&mut cargo, &home.join("support.log"))?;
    let built = fs::read_dir(objects.join(TARGET).join("release/deps"))?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            name.starts_with("libsolana_compiler_builtins-") && name.ends_with(".rlib")
        })
        .context("Cargo left no library of the memory routines")?;
    fs::copy(built, home.join(BUILTINS))?;
    Ok(())
}

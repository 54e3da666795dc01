//! The fallback compiler: SBF programs from package registries alone.
//!
//! `cargo build-sbf` downloads its compiler from a release page. Where only the package registries
//! are reachable this module puts an equivalent together in a folder of its own (`SBF_HOME`), once
//! per machine, without root and without touching the system:
//!
//! 1. `llvm`: LLVM 23's shared library and what it needs, unpacked from Debian's unstable suite;
//! 2. `linker`: sbpf-linker, which turns LLVM bitcode into an SBF v3 program, built against it;
//! 3. `library`: Rust's standard library in source, taught the `solana` platform;
//! 4. `support`: memcpy and its kin over the virtual machine's own memory calls.
//!
//! The machine's own rustc then compiles program and standard library to bitcode for the linker.
//! `docs/building.md` tells the story for readers.

mod compile;
mod debian;
mod home;
pub mod identity;
mod library;
mod linker;
mod llvm;
mod patch;
pub mod recipe;
mod rustc;
mod solana_library;
mod support;

use std::path::PathBuf;

use anyhow::Result;

use crate::project::Project;
use crate::sbf::home::Home;
use crate::sbf::rustc::Rustc;

pub use crate::sbf::recipe::{BUILTINS_VERSION, LINKER_VERSION};

/// The fallback compiler, ready for use.
#[derive(Debug)]
pub struct Toolchain {
    home: Home,
    rustc: Rustc,
    /// Version of Debian's LLVM package.
    pub llvm: String,
    /// Which package the standard library's source came from.
    pub library: String,
}

impl Toolchain {
    /// Installs whatever is missing or of another version than this source asks for.
    pub fn ensure(project: &Project) -> Result<Self> {
        let rustc = Rustc::of(project)?;
        let home = Home::open()?;
        let llvm = llvm::ensure(&home)?;
        linker::ensure(&home, &llvm)?;
        let library = library::ensure(&home, &rustc)?;
        support::ensure(&home, &rustc)?;
        Ok(Self { home, rustc, llvm, library })
    }

    /// The compiler's name for itself.
    pub fn rustc(&self) -> &str {
        &self.rustc.full
    }

    /// Compiles the program package and returns where the result is.
    pub fn compile(&self, project: &Project, package: &str, own: &[String], fresh: bool) -> Result<PathBuf> {
        compile::program(&self.home, project, package, own, fresh)
    }
}

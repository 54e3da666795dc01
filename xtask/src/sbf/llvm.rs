//! LLVM's shared library, with the C library it was built for, in a folder of its own.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use anyhow::{Context, Result};

use crate::sbf::debian::{Archive, Mirror};
use crate::sbf::home::Home;
use crate::sbf::recipe::LLVM_MAJOR;

/// Where Debian puts shared libraries, below the unpacked root.
pub const LIBRARIES: &str = "llvm/usr/lib/x86_64-linux-gnu";
/// The only suite that carries this LLVM.
const SUITE: &str = "unstable";

/// Unpacks LLVM unless it is there; returns the version of Debian's package.
///
/// The version is whatever the suite has on the day: it is recorded with every binary, since another
/// one may generate other code.
pub fn ensure(home: &Home) -> Result<String> {
    let package = format!("libllvm{LLVM_MAJOR}");
    let version_file = home.join("llvm/version");
    let key = format!("{package} of {SUITE}");
    home.once("llvm", &format!("{package} from Debian's {SUITE}"), &key, || {
        let mirror = Mirror::of_this_machine()?;
        let root = home.emptied("llvm")?;
        let lists = home.emptied("apt")?;
        let version = Archive::open(&lists, &mirror, &[SUITE])?.unpack_with_dependencies(&package, &root)?;
        name_for_linking(home)?;
        fs::write(&version_file, version)?;
        fs::remove_dir_all(lists)?;
        Ok(())
    })?;
    fs::read_to_string(&version_file).context("the unpacked LLVM has lost its version; delete SBF_HOME")
}

/// The name without a version that a linker looks for; Debian keeps it in a package of 400 MB.
fn name_for_linking(home: &Home) -> Result<()> {
    let libraries = home.join(LIBRARIES);
    let wanted = format!("libLLVM.so.{LLVM_MAJOR}");
    let found: PathBuf = fs::read_dir(&libraries)?
        .flatten()
        .map(|entry| entry.path())
        .find(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(&wanted)))
        .with_context(|| format!("no {wanted} in {}", libraries.display()))?;
    let prefix = home.join("llvm/lib");
    fs::create_dir_all(&prefix)?;
    symlink(found, prefix.join("libLLVM.so"))?;
    Ok(())
}

//! The program's binary: the one kept in the repository, or the one `BALLAST_PROGRAM` names.

use std::{env, fmt, fs, io, path::PathBuf};

/// Environment variable that names another binary than the kept one.
pub const PROGRAM_VARIABLE: &str = "BALLAST_PROGRAM";
/// The kept binary, from this crate's folder.
const KEPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../programs/ballast/artifact/ballast.so");

/// The binary cannot be read.
#[derive(Debug)]
pub struct BinaryMissing {
    /// Where it was looked for.
    pub path: PathBuf,
    /// What the system said.
    pub error: io::Error,
}

impl fmt::Display for BinaryMissing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (path, error) = (self.path.display(), &self.error);
        write!(f, "cannot read the program's binary {path} ({error}): run `cargo xtask build`")
    }
}

impl std::error::Error for BinaryMissing {}

/// Where the binary is looked for.
#[must_use]
pub fn path() -> PathBuf {
    env::var_os(PROGRAM_VARIABLE).map_or_else(|| PathBuf::from(KEPT), PathBuf::from)
}

/// The binary's bytes.
///
/// # Errors
/// [`BinaryMissing`].
pub fn read() -> Result<Vec<u8>, BinaryMissing> {
    let path = path();
    fs::read(&path).map_err(|error| BinaryMissing { path, error })
}

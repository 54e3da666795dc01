//! The folder that holds the fallback compiler, and the record of which steps are done in it.

use std::env;
use std::fs::{self, File};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use anyhow::{bail, Context, Result};

use crate::progress;

/// An opened home. While it is open no other xtask works in the same folder.
#[derive(Debug)]
pub struct Home {
    /// The folder.
    pub path: PathBuf,
    /// Held for its lock.
    _lock: File,
}

impl Home {
    /// Opens the folder that `SBF_HOME` names or the default one, and waits for its lock.
    pub fn open() -> Result<Self> {
        let path = match env::var_os("SBF_HOME") {
            Some(named) => PathBuf::from(named),
            None => default_folder()?,
        };
        if !path.is_absolute() {
            bail!("SBF_HOME has to be an absolute path; it is {}", path.display());
        }
        fs::create_dir_all(path.join("done"))
            .with_context(|| format!("cannot make {}; SBF_HOME names another folder", path.display()))?;
        let lock = File::create(path.join("lock"))?;
        if lock.try_lock().is_err() {
            progress::note(&format!("waiting for another build that uses {}", path.display()));
            lock.lock()?;
        }
        Ok(Self { path, _lock: lock })
    }

    /// A path inside the home.
    pub fn join(&self, inside: impl AsRef<Path>) -> PathBuf {
        self.path.join(inside)
    }

    /// Does a step unless it was done before from the same `key`, which names everything that
    /// decides its outcome. A step interrupted half-way counts as not done.
    pub fn once(&self, step: &str, what: &str, key: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
        let stamp = self.path.join("done").join(step);
        if fs::read_to_string(&stamp).is_ok_and(|done| done == key) {
            return Ok(());
        }
        if stamp.exists() {
            fs::remove_file(&stamp)?;
        }
        progress::step(&format!("sbf compiler, {step}: {what}"), work)?;
        fs::write(stamp, key)?;
        Ok(())
    }

    /// Makes an empty folder inside the home in place of what was there.
    pub fn emptied(&self, inside: &str) -> Result<PathBuf> {
        let folder = self.path.join(inside);
        if folder.exists() {
            fs::remove_dir_all(&folder).with_context(|| format!("cannot clear {}", folder.display()))?;
        }
        fs::create_dir_all(&folder)?;
        Ok(folder)
    }
}

/// One home for all users where root builds, the user's cache folder otherwise.
fn default_folder() -> Result<PathBuf> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    if is_root {
        return Ok(PathBuf::from("/opt/ballast-sbf"));
    }
    let cache = env::var_os("XDG_CACHE_HOME")
        .map(PathBuf::from)
        .or_else(|| env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache")));
    match cache {
        Some(cache) => Ok(cache.join("ballast").join("sbf")),
        None => bail!("neither SBF_HOME nor HOME is set: name a folder for the compiler in SBF_HOME"),
    }
}

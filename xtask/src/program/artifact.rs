//! The committed binary and the record beside it.
//!
//! A clone can run tests and demo without a compiler for the chain; in return the record says what
//! the binary was made from and with, and CI makes it again.

use std::fs;
use std::path::Path;

use anyhow::{bail, Context, Result};
use serde::{Deserialize, Serialize};

use crate::digest;
use crate::generated;
use crate::program::sources;
use crate::project::{Project, PROGRAM};

/// The tools that made a binary. Other versions may generate other bytes from the same source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tools {
    /// `fallback` or `cargo-build-sbf`.
    pub builder: String,
    /// The compiler's name for itself.
    pub rustc: String,
    /// Version of Debian's LLVM package, or of the official platform tools.
    pub llvm: String,
    /// Version of sbpf-linker; the official tools bring their own linker.
    pub sbpf_linker: Option<String>,
    /// Version of solana-compiler-builtins; the official tools bring their own.
    pub compiler_builtins: Option<String>,
    /// Where the standard library's source came from; the official tools bring it compiled.
    pub library: Option<String>,
}

impl Tools {
    /// What differs from `other`, one line each; empty when nothing does.
    pub fn differences(&self, other: &Self) -> Vec<String> {
        let missing = String::from("none");
        let rows = [
            ("builder", &self.builder, &other.builder),
            ("rustc", &self.rustc, &other.rustc),
            ("llvm", &self.llvm, &other.llvm),
            (
                "sbpf-linker",
                self.sbpf_linker.as_ref().unwrap_or(&missing),
                other.sbpf_linker.as_ref().unwrap_or(&missing),
            ),
            (
                "compiler-builtins",
                self.compiler_builtins.as_ref().unwrap_or(&missing),
                other.compiler_builtins.as_ref().unwrap_or(&missing),
            ),
            (
                "library",
                self.library.as_ref().unwrap_or(&missing),
                other.library.as_ref().unwrap_or(&missing),
            ),
        ];
        rows.into_iter()
            .filter(|(_, mine, theirs)| mine != theirs)
            .map(|(name, mine, theirs)| format!("{name}: recorded {mine}, here {theirs}"))
            .collect()
    }
}

/// The record of a committed binary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Digest of the binary.
    pub sha256: String,
    /// Its size.
    pub bytes: u64,
    /// Digest of what it was made from.
    pub sources: String,
    /// What it was made with.
    #[serde(flatten)]
    pub tools: Tools,
}

/// What stands in the artifact folder.
#[derive(Debug)]
pub enum Kept {
    /// No binary or no record.
    Missing,
    /// The binary was made from other sources than these.
    Stale,
    /// The binary was made from these sources.
    Fresh(Record),
}

/// Looks at the committed binary. A binary that is not the one its record describes is an error: no
/// command leaves that behind.
pub fn kept(project: &Project) -> Result<Kept> {
    let (binary, record) = (project.artifact(), project.artifact_record());
    if !binary.exists() || !record.exists() {
        return Ok(Kept::Missing);
    }
    let text = fs::read_to_string(&record)?;
    let record: Record = serde_json::from_str(&text)
        .with_context(|| format!("{} is no record of a binary", project.shown(&record)))?;
    if digest::of_file(&binary)? != record.sha256 {
        bail!(
            "{} is not the binary that its record describes; `cargo xtask build --bless` makes both anew",
            project.shown(&binary)
        );
    }
    let same = record.sources == sources::digest(project, PROGRAM)?;
    Ok(if same { Kept::Fresh(record) } else { Kept::Stale })
}

/// Makes `binary` the committed one.
pub fn bless(project: &Project, binary: &Path, tools: Tools) -> Result<Record> {
    let content = fs::read(binary).with_context(|| format!("cannot read {}", binary.display()))?;
    let record = Record {
        sha256: digest::of(&content),
        bytes: content.len() as u64,
        sources: sources::digest(project, PROGRAM)?,
        tools,
    };
    fs::create_dir_all(project.artifact_folder())?;
    fs::write(project.artifact(), content)?;
    let text = serde_json::to_string_pretty(&record)? + "\n";
    generated::write(&project.artifact_record(), &text)?;
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tools() -> Tools {
        Tools {
            builder: "fallback".into(),
            rustc: "rustc 1.95.0".into(),
            llvm: "1:23.1.4-2".into(),
            sbpf_linker: Some("0.2.6".into()),
            compiler_builtins: Some("0.3.0".into()),
            library: Some("Debian rust-src 1.95.0".into()),
        }
    }

    #[test]
    fn equal_tools_have_no_differences() {
        assert!(tools().differences(&tools()).is_empty());
    }

    #[test]
    fn each_difference_is_named_with_both_sides() {
        let other = Tools { llvm: "1:23.1.5-1".into(), sbpf_linker: None, ..tools() };
        let lines = tools().differences(&other);
        assert_eq!(
            lines,
            ["llvm: recorded 1:23.1.4-2, here 1:23.1.5-1", "sbpf-linker: recorded 0.2.6, here none"]
        );
    }

    #[test]
    fn a_record_reads_back_as_written() {
        let record = Record { sha256: "00".into(), bytes: 1, sources: "11".into(), tools: tools() };
        let text = serde_json::to_string(&record).unwrap();
        assert!(text.contains("\"builder\":\"fallback\""));
        assert_eq!(serde_json::from_str::<Record>(&text).unwrap(), record);
    }
}

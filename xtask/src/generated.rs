//! Files that a command writes and CI only compares: no hand edits them, so a difference means that
//! someone forgot the command.

use std::fs;
use std::path::Path;

use anyhow::{bail, Context, Result};

use crate::progress;
use crate::project::Project;

/// Differing lines that a report shows before it stops.
const SHOWN_LINES: usize = 20;

/// What to do with generated text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Write it to its file.
    Write,
    /// Leave the file alone and fail when it says something else.
    Check,
}

impl Mode {
    /// The mode that a `--check` flag asks for.
    pub fn from_check(check: bool) -> Self {
        if check {
            Self::Check
        } else {
            Self::Write
        }
    }
}

/// Writes `text` to `path`, or compares the two; `command` is what a reader runs to write it.
pub fn settle(project: &Project, mode: Mode, path: &Path, text: &str, command: &str) -> Result<()> {
    let shown = project.shown(path);
    let kept = fs::read_to_string(path).ok();
    if kept.as_deref() == Some(text) {
        progress::note(&format!("{shown} is up to date"));
        return Ok(());
    }
    match (mode, kept) {
        (Mode::Write, _) => write(path, text)?,
        (Mode::Check, None) => bail!("{shown} is missing; `{command}` writes it"),
        (Mode::Check, Some(kept)) => {
            let differences = difference(&kept, text).join("\n");
            bail!("{shown} is not what `{command}` writes; run it and commit the result\n{differences}");
        }
    }
    progress::note(&format!("{shown} written"));
    Ok(())
}

/// Writes a file and the folders above it.
pub fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

/// The lines in which two texts differ, old ones with `-`, new ones with `+`, after what they share
/// at both ends is set aside; long differences are cut.
pub fn difference(old: &str, new: &str) -> Vec<String> {
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let head = old.iter().zip(&new).take_while(|(left, right)| left == right).count();
    let (old, new) = (&old[head..], &new[head..]);
    let foot = old.iter().rev().zip(new.iter().rev()).take_while(|(left, right)| left == right).count();
    let (old, new) = (&old[..old.len() - foot], &new[..new.len() - foot]);
    let mut lines = vec![format!("from line {}:", head + 1)];
    for (sign, side) in [("-", old), ("+", new)] {
        lines.extend(side.iter().take(SHOWN_LINES).map(|line| format!("{sign} {line}")));
        if side.len() > SHOWN_LINES {
            lines.push(format!("{sign} ... and {} lines more", side.len() - SHOWN_LINES));
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_shows_only_what_changed() {
        let lines = difference("a\nb\nc\nd\n", "a\nx\ny\nd\n");
        assert_eq!(lines, ["from line 2:", "- b", "- c", "+ x", "+ y"]);
    }

    #[test]
    fn a_difference_of_one_added_line_removes_nothing() {
        assert_eq!(difference("a\nc\n", "a\nb\nc\n"), ["from line 2:", "+ b"]);
        assert_eq!(difference("a\na\n", "a\na\na\n"), ["from line 3:", "+ a"]);
    }

    #[test]
    fn a_long_difference_is_cut() {
        let new: String = (0..50).map(|number| format!("{number}\n")).collect();
        let lines = difference("", &new);
        assert_eq!(lines.len(), 1 + SHOWN_LINES + 1);
        assert!(lines.last().unwrap().contains("30 lines more"));
    }
}

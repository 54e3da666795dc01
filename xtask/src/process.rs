//! Running other programs, with errors that name the command and show what it said.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{bail, Context, Result};

/// Lines of a failed tool's output that an error repeats.
const TAIL_LINES: usize = 25;

/// Runs a command whose output is for the person who waits: everything goes to standard error, so
/// that standard output carries only what xtask itself was asked for.
pub fn run(command: &mut Command) -> Result<()> {
    let status = command
        .stdin(Stdio::null())
        .stdout(Stdio::from(io::stderr()))
        .status()
        .with_context(|| format!("cannot start {}", shown(command)))?;
    if !status.success() {
        bail!("{} failed ({status})", shown(command));
    }
    Ok(())
}

/// Runs a command and gives back what it printed; its standard error is part of the error only.
pub fn capture(command: &mut Command) -> Result<String> {
    let output = output_of(command)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{} failed ({})\n{}", shown(command), output.status, tail(&said));
    }
    String::from_utf8(output.stdout).with_context(|| format!("{} printed no UTF-8", shown(command)))
}

/// Runs a chatty tool into a log file; a failure shows the log's last lines and names the file.
pub fn logged(command: &mut Command, log: &Path) -> Result<()> {
    let output = output_of(command)?;
    let mut file = File::create(log).with_context(|| format!("cannot write {}", log.display()))?;
    file.write_all(&output.stdout)?;
    file.write_all(&output.stderr)?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        bail!("{} failed ({}); log: {}\n{}", shown(command), output.status, log.display(), tail(&said));
    }
    Ok(())
}

/// Whether a command can be started and says that all is well; what it prints is dropped.
pub fn succeeds(command: &mut Command) -> bool {
    output_of(command).is_ok_and(|output| output.status.success())
}

/// The command line as a person would type it, without folders and environment.
pub fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words = vec![program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()];
    words.extend(command.get_args().map(|word| word.to_string_lossy().into_owned()));
    format!("`{}`", words.join(" "))
}

fn output_of(command: &mut Command) -> Result<Output> {
    command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {}", shown(command)))
}

fn tail(text: &str) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(TAIL_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_and_repeats_what_it_said() {
        let error = capture(Command::new("sh").args(["-c", "echo because >&2; exit 3"])).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("`sh -c"), "{text}");
        assert!(text.contains("because"), "{text}");
    }

    #[test]
    fn a_tail_keeps_the_last_lines() {
        let many: Vec<String> = (0..100).map(|number| number.to_string()).collect();
        let kept = tail(&many.join("\n"));
        assert_eq!(kept.lines().count(), TAIL_LINES);
        assert!(kept.ends_with("99"));
    }
}

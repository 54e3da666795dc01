//! The closing lines of test programs: what each suite counted.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::process::{Command, Stdio};

use anyhow::{bail, Context, Result};

use crate::process;

/// A suite and the line that its test program ended with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Closing {
    /// What Cargo called the suite.
    pub suite: String,
    /// `test result: ...`
    pub line: String,
}

/// Runs `cargo test`, passes everything it prints through as it comes, and adds the closing lines to
/// `closings`, those of a failing run too.
pub fn watched(command: &mut Command, closings: &mut Vec<Closing>) -> Result<()> {
    // One pipe for both outputs: the line that names a suite comes on one of them and its result on
    // the other, and a reader wants them in order.
    let (reader, writer) = io::pipe()?;
    command.stdin(Stdio::null()).stdout(writer.try_clone()?).stderr(writer);
    let shown = process::shown(command);
    let mut child = command.spawn().with_context(|| format!("cannot start {shown}"))?;
    // The command holds the writing ends; the pipe closes only when they are gone.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    closings.extend(passed_through(reader, io::stdout())?);
    let status = child.wait()?;
    if !status.success() {
        bail!("{shown} failed ({status})");
    }
    Ok(())
}

/// Copies line by line and keeps the closing lines.
fn passed_through(from: impl Read, mut to: impl Write) -> Result<Vec<Closing>> {
    let mut collector = Collector::default();
    let mut lines = BufReader::new(from);
    let mut line = Vec::new();
    while lines.read_until(b'\n', &mut line)? > 0 {
        to.write_all(&line)?;
        to.flush()?;
        collector.see(String::from_utf8_lossy(&line).trim_end());
        line.clear();
    }
    Ok(collector.closings)
}

/// Pairs suites with their results.
#[derive(Debug, Default)]
struct Collector {
    suite: String,
    closings: Vec<Closing>,
}

impl Collector {
    fn see(&mut self, line: &str) {
        let text = line.trim_start();
        if let Some(suite) =
            text.strip_prefix("Running ").or_else(|| text.strip_prefix("Doc-tests ").map(|_| text))
        {
            // Cargo adds the path of the test program, with a hash that says nothing.
            self.suite = suite.split(" (").next().unwrap_or(suite).to_owned();
            if let Some(program) = suite.rsplit('/').next().and_then(|file| file.rsplit_once('-')) {
                if suite.starts_with("unittests") {
                    self.suite = format!("{} of {}", self.suite, program.0);
                }
            }
        } else if text.starts_with("test result: ") {
            self.closings.push(Closing { suite: self.suite.clone(), line: text.to_owned() });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closings(lines: &[&str]) -> Vec<(String, String)> {
        let mut collector = Collector::default();
        lines.iter().for_each(|line| collector.see(line));
        collector.closings.into_iter().map(|closing| (closing.suite, closing.line)).collect()
    }

    #[test]
    fn results_are_paired_with_their_suites() {
        let ok =
            "test result: ok. 3 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s";
        let found = closings(&[
            "     Running unittests src/lib.rs (target/debug/deps/ballast_risk-0123456789abcdef)",
            "running 3 tests",
            ok,
            "     Running tests/vectors.rs (target/debug/deps/vectors-0123456789abcdef)",
            ok,
            "   Doc-tests ballast_risk",
            ok,
        ]);
        let suites: Vec<&str> = found.iter().map(|(suite, _)| suite.as_str()).collect();
        assert_eq!(
            suites,
            ["unittests src/lib.rs of ballast_risk", "tests/vectors.rs", "Doc-tests ballast_risk"]
        );
        assert!(found.iter().all(|(_, line)| line == ok));
    }

    #[test]
    fn what_comes_is_passed_on_to_the_byte() {
        let said = b"one\ntest result: ok. 1 passed\n\xff no end".as_slice();
        let mut heard = Vec::new();
        assert_eq!(passed_through(said, &mut heard).unwrap().len(), 1);
        assert_eq!(heard, said);
    }

    #[test]
    fn a_failing_command_is_a_failure() {
        let mut closings = Vec::new();
        assert!(watched(Command::new("sh").args(["-c", "exit 101"]), &mut closings).is_err());
        assert!(watched(Command::new("sh").args(["-c", "exit 0"]), &mut closings).is_ok());
        assert!(closings.is_empty());
    }
}

//! What a run did: a row per step, and what every suite counted.

use std::time::{Duration, Instant};

use anyhow::{bail, Result};

use crate::progress::{self, seconds};
use crate::suite::closing::Closing;

/// The rows so far.
#[derive(Debug, Default)]
pub struct Report {
    rows: Vec<Row>,
    closings: Vec<Closing>,
}

#[derive(Debug)]
struct Row {
    name: String,
    took: Option<Duration>,
    result: String,
}

impl Report {
    /// Does a step and notes how it went. What `work` returns is told in the table.
    pub fn step(&mut self, name: &str, work: impl FnOnce() -> Result<String>) -> Result<()> {
        self.timed(name, |_| work())
    }

    /// As `step`, for tests: `work` adds the closing lines of its suites.
    pub fn tests(&mut self, name: &str, work: impl FnOnce(&mut Vec<Closing>) -> Result<()>) -> Result<()> {
        self.timed(name, |closings| {
            let before = closings.len();
            work(closings)?;
            Ok(tally(&closings[before..]))
        })
    }

    fn timed(&mut self, name: &str, work: impl FnOnce(&mut Vec<Closing>) -> Result<String>) -> Result<()> {
        progress::note(&format!("===== {name}"));
        let started = Instant::now();
        let outcome = work(&mut self.closings);
        let took = started.elapsed();
        let result = match &outcome {
            Ok(said) if said.is_empty() => "ok".to_owned(),
            Ok(said) => format!("ok: {said}"),
            Err(_) => "FAILED".to_owned(),
        };
        progress::note(&format!("===== {name}: {result} ({})", seconds(took)));
        self.rows.push(Row { name: name.to_owned(), took: Some(took), result });
        match outcome {
            Ok(_) => Ok(()),
            Err(error) => bail!("step `{name}` failed: {error:#}"),
        }
    }

    /// Notes a step that was left out, and why.
    pub fn skip(&mut self, name: &str, why: &str) {
        progress::note(&format!("===== {name}: skipped ({why})"));
        self.rows.push(Row { name: name.to_owned(), took: None, result: format!("skipped: {why}") });
    }

    /// Prints what every suite counted and the table of steps.
    pub fn print(&self) {
        println!("\nSuites");
        for closing in &self.closings {
            println!("  {}: {}", closing.suite, closing.line);
        }
        println!("\nSteps");
        for line in self.table() {
            println!("  {line}");
        }
    }

    fn table(&self) -> Vec<String> {
        let width = self.rows.iter().map(|row| row.name.len()).max().unwrap_or(0);
        let line = |row: &Row| {
            let took = row.took.map(seconds).unwrap_or_default();
            format!("{:width$}  {took:>12}  {}", row.name, row.result)
        };
        self.rows.iter().map(line).collect()
    }
}

/// The sum over suites: `12 passed, 1 ignored in 3 suites`.
fn tally(closings: &[Closing]) -> String {
    let sum = |what: &str| closings.iter().map(|closing| count(&closing.line, what)).sum::<u64>();
    let suites = closings.len();
    format!("{} passed, {} ignored in {suites} suites", sum("passed"), sum("ignored"))
}

/// The number before a word in `test result: ok. 3 passed; 0 failed; ...`.
fn count(line: &str, what: &str) -> u64 {
    let words: Vec<&str> = line.split([' ', ';', '.']).filter(|word| !word.is_empty()).collect();
    words.windows(2).find(|pair| pair[1] == what).and_then(|pair| pair[0].parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn closing(passed: u32) -> Closing {
        let line =
            format!("test result: ok. {passed} passed; 0 failed; 2 ignored; 0 measured; 0 filtered out");
        Closing { suite: "s".into(), line }
    }

    #[test]
    fn suites_add_up() {
        assert_eq!(tally(&[closing(3), closing(40)]), "43 passed, 4 ignored in 2 suites");
        assert_eq!(tally(&[]), "0 passed, 0 ignored in 0 suites");
    }

    #[test]
    fn a_failure_names_its_step_and_stays_in_the_table() {
        let mut report = Report::default();
        report.step("first", || Ok("chose one".into())).unwrap();
        report.skip("second", "no tool");
        let error = report.step("third", || bail!("because")).unwrap_err().to_string();
        assert_eq!(error, "step `third` failed: because");
        let table = report.table();
        assert!(table[0].ends_with("ok: chose one"));
        assert!(table[1].ends_with("skipped: no tool"));
        assert!(table[2].ends_with("FAILED"));
    }
}

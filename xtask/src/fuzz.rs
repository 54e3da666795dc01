//! `cargo xtask fuzz`: the engine under libFuzzer for a while, on a stable compiler and without cargo-fuzz.

use std::fs;
use std::process::Command;

use anyhow::{bail, Context, Result};
use clap::Args;

use crate::process;
use crate::progress;
use crate::project::{cargo_path, Project};

/// Targets with their share of the time, in tenths.
const TARGETS: [(&str, u64); 4] = [("book", 5), ("series", 1), ("money", 2), ("house", 2)];

/// `cargo xtask fuzz`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// How long, in seconds, all targets together.
    #[arg(long, default_value_t = 600)]
    secs: u64,
    /// This target alone: book, series, money or house.
    #[arg(long)]
    target: Option<String>,
}

impl Arguments {
    /// Every target, ten minutes in all.
    pub fn ten_minutes() -> Self {
        Self { secs: 600, target: None }
    }
}

/// Runs `cargo xtask fuzz` and prints a line a target.
pub fn run(project: &Project, arguments: &Arguments) -> Result<String> {
    let chosen = |name: &str| arguments.target.as_ref().is_none_or(|target| target == name);
    let targets: Vec<(&str, u64)> = TARGETS.into_iter().filter(|(name, _)| chosen(name)).collect();
    let shares: u64 = targets.iter().map(|(_, share)| share).sum();
    if shares == 0 {
        bail!("no target is called {}", arguments.target.as_deref().unwrap_or_default());
    }
    progress::patient_step("compiling the fuzz targets", || {
        process::run(&mut cargo(project, &["build", "--quiet", "--release", "--locked"]))
    })?;
    let mut results = Vec::new();
    for (name, share) in targets {
        let secs = (arguments.secs * share / shares).max(1);
        let result =
            progress::patient_step(&format!("fuzzing {name} for {secs} s"), || fuzz(project, name, secs))?;
        progress::note(&format!("{name}: {result}"));
        results.push(format!("{name}: {result}"));
    }
    Ok(results.join("; "))
}

/// Fuzzes one target; says how many inputs it had and how much of the code they reach.
fn fuzz(project: &Project, name: &str, secs: u64) -> Result<String> {
    let kept = project.target.join("fuzz");
    let corpus = kept.join("corpus").join(name);
    fs::create_dir_all(&corpus).with_context(|| format!("cannot make {}", corpus.display()))?;
    let log = kept.join(format!("{name}.log"));
    let mut command = cargo(project, &["run", "--quiet", "--release", "--locked", "--bin", name, "--"]);
    command
        // What is found goes to the first folder; the committed seeds are only read.
        .arg(&corpus)
        .arg(format!("seeds/{name}"))
        .args([&format!("-max_total_time={secs}"), "-max_len=4096", "-len_control=20", "-timeout=10"])
        .arg(format!("-artifact_prefix={}/{name}-", kept.display()));
    process::logged(&mut command, &log)?;
    let said = fs::read_to_string(&log).with_context(|| format!("cannot read {}", log.display()))?;
    closing(&said).with_context(|| format!("{} does not say how it ended", log.display()))
}

/// Inputs and coverage of libFuzzer's closing line: `#224083 DONE cov: 1252 ft: 5823 corp: 1487/445Kb ...`.
fn closing(log: &str) -> Option<String> {
    let line = log.lines().rev().find(|line| line.contains("DONE") && line.starts_with('#'))?;
    let words: Vec<&str> = line.split_whitespace().collect();
    let after = |word: &str| words.iter().position(|w| *w == word).and_then(|at| words.get(at + 1));
    Some(format!("{} inputs, {} edges", words[0].strip_prefix('#')?, after("cov:")?))
}

/// A Cargo command in the fuzzer's own workspace, whose configuration asks for instrumentation.
fn cargo(project: &Project, arguments: &[&str]) -> Command {
    let mut command = Command::new(cargo_path());
    command.current_dir(project.root.join("fuzz")).env("CARGO_TARGET_DIR", project.target.join("fuzz"));
    // Flags from outside would take the place of the instrumentation.
    command.env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS").args(arguments);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_is_found() {
        let log =
            "#2\tINITED cov: 9\n#224083\tDONE   cov: 1252 ft: 5823 corp: 1487/445Kb\nDone 224083 runs\n";
        assert_eq!(closing(log).as_deref(), Some("224083 inputs, 1252 edges"));
        assert_eq!(closing("#2\tINITED cov: 9\n"), None);
    }
}

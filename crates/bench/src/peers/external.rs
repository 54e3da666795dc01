//! Peers in a process of their own: QuantLib behind a small C++ program, py_vollib behind a Python script.
//!
//! Each gets the valuations in a file, writes its values to another, and then answers every line with the processor
//! seconds of one more round: rounds of all peers interleave, and nobody's start is measured.

use std::env;
use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{bail, ensure, Context, Result};

use super::Peer;
use crate::problem::Valuation;

/// Starts every external peer.
pub fn all(valuations: &[Valuation], python: &str) -> Vec<(&'static str, Result<External>)> {
    let names = ["QuantLib blackFormula", "QuantLib BlackCalculator", "py_vollib"];
    let folder = match prepare(valuations) {
        Ok(folder) => folder,
        Err(reason) => return names.into_iter().map(|name| (name, Err(copy_of(&reason)))).collect(),
    };
    let quantlib = build_quantlib(&folder);
    let [formula, calculator, vollib] = names;
    let quantlib = |name, method: &str| match &quantlib {
        Ok(program) => External::start(name, Command::new(program).arg(method), &folder, valuations.len()),
        Err(reason) => Err(copy_of(reason)),
    };
    let script = sources().join("option_by_option.py");
    vec![
        (formula, quantlib(formula, "formula")),
        (calculator, quantlib(calculator, "calculator")),
        (vollib, External::start(vollib, Command::new(python).arg(script), &folder, valuations.len())),
    ]
}

fn copy_of(error: &anyhow::Error) -> anyhow::Error {
    anyhow::anyhow!("{error:#}")
}

fn sources() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

/// A folder of this process for inputs, values and the C++ program.
fn prepare(valuations: &[Valuation]) -> Result<PathBuf> {
    let folder = env::temp_dir().join(format!("ballast-bench-{}", std::process::id()));
    fs::create_dir_all(&folder).with_context(|| format!("cannot make {}", folder.display()))?;
    fs::write(folder.join("inputs"), bytemuck::cast_slice(valuations)).context("cannot write the inputs")?;
    Ok(folder)
}

/// Removes what [`all`] left on disk.
pub fn clean_up() {
    let folder = env::temp_dir().join(format!("ballast-bench-{}", std::process::id()));
    // Nothing depends on it: at worst a folder stays in the system's place for such.
    let _ = fs::remove_dir_all(folder);
}

fn build_quantlib(folder: &Path) -> Result<PathBuf> {
    let program = folder.join("quantlib");
    let output = Command::new(env::var_os("CXX").unwrap_or_else(|| "g++".into()))
        .args(["-O3", "-std=c++17", "-o"])
        .arg(&program)
        .arg(sources().join("quantlib.cpp"))
        .arg("-lQuantLib")
        .output()
        .context("no C++ compiler")?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let first = said.lines().find(|line| line.contains("error")).unwrap_or("the compiler failed");
        bail!("not installed (Debian: libquantlib0-dev): {first}");
    }
    Ok(program)
}

/// A peer in a process of its own.
pub struct External {
    name: &'static str,
    version: String,
    values: Vec<f64>,
    child: Child,
    questions: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl External {
    fn start(name: &'static str, command: &mut Command, folder: &Path, count: usize) -> Result<Self> {
        let place = folder.join(name.replace(' ', "-"));
        let mut child = command
            .arg(folder.join("inputs"))
            .arg(&place)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("cannot be started")?;
        let questions = child.stdin.take().context("no input")?;
        let mut answers = BufReader::new(child.stdout.take().context("no output")?);
        let mut line = String::new();
        answers.read_line(&mut line)?;
        let Some(version) = line.trim().strip_prefix("ready") else {
            // Whatever became of it, it is not there.
            let _ = child.wait();
            bail!("not installed");
        };
        let bytes = fs::read(&place).context("it wrote no values")?;
        let values: Vec<f64> = bytemuck::pod_collect_to_vec(&bytes);
        ensure!(values.len() == count, "{} values for {count} options", values.len());
        Ok(Self { name, version: version.trim().to_owned(), values, child, questions, answers })
    }
}

impl Peer for External {
    fn name(&self) -> &'static str {
        self.name
    }

    fn version(&self) -> &str {
        &self.version
    }

    fn tolerance(&self) -> f64 {
        2e-8
    }

    fn values(&self) -> &[f64] {
        &self.values
    }

    fn round(&mut self) -> Result<f64> {
        writeln!(self.questions, "go")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let seconds = line.split(' ').next().and_then(|word| word.parse().ok());
        seconds.with_context(|| format!("{} gave no time: {line:?}", self.name))
    }
}

impl Drop for External {
    fn drop(&mut self) {
        // It waits for a line that will not come.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

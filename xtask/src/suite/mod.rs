//! `cargo xtask test`: everything that has to hold before a change goes in.

mod closing;
mod report;

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use clap::Args;

use crate::core;
use crate::cu;
use crate::demo;
use crate::fuzz;
use crate::generated::Mode;
use crate::idl;
use crate::layout;
use crate::process;
use crate::program::{self, FOLDER_VARIABLE, PROGRAM_VARIABLE};
use crate::project::{Project, PROGRAM};
use crate::stateful;
use crate::suite::report::Report;

/// The engine's package; its tests are a step of their own.
const ENGINE: &str = "ballast-risk";
/// The package of the behaviour tests.
const BEHAVIOUR: &str = "ballast-tests";

/// The package of a keeper's recheck.
const SCAN: &str = "ballast-scan";

/// Hundredfold the random books of the tests that `--long` repeats.
const LONG_CASES: (&str, &str) = ("BALLAST_CASES", "100");

/// `cargo xtask test`.
#[derive(Args, Debug)]
pub struct Arguments {
    /// Leave out the life-cycle on a full bank, which takes minutes to compile.
    #[arg(long)]
    quick: bool,
    /// Also what takes a quarter of an hour: 100,000 books in program and engine, ten minutes of fuzzing.
    #[arg(long, conflicts_with = "quick")]
    long: bool,
    /// Build the program anew and compare it with the committed binary, as CI does.
    #[arg(long)]
    rebuild: bool,
}

/// Runs every step in order, up to the first that fails, and prints a summary either way.
pub fn run(project: &Project, arguments: &Arguments) -> Result<()> {
    let mut suite = Suite { project, report: Report::default(), binary: None };
    let result = suite.all(arguments);
    suite.report.print();
    result
}

/// A run in progress.
struct Suite<'a> {
    project: &'a Project,
    report: Report,
    /// The program that the tests load, once that is decided.
    binary: Option<PathBuf>,
}

impl<'a> Suite<'a> {
    fn all(&mut self, arguments: &Arguments) -> Result<()> {
        self.cargo("format", &["fmt", "--all", "--check"])?;
        self.cargo("lints", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"])?;
        self.program(arguments.rebuild || in_ci())?;
        self.tests("engine tests", &["--package", ENGINE, "--all-features"])?;
        let units = self.unit_packages();
        self.tests("unit tests", &units)?;
        self.tests("behaviour tests", &["--package", BEHAVIOUR])?;
        self.fuzz_seeds()?;
        self.stateful("stateful fuzzing", false)?;
        if arguments.long {
            self.long()?;
        }
        if arguments.quick {
            self.report.skip("life-cycle on a full bank", "--quick");
        } else {
            let heavy = ["--package", BEHAVIOUR, "--features", "program-test", "--test", "lifecycle"];
            self.tests("life-cycle on a full bank", &heavy)?;
        }
        self.documentation()?;
        self.generated()?;
        self.core(arguments.rebuild || in_ci())?;
        self.demo()?;
        self.dependencies()
    }

    /// Every package whose tests are not a step of their own.
    fn unit_packages(&self) -> Vec<&'a str> {
        let names = self.project.members.iter().map(|member| member.name.as_str());
        names
            .filter(|name| ![ENGINE, BEHAVIOUR].contains(name))
            .flat_map(|name| ["--package", name])
            .collect()
    }

    fn cargo(&mut self, name: &str, arguments: &[&str]) -> Result<()> {
        let mut command = self.project.cargo(arguments);
        self.report.step(name, || quietly(process::run(&mut command)))
    }

    fn tests(&mut self, name: &str, arguments: &[&str]) -> Result<()> {
        let mut command = self.project.cargo(["test"]);
        command.args(arguments);
        self.with_program(&mut command);
        self.report.tests(name, |closings| closing::watched(&mut command, closings))
    }

    /// The fuzz targets' checks on committed seeds and random inputs: what needs no fuzzer. They are a workspace of their
    /// own, so format and lints are asked for here.
    fn fuzz_seeds(&mut self) -> Result<()> {
        let fuzz = |name: &str, rest: &[&str]| {
            let mut command = self.project.cargo([name, "--manifest-path", "fuzz/Cargo.toml"]);
            command.args(rest).env("CARGO_TARGET_DIR", self.project.target.join("fuzz"));
            command
        };
        let mut format = fuzz("fmt", &["--check"]);
        let lints = ["--locked", "--no-default-features", "--all-targets", "--", "-D", "warnings"];
        let mut lints = fuzz("clippy", &lints);
        let mut seeds = fuzz("test", &["--locked", "--no-default-features"]);
        self.report.tests("fuzz seeds", |closings| {
            process::run(&mut format)?;
            process::run(&mut lints)?;
            closing::watched(&mut seeds, closings)
        })
    }

    fn long(&mut self) -> Result<()> {
        let mut parity = self.project.cargo(["test", "--package", BEHAVIOUR, "--test", "parity"]);
        parity.args(["--", "--nocapture"]).env(LONG_CASES.0, LONG_CASES.1);
        self.with_program(&mut parity);
        self.report.tests("100,000 books", |closings| closing::watched(&mut parity, closings))?;
        let mut prepared = self.project.cargo(["test", "--package", SCAN, "--lib", "--", "--nocapture"]);
        prepared.env(LONG_CASES.0, LONG_CASES.1);
        self.report.tests("100,000 prepared books", |closings| closing::watched(&mut prepared, closings))?;
        let project = self.project;
        self.report.step("fuzzing", || fuzz::run(project, &fuzz::Arguments::ten_minutes()))?;
        self.stateful("stateful fuzzing at length", true)
    }

    /// Random lives of the whole clearing house from fixed seeds, every instruction of the program in them.
    fn stateful(&mut self, name: &str, long: bool) -> Result<()> {
        let mut command = stateful::of_suite(self.project, long);
        self.with_program(&mut command);
        self.report.step(name, || quietly(process::run(&mut command)))
    }

    /// Decides which binary the tests load. CI makes it anew; elsewhere one of the present sources
    /// will do, so that a clone can be tested without a compiler for the chain.
    fn program(&mut self, rebuild: bool) -> Result<()> {
        let (project, binary) = (self.project, &mut self.binary);
        self.report.step("program binary", || {
            let chosen = if rebuild {
                program::check(project, program::Choice::Auto, false)?
            } else {
                program::current(project)?
            };
            let shown = project.shown(&chosen);
            *binary = Some(chosen);
            Ok(shown)
        })
    }

    fn with_program(&self, command: &mut Command) {
        if let Some(binary) = &self.binary {
            command.env(PROGRAM_VARIABLE, binary);
            command.env(FOLDER_VARIABLE, binary.parent().unwrap_or(Path::new("/")));
        }
    }

    fn documentation(&mut self) -> Result<()> {
        let mut command = self.project.cargo(["doc", "--workspace", "--no-deps"]);
        command.env("RUSTDOCFLAGS", "-D warnings");
        self.report.step("documentation", || quietly(process::run(&mut command)))
    }

    fn generated(&mut self) -> Result<()> {
        let project = self.project;
        self.report.step("interface file", || quietly(idl::generate(project, Mode::Check, PROGRAM)))?;
        self.report.step("account and error tables", || quietly(layout::generate(project, Mode::Check)))?;
        self.report.step("compute unit table", || quietly(cu::check(project)))
    }

    /// The margin core by itself, which a compiler for the chain is needed for.
    fn core(&mut self, rebuild: bool) -> Result<()> {
        if !rebuild {
            self.report.skip("margin core", "--rebuild not asked for");
            return Ok(());
        }
        let project = self.project;
        self.report.step("margin core", || quietly(core::check(project)))
    }

    fn demo(&mut self) -> Result<()> {
        let mut command = self.project.cargo(["run", "--quiet", "--package", demo::CLI, "--", "demo"]);
        self.with_program(&mut command);
        self.report.step("demo", || quietly(process::run(&mut command)))
    }

    /// Advisories need a database from the network and have a job of their own.
    fn dependencies(&mut self) -> Result<()> {
        if !process::succeeds(&mut self.project.cargo(["deny", "--version"])) {
            self.report.skip("dependency rules", "cargo-deny is not installed");
            return Ok(());
        }
        self.cargo("dependency rules", &["deny", "check", "bans", "licenses", "sources"])
    }
}

fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| !value.is_empty() && value != "false" && value != "0")
}

/// A step that has nothing to tell when it passes.
fn quietly(result: Result<()>) -> Result<String> {
    result.map(|()| String::new())
}

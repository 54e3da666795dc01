//! `ballast`: the clearing house on the command line.

mod address;
mod args;
#[cfg(feature = "embedded")]
mod demo;
mod errors;
mod margin;
mod number;
mod out;
mod paint;
mod table;

use args::{Args, Command};
use clap::Parser;
use out::Failure;
use paint::Paint;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(Args::parse().command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("ballast: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Margin { file, json } => margin::run(&file, json, Paint::for_stdout()),
        #[cfg(feature = "embedded")]
        Command::Demo { json, plain } => demo::run(json, plain),
        Command::Errors { number } => errors::run(number.as_deref(), Paint::for_stdout()),
        Command::ProgramId => out::print(&format!("{}\n", ballast::ID)),
        Command::Address { what } => out::print(&format!("{}\n", address::of(&what))),
    }
}

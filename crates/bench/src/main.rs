//! `cargo xtask bench`: valuations a second beside other libraries, and a keeper's recheck of a million portfolios.

use anyhow::Result;
use ballast_bench::keeper::{exchange, Venue};
use ballast_bench::peers::external;
use ballast_bench::report::{processor, Report};
use ballast_bench::{clock, native};
use clap::Parser;

/// What to measure, and how long.
#[derive(Parser, Debug)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Arguments {
    /// Print the figures as JSON.
    #[arg(long)]
    json: bool,
    /// Interleaved rounds of the comparison with other libraries.
    #[arg(long, default_value_t = 25)]
    rounds: usize,
    /// Portfolios of the keeper's recheck.
    #[arg(long, default_value_t = 1_000_000)]
    portfolios: usize,
    /// Rounds of the keeper's recheck.
    #[arg(long, default_value_t = 5)]
    keeper_rounds: usize,
    /// The Python that has py_vollib.
    #[arg(long, default_value = "python3")]
    python: String,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let cores = clock::keep_to_one_core()?;
    let native = native::measure(arguments.rounds.max(1), &arguments.python);
    external::clean_up();
    let native = native?;
    let tick = exchange();
    let venue = Venue::new(&tick, arguments.portfolios.max(1))?;
    let keeper = venue.measure(&tick, arguments.keeper_rounds.max(1))?;
    clock::allow(&cores)?;
    let parallel = venue.parallel(arguments.keeper_rounds.max(1))?;
    let report = Report { processor: processor(), native, keeper, parallel };
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}

//! `cargo xtask stateful`: random lives of the clearing house, and scripts of them.

use ballast_stateful::{
    enough::lacking,
    judge::LANDMARKS,
    run::{many, reach, reaches, replay, Found, Nursery, Plan},
    script::Script,
    shrink::shrink,
    tally::Tally,
};
use clap::Parser;
use std::{
    error::Error,
    fs::File,
    io::{self, Write},
    panic,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::Mutex,
    time::Instant,
};

/// Random lives of the clearing house through the program's binary; invariants after every transaction.
#[derive(Parser, Debug)]
#[command(name = "cargo xtask stateful", bin_name = "cargo xtask stateful")]
struct Arguments {
    /// Instructions of all lives together.
    #[arg(long, default_value_t = 100_000)]
    instructions: u64,
    /// Seed of the first life.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Threads; one a core if not said.
    #[arg(long, default_value_t = 0)]
    threads: usize,
    /// Replays a script instead.
    #[arg(long, conflicts_with_all = ["instructions", "seed"])]
    replay: Option<PathBuf>,
    /// Makes the replayed script small if it fails.
    #[arg(long, requires = "replay")]
    shrink: bool,
    /// Finds a short script that reaches a landmark, from the lives of the seed on.
    #[arg(long, conflicts_with = "replay")]
    reach: Option<String>,
    /// Fails if too little happens: an instruction never goes through, too few trades do, a landmark that 100,000 instructions
    /// reach is not reached, or fewer instructions are sent than planned.
    #[arg(long)]
    all_must_happen: bool,
    /// Where scripts of failures go.
    #[arg(long, default_value = "target/stateful")]
    folder: PathBuf,
    /// Prints figures as JSON.
    #[arg(long)]
    json: bool,
}

/// Where figures go.
type Figures = Mutex<File>;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match apart().and_then(|figures| perform(&arguments, &Mutex::new(figures))) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("stateful: error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Standard output for figures alone: off chain the program's log lines go there too, and follow the messages from here on.
fn apart() -> Result<File, Box<dyn Error>> {
    let figures = rustix::io::dup(io::stdout())?;
    rustix::stdio::dup2_stdout(io::stderr())?;
    Ok(File::from(figures))
}

fn perform(arguments: &Arguments, figures: &Figures) -> Result<bool, Box<dyn Error>> {
    rayon::ThreadPoolBuilder::new().num_threads(arguments.threads).build_global()?;
    if let Some(path) = &arguments.replay {
        return replayed(arguments, path, figures);
    }
    if let Some(landmark) = &arguments.reach {
        return reached(arguments, landmark);
    }
    let plan = Plan { instructions: arguments.instructions, seed: arguments.seed };
    eprintln!("{} instructions, seeds from {}", plan.instructions, plan.seed);
    let began = Instant::now();
    let so_far = Mutex::new((Tally::default(), Instant::now()));
    let (tally, found) = many(plan, |tally| {
        let mut so_far = so_far.lock().expect("nobody panics here");
        so_far.0 = std::mem::take(&mut so_far.0).with(tally.clone());
        if so_far.1.elapsed().as_secs() >= 60 {
            so_far.1 = Instant::now();
            eprintln!("{} instructions in {:.0} s", so_far.0.instructions, began.elapsed().as_secs_f64());
        }
    })?;
    print(arguments, &tally, figures)?;
    let secs = began.elapsed().as_secs_f64();
    let each = secs * 1e6 / f64::from(u32::try_from(tally.instructions.max(1)).unwrap_or(u32::MAX));
    eprintln!(
        "{secs:.1} s, {each:.0} µs an instruction, invariants checked after each of {} transactions",
        tally.transactions
    );
    for one in &found {
        report(arguments, one)?;
    }
    let lacking = if arguments.all_must_happen { lacking(&tally, plan) } else { Vec::new() };
    lacking.iter().for_each(|what| eprintln!("{what}"));
    Ok(found.is_empty() && lacking.is_empty())
}

/// Lives among which a landmark is looked for.
const REACH_LIVES: u64 = 1_000;

/// Looks for a landmark and keeps the smallest script that reaches it.
fn reached(arguments: &Arguments, landmark: &str) -> Result<bool, Box<dyn Error>> {
    if !LANDMARKS.contains(&landmark) {
        return Err(format!("no landmark {landmark:?}; there are: {}", LANDMARKS.join("; ")).into());
    }
    let mut nursery = Nursery::default();
    let seeds = arguments.seed..arguments.seed.saturating_add(REACH_LIVES);
    let Some(script) = reach(&mut nursery, seeds, landmark)? else {
        eprintln!("no life reached it");
        return Ok(false);
    };
    let small = shrink(&script, |script| reaches(&mut nursery, script, landmark));
    let path = arguments.folder.join(format!("{}.jsonl", landmark.replace(' ', "-")));
    small.write(&path, &format!("Reaches: {landmark}."))?;
    eprintln!("{} steps: {}", small.steps.len(), path.display());
    Ok(true)
}

fn replayed(arguments: &Arguments, path: &Path, figures: &Figures) -> Result<bool, Box<dyn Error>> {
    let script = Script::read(path)?;
    let (tally, failure) = replay(&mut Nursery::default(), &script)?;
    print(arguments, &tally, figures)?;
    match failure {
        Some(failure) => {
            eprintln!("{failure}");
            if arguments.shrink {
                report(arguments, &Found { seed: None, script, failure })?;
            }
            Ok(false)
        }
        None => Ok(true),
    }
}

fn print(arguments: &Arguments, tally: &Tally, figures: &Figures) -> Result<(), Box<dyn Error>> {
    let mut figures = figures.lock().map_err(|_| "nobody panics while printing")?;
    if arguments.json {
        writeln!(figures, "{}", serde_json::to_string_pretty(tally)?)?;
    } else {
        writeln!(figures, "{tally}")?;
    }
    Ok(())
}

/// Shrinks what was found, keeps both scripts and says how to see it again.
fn report(arguments: &Arguments, found: &Found) -> Result<(), Box<dyn Error>> {
    let from = found.seed.map_or_else(|| "replayed".to_owned(), |seed| format!("seed {seed}"));
    eprintln!("\nFAILED: {from}, step {}\n{}", found.script.steps.len(), found.failure);
    let name = |kind: &str| {
        let name = format!("{}-{}{kind}.jsonl", found.failure.id, from.replace(' ', "-"));
        arguments.folder.join(name)
    };
    found.script.write(&name("-whole"), &format!("{}, {from}.", found.failure.id))?;
    // What panics has said so once; while the script shrinks it would say so hundreds of times.
    panic::set_hook(Box::new(|_| {}));
    let mut nursery = Nursery::default();
    let small = shrink(&found.script, |script| {
        let lived = replay(&mut nursery, script);
        lived.is_ok_and(|(_, failure)| failure.is_some_and(|failure| failure.is_like(&found.failure)))
    });
    let path = name("");
    small.write(&path, &format!("{}, {from}.", found.failure.id))?;
    let (steps, of, path) = (small.steps.len(), found.script.steps.len(), path.display());
    eprintln!("{steps} of {of} steps are left: {path}\nreplay it: cargo xtask stateful --replay {path}");
    Ok(())
}

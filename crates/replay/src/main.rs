//! `cargo xtask replay`: crash replays, their table, page and bars.

use anyhow::{bail, Context, Result};
use ballast_replay::{
    document, page,
    run::{replay, Replayed},
    table, verdict,
    window::{recorded, synthetic, Window, RECORDED, SYNTHETIC},
    Arguments,
};
use clap::Parser;
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::atomic::{AtomicUsize, Ordering},
    sync::Mutex,
};

/// Drives a population of portfolios and keepers through price windows, on the shipped program.
#[derive(Parser, Debug)]
#[command(name = "cargo xtask replay", bin_name = "cargo xtask replay")]
struct CommandLine {
    /// Only this window, by name; may be given several times.
    #[arg(long = "window", value_name = "NAME")]
    windows: Vec<String>,
    /// Replays recorded windows instead: a folder with spot/win_*.csv and perhaps vol/*.csv.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// Prints the figures as JSON.
    #[arg(long)]
    json: bool,
    /// Where the page goes [default: replay.html in the target folder].
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Writes the tables into this document, where it has marks for them (docs/replay.md).
    #[arg(long, value_name = "FILE", conflicts_with = "windows")]
    docs: Option<PathBuf>,
    /// Seed of population and noise.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// Every keeper is so many times as late.
    #[arg(long, default_value_t = 1, value_name = "TIMES")]
    latency: i64,
    /// Every keeper has so many times its capital.
    #[arg(long, default_value_t = 1, value_name = "TIMES")]
    capital: i64,
    /// Nobody liquidates.
    #[arg(long)]
    without_keepers: bool,
}

fn main() -> ExitCode {
    let outcome = perform(&CommandLine::parse());
    if let Err(error) = &outcome {
        eprintln!("replay: error: {error:#}");
    }
    ExitCode::from(verdict::code(&outcome))
}

/// Replays, prints and writes; says whether every bar is met.
fn perform(line: &CommandLine) -> Result<bool> {
    let arguments = Arguments {
        seed: line.seed,
        latency: line.latency.max(0),
        capital: line.capital.max(1),
        keepers: !line.without_keepers,
    };
    let all = replay_all(windows(line)?, &arguments)?;
    let path = line.html.clone().unwrap_or_else(|| target().join("replay.html"));
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    }
    fs::write(&path, page::render(&all)?).with_context(|| format!("cannot write {}", path.display()))?;
    let figures: Vec<_> = all.into_iter().map(|replayed| replayed.figures).collect();
    if let Some(path) = &line.docs {
        let part = if line.data.is_some() { "recorded" } else { "synthetic" };
        let before = fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        let after = document::with_tables(&before, part, &table::markdown(&figures))?;
        fs::write(path, after).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if line.json {
        println!("{}", serde_json::to_string_pretty(&verdict::json(&arguments, &figures))?);
    } else {
        print!("{}{}", table::render(&figures), verdict::told(&figures));
        println!("Plots: {}", path.display());
    }
    Ok(verdict::met(&figures))
}

/// The windows asked for, in their order.
fn windows(line: &CommandLine) -> Result<Vec<Window>> {
    let wanted = |name: &str| line.windows.is_empty() || line.windows.iter().any(|wanted| wanted == name);
    let mut all = Vec::new();
    match &line.data {
        Some(folder) => {
            for (name, title) in RECORDED.iter().filter(|(name, _)| wanted(name)) {
                let there = folder.join("spot").join(format!("win_{name}.csv")).exists();
                if there || !line.windows.is_empty() {
                    all.push(recorded(folder, name, title)?);
                } else {
                    eprintln!("{name}: not in {}", folder.display());
                }
            }
        }
        None => {
            let names = SYNTHETIC.iter().filter(|name| wanted(name));
            all.extend(names.filter_map(|name| synthetic(name, line.seed)));
        }
    }
    for name in &line.windows {
        if !all.iter().any(|window: &Window| window.name == *name) {
            let recorded: Vec<&str> = RECORDED.iter().map(|(name, _)| *name).collect();
            bail!(
                "there is no window {name}: synthetic are {}; with --data {}",
                SYNTHETIC.join(", "),
                recorded.join(", ")
            );
        }
    }
    if all.is_empty() {
        bail!("no window to replay");
    }
    Ok(all)
}

/// Replays windows on as many threads as there are cores; the result is in the order of the windows.
fn replay_all(windows: Vec<Window>, arguments: &Arguments) -> Result<Vec<Replayed>> {
    let results: Vec<Mutex<Option<Result<Replayed>>>> = windows.iter().map(|_| Mutex::new(None)).collect();
    let next = AtomicUsize::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(windows.len());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| loop {
                let at = next.fetch_add(1, Ordering::Relaxed);
                let Some(window) = windows.get(at) else { return };
                eprintln!("{}: {}", window.name, window.title);
                let replayed = replay(window.clone(), arguments);
                if let Ok(mut place) = results[at].lock() {
                    *place = Some(replayed);
                }
            });
        }
    });
    let names = windows.iter().map(|window| &window.name);
    let taken = results.into_iter().zip(names).map(|(result, name)| {
        let replayed = result.into_inner().ok().flatten().context("the replay did not end")?;
        replayed.with_context(|| name.clone())
    });
    taken.collect()
}

/// Cargo's target folder: this binary lies in a folder of it.
fn target() -> PathBuf {
    let own = std::env::current_exe().ok();
    let folder = own.as_deref().and_then(Path::parent).and_then(Path::parent);
    folder.map_or_else(|| PathBuf::from("target"), Path::to_path_buf)
}

//! The bench's figures as a page for people.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;

use crate::keeper::{Keeper, Parallel};
use crate::native::Native;

/// Everything that was measured.
#[derive(Debug, Clone, Serialize)]
pub struct Report {
    /// Model of the processor.
    pub processor: String,
    /// The engine beside other libraries.
    pub native: Native,
    /// A keeper on one core.
    pub keeper: Keeper,
    /// A keeper on two threads.
    pub parallel: Parallel,
}

/// How many times as long as the engine a peer should take.
const BARS: [(&str, f64); 4] = [
    ("QuantLib blackFormula", 25.0),
    ("QuantLib BlackCalculator", 60.0),
    ("py_vollib", 1_000.0),
    ("blackscholes", 20.0),
];
/// Seconds that a million portfolios of eight legs should take by full revaluation, and their scan by the arrays.
const KEEPER_BARS: (f64, f64) = (0.6, 0.05);

impl Display for Report {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n", self.processor)?;
        native(f, &self.native)?;
        keeper(f, &self.keeper)?;
        parallel(f, &self.parallel)
    }
}

fn native(f: &mut Formatter<'_>, n: &Native) -> fmt::Result {
    writeln!(f, "Nanoseconds a valuation, one core, median of {} interleaved rounds", n.rounds)?;
    writeln!(f, "  engine, rows of given vols  {:10.2}", n.engine.rows)?;
    writeln!(f, "  engine, the kernel alone    {:10.2}", n.engine.kernel)?;
    writeln!(f, "  engine, the whole check     {:10.2}", n.engine.whole_check)?;
    writeln!(f, "{:30}{:>10}   as long as the rows, the kernel, the whole check", "", "")?;
    for p in &n.peers {
        let bar = BARS.iter().find(|(name, _)| *name == p.name);
        let bar = bar.map_or(String::new(), |(_, times)| format!("  (aim {times:.0})"));
        let (rows, kernel, whole) = (p.over_rows, p.over_kernel, p.over_whole_check);
        writeln!(f, "  {:28}{:10.2}{rows:10.1} × {kernel:9.1} × {whole:9.1} ×{bar}", p.name, p.nanoseconds)?;
        writeln!(f, "    version {}; losses differ by {:.1e} of gross", p.version, p.difference)?;
    }
    for absent in &n.absent {
        writeln!(f, "  {:28}not measured: {}", absent.name, absent.reason)?;
    }
    writeln!(f)
}

fn keeper(f: &mut Formatter<'_>, k: &Keeper) -> fmt::Result {
    let (full, arrays) = KEEPER_BARS;
    let million = 1e6 / k.portfolios as f64;
    writeln!(
        f,
        "{} portfolios, {} legs, {} series, one core, processor seconds",
        k.portfolios, k.legs, k.series
    )?;
    writeln!(f, "  portfolios in order for scans, once {:.3}", k.order_seconds)?;
    writeln!(f, "  and for full checks, once        {:.3}", k.check_order_seconds)?;
    writeln!(f, "  markets prepared for a tick {:10.4}", k.preparing_seconds)?;
    writeln!(f, "  arrays of a tick, with that {:10.4}", k.arrays_seconds)?;
    let mut line = |name: &str, seconds: f64, aim: Option<f64>| {
        let aim = aim.map_or(String::new(), |aim| format!("  (aim {aim})"));
        let (million, times) = (seconds * million, k.unprepared_seconds / seconds);
        writeln!(f, "  {name:28}{seconds:10.3}   a million: {million:.3}{times:9.1} ×{aim}")
    };
    line("full check, nothing prepared", k.unprepared_seconds, None)?;
    line("full check, rows once a tick", k.revaluation_seconds, None)?;
    line("every scan, revalued in full", k.scan_in_full_seconds, Some(full))?;
    line("every scan by the arrays", k.scan_seconds, Some(arrays))?;
    line("every verdict, arrays first", k.recheck_seconds, None)?;
    let d = &k.decided;
    writeln!(
        f,
        "  decided by sums {}, closer look {}, engine {}; of these healthy {}, below MM {}\n",
        d.by_sums, d.by_closer_look, d.revalued, d.revalued_healthy, d.liquidatable
    )
}

fn parallel(f: &mut Formatter<'_>, p: &Parallel) -> fmt::Result {
    writeln!(f, "The same on one thread and two, {} cores, wall seconds, best of the rounds", p.cores)?;
    for (name, [one, two]) in [
        ("every verdict, arrays first", p.recheck_seconds),
        ("full check, rows once a tick", p.revaluation_seconds),
    ] {
        writeln!(f, "  {name:28}{one:10.3}{two:10.3}{:10.2} ×", one / two)?;
    }
    Ok(())
}

/// The processor's model as the system tells it.
#[must_use]
pub fn processor() -> String {
    let told = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = told.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    model.map_or_else(|| "unknown processor".into(), |(_, model)| model.to_owned())
}

//! What lives came to: instructions by name and outcome, landmarks, the distance of liquidations from their end.

use crate::{
    action::NAMES,
    house::Came,
    judge::{Landmark, LANDMARKS},
};
use serde::Serialize;
use std::{
    collections::BTreeMap,
    fmt::{self, Write as _},
};

/// Bounds of the classes of overshoot, millionths of initial margin.
const OVERSHOOT_E6: [i64; 6] = [100, 1_000, 5_000, 10_000, 20_000, i64::MAX];

/// What became of one instruction.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Times it went through, alone or with others.
    pub ok: u64,
    /// Times it was refused, by the name of the refusal.
    pub refused: BTreeMap<String, u64>,
    /// Most compute units of a transaction of it alone.
    pub compute_units_most: u64,
}

/// What lives came to.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Steps performed.
    pub steps: u64,
    /// Transactions sent.
    pub transactions: u64,
    /// Instructions sent in them.
    pub instructions: u64,
    /// Lives.
    pub lives: u64,
    /// By name of the instruction.
    pub by_name: BTreeMap<&'static str, Line>,
    /// Times a place worth reaching was reached.
    pub landmarks: BTreeMap<Landmark, u64>,
    /// Liquidations that ended beyond the exit test by at most the class's share of initial margin.
    pub overshoot: [u64; OVERSHOOT_E6.len()],
    /// Lives that ended with a known fault, by its name.
    pub faults: BTreeMap<&'static str, u64>,
    /// The farthest, millionths of initial margin.
    pub overshoot_most_e6: i64,
}

impl Tally {
    /// Adds what a step came to.
    pub fn add(&mut self, came: &Came) {
        self.steps += 1;
        for landmark in &came.landmarks {
            *self.landmarks.entry(landmark).or_default() += 1;
        }
        if let Some(overshoot_e6) = came.overshoot_e6 {
            let class = OVERSHOOT_E6.iter().position(|bound| overshoot_e6 <= *bound).unwrap_or(0);
            self.overshoot[class] += 1;
            self.overshoot_most_e6 = self.overshoot_most_e6.max(overshoot_e6);
        }
        let Some(sent) = &came.sent else { return };
        self.transactions += 1;
        self.instructions += u64::try_from(came.asked.len()).unwrap_or(0);
        match sent {
            Ok(outcome) => {
                for name in &came.asked {
                    let line = self.by_name.entry(name).or_default();
                    line.ok += 1;
                    if came.asked.len() == 1 {
                        line.compute_units_most = line.compute_units_most.max(outcome.compute_units);
                    }
                }
            }
            Err(rejected) => {
                let at = rejected.instruction.unwrap_or(0);
                for (place, name) in came.asked.iter().enumerate() {
                    let why = if place == at { reason(&rejected.name) } else { "another of the transaction" };
                    let line = self.by_name.entry(name).or_default();
                    *line.refused.entry(why.to_owned()).or_default() += 1;
                }
            }
        }
    }

    /// Adds another tally.
    #[must_use]
    pub fn with(mut self, other: Self) -> Self {
        self.steps += other.steps;
        self.transactions += other.transactions;
        self.instructions += other.instructions;
        self.lives += other.lives;
        for (name, line) in other.by_name {
            let mine = self.by_name.entry(name).or_default();
            mine.ok += line.ok;
            mine.compute_units_most = mine.compute_units_most.max(line.compute_units_most);
            for (why, count) in line.refused {
                *mine.refused.entry(why).or_default() += count;
            }
        }
        for (landmark, count) in other.landmarks {
            *self.landmarks.entry(landmark).or_default() += count;
        }
        for (fault, count) in other.faults {
            *self.faults.entry(fault).or_default() += count;
        }
        for (mine, theirs) in self.overshoot.iter_mut().zip(other.overshoot) {
            *mine += theirs;
        }
        self.overshoot_most_e6 = self.overshoot_most_e6.max(other.overshoot_most_e6);
        self
    }

    /// Instructions that never went through. The exchange is created before a life begins, and only once.
    #[must_use]
    pub fn never(&self) -> Vec<&'static str> {
        let done = |name: &&str| self.by_name.get(*name).is_some_and(|line| line.ok > 0);
        NAMES.iter().copied().filter(|name| *name != "exchange_init" && !done(name)).collect()
    }

    /// Landmarks that were never reached.
    #[must_use]
    pub fn unreached(&self) -> Vec<Landmark> {
        LANDMARKS.iter().copied().filter(|landmark| !self.landmarks.contains_key(landmark)).collect()
    }

    /// Share of an instruction's attempts that went through, percent.
    #[must_use]
    pub fn share(&self, name: &str) -> u64 {
        let Some(line) = self.by_name.get(name) else { return 0 };
        let all = line.ok + line.refused.values().sum::<u64>();
        (line.ok * 100).checked_div(all).unwrap_or(0)
    }
}

/// The runtime's own refusals without the place.
fn reason(name: &str) -> &str {
    let inner = name.strip_prefix("InstructionError(").and_then(|rest| rest.split_once(", "));
    inner.map_or(name, |(_, error)| error.strip_suffix(')').unwrap_or(error))
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{} instructions in {} transactions, {} steps, {} lives",
            self.instructions, self.transactions, self.steps, self.lives
        )?;
        writeln!(f, "\n{:<22}{:>9}{:>9}  {:>9}  refused for", "instruction", "ok", "refused", "most CU")?;
        for name in NAMES {
            let none = Line::default();
            let line = self.by_name.get(name).unwrap_or(&none);
            let refused: u64 = line.refused.values().sum();
            let mut why: Vec<(&String, &u64)> = line.refused.iter().collect();
            why.sort_by(|a, b| b.1.cmp(a.1).then(a.0.cmp(b.0)));
            let mut reasons = String::new();
            for (name, count) in why.iter().take(4) {
                write!(reasons, "{name} {count}, ")?;
            }
            let more = if why.len() > 4 { format!("{} more", why.len() - 4) } else { String::new() };
            let reasons = format!("{reasons}{more}");
            let reasons = reasons.trim_end_matches(", ");
            writeln!(f, "{name:<22}{:>9}{refused:>9}  {:>9}  {reasons}", line.ok, line.compute_units_most)?;
        }
        writeln!(f)?;
        for landmark in LANDMARKS {
            writeln!(f, "{landmark:<42}{:>9}", self.landmarks.get(landmark).copied().unwrap_or(0))?;
        }
        for (fault, count) in &self.faults {
            writeln!(f, "known fault {fault:<30}{count:>9}")?;
        }
        write!(f, "\nliquidations beyond the exit test, by share of initial margin:")?;
        for (bound, count) in OVERSHOOT_E6.iter().zip(self.overshoot) {
            match *bound {
                i64::MAX => write!(f, "  more {count}")?,
                _ => write!(f, "  to {}.{:02} % {count}", bound / 10_000, bound % 10_000 / 100)?,
            }
        }
        writeln!(f, "  (farthest {} millionths)", self.overshoot_most_e6)
    }
}

//! A life of the clearing house as a list of plain steps: what is generated, kept, shrunk and replayed.
//!
//! A file holds a [`Start`] and then one step a line, as JSON; lines that begin with `#` are comments. Every subset of a
//! script is a script: a step that means nothing any more is passed over.

use crate::action::Action;
use serde::{Deserialize, Serialize};
use std::{fmt::Write as _, fs, io, path::Path};

/// What the world begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// The quote currency has a price feed, so that it can leave its peg.
    pub peg: bool,
    /// Amounts may be anything that fits 64 bits, and sums that do not fit are no failure.
    pub extreme: bool,
}

/// What is wrong with the account of a price update.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flaw {
    /// Nothing.
    #[default]
    None,
    /// Its owner is no receiver program.
    Owner,
    /// Not all signatures were checked.
    Unverified,
    /// It is of the next feed.
    OtherFeed,
    /// Its data is cut short.
    Short,
}

/// A price that a feed publishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Publication {
    /// Feed, modulo those there are.
    pub feed: u8,
    /// Price, 1e-8; may be zero or below.
    pub price: i64,
    /// Its moving average, 1e-8.
    pub ema: i64,
    /// Confidence, 1e-8.
    pub conf: u64,
    /// Seconds since it was published; below zero it lies in the future.
    pub age: i64,
    /// Seconds from the update before to this one.
    pub gap: i64,
    /// What is wrong with it.
    #[serde(default, skip_serializing_if = "is_sound")]
    pub flaw: Flaw,
}

fn is_sound(flaw: &Flaw) -> bool {
    *flaw == Flaw::None
}

/// One thing that happens.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Time passes, and feeds are silent.
    Pass(i64),
    /// A feed publishes.
    Publish(Publication),
    /// Every feed publishes what it published last, now.
    Refresh,
    /// A transaction of one instruction.
    Do(Action),
    /// One transaction of several instructions.
    Together(Vec<Action>),
    /// A transaction in which one account is another.
    Misplaced {
        /// The instruction.
        action: Action,
        /// Which of its accounts, modulo how many it has.
        place: u8,
        /// Which of all known accounts stands there.
        with: u16,
    },
    /// A transaction in which one account that must sign does not. It has to be refused.
    Unsigned {
        /// The instruction.
        action: Action,
        /// Which of its signers.
        signer: u8,
    },
    /// A stored number is changed past the program. Only to see that what watches notices.
    Tamper {
        /// Portfolio.
        book: u8,
        /// Added to its cash, 1e-6 quote.
        cash: i64,
    },
}

/// A start and the steps from it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Script {
    /// What the world begins with.
    pub start: Start,
    /// What happens.
    pub steps: Vec<Step>,
}

impl Script {
    /// Reads a script from a file.
    ///
    /// # Errors
    /// The file cannot be read, or a line of it is no step.
    pub fn read(path: &Path) -> io::Result<Self> {
        Self::parse(&fs::read_to_string(path)?).map_err(|error| {
            io::Error::new(io::ErrorKind::InvalidData, format!("{}: {error}", path.display()))
        })
    }

    /// Reads a script from its text.
    ///
    /// # Errors
    /// A line that is no step, or no first line that is a start.
    pub fn parse(text: &str) -> serde_json::Result<Self> {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let start = serde_json::from_str(lines.next().unwrap_or_default())?;
        let steps = lines.map(serde_json::from_str).collect::<serde_json::Result<_>>()?;
        Ok(Self { start, steps })
    }

    /// The script as text, with comments before it.
    ///
    /// # Panics
    /// Never: steps are plain data.
    #[must_use]
    pub fn text(&self, comment: &str) -> String {
        let mut text = String::new();
        let line = |text: &mut String, what: &str| writeln!(text, "{what}").expect("a string takes all");
        comment.lines().for_each(|sentence| line(&mut text, &format!("# {sentence}")));
        line(&mut text, &serde_json::to_string(&self.start).expect("plain data"));
        for step in &self.steps {
            line(&mut text, &serde_json::to_string(step).expect("plain data"));
        }
        text
    }

    /// Writes the script to a file.
    ///
    /// # Errors
    /// What the system says.
    pub fn write(&self, path: &Path, comment: &str) -> io::Result<()> {
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, self.text(comment))
    }
}

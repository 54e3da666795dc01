//! What happened, step by step, in numbers: what is printed and what machines get are made of it.

use super::{cast::Who, market::Print};
use ballast_risk::MarginReport;
use serde_json::{Map, Value};

/// A part of the story.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chapter {
    /// Name for machines.
    pub id: &'static str,
    /// Title.
    pub title: &'static str,
}

/// Compute units of one instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cost {
    /// The instruction.
    pub instruction: &'static str,
    /// What the program used.
    pub compute_units: u64,
}

/// A portfolio's margin before and after a step.
#[derive(Debug, Clone)]
pub struct Margins {
    /// Whose.
    pub who: Who,
    /// Before.
    pub before: MarginReport,
    /// After.
    pub after: MarginReport,
    /// Compute units of the program's own check, if the step was one.
    pub checked_for: Option<u64>,
}

/// A refusal that was expected.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// The program's error number.
    pub number: u32,
    /// Its name.
    pub name: String,
    /// What and why.
    pub message: String,
}

/// One market's state after prices and volatilities were published.
#[derive(Debug, Clone, Copy)]
pub struct MarketState {
    /// Symbol.
    pub symbol: &'static str,
    /// Spot, 1e-8 quote.
    pub price_e8: u64,
    /// Which price of the bar it is.
    pub print: Print,
    /// Change since the beginning, 1e-6.
    pub change_e6: i64,
    /// V, 1e-6 a year.
    pub vol_e6: i64,
    /// Realised volatility, 1e-6 a year.
    pub realised_e6: i64,
    /// V*, 1e-6 a year.
    pub vol_margin_e6: i64,
}

/// One line of the story.
#[derive(Debug, Clone, Default)]
pub struct Step {
    /// Unix seconds.
    pub time: i64,
    /// What happened, as a trader would say it.
    pub text: String,
    /// What it cost, one entry an instruction.
    pub costs: Vec<Cost>,
    /// Whose margin it moved.
    pub margins: Vec<Margins>,
    /// Prices published.
    pub markets: Vec<MarketState>,
    /// A refusal.
    pub refused: Option<Refused>,
    /// What a machine wants to know besides.
    pub facts: Map<String, Value>,
}

impl Step {
    /// A step that says only what happened.
    #[must_use]
    pub fn new(time: i64, text: impl Into<String>) -> Self {
        Self { time, text: text.into(), ..Self::default() }
    }

    /// With the cost of an instruction.
    #[must_use]
    pub fn costing(mut self, instruction: &'static str, compute_units: u64) -> Self {
        self.costs.push(Cost { instruction, compute_units });
        self
    }

    /// With a fact for machines.
    #[must_use]
    pub fn fact(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.facts.insert(name.to_owned(), value.into());
        self
    }
}

/// Who hears the story as it goes.
pub trait Teller {
    /// A chapter begins.
    fn chapter(&mut self, chapter: Chapter);
    /// A step happened.
    fn step(&mut self, step: &Step);
    /// The end.
    fn end(&mut self, ending: &super::ending::Ending);
}

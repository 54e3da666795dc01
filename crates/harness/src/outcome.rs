//! What a transaction did, or why it was refused.

use ballast::error::BallastError;
use ballast_sdk::{error, event, event::Event};
use litesvm::types::{FailedTransactionMetadata, TransactionMetadata};
use std::fmt;

/// A transaction that went through.
#[derive(Debug)]
pub struct Outcome {
    /// Every log line.
    pub logs: Vec<String>,
    /// Compute units of the program's own top-level instructions, what they called included.
    pub compute_units: u64,
    /// Compute units of the whole transaction.
    pub transaction_compute_units: u64,
    /// Bytes of the transaction on the wire.
    pub transaction_bytes: usize,
    /// Events of the program, in order.
    pub events: Vec<Event>,
    /// What the last instruction returned.
    pub return_data: Vec<u8>,
}

/// A transaction that was refused; nothing changed but its fee.
#[derive(Clone)]
pub struct Rejected {
    /// Index of the instruction that failed, the compute budget request not counted.
    pub instruction: Option<usize>,
    /// The number, if the refusal has one: 6000 and up are the program's, below that Anchor's or another program's.
    pub number: Option<u32>,
    /// Name of the refusal: the program's or Anchor's error name, or the runtime's own.
    pub name: String,
    /// What was refused and why.
    pub message: String,
    /// The account the program blames, by its name in the instruction or its place in the remaining accounts.
    pub account: Option<String>,
    /// Every log line.
    pub logs: Vec<String>,
    /// Compute units of the whole transaction.
    pub transaction_compute_units: u64,
}

impl Outcome {
    pub(crate) fn new(meta: TransactionMetadata, transaction_bytes: usize) -> Self {
        Self {
            compute_units: program_compute_units(&meta.logs),
            transaction_compute_units: meta.compute_units_consumed,
            transaction_bytes,
            events: event::from_logs(&meta.logs),
            return_data: meta.return_data.data,
            logs: meta.logs,
        }
    }

    /// The first event of a kind: `outcome.event(|event| match event { Event::Deposited(e) => Some(e), _ => None })`.
    pub fn event<'a, T>(&'a self, kind: impl FnMut(&'a Event) -> Option<T>) -> Option<T> {
        self.events.iter().find_map(kind)
    }
}

impl Rejected {
    pub(crate) fn new(failed: FailedTransactionMetadata) -> Self {
        let runtime = format!("{:?}", failed.err);
        let (instruction, number) = place_and_number(&runtime);
        let logs = failed.meta.logs;
        // Anchor's line is about the refusal only if the number is the same: a program called in between may have failed.
        let described = error::from_logs(&logs).filter(|refusal| Some(refusal.number) == number);
        let (name, message) = match described.or_else(|| number.and_then(error::describe)) {
            Some(refusal) => (refusal.name, refusal.message),
            None => (runtime, logs.last().cloned().unwrap_or_default()),
        };
        let transaction_compute_units = failed.meta.compute_units_consumed;
        Self { instruction, number, name, message, account: blamed(&logs), logs, transaction_compute_units }
    }

    /// A transaction that no cluster would take.
    pub(crate) fn too_large(bytes: usize) -> Box<Self> {
        let most = crate::vm::TRANSACTION_BYTES_MAX;
        Self::unsent(
            "TransactionTooLarge",
            format!("{bytes} bytes, and {most} is the most a transaction has"),
        )
    }

    /// An instruction that could not be built.
    pub(crate) fn before_sending(error: impl fmt::Display) -> Box<Self> {
        Self::unsent("NotBuilt", error.to_string())
    }

    fn unsent(name: &str, message: String) -> Box<Self> {
        Box::new(Self {
            instruction: None,
            number: None,
            name: name.to_owned(),
            message,
            account: None,
            logs: Vec::new(),
            transaction_compute_units: 0,
        })
    }

    /// Whether the program refused with this error.
    #[must_use]
    pub fn is(&self, error: BallastError) -> bool {
        self.number == Some(error.into())
    }
}

impl fmt::Display for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "{} ({number}): {}", self.name, self.message),
            None => write!(f, "{}: {}", self.name, self.message),
        }
    }
}

// What a test that fails with it prints: the reason and the logs, line by line.
impl fmt::Debug for Rejected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{self}")?;
        self.logs.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

impl std::error::Error for Rejected {}

/// What a test expects of a transaction. These panic with the logs when it is otherwise.
pub trait Verdict {
    /// It went through.
    fn accepted(self) -> Outcome;
    /// The program refused it with this error.
    fn refused(self, error: BallastError) -> Rejected;
    /// It was refused with this number, which may be Anchor's or a token program's.
    fn refused_with(self, number: u32) -> Rejected;
}

impl Verdict for Result<Outcome, Box<Rejected>> {
    #[track_caller]
    fn accepted(self) -> Outcome {
        match self {
            Ok(outcome) => outcome,
            Err(rejected) => panic!("refused: {rejected}\n{}", rejected.logs.join("\n")),
        }
    }

    #[track_caller]
    fn refused(self, error: BallastError) -> Rejected {
        self.refused_with(error.into())
    }

    #[track_caller]
    fn refused_with(self, number: u32) -> Rejected {
        let expected =
            error::describe(number).map_or_else(|| number.to_string(), |refusal| refusal.to_string());
        match self {
            Ok(outcome) => panic!("accepted, but expected {expected}\n{}", outcome.logs.join("\n")),
            Err(rejected) if rejected.number == Some(number) => *rejected,
            Err(rejected) => {
                panic!("refused for {rejected}, but expected {expected}\n{}", rejected.logs.join("\n"))
            }
        }
    }
}

/// Sum of what the runtime logged for the program's top-level instructions:
/// `Program ID consumed N of M compute units`, at depth one.
fn program_compute_units(logs: &[String]) -> u64 {
    let program = ballast::ID.to_string();
    let mut depth = 0u32;
    let mut units = 0;
    for line in logs {
        let Some(rest) = line.strip_prefix("Program ") else { continue };
        let mut words = rest.split(' ');
        match (words.next(), words.next(), words.next()) {
            (Some(_), Some("invoke"), _) => depth += 1,
            (Some(id), Some("consumed"), Some(number)) if depth == 1 && id == program => {
                units += number.parse::<u64>().unwrap_or(0);
            }
            (Some(_), Some("success" | "failed:"), _) => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    units
}

/// The account in Anchor's line `AnchorError caused by account: NAME. Error Code: …`.
fn blamed(logs: &[String]) -> Option<String> {
    let named = logs.iter().rev().find_map(|line| line.split_once("AnchorError caused by account: "));
    named.and_then(|(_, rest)| rest.split_once(". Error Code")).map(|(account, _)| account.to_owned())
}

/// Index and number out of the runtime's `InstructionError(1, Custom(6003))`, less the compute budget request.
fn place_and_number(runtime: &str) -> (Option<usize>, Option<u32>) {
    let inner = runtime.strip_prefix("InstructionError(").and_then(|rest| rest.split_once(", "));
    let Some((index, error)) = inner else { return (None, None) };
    let number =
        error.strip_prefix("Custom(").and_then(|rest| rest.split(')').next()).and_then(|n| n.parse().ok());
    (index.parse::<usize>().ok().and_then(|index| index.checked_sub(1)), number)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: only the program's own top-level units count. Method: a log with a call inside and another program.
    #[test]
    fn counts_the_programs_units() {
        let id = ballast::ID;
        let logs = [
            "Program ComputeBudget111111111111111111111111111111 invoke [1]".to_owned(),
            "Program ComputeBudget111111111111111111111111111111 success".to_owned(),
            format!("Program {id} invoke [1]"),
            "Program T invoke [2]".to_owned(),
            "Program T consumed 100 of 900 compute units".to_owned(),
            "Program T success".to_owned(),
            format!("Program {id} consumed 700 of 1000 compute units"),
            format!("Program {id} success"),
        ];
        assert_eq!(program_compute_units(&logs), 700);
    }

    /// Goal: place and number are read from the runtime's error. Method: both kinds.
    #[test]
    fn reads_runtime_errors() {
        assert_eq!(place_and_number("InstructionError(2, Custom(6003))"), (Some(1), Some(6_003)));
        assert_eq!(place_and_number("InstructionError(1, MissingRequiredSignature)"), (Some(0), None));
        assert_eq!(place_and_number("AccountNotFound"), (None, None));
    }
}

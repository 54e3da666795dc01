//! Faults that are known and not mended yet. A life that meets one ends there and is counted; it is no failure of a run. Each
//! has a script in `scripts/faults`, which a test replays: when the fault is mended the test says so, and the entry goes.

use crate::judge::Failure;

/// A fault that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    /// Name, and the script's.
    pub name: &'static str,
    /// Id of what it breaks.
    pub id: &'static str,
    /// An instruction of the transaction that breaks it.
    pub asked: &'static str,
    /// What the failure says.
    pub says: &'static str,
}

/// All of them.
pub const FAULTS: &[Fault] = &[];

/// The fault that a failure is of, if it is known.
#[must_use]
pub fn known(failure: &Failure) -> Option<&'static Fault> {
    FAULTS.iter().find(|fault| {
        failure.id == fault.id && failure.asked.contains(&fault.asked) && failure.found.contains(fault.says)
    })
}

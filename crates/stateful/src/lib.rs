//! Stateful fuzzing: random lives of the whole clearing house, through the binary that ships.
//!
//! A life is a [`script::Script`]: a list of plain steps. [`generate::Generator`] makes one on the fly from a seed, looking at
//! the world to find interesting numbers; the steps hold the numbers themselves, so a script is replayed without it. After
//! every transaction the invariants of `docs/invariants.md` are checked by the harness, and [`judge`] looks for what no
//! transaction may come to. A life that fails is made small by [`shrink`], and kept.
//!
//! - [`script`], [`action`]: steps and instructions as data.
//! - [`house`]: a world, and steps performed in it. [`build`](mod@build): instructions out of actions.
//! - [`faults`]: failures that are known and wait to be mended.
//! - [`judge`]: failures, and the places worth reaching.
//! - [`generate`]: what happens next. [`run`]: many lives at once. [`tally`]: what they came to.
//! - [`enough`]: whether a run did enough to mean anything.
//! - [`shrink`]: a small script that still does what a large one did.

pub mod action;
pub mod build;
pub mod enough;
pub mod faults;
pub mod generate;
pub mod house;
pub mod judge;
mod known;
pub mod run;
pub mod script;
pub mod shrink;
pub mod tally;

//! `ballast margin`: the engine's full answer to one case, offline.

mod legs;
mod liquidation;
mod losses;
mod read;
mod refusal;
mod report;
mod requirement;
mod scenario;
mod underlyings;

use crate::{
    out::{self, Failure},
    paint::Paint,
};

/// Evaluates a case file (`-` for standard input) and prints the report, or with `json` the `expect` object.
///
/// # Errors
/// The file cannot be read, is no case, or the engine refuses it; the message names file and field.
pub fn run(file: &str, json: bool, paint: Paint) -> Result<(), Failure> {
    let case = read::case(file)?;
    let outcome = ballast_case::evaluate(&case).map_err(|error| refusal::explain(file, &case, &error))?;
    if json {
        let value = ballast_case::to_json(&case, &outcome);
        let text = serde_json::to_string_pretty(&value).map_err(Failure::of)?;
        return out::print(&(text + "\n"));
    }
    out::print(&report::render(&case, &outcome, paint))
}

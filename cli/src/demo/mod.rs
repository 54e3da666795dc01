//! `ballast demo`: the protocol at work on the shipped program, at real prices.

mod calendar;
mod cast;
mod ending;
mod json;
mod market;
mod print;
mod record;
mod stage;
mod story;

use crate::{
    out::{self, Failure},
    paint::Paint,
};
use ballast_harness::binary;

/// The binary under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The program's address.
    pub id: String,
    /// Its file.
    pub file: String,
    /// Size of the file.
    pub bytes: u64,
}

/// Plays the demo and prints it, as it goes or with `json` as one document at the end.
///
/// # Errors
/// Anything at all does not hold, or cannot be printed.
pub fn run(json: bool, plain: bool) -> Result<(), Failure> {
    let program = program()?;
    let ending = if json {
        let mut document = json::Document::default();
        let ending = story::play(&mut document)?;
        let text = serde_json::to_string_pretty(&document.finish(&program)).map_err(Failure::of)?;
        out::print(&(text + "\n"))?;
        ending
    } else {
        let paint = if plain { Paint::PLAIN } else { Paint::for_stdout() };
        let mut screen = print::Screen::new(paint, &program);
        let ending = story::play(&mut screen)?;
        screen.failure.map_or(Ok(()), Err)?;
        ending
    };
    if ending.holds() {
        return Ok(());
    }
    Err(Failure(ending.broken.unwrap_or_else(|| "a vault and the claims on it differ".to_owned())))
}

fn program() -> Result<Program, Failure> {
    let bytes = binary::read().map_err(Failure::of)?;
    let path = binary::path();
    let file = path
        .file_name()
        .map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    let size = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    Ok(Program { id: ballast::ID.to_string(), file, bytes: size })
}

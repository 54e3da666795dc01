//! The story, chapter by chapter.

mod expiry;
mod fall;
mod liquidation;
mod opening;
mod trades;

use super::{
    ending::{self, Ending},
    record::Teller,
};
use crate::out::Failure;

/// Plays the whole story and says how it ended.
///
/// # Errors
/// Anything did not go as the model says it must.
pub fn play(teller: &mut dyn Teller) -> Result<Ending, Failure> {
    let mut stage = opening::play(teller)?;
    trades::play(&mut stage)?;
    fall::play(&mut stage)?;
    liquidation::play(&mut stage)?;
    expiry::play(&mut stage)?;
    let ending = ending::of(&stage)?;
    stage.end(&ending);
    Ok(ending)
}

//! The fall: prices in steps, volatility behind them, and what margin makes of it.

use super::super::{cast::TRADERS, market::FALL, stage::Stage};
use crate::out::Failure;

/// Publishes the fall and checks the three traders on chain after each step.
///
/// # Errors
/// A post or a check was refused.
pub fn play(stage: &mut Stage) -> Result<(), Failure> {
    stage.chapter("fall", "The fall");
    for moment in &FALL {
        published(stage, moment)?;
    }
    Ok(())
}

/// Publishes one moment and tells it with the traders' margins, each checked by the program.
///
/// # Errors
/// A post or a check was refused.
pub fn published(stage: &mut Stage, moment: &super::super::market::Moment) -> Result<(), Failure> {
    let before = stage.margins(&TRADERS)?;
    let mut step = stage.publish(moment)?;
    step.margins = stage.moved(&TRADERS, before)?;
    stage.check(&mut step)?;
    stage.tell(&step);
    Ok(())
}

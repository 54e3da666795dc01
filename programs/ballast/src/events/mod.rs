//! Events: every change of state says what was asked and what came of it.

mod insurance;
mod liquidation;
mod money;
mod risk;
mod settlement;
mod setup;
mod trade;

pub use insurance::*;
pub use liquidation::*;
pub use money::*;
pub use risk::*;
pub use settlement::*;
pub use setup::*;
pub use trade::*;

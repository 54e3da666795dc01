//! One file an instruction, one folder a group. A handler reads: load, validate, price, ask the engine, apply, check
//! invariants, emit. Accounts come first in each file, the handler follows. `losses` is what all that move cash share.

pub mod insurance;
pub mod liquidation;
mod losses;
pub mod money;
pub mod portfolio;
pub mod risk;
pub mod settlement;
pub mod setup;
pub mod trade;

pub use insurance::*;
pub use liquidation::*;
pub use money::*;
pub use portfolio::*;
pub use risk::*;
pub use settlement::*;
pub use setup::*;
pub use trade::*;

//! Trading: an atomic fill of several legs between two portfolios.

mod legs;
mod sides;
// The folder is the group, the file the instruction; both are rightly called trade.
#[allow(clippy::module_inception)]
pub mod trade;

pub use legs::{Leg, LEGS_MAX};
pub use trade::*;

//! Liquidation: flagging, slices, single legs, the end of it, collateral sold for a debt, and debts that nothing is left for.

mod auction;
pub mod collateral_convert;
pub mod collect_loss;
mod leg_rank;
pub mod liquidate_legs;
pub mod liquidate_slice;
pub mod liquidation_end;
pub mod liquidation_start;
pub mod resolve_insolvency;
pub mod socialise_shortfall;
mod transfer;

pub use collateral_convert::*;
pub use collect_loss::*;
pub use liquidate_legs::*;
pub use liquidate_slice::*;
pub use liquidation_end::*;
pub use liquidation_start::*;
pub use resolve_insolvency::*;
pub use socialise_shortfall::*;

//! Liquidation: flagging, slices, the end of it, and collateral sold for a debt.

mod auction;
pub mod collateral_convert;
pub mod liquidate_slice;
pub mod liquidation_end;
pub mod liquidation_start;
mod transfer;

pub use collateral_convert::*;
pub use liquidate_slice::*;
pub use liquidation_end::*;
pub use liquidation_start::*;

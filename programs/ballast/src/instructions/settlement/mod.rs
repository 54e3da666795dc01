//! Settlement: the price of an expiry, and lines becoming cash at it.

mod expiry;
pub mod settle_portfolio;
pub mod settlement_decide;
pub mod settlement_finalize;
pub mod settlement_sample;

pub use settle_portfolio::*;
pub use settlement_decide::*;
pub use settlement_finalize::*;
pub use settlement_sample::*;

//! Portfolios: opening, closing, naming a delegate.

pub mod delegate_set;
pub mod portfolio_close;
pub mod portfolio_open;

pub use delegate_set::*;
pub use portfolio_close::*;
pub use portfolio_open::*;

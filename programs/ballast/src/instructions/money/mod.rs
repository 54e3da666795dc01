//! Money: deposits, withdrawals, fees.

pub mod deposit;
pub mod fees_sweep;
pub mod withdraw;

pub use deposit::*;
pub use fees_sweep::*;
pub use withdraw::*;

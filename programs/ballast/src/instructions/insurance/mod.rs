//! The insurance fund: stakes in it, asked back and claimed.

pub mod insurance_claim;
pub mod insurance_stake;
pub mod insurance_unstake;
pub mod stake_close;
pub mod stake_open;

pub use insurance_claim::*;
pub use insurance_stake::*;
pub use insurance_unstake::*;
pub use stake_close::*;
pub use stake_open::*;

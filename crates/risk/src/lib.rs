//! The margin engine of Ballast.
//!
//! Pure functions on small integer inputs: Black-76 values and Greeks, 35 scenarios, own strikes, add-ons, requirements,
//! excesses, liquidation sizes. It has never heard of accounts, clocks, oracles, tokens, floats or allocation, it gives
//! the same bits in a program and on a server, and a report says why. Start at [`Assessment`].
//!
//! Units: see [`bounds`]. Model: docs/risk.md of the repository; sections are cited as §n.
#![no_std]
#![deny(unsafe_code)]
#![deny(missing_docs)]
#![deny(clippy::float_arithmetic, clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::dbg_macro)]
#![cfg_attr(test, allow(clippy::float_arithmetic, clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[cfg(test)]
extern crate std;

mod addons;
mod assessment;
mod block;
pub mod bounds;
mod collateral;
pub mod convert;
mod error;
mod exp_table;
mod factor;
pub mod fixed;
mod group;
mod input;
pub mod insurance;
mod kernel;
mod lane;
pub mod legs;
mod lines;
pub mod liquidation;
mod ln_table;
pub mod losses;
mod moves;
mod normal;
pub mod outflow;
mod own_strikes;
mod params;
mod payoff;
pub mod phase;
mod prepared;
mod report;
pub mod room;
mod rows;
pub mod scenario;
mod scratch;
pub mod series;
pub mod settlement;
pub mod slice_bound;
pub mod slice_cash;
pub mod slice_check;
mod surface;
mod sweep;
#[cfg(feature = "tick")]
pub mod tick;
pub mod trade;
mod underlying;
pub mod volatility;

pub use assessment::Assessment;
pub use error::RiskError;
pub use group::GroupScan;
pub use input::{
    CollateralInput, ExchangeInput, ExpiryInput, GroupInput, LineInput, MarketParams, Measure, Strike,
    UnderlyingInput,
};
pub use own_strikes::{unchanged_vol_loss_e6, OwnStrikeRow};
pub use prepared::{PreparedMarket, PreparedUnderlying};
pub use report::{
    InitialVerdict, MaintenanceVerdict, MarginReport, FLAG_PRICE_STALE, FLAG_VOL_STALE, NO_FLOOR_E6,
};
#[cfg(feature = "bench")]
#[doc(hidden)]
pub use rows::{row_pass, scenario_pass, volatilities};
pub use scratch::{ExpiryReport, Scratch, UnderlyingState};
pub use surface::PreparedExpiry;
#[cfg(feature = "bench")]
#[doc(hidden)]
pub use underlying::core_pass::{core_pass, Core};

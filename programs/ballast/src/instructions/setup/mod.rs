//! Set-up: the exchange, its collateral, markets, expiries, strikes and gates.

pub mod collateral_add;
pub mod exchange_init;
pub mod expiry_list;
pub mod gate_pause;
pub mod gate_set;
pub mod market_init;
pub mod strike_list;

pub use collateral_add::*;
pub use exchange_init::*;
pub use expiry_list::*;
pub use gate_pause::*;
pub use gate_set::*;
pub use market_init::*;
pub use strike_list::*;

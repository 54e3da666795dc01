//! Set-up through the shipped binary: the exchange, collateral, markets, expiries, strikes. One file an instruction.

mod scene;

#[path = "setup/collateral_add.rs"]
mod collateral_add;
#[path = "setup/exchange_init.rs"]
mod exchange_init;
#[path = "setup/expiry_list.rs"]
mod expiry_list;
#[path = "setup/expiry_reuse.rs"]
mod expiry_reuse;
#[path = "setup/market_accounts.rs"]
mod market_accounts;
#[path = "setup/market_init.rs"]
mod market_init;
#[path = "setup/strike_list.rs"]
mod strike_list;

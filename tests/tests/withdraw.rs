//! `withdraw`, by what can go wrong: permission, accounts, balance and margin, prices, the outflow guard.

mod scene;

#[path = "withdraw/accounts.rs"]
mod accounts;
#[path = "withdraw/guard.rs"]
mod guard;
#[path = "withdraw/margin.rs"]
mod margin;
#[path = "withdraw/permission.rs"]
mod permission;
#[path = "withdraw/prices.rs"]
mod prices;

//! Trades that do not stand: who asks, what they ask for, what it would leave, and the accounts they bring.

mod pit;
mod scene;

#[path = "trade_refused/accounts.rs"]
mod accounts;
#[path = "trade_refused/legs.rs"]
mod legs;
#[path = "trade_refused/margin.rs"]
mod margin;
#[path = "trade_refused/room.rs"]
mod room;
#[path = "trade_refused/signers.rs"]
mod signers;

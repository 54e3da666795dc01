//! Liquidations that are refused: of the healthy, by the unfit, on other terms, with other accounts.

mod pit;
mod scene;

#[path = "liquidation_refused/accounts.rs"]
mod accounts;
#[path = "liquidation_refused/healthy.rs"]
mod healthy;
#[path = "liquidation_refused/takers.rs"]
mod takers;

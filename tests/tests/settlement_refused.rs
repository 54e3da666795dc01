//! Settlements that are refused: samples, prices and portfolios out of turn, other accounts.

mod pit;
mod scene;

#[path = "settlement_refused/accounts.rs"]
mod accounts;
#[path = "settlement_refused/portfolios.rs"]
mod portfolios;
#[path = "settlement_refused/prices.rs"]
mod prices;
#[path = "settlement_refused/samples.rs"]
mod samples;

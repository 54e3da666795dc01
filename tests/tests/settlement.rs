//! Settlements that go as they should: samples, the price, lines becoming cash.

mod pit;
mod scene;

#[path = "settlement/payoffs.rs"]
mod payoffs;
#[path = "settlement/posters.rs"]
mod posters;
#[path = "settlement/prices.rs"]
mod prices;
#[path = "settlement/samples.rs"]
mod samples;

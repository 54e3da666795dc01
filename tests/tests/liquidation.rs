//! Liquidations that go as they should: the flag, slices, their price, the end.

mod pit;
mod scene;

#[path = "liquidation/ends.rs"]
mod ends;
#[path = "liquidation/exits.rs"]
mod exits;
#[path = "liquidation/flags.rs"]
mod flags;
#[path = "liquidation/own_book.rs"]
mod own_book;
#[path = "liquidation/phases.rs"]
mod phases;
#[path = "liquidation/phases_of_two.rs"]
mod phases_of_two;
#[path = "liquidation/prices.rs"]
mod prices;
#[path = "liquidation/settled_lines.rs"]
mod settled_lines;
#[path = "liquidation/slices.rs"]
mod slices;
#[path = "liquidation/through_zero.rs"]
mod through_zero;
#[path = "liquidation/times.rs"]
mod times;
#[path = "liquidation/under_zero.rs"]
mod under_zero;
#[path = "liquidation/wide.rs"]
mod wide;

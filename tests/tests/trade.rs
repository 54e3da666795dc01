//! Trades that stand: what moves, what it costs, and what may be traded when new risk may not.

mod pit;
mod scene;

#[path = "trade/fills.rs"]
mod fills;
#[path = "trade/reducing.rs"]
mod reducing;
#[path = "trade/sides.rs"]
mod sides;

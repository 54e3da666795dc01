//! What must hold of every answer. A check that fails panics with what it compared.

mod amounts;
mod arithmetic;
mod auction;
pub mod book;
pub mod house;
pub mod money;
pub mod series;
mod settlement;
mod volatility;

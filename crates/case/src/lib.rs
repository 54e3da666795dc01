//! Margin cases as JSON: parse a book, run the engine on it, write the whole answer as plain numbers.
//!
//! The format is that of the golden vectors: `Case` in, the `expect` object out. The engine's integers become numbers in
//! quote, quote per unit, or ratios; minus infinity becomes null. Nothing is computed here that the engine does not.

mod evaluate;
mod input;
mod output;
mod tolerance;

pub use evaluate::{evaluate, Error, Outcome, UnderlyingOutcome};
pub use input::{Case, Collateral, Exchange, Expiry, Group, Liquidation, Params, Portfolio, Underlying};
pub use output::to_json;
pub use tolerance::differences;

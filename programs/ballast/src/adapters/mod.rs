//! Everything that knows another program's bytes: Pyth's price updates, token programs, and the one place where stored
//! accounts become inputs of the engine.

pub mod engine;
pub mod mark;
pub mod mint;
pub mod oracle;
pub mod prices;
pub mod tick;
pub mod token;
pub mod valuation;

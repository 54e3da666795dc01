//! What several files of the behaviour tests share.
//!
//! - [`cases`]: every instruction measured through the shipped binary, by size. `cargo xtask cu` prints it, `compute.rs`
//!   holds it against the ceilings.
//! - [`core_cost`]: the margin core measured by itself. `cargo xtask core` prints it.
//! - [`desk`]: exchanges of a given shape and books of a given size, made by trades.
//! - [`growth`]: what one more leg, underlying, expiry or collateral costs a margin check, as tables and charts.
//! - [`random_books`]: whole exchanges from a seed, written as accounts.
//! - [`scene`]: a market in which every kind of action can be asked of any price.
//! - `bank` (feature `program-test`): a full bank with the program deployed.

#[cfg(feature = "program-test")]
pub mod bank;
pub mod cases;
pub mod core_cost;
pub mod desk;
pub mod growth;
pub mod random_books;
pub mod scene;

/// Whatever went wrong while a scenario was set up.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

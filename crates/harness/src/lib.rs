//! Ballast in a box: the shipped program in an in-process Solana VM, with the real token programs and Pyth accounts byte
//! for byte. What the tests, the demo and the compute-unit table run on.
//!
//! - [`World`]: a scenario. Roles, markets, feeds, traders; every action is an SDK instruction in a signed
//!   transaction, and after each one the invariants are checked over every account of the program.
//! - [`Outcome`] and [`Rejected`]: what a transaction came to. [`Verdict`] is how a test says what it expects.
//! - [`pyth`]: price updates, and every way they can be wrong. [`token`]: mints of every kind, by the token programs.
//! - [`invariants`]: what must always hold, one function for tests, fuzzers and the demo. [`books`]: what it looks at.
//! - [`choice`]: random choices that repeat, for whatever makes scenarios by chance.
//! - [`tally`]: how often each invariant was checked. [`ceilings`]: what the dearest instructions may cost.
//! - [`vm`]: clock, accounts, transactions. [`binary`]: the program it runs: the one kept in the repository, or the one
//!   that the environment variable `BALLAST_PROGRAM` names.
//!
//! ```no_run
//! use ballast_harness::{world::{Kind, Surface}, World};
//!
//! let mut world = World::standard()?; // BTC, ETH and SOL listed, feeds live, no expiries yet
//! let friday = world.vm.now() + 7 * 86_400;
//! world.list_expiry("BTC", friday, Surface::FLAT, &[12_000_000_000_000])?;
//! let (alice, bob) = (world.funded("alice", 50_000_000_000)?, world.funded("bob", 50_000_000_000)?);
//! let call = world.leg("BTC", friday, 12_000_000_000_000, Kind::Call, 1_000_000);
//! let outcome = world.trade_at_mark(&alice, &bob, &[call])?;
//! println!("{} compute units, bob holds {:?}", outcome.compute_units, world.margin(&bob)?);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Panics here are assertions: a scenario that names what it never listed, or an invariant that does not hold.

pub mod binary;
pub mod books;
pub mod ceilings;
pub mod choice;
pub mod feeds;
pub mod invariants;
pub mod keys;
pub mod outcome;
pub mod pyth;
pub mod tally;
pub mod token;
pub mod vm;
mod watch;
pub mod world;

pub use outcome::{Outcome, Rejected, Verdict};
pub use pyth::PriceUpdate;
pub use world::{Breach, Sent, Trader, World};

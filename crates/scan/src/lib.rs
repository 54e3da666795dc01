//! Rechecks the margin of very many portfolios after every price tick, with the engine's own verdicts.
//!
//! A full margin check costs microseconds. A keeper that watches a million portfolios cannot afford one for each of
//! them on every tick, and should not guess which ones look risky. This crate looks at all of them, by *risk arrays*, the
//! idea of CME SPAN: what one unit of a listed series loses in each of the 35 scenarios is worked out once a tick, by
//! the engine; what a portfolio loses is then a sum of products, eight at a time in a vector register.
//!
//! ```
//! use ballast_scan::{sample, Books, Leg, RiskArrays};
//! let shape = sample::Shape { markets: 2, expiries: 3, strikes: 8, first_expiry_secs: 3 * 86_400 };
//! let tick = sample::tick(shape, &mut sample::Random::new(1)); // yours comes from market accounts and prices
//!
//! let mut books = Books::default(); // kept from tick to tick
//! books.push(&[Leg { series: 3, qty_e6: -2_000_000 }, Leg { series: 5, qty_e6: 2_000_000 }], &[], 900_000_000_000)?;
//! books.push(&[Leg { series: 0, qty_e6: -40_000_000 }], &[], 1_000_000)?;
//!
//! let arrays = RiskArrays::new(&tick)?; // once a tick
//! let found = arrays.recheck_all(&books);
//! for (index, report) in &found.liquidatable {
//!     println!("portfolio {index} lacks {} of MM", -report.excess_maintenance_e6);
//! }
//! assert_eq!(found.liquidatable.len(), 1);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # The verdict is the engine's
//!
//! Rounding apart, every number of a portfolio that the arrays stand for is linear in its quantities: losses, value,
//! delta, vega, short quantities, collateral. How far the engine's rounding may be from the sums is bounded by
//! [`LINE_ERROR`] and the portfolio's gross; requirement and equity follow from the sums by the formulas of docs/risk.md,
//! every error taken against the portfolio. The result bounds the MM excess from below, so who is at or above zero is
//! healthy by the engine. Everybody else is handed to the engine. In order:
//!
//! 1. **Sums**: the 35 losses of each underlying and group, equity, and all add-ons, those netted within an expiry
//!    (vega, basis, short minimum) charged leg by leg.
//! 2. **A closer look** where that leaves a doubt or an expiry is near: netted within each expiry, with the book's own
//!    strikes as scenarios.
//! 3. **The engine**, in full ([`Revaluation`]): below MM, within the error (some 3e-8 of gross for eight legs), or not served by the
//!    arrays.
//!
//! A verdict is therefore never the arrays' unless it is certain, and a report is always the engine's. The floor of fully
//! paid books (docs/risk.md §6) is left to the third step: such a book that its requirement alone would condemn is
//! revalued.
//!
//! The arrays do not serve, and the engine is asked for: lines of an expiry inside its settlement window (half an hour);
//! groups measured by expected shortfall; more than 64 legs or 8 underlyings; a gross beyond 2^54.
//!
//! # The full check of everybody
//!
//! Who wants every report and not only those of the portfolios below MM has [`Revaluation`]: a full check of each, with
//! *series' rows read once a tick*. Which values of the engine's table of Φ a series reads in the 35 scenarios is decided
//! by the market, so each listed strike is led through the engine's kernel once a tick; a portfolio's sums are its amounts
//! times those values, the same whole numbers that the kernel adds up. Scales, unmoved values and Greeks, own strikes,
//! add-ons, groups, collateral and report are worked out for every portfolio, and every report has the engine's bits.
//! [`Revaluation::for_each`] goes through portfolios in an [order](Revaluation::order) that its branches foretell, where that
//! is kept with them.
//!
//! # Cost
//!
//! Memory: 12 bytes a leg and 24 a portfolio, read from front to back, and about as much again for each order that is kept,
//! [for scans](RiskArrays::order) and [for full checks](Revaluation::order); 576 bytes a series for the arrays and 600 a strike for the full check, which
//! a core's second-level cache holds for a thousand series and more. `cargo xtask bench` measures; docs/bench.md has figures.
//! The work is shared out over the threads of the current rayon pool, and the result does not depend on their number, nor
//! on the width of the machine's registers.
//!
//! Unlike the engine this crate allocates and computes in double precision: it is for servers.

#![deny(unsafe_code)]
#![deny(missing_docs)]

mod arrays;
mod batch;
mod books;
mod groups;
mod lineup;
mod narrow;
mod own;
mod prepared;
mod recheck;
mod revalue;
pub mod sample;
mod screen;
mod sums;
mod tick;

pub use arrays::LINE_ERROR;
pub use books::{Balance, Book, Books, Leg, Refused};
pub use prepared::Revaluation;
pub use recheck::{ArrayLosses, Counts, Recheck, RiskArrays};
pub use revalue::Workspace;
pub use tick::{Asset, Listing, Market, Series, Tick};

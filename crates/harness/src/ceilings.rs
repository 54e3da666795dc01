//! Ceilings of compute units that several crates hold the binary against.

/// Compute units a transaction may ask for.
pub const TRANSACTION_UNITS: u64 = 1_400_000;
/// Compute units of `liquidate_slice` at its dearest: 64 legs over 4 underlyings and 8 expiries that all come today, so that
/// every strike is a scenario of its own, for a taker with the same 64 legs who is at its limit, so that three books of 64
/// legs are valued. Some 537,000 in docs/cu.md and a twentieth for what a market may add; 835,000 are left of a transaction.
pub const WIDEST_SLICE_UNITS: u64 = 565_000;

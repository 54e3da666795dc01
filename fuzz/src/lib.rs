//! What the fuzz targets do with the bytes they are given.
//!
//! - [`inputs`] turns bytes into what the engine is asked: mostly values at the bounds of its domain, and in half of the
//!   inputs here and there anything at all.
//! - [`checks`] asks the engine and panics where it breaks a promise of docs/risk.md. A panic of the engine itself,
//!   debug assertions of its lanes included, needs no check.
//!
//! The targets in `fuzz_targets/` are one line each; `tests/seeds.rs` puts the same questions without a fuzzer.

pub mod checks;
pub mod inputs;

use arbitrary::{Arbitrary, Unstructured};

/// Checks one whole book made from bytes.
pub fn book(data: &[u8]) {
    checks::book::check(&made_from(data));
}

/// Checks the quotes of one series made from bytes.
pub fn series(data: &[u8]) {
    checks::series::check(&made_from(data));
}

/// Checks one of the small money functions on arguments made from bytes.
pub fn money(data: &[u8]) {
    checks::money::check(&made_from(data));
}

/// Checks a life of the house made from bytes: insurance, shared losses, a leg that is taken.
pub fn house(data: &[u8]) {
    checks::house::check(&made_from(data));
}

/// A value made from bytes, every string of bytes being one; missing bytes count as zero.
pub fn made_from<'a, T: Arbitrary<'a>>(data: &'a [u8]) -> T {
    T::arbitrary(&mut Unstructured::new(data)).expect("choices are made of integers, which never run out")
}

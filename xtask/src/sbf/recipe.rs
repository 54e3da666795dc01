//! Everything in this source that decides what the fallback compiler produces: versions, flags and
//! the texts it adds. Its digest is part of a binary's recorded sources.

use crate::digest::Parts;
use crate::sbf::solana_library;

/// LLVM's major version; what sbpf-linker is built against.
pub const LLVM_MAJOR: u32 = 23;
/// Version of sbpf-linker.
pub const LINKER_VERSION: &str = "0.2.6";
/// Version of solana-compiler-builtins.
pub const BUILTINS_VERSION: &str = "0.3.0";

/// Name of the target; Cargo takes it from the specification's file name.
pub const TARGET: &str = "sbpf-solana-solana";
/// The target's specification. It names no path: Cargo hashes its content into every crate.
pub const TARGET_SPECIFICATION: &str = include_str!("../../sbf/target.json");

/// 128-bit arithmetic as LLVM text.
pub const WIDE_ARITHMETIC_TEXT: &str = include_str!("../../sbf/wide.ll");

/// SBF version 3; the program goes where rustc says and nowhere else.
pub const LINKER_ARGUMENTS: [&str; 2] = ["--arch=v3", "--deploy=false"];

/// A stack frame has 4 KiB, and of the code generator's newest instruction set SBF v3 lacks the
/// sign-extending moves and loads, byte swaps, long jumps, ordered atomics and indirect jumps.
pub const LLVM_ARGUMENTS: [&str; 7] = [
    "--bpf-stack-size=4096",
    "--disable-movsx",
    "--disable-ldsx",
    "--disable-bswap",
    "--disable-gotol",
    "--disable-load-acq-store-rel",
    "--bpf-min-jump-table-entries=1000000",
];

/// The machine has one thread: atomics become plain loads and stores.
pub const RUST_FLAGS: [&str; 1] = ["-Cpasses=lower-atomic"];

/// The digest of the recipe.
pub fn digest() -> String {
    let mut parts = Parts::default();
    parts.add("linker", LINKER_VERSION.as_bytes());
    parts.add("builtins", BUILTINS_VERSION.as_bytes());
    parts.add("llvm", LLVM_MAJOR.to_string().as_bytes());
    parts.add("target", TARGET_SPECIFICATION.as_bytes());
    parts.add("wide", WIDE_ARITHMETIC_TEXT.as_bytes());
    for argument in LINKER_ARGUMENTS.iter().chain(&LLVM_ARGUMENTS).chain(&RUST_FLAGS) {
        parts.add("argument", argument.as_bytes());
    }
    parts.add("library", solana_library::digest().as_bytes());
    parts.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_target_is_json_and_names_no_path() {
        let target: serde_json::Value = serde_json::from_str(TARGET_SPECIFICATION).unwrap();
        assert_eq!(target["os"], "solana");
        assert!(!TARGET_SPECIFICATION.contains('/'));
    }

    /// The linker recognises LLVM text by its first line.
    #[test]
    fn the_wide_arithmetic_begins_with_its_data_layout() {
        assert!(WIDE_ARITHMETIC_TEXT.starts_with("target datalayout"));
    }
}

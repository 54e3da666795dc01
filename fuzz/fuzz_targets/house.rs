//! libFuzzer's entry to [`ballast_fuzz::house`].
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| ballast_fuzz::house(data));

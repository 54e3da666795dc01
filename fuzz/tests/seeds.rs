//! The fuzz targets without a fuzzer: the committed seeds, and some thousands of random inputs.

use std::{fs, path::Path};

type Target = fn(&[u8]);
const TARGETS: [(&str, Target); 3] =
    [("book", ballast_fuzz::book), ("series", ballast_fuzz::series), ("money", ballast_fuzz::money)];

/// Goal: no committed seed fails. Method: every file of `seeds/`, each in its target.
#[test]
fn seeds_pass() {
    for (name, target) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(name);
        let mut count = 0;
        for entry in fs::read_dir(&folder).expect("every target has seeds") {
            target(&fs::read(entry.expect("an entry").path()).expect("a seed"));
            count += 1;
        }
        println!("{name}: {count} seeds");
        assert!(count > 0, "{name} has no seeds");
    }
}

/// Goal: the checks hold, and every run of the tests says so without a fuzzer. Method: inputs of random bytes, the same in
/// every run.
#[test]
fn random_inputs_pass() {
    let mut state = 35u64;
    let mut word = || {
        // SplitMix64.
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    for (name, target) in TARGETS {
        for number in 0..4_000 {
            let mut data: Vec<u8> = (0..word() % 256).flat_map(|_| word().to_le_bytes()).collect();
            if let Some(first) = data.first_mut() {
                // Half of the inputs stay inside the bounds.
                *first = if number % 2 == 0 { 0 } else { *first };
            }
            if std::panic::catch_unwind(|| target(&data)).is_err() {
                panic!("{name} fails on input {number}: {data:02x?}");
            }
        }
    }
}

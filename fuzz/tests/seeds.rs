//! The fuzz targets without a fuzzer: the committed seeds, and some thousands of random inputs.

use ballast_fuzz::{checks, inputs::Book, made_from};
use std::{collections::BTreeSet, fs, path::Path};

type Target = fn(&[u8]);
const TARGETS: [(&str, Target); 4] = [
    ("book", ballast_fuzz::book),
    ("series", ballast_fuzz::series),
    ("money", ballast_fuzz::money),
    ("house", ballast_fuzz::house),
];

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

/// Random bytes (SplitMix64) for an input; half of the inputs stay inside the bounds.
fn random_input(number: u64) -> Vec<u8> {
    let mut state = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut word = || {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    };
    let mut data: Vec<u8> = (0..=word() % 256).flat_map(|_| word().to_le_bytes()).collect();
    data[0] = if number.is_multiple_of(2) { data[0] & 0x7f } else { data[0] | 0x80 };
    data
}

/// Goal: the checks hold, and every run of the tests says so without a fuzzer. Method: inputs of random bytes, the same in
/// every run.
#[test]
fn random_inputs_pass() {
    for (name, target) in TARGETS {
        for number in 0..4_000 {
            let data = random_input(number);
            if std::panic::catch_unwind(|| target(&data)).is_err() {
                panic!("{name} fails on input {number}: {data:02x?}");
            }
        }
    }
}

/// Goal: the checks have something to check. Method: of 4,000 random books a good part is accepted, with many lines too; of
/// those outside the bounds a good part is refused, for most of the reasons there are.
#[test]
fn books_reach_both_sides() {
    let (mut accepted, mut large, mut refused) = (0, 0, 0);
    let mut reasons = BTreeSet::new();
    for number in 0..4_000 {
        let data = random_input(number);
        let book: Book = made_from(&data);
        match checks::book::report(&book) {
            Ok(_) => {
                accepted += 1;
                large += u32::from(book.holdings.iter().map(|h| h.lines.len()).sum::<usize>() >= 24);
            }
            Err(refusal) => {
                refused += u32::from(!book.tame);
                reasons.insert(refusal.to_string());
            }
        }
    }
    println!("{accepted} accepted, {large} of them large; {refused} wild ones refused: {reasons:#?}");
    assert!(accepted > 1_000 && large > 50 && refused > 800 && reasons.len() > 20);
}

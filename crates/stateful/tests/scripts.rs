//! Scripts that are kept: what they once broke holds, where they lead they lead, and faults that are known are still there.

use ballast_stateful::{
    faults::{known, FAULTS},
    run::{replay, Nursery},
    script::Script,
};
use std::{
    fs,
    path::{Path, PathBuf},
};

const REACHES: &str = "# Reaches: ";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scripts")
}

fn scripts(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).expect("the folder is there");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let mut paths: Vec<PathBuf> =
        paths.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect();
    paths.sort();
    paths
}

/// Goal: no script breaks anything, and each gets where it says it leads: one that was stopped on the way would show nothing.
/// Method: live each; every one names a landmark or several.
#[test]
fn kept_scripts_hold_and_arrive() {
    let (mut nursery, mut count) = (Nursery::default(), 0);
    for path in scripts(&folder()) {
        let script = Script::read(&path).expect("a script");
        let (tally, failure) = replay(&mut nursery, &script).expect("a world");
        assert_eq!(failure, None, "{}", path.display());
        let text = fs::read_to_string(&path).expect("it was read before");
        let named: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix(REACHES)).collect();
        assert!(!named.is_empty(), "{} names no landmark that it reaches", path.display());
        for landmark in named.iter().map(|rest| rest.trim_end_matches('.')) {
            assert!(tally.landmarks.contains_key(landmark), "{}: {landmark}", path.display());
        }
        count += 1;
    }
    assert!(count > 0, "there are scripts");
}

/// Goal: a fault that is known is not forgotten, and one that is mended is not excused any longer. Method: its script still
/// breaks what it says.
#[test]
fn known_faults_are_still_there() {
    let mut nursery = Nursery::default();
    for fault in FAULTS {
        let path = folder().join("faults").join(format!("{}.jsonl", fault.name));
        let script = Script::read(&path).expect("every known fault has a script");
        let (_, failure) = replay(&mut nursery, &script).expect("a world");
        let met = failure.as_ref().and_then(known);
        assert_eq!(
            met,
            Some(fault),
            "mended? Then its entry goes, and its script to the others: {failure:?}"
        );
    }
}

//! What went wrong elsewhere, tried here and refused. Each test is named after the incident it replays.

mod pit;
mod scene;

#[path = "incidents/books.rs"]
mod books;
#[path = "incidents/closing.rs"]
mod closing;
#[path = "incidents/collateral.rs"]
mod collateral;
#[path = "incidents/dust.rs"]
mod dust;
#[path = "incidents/feeds.rs"]
mod feeds;
#[path = "incidents/keys.rs"]
mod keys;
#[path = "incidents/liquidations.rs"]
mod liquidations;
#[path = "incidents/pumps.rs"]
mod pumps;
#[path = "incidents/settlements.rs"]
mod settlements;
#[path = "incidents/states.rs"]
mod states;

use std::{collections::BTreeSet, fs, path::Path};

/// Goal: docs/incidents.md names every test here, and every test that it names is here. Method: `file::test` on the page
/// against the functions behind `#[test]` in this folder.
#[test]
fn the_page_names_every_test() {
    let page = include_str!("../../docs/incidents.md");
    let named: BTreeSet<String> = page
        .split('`')
        .filter(|quoted| quoted.contains("::") && !quoted.contains(' '))
        .map(str::to_owned)
        .collect();
    let mut written = BTreeSet::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/incidents");
    for entry in fs::read_dir(folder).expect("the folder") {
        let path = entry.expect("a file").path();
        let file = path.file_stem().expect("a name").to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).expect("a source");
        for after in text.split("#[test]").skip(1) {
            let name = after.split("fn ").nth(1).and_then(|rest| rest.split('(').next()).expect("a function");
            written.insert(format!("{file}::{name}"));
        }
    }
    assert_eq!(named, written);
}

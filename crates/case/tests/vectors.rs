//! Goal: the engine is the risk model. Method: cases with results of an independent float64 reference, compared number
//! by number within the stated tolerances: the project's own always, the golden vectors where they are present. Requirements
//! off by more than a millionth of themselves, which only hedged books may have, are printed.

use ballast_case::{differences, evaluate, to_json, Case};
use std::{fs, path::Path};

/// Checks every case of a folder; returns how many there were and every difference.
fn check(folder: &Path) -> (usize, Vec<String>) {
    let mut files: Vec<_> = fs::read_dir(folder)
        .map(|entries| {
            entries
                .flatten()
                .map(|e| e.path())
                .filter(|p| p.extension().is_some_and(|x| x == "json"))
                .collect()
        })
        .unwrap_or_default();
    files.sort();
    let mut found = Vec::new();
    for file in &files {
        let text = fs::read_to_string(file).expect("a case file is readable");
        let json: serde_json::Value = serde_json::from_str(&text).expect("a case file is JSON");
        let case: Case = serde_json::from_value(json.clone()).expect("a case file has the case format");
        let name = file.file_stem().map(|s| s.to_string_lossy().into_owned()).unwrap_or_default();
        match evaluate(&case) {
            Ok(outcome) => {
                let got = to_json(&case, &outcome);
                for of in ["IM", "MM", "exit"] {
                    let [got, want, gross] = [&got[of], &json["expect"][of], &json["expect"]["gross"]]
                        .map(|x| x.as_f64().unwrap_or(f64::NAN));
                    let apart = (got - want).abs();
                    if apart > (1e-6 * want.abs()).max(1e-6 * case.portfolio.legs.len() as f64) {
                        println!(
                            "{name}: {of} off by {:.2e}, {:.1e} of gross",
                            apart / want.abs(),
                            apart / gross
                        );
                    }
                }
                found.extend(
                    differences(&case, &got, &json["expect"]).into_iter().map(|d| format!("{name}: {d}")),
                );
            }
            Err(error) => found.push(format!("{name}: {error}")),
        }
    }
    (files.len(), found)
}

#[test]
fn own_cases() {
    let (count, found) = check(&Path::new(env!("CARGO_MANIFEST_DIR")).join("cases"));
    assert!(count >= 40, "{count} cases");
    assert!(found.is_empty(), "{} differences\n{}", found.len(), found.join("\n"));
}

#[test]
fn golden_vectors_where_present() {
    let folder = std::env::var_os("BALLAST_VECTORS").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/vectors/cases"),
        Into::into,
    );
    let (count, found) = check(&folder);
    println!("{count} golden vectors");
    assert!(found.is_empty(), "{} differences in {count} cases\n{}", found.len(), found.join("\n"));
}

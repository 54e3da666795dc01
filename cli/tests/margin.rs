//! `ballast margin`: the report people read, the JSON machines read, and what is said of a file that is no case.

use serde_json::Value;
use std::{
    fs,
    io::Write,
    path::PathBuf,
    process::{Command, Output, Stdio},
};

/// A case of the project's own.
fn case(name: &str) -> PathBuf {
    let cases = concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/case/cases");
    PathBuf::from(cases).join(format!("{name}.json"))
}

fn margin(arguments: &[&str], stdin: Option<&str>) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_ballast"))
        .arg("margin")
        .args(arguments)
        .stdin(if stdin.is_some() { Stdio::piped() } else { Stdio::null() })
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    if let Some(text) = stdin {
        child.stdin.take().expect("a pipe").write_all(text.as_bytes()).expect("it reads");
    }
    child.wait_with_output().expect("it ends")
}

/// What it printed; it must have worked.
fn printed(output: &Output) -> String {
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    String::from_utf8(output.stdout.clone()).expect("text")
}

/// What it complained of; it must have failed.
fn complaint(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stdout));
    assert!(output.stdout.is_empty());
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// Every expected line, spaces between words counting as one, in this order.
fn assert_lines(text: &str, expected: &[&str]) {
    let mut lines = text.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
    for wanted in expected {
        assert!(lines.any(|line| line == *wanted), "no line `{wanted}` in its place in\n{text}");
    }
}

/// Goal: a covered call reads as a trader expects. Method: the lines that matter, in order; no colour in a pipe.
#[test]
fn a_covered_call_is_explained() {
    let text = printed(&margin(&[case("strategy_covered_call").to_str().unwrap()], None));
    assert!(!text.contains('\u{1b}'));
    assert_lines(
        &text,
        &[
            "strategy_covered_call: a call covered by the coin itself",
            "collateral 2 BTC",
            "gross notional 236,500.80",
            "Equity",
            "equity 233,074.90 167,812.99 167,757.74",
            "Requirement",
            "scan main: -66 % spot, volatility up, counted 24.2 % 37,009.61 29,607.69",
            "short-option minimum 1,781.10 1,781.10",
            "requirement 39,309.05 33,720.30 31,857.38",
            "least the book can come to (floor) unbounded unbounded unbounded",
            "Verdict",
            "may take more risk: 128,448.69 above initial margin",
            "cannot be liquidated: 135,955.61 above maintenance margin",
            "Underlyings",
            "BTC 118,250.4 41.00 % 43.46 % 99,330.34 to 137,170.46 (±16 %) -54,558.31 202.87 -3,425.90 37,009.61",
            "Legs",
            "BTC call 130,000 29 d -2 40.46 % 1,712.95 0.2297 101.43 -3,425.90",
            "BTC -16 % -12 % -8 % -4 % 0 % +4 % +8 % +12 % +16 %",
            "volatility unchanged 34,503 25,235 16,242 7,743 0 -6,740 -12,311 -16,668 -19,887",
            "tails -66 % -33 % +50 % +100 % +200 % +300 % +400 % +500 %",
        ],
    );
    assert!(!text.contains("Liquidation"), "a healthy book has no liquidation plan");
}

/// Goal: a book in trouble says what happens to it. Method: the same for one under maintenance margin.
#[test]
fn a_book_in_trouble_has_a_plan() {
    let text = printed(&margin(&[case("liquidation_impact").to_str().unwrap()], None));
    assert_lines(
        &text,
        &[
            "scan main: +500 % spot, volatility up, counted 4.4 % 403,820.74 323,056.59",
            "excess -98,714.41 -29,798.93 -6,827.10",
            "may only reduce risk: 98,714.41 short of initial margin",
            "can be liquidated: 6,827.10 short of maintenance margin",
            "Liquidation",
            "a liquidator may take up to the fraction that ends at the exit test",
            "discount 10.56 %, 3.3 min after the flag",
            "largest fraction 7.17 %",
            "taker adds for insurance 149.67",
        ],
    );
}

/// Goal: `--json` is the `expect` object, from a file as from standard input. Method: two cases against their results,
/// within the tolerances of the engine.
#[test]
fn json_is_the_expected_object() {
    for name in ["strategy_covered_call", "near_condors_two_markets"] {
        let file = case(name);
        let text = fs::read_to_string(&file).unwrap();
        let whole: Value = serde_json::from_str(&text).unwrap();
        let parsed: ballast_case::Case = serde_json::from_value(whole.clone()).unwrap();
        let from_file = printed(&margin(&["--json", file.to_str().unwrap()], None));
        let found: Value = serde_json::from_str(&from_file).unwrap();
        assert_eq!(ballast_case::differences(&parsed, &found, &whole["expect"]), Vec::<String>::new());
        let keys = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&found), keys(&whole["expect"]));
        assert_eq!(printed(&margin(&["--json", "-"], Some(&text))), from_file);
    }
}

/// Goal: every case of the project's own can be explained. Method: all of them; no line is wider than a wide terminal
/// unless its numbers are.
#[test]
fn every_case_is_explained() {
    let mut count = 0;
    for entry in fs::read_dir(case("x").parent().unwrap()).unwrap() {
        let file = entry.unwrap().path();
        let text = printed(&margin(&[file.to_str().unwrap()], None));
        let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
        assert!(widest < 145, "{}: {widest}", file.display());
        count += 1;
    }
    assert!(count >= 40, "{count}");
}

/// Goal: errors name file and field. Method: break a case in every way there is.
#[test]
fn errors_name_file_and_field() {
    let good = fs::read_to_string(case("strategy_covered_call")).unwrap();
    let fails = |text: &str| complaint(&margin(&["-"], Some(text)));
    for (from, to, expected) in [
        ("\"spot\":11825040000000", "\"spot\":-1", "ballast: standard input: underlyings[0].spot: invalid value: integer `-1`"),
        ("\"dust_equity\":1000000000,", "", "ballast: standard input: exchange: missing field `dust_equity`"),
        ("\"C\"", "\"X\"", "ballast: standard input: a leg is of kind X, neither C nor P"),
        ("\"C\"", "7", "ballast: standard input: portfolio.legs[0][3]: invalid type: integer `7`, expected a string"),
        ("[0,1,", "[3,1,", "ballast: standard input: a leg names underlying 3"),
        ("\"kappa\":4000000", "\"kappa\":1", "ballast: standard input: underlyings[0] (BTC), its params or its legs: field `kappa` is outside its bound"),
        ("\"r\":37000", "\"r\":-5", "ballast: standard input: exchange or cash: field `r` is outside its bound"),
        ("\"group\":\"main\"", "\"group\":\"other\"", "ballast: standard input: underlying BTC names no group other"),
        ("\"v_star\":434600", "\"v_star\":1", "field `v` is zero, `v_star` is above its bound, or `v_star` is below `v`"),
    ] {
        assert!(good.contains(from), "{from}");
        let said = fails(&good.replacen(from, to, 1));
        assert!(said.contains(expected), "{said}");
    }
    assert!(fails("").contains("standard input: EOF while parsing a value at line 1"));
    let missing = complaint(&margin(&["no/such/case.json"], None));
    assert!(missing.starts_with("ballast: no/such/case.json: No such file"), "{missing}");
}

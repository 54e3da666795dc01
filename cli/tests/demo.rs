//! `ballast demo`: the whole story on the shipped program, as machines and as people see it.
#![cfg(feature = "embedded")]

use serde_json::Value;
use std::process::{Command, Output};

fn demo(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ballast")).arg("demo").args(arguments).output().expect("the binary runs")
}

fn document() -> Value {
    let output = demo(&["--json"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("one JSON document and nothing else")
}

fn steps<'a>(document: &'a Value, instruction: &'a str) -> impl Iterator<Item = &'a Value> {
    let all = document["steps"].as_array().expect("steps").iter();
    all.filter(move |step| {
        step["costs"].as_array().unwrap().iter().any(|cost| cost["instruction"] == instruction)
    })
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// Goal: the demo shows what it must, and its numbers hold. Method: one run, everything the document says.
#[test]
fn the_story_holds() {
    let document = document();
    chapters_and_costs(&document);
    trades(&document);
    liquidation(&document);
    expiry(&document);
    proof(&document);
}

/// Every chapter is there, and whatever ran on the program has its compute units.
fn chapters_and_costs(document: &Value) {
    let all = document["steps"].as_array().unwrap();
    let mut chapters: Vec<&str> = all.iter().map(|step| step["chapter"].as_str().unwrap()).collect();
    chapters.dedup();
    assert_eq!(chapters, ["opening", "trades", "fall", "liquidation", "expiry"]);
    for (place, step) in all.iter().enumerate() {
        assert_eq!(number(&step["number"]), place as i64 + 1);
        assert!(
            !step["text"].as_str().unwrap().is_empty() || !step["markets"].as_array().unwrap().is_empty()
        );
        for cost in step["costs"].as_array().unwrap() {
            assert!((1_000..1_400_000).contains(&number(&cost["compute_units"])), "{step}");
        }
    }
    let sources = document["sources"]["prices"].as_str().unwrap();
    assert!(sources.contains("Binance spot, 5-minute bars"));
}

/// Five trades go through with both sides above initial margin, one is refused for margin and nothing else.
fn trades(document: &Value) {
    let (refused, filled): (Vec<&Value>, Vec<&Value>) =
        steps(document, "trade").partition(|step| !step["refused"].is_null());
    assert_eq!((filled.len(), refused.len()), (5, 1));
    for margins in filled.iter().flat_map(|step| step["margins"].as_array().unwrap()) {
        assert!(number(&margins["after"]["excess_initial_e6"]) >= 0, "{margins}");
    }
    let refused = refused[0];
    assert_eq!(refused["refused"]["number"], 6090);
    assert_eq!(refused["refused"]["name"], "TakerInitialMargin");
    assert!(number(&refused["facts"]["needed_e6"]) > number(&refused["facts"]["have_e6"]));
}

/// The strangle goes in several slices and ends above the exit requirement; the condor cannot be flagged.
fn liquidation(document: &Value) {
    let (refused, flagged): (Vec<&Value>, Vec<&Value>) =
        steps(document, "liquidation_start").partition(|step| !step["refused"].is_null());
    assert_eq!((flagged.len(), refused.len()), (1, 1));
    assert!(number(&flagged[0]["facts"]["deficit_e6"]) > 0);
    assert_eq!(refused[0]["refused"]["name"], "Healthy");
    let slices: Vec<&Value> = steps(document, "liquidate_slice").collect();
    assert!(slices.len() >= 2, "{} slices", slices.len());
    let (last, earlier) = slices.split_last().unwrap();
    assert!(earlier.iter().all(|slice| slice["facts"]["ended"] == false));
    assert_eq!(last["facts"]["ended"], true);
    assert!(number(&last["margins"][0]["after"]["excess_exit_e6"]) >= 0);
    for slice in slices {
        assert!(number(&slice["facts"]["fraction_e9"]) <= number(&slice["facts"]["fraction_max_e9"]));
        let taker = &slice["margins"][1]["after"];
        assert!(number(&taker["excess_initial_e6"]) >= 0);
    }
}

/// Three settlement prices over a covered window; what is paid is what is received.
fn expiry(document: &Value) {
    let finalised: Vec<&Value> = steps(document, "settlement_finalize").collect();
    assert_eq!(finalised.len(), 3);
    assert!(finalised.iter().all(|step| step["facts"]["covered_secs"] == 1_800));
    let paid: Vec<i64> =
        steps(document, "settle_portfolio").map(|step| number(&step["facts"]["payoff_e6"])).collect();
    assert_eq!(paid.len(), 5);
    assert!(paid.iter().any(|payoff| *payoff != 0));
    // Payoffs are rounded down for each holder of a line: at most a unit each stays behind.
    let left = -paid.iter().sum::<i64>();
    assert!((0..20).contains(&left), "{left}");
}

/// Every unit of every vault is somebody's.
fn proof(document: &Value) {
    let vaults = document["vaults"].as_array().unwrap();
    assert_eq!(vaults.len(), 2);
    for vault in vaults {
        let claimed: i64 =
            vault["claims"].as_array().unwrap().iter().map(|claim| number(&claim["amount"])).sum();
        assert_eq!(number(&vault["balance"]), claimed);
        assert_eq!(number(&vault["balance"]), number(&vault["deposited"]) - number(&vault["withdrawn"]));
        assert_eq!(number(&vault["difference"]), 0);
    }
    assert_eq!(document["closing"].as_array().unwrap().len(), 5);
    assert!(document["broken"].is_null());
    assert_eq!(document["holds"], true);
}

/// Goal: in a pipe the story is plain text that ends well. Method: run it, look at the frame.
#[test]
fn the_story_reads() {
    let output = demo(&["--plain"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(!text.contains('\u{1b}'));
    for wanted in [
        "Binance spot, 5-minute bars",
        "naked",
        "refused, error 6090 TakerInitialMargin: taker is under initial margin after the trade",
        "Cleo is flagged",
        "Everything holds",
    ] {
        assert!(text.contains(wanted), "{wanted} is not in\n{text}");
    }
    let widest = text.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    assert!(widest <= 130, "{widest}");
}

/// Goal: a missing binary is named with what to do. Method: point to none.
#[test]
fn a_missing_binary_is_named() {
    let output = Command::new(env!("CARGO_BIN_EXE_ballast"))
        .arg("demo")
        .env("BALLAST_PROGRAM", "/nonexistent/ballast.so")
        .output()
        .expect("the binary runs");
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("/nonexistent/ballast.so") && said.contains("cargo xtask build"), "{said}");
}

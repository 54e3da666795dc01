//! Whether replays were as they must be: in words, as JSON, and as the exit code.

use crate::{figures::Figures, Arguments};
use anyhow::Result;
use serde_json::{json, Value};

/// Exit codes: every bar is met, one is not, or there was no replay to judge.
pub const MET: u8 = 0;
/// See [`MET`].
pub const MISSED: u8 = 1;
/// See [`MET`].
pub const FAULT: u8 = 2;

/// Whether every bar is met in all of them.
#[must_use]
pub fn met(all: &[Figures]) -> bool {
    all.iter().all(|figures| figures.bars_broken.is_empty())
}

/// The exit code of what came of it: whether every bar was met, or what went wrong before that could be said.
#[must_use]
pub fn code(outcome: &Result<bool>) -> u8 {
    match outcome {
        Ok(true) => MET,
        Ok(false) => MISSED,
        Err(_) => FAULT,
    }
}

/// Each bar that is missed, by window, and the verdict.
#[must_use]
pub fn told(all: &[Figures]) -> String {
    let mut out = String::new();
    for figures in all {
        for bar in &figures.bars_broken {
            out.push_str(&format!("\n{}: not as it must be: {bar}\n", figures.window));
        }
    }
    out.push_str(if met(all) { "\nEvery bar is met.\n" } else { "\nNot every bar is met.\n" });
    out
}

/// The report for machines.
#[must_use]
pub fn json(arguments: &Arguments, all: &[Figures]) -> Value {
    json!({
        "seed": arguments.seed,
        "latency": arguments.latency,
        "capital": arguments.capital,
        "keepers": arguments.keepers,
        "bars_met": met(all),
        "windows": all,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    /// Goal: a bar that is missed in one window is an exit code of one, is in the JSON, and is told with its window. Method: a
    /// good window beside a bad one, and beside none.
    #[test]
    fn a_missed_bar_is_told() {
        let good = Figures { window: "good".to_owned(), ..Figures::default() };
        let bars_broken = vec!["the USDC vault is empty".to_owned()];
        let bad = Figures { window: "bad".to_owned(), bars_broken, ..Figures::default() };
        let all = [bad, good.clone()];
        let json = |all: &[Figures]| super::json(&Arguments::default(), all);
        assert_eq!((code(&Ok(met(&all))), &json(&all)["bars_met"]), (1, &Value::Bool(false)));
        assert_eq!(json(&all)["windows"][0]["bars_broken"][0], "the USDC vault is empty");
        assert_eq!(
            told(&all),
            "\nbad: not as it must be: the USDC vault is empty\n\nNot every bar is met.\n"
        );
        let all = [good];
        assert_eq!((code(&Ok(met(&all))), &json(&all)["bars_met"]), (0, &Value::Bool(true)));
        assert_eq!(told(&all), "\nEvery bar is met.\n");
        assert_eq!(code(&Err(anyhow!("no window to replay"))), 2);
    }
}

//! Compares an answer with an expected one within the tolerances that fixed point is allowed.
//!
//! Forward 1e-8 relative; σ 1e-7 relative; value 2.5e-7 of spot; delta 1e-5; vega 1e-5 of spot; g and m 1e-7; losses and
//! what follows from them 2e-8 of gross and 1e-6 quote a leg (losses of under five legs 4e-8); add-ons 1e-6 relative, or
//! 2e-5 of their parameter of gross, or 1e-6 quote a leg; requirements 1e-6 of themselves, or 1e-6 quote a leg, or 1e-8 of
//! gross where they are under a hundredth of it (a hedged book's is a difference of large values); equity and excesses
//! 1e-6 of the requirement, or 1e-6 quote a leg, or 2e-8 of gross; the slice fraction 1e-5, its price 1e-5 of the book's.

use crate::input::Case;
use serde_json::Value;

/// What a number may differ by.
struct Scale {
    gross: f64,
    legs: f64,
    spot: f64,
    requirement: f64,
    pay: f64,
}

impl Scale {
    fn tick(&self) -> f64 {
        1e-6 * self.legs.max(1.0)
    }

    fn losses(&self) -> f64 {
        2e-8 * self.gross + self.tick()
    }

    fn total(&self) -> f64 {
        (1e-6 * self.requirement).max(self.tick()).max(2e-8 * self.gross)
    }
}

/// Every place where `got` differs from `want` by more than its tolerance, as readable lines.
#[must_use]
pub fn differences(case: &Case, got: &Value, want: &Value) -> Vec<String> {
    let number = |v: &Value| v.as_f64().unwrap_or(0.0);
    let scale = Scale {
        gross: number(&want["gross"]),
        legs: case.portfolio.legs.len() as f64,
        spot: case.underlyings.iter().map(|u| u.spot as f64 / 1e8).fold(0.0, f64::max),
        requirement: number(&want["IM"]).abs(),
        pay: number(&want["liquidation"]["pay"]).abs(),
    };
    let mut found = Vec::new();
    compare(case, &scale, &mut Vec::new(), got, want, &mut found);
    found
}

fn compare(
    case: &Case,
    s: &Scale,
    path: &mut Vec<String>,
    got: &Value,
    want: &Value,
    found: &mut Vec<String>,
) {
    match want {
        Value::Object(fields) => {
            for (name, inner) in fields {
                path.push(name.clone());
                compare(case, s, path, &got[name], inner, found);
                path.pop();
            }
        }
        Value::Array(items) => {
            if got.as_array().map(Vec::len) != Some(items.len()) {
                found.push(format!("{}: {} entries expected", path.join("."), items.len()));
                return;
            }
            for (i, inner) in items.iter().enumerate() {
                path.push(i.to_string());
                compare(case, s, path, &got[i], inner, found);
                path.pop();
            }
        }
        Value::Number(_) if path.last().is_some_and(|p| p == "worst") => worst(s, path, got, want, found),
        Value::Number(n) => {
            let (want, got_number) = (n.as_f64().unwrap_or(f64::NAN), got.as_f64());
            let allowed = tolerance(case, s, path, want);
            if !got_number.is_some_and(|g| (g - want).abs() <= allowed) {
                found.push(format!("{}: {got} instead of {want} (± {allowed:.3e})", path.join(".")));
            }
        }
        other if got != other => found.push(format!("{}: {got} instead of {other}", path.join("."))),
        _ => {}
    }
}

/// Any index whose joint loss is within tolerance of the largest will do; the caller's losses are checked elsewhere, so
/// here only the range is.
fn worst(_: &Scale, path: &[String], got: &Value, _want: &Value, found: &mut Vec<String>) {
    if got.as_u64().is_none_or(|i| i >= 35) {
        found.push(format!("{}: {got} is no scenario", path.join(".")));
    }
}

fn tolerance(case: &Case, s: &Scale, path: &[String], want: f64) -> f64 {
    let parts: Vec<&str> = path.iter().map(String::as_str).collect();
    let index = |i: usize| parts.get(i).and_then(|p| p.parse::<usize>().ok()).unwrap_or(0);
    let leg_spot = |i: usize| case.underlyings[case.portfolio.legs[i].0].spot as f64 / 1e8;
    let spot_of = |i: usize| case.underlyings.get(i).map_or(s.spot, |u| u.spot as f64 / 1e8);
    match parts[0] {
        "expiries" => match parts[2] {
            "F" | "moving" | "D" => 1e-8 * want.abs(),
            "near" => 1e-7,
            "delta" => 1e-5 * s.gross / spot_of(index(1)) + 1e-9,
            "vega" => 1e-5 * s.gross + s.tick(),
            _ => s.losses(),
        },
        "legs" => match parts[1] {
            "sigma" => 1e-7 * want.abs(),
            "value" => 2.5e-7 * leg_spot(index(2)),
            "delta" => 1e-5,
            _ => 1e-5 * leg_spot(index(2)),
        },
        "losses" if s.legs < 5.0 => 4e-8 * s.gross + s.tick(),
        "losses" => s.losses(),
        "own_strikes" => match index(3) {
            0 | 1 => 0.0,
            2 => 1e-7,
            _ => s.losses(),
        },
        "underlyings" => match parts[2] {
            "pr" => 1e-7,
            "delta$" => 1e-5 * s.gross + s.tick(),
            "vega$" => 1e-5 * s.gross + s.tick(),
            "own" | "scan" | "scan_MM" | "value" | "floor" => s.losses(),
            name => addon(case, s, name, want),
        },
        "groups" | "scan" | "scan_MM" | "floor" => s.losses(),
        "addons" => addon(case, s, parts[1], want),
        "IM" | "MM" | "exit" => (1e-6 * want.abs()).max(s.tick()).max(1e-8 * s.gross),
        "equity" | "excess" => s.total(),
        "gross" => 1e-9 * want.abs(),
        "liquidation" => match parts[1] {
            "f_max" => 1e-5,
            "delta" => 1e-6,
            "price" => 1e-5 * s.pay + s.total(),
            "Q" => addon(case, s, "liquidity", want),
            _ => 3.0 * s.total(),
        },
        other => panic!("no tolerance for {other}"),
    }
}

/// 1e-6 relative, or 2e-5 of the add-on's parameter times gross, or a tick a leg.
fn addon(case: &Case, s: &Scale, name: &str, want: f64) -> f64 {
    let largest = |f: &dyn Fn(&crate::input::Params) -> i64| {
        case.params.values().map(f).max().unwrap_or(0) as f64 / 1e6
    };
    let parameter = match name {
        "som" => largest(&|p| p.som),
        "basis" => largest(&|p| p.beta) * 3.0,
        "liquidity" => largest(&|p| p.spread.max(p.volspread).max(p.impact)),
        "oracle" => {
            let conf = case.underlyings.iter().map(|u| u.conf as f64 / u.spot as f64).fold(0.0, f64::max);
            4.0 * case.exchange.z as f64 / 1e6 * conf
        }
        "ema" => {
            let gap = |u: &crate::input::Underlying| (u.spot as f64 / u.ema as f64 - 1.0).abs();
            case.underlyings.iter().map(gap).fold(0.0, f64::max)
        }
        _ => 0.0,
    };
    let scan = if name == "oi" { s.losses() } else { 0.0 };
    (1e-6 * want.abs()).max(2e-5 * parameter * s.gross).max(s.tick()).max(scan)
}

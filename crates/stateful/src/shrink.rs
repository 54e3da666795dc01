//! Small scripts out of large ones: whatever is not needed for what a script does is left out, and numbers become simple.
//!
//! Delta debugging: runs of steps are left out, half of all first, then shorter ones down to single steps, until none can be
//! spared; then transactions lose instructions, lists their elements, and numbers are tried at zero, one, and with fewer
//! digits. What is asked at each turn is only whether the script still does it.

use crate::script::Script;
use serde_json::Value;

/// Makes a script small that does something, as `does` says.
#[must_use]
pub fn shrink(script: &Script, mut does: impl FnMut(&Script) -> bool) -> Script {
    let mut small = script.clone();
    loop {
        let before = small.clone();
        leave_out(&mut small, &mut does);
        simplify(&mut small, &mut does);
        if small == before {
            return small;
        }
    }
}

/// Leaves out steps, from the end, in ever shorter runs.
fn leave_out(script: &mut Script, does: &mut impl FnMut(&Script) -> bool) {
    let mut run = script.steps.len().div_ceil(2).max(1);
    loop {
        let mut end = script.steps.len();
        while end > 0 {
            let begin = end.saturating_sub(run);
            let mut without = script.clone();
            without.steps.drain(begin..end);
            if does(&without) {
                *script = without;
            }
            end = begin.min(script.steps.len());
        }
        if run == 1 {
            return;
        }
        run = run.div_ceil(2);
    }
}

/// Tries simpler values in every step.
fn simplify(script: &mut Script, does: &mut impl FnMut(&Script) -> bool) {
    for at in 0..script.steps.len() {
        let mut place = 0;
        // A change that stands may leave fewer places than before.
        while let Some(count) = try_place(script, at, place, does) {
            place += 1;
            if place >= count {
                break;
            }
        }
    }
}

/// Tries what is simpler at one place of a step; says how many places the step has.
fn try_place(
    script: &mut Script,
    at: usize,
    place: usize,
    does: &mut impl FnMut(&Script) -> bool,
) -> Option<usize> {
    let value = serde_json::to_value(&script.steps[at]).ok()?;
    let mut paths = Vec::new();
    collect(&value, &mut Vec::new(), &mut paths);
    let path = paths.get(place)?;
    for simpler in simpler(value.pointer(path)?) {
        let mut changed = value.clone();
        *changed.pointer_mut(path)? = simpler;
        let Ok(step) = serde_json::from_value(changed) else { continue };
        let mut with = script.clone();
        with.steps[at] = step;
        if with != *script && does(&with) {
            *script = with;
            break;
        }
    }
    Some(paths.len())
}

/// Paths of all numbers and lists of a value.
fn collect(value: &Value, path: &mut Vec<String>, paths: &mut Vec<String>) {
    let pointer = |path: &[String]| path.iter().map(|part| format!("/{part}")).collect::<String>();
    match value {
        Value::Number(_) => paths.push(pointer(path)),
        Value::Array(all) => {
            paths.push(pointer(path));
            for (at, one) in all.iter().enumerate() {
                path.push(at.to_string());
                collect(one, path, paths);
                path.pop();
            }
        }
        Value::Object(fields) => {
            for (name, one) in fields {
                path.push(name.clone());
                collect(one, path, paths);
                path.pop();
            }
        }
        _ => {}
    }
}

/// Simpler values, the simplest first.
fn simpler(value: &Value) -> Vec<Value> {
    match value {
        Value::Number(number) => {
            if let Some(number) = number.as_u64() {
                return fewer_digits(number).into_iter().map(Value::from).collect();
            }
            let size = number.as_i64().map_or(0, i64::unsigned_abs);
            let negative = |digits: u64| i64::try_from(digits).map_or(i64::MIN, |digits| -digits);
            let sized = fewer_digits(size).into_iter();
            sized.flat_map(|digits| [Value::from(digits), Value::from(negative(digits))]).collect()
        }
        Value::Array(all) => (0..all.len())
            .map(|out| {
                let kept = all.iter().enumerate().filter(|(at, _)| *at != out);
                Value::Array(kept.map(|(_, one)| one.clone()).collect())
            })
            .collect(),
        _ => Vec::new(),
    }
}

/// Zero, one, and the number with one, two, three leading digits.
fn fewer_digits(number: u64) -> Vec<u64> {
    let mut all = vec![0, 1];
    let digits = number.checked_ilog10().unwrap_or(0);
    for kept in 1..=3 {
        let unit = 10u64.pow(digits.saturating_sub(kept - 1));
        all.push(number / unit * unit);
    }
    all.retain(|simple| *simple < number);
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::script::{Start, Step};

    /// Goal: of many steps only those remain that matter, with numbers as small as they may be. Method: a script does it if
    /// it passes at least 100 seconds twice.
    #[test]
    fn what_does_not_matter_goes() {
        let steps = (0..50).map(|at| if at % 7 == 3 { Step::Pass(137 + at) } else { Step::Refresh });
        let script = Script { start: Start { peg: false, extreme: false }, steps: steps.collect() };
        let does = |script: &Script| {
            script.steps.iter().filter(|step| matches!(step, Step::Pass(secs) if *secs >= 100)).count() >= 2
        };
        assert_eq!(shrink(&script, does).steps, [Step::Pass(100), Step::Pass(100)]);
    }
}

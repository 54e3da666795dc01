//! `ballast errors`: the program's refusals by number.

use crate::{
    out::{self, Failure},
    paint::{Paint, Tone},
    table::{Cell, Table},
};
use ballast_sdk::error::{describe, Refusal, ALL, FIRST};

/// Prints every error, or the one of a number or name.
///
/// # Errors
/// There is no such error.
pub fn run(which: Option<&str>, paint: Paint) -> Result<(), Failure> {
    let refusals = match which {
        Some(which) => vec![find(which)?],
        None => ALL.iter().copied().map(Refusal::from).collect(),
    };
    let mut table = Table::new(3, ["", "", ""]);
    for refusal in refusals {
        let number = Cell::new(refusal.number.to_string(), Tone::Strong);
        table.row([number, refusal.name.into(), refusal.message.into()]);
    }
    out::print(&table.render(paint, 0))
}

fn find(which: &str) -> Result<Refusal, Failure> {
    let hexadecimal = which.strip_prefix("0x").map(|digits| u32::from_str_radix(digits, 16));
    let number = hexadecimal.unwrap_or_else(|| which.parse());
    let found = match number {
        Ok(number) => describe(number),
        Err(_) => {
            ALL.iter().copied().map(Refusal::from).find(|refusal| refusal.name.eq_ignore_ascii_case(which))
        }
    };
    found.ok_or_else(|| {
        let last = FIRST + u32::try_from(ALL.len()).unwrap_or(0).saturating_sub(1);
        Failure(format!("the program has no error {which}: they are {FIRST} to {last}"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: an error is found however it is written. Method: decimal, hexadecimal, name; and one that is none.
    #[test]
    fn errors_are_found() {
        for which in ["6090", "0x17ca", "takerinitialmargin"] {
            assert_eq!(find(which).unwrap().name, "TakerInitialMargin");
        }
        assert!(find("5999").unwrap_err().0.starts_with("the program has no error 5999: they are 6000 to"));
    }
}

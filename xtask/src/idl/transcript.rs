//! The pieces of an interface description in the output of the tests that print them.

use anyhow::{bail, Result};

/// A piece: what it is, and its text (JSON).
#[derive(Debug, PartialEq, Eq)]
pub struct Section {
    /// `address`, `const`, `event`, `errors` or `program`.
    pub kind: String,
    /// What was printed between its marks.
    pub text: String,
}

/// All pieces in the order printed. A piece without an end is an error, as are none at all.
pub fn sections(output: &str) -> Result<Vec<Section>> {
    let mut found = Vec::new();
    let mut open: Option<Section> = None;
    for line in output.lines() {
        match (&mut open, mark(line)) {
            (None, Some(("begin", kind))) => {
                open = Some(Section { kind: kind.to_owned(), text: String::new() });
            }
            (Some(section), Some(("end", kind))) if section.kind == kind => found.extend(open.take()),
            (Some(section), None) => {
                section.text.push_str(line);
                section.text.push('\n');
            }
            (_, Some((edge, kind))) => bail!("the {edge} of `{kind}` is out of place"),
            (None, None) => {}
        }
    }
    match open {
        Some(section) => bail!("`{}` has no end", section.kind),
        None if found.is_empty() => bail!("the program printed no interface"),
        None => Ok(found),
    }
}

/// `--- IDL begin event ---` gives `("begin", "event")`.
fn mark(line: &str) -> Option<(&str, &str)> {
    let (edge, kind) = line.strip_prefix("--- IDL ")?.strip_suffix(" ---")?.split_once(' ')?;
    matches!(edge, "begin" | "end").then_some((edge, kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_told_from_the_chatter_of_tests() {
        let output = "running 2 tests\n..\nsuccesses:\n\n--- IDL begin address ---\n\"abc\"\n--- IDL end address ---\n\
                      ---- other stdout ----\n--- IDL begin event ---\n{\n}\n--- IDL end event ---\n";
        let found = sections(output).unwrap();
        assert_eq!(found.len(), 2);
        assert_eq!(found[0], Section { kind: "address".into(), text: "\"abc\"\n".into() });
        assert_eq!(found[1].text, "{\n}\n");
    }

    #[test]
    fn half_a_piece_is_refused() {
        assert!(sections("--- IDL begin event ---\n{\n").is_err());
        assert!(sections("--- IDL end event ---\n").is_err());
        assert!(sections("--- IDL begin event ---\n--- IDL end errors ---\n").is_err());
        assert!(sections("running 0 tests\n").is_err());
    }
}

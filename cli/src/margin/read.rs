//! Reading a case.

use crate::out::Failure;
use ballast_case::Case;
use std::{fs, io};

/// What stands for standard input.
const STDIN: &str = "-";

/// The name of a case's file in messages.
#[must_use]
pub fn name(file: &str) -> &str {
    if file == STDIN {
        "standard input"
    } else {
        file
    }
}

/// Reads and parses a case. The message of an error names the file, the field and the place in the text.
///
/// # Errors
/// The file cannot be read, or is no case.
pub fn case(file: &str) -> Result<Case, Failure> {
    let read = if file == STDIN { io::read_to_string(io::stdin()) } else { fs::read_to_string(file) };
    let text = read.map_err(|error| Failure(format!("{}: {error}", name(file))))?;
    parse(&text).map_err(|what| Failure(format!("{}: {what}", name(file))))
}

fn parse(text: &str) -> Result<Case, String> {
    let mut input = serde_json::Deserializer::from_str(text);
    let case = serde_path_to_error::deserialize(&mut input).map_err(|error| {
        let field = error.path().to_string();
        if field == "." {
            error.inner().to_string()
        } else {
            format!("{field}: {}", error.inner())
        }
    })?;
    input.end().map_err(|error| error.to_string())?;
    Ok(case)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the field is named, at any depth. Method: a wrong type deep inside, a missing field, text behind the end.
    #[test]
    fn names_the_field() {
        let case = include_str!("../../../crates/case/cases/strategy_covered_call.json");
        assert!(parse(case).is_ok());
        let wrong = parse(&case.replace("\"spot\":11825040000000", "\"spot\":\"dear\"")).unwrap_err();
        assert!(wrong.starts_with("underlyings[0].spot: invalid type: string \"dear\""), "{wrong}");
        let missing = parse(&case.replace("\"mm_factor\":800000,", "")).unwrap_err();
        assert!(missing.starts_with("exchange: missing field `mm_factor`"), "{missing}");
        let more = parse(&format!("{case}]")).unwrap_err();
        assert!(more.starts_with("trailing characters"), "{more}");
    }
}

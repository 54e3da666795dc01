//! Figures in a document: what stands between two marks is replaced.

use anyhow::{Context, Result};

/// The document with the tables of a part anew. The part stands between `<!-- figures: PART -->` and `<!-- end of figures -->`.
///
/// # Errors
/// The document has no such part.
pub fn with_tables(document: &str, part: &str, tables: &str) -> Result<String> {
    const END: &str = "<!-- end of figures -->";
    let begin = format!("<!-- figures: {part} -->\n");
    let (before, rest) =
        document.split_once(&begin).with_context(|| format!("the document has no figures of {part}"))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("the figures of {part} have no end"))?;
    Ok(format!("{before}{begin}{tables}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: one part changes and nothing else; a part that is not there is an error. Method: two parts.
    #[test]
    fn one_part_changes() {
        let part =
            |name: &str, text: &str| format!("<!-- figures: {name} -->\n{text}<!-- end of figures -->\n");
        let document = |b: &str| format!("# Title\n{}between\n{}end\n", part("a", "old\n"), part("b", b));
        assert_eq!(with_tables(&document("old\n"), "b", "new\n").unwrap(), document("new\n"));
        assert!(with_tables(&document("old\n"), "c", "new\n").is_err());
    }
}

//! Readers' tables of what the program stores and says: `docs/accounts.md` and `docs/errors.md`.

mod accounts_page;
mod errors_page;
mod measure;

use anyhow::Result;

use crate::generated::{self, Mode};
use crate::idl;
use crate::project::Project;

/// How a reader renews both pages.
const COMMAND: &str = "cargo xtask layout";

/// Runs `cargo xtask layout`.
pub fn generate(project: &Project, mode: Mode) -> Result<()> {
    let idl = idl::read(&project.idl())?;
    let docs = project.root.join("docs");
    generated::settle(project, mode, &docs.join("accounts.md"), &accounts_page::render(&idl)?, COMMAND)?;
    generated::settle(project, mode, &docs.join("errors.md"), &errors_page::render(&idl), COMMAND)
}

/// Text that stands in a table: one line, with the sign that would end the column escaped.
fn cell(lines: &[String]) -> String {
    let text = lines.iter().map(|line| line.trim()).collect::<Vec<_>>().join(" ");
    without_links(text.trim()).replace('|', "\\|")
}

/// Documentation outside of the code it documents: what links to an item there is its name here.
fn without_links(text: &str) -> String {
    let mut rest = text;
    let mut plain = String::new();
    while let Some((before, inside)) = rest.split_once("[`") {
        plain.push_str(before);
        let Some((path, after)) = inside.split_once("`]") else {
            plain.push_str("[`");
            rest = inside;
            continue;
        };
        let name = path.rsplit("::").next().unwrap_or(path);
        plain.push_str(&format!("`{name}`"));
        rest = after;
    }
    plain.push_str(rest);
    plain
}

/// A discriminator as its bytes in hexadecimal.
fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_into_the_code_become_names() {
        let text = "Bits of [`crate::constants`]' `GATE_…`; see [`Exchange::markets`] and [other](x) [`open";
        let plain = "Bits of `constants`' `GATE_…`; see `markets` and [other](x) [`open";
        assert_eq!(without_links(text), plain);
    }

    #[test]
    fn a_cell_is_one_line_without_column_ends() {
        assert_eq!(cell(&[" a | b".into(), " c ".into()]), "a \\| b c");
    }
}

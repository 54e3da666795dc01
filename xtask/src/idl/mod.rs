//! The interface description that clients are generated from.
//!
//! Anchor's macros add a test to the program that prints the description in pieces. Running it and
//! putting the pieces together is all there is to it, so neither the Anchor CLI nor a nightly
//! compiler is needed.

mod assemble;
mod transcript;

use std::fs;
use std::path::Path;

use anchor_lang_idl_spec::Idl;
use anyhow::{bail, Context, Result};

use crate::generated::{self, Mode};
use crate::process;
use crate::progress;
use crate::project::{Project, PROGRAM};

/// Runs `cargo xtask idl`.
pub fn generate(project: &Project, mode: Mode, package: &str) -> Result<()> {
    let printed = progress::patient_step(&format!("interface of {package}"), || printed(project, package))?;
    let idl = assemble::from_sections(transcript::sections(&printed)?)?;
    if package == PROGRAM {
        check_address(project, &idl)?;
    }
    let text = serde_json::to_string_pretty(&idl)? + "\n";
    let path =
        if package == PROGRAM { project.idl() } else { project.target.join(format!("{package}.idl.json")) };
    generated::settle(project, mode, &path, &text, "cargo xtask idl")
}

/// Reads an interface description from its file.
pub fn read(path: &Path) -> Result<Idl> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read {}; `cargo xtask idl` writes it", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("{} is no interface description", path.display()))
}

/// `Anchor.toml` repeats the program's address, and deploying by one while compiling the other would
/// leave a program that refuses every call.
fn check_address(project: &Project, idl: &Idl) -> Result<()> {
    let path = project.root.join("Anchor.toml");
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    match address_in(&text, PROGRAM) {
        Some(address) if address == idl.address => Ok(()),
        Some(address) => bail!("Anchor.toml says {address}, the program declares {}", idl.address),
        None => bail!("Anchor.toml has no address of {PROGRAM} under [programs.localnet]"),
    }
}

fn address_in<'a>(anchor_toml: &'a str, program: &str) -> Option<&'a str> {
    let section = anchor_toml.split("[programs.localnet]").nth(1)?;
    let mut lines = section.lines().take_while(|line| !line.starts_with('['));
    let value = lines.find_map(|line| line.strip_prefix(program)?.trim_start().strip_prefix('='))?;
    Some(value.trim().trim_matches('"'))
}

/// What the program's own tests print about it.
fn printed(project: &Project, package: &str) -> Result<String> {
    let mut test =
        project.cargo(["test", "--quiet", "--lib", "--package", package, "--features", "idl-build"]);
    test.args(["__anchor_private_print_idl", "--", "--show-output"])
        // Read when Anchor's macros are compiled: keep documentation, resolve addresses, and insist
        // on a word of why wherever an account goes unchecked.
        .env("ANCHOR_IDL_BUILD_NO_DOCS", "FALSE")
        .env("ANCHOR_IDL_BUILD_RESOLUTION", "TRUE")
        .env("ANCHOR_IDL_BUILD_SKIP_LINT", "FALSE")
        .env("ANCHOR_IDL_BUILD_PROGRAM_PATH", project.program_folder(package));
    process::capture(&mut test)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_one_for_the_local_cluster() {
        let text = "[programs.devnet]\nballast = \"A\"\n\n[programs.localnet]\nother = \"B\"\nballast = \"C\"\n\n[x]\n";
        assert_eq!(address_in(text, "ballast"), Some("C"));
        assert_eq!(address_in(text, "absent"), None);
        assert_eq!(address_in("[programs.localnet]\n[x]\nballast = \"D\"\n", "ballast"), None);
    }
}

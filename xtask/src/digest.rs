//! SHA-256 as lower-case hexadecimal.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// The digest of some bytes.
pub fn of(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

/// The digest of a file's content.
pub fn of_file(path: &Path) -> Result<String> {
    Ok(of(&fs::read(path).with_context(|| format!("cannot read {}", path.display()))?))
}

/// A digest over named parts, in the order given. Each part is framed by its length, so that no two
/// different lists of parts run together to the same bytes.
#[derive(Default)]
pub struct Parts {
    state: Sha256,
}

impl Parts {
    /// Adds a part.
    pub fn add(&mut self, name: &str, content: &[u8]) {
        for piece in [name.as_bytes(), content] {
            self.state.update((piece.len() as u64).to_le_bytes());
            self.state.update(piece);
        }
    }

    /// The digest of all parts added.
    pub fn finish(self) -> String {
        hexadecimal(&self.state.finalize())
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_empty_string_has_its_published_digest() {
        assert_eq!(of(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn parts_do_not_run_together() {
        let digest = |parts: &[(&str, &str)]| {
            let mut all = Parts::default();
            for (name, content) in parts {
                all.add(name, content.as_bytes());
            }
            all.finish()
        };
        assert_ne!(digest(&[("ab", "c")]), digest(&[("a", "bc")]));
        assert_ne!(digest(&[("a", "b"), ("c", "d")]), digest(&[("c", "d"), ("a", "b")]));
    }
}

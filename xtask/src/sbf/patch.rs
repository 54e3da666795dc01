//! Edits to source text that refuse what they do not fit.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{bail, Context, Result};

/// One replacement in one file.
#[derive(Clone, Copy, Debug)]
pub struct Edit {
    /// The file, relative to the library.
    pub file: &'static str,
    /// What the edit is for; shown when it does not fit.
    pub purpose: &'static str,
    /// The text to replace.
    pub find: &'static str,
    /// What takes its place.
    pub replace: &'static str,
    /// How often the text has to occur; every occurrence is replaced.
    pub times: usize,
}

/// A file to add.
#[derive(Clone, Copy, Debug)]
pub struct Addition {
    /// The file, relative to the library.
    pub file: &'static str,
    /// Its content.
    pub text: &'static str,
}

/// Applies everything or, where any edit does not fit, nothing at all.
pub fn apply(library: &Path, edits: &[Edit], additions: &[Addition]) -> Result<()> {
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    for edit in edits {
        let text = match files.remove(edit.file) {
            Some(text) => text,
            None => fs::read_to_string(library.join(edit.file))
                .with_context(|| format!("the library has no {}", edit.file))?,
        };
        files.insert(edit.file, edited(&text, edit)?);
    }
    for addition in additions {
        if library.join(addition.file).exists() {
            bail!("the library has a {} of its own", addition.file);
        }
        files.insert(addition.file, addition.text.to_owned());
    }
    for (file, text) in files {
        let path = library.join(file);
        fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    }
    Ok(())
}

/// The text after an edit.
fn edited(text: &str, edit: &Edit) -> Result<String> {
    let found = text.matches(edit.find).count();
    if found != edit.times {
        bail!(
            "{}: cannot {}: `{}` occurs {found} times, not {}; this library needs another edit",
            edit.file,
            edit.purpose,
            edit.find.lines().next().unwrap_or_default().trim(),
            edit.times
        );
    }
    Ok(text.replace(edit.find, edit.replace))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::env;
    use std::path::PathBuf;

    const EDIT: Edit = Edit { file: "a.rs", purpose: "say two", find: "one", replace: "two", times: 1 };

    /// A folder with the given files, gone when the test ends.
    struct Fixture(PathBuf);

    impl Fixture {
        fn new(name: &str, files: &[(&str, &str)]) -> Self {
            let folder = env::temp_dir().join(format!("xtask-patch-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            for (file, text) in files {
                fs::write(folder.join(file), text).unwrap();
            }
            Self(folder)
        }

        fn read(&self, file: &str) -> String {
            fs::read_to_string(self.0.join(file)).unwrap()
        }
    }

    impl Drop for Fixture {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    #[test]
    fn edits_of_one_file_build_on_each_other() {
        let library = Fixture::new("chain", &[("a.rs", "one and three")]);
        let second = Edit { find: "two and", replace: "both and", ..EDIT };
        apply(&library.0, &[EDIT, second], &[Addition { file: "new.rs", text: "new" }]).unwrap();
        assert_eq!(library.read("a.rs"), "both and three");
        assert_eq!(library.read("new.rs"), "new");
    }

    #[test]
    fn a_text_that_is_absent_or_repeated_is_refused() {
        for text in ["nothing", "one one"] {
            let error = edited(text, &EDIT).unwrap_err().to_string();
            assert!(error.contains("cannot say two"), "{error}");
        }
        assert_eq!(edited("one one", &Edit { times: 2, ..EDIT }).unwrap(), "two two");
    }

    #[test]
    fn one_edit_that_does_not_fit_leaves_every_file_as_it_was() {
        let library = Fixture::new("refuse", &[("a.rs", "one"), ("b.rs", "other")]);
        let unfit = Edit { file: "b.rs", ..EDIT };
        assert!(apply(&library.0, &[EDIT, unfit], &[]).is_err());
        assert_eq!(library.read("a.rs"), "one");
    }

    #[test]
    fn an_addition_never_replaces_a_file() {
        let library = Fixture::new("addition", &[("a.rs", "one")]);
        assert!(apply(&library.0, &[EDIT], &[Addition { file: "a.rs", text: "" }]).is_err());
        assert_eq!(library.read("a.rs"), "one");
    }
}

//! Which locked packages a program is made of.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};

/// One entry of `Cargo.lock`.
#[derive(Debug)]
pub struct Package<'a> {
    /// The entry as it stands there: name, version, where from, checksum and dependencies.
    pub text: &'a str,
    name: &'a str,
    version: &'a str,
    /// Names, each followed by a version where several versions of it are locked.
    dependencies: Vec<&'a str>,
}

/// Names of the packages that each of the workspace's own packages asks for.
pub type Wanted<'a> = BTreeMap<&'a str, BTreeSet<&'a str>>;

/// The entries of a lock file.
pub fn packages(lock: &str) -> Vec<Package<'_>> {
    lock.split("[[package]]\n").skip(1).filter_map(package).collect()
}

fn package(text: &str) -> Option<Package<'_>> {
    let text = text.trim_end();
    let field = |name: &str| {
        text.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(" = "))
            .map(|value| value.trim_matches('"'))
    };
    let dependencies =
        text.lines().filter_map(|line| line.strip_prefix(" \"")?.strip_suffix("\",")).collect();
    Some(Package { text, name: field("name")?, version: field("version")?, dependencies })
}

/// Every package that `root` is made of, in the order of name and version. Of the workspace's own
/// packages only what `own` names is followed, since the lock file lists what tests need as well.
pub fn closure<'a, 'p>(
    packages: &'p [Package<'a>],
    root: &str,
    own: &Wanted<'_>,
) -> Result<Vec<&'p Package<'a>>> {
    let find = |reference: &str| -> Result<&'p Package<'a>> {
        let mut words = reference.split(' ');
        let (name, version) = (words.next().unwrap_or_default(), words.next());
        packages
            .iter()
            .find(|package| package.name == name && version.is_none_or(|version| package.version == version))
            .with_context(|| format!("Cargo.lock has no {reference}; run any cargo command to renew it"))
    };
    let mut found = BTreeMap::new();
    let mut open = vec![find(root)?];
    while let Some(package) = open.pop() {
        if found.insert((package.name, package.version), package).is_some() {
            continue;
        }
        for reference in &package.dependencies {
            let name = reference.split(' ').next().unwrap_or_default();
            if own.get(package.name).is_none_or(|wanted| wanted.contains(name)) {
                open.push(find(reference)?);
            }
        }
    }
    Ok(found.into_values().collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOCK: &str = r#"version = 4

[[package]]
name = "engine"
version = "0.1.0"

[[package]]
name = "program"
version = "0.1.0"
dependencies = [
 "engine",
 "shared 2.0.0",
 "tester",
]

[[package]]
name = "shared"
version = "1.0.0"
source = "registry+somewhere"

[[package]]
name = "shared"
version = "2.0.0"
source = "registry+somewhere"
checksum = "22"

[[package]]
name = "tester"
version = "0.1.0"
dependencies = [
 "shared 1.0.0",
]
"#;

    fn names(own: &Wanted<'_>) -> Vec<String> {
        let packages = packages(LOCK);
        let found = closure(&packages, "program", own).unwrap();
        found.iter().map(|package| format!("{} {}", package.name, package.version)).collect()
    }

    #[test]
    fn a_closure_follows_versions() {
        let all = ["engine 0.1.0", "program 0.1.0", "shared 1.0.0", "shared 2.0.0", "tester 0.1.0"];
        assert_eq!(names(&Wanted::new()), all);
    }

    #[test]
    fn what_only_tests_need_is_left_out() {
        let own = Wanted::from([("program", BTreeSet::from(["engine", "shared"]))]);
        assert_eq!(names(&own), ["engine 0.1.0", "program 0.1.0", "shared 2.0.0"]);
    }

    #[test]
    fn an_entry_keeps_its_checksum() {
        let packages = packages(LOCK);
        let found = closure(&packages, "program", &Wanted::new()).unwrap();
        assert!(found.iter().any(|package| package.text.contains("checksum = \"22\"")));
    }

    #[test]
    fn a_package_that_is_not_locked_is_an_error() {
        assert!(closure(&packages(LOCK), "stranger", &Wanted::new()).is_err());
    }
}

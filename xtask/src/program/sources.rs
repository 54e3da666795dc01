//! The digest of everything that a program binary is made from.
//!
//! Equal digests mean that a compiler would see the same input, so whether the committed binary is
//! out of date can be told without a compiler.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{bail, Context, Result};

use crate::digest::Parts;
use crate::program::lockfile::{self, Wanted};
use crate::project::{Member, Project};
use crate::sbf::recipe;

/// Files of the workspace root that decide how anything is compiled; some may not exist.
const ROOT_FILES: [&str; 3] = ["Cargo.toml", "rust-toolchain.toml", ".cargo/config.toml"];

/// Names of the workspace's own packages that `package` is made of, itself included.
pub fn own_packages(project: &Project, package: &str) -> Result<Vec<String>> {
    if !project.members.iter().any(|member| member.name == package) {
        bail!("the workspace has no package {package}");
    }
    let wanted = wanted(&project.members);
    let mut found = BTreeSet::new();
    let mut open = vec![package];
    while let Some(name) = open.pop() {
        if found.insert(name.to_owned()) {
            open.extend(wanted[name].iter().filter(|other| wanted.contains_key(*other)));
        }
    }
    Ok(found.into_iter().collect())
}

/// The digest for `package`.
pub fn digest(project: &Project, package: &str) -> Result<String> {
    let mut parts = Parts::default();
    for file in ROOT_FILES {
        if let Ok(content) = fs::read(project.root.join(file)) {
            parts.add(file, &content);
        }
    }
    for name in own_packages(project, package)? {
        for (label, path) in inputs(project, &name)? {
            parts.add(&label, &fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?);
        }
    }
    let lock =
        fs::read_to_string(project.root.join("Cargo.lock")).context("the workspace has no Cargo.lock")?;
    let packages = lockfile::packages(&lock);
    for locked in lockfile::closure(&packages, package, &wanted(&project.members))? {
        // The lock file lists what a workspace package's tests need too; its manifest is in already.
        let own =
            project.members.iter().any(|member| locked.text.contains(&format!("name = \"{}\"", member.name)));
        if !own {
            parts.add("locked", locked.text.as_bytes());
        }
    }
    parts.add("recipe", recipe::digest().as_bytes());
    Ok(parts.finish())
}

/// What every member asks for outside its tests.
fn wanted(members: &[Member]) -> Wanted<'_> {
    members
        .iter()
        .map(|member| {
            let needed = member.dependencies.iter().filter(|other| other.kind.as_deref() != Some("dev"));
            (member.name.as_str(), needed.map(|other| other.name.as_str()).collect())
        })
        .collect()
}

/// Manifest, build script and source files of a member, by their path from the workspace root.
fn inputs(project: &Project, member: &str) -> Result<BTreeMap<String, PathBuf>> {
    let manifest = project
        .members
        .iter()
        .find(|candidate| candidate.name == member)
        .map(|found| found.manifest_path.clone())
        .with_context(|| format!("the workspace has no package {member}"))?;
    let folder = manifest.parent().unwrap_or(&project.root).to_owned();
    let mut files = vec![manifest];
    files.extend(Some(folder.join("build.rs")).filter(|script| script.exists()));
    collect(&folder.join("src"), &mut files)?;
    Ok(files
        .into_iter()
        .map(|path| {
            (path.strip_prefix(&project.root).unwrap_or(&path).to_string_lossy().replace('\\', "/"), path)
        })
        .collect())
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("cannot read {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::project::Dependency;
    use std::env;

    fn member(root: &Path, name: &str, dependencies: &[(&str, Option<&str>)]) -> Member {
        let folder = root.join(name);
        fs::create_dir_all(folder.join("src")).unwrap();
        fs::write(folder.join("Cargo.toml"), format!("[package]\nname = \"{name}\"\n")).unwrap();
        fs::write(folder.join("src/lib.rs"), format!("//! {name}\n")).unwrap();
        let dependencies = dependencies
            .iter()
            .map(|(name, kind)| Dependency { name: (*name).to_owned(), kind: kind.map(str::to_owned) })
            .collect();
        Member { name: name.to_owned(), manifest_path: folder.join("Cargo.toml"), dependencies }
    }

    /// A workspace of a program, its engine, and a harness that only the program's tests use.
    fn workspace(test: &str) -> Project {
        let root = env::temp_dir().join(format!("xtask-sources-{test}-{}", std::process::id()));
        let members = vec![
            member(&root, "program", &[("engine", None), ("harness", Some("dev")), ("outside", None)]),
            member(&root, "engine", &[]),
            member(&root, "harness", &[]),
        ];
        fs::write(root.join("Cargo.toml"), "[workspace]\n").unwrap();
        let entry =
            |name: &str, rest: &str| format!("\n[[package]]\nname = \"{name}\"\nversion = \"1.0.0\"\n{rest}");
        let lock = entry("engine", "")
            + &entry("harness", "")
            + &entry("outside", "source = \"registry\"\n")
            + &entry("program", "dependencies = [\n \"engine\",\n \"harness\",\n \"outside\",\n]\n");
        fs::write(root.join("Cargo.lock"), lock).unwrap();
        Project { target: root.join("target"), root, members }
    }

    #[test]
    fn a_program_is_made_of_what_it_ships_with() {
        let project = workspace("own");
        assert_eq!(own_packages(&project, "program").unwrap(), ["engine", "program"]);
        assert!(own_packages(&project, "stranger").is_err());
        fs::remove_dir_all(&project.root).unwrap();
    }

    #[test]
    fn the_digest_follows_inputs_and_nothing_else() {
        let project = workspace("digest");
        let digest = || digest(&project, "program").unwrap();
        let before = digest();
        fs::write(project.root.join("harness/src/lib.rs"), "changed").unwrap();
        fs::write(project.root.join("README.md"), "changed").unwrap();
        assert_eq!(digest(), before, "a test's helper is no input");
        fs::write(project.root.join("engine/src/new.rs"), "").unwrap();
        let with_file = digest();
        assert_ne!(with_file, before, "a new file is");
        fs::write(project.root.join("engine/build.rs"), "").unwrap();
        let with_script = digest();
        assert_ne!(with_script, with_file, "so is a build script");
        let lock = fs::read_to_string(project.root.join("Cargo.lock")).unwrap();
        fs::write(project.root.join("Cargo.lock"), lock.replace("registry", "elsewhere")).unwrap();
        assert_ne!(digest(), with_script, "so is where a dependency comes from");
        fs::remove_dir_all(&project.root).unwrap();
    }
}

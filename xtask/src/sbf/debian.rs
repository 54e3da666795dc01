//! Packages from Debian's archive, unpacked without being installed.
//!
//! apt does the talking (mirror, proxy, signatures) with lists and caches of its own, so neither root
//! nor a change of the machine's own sources is needed. The mirror is the one the machine uses.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{anyhow, bail, Context, Result};

use crate::process;

/// Debian's archive keys where a source does not name its own.
const KEYRING: &str = "/usr/share/keyrings/debian-archive-keyring.gpg";

/// What a reader without a way to compile is told.
const NO_COMPILER: &str = "\
there is no way to compile an SBF program here. Install one of:
  - the Solana CLI tools, which bring `cargo build-sbf` (any platform), or
  - x86-64 Debian with apt-get and dpkg-deb, where xtask puts a compiler together by itself
    (root is not needed; it goes to the folder that SBF_HOME names)";

/// The Debian archive as this machine reaches it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirror {
    uri: String,
    keyring: String,
}

impl Mirror {
    /// Finds the mirror in the machine's own sources, or says why the machine will not do and what
    /// would.
    pub fn of_this_machine() -> Result<Self> {
        Self::find().map_err(|reason| anyhow!("{reason:#}\n{NO_COMPILER}"))
    }

    fn find() -> Result<Self> {
        if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
            bail!("the fallback compiler runs on x86-64 Linux only");
        }
        for tool in ["apt-get", "apt-cache", "dpkg-deb"] {
            if !process::succeeds(Command::new(tool).arg("--version")) {
                bail!("`{tool}` is not here");
            }
        }
        let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
        if !release.lines().any(|line| line == "ID=debian") {
            bail!("this is not Debian");
        }
        let suite = release
            .lines()
            .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
            .unwrap_or("unstable")
            .trim_matches('"')
            .to_owned();
        source_texts()
            .iter()
            .find_map(|text| Self::in_source(text, &suite))
            .ok_or_else(|| anyhow!("no apt source of this machine serves Debian's {suite}"))
    }

    /// The mirror that serves `suite` in one sources file of either of apt's two formats.
    fn in_source(text: &str, suite: &str) -> Option<Self> {
        text.split("\n\n")
            .find_map(|stanza| Self::in_stanza(stanza, suite))
            .or_else(|| text.lines().find_map(|line| Self::in_line(line, suite)))
    }

    fn in_stanza(stanza: &str, suite: &str) -> Option<Self> {
        let field = |name: &str| {
            stanza.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(str::trim))
        };
        if !field("Types")?.split_whitespace().any(|kind| kind == "deb") {
            return None;
        }
        if !field("Suites")?.split_whitespace().any(|named| named == suite) {
            return None;
        }
        let uri = field("URIs")?.split_whitespace().next()?.to_owned();
        let keyring = field("Signed-By").filter(|path| path.starts_with('/')).unwrap_or(KEYRING);
        Some(Self { uri, keyring: keyring.to_owned() })
    }

    fn in_line(line: &str, suite: &str) -> Option<Self> {
        let rest = line.strip_prefix("deb ")?.trim_start();
        let (options, rest) = match rest.strip_prefix('[') {
            Some(inner) => inner.split_once(']')?,
            None => ("", rest),
        };
        let mut words = rest.split_whitespace();
        let (uri, named) = (words.next()?, words.next()?);
        let keyring = options.split_whitespace().find_map(|option| option.strip_prefix("signed-by="));
        (named == suite).then(|| Self { uri: uri.to_owned(), keyring: keyring.unwrap_or(KEYRING).to_owned() })
    }
}

fn source_texts() -> Vec<String> {
    let mut files = vec![PathBuf::from("/etc/apt/sources.list")];
    if let Ok(folder) = fs::read_dir("/etc/apt/sources.list.d") {
        files.extend(folder.flatten().map(|entry| entry.path()));
    }
    files.sort();
    files.iter().filter_map(|file| fs::read_to_string(file).ok()).collect()
}

/// An apt with its own lists, caches and idea of what is installed (nothing).
#[derive(Debug)]
pub struct Archive {
    folder: PathBuf,
}

impl Archive {
    /// Fetches the package lists of `suites` into `folder`. A suite that the mirror does not carry
    /// is no failure here: asking for a package of it will be.
    pub fn open(folder: &Path, mirror: &Mirror, suites: &[&str]) -> Result<Self> {
        for inner in ["lists/partial", "cache/archives/partial", "sources"] {
            fs::create_dir_all(folder.join(inner))?;
        }
        let sources: Vec<String> = suites
            .iter()
            .map(|suite| {
                format!(
                    "Types: deb\nURIs: {}\nSuites: {suite}\nComponents: main\nSigned-By: {}\n",
                    mirror.uri, mirror.keyring
                )
            })
            .collect();
        fs::write(folder.join("sources/debian.sources"), sources.join("\n"))?;
        let archive = Self { folder: folder.to_owned() };
        let mut update = archive.apt("apt-get");
        // Failure shows when nothing is found; one missing suite must not stop the others.
        process::logged(update.arg("update"), &folder.join("update.log")).or_else(|error| {
            if suites.len() == 1 {
                Err(error)
            } else {
                Ok(())
            }
        })?;
        Ok(archive)
    }

    /// Unpacks a package and everything it depends on below `root`; returns the package's version.
    pub fn unpack_with_dependencies(&self, package: &str, root: &Path) -> Result<String> {
        let mut install = self.apt("apt-get");
        install.args(["install", "--yes", "--no-install-recommends", "--download-only", package]);
        process::logged(&mut install, &self.folder.join("install.log"))?;
        let mut version = None;
        for file in packages_in(&self.folder.join("cache/archives"))? {
            unpack(&file, root)?;
            let fields = process::capture(Command::new("dpkg-deb").arg("--field").arg(&file).arg("Package"))?;
            if fields.trim() == package {
                let field =
                    process::capture(Command::new("dpkg-deb").arg("--field").arg(&file).arg("Version"))?;
                version = Some(field.trim().to_owned());
            }
        }
        version.with_context(|| format!("apt fetched no {package}"))
    }

    /// Unpacks one version of one package, without what it depends on, below `root`.
    pub fn unpack_one(&self, package: &str, version: &str, root: &Path) -> Result<()> {
        let here = self.folder.join("single");
        fs::create_dir_all(&here)?;
        let mut download = self.apt("apt-get");
        download.current_dir(&here).arg("download").arg(format!("{package}={version}"));
        process::logged(&mut download, &self.folder.join("download.log"))?;
        for file in packages_in(&here)? {
            unpack(&file, root)?;
        }
        Ok(())
    }

    /// The first version of `package` in the lists whose upstream part is `upstream`.
    pub fn version_of(&self, package: &str, upstream: &str) -> Result<Option<String>> {
        let listing = process::capture(self.apt("apt-cache").args(["madison", package]))?;
        Ok(version_in_listing(&listing, upstream))
    }

    fn apt(&self, tool: &str) -> Command {
        let mut command = Command::new(tool);
        let folder = self.folder.display();
        for option in [
            format!("Dir::State={folder}"),
            format!("Dir::State::lists={folder}/lists"),
            "Dir::State::status=/dev/null".to_owned(),
            format!("Dir::Cache={folder}/cache"),
            "Dir::Etc::sourcelist=/dev/null".to_owned(),
            format!("Dir::Etc::sourceparts={folder}/sources"),
            "Dir::Etc::preferencesparts=/dev/null".to_owned(),
            // apt drops to a user that cannot write here; the signatures are checked either way.
            "APT::Sandbox::User=root".to_owned(),
            "Acquire::Languages=none".to_owned(),
            "Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false".to_owned(),
            "Debug::NoLocking=true".to_owned(),
        ] {
            command.arg("-o").arg(option);
        }
        command.env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C");
        command
    }
}

/// One line per version: `package | version | where from`.
fn version_in_listing(listing: &str, upstream: &str) -> Option<String> {
    listing
        .lines()
        .filter_map(|line| line.split('|').nth(1))
        .map(str::trim)
        .find(|version| version.strip_prefix(upstream).is_some_and(|rest| rest.starts_with(['+', '-'])))
        .map(str::to_owned)
}

fn packages_in(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files: Vec<PathBuf> = fs::read_dir(folder)?.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| file.extension().is_some_and(|extension| extension == "deb"));
    files.sort();
    Ok(files)
}

fn unpack(file: &Path, root: &Path) -> Result<()> {
    process::capture(Command::new("dpkg-deb").arg("--extract").arg(file).arg(root)).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mirror_is_read_from_a_stanza() {
        let text = "# made by hand\nTypes: deb\n# why\nURIs: http://mirror.example/debian\n\
                    Suites: bookworm bookworm-updates\nComponents: main\nSigned-By: /keys/debian.gpg\n\n\
                    Types: deb\nURIs: http://mirror.example/security\nSuites: bookworm-security\n";
        let found = Mirror::in_source(text, "bookworm").unwrap();
        assert_eq!(found.uri, "http://mirror.example/debian");
        assert_eq!(found.keyring, "/keys/debian.gpg");
        assert_eq!(Mirror::in_source(text, "trixie"), None);
    }

    #[test]
    fn the_mirror_is_read_from_a_line() {
        let text = "deb [arch=amd64 signed-by=/keys/d.gpg] http://mirror.example/debian/ trixie main\n";
        let found = Mirror::in_source(text, "trixie").unwrap();
        assert_eq!(
            (found.uri.as_str(), found.keyring.as_str()),
            ("http://mirror.example/debian/", "/keys/d.gpg")
        );
        let plain = Mirror::in_source("deb http://mirror.example/debian trixie main\n", "trixie").unwrap();
        assert_eq!(plain.keyring, KEYRING);
        assert_eq!(Mirror::in_source("# deb http://mirror.example/debian trixie main\n", "trixie"), None);
    }

    #[test]
    fn only_the_compilers_own_version_of_the_library_will_do() {
        let listing =
            "  rust-src | 1.96.1+dfsg1-2 | somewhere\n  rust-src | 1.95.0+dfsg1-2~bpo13+1 | there\n";
        assert_eq!(version_in_listing(listing, "1.95.0").unwrap(), "1.95.0+dfsg1-2~bpo13+1");
        assert_eq!(version_in_listing(listing, "1.95"), None);
        assert_eq!(version_in_listing(listing, "1.94.0"), None);
    }
}

//! sbpf-linker, built by this machine's Rust against the unpacked LLVM.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::Command;

use anyhow::Result;

use crate::process;
use crate::project::cargo_path;
use crate::sbf::home::Home;
use crate::sbf::llvm::LIBRARIES;
use crate::sbf::recipe::{LINKER_ARGUMENTS, LINKER_VERSION, LLVM_ARGUMENTS, LLVM_MAJOR};
use crate::sbf::support::{BUILTINS, WIDE_ARITHMETIC};

/// Builds the linker unless this version is there for this LLVM, and writes its start script.
pub fn ensure(home: &Home, llvm: &str) -> Result<()> {
    let key = format!("sbpf-linker {LINKER_VERSION} on {llvm}");
    home.once("linker", &format!("sbpf-linker {LINKER_VERSION}"), &key, || build(home))?;
    write_script(home)
}

/// What rustc calls as its linker.
pub fn script(home: &Home) -> PathBuf {
    home.join("bin/sbf-link")
}

fn build(home: &Home) -> Result<()> {
    let root = home.emptied("linker")?;
    let objects = home.emptied("linker-objects")?;
    let mut install = Command::new(cargo_path());
    install
        .args(["install", "sbpf-linker", "--locked", "--no-default-features", "--force"])
        .args(["--version", &format!("={LINKER_VERSION}")])
        .args(["--features", &format!("bpf-linker/llvm-{LLVM_MAJOR}")])
        .arg("--root")
        .arg(&root)
        .env("LLVM_PREFIX", home.join("llvm"))
        .env("CARGO_TARGET_DIR", &objects)
        // The library asks for newer C and C++ libraries than this machine may have. They were
        // unpacked with it and are found when the program runs, not when it is linked.
        .env("CARGO_ENCODED_RUSTFLAGS", "-Clink-arg=-Wl,--allow-shlib-undefined")
        .current_dir(&home.path);
    process::run(&mut install)?;
    fs::remove_dir_all(objects)?;
    Ok(())
}

/// Starts the linker under the unpacked C library, with the arguments that never change. They live
/// here and not in rustc's flags because flags would carry this folder's name into the output.
fn write_script(home: &Home) -> Result<()> {
    let script = format!(
        "#!/bin/sh\n\
         # Written by cargo xtask; changes are lost.\n\
         home=$(cd \"$(dirname \"$0\")/..\" && pwd)\n\
         libraries=\"$home/{LIBRARIES}\"\n\
         exec \"$libraries/ld-linux-x86-64.so.2\" --library-path \"$libraries\" \\\n  \
         \"$home/linker/bin/sbpf-linker\" {fixed} {llvm} \\\n  \
         \"$home/{WIDE_ARITHMETIC}\" \"$home/{BUILTINS}\" \"$@\"\n",
        fixed = LINKER_ARGUMENTS.join(" "),
        llvm = LLVM_ARGUMENTS.map(|argument| format!("--llvm-args={argument}")).join(" "),
    );
    let path = self::script(home);
    if fs::read_to_string(&path).is_ok_and(|kept| kept == script) {
        return Ok(());
    }
    fs::create_dir_all(home.join("bin"))?;
    fs::write(&path, script)?;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
    Ok(())
}

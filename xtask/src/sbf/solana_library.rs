//! What Rust's standard library has to be told about the `solana` platform.
//!
//! To the library a Solana program runs on an *unsupported* platform in its own sense: no files, no
//! clock, no threads. It has fall-backs for that nearly everywhere, so the edits only cover where it
//! has none: memory, thread locals, hash seeds, error codes and what happens on a panic. Each edit
//! fits Rust 1.95 and refuses a text it does not fit.

use crate::digest::Parts;
use crate::sbf::patch::{Addition, Edit};

/// Files to add.
pub const ADDITIONS: [Addition; 2] = [
    Addition { file: "std/src/sys/alloc/solana.rs", text: include_str!("../../sbf/system_allocator.rs") },
    Addition {
        file: "compiler-builtins/compiler-builtins/src/wide_division.rs",
        text: include_str!("../../sbf/wide_division.rs"),
    },
];

/// Edits to make.
pub const EDITS: [Edit; 12] = [
    Edit {
        file: "std/build.rs",
        purpose: "make std usable without a feature gate",
        find: "        || target_os == \"vexos\"\n",
        replace: "        || target_os == \"vexos\"\n        || target_os == \"solana\"\n",
        times: 1,
    },
    Edit {
        file: "std/src/sys/alloc/mod.rs",
        purpose: "name the alignment that every allocation has",
        find: "    target_arch = \"wasm64\",\n)) {\n    16\n",
        replace: "    target_arch = \"wasm64\",\n    target_arch = \"bpf\",\n)) {\n    16\n",
        times: 1,
    },
    Edit {
        file: "std/src/sys/alloc/mod.rs",
        purpose: "name the system allocator",
        find: "    target_os = \"xous\" => {\n        mod xous;\n    }\n",
        replace: "    target_os = \"xous\" => {\n        mod xous;\n    }\n    \
                  target_os = \"solana\" => {\n        mod solana;\n    }\n",
        times: 1,
    },
    Edit {
        file: "std/src/sys/thread_local/mod.rs",
        purpose: "keep thread locals as for a machine without threads",
        find: "        target_os = \"vexos\",\n",
        replace: "        target_os = \"vexos\",\n        target_os = \"solana\",\n",
        times: 2,
    },
    Edit {
        file: "std/src/sys/io/error/mod.rs",
        purpose: "use the generic error codes",
        find: "        target_os = \"vexos\",\n",
        replace: "        target_os = \"vexos\",\n        target_os = \"solana\",\n",
        times: 1,
    },
    Edit {
        file: "std/src/sys/random/mod.rs",
        purpose: "have no source of randomness",
        find: "    target_os = \"vexos\",\n",
        replace: "    target_os = \"vexos\",\n    target_os = \"solana\",\n",
        times: 2,
    },
    // A program has no writable statics, and every validator has to see the same order.
    Edit {
        file: "std/src/hash/random.rs",
        purpose: "give hash maps fixed keys",
        find: "    pub fn new() -> RandomState {\n",
        replace: "    pub fn new() -> RandomState {\n        if cfg!(target_os = \"solana\") {\n            \
                  return RandomState { k0: 0, k1: 0 };\n        }\n",
        times: 1,
    },
    // The trap instruction would be a call to a function that nobody defines; `abort` is a call of
    // the virtual machine.
    Edit {
        file: "std/src/sys/pal/unsupported/common.rs",
        purpose: "abort by the virtual machine's own call",
        find: "    core::intrinsics::abort();\n",
        replace: "    #[cfg(target_os = \"solana\")]\n    {\n        unsafe extern \"C\" {\n            \
                  fn abort() -> !;\n        }\n        unsafe { abort() }\n    }\n    \
                  #[cfg(not(target_os = \"solana\"))]\n    core::intrinsics::abort();\n",
        times: 1,
    },
    // The entrypoint macro defines this hook; it logs the message with file and line.
    Edit {
        file: "std/src/panicking.rs",
        purpose: "send panics to the program's own hook",
        find: "pub fn panic_handler(info: &core::panic::PanicInfo<'_>) -> ! {\n",
        replace: "pub fn panic_handler(info: &core::panic::PanicInfo<'_>) -> ! {\n    \
                  #[cfg(target_os = \"solana\")]\n    {\n        \
                  unsafe extern \"Rust\" {\n            \
                  fn custom_panic(info: &core::panic::PanicInfo<'_>);\n        }\n        \
                  unsafe { custom_panic(info) };\n    }\n    \
                  if cfg!(target_os = \"solana\") {\n        crate::sys::abort_internal();\n    }\n",
        times: 1,
    },
    // Panics that carry a payload of their own end here; counting them needs writable statics.
    Edit {
        file: "std/src/panicking.rs",
        purpose: "end panics with a payload at once",
        find: "    let must_abort = panic_count::increase(true);\n",
        replace: "    if cfg!(target_os = \"solana\") {\n        crate::sys::abort_internal();\n    }\n    \
                  let must_abort = panic_count::increase(true);\n",
        times: 1,
    },
    Edit {
        file: "std/src/alloc.rs",
        purpose: "print nothing when memory runs out",
        find: "fn default_alloc_error_hook(layout: Layout) {\n    if cfg!(panic = \"immediate-abort\") {\n",
        replace: "fn default_alloc_error_hook(layout: Layout) {\n    \
                  if cfg!(any(panic = \"immediate-abort\", target_os = \"solana\")) {\n",
        times: 1,
    },
    Edit {
        file: "compiler-builtins/compiler-builtins/src/lib.rs",
        purpose: "offer 128-bit division by pointer",
        find: "pub mod sync;\n",
        replace: "pub mod sync;\n#[cfg(target_arch = \"bpf\")]\npub mod wide_division;\n",
        times: 1,
    },
];

/// The digest of all edits and additions.
pub fn digest() -> String {
    let mut parts = Parts::default();
    for edit in EDITS {
        parts.add(edit.file, edit.find.as_bytes());
        parts.add("becomes", edit.replace.as_bytes());
    }
    for addition in ADDITIONS {
        parts.add(addition.file, addition.text.as_bytes());
    }
    parts.finish()
}

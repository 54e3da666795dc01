//! `docs/errors.md`: what the program refuses with, and what it reports.

use std::fmt::Write;

use anchor_lang_idl_spec::{Idl, IdlDefinedFields, IdlType, IdlTypeDefTy};

use crate::layout::measure::Types;
use crate::layout::{cell, hexadecimal};

const ERRORS: &str = "\
# Errors

Written by `cargo xtask layout` from the interface description; changes by hand are lost.

A refused transaction carries the code as a custom error, and the log names it. Codes are only ever
added, never given a new meaning. Codes below 6000 are Anchor's own.

| code | hex | name | message |
|---:|---:|---|---|
";

const EVENTS: &str = "
# Events

Emitted into the transaction's log, base64 after `Program data: `: the discriminator, then the fields
in this order, Borsh-encoded.
";

/// The page for a description.
pub fn render(idl: &Idl) -> String {
    let mut page = String::from(ERRORS);
    for error in &idl.errors {
        let message = cell(&[error.msg.clone().unwrap_or_default()]);
        row(&mut page, &format!("| {0} | {0:#x} | `{1}` | {message} |", error.code, error.name));
    }
    page.push_str(EVENTS);
    let types = Types::of(idl);
    for event in &idl.events {
        row(&mut page, &format!("\n## {}\n", event.name));
        let definition = types.get(&event.name).ok();
        if let Some(docs) = definition.map(|found| cell(&found.docs)).filter(|docs| !docs.is_empty()) {
            row(&mut page, &format!("{docs}\n"));
        }
        row(&mut page, &format!("Discriminator `{}`.\n", hexadecimal(&event.discriminator)));
        if let Some(IdlTypeDefTy::Struct { fields: Some(IdlDefinedFields::Named(fields)) }) =
            definition.map(|found| &found.ty)
        {
            page.push_str("| field | type | meaning |\n|---|---|---|\n");
            for field in fields {
                row(
                    &mut page,
                    &format!("| `{}` | {} | {} |", field.name, type_name(&field.ty), cell(&field.docs)),
                );
            }
        }
    }
    page
}

fn row(page: &mut String, text: &str) {
    writeln!(page, "{text}").expect("a string takes any text");
}

/// A type as a reader writes it.
fn type_name(ty: &IdlType) -> String {
    match ty {
        IdlType::Array(item, length) => {
            let length = serde_json::to_string(length).unwrap_or_default();
            format!("{} × {length}", type_name(item))
        }
        IdlType::Vec(item) => format!("list of {}", type_name(item)),
        IdlType::Option(item) => format!("optional {}", type_name(item)),
        IdlType::Defined { name, .. } => name.clone(),
        other => format!("{other:?}").to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn errors_have_their_code_and_events_their_fields() {
        let idl: Idl = serde_json::from_value(json!({
            "address": "", "metadata": { "name": "p", "version": "0.1.0", "spec": "0.1.0" },
            "instructions": [],
            "errors": [{ "code": 6001, "name": "ZeroAmount", "msg": "amount must be positive" }],
            "events": [{ "name": "Paid", "discriminator": [9, 16] }],
            "types": [{ "name": "Paid", "docs": ["Money moved."], "type": { "kind": "struct", "fields": [
                { "name": "legs", "docs": ["what"], "type": { "vec": { "array": ["u8", 4] } } } ] } }],
        }))
        .unwrap();
        let page = render(&idl);
        for line in [
            "| 6001 | 0x1771 | `ZeroAmount` | amount must be positive |",
            "## Paid",
            "Money moved.",
            "Discriminator `0910`.",
            "| `legs` | list of u8 × 4 | what |",
        ] {
            assert!(page.lines().any(|found| found == line), "no {line} in\n{page}");
        }
    }
}

//! `docs/accounts.md`: every stored account, byte by byte.

use std::collections::BTreeSet;
use std::fmt::Write;

use anchor_lang_idl_spec::{Idl, IdlArrayLen, IdlSerialization, IdlType, IdlTypeDef};
use anyhow::Result;

use crate::layout::measure::{Placed, Types};
use crate::layout::{cell, hexadecimal, without_links};

/// Bytes before the struct: Anchor's mark of the account's type.
const DISCRIMINATOR_BYTES: usize = 8;

const HEADER: &str = "\
# Accounts

Written by `cargo xtask layout` from the interface description; changes by hand are lost.

An account is eight bytes of discriminator and then the struct, little endian, without any padding
that is not a field. *At* is the offset from the beginning of the account's data, as `memcmp` filters
and raw readers want it; *offset* is the offset inside the struct. A type that is a link is a struct
with a table of its own, where *offset* counts from its own beginning.
";

/// The page for all zero-copy accounts of a description.
pub fn render(idl: &Idl) -> Result<String> {
    let types = Types::of(idl);
    let mut page = String::from(HEADER);
    let mut nested = BTreeSet::new();
    for account in &idl.accounts {
        let definition = types.get(&account.name)?;
        if is_zero_copy(definition) {
            render_account(&mut page, &types, definition, &account.discriminator)?;
            collect_nested(&types, definition, &mut nested)?;
        }
    }
    if !nested.is_empty() {
        page.push_str("\n# Structs inside accounts\n");
    }
    for name in nested {
        render_struct(&mut page, &types, types.get(&name)?)?;
    }
    Ok(page)
}

fn is_zero_copy(definition: &IdlTypeDef) -> bool {
    matches!(definition.serialization, IdlSerialization::Bytemuck | IdlSerialization::BytemuckUnsafe)
}

fn render_account(
    page: &mut String,
    types: &Types<'_>,
    definition: &IdlTypeDef,
    discriminator: &[u8],
) -> Result<()> {
    let (placed, extent) = types.place(definition)?;
    writeln!(page, "\n## {}\n", definition.name)?;
    render_docs(page, definition)?;
    writeln!(
        page,
        "Discriminator `{}`, {} bytes in all: {DISCRIMINATOR_BYTES} and a struct of {} with alignment {}.\n",
        hexadecimal(discriminator),
        extent.size + DISCRIMINATOR_BYTES,
        extent.size,
        extent.align
    )?;
    writeln!(page, "| at | offset | size | field | type | meaning |\n|---:|---:|---:|---|---|---|")?;
    for field in &placed {
        writeln!(page, "| {} {}", field.offset + DISCRIMINATOR_BYTES, row(field))?;
    }
    Ok(())
}

fn render_struct(page: &mut String, types: &Types<'_>, definition: &IdlTypeDef) -> Result<()> {
    let (placed, extent) = types.place(definition)?;
    writeln!(page, "\n## {}\n", definition.name)?;
    render_docs(page, definition)?;
    writeln!(page, "{} bytes, alignment {}.\n", extent.size, extent.align)?;
    writeln!(page, "| offset | size | field | type | meaning |\n|---:|---:|---|---|---|")?;
    for field in &placed {
        writeln!(page, "{}", row(field))?;
    }
    Ok(())
}

fn render_docs(page: &mut String, definition: &IdlTypeDef) -> Result<()> {
    if !definition.docs.is_empty() {
        writeln!(page, "{}\n", without_links(definition.docs.join("\n").trim()))?;
    }
    Ok(())
}

fn row(placed: &Placed<'_>) -> String {
    format!(
        "| {} | {} | `{}` | {} | {} |",
        placed.offset,
        placed.size,
        placed.field.name,
        type_name(&placed.field.ty),
        cell(&placed.field.docs)
    )
}

/// A type as a reader writes it, with a link where it has a table.
fn type_name(ty: &IdlType) -> String {
    match ty {
        IdlType::Array(item, IdlArrayLen::Value(count)) => format!("{} × {count}", type_name(item)),
        IdlType::Defined { name, .. } => format!("[{name}](#{})", name.to_lowercase()),
        other => format!("{other:?}").to_lowercase(),
    }
}

/// Names of all structs that a struct contains, at any depth.
fn collect_nested(types: &Types<'_>, definition: &IdlTypeDef, names: &mut BTreeSet<String>) -> Result<()> {
    for field in types.place(definition)?.0 {
        let mut ty = &field.field.ty;
        while let IdlType::Array(item, _) = ty {
            ty = item;
        }
        if let IdlType::Defined { name, .. } = ty {
            if names.insert(name.clone()) {
                collect_nested(types, types.get(name)?, names)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_page_tells_where_everything_is() {
        let idl: Idl = serde_json::from_value(json!({
            "address": "", "metadata": { "name": "p", "version": "0.1.0", "spec": "0.1.0" },
            "instructions": [],
            "accounts": [{ "name": "Book", "discriminator": [1, 2, 255, 4, 5, 6, 7, 8] }],
            "types": [
                { "name": "Book", "docs": ["What a market knows."], "serialization": "bytemuck",
                  "repr": { "kind": "c" }, "type": { "kind": "struct", "fields": [
                    { "name": "owner", "docs": ["Who trades;", "a | b."], "type": "pubkey" },
                    { "name": "slots", "type": { "array": [{ "defined": { "name": "Slot" } }, 2] } } ] } },
                { "name": "Slot", "serialization": "bytemuck", "repr": { "kind": "c" },
                  "type": { "kind": "struct", "fields": [{ "name": "qty_e6", "type": "i64" }] } },
            ],
        }))
        .unwrap();
        let page = render(&idl).unwrap();
        for line in [
            "What a market knows.",
            "Discriminator `0102ff0405060708`, 56 bytes in all: 8 and a struct of 48 with alignment 8.",
            "| 8 | 0 | 32 | `owner` | pubkey | Who trades; a \\| b. |",
            "| 40 | 32 | 16 | `slots` | [Slot](#slot) × 2 |  |",
            "| 0 | 8 | `qty_e6` | i64 |  |",
        ] {
            assert!(page.lines().any(|found| found == line), "no {line} in\n{page}");
        }
    }
}

//! One interface description from its pieces: complete, sorted, and with short names.

use std::collections::{BTreeMap, BTreeSet};

use anchor_lang_idl_spec::{Idl, IdlErrorCode, IdlEvent, IdlTypeDef};
use anyhow::{bail, Context, Result};
use serde::de::DeserializeOwned;
use serde::Deserialize;
use serde_json::Value;

use crate::idl::transcript::Section;

/// What is printed for one event: the event, and the types that its fields need.
#[derive(Deserialize)]
struct PrintedEvent {
    event: IdlEvent,
    types: Vec<IdlTypeDef>,
}

/// Puts the pieces together. The result does not depend on the order in which they were printed.
pub fn from_sections(sections: Vec<Section>) -> Result<Idl> {
    let (mut address, mut program, mut errors) = (None, None, None);
    let (mut constants, mut events) = (Vec::new(), Vec::new());
    let mut types: BTreeMap<String, IdlTypeDef> = BTreeMap::new();
    for section in sections {
        match section.kind.as_str() {
            "address" => only(&mut address, parsed::<String>(&section)?, "address")?,
            "program" => only(&mut program, parsed::<Idl>(&section)?, "program")?,
            "errors" => only(&mut errors, parsed::<Vec<IdlErrorCode>>(&section)?, "error list")?,
            "const" => constants.push(parsed(&section)?),
            "event" => {
                let printed: PrintedEvent = parsed(&section)?;
                events.push(printed.event);
                types.extend(printed.types.into_iter().map(|ty| (ty.name.clone(), ty)));
            }
            other => bail!("the program printed a `{other}`, which this version of xtask does not know"),
        }
    }
    let mut idl = program.context("the crate has no #[program]")?;
    types.extend(std::mem::take(&mut idl.types).into_iter().map(|ty| (ty.name.clone(), ty)));
    idl.address = address.context("the crate has no declare_id!")?;
    idl.constants = constants;
    idl.events = events;
    idl.errors = errors.unwrap_or_default();
    idl.types = types.into_values().collect();
    let mut idl: Idl = serde_json::from_value(with_short_names(serde_json::to_value(idl)?))?;
    sort(&mut idl);
    check_discriminators(&idl)?;
    Ok(idl)
}

fn parsed<T: DeserializeOwned>(section: &Section) -> Result<T> {
    serde_json::from_str(&section.text).with_context(|| format!("cannot read the printed `{}`", section.kind))
}

fn only<T>(slot: &mut Option<T>, value: T, what: &str) -> Result<()> {
    match slot.replace(value) {
        Some(_) => bail!("the program has more than one {what}"),
        None => Ok(()),
    }
}

fn sort(idl: &mut Idl) {
    idl.accounts.sort_by(|left, right| left.name.cmp(&right.name));
    idl.constants.sort_by(|left, right| left.name.cmp(&right.name));
    idl.events.sort_by(|left, right| left.name.cmp(&right.name));
    idl.instructions.sort_by(|left, right| left.name.cmp(&right.name));
    idl.types.sort_by(|left, right| left.name.cmp(&right.name));
}

/// Replaces `crate::module::Type` by `Type` wherever that leaves no doubt.
fn with_short_names(mut idl: Value) -> Value {
    let mut paths = BTreeSet::new();
    visit_names(&mut idl, &mut |name| {
        if is_path(name) {
            paths.insert(name.clone());
        }
    });
    let mut by_name: BTreeMap<&str, Vec<&String>> = BTreeMap::new();
    for path in &paths {
        by_name.entry(last_segment(path)).or_default().push(path);
    }
    let clear: BTreeSet<&String> =
        by_name.into_values().filter(|sharing| sharing.len() == 1).flatten().collect();
    visit_names(&mut idl, &mut |name| {
        if clear.contains(name) {
            *name = last_segment(name).to_owned();
        }
    });
    idl
}

/// Calls `act` with every string that may name a type; documentation and values are left alone.
fn visit_names(value: &mut Value, act: &mut impl FnMut(&mut String)) {
    match value {
        Value::String(text) => act(text),
        Value::Array(items) => items.iter_mut().for_each(|item| visit_names(item, act)),
        Value::Object(fields) => {
            for (key, inner) in fields {
                if !matches!(key.as_str(), "docs" | "msg" | "value" | "metadata") {
                    visit_names(inner, act);
                }
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn is_path(name: &str) -> bool {
    let is_word =
        |word: &str| !word.is_empty() && word.chars().all(|letter| letter.is_alphanumeric() || letter == '_');
    name.contains("::") && name.split("::").all(is_word)
}

fn last_segment(path: &str) -> &str {
    path.rsplit("::").next().unwrap_or(path)
}

/// A reader tells accounts, events and instructions apart by their first bytes alone.
fn check_discriminators(idl: &Idl) -> Result<()> {
    tell_apart("accounts", idl.accounts.iter().map(|one| (&one.name, &one.discriminator)).collect())?;
    tell_apart("events", idl.events.iter().map(|one| (&one.name, &one.discriminator)).collect())?;
    tell_apart("instructions", idl.instructions.iter().map(|one| (&one.name, &one.discriminator)).collect())
}

fn tell_apart(group: &str, mut members: Vec<(&String, &Vec<u8>)>) -> Result<()> {
    if let Some((name, _)) = members.iter().find(|(_, bytes)| bytes.iter().all(|byte| *byte == 0)) {
        bail!("{group}: {name} begins with nothing that tells it from an unused account");
    }
    // In the order of their bytes a prefix stands right before what it is a prefix of.
    members.sort_by_key(|(_, bytes)| *bytes);
    match members.windows(2).find(|pair| pair[1].1.starts_with(pair[0].1)) {
        Some(pair) => bail!("{group}: {} and {} begin alike", pair[0].0, pair[1].0),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn section(kind: &str, content: Value) -> Section {
        Section { kind: kind.to_owned(), text: content.to_string() }
    }

    fn book(path: &str) -> Value {
        json!({ "name": path, "type": { "kind": "struct", "fields": [
            { "name": "total", "docs": ["see crate::other::Thing"], "type": "u64" }
        ] } })
    }

    fn pieces() -> Vec<Section> {
        vec![
            section("address", json!("Fg6PaFpoGXkYsidMpWTK6W2BeZ7FEfcYkg476zPFsLnS")),
            section(
                "program",
                json!({
                    "address": "", "metadata": { "name": "p", "version": "0.1.0", "spec": "0.1.0" },
                    "instructions": [],
                    "accounts": [{ "name": "p::state::Book", "discriminator": [1, 2] }],
                    "types": [book("p::state::Book")],
                }),
            ),
            section(
                "event",
                json!({ "event": { "name": "p::Paid", "discriminator": [9] }, "types": [book("p::Paid")] }),
            ),
            section("errors", json!([{ "code": 6000, "name": "ZeroAmount", "msg": "amount::is::zero" }])),
        ]
    }

    #[test]
    fn pieces_come_together_whatever_their_order() {
        let idl = from_sections(pieces()).unwrap();
        let mut turned = pieces();
        turned.reverse();
        assert_eq!(idl, from_sections(turned).unwrap());
        assert_eq!(idl.accounts[0].name, "Book");
        assert_eq!(idl.types.iter().map(|ty| ty.name.as_str()).collect::<Vec<_>>(), ["Book", "Paid"]);
        assert_eq!(idl.errors[0].msg.as_deref(), Some("amount::is::zero"));
        assert!(idl.address.starts_with("Fg6"));
    }

    #[test]
    fn a_name_that_two_types_share_stays_long() {
        let names = with_short_names(json!(["a::Fill", "b::Fill", "a::Quote", "plain"]));
        assert_eq!(names, json!(["a::Fill", "b::Fill", "Quote", "plain"]));
    }

    #[test]
    fn documentation_is_left_alone() {
        let kept = json!({ "docs": ["a::b"], "name": "x y::z" });
        assert_eq!(with_short_names(kept.clone()), kept);
    }

    #[test]
    fn two_error_lists_are_refused() {
        let mut all = pieces();
        all.push(section("errors", json!([])));
        assert!(from_sections(all).unwrap_err().to_string().contains("error list"));
    }

    #[test]
    fn accounts_that_begin_alike_are_refused() {
        let mut idl = from_sections(pieces()).unwrap();
        let mut twin = idl.accounts[0].clone();
        twin.name = "Twin".into();
        twin.discriminator.push(3);
        idl.accounts.push(twin);
        assert!(check_discriminators(&idl).unwrap_err().to_string().contains("begin alike"));
    }
}

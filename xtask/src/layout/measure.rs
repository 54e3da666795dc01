//! Sizes, alignments and offsets by the rules of `repr(C)`.
//!
//! The program asserts the same numbers beside each struct. Computed once more from the interface
//! description, they show that a client which only has the description finds every field.

use std::collections::BTreeMap;

use anchor_lang_idl_spec::{
    Idl, IdlArrayLen, IdlDefinedFields, IdlField, IdlRepr, IdlType, IdlTypeDef, IdlTypeDefTy,
};
use anyhow::{bail, Context, Result};

/// What a value needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Bytes it occupies.
    pub size: usize,
    /// What its offset is a multiple of.
    pub align: usize,
}

/// A field and where it is.
#[derive(Debug)]
pub struct Placed<'a> {
    /// The field.
    pub field: &'a IdlField,
    /// Bytes from the beginning of the struct.
    pub offset: usize,
    /// Bytes it occupies.
    pub size: usize,
}

/// The types of an interface description by name.
#[derive(Debug)]
pub struct Types<'a> {
    by_name: BTreeMap<&'a str, &'a IdlTypeDef>,
}

impl<'a> Types<'a> {
    /// Indexes the types of a description.
    pub fn of(idl: &'a Idl) -> Self {
        Self { by_name: idl.types.iter().map(|ty| (ty.name.as_str(), ty)).collect() }
    }

    /// The definition of a named type.
    pub fn get(&self, name: &str) -> Result<&'a IdlTypeDef> {
        self.by_name.get(name).copied().with_context(|| format!("the interface has no type {name}"))
    }

    /// What a value of `ty` needs. Types whose size depends on their value are refused.
    pub fn extent(&self, ty: &IdlType) -> Result<Extent> {
        let scalar = |size| Extent { size, align: size };
        Ok(match ty {
            IdlType::Bool | IdlType::U8 | IdlType::I8 => scalar(1),
            IdlType::U16 | IdlType::I16 => scalar(2),
            IdlType::U32 | IdlType::I32 | IdlType::F32 => scalar(4),
            IdlType::U64 | IdlType::I64 | IdlType::F64 => scalar(8),
            IdlType::Pubkey => Extent { size: 32, align: 1 },
            IdlType::Array(item, IdlArrayLen::Value(count)) => {
                let item = self.extent(item)?;
                Extent { size: item.size * count, align: item.align }
            }
            IdlType::Defined { name, generics } if generics.is_empty() => {
                self.extent_of_type(self.get(name)?)?
            }
            IdlType::U128 | IdlType::I128 => {
                bail!("a 128-bit field has another alignment on chain than off it; store two halves")
            }
            other => bail!("{other:?} has no fixed size"),
        })
    }

    /// What a value of a defined type needs.
    pub fn extent_of_type(&self, definition: &IdlTypeDef) -> Result<Extent> {
        match &definition.ty {
            IdlTypeDefTy::Struct { .. } => self.place(definition).map(|(_, extent)| extent),
            IdlTypeDefTy::Type { alias } => self.extent(alias),
            IdlTypeDefTy::Enum { .. } => bail!("{}: an enum is no stored type", definition.name),
        }
    }

    /// The fields of a struct with their offsets, and what the whole needs. Bytes that no field
    /// owns are refused: what they hold would be left to chance.
    pub fn place(&self, definition: &'a IdlTypeDef) -> Result<(Vec<Placed<'a>>, Extent)> {
        let fields = named_fields(definition)?;
        let packed = matches!(
            &definition.repr,
            Some(IdlRepr::C(modifier) | IdlRepr::Rust(modifier)) if modifier.packed
        );
        let (mut placed, mut end, mut align) = (Vec::new(), 0_usize, 1);
        for field in fields {
            let extent =
                self.extent(&field.ty).with_context(|| format!("{}.{}", definition.name, field.name))?;
            let needed = if packed { 1 } else { extent.align };
            if !end.is_multiple_of(needed) {
                bail!("{}: {} is not aligned; pad before it by name", definition.name, field.name);
            }
            placed.push(Placed { field, offset: end, size: extent.size });
            end += extent.size;
            align = align.max(needed);
        }
        if !end.is_multiple_of(align) {
            bail!("{}: its size is no multiple of {align}; pad at its end by name", definition.name);
        }
        Ok((placed, Extent { size: end, align }))
    }
}

fn named_fields(definition: &IdlTypeDef) -> Result<&[IdlField]> {
    match &definition.ty {
        IdlTypeDefTy::Struct { fields: Some(IdlDefinedFields::Named(fields)) } => Ok(fields),
        IdlTypeDefTy::Struct { fields: None } => Ok(&[]),
        _ => bail!("{} is no struct with named fields", definition.name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn idl(types: serde_json::Value) -> Idl {
        serde_json::from_value(json!({
            "address": "", "metadata": { "name": "p", "version": "0.1.0", "spec": "0.1.0" },
            "instructions": [], "types": types,
        }))
        .unwrap()
    }

    fn structure(name: &str, fields: &[(&str, serde_json::Value)]) -> serde_json::Value {
        let fields: Vec<_> = fields.iter().map(|(name, ty)| json!({ "name": name, "type": ty })).collect();
        json!({ "name": name, "serialization": "bytemuck", "repr": { "kind": "c" },
                "type": { "kind": "struct", "fields": fields } })
    }

    fn offsets(types: &Types<'_>, name: &str) -> Vec<usize> {
        let (placed, _) = types.place(types.get(name).unwrap()).unwrap();
        placed.iter().map(|field| field.offset).collect()
    }

    #[test]
    fn fields_follow_each_other_at_their_alignment() {
        let idl = idl(json!([
            structure(
                "Slot",
                &[("qty_e6", json!("i64")), ("strike", json!("u16")), ("pad", json!({ "array": ["u8", 6] }))]
            ),
            structure(
                "Book",
                &[
                    ("owner", json!("pubkey")),
                    ("bump", json!("u8")),
                    ("mode", json!("u8")),
                    ("age_secs", json!("u16")),
                    ("flags", json!("u32")),
                    ("slots", json!({ "array": [{ "defined": { "name": "Slot" } }, 3] })),
                ]
            ),
        ]));
        let types = Types::of(&idl);
        assert_eq!(offsets(&types, "Book"), [0, 32, 33, 34, 36, 40]);
        assert_eq!(types.extent_of_type(types.get("Book").unwrap()).unwrap(), Extent { size: 88, align: 8 });
    }

    #[test]
    fn bytes_that_no_field_owns_are_refused() {
        let idl = idl(json!([
            structure("Inside", &[("bump", json!("u8")), ("total", json!("u64"))]),
            structure("AtEnd", &[("total", json!("u64")), ("bump", json!("u8"))]),
        ]));
        let types = Types::of(&idl);
        let message = |name: &str| types.extent_of_type(types.get(name).unwrap()).unwrap_err().to_string();
        assert!(message("Inside").contains("pad before it"));
        assert!(message("AtEnd").contains("pad at its end"));
    }

    #[test]
    fn a_packed_struct_needs_no_alignment() {
        let mut definition = structure("Wire", &[("bump", json!("u8")), ("total", json!("u64"))]);
        definition["repr"] = json!({ "kind": "c", "packed": true });
        let idl = idl(json!([definition]));
        let types = Types::of(&idl);
        assert_eq!(offsets(&types, "Wire"), [0, 1]);
        assert_eq!(types.extent_of_type(types.get("Wire").unwrap()).unwrap(), Extent { size: 9, align: 1 });
    }

    #[test]
    fn what_has_no_fixed_place_is_refused() {
        let idl = idl(json!([
            structure("Wide", &[("total", json!("i128"))]),
            structure("Long", &[("items", json!({ "vec": "u8" }))]),
            structure("Lost", &[("inner", json!({ "defined": { "name": "Nowhere" } }))]),
        ]));
        let types = Types::of(&idl);
        for (name, word) in [("Wide", "128-bit"), ("Long", "no fixed size"), ("Lost", "no type Nowhere")] {
            let error = format!("{:#}", types.extent_of_type(types.get(name).unwrap()).unwrap_err());
            assert!(error.contains(word) && error.contains(name), "{error}");
        }
    }
}

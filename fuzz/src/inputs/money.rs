//! Arguments of the small functions: numbers that mean nothing until a check names them.

use super::Choice;
use arbitrary::{Arbitrary, Result, Unstructured};

/// Numbers that one check takes.
const NUMBERS: usize = 12;

/// Arguments of one check.
#[derive(Debug, Clone, Copy)]
pub struct Arguments {
    /// Which check.
    pub which: u8,
    /// Its numbers, each anything at all or of an everyday size.
    pub numbers: [i64; NUMBERS],
}

impl<'a> Arbitrary<'a> for Arguments {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let which = bytes.arbitrary()?;
        let mut choice = Choice::new(bytes)?;
        let numbers = core::array::from_fn(|_| match choice.pick(4) {
            0 => choice.anything(),
            1 => choice.number(0, 1 << 20),
            2 => choice.number(0, 1 << 50),
            _ => choice.signed(1 << 56),
        });
        Ok(Self { which, numbers })
    }
}

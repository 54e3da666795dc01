//! A program for the meter of compute units: it reads a book from an account, and does the margin core, the whole engine,
//! or nothing with it. What a part costs is the difference between two runs. It holds nothing and is never deployed.
//!
//! The *margin core* is what leads from markets, expiries and lines to the 35 losses of each underlying and its own strikes:
//! moves, roots, discounts and smiles, scales, the kernel's rows, losses as money. Reports by expiry, least payoffs, add-ons,
//! groups, collateral and the requirement are not in it.

// The entry point's macro names a feature of its own.
#![allow(unexpected_cfgs)]

mod book;
#[cfg(target_os = "solana")]
mod program;

pub use book::{Book, Holding, WORDS_MAX};

use ballast_risk::{core_pass, Assessment, Core, RiskError, Scratch};

/// What to do with the book: the first byte of the instruction's data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Reads it.
    Nothing,
    /// The margin core.
    Core,
    /// The whole engine, from market to requirement.
    Engine,
}

impl Part {
    /// The part of a byte; nothing of an unknown one.
    #[must_use]
    pub fn of(byte: u8) -> Self {
        match byte {
            1 => Self::Core,
            2 => Self::Engine,
            _ => Self::Nothing,
        }
    }

    /// Its byte.
    #[must_use]
    pub fn byte(self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Core => 1,
            Self::Engine => 2,
        }
    }

    /// Does it, and returns a sum over every loss and own strike that it left, by which two ways to the same losses are
    /// compared. It wraps.
    ///
    /// # Errors
    /// Whatever the engine refuses.
    pub fn perform(self, scratch: &mut Scratch, book: &Book) -> Result<i64, RiskError> {
        let mut core: Box<Core> = bytemuck::zeroed_box();
        match self {
            Self::Nothing => {}
            Self::Core => {
                for (slot, held) in book.holdings.iter().enumerate() {
                    let (expiries, lines) = (held.expiries.iter().copied(), held.lines.iter().copied());
                    let of = (&book.exchange, &held.input());
                    core_pass(scratch, (slot, &mut *core), of, expiries, lines)?;
                }
            }
            Self::Engine => {
                let mut assessment = Assessment::begin(scratch, &book.exchange)?;
                for held in &book.holdings {
                    let (expiries, lines) = (held.expiries.iter().copied(), held.lines.iter().copied());
                    assessment.underlying(&held.input(), expiries, lines)?;
                }
                let _ = assessment.finish(0)?;
            }
        }
        let mut sum = 0i64;
        for u in &scratch.underlyings()[..book.holdings.len()] {
            for number in u.losses_e6.iter().chain(&u.grid_part_e6) {
                sum = sum.wrapping_mul(31).wrapping_add(*number);
            }
        }
        Ok(sum)
    }
}

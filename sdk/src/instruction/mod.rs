//! One builder for every instruction of the program.
//!
//! Builders take decoded accounts where the instruction's accounts depend on them, and fill in everything else: addresses,
//! vaults, token programs, and the markets and price updates the portfolios need, in the order the program walks them.

pub mod insurance;
pub mod liquidation;
pub mod money;
pub mod portfolio;
pub mod risk;
pub mod settlement;
pub mod setup;
pub mod trade;

use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
    InstructionData, ToAccountMetas,
};
use ballast::state::Portfolio;
use std::fmt;

/// A portfolio with who signs for it.
#[derive(Debug, Clone, Copy)]
pub struct Side<'a> {
    /// The portfolio.
    pub portfolio: &'a Portfolio,
    /// Who signs: owner or delegate.
    pub authority: Pubkey,
}

impl<'a> Side<'a> {
    /// Signed by the owner.
    #[must_use]
    pub fn owner(portfolio: &'a Portfolio) -> Self {
        Self { portfolio, authority: portfolio.owner }
    }

    /// Signed by the delegate.
    #[must_use]
    pub fn delegate(portfolio: &'a Portfolio) -> Self {
        Self { portfolio, authority: portfolio.delegate }
    }

    fn address(&self) -> Pubkey {
        crate::pda::portfolio(&self.portfolio.owner, self.portfolio.index)
    }
}

/// An instruction of the program: its named accounts, those that follow, its data.
fn build(
    accounts: &impl ToAccountMetas,
    remaining: Vec<AccountMeta>,
    data: &impl InstructionData,
) -> Instruction {
    let mut metas = accounts.to_account_metas(None);
    metas.extend(remaining);
    Instruction { program_id: ballast::ID, accounts: metas, data: data.data() }
}

/// Why an instruction cannot be built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildError {
    /// No account is known that holds a price update of this feed.
    NoPriceAccount {
        /// Pyth feed id.
        feed_id: [u8; 32],
    },
    /// The exchange has no market of this id.
    UnknownMarket {
        /// Market id.
        id: u8,
    },
    /// The mint is neither the quote currency nor a listed collateral asset.
    UnknownMint {
        /// The mint.
        mint: Pubkey,
    },
    /// The portfolio has no line of a settled expiry in the markets given.
    NothingToSettle,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoPriceAccount { feed_id } => {
                f.write_str("no price update account is known for feed ")?;
                feed_id.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
            }
            Self::UnknownMarket { id } => write!(f, "the exchange has no market of id {id}"),
            Self::NothingToSettle => {
                f.write_str("the portfolio has no line of a settled expiry in these markets")
            }
            Self::UnknownMint { mint } => {
                write!(f, "mint {mint} is neither the quote currency nor a listed collateral asset")
            }
        }
    }
}

impl std::error::Error for BuildError {}

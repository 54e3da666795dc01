//! Portfolios: opening, closing, naming a delegate.

use super::build;
use crate::pda;
use anchor_lang::{
    prelude::Pubkey,
    solana_program::{instruction::Instruction, system_program},
};
use ballast::{
    accounts, instruction,
    state::{MODE_CROSS, MODE_ISOLATED},
};

/// What a portfolio is margined across.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Every market.
    Cross,
    /// One market, by id.
    Isolated(u8),
}

/// `portfolio_open`: opens one of an owner's portfolios. Signers: payer, owner.
#[must_use]
pub fn portfolio_open(payer: &Pubkey, owner: &Pubkey, index: u16, mode: Mode) -> Instruction {
    let accounts = accounts::PortfolioOpen {
        payer: *payer,
        owner: *owner,
        exchange: pda::exchange(),
        portfolio: pda::portfolio(owner, index),
        system_program: system_program::ID,
    };
    let (mode, isolated_market) = match mode {
        Mode::Cross => (MODE_CROSS, 0),
        Mode::Isolated(market) => (MODE_ISOLATED, market),
    };
    build(&accounts, Vec::new(), &instruction::PortfolioOpen { index, mode, isolated_market })
}

/// `portfolio_close`: closes an empty portfolio; its rent goes to the owner. Signer: owner.
#[must_use]
pub fn portfolio_close(owner: &Pubkey, index: u16) -> Instruction {
    let accounts = accounts::PortfolioClose { owner: *owner, portfolio: pda::portfolio(owner, index) };
    build(&accounts, Vec::new(), &instruction::PortfolioClose {})
}

/// `delegate_set`: names who may trade, never withdraw, until a time (unix seconds); the default key dismisses.
/// Signer: owner.
#[must_use]
pub fn delegate_set(owner: &Pubkey, index: u16, delegate: &Pubkey, until: i64) -> Instruction {
    let accounts = accounts::DelegateSetAccounts { owner: *owner, portfolio: pda::portfolio(owner, index) };
    build(&accounts, Vec::new(), &instruction::DelegateSet { delegate: *delegate, until })
}

//! The insurance fund: stakes in it, asked back and claimed.

use super::build;
use crate::pda;
use anchor_lang::{
    prelude::Pubkey,
    solana_program::{instruction::Instruction, system_program},
};
use ballast::{accounts, instruction, state::Exchange};

/// `stake_open`: opens an owner's stake, empty. Signers: payer, owner.
#[must_use]
pub fn stake_open(payer: &Pubkey, owner: &Pubkey) -> Instruction {
    let accounts = accounts::StakeOpen {
        payer: *payer,
        owner: *owner,
        stake: pda::stake(owner),
        system_program: system_program::ID,
    };
    build(&accounts, Vec::new(), &instruction::StakeOpen {})
}

/// `stake_close`: closes an empty stake; its rent goes to the owner. Signer: owner.
#[must_use]
pub fn stake_close(owner: &Pubkey) -> Instruction {
    let accounts =
        accounts::StakeClose { owner: *owner, exchange: pda::exchange(), stake: pda::stake(owner) };
    build(&accounts, Vec::new(), &instruction::StakeClose {})
}

/// `insurance_stake`: pays `amount` (1e-6 quote) of a token account of the owner's into the fund for shares. Signer: owner.
#[must_use]
pub fn insurance_stake(exchange: &Exchange, owner: &Pubkey, source: &Pubkey, amount: u64) -> Instruction {
    let accounts = accounts::StakeIn {
        owner: *owner,
        exchange: pda::exchange(),
        stake: pda::stake(owner),
        source: *source,
        quote_vault: exchange.quote_vault,
        quote_mint: exchange.quote_mint,
        token_program: exchange.quote_token_program,
    };
    build(&accounts, Vec::new(), &instruction::InsuranceStake { amount })
}

/// `insurance_unstake`: asks shares back, or with none begins the cooldown of what is leaving anew. Signer: owner.
#[must_use]
pub fn insurance_unstake(owner: &Pubkey, shares: u64) -> Instruction {
    let accounts =
        accounts::StakeLeave { owner: *owner, exchange: pda::exchange(), stake: pda::stake(owner) };
    build(&accounts, Vec::new(), &instruction::InsuranceUnstake { shares })
}

/// `insurance_claim`: pays shares of the leaving pool out to a token account. Signer: owner.
#[must_use]
pub fn insurance_claim(
    exchange: &Exchange,
    owner: &Pubkey,
    destination: &Pubkey,
    leaving_shares: u64,
) -> Instruction {
    let accounts = accounts::StakeOut {
        owner: *owner,
        exchange: pda::exchange(),
        stake: pda::stake(owner),
        destination: *destination,
        quote_vault: exchange.quote_vault,
        quote_mint: exchange.quote_mint,
        token_program: exchange.quote_token_program,
    };
    build(&accounts, Vec::new(), &instruction::InsuranceClaim { leaving_shares })
}

//! Set-up: the exchange, its collateral, markets, expiries, strikes and gates.

use super::build;
use crate::{account::Stored, pda};
use anchor_lang::{
    prelude::Pubkey,
    solana_program::{bpf_loader_upgradeable, instruction::Instruction, system_instruction, system_program},
};
use ballast::{
    accounts, instruction,
    instructions::{CollateralAddArgs, ExchangeInitArgs, ExpiryListArgs, MarketInitArgs, StrikeListArgs},
    state::Market,
};

/// `exchange_init`: creates the exchange and its quote vault. `payer` is the program's upgrade authority where it has
/// one. Signers: payer, admin.
#[must_use]
pub fn exchange_init(
    payer: &Pubkey,
    admin: &Pubkey,
    quote_mint: &Pubkey,
    token_program: &Pubkey,
    args: ExchangeInitArgs,
) -> Instruction {
    let accounts = accounts::ExchangeInit {
        payer: *payer,
        admin: *admin,
        exchange: pda::exchange(),
        quote_mint: *quote_mint,
        quote_vault: pda::vault(quote_mint),
        program_data: Pubkey::find_program_address(&[ballast::ID.as_ref()], &bpf_loader_upgradeable::ID).0,
        token_program: *token_program,
        system_program: system_program::ID,
    };
    build(&accounts, Vec::new(), &instruction::ExchangeInit { args })
}

/// `collateral_add`: lists a collateral asset and creates its vault. Signers: payer, admin.
#[must_use]
pub fn collateral_add(
    payer: &Pubkey,
    admin: &Pubkey,
    mint: &Pubkey,
    token_program: &Pubkey,
    args: CollateralAddArgs,
) -> Instruction {
    let accounts = accounts::CollateralAdd {
        payer: *payer,
        admin: *admin,
        exchange: pda::exchange(),
        mint: *mint,
        vault: pda::vault(mint),
        token_program: *token_program,
        system_program: system_program::ID,
    };
    build(&accounts, Vec::new(), &instruction::CollateralAdd { args })
}

/// Creates the account of a market and lists it, for one transaction: a market is larger than a program may create.
/// `rent_lamports` is what [`market_size`] bytes need. Signers: payer, market, admin.
#[must_use]
pub fn market_create(
    payer: &Pubkey,
    admin: &Pubkey,
    market: &Pubkey,
    rent_lamports: u64,
    args: MarketInitArgs,
) -> [Instruction; 2] {
    let size = u64::try_from(market_size()).unwrap_or(u64::MAX);
    let create = system_instruction::create_account(payer, market, rent_lamports, size, &ballast::ID);
    [create, market_init(admin, market, args)]
}

/// Bytes of a market account.
#[must_use]
pub fn market_size() -> usize {
    Market::SIZE
}

/// `market_init`: lists an underlying whose account exists already. Signer: admin.
#[must_use]
pub fn market_init(admin: &Pubkey, market: &Pubkey, args: MarketInitArgs) -> Instruction {
    let accounts = accounts::MarketInit { admin: *admin, exchange: pda::exchange(), market: *market };
    build(&accounts, Vec::new(), &instruction::MarketInit { args })
}

/// `expiry_list`: lists an expiry with its surface. Signer: risk authority.
#[must_use]
pub fn expiry_list(risk_authority: &Pubkey, market: &Pubkey, args: ExpiryListArgs) -> Instruction {
    let accounts =
        accounts::ExpiryList { risk_authority: *risk_authority, exchange: pda::exchange(), market: *market };
    build(&accounts, Vec::new(), &instruction::ExpiryList { args })
}

/// `strike_list`: lists strikes of an expiry. Signer: risk authority.
#[must_use]
pub fn strike_list(risk_authority: &Pubkey, market: &Pubkey, args: StrikeListArgs) -> Instruction {
    let accounts =
        accounts::StrikeList { risk_authority: *risk_authority, exchange: pda::exchange(), market: *market };
    build(&accounts, Vec::new(), &instruction::StrikeList { args })
}

/// `gate_set`: closes (set bits) or opens gates until it is called again. Signer: the admin.
#[must_use]
pub fn gate_set(admin: &Pubkey, gates: u64) -> Instruction {
    let accounts = accounts::GateSet { admin: *admin, exchange: pda::exchange() };
    build(&accounts, Vec::new(), &instruction::GateSet { gates })
}

/// `pause`: closes the gates of these bits for half an hour, at most twice in a row. Signer: the guardian or the admin.
#[must_use]
pub fn pause(authority: &Pubkey, gates: u64) -> Instruction {
    let accounts = accounts::GatePauseAccounts { authority: *authority, exchange: pda::exchange() };
    build(&accounts, Vec::new(), &instruction::Pause { gates })
}

/// `unpause`: ends the pauses of these gates. Signer: the guardian or the admin.
#[must_use]
pub fn unpause(authority: &Pubkey, gates: u64) -> Instruction {
    let accounts = accounts::GatePauseAccounts { authority: *authority, exchange: pda::exchange() };
    build(&accounts, Vec::new(), &instruction::Unpause { gates })
}

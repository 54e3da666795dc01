//! Mints and token accounts, made by the token programs themselves.

use crate::{
    outcome::{Outcome, Rejected},
    vm::Vm,
};
use anchor_lang::{
    prelude::Pubkey,
    solana_program::{instruction::Instruction, program_error::ProgramError, system_instruction},
};
use anchor_spl::{
    associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent,
    token_2022::spl_token_2022::{
        extension::{
            confidential_transfer, default_account_state, interest_bearing_mint, metadata_pointer, pausable,
            scaled_ui_amount, transfer_fee, transfer_hook, ExtensionType,
        },
        instruction::{
            initialize_mint2, initialize_mint_close_authority, initialize_non_transferable_mint,
            initialize_permanent_delegate, mint_to,
        },
        state::{AccountState, Mint},
    },
};
use solana_keypair::Keypair;
use solana_signer::Signer;

/// SPL Token.
pub const SPL_TOKEN: Pubkey = anchor_spl::token::ID;
/// Token-2022.
pub const TOKEN_2022: Pubkey = anchor_spl::token_2022::ID;
/// Offset of the amount in a token account of either program.
pub(crate) const AMOUNT_OFFSET: usize = 64;

/// What a Token-2022 mint has beyond a plain mint.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Extension {
    /// Takes a fee out of every transfer: basis points, at most so many base units.
    TransferFee {
        /// Basis points of the amount.
        basis_points: u16,
        /// Most base units.
        maximum: u64,
    },
    /// Calls a program in every transfer.
    TransferHook(Pubkey),
    /// Allows hidden balances.
    ConfidentialTransfer,
    /// Cannot be transferred.
    NonTransferable,
    /// Has a delegate who may take from any account.
    PermanentDelegate(Pubkey),
    /// New accounts begin frozen.
    DefaultFrozen,
    /// Can be paused.
    Pausable,
    /// May be closed by an authority.
    CloseAuthority,
    /// Shows amounts with interest.
    InterestBearing,
    /// Shows amounts scaled.
    ScaledUiAmount,
    /// Points to its metadata.
    MetadataPointer,
}

/// A mint with what is needed to name it in instructions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// Mint.
    pub mint: Pubkey,
    /// SPL Token or Token-2022.
    pub program: Pubkey,
    /// Decimals.
    pub decimals: u8,
}

impl Token {
    /// The owner's associated token account.
    #[must_use]
    pub fn account_of(&self, owner: &Pubkey) -> Pubkey {
        ballast_sdk::pda::associated_token(owner, &self.mint, &self.program)
    }
}

/// Makes a mint of SPL Token; `authority` pays, mints and may freeze.
///
/// # Errors
/// What the token program refuses.
pub fn create_mint(
    vm: &mut Vm,
    authority: &Keypair,
    mint: &Keypair,
    decimals: u8,
) -> Result<Token, Box<Rejected>> {
    create(vm, authority, mint, decimals, SPL_TOKEN, &[])
}

/// Makes a mint of Token-2022 with extensions.
///
/// # Errors
/// What the token program refuses: extensions it does not allow together, for one.
pub fn create_mint_2022(
    vm: &mut Vm,
    authority: &Keypair,
    mint: &Keypair,
    decimals: u8,
    extensions: &[Extension],
) -> Result<Token, Box<Rejected>> {
    create(vm, authority, mint, decimals, TOKEN_2022, extensions)
}

fn create(
    vm: &mut Vm,
    authority: &Keypair,
    mint: &Keypair,
    decimals: u8,
    program: Pubkey,
    extensions: &[Extension],
) -> Result<Token, Box<Rejected>> {
    let (payer, address) = (authority.pubkey(), mint.pubkey());
    let kinds: Vec<ExtensionType> = extensions.iter().map(Extension::kind).collect();
    let size = ExtensionType::try_calculate_account_len::<Mint>(&kinds).map_err(Rejected::before_sending)?;
    let space = u64::try_from(size).unwrap_or(u64::MAX);
    let mut instructions =
        vec![system_instruction::create_account(&payer, &address, vm.rent(size), space, &program)];
    for extension in extensions {
        instructions.push(extension.initialize(&address, &payer).map_err(Rejected::before_sending)?);
    }
    let initialize = initialize_mint2(&program, &address, &payer, Some(&payer), decimals);
    instructions.push(initialize.map_err(Rejected::before_sending)?);
    vm.send(&instructions, &[authority, mint])?;
    Ok(Token { mint: address, program, decimals })
}

/// Makes the owner's associated token account if there is none, and mints to it.
///
/// # Errors
/// What the token programs refuse.
pub fn mint_tokens(
    vm: &mut Vm,
    authority: &Keypair,
    token: &Token,
    owner: &Pubkey,
    amount: u64,
) -> Result<Outcome, Box<Rejected>> {
    let minter = authority.pubkey();
    let open = create_associated_token_account_idempotent(&minter, owner, &token.mint, &token.program);
    let to = token.account_of(owner);
    let mint =
        mint_to(&token.program, &token.mint, &to, &minter, &[], amount).map_err(Rejected::before_sending)?;
    vm.send(&[open, mint], &[authority])
}

/// Base units in a token account; zero if there is none.
#[must_use]
pub fn balance(vm: &Vm, account: &Pubkey) -> u64 {
    let data = vm.data(account);
    data.get(AMOUNT_OFFSET..)
        .and_then(|rest| rest.first_chunk::<8>())
        .map_or(0, |bytes| u64::from_le_bytes(*bytes))
}

impl Extension {
    fn kind(&self) -> ExtensionType {
        match self {
            Self::TransferFee { .. } => ExtensionType::TransferFeeConfig,
            Self::TransferHook(_) => ExtensionType::TransferHook,
            Self::ConfidentialTransfer => ExtensionType::ConfidentialTransferMint,
            Self::NonTransferable => ExtensionType::NonTransferable,
            Self::PermanentDelegate(_) => ExtensionType::PermanentDelegate,
            Self::DefaultFrozen => ExtensionType::DefaultAccountState,
            Self::Pausable => ExtensionType::Pausable,
            Self::CloseAuthority => ExtensionType::MintCloseAuthority,
            Self::InterestBearing => ExtensionType::InterestBearingConfig,
            Self::ScaledUiAmount => ExtensionType::ScaledUiAmount,
            Self::MetadataPointer => ExtensionType::MetadataPointer,
        }
    }

    /// The instruction that gives the extension to a mint not yet initialised.
    fn initialize(&self, mint: &Pubkey, authority: &Pubkey) -> Result<Instruction, ProgramError> {
        let program = &TOKEN_2022;
        let whose = Some(*authority);
        match self {
            Self::TransferFee { basis_points, maximum } => {
                transfer_fee::instruction::initialize_transfer_fee_config(
                    program,
                    mint,
                    Some(authority),
                    Some(authority),
                    *basis_points,
                    *maximum,
                )
            }
            Self::TransferHook(hook) => {
                transfer_hook::instruction::initialize(program, mint, whose, Some(*hook))
            }
            Self::ConfidentialTransfer => {
                confidential_transfer::instruction::initialize_mint(program, mint, whose, true, None)
            }
            Self::NonTransferable => initialize_non_transferable_mint(program, mint),
            Self::PermanentDelegate(delegate) => initialize_permanent_delegate(program, mint, delegate),
            Self::DefaultFrozen => default_account_state::instruction::initialize_default_account_state(
                program,
                mint,
                &AccountState::Frozen,
            ),
            Self::Pausable => pausable::instruction::initialize(program, mint, authority),
            Self::CloseAuthority => initialize_mint_close_authority(program, mint, Some(authority)),
            Self::InterestBearing => {
                interest_bearing_mint::instruction::initialize(program, mint, whose, 500)
            }
            Self::ScaledUiAmount => scaled_ui_amount::instruction::initialize(program, mint, whose, 2.0),
            Self::MetadataPointer => {
                metadata_pointer::instruction::initialize(program, mint, whose, Some(*mint))
            }
        }
    }
}

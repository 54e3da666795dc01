//! `exchange_init`: creates the exchange and its quote vault.
//!
//! There is one exchange a program, so whoever creates it owns the house: only the program's upgrade authority may. A
//! program without one (immutable, or under a loader that knows none) leaves the choice to the first caller.

use crate::{
    adapters::mint::require_mint_allowed,
    constants::{
        ACCOUNT_VERSION, CASH_INDEX_ONE_E12, FEE_PREMIUM_CAP_MAX_E6, FEE_RATE_MAX_E6, GROUPS, QUOTE_DECIMALS,
        SEED_EXCHANGE, SEED_VAULT,
    },
    error::{within, BallastError},
    events::ExchangeCreated,
    state::{CorrelationGroup, Exchange, ExchangeParams, MEASURE_EXPECTED_SHORTFALL},
};
use anchor_lang::{prelude::*, solana_program::bpf_loader_upgradeable};
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use ballast_risk::bounds::{ONE_E6, ONE_E8};

/// What the exchange is created with.
#[derive(Debug, Clone, AnchorSerialize, AnchorDeserialize)]
pub struct ExchangeInitArgs {
    /// Lists expiries and strikes, permits publishers.
    pub risk_authority: Pubkey,
    /// Closes gates.
    pub guardian: Pubkey,
    /// Pyth feed of the quote currency in dollars; zeros fix the peg at 1.
    pub peg_feed_id: [u8; 32],
    /// Model and fee parameters.
    pub params: ExchangeParams,
    /// Correlation groups.
    pub groups: [CorrelationGroup; GROUPS],
}

/// Accounts of `exchange_init`.
#[derive(Accounts)]
pub struct ExchangeInit<'info> {
    /// Pays the rent; the program's upgrade authority where it has one.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The exchange's admin.
    pub admin: Signer<'info>,
    /// The exchange.
    #[account(init, payer = payer, space = 8 + core::mem::size_of::<Exchange>(), seeds = [SEED_EXCHANGE], bump)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Mint of the quote currency: 6 decimals.
    pub quote_mint: Box<InterfaceAccount<'info, Mint>>,
    /// Vault of the quote currency.
    #[account(
        init,
        payer = payer,
        seeds = [SEED_VAULT, quote_mint.key().as_ref()],
        bump,
        token::mint = quote_mint,
        token::authority = exchange,
        token::token_program = token_program,
    )]
    pub quote_vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// CHECK: the program's data account, by its address; its loader and its bytes are judged by the handler.
    #[account(seeds = [crate::ID.as_ref()], bump, seeds::program = bpf_loader_upgradeable::ID)]
    pub program_data: UncheckedAccount<'info>,
    /// Token program of the quote currency.
    pub token_program: Interface<'info, TokenInterface>,
    /// System program.
    pub system_program: Program<'info, System>,
}

/// Creates the exchange. Errors: [`BallastError::NotUpgradeAuthority`], [`BallastError::QuoteDecimals`], those of the
/// mint screen, [`BallastError::ParameterOutOfBounds`].
pub fn exchange_init(context: Context<ExchangeInit>, args: ExchangeInitArgs) -> Result<()> {
    let accounts = &context.accounts;
    require_upgrade_authority(&accounts.program_data, accounts.payer.key)?;
    require!(accounts.quote_mint.decimals == QUOTE_DECIMALS, BallastError::QuoteDecimals);
    require_mint_allowed(&accounts.quote_mint.to_account_info())?;
    require_params(&args.params)?;
    require_groups(&args.groups)?;

    let mut exchange = accounts.exchange.load_init()?;
    exchange.version = ACCOUNT_VERSION;
    exchange.bump = context.bumps.exchange;
    exchange.quote_vault_bump = context.bumps.quote_vault;
    exchange.admin = accounts.admin.key();
    exchange.risk_authority = args.risk_authority;
    exchange.guardian = args.guardian;
    exchange.quote_mint = accounts.quote_mint.key();
    exchange.quote_vault = accounts.quote_vault.key();
    exchange.quote_token_program = accounts.token_program.key();
    exchange.peg_feed_id = args.peg_feed_id;
    exchange.peg_e8 = ONE_E8.unsigned_abs();
    exchange.cash_index_e12 = CASH_INDEX_ONE_E12;
    exchange.params = args.params;
    exchange.groups = args.groups;
    emit!(ExchangeCreated {
        exchange: accounts.exchange.key(),
        admin: exchange.admin,
        risk_authority: exchange.risk_authority,
        guardian: exchange.guardian,
        quote_mint: exchange.quote_mint,
        quote_vault: exchange.quote_vault,
        peg_feed_id: exchange.peg_feed_id,
    });
    Ok(())
}

/// Refuses a payer that is not the upgrade authority named in the program's data account.
fn require_upgrade_authority(program_data: &AccountInfo, payer: &Pubkey) -> Result<()> {
    if *program_data.owner != bpf_loader_upgradeable::ID {
        // Nothing lives at the address: the program is under a loader without upgrade authorities.
        return Ok(());
    }
    let data = program_data.try_borrow_data()?;
    let state = ProgramData::try_deserialize(&mut &data[..])?;
    match state.upgrade_authority_address {
        Some(authority) if authority != *payer => {
            Err(error!(BallastError::NotUpgradeAuthority).with_pubkeys((*payer, authority)))
        }
        _ => Ok(()),
    }
}

fn require_params(params: &ExchangeParams) -> Result<()> {
    within(params.rate_e6, 0..=500_000, "rate_e6")?;
    within(params.conf_z_e6, ONE_E6..=8_000_000, "conf_z_e6")?;
    within(params.window_secs, 300..=86_400, "window_secs")?;
    within(params.long_weight_e6, 0..=ONE_E6, "long_weight_e6")?;
    within(params.mm_factor_e6, 500_000..=ONE_E6, "mm_factor_e6")?;
    within(params.exit_buffer_e6, 0..=ONE_E6, "exit_buffer_e6")?;
    within(params.haircut_max_e6, 0..=ONE_E6, "haircut_max_e6")?;
    within(params.dust_equity_e6, 0..=10_000_000_000, "dust_equity_e6")?;
    within(params.fee_rate_e6, 0..=FEE_RATE_MAX_E6, "fee_rate_e6")?;
    within(params.fee_premium_cap_e6, 0..=FEE_PREMIUM_CAP_MAX_E6, "fee_premium_cap_e6")
}

fn require_groups(groups: &[CorrelationGroup]) -> Result<()> {
    for group in groups {
        within(group.rho_e6, 0..=crate::constants::RHO_MAX_E6, "rho_e6")?;
        within(i64::from(group.measure), 0..=i64::from(MEASURE_EXPECTED_SHORTFALL), "measure")?;
        require!(group.padding == [0; 7], BallastError::ParameterOutOfBounds);
    }
    Ok(())
}

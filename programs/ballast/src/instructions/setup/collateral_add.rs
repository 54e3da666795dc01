//! `collateral_add`: lists a collateral asset and creates its vault.

use crate::{
    adapters::mint::require_mint_allowed,
    constants::{COLLATERAL_DECIMALS_MAX, GATE_LISTING, HAIRCUT_SLOPE_MAX_E6, MARKET_DEFAULTS, SEED_VAULT},
    error::{within, BallastError},
    events::CollateralAdded,
    state::{CollateralAsset, Exchange, COLLATERAL_ACTIVE},
};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

/// What a collateral asset is listed with.
#[derive(Debug, Clone, AnchorSerialize, AnchorDeserialize)]
pub struct CollateralAddArgs {
    /// Pyth feed of the token's price in quote currency.
    pub feed_id: [u8; 32],
    /// Haircut at reference volatility h0, 1e-6.
    pub haircut_e6: i64,
    /// Haircut slope h1, 1e-6.
    pub haircut_slope_e6: i64,
    /// Deposits above which the IM weight scales down, base units; 0 for none.
    pub deposit_soft_cap: u64,
    /// Deposits that are never exceeded, base units.
    pub deposit_hard_cap: u64,
    /// What a portfolio may withdraw in an hour whatever the outflow, base units.
    pub withdrawal_exempt: u64,
}

/// Accounts of `collateral_add`.
#[derive(Accounts)]
pub struct CollateralAdd<'info> {
    /// Pays the rent.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The exchange's admin.
    pub admin: Signer<'info>,
    /// The exchange.
    #[account(mut)]
    pub exchange: AccountLoader<'info, Exchange>,
    /// Mint of the asset.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// Vault of the asset.
    #[account(
        init,
        payer = payer,
        seeds = [SEED_VAULT, mint.key().as_ref()],
        bump,
        token::mint = mint,
        token::authority = exchange,
        token::token_program = token_program,
    )]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Token program of the asset.
    pub token_program: Interface<'info, TokenInterface>,
    /// System program.
    pub system_program: Program<'info, System>,
}

/// Lists a collateral asset. Errors: [`BallastError::NotAdmin`], [`BallastError::GateClosed`],
/// [`BallastError::MintAlreadyListed`], [`BallastError::TooManyCollaterals`], [`BallastError::CollateralDecimals`],
/// [`BallastError::FeedInUse`], those of the mint screen, [`BallastError::ParameterOutOfBounds`].
pub fn collateral_add(context: Context<CollateralAdd>, args: CollateralAddArgs) -> Result<()> {
    let accounts = &context.accounts;
    let mut exchange = accounts.exchange.load_mut()?;
    require_keys_eq!(exchange.admin, accounts.admin.key(), BallastError::NotAdmin);
    exchange.require_open(GATE_LISTING, Clock::get()?.unix_timestamp)?;
    let mint = accounts.mint.key();
    let is_new = mint != exchange.quote_mint && exchange.collateral_index(&mint).is_none();
    require!(is_new, BallastError::MintAlreadyListed);
    require!(accounts.mint.decimals <= COLLATERAL_DECIMALS_MAX, BallastError::CollateralDecimals);
    require!(args.feed_id != [0; 32], BallastError::FeedInUse);
    require_mint_allowed(&accounts.mint.to_account_info())?;
    let market_plus_one = exchange.market_of_feed(&args.feed_id).map_or(0, |id| id.saturating_add(1));
    require_terms(&args, market_plus_one != 0, exchange.params.haircut_max_e6)?;

    let index = exchange.collateral_count;
    let asset = exchange.collaterals.get_mut(usize::from(index)).ok_or(BallastError::TooManyCollaterals)?;
    *asset = CollateralAsset {
        mint,
        vault: accounts.vault.key(),
        token_program: accounts.token_program.key(),
        feed_id: args.feed_id,
        decimals: accounts.mint.decimals,
        status: COLLATERAL_ACTIVE,
        market_plus_one,
        vault_bump: context.bumps.vault,
        haircut_e6: args.haircut_e6,
        haircut_slope_e6: args.haircut_slope_e6,
        deposit_soft_cap: args.deposit_soft_cap,
        deposit_hard_cap: args.deposit_hard_cap,
        withdrawal_exempt: args.withdrawal_exempt,
        ..bytemuck::Zeroable::zeroed()
    };
    exchange.collateral_count = index.saturating_add(1);
    emit!(CollateralAdded {
        index,
        mint,
        vault: accounts.vault.key(),
        feed_id: args.feed_id,
        market_plus_one,
        haircut_e6: args.haircut_e6,
        haircut_slope_e6: args.haircut_slope_e6,
        deposit_soft_cap: args.deposit_soft_cap,
        deposit_hard_cap: args.deposit_hard_cap,
    });
    Ok(())
}

/// Haircut and caps inside their bounds. An asset without a market takes no part in any scan, so its haircut must
/// cover at least the least price range.
fn require_terms(args: &CollateralAddArgs, has_market: bool, haircut_max_e6: i64) -> Result<()> {
    let least_e6 = if has_market { 0 } else { MARKET_DEFAULTS.range_min_e6 };
    within(args.haircut_e6, least_e6..=haircut_max_e6, "haircut_e6")?;
    within(args.haircut_slope_e6, 0..=HAIRCUT_SLOPE_MAX_E6, "haircut_slope_e6")?;
    let caps = args.deposit_hard_cap > 0 && args.deposit_soft_cap <= args.deposit_hard_cap;
    require!(caps, BallastError::ParameterOutOfBounds);
    Ok(())
}

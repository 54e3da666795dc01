//! `expiry_list`: lists an expiry of a market with its surface.

use crate::{
    constants::{GATE_LISTING, LISTING_AHEAD_SECS_MAX},
    error::{within, BallastError},
    events::ExpiryListed,
    state::{Exchange, ExpirySlot, Market, EXPIRY_LISTED},
};
use anchor_lang::prelude::*;
use ballast_risk::bounds::{ATM_MAX_E6, ATM_MIN_E6, CURVATURE_MAX_E6, RATE_MAX_E6, SKEW_MAX_E6};

/// What an expiry is listed with.
#[derive(Debug, Clone, Copy, AnchorSerialize, AnchorDeserialize)]
pub struct ExpiryListArgs {
    /// Expiry, unix seconds.
    pub expiry_ts: i64,
    /// ATM ratio a, 1e-6.
    pub atm_e6: i64,
    /// Skew b, 1e-6.
    pub skew_e6: i64,
    /// Curvature c, 1e-6.
    pub curvature_e6: i64,
    /// Forward basis f, 1e-6 a year.
    pub basis_e6: i64,
}

/// Accounts of `expiry_list`.
#[derive(Accounts)]
pub struct ExpiryList<'info> {
    /// The exchange's risk authority.
    pub risk_authority: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The market.
    #[account(mut)]
    pub market: AccountLoader<'info, Market>,
}

/// Lists an expiry in the first slot that may take one. Errors:
/// [`BallastError::NotRiskAuthority`], [`BallastError::GateClosed`], [`BallastError::ExpiryTime`],
/// [`BallastError::ExpiryAlreadyListed`], [`BallastError::TooManyExpiries`], [`BallastError::ParameterOutOfBounds`].
pub fn expiry_list(context: Context<ExpiryList>, args: ExpiryListArgs) -> Result<()> {
    let exchange = context.accounts.exchange.load()?;
    require_keys_eq!(
        exchange.risk_authority,
        context.accounts.risk_authority.key(),
        BallastError::NotRiskAuthority
    );
    let now = Clock::get()?.unix_timestamp;
    exchange.require_open(GATE_LISTING, now)?;
    require_time(args.expiry_ts, exchange.params.window_secs, now)?;
    within(args.atm_e6, ATM_MIN_E6..=ATM_MAX_E6, "atm_e6")?;
    within(args.skew_e6, -SKEW_MAX_E6..=SKEW_MAX_E6, "skew_e6")?;
    within(args.curvature_e6, 0..=CURVATURE_MAX_E6, "curvature_e6")?;
    within(args.basis_e6, -RATE_MAX_E6..=RATE_MAX_E6, "basis_e6")?;

    let mut market = context.accounts.market.load_mut()?;
    let id = market.id;
    let listed =
        market.expiries.iter().any(|slot| slot.status == EXPIRY_LISTED && slot.expiry_ts == args.expiry_ts);
    require!(!listed, BallastError::ExpiryAlreadyListed);
    let mut slots = (0u8..).zip(&mut market.expiries);
    let free = slots.find(|(_, slot)| slot.is_reusable(now));
    let (expiry_slot, slot) = free.ok_or(BallastError::TooManyExpiries)?;
    clear(slot);
    slot.expiry_ts = args.expiry_ts;
    slot.atm_e6 = args.atm_e6;
    slot.skew_e6 = args.skew_e6;
    slot.curvature_e6 = args.curvature_e6;
    slot.basis_e6 = args.basis_e6;
    slot.status = EXPIRY_LISTED;
    emit!(ExpiryListed {
        market: id,
        expiry_slot,
        expiry_ts: args.expiry_ts,
        atm_e6: args.atm_e6,
        skew_e6: args.skew_e6,
        curvature_e6: args.curvature_e6,
        basis_e6: args.basis_e6,
    });
    Ok(())
}

/// At least a settlement window ahead, so that the window is whole, and at most two years.
fn require_time(expiry_ts: i64, window_secs: i64, now: i64) -> Result<()> {
    let ahead_secs = expiry_ts.saturating_sub(now);
    let in_time = (window_secs..=LISTING_AHEAD_SECS_MAX).contains(&ahead_secs);
    require!(in_time && u32::try_from(expiry_ts).is_ok(), BallastError::ExpiryTime);
    Ok(())
}

/// Zeros the slot in place: what the last expiry left must not reach the next.
fn clear(slot: &mut ExpirySlot) {
    bytemuck::bytes_of_mut(slot).fill(0);
}

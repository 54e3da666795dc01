//! `strike_list`: lists strikes of an expiry; their logarithms are computed here once.

use crate::{
    constants::GATE_LISTING,
    error::BallastError,
    events::StrikesListed,
    state::{Exchange, ExpirySlot, Market, StrikeSlot},
};
use anchor_lang::prelude::*;
use ballast_risk::{bounds::PRICE_MAX_E8, Strike};

/// What strikes are listed with.
#[derive(Debug, Clone, AnchorSerialize, AnchorDeserialize)]
pub struct StrikeListArgs {
    /// Slot of the expiry in the market.
    pub expiry_slot: u8,
    /// The expiry the caller means: the slot may have been reused meanwhile.
    pub expiry_ts: i64,
    /// Strike prices, 1e-8 quote.
    pub strikes_e8: Vec<u64>,
}

/// Accounts of `strike_list`.
#[derive(Accounts)]
pub struct StrikeList<'info> {
    /// The exchange's risk authority.
    pub risk_authority: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The market.
    #[account(mut)]
    pub market: AccountLoader<'info, Market>,
}

/// Lists strikes. Errors: [`BallastError::NotRiskAuthority`], [`BallastError::GateClosed`], [`BallastError::ZeroAmount`]
/// for none, [`BallastError::ExpiryNotListed`], [`BallastError::Expired`], [`BallastError::StrikePrice`],
/// [`BallastError::StrikeAlreadyListed`], [`BallastError::TooManyStrikes`].
pub fn strike_list(context: Context<StrikeList>, args: StrikeListArgs) -> Result<()> {
    let exchange = context.accounts.exchange.load()?;
    require_keys_eq!(
        exchange.risk_authority,
        context.accounts.risk_authority.key(),
        BallastError::NotRiskAuthority
    );
    let now = Clock::get()?.unix_timestamp;
    exchange.require_open(GATE_LISTING, now)?;
    require!(!args.strikes_e8.is_empty(), BallastError::ZeroAmount);

    let mut market = context.accounts.market.load_mut()?;
    let id = market.id;
    let expiry = market.expiry_mut(args.expiry_slot)?;
    let meant = expiry.status == crate::state::EXPIRY_LISTED && expiry.expiry_ts == args.expiry_ts;
    require!(meant, BallastError::ExpiryNotListed);
    require!(expiry.is_trading(now), BallastError::Expired);
    let first_strike_slot = expiry.strike_count;
    for price_e8 in &args.strikes_e8 {
        add_strike(expiry, *price_e8)?;
    }
    emit!(StrikesListed {
        market: id,
        expiry_slot: args.expiry_slot,
        expiry_ts: args.expiry_ts,
        first_strike_slot,
        strikes_e8: args.strikes_e8,
    });
    Ok(())
}

fn add_strike(expiry: &mut ExpirySlot, price_e8: u64) -> Result<()> {
    require!((1..=PRICE_MAX_E8).contains(&price_e8), BallastError::StrikePrice);
    let listed = expiry.listed_strikes().iter().any(|strike| strike.price_e8 == price_e8);
    require!(!listed, BallastError::StrikeAlreadyListed);
    let slot =
        expiry.strikes.get_mut(usize::from(expiry.strike_count)).ok_or(BallastError::TooManyStrikes)?;
    let strike = Strike::new(price_e8);
    *slot = StrikeSlot { price_e8: strike.price_e8, ln_q40: strike.ln_q40, calls_e6: 0, puts_e6: 0 };
    expiry.strike_count = expiry.strike_count.saturating_add(1);
    Ok(())
}

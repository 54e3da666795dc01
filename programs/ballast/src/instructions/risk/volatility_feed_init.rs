//! `volatility_feed_init`: creates the volatility feed of a market and permits its publishers.

use crate::{
    constants::{ACCOUNT_VERSION, PUBLISHERS, SEED_VOLATILITY_FEED},
    error::BallastError,
    events::VolatilityFeedCreated,
    state::{Exchange, Market, VolatilityFeed, VOLATILITY_FEED_ACCOUNT},
};
use anchor_lang::prelude::*;

/// Accounts of `volatility_feed_init`.
#[derive(Accounts)]
pub struct VolatilityFeedInit<'info> {
    /// Pays the rent.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// The exchange's risk authority.
    pub risk_authority: Signer<'info>,
    /// The exchange.
    pub exchange: AccountLoader<'info, Exchange>,
    /// The market, which must have been listed with a feed account.
    pub market: AccountLoader<'info, Market>,
    /// The feed.
    #[account(
        init,
        payer = payer,
        space = 8 + core::mem::size_of::<VolatilityFeed>(),
        seeds = [SEED_VOLATILITY_FEED, market.key().as_ref()],
        bump,
    )]
    pub feed: AccountLoader<'info, VolatilityFeed>,
    /// System program.
    pub system_program: Program<'info, System>,
}

/// Creates a feed. Errors: [`BallastError::NotRiskAuthority`], [`BallastError::WrongVolatilityFeed`] for a market of
/// another kind, [`BallastError::Publishers`].
pub fn volatility_feed_init(
    context: Context<VolatilityFeedInit>,
    publishers: Vec<Pubkey>,
    quorum: u8,
) -> Result<()> {
    let accounts = &context.accounts;
    let authority = accounts.exchange.load()?.risk_authority;
    require_keys_eq!(authority, accounts.risk_authority.key(), BallastError::NotRiskAuthority);
    let market = accounts.market.load()?;
    require!(market.volatility_kind == VOLATILITY_FEED_ACCOUNT, BallastError::WrongVolatilityFeed);
    require_publishers(&publishers, quorum)?;

    let mut feed = accounts.feed.load_init()?;
    feed.version = ACCOUNT_VERSION;
    feed.bump = context.bumps.feed;
    feed.quorum = quorum;
    feed.publisher_count = u8::try_from(publishers.len()).map_err(|_| error!(BallastError::Publishers))?;
    feed.market = accounts.market.key();
    for (slot, key) in feed.publishers.iter_mut().zip(&publishers) {
        slot.key = *key;
    }
    emit!(VolatilityFeedCreated { market: market.id, feed: accounts.feed.key(), publishers, quorum });
    Ok(())
}

/// One to eight distinct keys and a quorum of at least one and at most all.
fn require_publishers(publishers: &[Pubkey], quorum: u8) -> Result<()> {
    require!((1..=PUBLISHERS).contains(&publishers.len()), BallastError::Publishers);
    require!((1..=publishers.len()).contains(&usize::from(quorum)), BallastError::Publishers);
    for (at, key) in publishers.iter().enumerate() {
        let repeated = publishers.iter().skip(at.saturating_add(1)).any(|other| other == key);
        require!(!repeated && *key != Pubkey::default(), BallastError::Publishers);
    }
    Ok(())
}

//! Events of setting up: exchange, collateral, markets, expiries, strikes, gates, portfolios.

use anchor_lang::prelude::*;

/// The exchange was created.
#[event]
pub struct ExchangeCreated {
    /// The exchange.
    pub exchange: Pubkey,
    /// Its admin.
    pub admin: Pubkey,
    /// Its risk authority.
    pub risk_authority: Pubkey,
    /// Its guardian.
    pub guardian: Pubkey,
    /// Mint of the quote currency.
    pub quote_mint: Pubkey,
    /// Vault of the quote currency.
    pub quote_vault: Pubkey,
    /// Feed of the peg, zeros for none.
    pub peg_feed_id: [u8; 32],
}

/// A collateral asset was listed.
#[event]
pub struct CollateralAdded {
    /// Index of the asset.
    pub index: u8,
    /// Its mint.
    pub mint: Pubkey,
    /// Its vault.
    pub vault: Pubkey,
    /// Its price feed.
    pub feed_id: [u8; 32],
    /// Id of the market of the same feed plus one, 0 for none.
    pub market_plus_one: u8,
    /// Haircut h0, 1e-6.
    pub haircut_e6: i64,
    /// Haircut slope h1, 1e-6.
    pub haircut_slope_e6: i64,
    /// Soft cap of deposits, base units.
    pub deposit_soft_cap: u64,
    /// Hard cap of deposits, base units.
    pub deposit_hard_cap: u64,
}

/// A market was listed.
#[event]
pub struct MarketCreated {
    /// The market.
    pub market: Pubkey,
    /// Its id.
    pub id: u8,
    /// Its symbol.
    pub symbol: [u8; 16],
    /// Its spot feed.
    pub feed_id: [u8; 32],
    /// Kind of its volatility feed.
    pub volatility_kind: u8,
    /// Its volatility feed.
    pub volatility_feed: [u8; 32],
    /// Its correlation group.
    pub group: u8,
}

/// An expiry was listed.
#[event]
pub struct ExpiryListed {
    /// Market id.
    pub market: u8,
    /// Slot of the expiry in the market.
    pub expiry_slot: u8,
    /// Expiry, unix seconds.
    pub expiry_ts: i64,
    /// ATM ratio, 1e-6.
    pub atm_e6: i64,
    /// Skew, 1e-6.
    pub skew_e6: i64,
    /// Curvature, 1e-6.
    pub curvature_e6: i64,
    /// Forward basis, 1e-6 a year.
    pub basis_e6: i64,
}

/// Strikes were listed.
#[event]
pub struct StrikesListed {
    /// Market id.
    pub market: u8,
    /// Slot of the expiry in the market.
    pub expiry_slot: u8,
    /// Expiry, unix seconds.
    pub expiry_ts: i64,
    /// Slot of the first of the new strikes; the others follow.
    pub first_strike_slot: u8,
    /// Strike prices, 1e-8 quote.
    pub strikes_e8: Vec<u64>,
}

/// Gates were closed or opened.
#[event]
pub struct GatesSet {
    /// Who did it.
    pub admin: Pubkey,
    /// Bits before.
    pub before: u64,
    /// Bits after; a set bit is closed.
    pub after: u64,
}

/// Gates were paused.
#[event]
pub struct GatesPaused {
    /// Who did it.
    pub authority: Pubkey,
    /// Their bits.
    pub gates: u64,
    /// When the pause is over by itself, unix seconds.
    pub until: i64,
}

/// Pauses of gates were ended.
#[event]
pub struct GatesUnpaused {
    /// Who did it.
    pub authority: Pubkey,
    /// The bits of the gates.
    pub gates: u64,
}

/// A portfolio was opened.
#[event]
pub struct PortfolioOpened {
    /// The portfolio.
    pub portfolio: Pubkey,
    /// Its owner.
    pub owner: Pubkey,
    /// Index among the owner's portfolios.
    pub index: u16,
    /// Cross or isolated.
    pub mode: u8,
    /// Market id of an isolated portfolio.
    pub isolated_market: u8,
}

/// An empty portfolio was closed.
#[event]
pub struct PortfolioClosed {
    /// The portfolio.
    pub portfolio: Pubkey,
    /// Its owner, who got the rent.
    pub owner: Pubkey,
}

/// A delegate was named or dismissed.
#[event]
pub struct DelegateSet {
    /// The portfolio.
    pub portfolio: Pubkey,
    /// The delegate; the default key dismisses.
    pub delegate: Pubkey,
    /// Time the delegate lapses, unix seconds.
    pub until: i64,
}

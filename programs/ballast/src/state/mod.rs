//! The program's stored accounts: zero-copy structs whose size, alignment and offsets are asserted beside them.
//!
//! Layout rules: no 128-bit integer, `usize`, `bool`, enum or `Option`; explicit padding; `version` at byte 8 and `bump`
//! at byte 9 of the account data (after the discriminator); a reserved tail of zeros. Every field says unit, scale and writer.

mod engine_types;
mod exchange;
mod expiry;
mod insurance;
mod ledger;
mod lines;
mod market;
mod outflow;
mod pause;
mod phase;
mod portfolio;
mod volatility_feed;
mod volatility_state;

pub(crate) use engine_types::borsh_as_bytes;
pub use engine_types::{MarketParams, ReportRecord};
pub use exchange::{
    CollateralAsset, CorrelationGroup, Exchange, ExchangeParams, COLLATERAL_ACTIVE, COLLATERAL_EMPTY,
    MEASURE_EXPECTED_SHORTFALL, MEASURE_WORST,
};
pub use expiry::{ExpirySlot, SettlementSum, StrikeSlot, EXPIRY_FREE, EXPIRY_LISTED, EXPIRY_SETTLED};
pub use insurance::{InsuranceStake, InsuranceState};
pub use ledger::{CashLedger, CashMoved};
pub use lines::{LineChange, LineKey};
pub use market::{
    Market, MARKET_ACTIVE, VOLATILITY_FEED_ACCOUNT, VOLATILITY_FEED_NONE, VOLATILITY_FEED_PYTH,
};
pub use outflow::{OutflowWindow, WithdrawalAllowance, QUOTE_ALLOWANCE};
pub use pause::GatePause;
pub use phase::LiquidationPhase;
pub use portfolio::{Liquidation, Portfolio, PositionLine, MODE_CROSS, MODE_ISOLATED};
pub use volatility_feed::{VolatilityFeed, VolatilityPublisher};
pub use volatility_state::VolatilityState;

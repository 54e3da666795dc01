//! What may be asked of the program: one action an instruction, in plain numbers.
//!
//! Actors, portfolios, assets, markets and slots are small numbers that [`crate::house`] takes modulo what there is, so that
//! an action means something in any script. Amounts are in the instruction's own units.

use serde::{Deserialize, Serialize};

/// A leg of a trade, or a leg wanted in a liquidation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Market.
    pub market: u8,
    /// Slot of the expiry.
    pub expiry: u8,
    /// Slot of the strike.
    pub strike: u8,
    /// A put; otherwise a call.
    pub put: bool,
    /// Quantity, 1e-6 unit, from the taker's side; of a leg wanted the most.
    pub qty: i64,
}

/// Who asks for gates to be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GateKeeper {
    /// The admin, who closes and opens, and may pause.
    Admin,
    /// The guardian, who pauses.
    Guardian,
}

/// An instruction with its numbers. `book` is a portfolio, `at` seconds since the beginning of the world.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "ask")]
#[expect(missing_docs, reason = "the instructions of the program, and the names of their arguments")]
pub enum Action {
    ExchangeInit,
    CollateralAdd { haircut: i64, slope: i64, soft_cap: u64, hard_cap: u64 },
    MarketInit { vol: i64 },
    VolatilityFeedInit { market: u8, quorum: u8 },
    ExpiryList { market: u8, at: i64, atm: i64, skew: i64, curvature: i64, basis: i64 },
    StrikeList { market: u8, expiry: u8, strikes: Vec<u64> },
    GateSet { by: GateKeeper, gates: u64 },
    Pause { by: GateKeeper, gates: u64 },
    Unpause { by: GateKeeper, gates: u64 },
    PortfolioOpen { book: u8, isolated: Option<u8> },
    PortfolioClose { book: u8 },
    DelegateSet { book: u8, actor: u8, at: i64 },
    Deposit { actor: u8, book: u8, asset: u8, amount: u64 },
    Withdraw { book: u8, asset: u8, amount: u64 },
    FeesSweep { market: u8 },
    StakeOpen { actor: u8 },
    StakeClose { actor: u8 },
    InsuranceStake { actor: u8, amount: u64 },
    InsuranceUnstake { actor: u8, shares: u64 },
    InsuranceClaim { actor: u8, shares: u64 },
    MarginCheck { book: u8 },
    VolatilityPost { market: u8, publisher: u8, vol: i64, conf: i64, age: i64 },
    VolatilityUpdate { market: u8 },
    Trade { maker: u8, taker: u8, delegate: bool, legs: Vec<Leg>, premium: i64, deadline_in: i64 },
    LiquidationStart { book: u8 },
    LiquidateSlice { book: u8, taker: u8, fraction: u64, least: u64 },
    LiquidateLegs { book: u8, taker: u8, legs: Vec<Leg> },
    LiquidationEnd { book: u8 },
    CollateralConvert { book: u8, buyer: u8, asset: u8, quote: u64 },
    ResolveInsolvency { book: u8 },
    SocialiseShortfall,
    CollectLoss { book: u8 },
    SettlementSample { market: u8, expiry: u8 },
    SettlementFinalize { market: u8, expiry: u8, shown: bool },
    SettlementDecide { market: u8, expiry: u8, price: u64 },
    SettlePortfolio { book: u8 },
}

macro_rules! names {
    ($($kind:ident $name:literal,)+) => {
        /// Every instruction of the program, by name.
        pub const NAMES: &[&str] = &[$($name),+];

        impl Action {
            /// Name of the instruction.
            #[must_use]
            pub fn name(&self) -> &'static str {
                match self {
                    $(Self::$kind { .. } => $name,)+
                }
            }
        }
    };
}

names! {
    ExchangeInit "exchange_init",
    CollateralAdd "collateral_add",
    MarketInit "market_init",
    VolatilityFeedInit "volatility_feed_init",
    ExpiryList "expiry_list",
    StrikeList "strike_list",
    GateSet "gate_set",
    Pause "pause",
    Unpause "unpause",
    PortfolioOpen "portfolio_open",
    PortfolioClose "portfolio_close",
    DelegateSet "delegate_set",
    Deposit "deposit",
    Withdraw "withdraw",
    FeesSweep "fees_sweep",
    StakeOpen "stake_open",
    StakeClose "stake_close",
    InsuranceStake "insurance_stake",
    InsuranceUnstake "insurance_unstake",
    InsuranceClaim "insurance_claim",
    MarginCheck "margin_check",
    VolatilityPost "volatility_post",
    VolatilityUpdate "volatility_update",
    Trade "trade",
    LiquidationStart "liquidation_start",
    LiquidateSlice "liquidate_slice",
    LiquidateLegs "liquidate_legs",
    LiquidationEnd "liquidation_end",
    CollateralConvert "collateral_convert",
    ResolveInsolvency "resolve_insolvency",
    SocialiseShortfall "socialise_shortfall",
    CollectLoss "collect_loss",
    SettlementSample "settlement_sample",
    SettlementFinalize "settlement_finalize",
    SettlementDecide "settlement_decide",
    SettlePortfolio "settle_portfolio",
}

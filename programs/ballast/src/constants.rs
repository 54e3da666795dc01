//! Seeds, account versions, hard bounds and the defaults of the risk model.

use crate::state::{ExchangeParams, MarketParams};
use anchor_lang::prelude::*;

/// Seed of the one [`crate::state::Exchange`].
#[constant]
pub const SEED_EXCHANGE: &[u8] = b"exchange";
/// Seed of a token vault, followed by the mint.
#[constant]
pub const SEED_VAULT: &[u8] = b"vault";
/// Seed of a [`crate::state::Portfolio`], followed by the owner and a little-endian u16.
#[constant]
pub const SEED_PORTFOLIO: &[u8] = b"portfolio";
/// Seed of a [`crate::state::VolatilityFeed`], followed by the market.
#[constant]
pub const SEED_VOLATILITY_FEED: &[u8] = b"vol";
/// Seed of an [`crate::state::InsuranceStake`], followed by the owner.
#[constant]
pub const SEED_STAKE: &[u8] = b"stake";

/// Version written into every new account.
pub const ACCOUNT_VERSION: u8 = 1;

/// The program of Pyth's first receiver deployment.
pub const PYTH_RECEIVER: Pubkey = pubkey!("rec5EKMGg6MxZYaMdyBfgwp4d5rB9T1VQH5pJv5LtFJ");
/// The program of Pyth's second receiver deployment, of the same account format.
pub const PYTH_RECEIVER_PRO: Pubkey = pubkey!("rec2HHDDnjLfj4kE7VyEtFA1HPGQLK33259532cRyHp");

/// Collateral assets of the exchange.
pub const COLLATERALS: usize = 8;
/// Markets of the exchange.
pub const MARKETS: usize = 16;
/// Correlation groups of the exchange.
pub const GROUPS: usize = 4;
/// Expiries of a market.
pub const EXPIRIES: usize = 12;
/// Strikes of an expiry.
pub const STRIKES: usize = 32;
/// Lines of a portfolio.
pub const LINES: usize = 64;
/// Underlyings (line markets, and held collateral that could become one) of a portfolio.
pub const UNDERLYINGS: usize = 8;
/// Publishers of a volatility feed.
pub const PUBLISHERS: usize = 8;

const _: () = assert!(LINES == ballast_risk::bounds::LINES_MAX);
const _: () = assert!(UNDERLYINGS == ballast_risk::bounds::UNDERLYINGS_MAX);
const _: () = assert!(EXPIRIES == ballast_risk::bounds::EXPIRIES_MAX);
const _: () = assert!(COLLATERALS == ballast_risk::bounds::COLLATERALS_MAX);
const _: () = assert!(GROUPS == ballast_risk::bounds::GROUPS_MAX);

/// Decimals the quote mint must have, so that one base unit is 1e-6 quote.
pub const QUOTE_DECIMALS: u8 = 6;
/// Most decimals a collateral mint may have: 10^12 base units a token keep amount·price inside 128 bits.
pub const COLLATERAL_DECIMALS_MAX: u8 = 12;

/// Age at which a price is no longer fresh, seconds.
pub const PRICE_FRESH_SECS: i64 = 60;
/// Age at which a price is no price any more, seconds.
pub const PRICE_STALE_SECS: i64 = 300;
/// conf/price above which risk may not increase, basis points.
pub const CONF_WIDE_BPS: u64 = 200;
/// conf/price above which nobody is liquidated, basis points.
pub const CONF_UNUSABLE_BPS: u64 = 500;
/// |S/ema − 1| above which risk may not increase, basis points.
pub const EMA_GAP_WIDE_BPS: u64 = 2_000;
/// |S/ema − 1| above which nobody is liquidated, basis points.
pub const EMA_GAP_UNUSABLE_BPS: u64 = 5_000;

/// Age at which a volatility value is stale, seconds.
pub const VOLATILITY_FRESH_SECS: i64 = 600;
/// Least time between two samples of realised volatility, seconds.
pub const REALISED_SAMPLE_SECS: i64 = 60;
/// Half-life of realised volatility in a market with a volatility feed, seconds.
pub const REALISED_HALF_LIFE_SECS: i64 = 3 * 86_400;
/// Half-life of realised volatility in a market without a volatility feed, seconds.
pub const REALISED_ONLY_HALF_LIFE_SECS: i64 = 10 * 86_400;

/// Longest life of an expiry, seconds (2 years, the range in which the kernel's accuracy is asserted).
pub const LISTING_AHEAD_SECS_MAX: i64 = 2 * 31_536_000;
/// Longest life of a delegate, seconds (1 year): a forgotten delegate lapses.
pub const DELEGATE_SECS_MAX: i64 = 31_536_000;

/// Share of a vault that may leave in a sliding hour, 1e-6.
pub const OUTFLOW_SHARE_MAX_E6: u64 = 250_000;
/// Quote a portfolio may always withdraw in an hour whatever the outflow, 1e-6 quote.
pub const QUOTE_WITHDRAWAL_EXEMPT: u64 = 1_000_000_000;

/// Wait between asking a stake of the insurance fund back and claiming it, seconds (7 days).
pub const STAKE_COOLDOWN_SECS: i64 = 7 * 86_400;
/// How long a stake that was waited for can be claimed, seconds (2 days). Then it must be asked for anew: whoever could
/// leave at any moment would leave before every claim on the fund.
pub const STAKE_CLAIM_SECS: i64 = 2 * 86_400;
const _: () = assert!(STAKE_COOLDOWN_SECS == ballast_risk::insurance::EARN_SECS);

/// Least shortfall that a debt may open, 1e-6 quote (1 quote unit): what locks everybody's withdrawals is no rounding.
pub const SHORTFALL_MIN_E6: i64 = 1_000_000;

/// Gate bit: trades that increase risk.
pub const GATE_TRADE: u64 = 1 << 0;
/// Gate bit: withdrawals, and stakes of the insurance fund paid out.
pub const GATE_WITHDRAW: u64 = 1 << 1;
/// Gate bit: opening portfolios.
pub const GATE_PORTFOLIO_OPEN: u64 = 1 << 2;
/// Gate bit: listing markets, expiries, strikes and collateral.
pub const GATE_LISTING: u64 = 1 << 3;
/// Every gate there is. Deposits, risk reduction, liquidation and settlement have none and can never be closed.
pub const GATES_ALL: u64 = GATE_TRADE | GATE_WITHDRAW | GATE_PORTFOLIO_OPEN | GATE_LISTING;
/// Number of gates; their bits are the lowest.
pub const GATES: usize = 4;
const _: () = assert!(GATES_ALL == (1 << GATES) - 1);

/// Length of a pause of a gate, seconds (30 minutes), after which it is over by itself.
pub const PAUSE_SECS: i64 = 1_800;
/// Pauses of a gate that may follow each other.
pub const PAUSES_IN_A_ROW: u64 = 2;
/// Rest after which a row of pauses is over, seconds (a day). A row's length says how long a key that answers an alarm can
/// hold people's money; without a rest of many times that, rows would join.
pub const PAUSE_REST_SECS: i64 = 86_400;

/// Largest correlation share of a group, 1e-6: the highest for which the study's worst book failed 0.5 % of days.
pub const RHO_MAX_E6: i64 = 800_000;
/// Largest trading fee, ratio of the underlying's notional, 1e-6 (20 basis points).
pub const FEE_RATE_MAX_E6: i64 = 2_000;
/// Largest cap of a trading fee, ratio of the leg's premium, 1e-6 (12.5 %).
pub const FEE_PREMIUM_CAP_MAX_E6: i64 = 125_000;
/// Largest haircut slope, 1e-6.
pub const HAIRCUT_SLOPE_MAX_E6: i64 = 2_000_000;
/// How far a posted volatility may lie from the last median, beyond what V itself may move since, 1e-6.
pub const VOLATILITY_POST_SHARE_E6: i64 = 250_000;
/// Largest confidence of a posted volatility, as a fraction of the value: a quarter.
pub const VOLATILITY_CONF_FRACTION: i64 = 4;

/// Cash index of one: every unit of cash is a unit of claim.
pub const CASH_INDEX_ONE_E12: u64 = 1_000_000_000_000;

/// Parameters of the exchange as risk.md states them.
pub const EXCHANGE_DEFAULTS: ExchangeParams = ExchangeParams {
    rate_e6: 40_000,
    conf_z_e6: 2_000_000,
    window_secs: 1_800,
    long_weight_e6: 950_000,
    mm_factor_e6: 800_000,
    exit_buffer_e6: 250_000,
    haircut_max_e6: 950_000,
    dust_equity_e6: 1_000_000_000,
    fee_rate_e6: 300,
    fee_premium_cap_e6: 125_000,
};

/// Parameters of a BTC- or ETH-like market as risk.md states them.
pub const MARKET_DEFAULTS: MarketParams = MarketParams {
    kappa_e6: 4_000_000,
    mpor_secs: 86_400,
    range_min_e6: 160_000,
    range_max_e6: 400_000,
    sigma_min_e6: 50_000,
    sigma_max_e6: 4_000_000,
    smile_min_e6: 600_000,
    smile_max_e6: 1_800_000,
    vol_up_e6: 500_000,
    vol_down_e6: 250_000,
    vol_up_min_e6: 500_000,
    vol_power_short_e6: 300_000,
    vol_power_long_e6: 130_000,
    short_min_e6: 7_500,
    basis_e6: 7_500,
    spread_e6: 1_000,
    impact_e6: 100_000,
    depth_e6: 50_000_000_000_000,
    vol_spread_e6: 10_000,
    oi_scale_e6: 1_000_000,
    oi_free_e6: 100_000,
    ema_free_e6: 20_000,
};
/// Least price range of a market that is neither BTC nor ETH, 1e-6.
pub const RANGE_MIN_OTHERS_E6: i64 = 200_000;

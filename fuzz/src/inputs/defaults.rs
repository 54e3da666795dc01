//! The default parameters of docs/risk.md: half of the inputs start from them, so that a fuzzer need not find them first.

use ballast_risk::{ExchangeInput, GroupInput, MarketParams, Measure};

/// Parameters of a deep market.
pub const PARAMS: MarketParams = MarketParams {
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

/// An exchange.
pub const EXCHANGE: ExchangeInput = ExchangeInput {
    rate_e6: 40_000,
    conf_z_e6: 2_000_000,
    window_secs: 1_800,
    long_weight_e6: 950_000,
    mm_factor_e6: 800_000,
    exit_buffer_e6: 250_000,
    haircut_max_e6: 950_000,
    peg_e8: 100_000_000,
    dust_equity_e6: 1_000_000_000,
    groups: [GroupInput { rho_e6: 500_000, measure: Measure::Worst }; 4],
};

//! The default parameters of docs/risk.md, which every test starts from.

use ballast_risk::{ExchangeInput, ExpiryInput, GroupInput, MarketParams, Measure, UnderlyingInput};

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

/// An exchange with the defaults and no interest.
pub const EXCHANGE: ExchangeInput = ExchangeInput {
    rate_e6: 0,
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

/// An underlying without confidence interval, gap or flags.
pub const fn underlying(params: &MarketParams, spot_e8: u64, vol_e6: i64) -> UnderlyingInput<'_> {
    UnderlyingInput {
        params,
        spot_e8,
        conf_e8: 0,
        ema_e8: spot_e8,
        vol_e6,
        vol_margin_e6: vol_e6,
        vol_ref_e6: vol_e6,
        oi_share_e6: 0,
        group: 0,
        vol_stale: false,
        price_stale: false,
        realised_only: false,
    }
}

/// An expiry with a flat smile and no basis.
pub const fn flat_expiry(secs_left: i64) -> ExpiryInput {
    ExpiryInput {
        secs_left,
        atm_e6: 1_000_000,
        skew_e6: 0,
        curvature_e6: 0,
        basis_e6: 0,
        averaged_secs: 0,
        average_e8: 0,
        settled_e8: 0,
    }
}

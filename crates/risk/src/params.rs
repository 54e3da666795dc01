//! Hard bounds of the parameters: no authority can set a value outside them.

use crate::bounds::{DAY_SECS, GROUPS_MAX, MONEY_MAX_E6, ONE_E6};
use crate::error::RiskError;
use crate::input::{ExchangeInput, MarketParams};

/// The value of a named field must lie in [low, high].
fn bounded(value: i64, low: i64, high: i64, name: &'static str) -> Result<(), RiskError> {
    if (low..=high).contains(&value) {
        Ok(())
    } else {
        Err(RiskError::Parameter(name))
    }
}

impl MarketParams {
    /// Refuses any parameter outside its hard bound.
    ///
    /// # Errors
    /// [`RiskError::Parameter`] with the field's name.
    pub fn validate(&self) -> Result<(), RiskError> {
        bounded(self.kappa_e6, ONE_E6, 10 * ONE_E6, "kappa_e6")?;
        bounded(self.mpor_secs, 3_600, 10 * DAY_SECS, "mpor_secs")?;
        bounded(self.range_min_e6, 10_000, 600_000, "range_min_e6")?;
        bounded(self.range_max_e6, self.range_min_e6, 600_000, "range_max_e6")?;
        bounded(self.sigma_min_e6, 10_000, ONE_E6, "sigma_min_e6")?;
        bounded(self.sigma_max_e6, self.sigma_min_e6, 4 * ONE_E6, "sigma_max_e6")?;
        bounded(self.smile_min_e6, 200_000, ONE_E6, "smile_min_e6")?;
        bounded(self.smile_max_e6, ONE_E6, 1_900_000, "smile_max_e6")?;
        bounded(self.vol_up_e6, 0, 4 * ONE_E6, "vol_up_e6")?;
        bounded(self.vol_down_e6, 0, ONE_E6, "vol_down_e6")?;
        bounded(self.vol_up_min_e6, 0, 4 * ONE_E6, "vol_up_min_e6")?;
        bounded(self.vol_power_short_e6, 0, ONE_E6, "vol_power_short_e6")?;
        bounded(self.vol_power_long_e6, 0, ONE_E6, "vol_power_long_e6")?;
        bounded(self.short_min_e6, 0, 200_000, "short_min_e6")?;
        bounded(self.basis_e6, 0, 200_000, "basis_e6")?;
        bounded(self.spread_e6, 0, 200_000, "spread_e6")?;
        bounded(self.impact_e6, 0, ONE_E6, "impact_e6")?;
        bounded(self.depth_e6, ONE_E6, MONEY_MAX_E6, "depth_e6")?;
        bounded(self.vol_spread_e6, 0, ONE_E6, "vol_spread_e6")?;
        bounded(self.oi_scale_e6, 0, 8 * ONE_E6, "oi_scale_e6")?;
        bounded(self.oi_free_e6, 0, ONE_E6, "oi_free_e6")?;
        bounded(self.ema_free_e6, 0, ONE_E6, "ema_free_e6")
    }
}

impl ExchangeInput {
    /// Refuses any parameter outside its hard bound.
    ///
    /// # Errors
    /// [`RiskError::Parameter`] with the field's name.
    pub fn validate(&self) -> Result<(), RiskError> {
        bounded(self.rate_e6, 0, 500_000, "rate_e6")?;
        bounded(self.conf_z_e6, ONE_E6, 8 * ONE_E6, "conf_z_e6")?;
        bounded(self.window_secs, 60, DAY_SECS, "window_secs")?;
        bounded(self.long_weight_e6, 0, ONE_E6, "long_weight_e6")?;
        bounded(self.mm_factor_e6, 500_000, ONE_E6, "mm_factor_e6")?;
        bounded(self.exit_buffer_e6, 0, ONE_E6, "exit_buffer_e6")?;
        bounded(self.haircut_max_e6, 0, ONE_E6, "haircut_max_e6")?;
        bounded(self.dust_equity_e6, 0, 1_000_000 * ONE_E6, "dust_equity_e6")?;
        if !(1..=10_000_000_000).contains(&self.peg_e8) {
            return Err(RiskError::Price("peg_e8"));
        }
        for group in &self.groups[..GROUPS_MAX] {
            bounded(group.rho_e6, 0, ONE_E6, "group.rho_e6")?;
        }
        Ok(())
    }
}

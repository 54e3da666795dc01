//! What the engine refuses, in the words of the case file.

use super::read;
use crate::out::Failure;
use ballast_case::{evaluate, Case, Error};
use ballast_risk::RiskError;

/// The engine's names of fields and the case file's. A name that is in both is not here.
const FIELDS: &[(&str, &str)] = &[
    ("rate_e6", "r"),
    ("conf_z_e6", "z"),
    ("window_secs", "window"),
    ("long_weight_e6", "long_weight"),
    ("mm_factor_e6", "mm_factor"),
    ("exit_buffer_e6", "exit_buffer"),
    ("haircut_max_e6", "haircut_max"),
    ("peg_e8", "peg"),
    ("dust_equity_e6", "dust_equity"),
    ("rho_e6", "rho"),
    ("kappa_e6", "kappa"),
    ("mpor_secs", "mpor"),
    ("range_min_e6", "pr_min"),
    ("range_max_e6", "pr_max"),
    ("sigma_min_e6", "sigma_min"),
    ("sigma_max_e6", "sigma_max"),
    ("smile_min_e6", "smile_min"),
    ("smile_max_e6", "smile_max"),
    ("vol_up_e6", "vol_up"),
    ("vol_down_e6", "vol_down"),
    ("vol_up_min_e6", "vol_up_min"),
    ("vol_power_short_e6", "vol_p_short"),
    ("vol_power_long_e6", "vol_p_long"),
    ("short_min_e6", "som"),
    ("basis_e6", "beta"),
    ("spread_e6", "spread"),
    ("impact_e6", "impact"),
    ("depth_e6", "depth"),
    ("vol_spread_e6", "volspread"),
    ("oi_scale_e6", "oi_scale"),
    ("oi_free_e6", "oi_free"),
    ("ema_free_e6", "ema_free"),
    ("oi_share_e6", "oi_share"),
    ("spot_e8", "spot"),
    ("conf_e8", "conf"),
    ("ema_e8", "ema"),
    ("strike_e8", "strike"),
    ("price_e8", "price"),
    ("average_e8", "twap_avg"),
    ("settled_e8", "settled"),
    ("atm_e6", "a"),
    ("skew_e6", "b"),
    ("curvature_e6", "c"),
    ("haircut_e6", "h0"),
    ("haircut_slope_e6", "h1"),
];

/// The message for an error of the engine: file, the underlying it is about where only one is, field.
#[must_use]
pub fn explain(file: &str, case: &Case, error: &Error) -> Failure {
    // What refers to nothing is named by its own words.
    let searched = matches!(error, Error::Engine(_)).then(|| culprit(case, error)).flatten();
    let place = searched.map(|place| format!("{place}: ")).unwrap_or_default();
    let what = match error {
        Error::Engine(RiskError::Parameter(field)) => {
            format!("field `{}` is outside its bound", in_case(field))
        }
        Error::Engine(RiskError::Price(field)) => {
            format!("field `{}` is zero or above the largest price", in_case(field))
        }
        Error::Engine(RiskError::Volatility) => {
            "field `v` is zero, `v_star` is above its bound, or `v_star` is below `v`".to_owned()
        }
        Error::Engine(RiskError::Time) => {
            "field `T` is out of range, or an expiry with `settled` has time left".to_owned()
        }
        Error::Engine(RiskError::Quantity) => "a leg's quantity is above its bound".to_owned(),
        other => other.to_string(),
    };
    Failure(format!("{}: {place}{what}", read::name(file)))
}

fn in_case(field: &'static str) -> &'static str {
    FIELDS.iter().find(|(engine, _)| *engine == field).map_or(field, |(_, case)| case)
}

/// The underlying an error is about: the first that, alone with its legs, is refused for the same reason. None if no
/// underlying at all is refused too, for then it is about the exchange or the cash.
fn culprit(case: &Case, error: &Error) -> Option<String> {
    let refused = |part: &Case| evaluate(part).err().as_ref() == Some(error);
    let mut bare = case.clone();
    bare.underlyings.clear();
    bare.portfolio.legs.clear();
    bare.portfolio.collateral.clear();
    if refused(&bare) {
        return Some("exchange or cash".to_owned());
    }
    for (place, underlying) in case.underlyings.iter().enumerate() {
        let mut alone = bare.clone();
        alone.underlyings.push(underlying.clone());
        let legs = case.portfolio.legs.iter().filter(|leg| leg.0 == place);
        alone.portfolio.legs.extend(legs.cloned().map(|leg| (0, leg.1, leg.2, leg.3, leg.4)));
        if refused(&alone) {
            return Some(format!("underlyings[{place}] ({}), its params or its legs", underlying.id));
        }
    }
    for (place, collateral) in case.portfolio.collateral.iter().enumerate() {
        let mut alone = bare.clone();
        let unlinked = ballast_case::Collateral { underlying: None, ..collateral.clone() };
        alone.portfolio.collateral.push(unlinked);
        if refused(&alone) {
            return Some(format!("portfolio.collateral[{place}] ({})", collateral.asset));
        }
    }
    None
}

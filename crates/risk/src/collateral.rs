//! What a collateral balance counts for (risk.md §6). Assets are rounded down.

use crate::bounds::{MONEY_MAX_E6, ONE_E6, PRICE_MAX_E8};
use crate::error::RiskError;
use crate::fixed::saturate;
use crate::input::{CollateralInput, ExchangeInput};

/// Value of one balance in 1e-6 quote.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct CollateralValue {
    pub mark_e6: i64,
    pub maintenance_e6: i64,
    pub initial_e6: i64,
}

/// Counts a balance: at mark, at `(spot − conf)·(1 − h)` for MM, at `(min(spot, ema) − z·conf)·(1 − h)·cap/deposits` for
/// IM. `vol_over_ref_e6` is (V*/Vref − 1)⁺ of its market, `stale` widens the confidence four times.
///
/// # Errors
/// A price or haircut out of bounds.
pub(crate) fn count(
    x: &ExchangeInput,
    c: &CollateralInput,
    vol_over_ref_e6: i64,
    stale: bool,
) -> Result<CollateralValue, RiskError> {
    if c.amount == 0 {
        return Ok(CollateralValue::default());
    }
    validate(c)?;
    let conf = i128::from(c.conf_e8) * if stale { 4 } else { 1 };
    let price = i128::from(c.price_e8);
    let maintenance = (price - conf).max(0);
    // z·conf rounded up: the price is rounded down.
    let z_conf = (conf * i128::from(x.conf_z_e6) + i128::from(ONE_E6) - 1) / i128::from(ONE_E6);
    let initial = (price.min(i128::from(c.ema_e8)) - z_conf).max(0);
    let keep = keep_e12(x, c, vol_over_ref_e6);
    let mark_e6 = worth(c, price);
    let maintenance_e6 = times_e12(worth(c, maintenance), keep);
    let mut initial_e6 = times_e12(worth(c, initial), keep);
    if c.cap > 0 && c.deposits > c.cap {
        initial_e6 = saturate(i128::from(initial_e6) * i128::from(c.cap) / i128::from(c.deposits));
    }
    Ok(CollateralValue { mark_e6, maintenance_e6, initial_e6 })
}

fn validate(c: &CollateralInput) -> Result<(), RiskError> {
    for (price, name) in [(c.price_e8, "collateral.price_e8"), (c.ema_e8, "collateral.ema_e8")] {
        if !(1..=PRICE_MAX_E8).contains(&price) {
            return Err(RiskError::Price(name));
        }
    }
    if c.conf_e8 > PRICE_MAX_E8 {
        return Err(RiskError::Price("collateral.conf_e8"));
    }
    if c.decimals > 18 {
        return Err(RiskError::Parameter("collateral.decimals"));
    }
    if !(0..=ONE_E6).contains(&c.haircut_e6) || !(0..=10 * ONE_E6).contains(&c.haircut_slope_e6) {
        return Err(RiskError::Parameter("collateral.haircut_e6"));
    }
    Ok(())
}

/// 1 − min(h0 + h1·over, largest haircut), 1e-12.
fn keep_e12(x: &ExchangeInput, c: &CollateralInput, vol_over_ref_e6: i64) -> i128 {
    let haircut = i128::from(c.haircut_e6) * i128::from(ONE_E6)
        + i128::from(c.haircut_slope_e6) * i128::from(vol_over_ref_e6);
    1_000_000_000_000 - haircut.min(i128::from(x.haircut_max_e6) * i128::from(ONE_E6))
}

/// amount·price, 1e-6 quote rounded down, at most the end of the money range: of a balance beyond it the rest is not
/// counted, as if the portfolio did not have it. A price that rises must not make a book that nobody can value.
fn worth(c: &CollateralInput, price_e8: i128) -> i64 {
    // 1e-decimals units times 1e-8 quote is 1e-(decimals + 8): less 6 to money.
    let money = i128::from(c.amount) * price_e8 / 10i128.pow(u32::from(c.decimals) + 2);
    saturate(money).min(MONEY_MAX_E6)
}

fn times_e12(money_e6: i64, ratio_e12: i128) -> i64 {
    saturate(i128::from(money_e6) * ratio_e12 / 1_000_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::GroupInput;

    /// Goal: a balance beyond the money range counts as the range, so that no price makes it impossible to value. Method: the
    /// range, one more, everything at the highest price.
    #[test]
    fn a_balance_beyond_the_range_counts_as_the_range() {
        let coin = CollateralInput {
            decimals: 6,
            price_e8: 100_000_000,
            ema_e8: 100_000_000,
            ..CollateralInput::default()
        };
        let exchange = ExchangeInput {
            rate_e6: 0,
            conf_z_e6: 2 * ONE_E6,
            window_secs: 1_800,
            long_weight_e6: ONE_E6,
            mm_factor_e6: ONE_E6,
            exit_buffer_e6: 0,
            haircut_max_e6: ONE_E6,
            peg_e8: 100_000_000,
            dust_equity_e6: 0,
            groups: [GroupInput::default(); 4],
        };
        let counted = |amount, price_e8| {
            let coin = CollateralInput { amount, price_e8, ema_e8: price_e8, ..coin };
            count(&exchange, &coin, 0, false).expect("a value")
        };
        let most = MONEY_MAX_E6.unsigned_abs();
        let whole =
            CollateralValue { mark_e6: MONEY_MAX_E6, maintenance_e6: MONEY_MAX_E6, initial_e6: MONEY_MAX_E6 };
        assert_eq!(counted(most - 1, 100_000_000).mark_e6, MONEY_MAX_E6 - 1);
        for (amount, price_e8) in [(most, 100_000_000), (most + 1, 100_000_000), (u64::MAX, PRICE_MAX_E8)] {
            assert_eq!(counted(amount, price_e8), whole);
        }
    }
}

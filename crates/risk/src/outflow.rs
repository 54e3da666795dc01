//! The withdrawal guard: what may leave a vault in a sliding hour (risk.md §8).

use crate::bounds::ONE_E6;
use crate::fixed::mul_div_floor;

/// The most that may still leave, in token units: `share` (1e-6) of what the vault held an hour ago, less the net
/// outflow since. `vault` is what it holds now, `net_outflow` what left since less what came. Rounded down; a share
/// above 1 counts as 1.
#[must_use]
pub fn withdrawable(vault: u64, net_outflow: i64, share_e6: u64) -> u64 {
    let before = i128::from(vault) + i128::from(net_outflow);
    let Ok(before) = u64::try_from(before.max(0)) else { return u64::MAX };
    let share =
        mul_div_floor(before, share_e6.min(ONE_E6.unsigned_abs()), ONE_E6.unsigned_abs()).unwrap_or(0);
    let left = i128::from(share) - i128::from(net_outflow);
    u64::try_from(left.max(0)).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a quarter of what was there an hour ago may leave, what came since on top. Method: known values.
    #[test]
    fn a_quarter_an_hour() {
        assert_eq!(withdrawable(1_000, 0, 250_000), 250);
        assert_eq!(withdrawable(900, 100, 250_000), 150);
        assert_eq!(withdrawable(750, 250, 250_000), 0);
        assert_eq!(withdrawable(700, 300, 250_000), 0);
        // 400 came in the hour: they may leave again, and a quarter of the 600 before them.
        assert_eq!(withdrawable(1_000, -400, 250_000), 550);
        assert_eq!(withdrawable(0, 0, 250_000), 0);
        assert_eq!(withdrawable(u64::MAX, i64::MIN, 2_000_000), u64::MAX);
    }
}

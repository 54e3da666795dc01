//! The small functions, one a check: totals kept, bounds kept, rounding by its name.

use super::{amounts, arithmetic, settlement, volatility};
use crate::inputs::Arguments;

/// Every check there is; an input picks one.
const CHECKS: [fn([i64; 12]); 12] = [
    settlement::any_window,
    settlement::a_sampled_window,
    settlement::payoffs,
    volatility::variance,
    volatility::moves,
    volatility::medians,
    amounts::fees,
    amounts::sales,
    amounts::fractions,
    amounts::phases,
    arithmetic::quotients,
    arithmetic::functions,
];

/// Runs the check that the arguments name.
pub fn check(arguments: &Arguments) {
    CHECKS[usize::from(arguments.which) % CHECKS.len()](arguments.numbers);
}

//! The 35 scenarios of a margin check (risk.md §3): 27 points of a grid of nine spot moves by three volatility cases,
//! and eight tails at raised volatility whose losses count in part.

/// Scenarios of a margin check.
pub const SCENARIOS: usize = 35;
/// Spot moves of the grid, −1 to +1 price ranges by quarters.
pub const GRID_MOVES: usize = 9;
/// Tail moves.
pub const TAIL_MOVES: usize = 8;
/// Index of the first tail.
pub const FIRST_TAIL: usize = 3 * GRID_MOVES;
/// Index of "no move, same volatility".
pub const UNMOVED: usize = 3 * UNMOVED_STEP + 1;
/// Step of the grid that does not move.
pub(crate) const UNMOVED_STEP: usize = GRID_MOVES / 2;

/// Volatility case of a scenario row; scenario `3·i + case` is grid move `i`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VolCase {
    /// Raised.
    Up = 0,
    /// Unchanged.
    Same = 1,
    /// Lowered.
    Down = 2,
}

/// Tail moves, percent of spot.
pub const TAIL_PERCENT: [i64; TAIL_MOVES] = [-66, -33, 50, 100, 200, 300, 400, 500];

/// ln(1 + tail move) at 2^-26, from 50-digit arithmetic.
pub(crate) const TAIL_LOG_Q26: [i64; TAIL_MOVES] =
    [-72_397_691, -26_875_595, 27_210_303, 46_516_320, 73_726_623, 93_032_640, 108_007_550, 120_242_943];

/// Index of a grid scenario.
#[must_use]
pub const fn grid_index(step: usize, case: VolCase) -> usize {
    3 * step + case as usize
}

/// 1 + tail move at 2^-26.
pub(crate) const TAIL_MULTIPLE_Q26: [i64; TAIL_MOVES] =
    [22_817_014, 44_962_939, 100_663_296, 134_217_728, 201_326_592, 268_435_456, 335_544_320, 402_653_184];

/// What a scenario index means, for people: (move in quarters of the price range or percent of spot, is it a tail).
#[must_use]
pub const fn describe(scenario: usize) -> Option<(i64, bool)> {
    if scenario < FIRST_TAIL {
        Some((scenario as i64 / 3 - 4, false))
    } else if scenario < SCENARIOS {
        Some((TAIL_PERCENT[scenario - FIRST_TAIL], true))
    } else {
        None
    }
}

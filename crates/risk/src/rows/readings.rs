//! What the lines of a strike read in the rows, whatever their amounts.

use super::{step_of, Rows, MOVED};
use crate::kernel::readings::Reading;
use crate::kernel::{Point, Row};
use crate::lane::Lane;
use crate::normal::PROBABILITY_BITS;
use crate::scenario::{
    grid_index, VolCase, FIRST_TAIL, GRID_MOVES, SCENARIOS, TAIL_MOVES, TAIL_MULTIPLE_Q26,
};
use crate::scratch::Line;
use crate::surface::PreparedExpiry;
use crate::underlying::ExpiryBlock;

/// What the lines of a strike read in every scenario, in the scenarios' order, and the share of a strike's amount that goes
/// to the lower of two nodes in each volatility case (2^-29, by [`VolCase`]).
pub(crate) struct StrikeReadings {
    pub readings: [Reading; SCENARIOS],
    pub parts_q29: [Lane; 3],
}

impl Rows<'_> {
    /// 1 + move of every scenario, and the bits of its fraction.
    pub(crate) fn multiples(&self) -> [(Lane, u32); SCENARIOS] {
        core::array::from_fn(|s| match s.checked_sub(FIRST_TAIL) {
            None => (self.moves.multiples_q28[s / 3], 28),
            Some(tail) => (Lane(TAIL_MULTIPLE_Q26[tail]), 26),
        })
    }

    /// What a line at a volatility reads, and at v = σ√T of it.
    pub(crate) fn readings(
        &self,
        line: &Line,
        e: &PreparedExpiry,
        (sigma_q29, v_q40): (Lane, Lane),
    ) -> StrikeReadings {
        let x_q26 = (line.x_q40 + Lane(1 << 13)) >> 14;
        let up = Point::new(x_q26, e.up.deviation_q40(sigma_q29));
        let (part_up, raised) = up.readings(&self.up);
        let (_, tails) = up.readings(&self.tails);
        let (part_same, same) = Point::new(x_q26, v_q40).readings(&self.same);
        let (part_down, down) = Point::new(x_q26, e.down.deviation_q40(sigma_q29)).readings(&self.down);
        StrikeReadings {
            readings: by_scenario(&raised, &same, &down, &tails),
            parts_q29: [part_up, part_same, part_down],
        }
    }

    /// What a line that is worth its payoff reads, and whether it is exercised unmoved.
    pub(crate) fn plain_readings(&self, line: &Line, e: &PreparedExpiry) -> (StrikeReadings, bool) {
        let mut alone = Self { moves: self.moves, ..*self };
        let mut sum = ExpiryBlock::default();
        alone.add_plain(&Line { forward: Lane(1), strike: Lane(1), ..*line }, e, &mut sum);
        let readings = by_scenario(
            &sure_readings(&alone.up),
            &sure_readings(&alone.same),
            &sure_readings(&alone.down),
            &sure_readings(&alone.tails),
        );
        (StrikeReadings { readings, parts_q29: [Lane::ZERO; 3] }, sum.forward > Lane::ZERO)
    }
}

/// A row of lines of one unit that are certain from some cell on.
fn sure_readings<const N: usize>(row: &Row<N>) -> [Reading; N] {
    let mut sure = Lane::ZERO;
    row.map(|cell| {
        sure += cell.sure_forward;
        let one = (sure << PROBABILITY_BITS).0 as u32;
        Reading { one, two: one, below: one }
    })
}

/// Cells of the four rows as scenarios. Without a move and at unchanged volatility nothing is read.
fn by_scenario(
    up: &[Reading; GRID_MOVES],
    same: &[Reading; MOVED],
    down: &[Reading; GRID_MOVES],
    tails: &[Reading; TAIL_MOVES],
) -> [Reading; SCENARIOS] {
    let mut all = [Reading { one: 0, two: 0, below: 0 }; SCENARIOS];
    for step in 0..GRID_MOVES {
        all[grid_index(step, VolCase::Up)] = up[step];
        all[grid_index(step, VolCase::Down)] = down[step];
    }
    for (i, reading) in same.iter().enumerate() {
        all[grid_index(step_of(i), VolCase::Same)] = *reading;
    }
    all[FIRST_TAIL..].copy_from_slice(tails);
    all
}

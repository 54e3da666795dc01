//! What a line reads of the table whatever its amounts, for lines of the same strike in many books.

use super::{add_edge, Cell, Point, Row, Shape};
use crate::lane::Lane;
use crate::normal::PROBABILITY_BITS;

/// What a line reads of the table at one move: Φ at the nodes of d1, of d2 and below that of d2, 2^-29. Certain exercise reads
/// ones, a worthless line zeros: the same sums, for a whole amount times one is the amount.
#[derive(Clone, Copy)]
pub(crate) struct Reading {
    pub one: u32,
    pub two: u32,
    pub below: u32,
}

impl Point {
    /// The share of a strike that goes to the node below that of d2 (2^-29), and what a line reads in every cell of a row:
    /// found by lines of one unit through the loop that serves every cell.
    pub(crate) fn readings<const N: usize>(self, row: &Row<N>) -> (Lane, [Reading; N]) {
        let unit = Lane(1 << PROBABILITY_BITS);
        let shape = self.shape(Lane::ZERO, unit);
        let read = |cell: &Cell, (forward, here, below): (i64, i64, i64)| {
            let (not_forward, not_here, not_below) = (!Lane(forward), !Lane(here), !Lane(below));

            let mut alone = [Cell { log_q26: cell.log_q26, ..Cell::default() }];
            add_edge(&Shape { not_forward, not_here, not_below, ..shape }, &mut alone);
            let [of] = alone;
            (of.forward + of.strike + ((of.sure_forward + of.sure_strike) << PROBABILITY_BITS)).0 as u32
        };
        let readings = row.map(|cell| Reading {
            one: read(&cell, (1, 0, 0)),
            two: read(&cell, (0, 1, 0)),
            below: read(&cell, (0, 0, 1)),
        });
        (!shape.not_below, readings)
    }
}

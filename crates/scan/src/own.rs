//! Own strikes of expiries about to end (risk.md §3): settlement at a strike of the book or at a grid move.
//!
//! `P = ℓ(m) + g·(value_e − D·payoff_e − ℓ_e(m))`. Values and losses come from the arrays, payoffs from the legs.

use crate::arrays::{ExpiryRisk, VALUE};
use crate::books::Book;
use crate::groups::{Groups, OUTSIDE};
use crate::sums::{Tables, UnderlyingSums};
use ballast_risk::bounds::GROUPS_MAX;
use ballast_risk::scenario::{grid_index, VolCase, GRID_MOVES};

/// Errors of an underlying's sums that one scenario adds up: of the value, of two interpolated losses (of the expiry and
/// of the underlying) and, for the engine's rounding of shares, payoffs and parts, two more.
const ERRORS: f64 = 5.0;

/// The own-strike scenarios of a portfolio; memory that is used again.
#[derive(Debug, Clone, Default)]
pub(crate) struct OwnParts {
    parts: Vec<Part>,
}

/// One scenario: where, and what it adds to ℓ.
#[derive(Debug, Clone, Copy)]
struct Part {
    market: usize,
    /// Share of the price range, −1 to 1.
    share: f64,
    part_e6: f64,
}

impl OwnParts {
    pub(crate) fn clear(&mut self) {
        self.parts.clear();
    }

    /// Adds the scenarios of an underlying. Its own-strike losses from above, for IM and for MM.
    pub(crate) fn add(&mut self, tables: &Tables, book: &Book, sums: &UnderlyingSums) -> (f64, f64) {
        let first = self.parts.len();
        let mut at = sums.legs.0;
        while at < sums.legs.1 {
            let expiry = tables.terms[book.series[at] as usize].expiry;
            let from = at;
            while at < sums.legs.1 && tables.terms[book.series[at] as usize].expiry == expiry {
                at += 1;
            }
            let risk = &tables.expiries[expiry as usize];
            if risk.near > 0.0 {
                let legs = Legs { tables, series: &book.series[from..at], qty_e6: &book.qty_e6[from..at] };
                self.add_expiry(&legs, risk, sums);
            }
        }
        let grid = unchanged_vol_row(&sums.columns);
        let (mut scan, mut maintenance) = (0.0f64, 0.0f64);
        for part in &self.parts[first..] {
            let linear = interpolate(&grid, part.share);
            scan = scan.max(linear + part.part_e6);
            maintenance = maintenance.max(tables.mm_factor * linear + part.part_e6);
        }
        (scan, maintenance)
    }

    fn add_expiry(&mut self, legs: &Legs, risk: &ExpiryRisk, sums: &UnderlyingSums) {
        let range = legs.tables.markets[sums.market].range;
        let (value, losses) = legs.value_and_losses();
        let mut add = |share: f64| {
            let payoff = legs.payoff(risk.forward * (1.0 + share * range));
            let part = risk.near * (value - risk.discount * payoff - interpolate(&losses, share));
            let part_e6 = part + ERRORS * sums.error;
            self.parts.push(Part { market: sums.market, share, part_e6 });
        };
        for step in 0..GRID_MOVES {
            add((step as f64 - (GRID_MOVES / 2) as f64) / 4.0);
        }
        for series in legs.series {
            let share = (legs.tables.terms[*series as usize].strike / risk.forward - 1.0) / range;
            // A little beyond the ends too: the engine's comparison is in other digits.
            if share.abs() <= 1.0 + 1e-9 {
                add(share);
            }
        }
    }

    /// The own-strike loss of each group for MM: the losses of the other underlyings at the same share of their ranges.
    pub(crate) fn joint(&self, tables: &Tables, groups: &Groups) -> [f64; GROUPS_MAX] {
        let mut own = [0.0f64; GROUPS_MAX];
        for part in &self.parts {
            let market = &tables.markets[part.market];
            if market.place != OUTSIDE {
                let linear = interpolate(&unchanged_vol_row(groups.joint(market.group)), part.share);
                let loss = tables.mm_factor * linear + part.part_e6 + groups.error(market.group);
                own[market.group] = own[market.group].max(loss);
            }
        }
        own
    }
}

/// The legs of a portfolio in one expiry.
struct Legs<'a> {
    tables: &'a Tables,
    series: &'a [u32],
    qty_e6: &'a [i64],
}

impl Legs<'_> {
    fn each(&self) -> impl Iterator<Item = (u32, f64)> + '_ {
        self.series.iter().zip(self.qty_e6).map(|(series, qty_e6)| (*series, *qty_e6 as f64))
    }

    /// Value and unchanged-volatility grid losses, 1e-6 quote.
    fn value_and_losses(&self) -> (f64, [f64; GRID_MOVES]) {
        let (mut value, mut losses) = (0.0, [0.0; GRID_MOVES]);
        for (series, qty) in self.each() {
            let row = &self.tables.rows[series as usize].columns;
            value += qty * row[VALUE];
            for (step, loss) in losses.iter_mut().enumerate() {
                *loss += qty * row[grid_index(step, VolCase::Same)];
            }
        }
        (value, losses)
    }

    /// Payoff at a settlement price, 1e-6 quote.
    fn payoff(&self, price: f64) -> f64 {
        let of = |(series, qty): (u32, f64)| {
            let gain = price - self.tables.terms[series as usize].strike;
            qty * if series % 2 == 1 { -gain } else { gain }.max(0.0)
        };
        self.each().map(of).sum()
    }
}

fn unchanged_vol_row(losses: &[f64]) -> [f64; GRID_MOVES] {
    std::array::from_fn(|step| losses[grid_index(step, VolCase::Same)])
}

/// Linear between grid moves.
fn interpolate(grid: &[f64; GRID_MOVES], share: f64) -> f64 {
    let place = (share.clamp(-1.0, 1.0) + 1.0) * 4.0;
    let cell = (place as usize).min(GRID_MOVES - 2);
    let part = place - cell as f64;
    grid[cell] + (grid[cell + 1] - grid[cell]) * part
}

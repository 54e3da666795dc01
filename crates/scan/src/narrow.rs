//! Scans of very many portfolios by risk arrays of losses alone, four bytes a number.
//!
//! A scan should not wait for rows to come from far. So the losses of a unit are whole numbers here, 2^-31 of the greatest
//! of them: a row is 192 bytes, half of [`crate::arrays::Row`], and a core's first-level cache holds those of a market, by
//! which [`crate::batch`] orders the portfolios. Written for the compiler to fit to the registers of the machine; a product
//! and its addition are fused, every column adds in the order of the legs, and the worst of them is the same in any order,
//! so that every machine finds the same bits.

use crate::arrays::{Row, ASK, GROSS, LINE_ERROR, NEAR, SIGNED};
use crate::batch::{Batch, ALONE};
use crate::books::{Balance, Books};
use crate::groups::OUTSIDE;
use crate::sums::{Tables, GROSS_MAX};
use ballast_risk::scenario::SCENARIOS;
use pulp::Simd;
use std::ops::Range;

/// Losses of a row: the 35, filled up to whole registers of eight.
const LOSSES: usize = SIGNED;
/// Doubles of the widest register.
const LANES: usize = 8;
/// Losses as whole registers.
type Losses = [[f64; LANES]; LOSSES / LANES];
const NONE: Losses = [[0.0; LANES]; LOSSES / LANES];

/// A loss of a unit may be this many times its gross at most. Rounding it to 2^-31 of that adds less than 4·2^-32 of gross
/// a leg to the 9·2^-32 of [`LINE_ERROR`]: (9 + 4)·n + 19 is at most 16·(n + 1) for every n of 1 or more.
const LOSS_MAX: f64 = 4.0;

/// One unit of a series: three lines of a cache.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct NarrowRow {
    /// Weighted losses of the 35 scenarios, in `scale` of quote.
    losses: [[i32; LANES]; LOSSES / LANES],
    scale: f64,
    /// Not finite where the arrays do not serve: own strikes, an average under way, another measure than the worst loss.
    gross: f64,
}

impl NarrowRow {
    pub(crate) fn new(row: &Row, measured_otherwise: bool) -> Self {
        let columns = &row.columns;
        let most = columns[..SCENARIOS].iter().fold(0.0f64, |most, loss| most.max(loss.abs()));
        let scale = if most > 0.0 { most / f64::from(i32::MAX) } else { 1.0 };
        let mut losses = [[0; LANES]; LOSSES / LANES];
        for (to, loss) in losses.as_flattened_mut().iter_mut().zip(&columns[..SCENARIOS]) {
            *to = (loss / scale).round() as i32;
        }
        let refused = columns[ASK] > 0.0
            || columns[NEAR] > 0.0
            || measured_otherwise
            || most > LOSS_MAX * columns[GROSS];
        Self { losses, scale, gross: if refused { f64::INFINITY } else { columns[GROSS] } }
    }
}

/// What netted underlyings of a batch lose, and their scans; memory that is used again.
#[derive(Debug, Clone, Default)]
pub(crate) struct NarrowDesk(Vec<Kept>);

#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Kept {
    losses: Losses,
    scan: f64,
}

impl Tables {
    /// The scans of IM of a batch of portfolios, 1e-6 quote; not a number where the arrays do not serve or own strikes count.
    #[inline(always)]
    pub(crate) fn narrow_scans<S: Simd>(
        &self,
        simd: S,
        (books, range, batch): (&Books, Range<usize>, &Batch),
        NarrowDesk(kept): &mut NarrowDesk,
        totals: &mut [f64],
    ) {
        kept.resize(batch.kept_markets.len().max(kept.len()), Kept { losses: NONE, scan: 0.0 });
        totals.fill(0.0);
        for refused in &batch.refused {
            totals[usize::from(*refused)] = f64::NAN;
        }
        let rows = self.narrow.as_slice();
        let mut legs = (batch.series.as_slice(), batch.qty_e6.as_slice());
        for segment in &batch.segments {
            let count = usize::from(segment.legs);
            let ((series, later), (qty_e6, later_qty_e6)) = (legs.0.split_at(count), legs.1.split_at(count));
            legs = (later, later_qty_e6);
            let (mut losses, gross) = losses_of(rows, series, qty_e6);
            let mut served = gross < GROSS_MAX;
            if segment.held {
                let balances = books.book(range.start + usize::from(segment.book)).balances;
                self.add_held(&mut losses, usize::from(segment.market), balances);
                served &= !self.ask_group[self.markets[usize::from(segment.market)].group];
            }
            let scan = if served { worst_of(simd, &losses) } else { f64::NAN };
            totals[usize::from(segment.book)] += scan;
            if segment.kept != ALONE {
                kept[segment.kept as usize] = Kept { losses, scan };
            }
        }
        for (book, places) in &batch.netted {
            let total = &mut totals[usize::from(*book)];
            if !total.is_nan() {
                let places = places.start as usize..places.end as usize;
                *total = self.netted_scan(simd, &batch.kept_markets[places.clone()], &kept[places]);
            }
        }
    }

    /// ρ·joint + (1 − ρ)·Σ scan_u over the groups of a portfolio.
    #[inline(always)]
    fn netted_scan<S: Simd>(&self, simd: S, markets: &[u8], kept: &[Kept]) -> f64 {
        let place = |market: u8| self.markets[usize::from(market)].place;
        let mut groups = markets.iter().fold(0u32, |groups, market| groups | 1 << place(*market));
        let mut total = 0.0;
        while groups != 0 {
            let group = groups.trailing_zeros() as usize;
            groups &= groups - 1;
            let (mut joint, mut apart, mut members) = (NONE, 0.0, 0);
            for (market, Kept { losses, scan }) in markets.iter().zip(kept) {
                if place(*market) == group {
                    for (sums, losses) in joint.iter_mut().zip(losses) {
                        for lane in 0..LANES {
                            sums[lane] += losses[lane];
                        }
                    }
                    (apart, members) = (apart + scan, members + 1);
                }
            }
            total += if group == OUTSIDE || members < 2 {
                apart
            } else {
                self.rho[group] * worst_of(simd, &joint) + (1.0 - self.rho[group]) * apart
            };
        }
        total
    }

    /// Adds the collateral held in a market's underlying.
    #[inline(always)]
    fn add_held(&self, losses: &mut Losses, market: usize, balances: &[Balance]) {
        for balance in balances {
            let asset = &self.assets[usize::from(balance.asset)];
            if asset.market.is_some_and(|of| usize::from(of) == market) {
                let amount = balance.amount as f64;
                for (sums, losses) in losses.iter_mut().zip(asset.losses.as_chunks::<LANES>().0) {
                    for lane in 0..LANES {
                        sums[lane] += amount * losses[lane];
                    }
                }
            }
        }
    }
}

/// Losses and gross of these legs.
#[inline(always)]
fn losses_of(rows: &[NarrowRow], series: &[u32], qty_e6: &[f64]) -> (Losses, f64) {
    let (mut losses, mut gross) = (NONE, 0.0f64);
    for (series, qty) in series.iter().zip(qty_e6) {
        let row = &rows[*series as usize];
        let by = qty * row.scale;
        gross = qty.abs().mul_add(row.gross, gross);
        for (sums, losses) in losses.iter_mut().zip(&row.losses) {
            for lane in 0..LANES {
                sums[lane] = by.mul_add(f64::from(losses[lane]), sums[lane]);
            }
        }
    }
    (losses, gross)
}

/// The worst loss, at least 0.
#[inline(always)]
fn worst_of<S: Simd>(simd: S, losses: &Losses) -> f64 {
    let mut most = simd.splat_f64s(0.0);
    for loss in S::as_simd_f64s(losses.as_flattened()).0 {
        most = simd.max_f64s(most, *loss);
    }
    simd.reduce_max_f64s(most)
}

const _: () = assert!(LOSSES.is_multiple_of(LANES) && LINE_ERROR == 16.0 / (1u64 << 32) as f64);

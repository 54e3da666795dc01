//! Scans of very many portfolios by risk arrays of losses alone, four bytes a number.
//!
//! How long a scan takes is how long the rows take to come from a core's second-level cache. So the losses of a unit are
//! whole numbers here, 2^-31 of the greatest of them: a row is 192 bytes, half of [`crate::arrays::Row`]. Written for the
//! compiler to fit to the registers of the machine; a product and its addition are fused, every column adds in the order
//! of the legs, and the worst of them is the same in any order, so that every machine finds the same bits.

use crate::arrays::{Row, ASK, GROSS, LINE_ERROR, NEAR, SIGNED};
use crate::books::{Balance, Book};
use crate::groups::OUTSIDE;
use crate::sums::{Tables, GROSS_MAX};
use ballast_risk::bounds::{GROUPS_MAX, LINES_MAX, UNDERLYINGS_MAX};
use ballast_risk::scenario::SCENARIOS;
use pulp::Simd;

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
    gross: f64,
    market: u32,
    /// First series beyond the market's.
    end: u32,
    /// No scan by the arrays: own strikes, an average under way, another measure than the worst loss.
    refused: bool,
}

impl NarrowRow {
    pub(crate) fn new(row: &Row, (market, end): (u32, u32), measured_otherwise: bool) -> Self {
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
        Self { losses, scale, gross: columns[GROSS], market, end, refused }
    }
}

/// Losses of the underlyings of a portfolio; memory that is used again.
#[derive(Debug, Clone)]
#[repr(C, align(64))]
pub(crate) struct NarrowDesk {
    losses: [Losses; UNDERLYINGS_MAX],
    scans: [f64; UNDERLYINGS_MAX],
    places: [usize; UNDERLYINGS_MAX],
}

impl Default for NarrowDesk {
    fn default() -> Self {
        Self { losses: [NONE; UNDERLYINGS_MAX], scans: [0.0; UNDERLYINGS_MAX], places: [0; UNDERLYINGS_MAX] }
    }
}

impl Tables {
    /// The scan of IM of a portfolio, 1e-6 quote; not a number where the arrays do not serve or own strikes count.
    #[inline(always)]
    pub(crate) fn narrow_scan<S: Simd>(&self, simd: S, book: &Book, desk: &mut NarrowDesk) -> f64 {
        let mut held = if book.balances.is_empty() {
            0
        } else {
            match self.held_markets(book.balances) {
                Some(held) => held,
                None => return f64::NAN,
            }
        };
        let (series, mut at, mut count) = (book.series, 0, 0);
        // Groups that have a member, and whether one has more.
        let (mut groups, mut netted, mut total) = (0u32, false, 0.0);
        while at < series.len() || held != 0 {
            if count == UNDERLYINGS_MAX {
                return f64::NAN;
            }
            let (mut losses, mut gross, mut refused) = (NONE, 0.0f64, false);
            let market;
            if let Some(first) = series.get(at) {
                let Some(first) = self.narrow.get(*first as usize) else { return f64::NAN };
                market = first.market as usize;
                for (series, qty_e6) in series[at..].iter().zip(&book.qty_e6[at..]) {
                    if *series >= first.end {
                        break;
                    }
                    at += 1;
                    let row = &self.narrow[*series as usize];
                    let qty = *qty_e6 as f64;
                    let by = qty * row.scale;
                    gross = qty.abs().mul_add(row.gross, gross);
                    refused |= row.refused;
                    for (sums, losses) in losses.iter_mut().zip(&row.losses) {
                        for lane in 0..LANES {
                            sums[lane] = by.mul_add(f64::from(losses[lane]), sums[lane]);
                        }
                    }
                }
            } else {
                market = held.trailing_zeros() as usize;
            }
            if held >> market & 1 == 1 {
                held &= !(1 << market);
                self.add_held(&mut losses, market, book.balances);
            }
            if refused || gross >= GROSS_MAX || self.ask_group[self.markets[market].group] {
                return f64::NAN;
            }
            let scan = worst_of(simd, &losses);
            let place = self.markets[market].place;
            netted |= place != OUTSIDE && groups >> place & 1 == 1;
            groups |= 1 << place;
            total += scan;
            (desk.losses[count], desk.scans[count], desk.places[count]) = (losses, scan, place);
            count += 1;
        }
        match (series.len() > LINES_MAX, netted) {
            (true, _) => f64::NAN,
            (false, false) => total,
            (false, true) => self.netted_scan(simd, desk, count),
        }
    }

    /// ρ·joint + (1 − ρ)·Σ scan_u over the groups of more underlyings than one.
    #[inline(always)]
    fn netted_scan<S: Simd>(&self, simd: S, desk: &NarrowDesk, count: usize) -> f64 {
        let mut total = 0.0;
        for group in 0..=GROUPS_MAX {
            let (mut joint, mut apart, mut members) = (NONE, 0.0, 0);
            for slot in 0..count {
                if desk.places[slot] == group {
                    for (sums, losses) in joint.iter_mut().zip(&desk.losses[slot]) {
                        for lane in 0..LANES {
                            sums[lane] += losses[lane];
                        }
                    }
                    (apart, members) = (apart + desk.scans[slot], members + 1);
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

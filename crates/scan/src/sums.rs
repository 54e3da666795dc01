//! Sums over a portfolio's legs: what every underlying loses in every scenario, by dot products.
//!
//! Written once for the vector registers of any width, chosen when the program runs. A product and its addition are
//! fused at every width (in software where the machine cannot) and the order of additions is that of the legs, so that
//! sums have the same bits on every machine.

use crate::arrays::{AssetRisk, ExpiryRisk, MarketRisk, Row, Terms, ASK, COLUMNS, GROSS, LINE_ERROR, SIGNED};
use crate::batch::Listed;
use crate::books::{Balance, Book};
use crate::narrow::NarrowRow;
use ballast_risk::bounds::{GROUPS_MAX, LINES_MAX, UNDERLYINGS_MAX};
use ballast_risk::scenario::SCENARIOS;
use pulp::Simd;

/// Everything that a tick's sums read.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    pub rows: Vec<Row>,
    /// Of each series its market and the first series beyond that market's: all that a walk needs, close together.
    pub places: Vec<(u32, u32)>,
    pub terms: Vec<Terms>,
    /// Losses alone, for scans.
    pub narrow: Vec<NarrowRow>,
    /// What the order of scans depends on.
    pub listed: Listed,
    pub expiries: Vec<ExpiryRisk>,
    pub markets: Vec<MarketRisk>,
    pub assets: Vec<AssetRisk>,
    pub rho: [f64; GROUPS_MAX],
    /// A group that is measured otherwise than by its worst loss: the engine is asked.
    pub ask_group: [bool; GROUPS_MAX],
    pub mm_factor: f64,
    pub peg: f64,
}

/// Losses and sums of one underlying of a portfolio, money 1e-6 quote.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub(crate) struct UnderlyingSums {
    pub columns: [f64; COLUMNS],
    /// How far any of them may be from the engine's.
    pub error: f64,
    pub market: usize,
    /// Legs from..to of the portfolio.
    pub legs: (usize, usize),
}

/// Gross beyond which a book may be too large for the engine: 2^54 of the 2^56 it takes.
pub(crate) const GROSS_MAX: f64 = (1u64 << 54) as f64;
/// Relative slack for the rounding of sums in double precision, which is below 2^-50.
pub(crate) const DOUBLE_ERROR: f64 = 1.0 / (1u64 << 44) as f64;

/// A way through the underlyings of a portfolio, one at a time: those with legs first, then those held as collateral
/// alone.
pub(crate) struct Walk<'a, S> {
    simd: S,
    tables: &'a Tables,
    book: &'a Book<'a>,
    at: usize,
    seen: u64,
    /// Markets whose underlying is held as collateral.
    held: u64,
    count: usize,
    /// False once the arrays turn out not to serve.
    pub served: bool,
}

impl<'a, S: Simd> Walk<'a, S> {
    #[inline(always)]
    pub(crate) fn new(simd: S, tables: &'a Tables, book: &'a Book<'a>) -> Self {
        let held = tables.held_markets(book.balances);
        let served = book.series.len() <= LINES_MAX && held.is_some();
        Self { simd, tables, book, at: 0, seen: 0, held: held.unwrap_or(0), count: 0, served }
    }

    /// The sums of the next underlying; none at the end, or where the arrays do not serve.
    #[inline(always)]
    pub(crate) fn next(&mut self, sums: &mut UnderlyingSums) -> bool {
        let (tables, series) = (self.tables, self.book.series);
        sums.legs.0 = self.at;
        if let Some(first) = series.get(self.at) {
            let Some(&(market, end)) = tables.places.get(*first as usize) else { return self.fail() };
            sums.market = market as usize;
            self.at = tables.add_legs(self.simd, self.book, self.at, end, sums);
            self.seen |= 1 << sums.market;
        } else {
            let held = self.held & !self.seen;
            if held == 0 {
                return false;
            }
            sums.market = held.trailing_zeros() as usize;
            self.seen |= 1 << sums.market;
            sums.columns = [0.0; COLUMNS];
        }
        self.count += 1;
        sums.legs.1 = self.at;
        let legs = (sums.legs.1 - sums.legs.0) as f64;
        sums.error = (legs + 1.0) * (LINE_ERROR * sums.columns[GROSS] + 4.0);
        if self.held >> sums.market & 1 == 1 {
            tables.add_collateral(sums, self.book.balances);
        }
        if self.count > UNDERLYINGS_MAX || !self.served || !tables.serve(sums) {
            return self.fail();
        }
        true
    }

    fn fail(&mut self) -> bool {
        self.served = false;
        false
    }
}

/// Registers of sums at a time: eight doubles a register make a row of them.
const PASS: usize = 6;

impl Tables {
    /// Dot products of the legs from `from` to the last one below series `end` with their rows, as many columns at a
    /// time as registers of a machine hold easily. The first leg beyond. Looking for the end and adding up are one loop:
    /// how many legs there are is hard to foretell, and two loops are mistaken twice.
    #[inline(always)]
    fn add_legs<S: Simd>(
        &self,
        simd: S,
        book: &Book,
        from: usize,
        end: u32,
        sums: &mut UnderlyingSums,
    ) -> usize {
        let (registers, _) = S::as_mut_simd_f64s(&mut sums.columns);
        let (mut to, rows) = (from, self.rows.as_slice());
        for (pass, sums) in registers.chunks_exact_mut(PASS).enumerate() {
            let first = pass * PASS;
            let mut totals = [simd.splat_f64s(0.0); PASS];
            to = from;
            for (series, qty_e6) in book.series[from..].iter().zip(&book.qty_e6[from..]) {
                if *series >= end {
                    break;
                }
                to = to.wrapping_add(1);
                let (row, qty) = (&rows[*series as usize].columns, *qty_e6 as f64);
                let row = &S::as_simd_f64s(row).0[first..first + PASS];
                let signed = simd.splat_f64s(qty);
                let size = simd.abs_f64s(signed);
                for register in 0..PASS {
                    let by = if (first + register) * S::F64_LANES < SIGNED { signed } else { size };
                    totals[register] = simd.mul_add_f64s(by, row[register], totals[register]);
                }
            }
            sums.copy_from_slice(&totals);
        }
        to
    }

    /// The markets whose underlying is held as collateral, as bits; none where an asset is not known.
    #[inline(always)]
    pub(crate) fn held_markets(&self, balances: &[Balance]) -> Option<u64> {
        let mut bits = 0;
        for balance in balances {
            let market = self.assets.get(usize::from(balance.asset))?.market;
            if let (Some(market), 1..) = (market, balance.amount) {
                bits |= 1u64 << market;
            }
        }
        Some(bits)
    }

    /// Adds the collateral of the underlying, and its error.
    #[inline(always)]
    fn add_collateral(&self, sums: &mut UnderlyingSums, balances: &[Balance]) {
        for balance in balances {
            let asset = &self.assets[usize::from(balance.asset)];
            if asset.market.is_some_and(|market| usize::from(market) == sums.market) {
                let amount = balance.amount as f64;
                for (sum, loss) in sums.columns.iter_mut().zip(&asset.losses) {
                    *sum += amount * loss;
                }
                sums.error += 4.0 + amount * asset.mark * DOUBLE_ERROR;
            }
        }
    }

    /// Whether the arrays stand for an underlying.
    #[inline(always)]
    fn serve(&self, sums: &UnderlyingSums) -> bool {
        sums.columns[ASK] == 0.0
            && sums.columns[GROSS] < GROSS_MAX
            && !self.ask_group[self.markets[sums.market].group]
    }
}

impl Default for UnderlyingSums {
    fn default() -> Self {
        Self { columns: [0.0; COLUMNS], error: 0.0, market: 0, legs: (0, 0) }
    }
}

/// What keeps the columns that are no losses out of a maximum.
static NO_LOSS: [f64; SIGNED] = {
    let mut mask = [0.0; SIGNED];
    let mut column = SCENARIOS;
    while column < SIGNED {
        mask[column] = f64::NEG_INFINITY;
        column += 1;
    }
    mask
};

/// The worst of the 35 losses, at least 0.
#[inline(always)]
pub(crate) fn worst<S: Simd>(simd: S, columns: &[f64; COLUMNS]) -> f64 {
    let (losses, masks) = (S::as_simd_f64s(&columns[..SIGNED]).0, S::as_simd_f64s(&NO_LOSS).0);
    let pure = SCENARIOS / S::F64_LANES;
    let mut most = simd.splat_f64s(0.0);
    for loss in &losses[..pure] {
        most = simd.max_f64s(most, *loss);
    }
    for (loss, mask) in losses[pure..].iter().zip(&masks[pure..]) {
        most = simd.max_f64s(most, simd.add_f64s(*loss, *mask));
    }
    simd.reduce_max_f64s(most)
}

const _: () = assert!(COLUMNS.is_multiple_of(8 * PASS) && SIGNED.is_multiple_of(8));

//! The pass of one book through a prepared market.

use super::cells::{Amounts, Shares, StrikeCells, Sums, LANES};
use super::load::Loaded;
use super::{ExpiryTick, MarketTick, StrikeRows, StrikeTick};
use crate::assessment::Assessment;
use crate::block::Block;
use crate::bounds::{EXPIRIES_MAX, LINES_MAX, UNDERLYINGS_MAX};
use crate::error::RiskError;
use crate::lane::Lane;
use crate::payoff::Grain;
use crate::report::{FLAG_PRICE_STALE, FLAG_VOL_STALE};
use crate::scratch::{Desk, Scratch, UnderlyingState};
use crate::underlying::{Assessed, ExpiryBlock};

/// What a book holds in one prepared market.
#[derive(Clone, Copy)]
pub struct Holding<'t> {
    /// The market.
    pub market: &'t MarketTick<'t>,
    /// All its expiries, soonest first.
    pub expiries: &'t [ExpiryTick],
    /// All its strikes, ascending by (expiry, strike).
    pub strikes: &'t [StrikeTick],
    /// What the lines of each strike read.
    pub rows: &'t [StrikeRows],
    /// What the book holds, ascending from the first series of this market on: twice the index of a strike for its call,
    /// and one more for its put, both counted from `first`. A series of `beyond` or more is another market's.
    pub series: &'t [u32],
    /// Quantities of the same series, 1e-6 unit, short below zero.
    pub qty_e6: &'t [i64],
    /// Number of the call of the market's first strike.
    pub first: u32,
    /// Number of the first series beyond the market's.
    pub beyond: u32,
    /// What the book's share of open interest is measured against, 1e-6 unit.
    pub open_interest_e6: i64,
}

impl Assessment<'_> {
    /// As [`Assessment::underlying`] for a prepared market: the same numbers to the bit. How many series it took.
    ///
    /// # Errors
    /// Whatever is out of bounds or order, though not always the same reason; the scratch is then meaningless.
    #[inline(always)]
    pub fn holding(&mut self, held: &Holding, lines: &mut HeldLines) -> Result<usize, RiskError> {
        self.hold::<true>(held, lines)
    }

    /// As [`Self::holding`] and of the same bits, but the 35 losses alone: no own strikes, values, Greeks or add-ons.
    /// [`Self::scan_holdings`] goes on from there.
    ///
    /// # Errors
    /// As [`Self::holding`].
    #[inline(always)]
    pub fn holding_losses(&mut self, held: &Holding, lines: &mut HeldLines) -> Result<usize, RiskError> {
        self.hold::<false>(held, lines)
    }

    #[inline(always)]
    fn hold<const WHOLE: bool>(&mut self, held: &Holding, lines: &mut HeldLines) -> Result<usize, RiskError> {
        let slot = self.underlyings;
        if slot >= UNDERLYINGS_MAX {
            return Err(RiskError::TooManyUnderlyings);
        }
        let Scratch { desk, underlyings, .. } = &mut *self.scratch;
        let mut pass = Pass { held, desk, of: lines, count: 0, lines: 0, near: false, settled: false };
        let taken = pass.assess::<WHOLE>((slot, &mut self.so_far), &mut underlyings[slot])?;
        let u = held.market.input;
        self.flags |= if u.vol_stale { FLAG_VOL_STALE } else { 0 };
        self.flags |= if u.price_stale { FLAG_PRICE_STALE } else { 0 };
        self.underlyings = slot + 1;
        Ok(taken)
    }
}

/// Lines of a book, and a register of nothing behind them.
pub(super) const ROOM: usize = LINES_MAX + LANES;

/// Memory of a pass, used again for every book: column by column, for vector registers.
#[derive(Clone)]
pub struct HeldLines {
    /// The strike of each line, and the note of its expiry.
    pub(super) strikes: [(u32, u32); LINES_MAX],
    /// Quantities, 1e-6 unit.
    pub(super) calls_e6: [i64; ROOM],
    pub(super) puts_e6: [i64; ROOM],
    /// Prices of its strike, and their products with its quantity, first raw, then in block units.
    pub(super) forward_n: [Lane; ROOM],
    pub(super) strike_n: [Lane; ROOM],
    pub(super) gross_n: [Lane; ROOM],
    pub(super) forward: [Lane; ROOM],
    pub(super) strike: [Lane; ROOM],
    pub(super) amounts: [Amounts; LINES_MAX],
    /// Sums run on over the lines and are noted at the last line of each expiry: what an expiry adds is the difference of
    /// two notes, and no line waits for what the one before it wrote. The first note is before them all and stays zero.
    pub(super) quantities: [Quantities; EXPIRIES_MAX + 1],
    pub(super) values: [Shares; EXPIRIES_MAX + 1],
}

impl Default for HeldLines {
    fn default() -> Self {
        Self {
            strikes: [(0, 0); LINES_MAX],
            calls_e6: [0; ROOM],
            puts_e6: [0; ROOM],
            forward_n: [Lane::ZERO; ROOM],
            strike_n: [Lane::ZERO; ROOM],
            gross_n: [Lane::ZERO; ROOM],
            forward: [Lane::ZERO; ROOM],
            strike: [Lane::ZERO; ROOM],
            amounts: [Amounts::default(); LINES_MAX],
            quantities: [Quantities::default(); EXPIRIES_MAX + 1],
            values: [[Lane::ZERO; LANES]; EXPIRIES_MAX + 1],
        }
    }
}

/// A book on its way through a market.
pub(super) struct Pass<'p, 't> {
    pub held: &'p Holding<'t>,
    pub desk: &'p mut Desk,
    pub of: &'p mut HeldLines,
    /// Expiries held.
    pub count: usize,
    pub lines: usize,
    /// Some expiry held is near: the book's own strikes are scenarios.
    pub near: bool,
    /// Some expiry held is settled.
    pub settled: bool,
}

/// Sums of quantities up to the end of an expiry.
#[derive(Clone, Copy, Default)]
pub(super) struct Quantities {
    pub calls_e6: i64,
    pub puts_e6: i64,
    /// Lines so far.
    pub end: u32,
    /// Index of the expiry in the market.
    pub expiry: u32,
}

impl<'t> Pass<'_, 't> {
    #[inline(always)]
    fn assess<const WHOLE: bool>(
        &mut self,
        (slot, so_far): (usize, &mut Assessed),
        state: &mut UnderlyingState,
    ) -> Result<usize, RiskError> {
        let market = self.held.market;
        let Loaded { taken, sides_e6 } = self.load::<WHOLE>()?;
        so_far.lines += self.lines;
        if so_far.lines > LINES_MAX {
            return Err(RiskError::TooManyLines);
        }
        let block = self.multiply_out()?;
        state.reset();
        state.range_q40 = market.market.range_q40;
        state.spot_e8 = market.input.spot_e8;
        state.group = market.input.group;
        state.realised_only = u8::from(market.input.realised_only);
        state.price_stale = u8::from(market.input.price_stale);
        state.vol_over_ref_e6 = market.market.vol_over_ref_e6;
        state.has_lines = u8::from(self.lines > 0);
        let mut all = Sums::ZERO;
        let total = self.value::<WHOLE>(&block, &mut all);
        if WHOLE {
            self.own_strikes((slot, &mut so_far.own_rows), &block, state);
        }
        market.scenarios.losses((&all, &block), &total, &mut state.losses_e6);
        if WHOLE {
            self.report(&block, sides_e6, state)?;
        }
        Ok(taken)
    }

    /// What the book holds of the expiry of a note, and its index in the market. Its grain is not worked out.
    #[inline(always)]
    pub(super) fn sum(&self, note: usize) -> (ExpiryBlock, usize) {
        let (quantities, values) = (&self.of.quantities[note], &self.of.values[note]);
        let (before, earlier) = (&self.of.quantities[note - 1], &self.of.values[note - 1]);
        let values: Shares = core::array::from_fn(|i| values[i] - earlier[i]);
        let sum = ExpiryBlock {
            calls_e6: Lane(quantities.calls_e6.wrapping_sub(before.calls_e6)),
            puts_e6: Lane(quantities.puts_e6.wrapping_sub(before.puts_e6)),
            grain: Grain::default(),
            first: before.end as usize,
            end: quantities.end as usize,
            ..block_of(&values)
        };
        (sum, quantities.expiry as usize)
    }

    /// What a line's strike has in common with all lines of it.
    #[inline(always)]
    pub(super) fn cells(&self, line: usize) -> &'t StrikeCells {
        &self.held.rows[self.of.strikes[line].0 as usize].0
    }

    /// The strike of a line.
    #[inline(always)]
    pub(super) fn strike(&self, line: usize) -> &'t StrikeTick {
        &self.held.strikes[self.of.strikes[line].0 as usize]
    }

    /// Values of all lines, unmoved and in every scenario. The unmoved sums.
    #[inline(always)]
    fn value<const WHOLE: bool>(&mut self, block: &Block, all: &mut Sums) -> ExpiryBlock {
        let mut sums = [Lane::ZERO; LANES];
        // As `Block::scaled`.
        let (shift, half) = (block.raw_shift, Lane((1 << block.raw_shift) >> 1));
        for index in 0..self.lines {
            let cells = self.cells(index);
            let (calls_e6, puts_e6) = (self.of.calls_e6[index], self.of.puts_e6[index]);
            let forward = (self.of.forward[index] + half) >> shift;
            let strike = (self.of.strike[index] + half) >> shift;
            if WHOLE {
                (self.of.forward[index], self.of.strike[index]) = (forward, strike);
            }
            let out = if calls_e6 != 0 && puts_e6 != 0 && cells.moves() {
                let prices = &self.held.strikes[self.of.strikes[index].0 as usize].prices;
                let of = |price_n| -block.scaled(block.raw(puts_e6, price_n));
                (of(prices.forward_n), of(prices.strike_n))
            } else {
                let puts = -i64::from(puts_e6 != 0);
                (-Lane(forward.0 & puts), -Lane(strike.0 & puts))
            };
            let shares = cells.shares(forward, strike, out);
            for lane in 0..LANES {
                sums[lane] += shares[lane];
            }
            self.of.amounts[index % LINES_MAX] = Amounts::new(forward, strike, &shares);
            if WHOLE {
                self.of.values[self.of.strikes[index].1 as usize] = sums;
            }
        }
        let lines = (&self.of.amounts[..self.lines], &self.of.strikes[..self.lines]);
        all.add(self.held.rows, lines);
        block_of(&sums)
    }
}

/// Sums of shares as an expiry's.
#[inline(always)]
fn block_of(sums: &Shares) -> ExpiryBlock {
    let [forward, strike, vega, _, _, _, linear_forward, linear_strike] = *sums;
    ExpiryBlock { linear_forward, linear_strike, forward, strike, vega, ..ExpiryBlock::default() }
}

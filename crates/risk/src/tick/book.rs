//! The pass of one book through a prepared market.

use super::cells::{Shares, StrikeCells, Sums, LANES};
use super::charges::ExpiryCharges;
use super::{ExpiryTick, MarketTick, StrikeRows, StrikeTick};
use crate::assessment::Assessment;
use crate::block::Block;
use crate::bounds::{self, EXPIRIES_MAX, LINES_MAX, QTY_MAX_E6, UNDERLYINGS_MAX};
use crate::error::RiskError;
use crate::fixed::{mul_div_ceil_i64, ratio_floor};
use crate::lane::Lane;
use crate::own_strikes::OwnStrikes;
use crate::payoff::Grain;
use crate::report::{FLAG_PRICE_STALE, FLAG_VOL_STALE, NO_FLOOR_E6};
use crate::scenario::{grid_index, VolCase, GRID_MOVES};
use crate::scratch::{Desk, ExpiryReport, Line, Scratch, UnderlyingState};
use crate::settlement::payoff_e6;
use crate::surface::SETTLED;
use crate::underlying::{least, Assessed, ExpiryBlock};
use bytemuck::Zeroable;

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
        let slot = self.underlyings;
        if slot >= UNDERLYINGS_MAX {
            return Err(RiskError::TooManyUnderlyings);
        }
        let Scratch { desk, underlyings, .. } = &mut *self.scratch;
        let mut pass = Pass { held, desk, of: lines, count: 0, lines: 0, near: false };
        let taken = pass.assess((slot, &mut self.so_far), &mut underlyings[slot])?;
        let u = held.market.input;
        self.flags |= if u.vol_stale { FLAG_VOL_STALE } else { 0 };
        self.flags |= if u.price_stale { FLAG_PRICE_STALE } else { 0 };
        self.underlyings = slot + 1;
        Ok(taken)
    }
}

/// Lines of a book, and a register of nothing behind them.
const ROOM: usize = LINES_MAX + LANES;

/// Memory of a pass, used again for every book: column by column, for vector registers.
#[derive(Clone)]
pub struct HeldLines {
    /// The strike of each line, and the note of its expiry.
    strikes: [(u32, u32); LINES_MAX],
    /// Quantities, 1e-6 unit.
    calls_e6: [i64; ROOM],
    puts_e6: [i64; ROOM],
    /// Prices of its strike, and their products with its quantity, first raw, then in block units.
    forward_n: [Lane; ROOM],
    strike_n: [Lane; ROOM],
    gross_n: [Lane; ROOM],
    forward: [Lane; ROOM],
    strike: [Lane; ROOM],
    /// Sums run on over the lines and are noted at the last line of each expiry: what an expiry adds is the difference of
    /// two notes, and no line waits for what the one before it wrote. The first note is before them all and stays zero.
    quantities: [Quantities; EXPIRIES_MAX + 1],
    values: [Shares; EXPIRIES_MAX + 1],
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
            quantities: [Quantities::default(); EXPIRIES_MAX + 1],
            values: [[Lane::ZERO; LANES]; EXPIRIES_MAX + 1],
        }
    }
}

/// A book on its way through a market.
struct Pass<'p, 't> {
    held: &'p Holding<'t>,
    desk: &'p mut Desk,
    of: &'p mut HeldLines,
    /// Expiries held.
    count: usize,
    lines: usize,
    /// Some expiry held is near: the book's own strikes are scenarios.
    near: bool,
}

/// Sums of quantities up to the end of an expiry.
#[derive(Clone, Copy, Default)]
struct Quantities {
    calls_e6: i64,
    puts_e6: i64,
    /// Lines so far.
    end: u32,
    /// Index of the expiry in the market.
    expiry: u32,
}

impl<'t> Pass<'_, 't> {
    #[inline(always)]
    fn assess(
        &mut self,
        (slot, so_far): (usize, &mut Assessed),
        state: &mut UnderlyingState,
    ) -> Result<usize, RiskError> {
        let market = self.held.market;
        let Loaded { taken, sides_e6 } = self.load()?;
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
        let total = self.value(&block, &mut all);
        self.own_strikes((slot, &mut so_far.own_rows), &block, state);
        market.scenarios.losses((&all, &block), &total, &mut state.losses_e6);
        self.report(&block, sides_e6, state)?;
        Ok(taken)
    }

    /// Makes lines of the legs and adds up their quantities. What is out of bounds is seen at the end: a branch less for every
    /// leg.
    #[inline(always)]
    fn load(&mut self) -> Result<Loaded, RiskError> {
        let (held, of) = (self.held, &mut *self.of);
        let (mut size_max, mut long, mut short) = (0u64, 0i64, 0i64);
        let (mut next, mut served, mut near) = (held.first, true, false);
        let (mut last_strike, mut last_expiry) = (usize::MAX, u32::MAX);
        let (mut taken, mut lines, mut count) = (0usize, 0usize, 0usize);
        let mut sums = Quantities::default();
        for (&series, &qty_e6) in held.series.iter().zip(held.qty_e6) {
            if series >= held.beyond {
                break;
            }
            taken = taken.wrapping_add(1);
            let index = (series.wrapping_sub(held.first) / 2) as usize;
            let strike = held.strikes.get(index).ok_or(RiskError::UnknownExpiry)?;
            served &= strike.served & (series >= next);
            near |= strike.near;
            next = series.wrapping_add(1);
            let size = qty_e6.unsigned_abs();
            size_max = size_max.max(size);
            // At most 128 legs of 2^50.
            long = long.wrapping_add(qty_e6.max(0));
            short = short.wrapping_sub(qty_e6.min(0));
            let put = -i64::from((series ^ held.first) & 1);
            let (calls_e6, puts_e6) = (qty_e6 & !put, qty_e6 & put);
            count = count.wrapping_add(usize::from(last_expiry != strike.expiry));
            last_expiry = strike.expiry;
            let paired = index == last_strike;
            last_strike = index;
            lines = lines.wrapping_add(usize::from(!paired));
            let at = lines.wrapping_sub(1) % LINES_MAX;
            if paired {
                of.puts_e6[at] = puts_e6;
            } else {
                of.strikes[at] = (index as u32, count as u32);
                (of.calls_e6[at], of.puts_e6[at]) = (calls_e6, puts_e6);
                (of.forward_n[at], of.strike_n[at]) = (strike.prices.forward_n, strike.prices.strike_n);
                of.gross_n[at] = strike.prices.gross_n;
            }
            sums.calls_e6 = sums.calls_e6.wrapping_add(calls_e6);
            sums.puts_e6 = sums.puts_e6.wrapping_add(puts_e6);
            (sums.end, sums.expiry) = (lines as u32, strike.expiry);
            of.quantities[count.min(EXPIRIES_MAX)] = sums;
        }
        if !served {
            return Err(RiskError::Unsorted);
        }
        if size_max > QTY_MAX_E6 {
            return Err(RiskError::Quantity);
        }
        if lines > LINES_MAX || count > EXPIRIES_MAX {
            return Err(RiskError::TooManyLines);
        }
        (self.lines, self.count, self.near) = (lines, count, near);
        Ok(Loaded { taken, sides_e6: (long, short) })
    }

    /// What the book holds of the expiry of a note, and its index in the market. Its grain is not worked out.
    #[inline(always)]
    fn sum(&self, note: usize) -> (ExpiryBlock, usize) {
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
    fn cells(&self, line: usize) -> &'t StrikeCells {
        &self.held.rows[self.of.strikes[line].0 as usize].0
    }

    /// Products of quantities and prices, and the block that they fit: a register of lines at a time.
    #[inline(always)]
    fn multiply_out(&mut self) -> Result<Block, RiskError> {
        let of = &mut *self.of;
        // Nothing behind the last line.
        of.calls_e6[self.lines..][..LANES].fill(0);
        of.puts_e6[self.lines..][..LANES].fill(0);
        let mut most = [0i64; LANES];
        for from in (0..self.lines).step_by(LANES) {
            let (calls, puts) = (chunk(&of.calls_e6, from), chunk(&of.puts_e6, from));
            for lane in 0..LANES {
                most[lane] =
                    most[lane].max(calls[lane].wrapping_abs().wrapping_add(puts[lane].wrapping_abs()));
            }
        }
        let most = most.iter().fold(0, |most, size| most.max(*size));
        let mut block = Block::new(most as u64, self.held.market.market.price_shift);
        let (left, right) = if block.qty_left { (block.qty_by, 0) } else { (0, block.qty_by) };
        let half = Lane((1 << right) >> 1);
        // As `Block::raw`.
        let raw = |qty_e6: i64, price_n: Lane| {
            let qty = ((Lane(qty_e6) << left) + half) >> right;
            let (high, low) = (price_n >> 24, Lane(price_n.0 & 0xff_ffff));
            qty * high + ((qty * low) >> 24)
        };
        let mut gross = [0u64; LANES];
        for from in (0..self.lines).step_by(LANES) {
            let (calls, puts) = (chunk(&of.calls_e6, from), chunk(&of.puts_e6, from));
            let prices = (chunk(&of.forward_n, from), chunk(&of.strike_n, from), chunk(&of.gross_n, from));
            let (mut forward, mut strike) = ([Lane::ZERO; LANES], [Lane::ZERO; LANES]);
            for lane in 0..LANES {
                // Quantities are at most 2^50 each.
                let qty = calls[lane].wrapping_add(puts[lane]);
                let both = calls[lane].wrapping_abs().wrapping_add(puts[lane].wrapping_abs());
                forward[lane] = raw(qty, prices.0[lane]);
                strike[lane] = raw(qty, prices.1[lane]);
                let part = raw(both, prices.2[lane]) >> 7;
                gross[lane] = gross[lane].wrapping_add(part.0 as u64);
            }
            of.forward[from..][..LANES].copy_from_slice(&forward);
            of.strike[from..][..LANES].copy_from_slice(&strike);
        }
        // And one for every line.
        block.fix(gross.iter().fold(self.lines as u64, |sum, part| sum.wrapping_add(*part)))?;
        Ok(block)
    }

    /// Writes the lines out for payoffs, exact ones, which few books need.
    #[inline(never)]
    fn write_lines(&mut self) {
        for index in 0..self.lines {
            let strike = &self.held.strikes[self.of.strikes[index].0 as usize];
            let line = &mut self.desk.lines[index];
            (line.calls_e6, line.puts_e6) = (self.of.calls_e6[index], self.of.puts_e6[index]);
            (line.strike_e8, line.left_n) = (strike.strike_e8, strike.prices.left_n);
        }
    }

    /// Values of all lines, unmoved and in every scenario. The unmoved sums.
    #[inline(always)]
    fn value(&mut self, block: &Block, all: &mut Sums) -> ExpiryBlock {
        let mut sums = [Lane::ZERO; LANES];
        // As `Block::scaled`.
        let (shift, half) = (block.raw_shift, Lane((1 << block.raw_shift) >> 1));
        for index in 0..self.lines {
            let cells = self.cells(index);
            let (calls_e6, puts_e6) = (self.of.calls_e6[index], self.of.puts_e6[index]);
            let forward = (self.of.forward[index] + half) >> shift;
            let strike = (self.of.strike[index] + half) >> shift;
            (self.of.forward[index], self.of.strike[index]) = (forward, strike);
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
            all.add((forward, strike), &shares, cells);
            self.of.values[self.of.strikes[index].1 as usize] = sums;
        }
        block_of(&sums)
    }

    /// The own strikes of near expiries.
    #[inline(always)]
    fn own_strikes(
        &mut self,
        (slot, own_rows): (usize, &mut usize),
        block: &Block,
        state: &mut UnderlyingState,
    ) {
        let market = self.held.market;
        if !self.near && !market.every_near_counts {
            return;
        }
        self.write_lines();
        let mut held = 0u32;
        for note in 1..=self.count {
            let at = self.of.quantities[note].expiry;
            held |= 1 << at;
            if self.held.expiries[at as usize].state.has_own_strikes() {
                self.own_strikes_of(note, (slot, own_rows), block, state);
            }
        }
        if market.every_near_counts {
            // An expiry without lines loses nothing at any move.
            for (at, expiry) in self.held.expiries.iter().enumerate() {
                if held >> at & 1 == 0 && expiry.state.has_own_strikes() {
                    state.has_own = 1;
                    state.grid_part_e6 = state.grid_part_e6.map(|part| part.max(0));
                }
            }
        }
    }

    #[inline(never)]
    fn own_strikes_of(
        &mut self,
        note: usize,
        (slot, own_rows): (usize, &mut usize),
        block: &Block,
        state: &mut UnderlyingState,
    ) {
        let (market, (sum, at)) = (self.held.market, self.sum(note));
        let e = &self.held.expiries[at].state;
        let mut alone = Sums::ZERO;
        for index in sum.first..sum.end {
            let cells = self.cells(index);
            let (forward, strike) = (self.of.forward[index], self.of.strike[index]);
            let shares = cells.shares(forward, strike, (Lane::ZERO, Lane::ZERO));
            alone.add((forward, strike), &shares, cells);
        }
        let mut losses = [Lane::ZERO; GRID_MOVES];
        for (step, loss) in losses.iter_mut().enumerate() {
            if step != GRID_MOVES / 2 {
                *loss = alone.grid_loss(&market.scenarios, &sum, grid_index(step, VolCase::Same));
            }
        }
        let mut own = OwnStrikes { rows: own_rows, slot, sink: &mut |_| {} };
        own.expiry(self.desk, (note - 1, e), (block, market.market.range_q40, &sum), &losses, state);
    }

    /// Values, floors and Greeks of each expiry in money, and the add-ons.
    #[inline(always)]
    fn report(
        &mut self,
        block: &Block,
        (long_e6, short_e6): (i64, i64),
        state: &mut UnderlyingState,
    ) -> Result<(), RiskError> {
        let market = self.held.market;
        let mut charges = ExpiryCharges::default();
        // A book that is net short calls anywhere has no floor, whatever its other expiries pay at least.
        let mut any_settled = false;
        let bounded = (1..=self.count).fold(true, |bounded, note| {
            let (last, this) = (&self.of.quantities[note - 1], &self.of.quantities[note]);
            let settled = self.held.expiries[this.expiry as usize].state.kind == SETTLED;
            any_settled |= settled;
            bounded & ((this.calls_e6 >= last.calls_e6) | settled)
        });
        if (bounded || any_settled) && !self.near {
            self.write_lines();
        }
        let (mut value, mut initial, mut delta, mut vega, mut floor) = (0i64, 0i64, 0i64, 0i64, 0i64);
        for note in 1..=self.count {
            let (mut sum, at) = self.sum(note);
            let expiry = &self.held.expiries[at];
            let e = &expiry.state;
            let lines = &self.desk.lines[sum.first..sum.end];
            let mut report = ExpiryReport { least_e6: NO_FLOOR_E6, ..ExpiryReport::zeroed() };
            if e.kind == SETTLED {
                report.value_e6 = settled_value(lines, e.settled_e8)?;
                report.least_e6 = report.value_e6;
                initial += report.value_e6;
            } else {
                report.value_e6 = block.money(sum.value());
                report.dollar_delta_e6 = block.money(sum.forward + sum.linear_forward);
                // A density is at most 0.4, so |vega sum| < 2^31.7, and the mantissa is below 2^31.
                let per_root = (sum.vega * Lane(e.root.mantissa)) >> e.root.shift.clamp(0, 63) as u32;
                report.vega_e6 = block.money(per_root);
                if bounded {
                    sum.grain = grain(lines);
                    report.least_e6 = least((lines, &sum), e, block);
                }
                // Zero or less counts in full. No branch: the sign is hard to foretell.
                initial += ratio_floor(report.value_e6.max(0), market.exchange.long_weight_e6);
                initial += report.value_e6.min(0);
                charges.charge(&sum, &expiry.rates, report.dollar_delta_e6, block.price_shift);
            }
            value += report.value_e6;
            delta += report.dollar_delta_e6;
            vega += report.vega_e6.abs();
            floor = match (floor, report.least_e6) {
                (NO_FLOOR_E6, _) | (_, NO_FLOOR_E6) => NO_FLOOR_E6,
                (a, b) => a.saturating_add(b).max(NO_FLOOR_E6 + 1),
            };
            self.desk.expiry_reports[note - 1] = report;
        }
        if value.unsigned_abs() > bounds::MONEY_MAX_E6.unsigned_abs() << 2 {
            return Err(RiskError::TooLarge);
        }
        (state.value_e6, state.value_initial_e6, state.least_e6) = (value, initial, floor);
        (state.dollar_delta_e6, state.dollar_vega_e6) = (delta, vega);
        let u = market.input;
        let gross_qty_e6 = long_e6.wrapping_add(short_e6) as u64;
        let share = share_e6(long_e6.max(short_e6), self.held.open_interest_e6, u.params.oi_free_e6);
        charges.conclude((u, &market.rates), (gross_qty_e6, share), state);
        Ok(())
    }
}

/// What loading a book's legs tells.
struct Loaded {
    /// Legs of the market.
    taken: usize,
    /// All that is long and all that is short, 1e-6 unit.
    sides_e6: (i64, i64),
}

/// Sums of shares as an expiry's.
#[inline(always)]
fn block_of(sums: &Shares) -> ExpiryBlock {
    let [forward, strike, vega, _, _, _, linear_forward, linear_strike] = *sums;
    ExpiryBlock { linear_forward, linear_strike, forward, strike, vega, ..ExpiryBlock::default() }
}

/// A register of a column.
#[inline(always)]
fn chunk<T: Copy>(column: &[T; ROOM], from: usize) -> [T; LANES] {
    core::array::from_fn(|lane| column[from + lane])
}

/// What all quantities and strikes of an expiry are multiples of, as `lines::load` finds it.
fn grain(lines: &[Line]) -> Grain {
    let mut grain = Grain::default();
    for line in lines {
        let (calls, puts) = (line.calls_e6.unsigned_abs(), line.puts_e6.unsigned_abs());
        grain.quantities |= calls | puts;
        grain.strikes |= line.strike_e8;
        grain.gross_e6 = grain.gross_e6.wrapping_add(calls).wrapping_add(puts);
    }
    grain
}

/// Payoffs at a recorded price, 1e-6 quote.
fn settled_value(lines: &[Line], settled_e8: u64) -> Result<i64, RiskError> {
    let most = bounds::MONEY_MAX_E6.unsigned_abs();
    let mut value_e6 = 0i64;
    for line in lines {
        for (is_call, qty_e6) in [(true, line.calls_e6), (false, line.puts_e6)] {
            let paid = payoff_e6(line.strike_e8, is_call, qty_e6, settled_e8);
            // One by one: two payoffs that saturate would cancel.
            if paid.unsigned_abs() > most {
                return Err(RiskError::TooLarge);
            }
            value_e6 = value_e6.saturating_add(paid);
        }
    }
    // A recorded price may be far from the spot that bounds the notional.
    if value_e6.unsigned_abs() > most {
        return Err(RiskError::TooLarge);
    }
    Ok(value_e6)
}

/// A quantity as a share of open interest, 1e-6, rounded up; 0 where it is not above the share that is free, which costs no
/// division and charges as much.
#[inline(always)]
fn share_e6(side_e6: i64, open_interest_e6: i64, free_e6: i64) -> i64 {
    let whole = open_interest_e6.max(1);
    let (side, free) = (side_e6.checked_mul(bounds::ONE_E6), whole.checked_mul(free_e6));
    if side.zip(free).is_some_and(|(side, free)| side <= free) {
        return 0;
    }
    mul_div_ceil_i64(side_e6, bounds::ONE_E6, whole).unwrap_or(bounds::ONE_E6).min(bounds::ONE_E6)
}

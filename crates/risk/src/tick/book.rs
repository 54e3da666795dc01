//! The pass of one book through a prepared market.

use super::cells::{Amounts, StrikeCells, StrikePrices, Sums};
use super::charges::ExpiryCharges;
use super::{ExpiryTick, MarketTick, StrikeRows, StrikeTick};
use crate::assessment::Assessment;
use crate::block::Block;
use crate::bounds::{self, EXPIRIES_MAX, LINES_MAX, QTY_MAX_E6, UNDERLYINGS_MAX};
use crate::error::RiskError;
use crate::fixed::mul_div_ceil_i64;
use crate::kernel::share_of;
use crate::lane::Lane;
use crate::own_strikes::OwnStrikes;
use crate::report::{FLAG_PRICE_STALE, FLAG_VOL_STALE, NO_FLOOR_E6};
use crate::scenario::{grid_index, VolCase, GRID_MOVES};
use crate::scratch::{Desk, ExpiryReport, Line, Scratch, UnderlyingState};
use crate::settlement::payoff_e6;
use crate::surface::SETTLED;
use crate::underlying::{least, total, Assessed, ExpiryBlock};
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
    /// What is held, ascending: twice the index of a strike for its call, and one more for its put, both from `first` on.
    pub series: &'t [u32],
    /// Quantities of the same series, 1e-6 unit, short below zero.
    pub qty_e6: &'t [i64],
    /// Number of the call of the market's first strike.
    pub first: u32,
    /// What the book's share of open interest is measured against, 1e-6 unit.
    pub open_interest_e6: i64,
}

impl Assessment<'_> {
    /// As [`Assessment::underlying`] for a prepared market: the same numbers to the bit.
    ///
    /// # Errors
    /// Whatever is out of bounds or order, though not always the same reason; the scratch is then meaningless.
    #[inline(always)]
    pub fn holding(&mut self, held: &Holding) -> Result<(), RiskError> {
        let slot = self.underlyings;
        if slot >= UNDERLYINGS_MAX {
            return Err(RiskError::TooManyUnderlyings);
        }
        let Scratch { desk, sums, underlyings, .. } = &mut *self.scratch;
        let mut pass =
            Pass { held, desk, sums, at: [0; EXPIRIES_MAX], count: 0, strikes: [0; LINES_MAX], lines: 0 };
        pass.assess((slot, &mut self.so_far), &mut underlyings[slot])?;
        let u = held.market.input;
        self.flags |= if u.vol_stale { FLAG_VOL_STALE } else { 0 };
        self.flags |= if u.price_stale { FLAG_PRICE_STALE } else { 0 };
        self.underlyings = slot + 1;
        Ok(())
    }
}

/// A book on its way through a market.
struct Pass<'p, 't> {
    held: &'p Holding<'t>,
    desk: &'p mut Desk,
    /// Sums of the expiries held, in their order.
    sums: &'p mut [ExpiryBlock; EXPIRIES_MAX],
    /// Their indices in the market.
    at: [u32; EXPIRIES_MAX],
    count: usize,
    /// The strike of each line.
    strikes: [u32; LINES_MAX],
    lines: usize,
}

impl<'t> Pass<'_, 't> {
    #[inline(always)]
    fn assess(
        &mut self,
        (slot, so_far): (usize, &mut Assessed),
        state: &mut UnderlyingState,
    ) -> Result<(), RiskError> {
        let market = self.held.market;
        let (qty_max_e6, side_e6) = self.load()?;
        so_far.lines += self.lines;
        if so_far.lines > LINES_MAX {
            return Err(RiskError::TooManyLines);
        }
        let mut block = Block::new(qty_max_e6, market.market.price_shift);
        self.multiply_out(&mut block)?;
        state.reset();
        state.range_q40 = market.market.range_q40;
        state.spot_e8 = market.input.spot_e8;
        state.group = market.input.group;
        state.realised_only = u8::from(market.input.realised_only);
        state.price_stale = u8::from(market.input.price_stale);
        state.vol_over_ref_e6 = market.market.vol_over_ref_e6;
        state.has_lines = u8::from(self.lines > 0);
        let mut all = Sums::ZERO;
        self.value(&block, &mut all);
        self.own_strikes((slot, &mut so_far.own_rows), &block, state);
        market.scenarios.losses((&all, &block), &total(&self.sums[..self.count]), &mut state.losses_e6);
        self.report(&block, side_e6, state)
    }

    /// Makes lines of the legs and adds up their quantities by expiry. The largest |calls| + |puts| of a line, and the larger
    /// of long and short quantity, 1e-6 unit.
    #[inline(always)]
    fn load(&mut self) -> Result<(u64, i64), RiskError> {
        let held = self.held;
        self.sums[..held.series.len().min(EXPIRIES_MAX)].fill(ExpiryBlock::zeroed());
        let (mut qty_max, mut long, mut short) = (0u64, 0i64, 0i64);
        let (mut last_series, mut last_strike, mut last_expiry) = (None, usize::MAX, u32::MAX);
        for (&series, &qty_e6) in held.series.iter().zip(held.qty_e6) {
            if last_series.is_some_and(|last| series <= last) {
                return Err(RiskError::Unsorted);
            }
            last_series = Some(series);
            let index = (series.wrapping_sub(held.first) / 2) as usize;
            let strike = held.strikes.get(index).ok_or(RiskError::UnknownExpiry)?;
            if !strike.served {
                return Err(RiskError::Price("strike.price_e8"));
            }
            let size = qty_e6.unsigned_abs();
            if size > QTY_MAX_E6 {
                return Err(RiskError::Quantity);
            }
            // At most 128 legs of 2^50.
            long = long.wrapping_add(qty_e6.max(0));
            short = short.wrapping_sub(qty_e6.min(0));
            let put = -i64::from((series ^ held.first) & 1);
            let (calls_e6, puts_e6) = (qty_e6 & !put, qty_e6 & put);
            self.count += usize::from(last_expiry != strike.expiry);
            last_expiry = strike.expiry;
            let place = self.count.wrapping_sub(1);
            *self.at.get_mut(place).ok_or(RiskError::TooManyExpiries)? = strike.expiry;
            let sum = &mut self.sums[place];
            sum.calls_e6 += Lane(calls_e6);
            sum.puts_e6 += Lane(puts_e6);
            sum.grain.gross_e6 = sum.grain.gross_e6.wrapping_add(size);
            sum.grain.quantities |= size;
            sum.grain.strikes |= strike.strike_e8;
            let gross;
            if index == last_strike {
                let line = &mut self.desk.lines[self.lines - 1];
                line.puts_e6 = puts_e6;
                gross = size.wrapping_add(line.calls_e6.unsigned_abs());
            } else {
                let line = self.desk.lines.get_mut(self.lines).ok_or(RiskError::TooManyLines)?;
                (line.calls_e6, line.puts_e6) = (calls_e6, puts_e6);
                (line.strike_e8, line.left_n) = (strike.strike_e8, strike.prices.left_n);
                self.strikes[self.lines] = index as u32;
                self.lines += 1;
                gross = size;
            }
            last_strike = index;
            sum.end = self.lines;
            qty_max = qty_max.max(gross);
        }
        let mut first = 0;
        for sum in &mut self.sums[..self.count] {
            sum.first = first;
            first = sum.end;
        }
        Ok((qty_max, long.max(short)))
    }

    /// The prices of a line's strike.
    #[inline(always)]
    fn prices(&self, line: usize) -> &'t StrikePrices {
        &self.held.strikes[self.strikes[line] as usize].prices
    }

    /// What a line's strike has in common with all lines of it.
    #[inline(always)]
    fn cells(&self, line: usize) -> &'t StrikeCells {
        &self.held.rows[self.strikes[line] as usize].0
    }

    /// Products of quantities and prices, and the block that they fit.
    #[inline(always)]
    fn multiply_out(&mut self, block: &mut Block) -> Result<(), RiskError> {
        let mut gross = 0u64;
        for index in 0..self.lines {
            let prices = self.prices(index);
            let line = &mut self.desk.lines[index];
            // Quantities are at most 2^50 each.
            let qty = line.calls_e6.wrapping_add(line.puts_e6);
            let both = line.calls_e6.wrapping_abs().wrapping_add(line.puts_e6.wrapping_abs());
            line.forward = block.raw(qty, prices.forward_n);
            line.strike = block.raw(qty, prices.strike_n);
            let part = (block.raw(both, prices.gross_n) >> 7).0 as u64;
            gross = gross.wrapping_add(part).wrapping_add(1);
        }
        block.fix(gross)
    }

    /// Values of all lines, unmoved and in every scenario.
    #[inline(always)]
    fn value(&mut self, block: &Block, all: &mut Sums) {
        let mut place = 0;
        for index in 0..self.lines {
            let cells = self.cells(index);
            place += usize::from(index >= self.sums[place].end);
            let (sum, line) = (&mut self.sums[place], &mut self.desk.lines[index]);
            let forward = Lane(block.scaled(line.forward).0 & cells.live);
            let strike = Lane(block.scaled(line.strike).0 & cells.live);
            (line.forward, line.strike) = (forward, strike);
            let [cdf1, cdf2, pdf1] = cells.unmoved;
            sum.forward += share_of(forward, cdf1);
            sum.strike += share_of(strike, cdf2);
            sum.vega += share_of(forward, pdf1);
            let below = cells.parts_q29.map(|part| (strike * part) >> 29);
            all.add(Amounts { forward, strike, below }, cells);
            if line.calls_e6 != 0 && line.puts_e6 != 0 && cells.live != 0 {
                let prices = &self.held.strikes[self.strikes[index] as usize].prices;
                sum.linear_forward -= block.scaled(block.raw(line.puts_e6, prices.forward_n));
                sum.linear_strike -= block.scaled(block.raw(line.puts_e6, prices.strike_n));
            } else {
                let puts = -i64::from(line.puts_e6 != 0);
                sum.linear_forward -= Lane(forward.0 & puts);
                sum.linear_strike -= Lane(strike.0 & puts);
            }
        }
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
        let mut held = 0u32;
        for place in 0..self.count {
            let at = self.at[place];
            held |= 1 << at;
            let e = &self.held.expiries[at as usize].state;
            if e.kind != SETTLED && e.has_own_strikes() {
                self.own_strikes_of(place, (slot, own_rows), block, state);
            }
        }
        if market.every_near_counts {
            // An expiry without lines loses nothing at any move.
            for (at, expiry) in self.held.expiries.iter().enumerate() {
                if held >> at & 1 == 0 && expiry.state.kind != SETTLED && expiry.state.has_own_strikes() {
                    state.has_own = 1;
                    state.grid_part_e6 = state.grid_part_e6.map(|part| part.max(0));
                }
            }
        }
    }

    #[inline(never)]
    fn own_strikes_of(
        &mut self,
        place: usize,
        (slot, own_rows): (usize, &mut usize),
        block: &Block,
        state: &mut UnderlyingState,
    ) {
        let (market, sum) = (self.held.market, &self.sums[place]);
        let e = &self.held.expiries[self.at[place] as usize].state;
        let mut alone = Sums::ZERO;
        for index in sum.first..sum.end {
            let cells = self.cells(index);
            let Line { forward, strike, .. } = self.desk.lines[index];
            let below = cells.parts_q29.map(|part| (strike * part) >> 29);
            alone.add(Amounts { forward, strike, below }, cells);
        }
        let mut losses = [Lane::ZERO; GRID_MOVES];
        for (step, loss) in losses.iter_mut().enumerate() {
            if step != GRID_MOVES / 2 {
                *loss = alone.grid_loss(&market.scenarios, sum, grid_index(step, VolCase::Same));
            }
        }
        let mut own = OwnStrikes { rows: own_rows, slot, sink: &mut |_| {} };
        own.expiry(self.desk, (place, e), (block, market.market.range_q40, sum), &losses, state);
    }

    /// Values, floors and Greeks of each expiry in money, and the add-ons.
    #[inline(always)]
    fn report(&mut self, block: &Block, side_e6: i64, state: &mut UnderlyingState) -> Result<(), RiskError> {
        let market = self.held.market;
        let exchange = market.exchange;
        let mut charges = ExpiryCharges::default();
        // A book that is net short calls anywhere has no floor, whatever its other expiries pay at least.
        let held = self.sums[..self.count].iter().zip(&self.at);
        let bounded = held.fold(true, |bounded, (sum, at)| {
            bounded & (sum.calls_e6 >= Lane::ZERO || self.held.expiries[*at as usize].state.kind == SETTLED)
        });
        for (place, sum) in self.sums.iter().enumerate().take(self.count) {
            let expiry = &self.held.expiries[self.at[place] as usize];
            let e = &expiry.state;
            let lines = &self.desk.lines[sum.first..sum.end];
            let mut report = ExpiryReport::zeroed();
            charges.hold(sum);
            if e.kind == SETTLED {
                report.value_e6 = settled_value(lines, e.settled_e8)?;
                report.least_e6 = report.value_e6;
                state.value_initial_e6 += report.value_e6;
            } else {
                report.value_e6 = block.money(sum.value());
                report.dollar_delta_e6 = block.money(sum.forward + sum.linear_forward);
                // A density is at most 0.4, so |vega sum| < 2^31.7, and the mantissa is below 2^31.
                let vega = (sum.vega * Lane(e.root.mantissa)) >> e.root.shift.clamp(0, 63) as u32;
                report.vega_e6 = block.money(vega);
                report.least_e6 = if bounded { least((lines, sum), e, block) } else { NO_FLOOR_E6 };
                // Zero or less counts in full. No branch: the sign is hard to foretell.
                let above = crate::fixed::ratio_floor(report.value_e6.max(0), exchange.long_weight_e6);
                state.value_initial_e6 += above + report.value_e6.min(0);
                charges.charge(sum, &expiry.rates, report.dollar_delta_e6, block.price_shift);
            }
            state.value_e6 += report.value_e6;
            state.dollar_delta_e6 += report.dollar_delta_e6;
            state.dollar_vega_e6 += report.vega_e6.abs();
            state.least_e6 = match (state.least_e6, report.least_e6) {
                (NO_FLOOR_E6, _) | (_, NO_FLOOR_E6) => NO_FLOOR_E6,
                (a, b) => a.saturating_add(b).max(NO_FLOOR_E6 + 1),
            };
            self.desk.expiry_reports[place] = report;
        }
        if state.value_e6.unsigned_abs() > bounds::MONEY_MAX_E6.unsigned_abs() << 2 {
            return Err(RiskError::TooLarge);
        }
        let u = market.input;
        let oi_share_e6 = share_e6(side_e6, self.held.open_interest_e6, u.params.oi_free_e6);
        charges.conclude((u, &market.rates, oi_share_e6), state);
        Ok(())
    }
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

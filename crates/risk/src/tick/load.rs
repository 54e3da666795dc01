//! A book's legs as lines, and their products with prices.

use super::book::{Pass, Quantities, ROOM};
use super::cells::LANES;
use crate::block::Block;
use crate::bounds::{EXPIRIES_MAX, LINES_MAX, QTY_MAX_E6};
use crate::error::RiskError;
use crate::lane::Lane;

/// What loading a book's legs tells.
pub(super) struct Loaded {
    /// Legs of the market.
    pub taken: usize,
    /// All that is long and all that is short, 1e-6 unit.
    pub sides_e6: (i64, i64),
}

impl Pass<'_, '_> {
    /// Makes lines of the legs and adds up their quantities. What is out of bounds is seen at the end: a branch less for every
    /// leg.
    #[inline(always)]
    pub(super) fn load(&mut self) -> Result<Loaded, RiskError> {
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

    /// Products of quantities and prices, and the block that they fit: a register of lines at a time.
    #[inline(always)]
    pub(super) fn multiply_out(&mut self) -> Result<Block, RiskError> {
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
    pub(super) fn write_lines(&mut self) {
        for index in 0..self.lines {
            let strike = &self.held.strikes[self.of.strikes[index].0 as usize];
            let line = &mut self.desk.lines[index];
            (line.calls_e6, line.puts_e6) = (self.of.calls_e6[index], self.of.puts_e6[index]);
            (line.strike_e8, line.left_n) = (strike.strike_e8, strike.prices.left_n);
        }
    }
}

/// A register of a column.
#[inline(always)]
fn chunk<T: Copy>(column: &[T; ROOM], from: usize) -> [T; LANES] {
    core::array::from_fn(|lane| column[from + lane])
}

//! A book's legs as lines, and their products with prices.

use super::book::{Pass, Quantities, ROOM};
use super::cells::LANES;
use super::{NEAR, NOT_SERVED, PAID};
use crate::block::Block;
use crate::bounds::{EXPIRIES_MAX, LINES_MAX, QTY_MAX_E6};
use crate::error::RiskError;
use crate::lane::Lane;

/// All bits for a put, read from a table: where a compiler sees a condition it makes a branch of it, and whether a leg is
/// a call or a put is not to be foretold.
static PUT: [i64; 2] = [0, -1];

/// What loading a book's legs tells.
pub(super) struct Loaded {
    /// Legs of the market.
    pub taken: usize,
    /// All that is long and all that is short, 1e-6 unit.
    pub sides_e6: (i64, i64),
}

impl Pass<'_, '_> {
    /// Makes lines of the legs and, of a whole check, adds up their quantities. What is out of bounds is seen at the end: a
    /// branch less for every leg.
    #[inline(always)]
    pub(super) fn load<const WHOLE: bool>(&mut self) -> Result<Loaded, RiskError> {
        let (held, of) = (self.held, &mut *self.of);
        let (mut sizes, mut gross_e6, mut flags) = (0u64, 0i64, 0u32);
        // The leg before, counted from the market's first series; none has this number.
        let (mut last, mut unsorted) = (-2i64, false);
        let (mut taken, mut lines, mut count) = (0usize, 0usize, 0usize);
        let mut sums = Quantities { expiry: u32::MAX, ..Quantities::default() };
        for (&series, &qty_e6) in held.series.iter().zip(held.qty_e6) {
            if series >= held.beyond {
                break;
            }
            taken = taken.wrapping_add(1);
            let leg = series.wrapping_sub(held.first);
            let strike = held.strikes.get((leg / 2) as usize).ok_or(RiskError::UnknownExpiry)?;
            let paired = i64::from(leg) >> 1 == last >> 1;
            unsorted |= i64::from(leg) <= last;
            last = i64::from(leg);
            flags |= strike.flags;
            let size = qty_e6.wrapping_abs();
            sizes |= size as u64;
            gross_e6 = gross_e6.wrapping_add(size);
            let put = PUT[(leg & 1) as usize];
            let (calls_e6, puts_e6) = (qty_e6 & !put, qty_e6 & put);
            // One where they differ, without a comparison.
            let other = u64::from(sums.expiry ^ strike.expiry).wrapping_neg() >> 63;
            count = count.wrapping_add(other as usize);
            if paired {
                of.puts_e6[lines.wrapping_sub(1) % LINES_MAX] = puts_e6;
            } else {
                let at = lines % LINES_MAX;
                of.strikes[at] = (leg / 2, count as u32);
                (of.calls_e6[at], of.puts_e6[at]) = (calls_e6, puts_e6);
                (of.forward_n[at], of.strike_n[at]) = (strike.prices.forward_n, strike.prices.strike_n);
                of.gross_n[at] = strike.prices.gross_n;
                lines = lines.wrapping_add(1);
            }
            sums.expiry = strike.expiry;
            if WHOLE {
                sums.calls_e6 = sums.calls_e6.wrapping_add(calls_e6);
                sums.puts_e6 = sums.puts_e6.wrapping_add(puts_e6);
                sums.end = lines as u32;
                of.quantities[count.min(EXPIRIES_MAX)] = sums;
            }
        }
        if unsorted || flags & NOT_SERVED != 0 {
            return Err(RiskError::Unsorted);
        }
        // Refused a little early, where no size is too large but all of them together have such bits.
        if sizes >= QTY_MAX_E6 {
            return Err(RiskError::Quantity);
        }
        if lines > LINES_MAX || count > EXPIRIES_MAX {
            return Err(RiskError::TooManyLines);
        }
        (self.lines, self.count) = (lines, count);
        (self.near, self.settled) = (flags & NEAR != 0, flags & PAID != 0);
        // At most 128 legs of 2^50: what is long and what is short add up to the gross, and differ by the net.
        let net_e6 = sums.calls_e6.wrapping_add(sums.puts_e6);
        let sides_e6 = (gross_e6.wrapping_add(net_e6) >> 1, gross_e6.wrapping_sub(net_e6) >> 1);
        Ok(Loaded { taken, sides_e6 })
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

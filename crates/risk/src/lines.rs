//! The lines of one underlying on their way to the kernel: loaded and checked, then multiplied out at the book's scale.

use crate::block::{discounted, Block};
use crate::bounds::{EXPIRIES_MAX, PRICE_MAX_E8, QTY_MAX_E6};
use crate::error::RiskError;
use crate::fixed::ln_q40;
use crate::input::{LineInput, Strike};
use crate::lane::Lane;
use crate::payoff::Grain;
use crate::scratch::Line;
use crate::surface::{PreparedExpiry, LIVE, SETTLED};
use crate::underlying::{Expiries, ExpiryBlock};

/// What loading the lines of an underlying tells about them.
pub(crate) struct Loaded {
    pub count: usize,
    /// Expiries that have lines, counted from the first: the last one's index and one.
    pub expiries: usize,
    /// Largest |calls| + |puts|, 1e-6 unit.
    pub qty_max_e6: u64,
    /// Largest strike, 1e-8 quote.
    pub strike_max_e8: u64,
}

/// Copies the lines into the scratch and sums their quantities by expiry, up to the last one that has lines.
///
/// # Errors
/// A strike or quantity out of bounds, lines out of order, too many of them, an expiry index that none can have.
#[inline(never)]
pub(crate) fn load(
    lines: impl Iterator<Item = LineInput>,
    to: &mut [Line],
    sums: &mut [ExpiryBlock; EXPIRIES_MAX],
) -> Result<Loaded, RiskError> {
    let mut loaded = Loaded { count: 0, expiries: 0, qty_max_e6: 0, strike_max_e8: 0 };
    // The expiry under way, and where its lines begin.
    let (mut at, mut first, mut last_e8) = (usize::MAX, 0, 0u64);
    for line in lines {
        let strike_e8 = line.strike.price_e8;
        if usize::from(line.expiry) != at {
            loaded.sum_up(to, sums, (at, first));
            // Ascending expiries: the next one begins beyond those that have begun.
            if usize::from(line.expiry) < loaded.expiries {
                return Err(RiskError::Unsorted);
            }
            at = usize::from(line.expiry);
            let begun = sums.get_mut(loaded.expiries..=at).ok_or(RiskError::UnknownExpiry)?;
            begun.fill(ExpiryBlock::default());
            first = loaded.count;
            loaded.expiries = at.wrapping_add(1);
        } else if strike_e8 <= last_e8 {
            return Err(RiskError::Unsorted);
        }
        last_e8 = strike_e8;
        let (calls, puts) = (line.calls_e6.unsigned_abs(), line.puts_e6.unsigned_abs());
        // All at once for what is surely within bounds.
        if (strike_e8.wrapping_sub(1) | calls | puts) >> SURE_BITS != 0 || !line.strike.has_logarithm() {
            check((line.strike, calls, puts))?;
        }
        let slot = to.get_mut(loaded.count).ok_or(RiskError::TooManyLines)?;
        // What the other fields hold is written before it is read, by `gather`. Until then one holds the gross quantity.
        (slot.calls_e6, slot.puts_e6) = (line.calls_e6, line.puts_e6);
        slot.left_n = Lane(calls.wrapping_add(puts) as i64);
        (slot.strike_e8, slot.ln_strike_q40) = (strike_e8, line.strike.ln_q40);
        loaded.count = loaded.count.wrapping_add(1);
    }
    loaded.sum_up(to, sums, (at, first));
    Ok(loaded)
}

/// A strike or quantity of fewer bits is within its bounds.
const SURE_BITS: u32 = 49;
const _: () = assert!(1 << SURE_BITS <= PRICE_MAX_E8 && 1 << SURE_BITS <= QTY_MAX_E6);

/// Whether strike and quantities are within their bounds.
#[cold]
#[inline(never)]
fn check((strike, calls, puts): (Strike, u64, u64)) -> Result<(), RiskError> {
    if !(1..=PRICE_MAX_E8).contains(&strike.price_e8) || !strike.has_logarithm() {
        return Err(RiskError::Price("strike.price_e8"));
    }
    if calls.max(puts) > QTY_MAX_E6 {
        return Err(RiskError::Quantity);
    }
    Ok(())
}

impl Loaded {
    /// Sums the quantities of the expiry `at`, whose lines are the last ones from `first` on; of no expiry nothing.
    #[inline(never)]
    fn sum_up(
        &mut self,
        lines: &[Line],
        sums: &mut [ExpiryBlock; EXPIRIES_MAX],
        (at, first): (usize, usize),
    ) {
        let (Some(sum), Some(lines)) = (sums.get_mut(at), lines.get(first..self.count)) else { return };
        (sum.first, sum.end) = (first, self.count);
        let (mut calls, mut puts, mut grain) = (Lane::ZERO, Lane::ZERO, Grain::default());
        for line in lines {
            let gross_e6 = line.left_n.0 as u64;
            calls += Lane(line.calls_e6);
            puts += Lane(line.puts_e6);
            grain.quantities |= (line.calls_e6 | line.puts_e6) as u64;
            grain.strikes |= line.strike_e8;
            grain.gross_e6 = grain.gross_e6.wrapping_add(gross_e6);
            self.qty_max_e6 = self.qty_max_e6.max(gross_e6);
        }
        (sum.calls_e6, sum.puts_e6, sum.grain) = (calls, puts, grain);
        // Ascending strikes: the last is the greatest.
        self.strike_max_e8 = self.strike_max_e8.max(lines.last().map_or(0, |line| line.strike_e8));
    }
}

/// Multiplies out q·D·F' and q·D·K' of every line, fixes the block they fit, and scales them to it.
///
/// # Errors
/// [`RiskError::TooLarge`] beyond the money range.
#[inline(never)]
pub(crate) fn gather(
    lines: &mut [Line],
    expiries: &Expiries,
    block: &mut Block,
    sums: &mut [ExpiryBlock],
) -> Result<(), RiskError> {
    let mut gross = 0u64;
    for (index, sum) in sums.iter().enumerate() {
        gross = gross.wrapping_add(multiply_out(&mut lines[sum.first..sum.end], expiries.get(index), block));
    }
    block.fix(gross)?;
    for (index, sum) in sums.iter_mut().enumerate() {
        let e = expiries.get(index);
        if e.kind == SETTLED {
            continue;
        }
        for line in &mut lines[sum.first..sum.end] {
            scale(line, e, block, sum);
        }
    }
    Ok(())
}

/// Sets raw products, K' and ln(F'/K') of an expiry's lines. Returns their part of the gross at a 128th, rounded up.
fn multiply_out(lines: &mut [Line], e: &PreparedExpiry, block: &Block) -> u64 {
    if e.kind == LIVE && e.averaged_n == Lane::ZERO {
        multiply_out_each::<true>(lines, e, block)
    } else {
        multiply_out_each::<false>(lines, e, block)
    }
}

/// As [`multiply_out`]; `WHOLE`: the expiry is live and nothing of its price is averaged, so K' = K.
#[inline(never)]
fn multiply_out_each<const WHOLE: bool>(lines: &mut [Line], e: &PreparedExpiry, block: &Block) -> u64 {
    let mut gross = 0u64;
    for line in lines {
        // Quantities are at most 2^50 each.
        let (calls, puts) = (line.calls_e6, line.puts_e6);
        let both = line.left_n.0;
        let price = block.price(line.strike_e8);
        let left = if WHOLE { price } else { price - e.averaged_n };
        let strike = discounted(left, e.discount_q32);
        let qty = calls.wrapping_add(puts);
        (line.forward, line.strike) = (block.raw(qty, e.discounted_moving_n), block.raw(qty, strike));
        line.left_n = left;
        if (WHOLE || e.kind == LIVE) && left > Lane::ZERO {
            (line.plain, line.x_q40) = (0, log_moneyness_q40::<WHOLE>(line, e, block));
        } else {
            (line.plain, line.x_q40) = (1, Lane::ZERO);
        }
        let size = if WHOLE { strike } else { strike.abs() };
        let part = block.raw(both, size.max(e.discounted_moving_n)) >> 7;
        gross = gross.wrapping_add(part.0 as u64).wrapping_add(1);
    }
    gross
}

/// ln(F'/K') at 2^-40 within ±14: beyond it every option of the domain is worthless or certain.
#[inline(always)]
fn log_moneyness_q40<const WHOLE: bool>(line: &Line, e: &PreparedExpiry, block: &Block) -> Lane {
    // ln of a normalised price less ln 2^shift; without an average K' = K, whose logarithm is stored.
    const LN2_Q40: i64 = 762_123_384_786;
    let ln_strike = if WHOLE || e.averaged_n == Lane::ZERO {
        Lane(line.ln_strike_q40)
    } else {
        Lane(ln_q40(line.left_n.0 as u64)) - Lane(i64::from(block.price_shift)) * Lane(LN2_Q40)
    };
    (e.ln_moving_q40 - ln_strike).clamp(Lane(-(14 << 40)), Lane(14 << 40))
}

/// Scales a line's products to the block and takes what parity takes of its puts out of the grid.
#[inline(always)]
fn scale(line: &mut Line, e: &PreparedExpiry, block: &Block, sum: &mut ExpiryBlock) {
    (line.forward, line.strike) = (block.scaled(line.forward), block.scaled(line.strike));
    if line.puts_e6 == 0 {
        return;
    }
    if line.calls_e6 == 0 {
        sum.linear_forward -= line.forward;
        sum.linear_strike -= line.strike;
    } else {
        let of = |price_n| block.scaled(block.raw(line.puts_e6, price_n));
        sum.linear_forward -= of(e.discounted_moving_n);
        sum.linear_strike -= of(discounted(line.left_n, e.discount_q32));
    }
}

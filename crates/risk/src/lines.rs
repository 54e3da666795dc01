//! The lines of one underlying on their way to the kernel: loaded and checked, then multiplied out at the book's scale.

use crate::block::{discounted, Block};
use crate::bounds::{EXPIRIES_MAX, PRICE_MAX_E8, QTY_MAX_E6};
use crate::error::RiskError;
use crate::fixed::ln_q40;
use crate::input::LineInput;
use crate::lane::Lane;
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
    let mut sum = &mut ExpiryBlock::default();
    let (mut at, mut last_e8) = (usize::MAX, 0u64);
    for line in lines {
        let strike_e8 = line.strike.price_e8;
        if usize::from(line.expiry) != at {
            // Ascending expiries: the next one begins beyond those that have begun.
            if usize::from(line.expiry) < loaded.expiries {
                return Err(RiskError::Unsorted);
            }
            at = usize::from(line.expiry);
            let begun = sums.get_mut(loaded.expiries..=at).ok_or(RiskError::UnknownExpiry)?;
            begun.fill(ExpiryBlock::default());
            sum = begun.last_mut().ok_or(RiskError::UnknownExpiry)?;
            sum.first = loaded.count;
            loaded.expiries = at.wrapping_add(1);
        } else if strike_e8 <= last_e8 {
            return Err(RiskError::Unsorted);
        }
        last_e8 = strike_e8;
        if !(1..=PRICE_MAX_E8).contains(&strike_e8) || !line.strike.has_logarithm() {
            return Err(RiskError::Price("strike.price_e8"));
        }
        let (calls, puts) = (line.calls_e6.unsigned_abs(), line.puts_e6.unsigned_abs());
        if calls > QTY_MAX_E6 || puts > QTY_MAX_E6 {
            return Err(RiskError::Quantity);
        }
        let slot = to.get_mut(loaded.count).ok_or(RiskError::TooManyLines)?;
        // What the other fields hold is written before it is read, by `gather`. Until then one holds the gross quantity.
        (slot.calls_e6, slot.puts_e6) = (line.calls_e6, line.puts_e6);
        slot.left_n = Lane(calls.wrapping_add(puts) as i64);
        (slot.strike_e8, slot.ln_strike_q40) = (strike_e8, line.strike.ln_q40);
        loaded.count = loaded.count.wrapping_add(1);
        sum.end = loaded.count;
        sum.calls_e6 += Lane(line.calls_e6);
        sum.puts_e6 += Lane(line.puts_e6);
        let gross = calls.wrapping_add(puts);
        sum.grain.gross_e6 = sum.grain.gross_e6.wrapping_add(gross);
        sum.grain.quantities |= calls | puts;
        sum.grain.strikes |= strike_e8;
        loaded.qty_max_e6 = loaded.qty_max_e6.max(gross);
        loaded.strike_max_e8 = loaded.strike_max_e8.max(strike_e8);
    }
    Ok(loaded)
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
        let e = expiries.get(index);
        for line in &mut lines[sum.first..sum.end] {
            gross = gross.wrapping_add(multiply_out(line, e, block));
        }
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

/// Sets a line's raw products, K' and ln(F'/K'). Returns its part of the gross at a 128th, rounded up.
#[inline(always)]
fn multiply_out(line: &mut Line, e: &PreparedExpiry, block: &Block) -> u64 {
    // Quantities are at most 2^50 each.
    let (calls, puts) = (line.calls_e6, line.puts_e6);
    let both = line.left_n.0;
    let left = block.price(line.strike_e8) - e.averaged_n;
    let strike = discounted(left, e.discount_q32);
    let qty = calls.wrapping_add(puts);
    (line.forward, line.strike) = (block.raw(qty, e.discounted_moving_n), block.raw(qty, strike));
    line.left_n = left;
    if e.kind == LIVE && left > Lane::ZERO {
        (line.plain, line.x_q40) = (0, log_moneyness_q40(line, e, block));
    } else {
        (line.plain, line.x_q40) = (1, Lane::ZERO);
    }
    let part = block.raw(both, strike.abs().max(e.discounted_moving_n)) >> 7;
    (part.0 as u64).wrapping_add(1)
}

/// ln(F'/K') at 2^-40 within ±14: beyond it every option of the domain is worthless or certain.
#[inline(always)]
fn log_moneyness_q40(line: &Line, e: &PreparedExpiry, block: &Block) -> Lane {
    // ln of a normalised price less ln 2^shift; without an average K' = K, whose logarithm is stored.
    const LN2_Q40: i64 = 762_123_384_786;
    let ln_strike = if e.averaged_n == Lane::ZERO {
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

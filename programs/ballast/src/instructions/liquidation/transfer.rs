//! Moving a fraction of a whole book from one portfolio to another.
//!
//! Everything rounds against the taker: of long legs, tokens and cash a little less goes, of short legs and debts a
//! little more. The whole of a book is exactly all of it.

use super::auction::{books, gross_e6};
use crate::{
    adapters::valuation::Valuation,
    constants::{COLLATERALS, MARKETS},
    error::BallastError,
    events::ResidueReleased,
    state::{LineChange, LineKey, Market, Portfolio, PositionLine},
};
use anchor_lang::prelude::*;
use ballast_risk::{
    liquidation::take_amount,
    slice_check::{take_leg, Rounding},
};

/// What went with the lines of a slice.
#[derive(Default)]
pub(super) struct LinesMoved {
    /// Lines of which a share went.
    pub lines: u8,
    /// What rounding whole millionths of a unit may have cost the owner.
    pub rounding: Rounding,
}

/// Moves a fraction (1e-9) of every line and books open interest and the markets' phases.
/// Errors: [`BallastError::TooManyLines`] or [`BallastError::QuantityTooLarge`] where the taker has no room.
pub(super) fn move_lines(
    valuation: &Valuation,
    owner: &mut Portfolio,
    taker: &mut Portfolio,
    fraction_e9: u64,
) -> Result<LinesMoved> {
    let mut ranges = [(0u8, 0usize); MARKETS];
    let mut count = 0usize;
    for ((market, lines), range) in books(owner).zip(&mut ranges) {
        *range = (market, lines.len());
        count = count.saturating_add(1);
    }
    let mut moved = LinesMoved { lines: owner.line_count, ..LinesMoved::default() };
    let (mut rest, mut cursor) = (owner.lines.as_mut_slice(), 0usize);
    for (id, len) in ranges.into_iter().take(count) {
        let (lines, after) = rest.split_at_mut_checked(len).ok_or(BallastError::LineMismatch)?;
        rest = after;
        let spot_e8 = valuation.prices.market(id)?.price_e8;
        let mut market = valuation.market(id)?.load_mut()?;
        market.phase.engine_mut().take(gross_e6(lines), fraction_e9, valuation.prices.now);
        for line in lines {
            let legs = usize::from(line.calls_e6 != 0) + usize::from(line.puts_e6 != 0);
            let strike_e8 = move_line(&mut market, line, (&mut *taker, &mut cursor), fraction_e9)?;
            (0..legs).for_each(|_| moved.rounding.add_leg(spot_e8, strike_e8));
        }
    }
    owner.remove_lines(PositionLine::is_empty);
    Ok(moved)
}

/// Moves a fraction of one line. Lines come in order, so the taker's are walked once: the cursor says how far.
/// Returns the strike price, 1e-8 quote.
fn move_line(
    market: &mut Market,
    line: &mut PositionLine,
    (taker, cursor): (&mut Portfolio, &mut usize),
    fraction_e9: u64,
) -> Result<u64> {
    let key = LineKey {
        market: line.market,
        expiry_slot: line.expiry_slot,
        strike_slot: line.strike_slot,
        expiry_ts: line.expiry_ts,
    };
    let moved = (take_leg(line.calls_e6, fraction_e9), take_leg(line.puts_e6, fraction_e9));
    let left = LineChange {
        calls_before_e6: line.calls_e6,
        calls_after_e6: line.calls_e6.checked_sub(moved.0).ok_or(BallastError::Overflow)?,
        puts_before_e6: line.puts_e6,
        puts_after_e6: line.puts_e6.checked_sub(moved.1).ok_or(BallastError::Overflow)?,
    };
    let expiry = market.expiry(key.expiry_slot)?;
    let strike_e8 = expiry.strike(key.strike_slot)?.price_e8;
    let (taken, at) = taker.add_to_line_from(*cursor, &key, expiry, moved)?;
    *cursor = at;
    (line.calls_e6, line.puts_e6) = (left.calls_after_e6, left.puts_after_e6);
    market.record(&key, &left)?;
    market.record(&key, &taken)?;
    if taken.closed() {
        // The last long and the last short of a settled expiry may have met: nobody is left to settle it.
        let residue_e6 = market.release_residue(key.expiry_slot)?;
        if residue_e6 > 0 {
            emit!(ResidueReleased { market: market.id, expiry_ts: i64::from(key.expiry_ts), residue_e6 });
        }
    }
    Ok(strike_e8)
}

/// Moves a fraction (1e-9) of every collateral balance, rounded down, and says what went, base units by asset.
/// The claims on each vault stay what they are.
pub(super) fn move_collateral(
    owner: &mut Portfolio,
    taker: &mut Portfolio,
    fraction_e9: u64,
) -> Result<[u64; COLLATERALS]> {
    let mut moved = [0; COLLATERALS];
    for ((from, to), amount) in owner.collateral.iter_mut().zip(&mut taker.collateral).zip(&mut moved) {
        *amount = take_amount(*from, fraction_e9);
        *from = from.checked_sub(*amount).ok_or(BallastError::Overflow)?;
        *to = to.checked_add(*amount).ok_or(BallastError::Overflow)?;
    }
    Ok(moved)
}

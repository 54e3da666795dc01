//! Operations on a portfolio's sorted lines. Pure: they know the portfolio and the expiry's strikes, nothing else.

use crate::{
    constants::LINES,
    error::BallastError,
    state::{ExpirySlot, Portfolio, PositionLine},
};
use anchor_lang::prelude::*;
use ballast_risk::bounds::QTY_MAX_E6;
use bytemuck::Zeroable;
use core::cmp::Ordering;

/// Where a line is: the series' market, expiry and strike. Made by [`crate::state::Market::line_key`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineKey {
    /// Market id.
    pub market: u8,
    /// Index into the market's expiries.
    pub expiry_slot: u8,
    /// Index into the expiry's strikes.
    pub strike_slot: u8,
    /// Expiry, unix seconds.
    pub expiry_ts: u32,
}

/// What happened to a line: its quantities before and after, 1e-6 unit.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineChange {
    /// Net calls before.
    pub calls_before_e6: i64,
    /// Net calls after.
    pub calls_after_e6: i64,
    /// Net puts before.
    pub puts_before_e6: i64,
    /// Net puts after.
    pub puts_after_e6: i64,
}

impl LineChange {
    /// Whether the line did not exist before.
    #[must_use]
    pub fn opened(&self) -> bool {
        self.was_empty() && !self.is_empty()
    }

    /// Whether the line does not exist any more.
    #[must_use]
    pub fn closed(&self) -> bool {
        !self.was_empty() && self.is_empty()
    }

    /// Change of the long side of the calls. `None` on overflow.
    #[must_use]
    pub fn long_calls_change_e6(&self) -> Option<i64> {
        self.calls_after_e6.max(0).checked_sub(self.calls_before_e6.max(0))
    }

    /// Change of the long side of the puts. `None` on overflow.
    #[must_use]
    pub fn long_puts_change_e6(&self) -> Option<i64> {
        self.puts_after_e6.max(0).checked_sub(self.puts_before_e6.max(0))
    }

    fn was_empty(&self) -> bool {
        self.calls_before_e6 == 0 && self.puts_before_e6 == 0
    }

    fn is_empty(&self) -> bool {
        self.calls_after_e6 == 0 && self.puts_after_e6 == 0
    }
}

impl Portfolio {
    /// The lines in use, sorted by (market, expiry, strike price).
    #[must_use]
    pub fn held_lines(&self) -> &[PositionLine] {
        self.lines.get(..usize::from(self.line_count)).unwrap_or(&[])
    }

    /// The lines of one market, sorted by (expiry, strike price).
    #[must_use]
    pub fn lines_of(&self, market: u8) -> &[PositionLine] {
        let lines = self.held_lines();
        let start = lines.partition_point(|line| line.market < market);
        let end = lines.partition_point(|line| line.market <= market);
        lines.get(start..end).unwrap_or(&[])
    }

    /// The line of a series, if the portfolio holds any of it.
    #[must_use]
    pub fn line(&self, key: &LineKey) -> Option<&PositionLine> {
        self.lines_of(key.market).iter().find(|line| is_at(line, key))
    }

    /// Adds quantities to the line of a series: makes the line, changes it, or removes it when nothing is left.
    /// `expiry` is the market's slot `key.expiry_slot`. The caller books the returned change with
    /// [`crate::state::Market::record`].
    /// Errors: [`BallastError::TooManyLines`], [`BallastError::QuantityTooLarge`], [`BallastError::StrikeNotListed`],
    /// [`BallastError::LineMismatch`] when the portfolio's lines and the market's slots disagree.
    pub fn add_to_line(
        &mut self,
        key: &LineKey,
        expiry: &ExpirySlot,
        calls_e6: i64,
        puts_e6: i64,
    ) -> Result<LineChange> {
        self.add_to_line_from(0, key, expiry, (calls_e6, puts_e6)).map(|(change, _)| change)
    }

    /// As [`Self::add_to_line`], looking from line `from` on, and says where the next series in order may be: a caller
    /// with many series, sorted as the lines are, walks the lines once.
    pub fn add_to_line_from(
        &mut self,
        from: usize,
        key: &LineKey,
        expiry: &ExpirySlot,
        (calls_e6, puts_e6): (i64, i64),
    ) -> Result<(LineChange, usize)> {
        require!(i64::from(key.expiry_ts) == expiry.expiry_ts, BallastError::LineMismatch);
        match self.locate(from, key, expiry)? {
            Ok(at) => Ok((self.change_line(at, calls_e6, puts_e6)?, at)),
            Err(at) => Ok((self.insert_line(at, key, calls_e6, puts_e6)?, at)),
        }
    }

    /// Removes every line for which `take` says so, keeping the order, and says how many went.
    pub fn remove_lines(&mut self, mut take: impl FnMut(&PositionLine) -> bool) -> u8 {
        let count = usize::from(self.line_count);
        // Most calls take nothing: up to the first line that goes nothing moves.
        let held = self.lines.get(..count).unwrap_or(&[]);
        let Some(mut kept) = held.iter().position(&mut take) else { return 0 };
        for at in kept.saturating_add(1)..count {
            let Some(line) = self.lines.get(at).copied() else { break };
            if take(&line) {
                continue;
            }
            if let Some(place) = self.lines.get_mut(kept) {
                *place = line;
            }
            kept = kept.saturating_add(1);
        }
        for place in self.lines.iter_mut().take(count).skip(kept) {
            *place = PositionLine::zeroed();
        }
        let left = u8::try_from(kept).unwrap_or(self.line_count);
        let removed = self.line_count.saturating_sub(left);
        self.line_count = left;
        removed
    }

    /// Index of the line of a series, or the index at which it belongs: by bisection to the expiry, then by strike price.
    /// A hint `from` inside that expiry and above only lower strikes is taken, any other ignored.
    fn locate(
        &self,
        from: usize,
        key: &LineKey,
        expiry: &ExpirySlot,
    ) -> Result<core::result::Result<usize, usize>> {
        let price_e8 = expiry.strike(key.strike_slot)?.price_e8;
        let lines = self.held_lines();
        let place = (key.market, key.expiry_ts);
        let is_here = |line: &&PositionLine| (line.market, line.expiry_ts) == place;
        let is_lower =
            |line: &PositionLine| expiry.strike(line.strike_slot).is_ok_and(|s| s.price_e8 < price_e8);
        let before = from.checked_sub(1).and_then(|last| lines.get(last)).filter(is_here);
        let mut at = match before {
            Some(line) if is_lower(line) => from,
            _ => lines.partition_point(|line| (line.market, line.expiry_ts) < place),
        };
        while let Some(line) = lines.get(at).filter(is_here) {
            require!(line.expiry_slot == key.expiry_slot, BallastError::LineMismatch);
            match expiry.strike(line.strike_slot)?.price_e8.cmp(&price_e8) {
                Ordering::Less => at = at.saturating_add(1),
                Ordering::Equal => {
                    require!(line.strike_slot == key.strike_slot, BallastError::LineMismatch);
                    return Ok(Ok(at));
                }
                Ordering::Greater => break,
            }
        }
        Ok(Err(at))
    }

    fn change_line(&mut self, at: usize, calls_e6: i64, puts_e6: i64) -> Result<LineChange> {
        let line = self.lines.get_mut(at).ok_or_else(|| error!(BallastError::LineMismatch))?;
        let change = LineChange {
            calls_before_e6: line.calls_e6,
            calls_after_e6: quantity(line.calls_e6, calls_e6)?,
            puts_before_e6: line.puts_e6,
            puts_after_e6: quantity(line.puts_e6, puts_e6)?,
        };
        line.calls_e6 = change.calls_after_e6;
        line.puts_e6 = change.puts_after_e6;
        if line.is_empty() {
            let count = usize::from(self.line_count);
            self.lines.copy_within(at.saturating_add(1)..count, at);
            if let Some(last) = count.checked_sub(1).and_then(|last| self.lines.get_mut(last)) {
                *last = PositionLine::zeroed();
            }
            self.line_count = self.line_count.saturating_sub(1);
        }
        Ok(change)
    }

    fn insert_line(&mut self, at: usize, key: &LineKey, calls_e6: i64, puts_e6: i64) -> Result<LineChange> {
        let change = LineChange {
            calls_after_e6: quantity(0, calls_e6)?,
            puts_after_e6: quantity(0, puts_e6)?,
            ..LineChange::default()
        };
        if !change.opened() {
            return Ok(change);
        }
        let count = usize::from(self.line_count);
        require!(count < LINES, BallastError::TooManyLines);
        self.lines.copy_within(at..count, at.saturating_add(1));
        let place = self.lines.get_mut(at).ok_or_else(|| error!(BallastError::LineMismatch))?;
        *place = PositionLine {
            market: key.market,
            expiry_slot: key.expiry_slot,
            strike_slot: key.strike_slot,
            padding: 0,
            expiry_ts: key.expiry_ts,
            calls_e6,
            puts_e6,
        };
        self.line_count = self.line_count.saturating_add(1);
        Ok(change)
    }
}

fn is_at(line: &PositionLine, key: &LineKey) -> bool {
    line.market == key.market
        && line.expiry_slot == key.expiry_slot
        && line.strike_slot == key.strike_slot
        && line.expiry_ts == key.expiry_ts
}

/// `held + added` inside the engine's bound of a quantity.
fn quantity(held_e6: i64, added_e6: i64) -> Result<i64> {
    let sum = held_e6.checked_add(added_e6).ok_or_else(|| error!(BallastError::QuantityTooLarge))?;
    require!(sum.unsigned_abs() <= QTY_MAX_E6, BallastError::QuantityTooLarge);
    Ok(sum)
}

#[cfg(test)]
mod tests;

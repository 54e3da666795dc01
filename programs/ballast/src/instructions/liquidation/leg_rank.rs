//! The leg of a flagged book that goes next: the one that relieves it most per dollar of its notional, whatever order legs
//! are stored or named in.

use super::auction::books;
use crate::{
    adapters::{
        engine::{exchange_input, line_alone},
        valuation::Valuation,
    },
    error::BallastError,
    state::{Exchange, LineKey, Market, Portfolio, PositionLine},
};
use anchor_lang::prelude::*;
use ballast_risk::{
    legs::{Rank, Reliefs},
    ExchangeInput, Scratch,
};
use core::cmp::Ordering;

/// Legs of a book that one transaction can rank: each is assessed by itself.
pub const LEGS_RANKED_MAX: usize = 32;

/// One leg of a book with its place in the order.
#[derive(Debug, Clone, Copy)]
pub(super) struct RankedLeg {
    /// Where the line is.
    pub key: LineKey,
    /// Its strike, 1e-8 quote.
    pub strike_e8: u64,
    /// A put; otherwise a call.
    pub is_put: bool,
    /// What the owner holds, 1e-6 unit.
    pub qty_e6: i64,
    /// What it relieves, and its notional.
    pub rank: Rank,
}

/// The leg that relieves the book of most of its scan per dollar; none where the scan falls without no leg. `scratch` holds
/// the book's own assessment, and is forgotten, as is what `reliefs` held. Legs of expiries that have passed are not looked at: they only wait for
/// their price. Errors: [`BallastError::TooManyLegs`] and those of the valuation.
pub(super) fn first_leg(
    exchange: &Exchange,
    portfolio: &Portfolio,
    valuation: &Valuation,
    (scratch, reliefs): (&mut Scratch, &mut Reliefs),
) -> Result<Option<RankedLeg>> {
    let sides = |line: &PositionLine| usize::from(line.calls_e6 != 0) + usize::from(line.puts_e6 != 0);
    let count = portfolio.held_lines().iter().map(sides).sum::<usize>();
    require!(count <= LEGS_RANKED_MAX, BallastError::TooManyLegs);
    let bits = portfolio.market_bits(exchange);
    let input = exchange_input(exchange, &valuation.prices);
    let held = usize::try_from(bits.count_ones()).unwrap_or(0);
    reliefs.fill(scratch.underlyings().get(..held).unwrap_or(&[]), &input.groups);

    let mut first: Option<RankedLeg> = None;
    for (id, lines) in books(portfolio) {
        let below = 1u16.checked_shl(u32::from(id)).unwrap_or(0).wrapping_sub(1);
        let slot = usize::try_from((bits & below).count_ones()).unwrap_or(0);
        let market = valuation.market(id)?.load()?;
        let book = Ranking { input: &input, market: &market, reliefs, slot };
        for line in lines.iter().filter(|line| i64::from(line.expiry_ts) > valuation.prices.now) {
            for is_put in [false, true] {
                let ranked = book.rank(line, is_put, valuation, scratch)?;
                first = first.into_iter().chain(ranked).min_by(before);
            }
        }
    }
    Ok(first)
}

/// Which of two legs goes first. Equal ranks are ordered by what the legs are.
fn before(a: &RankedLeg, b: &RankedLeg) -> Ordering {
    a.rank.cmp_first(&b.rank).then_with(|| series(a).cmp(&series(b)))
}

/// What a leg is, whatever slots hold it.
fn series(leg: &RankedLeg) -> (u8, u32, u64, bool) {
    (leg.key.market, leg.key.expiry_ts, leg.strike_e8, leg.is_put)
}

/// What the legs of one market are ranked with.
struct Ranking<'a> {
    input: &'a ExchangeInput,
    market: &'a Market,
    reliefs: &'a Reliefs,
    slot: usize,
}

impl Ranking<'_> {
    /// The calls or the puts of a line, if there are any and the book's scan falls without them.
    fn rank(
        &self,
        line: &PositionLine,
        is_put: bool,
        valuation: &Valuation,
        scratch: &mut Scratch,
    ) -> Result<Option<RankedLeg>> {
        let side =
            if is_put { PositionLine { calls_e6: 0, ..*line } } else { PositionLine { puts_e6: 0, ..*line } };
        if side.is_empty() {
            return Ok(None);
        }
        let qty_e6 = if is_put { side.puts_e6 } else { side.calls_e6 };
        let kept = &mut **valuation.kept.borrow_mut();
        let alone = line_alone((scratch, kept), self.input, self.market, &side, &valuation.prices)?;
        let relief_e6 = self.reliefs.relief_e6(self.slot, alone, &self.input.groups);
        if relief_e6 <= 0 {
            return Ok(None);
        }
        let key = self.market.line_key(line.expiry_slot, line.strike_slot)?;
        let strike_e8 = self.market.expiry(key.expiry_slot)?.strike(key.strike_slot)?.price_e8;
        let rank = Rank { relief_e6, notional_e6: alone.gross_e6 };
        Ok(Some(RankedLeg { key, strike_e8, is_put, qty_e6, rank }))
    }
}

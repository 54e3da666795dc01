//! The margin core by itself, for a meter of compute units: what [`super::assess`] does on the way to the 35 losses and the
//! own strikes, in its order and by its functions, without reports and add-ons.

use super::{add_unheld, at_one_scale, lines, total, Block, Given, IN_ORDER};
use crate::bounds::{EXPIRIES_MAX, UNDERLYINGS_MAX};
use crate::error::RiskError;
use crate::input::{ExchangeInput, ExpiryInput, LineInput, UnderlyingInput};
use crate::own_strikes::{OwnStrikeRow, OwnStrikes};
use crate::prepared::{PreparedMarket, Shared};
use crate::rows::Rows;
use crate::scratch::Scratch;
use crate::surface::PreparedExpiry;
use bytemuck::Zeroable;

/// What a book's underlyings leave to the next: own strikes so far, the expiries prepared, and memory for a market.
#[doc(hidden)]
#[derive(Zeroable, Clone, Copy)]
pub struct Core {
    own_rows: usize,
    prepared: usize,
    market: PreparedMarket,
    expiries: [PreparedExpiry; 2 * UNDERLYINGS_MAX],
}

/// Prepares an underlying and its expiries, loads the lines, and leaves their 35 losses and own strikes in underlying number
/// `slot` of the scratch. As in a program, what a date alone decides is taken from another underlying's expiry.
///
/// # Errors
/// Whatever is out of bounds or order; [`RiskError::TooManyExpiries`] of more than 16 in the book.
#[doc(hidden)]
#[inline(never)]
pub fn core_pass(
    scratch: &mut Scratch,
    (slot, core): (usize, &mut Core),
    (exchange, u): (&ExchangeInput, &UnderlyingInput),
    expiries: impl Iterator<Item = ExpiryInput>,
    lines: impl Iterator<Item = LineInput>,
) -> Result<(), RiskError> {
    let Core { own_rows, prepared, market, expiries: all } = core;
    market.prepare(u)?;
    let (market, first) = (&*market, *prepared);
    for expiry in expiries {
        let (beside, rest) = all.split_at_mut_checked(*prepared).ok_or(RiskError::TooManyExpiries)?;
        let to = rest.first_mut().ok_or(RiskError::TooManyExpiries)?;
        market.prepare_expiry((exchange, u), &expiry, (beside, to))?;
        *prepared += 1;
    }
    let own_expiries = &all[first..*prepared];
    let order = IN_ORDER.get(..own_expiries.len()).ok_or(RiskError::TooManyExpiries)?;
    const _: () = assert!(EXPIRIES_MAX == IN_ORDER.len());
    let shared = Shared { exchange, underlying: u, market };
    let Scratch { desk, expiries: room, sums, underlyings } = scratch;
    let loaded = lines::load(lines, &mut desk.lines, sums)?;
    let sums = &mut sums[..loaded.expiries];
    let given = Given::Prepared(own_expiries, order);
    let (expiries, price_shift) =
        at_one_scale(room, given, &shared, (loaded.strike_max_e8, loaded.expiries))?;
    let mut block = Block::new(loaded.qty_max_e6, price_shift);
    lines::gather(&mut desk.lines, &expiries, &mut block, sums)?;
    let state = &mut underlyings[slot];
    state.reset();
    state.range_q40 = market.range_q40;
    let mut sink = |_: OwnStrikeRow| {};
    let mut own = OwnStrikes { rows: own_rows, slot, sink: &mut sink };
    let mut rows = Rows::new(&market.moves);
    for (index, sum) in sums.iter_mut().enumerate() {
        if sum.has_lines() {
            rows.add_expiry(desk, (index, expiries.get(index)), (&block, market), sum, state, &mut own);
        }
    }
    add_unheld(&expiries, sums, state, &mut own);
    rows.report(&block, &total(sums), state);
    Ok(())
}

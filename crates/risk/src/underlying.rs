//! One underlying of a book: values, Greeks, the 35 losses, own strikes, add-ons (risk.md §2, §3 and §5).

use crate::addons;
use crate::block::{price_scale, Block};
use crate::bounds::{self, EXPIRIES_MAX, LINES_MAX};
use crate::error::RiskError;
use crate::input::{ExchangeInput, LineInput};
use crate::lane::Lane;
use crate::lines;
use crate::own_strikes::{OwnStrikeRow, OwnStrikes};
use crate::payoff::{self, Grain};
use crate::prepared::Shared;
use crate::report::NO_FLOOR_E6;
use crate::rows::Rows;
use crate::scratch::{Desk, ExpiryReport, Line, Scratch, UnderlyingState};
use crate::settlement::payoff_e6;
use crate::surface::{PreparedExpiry, SETTLED};
use bytemuck::{Pod, Zeroable};

#[cfg(feature = "bench")]
pub(crate) mod core_pass;

/// Sums of one expiry in block units while an underlying is assessed.
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct ExpiryBlock {
    /// −Σ puts·D·F' and −Σ puts·D·K': the part of value that parity takes out of the grid.
    pub linear_forward: Lane,
    pub linear_strike: Lane,
    /// Σ q·D·F'·Φ(d1), Σ q·D·K'·Φ(d2), Σ q·D·F'·φ(d1), unmoved.
    pub forward: Lane,
    pub strike: Lane,
    pub vega: Lane,
    /// Σ calls, Σ puts, 1e-6 unit, and the grain of both.
    pub calls_e6: Lane,
    pub puts_e6: Lane,
    pub grain: Grain,
    pub first: usize,
    pub end: usize,
}

impl ExpiryBlock {
    /// Value in block units.
    pub(crate) fn value(&self) -> Lane {
        self.forward + self.linear_forward - self.strike - self.linear_strike
    }

    /// Whether the book holds lines of the expiry.
    pub(crate) fn has_lines(&self) -> bool {
        self.end > self.first
    }
}

/// What `assess` counts beside the scratch, from one underlying to the next.
pub(crate) struct Assessed {
    /// Own-strike rows written so far over all underlyings.
    pub own_rows: usize,
    /// Lines so far over all underlyings.
    pub lines: usize,
}

/// The expiries of an underlying under way: some of those that are prepared, in the order of the book.
#[derive(Clone, Copy)]
pub(crate) struct Expiries<'e> {
    all: &'e [PreparedExpiry],
    order: &'e [u8],
}

impl<'e> Expiries<'e> {
    /// The expiry at a place. `at_one_scale` has seen that every place names one of `all`.
    #[inline(always)]
    pub(crate) fn get(&self, place: usize) -> &'e PreparedExpiry {
        &self.all[usize::from(self.order[place])]
    }
}

/// Expiries as they come to an assessment.
#[derive(Clone, Copy)]
pub(crate) enum Given<'e> {
    /// The first ones of the scratch, just prepared.
    Scratch(usize),
    /// Prepared before: of these the ones named, in that order.
    Prepared(&'e [PreparedExpiry], &'e [u8]),
}

/// Every expiry in its own order.
pub(crate) const IN_ORDER: [u8; EXPIRIES_MAX] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11];

/// Assesses one underlying into `scratch.underlyings[slot]`; own-strike rows also go to `sink`.
///
/// # Errors
/// [`RiskError`] for whatever is out of bounds or order; the scratch is then meaningless.
#[inline(never)]
pub(crate) fn assess(
    scratch: &mut Scratch,
    (slot, so_far): (usize, &mut Assessed),
    (shared, given): (&Shared, Given),
    lines: impl Iterator<Item = LineInput>,
    sink: &mut impl FnMut(OwnStrikeRow),
) -> Result<(), RiskError> {
    let Scratch { desk, expiries, sums, underlyings } = scratch;
    let (u, market) = (shared.underlying, shared.market);
    if !(0..=bounds::ONE_E6).contains(&u.oi_share_e6) {
        return Err(RiskError::Parameter("oi_share_e6"));
    }
    let loaded = lines::load(lines, &mut desk.lines, sums)?;
    so_far.lines += loaded.count;
    if so_far.lines > LINES_MAX {
        return Err(RiskError::TooManyLines);
    }
    let sums = &mut sums[..loaded.expiries];
    let (expiries, price_shift) =
        at_one_scale(expiries, given, shared, (loaded.strike_max_e8, loaded.expiries))?;
    let mut block = Block::new(loaded.qty_max_e6, price_shift);
    lines::gather(&mut desk.lines, &expiries, &mut block, sums)?;
    let state = &mut underlyings[slot];
    state.reset();
    state.range_q40 = market.range_q40;
    state.vol_over_ref_e6 = market.vol_over_ref_e6;
    state.spot_e8 = u.spot_e8;
    state.group = u.group;
    state.realised_only = u8::from(u.realised_only);
    state.price_stale = u8::from(u.price_stale);
    state.has_lines = u8::from(loaded.count > 0);
    let mut own = OwnStrikes { rows: &mut so_far.own_rows, slot, sink };
    let mut rows = Rows::new(&market.moves);
    for (index, sum) in sums.iter_mut().enumerate() {
        if sum.has_lines() {
            rows.add_expiry(desk, (index, expiries.get(index)), (&block, market), sum, state, &mut own);
        }
    }
    add_unheld(&expiries, sums, state, &mut own);
    report_expiries(desk, &expiries, (&block, shared.exchange), sums, state)?;
    rows.report(&block, &total(sums), state);
    addons::price((&expiries, &desk.expiry_reports), (shared, &block), sums, state);
    Ok(())
}

/// The expiries, of which `needed` are wanted at least, at one scale of prices, and its shift: the market's, unless a
/// strike or an average is many times the spot. Then all are put at the scale that the greatest of them asks for.
#[inline(never)]
fn at_one_scale<'e>(
    own: &'e mut [PreparedExpiry; EXPIRIES_MAX],
    given: Given<'e>,
    shared: &Shared,
    (strike_max_e8, needed): (u64, usize),
) -> Result<(Expiries<'e>, i32), RiskError> {
    let all = match given {
        Given::Scratch(count) => Expiries { all: &own[..count], order: &IN_ORDER[..count] },
        Given::Prepared(all, order) => Expiries { all, order },
    };
    let count = all.order.len();
    if count > EXPIRIES_MAX {
        return Err(RiskError::TooManyExpiries);
    }
    if needed > count || all.order.iter().any(|at| usize::from(*at) >= all.all.len()) {
        return Err(RiskError::UnknownExpiry);
    }
    let shift = shared.market.price_shift.min(price_scale(strike_max_e8));
    let shift = (0..count).fold(shift, |shift, at| shift.min(all.get(at).price_shift));
    if (0..count).all(|at| all.get(at).price_shift == shift) {
        let all = match given {
            Given::Scratch(count) => Expiries { all: &own[..count], order: &IN_ORDER[..count] },
            Given::Prepared(all, order) => Expiries { all, order },
        };
        return Ok((all, shift));
    }
    if let Given::Prepared(all, order) = given {
        for (to, at) in own.iter_mut().zip(order) {
            *to = all[usize::from(*at)];
        }
    }
    own[..count].iter_mut().for_each(|e| e.rescale(shared, shift));
    Ok((Expiries { all: &own[..count], order: &IN_ORDER[..count] }, shift))
}

/// Near expiries without lines: at each grid move they gain and lose nothing.
#[inline(never)]
fn add_unheld<S: FnMut(OwnStrikeRow)>(
    expiries: &Expiries,
    sums: &[ExpiryBlock],
    state: &mut UnderlyingState,
    own: &mut OwnStrikes<S>,
) {
    for index in 0..expiries.order.len() {
        if !sums.get(index).is_some_and(ExpiryBlock::has_lines) && expiries.get(index).has_own_strikes() {
            own.unheld(index, state);
        }
    }
}

/// The value sums of all expiries.
pub(crate) fn total(sums: &[ExpiryBlock]) -> ExpiryBlock {
    let mut total = ExpiryBlock::default();
    for sum in sums {
        total.linear_forward += sum.linear_forward;
        total.linear_strike += sum.linear_strike;
        total.forward += sum.forward;
        total.strike += sum.strike;
    }
    total
}

/// Values, floors and Greeks of each expiry in money.
#[inline(never)]
fn report_expiries(
    desk: &mut Desk,
    expiries: &Expiries,
    (block, exchange): (&Block, &ExchangeInput),
    sums: &[ExpiryBlock],
    state: &mut UnderlyingState,
) -> Result<(), RiskError> {
    desk.expiry_reports[..expiries.order.len()].fill(ExpiryReport::zeroed());
    for (i, sum) in sums.iter().enumerate().filter(|(_, sum)| sum.has_lines()) {
        let e = expiries.get(i);
        let lines = &desk.lines[sum.first..sum.end];
        let mut report = ExpiryReport::zeroed();
        if e.kind == SETTLED {
            for line in lines {
                for (is_call, qty_e6) in [(true, line.calls_e6), (false, line.puts_e6)] {
                    let paid = payoff_e6(line.strike_e8, is_call, qty_e6, e.settled_e8);
                    // One by one: two payoffs that saturate would cancel.
                    if paid.unsigned_abs() > bounds::MONEY_MAX_E6.unsigned_abs() {
                        return Err(RiskError::TooLarge);
                    }
                    report.value_e6 = report.value_e6.saturating_add(paid);
                }
            }
            report.least_e6 = report.value_e6;
            // A recorded price may be far from the spot that bounds the notional.
            if report.value_e6.unsigned_abs() > bounds::MONEY_MAX_E6.unsigned_abs() {
                return Err(RiskError::TooLarge);
            }
            add(&mut state.value_initial_e6, report.value_e6);
        } else {
            report.value_e6 = block.money(sum.value());
            report.dollar_delta_e6 = block.money(sum.forward + sum.linear_forward);
            // A density is at most 0.4, so |vega sum| < 2^31.7, and the mantissa is below 2^31.
            let vega = (sum.vega * Lane(e.root.mantissa)) >> e.root.shift.clamp(0, 63) as u32;
            report.vega_e6 = block.money(vega);
            report.least_e6 = least((lines, sum), e, block);
            let weighted = if report.value_e6 > 0 {
                crate::fixed::ratio_floor(report.value_e6, exchange.long_weight_e6)
            } else {
                report.value_e6
            };
            add(&mut state.value_initial_e6, weighted);
        }
        add(&mut state.value_e6, report.value_e6);
        add(&mut state.dollar_delta_e6, report.dollar_delta_e6);
        add(&mut state.dollar_vega_e6, Lane(report.vega_e6).abs().0);
        state.least_e6 = match (state.least_e6, report.least_e6) {
            (NO_FLOOR_E6, _) | (_, NO_FLOOR_E6) => NO_FLOOR_E6,
            (a, b) => a.saturating_add(b).max(NO_FLOOR_E6 + 1),
        };
        desk.expiry_reports[i] = report;
    }
    if state.value_e6.unsigned_abs() > bounds::MONEY_MAX_E6.unsigned_abs() << 2 {
        return Err(RiskError::TooLarge);
    }
    Ok(())
}

/// Adds money of one expiry, below 2^59, to that of at most twelve.
fn add(sum: &mut i64, part: i64) {
    *sum = (Lane(*sum) + Lane(part)).0;
}

/// w_e: the least payoff, discounted if positive, rounded down.
pub(crate) fn least((lines, sum): (&[Line], &ExpiryBlock), e: &PreparedExpiry, block: &Block) -> i64 {
    if sum.calls_e6 < Lane::ZERO {
        return NO_FLOOR_E6;
    }
    match payoff::least_payoff_e6(lines, &sum.grain, block.price_e8_floor(e.averaged_n)) {
        least if least > 0 => {
            // The notional bound keeps the money times D below 2^56: two products, rounded down together.
            let (high, low, d) = (least as u64 >> 25, least as u64 & 0x1ff_ffff, e.discount_q32.0 as u64);
            (high.wrapping_mul(d).wrapping_add(low.wrapping_mul(d) >> 25) >> 7) as i64
        }
        least => least,
    }
}

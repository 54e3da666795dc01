//! One underlying of a book: values, Greeks, the 35 losses, own strikes, add-ons (risk.md §2, §3 and §5).

use crate::addons;
use crate::block::Block;
use crate::bounds::{self, EXPIRIES_MAX, LINES_MAX, PRICE_MAX_E8};
use crate::error::RiskError;
use crate::fixed::ln_q40;
use crate::input::{ExchangeInput, ExpiryInput, LineInput, UnderlyingInput};
use crate::lane::Lane;
use crate::lines;
use crate::own_strikes::{OwnStrikeRow, OwnStrikes};
use crate::payoff::{self, Grain};
use crate::report::NO_FLOOR_E6;
use crate::rows::Rows;
use crate::scratch::{Desk, ExpiryReport, Line, Scratch, UnderlyingState};
use crate::settlement::payoff_e6;
use crate::surface::{price_range_q40, ExpiryState, Shared, SmileBounds, SETTLED};
use bytemuck::{Pod, Zeroable};

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
}

/// What `assess` counts beside the scratch, from one underlying to the next.
pub(crate) struct Assessed {
    /// Own-strike rows written so far over all underlyings.
    pub own_rows: usize,
    /// Lines so far over all underlyings.
    pub lines: usize,
}

/// Assesses one underlying into `scratch.underlyings[slot]`; own-strike rows also go to `sink`.
///
/// # Errors
/// [`RiskError`] for whatever is out of bounds or order; the scratch is then meaningless.
#[inline(never)]
pub(crate) fn assess(
    scratch: &mut Scratch,
    (slot, so_far): (usize, &mut Assessed),
    (exchange, u): (&ExchangeInput, &UnderlyingInput),
    expiries: impl Iterator<Item = ExpiryInput> + Clone,
    lines: impl Iterator<Item = LineInput>,
    sink: &mut impl FnMut(OwnStrikeRow),
) -> Result<(), RiskError> {
    validate(u)?;
    let Scratch { desk, sums, underlyings } = scratch;
    let state = &mut underlyings[slot];
    let loaded = lines::load(lines, &mut desk.lines, sums)?;
    so_far.lines += loaded.count;
    if so_far.lines > LINES_MAX {
        return Err(RiskError::TooManyLines);
    }
    let average_max =
        expiries.clone().filter(|e| e.averaged_secs > 0).map(|e| e.average_e8).max().unwrap_or(0);
    let price_max = loaded.strike_max_e8.max(average_max.min(PRICE_MAX_E8)).max(u.spot_e8 << 3);
    let mut block = Block::new(loaded.qty_max_e6, price_max);
    let shared = Shared {
        exchange,
        underlying: u,
        ln_spot_q40: ln_q40(u.spot_e8),
        range_q40: price_range_q40(u),
        price_shift: block.price_shift,
        bounds: SmileBounds::new(u),
    };
    let expiry_count = load_expiries(desk, &shared, expiries)?;
    if loaded.expiries > expiry_count {
        return Err(RiskError::UnknownExpiry);
    }
    // Expiries without lines after those that have some.
    sums[loaded.expiries..expiry_count].fill(ExpiryBlock::default());
    lines::gather(desk, expiry_count, &mut block, sums)?;
    state.reset();
    state.range_q40 = shared.range_q40;
    state.spot_e8 = u.spot_e8;
    state.group = u.group;
    state.realised_only = u8::from(u.realised_only);
    state.price_stale = u8::from(u.price_stale);
    state.has_lines = u8::from(loaded.count > 0);
    let mut own = OwnStrikes { rows: &mut so_far.own_rows, slot, sink };
    let mut rows = Rows::new(shared.range_q40);
    for (index, sum) in sums.iter_mut().enumerate().take(expiry_count) {
        rows.add_expiry(desk, index, (&block, &shared), sum, state, &mut own);
    }
    report_expiries(desk, expiry_count, (&block, exchange), sums, state)?;
    rows.report((&block, shared.range_q40), &total(&sums[..expiry_count]), state);
    addons::price(desk, expiry_count, (&shared, &block), sums, state);
    Ok(())
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

pub(crate) fn validate(u: &UnderlyingInput) -> Result<(), RiskError> {
    for (price, name) in [(u.spot_e8, "spot_e8"), (u.ema_e8, "ema_e8")] {
        if !(1..=PRICE_MAX_E8).contains(&price) {
            return Err(RiskError::Price(name));
        }
    }
    if u.conf_e8 > PRICE_MAX_E8 {
        return Err(RiskError::Price("conf_e8"));
    }
    let volatility = 1..=bounds::VOL_MAX_E6;
    if !volatility.contains(&u.vol_e6) || !volatility.contains(&u.vol_margin_e6) || u.vol_margin_e6 < u.vol_e6
    {
        return Err(RiskError::Volatility);
    }
    if !volatility.contains(&u.vol_ref_e6) {
        return Err(RiskError::Parameter("vol_ref_e6"));
    }
    if !(0..=bounds::ONE_E6).contains(&u.oi_share_e6) {
        return Err(RiskError::Parameter("oi_share_e6"));
    }
    u.params.validate()
}

#[inline(never)]
fn load_expiries(
    desk: &mut Desk,
    shared: &Shared,
    expiries: impl Iterator<Item = ExpiryInput>,
) -> Result<usize, RiskError> {
    let mut count = 0;
    let mut last = i64::MIN;
    for e in expiries {
        if e.secs_left < last {
            return Err(RiskError::Unsorted);
        }
        last = e.secs_left;
        let to = desk.expiries.get_mut(count).ok_or(RiskError::TooManyExpiries)?;
        *to = ExpiryState::new(shared, &e)?;
        count += 1;
    }
    Ok(count)
}

/// Values, floors and Greeks of each expiry in money.
#[inline(never)]
fn report_expiries(
    desk: &mut Desk,
    expiries: usize,
    (block, exchange): (&Block, &ExchangeInput),
    sums: &[ExpiryBlock; EXPIRIES_MAX],
    state: &mut UnderlyingState,
) -> Result<(), RiskError> {
    for (i, sum) in sums.iter().enumerate().take(expiries) {
        let e = &desk.expiries[i];
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
            state.value_initial_e6 += report.value_e6;
        } else {
            report.value_e6 = block.money(sum.value());
            report.dollar_delta_e6 = block.money(sum.forward + sum.linear_forward);
            // A density is at most 0.4, so |vega sum| < 2^31.7, and the mantissa is below 2^31.
            let vega = (sum.vega * Lane(e.root.mantissa)) >> e.root.shift.clamp(0, 63) as u32;
            report.vega_e6 = block.money(vega);
            report.least_e6 = least((lines, sum), e, block);
            state.value_initial_e6 += if report.value_e6 > 0 {
                crate::fixed::ratio_floor(report.value_e6, exchange.long_weight_e6)
            } else {
                report.value_e6
            };
        }
        state.value_e6 += report.value_e6;
        state.dollar_delta_e6 += report.dollar_delta_e6;
        state.dollar_vega_e6 += report.vega_e6.abs();
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

/// w_e: the least payoff, discounted if positive, rounded down.
pub(crate) fn least((lines, sum): (&[Line], &ExpiryBlock), e: &ExpiryState, block: &Block) -> i64 {
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

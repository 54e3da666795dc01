//! One underlying of a book: values, Greeks, the 35 losses, own strikes, add-ons (risk.md §2, §3 and §5).

use crate::addons;
use crate::block::{discounted, Block};
use crate::bounds::{self, EXPIRIES_MAX, LINES_MAX, PRICE_MAX_E8, QTY_MAX_E6};
use crate::error::RiskError;
use crate::fixed::ln_q40;
use crate::input::{ExchangeInput, ExpiryInput, LineInput, UnderlyingInput};
use crate::kernel;
use crate::lane::Lane;
use crate::own_strikes::{OwnStrikeRow, OwnStrikes};
use crate::payoff;
use crate::report::NO_FLOOR_E6;
use crate::rows;
use crate::scratch::{ExpiryReport, Line, Scratch, UnderlyingState};
use crate::settlement::payoff_e6;
use crate::surface::{deviation_q40, price_range_q40, ExpiryState, Shared, SmileBounds, LIVE, SETTLED};
use bytemuck::Zeroable;

/// Sums of one expiry in block units while an underlying is assessed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ExpiryBlock {
    /// −Σ puts·D·F' and −Σ puts·D·K': the part of value that parity takes out of the grid.
    pub linear_forward: Lane,
    pub linear_strike: Lane,
    /// Σ q·D·F'·Φ(d1), Σ q·D·K'·Φ(d2), Σ q·D·F'·φ(d1), unmoved.
    pub forward: Lane,
    pub strike: Lane,
    pub vega: Lane,
    /// Σ calls, Σ puts, Σ |calls| + |puts|, 1e-6 unit.
    pub calls_e6: Lane,
    pub puts_e6: Lane,
    pub gross_e6: Lane,
    pub first: usize,
    pub end: usize,
}

impl ExpiryBlock {
    /// Value in block units.
    pub(crate) fn value(&self) -> Lane {
        self.forward + self.linear_forward - self.strike - self.linear_strike
    }
}

/// The number of underlyings, lines of own strikes and settled values that `assess` leaves beside the scratch.
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
pub(crate) fn assess(
    scratch: &mut Scratch,
    (slot, so_far): (usize, &mut Assessed),
    (exchange, u): (&ExchangeInput, &UnderlyingInput),
    expiries: impl Iterator<Item = ExpiryInput> + Clone,
    lines: impl Iterator<Item = LineInput>,
    sink: &mut impl FnMut(OwnStrikeRow),
) -> Result<(), RiskError> {
    validate(u)?;
    let (count, qty_max, strike_max) = load_lines(scratch, lines)?;
    so_far.lines += count;
    if so_far.lines > LINES_MAX {
        return Err(RiskError::TooManyLines);
    }
    let average_max = expiries.clone().map(|e| e.average_e8).max().unwrap_or(0);
    let price_max = strike_max.max(average_max.min(PRICE_MAX_E8)).max(u.spot_e8.saturating_mul(8));
    let mut block = Block::new(qty_max, price_max);
    let shared = Shared {
        exchange,
        underlying: u,
        ln_spot_q40: ln_q40(u.spot_e8),
        range_q40: price_range_q40(u),
        price_shift: block.price_shift,
        bounds: SmileBounds::new(u.params, u.vol_stale),
    };
    let expiry_count = load_expiries(scratch, &shared, expiries)?;
    let mut sums = [ExpiryBlock::default(); EXPIRIES_MAX];
    gather(scratch, count, expiry_count, &mut block, &mut sums)?;
    value_lines(scratch, count, &shared, &mut sums);

    let mut state = UnderlyingState::zeroed();
    state.range_q40 = shared.range_q40;
    state.spot_e8 = u.spot_e8;
    state.group = u.group;
    state.realised_only = u8::from(u.realised_only);
    state.price_stale = u8::from(u.price_stale);
    state.has_lines = u8::from(count > 0);
    report_expiries(scratch, expiry_count, (&block, exchange), &sums, &mut state)?;
    let mut own = OwnStrikes { rows: &mut so_far.own_rows, slot, sink };
    rows::scan(scratch, (count, expiry_count), (&block, &shared), &sums, &mut state, &mut own);
    addons::price(scratch, expiry_count, (&shared, &block), &sums, &mut state);
    scratch.underlyings[slot] = state;
    Ok(())
}

fn validate(u: &UnderlyingInput) -> Result<(), RiskError> {
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

/// Copies the lines into the scratch. Returns (count, largest scaled quantity, largest strike).
fn load_lines(
    scratch: &mut Scratch,
    lines: impl Iterator<Item = LineInput>,
) -> Result<(usize, u64, u64), RiskError> {
    let (mut count, mut qty_max, mut strike_max) = (0usize, 0u64, 0u64);
    let mut last = None;
    for line in lines {
        let place = (line.expiry, line.strike.price_e8);
        if last.is_some_and(|before| before >= place) {
            return Err(RiskError::Unsorted);
        }
        last = Some(place);
        if !(1..=PRICE_MAX_E8).contains(&line.strike.price_e8) || !line.strike.has_logarithm() {
            return Err(RiskError::Price("strike.price_e8"));
        }
        let (calls, puts) = (line.calls_e6.unsigned_abs(), line.puts_e6.unsigned_abs());
        if calls > QTY_MAX_E6 || puts > QTY_MAX_E6 {
            return Err(RiskError::Quantity);
        }
        let to = scratch.lines.get_mut(count).ok_or(RiskError::TooManyLines)?;
        // What the other fields hold is written before it is read: `gather` and `value_lines`.
        (to.calls_e6, to.puts_e6) = (line.calls_e6, line.puts_e6);
        (to.strike_e8, to.ln_strike_q40) = (line.strike.price_e8, line.strike.ln_q40);
        to.expiry = line.expiry;
        // |calls + puts| and (|calls| + |puts|)/2 are both at most this.
        let both = line.calls_e6.wrapping_add(line.puts_e6).unsigned_abs();
        qty_max = qty_max.max(calls).max(puts).max(both);
        strike_max = strike_max.max(line.strike.price_e8);
        count = count.wrapping_add(1);
    }
    Ok((count, qty_max, strike_max))
}

fn load_expiries(
    scratch: &mut Scratch,
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
        let to = scratch.expiries.get_mut(count).ok_or(RiskError::TooManyExpiries)?;
        *to = ExpiryState::new(shared, &e)?;
        count += 1;
    }
    Ok(count)
}

/// Products q·D·F' and q·D·K' of every line, the block they fit, and the linear part of the puts.
fn gather(
    scratch: &mut Scratch,
    count: usize,
    expiries: usize,
    block: &mut Block,
    sums: &mut [ExpiryBlock; EXPIRIES_MAX],
) -> Result<(), RiskError> {
    let mut gross = 0u64;
    for line in &mut scratch.lines[..count] {
        let place = usize::from(line.expiry);
        let e = scratch.expiries[..expiries].get(place).ok_or(RiskError::UnknownExpiry)?;
        // Quantities are at most 2^50 each.
        let qty = line.calls_e6.wrapping_add(line.puts_e6);
        let left = block.price(line.strike_e8) - e.averaged_n;
        let forward = e.discounted_moving_n;
        let strike = discounted(left, e.discount_q32);
        (line.forward, line.strike) = (block.raw(qty, forward), block.raw(qty, strike));
        // (|calls| + |puts|)·max(F', |K'|) at a 128th: by the products above where calls and puts do not offset.
        let part = if line.calls_e6 == 0 || line.puts_e6 == 0 {
            line.forward.abs().max(line.strike.abs()) >> 7
        } else {
            let both = line.calls_e6.wrapping_abs().wrapping_add(line.puts_e6.wrapping_abs());
            block.raw(both.wrapping_add(1) >> 1, forward.max(strike.abs())).abs() >> 6
        };
        gross = gross.wrapping_add(part.0 as u64).wrapping_add(1);
        line.plain = u8::from(e.kind != LIVE || left <= Lane::ZERO);
        line.left_n = left;
        line.x_q40 = if line.plain == 0 { log_moneyness_q40(line, e, block) } else { Lane::ZERO };
    }
    block.fix(gross)?;
    link_lines(scratch, count, block, sums);
    Ok(())
}

/// ln(F'/K') at 2^-40 within ±14: beyond it every option of the domain is worthless or certain.
fn log_moneyness_q40(line: &Line, e: &ExpiryState, block: &Block) -> Lane {
    // ln of a normalised price less ln 2^shift; without an average K' = K, whose logarithm is stored.
    const LN2_Q40: i64 = 762_123_384_786;
    let ln_strike = if e.averaged_n == Lane::ZERO {
        Lane(line.ln_strike_q40)
    } else {
        Lane(ln_q40(line.left_n.0 as u64)) - Lane(i64::from(block.price_shift)) * Lane(LN2_Q40)
    };
    (e.ln_moving_q40 - ln_strike).clamp(Lane(-(14 << 40)), Lane(14 << 40))
}

/// Scales the products to the block, marks where each expiry's lines begin and end, sums the puts' linear part.
fn link_lines(scratch: &mut Scratch, count: usize, block: &Block, sums: &mut [ExpiryBlock; EXPIRIES_MAX]) {
    for (i, line) in scratch.lines[..count].iter_mut().enumerate() {
        let (e, sum) = (&scratch.expiries[usize::from(line.expiry)], &mut sums[usize::from(line.expiry)]);
        if sum.end == 0 {
            sum.first = i;
        }
        sum.end = i + 1;
        let (calls, puts) = (Lane(line.calls_e6), Lane(line.puts_e6));
        sum.calls_e6 += calls;
        sum.puts_e6 += puts;
        sum.gross_e6 += calls.abs() + puts.abs();
        (line.forward, line.strike) = (block.scaled(line.forward), block.scaled(line.strike));
        if line.puts_e6 == 0 || e.kind == SETTLED {
            continue;
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
}

/// The unmoved pass: σ of each line, sums of value, delta and vega per expiry.
fn value_lines(scratch: &mut Scratch, count: usize, shared: &Shared, sums: &mut [ExpiryBlock; EXPIRIES_MAX]) {
    for line in &mut scratch.lines[..count] {
        let (e, sum) = (&scratch.expiries[usize::from(line.expiry)], &mut sums[usize::from(line.expiry)]);
        if e.kind == SETTLED {
            continue;
        }
        line.sigma_q29 = e.sigma_q29(&shared.bounds, line.ln_strike_q40);
        let (cdf1, cdf2, pdf1) = if line.plain == 1 {
            // Worth its payoff: exercised where F' > K'. A K' ≤ 0 is always below.
            let exercised = kernel::certain(Lane(i64::from(e.moving_n > line.left_n)));
            (exercised, exercised, Lane::ZERO)
        } else {
            let v = deviation_q40(line.sigma_q29, e.root, Lane::ZERO);
            kernel::base(line.x_q40, v)
        };
        sum.forward += kernel::share_of(line.forward, cdf1);
        sum.strike += kernel::share_of(line.strike, cdf2);
        sum.vega += kernel::share_of(line.forward, pdf1);
    }
}

/// Values, floors and Greeks of each expiry in money.
fn report_expiries(
    scratch: &mut Scratch,
    expiries: usize,
    (block, exchange): (&Block, &ExchangeInput),
    sums: &[ExpiryBlock; EXPIRIES_MAX],
    state: &mut UnderlyingState,
) -> Result<(), RiskError> {
    for (i, sum) in sums.iter().enumerate().take(expiries) {
        let e = &scratch.expiries[i];
        let lines = &scratch.lines[sum.first..sum.end];
        let mut report = ExpiryReport::zeroed();
        if e.kind == SETTLED {
            report.value_e6 = lines.iter().fold(0i64, |v, line| {
                let (calls, puts) = (line.calls_e6, line.puts_e6);
                v.saturating_add(payoff_e6(line.strike_e8, true, calls, e.settled_e8))
                    .saturating_add(payoff_e6(line.strike_e8, false, puts, e.settled_e8))
            });
            report.least_e6 = report.value_e6;
            // A recorded price may be far from the spot that bounds the notional.
            if report.value_e6.unsigned_abs() > bounds::MONEY_MAX_E6.unsigned_abs() {
                return Err(RiskError::TooLarge);
            }
            state.value_initial_e6 += report.value_e6;
        } else {
            report.value_e6 = block.money(sum.value());
            report.dollar_delta_e6 = block.money(sum.forward + sum.linear_forward);
            // |vega sum| ≤ 2^33 and the mantissa is below 2^31.
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
        scratch.expiry_reports[i] = report;
    }
    if state.value_e6.unsigned_abs() > 4 * bounds::MONEY_MAX_E6.unsigned_abs() {
        return Err(RiskError::TooLarge);
    }
    Ok(())
}

/// w_e: the least payoff, discounted if positive, rounded down.
fn least((lines, sum): (&[Line], &ExpiryBlock), e: &ExpiryState, block: &Block) -> i64 {
    if sum.calls_e6 < Lane::ZERO {
        return NO_FLOOR_E6;
    }
    match payoff::least_payoff_e6(lines, sum.gross_e6.0 as u64, block.price_e8_floor(e.averaged_n)) {
        least if least > 0 => ((i128::from(least) * i128::from(e.discount_q32.0)) >> 32) as i64,
        least => least,
    }
}

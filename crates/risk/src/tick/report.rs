//! What a book holds in a prepared market, expiry by expiry, in money.

use super::book::Pass;
use super::charges::ExpiryCharges;
use crate::block::Block;
use crate::bounds;
use crate::error::RiskError;
use crate::fixed::{mul_div_ceil_i64, ratio_floor};
use crate::lane::Lane;
use crate::payoff::Grain;
use crate::report::NO_FLOOR_E6;
use crate::scratch::{ExpiryReport, Line, UnderlyingState};
use crate::settlement::payoff_e6;
use crate::surface::SETTLED;
use crate::underlying::least;
use bytemuck::Zeroable;

impl Pass<'_, '_> {
    /// Values, floors and Greeks of each expiry in money, and the add-ons.
    #[inline(always)]
    pub(super) fn report(
        &mut self,
        block: &Block,
        (long_e6, short_e6): (i64, i64),
        state: &mut UnderlyingState,
    ) -> Result<(), RiskError> {
        let market = self.held.market;
        let mut charges = ExpiryCharges::default();
        // A book that is net short calls anywhere has no floor, whatever its other expiries pay at least.
        let mut any_settled = false;
        let bounded = (1..=self.count).fold(true, |bounded, note| {
            let (last, this) = (&self.of.quantities[note - 1], &self.of.quantities[note]);
            let settled = self.held.expiries[this.expiry as usize].state.kind == SETTLED;
            any_settled |= settled;
            bounded & ((this.calls_e6 >= last.calls_e6) | settled)
        });
        if bounded || any_settled {
            self.write_lines();
        }
        let (mut value, mut initial, mut delta, mut vega, mut floor) = (0i64, 0i64, 0i64, 0i64, 0i64);
        for note in 1..=self.count {
            let (mut sum, at) = self.sum(note);
            let expiry = &self.held.expiries[at];
            let e = &expiry.state;
            let lines = &self.desk.lines[sum.first..sum.end];
            let mut report = ExpiryReport { least_e6: NO_FLOOR_E6, ..ExpiryReport::zeroed() };
            if e.kind == SETTLED {
                report.value_e6 = settled_value(lines, e.settled_e8)?;
                report.least_e6 = report.value_e6;
                initial += report.value_e6;
            } else {
                report.value_e6 = block.money(sum.value());
                report.dollar_delta_e6 = block.money(sum.forward + sum.linear_forward);
                // A density is at most 0.4, so |vega sum| < 2^31.7, and the mantissa is below 2^31.
                let per_root = (sum.vega * Lane(e.root.mantissa)) >> e.root.shift.clamp(0, 63) as u32;
                report.vega_e6 = block.money(per_root);
                if bounded {
                    sum.grain = grain(lines);
                    report.least_e6 = least((lines, &sum), e, block);
                }
                // Zero or less counts in full. No branch: the sign is hard to foretell.
                initial += ratio_floor(report.value_e6.max(0), market.exchange.long_weight_e6);
                initial += report.value_e6.min(0);
                charges.charge(&sum, &expiry.rates, report.dollar_delta_e6, block.price_shift);
            }
            value += report.value_e6;
            delta += report.dollar_delta_e6;
            vega += report.vega_e6.abs();
            floor = match (floor, report.least_e6) {
                (NO_FLOOR_E6, _) | (_, NO_FLOOR_E6) => NO_FLOOR_E6,
                (a, b) => a.saturating_add(b).max(NO_FLOOR_E6 + 1),
            };
            self.desk.expiry_reports[note - 1] = report;
        }
        if value.unsigned_abs() > bounds::MONEY_MAX_E6.unsigned_abs() << 2 {
            return Err(RiskError::TooLarge);
        }
        (state.value_e6, state.value_initial_e6, state.least_e6) = (value, initial, floor);
        (state.dollar_delta_e6, state.dollar_vega_e6) = (delta, vega);
        let u = market.input;
        let gross_qty_e6 = long_e6.wrapping_add(short_e6) as u64;
        let share = share_e6(long_e6.max(short_e6), self.held.open_interest_e6, u.params.oi_free_e6);
        charges.conclude((u, &market.rates), (gross_qty_e6, share), state);
        Ok(())
    }
}

/// What all quantities and strikes of an expiry are multiples of, as `lines::load` finds it.
fn grain(lines: &[Line]) -> Grain {
    let mut grain = Grain::default();
    for line in lines {
        let (calls, puts) = (line.calls_e6.unsigned_abs(), line.puts_e6.unsigned_abs());
        grain.quantities |= calls | puts;
        grain.strikes |= line.strike_e8;
        grain.gross_e6 = grain.gross_e6.wrapping_add(calls).wrapping_add(puts);
    }
    grain
}

/// Payoffs at a recorded price, 1e-6 quote.
fn settled_value(lines: &[Line], settled_e8: u64) -> Result<i64, RiskError> {
    let most = bounds::MONEY_MAX_E6.unsigned_abs();
    let mut value_e6 = 0i64;
    for line in lines {
        for (is_call, qty_e6) in [(true, line.calls_e6), (false, line.puts_e6)] {
            let paid = payoff_e6(line.strike_e8, is_call, qty_e6, settled_e8);
            // One by one: two payoffs that saturate would cancel.
            if paid.unsigned_abs() > most {
                return Err(RiskError::TooLarge);
            }
            value_e6 = value_e6.saturating_add(paid);
        }
    }
    // A recorded price may be far from the spot that bounds the notional.
    if value_e6.unsigned_abs() > most {
        return Err(RiskError::TooLarge);
    }
    Ok(value_e6)
}

/// A quantity as a share of open interest, 1e-6, rounded up; 0 where it is not above the share that is free, which costs no
/// division and charges as much.
#[inline(always)]
fn share_e6(side_e6: i64, open_interest_e6: i64, free_e6: i64) -> i64 {
    let whole = open_interest_e6.max(1);
    let (side, free) = (side_e6.checked_mul(bounds::ONE_E6), whole.checked_mul(free_e6));
    if side.zip(free).is_some_and(|(side, free)| side <= free) {
        return 0;
    }
    mul_div_ceil_i64(side_e6, bounds::ONE_E6, whole).unwrap_or(bounds::ONE_E6).min(bounds::ONE_E6)
}

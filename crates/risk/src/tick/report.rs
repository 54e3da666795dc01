//! What a book holds in a prepared market, expiry by expiry, in money.

use super::book::Pass;
use super::charges::ExpiryCharges;
use super::few::{self, FEW};
use super::own::of_floor;
use crate::block::Block;
use crate::bounds;
use crate::error::RiskError;
use crate::fixed::mul_div_ceil_i64;
use crate::payoff::{self, Grain};
use crate::report::NO_FLOOR_E6;
use crate::scratch::{ExpiryReport, Line, UnderlyingState};
use crate::settlement::payoff_e6;
use crate::surface::SETTLED;
use bytemuck::Zeroable;

impl Pass<'_, '_> {
    /// Values, floors and Greeks of each expiry in money, and the add-ons. In several walks over the expiries, each of which
    /// registers have room for.
    #[inline(always)]
    pub(super) fn report(
        &mut self,
        block: &Block,
        (long_e6, short_e6): (i64, i64),
        state: &mut UnderlyingState,
    ) -> Result<(), RiskError> {
        let market = self.held.market;
        self.money(block);
        if self.settled {
            self.settle()?;
        }
        self.add_up(market.exchange.long_weight_e6, state);
        if state.value_e6.unsigned_abs() > bounds::MONEY_MAX_E6.unsigned_abs() << 2 {
            return Err(RiskError::TooLarge);
        }
        let (charges, bounded) = self.charges(block.price_shift);
        state.least_e6 = if bounded { self.floors() } else { NO_FLOOR_E6 };
        let u = market.input;
        let gross_qty_e6 = long_e6.wrapping_add(short_e6) as u64;
        let share = share_e6(long_e6.max(short_e6), self.held.open_interest_e6, u.params.oi_free_e6);
        charges.conclude((u, &market.rates), (gross_qty_e6, share), state);
        Ok(())
    }

    /// Value and Greeks of each expiry.
    #[inline(always)]
    fn money(&mut self, block: &Block) {
        for note in 1..=self.count {
            let [values, before] = [note, note - 1].map(|note| &self.of.values[note]);
            let of = |lane: usize| values[lane] - before[lane];
            let rates = &self.held.expiries[self.of.quantities[note].expiry as usize].rates;
            // As `book::block_of` names them.
            let delta = of(0) + of(6);
            let per_root = (of(2) * rates.root) >> rates.root_shift;
            self.desk.expiry_reports[note - 1] = ExpiryReport {
                value_e6: block.money(delta - of(1) - of(7)),
                dollar_delta_e6: block.money(delta),
                vega_e6: block.money(per_root),
                least_e6: NO_FLOOR_E6,
            };
        }
    }

    /// Puts what was paid at a recorded price in the place of values.
    #[inline(never)]
    fn settle(&mut self) -> Result<(), RiskError> {
        self.write_lines();
        for note in 1..=self.count {
            let (sum, at) = self.sum(note);
            let e = &self.held.expiries[at].state;
            if e.kind == SETTLED {
                let value_e6 = settled_value(&self.desk.lines[sum.first..sum.end], e.settled_e8)?;
                self.desk.expiry_reports[note - 1] =
                    ExpiryReport { value_e6, least_e6: value_e6, ..ExpiryReport::zeroed() };
            }
        }
        Ok(())
    }

    /// Whether the expiry of a note is settled.
    #[inline(always)]
    fn is_settled(&self, note: usize) -> bool {
        self.settled && self.held.expiries[self.of.quantities[note].expiry as usize].state.kind == SETTLED
    }

    /// The underlying's value and Greeks.
    #[inline(always)]
    fn add_up(&self, long_weight_e6: i64, state: &mut UnderlyingState) {
        let (mut value, mut initial, mut delta, mut vega) = (0i64, 0i64, 0i64, 0i64);
        for note in 1..=self.count {
            let report = &self.desk.expiry_reports[note - 1];
            value += report.value_e6;
            delta += report.dollar_delta_e6;
            vega += report.vega_e6.wrapping_abs();
            // Zero or less counts in full. No branch: the sign is hard to foretell.
            initial += if self.is_settled(note) {
                report.value_e6
            } else {
                of_floor(report.value_e6.max(0), long_weight_e6) + report.value_e6.min(0)
            };
        }
        (state.value_e6, state.value_initial_e6) = (value, initial);
        (state.dollar_delta_e6, state.dollar_vega_e6) = (delta, vega);
    }

    /// The charges by expiry, and whether the book has a floor: one that is net short calls anywhere has none, whatever
    /// its other expiries pay at least.
    #[inline(always)]
    fn charges(&self, price_shift: i32) -> (ExpiryCharges, bool) {
        let (mut charges, mut bounded) = (ExpiryCharges::default(), true);
        for note in 1..=self.count {
            if self.is_settled(note) {
                continue;
            }
            let (last, this) = (&self.of.quantities[note - 1], &self.of.quantities[note]);
            let calls_e6 = this.calls_e6.wrapping_sub(last.calls_e6);
            let puts_e6 = this.puts_e6.wrapping_sub(last.puts_e6);
            bounded &= calls_e6 >= 0;
            let rates = &self.held.expiries[this.expiry as usize].rates;
            let delta_e6 = self.desk.expiry_reports[note - 1].dollar_delta_e6;
            charges.charge((calls_e6, puts_e6), rates, delta_e6, price_shift);
        }
        (charges, bounded)
    }

    /// The least payoffs of a book that has a floor, added up.
    #[inline(always)]
    fn floors(&mut self) -> i64 {
        let (mut floor, mut written) = (0i64, self.settled);
        for note in 1..=self.count {
            if !self.is_settled(note) {
                let (last, this) = (&self.of.quantities[note - 1], &self.of.quantities[note]);
                let (first, end) = (last.end as usize, this.end as usize);
                let expiry = &self.held.expiries[this.expiry as usize];
                let least_e6 = if end - first <= FEW {
                    let (paid, count) = self.few((first, end), 0);
                    few::least_payoff_e6(&paid[..count], expiry.rates.from_e8)
                } else {
                    if !core::mem::replace(&mut written, true) {
                        self.write_lines();
                    }
                    let lines = &self.desk.lines[first..end];
                    payoff::least_payoff_e6(lines, &grain(lines), expiry.rates.from_e8)
                };
                self.desk.expiry_reports[note - 1].least_e6 = expiry.rates.discounted(least_e6);
            }
            let least_e6 = self.desk.expiry_reports[note - 1].least_e6;
            floor = floor.saturating_add(least_e6).max(NO_FLOOR_E6 + 1);
        }
        floor
    }
}

/// What all quantities and strikes of an expiry are multiples of, as `lines::load` finds it.
pub(super) fn grain(lines: &[Line]) -> Grain {
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

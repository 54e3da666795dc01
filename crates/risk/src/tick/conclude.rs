//! The end of a check: scans of underlyings and groups, then the report.

use super::cells::CELLS;
use super::MarketTick;
use crate::addons::price_open_interest;
use crate::assessment::Assessment;
use crate::bounds::{GROUPS_MAX, MONEY_MAX_E6, UNDERLYINGS_MAX};
use crate::error::RiskError;
use crate::fixed::ratio_nearest;
use crate::group::{scan_group, scan_underlying, GroupScan};
use crate::input::Measure;
use crate::report::MarginReport;
use crate::scenario::SCENARIOS;

impl Assessment<'_> {
    /// As [`Assessment::finish`], for underlyings added by [`Assessment::holding`] alone: the same report to the bit.
    /// `markets` are theirs, in the order added.
    ///
    /// # Errors
    /// Cash beyond the money range.
    #[inline(always)]
    pub fn finish_holdings<'t>(
        mut self,
        cash_e6: i64,
        markets: &[Option<&'t MarketTick<'t>>; UNDERLYINGS_MAX],
    ) -> Result<MarginReport, RiskError> {
        if cash_e6.unsigned_abs() > MONEY_MAX_E6.unsigned_abs() {
            return Err(RiskError::TooLarge);
        }
        let factor_e6 = self.exchange.mm_factor_e6;
        let mut groups =
            [(GroupScan { worst: u8::MAX, ..GroupScan::default() }, GroupScan::default()); GROUPS_MAX];
        let mut members = [0u32; GROUPS_MAX];
        for (slot, market) in markets.iter().enumerate().take(self.underlyings) {
            let (own, u) =
                (&self.scratch.desk.own[..self.so_far.own_rows], &mut self.scratch.underlyings[slot]);
            if u.linear_e6 != 0 {
                market.ok_or(RiskError::UnknownUnderlying)?.scenarios.add_linear_leg(u);
            }
            let kind = self.exchange.groups[usize::from(u.group)].measure;
            let (scan, maintenance) = &mut groups[usize::from(u.group)];
            let (risk, worst) = worst_loss(&u.losses_e6);
            scan.worst = worst;
            if u.has_own == 0 && kind == Measure::Worst {
                u.own_e6 = 0;
                u.scan_e6 = risk.max(0);
                u.scan_maintenance_e6 = ratio_nearest(risk, factor_e6).max(0);
            } else {
                scan_underlying(u, own, slot, kind, factor_e6);
            }
            if u.oi_rate_e6 > 0 {
                price_open_interest(u);
            }
            // Of one underlying joint scan and sum are the same, and so is any blend of them, rounded up on its own.
            scan.scan_e6 = u.scan_e6;
            maintenance.scan_e6 = u.scan_maintenance_e6;
            scan.worst |= if u.realised_only == 1 { u8::MAX } else { 0 };
            members[usize::from(u.group)] += 1;
        }
        let underlyings = &self.scratch.underlyings[..self.underlyings];
        let own = &self.scratch.desk.own[..self.so_far.own_rows];
        for (id, group) in groups.iter_mut().enumerate() {
            if members[id] > 1 {
                *group = scan_group((id as u8, &self.exchange.groups[id]), underlyings, own, factor_e6);
            }
        }
        let mut report = MarginReport { cash_e6, flags: self.flags, ..MarginReport::default() };
        self.add_up(&groups, &mut report);
        Ok(report)
    }
}

/// The greatest loss and the first scenario that has it.
#[inline(always)]
fn worst_loss(losses_e6: &[i64; SCENARIOS]) -> (i64, u8) {
    // Whole registers, of which the last is filled up.
    let mut losses = [i64::MIN; CELLS];
    losses[..SCENARIOS].copy_from_slice(losses_e6);
    let most = losses.iter().fold(i64::MIN, |most, &loss| most.max(loss));
    let mut first = CELLS as i64;
    for (scenario, &loss) in losses.iter().enumerate() {
        first = first.min(if loss == most { scenario as i64 } else { CELLS as i64 });
    }
    (most, first as u8)
}

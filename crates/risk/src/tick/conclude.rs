//! The end of a check: scans of underlyings and groups, then the report.

use super::own::{greatest, of_nearest};
use super::MarketTick;
use crate::addons::price_open_interest;
use crate::assessment::Assessment;
use crate::bounds::{GROUPS_MAX, MONEY_MAX_E6, ONE_E6, UNDERLYINGS_MAX};
use crate::error::RiskError;
use crate::fixed::ratio_ceil;
use crate::group::{scan_group, scan_underlying, GroupScan};
use crate::input::Measure;
use crate::report::MarginReport;
use crate::scenario::SCENARIOS;
use crate::scratch::{OwnStrike, UnderlyingState};

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
        let groups = self.groups_of_holdings(markets)?;
        let mut report = MarginReport { cash_e6, flags: self.flags, ..MarginReport::default() };
        self.add_up(&groups, &mut report);
        Ok(report)
    }

    /// The scans for IM and for MM (1e-6 quote) of underlyings added by [`Assessment::holding_losses`] alone: the greatest
    /// of the 35 losses, and what groups make of them. `markets` are theirs, in the order added.
    ///
    /// # Errors
    /// [`RiskError::UnknownUnderlying`] where a market with collateral is not among `markets`.
    #[inline(always)]
    pub fn scan_holdings<'t>(
        mut self,
        markets: &[Option<&'t MarketTick<'t>>; UNDERLYINGS_MAX],
    ) -> Result<[i64; 2], RiskError> {
        let groups = self.groups_of_holdings(markets)?;
        let scan: i64 = groups.iter().map(|group| group.0.scan_e6).sum();
        Ok([scan, groups.iter().map(|group| group.1.scan_e6).sum::<i64>().min(scan)])
    }

    #[inline(always)]
    fn groups_of_holdings<'t>(
        &mut self,
        markets: &[Option<&'t MarketTick<'t>>; UNDERLYINGS_MAX],
    ) -> Result<[(GroupScan, GroupScan); GROUPS_MAX], RiskError> {
        let factor_e6 = self.exchange.mm_factor_e6;
        let mut groups =
            [(GroupScan { worst: u8::MAX, ..GroupScan::default() }, GroupScan::default()); GROUPS_MAX];
        let (mut members, mut from) = ([0u32; GROUPS_MAX], 0);
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
            let rows = own[from..].iter().take_while(|row| row.underlying == slot as u64).count();
            let rows = &own[from..][..rows];
            from += rows.len();
            if kind == Measure::Worst {
                let [most, most_maintenance] = match u.has_own {
                    0 => [0; 2],
                    _ => greatest(&u.losses_e6, &u.grid_part_e6, rows, factor_e6),
                };
                u.own_e6 = most;
                u.scan_e6 = risk.max(most);
                u.scan_maintenance_e6 = of_nearest(risk, factor_e6).max(most_maintenance);
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
            if members[id] < 2 {
                continue;
            }
            let of = &self.exchange.groups[id];
            *group = if of.measure == Measure::Worst {
                netted((id as u8, of.rho_e6), underlyings, own, factor_e6)
            } else {
                scan_group((id as u8, of), underlyings, own, factor_e6)
            };
        }
        Ok(groups)
    }
}

/// Scenarios, filled up to whole registers.
const CELLS: usize = 40;

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

/// The scans of a group measured by its worst loss, for IM and for MM: as `group::scan_group`.
#[inline(always)]
fn netted(
    (id, rho_e6): (u8, i64),
    underlyings: &[UnderlyingState],
    own: &[OwnStrike],
    factor_e6: i64,
) -> (GroupScan, GroupScan) {
    let (mut joint, mut members, mut has_own) = ([0i64; SCENARIOS], 0, 0);
    let (mut apart, mut outside) = ([0i64; 2], [0i64; 2]);
    for u in underlyings.iter().filter(|u| u.group == id) {
        let sums = if u.realised_only == 1 { &mut outside } else { &mut apart };
        *sums = [sums[0] + u.scan_e6, sums[1] + u.scan_maintenance_e6];
        if u.realised_only == 0 {
            members += 1;
            has_own |= u.has_own;
            // Losses are below 2^59 each and members at most 8: sums stay below 2^62.
            for (sum, loss) in joint.iter_mut().zip(&u.losses_e6) {
                *sum = sum.wrapping_add(*loss);
            }
        }
    }
    if members == 0 {
        let alone = |scan_e6| GroupScan { joint_e6: 0, sum_e6: scan_e6, scan_e6, worst: u8::MAX };
        return (alone(outside[0]), alone(outside[1]));
    }
    let (risk, worst) = worst_loss(&joint);
    let mut risks = [risk.max(0), of_nearest(risk, factor_e6).max(0)];
    if has_own == 1 {
        let mut from = 0;
        for (slot, u) in underlyings.iter().enumerate() {
            let rows = own[from..].iter().take_while(|row| row.underlying == slot as u64).count();
            if u.group == id && u.realised_only == 0 && u.has_own == 1 {
                let most = greatest(&joint, &u.grid_part_e6, &own[from..][..rows], factor_e6);
                risks = [risks[0].max(most[0]), risks[1].max(most[1])];
            }
            from += rows;
        }
    }
    let scan = |level: usize| {
        let risk = risks[level];
        let blended = ratio_ceil(risk, rho_e6) + ratio_ceil(apart[level], ONE_E6 - rho_e6);
        let scan_e6 = blended.min(risk.max(apart[level])) + outside[level];
        GroupScan { joint_e6: risk, sum_e6: apart[level] + outside[level], scan_e6, worst }
    };
    (scan(0), scan(1))
}

//! Losses across underlyings: risk measures and correlation groups (risk.md §4).

use crate::bounds::ONE_E6;
use crate::fixed::{ratio_ceil, ratio_nearest, saturate};
use crate::input::{GroupInput, Measure};
use crate::lane::Lane;
use crate::own_strikes::{interpolate, unchanged_vol_row};
use crate::scenario::{GRID_MOVES, SCENARIOS};
use crate::scratch::{OwnStrike, UnderlyingState};

/// Scan of one group.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct GroupScan {
    /// Joint scan with own strikes, 1e-6 quote.
    pub joint_e6: i64,
    /// Σ scan_u, 1e-6 quote.
    pub sum_e6: i64,
    /// ρ·joint + (1 − ρ)·Σ scan_u, 1e-6 quote.
    pub scan_e6: i64,
    /// Index of the worst joint scenario.
    pub worst: u8,
}

impl GroupScan {
    /// Of a group without members.
    const EMPTY: Self = Self { joint_e6: 0, sum_e6: 0, scan_e6: 0, worst: u8::MAX };
}

/// MM takes losses and ℓ times a factor, own-strike parts in full.
#[derive(Debug, Clone, Copy)]
struct Maintenance {
    factor_e6: i64,
}

impl Maintenance {
    fn of(self, loss_e6: i64) -> i64 {
        ratio_nearest(loss_e6, self.factor_e6)
    }
}

/// The risk measure of a row of losses, before any floor at zero. Rounded up.
pub(crate) fn measure(losses: &[i64; SCENARIOS], kind: Measure) -> i64 {
    match kind {
        Measure::Worst => losses.iter().copied().fold(i64::MIN, i64::max),
        Measure::ExpectedShortfall => {
            let mut worst = [i64::MIN; 4]; // descending
            for &loss in losses {
                let mut loss = loss;
                for place in &mut worst {
                    if loss > *place {
                        core::mem::swap(&mut loss, place);
                    }
                }
            }
            let sum: i128 = worst.iter().map(|&x| i128::from(x)).sum();
            // 1.25·sum/4 = 5·sum/16, rounded up.
            let mean = -((-5 * sum) >> 4);
            saturate(mean).max(ratio_ceil(worst[0], 800_000))
        }
    }
}

/// Sets `own`, `scan` and `scan_maintenance` of one underlying from its losses and own strikes.
pub(crate) fn scan_underlying(
    u: &mut UnderlyingState,
    rows: &[OwnStrike],
    slot: usize,
    kind: Measure,
    factor_e6: i64,
) {
    let maintenance = Maintenance { factor_e6 };
    let [own, own_maintenance] = if u.has_own == 1 {
        greatest_own((u, rows, slot), &unchanged_vol_row(&u.losses_e6), maintenance, [0; 2])
    } else {
        [0; 2]
    };
    let risk = measure(&u.losses_e6, kind);
    u.own_e6 = own;
    u.scan_e6 = risk.max(own).max(0);
    u.scan_maintenance_e6 = maintenance.of(risk).max(own_maintenance).max(0);
}

/// The greatest P = ℓ + part of an underlying's own-strike scenarios, for IM and for MM, if above `most`. At a grid move the
/// greatest part stands for all expiries.
fn greatest_own(
    (u, rows, slot): (&UnderlyingState, &[OwnStrike], usize),
    grid: &[i64; GRID_MOVES],
    maintenance: Maintenance,
    most: [i64; 2],
) -> [i64; 2] {
    let [mut initial, mut at_maintenance] = most;
    let mut see = |linear: i64, part: i64| {
        // Losses are below 2^62 and parts below 2^59.
        initial = initial.max((Lane(linear) + Lane(part)).0);
        at_maintenance = at_maintenance.max((Lane(maintenance.of(linear)) + Lane(part)).0);
    };
    for row in rows.iter().filter(|row| row.underlying == slot as u64) {
        see(interpolate(grid, row.share_q30), row.part_e6);
    }
    for (linear, part) in grid.iter().zip(u.grid_part_e6) {
        if part != i64::MIN {
            see(*linear, part);
        }
    }
    [initial, at_maintenance]
}

/// The scans of group `id`, for IM and for MM. Markets that run on realised volatility alone are added outside the rule.
pub(crate) fn scan_group(
    (id, group): (u8, &GroupInput),
    underlyings: &[UnderlyingState],
    rows: &[OwnStrike],
    factor_e6: i64,
) -> (GroupScan, GroupScan) {
    if underlyings.iter().all(|u| u.group != id) {
        return (GroupScan::EMPTY, GroupScan::EMPTY);
    }
    let mut joint = Joint { losses: [0; SCENARIOS], members: 0, outside: [0; 2], apart: [0; 2] };
    for u in underlyings.iter().filter(|u| u.group == id) {
        joint.add(u);
    }
    if joint.members == 0 {
        let outside = |scan| GroupScan { joint_e6: 0, sum_e6: scan, scan_e6: scan, worst: u8::MAX };
        return (outside(joint.outside[0]), outside(joint.outside[1]));
    }
    let worst = index_of_worst(&joint.losses);
    if joint.members == 1 {
        // Its joint losses are its own: scan and sum are the same, and so is any blend of them.
        let alone = |level: usize| {
            let (scan, outside) = (joint.apart[level], joint.outside[level]);
            GroupScan { joint_e6: scan, sum_e6: scan + outside, scan_e6: scan + outside, worst }
        };
        return (alone(0), alone(1));
    }
    let maintenance = Maintenance { factor_e6 };
    let risk = measure(&joint.losses, group.measure);
    let mut risks = [risk.max(0), maintenance.of(risk).max(0)];
    let netted = underlyings.iter().enumerate().filter(|(_, u)| u.group == id && u.realised_only == 0);
    for (slot, u) in netted.filter(|(_, u)| u.has_own == 1) {
        // ℓ is linear between grid moves and every member's grid is in shares of its own price range, so the sum of ℓ at
        // one share is ℓ of the summed grid.
        risks = greatest_own((u, rows, slot), &unchanged_vol_row(&joint.losses), maintenance, risks);
    }
    let scan = |level: usize| {
        let (risk, apart) = (risks[level], joint.apart[level]);
        let blended = ratio_ceil(risk, group.rho_e6) + ratio_ceil(apart, ONE_E6 - group.rho_e6);
        // Each part is rounded up on its own: the blend of two equal numbers must not exceed them.
        let scan_e6 = blended.min(risk.max(apart)) + joint.outside[level];
        GroupScan { joint_e6: risk, sum_e6: apart + joint.outside[level], scan_e6, worst }
    };
    (scan(0), scan(1))
}

/// Sums over the members of a group; pairs are (IM, MM).
struct Joint {
    losses: [i64; SCENARIOS],
    members: usize,
    outside: [i64; 2],
    apart: [i64; 2],
}

impl Joint {
    fn add(&mut self, u: &UnderlyingState) {
        let scans = [u.scan_e6, u.scan_maintenance_e6];
        if u.realised_only == 1 {
            self.outside = [self.outside[0] + scans[0], self.outside[1] + scans[1]];
            return;
        }
        self.apart = [self.apart[0] + scans[0], self.apart[1] + scans[1]];
        self.members += 1;
        // Losses are below 2^59 each and members at most 8: sums stay below 2^62.
        let losses: &mut [Lane; SCENARIOS] = bytemuck::cast_mut(&mut self.losses);
        for (sum, loss) in losses.iter_mut().zip(&u.losses_e6) {
            sum.keep(*sum + Lane(*loss));
        }
    }
}

fn index_of_worst(losses: &[i64; SCENARIOS]) -> u8 {
    let (mut worst, mut index, mut most) = (0u8, 0u8, i64::MIN);
    for &loss in losses {
        if loss > most {
            (most, worst) = (loss, index);
        }
        index = index.wrapping_add(1);
    }
    worst
}

//! Losses across the underlyings of a correlation group (risk.md §4).

use crate::arrays::{MarketRisk, COLUMNS};
use crate::sums::{worst, UnderlyingSums};
use ballast_risk::bounds::GROUPS_MAX;
use pulp::Simd;

/// Sums over the underlyings of each group.
#[derive(Debug, Clone)]
#[repr(C, align(64))]
pub(crate) struct Groups {
    /// Joint losses; of a group without members whatever was there before.
    joint: [[f64; COLUMNS]; GROUPS_MAX],
    members: [u32; GROUPS_MAX],
    apart: [f64; GROUPS_MAX],
    error: [f64; GROUPS_MAX],
    /// Scans of the underlyings that are netted with no other.
    outside: f64,
}

impl Default for Groups {
    fn default() -> Self {
        Self {
            joint: [[0.0; COLUMNS]; GROUPS_MAX],
            members: [0; GROUPS_MAX],
            apart: [0.0; GROUPS_MAX],
            error: [0.0; GROUPS_MAX],
            outside: 0.0,
        }
    }
}

impl Groups {
    /// Forgets the portfolio before.
    #[inline(always)]
    pub(crate) fn begin(&mut self) {
        self.members = [0; GROUPS_MAX];
        self.apart = [0.0; GROUPS_MAX];
        self.error = [0.0; GROUPS_MAX];
        self.outside = 0.0;
    }

    /// The joint losses of a group that has members.
    pub(crate) fn joint(&self, group: usize) -> &[f64; COLUMNS] {
        &self.joint[group]
    }

    /// How far the joint losses of a group may be from the engine's.
    pub(crate) fn error(&self, group: usize) -> f64 {
        self.error[group]
    }

    /// Adds an underlying with its own scan.
    #[inline(always)]
    pub(crate) fn add<S: Simd>(&mut self, simd: S, market: &MarketRisk, sums: &UnderlyingSums, scan: f64) {
        let group = market.group;
        if market.outside {
            self.outside += scan;
            return;
        }
        let joint = &mut self.joint[group];
        if self.members[group] > 0 {
            let (joint, losses) = (S::as_mut_simd_f64s(joint).0, S::as_simd_f64s(&sums.columns).0);
            for (joint, loss) in joint.iter_mut().zip(losses) {
                *joint = simd.add_f64s(*joint, *loss);
            }
        } else {
            *joint = sums.columns;
        }
        self.members[group] += 1;
        self.apart[group] += scan;
        self.error[group] += sums.error;
    }

    /// ρ·joint + (1 − ρ)·Σ scan_u over the groups, with the joint losses times `factor`, plus their error, and at least
    /// `own` of their group.
    #[inline(always)]
    pub(crate) fn scan<S: Simd>(
        &self,
        simd: S,
        rho: &[f64; GROUPS_MAX],
        factor: f64,
        own: &[f64; GROUPS_MAX],
    ) -> f64 {
        let mut total = self.outside;
        for group in 0..GROUPS_MAX {
            if self.members[group] == 1 {
                // Joint and apart are the same.
                total += self.apart[group];
            } else if self.members[group] > 1 {
                let joint = factor * worst(simd, &self.joint[group]) + self.error[group];
                let joint = if own[group] > joint { own[group] } else { joint };
                total += rho[group] * joint + (1.0 - rho[group]) * self.apart[group];
            }
        }
        total
    }
}

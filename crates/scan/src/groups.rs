//! Losses across the underlyings of a correlation group (risk.md §4).

use crate::arrays::{MarketRisk, COLUMNS, SIGNED};
use crate::sums::{worst, UnderlyingSums};
use ballast_risk::bounds::GROUPS_MAX;
use pulp::Simd;

/// Sums over the underlyings of each group.
#[derive(Debug, Clone)]
#[repr(C, align(64))]
pub(crate) struct Groups {
    /// Joint losses; of a group without members whatever was there before.
    joint: [[f64; COLUMNS]; PLACES],
    members: [u32; PLACES],
    apart: [f64; PLACES],
    error: [f64; PLACES],
    /// Whether a group has more members than one: joint losses matter.
    netted: bool,
}

/// Groups, and a place for the underlyings that are netted with no other.
const PLACES: usize = GROUPS_MAX + 1;
/// That place.
pub(crate) const OUTSIDE: usize = GROUPS_MAX;

impl Default for Groups {
    fn default() -> Self {
        Self {
            joint: [[0.0; COLUMNS]; PLACES],
            members: [0; PLACES],
            apart: [0.0; PLACES],
            error: [0.0; PLACES],
            netted: false,
        }
    }
}

impl Groups {
    /// Forgets the portfolio before.
    #[inline(always)]
    pub(crate) fn begin(&mut self) {
        self.members = [0; PLACES];
        self.apart = [0.0; PLACES];
        self.error = [0.0; PLACES];
        self.netted = false;
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
        let place = market.place;
        let joint = &mut self.joint[place];
        if self.members[place] > 0 {
            self.netted |= place != OUTSIDE;
            let (joint, losses) = (S::as_mut_simd_f64s(joint).0, S::as_simd_f64s(&sums.columns).0);
            for (joint, loss) in joint.iter_mut().zip(losses) {
                *joint = simd.add_f64s(*joint, *loss);
            }
        } else {
            joint[..SIGNED].copy_from_slice(&sums.columns[..SIGNED]);
        }
        self.members[place] += 1;
        self.apart[place] += scan;
        self.error[place] += sums.error;
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
        let mut total = self.apart[OUTSIDE];
        for group in 0..GROUPS_MAX {
            // Of one member joint and apart are the same; which group it is in is hard to foretell, so no branch asks.
            if !self.netted || self.members[group] < 2 {
                total += self.apart[group];
            } else {
                let joint = factor * worst(simd, &self.joint[group]) + self.error[group];
                let joint = if own[group] > joint { own[group] } else { joint };
                total += rho[group] * joint + (1.0 - rho[group]) * self.apart[group];
            }
        }
        total
    }
}

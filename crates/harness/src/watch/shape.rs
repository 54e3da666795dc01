//! INV-8 of one report: the order of its excesses and scans, as risk.md promises it of every book.

use crate::invariants::{broken, Broken, INV_8};
use ballast::state::{CorrelationGroup, MEASURE_EXPECTED_SHORTFALL};
use ballast_risk::{MarginReport, UnderlyingState};

/// A book as the engine assessed it.
pub(super) struct Assessed<'a> {
    pub report: &'a MarginReport,
    /// The underlyings that have lines or collateral.
    pub underlyings: &'a [UnderlyingState],
    /// The exchange's correlation groups.
    pub groups: &'a [CorrelationGroup],
}

/// Checks excess_IM ≤ excess_B ≤ excess_MM, MM's scan ≤ scan, that a book without underlyings needs nothing, and under
/// `worst` that the scan lies between that of all underlyings together and the sum of theirs.
pub(super) fn check(assessed: &Assessed) -> Result<(), Broken> {
    let (report, wrong) =
        (assessed.report, |what: &str| broken(INV_8, format!("{what}: {:?}", assessed.report)));
    let excesses = [report.excess_initial_e6, report.excess_exit_e6, report.excess_maintenance_e6];
    if !excesses.is_sorted() {
        return Err(wrong("excesses out of order"));
    }
    if report.scan_maintenance_e6 > report.scan_e6 {
        return Err(wrong("more scan for maintenance than for initial margin"));
    }
    let needs = [report.initial_e6, report.exit_e6, report.maintenance_e6];
    if assessed.underlyings.is_empty() && needs != [0; 3] {
        return Err(wrong("a requirement of nothing"));
    }
    match assessed.bounds_e6() {
        Some((joint_e6, separate_e6)) if !(joint_e6..=separate_e6).contains(&i128::from(report.scan_e6)) => {
            Err(wrong(&format!("scan outside of {joint_e6} jointly and {separate_e6} apart")))
        }
        _ => Ok(()),
    }
}

impl Assessed<'_> {
    /// What the scan lies between, 1e-6 quote: the worst scenario of each group's netted underlyings together (own
    /// strikes may only add to that), and Σ scan_u. None where a group is measured by `es`, of which risk.md promises
    /// neither.
    fn bounds_e6(&self) -> Option<(i128, i128)> {
        let (mut joint_e6, mut separate_e6) = (0, 0);
        for (id, group) in (0u8..).zip(self.groups) {
            let members = || self.underlyings.iter().filter(move |underlying| underlying.group == id);
            if members().next().is_some() && group.measure == MEASURE_EXPECTED_SHORTFALL {
                return None;
            }
            let netted = || members().filter(|underlying| underlying.realised_only == 0);
            let scenarios = self.underlyings.first().map_or(0, |underlying| underlying.losses_e6.len());
            let loss_e6 =
                |at: usize| netted().map(|underlying| i128::from(underlying.losses_e6[at])).sum::<i128>();
            joint_e6 += (0..scenarios).map(loss_e6).max().unwrap_or(0).max(0);
            separate_e6 += members().map(|underlying| i128::from(underlying.scan_e6)).sum::<i128>();
        }
        Some((joint_e6, separate_e6))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::scene::{Scene, UNIT_E6};
    use ballast::state::CorrelationGroup;
    use ballast_risk::Scratch;

    /// What is found of the taker's short book in two markets, with its assessment changed. Its report's own numbers
    /// are sound.
    fn found(
        change: impl FnOnce(&mut MarginReport, &mut Vec<UnderlyingState>, &mut [CorrelationGroup]),
    ) -> bool {
        let mut scene = Scene::new();
        scene.world.fund(&scene.taker, "SOL", 20_000_000_000).expect("collateral in a second market");
        let portfolio = scene.world.portfolio_of(&scene.taker);
        let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
        let mut report = scene.world.snapshot().margin_in(&mut scratch, &portfolio).expect("a report");
        let exchange = scene.world.exchange();
        let count = usize::try_from(portfolio.market_bits(&exchange).count_ones()).unwrap();
        assert_eq!(count, 2);
        let (mut underlyings, mut groups) = (scratch.underlyings()[..count].to_vec(), exchange.groups);
        change(&mut report, &mut underlyings, &mut groups);
        let checked = check(&Assessed { report: &report, underlyings: &underlyings, groups: &groups });
        checked.is_err_and(|broken| broken.id == INV_8)
    }

    /// Goal: each part of the order is checked, and a sound report passes. Method: one number changed at a time, to
    /// where it just stands and one unit beyond.
    #[test]
    fn reports_out_of_order_are_found() {
        assert!(!found(|_, _, _| {}));
        assert!(!found(|report, _, _| report.excess_exit_e6 = report.excess_initial_e6));
        assert!(found(|report, _, _| report.excess_exit_e6 = report.excess_initial_e6 - 1));
        assert!(!found(|report, _, _| report.excess_maintenance_e6 = report.excess_exit_e6));
        assert!(found(|report, _, _| report.excess_maintenance_e6 = report.excess_exit_e6 - 1));
        assert!(!found(|report, _, _| report.scan_maintenance_e6 = report.scan_e6));
        assert!(found(|report, _, _| report.scan_maintenance_e6 = report.scan_e6 + 1));
    }

    /// Goal: a scan above the sum of its parts or under the joint one is found, under `worst` only. Method: the scan
    /// moved past either.
    #[test]
    fn scans_out_of_bounds_are_found() {
        let apart = |underlyings: &[UnderlyingState]| underlyings.iter().map(|u| u.scan_e6).sum::<i64>();
        assert!(!found(|report, underlyings, _| report.scan_e6 = apart(underlyings)));
        assert!(found(|report, underlyings, _| report.scan_e6 = apart(underlyings) + 1));
        let low = |report: &mut MarginReport| {
            (report.scan_e6, report.scan_maintenance_e6) = (UNIT_E6, UNIT_E6);
        };
        assert!(found(|report, _, _| low(report)));
        assert!(!found(|report, _, groups| {
            low(report);
            groups.iter_mut().for_each(|group| group.measure = MEASURE_EXPECTED_SHORTFALL);
        }));
    }

    /// Goal: a requirement where there is nothing to lose is found. Method: no underlyings, and each requirement a
    /// unit.
    #[test]
    fn a_requirement_of_nothing_is_found() {
        let empty = |report: &mut MarginReport, underlyings: &mut Vec<UnderlyingState>| {
            underlyings.clear();
            (report.scan_e6, report.scan_maintenance_e6) = (0, 0);
            (report.initial_e6, report.exit_e6, report.maintenance_e6) = (0, 0, 0);
        };
        assert!(!found(|report, underlyings, _| empty(report, underlyings)));
        let needs: [fn(&mut MarginReport); 3] =
            [|report| report.initial_e6 = 1, |report| report.exit_e6 = 1, |report| report.maintenance_e6 = 1];
        for need in needs {
            assert!(found(|report, underlyings, _| {
                empty(report, underlyings);
                need(report);
            }));
        }
    }
}

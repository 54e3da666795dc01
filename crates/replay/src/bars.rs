//! What every replay must show, whatever happened in it.

use crate::figures::{Figures, Money};
use ballast_harness::{
    ceilings::{TRANSACTION_UNITS, WIDEST_SLICE_UNITS},
    invariants::{INV_1, INV_10, INV_11, INV_2, INV_3, INV_4, INV_5, INV_6, INV_9},
};

/// Farthest beyond the exit test, of IM, 1e-6 (1 %).
const BEYOND_EXIT_E6: i64 = 10_000;
/// What a portfolio may bear of a shared loss beyond its part, 1e-6 quote: a unit, and a step of the index.
const INDEX_ROUNDING_E6: i64 = 2;
/// Least portfolios of a population.
const PORTFOLIOS_MIN: u64 = 200;
/// Vaults there are: of the quote currency and of the coin.
const VAULTS: usize = 2;
/// Refusals that no sender has earned: whoever has to liquidate must not run out of units, nor the program break down.
const ABORTS: [&str; 2] = ["ComputationalBudgetExceeded", "ProgramFailedToComplete"];

/// Bars that are not met, in words.
#[derive(Default)]
struct Missed(Vec<String>);

impl Missed {
    fn unless(&mut self, met: bool, otherwise: impl FnOnce() -> String) {
        if !met {
            self.0.push(otherwise());
        }
    }
}

/// The bars that are not met, in words.
#[must_use]
pub fn broken(figures: &Figures) -> Vec<String> {
    let mut missed = Missed::default();
    invariants(figures, &mut missed);
    vaults(figures, &mut missed);
    liquidations(figures, &mut missed);
    units(figures, &mut missed);
    deficits(figures, &mut missed);
    let portfolios = figures.population.portfolios;
    missed.unless(portfolios >= PORTFOLIOS_MIN, || format!("only {portfolios} portfolios"));
    missed.0
}

/// None is broken, and each was looked at at least as often as there was reason to. A check that is no longer made would be
/// missed by nobody in the sum of all.
fn invariants(figures: &Figures, missed: &mut Missed) {
    let checks = figures.checks();
    let first = figures.first_broken.as_deref().unwrap_or("");
    missed.unless(checks.broken == 0, || {
        format!("{} checks of invariants failed, first {first}", checks.broken)
    });
    for (id, least) in least_checks(figures) {
        let checked = figures.invariants.get(id).map_or(0, |checks| checks.checked);
        missed.unless(checked >= least, || format!("{id} was checked {checked} times, not {least}"));
    }
}

/// How often each invariant must have been checked: those of a moment at all, those of what keepers do each time they do it.
fn least_checks(figures: &Figures) -> [(&'static str, u64); 9] {
    let sent = |instruction: &str| figures.sent.get(instruction).copied().unwrap_or(0);
    let taken = sent("liquidate_slice") + sent("liquidate_legs");
    let flagged = figures.liquidation.flagged;
    [
        (INV_1, 1),
        (INV_2, 1),
        (INV_3, 1),
        // Of takers.
        (INV_4, taken),
        (INV_5, flagged),
        (INV_6, 1),
        // Of the report that a flag leaves; slices of large books leave none.
        (INV_9, flagged),
        (INV_10, 1),
        (INV_11, 1),
    ]
}

/// They hold what is claimed of them, and there is something to be claimed.
fn vaults(figures: &Figures, missed: &mut Missed) {
    let count = figures.vaults.len();
    missed.unless(count == VAULTS, || format!("{count} vaults were counted, not {VAULTS}"));
    for vault in &figures.vaults {
        let (asset, balance, claims) = (&vault.asset, vault.balance, vault.claims);
        missed
            .unless(balance == claims, || format!("the {asset} vault holds {balance}, claims are {claims}"));
        missed.unless(balance > 0, || format!("the {asset} vault is empty"));
    }
}

/// None went too far, was given up before its end, or was refused for what its sender can do nothing about.
fn liquidations(figures: &Figures, missed: &mut Missed) {
    let beyond = figures.liquidation.beyond_exit_e6;
    missed.unless(beyond <= BEYOND_EXIT_E6, || {
        format!("a liquidation ended {beyond} millionths of IM beyond the exit test")
    });
    let open = figures.liquidation.open_at_end;
    missed.unless(open == 0, || format!("{open} liquidations had no end"));
    let is_abort = |refusal: &&String| ABORTS.iter().any(|abort| refusal.contains(abort));
    for refusal in figures.refusals.keys().filter(is_abort) {
        missed.unless(false, || format!("a transaction was aborted: {refusal}"));
    }
}

fn units(figures: &Figures, missed: &mut Missed) {
    let wide = figures.units.wide_slice;
    missed.unless(wide <= WIDEST_SLICE_UNITS, || format!("a slice of 64 legs cost {wide} compute units"));
    let most = figures.units.most.values().copied().max().unwrap_or(0);
    missed.unless(most <= TRANSACTION_UNITS, || format!("an instruction cost {most} compute units"));
}

/// To the unit in what was paid, and to rounding in the index.
fn deficits(figures: &Figures, missed: &mut Missed) {
    let Money { deficits_e6, socialised_e6, index_fell_e6, insurance_e6, .. } = figures.money;
    let money = &figures.money;
    let paid = money.insurance_paid_e6 + socialised_e6 + money.shortfall_e6;
    missed.unless(deficits_e6 == paid, || {
        format!("deficits of {deficits_e6}, of which {paid} are accounted for")
    });
    let over = index_fell_e6 - socialised_e6;
    let holders = i64::try_from(figures.population.portfolios).unwrap_or(i64::MAX) * INDEX_ROUNDING_E6;
    let shared = i64::try_from(figures.sent.get("socialise_shortfall").copied().unwrap_or(0)).unwrap_or(0);
    missed.unless((0..=holders * shared).contains(&over), || {
        format!("{socialised_e6} were socialised, the index took {index_fell_e6}")
    });
    let fund =
        figures.population.insurance_e6 + money.contributed_e6 + money.fees_e6 - money.insurance_paid_e6;
    missed.unless(fund == insurance_e6, || format!("insurance is {insurance_e6}, its flows make {fund}"));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::{Checks, Vault};

    /// Keepers flagged three and took four times.
    fn good() -> Figures {
        let mut figures = Figures::default();
        figures.population.portfolios = 224;
        figures.liquidation.flagged = 3;
        let sent = [("liquidation_start", 3), ("liquidate_slice", 3), ("liquidate_legs", 1)];
        figures.sent = sent.map(|(name, times)| (name.to_owned(), times)).into();
        let checks = [
            (INV_1, 1),
            (INV_2, 1),
            (INV_3, 1),
            (INV_4, 4),
            (INV_5, 3),
            (INV_6, 1),
            (INV_9, 3),
            (INV_10, 1),
            (INV_11, 1),
            ("INV-99", 0),
        ];
        figures.invariants =
            checks.map(|(id, checked)| (id.to_owned(), Checks { checked, broken: 0 })).into();
        let vault = |asset: &str| Vault { asset: asset.to_owned(), balance: 3, claims: 3 };
        figures.vaults = vec![vault("USDC"), vault("SOL")];
        figures
    }

    /// What is said of it, and how it comes about.
    type Spoil = (&'static str, fn(&mut Figures));

    /// Goal: each bar can be missed, and a good run misses none. Method: one thing wrong at a time, and what is said of it.
    #[test]
    fn every_bar_can_be_missed() {
        assert_eq!(broken(&good()), Vec::<String>::new());
        let spoil: [Spoil; 17] = [
            ("10 checks of invariants failed", |f| {
                f.invariants.values_mut().for_each(|checks| checks.broken = 1);
            }),
            ("1 vaults were counted, not 2", |f| f.vaults.truncate(1)),
            ("0 vaults were counted, not 2", |f| f.vaults.clear()),
            ("the USDC vault holds 3, claims are 4", |f| f.vaults[0].claims = 4),
            ("the SOL vault is empty", |f| (f.vaults[1].balance, f.vaults[1].claims) = (0, 0)),
            ("10001 millionths of IM beyond", |f| f.liquidation.beyond_exit_e6 = 10_001),
            ("1 liquidations had no end", |f| f.liquidation.open_at_end = 1),
            ("aborted: liquidate_slice: InstructionError(1, ComputationalBudgetExceeded)", |f| {
                refused(f, "liquidate_slice: InstructionError(1, ComputationalBudgetExceeded)");
            }),
            ("aborted: liquidation_end: InstructionError(1, ProgramFailedToComplete)", |f| {
                refused(f, "liquidation_end: InstructionError(1, ProgramFailedToComplete)");
            }),
            ("a slice of 64 legs cost", |f| f.units.wide_slice = WIDEST_SLICE_UNITS + 1),
            ("an instruction cost", |f| f.units.most.extend([("trade".to_owned(), TRANSACTION_UNITS + 1)])),
            ("deficits of 1, of which 0", |f| f.money.deficits_e6 = 1),
            ("5 were socialised, the index took 0", |f| {
                (f.money.socialised_e6, f.money.deficits_e6) = (5, 5)
            }),
            ("0 were socialised, the index took 1", |f| f.money.index_fell_e6 = 1),
            ("insurance is 1, its flows make 0", |f| f.money.insurance_e6 = 1),
            ("insurance is 0, its flows make 1", |f| f.money.contributed_e6 = 1),
            ("only 199 portfolios", |f| f.population.portfolios = 199),
        ];
        for (expected, spoil) in spoil {
            let mut figures = good();
            spoil(&mut figures);
            let found = broken(&figures);
            assert!(found.len() == 1 && found[0].contains(expected), "{expected}: {found:?}");
        }
    }

    fn refused(figures: &mut Figures, refusal: &str) {
        figures.refusals.insert(refusal.to_owned(), 1);
    }

    /// Goal: each invariant is missed by itself when it is checked once too seldom or never; refusals that are earned, and
    /// invariants nobody here knows, are none of the bars' business. Method: each of the nine in turn.
    #[test]
    fn every_invariant_is_missed() {
        for (id, least) in least_checks(&good()) {
            let mut figures = good();
            figures.invariants.get_mut(id).unwrap().checked -= 1;
            assert_eq!(broken(&figures), [format!("{id} was checked {} times, not {least}", least - 1)]);
            figures.invariants.remove(id);
            assert_eq!(broken(&figures), [format!("{id} was checked 0 times, not {least}")]);
        }
        let mut figures = good();
        refused(&mut figures, "liquidation_end: ExitNotReached");
        assert_eq!(broken(&figures), Vec::<String>::new());
    }

    /// Goal: where nobody liquidates, what only liquidations check need not be checked. Method: a run without keepers.
    #[test]
    fn a_run_without_keepers_checks_less() {
        let mut figures = good();
        (figures.liquidation.flagged, figures.sent) = (0, Default::default());
        figures.invariants.retain(|id, _| ![INV_4, INV_5, INV_9].contains(&id.as_str()));
        assert_eq!(broken(&figures), Vec::<String>::new());
    }
}

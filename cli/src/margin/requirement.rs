//! The requirement line by line, what stands against it, and the verdicts.

use super::{report::INDENT, scenario};
use crate::{
    number::{money, percent},
    paint::{Paint, Tone},
    table::{Cell, Table},
};
use ballast_case::{Case, Outcome};
use ballast_risk::{InitialVerdict, MaintenanceVerdict, MarginReport};

const ONE_E6: i128 = 1_000_000;

/// The build-up of IM, exit requirement and MM, and the three excesses.
#[must_use]
pub fn render(case: &Case, outcome: &Outcome, paint: Paint) -> String {
    let r = &outcome.report;
    let mut table = Table::new(1, ["", "initial", "exit", "maintenance"]);
    scans(&mut table, case, outcome);
    addons(&mut table, case, r);
    let three = |label: &str, values: [i64; 3]| std::iter::once(label.to_owned()).chain(values.map(money));
    table.toned(Tone::Strong, three("requirement", [r.initial_e6, r.exit_e6, r.maintenance_e6]));
    let counted = [r.equity_initial_e6, r.equity_maintenance_e6, r.equity_maintenance_e6];
    table.toned(Tone::Plain, three("equity that counts", counted));
    let floors = [r.floor_initial_e6, r.floor_maintenance_e6, r.floor_maintenance_e6];
    table.toned(Tone::Quiet, three("least the book can come to (floor)", floors));
    let excess = [r.excess_initial_e6, r.excess_exit_e6, r.excess_maintenance_e6];
    let toned = excess.map(|value| Cell::new(money(value), Tone::of_sign(value)));
    table.row(std::iter::once(Cell::new("excess", Tone::Strong)).chain(toned));
    table.render(paint, INDENT)
}

/// A line a group, and for several underlyings what they lose apart and together.
fn scans(table: &mut Table, case: &Case, outcome: &Outcome) {
    for (place, (name, initial, maintenance)) in outcome.groups.iter().enumerate() {
        let worst = scenario::worst_of_group(case, outcome, place);
        if worst.is_none() && initial.scan_e6 == 0 {
            continue;
        }
        let worst = worst.unwrap_or_else(|| "each market by itself".to_owned());
        let group = case.exchange.groups.get(name);
        let shortfall = group.is_some_and(|group| group.measure == "es");
        let label = if shortfall {
            format!("scan {name}: expected shortfall, worst {worst}")
        } else {
            format!("scan {name}: {worst}")
        };
        table.row([
            label.into(),
            money(initial.scan_e6).into(),
            "".into(),
            money(maintenance.scan_e6).into(),
        ]);
        if initial.joint_e6 != initial.sum_e6 {
            let rho = percent(group.map_or(0, |group| group.rho));
            let (joint, sum) = (money(initial.joint_e6), money(initial.sum_e6));
            let remark = format!("  {rho} of {joint} together, the rest of {sum} apart");
            table.row([Cell::new(remark, Tone::Quiet)]);
        }
    }
    let apart: i64 = outcome.groups.iter().map(|(_, _, maintenance)| maintenance.scan_e6).sum();
    let capped = outcome.report.scan_maintenance_e6;
    if outcome.groups.len() > 1 || apart != capped {
        let scan = money(outcome.report.scan_e6);
        table.row(["scan of the book".into(), scan.into(), "".into(), money(capped).into()]);
    }
}

fn addons(table: &mut Table, case: &Case, r: &MarginReport) {
    let share = i128::from(case.exchange.mm_factor);
    // Rounded up as the engine does with the sum; a line may differ from the engine's by a millionth.
    let part = |value: i64| i64::try_from((i128::from(value) * share + ONE_E6 - 1) / ONE_E6).unwrap_or(value);
    let mut line = |label: &str, initial: i64, maintenance: i64| {
        table.row([label.into(), money(initial).into(), "".into(), money(maintenance).into()]);
    };
    line("short-option minimum", r.short_min_e6, r.short_min_e6);
    line("basis between expiries and spot", r.basis_e6, r.basis_e6);
    line("liquidity: spread, impact, vega", r.liquidity_e6, part(r.liquidity_e6));
    line("share of open interest", r.open_interest_e6, part(r.open_interest_e6));
    line("oracle confidence", r.oracle_e6, part(r.oracle_e6));
    line("price away from its average", r.ema_e6, 0);
    let buffer = percent(case.exchange.exit_buffer);
    let label = format!("{buffer} of what initial (less average) has above maintenance");
    let above = r.exit_e6 - r.maintenance_e6;
    table.row([label.into(), "".into(), money(above).into()]);
}

/// What may happen to the book, in words.
#[must_use]
pub fn verdicts(outcome: &Outcome, paint: Paint) -> String {
    let r = &outcome.report;
    let paid = |excess: i64, floor: i64| if excess == floor { " (fully paid: by its floor)" } else { "" };
    let initial = match r.initial_verdict() {
        InitialVerdict::Accepted { excess_e6 } => {
            let by = paid(excess_e6, r.floor_initial_e6);
            (Tone::Good, format!("may take more risk: {} above initial margin{by}", money(excess_e6)))
        }
        InitialVerdict::Rejected { .. } => {
            let missing = money(r.excess_initial_e6.saturating_neg());
            (Tone::Bad, format!("may only reduce risk: {missing} short of initial margin"))
        }
        InitialVerdict::Debt { cash_e6 } => {
            let debt = money(cash_e6.saturating_neg());
            (
                Tone::Bad,
                format!("may only reduce risk: cash is {debt} below zero; anyone may buy collateral for it"),
            )
        }
    };
    let maintenance = match r.maintenance_verdict() {
        MaintenanceVerdict::Healthy { excess_e6 } => {
            let by = paid(excess_e6, r.floor_maintenance_e6);
            (Tone::Good, format!("cannot be liquidated: {} above maintenance margin{by}", money(excess_e6)))
        }
        MaintenanceVerdict::Liquidatable { deficit_e6 } => {
            (Tone::Bad, format!("can be liquidated: {} short of maintenance margin", money(deficit_e6)))
        }
    };
    [initial, maintenance].map(|(tone, words)| format!("  {}\n", paint.text(tone, &words))).concat()
}

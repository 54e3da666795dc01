//! The whole report.

use super::{legs, liquidation, losses, requirement, underlyings};
use crate::{
    number::{money, quantity},
    paint::{Paint, Tone},
    table::Table,
};
use ballast_case::{Case, Outcome};
use ballast_risk::{FLAG_PRICE_STALE, FLAG_VOL_STALE};

/// Spaces before every line of a table.
pub const INDENT: usize = 2;

/// The report of a case. Money in quote.
#[must_use]
pub fn render(case: &Case, outcome: &Outcome, paint: Paint) -> String {
    let sections = [
        heading(case, outcome, paint),
        section("Equity", &equity(outcome, paint), paint),
        section("Requirement", &requirement::render(case, outcome, paint), paint),
        section("Verdict", &requirement::verdicts(outcome, paint), paint),
        section("Underlyings", &underlyings::render(case, outcome, paint), paint),
        section("Legs", &legs::render(case, outcome, paint), paint),
        section("Losses by scenario (a gain is below zero)", &losses::render(case, outcome, paint), paint),
        section("Liquidation", &liquidation::render(case, outcome, paint), paint),
    ];
    let shown: Vec<String> = sections.into_iter().filter(|section| !section.is_empty()).collect();
    shown.join("\n")
}

fn section(title: &str, body: &str, paint: Paint) -> String {
    if body.is_empty() {
        return String::new();
    }
    format!("{}\n{body}", paint.text(Tone::Strong, title))
}

/// Name, note, and what the book is made of.
fn heading(case: &Case, outcome: &Outcome, paint: Paint) -> String {
    let name = if case.name.is_empty() { "margin" } else { &case.name };
    let mut text = paint.text(Tone::Strong, name);
    if !case.note.is_empty() {
        text += &format!(": {}", case.note);
    }
    let collateral = case.portfolio.collateral.iter().map(|asset| {
        let amount = i64::try_from(asset.amount).unwrap_or(i64::MAX);
        format!("{} {}", quantity(amount), asset.asset)
    });
    let collateral: Vec<String> = collateral.collect();
    let collateral = if collateral.is_empty() { "none".to_owned() } else { collateral.join(", ") };
    let mut table = Table::new(2, ["", ""]);
    let mut row = |label: &str, value: String| table.row([label.into(), value.into()]);
    row("cash", money(case.portfolio.cash));
    row("collateral", collateral);
    row("legs", case.portfolio.legs.len().to_string());
    row("gross notional", money(outcome.report.gross_e6));
    text += &format!("\n{}", table.render(paint, INDENT));
    for (flag, what) in [(FLAG_VOL_STALE, "a volatility"), (FLAG_PRICE_STALE, "a price")] {
        if outcome.report.flags & flag != 0 {
            let remark = format!("{what} is stale: the engine charges for it");
            text += &format!("  {}\n", paint.text(Tone::Notice, &remark));
        }
    }
    text
}

/// What the book is worth at mark, and what of it counts.
fn equity(outcome: &Outcome, paint: Paint) -> String {
    let r = &outcome.report;
    let options_initial: i64 = outcome.underlyings.iter().map(|u| u.state.value_initial_e6).sum();
    let mut table = Table::new(1, ["", "at mark", "for maintenance", "for initial"]);
    // What cash counts is what is left of the equity: the peg is applied inside the engine.
    let cash_maintenance = r.equity_maintenance_e6 - r.collateral_maintenance_e6 - r.options_e6;
    let cash_initial = r.equity_initial_e6 - r.collateral_initial_e6 - options_initial;
    let mut row = |tone, label: &str, values: [i64; 3]| {
        table.toned(tone, std::iter::once(label.to_owned()).chain(values.map(money)));
    };
    row(Tone::Plain, "cash", [r.cash_e6, cash_maintenance, cash_initial]);
    let collateral = [r.collateral_mark_e6, r.collateral_maintenance_e6, r.collateral_initial_e6];
    row(Tone::Plain, "collateral", collateral);
    row(Tone::Plain, "options", [r.options_e6, r.options_e6, options_initial]);
    row(Tone::Strong, "equity", [r.equity_mark_e6, r.equity_maintenance_e6, r.equity_initial_e6]);
    table.render(paint, INDENT)
}

//! What a liquidator could take of the book, and for how much.

use super::report::INDENT;
use crate::{
    number::{fraction, money, span},
    paint::Paint,
    table::Table,
};
use ballast_case::{Case, Outcome};
use ballast_risk::{liquidation::SliceBranch, MaintenanceVerdict};

/// The slice auction's plan; nothing for a book that passes the exit test.
#[must_use]
pub fn render(case: &Case, outcome: &Outcome, paint: Paint) -> String {
    let (plan, price) = (&outcome.plan, &outcome.price);
    let kind = match plan.branch {
        SliceBranch::Healthy => return String::new(),
        SliceBranch::Solvent => "up to the fraction that ends at the exit test",
        SliceBranch::Dust => "the whole book: its equity is too small to leave a part",
        SliceBranch::Insolvent => "the whole book: its price is not above zero, insurance pays the taker",
    };
    let mut table = Table::new(2, ["", ""]);
    let mut row = |label: &str, value: String| table.row([label.into(), value.into()]);
    if matches!(outcome.report.maintenance_verdict(), MaintenanceVerdict::Healthy { .. }) {
        row("note", "above maintenance margin: this holds only if it was flagged before".to_owned());
    }
    row("a liquidator may take", kind.to_owned());
    let discount = fraction(u64::try_from(outcome.discount_e9).unwrap_or(0));
    row("discount", format!("{discount}, {} after the flag", span(case.liquidation.t)));
    row("price of the whole book", money(plan.pay_e6));
    row("largest fraction", fraction(plan.fraction_max_e9));
    row("price of that slice", money(price.price_e6));
    row("taker adds for insurance", money(price.insurance_e6));
    table.render(paint, INDENT)
}

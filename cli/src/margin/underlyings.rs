//! The underlyings of a book.

use super::{
    report::INDENT,
    scenario::{own_in_words, signed_percent, RANGE_BITS},
};
use crate::{
    number::{binary_e6, money, percent_fine, price},
    paint::{Paint, Tone},
    table::Table,
};
use ballast_case::{Case, Outcome, UnderlyingOutcome};
use ballast_risk::unchanged_vol_loss_e6;

/// Volatility points in 1.00.
const POINTS: i64 = 100;

/// Price range, dollar Greeks and scan of each underlying; then the worst of its own strikes, where an expiry is near.
#[must_use]
pub fn render(case: &Case, outcome: &Outcome, paint: Paint) -> String {
    let headings = ["", "spot", "V", "V*", "price range", "Δ$", "vega$ a point", "options", "scan"];
    let mut table = Table::new(1, headings);
    let mut remarks = String::new();
    for (input, found) in case.underlyings.iter().zip(&outcome.underlyings) {
        let s = &found.state;
        let range_e6 = binary_e6(s.range_q40, RANGE_BITS);
        table.toned(
            Tone::Plain,
            [
                input.id.clone(),
                price(input.spot),
                percent_fine(input.v),
                percent_fine(input.v_star),
                range_of(input.spot, range_e6),
                money(s.dollar_delta_e6),
                money(s.dollar_vega_e6 / POINTS),
                money(s.value_e6),
                money(s.scan_e6),
            ],
        );
        if let Some(remark) = own_strikes(&input.id, found) {
            remarks += &format!("  {}\n", paint.text(Tone::Quiet, &remark));
        }
    }
    if case.underlyings.is_empty() {
        return String::new();
    }
    table.render(paint, INDENT) + &remarks
}

/// `97,994.46 to 135,992.54 (16 %)`.
fn range_of(spot_e8: u64, range_e6: i64) -> String {
    let end = |share_e6: i64| {
        let at = i128::from(spot_e8) * i128::from(1_000_000 + share_e6) / 1_000_000;
        price(u64::try_from(at.max(0)).unwrap_or(u64::MAX))
    };
    format!("{} to {} ({})", end(-range_e6), end(range_e6), signed_percent(range_e6).replace('+', "±"))
}

/// What settling at one of the book's own strikes would cost at worst, for expiries about to end.
fn own_strikes(name: &str, found: &UnderlyingOutcome) -> Option<String> {
    let loss = |share_q30, part| unchanged_vol_loss_e6(&found.state.losses_e6, share_q30) + part;
    let worst = found.own_strikes.iter().max_by_key(|row| loss(row.share_q30, row.part_e6))?;
    let words = own_in_words(name, found.state.range_q40, worst);
    let lost = money(loss(worst.share_q30, worst.part_e6));
    Some(format!(
        "{} scenarios of its own strikes; the worst: {words}, a loss of {lost}",
        found.own_strikes.len()
    ))
}

//! The legs of a book.

use super::report::INDENT;
use crate::{
    number::{binary, binary_e6, money, percent_fine, price, price_e14, quantity, span},
    paint::{Paint, Tone},
    table::Table,
};
use ballast_case::{Case, Outcome};

/// Bits of σ and of a delta in a quote.
const SIGMA_BITS: u32 = 29;
const DELTA_BITS: u32 = 28;
/// Volatility points in 1.00.
const POINTS: i128 = 100;
/// 1e-14 quote a unit times 1e-6 unit, in units of 1e-6 quote.
const VALUE_SCALE: i128 = 100_000_000_000_000;

/// Volatility, value, delta and vega of one unit of each leg, and what the leg is worth.
#[must_use]
pub fn render(case: &Case, outcome: &Outcome, paint: Paint) -> String {
    if case.portfolio.legs.is_empty() {
        return String::new();
    }
    let headings = ["", "", "", "", "quantity", "σ", "value", "delta", "vega a point", "position"];
    let mut table = Table::new(2, headings);
    for ((at, expiry, strike_e8, kind, qty_e6), quote) in case.portfolio.legs.iter().zip(&outcome.legs) {
        let is_call = kind == "C";
        let value_e14 = if is_call { quote.call_e14 } else { quote.put_e14 };
        let delta_q28 = if is_call { quote.call_delta_q28 } else { quote.put_delta_q28 };
        let position_e6 = i64::try_from(value_e14 * i128::from(*qty_e6) / VALUE_SCALE).unwrap_or(i64::MAX);
        let underlying = &case.underlyings[*at];
        let secs = underlying.expiries[usize::from(*expiry)].secs;
        table.toned(
            Tone::Plain,
            [
                underlying.id.clone(),
                if is_call { "call" } else { "put" }.to_owned(),
                price(*strike_e8),
                if secs > 0 { span(secs) } else { "expired".to_owned() },
                quantity(*qty_e6),
                percent_fine(binary_e6(quote.sigma_q29, SIGMA_BITS)),
                price_e14(value_e14),
                binary(delta_q28, DELTA_BITS, 4),
                price_e14(quote.vega_e14 / POINTS),
                money(position_e6),
            ],
        );
    }
    table.render(paint, INDENT)
}

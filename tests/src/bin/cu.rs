//! Prints what every instruction costs and how a margin check grows, for `cargo xtask cu` to make pages of:
//! `{"cases": [{"instruction", "case", "compute_units"}], "growth": [{"of", "counted_from", "chart", "curves": [{"book",
//! "points", "steps"}]}]}`.

use ballast_tests::{cases, growth};
use serde_json::{json, Value};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = cases::measure()?;
    let cases: Vec<Value> = table.rows().iter().map(case).collect();
    let growth = growth::measure()?.iter().map(sweep).collect::<Result<Vec<Value>, _>>()?;
    println!("{}", serde_json::to_string_pretty(&json!({ "cases": cases, "growth": growth }))?);
    Ok(())
}

fn case(measured: &cases::Measurement) -> Value {
    json!({
        "instruction": measured.instruction,
        "case": measured.case,
        "compute_units": measured.compute_units,
    })
}

fn sweep(sweep: &growth::Sweep) -> Result<Value, Box<dyn std::error::Error>> {
    let curve =
        |curve: &growth::Curve| json!({ "book": curve.book, "points": curve.points, "steps": curve.steps() });
    let curves: Vec<Value> = sweep.curves.iter().map(curve).collect();
    Ok(
        json!({ "of": sweep.of, "counted_from": sweep.counted_from, "curves": curves, "chart": sweep.chart()? }),
    )
}

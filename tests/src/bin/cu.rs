//! Prints what every instruction costs, as `cargo xtask cu --json` passes it through:
//! `[{"instruction", "case", "compute_units"}]`.

use ballast_tests::cases;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let table = cases::measure()?;
    let rows: Vec<serde_json::Value> = table.rows().iter().map(row).collect();
    println!("{}", serde_json::to_string_pretty(&rows)?);
    Ok(())
}

fn row(measured: &cases::Measurement) -> serde_json::Value {
    serde_json::json!({
        "instruction": measured.instruction,
        "case": measured.case,
        "compute_units": measured.compute_units,
    })
}

//! Prints what the margin core costs, for `cargo xtask core` to make a page of: `[{"case", "core", "engine"}]`. The binary of
//! the meter is named by the variable `BALLAST_METER`.

use ballast_tests::core_cost;
use serde_json::{json, Value};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let meter = std::env::var("BALLAST_METER").map_err(|_| "BALLAST_METER names no binary")?;
    let costs: Vec<Value> = core_cost::measure(&std::fs::read(meter)?)?
        .iter()
        .map(|cost| json!({ "case": cost.case, "core": cost.core, "engine": cost.engine }))
        .collect();
    println!("{}", serde_json::to_string_pretty(&costs)?);
    Ok(())
}

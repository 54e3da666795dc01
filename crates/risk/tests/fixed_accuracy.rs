//! Logarithm, exponential and root against 40-digit arithmetic: `data/fixed.csv`, made by
//! `data/make_functions.py`.

use ballast_risk::fixed::{exp_q40, ln_q40, sqrt_floor_u128, sqrt_normalised};

const TABLE: &str = include_str!("data/fixed.csv");

/// (argument, whole part of the value, value) of every row of one function.
fn rows(function: &str) -> Vec<(i128, i128, f64)> {
    let row = |line: &str| {
        let mut cells = line.split(',');
        if cells.next() != Some(function) {
            return None;
        }
        let argument = cells.next()?.parse().ok()?;
        let value = cells.next()?;
        let whole = value.split('.').next()?.parse().unwrap_or(0);
        Some((argument, whole, value.parse().ok()?))
    };
    let rows: Vec<_> = TABLE.lines().skip(1).filter_map(row).collect();
    assert!(rows.len() > 240, "{} rows of {function}", rows.len());
    rows
}

/// Goal: ln is off by at most one unit of 2^-40. Method: ends of the range, ends of the table's cells, 240
/// random integers.
#[test]
fn ln_is_within_one_unit() {
    let mut worst = 0.0f64;
    for (x, whole, exact) in rows("ln") {
        let got = ln_q40(u64::try_from(x).expect("an argument of ln"));
        // The fraction of a value near 2^46 is lost in an f64: compare whole parts exactly, then the rest.
        let error = (i128::from(got) - whole) as f64 - (exact - exact.trunc());
        assert!(error.abs() <= 1.0, "ln({x}) = {got}, not {exact}");
        worst = worst.max(error.abs());
    }
    println!("ln: worst {worst:.3} units");
}

/// Goal: exp is within 5e-12 relative, or four units of 2^-40. Method: 247 arguments from −27 to 15.
#[test]
fn exp_is_within_its_bound() {
    let mut worst = 0.0f64;
    for (x, whole, exact) in rows("exp") {
        let got = exp_q40(i64::try_from(x).expect("an argument of exp"));
        let error = ((i128::from(got) - whole) as f64 - (exact - exact.trunc())).abs();
        assert!(error <= f64::max(4.0, 5e-12 * exact), "exp({x}) = {got}, not {exact}");
        if x >= 0 {
            worst = worst.max(error / exact);
        }
    }
    println!("exp: worst {worst:.2e} relative from 0 to 15");
}

/// Goal: roots are within 2^-31 relative, and the 128-bit root is the floor. Method: 255 integers.
#[test]
fn roots_are_within_their_bound() {
    let mut worst = 0.0f64;
    for (x, whole, exact) in rows("sqrt") {
        let (mantissa, exponent) = sqrt_normalised(u64::try_from(x).expect("an argument of the root"));
        let got = mantissa as f64 / 2f64.powi(i32::try_from(exponent).expect("a shift"));
        worst = worst.max((got / exact - 1.0).abs());
        assert!((got / exact - 1.0).abs() <= 2f64.powi(-31), "sqrt({x}) = {got}, not {exact}");
        assert_eq!(i128::from(sqrt_floor_u128(x.unsigned_abs())), whole, "sqrt({x})");
    }
    println!("sqrt: worst {worst:.2e} relative");
}

//! Generates the table of the normal distribution that the kernel reads.
//!
//! Integer arithmetic only, so every machine writes the same table. Density: `exp(−z²/2)/√(2π)` from a Taylor series
//! at 2^-62. Distribution: one cell after the other by the midpoint rule with its third-derivative term; the
//! remainder of a cell is under 1e-19, of the whole range under 4e-15. Rounded to 2^-29, the scale of a node.
//! The tests of `src/normal.rs` compare with values of 40-digit arithmetic.

use std::{env, fs, io::Write, path::PathBuf};

/// Nodes per standard deviation (the step is 2^-11) and nodes on each side of zero (6.25 standard deviations).
const PER_SIGMA: i128 = 2048;
const HALF: i128 = 12_800;
/// Working scale.
const Q: u32 = 62;
/// 1/√(2π) and ln 2 at 2^-62 (OEIS A231863, A002162).
const INV_SQRT_TAU: i128 = 1_839_796_536_686_825_613;
const LN2: i128 = 3_196_577_161_300_663_915;

fn mul(a: i128, b: i128) -> i128 {
    (a * b + (1 << (Q - 1))) >> Q
}

/// exp(−x) for x ≥ 0 at 2^-62: halvings for whole multiples of ln 2, a series for the rest.
fn exp_neg(x: i128) -> i128 {
    let halvings = x / LN2;
    let rest = x - halvings * LN2;
    let (mut sum, mut term) = (1i128 << Q, 1i128 << Q);
    for n in 1..30 {
        term = -mul(term, rest) / n;
        sum += term;
    }
    if halvings > 100 {
        0
    } else {
        sum >> halvings
    }
}

/// φ(z) at 2^-62, for z = `twice_cells`/(2·PER_SIGMA).
fn density(twice_cells: i128) -> i128 {
    let half_square = (twice_cells * twice_cells) << (Q - 25);
    mul(INV_SQRT_TAU, exp_neg(half_square))
}

fn main() {
    let half = HALF;
    let one = 1i128 << Q;
    let mut above = vec![one / 2];
    for cell in 0..half {
        let mid = 2 * cell + 1;
        let z_squared = (mid * mid) << (Q - 24);
        // ∫ over the cell = h·φ(mid)·(1 + h²/24·(mid² − 1)), h = 2^-11.
        let bend = (z_squared - one) / (24 * PER_SIGMA * PER_SIGMA);
        let area = mul(density(mid), one + bend) / PER_SIGMA;
        let last = above[above.len() - 1];
        above.push(last + area);
    }
    let round = |x: i128| (x + (1 << (Q - 30))) >> (Q - 29);
    // Beyond the ends nothing is left: the last node is whole.
    above[half as usize] = one;
    let mut text = String::from("[\n");
    for node in -half..=half {
        let side = above[node.unsigned_abs() as usize];
        let cdf = if node < 0 { one - side } else { side };
        text += &format!("    {},\n", round(cdf));
    }
    text += "]\n";
    let path = PathBuf::from(env::var_os("OUT_DIR").expect("cargo sets OUT_DIR")).join("normal_table.rs");
    fs::File::create(path).and_then(|mut f| f.write_all(text.as_bytes())).expect("the table is written");
    println!("cargo:rerun-if-changed=build.rs");
}

//! The least payoff of an expiry's lines over all settlement prices: exact.

use crate::fixed::{bits, saturate};
use crate::lane::Lane;
use crate::scratch::Line;
use crate::sweep::{Narrow, Payoff, Sweep};
use bytemuck::{Pod, Zeroable};

/// The least payoff of an expiry over all settlement prices ≥ `from_e8`, 1e-6 quote rounded down, for lines that are not
/// net short calls (the loss of such a book has no bound). Between strikes W is linear, so its least value is at `from` or
/// at a strike. Exact: a fully paid book must not be a hair below zero.
pub(crate) fn least_payoff_e6(lines: &[Line], grain: &Grain, from_e8: i64) -> i64 {
    let last = lines.last().map_or(0, |line| line.strike_e8).max(from_e8.unsigned_abs());
    // Strikes and quantities are round numbers: in their own grain sums fit a word.
    let (qty, price) =
        (trailing_zeros(grain.quantities), trailing_zeros(grain.strikes | from_e8.unsigned_abs()));
    // Seen without counting bits for most books.
    if grain.gross_e6 >> qty < 1 << 26 && last >> price < 1 << 36 {
        return money_of_grains(least_plain(lines, from_e8, (qty, price)), qty + price);
    }
    let gross_bits = bits(grain.gross_e6);
    if gross_bits - qty.min(gross_bits) + bits(last >> price) <= 62 {
        return money_of_grains(least_plain(lines, from_e8, (qty, price)), qty + price);
    }
    // Two plain products cost a seventh of a 128-bit one; they serve slopes below 2^37 and sums below 2^86.
    let narrow = grain.gross_e6 < 1 << 37 && gross_bits + bits(last) <= 86;
    let least_e14 = if narrow { least_narrow(lines, from_e8) } else { least_wide(lines, from_e8) };
    saturate(least_e14.div_euclid(100_000_000))
}

/// What all quantities and strikes of an expiry are multiples of.
#[derive(Debug, Clone, Copy, Default, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Grain {
    /// All quantities, 1e-6 unit, with their signs (which change no zero at the end), and all strikes, 1e-8 quote, bit by
    /// bit or'ed.
    pub quantities: u64,
    pub strikes: u64,
    /// Σ |calls| + |puts|, 1e-6 unit.
    pub gross_e6: u64,
}

/// Zeros below the lowest set bit, at most 24; of 0 none.
fn trailing_zeros(x: u64) -> u32 {
    // A de Bruijn sequence: a power of two times it has another six bits on top for each.
    const SEQUENCE: u64 = 0x022f_dd63_cc95_386d;
    const ZEROS: [u8; 64] = {
        let mut zeros = [0; 64];
        let mut count = 0;
        while count < 64 {
            zeros[((SEQUENCE << count) >> 58) as usize] = if count < 24 { count } else { 24 };
            count += 1;
        }
        zeros
    };
    let lowest = x & x.wrapping_neg();
    u32::from(ZEROS[(lowest.wrapping_mul(SEQUENCE) >> 58) as usize])
}

/// 1e-14 quote times 2^`zeros` (at most 48) as money of 1e-6 quote, rounded down: over 10^8 = 2^8·5^8. |grains| < 2^62.
fn money_of_grains(grains: i64, zeros: u32) -> i64 {
    const FIVES: u64 = 390_625;
    // A multiple of the divisor that makes the grains positive: the plain division is of words without sign.
    const ABOVE: u64 = 1 << 44;
    let positive = (grains as u64).wrapping_add(ABOVE * FIVES);
    let (whole, rest) = ((positive / FIVES).wrapping_sub(ABOVE) as i64, positive % FIVES);
    if zeros <= 8 {
        return whole >> (8 - zeros);
    }
    let up = zeros - 8;
    // The notional bound, undiscounted, keeps the money below 2^59.
    (whole << up).wrapping_add(((rest << up) / FIVES) as i64)
}

/// The least payoff in grains, where sums fit a word.
fn least_plain(lines: &[Line], from_e8: i64, (qty, price): (u32, u32)) -> i64 {
    let strike = |line: &Line| Lane(line.strike_e8 as i64) >> price;
    let from = Lane(from_e8) >> price;
    let (mut value, mut slope) = (Lane::ZERO, Lane::ZERO);
    for line in lines.iter().filter(|line| line.puts_e6 != 0) {
        let puts = Lane(line.puts_e6) >> qty;
        value += puts * strike(line);
        slope -= puts;
    }
    // Up to `from`, then over what is above it.
    let (mut at, mut rest) = (Lane::ZERO, lines.iter());
    let mut next = rest.next();
    while let Some(line) = next.filter(|line| strike(line) <= from) {
        (value, at) = (value + slope * (strike(line) - at), strike(line));
        slope += Lane(line.calls_e6.wrapping_add(line.puts_e6)) >> qty;
        next = rest.next();
    }
    value += slope * (from - at);
    at = from;
    let mut least = value;
    while let Some(line) = next {
        (value, at) = (value + slope * (strike(line) - at), strike(line));
        slope += Lane(line.calls_e6.wrapping_add(line.puts_e6)) >> qty;
        least = least.min(value);
        next = rest.next();
    }
    least.0
}

fn least_wide(lines: &[Line], from_e8: i64) -> i128 {
    let mut sweep = Sweep::<i128>::new(lines, 0);
    let mut least = sweep.payoff_at(from_e8);
    for line in lines {
        if line.strike_shifted(0) > from_e8 {
            least = least.min(sweep.payoff_at(line.strike_shifted(0)));
        }
    }
    least
}

fn least_narrow(lines: &[Line], from_e8: i64) -> i128 {
    let (mut value, mut slope) = (Narrow::default(), Lane(0));
    for line in lines {
        value.add_product(Lane(line.puts_e6), Lane(line.strike_shifted(0)));
        slope -= Lane(line.puts_e6);
    }
    let (mut at, mut least) = (Lane(0), None::<Narrow>);
    for line in lines {
        let strike = line.strike_shifted(0);
        if least.is_none() && strike > from_e8 {
            value.add_product(slope, Lane(from_e8) - at);
            at = Lane(from_e8);
            least = Some(value);
        }
        value.add_product(slope, Lane(strike) - at);
        at = Lane(strike);
        slope += Lane(line.calls_e6) + Lane(line.puts_e6);
        least = least.map(|least| least.min(value));
    }
    // Every strike is at or below `from`: beyond it W only rises, for net calls are not short.
    let least = least.unwrap_or_else(|| {
        value.add_product(slope, Lane(from_e8) - at);
        value
    });
    least.get()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use proptest::prelude::*;
    use std::vec::Vec;

    /// Lines of ascending strikes, none net short calls in sum, with quantities and strikes of a common grain.
    fn book(quantities: &[(i64, i64)], steps: &[u64], (qty, price): (u32, u32)) -> (Vec<Line>, Grain) {
        let (mut strike_e8, mut grain, mut lines) = (0, Grain::default(), Vec::new());
        for (&(calls, puts), &step) in quantities.iter().zip(steps) {
            strike_e8 += step << price;
            lines.push(Line { calls_e6: calls << qty, puts_e6: puts << qty, strike_e8, ..Line::zeroed() });
        }
        let short = lines.iter().map(|line| line.calls_e6).sum::<i64>().min(0);
        if let Some(last) = lines.last_mut() {
            last.calls_e6 -= short;
        }
        for line in &lines {
            let (calls, puts) = (line.calls_e6.unsigned_abs(), line.puts_e6.unsigned_abs());
            grain.quantities |= calls | puts;
            grain.strikes |= line.strike_e8;
            grain.gross_e6 += calls + puts;
        }
        (lines, grain)
    }

    /// W at every kink, by its definition.
    fn least_by_definition(lines: &[Line], from: i64) -> i128 {
        let payoff = |s: i64| -> i128 {
            let of = |line: &Line| {
                let away = i128::from(s) - i128::from(line.strike_e8);
                i128::from(line.calls_e6) * away.max(0) + i128::from(line.puts_e6) * (-away).max(0)
            };
            lines.iter().map(of).sum()
        };
        let strikes = lines.iter().map(|line| line.strike_e8 as i64).filter(|&s| s > from);
        strikes.chain([from]).map(payoff).min().unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2048))]

        /// Goal: grains are what all numbers are multiples of, and money of them is 128-bit money. Method: any word whose
        /// money fits, up to 48 zeros.
        #[test]
        fn money_of_grains_is_exact(grains in any::<i64>(), less in 1u32..62, zeros in 0u32..=48, x in any::<u64>(), by in 0u32..64) {
            let grains = grains >> less.max(zeros.saturating_sub(24) + 1);
            let want = (i128::from(grains) << zeros).div_euclid(100_000_000);
            prop_assume!(want.unsigned_abs() < 1 << 60);
            prop_assert_eq!(i128::from(money_of_grains(grains, zeros)), want);
            let x = x << by;
            prop_assert_eq!(trailing_zeros(x), if x == 0 { 0 } else { x.trailing_zeros().min(24) });
        }

        /// Goal: the least payoff is the least of its definition, by whichever of the three walks. Method: books of every
        /// size and grain, an average below, between and above the strikes.
        #[test]
        fn the_least_payoff_is_exact(
            quantities in prop::collection::vec((-(1i64 << 20)..1 << 20, -(1i64 << 20)..1 << 20), 1..12),
            steps in prop::collection::vec(1u64..1 << 20, 12),
            grain in (0u32..=24, 0u32..=24), from in 0i64..1 << 24, odd in any::<bool>(),
        ) {
            let (lines, sums) = book(&quantities, &steps, grain);
            let from = (from << grain.1) | i64::from(odd);
            let exact = least_by_definition(&lines, from).div_euclid(100_000_000);
            prop_assume!(exact.unsigned_abs() < 1 << 60);
            prop_assert_eq!(i128::from(least_payoff_e6(&lines, &sums, from)), exact);
            prop_assert_eq!(least_wide(&lines, from), least_by_definition(&lines, from));
            if sums.gross_e6 < 1 << 37 {
                prop_assert_eq!(least_narrow(&lines, from), least_by_definition(&lines, from));
            }
        }
    }
}

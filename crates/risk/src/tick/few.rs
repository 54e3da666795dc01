//! Payoffs of the few lines that most books hold in an expiry, added up line by line: exact, as `payoff.rs` walks them.

use super::book::Pass;
use crate::fixed::saturate;

/// Lines of an expiry that are added up one by one.
pub(super) const FEW: usize = 4;

/// A line whose strike is at 1e-8 quote times a power of two.
#[derive(Clone, Copy, Default)]
pub(super) struct Paid {
    pub calls_e6: i64,
    pub puts_e6: i64,
    pub strike: i64,
}

/// What lines pay at a price in the scale of their strikes: the whole number that `sweep::Sweep` finds.
#[inline(always)]
pub(super) fn payoff(lines: &[Paid], at: i64) -> i128 {
    lines.iter().fold(0i128, |sum, line| {
        let above = at.wrapping_sub(line.strike);
        let qty_e6 = if above >= 0 { line.calls_e6 } else { line.puts_e6 };
        // Quantities are at most 2^50 and prices below 2^54.
        sum.wrapping_add(i128::from(qty_e6).wrapping_mul(i128::from(above.wrapping_abs())))
    })
}

/// As `payoff::least_payoff_e6`, of lines that are not net short calls.
#[inline(always)]
pub(super) fn least_payoff_e6(lines: &[Paid], from_e8: i64) -> i64 {
    let mut least_e14 = payoff(lines, from_e8);
    for line in lines {
        // A strike below is no settlement price any more.
        least_e14 = least_e14.min(payoff(lines, line.strike.max(from_e8)));
    }
    // Over 10^8 = 2^8·5^8, in words where what is left of a shift fits one.
    match i64::try_from(least_e14 >> 8) {
        Ok(word) => word.div_euclid(390_625),
        Err(_) => saturate(least_e14.div_euclid(100_000_000)),
    }
}

impl Pass<'_, '_> {
    /// The lines from `first` to `end` with strikes shifted left by `shift`; none where they are more than a few.
    #[inline(always)]
    pub(super) fn few(&self, (first, end): (usize, usize), shift: u32) -> ([Paid; FEW], usize) {
        let mut paid = [Paid::default(); FEW];
        for (index, to) in (first..end).zip(&mut paid) {
            // Strikes are below 2^50, and a positive shift is chosen to keep them below 2^53.
            let strike = (self.strike(index).strike_e8 << shift) as i64;
            *to = Paid { calls_e6: self.of.calls_e6[index], puts_e6: self.of.puts_e6[index], strike };
        }
        (paid, end.saturating_sub(first).min(FEW))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::payoff::{least_payoff_e6 as walked, Grain};
    use crate::scratch::Line;
    use crate::sweep::Sweep;
    use bytemuck::Zeroable;
    use proptest::prelude::*;
    use std::vec::Vec;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8192))]

        /// Goal: payoffs and the least of them are the engine's, whether they fit a word or not. Method: a few lines of every
        /// size that are not net short calls, a price below, between and above their strikes.
        #[test]
        fn payoffs_are_the_engines(
            quantities in prop::collection::vec((any::<i64>(), any::<i64>()), 1..=FEW),
            steps in prop::collection::vec(1u64..1 << 47, FEW), less in 14u32..60, smaller in 0u32..40,
            at in 0i64..1 << 50, shift in 0u32..4,
        ) {
            let (mut strike_e8, mut lines, mut paid, mut grain) = (0, Vec::new(), Vec::new(), Grain::default());
            for (&(calls, puts), &step) in quantities.iter().zip(&steps) {
                strike_e8 += (step >> smaller).max(1);
                let (calls_e6, puts_e6) = (calls >> less, puts >> less);
                lines.push(Line { calls_e6, puts_e6, strike_e8, ..Line::zeroed() });
            }
            let short = lines.iter().map(|line| line.calls_e6).sum::<i64>().min(0);
            lines[0].calls_e6 -= short;
            for line in &lines {
                let (calls, puts) = (line.calls_e6.unsigned_abs(), line.puts_e6.unsigned_abs());
                grain.quantities |= calls | puts;
                grain.strikes |= line.strike_e8;
                grain.gross_e6 += calls + puts;
                paid.push(Paid { calls_e6: line.calls_e6, puts_e6: line.puts_e6, strike: line.strike_e8 as i64 });
            }
            let at = at >> smaller;
            prop_assert_eq!(payoff(&paid, at), Sweep::<i128>::new(&lines, 0).payoff_at(at));
            prop_assert_eq!(least_payoff_e6(&paid, at), walked(&lines, &grain, at));
            let finer: Vec<Paid> =
                paid.iter().map(|line| Paid { strike: line.strike << shift, ..*line }).collect();
            prop_assert_eq!(payoff(&finer, at << shift), Sweep::<i128>::new(&lines, shift).payoff_at(at << shift));
        }
    }
}

//! The payoff of an expiry's lines as a function of the settlement price, walked once in ascending price: exact.

use crate::lane::Lane;
use crate::scratch::Line;

/// A sum of products of quantities and prices, at 1e-14 quote·2^shift.
pub(crate) trait Payoff: Copy + Default {
    /// Adds slope·width.
    fn add_product(&mut self, slope: Lane, width: Lane);
    /// The sum.
    fn get(self) -> i128;
    /// The sum over 2^`by` rounded down, below 2^62 in size, where that can be had in words.
    fn word(self, by: u32) -> Option<i64>;
}

/// For slopes below 2^57 and prices below 2^54, which all books keep to: 118 bits.
impl Payoff for i128 {
    #[inline]
    fn add_product(&mut self, slope: Lane, width: Lane) {
        *self += i128::from(slope.0) * i128::from(width.0);
    }

    fn get(self) -> i128 {
        self
    }

    fn word(self, _: u32) -> Option<i64> {
        None
    }
}

/// A sum of products as `high·2^25 + low` with 0 ≤ low < 2^25: two plain products cost a seventh of a 128-bit one. For
/// slopes below 2^37, widths below 2^54 whose product with the slope is below 2^86, and sums below 2^86.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Narrow {
    high: i64,
    low: i64,
}

const LOW_BITS: u32 = 25;

impl Narrow {
    /// Whether it serves lines of this gross quantity (1e-6 unit) at prices up to this one.
    pub(crate) fn serves(gross_e6: u64, price: u64) -> bool {
        gross_e6 < 1 << 32 || (gross_e6 < 1 << 36 && price < 1 << 50)
    }

    /// A sum below 2^86.
    #[cfg(test)]
    pub(crate) fn of(sum: i128) -> Self {
        Self { high: (sum >> LOW_BITS) as i64, low: (sum & ((1 << LOW_BITS) - 1)) as i64 }
    }
}

impl Payoff for Narrow {
    #[inline]
    fn add_product(&mut self, slope: Lane, width: Lane) {
        let low = slope * Lane(width.0 & ((1 << LOW_BITS) - 1)) + Lane(self.low);
        self.high = (Lane(self.high) + slope * (width >> LOW_BITS) + (low >> LOW_BITS)).0;
        self.low = low.0 & ((1 << LOW_BITS) - 1);
    }

    fn get(self) -> i128 {
        (i128::from(self.high) << LOW_BITS) + i128::from(self.low)
    }

    #[inline]
    fn word(self, by: u32) -> Option<i64> {
        if by >= LOW_BITS {
            return Some(self.high >> (by - LOW_BITS).min(63));
        }
        let up = LOW_BITS - by;
        (self.high.unsigned_abs() < 1 << (61 - up))
            .then(|| ((Lane(self.high) << up) + (Lane(self.low) >> by)).0)
    }
}

/// Walks `W(s) = Σ calls·(s − K)⁺ + Σ puts·(K − s)⁺` over ascending `s`, at 1e-14 quote·2^shift for prices at
/// 1e-8·2^shift. Slopes stay below 64·2^51 = 2^57 and prices below 2^54.
pub(crate) struct Sweep<'a, W> {
    lines: &'a [Line],
    shift: u32,
    at: Lane,
    slope: Lane,
    value: W,
}

impl<'a, W: Payoff> Sweep<'a, W> {
    /// Starts at a settlement price of 0. `lines`: one expiry, ascending strikes.
    pub(crate) fn new(lines: &'a [Line], shift: u32) -> Self {
        let (mut value, mut slope) = (W::default(), Lane::ZERO);
        for line in lines.iter().filter(|line| line.puts_e6 != 0) {
            value.add_product(Lane(line.puts_e6), Lane(line.strike_shifted(shift)));
            slope -= Lane(line.puts_e6);
        }
        Self { lines, shift, at: Lane::ZERO, slope, value }
    }

    /// W at `s`, which must not be below any earlier `s`.
    pub(crate) fn payoff_at(&mut self, s: i64) -> W {
        while let Some((line, after)) = self.lines.split_first() {
            let strike = line.strike_shifted(self.shift);
            if strike > s {
                break;
            }
            self.walk_to(Lane(strike));
            self.slope += Lane(line.calls_e6) + Lane(line.puts_e6);
            self.lines = after;
        }
        self.walk_to(Lane(s));
        self.value
    }

    #[inline]
    fn walk_to(&mut self, s: Lane) {
        if s != self.at {
            self.value.add_product(self.slope, s - self.at);
            self.at = s;
        }
    }
}

/// 2^62/5^8: dividing by 10^8 = 2^8·5^8.
const PER_5_TO_8_Q62: i64 = 11_805_916_207_174;
/// Bits of money below 1e-6 quote that [`money_fine`] keeps.
pub(crate) const FINE: u32 = 10;

/// W as money at 1e-6 quote·2^-[`FINE`]: from 1e-14 quote·2^shift.
pub(crate) fn money_fine(w: i128, shift: u32) -> i128 {
    // The notional bound keeps W >> shift below 2^82.6, so with 8 bits less and the factor's 43.4 the product is below
    // 2^118.
    ((w >> shift) >> 8).wrapping_mul(i128::from(PER_5_TO_8_Q62)) >> (62 - FINE)
}

/// [`money_fine`] of a W that was shifted right by 8 already, and by the shift of prices: |w| < 2^62.
#[inline]
pub(crate) fn money_fine_of_word(w: i64) -> Lane {
    // Four products of halves, at 2^53, 2^31, 2^22 and 1, over 2^52.
    const HIGH: Lane = Lane(PER_5_TO_8_Q62 >> 22);
    const LOW: Lane = Lane(PER_5_TO_8_Q62 & 0x3f_ffff);
    let (high, low) = (Lane(w >> 31), Lane(w & 0x7fff_ffff));
    let rest = ((high * LOW) << 9) + low * HIGH + ((low * LOW) >> 22);
    ((high * HIGH) << 1) + (rest >> 30)
}

const _: () = assert!(62 - FINE == 52, "the halves are of 2^52");

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;
    use proptest::prelude::*;
    use std::vec::Vec;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4096))]

        /// Goal: payoffs in words are the 128-bit ones and those of the definition, and so is their money. Method: books of
        /// every size that words serve, with lines of calls, puts and both; prices below, at, between and above their strikes.
        #[test]
        fn narrow_payoffs_are_the_wide_ones(
            quantities in prop::collection::vec((-(1i64 << 36)..1 << 36, -(1i64 << 36)..1 << 36), 1..9),
            steps in prop::collection::vec(1u64..1 << 46, 9), less in 4u32..36, smaller in 0u32..46, kinds in any::<u16>(),
            at in prop::collection::vec(0i64..1 << 50, 1..6), shift in 0u32..24,
        ) {
            let (mut strike_e8, mut lines, mut gross) = (0, Vec::new(), 0u64);
            for (i, (&(calls, puts), &step)) in quantities.iter().zip(&steps).enumerate() {
                strike_e8 += ((step >> smaller) >> shift).max(1);
                let (calls, puts) = (if kinds >> (2 * i) & 1 == 0 { calls } else { 0 }, if kinds >> (2 * i) & 2 == 0 { puts } else { 0 });
                let (calls_e6, puts_e6) = (calls >> less, puts >> less);
                gross += calls_e6.unsigned_abs() + puts_e6.unsigned_abs();
                lines.push(Line { calls_e6, puts_e6, strike_e8, ..Line::zeroed() });
            }
            let mut at: Vec<i64> = at.iter().map(|at| at >> smaller).collect();
            at.push(lines[0].strike_shifted(shift));
            at.sort_unstable();
            let top = at.iter().max().unwrap().unsigned_abs().max(strike_e8 << shift);
            prop_assume!(Narrow::serves(gross, top));
            let (mut narrow, mut wide) = (Sweep::<Narrow>::new(&lines, shift), Sweep::<i128>::new(&lines, shift));
            for at in at {
                let (words, exact) = (narrow.payoff_at(at), wide.payoff_at(at));
                let defined: i128 = lines.iter().map(|line| {
                    let away = i128::from(at - line.strike_shifted(shift));
                    i128::from(line.calls_e6) * away.max(0) + i128::from(line.puts_e6) * (-away).max(0)
                }).sum();
                prop_assert_eq!((words.get(), exact), (defined, defined));
                if let Some(word) = words.word(shift + 8) {
                    prop_assert_eq!(i128::from(word), exact >> (shift + 8));
                    prop_assert!(word.unsigned_abs() < 1 << 62);
                    prop_assert_eq!(i128::from(money_fine_of_word(word).0), money_fine(exact, shift));
                }
            }
        }

        /// Goal: money of words is 128-bit money. Method: words of every size.
        #[test]
        fn money_of_words_is_exact(w in any::<i64>(), less in 2u32..64) {
            prop_assert_eq!(i128::from(money_fine_of_word(w >> less).0), money_fine(i128::from(w >> less) << 8, 0));
        }
    }
}

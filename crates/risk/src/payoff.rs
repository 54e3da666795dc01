//! The payoff of an expiry's lines as a function of the settlement price, walked once in ascending price: exact.

use crate::fixed::{bits, saturate};
use crate::lane::Lane;
use crate::scratch::Line;

/// Walks `W(s) = Σ calls·(s − K)⁺ + Σ puts·(K − s)⁺` over ascending `s`, at 1e-14 quote·2^shift for prices at
/// 1e-8·2^shift. Slopes stay below 64·2^51 = 2^57 and prices below 2^54, so W fits 118 bits.
pub(crate) struct Sweep<'a> {
    lines: &'a [Line],
    shift: u32,
    next: usize,
    at: i64,
    slope: i64,
    value: i128,
}

impl<'a> Sweep<'a> {
    /// Starts at a settlement price of 0. `lines`: one expiry, ascending strikes.
    pub(crate) fn new(lines: &'a [Line], shift: u32) -> Self {
        let (mut value, mut slope) = (0i128, 0i64);
        for line in lines {
            value += i128::from(line.puts_e6) * i128::from(line.strike_shifted(shift));
            slope -= line.puts_e6;
        }
        Self { lines, shift, next: 0, at: 0, slope, value }
    }

    /// W at `s`, which must not be below any earlier `s`.
    pub(crate) fn payoff_at(&mut self, s: i64) -> i128 {
        while let Some(line) = self.lines.get(self.next) {
            let strike = line.strike_shifted(self.shift);
            if strike > s {
                break;
            }
            self.walk_to(strike);
            self.slope += line.calls_e6 + line.puts_e6;
            self.next += 1;
        }
        self.walk_to(s);
        self.value
    }

    fn walk_to(&mut self, s: i64) {
        self.value += i128::from(self.slope) * i128::from(s - self.at);
        self.at = s;
    }
}

/// The least payoff of an expiry over all settlement prices ≥ `from_e8`, 1e-6 quote rounded down, for lines that are not
/// net short calls (the loss of such a book has no bound). `gross_e6` is Σ |calls| + |puts|. Between strikes W is linear,
/// so its least value is at `from` or at a strike. Exact: a fully paid book must not be a hair below zero.
pub(crate) fn least_payoff_e6(lines: &[Line], gross_e6: u64, from_e8: i64) -> i64 {
    let last = lines.last().map_or(0, |line| line.strike_e8).max(from_e8.unsigned_abs());
    // Two plain products cost a seventh of a 128-bit one; they serve slopes below 2^37 and sums below 2^86.
    let narrow = gross_e6 < 1 << 37 && bits(gross_e6).wrapping_add(bits(last)) <= 86;
    let least_e14 = if narrow { least_narrow(lines, from_e8) } else { least_wide(lines, from_e8) };
    // Rounded down, by the plain division where it serves.
    match i64::try_from(least_e14) {
        Ok(small) => small.div_euclid(100_000_000),
        Err(_) => saturate(least_e14.div_euclid(100_000_000)),
    }
}

fn least_wide(lines: &[Line], from_e8: i64) -> i128 {
    let mut sweep = Sweep::new(lines, 0);
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

/// A sum of products as `high·2^25 + low` with 0 ≤ low < 2^25.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
struct Narrow {
    high: i64,
    low: i64,
}

const LOW_BITS: u32 = 25;

impl Narrow {
    /// Adds slope·width for |slope| < 2^37 and 0 ≤ width ≤ 2^50: both products are below 2^62.
    #[inline]
    fn add_product(&mut self, slope: Lane, width: Lane) {
        let low = slope * Lane(width.0 & ((1 << LOW_BITS) - 1)) + Lane(self.low);
        self.high = (Lane(self.high) + slope * (width >> LOW_BITS) + (low >> LOW_BITS)).0;
        self.low = low.0 & ((1 << LOW_BITS) - 1);
    }

    fn get(self) -> i128 {
        (i128::from(self.high) << LOW_BITS) + i128::from(self.low)
    }
}

/// W as money at 1e-6 quote·2^-`extra` (at most 20): from 1e-14 quote·2^shift.
pub(crate) fn money_fine(w: i128, shift: u32, extra: u32) -> i128 {
    // 2^62/5^8: dividing by 10^8 = 2^8·5^8. The notional bound keeps W >> shift below 2^82.6, so with 8 bits less and the
    // factor's 43.4 the product is below 2^118.
    const PER_5_TO_8_Q62: i128 = 11_805_916_207_174;
    ((w >> shift) >> 8).wrapping_mul(PER_5_TO_8_Q62) >> (62 - extra)
}

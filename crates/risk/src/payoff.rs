//! The payoff of an expiry's lines as a function of the settlement price, walked once in ascending price: exact.

use crate::fixed::{bits, saturate};
use crate::lane::Lane;
use crate::scratch::Line;
use bytemuck::{Pod, Zeroable};

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
/// net short calls (the loss of such a book has no bound). Between strikes W is linear, so its least value is at `from` or
/// at a strike. Exact: a fully paid book must not be a hair below zero.
pub(crate) fn least_payoff_e6(lines: &[Line], grain: &Grain, from_e8: i64) -> i64 {
    let last = lines.last().map_or(0, |line| line.strike_e8).max(from_e8.unsigned_abs());
    // Strikes and quantities are round numbers: in their own grain sums fit a word.
    let (qty, price) =
        (trailing_zeros(grain.quantities), trailing_zeros(grain.strikes | from_e8.unsigned_abs()));
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
    /// All quantities, 1e-6 unit, and all strikes, 1e-8 quote, bit by bit or'ed.
    pub quantities: u64,
    pub strikes: u64,
    /// Σ |calls| + |puts|, 1e-6 unit.
    pub gross_e6: u64,
}

/// Zeros below the lowest set bit, at most 24.
fn trailing_zeros(x: u64) -> u32 {
    let lowest = x & x.wrapping_neg();
    bits(lowest).clamp(1, 25) - 1
}

/// 1e-14 quote times 2^`zeros` (at most 48) as money of 1e-6 quote, rounded down: over 10^8 = 2^8·5^8.
fn money_of_grains(grains: i64, zeros: u32) -> i64 {
    const FIVES: i64 = 390_625;
    if zeros <= 8 {
        return grains.div_euclid(FIVES << (8 - zeros));
    }
    let up = zeros - 8;
    let (whole, rest) = (grains.div_euclid(FIVES), grains.rem_euclid(FIVES));
    // The notional bound keeps the money below 2^58.
    (whole << up).wrapping_add((rest << up) / FIVES)
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

//! How large a book may be that takes on risk: far enough inside the engine's range that prices can rise many times
//! before it leaves it (risk.md §12).
//!
//! A book beyond the range can be neither liquidated nor reduced until it settles, and no check at the door sees the
//! price of tomorrow. Without room to the end of the range anybody could fill a book up to it with spreads that are worth
//! nothing and need nothing, and be out of every liquidator's reach as soon as the price has risen a little.

use crate::addons::gross_notional_e6;
use crate::bounds::{ENTRY_MAX_E6, ONE_E8, PRICE_MAX_E8, QTY_MAX_E6};
use crate::scratch::UnderlyingState;

/// Quantity up to which a book has room at any price whatever, 1e-6 unit: some 400 units. Looking up the strikes of 64
/// lines costs a sixteenth of a valuation, which most books are spared.
pub const QTY_SURE_E6: u64 = ENTRY_MAX_E6.unsigned_abs() / (PRICE_MAX_E8 / ONE_E8.unsigned_abs() + 1);

/// Whether a book of at most this quantity (1e-6 unit) surely has room, no spot or strike of it being above `price_e8`.
#[must_use]
pub fn has_room_at(qty_e6: u64, price_e8: u64) -> bool {
    // Beyond what one line may hold the product need not fit.
    qty_e6 <= 2 * QTY_MAX_E6 && gross_notional_e6(qty_e6, price_e8.min(PRICE_MAX_E8)) <= ENTRY_MAX_E6
}

/// At least the quantity of a book that was assessed, calls and puts, long and short, 1e-6 unit: within twice of it.
#[must_use]
pub fn quantity_bound_e6(underlyings: &[UnderlyingState]) -> u64 {
    let one = ONE_E8.unsigned_abs();
    let bound = |u: &UnderlyingState| {
        let gross_e6 = u.gross_e6.unsigned_abs();
        match u.spot_e8 / one {
            0 => gross_e6.saturating_mul(one / u.spot_e8.max(1) + 1),
            whole => gross_e6 / whole + 1,
        }
    };
    underlyings.iter().map(bound).fold(0, u64::saturating_add)
}

/// What the lines of a book measure: Σ |quantity|·max(spot, strike), calls and puts, long and short.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BookSize {
    gross_e6: i64,
}

impl BookSize {
    /// Counts a quantity (calls and puts of a line together, 1e-6 unit) at the greater of spot and strike, 1e-8 quote.
    pub fn add(&mut self, qty_e6: u64, spot_e8: u64, strike_e8: u64) {
        let price_e8 = spot_e8.max(strike_e8).min(PRICE_MAX_E8);
        let notional_e6 = gross_notional_e6(qty_e6.min(2 * QTY_MAX_E6), price_e8);
        self.gross_e6 = self.gross_e6.saturating_add(notional_e6);
    }

    /// The sum, 1e-6 quote, each line's rounded up.
    #[must_use]
    pub fn gross_e6(&self) -> i64 {
        self.gross_e6
    }

    /// Whether a book of this size may take on risk.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.gross_e6 <= ENTRY_MAX_E6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the bound of a quantity is none below it. Method: spots from the smallest to the largest, and what is sure at the
    /// highest price of all.
    #[test]
    fn a_quantity_is_bounded_by_its_notional() {
        for spot_e8 in [1, 99_999_999, 100_000_000, 199_999_999, 10_000_000_000_000, PRICE_MAX_E8] {
            for qty_e6 in [1, 1_000_000, 400_000_000] {
                let gross_e6 = gross_notional_e6(qty_e6, spot_e8);
                let state = UnderlyingState { spot_e8, gross_e6, ..bytemuck::Zeroable::zeroed() };
                assert!(quantity_bound_e6(&[state]) >= qty_e6, "{qty_e6} at {spot_e8}");
            }
        }
        assert!(has_room_at(QTY_SURE_E6, PRICE_MAX_E8) && !has_room_at(u64::MAX, 1));
        assert!(has_room_at(ENTRY_MAX_E6.unsigned_abs() / 4, 400_000_000));
        assert!(!has_room_at(ENTRY_MAX_E6.unsigned_abs() / 4, 400_000_001));
        let mut size = BookSize::default();
        size.add(QTY_SURE_E6, PRICE_MAX_E8, PRICE_MAX_E8);
        assert!(size.has_room());
        assert_eq!(QTY_SURE_E6 / 1_000_000, 399);
    }

    /// Goal: the measure is exact, takes the greater of spot and strike, and ends where it says. Method: round numbers to
    /// the last unit, both ways round, and the ends of every range.
    #[test]
    fn a_book_is_measured_by_the_greater_price() {
        for (spot_e8, strike_e8) in [(300_000_000, 1), (1, 300_000_000), (300_000_000, 300_000_000)] {
            let mut size = BookSize::default();
            size.add(2_000_000, spot_e8, strike_e8);
            size.add(1, 1, 1);
            assert_eq!(size.gross_e6(), 6_000_001, "two units at three, and a hair");
        }
        let mut size = BookSize::default();
        size.add(ENTRY_MAX_E6.unsigned_abs() / 2, 200_000_000, 1);
        assert!(size.has_room());
        size.add(1, 1, 1);
        assert!(!size.has_room());
        (0..64).for_each(|_| size.add(u64::MAX, u64::MAX, u64::MAX));
        assert!(size.gross_e6() > i64::MAX / 2, "and nothing wraps: {size:?}");
    }
}

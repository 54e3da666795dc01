//! Leg liquidation (risk.md §7): which single legs go first, and what a taker gets for them.
//!
//! A leg is judged by how much the scan of the whole book falls without it, per dollar of its notional. Losses of an
//! underlying are sums over its lines, so the book without a leg is the book's row of losses less the leg's own: one
//! valuation of the book and a small one of each leg rank them all, whatever their order.

use crate::assessment::counted_cash;
use crate::bounds::{GROUPS_MAX, ONE_E6, UNDERLYINGS_MAX};
use crate::fixed::{ratio_ceil, saturate};
use crate::group::measure;
use crate::input::{GroupInput, Measure};
use crate::liquidation::{discount_e9, INSURANCE_SHARE_E6};
use crate::report::{MarginReport, NO_FLOOR_E6};
use crate::scenario::SCENARIOS;
use crate::scratch::UnderlyingState;
use bytemuck::{Pod, Zeroable};
use core::cmp::Ordering;

/// Most of the maintenance margin a leg relieves that a taker may get for it, 1e-9 (2.5 %).
pub const PENALTY_MAX_E9: i64 = 25_000_000;
/// The penalty is this part of the auction's discount until it is at its most.
const DISCOUNT_PARTS: i64 = 4;
/// How far beyond the exit test legs may take a portfolio, of IM, 1e-6 (1 %).
pub const BEYOND_EXIT_E6: i64 = 10_000;

/// The losses of a book by underlying and group, to be looked at without one leg after the other. Some 3.5 KB: not for a
/// program's stack.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct Reliefs {
    underlyings: [[i64; SCENARIOS]; UNDERLYINGS_MAX],
    scans_e6: [i64; UNDERLYINGS_MAX],
    joints: [[i64; SCENARIOS]; GROUPS_MAX],
    joint_scans_e6: [i64; GROUPS_MAX],
    groups: [u8; UNDERLYINGS_MAX],
    alone: [u8; UNDERLYINGS_MAX],
}

impl Reliefs {
    /// Takes in the book of the last assessment: its underlyings in their order.
    pub fn fill(&mut self, book: &[UnderlyingState], groups: &[GroupInput; GROUPS_MAX]) {
        *self = Self::zeroed();
        for (slot, state) in book.iter().take(UNDERLYINGS_MAX).enumerate() {
            let id = usize::from(state.group).min(GROUPS_MAX - 1);
            self.underlyings[slot] = state.losses_e6;
            self.scans_e6[slot] = scan(&state.losses_e6, groups[id].measure);
            (self.groups[slot], self.alone[slot]) = (state.group, state.realised_only);
            if state.realised_only == 0 {
                // Losses are below 2^59 each and underlyings at most 8: sums stay below 2^62.
                for (sum, loss) in self.joints[id].iter_mut().zip(&state.losses_e6) {
                    *sum = sum.wrapping_add(*loss);
                }
            }
        }
        for ((joint, scan_e6), group) in self.joints.iter().zip(&mut self.joint_scans_e6).zip(groups) {
            *scan_e6 = scan(joint, group.measure);
        }
    }

    /// By how much the scan falls without a leg of the underlying at `slot`, 1e-6 quote; below zero it would rise. `leg` is
    /// the leg assessed by itself. Own strikes and add-ons are left aside.
    #[must_use]
    pub fn relief_e6(&self, slot: usize, leg: &UnderlyingState, groups: &[GroupInput; GROUPS_MAX]) -> i64 {
        let Some(losses) = self.underlyings.get(slot) else { return 0 };
        let id = usize::from(self.groups[slot]).min(GROUPS_MAX - 1);
        let group = &groups[id];
        let apart = self.scans_e6[slot].saturating_sub(scan_without(losses, leg, group.measure));
        if self.alone[slot] == 1 {
            return apart;
        }
        let joint = self.joint_scans_e6[id];
        let joint = joint.saturating_sub(scan_without(&self.joints[id], leg, group.measure));
        let rho = i128::from(group.rho_e6.clamp(0, ONE_E6));
        let blend = rho * i128::from(joint) + (i128::from(ONE_E6) - rho) * i128::from(apart);
        saturate(blend.div_euclid(i128::from(ONE_E6)))
    }
}

fn scan(losses: &[i64; SCENARIOS], kind: Measure) -> i64 {
    measure(losses, kind).max(0)
}

fn scan_without(losses: &[i64; SCENARIOS], leg: &UnderlyingState, kind: Measure) -> i64 {
    let mut left = *losses;
    for (left, own) in left.iter_mut().zip(&leg.losses_e6) {
        *left = left.wrapping_sub(*own);
    }
    scan(&left, kind)
}

/// A leg's place among the legs of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rank {
    /// By how much the scan falls without it, 1e-6 quote.
    pub relief_e6: i64,
    /// Its notional, 1e-6 quote.
    pub notional_e6: i64,
}

impl Rank {
    /// Of two legs the one that relieves more per dollar of notional comes first. Equal ones are for the caller to order by
    /// what they are, never by where they stand.
    #[must_use]
    pub fn cmp_first(&self, other: &Self) -> Ordering {
        let cross = |a: i64, b: i64| i128::from(a) * i128::from(b.max(1));
        cross(other.relief_e6, self.notional_e6).cmp(&cross(self.relief_e6, other.notional_e6))
    }
}

/// Share of the maintenance margin relieved that the taker of a leg gets, 1e-9: a quarter of the auction's discount, so
/// 0.25 % at the flag and [`PENALTY_MAX_E9`] after three minutes.
#[must_use]
pub fn penalty_e9(secs_since_flag: i64) -> i64 {
    (discount_e9(secs_since_flag) / DISCOUNT_PARTS).min(PENALTY_MAX_E9)
}

/// Who pays what for a leg, 1e-6 quote. The three changes sum to zero.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegPrice {
    /// What the leg is worth to who holds it at mark, rounded up: what the taker pays for it, below zero receives.
    pub value_e6: i64,
    /// What the owner pays for being relieved of it, rounded down.
    pub penalty_e6: i64,
    /// Change of the owner's cash.
    pub owner_e6: i64,
    /// Change of the taker's cash.
    pub taker_e6: i64,
    /// What of the penalty goes to insurance, rounded up.
    pub insurance_e6: i64,
}

/// Price of a leg of `qty_e6` (1e-6 unit, as the taker receives it) at a mark (1e-14 quote a unit) that relieves
/// `relieved_e6` of maintenance margin. `None` when a sum does not fit.
#[must_use]
pub fn leg_price(qty_e6: i64, mark_e14: i128, relieved_e6: i64, penalty_e9: i64) -> Option<LegPrice> {
    // 1e-6 unit times 1e-14 quote: 1e-20, less 14 to money. Quantities are below 2^50 and marks below 2^71.
    let exact = i128::from(qty_e6).checked_mul(mark_e14.max(0))?;
    let value_e6 = i64::try_from(-exact.checked_neg()?.div_euclid(100_000_000_000_000)).ok()?;
    let penalty = i128::from(relieved_e6.max(0)) * i128::from(penalty_e9.clamp(0, PENALTY_MAX_E9));
    let penalty_e6 = saturate(penalty / 1_000_000_000);
    let insurance_e6 = ratio_ceil(penalty_e6, INSURANCE_SHARE_E6).min(penalty_e6);
    let owner_e6 = value_e6.checked_sub(penalty_e6)?;
    let taker_e6 = owner_e6.checked_neg()?.checked_sub(insurance_e6)?;
    Some(LegPrice { value_e6, penalty_e6, owner_e6, taker_e6, insurance_e6 })
}

/// The report of the same book with other cash, 1e-6 quote: what a new assessment would say, to the bit. No requirement
/// depends on cash.
pub fn with_cash(report: &MarginReport, cash_e6: i64, peg_e8: u64) -> MarginReport {
    let mut r = *report;
    let change = counted_cash(cash_e6, peg_e8).saturating_sub(counted_cash(r.cash_e6, peg_e8));
    r.equity_mark_e6 = r.equity_mark_e6.saturating_add(cash_e6.saturating_sub(r.cash_e6));
    r.cash_e6 = cash_e6;
    r.equity_initial_e6 = r.equity_initial_e6.saturating_add(change);
    r.equity_maintenance_e6 = r.equity_maintenance_e6.saturating_add(change);
    for floor in [&mut r.floor_initial_e6, &mut r.floor_maintenance_e6] {
        if *floor != NO_FLOOR_E6 {
            *floor = floor.saturating_add(change).max(NO_FLOOR_E6 + 1);
        }
    }
    r.excess_initial_e6 = r.equity_initial_e6.saturating_sub(r.initial_e6).max(r.floor_initial_e6);
    r.excess_exit_e6 = r.equity_maintenance_e6.saturating_sub(r.exit_e6).max(r.floor_maintenance_e6);
    r.excess_maintenance_e6 =
        r.equity_maintenance_e6.saturating_sub(r.maintenance_e6).max(r.floor_maintenance_e6);
    r
}

/// Whether legs took a portfolio further beyond the exit test than they may: more than [`BEYOND_EXIT_E6`] of IM, but for
/// equity at mark under `dust_e6`.
#[must_use]
pub fn is_beyond_exit(report: &MarginReport, dust_e6: i64) -> bool {
    report.equity_mark_e6 >= dust_e6 && report.excess_exit_e6 > ratio_ceil(report.initial_e6, BEYOND_EXIT_E6)
}

/// A search for the quantity of a leg that ends at the exit test: a quantity that ends short of it and one that ends
/// beyond, with the excess over the exit requirement that each leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ToExit {
    short: (u64, i64),
    beyond: (u64, i64),
}

impl ToExit {
    /// From nothing taken, which leaves `none_e6` < 0, to a quantity that leaves `all_e6` > 0.
    #[must_use]
    pub fn new(none_e6: i64, qty_e6: u64, all_e6: i64) -> Self {
        Self { short: (0, none_e6.min(-1)), beyond: (qty_e6, all_e6.max(1)) }
    }

    /// The next quantity to try: where the chord between the two excesses is zero, rounded up. Own strikes aside the excess
    /// is concave in the quantity, so the first try does not end short.
    #[must_use]
    pub fn next_e6(&self) -> u64 {
        let width = u128::from(self.beyond.0 - self.short.0);
        let missing = u128::from(self.short.1.unsigned_abs());
        let height = missing + u128::from(self.beyond.1.unsigned_abs());
        let part = u64::try_from((width * missing).div_ceil(height)).unwrap_or(0);
        (self.short.0 + part.max(1)).min(self.beyond.0)
    }

    /// Takes in what a try left. Where it is the far end that moves, the near one counts half: a curve that bends is met in
    /// a few steps (the Illinois rule).
    pub fn tried(&mut self, qty_e6: u64, left_e6: i64) {
        if left_e6 < 0 {
            self.short = (qty_e6.clamp(self.short.0, self.beyond.0), left_e6);
        } else {
            self.beyond = (qty_e6.clamp(self.short.0, self.beyond.0), left_e6.max(1));
            self.short.1 = (self.short.1 / 2).min(-1);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const GROUPS: [GroupInput; GROUPS_MAX] =
        [GroupInput { rho_e6: 500_000, measure: Measure::Worst }; GROUPS_MAX];

    fn state(losses: &[(usize, i64)]) -> UnderlyingState {
        let mut state = UnderlyingState::zeroed();
        for (at, loss) in losses {
            state.losses_e6[*at] = *loss;
        }
        state
    }

    /// Goal: a relief by hand. Method: two underlyings that lose in different scenarios; a leg that is most of the first's
    /// loss, and a hedge of the second.
    #[test]
    fn relief_is_the_blend_of_both_scans() {
        let book = [state(&[(0, 100), (1, 40)]), state(&[(0, 20), (2, 90)])];
        let mut reliefs = Reliefs::zeroed();
        reliefs.fill(&book, &GROUPS);
        // Alone 100 → 40; joint 120 → max(20 + 10, 40, 90) = 90: half of 60 and half of 30.
        assert_eq!(reliefs.relief_e6(0, &state(&[(0, 90)]), &GROUPS), 45);
        // Without the hedge the second loses more.
        assert!(reliefs.relief_e6(1, &state(&[(2, -50)]), &GROUPS) < 0);
        assert_eq!(reliefs.relief_e6(UNDERLYINGS_MAX, &state(&[(0, 1)]), &GROUPS), 0);
    }

    /// Goal: a report at other cash is the report of other cash. Method: a peg of 97 cents, cash on both sides of zero and
    /// back, against new assessments. With lines and collateral the harness compares after every leg.
    #[test]
    fn other_cash_is_a_new_assessment() {
        use crate::{Assessment, ExchangeInput, Scratch};
        let exchange = ExchangeInput {
            rate_e6: 40_000,
            conf_z_e6: 2_000_000,
            window_secs: 1_800,
            long_weight_e6: 950_000,
            mm_factor_e6: 800_000,
            exit_buffer_e6: 250_000,
            haircut_max_e6: 950_000,
            peg_e8: 97_000_000,
            dust_equity_e6: 0,
            groups: GROUPS,
        };
        let mut scratch: std::boxed::Box<Scratch> = bytemuck::zeroed_box();
        let mut of = |cash: i64| Assessment::begin(&mut scratch, &exchange).unwrap().finish(cash).unwrap();
        for (from, to) in [(1_000_001, 33), (-5, 1_000_001), (1_000_001, -77), (-1, -2), (7, 7)] {
            assert_eq!(with_cash(&of(from), to, 97_000_000), of(to), "{from} to {to}");
        }
    }

    /// Goal: a leg's place depends on relief per dollar alone. Method: by hand.
    #[test]
    fn more_relief_per_dollar_comes_first() {
        let rank = |relief_e6, notional_e6| Rank { relief_e6, notional_e6 };
        assert_eq!(rank(10, 100).cmp_first(&rank(30, 200)), Ordering::Greater);
        assert_eq!(rank(10, 100).cmp_first(&rank(20, 200)), Ordering::Equal);
        assert_eq!(rank(10, 100).cmp_first(&rank(-10, 1)), Ordering::Less);
    }

    /// Goal: the penalty's ramp and a price by hand. Method: at the flag, after three minutes, after an hour; a short leg of
    /// half a unit at 1,000 that relieves 10,000.
    #[test]
    fn prices_by_hand() {
        assert_eq!((penalty_e9(0), penalty_e9(180), penalty_e9(3_600)), (2_500_000, 25_000_000, 25_000_000));
        let price = leg_price(-500_000, 1_000 * 100_000_000_000_000, 10_000_000_000, PENALTY_MAX_E9).unwrap();
        assert_eq!(
            (price.value_e6, price.penalty_e6, price.insurance_e6),
            (-500_000_000, 250_000_000, 12_500_000)
        );
        assert_eq!((price.owner_e6, price.taker_e6), (-750_000_000, 737_500_000));
        assert_eq!(leg_price(1, 1, 0, 0).unwrap().value_e6, 1, "the taker bears rounding");
        assert_eq!(leg_price(-1, 99_999_999_999_999, 0, 0).unwrap().value_e6, 0);
    }

    proptest! {
        /// Goal: money is neither made nor lost, and the penalty is at most its share. Method: random legs.
        #[test]
        fn prices_sum_to_zero(
            qty in -(1i64 << 50)..1 << 50, mark in 0i128..1 << 68, relieved in 0i64..1 << 56, rate in 0i64..1 << 30,
        ) {
            if let Some(price) = leg_price(qty, mark, relieved, rate) {
                prop_assert_eq!(price.owner_e6 + price.taker_e6 + price.insurance_e6, 0);
                prop_assert!(price.insurance_e6 >= 0 && price.insurance_e6 <= price.penalty_e6);
                prop_assert!(i128::from(price.penalty_e6) * 40 <= i128::from(relieved));
            }
        }

        /// Goal: a search stays between its ends, does not end short at first, and meets a bent curve in a few steps.
        /// Method: an excess that rises steeply to a bend and slowly after it.
        #[test]
        fn a_bent_curve_is_met(bend in 1u64..1 << 30, qty in 1u64 << 31..1 << 40, steep in 2i64..50, root in 0.05f64..0.95) {
            let rise = |q: u64| i128::from(q.min(bend)) * i128::from(steep) + i128::from(q.saturating_sub(bend)) / 8;
            let none = (rise(bend) as f64 * root) as i128 + 1;
            let left = |q: u64| i64::try_from(rise(q) - none).unwrap();
            let mut search = ToExit::new(left(0), qty, left(qty));
            let first = search.next_e6();
            prop_assert!((1..=qty).contains(&first) && left(first) >= 0);
            let (mut last, mut tries) = (first, 0);
            while left(last) < 0 || left(last) > left(qty) / 100 + steep {
                search.tried(last, left(last));
                last = search.next_e6();
                tries += 1;
                prop_assert!((1..=qty).contains(&last) && tries < 60, "{last} after {tries}");
            }
        }
    }
}

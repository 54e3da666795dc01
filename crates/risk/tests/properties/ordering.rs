//! What is always in order: the three excesses, the requirements, joint and separate scans.

use crate::books::holdings::{any_book, balance, BOTH, WORST};
use crate::books::{cases, Book};
use ballast_risk::{CollateralInput, MarginReport, Scratch, UnderlyingState, NO_FLOOR_E6};
use proptest::prelude::*;

proptest! {
    #![proptest_config(cases(1_000))]

    /// Goal: excess_IM ≤ excess_exit ≤ excess_MM and IM ≥ B ≥ MM ≥ 0 for every book (risk.md §6), to the unit.
    /// Method: books in any state: windows, settled and past expiries, debts, collateral, stale feeds, both
    /// measures.
    #[test]
    fn the_excesses_are_ordered(book in any_book(BOTH)) {
        let r = book.margin();
        prop_assert!(r.excess_initial_e6 <= r.excess_exit_e6, "{r:?}");
        prop_assert!(r.excess_exit_e6 <= r.excess_maintenance_e6, "{r:?}");
        prop_assert!(r.initial_e6 >= r.exit_e6 && r.exit_e6 >= r.maintenance_e6, "{r:?}");
        prop_assert!(r.maintenance_e6 >= 0, "{r:?}");
        prop_assert!(r.equity_initial_e6 <= r.equity_maintenance_e6, "{r:?}");
        prop_assert!(r.floor_initial_e6 <= r.floor_maintenance_e6, "{r:?}");
        prop_assert!(r.scan_maintenance_e6 <= r.scan_e6, "{r:?}");
        let parts = [r.short_min_e6, r.basis_e6, r.liquidity_e6, r.open_interest_e6, r.oracle_e6, r.ema_e6];
        prop_assert!(parts.iter().all(|&part| part >= 0), "{r:?}");
    }

    /// Goal: joint ≤ scan ≤ Σ scan_u under `worst` (risk.md §4), to the unit; a group's scans add up to the
    /// portfolio's. Method: random books of up to four markets in up to three groups, some not netted.
    #[test]
    fn a_group_lies_between_joint_and_separate(book in any_book(WORST)) {
        let all = book.assess().unwrap();
        // 0.8 of a loss is to the nearest unit: of a sum it may differ from the sum of its parts by a unit a
        // market.
        let units = all.underlyings.len() as i64;
        for (initial, maintenance) in &all.groups {
            prop_assert!(initial.joint_e6 <= initial.scan_e6, "{initial:?}");
            prop_assert!(initial.scan_e6 <= initial.sum_e6, "{initial:?}");
            prop_assert!(maintenance.joint_e6 <= maintenance.scan_e6 + units, "{maintenance:?}");
            prop_assert!(maintenance.scan_e6 <= maintenance.sum_e6 + units, "{maintenance:?}");
        }
        let separate: i64 = all.underlyings.iter().map(|u| u.scan_e6).sum();
        prop_assert_eq!(all.groups.iter().map(|g| g.0.scan_e6).sum::<i64>(), all.report.scan_e6);
        prop_assert!(all.report.scan_e6 <= separate);
        for u in &all.underlyings {
            prop_assert!(u.scan_e6 >= u.own_e6 && u.losses_e6.iter().all(|&loss| u.scan_e6 >= loss));
        }
    }
}

/// The same book with its markets in reverse order.
fn reversed(book: &Book) -> Book {
    let last = book.holdings.len() - 1;
    let turn = |c: &CollateralInput| CollateralInput {
        underlying: c.underlying.map(|slot| last as u8 - slot),
        ..*c
    };
    let (mut holdings, collateral) =
        (book.holdings.clone(), book.collateral.iter().rev().map(turn).collect());
    holdings.reverse();
    Book { holdings, collateral, ..book.clone() }
}

proptest! {
    #![proptest_config(cases(400))]

    /// Goal: what is reported of the parts adds up to the whole, to the unit. Method: value, Greeks, least
    /// payoffs and add-ons of every expiry and underlying of random books.
    #[test]
    fn parts_add_up(book in any_book(BOTH)) {
        let all = book.assess().unwrap();
        for (u, expiries) in all.underlyings.iter().zip(&all.expiries) {
            prop_assert_eq!(u.value_e6, expiries.iter().map(|e| e.value_e6).sum::<i64>());
            prop_assert_eq!(u.dollar_delta_e6, expiries.iter().map(|e| e.dollar_delta_e6).sum::<i64>());
            prop_assert_eq!(u.dollar_vega_e6, expiries.iter().map(|e| e.vega_e6.abs()).sum::<i64>());
            let bounded = expiries.iter().all(|e| e.least_e6 != NO_FLOOR_E6);
            let least = if bounded { expiries.iter().map(|e| e.least_e6).sum::<i64>() } else { NO_FLOOR_E6 };
            prop_assert_eq!(u.least_e6, least);
        }
        let r = all.report;
        let sum = |of: fn(&UnderlyingState) -> i64| all.underlyings.iter().map(of).sum::<i64>();
        prop_assert_eq!((r.options_e6, r.gross_e6), (sum(|u| u.value_e6), sum(|u| u.gross_e6)));
        prop_assert_eq!((r.short_min_e6, r.basis_e6), (sum(|u| u.short_min_e6), sum(|u| u.basis_e6)));
        prop_assert_eq!((r.liquidity_e6, r.oracle_e6), (sum(|u| u.liquidity_e6), sum(|u| u.oracle_e6)));
        prop_assert_eq!((r.open_interest_e6, r.ema_e6), (sum(|u| u.open_interest_e6), sum(|u| u.ema_e6)));
        prop_assert_eq!(r.equity_mark_e6, r.cash_e6 + r.collateral_mark_e6 + r.options_e6);
    }

    /// Goal: the order of underlyings and balances changes nothing, to the unit. Method: random books turned
    /// round.
    #[test]
    fn order_does_not_matter(book in any_book(BOTH)) {
        prop_assert_eq!(book.margin(), reversed(&book).margin());
    }

    /// Goal: whatever the memory held before is forgotten. Method: a scratch full of any one byte, or of
    /// another book.
    #[test]
    fn the_scratch_leaves_no_trace(book in any_book(BOTH), other in any_book(BOTH), byte: u8) {
        let clean = book.margin();
        let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
        bytemuck::bytes_of_mut(&mut *scratch).fill(byte);
        prop_assert_eq!(book.assess_in(&mut scratch).unwrap().report, clean);
        other.assess_in(&mut scratch).unwrap();
        prop_assert_eq!(book.assess_in(&mut scratch).unwrap().report, clean);
    }

    /// Goal: IM = MM = 0 without legs and without collateral in a listed underlying (risk.md §10.8). Method:
    /// random markets without lines, unlisted collateral, cash on either side.
    #[test]
    fn no_risk_no_requirement(book in any_book(BOTH), gold in balance(None)) {
        let empty = Book { collateral: vec![gold], ..book.with_lines(|_, _| Vec::new()) };
        let r: MarginReport = empty.margin();
        prop_assert_eq!((r.initial_e6, r.exit_e6, r.maintenance_e6, r.scan_e6), (0, 0, 0, 0));
        prop_assert_eq!(r.excess_maintenance_e6, r.equity_maintenance_e6);
        let cash_only = Book { holdings: Vec::new(), collateral: Vec::new(), ..empty };
        prop_assert_eq!(cash_only.margin().equity_mark_e6, book.cash_e6);
    }
}

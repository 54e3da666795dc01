//! Ceilings of compute units, account sizes and transaction sizes, on the shipped binary.

use ballast_harness::vm::TRANSACTION_BYTES_MAX;
use ballast_sdk::{account::Stored, ballast::state::Portfolio};
use ballast_tests::cases::{measure, widest_margin_check, Measurement, Table};
use std::sync::OnceLock;

/// Compute units a transaction may ask for.
const TRANSACTION_UNITS_MAX: u64 = 1_400_000;
/// Bytes a portfolio account may have.
const PORTFOLIO_BYTES_MAX: usize = 3_072;
/// Accounts a 64-leg margin check may name.
const MARGIN_CHECK_ACCOUNTS_MAX: usize = 16;

/// Everything measured once for all tests of this file.
fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| measure().expect("every case goes through"))
}

#[track_caller]
fn require_within(instruction: &str, case: &str, ceiling: u64) {
    let measured = table().get(instruction, case);
    let units = measured.unwrap_or_else(|| panic!("{instruction} of {case} is not measured")).compute_units;
    assert!(units <= ceiling, "{instruction} of {case} costs {units} units, at most {ceiling} are allowed");
}

/// Goal: a deposit costs at most 15,000 units, whatever the asset. Method: every deposit measured.
#[test]
fn deposits_are_cheap() {
    let deposits: Vec<&Measurement> =
        table().rows().iter().filter(|row| row.instruction == "deposit").collect();
    assert!(deposits.len() >= 3);
    deposits.iter().for_each(|row| require_within("deposit", &row.case, 15_000));
}

/// Goal: a margin check of 8 legs costs at most 60,000 units. Method: measured, one and several expiries, near and far.
#[test]
fn a_margin_check_of_eight_legs_is_within_its_ceiling() {
    let eight = table().rows().iter().filter(|row| row.instruction == "margin_check");
    for row in eight.filter(|row| row.case.starts_with("8 legs")) {
        require_within("margin_check", &row.case, 60_000);
    }
}

/// Goal: a margin check of 64 legs over 4 underlyings and 8 expiries costs at most 200,000 units. Method: measured.
#[test]
fn a_margin_check_of_sixty_four_legs_is_within_its_ceiling() {
    require_within("margin_check", "64 legs, 4 underlyings, 8 expiries", 200_000);
}

/// Goal: a trade of 4 legs between two 8-leg portfolios costs at most 150,000 units. Method: measured, in series both hold,
/// in series neither holds, and over several underlyings.
#[test]
fn a_trade_of_four_legs_is_within_its_ceiling() {
    require_within("trade", "4 legs, 8-leg portfolios", 150_000);
    require_within("trade", "4 new legs, 8-leg portfolios", 150_000);
    require_within("trade", "4 legs, 8-leg portfolios, 2 underlyings, 4 expiries", 150_000);
}

/// Goal: a slice of a 64-leg book costs at most 400,000 units. Method: measured, all in one underlying and over 4.
#[test]
fn a_slice_of_sixty_four_legs_is_within_its_ceiling() {
    require_within("liquidate_slice", "64 legs", 400_000);
    require_within("liquidate_slice", "64 legs, 4 underlyings, 8 expiries", 400_000);
}

/// Goal: a slice stays affordable for a taker whose own book is as large, and for one so close to its margin that it must be
/// valued after all. Method: measured; half of what a transaction may ask for.
#[test]
fn a_slice_for_a_taker_with_a_book_is_affordable() {
    let slices: Vec<&Measurement> =
        table().rows().iter().filter(|row| row.instruction == "liquidate_slice").collect();
    assert!(slices.iter().any(|row| row.case.ends_with("taker at its limit")));
    slices.iter().for_each(|row| require_within("liquidate_slice", &row.case, TRANSACTION_UNITS_MAX / 2));
}

/// Goal: whatever the program can be asked for fits a transaction, in units and in bytes. Method: every case.
#[test]
fn every_case_fits_a_transaction() {
    for row in table().rows() {
        assert!(row.compute_units <= TRANSACTION_UNITS_MAX, "{row:?}");
        assert!(row.transaction_bytes <= TRANSACTION_BYTES_MAX, "{row:?}");
    }
}

/// Goal: a portfolio account is at most 3,072 bytes. Method: its size with the discriminator.
#[test]
fn a_portfolio_is_small() {
    const { assert!(Portfolio::SIZE <= PORTFOLIO_BYTES_MAX) };
}

/// Goal: the widest 64-leg margin check names at most 16 accounts and fits a legacy transaction. Method: 4 underlyings, 8
/// expiries, 4 collateral assets with feeds of their own, a peg; build it, send it.
#[test]
fn the_widest_margin_check_fits_a_transaction() {
    let mut widest = widest_margin_check().expect("the widest book");
    let accounts = widest.accounts().expect("a margin check");
    assert!(accounts <= MARGIN_CHECK_ACCOUNTS_MAX, "{accounts} accounts");
    let outcome = widest.world.check_margin(&widest.trader).expect("a report");
    assert!(outcome.transaction_bytes <= TRANSACTION_BYTES_MAX, "{} bytes", outcome.transaction_bytes);
    println!("{accounts} accounts, {} bytes", outcome.transaction_bytes);
}

/// Goal: no instruction goes unmeasured, no case is named twice. Method: the names in the program's source.
#[test]
fn every_instruction_is_measured() {
    let source = include_str!("../../programs/ballast/src/lib.rs");
    let names = source.lines().filter_map(|line| line.strip_prefix("    pub fn "));
    let names: Vec<&str> = names.filter_map(|rest| rest.split(['<', '(']).next()).collect();
    assert!(names.len() > 20, "{names:?}");
    for name in names {
        assert!(table().rows().iter().any(|row| row.instruction == name), "{name} is not measured");
    }
    for (at, row) in table().rows().iter().enumerate() {
        let again =
            table().rows()[..at].iter().any(|r| (r.instruction, &r.case) == (row.instruction, &row.case));
        assert!(!again, "{} is measured twice for {}", row.instruction, row.case);
    }
}

/// Goal: the figures repeat. Method: measure everything again.
#[test]
fn figures_repeat() {
    let again = measure().expect("every case goes through");
    assert_eq!(table().rows(), again.rows());
}

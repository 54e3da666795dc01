//! Ceilings of compute units, account sizes and transaction sizes, on the shipped binary.

use ballast_harness::{
    ceilings::{TRANSACTION_UNITS, WIDEST_SLICE_UNITS},
    vm::TRANSACTION_BYTES_MAX,
};
use ballast_sdk::{account::Stored, ballast::state::Portfolio};
use ballast_tests::{
    cases::{measure, widest_margin_check, Measurement, Table},
    growth,
};
use std::sync::OnceLock;

/// The dearest slice there is: for a taker with the same book at its limit on the day everything expires.
const WIDEST_SLICE: &str = "64 legs, 4 underlyings, 8 expiries, expiring today, taker at its limit";
/// Compute units of an instruction that asks for none.
const DEFAULT_UNITS: u64 = 200_000;
/// Bytes a portfolio account may have.
const PORTFOLIO_BYTES_MAX: usize = 3_072;
/// Accounts a 64-leg margin check may name.
const MARGIN_CHECK_ACCOUNTS_MAX: usize = 16;

/// Everything measured once for all tests of this file.
fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| measure().expect("every case goes through"))
}

/// A ceiling of compute units.
struct Ceiling {
    instruction: &'static str,
    cases: &'static [&'static str],
    /// What the cases may cost.
    units: u64,
    /// What they are to cost; a ceiling is lowered to it once it is reached.
    goal: u64,
}

const CEILINGS: [Ceiling; 9] = [
    Ceiling {
        instruction: "deposit",
        cases: &["quote currency", "SPL Token collateral", "Token-2022 collateral with a transfer fee"],
        units: 12_000,
        goal: 12_000,
    },
    // Own strikes and a window too.
    Ceiling {
        instruction: "margin_check",
        cases: &["8 legs", "8 legs, expiring today", "8 legs, within the settlement window"],
        units: 30_000,
        goal: 30_000,
    },
    Ceiling {
        instruction: "margin_check",
        cases: &["8 legs, 2 underlyings, 4 expiries"],
        units: 36_000,
        goal: 36_000,
    },
    Ceiling {
        instruction: "margin_check",
        cases: &["64 legs, 4 underlyings, 8 expiries"],
        units: 130_000,
        goal: 130_000,
    },
    Ceiling { instruction: "trade", cases: &["4 legs, 8-leg portfolios"], units: 80_000, goal: 80_000 },
    // Series that neither holds; more than one underlying.
    Ceiling {
        instruction: "trade",
        cases: &["4 new legs, 8-leg portfolios", "4 legs, 8-leg portfolios, 2 underlyings, 4 expiries"],
        units: 110_000,
        goal: 110_000,
    },
    Ceiling {
        instruction: "trade",
        cases: &["4 legs, 64-leg portfolios", "4 legs of 4 underlyings, 64-leg portfolios"],
        units: 300_000,
        goal: 300_000,
    },
    Ceiling {
        instruction: "liquidate_slice",
        cases: &[
            "64 legs",
            "64 legs, taker holds 8 legs",
            "64 legs, 4 underlyings, 8 expiries",
            "64 legs, 4 underlyings, 8 expiries, taker holds 8 legs",
        ],
        units: 250_000,
        goal: 250_000,
    },
    Ceiling {
        instruction: "liquidate_slice",
        cases: &[WIDEST_SLICE],
        units: WIDEST_SLICE_UNITS,
        goal: WIDEST_SLICE_UNITS,
    },
];

#[track_caller]
fn units_of(instruction: &str, case: &str) -> u64 {
    let measured = table().get(instruction, case);
    measured.unwrap_or_else(|| panic!("{instruction} of {case} is not measured")).compute_units
}

#[track_caller]
fn require_within(instruction: &str, case: &str, ceiling: u64) {
    let units = units_of(instruction, case);
    assert!(units <= ceiling, "{instruction} of {case} costs {units} units, at most {ceiling} are allowed");
}

/// Goal: nothing costs more than it may. Method: the table above, each case measured; what is above its goal is printed.
#[test]
fn every_ceiling_holds() {
    for Ceiling { instruction, cases, units, goal } in CEILINGS {
        assert!(goal <= units, "the goal for {instruction} of {} is above its ceiling", cases[0]);
        for case in cases {
            require_within(instruction, case, units);
            let measured = units_of(instruction, case);
            if measured > goal {
                println!("{instruction} of {case}: {measured} units, to be {goal}");
            }
        }
    }
}

/// Goal: no deposit and no margin check of 8 legs goes without a ceiling. Method: every case of those names.
#[test]
fn small_cases_have_ceilings() {
    let small = |row: &&Measurement| {
        row.instruction == "deposit" || row.instruction == "margin_check" && row.case.starts_with("8 legs")
    };
    let rows: Vec<&Measurement> = table().rows().iter().filter(small).collect();
    assert!(rows.len() >= 7);
    for row in rows {
        let named = |c: &Ceiling| c.instruction == row.instruction && c.cases.contains(&row.case.as_str());
        assert!(CEILINGS.iter().any(named), "{} of {} has no ceiling", row.instruction, row.case);
    }
}

/// Goal: every margin check fits what an instruction gets that asks for nothing, on a book's last day too. Method: every case.
#[test]
fn every_check_fits_the_default_limit() {
    let checks: Vec<&Measurement> =
        table().rows().iter().filter(|row| row.instruction == "margin_check").collect();
    assert!(checks.len() >= 15);
    for row in checks {
        require_within(row.instruction, &row.case, DEFAULT_UNITS);
    }
}

/// Goal: a slice stays affordable for a taker whose own book is as large, and for one so close to its margin that it must be
/// valued after all, on a book's last day too. Method: measured; half of what a transaction may ask for.
#[test]
fn a_slice_for_a_taker_with_a_book_is_affordable() {
    let slices: Vec<&Measurement> =
        table().rows().iter().filter(|row| row.instruction == "liquidate_slice").collect();
    assert!(slices.iter().any(|row| row.case.ends_with("taker at its limit")));
    slices.iter().for_each(|row| require_within("liquidate_slice", &row.case, TRANSACTION_UNITS / 2));
}

/// Goal: whatever the program can be asked for fits a transaction, in units and in bytes. Method: every case.
#[test]
fn every_case_fits_a_transaction() {
    for row in table().rows() {
        assert!(row.compute_units <= TRANSACTION_UNITS, "{row:?}");
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

/// Goal: a margin check costs a leg what a leg costs: the last of 64 no more than the dearer of the first few (a strike far
/// from the price is cheaper than one near it). Method: the sweeps of docs/cu.md; own strikes make an expiry's first legs
/// cheaper, so books that expire today are left out.
#[test]
fn cost_grows_in_proportion() {
    let sweeps = growth::measure().expect("every book goes through");
    assert_eq!(
        sweeps.iter().map(|sweep| sweep.of).collect::<Vec<_>>(),
        ["legs", "underlyings", "expiries", "collaterals"]
    );
    for sweep in &sweeps {
        for curve in sweep.curves.iter().filter(|curve| !curve.book.ends_with("today")) {
            // What brings something else along comes first, if at all.
            let steps = &curve.steps()[usize::from(curve.points[0].0 < sweep.counted_from)..];
            let (first, last) = (steps.iter().take(2).copied().max().unwrap_or(0), steps[steps.len() - 1]);
            assert!(
                first > 0 && last > 0 && last * 4 <= first * 5,
                "{} by {}: {steps:?}",
                curve.book,
                sweep.of
            );
        }
    }
}

/// Goal: the figures repeat. Method: measure everything again.
#[test]
fn figures_repeat() {
    let again = measure().expect("every case goes through");
    assert_eq!(table().rows(), again.rows());
}

//! The engine answers everything: at the ends of its domain with an ordered report, beyond them with a reason.
//! In a debug build the lanes check their ranges, so that these tests are the proof of the kernel's range
//! comments.

use crate::books::extremes::{extreme_book, garbage_book, Dice};
use crate::books::{cases, Book};
use ballast_risk::liquidation::{discount_e9, slice, slice_price, SliceTerms};
use ballast_risk::series::quote;
use ballast_risk::slice_check::{keeps_its_share, Rounding};
use ballast_risk::{Assessment, MarginReport, RiskError, Scratch, UnderlyingInput, NO_FLOOR_E6};
use proptest::prelude::*;

/// Plans and prices a slice of a report on terms that may hold anything.
fn liquidate(r: &MarginReport, terms: &SliceTerms, fraction_e9: u64) {
    let plan = slice(r, terms);
    assert!(plan.fraction_max_e9 <= 1_000_000_000);
    let _ = (slice_price(&plan, plan.fraction_max_e9), slice_price(&plan, fraction_e9));
    let _ = (r.initial_verdict(), r.maintenance_verdict(), r.reduces_risk_from(r));
    let _ = keeps_its_share(r, r, fraction_e9, &Rounding::default());
}

fn terms(book: &Book) -> SliceTerms {
    let x = &book.exchange;
    SliceTerms {
        discount_e9: discount_e9(book.cash_e6),
        peg_e8: x.peg_e8,
        dust_equity_e6: x.dust_equity_e6,
        mm_factor_e6: x.mm_factor_e6,
        exit_buffer_e6: x.exit_buffer_e6,
    }
}

/// Asks for everything the engine says of a book: report, quotes of every line, a slice, floors.
fn ask_everything(book: &Book) -> Result<MarginReport, RiskError> {
    for h in &book.holdings {
        let input = UnderlyingInput { params: &h.market.params, ..h.market.state };
        for (i, e) in h.market.expiries.iter().enumerate() {
            let _ = quote(&book.exchange, &input, e, None);
            for l in h.lines.iter().filter(|l| usize::from(l.expiry) == i) {
                let _ = quote(&book.exchange, &input, e, Some(l.strike));
            }
        }
    }
    let all = book.assess()?;
    for u in &all.underlyings {
        assert_eq!(u.floor_e6() == NO_FLOOR_E6, u.least_e6 == NO_FLOOR_E6);
    }
    liquidate(&all.report, &terms(book), book.cash_e6.unsigned_abs());
    Ok(all.report)
}

/// Goes on with an assessment whatever it refused.
fn go_on_after_errors(book: &Book) {
    let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
    let Ok(mut assessment) = Assessment::begin(&mut scratch, &book.exchange) else { return };
    for h in book.holdings.iter().chain(&book.holdings) {
        let input = UnderlyingInput { params: &h.market.params, ..h.market.state };
        let _ = assessment.underlying(&input, h.market.expiries.iter().copied(), h.lines.iter().copied());
    }
    for balance in book.collateral.iter().chain(&book.collateral) {
        let _ = assessment.collateral(balance);
    }
    let _ = assessment.finish(book.cash_e6);
}

proptest! {
    #![proptest_config(cases(10_000))]

    /// Goal: at the ends of its domain the engine neither panics nor loses the order of its excesses. Method:
    /// every field of every input at a bound, next to one, or of any magnitude between; the only refusals are
    /// of what is too large together.
    #[test]
    fn the_ends_of_the_domain_are_answered(seed: u64) {
        let book = extreme_book(&mut Dice(seed));
        match ask_everything(&book) {
            Ok(r) => {
                prop_assert!(r.initial_e6 >= r.exit_e6 && r.exit_e6 >= r.maintenance_e6, "{r:?}");
                prop_assert!(r.maintenance_e6 >= 0 && r.excess_initial_e6 <= r.excess_exit_e6, "{r:?}");
                prop_assert!(r.excess_exit_e6 <= r.excess_maintenance_e6, "{r:?}");
            }
            Err(refused) => prop_assert_eq!(refused, RiskError::TooLarge),
        }
    }

    /// Goal: anything at all gives a report or a reason, never a panic. Method: a book at the ends of the
    /// domain in which one to four fields are overwritten by anything, or lines and expiries reordered,
    /// repeated or cut; the assessment goes on after every refusal.
    #[test]
    fn garbage_is_refused(seed: u64) {
        let book = garbage_book(&mut Dice(seed));
        let _ = ask_everything(&book);
        go_on_after_errors(&book);
    }

    /// Goal: the slice is total over every report and every term. Method: all fields anything.
    #[test]
    fn any_report_is_sliced(seed: u64) {
        let mut dice = Dice(seed);
        let fields: [i64; 28] = std::array::from_fn(|_| dice.wild());
        let r: MarginReport = *bytemuck::from_bytes(bytemuck::cast_slice(&fields));
        let terms = SliceTerms {
            discount_e9: dice.wild(),
            peg_e8: dice.wild() as u64,
            dust_equity_e6: dice.wild(),
            mm_factor_e6: dice.wild(),
            exit_buffer_e6: dice.wild(),
        };
        liquidate(&r, &terms, dice.wild() as u64);
    }
}

/// Goal: the tests above test something. Method: of 2,000 books at the ends of the domain a good part is
/// accepted, with eight markets and with many lines too; of 2,000 garbage books a good part is refused.
#[test]
fn the_generators_reach_both_sides() {
    let books: Vec<Book> = (0..2_000).map(|seed| extreme_book(&mut Dice(seed))).collect();
    let accepted: Vec<&Book> = books.iter().filter(|book| book.assess().is_ok()).collect();
    let large = accepted.iter().filter(|book| book.holdings.len() == 8 && book.lines() >= 16).count();
    let refused = (0..2_000).filter(|&seed| garbage_book(&mut Dice(seed)).assess().is_err()).count();
    println!("{} accepted, {large} of them large; {refused} of the garbage refused", accepted.len());
    assert!(accepted.len() > 500 && large > 20 && refused > 1_000);
}

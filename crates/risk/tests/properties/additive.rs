//! How scans and requirements of books add: subadditivity, added longs, scaling, and which way they round.

use crate::books::defaults::{EXCHANGE, PARAMS};
use crate::books::holdings::{any_book, balance, lines, two_books, BOTH};
use crate::books::{cases, merge, scaled, Book};
use ballast_risk::{CollateralInput, ExchangeInput, LineInput, MarginReport, Measure};
use proptest::prelude::*;

/// IM without the liquidity add-on, of which only the impact grows faster than the book.
fn without_liquidity(r: &MarginReport) -> i64 {
    r.initial_e6 - r.liquidity_e6 - r.open_interest_e6
}

proptest! {
    #![proptest_config(cases(600))]

    /// Goal: scan, and IM without the liquidity add-on, are subadditive (risk.md §10.8), to the noise of
    /// rounding. Method: two random books and their sum in the same markets, both measures, with coins as
    /// collateral. The impact apart, the whole IM is subadditive too.
    #[test]
    fn a_sum_needs_no_more_than_its_parts((one, two, sum) in two_books(BOTH)) {
        let (a, b, both, noise) = (one.margin(), two.margin(), sum.margin(), one.noise_e6() + two.noise_e6());
        prop_assert!(both.scan_e6 <= a.scan_e6 + b.scan_e6 + noise, "{both:?} {a:?} {b:?}");
        let need = without_liquidity;
        prop_assert!(need(&both) <= need(&a) + need(&b) + noise, "{both:?} {a:?} {b:?}");
        let still = |r: &MarginReport| r.initial_e6 - r.impact_e6;
        // 1e-5 of a parameter of gross is the Greeks' own error.
        let greeks = (one.gross_e6() + two.gross_e6()) / 10_000_000;
        prop_assert!(still(&both) <= still(&a) + still(&b) + noise + greeks);
    }

    /// Goal: adding a long option raises a scan by at most its value, 1.25 times under expected shortfall
    /// (risk.md §10.8). Method: random books with one more long line, which may also close a short.
    #[test]
    fn a_long_option_raises_scan_by_its_value_at_most(
        (book, line) in any_book(BOTH).prop_flat_map(|book| {
            let line = lines(&book.holdings[0].market, 1);
            (Just(book), line)
        }),
    ) {
        let long = |l: &LineInput| LineInput { calls_e6: l.calls_e6.abs(), puts_e6: l.puts_e6.abs(), ..*l };
        let long: Vec<LineInput> = line.iter().map(long).collect();
        let only = |i: usize, with: &[LineInput]| if i == 0 { with.to_vec() } else { Vec::new() };
        let added = Book { collateral: Vec::new(), ..book.with_lines(|i, _| only(i, &long)) };
        let more = book.with_lines(|i, h| merge(&h.lines, &only(i, &long)));
        let group = book.exchange.groups[usize::from(book.holdings[0].market.state.group)];
        let value = added.margin().options_e6;
        let most = if group.measure == Measure::ExpectedShortfall { value + value / 4 } else { value };
        let rise = more.margin().scan_e6 - book.margin().scan_e6;
        let noise = book.noise_e6() + added.noise_e6();
        prop_assert!(rise <= most + noise, "scan rose by {rise}, the option is worth {value}");
    }

    /// Goal: scaling a book scales its scan and every linear requirement. Method: 2 to 16 times a random book,
    /// within the noise of the large one.
    #[test]
    fn scans_scale(book in any_book(BOTH), factor in 2i64..=16) {
        let large = Book { collateral: Vec::new(), ..book.with_lines(|_, h| scaled(&h.lines, factor)) };
        let small = Book { collateral: Vec::new(), ..book };
        let (a, b, noise) = (small.margin(), large.margin(), large.noise_e6() + factor * small.noise_e6());
        prop_assert!((b.scan_e6 - factor * a.scan_e6).abs() <= noise, "{factor}: {a:?} {b:?}");
        prop_assert!((b.options_e6 - factor * a.options_e6).abs() <= noise);
        prop_assert!((b.short_min_e6 - factor * a.short_min_e6).abs() <= noise);
        prop_assert!((b.scan_maintenance_e6 - factor * a.scan_maintenance_e6).abs() <= noise);
    }
}

proptest! {
    #![proptest_config(cases(500))]

    /// Goal: IM and MM are rounded up once, from the exact sum of their parts, and B lies between. Method: the
    /// parts of random reports, each rounded up by itself, bound the requirement from above, and less one unit
    /// a part from below.
    #[test]
    fn requirements_round_up_once(book in any_book(BOTH)) {
        let r = book.margin();
        let units = 7 * book.holdings.len() as i64;
        let (whole, part) = (r.short_min_e6 + r.basis_e6, r.liquidity_e6 + r.open_interest_e6 + r.oracle_e6);
        let parts = r.scan_e6 + whole + part + r.ema_e6;
        prop_assert!((parts - units..=parts).contains(&r.initial_e6), "{} of {parts}", r.initial_e6);
        let scaled = (i128::from(part) * i128::from(book.exchange.mm_factor_e6) + 999_999) / 1_000_000;
        let parts = r.scan_maintenance_e6 + whole + i64::try_from(scaled).unwrap();
        prop_assert!((parts - units..=parts).contains(&r.maintenance_e6), "{} of {parts}", r.maintenance_e6);
    }

    /// Goal: two halves of a book need at least the whole, to the noise: nobody saves margin by splitting a
    /// book between portfolios. Method: random books with even quantities; the impact, which falls with the
    /// square, apart.
    #[test]
    fn halves_need_the_whole(book in any_book(BOTH)) {
        let half = Book { collateral: Vec::new(), ..book };
        let whole = half.with_lines(|_, h| scaled(&h.lines, 2));
        let (a, b) = (half.margin(), whole.margin());
        let noise = whole.noise_e6() + whole.gross_e6() / 10_000_000;
        prop_assert!(2 * (a.initial_e6 - a.impact_e6) + noise >= b.initial_e6 - b.impact_e6);
        prop_assert!(b.impact_e6 + noise >= 4 * a.impact_e6 - 4);
    }

    /// Goal: collateral is rounded down: two balances count for no more than one of their sum, and never for
    /// more than their price. Method: random balances and terms.
    #[test]
    fn collateral_rounds_down(
        balance in balance(None), part in 0u64..=1_000_000, conf_z_e6 in 1_000_000i64..=8_000_000,
    ) {
        let one = part_of(balance.amount, part);
        let counted = |amounts: &[u64]| {
            let collateral = amounts.iter().map(|&amount| CollateralInput { amount, ..balance }).collect();
            let exchange = ExchangeInput { conf_z_e6, ..EXCHANGE };
            Book { exchange, holdings: Vec::new(), collateral, cash_e6: 0 }.margin()
        };
        let (whole, parts) = (counted(&[balance.amount]), counted(&[one, balance.amount - one]));
        for (get, slack) in [
            ((|r: &MarginReport| r.collateral_mark_e6) as fn(&MarginReport) -> i64, 1),
            (|r| r.collateral_maintenance_e6, 2),
            (|r| r.collateral_initial_e6, 3),
        ] {
            prop_assert!(get(&parts) <= get(&whole) && get(&whole) <= get(&parts) + slack);
        }
        prop_assert!(whole.collateral_initial_e6 <= whole.collateral_maintenance_e6);
        prop_assert!(whole.collateral_maintenance_e6 <= whole.collateral_mark_e6);
        let scale = 10u128.pow(u32::from(balance.decimals) + 2);
        let exact = u128::from(balance.amount) * u128::from(balance.price_e8) / scale;
        prop_assert_eq!(i128::from(whole.collateral_mark_e6), i128::try_from(exact).unwrap());
    }

    /// Goal: cash counts at the peg, at most one, rounded down; a debt counts in full. Method: any cash and
    /// peg.
    #[test]
    fn cash_counts_the_peg(cash_e6 in -(1i64 << 56)..=1 << 56, peg_e8 in 1u64..=200_000_000) {
        let exchange = ExchangeInput { peg_e8, ..EXCHANGE };
        let r = Book { exchange, holdings: Vec::new(), collateral: Vec::new(), cash_e6 }.margin();
        let peg = if cash_e6 > 0 { i128::from(peg_e8.min(100_000_000)) } else { 100_000_000 };
        let counted = i128::from(cash_e6) * peg / 100_000_000;
        prop_assert_eq!(i128::from(r.equity_maintenance_e6), counted);
        prop_assert_eq!((r.equity_mark_e6, r.equity_initial_e6), (cash_e6, r.equity_maintenance_e6));
    }
}

/// A part (1e-6) of an amount.
fn part_of(amount: u64, part_e6: u64) -> u64 {
    u64::try_from(u128::from(amount) * u128::from(part_e6) / 1_000_000).unwrap()
}

/// Goal: the defaults the other tests stand on are inside the engine's bounds. Method: its own check.
#[test]
fn defaults_are_valid() {
    assert_eq!(PARAMS.validate(), Ok(()));
    assert_eq!(EXCHANGE.validate(), Ok(()));
}

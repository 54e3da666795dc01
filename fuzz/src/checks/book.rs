//! A margin check of a whole book: order, sums, reasons, repeatability (docs/risk.md §4, §6 and §10).

use super::auction;
use crate::inputs::{Book, Holding};
use ballast_risk::bounds::MONEY_MAX_E6;
use ballast_risk::series::quote;
use ballast_risk::{
    unchanged_vol_loss_e6, Assessment, ExpiryReport, GroupScan, MarginReport, Measure, OwnStrikeRow,
    PreparedUnderlying, RiskError, Scratch, UnderlyingState, NO_FLOOR_E6,
};

/// All that the engine says of a book.
#[derive(Debug, Clone, PartialEq)]
struct Answer {
    report: MarginReport,
    groups: [(GroupScan, GroupScan); 4],
    expiries: Vec<Vec<ExpiryReport>>,
    rows: Vec<OwnStrikeRow>,
}

/// Checks everything that holds of any book.
pub fn check(book: &Book) {
    let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
    match assess(book, book.cash_e6, &mut scratch) {
        Ok(answer) => {
            let underlyings = scratch.underlyings()[..book.holdings.len()].to_vec();
            is_ordered(&answer.report);
            has_the_sum_of_its_parts(&answer, &underlyings);
            blends_between_joint_and_separate(book, &answer, &underlyings);
            repeats(book, &Ok(answer.clone()), &mut scratch);
            says_the_same_unrecorded(book, &answer.report, &mut scratch);
            gains_by_cash(book, &answer.report, &mut scratch);
            if book.tame {
                agrees_with_quotes(book, &answer.report);
            }
            auction::check(book, &answer.report);
        }
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty());
            assert!(!book.tame || refusal == RiskError::TooLarge, "{refusal} of a book inside the bounds");
            repeats(book, &Err(refusal), &mut scratch);
            goes_on_after_refusals(book, &mut scratch);
        }
    }
}

/// The report of a book, or why there is none.
///
/// # Errors
/// What the engine refuses.
pub fn report(book: &Book) -> Result<MarginReport, RiskError> {
    assess(book, book.cash_e6, &mut bytemuck::zeroed_box()).map(|answer| answer.report)
}

fn assess(book: &Book, cash_e6: i64, scratch: &mut Scratch) -> Result<Answer, RiskError> {
    let mut assessment = Assessment::begin(scratch, &book.exchange)?;
    let (mut expiries, mut rows) = (Vec::new(), Vec::new());
    for h in &book.holdings {
        let (dates, lines) = (h.expiries.iter().copied(), h.lines.iter().copied());
        assessment.underlying_recorded(&h.market.input(), dates, lines, &mut |row| rows.push(row))?;
        expiries.push(assessment.expiries()[..h.expiries.len()].to_vec());
    }
    for coin in &book.collateral {
        assessment.collateral(coin)?;
    }
    let (report, groups) = assessment.finish_with_groups(cash_e6)?;
    Ok(Answer { report, groups, expiries, rows })
}

/// IM ≥ B ≥ MM ≥ 0, excess_IM ≤ excess_B ≤ excess_MM, and nothing that only shrinks for IM is larger there.
fn is_ordered(r: &MarginReport) {
    assert!(r.initial_e6 >= r.exit_e6 && r.exit_e6 >= r.maintenance_e6 && r.maintenance_e6 >= 0, "{r:?}");
    assert!(r.excess_initial_e6 <= r.excess_exit_e6, "{r:?}");
    assert!(r.excess_exit_e6 <= r.excess_maintenance_e6, "{r:?}");
    assert!(r.scan_maintenance_e6 <= r.scan_e6 && r.scan_maintenance_e6 >= 0, "{r:?}");
    let held = [r.collateral_initial_e6, r.collateral_maintenance_e6, r.collateral_mark_e6];
    assert!(held[0] >= 0 && held.is_sorted(), "{r:?}");
    assert!(r.equity_initial_e6 <= r.equity_maintenance_e6, "{r:?}");
    assert!(r.equity_maintenance_e6 <= r.equity_mark_e6, "{r:?}");
    assert!(r.floor_initial_e6 <= r.floor_maintenance_e6, "{r:?}");
    assert!(r.excess_maintenance_e6 >= r.floor_maintenance_e6, "{r:?}");
    assert!(r.reduces_risk_from(r));
    let _ = (r.initial_verdict(), r.maintenance_verdict());
}

/// Values, Greeks, floors and add-ons of the parts add up to the whole, to the unit.
fn has_the_sum_of_its_parts(answer: &Answer, underlyings: &[UnderlyingState]) {
    let r = &answer.report;
    for (u, expiries) in underlyings.iter().zip(&answer.expiries) {
        assert_eq!(u.value_e6, expiries.iter().map(|e| e.value_e6).sum::<i64>());
        assert_eq!(u.dollar_delta_e6, expiries.iter().map(|e| e.dollar_delta_e6).sum::<i64>());
        assert_eq!(u.floor_e6() == NO_FLOOR_E6, u.least_e6 == NO_FLOOR_E6);
        assert!(u.scan_e6 >= u.own_e6 && u.own_e6 >= 0);
        for share_q30 in [-(1 << 30), -12_345, 0, 1 << 29, 1 << 30] {
            let loss = unchanged_vol_loss_e6(&u.losses_e6, share_q30);
            assert!(u.losses_e6.iter().any(|&l| l <= loss) && u.losses_e6.iter().any(|&l| l >= loss));
        }
    }
    let sum = |of: fn(&UnderlyingState) -> i64| underlyings.iter().map(of).sum::<i64>();
    assert_eq!(r.options_e6, sum(|u| u.value_e6));
    assert_eq!([r.short_min_e6, r.basis_e6], [sum(|u| u.short_min_e6), sum(|u| u.basis_e6)]);
    assert_eq!([r.liquidity_e6, r.oracle_e6], [sum(|u| u.liquidity_e6), sum(|u| u.oracle_e6)]);
    assert_eq!([r.open_interest_e6, r.ema_e6], [sum(|u| u.open_interest_e6), sum(|u| u.ema_e6)]);
    assert_eq!(r.scan_e6, answer.groups.iter().map(|g| g.0.scan_e6).sum::<i64>());
    assert_eq!(r.equity_mark_e6, r.cash_e6 + r.collateral_mark_e6 + r.options_e6);
    for row in &answer.rows {
        let expiries = &answer.expiries[usize::from(row.underlying)];
        assert!(usize::from(row.expiry) < expiries.len() && row.share_q30.abs() <= 1 << 30, "{row:?}");
    }
}

/// joint ≤ scan ≤ Σ scan_u where the measure is the worst loss.
fn blends_between_joint_and_separate(book: &Book, answer: &Answer, underlyings: &[UnderlyingState]) {
    for (group, (scan, _)) in book.exchange.groups.iter().zip(&answer.groups) {
        if group.measure == Measure::Worst {
            assert!(scan.joint_e6 <= scan.scan_e6 && scan.scan_e6 <= scan.sum_e6, "{scan:?}");
        }
    }
    let worst = book.exchange.groups.iter().all(|group| group.measure == Measure::Worst);
    assert!(!worst || answer.report.scan_e6 <= underlyings.iter().map(|u| u.scan_e6).sum::<i64>());
}

/// Whatever the scratch holds, the answer is the same.
fn repeats(book: &Book, first: &Result<Answer, RiskError>, scratch: &mut Scratch) {
    assert_eq!(&assess(book, book.cash_e6, scratch), first, "in the scratch of the first time");
    bytemuck::bytes_of_mut(scratch).fill(0xa5);
    assert_eq!(&assess(book, book.cash_e6, scratch), first, "in a scratch full of rubbish");
}

/// The short forms of the interface give the report of the long ones.
fn says_the_same_unrecorded(book: &Book, report: &MarginReport, scratch: &mut Scratch) {
    let mut assessment = Assessment::begin(scratch, &book.exchange).expect("begun before");
    for h in &book.holdings {
        let (dates, lines) = (h.expiries.iter().copied(), h.lines.iter().copied());
        assessment.underlying(&h.market.input(), dates, lines).expect("added before");
    }
    book.collateral.iter().for_each(|coin| assessment.collateral(coin).expect("added before"));
    assert_eq!(assessment.finish(book.cash_e6).as_ref(), Ok(report));

    let mut assessment = Assessment::begin(scratch, &book.exchange).expect("begun before");
    for h in &book.holdings {
        let (input, dates) = (h.market.input(), h.expiries.iter().copied());
        let ready = PreparedUnderlying::new(&book.exchange, &input, dates).expect("added before");
        assessment.prepared(&ready, input.oi_share_e6, h.lines.iter().copied()).expect("added before");
    }
    book.collateral.iter().for_each(|coin| assessment.collateral(coin).expect("added before"));
    assert_eq!(assessment.finish(book.cash_e6).as_ref(), Ok(report), "prepared");
}

/// More cash changes no requirement and lowers no excess.
fn gains_by_cash(book: &Book, poor: &MarginReport, scratch: &mut Scratch) {
    let cash_e6 = book.cash_e6.saturating_add(book.more_cash_e6).min(MONEY_MAX_E6);
    let rich = assess(book, cash_e6, scratch).expect("the cash is within its bound").report;
    let needs = |r: &MarginReport| [r.initial_e6, r.exit_e6, r.maintenance_e6, r.scan_e6, r.options_e6];
    assert_eq!(needs(&rich), needs(poor));
    assert_eq!(rich.equity_mark_e6 - poor.equity_mark_e6, cash_e6 - book.cash_e6);
    let has = |r: &MarginReport| [r.excess_initial_e6, r.excess_exit_e6, r.excess_maintenance_e6];
    assert!(has(&rich).iter().zip(has(poor)).all(|(rich, poor)| *rich >= poor), "{rich:?} {poor:?}");
}

/// The value of the book is the sum of its series quoted one by one, to 2^-23 of gross, and to what the common scales of an
/// underlying cost beside a far greater price or quantity: 2^-44 of the greatest price, 2^-36 of the greatest quantity.
fn agrees_with_quotes(book: &Book, report: &MarginReport) {
    let (mut value_e20, mut noise_e14, mut lines) = (0i128, 0i128, 0);
    for Holding { market, expiries, lines: held } in &book.holdings {
        let given = held.iter().map(|l| l.strike.price_e8).chain(expiries.iter().map(|e| e.average_e8));
        let greatest_e8 = given.max().unwrap_or(0).max(market.state.spot_e8);
        let quantities = held.iter().map(|l| l.calls_e6.abs() + l.puts_e6.abs());
        let greatest_e6 = i128::from(quantities.max().unwrap_or(0));
        for l in held {
            let expiry = &expiries[usize::from(l.expiry)];
            let quoted = quote(&book.exchange, &market.input(), expiry, Some(l.strike));
            let (e, q) = quoted.expect("the book was accepted");
            // Below 2^51 times 2^53·10^6: 64 lines fit 128 bits.
            let money = |qty_e6: i64, unit_e14: i128| i128::from(qty_e6) * unit_e14;
            value_e20 += money(l.calls_e6, q.call_e14) + money(l.puts_e6, q.put_e14);
            let both = i128::from(l.calls_e6.abs() + l.puts_e6.abs());
            let averaged_e8 = if expiry.averaged_secs > 0 { expiry.average_e8 } else { 0 };
            let prices_e8 = i128::from(l.strike.price_e8.max(averaged_e8).max(market.state.spot_e8));
            let prices_e8 = e.forward_e14 / 1_000_000 + prices_e8;
            noise_e14 += ((both * prices_e8) >> 23) + ((greatest_e6 * prices_e8) >> 36);
            noise_e14 += (both * i128::from(greatest_e8)) >> 44;
            // A quote is in whole units of 1e-14, four of them a millionth of a price here.
            noise_e14 += both / 250_000;
            lines += 1;
        }
    }
    let value_e6 = value_e20 / 100_000_000_000_000;
    let noise_e6 = noise_e14 / 100_000_000 + 4 * lines + 4;
    let gap = (i128::from(report.options_e6) - value_e6).abs();
    assert!(gap <= noise_e6, "{value_e6} ± {noise_e6} by quotes, {report:?}");
}

/// After a refusal the assessment may be used on: it makes no sense, and no panic.
fn goes_on_after_refusals(book: &Book, scratch: &mut Scratch) {
    let Ok(mut assessment) = Assessment::begin(scratch, &book.exchange) else { return };
    for h in book.holdings.iter().chain(&book.holdings) {
        let (dates, lines) = (h.expiries.iter().copied(), h.lines.iter().copied());
        let _ = assessment.underlying(&h.market.input(), dates, lines);
    }
    for coin in book.collateral.iter().chain(&book.collateral) {
        let _ = assessment.collateral(coin);
    }
    let _ = assessment.finish(book.cash_e6);
}

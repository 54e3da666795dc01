//! Underlyings prepared once for many books (docs/adr/0025): the same to the bit as each book's own.

use crate::books::extremes::{extreme_book, garbage_book, Dice};
use crate::books::holdings::{any_book, BOTH};
use crate::books::{cases, Book};
use ballast_risk::{
    Assessment, ExchangeInput, MarginReport, PreparedExpiry, PreparedMarket, PreparedUnderlying, RiskError,
    Scratch, UnderlyingInput, UnderlyingState,
};
use bytemuck::Zeroable;
use proptest::prelude::*;

type Said = Result<(MarginReport, Vec<UnderlyingState>), RiskError>;

fn inputs(book: &Book) -> Vec<UnderlyingInput<'_>> {
    book.holdings.iter().map(|h| UnderlyingInput { params: &h.market.params, ..h.market.state }).collect()
}

/// The report of a book whose underlyings `add` adds by their place.
fn said(book: &Book, mut add: impl FnMut(&mut Assessment, usize) -> Result<(), RiskError>) -> Said {
    let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
    let mut assessment = Assessment::begin(&mut scratch, &book.exchange)?;
    for place in 0..book.holdings.len() {
        add(&mut assessment, place)?;
    }
    for balance in &book.collateral {
        assessment.collateral(balance)?;
    }
    let report = assessment.finish(book.cash_e6)?;
    Ok((report, scratch.underlyings()[..book.holdings.len()].to_vec()))
}

fn alone(book: &Book) -> Said {
    let inputs = inputs(book);
    said(book, |assessment, at| {
        let h = &book.holdings[at];
        assessment.underlying(&inputs[at], h.market.expiries.iter().copied(), h.lines.iter().copied())
    })
}

/// Underlyings prepared, without a share of open interest, before the book is looked at.
fn prepared(book: &Book) -> Said {
    let inputs = inputs(book);
    said(book, |assessment, at| {
        let h = &book.holdings[at];
        let market = UnderlyingInput { oi_share_e6: 0, ..inputs[at] };
        let ready = PreparedUnderlying::new(&book.exchange, &market, h.market.expiries.iter().copied())?;
        assessment.prepared(&ready, inputs[at].oi_share_e6, h.lines.iter().copied())
    })
}

/// Market and expiries prepared by themselves, into memory full of rubbish, the expiries last first.
fn in_parts(book: &Book) -> Said {
    let inputs = inputs(book);
    said(book, |assessment, at| {
        let (h, u) = (&book.holdings[at], &inputs[at]);
        let mut market = PreparedMarket::new(&UnderlyingInput { oi_share_e6: 0, ..*u })?;
        let mut expiries = vec![PreparedExpiry::zeroed(); h.market.expiries.len()];
        bytemuck::cast_slice_mut::<PreparedExpiry, u8>(&mut expiries).fill(0xa5);
        for (e, to) in h.market.expiries.iter().rev().zip(&mut expiries) {
            market.prepare_expiry((&book.exchange, u), e, (&[], to))?;
        }
        market.prepare(u)?;
        let order: Vec<u8> = (0..expiries.len() as u8).rev().collect();
        assessment.underlying_of((u, &market), (&expiries, &order), h.lines.iter().copied())
    })
}

fn bits(said: &Said) -> Result<(MarginReport, &[u8]), RiskError> {
    said.as_ref().map(|(report, states)| (*report, bytemuck::cast_slice(states))).map_err(|refusal| *refusal)
}

proptest! {
    #![proptest_config(cases(1_000))]

    /// Goal: a report and every underlying's state are the same to the bit, prepared or not. Method: books in any state.
    #[test]
    fn prepared_underlyings_say_the_same(book in any_book(BOTH)) {
        let (alone, whole, parts) = (alone(&book), prepared(&book), in_parts(&book));
        prop_assert!(alone.is_ok());
        prop_assert_eq!(bits(&whole), bits(&alone));
        prop_assert_eq!(bits(&parts), bits(&alone));
    }

    /// Goal: so they are where strikes and averages are far from the spot, and prices must take another scale; and what is
    /// refused is refused either way. Method: books at the ends of the domain, and beyond them.
    #[test]
    fn the_ends_of_the_domain_are_the_same(seed: u64) {
        let book = extreme_book(&mut Dice(seed));
        let (alone, whole, parts) = (alone(&book), prepared(&book), in_parts(&book));
        prop_assert_eq!(bits(&whole), bits(&alone));
        prop_assert_eq!(bits(&parts), bits(&alone));
        let garbage = garbage_book(&mut Dice(seed));
        let as_ever = self::alone(&garbage);
        let whole = prepared(&garbage);
        prop_assert_eq!(whole.is_ok(), as_ever.is_ok());
        if as_ever.is_ok() {
            prop_assert_eq!(bits(&whole), bits(&as_ever));
        }
    }
}

/// Goal: what was prepared for another rate or window is refused, and a place that no expiry has. Method: each.
#[test]
fn what_does_not_belong_together_is_refused() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let book = any_book(BOTH).new_tree(&mut runner).unwrap().current();
    let (x, u) = (&book.exchange, inputs(&book)[0]);
    let ready = PreparedUnderlying::new(x, &u, book.holdings[0].market.expiries.iter().copied()).unwrap();
    let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
    let lines = || book.holdings[0].lines.iter().copied();
    for other in [
        ExchangeInput { rate_e6: (x.rate_e6 + 1) % 500_000, ..*x },
        ExchangeInput { window_secs: x.window_secs ^ 1, ..*x },
    ] {
        let mut assessment = Assessment::begin(&mut scratch, &other).unwrap();
        let refusal = RiskError::Parameter("prepared.exchange");
        assert_eq!(assessment.prepared(&ready, 0, lines()), Err(refusal));
    }
    let market = PreparedMarket::new(&u).unwrap();
    let mut assessment = Assessment::begin(&mut scratch, x).unwrap();
    let none = core::iter::empty();
    assert_eq!(
        assessment.underlying_of((&u, &market), (&[PreparedExpiry::zeroed()], &[0, 1]), none),
        Err(RiskError::UnknownExpiry)
    );
}

//! Who takes a slice: the bound by which a taker is let through without a new valuation.

use crate::books::holdings::{two_books, BOTH};
use crate::books::markets::octaves_i64;
use crate::books::{cases, merge, Book, Holding};
use ballast_risk::liquidation::{discount_e9, slice, slice_price, take_amount, SliceTerms, WHOLE_E9};
use ballast_risk::slice_bound::{initial_excess_bound_e6, TakenSlice};
use ballast_risk::slice_cash::flows;
use ballast_risk::slice_check::{take_leg, Rounding};
use ballast_risk::{CollateralInput, LineInput, UnderlyingInput};
use proptest::prelude::*;

/// The book in markets where nobody holds a share of the open interest worth mentioning.
fn spread_out(book: &Book, cash_e6: i64) -> Book {
    let holding = |h: &Holding| {
        let mut h = h.clone();
        h.market.state = UnderlyingInput { oi_share_e6: 0, ..h.market.state };
        h
    };
    Book { holdings: book.holdings.iter().map(holding).collect(), cash_e6, ..book.clone() }
}

/// A taker, an owner with equity of a share of MM at mark, a fraction and seconds since the flag.
fn meeting() -> BoxedStrategy<(Book, Book, u64, i64)> {
    let cash = octaves_i64(1, 10_000_000_000_000);
    (two_books(BOTH), cash, -0.5f64..1.2, 1u64..=WHOLE_E9, 0i64..4_000)
        .prop_map(|((taker, owner, _), cash_e6, share, fraction, secs)| {
            let (taker, owner) = (spread_out(&taker, cash_e6), spread_out(&owner, 0));
            let r = owner.margin();
            let cash_e6 = (r.maintenance_e6 as f64 * share) as i64 - r.collateral_mark_e6 - r.options_e6;
            (taker, Book { cash_e6, ..owner }, fraction, secs)
        })
        .boxed()
}

proptest! {
    #![proptest_config(cases(1_000))]

    /// Goal: the bound of a taker's excess is never above what a full valuation finds. Method: random takers
    /// and owners of the same markets, any fraction at its price on either side of zero, the taker's book
    /// valued after it.
    #[test]
    fn the_bound_of_a_taker_is_a_bound((taker, owner, fraction_e9, secs) in meeting()) {
        let (before, owners) = (taker.margin(), owner.margin());
        let x = &owner.exchange;
        let terms = SliceTerms {
            discount_e9: discount_e9(secs),
            peg_e8: x.peg_e8,
            dust_equity_e6: x.dust_equity_e6,
            mm_factor_e6: x.mm_factor_e6,
            exit_buffer_e6: x.exit_buffer_e6,
        };
        let price = slice_price(&slice(&owners, &terms), fraction_e9);
        let cash_e6 = flows(owner.cash_e6, fraction_e9, &price).unwrap().taker_e6;
        let mut rounding = Rounding::default();
        let part = |h: &Holding, rounding: &mut Rounding| -> Vec<LineInput> {
            let leg = |qty, strike_e8, rounding: &mut Rounding| {
                rounding.add_leg(h.market.state.spot_e8, strike_e8);
                take_leg(qty, fraction_e9)
            };
            let mut take = |l: &LineInput| LineInput {
                calls_e6: leg(l.calls_e6, l.strike.price_e8, rounding),
                puts_e6: leg(l.puts_e6, l.strike.price_e8, rounding),
                ..*l
            };
            h.lines.iter().map(&mut take).collect()
        };
        let taken: Vec<Vec<LineInput>> = owner.holdings.iter().map(|h| part(h, &mut rounding)).collect();
        let coin = |c: &CollateralInput| CollateralInput { amount: take_amount(c.amount, fraction_e9), ..*c };
        owner.collateral.iter().for_each(|c| rounding.add_token(c.price_e8, c.decimals));
        let coins = owner.collateral.iter().map(coin).collect::<Vec<_>>();
        let after = Book {
            collateral: [taker.collateral.clone(), coins].concat(),
            cash_e6: taker.cash_e6 + cash_e6,
            ..taker.with_lines(|i, h| merge(&h.lines, &taken[i]))
        }
        .margin();
        let taken = TakenSlice {
            fraction_e9,
            cash_e6,
            rounding_e6: rounding.most_e6(before.gross_e6.saturating_add(owners.gross_e6)),
            peg_e8: x.peg_e8,
        };
        let bound = initial_excess_bound_e6(&before, &owners, &taken);
        let found = after.equity_initial_e6 - after.initial_e6;
        prop_assert!(bound <= found, "bound {bound}, found {found}: {taken:?} {before:?} {owners:?} {after:?}");
    }
}

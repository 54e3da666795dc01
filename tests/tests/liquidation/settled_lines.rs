//! Books with lines whose expiry has passed: they go with a slice like any other, priced or not.

use crate::{
    pit::{
        at,
        fall::{sold, WHOLE_E9},
        held,
    },
    scene::{emitted, DAY_SECS, UNIT_E6, USD_E6, USD_E8},
};
use ballast_harness::{
    world::{Kind, Surface},
    Verdict,
};

/// The strike of what expires early, 1e-8 quote.
const NEAR_E8: u64 = 115_000 * USD_E8;

/// Goal: where the last long and the last short of a settled expiry meet in a slice, what rounding left of it goes to the
/// fees: nobody is left to settle it. Method: an odd quantity at an odd price; two strangers settle, each a fraction of a unit
/// to the bad; the victim is short and the taker long the same, and the taker takes all.
#[test]
fn what_rounding_left_goes_to_the_fees() {
    let mut fall = sold();
    let (victim, house, taker) = (fall.victim.clone(), fall.house.clone(), fall.taker.clone());
    let near = fall.world.vm.now() + 3 * DAY_SECS;
    fall.world.list_expiry("BTC", near, Surface::FLAT, &[NEAR_E8]).expect("an expiry");
    let stranger = fall.world.funded("stranger", 50_000 * USD_E6).expect("a trader");
    let call = fall.world.leg("BTC", near, NEAR_E8, Kind::Call, 33_333);
    for (short, long) in [(&house, &stranger), (&victim, &taker)] {
        fall.world.trade_at_mark(short, long, &[call]).accepted();
    }
    // A thousand dollars and a hundred-millionth in the money: 33,333,000.00033 for 33,333 millionths.
    fall.world.live_to_settlement("BTC", near, |_| 116_000 * USD_E8 + 1).expect("a settlement");
    for (trader, payoff_e6) in [(&stranger, 33_333_000), (&house, -33_333_001)] {
        let outcome = fall.world.settle(trader).accepted();
        assert_eq!(emitted!(outcome, PortfolioSettled).payoff_e6, payoff_e6);
    }
    let slot = usize::from(fall.world.expiry_slot("BTC", near));
    let market = fall.world.market(0);
    assert_eq!((market.expiries[slot].escrow_e6, market.expiries[slot].open_lines), (1, 2));

    fall.rest_at(62_000 * USD_E8);
    fall.world.flag(&victim).accepted();
    let outcome = fall.take(WHOLE_E9).accepted();
    let event = emitted!(outcome, ResidueReleased);
    assert_eq!((event.market, event.expiry_ts, event.residue_e6), (0, near, 1));
    assert_eq!(emitted!(outcome, SliceLiquidated).lines, 3);
    let after = fall.world.market(0);
    assert_eq!(after.fees_e6, market.fees_e6 + 1);
    let expiry = after.expiries[slot];
    assert_eq!((expiry.escrow_e6, expiry.open_lines, expiry.open_interest_e6()), (0, 0, Some(0)));
    assert_eq!(held(&fall.world, &taker, near, NEAR_E8), (0, 0));
}

/// Goal: a line that has expired and has no price yet does not hold up a slice: it goes along, and pays its taker when there is
/// one. Method: a put that expires in the money while the market falls, a hundredth of the book taken before the settlement
/// price is recorded; then what taker and victim settle at.
#[test]
fn an_expired_line_goes_along_before_it_has_a_price() {
    let mut fall = sold();
    let (victim, house, taker) = (fall.victim.clone(), fall.house.clone(), fall.taker.clone());
    let near = fall.world.vm.now() + 3 * DAY_SECS;
    fall.world.list_expiry("BTC", near, Surface::FLAT, &[NEAR_E8]).expect("an expiry");
    let put = fall.world.leg("BTC", near, NEAR_E8, Kind::Put, -UNIT_E6 / 10);
    fall.world.trade_at_mark(&house, &victim, &[put]).accepted();
    at(&mut fall.world, near - 1);
    fall.world.refresh_prices();
    // A second later: the first price at the expiry is the one it is flagged at.
    fall.drop(20);
    fall.world.flag(&victim).accepted();
    let slot = usize::from(fall.world.expiry_slot("BTC", near));
    assert_eq!((fall.world.vm.now(), fall.world.market(0).expiries[slot].settled_e8), (near, 0));
    let outcome = fall.take(WHOLE_E9 / 100).accepted();
    let event = emitted!(outcome, SliceLiquidated);
    assert_eq!((event.fraction_e9, event.lines), (10_000_000, 3));
    assert_eq!(held(&fall.world, &taker, near, NEAR_E8), (0, -1_000));
    assert_eq!(held(&fall.world, &victim, near, NEAR_E8), (0, -99_000));

    fall.world.finalize("BTC", near).accepted();
    let settled_e8 = fall.world.market(0).expiries[slot].settled_e8;
    let under_e8 = NEAR_E8.checked_sub(settled_e8).expect("in the money").cast_signed();
    for (trader, qty_e6) in [(&taker, -1_000), (&victim, -99_000)] {
        let cash_e6 = fall.world.portfolio_of(trader).cash_e6;
        let payoff_e6 = (qty_e6 * under_e8).div_euclid(100_000_000);
        let outcome = fall.world.settle(trader).accepted();
        assert_eq!(emitted!(outcome, PortfolioSettled).payoff_e6, payoff_e6);
        assert_eq!(fall.world.portfolio_of(trader).cash_e6, cash_e6 + payoff_e6);
        assert_eq!(held(&fall.world, trader, near, NEAR_E8), (0, 0));
    }
}

//! What a trade may not leave: less than initial margin, or a debt, on either side.

use crate::{
    pit::{cash_e6, pit},
    scene::{Refuses, UNIT_E6, USD_E6, USD_E8},
};
use ballast::error::BallastError;
use ballast_harness::world::{Kind, Surface};

/// Goal: each side must have initial margin, and the refusal says which has not. Method: a put too large for the taker
/// sold to the maker, then by the maker's place.
#[test]
fn a_side_below_initial_margin_is_refused_by_name() {
    let mut pit = pit();
    let sold = pit.put(110, -20 * UNIT_E6);
    let rejected = pit.at_mark(&[sold]).refuses(BallastError::TakerInitialMargin);
    assert_eq!(rejected.account.as_deref(), Some("taker"));
    let (maker, taker) = (pit.maker.clone(), pit.taker.clone());
    let bought = pit.put(110, 20 * UNIT_E6);
    let rejected =
        pit.world.trade_at_mark(&taker, &maker, &[bought]).refuses(BallastError::MakerInitialMargin);
    assert_eq!(rejected.account.as_deref(), Some("maker"));
}

/// Goal: initial margin is the boundary to the unit of cash. Method: the largest premium the seller of a put can do
/// without, found by the engine; a millionth of a dollar less and the trade is refused.
#[test]
fn initial_margin_is_the_boundary_to_the_unit() {
    let mut pit = pit();
    let sold = pit.put(110, -2 * UNIT_E6);
    let excess_e6 = |pit: &crate::pit::Pit, premium_e6| {
        let (mut snapshot, mut taker) = (pit.world.snapshot(), pit.world.portfolio_of(&pit.taker));
        snapshot.fill(&mut taker, &[sold], premium_e6).expect("a fill");
        snapshot.margin(&taker).expect("a report").excess_initial_e6
    };
    // The taker pays to sell: every unit of premium is a unit less of excess.
    let most_e6 = excess_e6(&pit, 0);
    assert!(most_e6 > 0 && excess_e6(&pit, most_e6) == 0);
    pit.fill(&[sold], most_e6 + 1).refuses(BallastError::TakerInitialMargin);
    pit.fill(&[sold], most_e6).expect("exactly initial margin");
    assert_eq!(pit.world.margin(&pit.taker).expect("a report").excess_initial_e6, 0);
}

/// Goal: whoever pays must have the cash, whatever else they have. Method: collateral worth ten times the premium and
/// not a dollar of cash, on either side; then cash to the unit, and one less.
#[test]
fn a_debt_is_refused_by_name() {
    let mut pit = pit();
    let rich = pit.world.funded("rich", 0).expect("a trader");
    pit.world.fund(&rich, "SOL", 500_000_000_000).expect("collateral");
    let maker = pit.maker.clone();
    let call = pit.call(120, UNIT_E6);
    let rejected = pit.world.trade_at_mark(&maker, &rich, &[call]).refuses(BallastError::CashBelowZero);
    assert_eq!(rejected.account.as_deref(), Some("taker"));
    let given = pit.call(120, -UNIT_E6);
    let rejected = pit.world.trade_at_mark(&rich, &maker, &[given]).refuses(BallastError::CashBelowZero);
    assert_eq!(rejected.account.as_deref(), Some("maker"));

    let fee_e6 = pit.world.snapshot().leg_fee_e6(&call).expect("a fee");
    let premium_e6 = 3_000_000_000;
    pit.world.fund(&rich, "USDC", u64::try_from(premium_e6 + fee_e6 - 1).expect("cash")).expect("cash");
    pit.world.trade(&maker, &rich, &[call], premium_e6).refuses(BallastError::CashBelowZero);
    pit.world.fund(&rich, "USDC", 1).expect("cash");
    pit.world.trade(&maker, &rich, &[call], premium_e6).expect("cash to the unit");
    assert_eq!(cash_e6(&pit.world, &rich), 0);
}

/// Goal: an unrealised gain is no cash. Method: an option bought for little that is worth much pays for nothing else.
#[test]
fn an_unrealised_gain_pays_for_nothing() {
    let mut pit = pit();
    let small = pit.world.funded("small", 5_000 * USD_E6).expect("a trader");
    let maker = pit.maker.clone();
    let call = pit.call(120, UNIT_E6);
    pit.world.trade(&maker, &small, &[call], 4_900_000_000).expect("a call for nearly all there is");
    pit.world.vm.advance(1);
    pit.world.refresh_prices();
    pit.world.set_price("BTC", 135_000 * USD_E8);
    let report = pit.world.margin(&small).expect("a report");
    assert!(report.equity_mark_e6 > 10_000_000_000 && report.excess_initial_e6 > 0, "{report:?}");
    let more = pit.call(150, UNIT_E6);
    pit.world.trade_at_mark(&maker, &small, &[more]).refuses(BallastError::CashBelowZero);
}

/// Goal: a trade that reduces one risk and adds another needs initial margin. Method: at the limit, buy back a put and
/// sell a call of the same worth in one trade.
#[test]
fn swapping_risks_needs_initial_margin() {
    let mut fall = crate::pit::fall::sold();
    fall.drop_short_of_it();
    let (house, victim) = (fall.house.clone(), fall.victim.clone());
    let leg = |kind, strike: u64, qty_e6| fall.world.leg("BTC", fall.expiry, strike * USD_E8, kind, qty_e6);
    let legs = [leg(Kind::Put, 100_000, 1_000), leg(Kind::Put, 90_000, -8 * UNIT_E6)];
    fall.world.trade_at_mark(&house, &victim, &legs).refuses(BallastError::TakerInitialMargin);
}

/// Goal: nobody who is below initial margin elsewhere opens anything here. Method: the strangle's seller after a fall
/// buys an ETH call.
#[test]
fn below_initial_margin_nothing_new_is_opened() {
    let mut fall = crate::pit::fall::sold();
    fall.world.list_expiry("ETH", fall.expiry, Surface::FLAT, &[4_000 * USD_E8]).expect("an expiry");
    fall.drop_short_of_it();
    let call = fall.world.leg("ETH", fall.expiry, 4_000 * USD_E8, Kind::Call, UNIT_E6);
    let (house, victim) = (fall.house.clone(), fall.victim.clone());
    fall.world.trade_at_mark(&house, &victim, &[call]).refuses(BallastError::TakerInitialMargin);
}

//! A sale never takes a portfolio further under maintenance margin than it was.

use crate::{
    scene::{Refuses, DAY_SECS, SOL, UNIT_E6, USD_E6, USD_E8},
    Debt,
};
use ballast::error::BallastError;
use ballast_harness::{
    world::{CollateralSpec, Kind, MarketSpec, Surface, TEN_TENTEN},
    Verdict, World,
};

/// A writer in debt whose SOL also hedges calls that live on: 20 calls settled at 450, and 40 of the same strike due three
/// weeks later, written against so many SOL. SOL counts for nine tenths, so that a token hedges more than it counts for.
fn hedging(tokens: u64) -> Debt {
    let mut world = World::exchange_only(TEN_TENTEN).expect("an exchange");
    world.add_market(&MarketSpec::sol()).expect("a market");
    let lean = CollateralSpec { haircut_e6: 100_000, ..CollateralSpec::sol() };
    world.add_collateral(&lean).expect("collateral");
    let (soon, later) = (world.vm.now() + 7 * DAY_SECS, world.vm.now() + 28 * DAY_SECS);
    for expiry in [soon, later] {
        world.list_expiry("SOL", expiry, Surface::default(), &[220 * USD_E8]).expect("an expiry");
    }
    let writer = world.funded("writer", 10 * USD_E6).expect("a writer");
    world.fund(&writer, "SOL", tokens * SOL).expect("collateral");
    let holder = world.funded("holder", 50_000 * USD_E6).expect("a holder");
    let buyer = world.funded("buyer", 0).expect("a buyer");
    world.give(&buyer, "USDC", 100_000 * USD_E6).expect("dollars");
    world.give(&buyer, "SOL", 0).expect("an account");
    for (expiry, calls) in [(soon, 20), (later, 40)] {
        let call = world.leg("SOL", expiry, 220 * USD_E8, Kind::Call, calls * UNIT_E6);
        world.trade_at_mark(&writer, &holder, &[call]).expect("a trade");
    }
    world.live_to_settlement("SOL", soon, |_| 450 * USD_E8).expect("a settlement");
    world.settle(&writer).expect("a debt");
    let since = world.vm.now();
    Debt { world, writer, buyer, since }
}

/// Goal: collateral that hedges more than it counts for is not sold under maintenance margin. Method: fewer SOL
/// than calls, so that each token sold uncovers more; with SOL enough the same sale stands.
#[test]
fn a_sale_that_uncovers_what_it_hedged_is_refused() {
    let mut debt = hedging(31);
    assert!(debt.world.margin(&debt.writer).expect("a report").excess_maintenance_e6 < 0);
    let (writer, buyer) = (debt.writer.clone(), debt.buyer.clone());
    debt.world.convert(&writer, &buyer, "SOL", u64::MAX).refuses(BallastError::ConvertWorsens);
    debt.world.convert(&writer, &buyer, "SOL", USD_E6).refuses(BallastError::ConvertWorsens);
    let mut debt = hedging(60);
    assert!(debt.world.margin(&debt.writer).expect("a report").excess_maintenance_e6 >= 0);
    debt.convert(u64::MAX).accepted();
}

/// Goal: who is above maintenance margin is not sold below it, and may be sold from as long as they stay. Method: SOL and
/// dollars enough for a part of the debt: all of it is refused, a little of it is accepted though it lessens the excess.
#[test]
fn a_sale_does_not_cross_maintenance_margin() {
    let mut debt = hedging(34);
    debt.world.fund(&debt.writer, "USDC", 200 * USD_E6).expect("dollars");
    let excess_e6 = |debt: &Debt| debt.world.margin(&debt.writer).expect("a report").excess_maintenance_e6;
    let before_e6 = excess_e6(&debt);
    assert!(before_e6 >= 0, "{before_e6}");
    debt.convert(u64::MAX).refuses(BallastError::ConvertWorsens);
    debt.convert(100 * USD_E6).accepted();
    assert!((0..before_e6).contains(&excess_e6(&debt)), "{} of {before_e6}", excess_e6(&debt));
}

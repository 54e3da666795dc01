//! A shortfall shared over several markets: the fees of each, the settlements of each, the debts of others.

use crate::{
    broke_at, owed_e6,
    scene::{emitted, Refuses, DAY_SECS, SOL, UNIT_E6, USD_E8},
    Broke,
};
use ballast::error::BallastError;
use ballast_harness::{
    world::{Kind, Surface},
    Trader, Verdict, World,
};

/// The second and third market with a strike at the money, in dollars.
const OTHERS: [(&str, u64); 2] = [("ETH", 4_000), ("SOL", 210)];

/// `buyer` buys calls of `seller` that are due in two days; returns their expiry.
fn sold(world: &mut World, (symbol, strike): (&str, u64), calls: i64, [seller, buyer]: [&Trader; 2]) -> i64 {
    let expiry = world.vm.now() + 2 * DAY_SECS;
    world.list_expiry(symbol, expiry, Surface::FLAT, &[strike * USD_E8]).expect("an expiry");
    world.wait(0).expect("feeds speak");
    let call = world.leg(symbol, expiry, strike * USD_E8, Kind::Call, calls * UNIT_E6);
    world.trade_at_mark(seller, buyer, &[call]).expect("a trade");
    expiry
}

/// Fees of every market, 1e-6 quote.
fn fees_e6(world: &World) -> [i64; 3] {
    [0, 1, 2].map(|id| world.market(id).fees_e6)
}

/// Goal: the fees of all markets pay before anybody. Method: trades in each of three; what each had, has and is told.
#[test]
fn the_fees_of_every_market_pay_first() {
    let mut broke = broke_at(200, true);
    let debt_e6 = owed_e6(&broke);
    let [rich, poor] = broke.bystanders.clone();
    for market in OTHERS {
        sold(&mut broke.world, market, 5, [&rich, &poor]);
    }
    broke.world.resolve(&broke.loser).accepted();
    let fees = fees_e6(&broke.world);
    assert!(fees.iter().all(|fees| *fees > 0), "{fees:?}");
    let all_e6: i64 = fees.iter().sum();
    let outcome = broke.world.socialise().accepted();
    let event = emitted!(outcome, ShortfallSocialised);
    assert_eq!((event.fees_e6, event.insurance_paid_e6), (all_e6, all_e6));
    assert_eq!((event.shortfall_before_e6, event.borne_e6), (debt_e6, debt_e6 - all_e6));
    assert_eq!(fees_e6(&broke.world), [0; 3]);
    assert_eq!(broke.world.exchange().insurance_e6, 0);
}

/// Goal: winners of every market are settled first, not of the first alone. Method: a settled line of the second market,
/// then of the third, whose holder waits; settled.
#[test]
fn winners_of_every_market_are_settled_first() {
    for market in OTHERS {
        let mut broke = broke_at(200, true);
        let [rich, poor] = broke.bystanders.clone();
        let expiry = sold(&mut broke.world, market, 5, [&rich, &poor]);
        broke.world.live_to_settlement(market.0, expiry, |_| 2 * market.1 * USD_E8).expect("a settlement");
        broke.world.settle(&rich).accepted();
        broke.world.resolve(&broke.loser).accepted();
        broke.world.socialise().refuses(BallastError::SettlementsOpen);
        broke.world.settle(&poor).accepted();
        broke.world.socialise().accepted();
    }
}

/// Goal: what another debtor owes is neither cash to share nor part of the loss, and does not change by it. Method: a second
/// debtor with SOL left, who cannot be resolved yet, while the first's loss is shared.
#[test]
fn another_debt_stays_what_it_is() {
    let Broke { mut world, loser, winner, bystanders: [rich, poor] } = broke_at(200, true);
    let expiry = sold(&mut world, OTHERS[0], -40, [&rich, &poor]);
    world.live_to_settlement("ETH", expiry, |_| 12_000 * USD_E8).expect("a settlement");
    for trader in [&poor, &rich] {
        world.settle(trader).accepted();
    }
    world.fund(&poor, "SOL", SOL).accepted();
    let debtor = world.portfolio_of(&poor);
    assert!(debtor.cash_e6 < -10_000_000_000 && debtor.debt_since > 0, "{}", debtor.cash_e6);
    world.resolve(&loser).accepted();
    world.resolve(&poor).refuses(BallastError::AssetsLeft);
    let positive_e6: i64 = [&winner, &rich].iter().map(|trader| world.cash_of(trader)).sum();
    let outcome = world.socialise().accepted();
    let event = emitted!(outcome, ShortfallSocialised);
    assert_eq!(event.cash_e6, positive_e6, "the debt is not in it");
    let after = world.portfolio_of(&poor);
    assert_eq!((after.cash_e6, after.debt_since), (debtor.cash_e6, debtor.debt_since));
    assert_eq!(world.cash_of(&poor), debtor.cash_e6);
    world.collect(&poor).refuses(BallastError::NoLossDue);
    assert_eq!(world.portfolio_of(&poor).cash_e6, debtor.cash_e6);
}

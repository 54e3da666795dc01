//! What everybody bears of a shared loss is collected where a balance is next moved, before anything else counts.

use crate::{
    pit::fall::{sold, strangle, Fall},
    scene::{emitted, listed, Refuses, UNIT_E6, USD_E6, USD_E8},
};
use ballast::error::BallastError;
use ballast_harness::{
    world::{Kind, Surface},
    Trader, Verdict, World,
};
use ballast_sdk::event::Event;

/// Goal: whatever moves a balance collects its part first, wherever it is kept, and the report is of what is left. Method:
/// deposit, withdraw, trade on both sides, a margin check, each of a balance not touched since the loss.
#[test]
fn whatever_moves_cash_collects_first() {
    let (mut world, expiry) = listed();
    let house = world.funded("house", 2_000_000 * USD_E6).expect("a buyer");
    let names = ["depositor", "withdrawer", "maker", "taker", "checked"];
    let traders: Vec<Trader> =
        names.iter().map(|name| world.funded(name, 100_000 * USD_E6).expect("a trader")).collect();
    let legs = strangle(&world, expiry, -UNIT_E6 / 10);
    world.trade_at_mark(&house, &traders[4], &legs).accepted();
    lose_a_tenth(&mut world);
    let worth: Vec<i64> = traders.iter().map(|trader| world.cash_of(trader)).collect();
    for (trader, worth_e6) in traders.iter().zip(&worth) {
        assert!(world.portfolio_of(trader).cash_e6 > *worth_e6 + 5_000_000_000);
        world.give(trader, "USDC", USD_E6).accepted();
    }
    let collected = |outcome: &ballast_harness::Outcome| emitted!(outcome, LossCollected).collected_e6;
    let outcome = world.deposit(&traders[0], "USDC", 1_000_000).accepted();
    assert_eq!(collected(&outcome) + worth[0], 100_000_000_000);
    assert_eq!(world.portfolio_of(&traders[0]).cash_e6, worth[0] + 1_000_000);
    world
        .withdraw(&traders[1], "USDC", worth[1].unsigned_abs() + 1)
        .refuses(BallastError::InsufficientBalance);
    world.withdraw(&traders[1], "USDC", 1_000_000).accepted();
    assert_eq!(world.portfolio_of(&traders[1]).cash_e6, worth[1] - 1_000_000);
    let call = world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, UNIT_E6 / 100);
    let fee_e6 = world.snapshot().leg_fee_e6(&call).expect("a fee");
    let outcome = world.trade(&traders[2], &traders[3], &[call], 20_000_000).accepted();
    assert_eq!(outcome.events.iter().filter(|event| event.name() == "LossCollected").count(), 2);
    assert_eq!(world.portfolio_of(&traders[2]).cash_e6, worth[2] + 20_000_000 - fee_e6);
    assert_eq!(world.portfolio_of(&traders[3]).cash_e6, worth[3] - 20_000_000 - fee_e6);
    assert!(world.market(0).ledger.uncollected_e6 < 0, "kept in the market");
    world.check_margin(&traders[4]).accepted();
    assert_eq!(world.portfolio_of(&traders[4]).report.cash_e6, worth[4], "margin counts what it is worth");
}

/// Goal: a slice collects from both its sides, a settlement from its holder, before they count. Method: a victim, a taker and
/// the house, none touched since the loss.
#[test]
fn slices_and_settlements_collect_first() {
    let mut fall = sold();
    let near = fall.world.vm.now() + 3 * 86_400;
    fall.world.list_expiry("BTC", near, Surface::FLAT, &[115_000 * USD_E8]).expect("an expiry");
    let holder = fall.world.funded("long", 50_000 * USD_E6).expect("a trader");
    let call = fall.world.leg("BTC", near, 115_000 * USD_E8, Kind::Call, UNIT_E6 / 10);
    fall.world.trade_at_mark(&fall.house, &holder, &[call]).accepted();
    lose_a_tenth(&mut fall.world);
    let due =
        |fall: &Fall, trader: &Trader| fall.world.portfolio_of(trader).cash_e6 - fall.world.cash_of(trader);
    let collected = |outcome: &ballast_harness::Outcome| -> Vec<_> {
        let of = |event: &Event| match event {
            Event::LossCollected(event) => Some((event.portfolio, event.collected_e6)),
            _ => None,
        };
        outcome.events.iter().filter_map(of).collect()
    };
    let (victim, taker) = (fall.victim.clone(), fall.taker.clone());
    fall.rest_at(112_000 * USD_E8);
    fall.drop(5);
    fall.world.flag(&victim).accepted();
    let owed = [&victim, &taker].map(|trader| (trader.portfolio(), due(&fall, trader)));
    assert!(owed.iter().all(|(_, due)| *due > 1_000_000_000), "{owed:?}");
    let plan = fall.plan();
    let outcome = fall.take(10_000_000).accepted();
    assert_eq!(collected(&outcome), owed);
    assert_eq!(emitted!(outcome, SliceLiquidated).book_price_e6, plan.pay_e6, "priced by what is left");
    let owed = due(&fall, &holder);
    let worth_e6 = fall.world.cash_of(&holder);
    fall.world.live_to_settlement("BTC", near, |_| 125_000 * USD_E8).expect("a settlement");
    let outcome = fall.world.settle(&holder).accepted();
    assert_eq!(collected(&outcome), [(holder.portfolio(), owed)]);
    assert_eq!(fall.world.portfolio_of(&holder).cash_e6, worth_e6 + 1_000_000_000);
}

/// A debt of about a tenth of all cash, out of ETH options between two of its own, resolved and shared.
fn lose_a_tenth(world: &mut World) {
    let expiry = world.vm.now() + 2 * 86_400;
    world.list_expiry("ETH", expiry, Surface::FLAT, &[4_000 * USD_E8]).expect("an expiry");
    let writer = world.funded("writer", 200_000 * USD_E6).expect("a writer");
    let holder = world.funded("holder", 500_000 * USD_E6).expect("a holder");
    let call = world.leg("ETH", expiry, 4_000 * USD_E8, Kind::Call, 100 * UNIT_E6);
    world.trade_at_mark(&writer, &holder, &[call]).accepted();
    world.live_to_settlement("ETH", expiry, |_| 9_500 * USD_E8).expect("a settlement");
    for trader in [&writer, &holder] {
        world.settle(trader).accepted();
    }
    world.resolve(&writer).accepted();
    world.socialise().accepted();
    let index = world.exchange().cash_index_e12;
    assert!((800_000_000_000..950_000_000_000).contains(&index), "{index}");
}

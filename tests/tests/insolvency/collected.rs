//! What everybody bears of a shared loss is collected where a balance is next moved, before anything else counts.

use crate::{
    pit::fall::{sold, strangle},
    scene::{emitted, listed, Refuses, UNIT_E6, USD_E6, USD_E8},
};
use anchor_lang::prelude::Pubkey;
use ballast::{error::BallastError, instructions::LegWanted};
use ballast_harness::{
    world::{Kind, Surface},
    Outcome, Trader, Verdict, World,
};
use ballast_sdk::event::Event;

/// What a trader has to bear of losses shared since the cash was last written, 1e-6 quote.
fn due_e6(world: &World, trader: &Trader) -> i64 {
    world.portfolio_of(trader).cash_e6 - world.cash_of(trader)
}

/// Whose losses a transaction collected, in order, and how much of each, 1e-6 quote.
fn collected(outcome: &Outcome) -> Vec<(Pubkey, i64)> {
    let of = |event: &Event| match event {
        Event::LossCollected(event) => Some((event.portfolio, event.collected_e6)),
        _ => None,
    };
    outcome.events.iter().filter_map(of).collect()
}

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
    let outcome = world.deposit(&traders[0], "USDC", 1_000_000).accepted();
    assert_eq!(emitted!(outcome, LossCollected).collected_e6 + worth[0], 100_000_000_000);
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
    let (victim, taker) = (fall.victim.clone(), fall.taker.clone());
    fall.rest_at(112_000 * USD_E8);
    fall.drop(5);
    fall.world.flag(&victim).accepted();
    let owed = [&victim, &taker].map(|trader| (trader.portfolio(), due_e6(&fall.world, trader)));
    assert!(owed.iter().all(|(_, due)| *due > 1_000_000_000), "{owed:?}");
    let plan = fall.plan();
    let outcome = fall.take(10_000_000).accepted();
    assert_eq!(collected(&outcome), owed);
    assert_eq!(emitted!(outcome, SliceLiquidated).book_price_e6, plan.pay_e6, "priced by what is left");
    let owed = due_e6(&fall.world, &holder);
    let worth_e6 = fall.world.cash_of(&holder);
    fall.world.live_to_settlement("BTC", near, |_| 125_000 * USD_E8).expect("a settlement");
    let outcome = fall.world.settle(&holder).accepted();
    assert_eq!(collected(&outcome), [(holder.portfolio(), owed)]);
    assert_eq!(fall.world.portfolio_of(&holder).cash_e6, worth_e6 + 1_000_000_000);
}

/// Goal: legs collect from both their sides before they count, as slices do. Method: a victim and a taker, neither touched
/// since the loss, and a part of the dear put; what both have against what theirs was worth.
#[test]
fn legs_collect_first() {
    let mut fall = sold();
    lose_a_tenth(&mut fall.world);
    let (victim, taker) = (fall.victim.clone(), fall.taker.clone());
    fall.rest_at(112_000 * USD_E8);
    fall.drop(20);
    fall.world.flag(&victim).accepted();
    let owed = [&victim, &taker].map(|trader| (trader.portfolio(), due_e6(&fall.world, trader)));
    assert!(owed.iter().all(|(_, due)| *due > 1_000_000_000), "{owed:?}");
    let worth = [&victim, &taker].map(|trader| fall.world.cash_of(trader));
    let before = fall.world.margin(&victim).expect("a report").excess_maintenance_e6;
    let put = strangle(&fall.world, fall.expiry, 1)[0];
    let wanted = LegWanted {
        market: put.market,
        expiry_slot: put.expiry_slot,
        strike_slot: put.strike_slot,
        is_put: true,
        qty_max_e6: 10_000,
    };
    let outcome = fall.world.take_legs(&victim, &taker, &[wanted]).accepted();
    assert_eq!(collected(&outcome), owed);
    let event = emitted!(outcome, LegsLiquidated);
    assert_eq!(event.excess_maintenance_before_e6, before, "margin of what is left");
    let leg = event.legs[0];
    let moved_e6 = leg.value_e6 - leg.penalty_e6;
    assert_eq!(fall.cash()[0], worth[0] + moved_e6);
    assert_eq!(fall.cash()[1], worth[1] - moved_e6 - leg.contribution_e6);
}

/// Goal: a flag goes by what cash is worth, not by what was last written. Method: a dollar under the price at which the
/// victim is under maintenance margin at its worth: at the cash as written it would be healthy.
#[test]
fn a_flag_counts_what_cash_is_worth() {
    let mut fall = sold();
    lose_a_tenth(&mut fall.world);
    let victim = fall.victim.clone();
    fall.rest_at(112_000 * USD_E8);
    fall.drop(0);
    let worth_e6 = fall.world.cash_of(&victim);
    let mut written = fall.world.portfolio_of(&victim);
    let index = fall.world.exchange().cash_index();
    (written.cash_index_e12, written.cash_generation) = (index.index_e12, index.generation);
    let healthy = fall.world.snapshot().margin(&written).expect("a report");
    assert!(healthy.cash_e6 > worth_e6 + 1_000_000_000 && healthy.excess_maintenance_e6 > 0, "{healthy:?}");
    fall.world.flag(&victim).accepted();
    let flagged = fall.world.portfolio_of(&victim);
    assert!(flagged.is_frozen() && flagged.report.excess_maintenance_e6 < 0);
    assert_eq!(flagged.report.cash_e6, worth_e6);
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

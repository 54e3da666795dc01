//! What a fill moves: lines, premium, fees, open interest, records.

use crate::{
    pit::{cash_e6, ceil, held, pit},
    scene::{emitted, UNIT_E6, USD_E6, USD_E8},
};
use ballast::{
    events::MarginAfter,
    instructions::{Leg, LEGS_MAX},
};
use ballast_harness::{
    world::{Kind, Surface},
    Verdict, World,
};

/// Fee of a leg by the rule in words: three basis points of the notional, at most an eighth of the mark; 1e-6 quote.
fn fee_by_hand_e6(world: &World, leg: &Leg) -> i64 {
    let spot_e8 = i128::from(world.update("BTC").price);
    let mark = world.snapshot().mark_e8(leg.market, leg.expiry_slot, leg.strike_slot, leg.is_put);
    let mark_e8 = i128::from(mark.expect("a mark"));
    let qty_e6 = i128::from(leg.qty_e6.unsigned_abs());
    // 1e-6 unit · 1e-8 quote · 1e-4 of it, in 1e-6 quote; and 1e-6 · 1e-8 · an eighth.
    ceil(qty_e6 * spot_e8 * 3, 1_000_000_000_000).min(ceil(qty_e6 * mark_e8, 800_000_000))
}

/// Goal: a trade moves lines, premium and fees to the unit, and says so. Method: three legs in two markets with odd
/// quantities and an odd premium; every balance, book and event against what it was.
#[test]
fn a_trade_moves_everything_to_the_unit() {
    let mut pit = pit();
    pit.world.list_expiry("ETH", pit.expiry, Surface::FLAT, &[4_000 * USD_E8]).expect("an expiry");
    let eth = pit.world.leg("ETH", pit.expiry, 4_000 * USD_E8, Kind::Call, 3_000_007);
    let legs = [pit.call(120, 2_500_000), eth, pit.put(100, -1_000_001)];
    let (snapshot, premium_e6) = (pit.world.snapshot(), 12_345_678_901);
    let fee = |leg: &Leg| snapshot.leg_fee_e6(leg).expect("a fee");
    let fees: Vec<i64> = legs.iter().map(fee).collect();
    let fees_e6: i64 = fees.iter().sum();
    let (maker, taker) = (pit.maker.clone(), pit.taker.clone());
    let before = [&maker, &taker].map(|side| pit.world.portfolio_of(side));

    let outcome = pit.fill(&legs, premium_e6).accepted();
    let world = &pit.world;
    let after = [&maker, &taker].map(|side| world.portfolio_of(side));
    assert_eq!(after[0].cash_e6, before[0].cash_e6 + premium_e6 - fees_e6);
    assert_eq!(after[1].cash_e6, before[1].cash_e6 - premium_e6 - fees_e6);
    assert_eq!(held(world, &taker, pit.expiry, 120_000 * USD_E8), (2_500_000, 0));
    assert_eq!(held(world, &maker, pit.expiry, 120_000 * USD_E8), (-2_500_000, 0));
    assert_eq!(held(world, &taker, pit.expiry, 100_000 * USD_E8), (0, -1_000_001));
    assert_eq!(held(world, &maker, pit.expiry, 100_000 * USD_E8), (0, 1_000_001));
    assert_eq!(after.each_ref().map(|side| side.line_count), [3, 3]);
    let (btc, eth) = (world.market(0), world.market(1));
    assert_eq!((btc.fees_e6, eth.fees_e6), (2 * (fees[0] + fees[2]), 2 * fees[1]));
    assert_eq!((btc.open_interest_e6, eth.open_interest_e6), (3_500_001, 3_000_007));
    assert_eq!((btc.expiries[0].open_lines, eth.expiries[0].open_lines), (4, 2));

    let event = emitted!(outcome, Traded);
    assert_eq!((event.maker, event.taker), (maker.portfolio(), taker.portfolio()));
    assert_eq!((event.premium_e6, event.fees_e6), (premium_e6, fees_e6));
    let sides = [event.maker_margin, event.taker_margin];
    for (((was, is), trader), margin) in before.iter().zip(&after).zip([&maker, &taker]).zip(sides) {
        let report = world.margin(trader).expect("a report");
        assert_eq!((is.sequence, is.report_time), (was.sequence + 1, world.vm.now()));
        assert_eq!((is.report.engine(), margin), (&report, MarginAfter::from(&report)));
    }
    let series = |leg: &Leg| (leg.market, leg.is_put, leg.qty_e6);
    let filled: Vec<_> = event.legs.iter().map(|leg| (leg.market, leg.is_put, leg.qty_e6)).collect();
    assert_eq!(filled, legs.iter().map(series).collect::<Vec<_>>());
    for ((filled, leg), fee_e6) in event.legs.iter().zip(&legs).zip(&fees) {
        let mark_e8 = snapshot.mark_e8(leg.market, leg.expiry_slot, leg.strike_slot, leg.is_put);
        assert_eq!((filled.fee_e6, filled.mark_e8), (*fee_e6, mark_e8.expect("a mark")));
        assert_eq!(i64::from(filled.expiry_ts), pit.expiry);
    }
    assert_eq!([0, 1, 2].map(|at| event.legs[at].strike_e8 / USD_E8), [120_000, 4_000, 100_000]);
}

/// Goal: the fee is three basis points of the notional, and an eighth of the premium where the option is worth little.
/// Method: a leg near the money and one far from it, either way round, against the rule by hand.
#[test]
fn a_fee_is_a_share_of_the_notional_and_at_most_an_eighth_of_the_premium() {
    let mut pit = pit();
    let soon = pit.world.vm.now() + 7 * 86_400;
    pit.world.list_expiry("BTC", soon, Surface::FLAT, &[116_000 * USD_E8, 130_000 * USD_E8]).expect("listed");
    let near = pit.world.leg("BTC", soon, 116_000 * USD_E8, Kind::Put, 1_234_567);
    let far = pit.world.leg("BTC", soon, 130_000 * USD_E8, Kind::Call, -1_234_567);
    let spot_share_e6 = ceil(1_234_567 * i128::from(pit.world.update("BTC").price) * 3, 1_000_000_000_000);
    let fees = [near, far].map(|leg| fee_by_hand_e6(&pit.world, &leg));
    assert_eq!(fees[0], spot_share_e6, "near the money the notional counts");
    assert!(fees[1] > 0 && fees[1] < spot_share_e6, "far from it the premium does: {}", fees[1]);
    let outcome = pit.at_mark(&[near, far]).accepted();
    let event = emitted!(outcome, Traded);
    assert_eq!([event.legs[0].fee_e6, event.legs[1].fee_e6], fees);
    assert_eq!(event.fees_e6, fees[0] + fees[1]);
}

/// Goal: the smallest trade pays a fee too. Method: a millionth of a unit.
#[test]
fn a_millionth_of_a_unit_pays_a_fee() {
    let mut pit = pit();
    let leg = pit.call(120, 1);
    let outcome = pit.fill(&[leg], 0).accepted();
    assert_eq!(emitted!(outcome, Traded).fees_e6, fee_by_hand_e6(&pit.world, &leg));
    assert!(emitted!(outcome, Traded).fees_e6 > 0);
}

/// Goal: twelve legs are one trade. Method: six strikes, calls one way and puts the other.
#[test]
fn twelve_legs_fill_at_once() {
    let mut pit = pit();
    let strikes = [90, 100, 110, 120, 130, 140];
    let legs: Vec<Leg> =
        strikes.iter().flat_map(|strike| [pit.call(*strike, 100_000), pit.put(*strike, -100_000)]).collect();
    assert_eq!(legs.len(), LEGS_MAX);
    let outcome = pit.at_mark(&legs).accepted();
    assert_eq!(emitted!(outcome, Traded).legs.len(), LEGS_MAX);
    assert_eq!(pit.world.portfolio_of(&pit.taker).line_count, 6);
    for strike in strikes {
        let line = held(&pit.world, &pit.taker, pit.expiry, strike * 1_000 * USD_E8);
        assert_eq!(line, (100_000, -100_000));
    }
}

/// Goal: a premium below zero is the maker's to pay. Method: the taker sells a put.
#[test]
fn a_premium_below_zero_pays_the_taker() {
    let mut pit = pit();
    let before = [&pit.maker, &pit.taker].map(|side| cash_e6(&pit.world, side));
    let sold = pit.put(100, -500_000);
    let fee_e6 = pit.world.snapshot().leg_fee_e6(&sold).expect("a fee");
    pit.fill(&[sold], -700_000_000).accepted();
    let after = [&pit.maker, &pit.taker].map(|side| cash_e6(&pit.world, side));
    assert_eq!(after, [before[0] - 700_000_000 - fee_e6, before[1] + 700_000_000 - fee_e6]);
}

/// Goal: lines change size and sign, and go when nothing is left. Method: buy two, sell three, buy one back.
#[test]
fn lines_turn_and_close() {
    let mut pit = pit();
    let strike_e8 = 120_000 * USD_E8;
    for (bought, left, open) in [(2, 2, 2), (-3, -1, 1), (1, 0, 0)] {
        let leg = pit.call(120, bought * UNIT_E6);
        pit.at_mark(&[leg]).accepted();
        let (taken, made) = (
            held(&pit.world, &pit.taker, pit.expiry, strike_e8),
            held(&pit.world, &pit.maker, pit.expiry, strike_e8),
        );
        assert_eq!((taken.0, made.0), (left * UNIT_E6, -left * UNIT_E6));
        let market = pit.world.market(0);
        assert_eq!(market.open_interest_e6, open * UNIT_E6);
        assert_eq!(market.expiries[0].open_lines, if left == 0 { 0 } else { 2 });
    }
    assert_eq!(pit.world.portfolio_of(&pit.taker).line_count, 0);
}

/// Goal: a trade keeps the publish time of the price it used, so that no older one is used later. Method: a newer price.
#[test]
fn a_trade_keeps_the_time_of_its_price() {
    let mut pit = pit();
    pit.world.vm.advance(5);
    pit.world.refresh_prices();
    pit.world.vm.advance(10);
    let published = pit.world.vm.now() - 10;
    let leg = pit.call(120, UNIT_E6);
    pit.at_mark(&[leg]).accepted();
    assert_eq!(pit.world.market(0).last_publish_time, published);
}

/// Goal: what both sides paid in fees is what insurance receives, to the unit. Method: trade, sweep.
#[test]
fn fees_become_insurance() {
    let mut pit = pit();
    let leg = pit.call(120, 3 * UNIT_E6);
    let fees_e6 = emitted!(pit.at_mark(&[leg]).accepted(), Traded).fees_e6;
    let swept = pit.world.sweep_fees("BTC").accepted();
    let event = emitted!(swept, FeesSwept);
    assert_eq!((event.fees_e6, event.insurance_e6), (2 * fees_e6, 2 * fees_e6));
    assert_eq!((pit.world.market(0).fees_e6, pit.world.exchange().insurance_e6), (0, 2 * fees_e6));
}

/// Goal: two portfolios of one owner may trade with each other. Method: the owner's second portfolio is the maker.
#[test]
fn an_owner_trades_between_two_portfolios() {
    let mut pit = pit();
    let second = pit.taker.with_index(1);
    pit.world.open(&second, ballast_sdk::instruction::portfolio::Mode::Cross).accepted();
    pit.world.fund(&second, "USDC", 100_000 * USD_E6).accepted();
    let leg = pit.call(120, UNIT_E6);
    let args = pit.world.trade_args(&[leg], 4_000_000_000);
    let instruction = crate::pit::trade_instruction(&pit.world, &second, &pit.taker, args);
    let key = pit.taker.key.clone();
    pit.send_by(&instruction, &[&key]).accepted();
    assert_eq!(held(&pit.world, &second, pit.expiry, 120_000 * USD_E8), (-UNIT_E6, 0));
}

//! Takers who may not take, and terms that do not hold.

use crate::{
    pit::{
        fall::{asking, flagged, sold, strangle, sunk, Fall, WHOLE_E9},
        trade_instruction,
    },
    scene::{replaced, unsigned, Refuses, DAY_SECS, UNIT_E6, USD_E6, USD_E8},
};
use anchor_lang::error::ErrorCode;
use ballast::{
    error::BallastError,
    instructions::{LegWanted, LiquidateSliceArgs},
};
use ballast_harness::{
    keys::keypair,
    world::{Kind, MarketSpec, Surface},
    Verdict,
};
use ballast_risk::bounds::ENTRY_MAX_E6;
use ballast_sdk::instruction::portfolio::Mode;
use solana_signer::Signer;

/// Goal: only owner or delegate act for the taker. Method: a stranger, the victim, a delegate that lapsed, no signature.
#[test]
fn strangers_take_for_nobody() {
    let mut fall = flagged();
    let stranger = keypair("stranger");
    fall.world.vm.airdrop(&stranger.pubkey(), 1_000_000_000);
    let until = fall.world.vm.now() + 60;
    fall.world.delegate(&fall.taker, &stranger.pubkey(), until).accepted();
    fall.world.wait(60).expect("feeds speak");
    let instruction = fall.slice_instruction(asking(WHOLE_E9));
    let owner = fall.taker.pubkey();
    for key in [&stranger, &*fall.victim.key.clone()] {
        let other = replaced(&instruction, &owner, &key.pubkey());
        fall.world.send(&[other], &[key]).refuses(BallastError::NotOwnerOrDelegate);
    }
    let unsigned = unsigned(&instruction, &owner);
    let crank = fall.world.crank.insecure_clone();
    fall.world.send(&[unsigned], &[&crank]).refuses(ErrorCode::AccountNotSigner);
}

/// Goal: nobody takes a slice of themselves into the same portfolio. Method: the victim as its own taker.
#[test]
fn a_portfolio_does_not_take_itself() {
    let mut fall = flagged();
    let victim = fall.victim.clone();
    fall.world.take_slice(&victim, &victim, WHOLE_E9).refuses(BallastError::SelfLiquidation);
}

/// Goal: a frozen portfolio takes nothing. Method: two victims of one fall, one taking of the other.
#[test]
fn a_frozen_taker_is_refused() {
    let mut fall = sold();
    let second = fall.world.funded("second", 100_000 * USD_E6).expect("a seller");
    let (house, victim) = (fall.house.clone(), fall.victim.clone());
    let legs = strangle(&fall.world, fall.expiry, -4 * UNIT_E6);
    fall.world.trade_at_mark(&house, &second, &legs).accepted();
    fall.drop(20);
    fall.world.flag(&victim).accepted();
    fall.world.flag(&second).accepted();
    fall.world.take_slice(&victim, &second, WHOLE_E9 / 100).refuses(BallastError::Frozen);
}

/// Goal: a taker who insists on the book seen does not get another. Method: the sequence before the flag; the one after
/// a rival's slice.
#[test]
fn a_sequence_that_moved_on_stops_a_slice() {
    let mut fall = flagged();
    let now = fall.world.portfolio_of(&fall.victim).sequence;
    for wrong in [now - 1, now + 1, 0, u64::MAX] {
        let args = LiquidateSliceArgs { sequence: Some(wrong), ..asking(1_000_000) };
        fall.take_with(args).refuses(BallastError::Sequence);
    }
    fall.take(1_000_000).accepted();
    let args = LiquidateSliceArgs { sequence: Some(now), ..asking(1_000_000) };
    fall.take_with(args).refuses(BallastError::Sequence);
}

/// Goal: nothing is no slice, and a taker may insist on a least one. Method: zero; one part in a billion more than the
/// exit test allows.
#[test]
fn fractions_that_are_refused() {
    let mut fall = flagged();
    fall.take(0).refuses(BallastError::SliceFraction);
    let most_e9 = fall.plan().fraction_max_e9;
    for (asked_e9, least_e9) in [(WHOLE_E9, most_e9 + 1), (1_000_000, 1_000_001), (1, u64::MAX)] {
        let args = LiquidateSliceArgs { fraction_min_e9: least_e9, ..asking(asked_e9) };
        fall.take_with(args).refuses(BallastError::SliceFraction);
    }
}

/// Goal: a price outside the taker's limits is refused, too high and too low. Method: the book's price off by one unit.
#[test]
fn a_price_outside_the_limits_is_refused() {
    let mut fall = flagged();
    let pay_e6 = fall.plan().pay_e6;
    for (low, high) in [(pay_e6 + 1, i64::MAX), (i64::MIN, pay_e6 - 1), (1, 0)] {
        let args = LiquidateSliceArgs { book_price_min_e6: low, book_price_max_e6: high, ..asking(WHOLE_E9) };
        fall.take_with(args).refuses(BallastError::SlicePriceLimit);
    }
}

/// Goal: an isolated taker takes no lines of other markets. Method: isolated to ETH; then one isolated to BTC takes.
#[test]
fn an_isolated_taker_stays_in_its_market() {
    let mut fall = flagged();
    let (victim, taker) = (fall.victim.clone(), fall.taker.clone());
    for (index, market, stands) in [(1, 1, false), (2, 0, true)] {
        let alone = taker.with_index(index);
        fall.world.open(&alone, Mode::Isolated(market)).accepted();
        fall.world.fund(&alone, "USDC", 500_000 * USD_E6).accepted();
        let sent = fall.world.take_slice(&victim, &alone, 10_000_000);
        if stands {
            sent.accepted();
        } else {
            sent.refuses(BallastError::IsolatedMarket);
        }
    }
}

/// Goal: a taker must have initial margin and no debt afterwards. Method: cash for a part only; collateral and no cash,
/// of a victim who has collateral and little cash.
#[test]
fn a_taker_must_bear_the_slice() {
    let mut fall = sunk();
    let poor = fall.world.funded("poor", 1_000 * USD_E6).expect("a trader");
    let victim = fall.victim.clone();
    let rejected = fall.world.take_slice(&victim, &poor, WHOLE_E9);
    rejected.refuses(BallastError::LiquidatorInitialMargin);
}

/// Goal: a taker who would owe is refused though rich in collateral. Method: a victim whose worth is SOL, so that price
/// exceeds the cash that comes; a taker with SOL alone.
#[test]
fn a_taker_must_not_owe() {
    let mut fall = crate::pit::fall::sold_of(4 * UNIT_E6, 100_000 * USD_E6);
    fall.world.fund(&fall.victim, "SOL", 400_000_000_000).accepted();
    fall.world.give(&fall.victim, "USDC", 0).accepted();
    let held_e6 = crate::pit::cash_e6(&fall.world, &fall.victim);
    let out = u64::try_from(held_e6).expect("cash") - 45_000 * USD_E6;
    fall.world.wait(3_600).expect("feeds speak");
    fall.world.withdraw(&fall.victim, "USDC", out).accepted();
    fall.drop(0);
    fall.world.flag(&fall.victim).accepted();
    let rich = fall.world.funded("rich", 0).expect("a trader");
    fall.world.fund(&rich, "SOL", 5_000_000_000_000).accepted();
    let victim = fall.victim.clone();
    fall.world.take_slice(&victim, &rich, 50_000_000).refuses(BallastError::CashBelowZero);
}

/// Goal: a taker without room for the lines is refused. Method: 64 lines of ETH, then the strangle's two of BTC.
#[test]
fn a_taker_without_room_is_refused() {
    let mut fall = sold();
    let strikes: Vec<u64> = (0..32).map(|at| (3_000 + at * 50) * USD_E8).collect();
    let expiries = [10, 20].map(|days| fall.world.vm.now() + days * DAY_SECS);
    let other = fall.world.funded("other", 1_000_000 * USD_E6).expect("a seller");
    let taker = fall.taker.clone();
    let mut legs = Vec::new();
    for expiry in expiries {
        fall.world.list_expiry("ETH", expiry, Surface::FLAT, &strikes).expect("an expiry");
        legs.extend(strikes.iter().map(|at| fall.world.leg("ETH", expiry, *at, Kind::Call, 1_000)));
    }
    fall.world.unwatched(|world| world.trade_book_at_mark(&other, &taker, &legs)).expect("64 lines");
    fall.drop(0);
    fall.world.flag(&fall.victim).accepted();
    fall.take(WHOLE_E9).refuses(BallastError::TooManyLines);
}

/// Goal: while a liquidation is live the owner does nothing but deposit. Method: trade on either side, withdraw, name a
/// delegate, close.
#[test]
fn a_frozen_owner_only_deposits() {
    let Fall { mut world, victim, house, expiry, .. } = flagged();
    let back = world.leg("BTC", expiry, 100_000 * USD_E8, Kind::Put, UNIT_E6);
    world.trade_at_mark(&house, &victim, &[back]).refuses(BallastError::Frozen);
    let args = world.trade_args(&[back], 0);
    let instruction = trade_instruction(&world, &victim, &house, args);
    world.send(&[instruction], &[&victim.key, &house.key]).refuses(BallastError::Frozen);
    world.give(&victim, "USDC", 5 * USD_E6).accepted();
    world.withdraw(&victim, "USDC", 1).refuses(BallastError::Frozen);
    let until = world.vm.now() + 60;
    world.delegate(&victim, &house.pubkey(), until).refuses(BallastError::Frozen);
    world.close(&victim).refuses(BallastError::Frozen);
    world.deposit(&victim, "USDC", 5 * USD_E6).accepted();
}

/// Goal: no liquidator is left with a book that has no room for prices to rise in, by a slice or by legs. Method: a taker
/// whose book is full of worthless spreads but for a few dollars.
#[test]
fn a_book_with_no_room_to_rise_takes_nothing() {
    let mut fall = flagged();
    let mut spec = MarketSpec::numbered(1);
    spec.args.open_interest_cap_e6 = 1_000_000_000 * UNIT_E6;
    spec.args.series_cap_e6 = 1_000_000_000 * UNIT_E6;
    fall.world.add_market(&spec).expect("a market");
    fall.world.set_price("U1", 100 * USD_E8);
    let strikes_e8 = [100_000, 110_000].map(|strike| strike * USD_E8);
    fall.world.list_expiry("U1", fall.expiry, Surface::FLAT, &strikes_e8).expect("an expiry");
    let qty_e6 = ENTRY_MAX_E6 / 210_000;
    let legs = [(0, qty_e6), (1, -qty_e6)]
        .map(|(at, qty_e6)| fall.world.leg("U1", fall.expiry, strikes_e8[at], Kind::Call, qty_e6));
    let seller = fall.world.funded("second", 100_000 * USD_E6).expect("a seller");
    let taker = fall.taker.clone();
    fall.world.trade(&seller, &taker, &legs, 0).accepted();
    fall.take(WHOLE_E9).refuses(BallastError::BookTooLarge);
    let (victim, sold) = (fall.victim.clone(), strangle(&fall.world, fall.expiry, UNIT_E6));
    let wanted = sold.map(|leg| LegWanted {
        market: leg.market,
        expiry_slot: leg.expiry_slot,
        strike_slot: leg.strike_slot,
        is_put: leg.is_put,
        qty_max_e6: 10_000,
    });
    fall.world.take_legs(&victim, &taker, &wanted).refuses(BallastError::BookTooLarge);
}

//! Takers of legs: who acts for them, what they must have room for, what a taking leaves of both.

use crate::{
    asking, call,
    pit::fall::{flagged, sold, sold_of, sunk, Fall},
    put,
    refused::instruction,
    scene::{emitted, replaced, Refuses, DAY_SECS, SOL, UNIT_E6, USD_E6, USD_E8},
    take, take_put,
};
use anchor_lang::prelude::AccountMeta;
use ballast::{error::BallastError, instructions::LiquidateLegsArgs};
use ballast_harness::{
    keys::keypair,
    world::{CollateralSpec, Kind, Surface},
    Verdict,
};
use ballast_risk::liquidation::SliceBranch;
use solana_signer::Signer;

/// Goal: a delegate of the taker takes until its time is over. Method: named for a minute; a second before, and at it.
#[test]
fn a_takers_delegate_takes_while_it_may() {
    let mut fall = sunk();
    let delegate = keypair("desk");
    fall.world.vm.airdrop(&delegate.pubkey(), 1_000_000_000);
    let until = fall.world.vm.now() + 60;
    fall.world.delegate(&fall.taker, &delegate.pubkey(), until).accepted();
    for (secs, stands) in [(59, true), (1, false)] {
        fall.world.wait(secs).expect("feeds speak");
        let leg = put(&fall, 1_000);
        let by_desk = replaced(&instruction(&fall, &[leg]), &fall.taker.pubkey(), &delegate.pubkey());
        let sent = fall.world.send(&[by_desk], &[&delegate]);
        if stands {
            sent.accepted();
        } else {
            sent.refuses(BallastError::NotOwnerOrDelegate);
        }
    }
}

/// Goal: legs move both sides' sequences on by one, so that neither is taken for the book it was. Method: both before and
/// after, two legs at once; the old sequence then holds no more.
#[test]
fn legs_move_both_sequences_on() {
    let mut fall = sunk();
    let sequences =
        |fall: &Fall| [&fall.victim, &fall.taker].map(|side| fall.world.portfolio_of(side).sequence);
    let before = sequences(&fall);
    let legs = [put(&fall, u64::MAX), call(&fall, 1_000)];
    assert_eq!(emitted!(take(&mut fall, &legs).accepted(), LegsLiquidated).legs.len(), 2);
    assert_eq!(sequences(&fall), before.map(|sequence| sequence + 1));
    let (victim, taker) = (fall.victim.clone(), fall.taker.clone());
    let old = LiquidateLegsArgs { sequence: Some(before[0]), ..asking(&legs) };
    fall.world.take_legs_with(&victim, &taker, old).refuses(BallastError::Sequence);
}

/// Goal: an account nobody needs is refused. Method: a market that neither holds, after those of the valuation.
#[test]
fn an_extra_account_is_refused() {
    let mut fall = sunk();
    let leg = put(&fall, 1_000);
    let mut long = instruction(&fall, &[leg]);
    long.accounts.push(AccountMeta::new(fall.world.markets[1].address, false));
    let key = fall.taker.key.clone();
    let rejected = fall.world.send(&[long], &[&key]).refuses(BallastError::AccountExtra);
    assert_eq!(rejected.account.as_deref(), Some("remaining_accounts[2]"));
}

/// Goal: a taker without room for a line is refused. Method: 64 lines of ETH.
#[test]
fn a_taker_without_room_for_a_line_is_refused() {
    let mut fall = sold();
    let strikes: Vec<u64> = (0..32).map(|at| (3_000 + at * 50) * USD_E8).collect();
    let other = fall.world.funded("other", 1_000_000 * USD_E6).expect("a seller");
    let mut legs = Vec::new();
    for days in [10, 20] {
        let expiry = fall.world.vm.now() + days * DAY_SECS;
        fall.world.list_expiry("ETH", expiry, Surface::FLAT, &strikes).expect("an expiry");
        legs.extend(strikes.iter().map(|at| fall.world.leg("ETH", expiry, *at, Kind::Call, 1_000)));
    }
    let taker = fall.taker.clone();
    fall.world.unwatched(|world| world.trade_book_at_mark(&other, &taker, &legs)).expect("64 lines");
    fall.drop(0);
    fall.world.flag(&fall.victim).accepted();
    take_put(&mut fall, 1_000).refuses(BallastError::TooManyLines);
}

/// Goal: nobody takes a ninth underlying, by legs or by a slice. Method: a taker with eight collateral assets, who holds no
/// BTC; with one asset less both stand.
#[test]
fn a_taker_of_eight_underlyings_takes_no_ninth() {
    const NAMES: [&str; 7] = ["A1", "A2", "A3", "A4", "A5", "A6", "A7"];
    let mut fall = flagged();
    for (n, name) in (1u8..).zip(NAMES) {
        fall.world.add_collateral(&CollateralSpec::new(name, [n; 32], USD_E8, 6)).expect("an asset");
    }
    for name in NAMES.into_iter().chain(["SOL"]) {
        fall.world.fund(&fall.taker, name, 1).expect("a unit");
    }
    fall.world.refresh_prices();
    take_put(&mut fall, 1_000).refuses(BallastError::TooManyUnderlyings);
    fall.take(1_000_000).refuses(BallastError::TooManyUnderlyings);
    fall.world.withdraw(&fall.taker.clone(), "A7", 1).expect("it owes nothing");
    take_put(&mut fall, 1_000).accepted();
    fall.take(1_000_000).accepted();
}

/// Goal: a taker who owes afterwards is refused, whatever its collateral. Method: a writer of covered calls whom settlement
/// left in debt; the leg brings less than it owes. Once the debt is paid the same leg is taken.
#[test]
fn a_taker_in_debt_is_refused() {
    let mut fall = sold();
    let soon = fall.world.vm.now() + 2 * DAY_SECS;
    fall.world.list_expiry("SOL", soon, Surface::default(), &[220 * USD_E8]).expect("an expiry");
    let writer = fall.world.funded("writer", 10 * USD_E6).expect("a writer");
    fall.world.fund(&writer, "SOL", 5_000 * SOL).expect("collateral");
    let written = fall.world.leg("SOL", soon, 220 * USD_E8, Kind::Call, 50 * UNIT_E6);
    fall.world.trade_at_mark(&writer, &fall.house.clone(), &[written]).expect("a trade");
    fall.world.live_to_settlement("SOL", soon, |_| 400 * USD_E8).expect("a settlement");
    fall.world.settle(&writer).expect("a debt");
    assert!(fall.world.portfolio_of(&writer).cash_e6 < 0);
    fall.drop(20);
    fall.world.flag(&fall.victim).accepted();
    fall.taker = writer.clone();
    take_put(&mut fall, 1_000).refuses(BallastError::CashBelowZero);
    fall.world.fund(&writer, "USDC", 10_000 * USD_E6).expect("dollars");
    take_put(&mut fall, 1_000).accepted();
}

/// Goal: of a book under a thousand dollars of equity a leg goes whole, though less would do. Method: the strangle a hundred
/// and thirty times smaller and one just above a thousand dollars; all of the put asked for.
#[test]
fn legs_of_a_dust_book_go_whole() {
    for (qty_e6, dollars, dust) in [(30_000, 750, true), (120_000, 3_000, false)] {
        let mut fall = sold_of(qty_e6, dollars * USD_E6);
        fall.drop(0);
        fall.world.flag(&fall.victim).accepted();
        assert_eq!(fall.plan().branch == SliceBranch::Dust, dust, "{:?}", fall.plan());
        let outcome = take_put(&mut fall, u64::MAX).accepted();
        let event = emitted!(outcome, LegsLiquidated);
        let beyond = event.margin.excess_exit_e6 > event.margin.initial_e6 / 100;
        assert!(event.ended);
        assert_eq!((beyond, event.legs[0].qty_e6 == -qty_e6), (dust, dust), "{:?}", event.margin);
    }
}

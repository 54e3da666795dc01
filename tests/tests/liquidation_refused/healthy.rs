//! Who is never liquidated: the healthy, those who owe nothing, fully paid books; and flags out of turn.

use crate::{
    pit::{
        fall::{flagged, sold, WHOLE_E9},
        pit, Pit,
    },
    scene::{Refuses, SOL, UNIT_E6, USD_E6, USD_E8},
};
use ballast::error::BallastError;
use ballast_harness::{
    world::{Kind, Surface},
    Trader, Verdict, World,
};

/// Prices of BTC no book should be liquidated at that has paid for everything: a tenth to ten times.
const PRICES: [u64; 6] = [11_000, 60_000, 100_000, 120_000, 200_000, 1_100_000];

/// A leg: strike in thousands, kind, units.
type Part = (u64, Kind, i64);

/// Nobody can flag this trader, at any of the prices, fresh or wide.
#[track_caller]
fn never_flagged(world: &mut World, trader: &Trader) {
    for dollars in PRICES {
        for conf_bps in [5, 500] {
            world.vm.advance(1);
            world.refresh_prices();
            let update = world.good_update("BTC", dollars * USD_E8).wide(conf_bps);
            world.post(update);
            world.flag(trader).refuses(BallastError::Healthy);
        }
    }
}

/// Goal: who has margin is not flagged. Method: the strangle before the fall, and at initial margin's very limit.
#[test]
fn a_healthy_portfolio_is_not_flagged() {
    let mut fall = sold();
    fall.world.flag(&fall.victim).refuses(BallastError::Healthy);
    fall.drop_short_of_it();
    fall.world.flag(&fall.victim).refuses(BallastError::Healthy);
}

/// Goal: who owes nothing and can come to owe nothing is not flagged, however its collateral falls. Method: SOL alone at
/// a hundredth of its price, with and without cash; an empty portfolio.
#[test]
fn who_has_only_assets_is_not_flagged() {
    let Pit { mut world, taker, .. } = pit();
    let bare = world.funded("bare", 0).expect("a portfolio");
    let saver = world.funded("saver", 0).expect("a portfolio");
    for trader in [&saver, &taker] {
        world.fund(trader, "SOL", 100 * SOL).accepted();
    }
    world.vm.advance(1);
    world.refresh_prices();
    world.set_price("SOL", 2 * USD_E8);
    for trader in [&bare, &saver, &taker] {
        world.flag(trader).refuses(BallastError::Healthy);
    }
}

/// Goal: options that are paid for are never liquidated, wherever the price goes. Method: a long call, put and straddle
/// with not a dollar beside them.
#[test]
fn a_paid_option_is_never_liquidated() {
    for (calls, puts) in [(1, 0), (0, 1), (1, 1)] {
        let Pit { mut world, maker, expiry, .. } = pit();
        let legs: Vec<_> = [(Kind::Call, calls), (Kind::Put, puts)]
            .into_iter()
            .filter(|(_, qty)| *qty > 0)
            .map(|(kind, qty)| world.leg("BTC", expiry, 120_000 * USD_E8, kind, qty * UNIT_E6))
            .collect();
        let snapshot = world.snapshot();
        let fees: i64 = legs.iter().map(|leg| snapshot.leg_fee_e6(leg).expect("a fee")).sum();
        let premium_e6 = world.mark_e6(&legs).expect("a mark");
        let paid = u64::try_from(premium_e6 + fees).expect("money");
        let holder = world.funded("holder", paid).expect("a holder");
        world.trade(&maker, &holder, &legs, premium_e6).accepted();
        assert_eq!(world.portfolio_of(&holder).cash_e6, 0);
        never_flagged(&mut world, &holder);
    }
}

/// Goal: spreads whose whole risk is paid are never liquidated. Method: a bull call spread, a bear put spread, a
/// butterfly bought with nothing left over, and an iron condor sold with its whole width in cash.
#[test]
fn a_book_that_cannot_lose_more_is_never_liquidated() {
    use Kind::{Call, Put};
    let books: [(&[Part], i64); 4] = [
        (&[(110, Call, 1), (130, Call, -1)], 0),
        (&[(120, Put, 1), (100, Put, -1)], 0),
        (&[(110, Call, 1), (120, Call, -2), (130, Call, 1)], 0),
        (&[(90, Put, 1), (100, Put, -1), (130, Call, -1), (140, Call, 1)], 10_000),
    ];
    for (legs, width) in books {
        let Pit { mut world, maker, expiry, .. } = pit();
        let legs: Vec<_> = legs
            .iter()
            .map(|(strike, kind, qty)| {
                world.leg("BTC", expiry, strike * 1_000 * USD_E8, *kind, qty * UNIT_E6)
            })
            .collect();
        let snapshot = world.snapshot();
        let fees: i64 = legs.iter().map(|leg| snapshot.leg_fee_e6(leg).expect("a fee")).sum();
        let premium_e6 = world.mark_e6(&legs).expect("a mark");
        let cash_e6 = premium_e6 + fees + width * UNIT_E6;
        let holder = world.funded("holder", u64::try_from(cash_e6).expect("money")).expect("a holder");
        world.trade(&maker, &holder, &legs, premium_e6).accepted();
        let floor_e6 = world.margin(&holder).expect("a report").floor_maintenance_e6;
        assert!(floor_e6 >= 0, "its worst is paid: {floor_e6}");
        never_flagged(&mut world, &holder);
    }
}

/// Goal: a flag is set once, and what is not flagged is neither sliced nor ended. Method: twice; before; after the end.
#[test]
fn flags_out_of_turn_are_refused() {
    let mut fall = sold();
    fall.take(WHOLE_E9).refuses(BallastError::NotFlagged);
    fall.world.end_liquidation(&fall.victim).refuses(BallastError::NotFlagged);
    fall.drop(0);
    fall.take(WHOLE_E9).refuses(BallastError::NotFlagged);
    fall.world.flag(&fall.victim).accepted();
    fall.world.flag(&fall.victim).refuses(BallastError::AlreadyFlagged);
    fall.take(WHOLE_E9).accepted();
    fall.take(WHOLE_E9).refuses(BallastError::NotFlagged);
    fall.world.end_liquidation(&fall.victim).refuses(BallastError::NotFlagged);
}

/// Goal: once the exit test passes nothing more is taken, flagged or not. Method: a deposit, then a recovery, each
/// before a slice.
#[test]
fn nothing_is_taken_past_the_exit_test() {
    let mut fall = flagged();
    fall.world.fund(&fall.victim, "USDC", 100_000 * USD_E6).accepted();
    fall.take(1).refuses(BallastError::Healthy);
    let mut fall = flagged();
    fall.rest_at(116_000 * USD_E8);
    fall.take(WHOLE_E9).refuses(BallastError::Healthy);
}

/// Goal: a covered call is not liquidated by a rally. Method: SOL calls sold against SOL held, the price at four times.
#[test]
fn a_covered_call_survives_a_rally() {
    let Pit { mut world, maker, expiry, .. } = pit();
    world.list_expiry("SOL", expiry, Surface::FLAT, &[220 * USD_E8]).expect("an expiry");
    let writer = world.funded("writer", 1_000 * USD_E6).expect("a writer");
    world.fund(&writer, "SOL", 100 * SOL).accepted();
    let call = world.leg("SOL", expiry, 220 * USD_E8, Kind::Call, 50 * UNIT_E6);
    world.trade_at_mark(&writer, &maker, &[call]).accepted();
    for dollars in [180, 250, 400, 800] {
        world.vm.advance(1);
        world.refresh_prices();
        world.set_price("SOL", dollars * USD_E8);
        world.flag(&writer).refuses(BallastError::Healthy);
    }
}

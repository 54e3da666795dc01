//! Legs that are no trade: too many, none, twice, empty, unknown, over, too large.

use crate::{
    pit::{at, pit, Pit},
    scene::{Refuses, DAY_SECS, UNIT_E6, USD_E6, USD_E8},
};
use ballast::{error::BallastError, instructions::Leg};
use ballast_harness::{
    world::{Kind, MarketSpec, Surface},
    Sent,
};
use ballast_risk::bounds::QTY_MAX_E6;

/// Largest quantity of a line, 1e-6 unit.
const LARGEST_E6: i64 = QTY_MAX_E6 as i64;

fn fill(pit: &mut Pit, legs: &[Leg]) -> Sent {
    pit.fill(legs, 0)
}

/// Goal: a trade has one to twelve legs. Method: none, thirteen.
#[test]
fn none_or_thirteen_legs_are_no_trade() {
    let mut pit = pit();
    fill(&mut pit, &[]).refuses(BallastError::LegCount);
    let strikes = [90, 100, 110, 120, 130, 140, 150];
    let mut legs: Vec<Leg> =
        strikes.iter().flat_map(|strike| [pit.call(*strike, 1), pit.put(*strike, 1)]).collect();
    legs.truncate(13);
    fill(&mut pit, &legs).refuses(BallastError::LegCount);
}

/// Goal: a leg without quantity is refused wherever it stands. Method: alone, and last of three.
#[test]
fn an_empty_leg_is_refused() {
    let mut pit = pit();
    let empty = pit.call(120, 0);
    fill(&mut pit, &[empty]).refuses(BallastError::ZeroQuantity);
    let legs = [pit.call(130, 1), pit.put(120, 1), empty];
    fill(&mut pit, &legs).refuses(BallastError::ZeroQuantity);
}

/// Goal: no series is named twice, not even to undo itself. Method: the same leg, and its opposite.
#[test]
fn a_series_named_twice_is_refused() {
    let mut pit = pit();
    for second in [UNIT_E6, -UNIT_E6, 1] {
        let legs = [pit.call(120, UNIT_E6), pit.put(120, 1), pit.call(120, second)];
        fill(&mut pit, &legs).refuses(BallastError::DuplicateLeg);
    }
}

/// Goal: a series must be listed. Method: slots next to the last listed, beyond the array, and the largest number.
#[test]
fn a_series_that_is_not_listed_is_refused() {
    let mut pit = pit();
    let good = pit.call(120, UNIT_E6);
    for expiry_slot in [1, 11, 12, 255] {
        fill(&mut pit, &[Leg { expiry_slot, ..good }]).refuses(BallastError::ExpiryNotListed);
    }
    for strike_slot in [7, 31, 32, 255] {
        fill(&mut pit, &[Leg { strike_slot, ..good }]).refuses(BallastError::StrikeNotListed);
    }
}

/// Goal: a market must be listed. Method: the next id, the last, one that no id can be; with the accounts of the good
/// trade and without.
#[test]
fn a_market_that_is_not_listed_is_refused() {
    let mut pit = pit();
    let good = pit.call(120, UNIT_E6);
    for (market, refusal) in [
        (3, BallastError::WrongMarket),
        (15, BallastError::WrongMarket),
        (16, BallastError::AccountExtra),
        (255, BallastError::AccountExtra),
    ] {
        let mut instruction = pit.instruction(pit.world.trade_args(&[good], 0));
        let args = pit.world.trade_args(&[Leg { market, ..good }], 0);
        instruction.data = anchor_lang::InstructionData::data(&ballast::instruction::Trade { args });
        pit.send(&instruction).refuses(refusal);
        instruction.accounts.truncate(5);
        pit.send(&instruction).refuses(BallastError::AccountMissing);
    }
}

/// Goal: an expiry trades until its last second and not at it, nor once it is settled. Method: the clock around it.
#[test]
fn an_expiry_that_is_over_does_not_trade() {
    let mut pit = pit();
    let leg = pit.call(120, UNIT_E6);
    let (opens, expiry) = (pit.expiry - 60, pit.expiry);
    at(&mut pit.world, opens);
    pit.world.wait(59).expect("feeds speak");
    pit.at_mark(&[leg]).expect("the last second");
    pit.world.wait(1).expect("feeds speak");
    fill(&mut pit, &[leg]).refuses(BallastError::Expired);
    let first = pit.world.good_update("BTC", 120_000 * USD_E8).after(expiry - 1);
    pit.world.post(first);
    pit.world.finalize("BTC", expiry).expect("a price");
    fill(&mut pit, &[leg]).refuses(BallastError::Expired);
}

/// Goal: no quantity wraps. Method: the ends of the type, the largest line and one more, both ways.
#[test]
fn extreme_quantities_are_refused() {
    let mut pit = pit();
    for qty_e6 in [i64::MIN, i64::MIN + 1, i64::MAX] {
        let leg = pit.call(120, qty_e6);
        fill(&mut pit, &[leg]).refuses(BallastError::Overflow);
    }
    for qty_e6 in [LARGEST_E6 + 1, -LARGEST_E6 - 1] {
        let leg = pit.call(120, qty_e6);
        fill(&mut pit, &[leg]).refuses(BallastError::QuantityTooLarge);
    }
    for qty_e6 in [LARGEST_E6, -LARGEST_E6] {
        let leg = pit.call(120, qty_e6);
        fill(&mut pit, &[leg]).refuses(BallastError::SeriesCap);
    }
}

/// Goal: no premium wraps. Method: the ends of the type, and more than either side has.
#[test]
fn extreme_premiums_are_refused() {
    let mut pit = pit();
    let leg = pit.call(120, UNIT_E6);
    for premium_e6 in [i64::MIN, i64::MAX] {
        pit.fill(&[leg], premium_e6).refuses(BallastError::Overflow);
    }
    for premium_e6 in [i64::MIN / 2, i64::MAX / 2] {
        let rejected = pit.fill(&[leg], premium_e6).expect_err("nobody has that");
        assert!(rejected.is(BallastError::EngineTooLarge), "{rejected:?}");
    }
}

/// Goal: a book beyond the engine's money range is refused, not wrapped. Method: a market with the widest caps, 800
/// million units at 100.
#[test]
fn a_book_beyond_the_money_range_is_refused() {
    let mut pit = pit();
    let mut spec = MarketSpec::numbered(1);
    spec.args.open_interest_cap_e6 = LARGEST_E6;
    spec.args.series_cap_e6 = LARGEST_E6;
    pit.world.add_market(&spec).expect("a market");
    pit.world.list_expiry("U1", pit.expiry, Surface::FLAT, &[100 * USD_E8]).expect("an expiry");
    let leg = pit.world.leg("U1", pit.expiry, 100 * USD_E8, Kind::Call, 800_000_000 * UNIT_E6);
    fill(&mut pit, &[leg]).refuses(BallastError::EngineTooLarge);
}

/// Goal: open interest ends at the cap of a series and of the market, to the millionth. Method: a market with caps of
/// three units in all and two a series.
#[test]
fn open_interest_ends_at_its_caps() {
    let mut pit = pit();
    let mut spec = MarketSpec::numbered(1);
    spec.args.open_interest_cap_e6 = 3 * UNIT_E6;
    spec.args.series_cap_e6 = 2 * UNIT_E6;
    spec.args.share_base_e6 = 3 * UNIT_E6;
    pit.world.add_market(&spec).expect("a market");
    pit.world.list_expiry("U1", pit.expiry, Surface::FLAT, &[100 * USD_E8, 110 * USD_E8]).expect("listed");
    let leg =
        |pit: &Pit, strike: u64, kind, qty_e6| pit.world.leg("U1", pit.expiry, strike * USD_E8, kind, qty_e6);
    let series = |pit: &Pit, qty_e6| leg(pit, 100, Kind::Call, qty_e6);
    let over = series(&pit, 2 * UNIT_E6 + 1);
    fill(&mut pit, &[over]).refuses(BallastError::SeriesCap);
    let puts = leg(&pit, 100, Kind::Put, -2 * UNIT_E6 - 1);
    fill(&mut pit, &[puts]).refuses(BallastError::SeriesCap);
    let full = series(&pit, 2 * UNIT_E6);
    pit.fill(&[full], 20_000_000).expect("the series is full");
    let one = series(&pit, 1);
    fill(&mut pit, &[one]).refuses(BallastError::SeriesCap);
    let over = leg(&pit, 110, Kind::Call, UNIT_E6 + 1);
    fill(&mut pit, &[over]).refuses(BallastError::OpenInterestCap);
    let last = leg(&pit, 110, Kind::Call, UNIT_E6);
    pit.fill(&[last], 10_000_000).expect("the market is full");
    let one = leg(&pit, 110, Kind::Put, 1);
    fill(&mut pit, &[one]).refuses(BallastError::OpenInterestCap);
    let roll = [series(&pit, -UNIT_E6), leg(&pit, 110, Kind::Put, UNIT_E6)];
    pit.fill(&roll, -10_000_000).expect("what closes makes room");
}

/// Goal: a portfolio holds 64 lines and not one more. Method: 64 strikes of three expiries, then another.
#[test]
fn a_65th_line_is_refused() {
    let mut pit = pit();
    let strikes: Vec<u64> = (0..32).map(|at| (100_000 + at * 1_000) * USD_E8).collect();
    let expiries = [10, 20, 40].map(|days| pit.world.vm.now() + days * DAY_SECS);
    for expiry in expiries {
        pit.world.list_expiry("BTC", expiry, Surface::FLAT, &strikes).expect("an expiry");
    }
    pit.world.fund(&pit.maker.clone(), "USDC", 2_000_000 * USD_E6).expect("cash");
    let leg = |pit: &Pit, expiry, strike_e8, kind| pit.world.leg("BTC", expiry, strike_e8, kind, 1_000);
    let legs: Vec<Leg> = expiries[..2]
        .iter()
        .flat_map(|expiry| strikes.iter().map(|strike_e8| (*expiry, *strike_e8)))
        .map(|(expiry, strike_e8)| leg(&pit, expiry, strike_e8, Kind::Call))
        .collect();
    let (maker, taker) = (pit.maker.clone(), pit.taker.clone());
    pit.world.unwatched(|world| world.trade_book_at_mark(&maker, &taker, &legs)).expect("64 lines");
    assert_eq!(pit.world.portfolio_of(&taker).line_count, 64);
    let another = leg(&pit, expiries[2], strikes[0], Kind::Call);
    fill(&mut pit, &[another]).refuses(BallastError::TooManyLines);
    let beside = leg(&pit, expiries[0], strikes[0], Kind::Put);
    pit.at_mark(&[beside]).expect("a put in a line that is there");
}

/// Goal: a portfolio holds eight underlyings and not one more. Method: nine markets in one trade, then eight and the
/// ninth.
#[test]
fn a_ninth_underlying_is_refused() {
    let mut pit = pit();
    let mut legs = Vec::new();
    for number in 1..=9 {
        let symbol = format!("U{number}");
        pit.world
            .unwatched(|world| -> Result<(), Box<ballast_harness::Rejected>> {
                world.add_market(&MarketSpec::numbered(number))?;
                world.list_expiry(&symbol, world.vm.now() + 30 * DAY_SECS, Surface::FLAT, &[100 * USD_E8])
            })
            .expect("a market");
        let expiry = pit.world.vm.now() + 30 * DAY_SECS;
        legs.push(pit.world.leg(&symbol, expiry, 100 * USD_E8, Kind::Call, UNIT_E6));
    }
    fill(&mut pit, &legs).refuses(BallastError::TooManyUnderlyings);
    pit.at_mark(&legs[..8]).expect("eight underlyings");
    fill(&mut pit, &legs[8..]).refuses(BallastError::TooManyUnderlyings);
}

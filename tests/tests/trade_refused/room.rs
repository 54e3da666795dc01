//! Books so large that a rise of prices could take them out of the engine's range.

use crate::{
    pit::{pit, Pit},
    scene::{Refuses, UNIT_E6, USD_E6, USD_E8},
};
use ballast::{constants::GATE_TRADE, error::BallastError, instructions::Leg};
use ballast_harness::{
    world::{Kind, MarketSpec, Surface},
    Verdict,
};
use ballast_risk::bounds::QTY_MAX_E6;

/// A second market with the widest caps at a spot of 100, with two strikes.
fn wide_open(strikes: [u64; 2]) -> Pit {
    let mut pit = pit();
    let mut spec = MarketSpec::numbered(1);
    spec.args.open_interest_cap_e6 = QTY_MAX_E6 as i64;
    spec.args.series_cap_e6 = QTY_MAX_E6 as i64;
    pit.world.add_market(&spec).expect("a market");
    pit.world.set_price("U1", 100 * USD_E8);
    let strikes = strikes.map(|strike| strike * USD_E8);
    pit.world.list_expiry("U1", pit.expiry, Surface::FLAT, &strikes).expect("an expiry");
    pit
}

/// So many units of a call spread.
fn spread(pit: &Pit, strikes: [u64; 2], units: i64) -> [Leg; 2] {
    let leg = |strike: u64, units: i64| {
        pit.world.leg("U1", pit.expiry, strike * USD_E8, Kind::Call, units * UNIT_E6)
    };
    [leg(strikes[0], units), leg(strikes[1], -units)]
}

/// Goal: spreads far above the spot, which are worth nothing and need next to nothing, do not fill a book up to the end of
/// the engine's range, and a book that has no room left may still shrink. Method: strikes a thousand times the spot; 4.2
/// billion of notional and 6.3 billion; the rest of the way in a second trade; half of it back.
#[test]
fn worthless_spreads_fill_no_book() {
    let strikes = [100_000, 110_000];
    let mut pit = wide_open(strikes);
    let legs = spread(&pit, strikes, 30_000);
    pit.fill(&legs, 0).refuses(BallastError::BookTooLarge);
    let legs = spread(&pit, strikes, 20_000);
    pit.fill(&legs, 0).expect("that has room");
    let needed_e6 = pit.world.margin(&pit.taker).expect("a report").initial_e6;
    assert!(needed_e6 < 1_000_000, "nothing else would have stopped it: {needed_e6}");
    let legs = spread(&pit, strikes, 2_000);
    pit.fill(&legs, 0).refuses(BallastError::BookTooLarge);
    let legs = spread(&pit, strikes, -10_000);
    pit.fill(&legs, 0).expect("smaller");
}

/// Goal: what is worth nothing does not grow in the shadow of a trade that reduces risk. Method: gates closed, so that only
/// less risk passes; a call is closed together with spreads beyond the room there is, then with as many as there is room for.
#[test]
fn a_book_without_room_does_not_grow_while_its_risk_falls() {
    let strikes = [100_000, 110_000];
    let mut pit = wide_open(strikes);
    let legs = spread(&pit, strikes, 20_000);
    pit.fill(&legs, 0).expect("that has room");
    let call = pit.call(120, UNIT_E6);
    pit.at_mark(&[call]).expect("a call");
    pit.world.set_gates(GATE_TRADE).accepted();
    let back = pit.call(120, -UNIT_E6);
    let [long, short] = spread(&pit, strikes, 2_000);
    pit.at_mark(&[back, long, short]).refuses(BallastError::BookTooLarge);
    let [long, short] = spread(&pit, strikes, 1_000);
    pit.at_mark(&[back, long, short]).expect("there is room for these");
}

/// Goal: a book with no more room than it may have is valued after a rise that no scenario foresees. Method: 4.2 billion at
/// strikes around the spot, and ten times the spot.
#[test]
fn a_full_book_is_valued_after_prices_rose_tenfold() {
    let strikes = [100, 110];
    let mut pit = wide_open(strikes);
    for trader in [pit.maker.clone(), pit.taker.clone()] {
        pit.world.fund(&trader, "USDC", 2_000_000_000 * USD_E6).expect("cash");
    }
    let legs = spread(&pit, strikes, 20_000_000);
    pit.at_mark(&legs).expect("that has room");
    pit.world.set_price("U1", 1_000 * USD_E8);
    for trader in [pit.maker.clone(), pit.taker.clone()] {
        pit.world.check_margin(&trader).expect("a report");
    }
}

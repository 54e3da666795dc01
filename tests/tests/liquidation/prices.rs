//! Prices that serve a slice and the end of a liquidation, and prices that do not.

use crate::{
    pit::fall::{sunk, Fall, WHOLE_E9},
    scene::{Refuses, USD_E6, USD_E8},
};
use ballast::error::BallastError;
use ballast_harness::{PriceUpdate, Verdict};

type Spoil = fn(PriceUpdate) -> PriceUpdate;

/// The limits of the validity table for liquidation and the first values beyond them: spoilt price, age, refusal.
const CASES: [(Spoil, i64, Option<BallastError>); 8] = [
    (|low| low, 61, None),
    (|low| low, 300, None),
    (|low| low, 301, Some(BallastError::OracleTooOld)),
    (|low| low.wide(201), 0, None),
    (|low| low.wide(500), 0, None),
    (|low| low.wide(501), 0, Some(BallastError::OracleConfidenceUnusable)),
    (|low| low.averaging(130_000 * USD_E8), 0, None),
    (|low| low.averaging(200_000 * USD_E8), 0, Some(BallastError::OracleGapUnusable)),
];

/// A flagged book, and its market's price spoilt.
fn spoilt(spoil: Spoil, age_secs: i64) -> Fall {
    let mut fall = sunk();
    let price_e8 = fall.world.update("BTC").price.unsigned_abs();
    fall.world.vm.advance(1);
    let low = fall.world.good_update("BTC", price_e8);
    fall.world.post(spoil(low));
    fall.world.vm.advance(age_secs);
    fall
}

/// Goal: slices are taken at prices that are old, wide or far from their average, and not where they say nothing.
/// Method: each limit of the table and the first value beyond it.
#[test]
fn prices_that_serve_a_slice() {
    for (spoil, age_secs, refusal) in CASES {
        let mut fall = spoilt(spoil, age_secs);
        match refusal {
            None => drop(fall.take(WHOLE_E9 / 100).accepted()),
            Some(refusal) => drop(fall.take(WHOLE_E9 / 100).refuses(refusal)),
        }
    }
}

/// Goal: a liquidation ends at the prices it may go on at. Method: the same table, after a deposit that is enough.
#[test]
fn prices_that_serve_the_end() {
    for (spoil, age_secs, refusal) in CASES {
        let mut fall = spoilt(spoil, age_secs);
        fall.world.fund(&fall.victim, "USDC", 1_000_000 * USD_E6).accepted();
        match refusal {
            None => drop(fall.world.end_liquidation(&fall.victim).accepted()),
            Some(refusal) => drop(fall.world.end_liquidation(&fall.victim).refuses(refusal)),
        }
    }
}

/// Goal: a taker whose own prices serve nothing takes nothing. Method: the taker holds SOL, whose price is too wide.
#[test]
fn a_takers_prices_must_serve_too() {
    let mut fall = sunk();
    fall.world.fund(&fall.taker, "SOL", 1_000_000_000).accepted();
    let good = fall.world.good_update("SOL", 200 * USD_E8);
    fall.world.post(good.wide(501));
    fall.take(WHOLE_E9 / 100).refuses(BallastError::OracleConfidenceUnusable);
    fall.world.set_price("SOL", 200 * USD_E8);
    fall.take(WHOLE_E9 / 100).accepted();
}

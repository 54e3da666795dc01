//! The flag: what it records, and at which prices it may be set.

use crate::{
    pit::fall::{fallen, sold},
    scene::{emitted, Refuses, USD_E6, USD_E8},
};
use ballast::{error::BallastError, events::MarginAfter};
use ballast_harness::{PriceUpdate, Verdict};
use solana_signer::Signer;

/// Goal: a flag freezes the portfolio, starts the auction and says so. Method: by the crank, whom nobody appointed.
#[test]
fn a_flag_freezes_and_records() {
    let mut fall = fallen();
    let before = fall.world.portfolio_of(&fall.victim);
    let outcome = fall.world.flag(&fall.victim).accepted();
    let (after, clock) = (fall.world.portfolio_of(&fall.victim), fall.world.vm.clock());
    assert!(after.is_frozen());
    let flag = after.liquidation;
    assert_eq!((flag.flagged_at, flag.flagged_slot), (clock.unix_timestamp, clock.slot));
    assert_eq!((flag.flagged_by, flag.slices), (fall.world.crank.pubkey(), 0));
    assert_eq!((after.sequence, after.report_time), (before.sequence + 1, clock.unix_timestamp));
    assert_eq!((after.cash_e6, after.lines), (before.cash_e6, before.lines), "nothing moves");
    let report = fall.world.margin(&fall.victim).expect("a report");
    assert_eq!(after.report.engine(), &report);
    let event = emitted!(outcome, LiquidationStarted);
    assert_eq!((event.portfolio, event.flagged_by), (fall.victim.portfolio(), fall.world.crank.pubkey()));
    assert_eq!((event.flagged_at, event.sequence), (clock.unix_timestamp, after.sequence));
    assert_eq!(event.margin, MarginAfter::from(&report));
    assert!(event.margin.excess_maintenance_e6 < 0);
}

/// Goal: the owner may flag too, and a rival. Method: another signer than the crank.
#[test]
fn anyone_may_flag() {
    let mut fall = fallen();
    let instruction = fall.flag_instruction();
    let crank = fall.world.crank.pubkey();
    let own = crate::scene::replaced(&instruction, &crank, &fall.victim.pubkey());
    let key = fall.victim.key.clone();
    let outcome = fall.world.send(&[own], &[&key]).accepted();
    assert_eq!(emitted!(outcome, LiquidationStarted).flagged_by, fall.victim.pubkey());
}

/// Goal: the limit is the limit: a cent above it nobody is flagged. Method: the price the engine names, and 1e-8 less.
#[test]
fn the_limit_is_exact() {
    let mut fall = sold();
    let limit_e8 = fall.limit_e8();
    let update = fall.world.update("BTC");
    let bps = |price_e8: u64| {
        u64::try_from(
            u128::from(update.conf) * u128::from(price_e8) / u128::from(update.price.unsigned_abs()),
        )
        .expect("a price")
    };
    for (price_e8, stands) in [(limit_e8 + 1, false), (limit_e8, true)] {
        let mut at = fall.world.good_update("BTC", price_e8).averaging(update.ema_price.unsigned_abs());
        at.conf = bps(price_e8);
        fall.world.post(at);
        let excess_e6 = fall.world.margin(&fall.victim).expect("a report").excess_maintenance_e6;
        assert_eq!(excess_e6 < 0, stands, "{excess_e6}");
        if stands {
            fall.world.flag(&fall.victim).accepted();
        } else {
            fall.world.flag(&fall.victim).refuses(BallastError::Healthy);
        }
    }
}

/// Goal: liquidation goes on at prices that are old, wide or far from their average, and stops where they say nothing.
/// Method: each limit of the table and the first value beyond it.
#[test]
fn prices_that_serve_a_flag() {
    type Spoil = fn(PriceUpdate) -> PriceUpdate;
    let cases: [(Spoil, i64, Option<BallastError>); 8] = [
        (|low| low, 61, None),
        (|low| low, 300, None),
        (|low| low, 301, Some(BallastError::OracleTooOld)),
        (|low| low.wide(201), 0, None),
        (|low| low.wide(500), 0, None),
        (|low| low.wide(501), 0, Some(BallastError::OracleConfidenceUnusable)),
        (|low| low.averaging(130_000 * USD_E8), 0, None),
        (|low| low.averaging(200_000 * USD_E8), 0, Some(BallastError::OracleGapUnusable)),
    ];
    for (spoil, age_secs, refusal) in cases {
        let mut fall = sold();
        fall.world.vm.advance(1);
        let low = fall.world.good_update("BTC", 85_000 * USD_E8);
        fall.world.post(spoil(low));
        fall.world.vm.advance(age_secs);
        match refusal {
            None => drop(fall.world.flag(&fall.victim).accepted()),
            Some(refusal) => drop(fall.world.flag(&fall.victim).refuses(refusal)),
        }
    }
}

/// Goal: a stale price counts with four times its confidence, a wide one with all of it: what charges the holder more
/// may flag who would be safe at a fresh price. Method: margins at one price by age and width.
#[test]
fn uncertainty_is_charged() {
    let mut fall = sold();
    let oracle_e6 =
        |fall: &crate::pit::fall::Fall| fall.world.margin(&fall.victim).expect("a report").oracle_e6;
    let fresh_e6 = oracle_e6(&fall);
    assert!(fresh_e6 > 0);
    fall.world.vm.advance(61);
    let stale_e6 = oracle_e6(&fall);
    assert!((stale_e6 - 4 * fresh_e6).abs() < fresh_e6 / 10, "{stale_e6} {fresh_e6}");
    let wide = fall.world.good_update("BTC", fall.world.update("BTC").price.unsigned_abs()).wide(200);
    fall.world.post(wide);
    let wide_e6 = oracle_e6(&fall);
    assert!((wide_e6 - 40 * fresh_e6).abs() < fresh_e6, "{wide_e6} {fresh_e6}");
}

/// Goal: liquidation is never stopped by a silent volatility feed. Method: hours after the publishers' last word.
#[test]
fn a_silent_volatility_feed_does_not_stop_a_flag() {
    let mut fall = sold();
    fall.world.vm.advance(5 * 3_600);
    fall.world.refresh_prices();
    fall.world.set_price("BTC", 85_000 * USD_E8);
    fall.world.flag(&fall.victim).accepted();
    assert_eq!(fall.world.portfolio_of(&fall.victim).report.flags & ballast_risk::FLAG_VOL_STALE, 1);
    fall.take(100_000_000).accepted();
}

/// Goal: closed gates do not stop a liquidation. Method: every gate closed, flag, slice, deposit.
#[test]
fn closed_gates_do_not_stop_a_liquidation() {
    let mut fall = fallen();
    fall.world.set_gates(ballast::constants::GATES_ALL).accepted();
    fall.world.flag(&fall.victim).accepted();
    fall.world.fund(&fall.victim, "USDC", USD_E6).accepted();
    fall.take(crate::pit::fall::WHOLE_E9).accepted();
    assert!(!fall.world.portfolio_of(&fall.victim).is_frozen());
}

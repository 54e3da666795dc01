//! Incidents of price feeds: wide, of another asset, of another program, of other decimals.

use crate::{
    closing::{debtor, Debtor},
    pit::{fall, window::opening},
    scene::{traded, Refuses, Scene, SOL, UNIT_E6, USD_E6, USD_E8},
};
use ballast::{
    error::BallastError,
    instructions::{Leg, LegWanted},
};
use ballast_harness::{
    feeds,
    world::{Kind, Surface},
    PriceUpdate, Verdict,
};
use ballast_risk::{FLAG_PRICE_STALE, FLAG_VOL_STALE};

/// Pyth, September 2021: two publishers put Bitcoin at 5,402 with a confidence of 21,623, and positions were liquidated
/// at it.
///
/// Goal: a price that does not know itself liquidates nobody. Method: that very print against a leveraged strangle; a
/// flag, then a slice of one that was flagged before.
#[test]
fn pyth_2021_a_price_wider_than_itself_liquidates_nobody() {
    for flagged in [false, true] {
        let mut fall = if flagged { fall::flagged() } else { fall::sold() };
        fall.world.vm.advance(1);
        let mut print = fall.world.good_update("BTC", 5_402 * USD_E8);
        print.conf = 21_623 * USD_E8;
        for print in [print, print.averaging(47_000 * USD_E8)] {
            fall.world.post(print);
            if flagged {
                fall.take(fall::WHOLE_E9).refuses(BallastError::OracleConfidenceUnusable);
            } else {
                fall.world.flag(&fall.victim).refuses(BallastError::OracleConfidenceUnusable);
            }
        }
        // Nor does the print alone, were it sure of itself: it is too far from where the price has been.
        fall.world.post(fall.world.good_update("BTC", 5_402 * USD_E8).averaging(47_000 * USD_E8));
        let refused = if flagged { fall.take(fall::WHOLE_E9) } else { fall.world.flag(&fall.victim) };
        refused.refuses(BallastError::OracleGapUnusable);
    }
}

/// Drift, patch 2.153.0: after an atomic update the feed id of the price account was not checked.
///
/// Goal: no instruction takes one feed's price for another's. Method: ETH's genuine update in the place of BTC's, in every
/// instruction that reads a price.
#[test]
fn drift_another_feeds_price_is_no_price() {
    let Scene { mut world, long, short, expiry } = traded();
    world.vm.advance(1);
    world.refresh_prices();
    let eth = PriceUpdate::new(feeds::ETH, 399_756_000_000, world.vm.now());
    world.post_as(feeds::BTC, eth);
    let call = world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, UNIT_E6);
    world.give(&long, "USDC", 0).accepted();
    world.trade(&short, &long, &[call], 0).refuses(BallastError::OracleWrongFeed);
    world.withdraw(&long, "USDC", 1).refuses(BallastError::OracleWrongFeed);
    world.check_margin(&long).refuses(BallastError::OracleWrongFeed);
    world.flag(&short).refuses(BallastError::OracleWrongFeed);
    world.update_volatility("BTC").refuses(BallastError::OracleWrongFeed);
    let mut window = opening();
    window.world.vm.advance(60);
    let eth = PriceUpdate::new(feeds::ETH, 399_756_000_000, window.world.vm.now());
    window.world.post_as(feeds::BTC, eth);
    window.world.sample("BTC", window.expiry).refuses(BallastError::OracleWrongFeed);
    crate::pit::at(&mut window.world, window.expiry);
    let eth = PriceUpdate::new(feeds::ETH, 399_756_000_000, window.expiry).after(window.expiry - 1);
    window.world.post_as(feeds::BTC, eth);
    window.finalize().refuses(BallastError::OracleWrongFeed);
}

/// The same, in liquidations and in the sale of collateral.
///
/// Goal and method as above: a flagged book's slice, its legs and its end; a debtor's SOL for sale at ETH's price.
#[test]
fn drift_another_feeds_price_liquidates_nobody() {
    let mut fall = fall::flagged();
    fall.world.vm.advance(1);
    fall.world.refresh_prices();
    let eth = PriceUpdate::new(feeds::ETH, 399_756_000_000, fall.world.vm.now());
    fall.world.post_as(feeds::BTC, eth);
    fall.take(fall::WHOLE_E9).refuses(BallastError::OracleWrongFeed);
    let put = fall.world.leg("BTC", fall.expiry, 100_000 * USD_E8, Kind::Put, 1);
    let Leg { market, expiry_slot, strike_slot, is_put, .. } = put;
    let wanted = LegWanted { market, expiry_slot, strike_slot, is_put, qty_max_e6: 1_000 };
    let (victim, taker) = (fall.victim.clone(), fall.taker.clone());
    fall.world.take_legs(&victim, &taker, &[wanted]).refuses(BallastError::OracleWrongFeed);
    fall.world.end_liquidation(&victim).refuses(BallastError::OracleWrongFeed);

    let Debtor { mut world, debtor, rich, .. } = debtor();
    world.fund(&debtor, "SOL", SOL).accepted();
    world.give(&rich, "USDC", USD_E6).accepted();
    world.give(&rich, "SOL", 0).accepted();
    world.wait(1).expect("feeds speak");
    let sol = world.update("SOL");
    world.post_as(feeds::SOL, PriceUpdate::new(feeds::ETH, 399_756_000_000, world.vm.now()));
    world.convert(&debtor, &rich, "SOL", USD_E6).refuses(BallastError::OracleWrongFeed);
    world.post(sol);
    world.convert(&debtor, &rich, "SOL", USD_E6).accepted();
}

/// Loopscale, April 2025: a price came from a program that the caller named.
///
/// Goal: a price of anyone's program is no price. Method: the right bytes owned by this program, the system program, the
/// token program.
#[test]
fn loopscale_a_price_of_the_callers_program_is_no_price() {
    let mut fall = fall::sold();
    fall.world.vm.advance(1);
    let low = fall.world.good_update("BTC", 80_000 * USD_E8);
    for owner in [ballast::ID, Default::default(), ballast_harness::token::SPL_TOKEN] {
        fall.world.post(low.owned_by(owner));
        fall.world.flag(&fall.victim).refuses(BallastError::OracleWrongOwner);
        fall.world.check_margin(&fall.victim).refuses(BallastError::OracleWrongOwner);
    }
    fall.world.post(low);
    fall.world.flag(&fall.victim).accepted();
}

/// Ribbon, December 2025: one part of the system moved to 18 decimals while another wrote 8.
///
/// Goal: a price is its digits and its exponent, whatever they are. Method: one price at every exponent it can be written
/// in; margin and settlement are the same to the unit; and the digits of one exponent under another are another price.
#[test]
fn ribbon_a_price_carries_its_decimals() {
    let Scene { mut world, long, .. } = traded();
    let mut reports = Vec::new();
    for exponent in -12i32..=-2 {
        let digits = |e8: i64| match exponent {
            -12..=-8 => e8 * 10i64.pow((-8 - exponent).unsigned_abs()),
            _ => e8 / 10i64.pow((exponent + 8).unsigned_abs()),
        };
        let mut update = world.good_update("BTC", 11_666_100_000_000);
        (update.price, update.ema_price) = (digits(11_666_100_000_000), digits(11_666_200_000_000));
        (update.conf, update.exponent) = (digits(5_800_000_000).unsigned_abs(), exponent);
        world.post(update);
        world.check_margin(&long).accepted();
        reports.push(*world.portfolio_of(&long).report.engine());
    }
    assert!(reports.windows(2).all(|pair| pair[0] == pair[1]));

    let mut window = opening();
    window.post_first(0, 120_000);
    let mut first = window.world.update("BTC");
    (first.price, first.ema_price, first.conf, first.exponent) = (12_000_000, 12_000_000, 6_000, -2);
    window.world.post(first);
    window.finalize().accepted();
    assert_eq!(window.slot().settled_e8, 120_000 * USD_E8);
}

/// Percolator, 2026 (#106): a flag of the whole group was overwritten by each asset, so that the last one decided.
///
/// Goal: one stale price or volatility among several is stale for the book. Method: legs of BTC and ETH; each market's
/// price, then each one's volatility, the only one that is old: the report says so, and no new risk is taken.
#[test]
fn percolator_the_last_asset_does_not_decide_for_all() {
    for stale in ["BTC", "ETH"] {
        let Scene { mut world, long, short, expiry } = traded();
        world.list_expiry("ETH", expiry, Surface::FLAT, &[4_000 * USD_E8]).expect("an expiry");
        let legs = [("BTC", 120_000), ("ETH", 4_000)]
            .map(|(symbol, strike)| world.leg(symbol, expiry, strike * USD_E8, Kind::Call, UNIT_E6));
        world.trade_at_mark(&short, &long, &legs).accepted();
        let old = world.update(stale);
        world.vm.advance(61);
        world.refresh_prices();
        world.post(old);
        world.check_margin(&long).accepted();
        assert_eq!(world.portfolio_of(&long).report.engine().flags, FLAG_PRICE_STALE, "{stale}");
        world.trade_at_mark(&short, &long, &legs).refuses(BallastError::OracleStale);

        let fresh = if stale == "BTC" { "ETH" } else { "BTC" };
        world.vm.advance(600);
        world.refresh_prices();
        world.post_volatility(fresh, 500_000).expect("publishers speak");
        world.check_margin(&long).accepted();
        assert_eq!(world.portfolio_of(&long).report.engine().flags, FLAG_VOL_STALE, "{stale}");
        world.trade_at_mark(&short, &long, &legs).refuses(BallastError::VolatilityStale);
    }
}

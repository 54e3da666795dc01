//! The validity table of price updates, cell by cell, through the instructions that read prices.

use anchor_lang::prelude::Pubkey;
use ballast::{
    constants::{PYTH_RECEIVER, PYTH_RECEIVER_PRO},
    error::BallastError,
};
use ballast_harness::{
    feeds,
    pyth::PriceUpdate,
    world::{price_address, CollateralSpec},
    Verdict,
};
use ballast_risk::{MarginReport, FLAG_PRICE_STALE, FLAG_VOL_STALE};
use ballast_sdk::event::Event;
use ballast_tests::scene::{Act, Scene};
use solana_account::Account;

/// What reads a price; a deposit reads none.
const READERS: [Act; 9] = [
    Act::Check,
    Act::Open,
    Act::Close,
    Act::Withdraw,
    Act::Flag,
    Act::Slice,
    Act::Legs,
    Act::End,
    Act::Convert,
];
/// What increases risk.
const INCREASING: [Act; 2] = [Act::Open, Act::Withdraw];
/// What liquidates. A sale of SOL for a debt asks BTC's price no more than that: it is not what is sold.
const LIQUIDATING: [Act; 5] = [Act::Flag, Act::Slice, Act::Legs, Act::End, Act::Convert];
/// What does not: looks, reduces, or adds.
const HARMLESS: [Act; 3] = [Act::Check, Act::Close, Act::Deposit];

fn scene() -> Scene {
    Scene::new().expect("the scene stands")
}

/// The current good update of BTC.
fn good(scene: &Scene) -> PriceUpdate {
    let price_e8 = scene.world.update("BTC").price.unsigned_abs();
    scene.world.good_update("BTC", price_e8)
}

/// Each action goes through.
#[track_caller]
fn yes(scene: &Scene, acts: &[Act]) {
    for act in acts {
        if let Err(rejected) = scene.ask(*act) {
            panic!("{act:?} is refused: {rejected:?}");
        }
    }
}

/// Each action is refused with this error.
#[track_caller]
fn no(scene: &Scene, acts: &[Act], error: BallastError) {
    for act in acts {
        match scene.ask(*act) {
            Ok(_) => panic!("{act:?} is accepted, not refused with {error}"),
            Err(rejected) => assert!(rejected.is(error), "{act:?} is refused for {rejected}, not {error}"),
        }
    }
}

/// The report of a margin check.
#[track_caller]
fn report(scene: &Scene) -> MarginReport {
    let outcome = scene.ask(Act::Check).accepted();
    bytemuck::pod_read_unaligned(&outcome.return_data)
}

/// Goal: a fresh, narrow price serves everything. Method: every action, at each receiver's account.
#[test]
fn a_fresh_narrow_price_serves_everything() {
    let mut scene = scene();
    for receiver in [PYTH_RECEIVER, PYTH_RECEIVER_PRO] {
        let update = good(&scene).owned_by(receiver);
        scene.world.post(update);
        yes(&scene, &Act::ALL);
    }
    assert_eq!(report(&scene).flags, 0);
}

/// Goal: over a minute old a price serves for reducing and, at four times its confidence, for liquidating and beside what
/// is sold for a debt; over five minutes for nothing; a deposit needs none. Method: both sides of each limit.
#[test]
fn age_decides() {
    let mut scene = scene();
    let update = good(&scene);
    scene.world.post(update);
    let fresh = report(&scene);
    scene.world.vm.advance(60);
    scene.refresh_sol();
    yes(&scene, &Act::ALL);
    for secs in [1, 239] {
        scene.world.vm.advance(secs);
        scene.refresh_sol();
        no(&scene, &INCREASING, BallastError::OracleStale);
        yes(&scene, &HARMLESS);
        yes(&scene, &LIQUIDATING);
        let stale = report(&scene);
        assert_eq!(stale.flags, FLAG_PRICE_STALE);
        assert!(
            stale.oracle_e6 > 3 * fresh.oracle_e6,
            "{} is not about 4 × {}",
            stale.oracle_e6,
            fresh.oracle_e6
        );
    }
    scene.world.vm.advance(1);
    scene.refresh_sol();
    no(&scene, &READERS, BallastError::OracleTooOld);
    yes(&scene, &[Act::Deposit]);
}

/// Goal: a confidence above 2 % stops new risk, above 5 % liquidation too. Method: both sides of each limit.
#[test]
fn confidence_decides() {
    let mut scene = scene();
    let update = good(&scene);
    scene.world.post(update.wide(200));
    yes(&scene, &Act::ALL);
    for conf in [update.wide(200).conf + 1, update.wide(500).conf] {
        scene.world.post(PriceUpdate { conf, ..update });
        no(&scene, &INCREASING, BallastError::OracleConfidenceWide);
        yes(&scene, &HARMLESS);
        yes(&scene, &LIQUIDATING);
    }
    scene.world.post(PriceUpdate { conf: update.wide(500).conf + 1, ..update });
    no(&scene, &INCREASING, BallastError::OracleConfidenceWide);
    no(&scene, &LIQUIDATING, BallastError::OracleConfidenceUnusable);
    yes(&scene, &HARMLESS);
}

/// Goal: a price more than 20 % from its average stops new risk, more than 50 % liquidation too, on either side. Method:
/// both sides of each limit, the average above and below.
#[test]
fn distance_from_the_average_decides() {
    let mut scene = scene();
    let update = good(&scene);
    let price_e8 = update.price.unsigned_abs();
    // |S/ema − 1| is p exactly where ema = S/(1 ± p); rounded to the inside, and one beyond.
    let above = |percent: u64| (price_e8 * 100).div_ceil(100 + percent);
    let below = |percent: u64| price_e8 * 100 / (100 - percent);
    for (inside_e8, outside_e8) in [(above(20), above(20) - 1), (below(20), below(20) + 1)] {
        scene.world.post(update.averaging(inside_e8));
        yes(&scene, &Act::ALL);
        scene.world.post(update.averaging(outside_e8));
        no(&scene, &INCREASING, BallastError::OracleGapWide);
        yes(&scene, &HARMLESS);
        yes(&scene, &LIQUIDATING);
    }
    for (inside_e8, outside_e8) in [(above(50), above(50) - 1), (below(50), below(50) + 1)] {
        scene.world.post(update.averaging(inside_e8));
        no(&scene, &INCREASING, BallastError::OracleGapWide);
        yes(&scene, &LIQUIDATING);
        scene.world.post(update.averaging(outside_e8));
        no(&scene, &INCREASING, BallastError::OracleGapWide);
        no(&scene, &LIQUIDATING, BallastError::OracleGapUnusable);
        yes(&scene, &HARMLESS);
    }
}

/// Goal: over ten minutes without a volatility risk may only be reduced; V* is held and the up-shock is a quarter larger.
/// Method: prices go on, the volatility feed falls silent; both sides of the limit.
#[test]
fn a_stale_volatility_only_reduces() {
    let mut scene = scene();
    scene.world.wait(1).unwrap();
    scene.world.vm.advance(600);
    scene.world.refresh_prices();
    yes(&scene, &Act::ALL);
    let (fresh, margin_e6) = (report(&scene), scene.world.market(0).volatility.vol_margin_e6);
    scene.world.vm.advance(1);
    scene.world.refresh_prices();
    no(&scene, &INCREASING, BallastError::VolatilityStale);
    yes(&scene, &HARMLESS);
    yes(&scene, &LIQUIDATING);
    let stale = report(&scene);
    assert_eq!((stale.flags, scene.world.market(0).volatility.vol_margin_e6), (FLAG_VOL_STALE, margin_e6));
    assert!(stale.scan_e6 > fresh.scan_e6, "{} is not above {}", stale.scan_e6, fresh.scan_e6);
    scene.world.post_volatility("BTC", 420_000).unwrap();
    yes(&scene, &Act::ALL);
}

/// Every way an update can be wrong, with what it is refused for.
fn no_prices(update: PriceUpdate) -> Vec<(&'static str, Account, BallastError)> {
    use BallastError as E;
    let raw = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut account = update.account();
        change(&mut account.data);
        account
    };
    vec![
        ("of the system program", update.owned_by(Pubkey::default()).account(), E::OracleWrongOwner),
        ("of this program", update.owned_by(ballast::ID).account(), E::OracleWrongOwner),
        ("another feed", update.of_feed(feeds::ETH).account(), E::OracleWrongFeed),
        ("no feed", update.of_feed([0; 32]).account(), E::OracleWrongFeed),
        ("12 signatures", update.partly_verified(12).account(), E::OracleNotFullyVerified),
        ("no signatures", update.partly_verified(0).account(), E::OracleNotFullyVerified),
        ("zero", update.zero().account(), E::OraclePriceNotPositive),
        ("negative", update.negative().account(), E::OraclePriceNotPositive),
        ("average zero", update.averaging(0).account(), E::OracleEmaNotPositive),
        ("average negative", PriceUpdate { ema_price: -1, ..update }.account(), E::OracleEmaNotPositive),
        ("one second ahead", update.ahead(1).account(), E::OracleFuture),
        ("a century ahead", update.ahead(3_153_600_000).account(), E::OracleFuture),
        ("the last moment of time", update.published(i64::MAX).account(), E::OracleFuture),
        ("exponent 1", update.at_exponent(1).account(), E::OracleExponent),
        ("exponent −13", update.at_exponent(-13).account(), E::OracleExponent),
        ("the least exponent", update.at_exponent(i32::MIN).account(), E::OracleExponent),
        ("exponent 0", update.at_exponent(0).account(), E::OracleOutOfRange),
        ("the largest price", PriceUpdate { price: i64::MAX, ..update }.account(), E::OracleOutOfRange),
        ("the largest confidence", PriceUpdate { conf: u64::MAX, ..update }.account(), E::OracleOutOfRange),
        ("the largest average", PriceUpdate { ema_price: i64::MAX, ..update }.account(), E::OracleOutOfRange),
        ("empty", raw(&Vec::clear), E::OracleMalformed),
        ("one byte short", raw(&|data| data.truncate(133)), E::OracleMalformed),
        ("another discriminator", raw(&|data| data[0] ^= 1), E::OracleMalformed),
        ("an unknown level", raw(&|data| data[40] = 2), E::OracleNotFullyVerified),
        ("older than recorded", update.aged(61).account(), E::OracleNotMonotonic),
    ]
}

/// Each action refuses each wrong update at a feed's account, by its own error and the account's position.
#[track_caller]
fn refuse_no_prices(scene: &mut Scene, update: PriceUpdate, acts: &[Act], position: usize) {
    for (what, account, error) in no_prices(update) {
        scene.world.vm.set_account(price_address(&update.feed_id), account);
        for act in acts {
            let rejected = scene.ask(*act).expect_err(what);
            assert!(rejected.is(error), "{what}: {act:?} is refused for {rejected}, not {error}");
            let name = format!("remaining_accounts[{position}]");
            let named = rejected.logs.iter().any(|line| line.contains(&name));
            assert!(named, "{what}: {act:?} does not name the account\n{}", rejected.logs.join("\n"));
        }
        yes(scene, &[Act::Deposit]);
    }
}

/// Goal: what is no price is refused everywhere with its own error and the account's position; a deposit does not care.
/// Method: every way an update can be wrong, to every action that reads one.
#[test]
fn what_is_no_price_is_refused_everywhere() {
    let mut scene = scene();
    let update = good(&scene);
    refuse_no_prices(&mut scene, update, &READERS, 1);
    scene.world.post(update);
    yes(&scene, &Act::ALL);
}

/// Goal: what is no price of the collateral sells none of it, and stops nobody who does not hold any. Method: the same
/// updates of SOL.
#[test]
fn what_is_no_price_sells_no_collateral() {
    let mut scene = scene();
    let update = scene.world.good_update("SOL", scene.world.update("SOL").price.unsigned_abs());
    refuse_no_prices(&mut scene, update, &[Act::Convert], 3);
    yes(&scene, &[Act::Check, Act::Open, Act::Flag, Act::Slice, Act::Legs, Act::End]);
    scene.world.post(update);
    yes(&scene, &Act::ALL);
}

/// Goal: the price that counts is the one at its exponent. Method: the same price at every exponent that holds it.
#[test]
fn every_exponent_is_read() {
    let mut scene = scene();
    let update = good(&scene);
    let before = report(&scene);
    // At −8 the price has a whole number of dollars' digits to give away or to add.
    let dollars = update.price / 100_000_000 * 100_000_000;
    scene.world.post(PriceUpdate { price: dollars, ema_price: dollars, ..update });
    let whole = report(&scene);
    for exponent in [-12i32, -10, -9, -7, -5, -3, 0] {
        let scaled = |digits: i64| match exponent + 8 {
            up @ 0.. => digits / 10i64.pow(up.unsigned_abs()),
            down => digits * 10i64.pow(down.unsigned_abs()),
        };
        let price = scaled(dollars);
        let conf = scaled(i64::try_from(update.conf).unwrap()).unsigned_abs();
        scene.world.post(PriceUpdate { price, ema_price: price, conf, exponent, ..update });
        let read = report(&scene);
        // Coarse exponents cut the confidence, and nothing else.
        assert_eq!(
            (read.options_e6, read.gross_e6),
            (whole.options_e6, whole.gross_e6),
            "exponent {exponent}"
        );
    }
    assert!(before.gross_e6 >= whole.gross_e6);
}

/// Goal: prices of a market only move forward once an instruction that writes it has seen them; a margin check records
/// nothing. Method: check, go back; trade, go back; again at the same second.
#[test]
fn publish_times_only_move_forward() {
    let mut scene = scene();
    let first = good(&scene);
    scene.world.post(first);
    let instruction = scene.instruction(Act::Check);
    let crank = scene.world.crank.insecure_clone();
    scene.world.wait(30).unwrap();
    scene.world.send(&[instruction], &[&crank]).accepted();
    scene.world.post(first);
    yes(&scene, &Act::ALL);

    scene.world.wait(1).unwrap();
    let seen = scene.world.update("BTC");
    let open = scene.instruction(Act::Open);
    let signers = [scene.maker.key.clone(), scene.taker.key.clone()];
    scene.world.send(&[open], &[&signers[0], &signers[1]]).accepted();
    assert_eq!(scene.world.market(0).last_publish_time, seen.publish_time);
    yes(&scene, &Act::ALL);
    let older = seen.aged(1);
    scene.world.post(older);
    no(&scene, &READERS, BallastError::OracleNotMonotonic);
    yes(&scene, &[Act::Deposit]);
    scene.world.post(seen);
    yes(&scene, &Act::ALL);
}

/// Goal: who is flagged at a stale price is flagged on four times the confidence. Method: the event's requirement is the
/// margin check's at the same price.
#[test]
fn a_stale_price_liquidates_at_its_wide_confidence() {
    let mut scene = scene();
    let update = good(&scene).wide(150);
    scene.world.post(update);
    let fresh = flagged_requirement_e6(&scene);
    scene.world.vm.advance(61);
    let stale = flagged_requirement_e6(&scene);
    assert!(stale > fresh, "{stale} is not above {fresh}");
}

/// Goal: a stale confidence counts four times, neither more nor less. Method: at one second a price 61 seconds old and one
/// just published with four times its confidence: the whole report is the same.
#[test]
fn a_stale_confidence_counts_four_times() {
    let mut scene = scene();
    let old = good(&scene).wide(30);
    scene.world.vm.advance(61);
    scene.world.post(old);
    let stale = report(&scene);
    scene.world.post(PriceUpdate { conf: 4 * old.conf, ..old }.ahead(61));
    let wide = report(&scene);
    scene.world.post(old.ahead(61));
    let fresh = report(&scene);
    assert_eq!((stale.flags, wide.flags), (FLAG_PRICE_STALE, 0));
    assert_eq!(MarginReport { flags: 0, ..stale }, wide);
    assert!(fresh.oracle_e6 < wide.oracle_e6, "the confidence is charged: {fresh:?}");
}

/// Goal: the same of a collateral that is no market's underlying: it counts for less by four times its confidence. Method:
/// gold at both updates, beside a book that needs a margin.
#[test]
fn a_stale_collateral_counts_by_four_confidences() {
    const GOLD_FEED: [u8; 32] = [0x60; 32];
    let mut scene = scene();
    scene.world.add_collateral(&CollateralSpec::new("GOLD", GOLD_FEED, 400_000_000_000, 6)).unwrap();
    scene.world.fund(&scene.taker.clone(), "GOLD", 10_000_000).unwrap();
    let old = scene.world.update("GOLD").wide(30);
    scene.world.vm.advance(61);
    scene.world.refresh_prices();
    scene.world.post(old);
    let stale = report(&scene);
    scene.world.post(PriceUpdate { conf: 4 * old.conf, ..old }.ahead(61));
    let wide = report(&scene);
    scene.world.post(old.ahead(61));
    let fresh = report(&scene);
    assert_eq!(stale, wide, "the flag of a stale price is one of underlyings");
    let counted = |report: &MarginReport| (report.collateral_maintenance_e6, report.collateral_initial_e6);
    assert!(counted(&wide) < counted(&fresh) && wide.collateral_initial_e6 > 0, "{wide:?} {fresh:?}");
}

fn flagged_requirement_e6(scene: &Scene) -> i64 {
    let outcome = scene.ask(Act::Flag).accepted();
    let started = outcome.event(|event| match event {
        Event::LiquidationStarted(started) => Some(started),
        _ => None,
    });
    started.expect("an event").margin.maintenance_e6
}

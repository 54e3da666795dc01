//! Insurance pays a debt that nothing is left for; what it has not is an open shortfall.

use crate::{
    broke_at, owed_e6,
    scene::{emitted, Refuses, DAY_SECS, SOL, UNIT_E6, USD_E6, USD_E8},
};
use ballast::error::BallastError;
use ballast_harness::{
    world::{Kind, Surface},
    Verdict, World,
};

/// Goal: insurance that reaches pays all of it, and nobody else anything. Method: a stake larger than the debt; every
/// balance before and after.
#[test]
fn insurance_pays_a_debt_whole() {
    let mut broke = broke_at(200, true);
    let debt_e6 = owed_e6(&broke);
    assert!(debt_e6 > 10_000_000_000, "{debt_e6}");
    broke.world.staker("staker", 100_000 * USD_E6).expect("a stake");
    let before = broke.world.exchange();
    // A report of when there was a debt, which nobody may go by afterwards.
    broke.world.check_margin(&broke.loser).accepted();
    let debtor = broke.world.portfolio_of(&broke.loser);
    assert!(debtor.report_time > 0 && debtor.report_slot > 0);
    let outcome = broke.world.resolve(&broke.loser).accepted();
    let event = emitted!(outcome, InsolvencyResolved);
    assert_eq!((event.portfolio, event.debt_e6), (broke.loser.portfolio(), debt_e6));
    assert_eq!((event.insurance_paid_e6, event.shortfall_e6), (debt_e6, 0));
    assert_eq!(event.insurance_e6, before.insurance_e6 - debt_e6);
    let after = broke.world.exchange();
    assert_eq!((after.cash_index_e12, after.shortfall_e6), (before.cash_index_e12, 0));
    assert_eq!(after.insurance_e6, before.insurance_e6 - debt_e6);
    let portfolio = broke.world.portfolio_of(&broke.loser);
    assert_eq!((portfolio.cash_e6, portfolio.debt_since, portfolio.frozen), (0, 0, 0));
    assert_eq!(portfolio.sequence, debtor.sequence + 1);
    assert_eq!((portfolio.report_time, portfolio.report_slot), (0, 0), "the report is forgotten");
    assert!(bytemuck::bytes_of(&portfolio.report).iter().all(|byte| *byte == 0));
    broke.world.socialise().refuses(BallastError::NoShortfall);
    broke.world.resolve(&broke.loser).refuses(BallastError::NoDebt);
    broke.world.close(&broke.loser).accepted();
}

/// Goal: what insurance has not is a shortfall, and while it is open nothing leaves. Method: an empty fund; withdrawals of
/// both assets by who was never in it; what still goes on.
#[test]
fn a_shortfall_locks_withdrawals() {
    let mut broke = broke_at(200, true);
    let debt_e6 = owed_e6(&broke);
    let rich = broke.bystanders[0].clone();
    broke.world.fund(&rich, "SOL", 5 * SOL).accepted();
    broke.world.give(&rich, "USDC", 5 * USD_E6).accepted();
    let outcome = broke.world.resolve(&broke.loser).accepted();
    let event = emitted!(outcome, InsolvencyResolved);
    assert_eq!((event.insurance_paid_e6, event.shortfall_e6), (0, debt_e6));
    assert_eq!(broke.world.exchange().shortfall_e6, debt_e6);
    for asset in ["USDC", "SOL"] {
        broke.world.withdraw(&rich, asset, 1).refuses(BallastError::ShortfallOpen);
    }
    broke.world.deposit(&rich, "USDC", USD_E6).accepted();
    broke.world.wait(0).expect("feeds speak");
    broke.world.check_margin(&rich).accepted();
    broke.world.socialise().accepted();
    for asset in ["USDC", "SOL"] {
        broke.world.withdraw(&rich, asset, 1).accepted();
    }
}

/// Goal: a flagged portfolio that lost its last line to settlement is resolved and free. Method: flag the debtor, resolve.
#[test]
fn a_flagged_debtor_is_freed() {
    let mut broke = broke_at(200, true);
    broke.world.flag(&broke.loser).accepted();
    assert!(broke.world.portfolio_of(&broke.loser).is_frozen());
    broke.world.resolve(&broke.loser).accepted();
    let portfolio = broke.world.portfolio_of(&broke.loser);
    assert!(!portfolio.is_frozen() && portfolio.liquidation.flagged_at == 0 && portfolio.is_empty());
}

/// Goal: a debt stays its owner's while there is anything to sell. Method: a token of SOL beside it; lines that live on;
/// no debt; the token sold.
#[test]
fn what_is_left_is_sold_first() {
    let mut broke = broke_at(200, true);
    broke.world.fund(&broke.loser, "SOL", SOL).accepted();
    broke.world.resolve(&broke.loser).refuses(BallastError::AssetsLeft);
    for trader in [&broke.winner, &broke.bystanders[0]] {
        broke.world.resolve(trader).refuses(BallastError::NoDebt);
    }
    let buyer = broke.bystanders[1].clone();
    broke.world.give(&buyer, "USDC", 1_000 * USD_E6).accepted();
    broke.world.give(&buyer, "SOL", 0).accepted();
    broke.world.wait(0).expect("feeds speak");
    broke.world.convert(&broke.loser, &buyer, "SOL", 1_000 * USD_E6).accepted();
    let debt_e6 = owed_e6(&broke);
    let outcome = broke.world.resolve(&broke.loser).accepted();
    assert_eq!(emitted!(outcome, InsolvencyResolved).debt_e6, debt_e6);
}

/// Goal: a debt of pennies locks nobody's withdrawals: it waits until insurance has them. Method: 99.9999 cents short of a
/// dollar, a dollar; then a fund that can pay.
#[test]
fn pennies_wait_for_insurance() {
    for (left_e6, stands) in [(999_999, false), (1_000_000, true)] {
        let mut broke = broke_at(200, true);
        let debt = u64::try_from(owed_e6(&broke)).expect("a debt");
        broke.world.fund(&broke.loser, "USDC", debt - left_e6).accepted();
        if stands {
            broke.world.resolve(&broke.loser).accepted();
            assert_eq!(broke.world.exchange().shortfall_e6, 1_000_000);
            continue;
        }
        broke.world.resolve(&broke.loser).refuses(BallastError::ShortfallTooSmall);
        broke.world.sweep_fees("BTC").accepted();
        let outcome = broke.world.resolve(&broke.loser).accepted();
        assert_eq!(emitted!(outcome, InsolvencyResolved).insurance_paid_e6, 999_999);
    }
}

/// Goal: a debtor with lines is no insolvency yet: what they are worth at last is the creditors'. Method: short calls of a
/// soon expiry that cost more than there is, beside a long one of a later, and nothing else; resolved once that is worthless.
#[test]
fn lines_are_assets() {
    let mut world = World::standard().expect("the usual scenario");
    let (soon, later) = (world.vm.now() + 7 * DAY_SECS, world.vm.now() + 28 * DAY_SECS);
    for expiry in [soon, later] {
        world.list_expiry("SOL", expiry, Surface::default(), &[220 * USD_E8]).expect("an expiry");
    }
    let writer = world.funded("writer", 2_500 * USD_E6).expect("a writer");
    let holder = world.funded("holder", 50_000 * USD_E6).expect("a holder");
    for (expiry, calls) in [(soon, -20), (later, 1)] {
        let call = world.leg("SOL", expiry, 220 * USD_E8, Kind::Call, calls * UNIT_E6);
        world.trade_at_mark(&holder, &writer, &[call]).expect("a trade");
    }
    world.live_to_settlement("SOL", soon, |_| 450 * USD_E8).expect("a settlement");
    world.settle(&writer).accepted();
    let debtor = world.portfolio_of(&writer);
    assert!(debtor.cash_e6 < -1_000_000_000 && debtor.line_count == 1, "{}", debtor.cash_e6);
    assert!(debtor.collateral.iter().all(|amount| *amount == 0), "only the line is left");
    world.resolve(&writer).refuses(BallastError::AssetsLeft);
    world.live_to_settlement("SOL", later, |_| 100 * USD_E8).expect("a settlement");
    world.resolve(&writer).refuses(BallastError::AssetsLeft);
    world.settle(&writer).accepted();
    let outcome = world.resolve(&writer).accepted();
    assert_eq!(emitted!(outcome, InsolvencyResolved).debt_e6, -debtor.cash_e6, "it was worth nothing");
}

//! Insurance pays a debt that nothing is left for; what it has not is an open shortfall.

use crate::{
    broke_at, owed_e6,
    scene::{emitted, Refuses, SOL, USD_E6},
};
use ballast::error::BallastError;
use ballast_harness::Verdict;

/// Goal: insurance that reaches pays all of it, and nobody else anything. Method: a stake larger than the debt; every
/// balance before and after.
#[test]
fn insurance_pays_a_debt_whole() {
    let mut broke = broke_at(200, true);
    let debt_e6 = owed_e6(&broke);
    assert!(debt_e6 > 10_000_000_000, "{debt_e6}");
    broke.world.staker("staker", 100_000 * USD_E6).expect("a stake");
    let before = broke.world.exchange();
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

/// Goal: a debtor with lines is no insolvency yet. Method: the loser's debt beside a call bought before.
#[test]
fn lines_are_assets() {
    use crate::scene::{UNIT_E6, USD_E8};
    use ballast_harness::world::{Kind, Surface};
    let mut broke = broke_at(200, true);
    let expiry = broke.world.vm.now() + 7 * 86_400;
    broke.world.list_expiry("ETH", expiry, Surface::FLAT, &[4_000 * USD_E8]).expect("an expiry");
    broke.world.wait(0).expect("feeds speak");
    // Bought on credit it cannot be: the deposit lets it buy, and is then lost to the debt again.
    let debt = u64::try_from(owed_e6(&broke)).expect("a debt");
    broke.world.fund(&broke.loser, "USDC", debt + 10_000 * USD_E6).accepted();
    let call = broke.world.leg("ETH", expiry, 4_000 * USD_E8, Kind::Call, UNIT_E6);
    broke.world.trade_at_mark(&broke.bystanders[0], &broke.loser, &[call]).accepted();
    broke.world.resolve(&broke.loser).refuses(BallastError::NoDebt);
}

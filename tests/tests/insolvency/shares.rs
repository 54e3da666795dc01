//! The shortfall shared: to the unit, by everybody alike, once.

use crate::{
    broke_at, owed_e6,
    scene::{emitted, Refuses, HOUR_SECS, UNIT_E6, USD_E6, USD_E8},
    Broke,
};
use ballast::error::BallastError;
use ballast_harness::{
    world::{Kind, Surface},
    Verdict, World,
};

/// Everybody's cash as it is worth, 1e-6 quote.
fn worths(world: &World) -> Vec<(anchor_lang::prelude::Pubkey, i64)> {
    let index = world.exchange().cash_index();
    world.portfolios().into_iter().map(|(at, portfolio)| (at, portfolio.cash_at(&index))).collect()
}

/// Goal: every positive balance loses the same share, the deficit and no more: what is left over is rounding. Method: every
/// balance before and after against the exact quotient.
#[test]
fn everybody_bears_the_same_share() {
    let mut broke = broke_at(200, true);
    let debt_e6 = owed_e6(&broke);
    broke.world.resolve(&broke.loser).accepted();
    let fees_e6 = broke.world.market(0).fees_e6;
    let before = worths(&broke.world);
    let all: i128 = before.iter().map(|(_, cash)| i128::from(*cash)).sum();
    let outcome = broke.world.socialise().accepted();
    let event = emitted!(outcome, ShortfallSocialised);
    assert_eq!(
        (event.shortfall_before_e6, event.fees_e6, event.insurance_paid_e6),
        (debt_e6, fees_e6, fees_e6)
    );
    assert!(fees_e6 > 0, "the house pays first");
    let loss_e6 = debt_e6 - fees_e6;
    assert_eq!((event.borne_e6, event.shortfall_e6), (loss_e6, 0));
    assert_eq!(i128::from(event.cash_e6), all);
    let after = worths(&broke.world);
    let mut paid = 0;
    for ((_, was), (_, is)) in before.iter().zip(&after) {
        let due = i128::from(*was) * i128::from(loss_e6) / all;
        let bore = i128::from(*was - *is);
        // A step of the index is a millionth of a millionth of the balance.
        assert!((due..=due + 2 + i128::from(*was) / 1_000_000_000_000).contains(&bore), "{bore} of {due}");
        paid += bore;
    }
    let over = paid - i128::from(loss_e6);
    assert!((0..=i128::try_from(before.len() * 8).expect("a few")).contains(&over), "{over} units too much");
    let exchange = broke.world.exchange();
    assert_eq!((exchange.shortfall_e6, exchange.socialised_e6), (0, loss_e6));
    assert_eq!((exchange.socialised_count, exchange.insurance_e6), (1, 0));
    broke.world.socialise().refuses(BallastError::NoShortfall);
}

/// Goal: after the loss all cash can be withdrawn, and the vault is empty but for rounding. Method: everybody collects and
/// takes out everything, hour by hour.
#[test]
fn all_claims_are_paid_to_the_last() {
    let mut broke = broke_at(200, true);
    broke.world.resolve(&broke.loser).accepted();
    broke.world.socialise().accepted();
    let Broke { mut world, loser, winner, bystanders: [rich, poor] } = broke;
    let all = [loser, winner, rich, poor];
    for trader in &all {
        let worth_e6 = world.cash_of(trader);
        let due = world.portfolio_of(trader).cash_e6 - worth_e6;
        if due > 0 {
            let outcome = world.collect(trader).accepted();
            assert_eq!(emitted!(outcome, LossCollected).collected_e6, due);
        }
        assert_eq!(world.portfolio_of(trader).cash_e6, worth_e6);
        world.collect(trader).refuses(BallastError::NoLossDue);
        world.give(trader, "USDC", 0).accepted();
    }
    for _ in 0..200 {
        world.vm.advance(HOUR_SECS + 600);
        for trader in &all {
            let left = u64::try_from(world.portfolio_of(trader).cash_e6).expect("no debt");
            let most = (world.vault("USDC") / 20).max(1_000_000_000).min(left);
            if most > 0 {
                world.withdraw(trader, "USDC", most).accepted();
            }
        }
    }
    assert!(all.iter().all(|trader| world.portfolio_of(trader).cash_e6 == 0));
    assert!(world.vault("USDC") <= 8, "{} units of rounding", world.vault("USDC"));
}

/// Goal: who deposits after the loss bears nothing of it, and a second loss is shared by what cash is worth by then. Method:
/// a newcomer after the first, a second debt, everybody's part.
#[test]
fn newcomers_bear_only_what_comes_after() {
    let mut broke = broke_at(200, true);
    broke.world.resolve(&broke.loser).accepted();
    broke.world.socialise().accepted();
    let newcomer = broke.world.funded("newcomer", 1_000_000 * USD_E6).expect("a newcomer");
    assert_eq!(broke.world.cash_of(&newcomer), 1_000_000_000_000);
    broke.world.collect(&newcomer).refuses(BallastError::NoLossDue);
    let first = broke.world.exchange().cash_index_e12;
    // The second: one call of ETH, its writer as poor as can be.
    let (poor, rich) = (broke.bystanders[1].clone(), broke.bystanders[0].clone());
    let expiry = broke.world.vm.now() + 2 * 86_400;
    broke.world.list_expiry("ETH", expiry, Surface::FLAT, &[4_000 * USD_E8]).expect("an expiry");
    broke.world.wait(0).expect("feeds speak");
    let call = broke.world.leg("ETH", expiry, 4_000 * USD_E8, Kind::Call, -40 * UNIT_E6);
    broke.world.trade_at_mark(&rich, &poor, &[call]).accepted();
    broke.world.live_to_settlement("ETH", expiry, |_| 12_000 * USD_E8).expect("a settlement");
    for trader in [&poor, &rich] {
        broke.world.settle(trader).accepted();
    }
    let before = [&newcomer, &rich].map(|trader| broke.world.cash_of(trader));
    assert_eq!(before[0], 1_000_000_000_000);
    broke.world.resolve(&poor).accepted();
    broke.world.socialise().accepted();
    let exchange = broke.world.exchange();
    assert!(exchange.cash_index_e12 < first && exchange.socialised_count == 2);
    let after = [&newcomer, &rich].map(|trader| broke.world.cash_of(trader));
    let share = |at: usize| (before[at] - after[at]) as f64 / before[at] as f64;
    assert!(share(0) > 0.01 && (share(0) - share(1)).abs() < 1e-9, "{} and {}", share(0), share(1));
}

/// Goal: who has won cannot wait in an escrow for others to bear the loss. Method: the winner's line unsettled; share; settle
/// it, which anyone may; share.
#[test]
fn winners_are_settled_first() {
    let mut broke = broke_at(200, false);
    broke.world.resolve(&broke.loser).accepted();
    broke.world.socialise().refuses(BallastError::SettlementsOpen);
    broke.world.settle(&broke.winner).accepted();
    let worth_e6 = broke.world.cash_of(&broke.winner);
    broke.world.socialise().accepted();
    assert!(broke.world.cash_of(&broke.winner) < worth_e6);
}

/// Goal: where nothing is left, everything is lost, and a new beginning is one. Method: the winner alone takes out the whole
/// vault before the debt is resolved; what it still claims; a deposit afterwards.
#[test]
fn all_can_be_lost() {
    let Broke { mut world, loser, winner, bystanders } = broke_at(200, true);
    for trader in [&winner, &bystanders[0], &bystanders[1]] {
        world.give(trader, "USDC", 0).accepted();
    }
    while world.vault("USDC") > 0 {
        world.vm.advance(HOUR_SECS + 600);
        for trader in [&bystanders[0], &bystanders[1], &winner] {
            let left = u64::try_from(world.portfolio_of(trader).cash_e6).expect("no debt");
            let most = (world.vault("USDC") / 20).max(1_000_000_000).min(left).min(world.vault("USDC"));
            // The bystanders are out before the winner has begun to empty the vault.
            let waits = trader.name == winner.name
                && bystanders.iter().any(|other| world.portfolio_of(other).cash_e6 > 0);
            if most > 0 && !waits {
                world.withdraw(trader, "USDC", most).accepted();
            }
        }
    }
    assert!(world.portfolio_of(&winner).cash_e6 > 1_000_000_000);
    world.resolve(&loser).accepted();
    let outcome = world.socialise().accepted();
    let event = emitted!(outcome, ShortfallSocialised);
    assert_eq!((event.borne_e6, event.shortfall_e6), (event.cash_e6, 0));
    assert_eq!((event.cash_index_e12, event.cash_generation), (1_000_000_000_000, 1));
    assert_eq!(world.cash_of(&winner), 0);
    world.collect(&winner).accepted();
    world.close(&winner).accepted();
    let newcomer = world.funded("newcomer", 5_000 * USD_E6).expect("a new beginning");
    assert_eq!(world.cash_of(&newcomer), 5_000_000_000);
    world.withdraw(&newcomer, "USDC", 1_000 * USD_E6).accepted();
}

/// Goal: what has come to insurance by then pays first, and if it is enough nobody bears anything. Method: a stake cannot
/// come while the shortfall is open, fees can: enough of them are in the market.
#[test]
fn fees_pay_before_anybody() {
    let mut broke = broke_at(200, true);
    let debt_e6 = owed_e6(&broke);
    broke.world.staker("staker", u64::try_from(debt_e6).expect("a debt") - 10 * USD_E6).expect("a stake");
    broke.world.resolve(&broke.loser).accepted();
    assert_eq!(broke.world.exchange().shortfall_e6, 10_000_000);
    assert_eq!(broke.world.exchange().insurance_shares, 0, "the stake is used up");
    let fees_e6 = broke.world.market(0).fees_e6;
    assert!(fees_e6 > 10_000_000);
    let outcome = broke.world.socialise().accepted();
    let event = emitted!(outcome, ShortfallSocialised);
    assert_eq!((event.borne_e6, event.shortfall_e6, event.insurance_paid_e6), (0, 0, 10_000_000));
    let exchange = broke.world.exchange();
    assert_eq!((exchange.cash_index_e12, exchange.socialised_count), (1_000_000_000_000, 0));
    assert_eq!(exchange.insurance_e6, fees_e6 - 10_000_000);
}

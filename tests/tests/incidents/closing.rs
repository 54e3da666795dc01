//! Incidents of closing: accounts that were gone while somebody's money was in them.

use crate::{
    pit::fall::flagged,
    scene::{emitted, traded, Refuses, Scene, DAY_SECS, UNIT_E6, USD_E6, USD_E8},
};
use ballast::error::BallastError;
use ballast_harness::{
    world::{Kind, Surface},
    Trader, Verdict, World,
};
use std::{fs, path::Path};

/// OptiFi, August 2022: a maintenance command closed the program's accounts with everybody's money in them.
///
/// Goal: a portfolio with anything in it is not closed, by its owner either. Method: a unit of cash; a unit of collateral; a
/// line; a debt; a frozen one. Empty, it closes.
#[test]
fn optifi_nothing_that_holds_money_is_closed() {
    let Scene { mut world, long, short, expiry } = traded();
    let owner = world.funded("owner", 1).expect("a portfolio");
    world.close(&owner).refuses(BallastError::NotEmpty);
    world.withdraw(&owner, "USDC", 1).accepted();
    world.fund(&owner, "SOL", 1).accepted();
    world.close(&owner).refuses(BallastError::NotEmpty);
    world.withdraw(&owner, "SOL", 1).accepted();
    world.close(&owner).accepted();

    // A line and nothing else: what was paid for may stand without cash.
    let call = world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, UNIT_E6);
    let poor = world.funded("poor", 100_000 * USD_E6).expect("a buyer");
    world.trade_at_mark(&short, &poor, &[call]).accepted();
    world.give(&poor, "USDC", 0).accepted();
    let cash = world.portfolio_of(&poor).cash_e6.unsigned_abs();
    world.withdraw(&poor, "USDC", cash).accepted();
    world.close(&poor).refuses(BallastError::NotEmpty);
    world.close(&long).refuses(BallastError::NotEmpty);

    let mut fall = flagged();
    let victim = fall.victim.clone();
    fall.world.close(&victim).refuses(BallastError::Frozen);
}

/// A seller of SOL calls whom the settlement left with a debt and nothing else, the buyer who won, and a bystander with the
/// smallest amount there is.
pub(crate) struct Debtor {
    pub world: World,
    pub debtor: Trader,
    pub rich: Trader,
    pub penny: Trader,
}

/// The call settled at 400.
pub(crate) fn debtor() -> Debtor {
    let mut world = World::standard().expect("the usual scenario");
    let expiry = world.vm.now() + 3 * DAY_SECS;
    world.list_expiry("SOL", expiry, Surface::FLAT, &[220 * USD_E8]).expect("an expiry");
    let rich = world.funded("rich", 100_000 * USD_E6).expect("a buyer");
    let debtor = world.funded("debtor", 3_000 * USD_E6).expect("a seller");
    let penny = world.funded("penny", 1).expect("a bystander");
    let sold = world.leg("SOL", expiry, 220 * USD_E8, Kind::Call, -40 * UNIT_E6);
    world.trade_at_mark(&rich, &debtor, &[sold]).expect("a trade");
    crate::pit::at(&mut world, expiry);
    world.post(world.good_update("SOL", 400 * USD_E8).published(expiry));
    world.finalize("SOL", expiry).expect("a price");
    world.settle(&debtor).expect("a debt");
    world.settle(&rich).expect("a gain");
    Debtor { world, debtor, rich, penny }
}

/// The same: what is owed is no emptiness.
///
/// Goal: neither a debt nor a loss that is due and not collected goes by closing. Method: a debtor without anything; the debt
/// shared; a penny whose owner bears it all but for a millionth that is not collected yet. Afterwards both close.
#[test]
fn optifi_a_debt_is_not_closed_away() {
    let Debtor { mut world, debtor, rich, penny } = debtor();
    assert!(world.portfolio_of(&debtor).cash_e6 < 0);
    world.close(&debtor).refuses(BallastError::NotEmpty);
    world.resolve(&debtor).accepted();
    world.close(&debtor).accepted();
    let outcome = world.socialise().accepted();
    assert!(emitted!(outcome, ShortfallSocialised).borne_e6 > 0);
    assert_eq!((world.portfolio_of(&penny).cash_e6, world.cash_of(&penny)), (1, 0), "due, not collected");
    for trader in [&rich, &penny] {
        world.close(trader).refuses(BallastError::NotEmpty);
    }
    world.collect(&penny).accepted();
    world.close(&penny).accepted();
}

/// The same: a stake of the insurance fund.
///
/// Goal: a stake with shares, staying or leaving, is not closed. Method: staked; all asked back; claimed but for one; claimed.
#[test]
fn optifi_a_stake_with_shares_is_not_closed() {
    let mut world = World::standard().expect("the usual scenario");
    let staker = world.staker("staker", 1_000 * USD_E6).expect("a stake");
    world.close_stake(&staker).refuses(BallastError::NotEmpty);
    let shares = world.stake_of(&staker.pubkey()).shares;
    world.unstake(&staker, shares).accepted();
    let stake = world.stake_of(&staker.pubkey());
    assert!(stake.shares == 0 && stake.leaving_shares > 1);
    world.close_stake(&staker).refuses(BallastError::NotEmpty);
    world.vm.advance(7 * DAY_SECS);
    world.funded("somebody", 10_000 * USD_E6).expect("so that the vault lets it go");
    world.claim_stake(&staker, stake.leaving_shares - 1).accepted();
    world.close_stake(&staker).refuses(BallastError::NotEmpty);
    world.claim_stake(&staker, 1).accepted();
    world.close_stake(&staker).accepted();
}

/// Every line of the program's instructions that closes an account, with its file.
fn closing_lines(folder: &Path, found: &mut Vec<(String, String)>) {
    for entry in fs::read_dir(folder).expect("the program's sources") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            closing_lines(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let text = fs::read_to_string(&path).expect("a source");
            let closes = |line: &&str| line.contains("close =") || line.contains(".close(");
            found.extend(text.lines().filter(closes).map(|line| (name.clone(), line.trim().to_owned())));
        }
    }
}

/// The same: a third way to close an account would have to be looked at here.
///
/// Goal: two instructions close an account, each an owner's own. Method: the sources.
#[test]
fn optifi_two_instructions_close_an_account() {
    let mut found = Vec::new();
    closing_lines(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../programs/ballast/src"), &mut found);
    found.sort();
    let known = ["portfolio_close", "stake_close"]
        .map(|name| (name.to_owned(), "#[account(mut, close = owner)]".to_owned()));
    assert_eq!(found, known);
}

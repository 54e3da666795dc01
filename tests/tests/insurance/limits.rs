//! How fast stakes leave: a quarter of the vault an hour, to the unit, without the exemption that portfolios have.

use crate::{
    scene::{emitted, traded, Refuses, Scene, USD_E6},
    COOLDOWN_SECS,
};
use ballast::error::BallastError;
use ballast_harness::{Trader, Verdict, World};

/// A staker who waits for most of the vault, ripe, and a trader with cash and no lines.
fn whale() -> (World, Trader, Trader) {
    let Scene { mut world, .. } = traded();
    // Fees beforehand are what the house's shares stand for: a share costs exactly 1.
    world.sweep_fees("BTC").expect("fees");
    let trader = world.funded("trader", 10_000 * USD_E6).expect("a trader");
    world.give(&trader, "USDC", 0).expect("an account");
    let whale = world.staker("whale", 10_000_000 * USD_E6).expect("a stake");
    world.unstake(&whale, 10_000_000 * USD_E6).accepted();
    world.vm.advance(COOLDOWN_SECS);
    (world, whale, trader)
}

/// Goal: a quarter of the vault may leave in an hour and not a unit more. Method: a quarter and one, a quarter, one; the hour
/// over, again.
#[test]
fn a_quarter_of_the_vault_leaves_in_an_hour() {
    let (mut world, whale, _) = whale();
    for _ in 0..2 {
        let most = world.vault("USDC") / 4;
        world.claim_stake(&whale, most + 1).refuses(BallastError::OutflowLimit);
        let outcome = world.claim_stake(&whale, most).accepted();
        let event = emitted!(outcome, InsuranceClaimed);
        assert_eq!((event.amount, event.outflow), (most, most.cast_signed()));
        world.claim_stake(&whale, 1).refuses(BallastError::OutflowLimit);
        // Buckets are ten minutes wide: nothing is forgotten before its hour is over.
        world.vm.advance(3_599);
        world.claim_stake(&whale, 1).refuses(BallastError::OutflowLimit);
        world.vm.advance(601);
    }
}

/// Goal: what a portfolio may always withdraw, a stake may not. Method: the hour used up by a claim; a dollar claimed, all
/// that is exempt withdrawn by a portfolio, a unit more of either.
#[test]
fn the_small_exemption_is_no_stakers() {
    let (mut world, whale, trader) = whale();
    let quarter = world.vault("USDC") / 4;
    world.claim_stake(&whale, quarter).accepted();
    world.claim_stake(&whale, USD_E6).refuses(BallastError::OutflowLimit);
    world.withdraw(&trader, "USDC", 1_000 * USD_E6).accepted();
    world.withdraw(&trader, "USDC", 1).refuses(BallastError::OutflowLimit);
    world.claim_stake(&whale, 1).refuses(BallastError::OutflowLimit);
}

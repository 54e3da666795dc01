//! Liquidation and what follows a loss have no gate: they are what keeps the house solvent.

use crate::{
    pit::{
        fall::{sold, WHOLE_E9},
        pegged::both_legs,
        window::{opening, Window},
    },
    scene::{SOL, USD_E6},
};
use ballast::constants::GATES_ALL;
use ballast_harness::{Verdict, World};

/// Every way to shut all gates: the admin's, the guardian's, both.
const SHUT: [fn(&mut World); 3] = [
    |world| drop(world.set_gates(GATES_ALL).accepted()),
    |world| drop(world.pause(GATES_ALL).accepted()),
    |world| {
        world.set_gates(GATES_ALL).accepted();
        world.pause(GATES_ALL).accepted();
    },
];

/// Goal: a liquidation begins, goes on and ends with every gate shut. Method: flag, slice, legs, a sale for the debt the legs
/// left, a deposit and the end.
#[test]
fn liquidation_has_no_gate() {
    for shut in SHUT {
        let mut fall = sold();
        fall.world.fund(&fall.victim, "SOL", 900 * SOL).accepted();
        fall.world.give(&fall.victim, "USDC", 0).accepted();
        let out = u64::try_from(fall.cash()[0]).expect("cash") - 1_000 * USD_E6;
        fall.world.wait(3_600).expect("feeds speak");
        fall.world.withdraw(&fall.victim, "USDC", out).accepted();
        let (victim, taker, buyer) = (fall.victim.clone(), fall.taker.clone(), fall.house.clone());
        fall.world.give(&buyer, "USDC", USD_E6).accepted();
        fall.world.give(&buyer, "SOL", 0).accepted();
        fall.drop(20);
        shut(&mut fall.world);
        fall.world.flag(&victim).accepted();
        fall.take(WHOLE_E9 / 1_000).accepted();
        let legs = both_legs(&fall, 500_000);
        fall.world.take_legs(&victim, &taker, &legs).accepted();
        fall.world.convert(&victim, &buyer, "SOL", USD_E6).accepted();
        fall.world.fund(&victim, "USDC", 1_000_000 * USD_E6).accepted();
        fall.world.end_liquidation(&victim).accepted();
    }
}

/// Goal: a debt is resolved, the shortfall shared and each part of it collected with every gate shut. Method: a seller with
/// less than settlement costs.
#[test]
fn losses_have_no_gate() {
    for shut in SHUT {
        let Window { mut world, long, short, expiry } = opening();
        world.wait(60).expect("feeds speak");
        let held = u64::try_from(world.portfolio_of(&short).cash_e6).expect("cash");
        world.give(&short, "USDC", 0).accepted();
        // Somebody else's cash: a quarter of the vault leaves in an hour and no more.
        world.funded("rich", 3_000_000 * USD_E6).expect("a bystander");
        world.withdraw(&short, "USDC", held - 60_000 * USD_E6).accepted();
        let mut window = Window { world, long, short, expiry };
        window.settle_at(200_000);
        let Window { mut world, long, short, .. } = window;
        world.settle(&short).accepted();
        world.settle(&long).accepted();
        shut(&mut world);
        world.resolve(&short).accepted();
        assert!(world.exchange().shortfall_e6 > 0);
        world.socialise().accepted();
        world.collect(&long).accepted();
    }
}

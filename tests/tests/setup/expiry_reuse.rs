//! Which slots of a market take a new expiry: those whose expiry is over with nothing left in it.

use crate::scene::{traded, Scene, DAY_SECS, USD_E8};
use ballast::{constants::EXPIRIES, error::BallastError, state::EXPIRY_LISTED};
use ballast_harness::{world::Surface, Verdict, World};

/// Lists expiries until every slot is taken, none of which ends within 300 days.
fn fill(world: &mut World) {
    let market = world.market(0);
    let free = market.expiries.iter().filter(|slot| slot.status == 0).count();
    for n in 0..free {
        let expiry = world.vm.now() + (300 + i64::try_from(n).expect("few")) * DAY_SECS;
        world.list_expiry("BTC", expiry, Surface::FLAT, &[100_000 * USD_E8]).expect("a slot");
    }
    assert!(world.market(0).expiries.iter().all(|slot| slot.status == EXPIRY_LISTED));
}

/// Goal: an expiry that passed and that nobody holds makes room, from the second it passes. Method: a full market.
#[test]
fn an_expiry_nobody_held_makes_room() {
    let mut world = World::standard().expect("the usual scenario");
    let soon = world.vm.now() + DAY_SECS;
    world.list_expiry("BTC", soon, Surface::FLAT, &[100_000 * USD_E8, 110_000 * USD_E8]).expect("an expiry");
    fill(&mut world);
    let next = soon + DAY_SECS;
    world.vm.advance(DAY_SECS - 1);
    let full = world.list_expiry("BTC", next, Surface::FLAT, &[1]).expect_err("no slot");
    assert!(full.is(BallastError::TooManyExpiries), "{full:?}");
    world.vm.advance(1);
    world.list_expiry("BTC", next, Surface::FLAT, &[120_000 * USD_E8]).expect("the first slot");
    let slot = &world.market(0).expiries[0];
    assert_eq!((slot.expiry_ts, slot.strike_count), (next, 1));
    assert_eq!(slot.strikes[0].price_e8, 120_000 * USD_E8);
    assert!(
        slot.strikes[1..].iter().all(|strike| strike.price_e8 == 0),
        "nothing of the last expiry is left"
    );
}

/// Goal: an expiry with lines keeps its slot until it is settled and every line is cash. Method: a full market, a trade
/// lived through to its settlement, one side settled, then the other.
#[test]
fn an_expiry_with_lines_keeps_its_slot() {
    let Scene { mut world, long, short, expiry } = traded();
    fill(&mut world);
    let next = expiry + 10 * DAY_SECS;
    let refused = |world: &mut World| {
        let full = world.list_expiry("BTC", next, Surface::FLAT, &[]).expect_err("no slot");
        assert!(full.is(BallastError::TooManyExpiries), "{full:?}");
    };
    refused(&mut world);
    world.unwatched(|world| world.live_to_settlement("BTC", expiry, |_| 130_000 * USD_E8)).expect("a price");
    refused(&mut world);
    world.settle(&long).accepted();
    refused(&mut world);
    world.settle(&short).accepted();
    world.list_expiry("BTC", next, Surface::FLAT, &[130_000 * USD_E8]).expect("the slot");
    let slot = &world.market(0).expiries[0];
    assert_eq!((slot.expiry_ts, slot.status, slot.strike_count), (next, EXPIRY_LISTED, 1));
    assert_eq!((slot.settled_e8, slot.settled_at, slot.sum.weight_secs, slot.escrow_e6), (0, 0, 0, 0));
}

/// Goal: an expiry awaiting its price with lines is no room either. Method: let it pass without a sample.
#[test]
fn an_expiry_without_a_price_keeps_its_slot() {
    let Scene { mut world, expiry, .. } = traded();
    fill(&mut world);
    world.vm.advance(31 * DAY_SECS);
    let full = world.list_expiry("BTC", expiry + 40 * DAY_SECS, Surface::FLAT, &[]).expect_err("no slot");
    assert!(full.is(BallastError::TooManyExpiries), "{full:?}");
    assert_eq!(world.market(0).expiries.len(), EXPIRIES);
}

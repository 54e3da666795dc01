//! Liquidation by legs: which go first, what they cost, where it ends, and who may not.

mod pit;
mod scene;

#[path = "legs/order.rs"]
mod order;
#[path = "legs/refused.rs"]
mod refused;
#[path = "legs/taken.rs"]
mod taken;
#[path = "legs/takers.rs"]
mod takers;

use crate::{
    pit::fall::Fall,
    scene::{UNIT_E6, USD_E6, USD_E8},
};
use ballast::{
    instructions::{LegWanted, LiquidateLegsArgs},
    state::PositionLine,
};
use ballast_harness::{
    world::{Kind, Surface},
    Sent, Trader, World,
};

/// A leg of BTC as a taker names it, most of it so much, 1e-6 unit.
fn wanted(world: &World, expiry: i64, thousand: u64, kind: Kind, qty_max_e6: u64) -> LegWanted {
    let leg = world.leg("BTC", expiry, thousand * 1_000 * USD_E8, kind, 1);
    let (market, expiry_slot, strike_slot, is_put) =
        (leg.market, leg.expiry_slot, leg.strike_slot, leg.is_put);
    LegWanted { market, expiry_slot, strike_slot, is_put, qty_max_e6 }
}

/// The put of the strangle that the fall has made dear.
fn put(fall: &Fall, qty_max_e6: u64) -> LegWanted {
    wanted(&fall.world, fall.expiry, 100, Kind::Put, qty_max_e6)
}

/// The call of the strangle that the fall has made cheap.
fn call(fall: &Fall, qty_max_e6: u64) -> LegWanted {
    wanted(&fall.world, fall.expiry, 140, Kind::Call, qty_max_e6)
}

/// The taker takes these.
fn take(fall: &mut Fall, legs: &[LegWanted]) -> Sent {
    fall.world.take_legs(&fall.victim.clone(), &fall.taker.clone(), legs)
}

/// The taker takes up to so much of the put, 1e-6 unit.
fn take_put(fall: &mut Fall, qty_max_e6: u64) -> Sent {
    let leg = put(fall, qty_max_e6);
    take(fall, &[leg])
}

/// Arguments without limits.
fn asking(legs: &[LegWanted]) -> LiquidateLegsArgs {
    LiquidateLegsArgs { legs: legs.to_vec(), cash_min_e6: i64::MIN, sequence: None }
}

/// A book of several legs of BTC and ETH, sold and bought, that a fall of both flags: its world, holder, a taker and the two
/// expiries. Strikes are listed from below or from above, so that slots differ and prices do not.
fn mixed(from_above: bool) -> (World, Trader, Trader, [i64; 2]) {
    let mut world = World::standard().expect("the usual scenario");
    let expiries = [20, 40].map(|days| world.vm.now() + days * 86_400);
    for expiry in expiries {
        for (symbol, strikes) in [("BTC", [95_000, 105_000, 130_000]), ("ETH", [3_200, 3_600, 4_400])] {
            let mut strikes = strikes.map(|dollars| dollars * USD_E8);
            if from_above {
                strikes.reverse();
            }
            world.list_expiry(symbol, expiry, Surface::default(), &strikes).expect("an expiry");
        }
    }
    let house = world.funded("house", 5_000_000 * USD_E6).expect("a buyer");
    let victim = world.funded("victim", 160_000 * USD_E6).expect("a seller");
    let taker = world.funded("taker", 5_000_000 * USD_E6).expect("a liquidator");
    let [near, far] = expiries;
    let leg =
        |symbol, expiry, dollars: u64, kind, qty| world.leg(symbol, expiry, dollars * USD_E8, kind, qty);
    let legs = [
        leg("BTC", near, 105_000, Kind::Put, -2 * UNIT_E6),
        leg("BTC", near, 95_000, Kind::Put, UNIT_E6),
        leg("BTC", far, 130_000, Kind::Call, -UNIT_E6),
        leg("ETH", near, 3_600, Kind::Put, -30 * UNIT_E6),
        leg("ETH", far, 3_200, Kind::Put, -20 * UNIT_E6),
        leg("ETH", far, 4_400, Kind::Call, 5 * UNIT_E6),
    ];
    world.trade_at_mark(&house, &victim, &legs).expect("a trade");
    world.vm.advance(1);
    world.refresh_prices();
    let mut percent = 99;
    while world.margin(&victim).expect("a report").excess_maintenance_e6 >= 0 {
        world.vm.advance(1);
        world.refresh_prices();
        world.set_price("BTC", 116_661 * USD_E8 / 100 * percent);
        world.set_price("ETH", 3_997 * USD_E8 / 100 * percent);
        percent -= 1;
    }
    world.flag(&victim).expect("a flag");
    (world, victim, taker, expiries)
}

/// A leg of a line as a taker names it.
fn named(line: &PositionLine, is_put: bool) -> LegWanted {
    let PositionLine { market, expiry_slot, strike_slot, .. } = *line;
    LegWanted { market, expiry_slot, strike_slot, is_put, qty_max_e6: u64::MAX }
}

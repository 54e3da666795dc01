//! A market whose open interest is its victims': where phases hold and open interest is dear.

use crate::{
    pit::fall::Fall,
    scene::{DAY_SECS, UNIT_E6, USD_E6, USD_E8},
};
use ballast_harness::{
    world::{Kind, MarketSpec, Surface},
    Trader, Verdict, World,
};

/// Units of each leg a victim sold.
pub const UNITS: i64 = 2_000;

/// A numbered market of these terms, with strikes 85 and 120.
pub fn list_market(world: &mut World, number: u8, expiry: i64, change: impl Fn(&mut MarketSpec)) {
    let mut spec = MarketSpec::numbered(number);
    change(&mut spec);
    world.add_market(&spec).accepted();
    world.list_expiry(&spec.symbol, expiry, Surface::FLAT, &[85 * USD_E8, 120 * USD_E8]).expect("listed");
}

/// Market U1 of these terms, two victims who sold the same strangles, both flagged far under their limit.
pub fn market_of_victims(change: impl Fn(&mut MarketSpec)) -> (Fall, Trader) {
    let mut world = World::standard().expect("the usual scenario");
    let expiry = world.vm.now() + 30 * DAY_SECS;
    list_market(&mut world, 1, expiry, change);
    let house = world.funded("house", 5_000_000 * USD_E6).expect("a buyer");
    let taker = world.funded("taker", 5_000_000 * USD_E6).expect("a liquidator");
    let victims = ["one", "two"].map(|name| {
        let victim = world.funded(name, 60_000 * USD_E6).expect("a seller");
        let legs = [(85, Kind::Put), (120, Kind::Call)]
            .map(|(strike, kind)| world.leg("U1", expiry, strike * USD_E8, kind, -UNITS * UNIT_E6));
        world.trade_at_mark(&house, &victim, &legs).expect("a trade");
        victim
    });
    let limits = world.snapshot().liquidation_prices(&world.portfolio_of(&victims[0]), 3).expect("a search");
    world.set_price("U1", limits.below_e8.expect("one below") / 100 * 96);
    victims.iter().for_each(|victim| drop(world.flag(victim).expect("a flag")));
    let [victim, second] = victims;
    (Fall { world, victim, house, taker, expiry }, second)
}

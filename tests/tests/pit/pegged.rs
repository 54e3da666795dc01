//! A scene of liquidation on an exchange that reads its peg, with a collateral that is no market's underlying.

use crate::{
    pit::fall::{sold_in, Fall},
    scene::{DAY_SECS, UNIT_E6, USD_E6, USD_E8},
};
use ballast::instructions::{ExchangeInitArgs, LegWanted};
use ballast_harness::{
    feeds,
    world::{CollateralSpec, Kind, MarketSpec, Surface, TEN_TENTEN},
    PriceUpdate, World,
};

/// The feed of gold: no market has it.
pub const GOLD_FEED: [u8; 32] = [0x60; 32];
/// The place of gold among the collateral assets.
pub const GOLD: usize = 1;

/// Four strangles sold by a victim with 100,000, as in [`crate::pit::fall::sold`]; the quote currency is worth a dollar.
pub fn pegged() -> Fall {
    let mut world = World::bare(TEN_TENTEN).expect("a VM");
    let args = ExchangeInitArgs { peg_feed_id: feeds::USDC, ..world.exchange_args() };
    world.create_exchange(args).expect("an exchange");
    world.post(PriceUpdate::new(feeds::USDC, USD_E8, TEN_TENTEN));
    for spec in [MarketSpec::btc(), MarketSpec::eth(), MarketSpec::sol()] {
        world.add_market(&spec).expect("a market");
    }
    let gold = CollateralSpec::new("GOLD", GOLD_FEED, 4_000 * USD_E8, 6);
    for spec in [CollateralSpec::sol(), gold] {
        world.add_collateral(&spec).expect("an asset");
    }
    let expiry = TEN_TENTEN + 30 * DAY_SECS;
    let strikes = [100_000, 140_000].map(|strike| strike * USD_E8);
    world.list_expiry("BTC", expiry, Surface::default(), &strikes).expect("an expiry");
    sold_in(world, expiry, 4 * UNIT_E6, 100_000 * USD_E6)
}

/// Both legs of the strangle of a scene as whoever takes them names them, most of each so much, 1e-6 unit.
pub fn both_legs(fall: &Fall, qty_max_e6: u64) -> [LegWanted; 2] {
    [(100_000, Kind::Put), (140_000, Kind::Call)].map(|(strike, kind)| {
        let leg = fall.world.leg("BTC", fall.expiry, strike * USD_E8, kind, 1);
        let (market, expiry_slot, strike_slot, is_put) =
            (leg.market, leg.expiry_slot, leg.strike_slot, leg.is_put);
        LegWanted { market, expiry_slot, strike_slot, is_put, qty_max_e6 }
    })
}

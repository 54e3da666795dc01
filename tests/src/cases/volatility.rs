//! Volatility: posts, and updates from every kind of feed.

use super::Table;
use crate::Result;
use ballast::state::{VOLATILITY_FEED_NONE, VOLATILITY_FEED_PYTH};
use ballast_harness::{world::MarketSpec, PriceUpdate, World};
use ballast_sdk::instruction::risk::volatility_post;
use solana_signer::Signer;

pub(super) fn measure(table: &mut Table) -> Result<()> {
    let mut world = World::standard()?;
    posts(table, &mut world)?;
    table.add("volatility_update", "feed of publishers", world.update_volatility("BTC"))?;
    world.add_market(&realised_only())?;
    table.add("volatility_update", "realised volatility only", world.update_volatility("U3"))?;
    let pyth = pyth_feed();
    world.add_market(&pyth)?;
    let update = PriceUpdate::new(pyth.args.volatility_feed_id, 60_000_000, world.vm.now());
    world.post(update);
    table.add("volatility_update", "Pyth feed", world.update_volatility("U4"))?;
    Ok(())
}

/// The last of three publishers: the median is of all of them.
fn posts(table: &mut Table, world: &mut World) -> Result<()> {
    world.vm.advance(60);
    let (market, now) = (world.markets[0].clone(), world.vm.now());
    for publisher in &market.publishers {
        let post = volatility_post(&publisher.pubkey(), &market.address, 430_000, 4_000, now);
        let sent = world.send(&[post], &[publisher]);
        if publisher.pubkey() == market.publishers[2].pubkey() {
            table.add("volatility_post", "third of 3 publishers", sent)?;
        } else {
            sent?;
        }
    }
    world.refresh_prices();
    Ok(())
}

fn realised_only() -> MarketSpec {
    let mut spec = MarketSpec::numbered(3);
    spec.args.volatility_kind = VOLATILITY_FEED_NONE;
    spec
}

fn pyth_feed() -> MarketSpec {
    let mut spec = MarketSpec::numbered(4);
    spec.args.volatility_kind = VOLATILITY_FEED_PYTH;
    spec.args.volatility_feed_id = [0x77; 32];
    spec
}

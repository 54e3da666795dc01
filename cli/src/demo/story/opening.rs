//! The exchange is made, and everybody puts in what they have.

use super::super::{
    cast::CAST,
    market::{self, BTC, CALM, ETH, FAR, NEAR, REALISED_E6, SOL, START},
    record::{Step, Teller},
    stage::{fault, Stage},
};
use crate::{number::count, out::Failure};
use ballast_harness::{
    vm::StartError,
    world::{CollateralSpec, MarketSpec, Surface},
    World,
};

/// Base units of a whole USDC and a whole SOL.
const USDC: u64 = 1_000_000;
const SOL_UNITS: u64 = 1_000_000_000;
/// 1e-8 quote in a dollar.
const USD_E8: u64 = 100_000_000;

/// Strikes, dollars.
const BTC_NEAR: [u64; 8] = [108_000, 110_000, 111_000, 113_000, 115_000, 119_000, 121_000, 124_000];
const ETH_BOTH: [u64; 5] = [3_600, 3_800, 4_000, 4_200, 4_400];
const SOL_NEAR: [u64; 5] = [180, 195, 205, 215, 230];

/// Makes the exchange and funds the cast.
///
/// # Errors
/// Something was refused, or the program's binary is missing.
pub fn play(teller: &mut dyn Teller) -> Result<Stage<'_>, Failure> {
    let (world, step) = exchange().map_err(|error| Failure(error.to_string()))?;
    let mut stage = Stage::new(world, teller)?;
    stage.chapter("opening", "An exchange, and what everybody brings");
    stage.tell(&step);
    list(&mut stage)?;
    let first = stage.publish(&CALM[0])?;
    stage.tell(&first);
    for player in &CAST {
        deposit(&mut stage, player)?;
    }
    Ok(stage)
}

/// The exchange with its markets at the prices of the start.
fn exchange() -> Result<(World, Step), StartError> {
    let mut world = World::bare(START)?;
    let args = world.exchange_args();
    let created = world.create_exchange(args)?;
    let text = "an exchange in USDC with markets in BTC, ETH and SOL; SOL counts as collateral too";
    let mut step = Step::new(START, text).costing("exchange_init", created.compute_units);
    let vols_e6 = market::volatilities_e6(START);
    for (place, mut spec) in [(BTC, MarketSpec::btc()), (ETH, MarketSpec::eth()), (SOL, MarketSpec::sol())] {
        spec.spot_e8 = CALM[0].prices_e8[place];
        spec.args.vol_e6 = vols_e6[place];
        spec.args.vol_ref_e6 = vols_e6[place];
        spec.args.realised_e6 = REALISED_E6[place];
        let listed = world.add_market(&spec)?;
        step = step.costing("market_init", listed.compute_units);
    }
    let listed = world.add_collateral(&CollateralSpec::sol())?;
    Ok((world, step.costing("collateral_add", listed.compute_units)))
}

/// Expiries and strikes.
fn list(stage: &mut Stage) -> Result<(), Failure> {
    let dollars = |strikes: &[u64]| strikes.iter().map(|strike| strike * USD_E8).collect::<Vec<_>>();
    let all = [
        ("BTC", NEAR, dollars(&BTC_NEAR)),
        ("ETH", NEAR, dollars(&ETH_BOTH)),
        ("ETH", FAR, dollars(&ETH_BOTH)),
        ("SOL", NEAR, dollars(&SOL_NEAR)),
    ];
    for (symbol, expiry, strikes_e8) in all {
        stage.world.list_expiry(symbol, expiry, Surface::default(), &strikes_e8).map_err(fault)?;
    }
    let text = "expiries: Monday 13 October 08:00 UTC in all three, 31 October in ETH";
    stage.tell(&Step::new(START, text));
    Ok(())
}

fn deposit(stage: &mut Stage, player: &super::super::cast::Player) -> Result<(), Failure> {
    let trader = stage.trader(player.who);
    let assets = [("USDC", player.usdc, USDC), ("SOL", player.sol, SOL_UNITS)];
    for (asset, amount, unit) in assets.into_iter().filter(|(_, amount, _)| *amount > 0) {
        stage.world.give(&trader, asset, amount * unit).map_err(fault)?;
        let (mut step, _) =
            stage.act("deposit", &[], |world| world.deposit(&trader, asset, amount * unit))?;
        step.text = format!("{} ({}) deposits {} {asset}", player.name, player.part, count(amount));
        stage.tell(&step.fact("trader", player.name).fact("asset", asset).fact("amount", amount * unit));
    }
    Ok(())
}

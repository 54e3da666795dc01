//! Debts that nothing is left for: what insurance pays, what everybody shares, and what waits meanwhile.

mod pit;
mod scene;

#[path = "insolvency/accounts.rs"]
mod accounts;
#[path = "insolvency/collected.rs"]
mod collected;
#[path = "insolvency/markets.rs"]
mod markets;
#[path = "insolvency/nothing.rs"]
mod nothing;
#[path = "insolvency/random.rs"]
mod random;
#[path = "insolvency/resolved.rs"]
mod resolved;
#[path = "insolvency/shares.rs"]
mod shares;
#[path = "insolvency/slices.rs"]
mod slices;

use crate::{
    pit::window::{opening, Window},
    scene::USD_E6,
};
use ballast_harness::{Trader, World};

/// A seller of a call who has lost more than there was, in cash and with nothing else, a buyer who has won, and two who were
/// never in it.
struct Broke {
    world: World,
    loser: Trader,
    winner: Trader,
    bystanders: [Trader; 2],
}

/// One call sold by a seller with just enough for it, settled so many thousand dollars above: the gap is the seller's debt.
/// Nothing was swept: the fees are in the market. `hold` keeps the winner's line unsettled.
fn broke_at(thousand: u64, settle_winner: bool) -> Broke {
    let Window { mut world, long, short, expiry } = opening();
    // The scene's seller is rich; what is not needed goes out first.
    world.wait(60).expect("feeds speak");
    let held = u64::try_from(world.portfolio_of(&short).cash_e6).expect("cash");
    world.give(&short, "USDC", 0).expect("an account");
    let bystanders = ["rich", "poor"].map(|name| {
        let cash = if name == "rich" { 3_000_000 } else { 70_000 };
        world.funded(name, cash * USD_E6).expect("a bystander")
    });
    world.withdraw(&short, "USDC", held - 60_000 * USD_E6).expect("a withdrawal");
    let mut window = Window { world, long, short, expiry };
    window.settle_at(thousand * 1_000);
    let Window { mut world, long, short, .. } = window;
    world.settle(&short).expect("a settlement");
    if settle_winner {
        world.settle(&long).expect("a settlement");
    }
    Broke { world, loser: short, winner: long, bystanders }
}

/// What the loser owes, 1e-6 quote.
fn owed_e6(broke: &Broke) -> i64 {
    -broke.world.portfolio_of(&broke.loser).cash_e6
}

//! The insurance fund: stakes, their price, waiting, and who may not.

mod pit;
mod scene;

#[path = "insurance/accounts.rs"]
mod accounts;
#[path = "insurance/fee_currency.rs"]
mod fee_currency;
#[path = "insurance/leaving.rs"]
mod leaving;
#[path = "insurance/limits.rs"]
mod limits;
#[path = "insurance/losses.rs"]
mod losses;
#[path = "insurance/stakes.rs"]
mod stakes;
#[path = "insurance/timing.rs"]
mod timing;

use crate::scene::DAY_SECS;
use ballast_harness::{Trader, World};
use ballast_risk::insurance::Fund;
use ballast_sdk::pda;

/// The cooldown, seconds.
const COOLDOWN_SECS: i64 = 7 * DAY_SECS;

/// The fund as stored.
fn fund(world: &World) -> Fund {
    world.exchange().fund()
}

/// What the trader's stake would be paid now, if it left and could be claimed, 1e-6 quote: nothing for shares of a pool that
/// was used up since.
fn worth_e6(world: &World, trader: &Trader) -> i64 {
    let (fund, mut stake) = (fund(world), world.stake_of(&trader.pubkey()));
    stake.refresh(&fund);
    fund.worth_e6(stake.shares, world.vm.now()) + fund.leaving_worth_e6(stake.leaving_shares)
}

/// Changes the stored exchange behind the program's back.
fn write_exchange(world: &mut World, change: impl FnOnce(&mut ballast::state::Exchange)) {
    let mut account = world.vm.account(&pda::exchange()).expect("an exchange");
    let mut exchange = world.exchange();
    change(&mut exchange);
    account.data[8..].copy_from_slice(bytemuck::bytes_of(exchange.as_ref()));
    world.vm.set_account(pda::exchange(), account);
}

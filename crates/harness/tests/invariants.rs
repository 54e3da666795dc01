//! The checks themselves: each invariant, broken on purpose, is found under its own id. Method throughout: a sound world,
//! one stored number changed behind the program's back.

use anchor_lang::prelude::Pubkey;
use ballast::state::{Exchange, InsuranceStake, Market, Portfolio, EXPIRY_SETTLED};
use ballast_harness::{
    invariants::{check, INV_1, INV_10, INV_11, INV_2, INV_3, INV_6},
    token::balance,
    world::{Kind, Surface},
    Trader, Verdict, World,
};
use ballast_sdk::{account::Stored, pda};

const USD_E6: u64 = 1_000_000;
const STRIKE_E8: u64 = 12_000_000_000_000;

/// Two traders, a trade, some SOL.
fn world() -> (World, Trader, Trader, i64) {
    let mut world = World::standard().expect("the usual scenario");
    let expiry = world.vm.now() + 7 * 86_400;
    world.list_expiry("BTC", expiry, Surface::FLAT, &[STRIKE_E8]).expect("an expiry");
    let maker = world.funded("maker", 200_000 * USD_E6).expect("a maker");
    let taker = world.funded("taker", 50_000 * USD_E6).expect("a taker");
    world.fund(&taker, "SOL", 5_000_000_000).accepted();
    let leg = world.leg("BTC", expiry, STRIKE_E8, Kind::Call, 1_000_000);
    world.trade_at_mark(&maker, &taker, &[leg]).accepted();
    (world, maker, taker, expiry)
}

/// Changes a stored account.
fn tamper<T: Stored>(world: &mut World, address: &Pubkey, change: impl FnOnce(&mut T)) {
    let mut account = world.vm.account(address).expect("an account");
    change(bytemuck::from_bytes_mut(&mut account.data[8..T::SIZE]));
    world.vm.set_account(*address, account);
}

fn broken(world: &World) -> &'static str {
    check(world).expect_err("it is broken").id
}

/// Goal: a sound world passes.
#[test]
fn a_sound_world_passes() {
    check(&world().0).expect("nothing is broken");
}

/// Goal: a quantity out of nothing is found, and so is open interest nobody holds.
#[test]
fn positions_that_do_not_sum_to_zero() {
    let (mut world, _, taker, _) = world();
    tamper::<Portfolio>(&mut world, &taker.portfolio(), |portfolio| portfolio.lines[0].calls_e6 += 1);
    assert_eq!(broken(&world), INV_1);
    tamper::<Portfolio>(&mut world, &taker.portfolio(), |portfolio| portfolio.lines[0].calls_e6 -= 1);
    check(&world).expect("sound again");
    let market = world.markets[0].address;
    tamper::<Market>(&mut world, &market, |market| market.open_interest_e6 += 1);
    assert_eq!(broken(&world), INV_1);
    tamper::<Market>(&mut world, &market, |market| {
        market.open_interest_e6 -= 1;
        market.expiries[0].open_lines += 1;
    });
    assert_eq!(broken(&world), INV_1);
}

/// Goal: collateral nobody deposited is found, and a vault that was emptied.
#[test]
fn collateral_that_is_not_there() {
    let (mut world, _, taker, _) = world();
    tamper::<Portfolio>(&mut world, &taker.portfolio(), |portfolio| portfolio.collateral[0] += 1);
    assert_eq!(broken(&world), INV_2);
    tamper::<Exchange>(&mut world, &pda::exchange(), |exchange| exchange.collaterals[0].deposits += 1);
    assert_eq!(broken(&world), INV_2);
}

/// Goal: one millionth of a dollar out of nothing is found, wherever it is.
#[test]
fn money_out_of_nothing() {
    let (mut world, maker, _, _) = world();
    tamper::<Portfolio>(&mut world, &maker.portfolio(), |portfolio| portfolio.cash_e6 += 1);
    assert_eq!(broken(&world), INV_3);
    let market = world.markets[0].address;
    tamper::<Market>(&mut world, &market, |market| market.fees_e6 -= 1);
    check(&world).expect("it only changed pockets");
    tamper::<Exchange>(&mut world, &pda::exchange(), |exchange| exchange.insurance_e6 += 1);
    assert_eq!(broken(&world), INV_3);
    assert!(balance(&world.vm, &pda::vault(&world.quote.mint)) > 0);
}

/// Goal: shares out of nothing are found, and a pool larger than the fund. Method: a stake's shares, the house's, the leaving
/// pool.
#[test]
fn shares_out_of_nothing() {
    let (mut world, ..) = world();
    let staker = world.staker("staker", 1_000 * USD_E6).expect("a stake");
    let stake = pda::stake(&staker.pubkey());
    tamper::<InsuranceStake>(&mut world, &stake, |stake| stake.shares += 1);
    assert_eq!(broken(&world), INV_10);
    tamper::<Exchange>(&mut world, &pda::exchange(), |exchange| exchange.insurance_shares += 1);
    check(&world).expect("sound again");
    tamper::<Exchange>(&mut world, &pda::exchange(), |exchange| exchange.insurance.unearned_e6 = i64::MAX);
    assert_eq!(broken(&world), INV_10);
    tamper::<Exchange>(&mut world, &pda::exchange(), |exchange| {
        exchange.insurance.unearned_e6 = 0;
        exchange.insurance.leaving_e6 = 1;
    });
    assert_eq!(broken(&world), INV_10);
}

/// Goal: a debt that is not booked is found, an index that takes more than is missing or less, and a claim that is not.
/// Method: the ledgers, the index, the shortfall.
#[test]
fn losses_that_do_not_add_up() {
    let (mut world, ..) = world();
    let market = world.markets[0].address;
    tamper::<Market>(&mut world, &market, |market| market.ledger.debts_e6 += 1);
    assert_eq!(broken(&world), INV_11);
    tamper::<Exchange>(&mut world, &pda::exchange(), |exchange| exchange.ledger.debts_e6 -= 1);
    check(&world).expect("sound again");
    tamper::<Exchange>(&mut world, &pda::exchange(), |exchange| exchange.cash_index_e12 -= 1_000_000);
    assert_eq!(broken(&world), INV_11);
    tamper::<Exchange>(&mut world, &pda::exchange(), |exchange| {
        exchange.cash_index_e12 += 1_000_000;
        exchange.shortfall_e6 = 1;
    });
    assert_eq!(broken(&world), INV_3);
    tamper::<Exchange>(&mut world, &pda::exchange(), |exchange| {
        exchange.shortfall_e6 = 0;
        exchange.quote_claims_e6 += 1;
    });
    assert_eq!(broken(&world), INV_3);
}

/// Goal: a settlement price that changes is found. Method: settle, then change it with its escrow left alone.
#[test]
fn a_settlement_price_that_changes() {
    let (mut world, maker, taker, expiry) = world();
    world.live_to_settlement("BTC", expiry, |_| STRIKE_E8).expect("settled");
    world.settle(&maker).accepted();
    world.settle(&taker).accepted();
    check(&world).expect("sound");
    let market = world.markets[0].address;
    tamper::<Market>(&mut world, &market, |market| {
        assert_eq!(market.expiries[0].status, EXPIRY_SETTLED);
        market.expiries[0].settled_e8 += 1;
    });
    assert_eq!(broken(&world), INV_6);
}

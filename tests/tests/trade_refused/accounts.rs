//! Accounts of a trade that are missing, too many, misplaced, locked or not what they say.

use crate::{
    pit::{pit, price_account, trade_instruction, Pit},
    scene::{plant, read_only, refuse_impostors, replaced, Refuses, UNIT_E6, USD_E6, USD_E8},
};
use anchor_lang::{error::ErrorCode, prelude::AccountMeta, solana_program::instruction::Instruction};
use ballast::{error::BallastError, instructions::ExchangeInitArgs, ID};
use ballast_harness::{
    feeds,
    world::{CollateralSpec, Kind, MarketSpec, Surface, TEN_TENTEN},
    PriceUpdate, World,
};
use ballast_sdk::pda;

/// First of the remaining accounts of a trade.
const REMAINING: usize = 5;

/// A trade of a BTC and an ETH call: remaining accounts are BTC, its price, ETH, its price.
fn two_markets() -> (Pit, Instruction) {
    let mut pit = pit();
    pit.world.list_expiry("ETH", pit.expiry, Surface::FLAT, &[4_000 * USD_E8]).expect("an expiry");
    let eth = pit.world.leg("ETH", pit.expiry, 4_000 * USD_E8, Kind::Call, UNIT_E6);
    let args = pit.world.trade_args(&[pit.call(120, UNIT_E6), eth], 4_000_000_000);
    let instruction = pit.instruction(args);
    assert_eq!(instruction.accounts.len(), REMAINING + 4);
    (pit, instruction)
}

#[track_caller]
fn refuse_at(pit: &mut Pit, instruction: &Instruction, reason: BallastError, position: usize) {
    let rejected = pit.send(instruction).refuses(reason);
    assert_eq!(rejected.account, Some(format!("remaining_accounts[{position}]")));
}

/// Goal: a missing account is named by its place. Method: the last one, two, three, all left out.
#[test]
fn a_missing_account_is_named() {
    let (mut pit, instruction) = two_markets();
    for left in 0..4 {
        let mut short = instruction.clone();
        short.accounts.truncate(REMAINING + left);
        refuse_at(&mut pit, &short, BallastError::AccountMissing, left);
    }
    let mut gap = instruction.clone();
    gap.accounts.remove(REMAINING + 1);
    refuse_at(&mut pit, &gap, BallastError::OracleWrongOwner, 1);
}

/// Goal: an account nobody needs is named by its place. Method: a market, a price and the system program at the end.
#[test]
fn an_extra_account_is_named() {
    let (mut pit, instruction) = two_markets();
    let extras = [pit.world.markets[2].address, price_account(&pit.world, "SOL"), Default::default()];
    for extra in extras {
        let mut long = instruction.clone();
        long.accounts.push(AccountMeta::new_readonly(extra, false));
        refuse_at(&mut pit, &long, BallastError::AccountExtra, 4);
    }
}

/// Goal: markets and prices come in order. Method: each swap of two.
#[test]
fn misplaced_accounts_are_named() {
    let (mut pit, instruction) = two_markets();
    let swaps = [
        (0, 1, BallastError::WrongMarket, 0),
        (0, 2, BallastError::WrongMarket, 0),
        (1, 3, BallastError::OracleWrongFeed, 1),
        (2, 3, BallastError::WrongMarket, 2),
    ];
    for (one, other, reason, position) in swaps {
        let mut swapped = instruction.clone();
        swapped.accounts.swap(REMAINING + one, REMAINING + other);
        refuse_at(&mut pit, &swapped, reason, position);
    }
}

/// Goal: a market that cannot be written cannot keep the publish time, and is refused. Method: either market locked.
#[test]
fn a_locked_market_is_refused() {
    let (mut pit, instruction) = two_markets();
    for (id, position) in [(0, 0), (1, 2)] {
        let locked = read_only(&instruction, &pit.world.markets[id].address);
        refuse_at(&mut pit, &locked, BallastError::MarketNotWritable, position);
    }
}

/// Goal: portfolios that cannot be written are refused. Method: either side locked.
#[test]
fn a_locked_portfolio_is_refused() {
    let (mut pit, instruction) = two_markets();
    for portfolio in [pit.maker.portfolio(), pit.taker.portfolio()] {
        let locked = read_only(&instruction, &portfolio);
        pit.send(&locked).refuses(ErrorCode::ConstraintMut);
    }
}

/// Goal: a market is the one registered and no copy of it. Method: the same bytes elsewhere, owned by the program; an
/// account of another program; a portfolio.
#[test]
fn a_market_that_is_not_registered_is_refused() {
    let (mut pit, instruction) = two_markets();
    let genuine = pit.world.markets[0].address;
    let data = pit.world.vm.data(&genuine);
    let copy = plant(&mut pit.world, "copy", ID, data.clone());
    let foreign = plant(&mut pit.world, "foreign", ballast_harness::token::SPL_TOKEN, data);
    for impostor in [copy, foreign, pda::exchange()] {
        let spoiled = replaced(&instruction, &genuine, &impostor);
        refuse_at(&mut pit, &spoiled, BallastError::WrongMarket, 0);
    }
    // What only looks like the market is no market of the books either.
    pit.world.vm.set_account(copy, Default::default());
}

/// Goal: exchange and portfolios are what they say. Method: every kind of impostor in each place.
#[test]
fn impostors_are_refused() {
    let (mut pit, instruction) = two_markets();
    let (maker, taker) = (pit.maker.clone(), pit.taker.clone());
    for genuine in [pda::exchange(), maker.portfolio(), taker.portfolio()] {
        refuse_impostors(&mut pit.world, &instruction, &genuine, &[&maker.key, &taker.key]);
    }
}

/// Goal: a price is only the one of its own feed, by Pyth's receivers, wherever it lies. Method: a genuine update of
/// another feed, a copy of the right bytes under another program, an empty account; then the right one elsewhere.
#[test]
fn a_price_is_only_its_own_feeds() {
    let (mut pit, instruction) = two_markets();
    let genuine = price_account(&pit.world, "BTC");
    let good = pit.world.update("BTC");
    let forged = plant(&mut pit.world, "forged price", ID, good.data());
    let pyth = ballast::constants::PYTH_RECEIVER;
    let blank = plant(&mut pit.world, "blank price", pyth, vec![0; 134]);
    let sol = price_account(&pit.world, "SOL");
    for (other, reason) in [
        (forged, BallastError::OracleWrongOwner),
        (blank, BallastError::OracleMalformed),
        (sol, BallastError::OracleWrongFeed),
    ] {
        let spoiled = replaced(&instruction, &genuine, &other);
        refuse_at(&mut pit, &spoiled, reason, 1);
    }
    pit.world.vm.set_account(forged, Default::default());
    let update = PriceUpdate::new(feeds::BTC, good.price.unsigned_abs(), pit.world.vm.now());
    let elsewhere = plant(&mut pit.world, "own account", pyth, update.data());
    let moved = replaced(&instruction, &genuine, &elsewhere);
    pit.send(&moved).expect("anyone's account of the right feed");
}

/// Goal: an update older than one the market has seen is refused though it is fresh. Method: trade at one, then show the
/// one before.
#[test]
fn a_price_older_than_the_last_used_is_refused() {
    let mut pit = pit();
    let before = pit.world.update("BTC");
    pit.world.vm.advance(10);
    pit.world.set_price("BTC", 116_000 * USD_E8);
    let leg = pit.call(120, UNIT_E6);
    pit.at_mark(&[leg]).expect("the newer price");
    pit.world.post(before);
    let args = pit.world.trade_args(&[leg], 4_000_000_000);
    let instruction = trade_instruction(&pit.world, &pit.maker, &pit.taker, args);
    refuse_at(&mut pit, &instruction, BallastError::OracleNotMonotonic, 1);
}

/// Goal: prices of collateral without a market and of the quote currency come after the markets, in that order. Method: a
/// taker with such an asset on an exchange with a peg: each left out, swapped, doubled.
#[test]
fn collateral_and_peg_prices_come_last() {
    let mut world = World::bare(TEN_TENTEN).expect("a VM");
    let args = ExchangeInitArgs { peg_feed_id: feeds::USDC, ..world.exchange_args() };
    world.create_exchange(args).expect("an exchange");
    world.add_market(&MarketSpec::btc()).expect("a market");
    world.add_collateral(&CollateralSpec::sol()).expect("collateral without a market");
    world.post(PriceUpdate::new(feeds::USDC, USD_E8, world.vm.now()));
    let expiry = world.vm.now() + 30 * 86_400;
    world.list_expiry("BTC", expiry, Surface::FLAT, &[120_000 * USD_E8]).expect("an expiry");
    let maker = world.funded("maker", 100_000 * USD_E6).expect("a maker");
    let taker = world.funded("taker", 100_000 * USD_E6).expect("a taker");
    world.fund(&taker, "SOL", 1_000_000_000).expect("collateral");
    let leg = world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, UNIT_E6);
    let args = world.trade_args(&[leg], 4_000_000_000);
    let good = trade_instruction(&world, &maker, &taker, args);
    assert_eq!(good.accounts.len(), REMAINING + 4);
    let mut pit = Pit { world, maker, taker, expiry };
    for left in [2, 3] {
        let mut short = good.clone();
        short.accounts.truncate(REMAINING + left);
        refuse_at(&mut pit, &short, BallastError::AccountMissing, left);
    }
    let mut swapped = good.clone();
    swapped.accounts.swap(REMAINING + 2, REMAINING + 3);
    refuse_at(&mut pit, &swapped, BallastError::OracleWrongFeed, 2);
    let mut doubled = good.clone();
    doubled.accounts.push(good.accounts[REMAINING + 3].clone());
    refuse_at(&mut pit, &doubled, BallastError::AccountExtra, 4);
    pit.send(&good).expect("in order");
}

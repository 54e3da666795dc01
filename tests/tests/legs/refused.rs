//! Legs that are not taken: who, what, when.

use crate::{
    asking, call,
    pit::fall::{fallen, flagged, sold, sunk, Fall},
    put,
    scene::{read_only, refuse_impostors, replaced, unsigned, Refuses, DAY_SECS, UNIT_E6, USD_E6, USD_E8},
    take, take_put,
};
use anchor_lang::{error::ErrorCode, solana_program::instruction::Instruction};
use ballast::{
    error::BallastError,
    instructions::{LegWanted, LiquidateLegsArgs},
};
use ballast_harness::{
    keys::keypair,
    world::{Kind, MarketSpec, Surface},
    Verdict, World,
};
use ballast_sdk::{
    instruction::{liquidation::liquidate_legs, portfolio::Mode, Side},
    pda,
};
use solana_signer::Signer;

/// The instruction with which the taker takes legs.
pub fn instruction(fall: &Fall, legs: &[LegWanted]) -> Instruction {
    let (victim, taker) = (fall.world.portfolio_of(&fall.victim), fall.world.portfolio_of(&fall.taker));
    let (exchange, prices) = (fall.world.exchange(), fall.world.price_accounts());
    liquidate_legs(&exchange, &victim, Side::owner(&taker), &prices, asking(legs)).expect("an instruction")
}

/// Goal: only a flagged portfolio under the exit test is taken from. Method: before the fall, before the flag, after a
/// deposit cured it, after the end.
#[test]
fn only_flagged_books_are_taken_from() {
    let mut fall = sold();
    take_put(&mut fall, 1_000).refuses(BallastError::NotFlagged);
    let mut fall = fallen();
    take_put(&mut fall, 1_000).refuses(BallastError::NotFlagged);
    let mut fall = flagged();
    fall.world.fund(&fall.victim, "USDC", 200_000 * USD_E6).accepted();
    take_put(&mut fall, 1_000).refuses(BallastError::Healthy);
    fall.world.end_liquidation(&fall.victim).accepted();
    take_put(&mut fall, 1_000).refuses(BallastError::NotFlagged);
}

/// Goal: what is asked for makes sense. Method: nothing, five legs, a quantity of zero, a leg twice, legs nobody holds.
#[test]
fn what_is_asked_for_makes_sense() {
    let mut fall = flagged();
    let (put, call) = (put(&fall, 1_000), call(&fall, 1_000));
    take(&mut fall, &[]).refuses(BallastError::LegCount);
    let five: Vec<_> = (0..5).map(|at| LegWanted { strike_slot: at, ..put }).collect();
    take(&mut fall, &five).refuses(BallastError::LegCount);
    take(&mut fall, &[LegWanted { qty_max_e6: 0, ..put }]).refuses(BallastError::ZeroQuantity);
    take(&mut fall, &[put, call, LegWanted { qty_max_e6: 5, ..put }]).refuses(BallastError::DuplicateLeg);
    for nowhere in [
        LegWanted { strike_slot: 3, ..put },
        LegWanted { expiry_slot: 11, ..put },
        LegWanted { market: 2, ..put },
        LegWanted { market: u8::MAX, expiry_slot: u8::MAX, strike_slot: u8::MAX, ..put },
        LegWanted { is_put: false, ..put },
    ] {
        take(&mut fall, &[nowhere]).refuses(BallastError::LegNotFirst);
    }
}

/// Goal: a taker's limits hold. Method: a least change of cash one unit above what there is; a sequence that has moved on.
#[test]
fn a_takers_limits_hold() {
    let mut fall = sunk();
    let (victim, taker, leg) = (fall.victim.clone(), fall.taker.clone(), put(&fall, 10_000));
    let wrong = LiquidateLegsArgs { sequence: Some(0), ..asking(&[leg]) };
    fall.world.take_legs_with(&victim, &taker, wrong).refuses(BallastError::Sequence);
    let simulated = fall.world.vm.simulate(&[instruction(&fall, &[leg])], &[&taker.key]).expect("it stands");
    let taken = crate::scene::emitted!(simulated, LegsLiquidated).legs[0];
    let change_e6 = taken.penalty_e6 - taken.contribution_e6 - taken.value_e6;
    let high = LiquidateLegsArgs { cash_min_e6: change_e6 + 1, ..asking(&[leg]) };
    fall.world.take_legs_with(&victim, &taker, high).refuses(BallastError::PriceLimit);
    let sequence = Some(fall.world.portfolio_of(&victim).sequence);
    let held = LiquidateLegsArgs { cash_min_e6: change_e6, sequence, ..asking(&[leg]) };
    fall.world.take_legs_with(&victim, &taker, held).accepted();
}

/// Goal: a book whose price is zero or less goes by slices. Method: far under water; just under the limit an hour on.
#[test]
fn a_book_under_water_goes_by_slices() {
    let mut fall = sold();
    fall.rest_at(62_000 * USD_E8);
    fall.world.flag(&fall.victim).accepted();
    take_put(&mut fall, 1_000).refuses(BallastError::BookUnderWater);
    let mut fall = flagged();
    fall.wait_an_hour();
    take_put(&mut fall, 1_000).refuses(BallastError::BookUnderWater);
}

/// Goal: takers who may not take. Method: a stranger's signature, none, the victim itself, a frozen one, one isolated to
/// another market, one without margin.
#[test]
fn takers_who_may_not() {
    let mut fall = sunk();
    let (victim, taker, leg) = (fall.victim.clone(), fall.taker.clone(), put(&fall, 100_000));
    let good = instruction(&fall, &[leg]);
    let stranger = keypair("stranger");
    fall.world.vm.airdrop(&stranger.pubkey(), 1_000_000_000);
    let other = replaced(&good, &taker.pubkey(), &stranger.pubkey());
    fall.world.send(&[other], &[&stranger]).refuses(BallastError::NotOwnerOrDelegate);
    let silent = unsigned(&good, &taker.pubkey());
    fall.world.send(&[silent], &[&stranger]).refuses(ErrorCode::AccountNotSigner);
    fall.world.take_legs(&victim, &victim, &[leg]).refuses(BallastError::SelfLiquidation);
    let alone = taker.with_index(1);
    fall.world.open(&alone, Mode::Isolated(1)).accepted();
    fall.world.fund(&alone, "USDC", 500_000 * USD_E6).accepted();
    fall.world.take_legs(&victim, &alone, &[leg]).refuses(BallastError::IsolatedMarket);
    let poor = fall.world.funded("poor", 100 * USD_E6).expect("a trader");
    fall.world.take_legs(&victim, &poor, &[leg]).refuses(BallastError::LiquidatorInitialMargin);
    let second = fall.world.funded("second", 100_000 * USD_E6).expect("a trader");
    let mut account = fall.world.vm.account(&second.portfolio()).expect("a portfolio");
    account.data[8 + 6] = 1;
    fall.world.vm.set_account(second.portfolio(), account);
    fall.world.take_legs(&victim, &second, &[leg]).refuses(BallastError::Frozen);
}

/// Goal: prices that nobody is liquidated on serve no leg either. Method: too wide, too far from the average, too old.
#[test]
fn prices_that_do_not_serve() {
    let mut fall = flagged();
    let leg = put(&fall, 10_000);
    let (update, now) = (fall.world.update("BTC"), fall.world.vm.now());
    let price_e8 = update.price.unsigned_abs();
    fall.world.post(fall.world.good_update("BTC", price_e8).wide(600));
    take(&mut fall, &[leg]).refuses(BallastError::OracleConfidenceUnusable);
    fall.world.post(fall.world.good_update("BTC", price_e8).averaging(price_e8 * 3));
    take(&mut fall, &[leg]).refuses(BallastError::OracleGapUnusable);
    fall.world.post(fall.world.good_update("BTC", price_e8).negative());
    take(&mut fall, &[leg]).refuses(BallastError::OraclePriceNotPositive);
    fall.world.post(fall.world.good_update("BTC", price_e8).ahead(5));
    take(&mut fall, &[leg]).refuses(BallastError::OracleFuture);
    fall.world.post(update);
    fall.world.vm.advance(301 - (fall.world.vm.now() - now));
    take(&mut fall, &[leg]).refuses(BallastError::OracleTooOld);
}

/// Goal: a phase holds legs as it holds slices. Method: a market without a floor under its open interest, a leg that is more
/// than a fifth of it: that fifth, then nothing, then more half a minute later.
#[test]
fn a_phase_holds_legs() {
    let mut world = World::standard().expect("the usual scenario");
    let mut spec = MarketSpec::numbered(1);
    (spec.args.share_base_e6, spec.args.params.oi_scale_e6) = (0, 0);
    world.add_market(&spec).accepted();
    let expiry = world.vm.now() + 30 * DAY_SECS;
    world.list_expiry("U1", expiry, Surface::FLAT, &[85 * USD_E8]).expect("listed");
    let [house, taker] =
        ["house", "taker"].map(|name| world.funded(name, 5_000_000 * USD_E6).expect("a trader"));
    let victim = world.funded("victim", 60_000 * USD_E6).expect("a seller");
    let sold = world.leg("U1", expiry, 85 * USD_E8, Kind::Put, -2_000 * UNIT_E6);
    world.trade_at_mark(&house, &victim, &[sold]).accepted();
    let limits = world.snapshot().liquidation_prices(&world.portfolio_of(&victim), 3).expect("a search");
    world.vm.advance(1);
    world.refresh_prices();
    world.set_price("U1", limits.below_e8.expect("one below") / 1_000 * 955);
    world.flag(&victim).accepted();
    let (market, expiry_slot, strike_slot) = (sold.market, sold.expiry_slot, sold.strike_slot);
    let all = LegWanted { market, expiry_slot, strike_slot, is_put: true, qty_max_e6: u64::MAX };
    let outcome = world.take_legs(&victim, &taker, &[all]).accepted();
    let leg = crate::scene::emitted!(outcome, LegsLiquidated).legs[0];
    assert_eq!(leg.qty_e6, -400 * UNIT_E6, "a fifth");
    assert_eq!(world.market(3).phase.taken_e6, 400 * UNIT_E6);
    world.take_legs(&victim, &taker, &[all]).refuses(BallastError::LiquidationPhase);
    world.wait(30).expect("feeds speak");
    world.take_legs(&victim, &taker, &[all]).accepted();
}

/// Goal: a book with more legs than can be ranked goes by slices. Method: 33 short legs.
#[test]
fn a_book_of_too_many_legs_goes_by_slices() {
    let mut fall = sold();
    let strikes: Vec<u64> = (0..17).map(|at| (3_000 + at * 100) * USD_E8).collect();
    let expiry = fall.world.vm.now() + 20 * DAY_SECS;
    fall.world.list_expiry("ETH", expiry, Surface::FLAT, &strikes).expect("an expiry");
    let legs: Vec<_> = strikes
        .iter()
        .flat_map(|at| [Kind::Call, Kind::Put].map(|kind| fall.world.leg("ETH", expiry, *at, kind, -1_000)))
        .take(31)
        .collect();
    let (house, victim) = (fall.house.clone(), fall.victim.clone());
    fall.world.trade_book_at_mark(&house, &victim, &legs).expect("a book");
    fall.drop(0);
    fall.world.flag(&victim).accepted();
    take_put(&mut fall, 1_000).refuses(BallastError::TooManyLegs);
}

/// Goal: the program's accounts are genuine, can be written, and are each other's. Method: impostors, read-only accounts,
/// one portfolio on both sides.
#[test]
fn the_programs_accounts_are_genuine() {
    let mut fall = sunk();
    let leg = put(&fall, 10_000);
    let (good, key) = (instruction(&fall, &[leg]), fall.taker.key.clone());
    for account in [pda::exchange(), fall.victim.portfolio(), fall.taker.portfolio()] {
        refuse_impostors(&mut fall.world, &good, &account, &[&key]);
        fall.world.send(&[read_only(&good, &account)], &[&key]).refuses(ErrorCode::ConstraintMut);
    }
    let market = fall.world.markets[0].address;
    fall.world.send(&[read_only(&good, &market)], &[&key]).refuses(BallastError::MarketNotWritable);
    let other = fall.world.markets[1].address;
    fall.world.send(&[replaced(&good, &market, &other)], &[&key]).refuses(BallastError::WrongMarket);
    let mut short = good.clone();
    short.accounts.pop();
    fall.world.send(&[short], &[&key]).refuses(BallastError::AccountMissing);
    fall.world.send(&[good], &[&key]).accepted();
}

//! Four strategies, and a trade that margin refuses.

use super::super::{
    cast::Who,
    market::{CALM, FAR, NEAR},
    stage::{event, Stage},
};
use crate::{number::money, out::Failure};
use ballast::{error::BallastError, instructions::Leg};
use ballast_harness::world::Kind::{Call, Put};
use ballast_sdk::event::Event;

/// 1e-8 quote in a dollar.
const USD_E8: u64 = 100_000_000;
/// 1e-6 units in a unit.
const UNIT_E6: i64 = 1_000_000;
/// Size of Cleo's strangle, BTC.
const STRANGLES: i64 = 20;

/// Trades of the calm hour.
///
/// # Errors
/// A trade was refused that should not be, or one was accepted that should not be.
pub fn play(stage: &mut Stage) -> Result<(), Failure> {
    stage.chapter("trades", "Four strategies");
    covered_call(stage)?;
    iron_condor(stage)?;
    calendar(stage)?;
    let mut step = stage.publish(&CALM[1])?;
    stage.tell(&step);
    strangle(stage)?;
    too_much(stage)?;
    step = stage.publish(&CALM[2])?;
    let whose = super::super::cast::TRADERS;
    step.margins = stage.moved(&whose, stage.margins(&whose)?)?;
    stage.check(&mut step)?;
    stage.tell(&step);
    Ok(())
}

/// Ana's SOL covers the calls she sells: most to Meridian, some to Cleo.
fn covered_call(stage: &mut Stage) -> Result<(), Failure> {
    let call = |stage: &Stage, qty| vec![stage.world.leg("SOL", NEAR, 215 * USD_E8, Call, qty * UNIT_E6)];
    let legs = call(stage, -1_200);
    trade(stage, (Who::Meridian, Who::Ana), &legs, |premium| {
        format!("Ana sells 1,200 SOL calls 215 to Meridian for {premium}: her own SOL covers them")
    })?;
    let legs = call(stage, 300);
    trade(stage, (Who::Ana, Who::Cleo), &legs, |premium| {
        format!("Cleo buys 300 more of them from Ana for {premium}")
    })
}

/// Ben's condor can lose its wings' width and no more.
fn iron_condor(stage: &mut Stage) -> Result<(), Failure> {
    let btc = |strike, kind, qty| stage.world.leg("BTC", NEAR, strike * USD_E8, kind, qty * UNIT_E6);
    let legs =
        [btc(108_000, Put, 15), btc(111_000, Put, -15), btc(121_000, Call, -15), btc(124_000, Call, 15)];
    trade(stage, (Who::Meridian, Who::Ben), &legs, |premium| {
        format!("Ben sells 15 BTC iron condors 108/111/121/124 thousand to Meridian for {premium}")
    })
}

/// Ben's calendar: short the near call, long the far one.
fn calendar(stage: &mut Stage) -> Result<(), Failure> {
    let eth = |expiry, qty| stage.world.leg("ETH", expiry, 4_000 * USD_E8, Call, qty * UNIT_E6);
    let legs = [eth(NEAR, -50), eth(FAR, 50)];
    trade(stage, (Who::Meridian, Who::Ben), &legs, |premium| {
        format!("Ben buys 50 ETH call calendars 4,000, 31 over 13 October, from Meridian for {premium}")
    })
}

/// Cleo's strangle has no wings.
fn strangle(stage: &mut Stage) -> Result<(), Failure> {
    let legs = strangles(stage);
    trade(stage, (Who::Meridian, Who::Cleo), &legs, |premium| {
        format!("Cleo sells {STRANGLES} BTC strangles 113/121 thousand to Meridian for {premium}, naked")
    })
}

/// She wants the same again; it would take more than she has.
fn too_much(stage: &mut Stage) -> Result<(), Failure> {
    let (maker, taker) = (stage.trader(Who::Meridian), stage.trader(Who::Cleo));
    let legs = strangles(stage);
    let premium_e6 = stage.world.mark_e6(&legs).map_err(Failure::of)?;
    let mut would = stage.world.snapshot();
    let mut book = stage.world.portfolio_of(&taker);
    would.fill(&mut book, &legs, premium_e6).map_err(Failure::of)?;
    let report = would.margin(&book).map_err(Failure::of)?;
    let refused = BallastError::TakerInitialMargin;
    let mut step = stage.refuse("trade", refused, |world| world.trade(&maker, &taker, &legs, premium_e6))?;
    let (needed, have) = (money(report.initial_e6), money(report.equity_initial_e6));
    step.text = format!("Cleo wants {STRANGLES} more; she would need {needed} and have {have}");
    let step = step.fact("needed_e6", report.initial_e6).fact("have_e6", report.equity_initial_e6);
    stage.tell(&step);
    Ok(())
}

fn strangles(stage: &Stage) -> [Leg; 2] {
    let btc = |strike, kind| stage.world.leg("BTC", NEAR, strike * USD_E8, kind, -STRANGLES * UNIT_E6);
    [btc(113_000, Put), btc(121_000, Call)]
}

/// Fills legs (from the taker's side) at the program's mark.
fn trade(
    stage: &mut Stage,
    (maker, taker): (Who, Who),
    legs: &[Leg],
    text: impl FnOnce(String) -> String,
) -> Result<(), Failure> {
    let premium_e6 = stage.world.mark_e6(legs).map_err(Failure::of)?;
    let (made, taken) = (stage.trader(maker), stage.trader(taker));
    let (mut step, outcome) =
        stage.act("trade", &[taker, maker], |world| world.trade(&made, &taken, legs, premium_e6))?;
    let traded = event(&outcome, |event| match event {
        Event::Traded(traded) => Some(traded),
        _ => None,
    })?;
    step.text = text(money(premium_e6.saturating_abs()));
    let step = step
        .fact("maker", maker.name())
        .fact("taker", taker.name())
        .fact("legs", traded.legs.len())
        .fact("premium_e6", traded.premium_e6)
        .fact("fee_of_each_e6", traded.fees_e6);
    stage.tell(&step);
    Ok(())
}

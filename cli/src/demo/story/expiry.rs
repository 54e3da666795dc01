//! Monday: the expiry settles at its time-weighted price, and options become cash.

use super::{
    super::{
        cast::{Who, CAST},
        market::{self, NEAR, SYMBOLS, WINDOW},
        record::Step,
        stage::{event, fault, Stage},
    },
    fall,
};
use crate::{
    number::{money, price},
    out::Failure,
};
use ballast_sdk::{event::Event, instruction::settlement::has_settled_line};

/// A sample counts for at most a minute.
const SAMPLE_SECS: i64 = 60;
/// What Ben takes out at the end, 1e-6 quote.
const WITHDRAWAL_E6: u64 = 20_000_000_000;

/// Samples, finalises, settles, sweeps fees, pays out.
///
/// # Errors
/// Something was refused, or a settlement price is not the average of what was published.
pub fn play(stage: &mut Stage) -> Result<(), Failure> {
    stage.chapter("expiry", "Monday: the expiry");
    fall::published(stage, &WINDOW[0])?;
    let prints = window(stage)?;
    let last = stage.publish(&WINDOW[WINDOW.len() - 1])?;
    for (place, symbol) in SYMBOLS.iter().enumerate() {
        let published: Vec<u64> =
            prints.iter().map(|prices| prices[place]).chain([last.markets[place].price_e8]).collect();
        finalise(stage, symbol, &published)?;
    }
    for player in &CAST {
        settle(stage, player.who)?;
    }
    for symbol in SYMBOLS {
        sweep(stage, symbol)?;
    }
    withdraw(stage)
}

/// Lives through the window with a print and a sample a minute in every market; returns the prices sampled.
fn window(stage: &mut Stage) -> Result<Vec<[u64; 3]>, Failure> {
    let (mut prints, mut most) = (Vec::new(), 0);
    while stage.world.vm.now() < NEAR - SAMPLE_SECS {
        stage.world.vm.advance(SAMPLE_SECS);
        let prices_e8 = market::window_prices_e8(stage.world.vm.now());
        stage.publish_prices(prices_e8);
        for symbol in SYMBOLS {
            let outcome = stage.world.sample(symbol, NEAR).map_err(fault)?;
            most = most.max(outcome.compute_units);
        }
        prints.push(prices_e8);
    }
    let samples = prints.len() * SYMBOLS.len();
    let text =
        format!("the last half hour: anyone posts a price a minute, {samples} samples in three markets");
    let step = Step::new(stage.world.vm.now(), text).costing("settlement_sample", most);
    stage.tell(&step.fact("samples", samples));
    Ok(prints)
}

/// Records a settlement price, which must be the average of the prices published, to the last digit.
fn finalise(stage: &mut Stage, symbol: &'static str, published_e8: &[u64]) -> Result<(), Failure> {
    let (mut step, outcome) = stage.act("settlement_finalize", &[], |world| world.finalize(symbol, NEAR))?;
    let settled = event(&outcome, |event| match event {
        Event::ExpirySettled(settled) => Some(settled),
        _ => None,
    })?;
    let sum: u128 = published_e8.iter().map(|price| u128::from(*price)).sum();
    let average_e8 = u64::try_from(sum / published_e8.len().max(1) as u128).unwrap_or(0);
    if average_e8 != settled.settled_e8 {
        let found = settled.settled_e8;
        return Err(Failure(format!("{symbol} settled at {found}, the average published is {average_e8}")));
    }
    let at = price(settled.settled_e8);
    step.text = format!("{symbol} settles at {at}, the average of the window; it never changes");
    let step = step.fact("symbol", symbol).fact("settled_e8", settled.settled_e8);
    stage.tell(&step.fact("covered_secs", settled.covered_secs));
    Ok(())
}

/// Turns a player's expired options into cash.
fn settle(stage: &mut Stage, who: Who) -> Result<(), Failure> {
    let trader = stage.trader(who);
    let portfolio = stage.world.portfolio_of(&trader);
    let ids = SYMBOLS.map(|symbol| stage.world.id(symbol));
    if !ids.iter().any(|id| has_settled_line(&portfolio, &stage.world.market(*id))) {
        return Ok(());
    }
    let (mut step, outcome) = stage.act("settle_portfolio", &[], |world| world.settle(&trader))?;
    let settled = outcome.events.iter().filter_map(|event| match event {
        Event::PortfolioSettled(settled) => Some((settled.lines, settled.payoff_e6)),
        _ => None,
    });
    let (lines, payoff_e6) = settled.fold((0, 0), |sum, one| (sum.0 + u64::from(one.0), sum.1 + one.1));
    let name = who.name();
    let series = if lines == 1 {
        "1 expired line becomes".to_owned()
    } else {
        format!("{lines} expired lines become")
    };
    let flow = match payoff_e6 {
        0 => "worthless".to_owned(),
        1.. => format!("{name} receives {}", money(payoff_e6)),
        _ => format!("{name} pays {}", money(-payoff_e6)),
    };
    step.text = format!("{name}'s {series} cash: {flow}");
    stage.tell(&step.fact("trader", name).fact("lines", lines).fact("payoff_e6", payoff_e6));
    Ok(())
}

fn sweep(stage: &mut Stage, symbol: &'static str) -> Result<(), Failure> {
    let (mut step, outcome) = stage.act("fees_sweep", &[], |world| world.sweep_fees(symbol))?;
    let swept = event(&outcome, |event| match event {
        Event::FeesSwept(swept) => Some(swept),
        _ => None,
    })?;
    let (fees, insurance) = (money(swept.fees_e6), money(swept.insurance_e6));
    step.text = format!("{symbol}'s trading fees, {fees}, go to insurance, now {insurance}");
    stage.tell(&step.fact("fees_e6", swept.fees_e6).fact("insurance_e6", swept.insurance_e6));
    Ok(())
}

fn withdraw(stage: &mut Stage) -> Result<(), Failure> {
    let ben = stage.trader(Who::Ben);
    let (mut step, _) =
        stage.act("withdraw", &[Who::Ben], |world| world.withdraw(&ben, "USDC", WITHDRAWAL_E6))?;
    let amount = money(i64::try_from(WITHDRAWAL_E6).unwrap_or(i64::MAX));
    step.text = format!("Ben takes {amount} USDC out; his far calls stay");
    stage.tell(&step.fact("trader", "Ben").fact("amount", WITHDRAWAL_E6));
    Ok(())
}

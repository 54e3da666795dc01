//! The strangle is liquidated in slices until it is safe; the condor beside it cannot be.

use super::{
    super::{
        cast::Who,
        market::{LOW, RECOVERY},
        record::Step,
        stage::{event, fault, Stage},
    },
    fall,
};
use crate::{
    number::{fraction, money},
    out::Failure,
};
use ballast::error::BallastError;
use ballast_sdk::event::Event;

/// What Dover bids for at a time, 1e-9: a tenth of what is left, to keep capital for the next.
const BID_E9: u64 = 100_000_000;
/// Seconds between slices.
const PAUSE_SECS: i64 = 30;
/// More slices than this would be a liquidation that does not end.
const SLICES_MAX: usize = 12;

/// Flags, takes slices while the price goes on falling, and lives through the recovery.
///
/// # Errors
/// The healthy are liquidated, the unhealthy are not, or it does not end.
pub fn play(stage: &mut Stage) -> Result<(), Failure> {
    stage.chapter("liquidation", "The strangle is liquidated, the condor cannot be");
    flag(stage)?;
    let mut slices = 0;
    while is_frozen(stage) {
        if slices == SLICES_MAX {
            return Err(Failure(format!("the liquidation has not ended after {slices} slices")));
        }
        if stage.world.vm.now() + PAUSE_SECS == LOW.time {
            low(stage)?;
        } else {
            stage.world.wait(PAUSE_SECS).map_err(fault)?;
        }
        slice(stage)?;
        slices += 1;
    }
    freed(stage, slices)?;
    if stage.world.vm.now() < LOW.time {
        low(stage)?;
    }
    for moment in &RECOVERY {
        fall::published(stage, moment)?;
    }
    Ok(())
}

fn is_frozen(stage: &Stage) -> bool {
    stage.world.portfolio_of(&stage.trader(Who::Cleo)).is_frozen()
}

/// What was left to Cleo must pass the exit test.
fn freed(stage: &mut Stage, slices: usize) -> Result<(), Failure> {
    let report = stage.margin(Who::Cleo)?;
    if report.excess_exit_e6 < 0 {
        return Err(Failure(format!("Cleo is free with {} short of the exit test", -report.excess_exit_e6)));
    }
    let above = money(report.excess_maintenance_e6);
    let text = format!(
        "Cleo is free after {slices} slices: the rest passes the exit test, {above} above maintenance"
    );
    stage.tell(&Step::new(stage.world.vm.now(), text).fact("slices", slices));
    Ok(())
}

/// The low of the evening, for everybody.
fn low(stage: &mut Stage) -> Result<(), Failure> {
    fall::published(stage, &LOW)?;
    fully_paid(stage)
}

/// Ben's condor is at its worst and still pays for itself: nobody can take it.
fn fully_paid(stage: &mut Stage) -> Result<(), Failure> {
    let ben = stage.trader(Who::Ben);
    let mut step = stage.refuse("liquidation_start", BallastError::Healthy, |world| world.flag(&ben))?;
    let report = stage.margin(Who::Ben)?;
    let above = money(report.excess_maintenance_e6);
    step.text = format!(
        "somebody tries Ben: his condor is at its worst, so it needs less; {above} above maintenance"
    );
    stage.tell(&step);
    Ok(())
}

fn flag(stage: &mut Stage) -> Result<(), Failure> {
    let (cleo, short_e6) = (stage.trader(Who::Cleo), -stage.margin(Who::Cleo)?.excess_maintenance_e6);
    let (mut step, _) = stage.act("liquidation_start", &[], |world| world.flag(&cleo))?;
    let short = money(short_e6);
    step.text =
        format!("Cleo is flagged, {short} short of maintenance; her book is frozen, its auction runs");
    stage.tell(&step.fact("deficit_e6", short_e6));
    Ok(())
}

fn slice(stage: &mut Stage) -> Result<(), Failure> {
    let (cleo, dover) = (stage.trader(Who::Cleo), stage.trader(Who::Dover));
    let whose = [Who::Cleo, Who::Dover];
    let (mut step, outcome) =
        stage.act("liquidate_slice", &whose, |world| world.take_slice(&cleo, &dover, BID_E9))?;
    let taken = event(&outcome, |event| match event {
        Event::SliceLiquidated(taken) => Some(taken),
        _ => None,
    })?;
    step.text = format!(
        "Dover takes {} of Cleo's book ({} allowed) for {}, {} off; insurance gets {}",
        fraction(taken.fraction_e9),
        fraction(taken.fraction_max_e9),
        money(taken.price_e6),
        fraction(u64::try_from(taken.discount_e9).unwrap_or(0)),
        money(taken.contribution_e6),
    );
    let step = step
        .fact("fraction_e9", taken.fraction_e9)
        .fact("fraction_max_e9", taken.fraction_max_e9)
        .fact("discount_e9", taken.discount_e9)
        .fact("price_e6", taken.price_e6)
        .fact("insurance_e6", taken.contribution_e6)
        .fact("ended", taken.ended);
    stage.tell(&step);
    Ok(())
}

//! What no transaction may come to, and the places of the state that are worth reaching.

use crate::{
    action::Action,
    faults::known,
    house::{Came, House},
};
use anchor_lang::prelude::Pubkey;
use ballast::{
    error::BallastError,
    events::{LegsLiquidated, SliceLiquidated},
};
use ballast_harness::{Breach, Outcome, Rejected, Sent};
use ballast_sdk::event::Event;
use std::fmt;

#[cfg(test)]
mod tests;

/// A transaction without the signature of one who must sign went through.
pub const UNSIGNED: &str = "UNSIGNED";
/// A sum of ordinary amounts did not fit.
pub const OVERFLOW: &str = "OVERFLOW";
/// The program panicked, ran out of compute units, or touched memory that is not its own.
pub const ABORT: &str = "ABORT";
/// A liquidation took more than 1 % of initial margin beyond the exit test, and left more than dust.
pub const BEYOND_EXIT: &str = "BEYOND-EXIT";
/// Native code panicked.
pub const PANIC: &str = "PANIC";

/// What the runtime says of a transaction that ran out of compute units.
const OUT_OF_UNITS: &str = "exceeded CUs";
/// Numbers from here on are not ordinary: a billion quote.
const ORDINARY_MAX: u64 = 1_000_000_000_000_000;
/// How far beyond the exit test a liquidation may end, millionths of initial margin.
const BEYOND_EXIT_MAX_E6: i64 = 10_000;
/// Branch of a slice that ends at the exit test, as the event says it.
const BRANCH_SOLVENT: u8 = 1;

/// A place worth reaching.
pub type Landmark = &'static str;

/// Every landmark, so that a run can say which it never reached.
pub const LANDMARKS: &[Landmark] = &[
    "slice to the exit test",
    "slice of dust",
    "slice that insurance pays",
    "liquidation ended by a slice",
    "shortfall opened by a slice",
    "legs taken",
    "liquidation ended by legs",
    "collateral sold for a debt",
    "debt paid by insurance",
    "shortfall opened by a debt",
    "loss shared by cash",
    "shortfall paid by fees and insurance",
    "cash index began anew",
    "loss collected",
    "settled at the average",
    "settled at the first price",
    "settled at a thin average",
    "settled by the authority",
    "stake claimed",
    "trade by a delegate",
    "several instructions at once",
    "isolated portfolio opened",
    "collateral withdrawn",
    "out of compute units, asked for too much",
    "trade of a frozen portfolio refused",
    "withdrawal stopped by the outflow guard",
    "withdrawal locked by a shortfall",
];

/// Something that should never happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// Id of the invariant, or [`UNSIGNED`], [`OVERFLOW`], [`ABORT`], [`BEYOND_EXIT`], [`PANIC`].
    pub id: String,
    /// What was found.
    pub found: String,
    /// Instructions of the transaction.
    pub asked: Vec<&'static str>,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} after {}: {}", self.id, self.asked.join(" + "), self.found)
    }
}

impl std::error::Error for Failure {}

impl Failure {
    /// Whether another failure is of the same kind: of the same id, by the same instructions.
    #[must_use]
    pub fn is_like(&self, other: &Self) -> bool {
        self.id == other.id && self.asked == other.asked && known(self) == known(other)
    }

    pub(crate) fn of_breach(breach: &Breach, asked: &[&'static str]) -> Box<Self> {
        Self::new(breach.broken.id, breach.to_string(), asked)
    }

    pub(crate) fn new(id: &str, found: String, asked: &[&'static str]) -> Box<Self> {
        Box::new(Self { id: id.to_owned(), found, asked: asked.to_vec() })
    }
}

/// Looks at what a transaction came to: notes what it reached.
///
/// # Errors
/// What should never happen.
pub(crate) fn judge(
    house: &House,
    actions: &[Action],
    sent: &Sent,
    unsigned: bool,
    came: &mut Came,
) -> Result<(), Box<Failure>> {
    match sent {
        Ok(_) if unsigned => {
            Err(Failure::new(UNSIGNED, "it went through without a signature".to_owned(), &came.asked))
        }
        Ok(outcome) => {
            note(house, actions, outcome, came);
            if actions.len() > 1 {
                // What another instruction of the transaction did to the portfolio is not the liquidation's.
                came.overshoot_e6 = None;
            }
            match came.overshoot_e6 {
                Some(beyond) if beyond > BEYOND_EXIT_MAX_E6 => {
                    let found = format!("{beyond} millionths of initial margin beyond the exit test");
                    Err(Failure::new(BEYOND_EXIT, found, &came.asked))
                }
                _ => Ok(()),
            }
        }
        Err(rejected) => judge_refusal(house, actions, rejected, came),
    }
}

fn judge_refusal(
    house: &House,
    actions: &[Action],
    rejected: &Rejected,
    came: &mut Came,
) -> Result<(), Box<Failure>> {
    let aborts = ["ProgramFailedToComplete", "ComputationalBudgetExceeded"];
    let said = ["panicked", "Access violation", OUT_OF_UNITS];
    let logged = |what: &str| rejected.logs.iter().any(|line| line.contains(what));
    let aborted = aborts.iter().any(|name| rejected.name.contains(name)) || said.into_iter().any(logged);
    if aborted && logged(OUT_OF_UNITS) && asks_too_much(actions) {
        came.landmarks.push("out of compute units, asked for too much");
    } else if aborted {
        return Err(Failure::new(ABORT, format!("{rejected:?}"), &came.asked));
    }
    if rejected.is(BallastError::Overflow) && !house.start.extreme && actions.iter().all(is_ordinary) {
        return Err(Failure::new(OVERFLOW, format!("{rejected:?}"), &came.asked));
    }
    let name = actions.first().map_or("", Action::name);
    if rejected.is(BallastError::Frozen) && name == "trade" {
        came.landmarks.push("trade of a frozen portfolio refused");
    } else if rejected.is(BallastError::OutflowLimit) {
        came.landmarks.push("withdrawal stopped by the outflow guard");
    } else if rejected.is(BallastError::ShortfallOpen) && name == "withdraw" {
        came.landmarks.push("withdrawal locked by a shortfall");
    }
    Ok(())
}

/// Whether a transaction may need more compute units than there are: several instructions, or several legs taken of one
/// book, which is ranked anew for each.
fn asks_too_much(actions: &[Action]) -> bool {
    actions.len() > 1 || matches!(actions, [Action::LiquidateLegs { legs, .. }] if legs.len() > 1)
}

/// Whether every number of an action is one that people might use.
fn is_ordinary(action: &Action) -> bool {
    fn ordinary(value: &serde_json::Value) -> bool {
        match value {
            serde_json::Value::Number(number) => {
                let size = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
                size.is_some_and(|size| size <= ORDINARY_MAX)
            }
            serde_json::Value::Array(all) => all.iter().all(ordinary),
            serde_json::Value::Object(fields) => fields.values().all(ordinary),
            _ => true,
        }
    }
    serde_json::to_value(action).is_ok_and(|value| ordinary(&value))
}

fn note(house: &House, actions: &[Action], outcome: &Outcome, came: &mut Came) {
    if actions.len() > 1 {
        came.landmarks.push("several instructions at once");
    }
    for action in actions {
        match action {
            Action::Trade { delegate: true, .. } => came.landmarks.push("trade by a delegate"),
            Action::PortfolioOpen { isolated: Some(_), .. } => {
                came.landmarks.push("isolated portfolio opened");
            }
            Action::Withdraw { asset: 1.., .. } => came.landmarks.push("collateral withdrawn"),
            _ => {}
        }
    }
    for event in &outcome.events {
        match event {
            Event::SliceLiquidated(slice) => note_slice(house, slice, came),
            Event::LegsLiquidated(legs) => note_legs(house, legs, came),
            Event::CollateralConverted(_) => came.landmarks.push("collateral sold for a debt"),
            Event::InsolvencyResolved(debt) => {
                if debt.insurance_paid_e6 > 0 {
                    came.landmarks.push("debt paid by insurance");
                }
                if debt.insurance_paid_e6 < debt.debt_e6 {
                    came.landmarks.push("shortfall opened by a debt");
                }
            }
            Event::ShortfallSocialised(shared) => {
                let by = if shared.borne_e6 > 0 {
                    "loss shared by cash"
                } else {
                    "shortfall paid by fees and insurance"
                };
                came.landmarks.push(by);
                if shared.cash_generation > 0 {
                    came.landmarks.push("cash index began anew");
                }
            }
            Event::LossCollected(_) => came.landmarks.push("loss collected"),
            Event::InsuranceClaimed(_) => came.landmarks.push("stake claimed"),
            Event::ExpirySettled(settled) => came.landmarks.push(match settled.source {
                ballast::events::SOURCE_AVERAGE => "settled at the average",
                ballast::events::SOURCE_FIRST_PRICE => "settled at the first price",
                ballast::events::SOURCE_PARTIAL_AVERAGE => "settled at a thin average",
                _ => "settled by the authority",
            }),
            _ => {}
        }
    }
}

fn note_slice(house: &House, slice: &SliceLiquidated, came: &mut Came) {
    came.landmarks.push(match slice.branch {
        BRANCH_SOLVENT => "slice to the exit test",
        2 => "slice of dust",
        _ => "slice that insurance pays",
    });
    if slice.ended {
        came.landmarks.push("liquidation ended by a slice");
    }
    if slice.shortfall_e6 > 0 {
        came.landmarks.push("shortfall opened by a slice");
    }
    if slice.branch == BRANCH_SOLVENT {
        came.overshoot_e6 = beyond_exit_e6(house, &slice.portfolio);
    }
}

fn note_legs(house: &House, legs: &LegsLiquidated, came: &mut Came) {
    came.landmarks.push("legs taken");
    if legs.ended {
        came.landmarks.push("liquidation ended by legs");
    }
    came.overshoot_e6 = beyond_exit_e6(house, &legs.portfolio);
}

/// How far a portfolio is beyond the exit test at the prices posted, millionths of its initial margin; none where it is not,
/// or where less than what counts as dust is left.
fn beyond_exit_e6(house: &House, address: &Pubkey) -> Option<i64> {
    let left = house.portfolio_at(address).ok()?;
    let report = house.world.snapshot().margin(&left).ok()?;
    let dust = report.equity_mark_e6 < house.exchange().params.dust_equity_e6;
    if left.is_debt_free() || dust || report.initial_e6 <= 0 || report.excess_exit_e6 < 0 {
        return None;
    }
    let share = i128::from(report.excess_exit_e6) * 1_000_000 / i128::from(report.initial_e6);
    Some(i64::try_from(share).unwrap_or(i64::MAX))
}

//! Whether a run did enough to mean anything: `--all-must-happen`.

use crate::{
    judge::Landmark,
    run::{Plan, LIFE_INSTRUCTIONS},
    tally::Tally,
};

/// Trades that must go through, percent.
const TRADES_LEAST: u64 = 40;

/// Landmarks that a run must reach: those that 100,000 instructions from seed 1 reach twenty times or more, so that
/// chance does not decide. The others come up in some runs of that length only.
pub const MUST_REACH: &[Landmark] = &[
    "slice to the exit test",
    "slice of dust",
    "slice that insurance pays",
    "liquidation ended by a slice",
    "shortfall opened by a slice",
    "legs taken",
    "collateral sold for a debt",
    "debt paid by insurance",
    "shortfall opened by a debt",
    "loss shared by cash",
    "shortfall paid by fees and insurance",
    "loss collected",
    "settled at the average",
    "settled at the first price",
    "settled by the authority",
    "trade by a delegate",
    "several instructions at once",
    "isolated portfolio opened",
    "collateral withdrawn",
    "trade of a frozen portfolio refused",
    "withdrawal stopped by the outflow guard",
    "withdrawal locked by a shortfall",
];

/// What should have happened in a run of 100,000 instructions or more and did not, a sentence each: instructions sent,
/// instructions that go through, trades that do, landmarks reached.
#[must_use]
pub fn lacking(tally: &Tally, plan: Plan) -> Vec<String> {
    let mut lacking = Vec::new();
    // A life that meets a known fault ends there, and what it would have done is missing.
    let cut_short = tally.faults.values().sum::<u64>().saturating_mul(LIFE_INSTRUCTIONS);
    let least = plan.instructions.saturating_sub(cut_short);
    if tally.instructions < least {
        lacking.push(format!("only {} of {least} instructions were sent", tally.instructions));
    }
    let never = tally.never();
    if !never.is_empty() {
        lacking.push(format!("never went through: {}", never.join(", ")));
    }
    let trades = tally.share("trade");
    if trades < TRADES_LEAST {
        lacking.push(format!("only {trades} % of the trades went through"));
    }
    let mut unreached = tally.unreached();
    unreached.retain(|landmark| MUST_REACH.contains(landmark));
    if !unreached.is_empty() {
        lacking.push(format!("never reached: {}", unreached.join(", ")));
    }
    lacking
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{action::NAMES, judge::LANDMARKS, tally::Line};

    const PLAN: Plan = Plan { instructions: 100_000, seed: 1 };

    /// A run in which everything happened, and the trades of which just suffice.
    fn plenty() -> Tally {
        let mut tally = Tally { instructions: PLAN.instructions, ..Tally::default() };
        let line = Line { ok: 40, refused: [("Healthy".to_owned(), 60)].into(), compute_units_most: 1 };
        tally.by_name = NAMES.iter().map(|name| (*name, line.clone())).collect();
        tally.landmarks = MUST_REACH.iter().map(|landmark| (*landmark, 1)).collect();
        tally
    }

    /// The one thing that is lacking of a run with a change.
    fn lacks(change: impl FnOnce(&mut Tally)) -> String {
        let mut tally = plenty();
        change(&mut tally);
        let lacking = lacking(&tally, PLAN);
        assert_eq!(lacking.len(), 1, "{lacking:?}");
        lacking[0].clone()
    }

    /// Goal: a run lacks what did not happen, and nothing else. Method: a run that has just enough, then less of one
    /// thing at a time.
    #[test]
    fn what_did_not_happen_is_lacking() {
        assert_eq!(lacking(&plenty(), PLAN), Vec::<String>::new());
        assert!(lacks(|tally| tally.instructions -= 1).contains("only 99999 of 100000"));
        assert!(lacks(|tally| tally.by_name.get_mut("collect_loss").unwrap().ok = 0).contains("collect_loss"));
        assert!(lacks(|tally| tally.by_name.get_mut("trade").unwrap().ok = 39).contains("39 %"));
        for landmark in MUST_REACH {
            let lacking = lacks(|tally| tally.landmarks.retain(|reached, _| reached != landmark));
            assert_eq!(lacking, format!("never reached: {landmark}"));
        }
    }

    /// Goal: a life that a known fault ended excuses what it would have done, and no more. Method: one such life.
    #[test]
    fn a_known_fault_excuses_its_life() {
        let mut tally = plenty();
        tally.faults.insert("a fault", 1);
        tally.instructions -= LIFE_INSTRUCTIONS;
        assert_eq!(lacking(&tally, PLAN), Vec::<String>::new());
        tally.instructions -= 1;
        assert_eq!(lacking(&tally, PLAN).len(), 1);
    }

    /// Goal: what must be reached is a landmark, once. Method: looked up.
    #[test]
    fn what_must_be_reached_can_be() {
        for (at, landmark) in MUST_REACH.iter().enumerate() {
            assert!(LANDMARKS.contains(landmark) && !MUST_REACH[..at].contains(landmark), "{landmark}");
        }
    }
}

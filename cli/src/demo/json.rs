//! The story as one JSON document: money and prices as integers in the program's scales (`_e6`, `_e8`).

use super::{
    calendar::iso,
    ending::{Closing, Ending, Vault},
    market::{Print, ASSUMED, SPOT_SOURCE, VOLATILITY_SOURCE},
    record::{Chapter, Margins, MarketState, Step, Teller},
    Program,
};
use ballast_risk::{MarginReport, NO_FLOOR_E6};
use serde_json::{json, Value};

/// Collects the story; says on standard error how far it is.
#[derive(Debug, Default)]
pub struct Document {
    chapter: &'static str,
    steps: Vec<Value>,
    ending: Option<Value>,
}

impl Document {
    /// The whole document.
    #[must_use]
    pub fn finish(self, program: &Program) -> Value {
        let mut document = json!({
            "program": { "id": program.id, "binary": program.file, "bytes": program.bytes },
            "sources": { "prices": SPOT_SOURCE, "volatility": VOLATILITY_SOURCE.replace('\n', " "), "assumed": ASSUMED },
            "steps": self.steps,
        });
        if let (Some(document), Some(Value::Object(ending))) = (document.as_object_mut(), self.ending) {
            document.extend(ending);
        }
        document
    }
}

impl Teller for Document {
    fn chapter(&mut self, chapter: Chapter) {
        eprintln!("{}", chapter.title);
        self.chapter = chapter.id;
    }

    fn step(&mut self, step: &Step) {
        let cost = |cost: &super::record::Cost| json!({ "instruction": cost.instruction, "compute_units": cost.compute_units });
        let refused = step.refused.as_ref().map(
            |refused| json!({ "number": refused.number, "name": refused.name, "message": refused.message }),
        );
        self.steps.push(json!({
            "number": self.steps.len() + 1,
            "chapter": self.chapter,
            "time": iso(step.time),
            "unix_time": step.time,
            "text": step.text,
            "costs": step.costs.iter().map(cost).collect::<Vec<_>>(),
            "markets": step.markets.iter().map(market).collect::<Vec<_>>(),
            "margins": step.margins.iter().map(margins).collect::<Vec<_>>(),
            "refused": refused,
            "facts": step.facts,
        }));
    }

    fn end(&mut self, ending: &Ending) {
        self.ending = Some(json!({
            "closing": ending.closing.iter().map(closing).collect::<Vec<_>>(),
            "insurance_e6": ending.insurance_e6,
            "fees_e6": ending.fees_e6,
            "vaults": ending.vaults.iter().map(vault).collect::<Vec<_>>(),
            "broken": ending.broken,
            "holds": ending.holds(),
        }));
    }
}

fn market(state: &MarketState) -> Value {
    json!({
        "symbol": state.symbol,
        "price_e8": state.price_e8,
        "print": match state.print { Print::Open => "open", Print::Low => "low" },
        "change_e6": state.change_e6,
        "vol_e6": state.vol_e6,
        "realised_e6": state.realised_e6,
        "vol_margin_e6": state.vol_margin_e6,
    })
}

fn margins(margins: &Margins) -> Value {
    json!({
        "trader": margins.who.name(),
        "before": report(&margins.before),
        "after": report(&margins.after),
        "margin_check_compute_units": margins.checked_for,
    })
}

fn report(report: &MarginReport) -> Value {
    let floor = |value: i64| if value == NO_FLOOR_E6 { Value::Null } else { value.into() };
    json!({
        "equity_mark_e6": report.equity_mark_e6,
        "initial_e6": report.initial_e6,
        "exit_e6": report.exit_e6,
        "maintenance_e6": report.maintenance_e6,
        "excess_initial_e6": report.excess_initial_e6,
        "excess_exit_e6": report.excess_exit_e6,
        "excess_maintenance_e6": report.excess_maintenance_e6,
        "floor_initial_e6": floor(report.floor_initial_e6),
        "floor_maintenance_e6": floor(report.floor_maintenance_e6),
        "options_e6": report.options_e6,
        "cash_e6": report.cash_e6,
    })
}

fn closing(closing: &Closing) -> Value {
    json!({
        "trader": closing.player.name,
        "part": closing.player.part,
        "started_e6": closing.started_e6,
        "withdrawn_e6": closing.withdrawn_e6,
        "cash_e6": closing.cash_e6,
        "sol_e9": closing.sol,
        "options_e6": closing.options_e6,
        "ended_e6": closing.ended_e6,
        "result_e6": closing.ended_e6 - closing.started_e6,
    })
}

/// Base units fit 64 bits each: a token's supply does.
fn vault(vault: &Vault) -> Value {
    let units = |amount: i128| i64::try_from(amount).map_or(Value::Null, Value::from);
    let claim = |(name, amount): &(String, i128)| json!({ "whose": name, "amount": units(*amount) });
    json!({
        "asset": vault.asset,
        "decimals": vault.decimals,
        "address": vault.address.to_string(),
        "balance": units(vault.balance),
        "claims": vault.claims.iter().map(claim).collect::<Vec<_>>(),
        "claimed": units(vault.claimed()),
        "difference": units(vault.balance - vault.claimed()),
        "deposited": units(vault.deposited),
        "withdrawn": units(vault.withdrawn),
        "holds": vault.holds(),
    })
}

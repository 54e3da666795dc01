//! The `expect` object of a case: the engine's integers as plain numbers.

use crate::evaluate::{Outcome, UnderlyingOutcome};
use crate::input::Case;
use ballast_risk::liquidation::SliceBranch;
use ballast_risk::{unchanged_vol_loss_e6, NO_FLOOR_E6};
use serde_json::{json, Map, Value};

/// Money of 1e-6 quote as quote; the floor of an unbounded book as null.
fn money(e6: i64) -> Value {
    if e6 == NO_FLOOR_E6 {
        Value::Null
    } else {
        number(e6 as f64 / 1e6)
    }
}

fn number(x: f64) -> Value {
    json!(x)
}

fn q(x: i64, bits: i32) -> f64 {
    x as f64 / 2f64.powi(bits)
}

fn e14(x: i128) -> f64 {
    x as f64 / 1e14
}

/// Writes the answer to a case as the `expect` object of the golden vectors.
#[must_use]
pub fn to_json(case: &Case, o: &Outcome) -> Value {
    let r = &o.report;
    json!({
        "expiries": o.underlyings.iter().map(expiries).collect::<Vec<_>>(),
        "legs": legs(case, o),
        "losses": o.underlyings.iter().map(|u| u.state.losses_e6.map(money).to_vec()).collect::<Vec<_>>(),
        "own_strikes": o.underlyings.iter().map(own_strikes).collect::<Vec<_>>(),
        "underlyings": o.underlyings.iter().map(underlying).collect::<Vec<_>>(),
        "groups": groups(o),
        "scan": money(r.scan_e6),
        "scan_MM": money(r.scan_maintenance_e6),
        "addons": {
            "som": money(r.short_min_e6), "basis": money(r.basis_e6), "liquidity": money(r.liquidity_e6),
            "oi": money(r.open_interest_e6), "oracle": money(r.oracle_e6), "ema": money(r.ema_e6),
        },
        "IM": money(r.initial_e6), "MM": money(r.maintenance_e6), "exit": money(r.exit_e6),
        "equity": {
            "mark": money(r.equity_mark_e6), "MM": money(r.equity_maintenance_e6), "IM": money(r.equity_initial_e6),
        },
        "floor": { "IM": money(r.floor_initial_e6), "MM": money(r.floor_maintenance_e6) },
        "excess": {
            "IM": money(r.excess_initial_e6), "exit": money(r.excess_exit_e6), "MM": money(r.excess_maintenance_e6),
        },
        "gross": number(gross(case)),
        "liquidation": liquidation(o),
    })
}

fn expiries(u: &UnderlyingOutcome) -> Value {
    let forwards: Vec<f64> = u.expiries.iter().map(|e| e14(e.forward_e14)).collect();
    let deltas = u.reports.iter().zip(&forwards).map(|(r, f)| r.dollar_delta_e6 as f64 / 1e6 / f);
    json!({
        "F": forwards,
        "moving": u.expiries.iter().map(|e| e14(e.moving_e14)).collect::<Vec<_>>(),
        "D": u.expiries.iter().map(|e| q(e.discount_q32, 32)).collect::<Vec<_>>(),
        "near": u.expiries.iter().map(|e| q(e.near_q30, 30)).collect::<Vec<_>>(),
        "value": u.reports.iter().map(|r| money(r.value_e6)).collect::<Vec<_>>(),
        "delta": deltas.collect::<Vec<_>>(),
        "vega": u.reports.iter().map(|r| money(r.vega_e6)).collect::<Vec<_>>(),
        "least": u.reports.iter().map(|r| money(r.least_e6)).collect::<Vec<_>>(),
    })
}

fn legs(case: &Case, o: &Outcome) -> Value {
    let rows: Vec<_> = case.portfolio.legs.iter().map(|leg| leg.3 == "C").zip(&o.legs).collect();
    let column = |f: &dyn Fn(bool, &ballast_risk::series::SeriesQuote) -> f64| -> Vec<f64> {
        rows.iter().map(|(call, quote)| f(*call, quote)).collect()
    };
    json!({
        "sigma": column(&|_, s| q(s.sigma_q29, 29)),
        "value": column(&|call, s| e14(if call { s.call_e14 } else { s.put_e14 })),
        "delta": column(&|call, s| q(if call { s.call_delta_q28 } else { s.put_delta_q28 }, 28)),
        "vega": column(&|_, s| e14(s.vega_e14)),
    })
}

fn own_strikes(u: &UnderlyingOutcome) -> Value {
    let range = q(u.state.range_q40, 40);
    let row = |r: &ballast_risk::OwnStrikeRow| {
        let linear = unchanged_vol_loss_e6(&u.state.losses_e6, r.share_q30);
        json!([
            r.expiry,
            r.strike_e8,
            q(r.share_q30, 30) * range,
            money(linear + r.part_e6),
            money(r.part_e6)
        ])
    };
    u.own_strikes.iter().map(row).collect()
}

fn underlying(u: &UnderlyingOutcome) -> Value {
    let s = &u.state;
    json!({
        "pr": q(s.range_q40, 40), "own": money(s.own_e6), "scan": money(s.scan_e6),
        "scan_MM": money(s.scan_maintenance_e6), "som": money(s.short_min_e6), "basis": money(s.basis_e6),
        "liquidity": money(s.liquidity_e6), "oi": money(s.open_interest_e6), "oracle": money(s.oracle_e6),
        "ema": money(s.ema_e6), "delta$": money(s.dollar_delta_e6), "vega$": money(s.dollar_vega_e6),
        "value": money(s.value_e6), "floor": money(s.floor_e6()),
    })
}

fn groups(o: &Outcome) -> Value {
    let group = |(name, im, mm): &(String, ballast_risk::GroupScan, ballast_risk::GroupScan)| {
        let scans = json!({
            "joint": money(im.joint_e6), "sum": money(im.sum_e6), "scan": money(im.scan_e6),
            "worst": if im.worst == u8::MAX { 0 } else { im.worst }, "scan_MM": money(mm.scan_e6),
        });
        (name.clone(), scans)
    };
    Value::Object(o.groups.iter().map(group).collect::<Map<_, _>>())
}

fn gross(case: &Case) -> f64 {
    let leg = |l: &(usize, u8, u64, String, i64)| {
        l.4.abs() as f64 * 1e-6 * case.underlyings[l.0].spot as f64 * 1e-8
    };
    case.portfolio.legs.iter().map(leg).sum()
}

fn liquidation(o: &Outcome) -> Value {
    let branch = match o.plan.branch {
        SliceBranch::Healthy => "healthy",
        SliceBranch::Solvent => "solvent",
        SliceBranch::Dust => "dust",
        SliceBranch::Insolvent => "insolvent",
    };
    json!({
        "branch": branch, "delta": o.discount_e9 as f64 / 1e9, "pay": money(o.plan.pay_e6),
        "P": money(o.plan.counted_pay_e6), "Q": money(o.plan.quadratic_e6), "A": money(o.plan.linear_e6),
        "f_max": o.plan.fraction_max_e9 as f64 / 1e9, "price": money(o.price.price_e6),
    })
}

//! A short replay with every bar, and what it would be without keepers.

use ballast_replay::{
    run::{replay, Replayed},
    table,
    window::{synthetic, Window},
    Arguments,
};
use std::sync::OnceLock;

/// The gap and the hours around it: both of its expiries are settled in them.
fn window() -> Window {
    let mut window = synthetic("gap", 1).expect("a window of this name");
    let begin = window.start() + 9 * 3_600 + 1_200;
    window.knots.retain(|knot| knot.time >= begin);
    window.shortened(6 * 3_600)
}

fn with_keepers() -> &'static Replayed {
    static DONE: OnceLock<Replayed> = OnceLock::new();
    DONE.get_or_init(|| replay(window(), &Arguments::default()).expect("a replay"))
}

/// Goal: a crash meets every bar, with somebody liquidated in slices and in wide ones. Method: the gap.
#[test]
fn a_crash_meets_every_bar() {
    let figures = &with_keepers().figures;
    assert_eq!(figures.bars_broken, Vec::<String>::new());
    assert!(figures.population.portfolios >= 200 && figures.checks().checked > 1_000);
    let liquidation = &figures.liquidation;
    assert!(liquidation.flagged > 20 && liquidation.slices > 20 && figures.units.wide_slices > 0);
    assert_eq!((liquidation.freed, liquidation.open_at_end), (liquidation.flagged, 0));
    assert!(figures.sent.contains_key("settlement_finalize"), "{:?}", figures.sent);
    assert!(figures.margin.beyond_initial > 0 && figures.margin.intervals >= 200);
}

/// Goal: the bars about deficits had deficits to judge: insurance paid, everybody bore the rest, and what positive cash is
/// worth at the index fell by no less than that; the vaults of both assets were counted. Method: the gap.
#[test]
fn a_crash_is_lost_on_somebody() {
    let figures = &with_keepers().figures;
    let money = &figures.money;
    assert!(money.deficits_e6 > 0 && money.insurance_paid_e6 > 0 && money.socialised_e6 > 0, "{money:?}");
    assert!(figures.sent.get("socialise_shortfall").is_some_and(|times| *times > 0), "{:?}", figures.sent);
    assert!(money.index_fell_e6 >= money.socialised_e6, "{money:?}");
    assert!(money.lacked_e6 > 0 && money.lacked_e6 <= money.deficits_of_slices_e6, "{money:?}");
    let vaults: Vec<&str> = figures.vaults.iter().map(|vault| vault.asset.as_str()).collect();
    assert_eq!(vaults, ["USDC", "SOL"]);
}

/// Goal: what liquidations move is neither made nor lost: owners' loss and deficits are what takers earned and insurance got,
/// but for rounding to a millionth of a unit. Method: the sums.
#[test]
fn what_liquidations_move_adds_up() {
    let figures = &with_keepers().figures;
    let money = &figures.money;
    let from = money.owners_lost_e6 + money.deficits_of_slices_e6;
    let to = money.liquidators_earned_e6 + money.contributed_e6;
    assert!(money.liquidators_earned_e6 > 0 && money.contributed_e6 > 0);
    let taken = figures.liquidation.slices + figures.liquidation.legs;
    // A millionth of a unit of each of 64 lines, at the dearest price.
    let rounding_e6 = i64::try_from(taken).unwrap() * 64 * 120_000;
    assert!((from - to).abs() <= rounding_e6, "{from} and {to} over {taken}");
}

/// Goal: keepers matter: without them more is below zero in the end, and nothing is sold. Method: the same window.
#[test]
fn without_keepers_the_deficit_is_larger() {
    let alone = replay(window(), &Arguments { keepers: false, ..Arguments::default() }).expect("a replay");
    let (alone, kept) = (&alone.figures, &with_keepers().figures);
    assert_eq!((alone.liquidation.flagged, alone.liquidation.slices, alone.transactions > 0), (0, 0, true));
    assert!(alone.money.under_water_e6 > kept.money.under_water_e6);
    assert_eq!(alone.checks().broken, 0);
}

/// Goal: the same arguments are the same bytes. Method: once more.
#[test]
fn replays_repeat() {
    let json = |replayed: &Replayed| serde_json::to_string(&replayed.figures).expect("JSON");
    let again = replay(window(), &Arguments::default()).expect("a replay");
    assert_eq!(json(&again), json(with_keepers()));
    assert!(again == *with_keepers());
}

/// Goal: table and JSON say the same. Method: figures of one in the other.
#[test]
fn table_and_json_agree() {
    let figures = &with_keepers().figures;
    let json = serde_json::to_value(figures).expect("JSON");
    let text = table::render(std::slice::from_ref(figures));
    let row = |part: usize| {
        let rows = text.split("\n\n").nth(part).and_then(|part| part.lines().last());
        rows.expect("a row").split_whitespace().collect::<Vec<_>>()
    };
    let number =
        |cell: &str| cell.replace(',', "").replace('\u{2212}', "-").parse::<i64>().expect("a number");
    for (at, name) in [(2, "flagged"), (3, "slices"), (4, "legs"), (5, "freed")] {
        assert_eq!(Some(number(row(0)[at])), json["liquidation"][name].as_i64(), "{name}");
    }
    let money =
        [(3, "liquidators_earned_e6"), (5, "deficits_e6"), (7, "insurance_paid_e6"), (8, "socialised_e6")];
    for (at, name) in money {
        let exact = json["money"][name].as_i64().expect("an amount");
        assert!((number(row(1)[at]) * 1_000_000 - exact).abs() <= 500_000, "{name}: {text}");
    }
}

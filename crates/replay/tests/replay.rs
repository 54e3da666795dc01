//! A short replay with every bar, and what it would be without keepers.

use ballast_replay::{
    figures::Figures,
    run::{replay, Replayed},
    table,
    window::{synthetic, Knot, Window},
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

/// Goal: late keepers see what is no longer so. Method: keepers up to two minutes late
/// and keepers that are not late at all, in BTC alone, which falls by an eighth: that is enough.
#[test]
fn latency_is_felt() {
    let mut bitcoin = window();
    bitcoin.symbols.truncate(1);
    bitcoin.volatilities.truncate(1);
    // An eighth down in an hour, in steps that a keeper may be late for.
    let times = (0..=5 * 60).map(|minute| (minute, bitcoin.start() + minute * 60));
    let price = |minute: i64| 100_000.0 * (1.0 - 0.01 * ((minute - 60) / 5).clamp(0, 12) as f64);
    bitcoin.knots = times.map(|(minute, time)| Knot { time, prices: vec![price(minute)] }).collect();
    let late = |latency| {
        let arguments = Arguments { latency, ..Arguments::default() };
        replay(bitcoin.clone(), &arguments).expect("a replay")
    };
    let (at_once, late) = (late(0).figures, late(20).figures);
    let flagged_in_vain = |figures: &Figures| figures.refusals.contains_key("liquidation_start: Healthy");
    assert!(
        flagged_in_vain(&late) && !flagged_in_vain(&at_once),
        "{:?} {:?}",
        late.refusals,
        at_once.refusals
    );
    assert_ne!(late.money, at_once.money);
    assert_eq!((late.checks().broken, at_once.checks().broken), (0, 0));
}

/// A column: its heading, where the JSON has it, and what of it one in the cell stands for.
type Column = (&'static str, &'static str, f64);
const DOLLARS: f64 = 1e6;
const PERCENT: f64 = 1e4;
const MINUTES: f64 = 60.0;
const LIQUIDATIONS: [Column; 12] = [
    ("portfolios", "/population/portfolios", 1.0),
    ("flagged", "/liquidation/flagged", 1.0),
    ("slices", "/liquidation/slices", 1.0),
    ("legs", "/liquidation/legs", 1.0),
    ("freed", "/liquidation/freed", 1.0),
    ("longest min", "/liquidation/longest_secs", MINUTES),
    ("beyond exit % of IM", "/liquidation/beyond_exit_e6", PERCENT),
    ("losses beyond IM", "/margin/beyond_initial", 1.0),
    ("losses beyond MM", "/margin/beyond_maintenance", 1.0),
    ("intervals", "/margin/intervals", 1.0),
    ("covered %", "/margin/covered_e6", PERCENT),
    ("units of a liquidation", "/units/liquidation", 1.0),
];
const MONEY: [Column; 11] = [
    ("population's IM", "/population/initial_e6", DOLLARS),
    ("owners lost", "/money/owners_lost_e6", DOLLARS),
    ("liquidators earned", "/money/liquidators_earned_e6", DOLLARS),
    ("keepers' result", "/money/keepers_result_e6", DOLLARS),
    ("deficits", "/money/deficits_e6", DOLLARS),
    ("of which lacked", "/money/lacked_e6", DOLLARS),
    ("insurance paid", "/money/insurance_paid_e6", DOLLARS),
    ("socialised", "/money/socialised_e6", DOLLARS),
    ("worst deficit", "/money/worst_deficit_e6", DOLLARS),
    ("invariants checked", "checked", 1.0),
    ("broken", "broken", 1.0),
];

/// Goal: tables and JSON say the same, in every column, in the terminal and in the document. Method: the cell under each
/// heading against the JSON, to half of the cell's last digit, or less than a minute where minutes are cut.
#[test]
fn tables_and_json_agree() {
    let figures = &with_keepers().figures;
    let json = serde_json::to_value(figures).expect("JSON");
    let exact = |place: &str| match json.pointer(place) {
        Some(amount) => amount.as_f64().expect("a number"),
        None => {
            let checks = json["invariants"].as_object().expect("invariants").values();
            checks.map(|checks| checks[place].as_f64().expect("a number")).sum()
        }
    };
    let document = table::markdown(std::slice::from_ref(figures));
    let terminal = table::render(std::slice::from_ref(figures));
    for (part, expected) in [LIQUIDATIONS.as_slice(), &MONEY].into_iter().enumerate() {
        let lines: Vec<&str> = document.split("\n\n").nth(part).expect("a table").lines().collect();
        let cells = |line: &str| -> Vec<String> {
            line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect()
        };
        let (heads, row) = (cells(lines[0]), cells(lines[2]));
        let names = std::iter::once("window").chain(expected.iter().map(|column| column.0));
        assert_eq!(heads, names.collect::<Vec<_>>());
        assert_eq!(row[0], "gap");
        for (cell, (name, place, one)) in row[1..].iter().zip(expected) {
            let shown: f64 = cell.replace(',', "").replace('\u{2212}', "-").parse().expect("a number");
            let digit = if *one == PERCENT { 0.01 } else { 1.0 };
            let away = (exact(place) / one - shown).abs() / digit;
            let most = if *one == MINUTES { 0.999 } else { 0.501 };
            assert!(away <= most, "{name}: {cell} for {}", exact(place));
        }
        let last = terminal.split("\n\n").nth(part).and_then(|part| part.lines().last());
        assert_eq!(last.expect("a row").split_whitespace().collect::<Vec<_>>(), row);
    }
}

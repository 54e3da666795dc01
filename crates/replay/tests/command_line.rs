//! The binary as it is called: recorded data, JSON and exit codes.

use serde_json::Value;
use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

/// 3 January 2024, 10:00 UTC.
const START: i64 = 1_704_276_000;
const BAR_SECS: i64 = 300;
/// Five hours, so that both expiries lie in them.
const BARS: i64 = 60;

fn run(arguments: &[&str]) -> Output {
    let page = folder("pages").join(format!("{}.html", arguments.len()));
    let mut command = Command::new(env!("CARGO_BIN_EXE_ballast-replay"));
    command.args(arguments).arg("--html").arg(page).output().expect("it runs")
}

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("command_line").join(name);
    fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// A folder of data with one window: BTC, that falls by 12 % in an hour.
fn data() -> PathBuf {
    let folder = folder("data");
    let price = |bar: i64| 45_000.0 * (1.0 - 0.01 * (bar - 12).clamp(0, 12) as f64);
    let mut bars = String::from("ts,btc_o,btc_h,btc_l,btc_c\n");
    for bar in 0..BARS {
        let (open, close) = (price(bar), price(bar + 1));
        bars.push_str(&format!("{},{open},{open},{close},{close}\n", START + bar * BAR_SECS));
    }
    fs::create_dir_all(folder.join("spot")).expect("a folder");
    fs::write(folder.join("spot").join("win_2024-01_5m.csv"), bars).expect("a file");
    folder
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Goal: what is recorded is replayed, the JSON on standard output says what came of it, and the exit code that every bar was
/// met. Method: bars of five hours; the windows that are not in the folder are named and left out.
#[test]
fn recorded_bars_are_replayed() {
    let done = run(&["--data", data().to_str().expect("a path"), "--json"]);
    let told = text(&done.stderr);
    assert_eq!(done.status.code(), Some(0), "{told}");
    assert!(told.contains("2024-08_5m: not in "), "{told}");
    let json: Value = serde_json::from_slice(&done.stdout).expect("JSON");
    assert_eq!((&json["bars_met"], &json["seed"]), (&Value::Bool(true), &Value::from(1)));
    let windows = json["windows"].as_array().expect("windows");
    let [window] = windows.as_slice() else { panic!("{} windows", windows.len()) };
    assert_eq!(window["window"], "2024-01_5m");
    assert_eq!((&window["start"], &window["end"]), (&START.into(), &(START + BARS * BAR_SECS).into()));
    assert!(window["source"].as_str().expect("a source").contains("spot/win_2024-01_5m.csv"));
    assert!(window["liquidation"]["flagged"].as_u64() > Some(0), "{}", window["liquidation"]);
    for id in [1, 2, 3, 4, 5, 6, 9, 10, 11] {
        let checks = &window["invariants"][format!("INV-{id}")];
        assert!(checks["checked"].as_u64() > Some(0) && checks["broken"] == 0, "INV-{id}: {checks}");
    }
    let page = fs::read_to_string(folder("pages").join("3.html")).expect("a page");
    assert!(page.contains("<section id=\"2024-01_5m\">"));
}

/// Goal: what cannot be replayed is an exit code of two with a reason, and nothing on standard output. Method: a window that
/// nobody knows, one that is known and not in the folder, a folder without any, and a number that is none.
#[test]
fn what_cannot_be_replayed_is_said() {
    let empty = folder("empty");
    let empty = empty.to_str().expect("a path");
    let faulty = folder("faulty");
    fs::create_dir_all(faulty.join("spot")).expect("a folder");
    let bars = "ts,btc_o,btc_h,btc_l,btc_c\n0,1,one,1,1\n";
    fs::write(faulty.join("spot").join("win_2021-05_1h.csv"), bars).expect("a file");
    let faulty = faulty.to_str().expect("a path");
    let cases: [(&[&str], &str); 4] = [
        (&["--window", "calm"], "there is no window calm: synthetic are gap, cascade, bleed,"),
        (&["--data", empty, "--window", "2021-05_1h"], "win_2021-05_1h.csv"),
        (&["--data", empty], "no window to replay"),
        (&["--data", faulty], "win_2021-05_1h.csv line 2: btc_h: `one` is no number"),
    ];
    for (arguments, expected) in cases {
        let done = run(arguments);
        let told = text(&done.stderr);
        assert_eq!((done.status.code(), text(&done.stdout).as_str()), (Some(2), ""), "{arguments:?}: {told}");
        assert!(told.contains("replay: error: ") && told.contains(expected), "{arguments:?}: {told}");
    }
}

//! Recorded windows: bars of spot prices as CSV, `DIR/spot/win_NAME.csv`.
//!
//! A bar has the columns `ts` (unix seconds, its start) and `btc_o`, `btc_h`, `btc_l`, `btc_c`, and so on for `eth` and
//! `sol` where there are any. Bars follow each other without a gap. A bar does not say in which order its extremes came: one
//! that closes below its open is taken to have been high first.

use super::{volatility, Knot, Window};
use anyhow::{bail, ensure, Context, Result};
use csv::{Reader, StringRecord};
use std::{fs::File, path::Path};

/// Names of the windows that are looked for, with what happened.
pub const NAMES: [(&str, &str); 11] = [
    ("2020-03_btc_1h", "12 and 13 March 2020: BTC −50 % in two days"),
    ("2021-05_1h", "19 May 2021"),
    ("2022-11_1h", "November 2022: the fall of FTX"),
    ("2023-03_1h", "March 2023: USDC leaves its peg, then a rally"),
    ("2024-01_5m", "3 January 2024"),
    ("2024-04_5m", "12 and 13 April 2024"),
    ("2024-08_5m", "5 August 2024"),
    ("2025-02_5m", "3 February 2025"),
    ("2025-03_5m", "2 to 4 March 2025: up, then down"),
    ("2025-10_5m", "10 October 2025"),
    ("2026-02_5m", "31 January to 6 February 2026"),
];

/// Symbols and their columns, in the order of the markets.
const COLUMNS: [(&str, &str); 3] = [("BTC", "btc"), ("ETH", "eth"), ("SOL", "sol")];
/// Volatility of the first day of a path is the usual one where nothing is recorded, within these bounds.
const USUAL: (f64, f64) = (0.35, 1.5);
const DAY_SECS: i64 = 86_400;
/// Between records of an index more than this is a hole.
const INDEX_GAP_SECS: i64 = 3 * DAY_SECS;

/// Reads a recorded window from a folder of data.
///
/// # Errors
/// A file that cannot be read, a column that is missing, a number that is none or not above zero, bars out of step; each
/// with file and line.
pub fn recorded(folder: &Path, name: &str, title: &str) -> Result<Window> {
    let path = folder.join("spot").join(format!("win_{name}.csv"));
    let (symbols, knots) = bars(&path)?;
    let (volatilities, told) = volatilities(folder, &symbols, &knots)?;
    Ok(Window {
        name: name.to_owned(),
        title: title.to_owned(),
        source: format!("prices: spot/win_{name}.csv; volatility: {told}"),
        symbols,
        knots,
        volatilities,
        peg: vec![(0, 1.0)],
        ailments: Vec::new(),
    })
}

/// A CSV file with its header, and errors that say where.
struct Table<'a> {
    path: &'a Path,
    reader: Reader<File>,
    header: StringRecord,
}

impl<'a> Table<'a> {
    fn open(path: &'a Path) -> Result<Self> {
        let mut reader =
            Reader::from_path(path).with_context(|| format!("cannot read {}", path.display()))?;
        let header = reader.headers().with_context(|| format!("{} has no header", path.display()))?.clone();
        Ok(Self { path, reader, header })
    }

    fn column(&self, name: &str) -> Result<usize> {
        let found = self.header.iter().position(|column| column == name);
        found.with_context(|| format!("{} line 1: column {name} is missing", self.path.display()))
    }

    fn has(&self, name: &str) -> bool {
        self.header.iter().any(|column| column == name)
    }

    /// Hands every record to `each` with its line.
    fn each(mut self, mut each: impl FnMut(&StringRecord) -> Result<()>) -> Result<()> {
        for record in self.reader.records() {
            let record = record.with_context(|| self.path.display().to_string())?;
            let line = record.position().map_or(0, csv::Position::line);
            each(&record).with_context(|| format!("{} line {line}", self.path.display()))?;
        }
        Ok(())
    }
}

fn number(record: &StringRecord, column: usize, name: &str) -> Result<f64> {
    let text = record.get(column).unwrap_or("");
    let number: f64 = text.trim().parse().ok().with_context(|| format!("{name}: `{text}` is no number"))?;
    ensure!(number.is_finite() && number > 0.0, "{name}: {text} is not above zero");
    Ok(number)
}

fn seconds(record: &StringRecord, column: usize) -> Result<i64> {
    let text = record.get(column).unwrap_or("");
    text.trim().parse().ok().with_context(|| format!("ts: `{text}` is no time in unix seconds"))
}

/// Volatility of a market at given times.
type Volatility = Vec<(i64, f64)>;
/// Open, high, low and close of each market.
type Bar = (i64, Vec<[f64; 4]>);

fn bars(path: &Path) -> Result<(Vec<&'static str>, Vec<Knot>)> {
    let table = Table::open(path)?;
    let ts = table.column("ts")?;
    let (mut symbols, mut places) = (Vec::new(), Vec::new());
    for (symbol, prefix) in COLUMNS.iter().filter(|(_, prefix)| table.has(&format!("{prefix}_o"))) {
        let mut columns = [0; 4];
        for (place, kind) in columns.iter_mut().zip(["o", "h", "l", "c"]) {
            *place = table.column(&format!("{prefix}_{kind}"))?;
        }
        symbols.push(*symbol);
        places.push((*prefix, columns));
    }
    ensure!(!symbols.is_empty(), "{} line 1: column btc_o is missing", path.display());
    let mut bars: Vec<Bar> = Vec::new();
    table.each(|record| {
        let time = seconds(record, ts)?;
        let mut prices = Vec::with_capacity(places.len());
        for (prefix, columns) in &places {
            prices.push(bar(record, prefix, *columns)?);
        }
        if let [.., before, last] = &bars[..] {
            let (step, found) = (last.0 - before.0, time - last.0);
            ensure!(found == step, "ts: {found} s after the bar before; the bars are {step} s apart");
        }
        bars.push((time, prices));
        Ok(())
    })?;
    let [first, second, ..] = &bars[..] else { bail!("{}: fewer than two bars", path.display()) };
    let step = second.0 - first.0;
    ensure!(step > 0, "{} line 3: ts does not ascend", path.display());
    Ok((symbols, corners(&bars, step)))
}

fn bar(record: &StringRecord, prefix: &str, columns: [usize; 4]) -> Result<[f64; 4]> {
    let mut bar = [0.0; 4];
    for ((value, column), kind) in bar.iter_mut().zip(columns).zip(["o", "h", "l", "c"]) {
        *value = number(record, column, &format!("{prefix}_{kind}"))?;
    }
    let [open, high, low, close] = bar;
    let inside = low <= open.min(close) && open.max(close) <= high;
    ensure!(inside, "{prefix}: open {open} or close {close} is outside low {low} and high {high}");
    Ok(bar)
}

/// Open, the two extremes at a third and two thirds, and the last close.
fn corners(bars: &[Bar], step: i64) -> Vec<Knot> {
    let mut knots = Vec::with_capacity(bars.len() * 3 + 1);
    for (time, prices) in bars {
        let of = |part: usize| {
            let pick = |[open, high, low, close]: &[f64; 4]| {
                let extremes = if close < open { [*high, *low] } else { [*low, *high] };
                [*open, extremes[0], extremes[1], *close][part]
            };
            prices.iter().map(pick).collect()
        };
        knots.extend(
            (0i64..).zip([0, 1, 2]).map(|(at, part)| Knot { time: time + step * at / 3, prices: of(part) }),
        );
    }
    if let Some((time, prices)) = bars.last() {
        knots.push(Knot { time: time + step, prices: prices.iter().map(|bar| bar[3]).collect() });
    }
    knots
}

/// Volatility of each market: an index where one covers the window, else what was realised; another market's index times
/// the ratio of what both realised on the first day where it has none of its own.
fn volatilities(
    folder: &Path,
    symbols: &[&'static str],
    knots: &[Knot],
) -> Result<(Vec<Volatility>, String)> {
    let span = (knots.first().map_or(0, |knot| knot.time), knots.last().map_or(0, |knot| knot.time));
    let atm = |ccy: &str| {
        index(&folder.join("vol").join("deribit_atm_iv_6h.csv"), "iv30d", 1.0, Some(ccy), 0, span)
    };
    let dvol =
        index(&folder.join("vol").join("dvol_btc_daily.csv"), "dvol_close", 0.01, None, DAY_SECS, span)?;
    let first = |place: usize| volatility::at_first(knots, place, DAY_SECS).clamp(USUAL.0, USUAL.1);
    let (bitcoin, told) = match (atm("BTC")?, dvol) {
        (Some(path), _) => (Some(path), "vol/deribit_atm_iv_6h.csv, 30 days"),
        (None, Some(path)) => (Some(path), "vol/dvol_btc_daily.csv"),
        (None, None) => (None, "realised by the window's own prices, crates/replay/src/window/volatility.rs"),
    };
    let Some(bitcoin) = bitcoin else {
        let all = (0..symbols.len()).map(|place| volatility::realised(knots, place, first(place)));
        return Ok((all.collect(), told.to_owned()));
    };
    let mut all = Vec::new();
    for (place, symbol) in symbols.iter().enumerate() {
        let own = if *symbol == "BTC" { Some(bitcoin.clone()) } else { atm(symbol)? };
        let ratio = (first(place) / first(0)).clamp(1.0, 2.5);
        all.push(own.unwrap_or_else(|| bitcoin.iter().map(|(at, vol)| (*at, vol * ratio)).collect()));
    }
    Ok((
        all,
        format!("{told}; ETH and SOL without one by the ratio of volatilities realised on the first day"),
    ))
}

/// Reads an index if its file is there and it covers the span. `known_after` is how long after its time a value is known.
fn index(
    path: &Path,
    column: &str,
    scale: f64,
    ccy: Option<&str>,
    known_after: i64,
    span: (i64, i64),
) -> Result<Option<Volatility>> {
    if !path.exists() {
        return Ok(None);
    }
    let table = Table::open(path)?;
    let (ts, value) = (table.column("ts")?, table.column(column)?);
    let kind = ccy.map(|_| table.column("ccy")).transpose()?;
    let mut all: Volatility = Vec::new();
    table.each(|record| {
        if kind.is_some_and(|kind| record.get(kind) != ccy) {
            return Ok(());
        }
        let time = seconds(record, ts)? + known_after;
        if (span.0 - INDEX_GAP_SECS..=span.1 + INDEX_GAP_SECS).contains(&time) {
            all.push((time, number(record, value, column)? * scale));
        }
        Ok(())
    })?;
    let covers = all.first().is_some_and(|first| first.0 <= span.0 + DAY_SECS)
        && all.last().is_some_and(|last| last.0 >= span.1 - DAY_SECS)
        && all.windows(2).all(|pair| pair[1].0 - pair[0].0 <= INDEX_GAP_SECS);
    Ok(covers.then_some(all))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{fs, path::PathBuf};

    const HEADER: &str = "ts,btc_o,btc_h,btc_l,btc_c\n";

    /// A folder of data with one window in it.
    fn folder(name: &str, spot: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("ballast-replay-{}-{name}", std::process::id()));
        fs::create_dir_all(folder.join("spot")).unwrap();
        fs::write(folder.join("spot").join("win_x.csv"), spot).unwrap();
        folder
    }

    fn refusal(name: &str, spot: &str) -> String {
        format!("{:#}", recorded(&folder(name, spot), "x", "").unwrap_err())
    }

    /// Goal: bars become their corners in order. Method: one bar that falls, one that rises.
    #[test]
    fn bars_become_corners() {
        let spot = format!("{HEADER}0,100,110,90,95\n300,95,120,94,115\n");
        let window = recorded(&folder("corners", &spot), "x", "").unwrap();
        let found: Vec<(i64, f64)> = window.knots.iter().map(|knot| (knot.time, knot.prices[0])).collect();
        let expected =
            [(0, 100.0), (100, 110.0), (200, 90.0), (300, 95.0), (400, 94.0), (500, 120.0), (600, 115.0)];
        assert_eq!(found, expected);
        assert_eq!(window.symbols, ["BTC"]);
    }

    /// Goal: what is wrong with a file is said with file and line. Method: each fault once.
    #[test]
    fn faults_are_named() {
        for (name, spot, expected) in [
            ("column", "ts,btc_o,btc_h,btc_c\n0,1,1,1\n", "win_x.csv line 1: column btc_l is missing"),
            ("none", "ts\n0\n", "win_x.csv line 1: column btc_o is missing"),
            (
                "number",
                &format!("{HEADER}0,1,1,1,1\n300,1,one,1,1\n"),
                "win_x.csv line 3: btc_h: `one` is no number",
            ),
            ("sign", &format!("{HEADER}0,1,1,-1,1\n"), "win_x.csv line 2: btc_l: -1 is not above zero"),
            ("time", &format!("{HEADER}now,1,1,1,1\n"), "win_x.csv line 2: ts: `now` is no time"),
            ("order", &format!("{HEADER}0,1,1,1,2\n"), "win_x.csv line 2: btc: open 1 or close 2 is outside"),
            (
                "gap",
                &format!("{HEADER}0,1,1,1,1\n300,1,1,1,1\n900,1,1,1,1\n"),
                "win_x.csv line 4: ts: 600 s after the bar before; the bars are 300 s apart",
            ),
            ("short", &format!("{HEADER}0,1,1,1,1\n"), "win_x.csv: fewer than two bars"),
            ("ragged", &format!("{HEADER}0,1,1,1\n"), "line: 2"),
        ] {
            let found = refusal(name, spot);
            assert!(found.contains(expected), "{name}: {found}");
        }
        let absent = recorded(Path::new("/nowhere"), "x", "").unwrap_err();
        assert!(format!("{absent:#}").contains("/nowhere/spot/win_x.csv"), "{absent:#}");
    }

    /// Goal: an index is used where it covers the window and not where it does not. Method: one that does, one with a hole.
    #[test]
    fn indices_must_cover_the_window() {
        let spot = format!("{HEADER}864000,1,1,1,1\n950400,1,1,1,1\n1036800,1,1,1,1\n");
        let folder = folder("index", &spot);
        fs::create_dir_all(folder.join("vol")).unwrap();
        let vol = folder.join("vol").join("dvol_btc_daily.csv");
        fs::write(&vol, "ts,dvol_close\n777600,50\n864000,60\n950400,70\n1036800,80\n").unwrap();
        let window = recorded(&folder, "x", "").unwrap();
        // A close is known a day after the day began.
        assert_eq!((window.volatility_e6(0, 864_000), window.volatility_e6(0, 950_400)), (500_000, 600_000));
        fs::write(&vol, "ts,dvol_close\n777600,50\n").unwrap();
        assert!(recorded(&folder, "x", "").unwrap().source.contains("realised"));
    }
}

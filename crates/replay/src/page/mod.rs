//! The report as one HTML page: the figures, and six plots a window as inline SVG. No scripts, nothing from elsewhere.

mod chart;

use crate::{
    figures::{Figures, Moment},
    run::Replayed,
    table::{dollars, grouped_u, percent},
};
use anyhow::Result;
use chart::{Chart, Line};
use time::{format_description::FormatItem, macros::format_description, OffsetDateTime};

const STYLE: &str = include_str!("style.css");
const MOMENT: &[FormatItem<'_>] =
    format_description!("[day padding:none] [month repr:long] [year], [hour]:[minute] UTC");
/// Points of a curve: more are not seen.
const POINTS_MAX: usize = 500;

/// The page.
///
/// # Errors
/// A plot cannot be drawn.
pub fn render(all: &[Replayed]) -> Result<String> {
    let mut body = String::from("<h1>Crash replays</h1>\n");
    body.push_str(
        "<p class=\"lead\">What a population of option portfolios, their market makers and keepers lived through on the \
         shipped program. Money in US dollars of the quote currency; every definition is in <code>docs/replay.md</code>.</p>\n",
    );
    body.push_str(&summary(all));
    for replayed in all {
        body.push_str(&section(replayed)?);
    }
    Ok(format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>Ballast: crash replays</title>\n\
         <style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    ))
}

/// Columns of the summary.
type Column = (&'static str, fn(&Figures) -> String);
const COLUMNS: [Column; 16] = [
    ("portfolios", |f| f.population.portfolios.to_string()),
    ("flagged", |f| grouped_u(f.liquidation.flagged)),
    ("slices", |f| grouped_u(f.liquidation.slices)),
    ("legs", |f| grouped_u(f.liquidation.legs)),
    ("freed", |f| grouped_u(f.liquidation.freed)),
    ("beyond exit, % of IM", |f| percent(f.liquidation.beyond_exit_e6)),
    ("losses beyond IM", |f| grouped_u(f.margin.beyond_initial)),
    ("losses beyond MM", |f| grouped_u(f.margin.beyond_maintenance)),
    ("covered, %", |f| percent(f.margin.covered_e6)),
    ("liquidators earned", |f| dollars(f.money.liquidators_earned_e6)),
    ("insurance paid", |f| dollars(f.money.insurance_paid_e6)),
    ("socialised", |f| dollars(f.money.socialised_e6)),
    ("worst deficit", |f| dollars(f.money.worst_deficit_e6)),
    ("units of a liquidation", |f| grouped_u(f.units.liquidation)),
    ("checks of invariants", |f| grouped_u(f.checks().checked)),
    ("broken", |f| f.checks().broken.to_string()),
];

fn summary(all: &[Replayed]) -> String {
    let heads: String = COLUMNS.iter().map(|column| format!("<th scope=\"col\">{}</th>", column.0)).collect();
    let mut rows = String::new();
    for replayed in all {
        let figures = &replayed.figures;
        let cells: String = COLUMNS.iter().map(|column| format!("<td>{}</td>", column.1(figures))).collect();
        let name = escaped(&figures.window);
        rows.push_str(&format!("<tr><th scope=\"row\"><a href=\"#{name}\">{name}</a></th>{cells}</tr>\n"));
    }
    format!(
        "<div class=\"wide\"><table>\n<thead><tr><th scope=\"col\">window</th>{heads}</tr></thead>\n\
         <tbody>\n{rows}</tbody></table></div>\n"
    )
}

fn section(replayed: &Replayed) -> Result<String> {
    let figures = &replayed.figures;
    let mut out = format!("<section id=\"{0}\">\n<h2>{0}</h2>\n", escaped(&figures.window));
    let (title, from) = (escaped(&capitalised(&figures.title)), moment(figures.start));
    out.push_str(&format!("<p>{title}. From {from}.</p>\n"));
    out.push_str(&format!("<p class=\"source\">{}</p>\n", escaped(&figures.source)));
    for bar in &figures.bars_broken {
        out.push_str(&format!("<p class=\"broken\">Not as it must be: {}</p>\n", escaped(bar)));
    }
    out.push_str("<div class=\"plots\">\n");
    for chart in charts(replayed) {
        out.push_str(&format!(
            "<figure>\n<figcaption>{}{}</figcaption>\n{}</figure>\n",
            chart.title,
            chart.key(),
            chart.draw()?
        ));
    }
    out.push_str("</div>\n");
    out.push_str(&invariants(figures));
    out.push_str("</section>\n");
    Ok(out)
}

fn invariants(figures: &Figures) -> String {
    let rows = figures.invariants.iter().map(|(id, checks)| {
        format!(
            "<tr><th scope=\"row\">{id}</th><td>{}</td><td>{}</td></tr>\n",
            grouped_u(checks.checked),
            checks.broken
        )
    });
    let rows: String = rows.collect();
    format!(
        "<details><summary>Invariants: {} checks, {} broken</summary>\n<table><thead><tr><th scope=\"col\">id</th>\
         <th scope=\"col\">checked</th><th scope=\"col\">broken</th></tr></thead><tbody>\n{rows}</tbody></table></details>\n",
        grouped_u(figures.checks().checked),
        figures.checks().broken
    )
}

/// The plots of a window.
fn charts(replayed: &Replayed) -> Vec<Chart> {
    let start = replayed.figures.start;
    let moments = thinned(&replayed.moments);
    let hours = |time: i64| (time - start) as f64 / 3_600.0;
    let line = |name: &str, value: &dyn Fn(&Moment) -> f64| Line {
        name: name.to_owned(),
        points: moments.iter().map(|moment| (hours(moment.time), value(moment))).collect(),
    };
    let first: Vec<f64> = replayed
        .moments
        .first()
        .map_or(Vec::new(), |m| m.prices_e8.iter().map(|price| *price as f64).collect());
    let markets = || replayed.symbols.iter().enumerate();
    let mut prices: Vec<Line> = markets()
        .map(|(at, symbol)| line(symbol, &|moment| moment.prices_e8[at] as f64 / first[at] * 100.0 - 100.0))
        .collect();
    if replayed.moments.iter().any(|moment| moment.peg_e8 != 100_000_000) {
        prices.push(line("USDC", &|moment| moment.peg_e8 as f64 / 1e6 - 100.0));
    }
    let volatilities = markets()
        .map(|(at, symbol)| line(symbol, &|moment| moment.volatilities_e6[at] as f64 / 1e4))
        .collect();
    let covered = replayed.intervals.iter().filter(|interval| interval.portfolios > 0).map(|interval| {
        (hours(interval.start), 100.0 * interval.covered as f64 / interval.portfolios as f64)
    });
    let coverage = vec![Line { name: "covered".to_owned(), points: covered.collect() }];
    let thousands = |money_e6: i64| money_e6 as f64 / 1e9;
    let chart = |title, unit, lines| Chart { title, unit, lines };
    vec![
        chart("Prices against the first one", "%", prices),
        chart("Volatility that sizes margins, V*", "% a year", volatilities),
        chart("Portfolios under liquidation", "portfolios", vec![line("open", &|moment| moment.open as f64)]),
        chart(
            "Insurance fund",
            "thousand dollars",
            vec![line("insurance", &|moment| thousands(moment.insurance_e6))],
        ),
        chart(
            "Equity below zero, all portfolios, and open shortfall",
            "thousand dollars",
            vec![line("deficit", &|moment| thousands(moment.deficit_e6))],
        ),
        chart("Portfolios whose next day's loss IM covered, by when it began", "% of portfolios", coverage),
    ]
}

/// Of many moments those where something is largest in each stretch, so that a peak is not lost.
fn thinned(moments: &[Moment]) -> Vec<Moment> {
    let stretch = moments.len().div_ceil(POINTS_MAX / 2).max(1);
    let mut out = Vec::new();
    for some in moments.chunks(stretch) {
        out.push(some[0].clone());
        let peak = some[1..].iter().max_by_key(|moment| (moment.deficit_e6, moment.open));
        out.extend(peak.cloned());
    }
    out.extend(moments.last().cloned());
    out.dedup_by_key(|moment| moment.time);
    out
}

fn moment(time: i64) -> String {
    let date = OffsetDateTime::from_unix_timestamp(time).ok().and_then(|date| date.format(MOMENT).ok());
    date.unwrap_or_else(|| time.to_string())
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::figures::Interval;

    fn replayed() -> Replayed {
        let moment = |hour: i64| Moment {
            time: hour * 3_600,
            prices_e8: vec![100, 100 - hour.unsigned_abs()],
            peg_e8: 100_000_000,
            volatilities_e6: vec![500_000, 600_000],
            open: hour.unsigned_abs() % 3,
            flagged: 0,
            insurance_e6: 1_000_000_000 * hour,
            deficit_e6: 0,
        };
        let mut figures = Figures { window: "a <window>".to_owned(), ..Figures::default() };
        figures.liquidation.slices = 77_777;
        Replayed {
            figures,
            moments: (0..10).map(moment).collect(),
            intervals: vec![Interval { start: 0, portfolios: 4, covered: 3 }],
            symbols: vec!["BTC", "ETH"],
        }
    }

    /// Goal: a page is whole in itself, names units, and escapes what it is given. Method: render and look.
    #[test]
    fn a_page_is_whole() {
        let page = render(&[replayed()]).unwrap();
        assert_eq!(page.matches("<svg").count(), 6);
        for absent in ["<script", "http://", "https://", "a <window>"] {
            let found = page.replace("http://www.w3.org/2000/svg", "");
            assert!(!found.contains(absent), "{absent}");
        }
        for present in ["a &lt;window&gt;", "77,777", "hours since the start", "% a year", "1 January 1970"] {
            assert!(page.contains(present), "{present}");
        }
        assert_eq!(page, render(&[replayed()]).unwrap());
    }

    /// A curve by its name, and its last point.
    type End = (&'static str, f64, f64);

    /// Goal: each plot stands under its caption and shows what it says, up to the last moment. Method: the last point of each
    /// curve against the moment's figures, and as many corners in the drawing.
    #[test]
    fn plots_show_the_moments() {
        let mut replayed = replayed();
        let last = replayed.moments.last_mut().unwrap();
        (last.open, last.deficit_e6, last.peg_e8) = (5, 7_000_000_000, 97_000_000);
        let expected: [(&str, &str, &[End]); 6] = [
            ("Prices against", "%", &[("BTC", 9.0, 0.0), ("ETH", 9.0, -9.0), ("USDC", 9.0, -3.0)]),
            ("Volatility that sizes margins", "% a year", &[("BTC", 9.0, 50.0), ("ETH", 9.0, 60.0)]),
            ("Portfolios under liquidation", "portfolios", &[("open", 9.0, 5.0)]),
            ("Insurance fund", "thousand dollars", &[("insurance", 9.0, 9.0)]),
            ("Equity below zero", "thousand dollars", &[("deficit", 9.0, 7.0)]),
            ("Portfolios whose next day's loss IM covered", "% of portfolios", &[("covered", 0.0, 75.0)]),
        ];
        let (page, charts) = (render(&[replayed.clone()]).unwrap(), charts(&replayed));
        let figures: Vec<&str> = page.split("<figcaption>").skip(1).collect();
        assert_eq!((charts.len(), figures.len()), (6, 6));
        for ((chart, figure), (title, unit, lines)) in charts.iter().zip(figures).zip(expected) {
            assert!(chart.title.starts_with(title) && figure.starts_with(title), "{title}: {}", chart.title);
            assert!(chart.unit == unit && figure.contains(unit), "{title}: {}", chart.unit);
            assert_eq!(chart.lines.len(), lines.len(), "{title}");
            for (line, (name, hours, value)) in chart.lines.iter().zip(lines) {
                let last = line.points[line.points.len() - 1];
                assert!(line.name == *name && last.0 == *hours, "{title}: {line:?}");
                assert!((last.1 - value).abs() < 1e-9, "{title}: {line:?}");
            }
            let drawn = figure.split("<polyline").filter(|line| line.contains("stroke-width=\"2\""));
            let corners =
                drawn.map(|line| line.split("points=\"").nth(1).unwrap().split('"').next().unwrap());
            let corners: Vec<usize> = corners.map(|points| points.split_whitespace().count()).collect();
            let points: Vec<usize> = chart.lines.iter().map(|line| line.points.len()).collect();
            assert_eq!(corners, points, "{title}");
        }
    }

    /// Goal: thinning keeps the ends and the peak. Method: many moments with one peak.
    #[test]
    fn peaks_are_kept() {
        let one = replayed().moments[0].clone();
        let mut moments: Vec<Moment> = (0..5_000).map(|time| Moment { time, ..one.clone() }).collect();
        moments[2_345].deficit_e6 = 5;
        let thin = thinned(&moments);
        assert!(thin.len() <= POINTS_MAX + 1 && thin.windows(2).all(|pair| pair[0].time < pair[1].time));
        assert!(thin.iter().any(|moment| moment.deficit_e6 == 5));
        assert_eq!((thin[0].time, thin[thin.len() - 1].time), (0, 4_999));
    }
}

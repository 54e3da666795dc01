//! The report in the terminal: one row a window, in two parts.

use crate::figures::Figures;

/// A column: its two lines of heading, and what stands in it.
type Column = (&'static str, &'static str, fn(&Figures) -> String);

/// Liquidations and margins.
const FIRST: [Column; 13] = [
    ("", "window", |f| f.window.clone()),
    ("port-", "folios", |f| f.population.portfolios.to_string()),
    ("", "flagged", |f| grouped_u(f.liquidation.flagged)),
    ("", "slices", |f| grouped_u(f.liquidation.slices)),
    ("", "legs", |f| grouped_u(f.liquidation.legs)),
    ("", "freed", |f| grouped_u(f.liquidation.freed)),
    ("longest", "min", |f| (f.liquidation.longest_secs / 60).to_string()),
    ("beyond exit", "% of IM", |f| percent(f.liquidation.beyond_exit_e6)),
    ("losses", "beyond IM", |f| grouped_u(f.margin.beyond_initial)),
    ("losses", "beyond MM", |f| grouped_u(f.margin.beyond_maintenance)),
    ("inter-", "vals", |f| grouped_u(f.margin.intervals)),
    ("covered", "%", |f| percent(f.margin.covered_e6)),
    ("units of a", "liquidation", |f| grouped_u(f.units.liquidation)),
];

/// Money and invariants.
const SECOND: [Column; 12] = [
    ("", "window", |f| f.window.clone()),
    ("population's", "IM", |f| dollars(f.population.initial_e6)),
    ("owners", "lost", |f| dollars(f.money.owners_lost_e6)),
    ("liquidators", "earned", |f| dollars(f.money.liquidators_earned_e6)),
    ("keepers'", "result", |f| dollars(f.money.keepers_result_e6)),
    ("deficits", "", |f| dollars(f.money.deficits_e6)),
    ("of which", "lacked", |f| dollars(f.money.lacked_e6)),
    ("insurance", "paid", |f| dollars(f.money.insurance_paid_e6)),
    ("", "socialised", |f| dollars(f.money.socialised_e6)),
    ("worst", "deficit", |f| dollars(f.money.worst_deficit_e6)),
    ("invariants", "checked", |f| grouped_u(f.checks().checked)),
    ("", "broken", |f| f.checks().broken.to_string()),
];

/// The report as two tables in Markdown.
#[must_use]
pub fn markdown(all: &[Figures]) -> String {
    let part = |columns: &[Column]| {
        let row = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
        let head = |column: &Column| format!("{} {}", column.0, column.1).replace("- ", "").trim().to_owned();
        let mut out = row(columns.iter().map(head).collect());
        out.push_str(&format!("|---|{}\n", "---:|".repeat(columns.len() - 1)));
        out.extend(all.iter().map(|f| row(columns.iter().map(|column| column.2(f)).collect())));
        out
    };
    format!("{}\n{}", part(&FIRST), part(&SECOND))
}

/// The report as text.
#[must_use]
pub fn render(all: &[Figures]) -> String {
    let mut out = part(&FIRST, all);
    out.push('\n');
    out.push_str(&part(&SECOND, all));
    out
}

fn part(columns: &[Column], all: &[Figures]) -> String {
    let mut rows: Vec<Vec<String>> = vec![
        columns.iter().map(|column| column.0.to_owned()).collect(),
        columns.iter().map(|column| column.1.to_owned()).collect(),
    ];
    rows.extend(all.iter().map(|figures| columns.iter().map(|column| column.2(figures)).collect()));
    let width = |at: usize| rows.iter().map(|row| row[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns.len()).map(width).collect();
    let mut out = String::new();
    for row in &rows {
        let mut line = String::new();
        for (at, (cell, width)) in row.iter().zip(&widths).enumerate() {
            if at == 0 {
                line.push_str(&format!("{cell:<width$}"));
            } else {
                line.push_str(&format!("  {cell:>width$}"));
            }
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// Millionths as percent with two digits.
#[must_use]
pub fn percent(share_e6: i64) -> String {
    format!("{:.2}", share_e6 as f64 / 1e4)
}

/// Millionths of a quote unit as whole units.
#[must_use]
pub fn dollars(money_e6: i64) -> String {
    grouped((money_e6 as f64 / 1e6).round() as i64)
}

/// As [`grouped`], of a count.
#[must_use]
pub fn grouped_u(number: u64) -> String {
    grouped(i64::try_from(number).unwrap_or(i64::MAX))
}

/// Digits in groups of three.
#[must_use]
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    if number < 0 {
        out.insert(0, '−');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the table shows what the figures say, in rows that line up. Method: two windows with known figures.
    #[test]
    fn rows_line_up() {
        let mut figures = Figures { window: "a window".to_owned(), ..Figures::default() };
        figures.liquidation.slices = 1_234;
        figures.margin.covered_e6 = 987_654;
        figures.money.socialised_e6 = 1_234_567_890_123;
        figures.money.keepers_result_e6 = -5_000_000;
        let text = render(&[figures, Figures::default()]);
        for expected in ["a window", "1,234", "98.77", "1,234,568", "−5"] {
            assert!(text.contains(expected), "{expected} is not in\n{text}");
        }
        let lengths: Vec<usize> = text.lines().take(4).map(|line| line.chars().count()).collect();
        assert!(lengths[1..].windows(2).all(|pair| pair[0] == pair[1]), "{text}");
    }

    /// Goal: digits are grouped. Method: around each border.
    #[test]
    fn digits_are_grouped() {
        let all = [0, 999, 1_000, -1_000, 1_234_567];
        assert_eq!(all.map(grouped), ["0", "999", "1,000", "−1,000", "1,234,567"]);
    }
}

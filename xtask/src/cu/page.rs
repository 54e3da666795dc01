//! The text of `docs/cu.md`.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use anyhow::{bail, Result};

use super::{Curve, Measured, Sweep};

/// File of a sweep's chart, beside the page.
pub(super) fn chart_name(sweep: &Sweep) -> String {
    format!("cu-{}.svg", sweep.of)
}

/// The page for some measurements of the binary with the given digest.
pub(super) fn render(measured: &Measured, binary: &str) -> Result<String> {
    if measured.cases.is_empty() {
        bail!("nothing was measured");
    }
    let mut page = format!(
        "# Compute units\n\n\
         Written by `cargo xtask cu`; changes by hand are lost. Each number is what the real binary used in\n\
         one run in an in-process Solana VM. The VM counts as a validator does and the binary does the same\n\
         work every time, so the numbers hold to the unit for the committed binary, whose SHA-256 is\n\
         `{binary}`.\n\n\
         - [Every instruction](#every-instruction)\n\
         - [Growth of a margin check](#growth-of-a-margin-check)\n\n\
         ## Every instruction\n\n\
         | instruction | case | compute units |\n|---|---|---:|\n"
    );
    let mut seen = BTreeSet::new();
    for one in &measured.cases {
        if !seen.insert((&one.instruction, &one.case)) {
            bail!("{} is measured twice for `{}`", one.instruction, one.case);
        }
        writeln!(page, "| `{}` | {} | {} |", one.instruction, one.case, grouped(one.compute_units))?;
    }
    grow(&mut page, &measured.growth)?;
    Ok(page)
}

/// The section on growth: what one more costs, then a chart and a table for each thing that is counted.
fn grow(page: &mut String, sweeps: &[Sweep]) -> Result<()> {
    page.push_str(
        "\n## Growth of a margin check\n\n\
         `margin_check` of books that differ in one count only. What one more costs is the difference of two\n\
         measurements over the difference of their counts, rounded down: no fit. Here over the whole of each\n\
         curve, below from row to row. It depends on the book: far strikes leave the hot loop early, and a\n\
         strike that expires within a day is a scenario of its own. The line at 200k in the charts is what an\n\
         instruction gets that asks for nothing.\n\n\
         | one more of the | in a book of | costs |\n|---|---|---:|\n",
    );
    for sweep in sweeps {
        for curve in &sweep.curves {
            let Some(slope) = slope(curve, sweep.counted_from) else {
                bail!("the sweep over {} has no two points for {}", sweep.of, curve.book);
            };
            writeln!(page, "| {} | {} | {} |", sweep.of, curve.book, signed(slope))?;
        }
    }
    for sweep in sweeps {
        let (of, chart) = (&sweep.of, chart_name(sweep));
        write!(page, "\n### By {of}\n\n![Compute units by {of}]({chart})\n\n")?;
        table(page, sweep)?;
    }
    Ok(())
}

/// What one more cost from the first point at `counted_from` or above to the last, rounded down.
fn slope(curve: &Curve, counted_from: u64) -> Option<i64> {
    let first = curve.points.iter().find(|point| point.0 >= counted_from)?;
    let last = curve.points.last().filter(|last| last.0 > first.0)?;
    Some(
        (last.1.cast_signed() - first.1.cast_signed())
            .div_euclid(last.0.cast_signed() - first.0.cast_signed()),
    )
}

/// A row a count, a pair of columns a book: compute units, and what one more cost since the row before.
fn table(page: &mut String, sweep: &Sweep) -> Result<()> {
    let mut rows: BTreeMap<u64, Vec<String>> = BTreeMap::new();
    for (place, curve) in sweep.curves.iter().enumerate() {
        let steps = [None].into_iter().chain(curve.steps.iter().copied().map(Some));
        for ((count, units), step) in curve.points.iter().zip(steps) {
            let row = rows.entry(*count).or_insert_with(|| vec![String::new(); 2 * sweep.curves.len()]);
            row[2 * place] = grouped(*units);
            row[2 * place + 1] = step.map(signed).unwrap_or_default();
        }
    }
    let books: Vec<String> = sweep.curves.iter().map(|curve| format!("{} | one more", curve.book)).collect();
    writeln!(page, "| {} | {} |", sweep.of, books.join(" | "))?;
    writeln!(page, "|---:{}|", "|---:".repeat(2 * sweep.curves.len()))?;
    for (count, cells) in rows {
        writeln!(page, "| {count} | {} |", cells.join(" | "))?;
    }
    Ok(())
}

/// As [`grouped`], with a sign below zero.
fn signed(number: i64) -> String {
    let sign = if number < 0 { "−" } else { "" };
    format!("{sign}{}", grouped(number.unsigned_abs()))
}

/// 1234567 as `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::super::Case;
    use super::*;

    fn trade(case: &str) -> Case {
        Case { instruction: "trade".into(), case: case.into(), compute_units: 123_456 }
    }

    fn sweep() -> Sweep {
        let curve = |book: &str, points: &[(u64, u64)], steps: &[i64]| Curve {
            book: book.into(),
            points: points.to_vec(),
            steps: steps.to_vec(),
        };
        let curves = vec![
            curve("small", &[(1, 1_000), (2, 1_500), (4, 1_300)], &[500, -100]),
            curve("large", &[(2, 9_000), (4, 12_000)], &[1_500]),
        ];
        Sweep { of: "legs".into(), counted_from: 1, curves, chart: "<svg/>".into() }
    }

    fn measured(cases: &[Case]) -> Measured {
        Measured { cases: cases.to_vec(), growth: vec![sweep()] }
    }

    #[test]
    fn numbers_are_grouped_by_thousands() {
        assert_eq!(
            [0, 999, 1_000, 1_234_567].map(grouped),
            ["0", "999", "1,000", "1,234,567"].map(str::to_owned)
        );
    }

    #[test]
    fn a_page_names_its_binary_and_every_case() {
        let page = render(&measured(&[trade("one leg"), trade("twelve legs")]), "ab12").unwrap();
        assert!(page.contains("`ab12`."));
        assert!(page.contains("| `trade` | twelve legs | 123,456 |"));
    }

    #[test]
    fn growth_is_a_row_a_count_with_gaps_where_a_book_has_none() {
        let page = render(&measured(&[trade("one leg")]), "ab12").unwrap();
        assert!(page.contains("| legs | small | 100 |"), "{page}");
        assert!(page.contains("| legs | large | 1,500 |"), "{page}");
        assert!(page.contains("](cu-legs.svg)"), "{page}");
        assert!(page.contains("| legs | small | one more | large | one more |"), "{page}");
        assert!(page.contains("| 1 | 1,000 |  |  |  |"), "{page}");
        assert!(page.contains("| 2 | 1,500 | 500 | 9,000 |  |"), "{page}");
        assert!(page.contains("| 4 | 1,300 | −100 | 12,000 | 1,500 |"), "{page}");
    }

    #[test]
    fn a_measurement_has_to_say_something_new() {
        assert!(render(&measured(&[]), "ab12").is_err());
        assert!(render(&measured(&[trade("one leg"), trade("one leg")]), "ab12").is_err());
    }
}

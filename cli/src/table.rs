//! Aligned columns.

use crate::paint::{Paint, Tone};

/// Spaces between columns.
const GAP: &str = "  ";

/// On which side a column is even.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    text: String,
    tone: Tone,
}

impl Cell {
    /// A cell of a tone.
    #[must_use]
    pub fn new(text: impl Into<String>, tone: Tone) -> Self {
        Self { text: text.into(), tone }
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::new(text, Tone::Plain)
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::new(text, Tone::Plain)
    }
}

/// A table: a heading line if any heading has a text, then rows.
#[derive(Debug, Clone)]
pub struct Table {
    aligns: Vec<Align>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table with headings: words on the left, everything after the first `left` columns on the right.
    #[must_use]
    pub fn new<'a>(left: usize, headings: impl IntoIterator<Item = &'a str>) -> Self {
        let heading: Vec<Cell> = headings.into_iter().map(|text| Cell::new(text, Tone::Quiet)).collect();
        let side = |column| if column < left { Align::Left } else { Align::Right };
        Self { aligns: (0..heading.len()).map(side).collect(), rows: vec![heading] }
    }

    /// Adds a row; cells that are missing at its end are empty.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Adds a row of one tone.
    pub fn toned(&mut self, tone: Tone, cells: impl IntoIterator<Item = String>) {
        self.row(cells.into_iter().map(|text| Cell::new(text, tone)));
    }

    /// The lines, each indented by so many spaces.
    #[must_use]
    pub fn render(&self, paint: Paint, indent: usize) -> String {
        let mut text = String::new();
        let headless = self.rows.first().is_some_and(|row| row.iter().all(|cell| cell.text.is_empty()));
        for row in self.rows.iter().skip(usize::from(headless)) {
            let mut line = " ".repeat(indent);
            for (column, cell) in row.iter().enumerate() {
                if column > 0 {
                    line.push_str(GAP);
                }
                let room = " ".repeat(self.width(column) - width(&cell.text));
                let shown = paint.text(cell.tone, &cell.text);
                match self.aligns.get(column) {
                    Some(Align::Left) => line.extend([shown, room]),
                    _ => line.extend([room, shown]),
                }
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }

    fn width(&self, column: usize) -> usize {
        self.rows.iter().filter_map(|row| row.get(column)).map(|cell| width(&cell.text)).max().unwrap_or(0)
    }
}

/// Places a text takes: every character written here takes one.
fn width(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: words align left, numbers right, and no line ends in spaces. Method: a small table.
    #[test]
    fn columns_are_even() {
        let mut table = Table::new(1, ["what", "Δ$"]);
        table.row(["a".into(), "1.00".into()]);
        table.row(["bcdef".into()]);
        assert_eq!(table.render(Paint::PLAIN, 1), " what     Δ$\n a      1.00\n bcdef\n");
    }

    /// Goal: a table without headings has none. Method: empty headings.
    #[test]
    fn headings_may_be_empty() {
        let mut table = Table::new(2, ["", ""]);
        table.row(["a".into(), "b".into()]);
        assert_eq!(table.render(Paint::PLAIN, 0), "a  b\n");
    }
}

//! One plot as SVG, in colours that read on light and dark paper.

use anyhow::{anyhow, Result};
use plotters::prelude::{ChartBuilder, Color, IntoDrawingArea, LineSeries, RGBColor, SVGBackend};

const SIZE: (u32, u32) = (640, 300);
/// The page's own; the page's style says which it is.
const FONT: &str = "sans-serif";
/// Told apart by readers who do not see all colours (Okabe and Ito); none too light or too dark for either paper.
const COLOURS: [RGBColor; 4] =
    [RGBColor(0, 122, 194), RGBColor(213, 94, 0), RGBColor(0, 158, 115), RGBColor(190, 110, 170)];
/// Axes and grid; letters take the page's colour.
const GREY: RGBColor = RGBColor(128, 128, 128);

/// A curve.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Line {
    /// Name in the key.
    pub name: String,
    /// Hours since the start, value.
    pub points: Vec<(f64, f64)>,
}

/// A plot over time.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Chart {
    /// What it shows.
    pub title: &'static str,
    /// Unit of the values.
    pub unit: &'static str,
    /// Curves.
    pub lines: Vec<Line>,
}

impl Chart {
    /// The SVG.
    pub(super) fn draw(&self) -> Result<String> {
        let mut svg = String::new();
        self.plot(SVGBackend::with_string(&mut svg, SIZE))?;
        let label = format!("<svg role=\"img\" aria-label=\"{}\" ", self.title);
        // The page sets the width; the height follows.
        let sized = format!("<svg width=\"{}\" height=\"{}\" ", SIZE.0, SIZE.1);
        // Letters take the page's colour also where its style does not reach them.
        let svg = svg.trim_end().replace("fill=\"#000000\"", "fill=\"currentColor\"");
        Ok(format!("{}\n", svg.replacen(&sized, &label, 1)))
    }

    /// The key, to stand beside the title, where it hides no curve; empty for a single one.
    pub(super) fn key(&self) -> String {
        if self.lines.len() < 2 {
            return String::new();
        }
        let entry = |(line, colour): (&Line, RGBColor)| {
            let RGBColor(red, green, blue) = colour;
            let style = format!("background:rgb({red},{green},{blue})");
            format!("<span class=\"key\"><i style=\"{style}\"></i>{}</span>", line.name)
        };
        self.lines.iter().zip(COLOURS).map(entry).collect()
    }

    fn plot(&self, backend: SVGBackend<'_>) -> Result<()> {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let end = points().map(|point| point.0).fold(1e-9, f64::max);
        let (low, high) = range(points().map(|point| point.1));
        let area = backend.into_drawing_area();
        let mut chart = ChartBuilder::on(&area)
            .margin(8)
            .x_label_area_size(40)
            .y_label_area_size(64)
            .build_cartesian_2d(0.0..end, low..high)
            .map_err(drawing)?;
        chart
            .configure_mesh()
            .light_line_style(GREY.mix(0.0))
            .bold_line_style(GREY.mix(0.3))
            .axis_style(GREY)
            .x_desc("hours since the start")
            .y_desc(self.unit)
            .x_labels(9)
            .y_labels(6)
            .x_label_formatter(&|hours| format!("{hours:.0}"))
            .y_label_formatter(&|value| number(*value, high - low))
            .label_style((FONT, 13))
            .axis_desc_style((FONT, 13))
            .draw()
            .map_err(drawing)?;
        for (line, colour) in self.lines.iter().zip(COLOURS) {
            let curve = LineSeries::new(line.points.iter().copied(), colour.stroke_width(2));
            chart.draw_series(curve).map_err(drawing)?;
        }
        area.present().map_err(drawing)
    }
}

/// From the least to the largest value and a little room; never empty.
fn range(values: impl Iterator<Item = f64>) -> (f64, f64) {
    let (low, high) =
        values.fold((f64::MAX, f64::MIN), |(low, high), value| (low.min(value), high.max(value)));
    if low > high {
        return (0.0, 1.0);
    }
    let room = ((high - low) * 0.06).max(high.abs() * 0.01).max(0.5);
    // What is never below zero begins there.
    let bottom = if low >= 0.0 && low - room < 0.0 { 0.0 } else { low - room };
    (bottom, high + room)
}

fn number(value: f64, span: f64) -> String {
    let digits = if span < 5.0 { 1 } else { 0 };
    // No negative zero.
    format!("{:.digits$}", value + 0.0).replace('-', "\u{2212}")
}

/// Plotters' errors name the backend, which is of no interest.
fn drawing(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow!("the plot cannot be drawn: {error}")
}

//! A sweep as a picture: one curve a kind of book, compute units upwards.
//!
//! SVG without fonts or timestamps: the same figures give the same bytes on every machine, so that a picture can be
//! committed and compared.

use super::Sweep;
use crate::Result;
use plotters::prelude::{
    ChartBuilder, Circle, Color, IntoDrawingArea, LineSeries, PathElement, RGBColor, SVGBackend,
    SeriesLabelPosition, BLACK, WHITE,
};

const SIZE: (u32, u32) = (800, 440);
const FONT: &str = "sans-serif";
/// Told apart by readers who do not see all colours (Okabe and Ito).
const COLOURS: [RGBColor; 4] =
    [RGBColor(0, 114, 178), RGBColor(213, 94, 0), RGBColor(0, 158, 115), RGBColor(204, 121, 167)];
/// What Solana gives an instruction that asks for nothing.
const DEFAULT_UNITS: u64 = 200_000;

/// Draws a sweep.
pub(super) fn draw(sweep: &Sweep) -> Result<String> {
    let mut svg = String::new();
    plot(sweep, SVGBackend::with_string(&mut svg, SIZE))?;
    // Backends differ in whether they end the last line.
    Ok(format!("{}\n", svg.trim_end()))
}

fn plot(sweep: &Sweep, backend: SVGBackend<'_>) -> Result<()> {
    let points = || sweep.curves.iter().flat_map(|curve| &curve.points);
    let most = points().map(|point| point.0).max().ok_or("a sweep without points")?;
    let dearest = points().map(|point| point.1).max().unwrap_or(0).max(DEFAULT_UNITS);
    // A third of the height is left to the key.
    let area = backend.into_drawing_area();
    area.fill(&WHITE).map_err(drawing)?;
    let mut chart = ChartBuilder::on(&area)
        .margin(12)
        .x_label_area_size(44)
        .y_label_area_size(76)
        .build_cartesian_2d(0..most, 0..dearest + dearest / 3)
        .map_err(drawing)?;
    chart
        .configure_mesh()
        .light_line_style(WHITE.mix(0.0))
        .x_desc(sweep.of)
        .y_desc("compute units of margin_check")
        .x_labels(usize::try_from(most.min(8)).unwrap_or(8) + 1)
        .y_label_formatter(&|units| format!("{}k", units / 1_000))
        .label_style((FONT, 14))
        .axis_desc_style((FONT, 15))
        .draw()
        .map_err(drawing)?;
    let default = [(0, DEFAULT_UNITS), (most, DEFAULT_UNITS)];
    chart.draw_series(LineSeries::new(default, BLACK.mix(0.4))).map_err(drawing)?;
    for (curve, colour) in sweep.curves.iter().zip(COLOURS) {
        let line = LineSeries::new(curve.points.iter().copied(), colour.stroke_width(2));
        let key = move |(x, y)| PathElement::new(vec![(x, y), (x + 18, y)], colour.stroke_width(2));
        chart.draw_series(line).map_err(drawing)?.label(curve.book).legend(key);
        let dots = curve.points.iter().map(|point| Circle::new(*point, 3, colour.filled()));
        chart.draw_series(dots).map_err(drawing)?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.2))
        .label_font((FONT, 14))
        .draw()
        .map_err(drawing)?;
    area.present().map_err(drawing)
}

/// Plotters' errors name the backend, which is of no interest.
fn drawing(error: impl std::fmt::Display) -> Box<dyn std::error::Error> {
    format!("the chart cannot be drawn: {error}").into()
}

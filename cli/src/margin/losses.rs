//! The 35 scenarios of each underlying: nine moves by three volatilities, and eight tails.

use super::{
    report::INDENT,
    scenario::{grid_move_e6, signed_percent, tail_weight_e6},
};
use crate::{
    number::{money_beside, percent},
    paint::{Paint, Tone},
    table::{Cell, Table},
};
use ballast_case::{Case, Outcome};
use ballast_risk::{
    scenario::{grid_index, VolCase, FIRST_TAIL, GRID_MOVES, SCENARIOS, TAIL_PERCENT},
    UnderlyingState,
};

/// Two small tables an underlying that has options. The largest loss is marked.
#[must_use]
pub fn render(case: &Case, outcome: &Outcome, paint: Paint) -> String {
    let mut text = String::new();
    for (input, found) in case.underlyings.iter().zip(&outcome.underlyings) {
        if found.state.losses_e6.iter().any(|loss| *loss != 0) {
            text += if text.is_empty() { "" } else { "\n" };
            text += &grid(&input.id, &found.state).render(paint, INDENT);
            text += &tails(&found.state).render(paint, INDENT);
        }
    }
    text
}

fn grid(name: &str, state: &UnderlyingState) -> Table {
    let moves: Vec<String> =
        (0..GRID_MOVES).map(|step| signed_percent(grid_move_e6(step, state.range_q40))).collect();
    let mut table = Table::new(1, std::iter::once(name).chain(moves.iter().map(String::as_str)));
    let cases = [
        ("volatility up", VolCase::Up),
        ("volatility unchanged", VolCase::Same),
        ("volatility down", VolCase::Down),
    ];
    for (label, case) in cases {
        let cells = (0..GRID_MOVES).map(|step| cell(state, grid_index(step, case)));
        table.row(std::iter::once(label.into()).chain(cells));
    }
    table
}

fn tails(state: &UnderlyingState) -> Table {
    let moves: Vec<String> = TAIL_PERCENT.iter().map(|size| signed_percent(size * 10_000)).collect();
    let mut table = Table::new(1, std::iter::once("tails").chain(moves.iter().map(String::as_str)));
    let cells = (FIRST_TAIL..SCENARIOS).map(|scenario| cell(state, scenario));
    table.row(std::iter::once("volatility up, in part".into()).chain(cells));
    let weights = TAIL_PERCENT.map(|size| percent(tail_weight_e6(size, state.range_q40)));
    let weights = weights.map(|weight| Cell::new(weight, Tone::Quiet));
    table.row(std::iter::once(Cell::new("counted", Tone::Quiet)).chain(weights));
    table
}

fn cell(state: &UnderlyingState, scenario: usize) -> Cell {
    let loss = state.losses_e6[scenario];
    let worst = loss > 0 && state.losses_e6.iter().all(|other| *other <= loss);
    let mark = if worst { " *" } else { "" };
    let largest = state.losses_e6.iter().copied().max_by_key(|loss| loss.unsigned_abs()).unwrap_or(0);
    Cell::new(format!("{}{mark}", money_beside(loss, largest)), if worst { Tone::Bad } else { Tone::Plain })
}

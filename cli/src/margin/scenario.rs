//! Scenarios in words.

use crate::number::{binary_e6, percent, price};
use ballast_case::{Case, Outcome};
use ballast_risk::{
    scenario::{describe, FIRST_TAIL, GRID_MOVES, SCENARIOS},
    unchanged_vol_loss_e6, OwnStrikeRow,
};

/// Bits of a price range.
pub const RANGE_BITS: u32 = 40;
/// Bits of a share of a price range.
const SHARE_BITS: u32 = 30;
/// Moves that are spelled out by name.
const NAMES_MAX: usize = 2;
const ONE_E6: i64 = 1_000_000;

/// A signed move in percent: `+4 %`, `-16 %`.
#[must_use]
pub fn signed_percent(move_e6: i64) -> String {
    if move_e6 > 0 {
        format!("+{}", percent(move_e6))
    } else {
        percent(move_e6)
    }
}

/// The grid's move number `step` (0 to 8) of a price range, 1e-6 of spot.
#[must_use]
pub fn grid_move_e6(step: usize, range_q40: i64) -> i64 {
    let quarters = i64::try_from(step).unwrap_or(0) - 4;
    binary_e6(range_q40, RANGE_BITS) * quarters / 4
}

/// What a tail's loss counts, 1e-6: the price range over the move, at most 1.
#[must_use]
pub fn tail_weight_e6(percent: i64, range_q40: i64) -> i64 {
    (binary_e6(range_q40, RANGE_BITS) * 100 / percent.abs().max(1)).min(ONE_E6)
}

/// A scenario of underlyings with these names and price ranges.
#[must_use]
pub fn in_words(scenario: usize, ranges: &[(&str, i64)]) -> String {
    let Some((size, is_tail)) = describe(scenario) else { return "no scenario".to_owned() };
    if is_tail {
        let weights: Vec<i64> = ranges.iter().map(|(_, range)| tail_weight_e6(size, *range)).collect();
        let counted = match weights.as_slice() {
            [ONE_E6, ..] => String::new(),
            [first, rest @ ..] if rest.iter().all(|w| w == first) => format!(", counted {}", percent(*first)),
            _ => ", counted in part".to_owned(),
        };
        return format!("{} spot, volatility up{counted}", signed_percent(size * 10_000));
    }
    let volatility = match scenario % 3 {
        0 => "volatility up",
        1 => "volatility unchanged",
        _ => "volatility down",
    };
    format!("{}, {volatility}", spot_move(scenario / 3, ranges))
}

fn spot_move(step: usize, ranges: &[(&str, i64)]) -> String {
    let all_alike = ranges.windows(2).all(|pair| pair[0].1 == pair[1].1);
    match ranges {
        _ if step == GRID_MOVES / 2 => "spot unchanged".to_owned(),
        [(_, range), ..] if all_alike => format!("{} spot", signed_percent(grid_move_e6(step, *range))),
        _ if ranges.len() <= NAMES_MAX => {
            let one = |(name, range): &(&str, i64)| {
                format!("{name} {}", signed_percent(grid_move_e6(step, *range)))
            };
            ranges.iter().map(one).collect::<Vec<_>>().join(", ")
        }
        _ => {
            let moves = ranges.iter().map(|(_, range)| grid_move_e6(step, *range));
            let (least, most) = (moves.clone().min().unwrap_or(0), moves.max().unwrap_or(0));
            format!("{} to {} spot", signed_percent(least), signed_percent(most))
        }
    }
}

/// The scenario that sizes a group's scan for IM: the worst of the 35, or one of the book's own strikes where one is
/// worse. None for a group that nets nothing.
#[must_use]
pub fn worst_of_group(case: &Case, outcome: &Outcome, group: usize) -> Option<String> {
    let (name, initial, _) = outcome.groups.get(group)?;
    let members: Vec<usize> = members(case, name).collect();
    if usize::from(initial.worst) >= SCENARIOS || members.is_empty() {
        return None;
    }
    let mut joint = [0i64; SCENARIOS];
    for member in &members {
        let losses = outcome.underlyings[*member].state.losses_e6;
        joint.iter_mut().zip(losses).for_each(|(sum, loss)| *sum = sum.saturating_add(loss));
    }
    let rows =
        members.iter().flat_map(|u| outcome.underlyings[*u].own_strikes.iter().map(move |row| (*u, row)));
    let own = rows.max_by_key(|(_, row)| unchanged_vol_loss_e6(&joint, row.share_q30) + row.part_e6);
    if let Some((place, row)) = own {
        let loss = unchanged_vol_loss_e6(&joint, row.share_q30) + row.part_e6;
        if loss == initial.joint_e6 && joint.iter().all(|other| *other < loss) {
            return Some(own_in_words(
                &case.underlyings[place].id,
                outcome.underlyings[place].state.range_q40,
                row,
            ));
        }
    }
    let ranges: Vec<(&str, i64)> = members
        .iter()
        .map(|u| (case.underlyings[*u].id.as_str(), outcome.underlyings[*u].state.range_q40))
        .collect();
    Some(in_words(usize::from(initial.worst), &ranges))
}

/// One of the book's own strikes as a scenario.
#[must_use]
pub fn own_in_words(underlying: &str, range_q40: i64, row: &OwnStrikeRow) -> String {
    let share = i128::from(binary_e6(row.share_q30, SHARE_BITS));
    let size = share * i128::from(binary_e6(range_q40, RANGE_BITS)) / i128::from(ONE_E6);
    let size = signed_percent(i64::try_from(size).unwrap_or(0));
    match row.strike_e8 {
        Some(strike_e8) => format!("{underlying} settles at the strike {} ({size})", price(strike_e8)),
        None => format!("{underlying} settles {size} away"),
    }
}

/// Underlyings of a group that net with each other.
fn members<'a>(case: &'a Case, group: &'a str) -> impl Iterator<Item = usize> + 'a {
    let netted = case.underlyings.iter().enumerate().filter(move |(_, u)| u.group == group && !u.r_only);
    netted.map(|(place, _)| place)
}

const _: () = assert!(FIRST_TAIL == 3 * GRID_MOVES, "scenario 3·i + j is grid move i, volatility j");

#[cfg(test)]
mod tests {
    use super::*;

    const SIXTEEN: i64 = (1 << RANGE_BITS) / 100 * 16;
    const TWENTY: i64 = (1 << RANGE_BITS) / 100 * 20;

    /// Goal: scenarios read as a trader says them. Method: one of each kind.
    #[test]
    fn scenarios_in_words() {
        let btc = [("BTC", SIXTEEN)];
        assert_eq!(in_words(0, &btc), "-16 % spot, volatility up");
        assert_eq!(in_words(25, &btc), "+16 % spot, volatility unchanged");
        assert_eq!(in_words(14, &btc), "spot unchanged, volatility down");
        assert_eq!(in_words(30, &btc), "+100 % spot, volatility up, counted 16 %");
        assert_eq!(in_words(3, &[("BTC", SIXTEEN), ("SOL", TWENTY)]), "BTC -12 %, SOL -15 %, volatility up");
        assert_eq!(
            in_words(27, &[("BTC", SIXTEEN), ("SOL", TWENTY)]),
            "-66 % spot, volatility up, counted in part"
        );
    }
}

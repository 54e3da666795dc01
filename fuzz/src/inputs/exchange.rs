//! Exchanges: the defaults, or every parameter anywhere inside its hard bound.

use super::{defaults::EXCHANGE, Choice};
use ballast_risk::bounds::{DAY_SECS, ONE_E6};
use ballast_risk::{ExchangeInput, GroupInput, Measure};

/// An exchange.
pub fn exchange(choice: &mut Choice) -> ExchangeInput {
    if choice.flip() {
        return ExchangeInput { groups: EXCHANGE.groups.map(|_| group(choice)), ..EXCHANGE };
    }
    ExchangeInput {
        rate_e6: choice.number(0, 500_000),
        conf_z_e6: choice.number(ONE_E6, 8 * ONE_E6),
        window_secs: choice.number(60, DAY_SECS),
        long_weight_e6: choice.number(0, ONE_E6),
        mm_factor_e6: choice.number(500_000, ONE_E6),
        exit_buffer_e6: choice.number(0, ONE_E6),
        haircut_max_e6: choice.number(0, ONE_E6),
        peg_e8: choice.unsigned(1, 10_000_000_000),
        dust_equity_e6: choice.number(0, 1_000_000 * ONE_E6),
        groups: EXCHANGE.groups.map(|_| group(choice)),
    }
}

fn group(choice: &mut Choice) -> GroupInput {
    let measure = if choice.flip() { Measure::ExpectedShortfall } else { Measure::Worst };
    GroupInput { rho_e6: choice.number(0, ONE_E6), measure }
}

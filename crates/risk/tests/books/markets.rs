//! Random exchanges, markets and expiries inside the engine's bounds.

use super::defaults::{flat_expiry, underlying, EXCHANGE, PARAMS};
use super::Market;
use ballast_risk::{ExchangeInput, ExpiryInput, GroupInput, MarketParams, Measure, UnderlyingInput};
use proptest::prelude::*;

const HOUR: i64 = 3_600;
const DAY: i64 = 86_400;

/// A number of which each octave is as likely as every other.
pub fn octaves(low: u64, high: u64) -> BoxedStrategy<u64> {
    let (low, high) = (low as f64, high as f64);
    (low.ln()..high.ln()).prop_map(move |x| x.exp().clamp(low, high) as u64).boxed()
}

/// As [`octaves`], signed.
pub fn octaves_i64(low: i64, high: i64) -> BoxedStrategy<i64> {
    octaves(low.unsigned_abs(), high.unsigned_abs())
        .prop_map(|x| i64::try_from(x).unwrap_or(i64::MAX))
        .boxed()
}

/// A part (1e-6) of a price.
pub fn part_of(price_e8: u64, part_e6: u64) -> u64 {
    u64::try_from(u128::from(price_e8) * u128::from(part_e6) / 1_000_000).unwrap_or(u64::MAX)
}

/// An exchange whose groups all have one of the given measures.
pub fn exchange(measures: &'static [Measure]) -> BoxedStrategy<ExchangeInput> {
    let group = (0i64..=1_000_000, prop::sample::select(measures))
        .prop_map(|(rho_e6, measure)| GroupInput { rho_e6, measure });
    let ratios = (0i64..=200_000, 1_000_000i64..=4_000_000, 800_000i64..=1_000_000, 500_000i64..=1_000_000);
    (
        ratios,
        0i64..=1_000_000,
        prop_oneof![Just(100_000_000u64), 90_000_000u64..=110_000_000],
        prop::array::uniform4(group),
    )
        .prop_map(|((rate_e6, conf_z_e6, long_weight_e6, mm_factor_e6), exit_buffer_e6, peg_e8, groups)| {
            ExchangeInput {
                rate_e6,
                conf_z_e6,
                long_weight_e6,
                mm_factor_e6,
                exit_buffer_e6,
                peg_e8,
                groups,
                ..EXCHANGE
            }
        })
        .boxed()
}

/// Risk parameters: half the time the defaults, else anywhere near them.
pub fn params() -> BoxedStrategy<MarketParams> {
    let ranges = (1_000_000i64..=8_000_000, HOUR..=5 * DAY, 50_000i64..=300_000, 300_000i64..=600_000);
    let vols =
        (10_000i64..=100_000, 2_000_000i64..=4_000_000, 400_000i64..=1_000_000, 1_000_000i64..=1_900_000);
    let shocks = (0i64..=1_500_000, 0i64..=900_000, 0i64..=1_000_000, 0i64..=600_000, 0i64..=300_000);
    let charges = (
        0i64..=30_000,
        0i64..=30_000,
        0i64..=20_000,
        0i64..=300_000,
        octaves_i64(10_000_000_000_000, 1 << 50),
    );
    let random = (ranges, vols, shocks, charges, 0i64..=50_000).prop_map(
        |(range, vol, shock, charge, vol_spread_e6)| {
            let (kappa_e6, mpor_secs, range_min_e6, range_max_e6) = range;
            let (sigma_min_e6, sigma_max_e6, smile_min_e6, smile_max_e6) = vol;
            let (vol_up_e6, vol_down_e6, vol_up_min_e6, vol_power_short_e6, vol_power_long_e6) = shock;
            let (short_min_e6, basis_e6, spread_e6, impact_e6, depth_e6) = charge;
            MarketParams {
                kappa_e6,
                mpor_secs,
                range_min_e6,
                range_max_e6,
                sigma_min_e6,
                sigma_max_e6,
                smile_min_e6,
                smile_max_e6,
                vol_up_e6,
                vol_down_e6,
                vol_up_min_e6,
                vol_power_short_e6,
                vol_power_long_e6,
                short_min_e6,
                basis_e6,
                spread_e6,
                impact_e6,
                depth_e6,
                vol_spread_e6,
                ..PARAMS
            }
        },
    );
    prop_oneof![Just(PARAMS), random].boxed()
}

/// Prices, volatilities and flags: spot 1e-4 to 1e6 quote, volatility 5 to 400 %.
pub fn state() -> BoxedStrategy<UnderlyingInput<'static>> {
    let prices = (octaves(10_000, 100_000_000_000_000), 0u64..=30_000, 850_000u64..=1_180_000);
    let vols = (octaves_i64(50_000, 4_000_000), 1_000_000i64..=2_500_000, 500_000i64..=2_000_000);
    let flags = (0u8..3, prop::bool::weighted(0.15), prop::bool::weighted(0.15), prop::bool::weighted(0.15));
    (prices, vols, 0i64..=400_000, flags)
        .prop_map(|((spot_e8, conf, ema), (vol_e6, margin, reference), oi_share_e6, flags)| {
            let (group, vol_stale, price_stale, realised_only) = flags;
            UnderlyingInput {
                conf_e8: part_of(spot_e8, conf),
                ema_e8: part_of(spot_e8, ema).max(1),
                vol_margin_e6: (vol_e6 * margin / 1_000_000).min(10_000_000),
                vol_ref_e6: vol_e6 * reference / 1_000_000,
                oi_share_e6,
                group,
                vol_stale,
                price_stale,
                realised_only,
                ..underlying(&PARAMS, spot_e8, vol_e6)
            }
        })
        .boxed()
}

/// Surface of an expiry: ATM ratio, skew, curvature, basis.
fn surface() -> BoxedStrategy<(i64, i64, i64, i64)> {
    (600_000i64..=1_600_000, -50_000i64..=50_000, 0i64..=15_000, -200_000i64..=200_000).boxed()
}

/// An expiry that is alive and not in its window, from a minute to two years away.
pub fn live_expiry() -> BoxedStrategy<ExpiryInput> {
    let secs = prop_oneof![60i64..=2 * HOUR, 2 * HOUR..=3 * DAY, 3 * DAY..=60 * DAY, 60 * DAY..=730 * DAY];
    (secs, surface())
        .prop_map(|(secs, (atm_e6, skew_e6, curvature_e6, basis_e6))| ExpiryInput {
            atm_e6,
            skew_e6,
            curvature_e6,
            basis_e6,
            ..flat_expiry(secs)
        })
        .boxed()
}

/// An expiry of a market at `spot_e8` in any state: live, in its window, past without a price, settled.
fn any_expiry(spot_e8: u64) -> BoxedStrategy<ExpiryInput> {
    let near = move |part: u64| part_of(spot_e8, part).max(1);
    let window = (live_expiry(), -60i64..=1_799, 1i64..=1_800, 900_000u64..=1_100_000).prop_map(
        move |(e, secs_left, averaged_secs, part)| ExpiryInput {
            secs_left,
            averaged_secs,
            average_e8: near(part),
            ..e
        },
    );
    let past = (live_expiry(), -100_000i64..=0).prop_map(|(e, secs_left)| ExpiryInput { secs_left, ..e });
    let settled = (live_expiry(), -100_000i64..=0, 600_000u64..=1_500_000)
        .prop_map(move |(e, secs_left, part)| ExpiryInput { secs_left, settled_e8: near(part), ..e });
    prop_oneof![12 => live_expiry(), 2 => window, 1 => past, 1 => settled].boxed()
}

fn sorted(mut expiries: Vec<ExpiryInput>) -> Vec<ExpiryInput> {
    expiries.sort_by_key(|e| e.secs_left);
    expiries
}

/// A market with 1 to `most` expiries in any state.
pub fn market(most: usize) -> BoxedStrategy<Market> {
    (params(), state(), 1..=most)
        .prop_flat_map(|(params, state, count)| {
            prop::collection::vec(any_expiry(state.spot_e8), count).prop_map(move |expiries| Market {
                params,
                state,
                expiries: sorted(expiries),
            })
        })
        .boxed()
}

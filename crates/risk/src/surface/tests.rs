use super::*;
use crate::bounds::{EXPIRY_SECS_MAX, VOL_MAX_E6};
use crate::input::ExchangeInput;
use crate::prepared::PreparedMarket;
use proptest::prelude::*;

/// Parameters at either end of everything the volatilities depend on.
fn params(high: bool, power_e6: i64, range_e6: i64) -> MarketParams {
    let of = |low: i64, most: i64| if high { most } else { low };
    MarketParams {
        kappa_e6: of(ONE_E6, 10 * ONE_E6),
        mpor_secs: of(3_600, 10 * DAY_SECS),
        range_min_e6: range_e6,
        range_max_e6: range_e6,
        sigma_min_e6: of(10_000, ONE_E6),
        sigma_max_e6: of(10_000, 4 * ONE_E6),
        smile_min_e6: 200_000,
        smile_max_e6: 1_900_000,
        vol_up_e6: of(0, 4 * ONE_E6),
        vol_down_e6: of(0, ONE_E6),
        vol_up_min_e6: of(0, 4 * ONE_E6),
        vol_power_short_e6: power_e6,
        vol_power_long_e6: power_e6,
        depth_e6: ONE_E6,
        ..MarketParams::zeroed()
    }
}

fn exchange() -> ExchangeInput {
    ExchangeInput {
        rate_e6: 500_000,
        conf_z_e6: ONE_E6,
        window_secs: 1_800,
        long_weight_e6: ONE_E6,
        mm_factor_e6: ONE_E6,
        exit_buffer_e6: 0,
        haircut_max_e6: 0,
        peg_e8: 100_000_000,
        dust_equity_e6: 0,
        groups: Default::default(),
    }
}

/// An underlying whose expiries are asked for by themselves.
fn underlying(
    p: &MarketParams,
    spot_e8: u64,
    vol_e6: i64,
    vol_margin_e6: i64,
    vol_stale: bool,
) -> UnderlyingInput<'_> {
    UnderlyingInput {
        params: p,
        spot_e8,
        conf_e8: 0,
        ema_e8: spot_e8,
        vol_e6,
        vol_margin_e6,
        vol_ref_e6: vol_e6,
        oi_share_e6: 0,
        group: 0,
        vol_stale,
        price_stale: false,
        realised_only: false,
    }
}

const Q40: f64 = (1u64 << 40) as f64;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// Goal: over all that may be entered no step overflows (debug builds say so), and volatilities, their shocks and
    /// deviations are those of risk.md §1 and §3. Method: floating point; parameters, volatilities and times at and between
    /// their ends, logarithms of strikes anywhere.
    #[test]
    fn deviations_are_their_formulas(
        (high, stale) in (any::<bool>(), any::<bool>()),
        power in prop_oneof![Just(0), Just(ONE_E6), 0..=ONE_E6],
        range in prop_oneof![Just(10_000), Just(600_000), 10_000i64..=600_000],
        vol in prop_oneof![Just(1), Just(VOL_MAX_E6), 1..=VOL_MAX_E6, 200_000..=2_000_000i64],
        more in prop_oneof![Just(0), Just(VOL_MAX_E6), 0..=VOL_MAX_E6],
        secs in prop_oneof![Just(0), Just(1), Just(EXPIRY_SECS_MAX), 0..=EXPIRY_SECS_MAX, 0..=40 * DAY_SECS],
        atm in prop_oneof![Just(200_000), Just(5_000_000), 200_000i64..=5_000_000],
        skew in prop_oneof![Just(-50_000), Just(50_000), -50_000i64..=50_000],
        curvature in prop_oneof![Just(0), Just(15_000), 0i64..=15_000],
        spot_e8 in prop_oneof![Just(1), Just(1u64 << 50), 1u64..=1 << 50],
        ln_strike_q40 in 0i64..=38_106_169_239_266,
    ) {
        let (p, x) = (params(high, power, range), exchange());
        let vol_margin = vol.saturating_add(more).min(VOL_MAX_E6);
        let u = underlying(&p, spot_e8, vol, vol_margin, stale);
        p.validate().unwrap();
        let market = PreparedMarket::new(&u).unwrap();
        let s = Shared { exchange: &x, underlying: &u, market: &market };
        let input = ExpiryInput {
            secs_left: secs, atm_e6: atm, skew_e6: skew, curvature_e6: curvature, ..ExpiryInput::default()
        };
        let mut e = PreparedExpiry::zeroed();
        e.prepare(&s, &input, &[]).unwrap();

        let (v, years) = (vol as f64 / 1e6, secs as f64 / 31_536_000.0);
        let ln = (ln_strike_q40 - market.ln_spot_q40) as f64 / Q40;
        let scale = v * atm as f64 / 1e6;
        let at = ln.clamp(-15.0, 15.0) / (scale * years.max(1.0 / 365.0).sqrt());
        let shape = 1.0 + skew as f64 / 1e6 * at + curvature as f64 / 1e6 * at * at;
        let (least, most) = (p.sigma_min_e6 as f64 / 1e6, p.sigma_max_e6 as f64 / 1e6);
        let sigma = (scale * shape.clamp(0.2, 1.9)).clamp(least, most);
        let got = e.sigma_q29(&market.bounds, ln_strike_q40);
        // Skew and curvature are at 2^-30: what that takes grows with the distance.
        let near = 1e-6 * (1.0 + sigma) + scale * (at.abs() + at * at) * 2f64.powi(-30);
        prop_assert!((got.0 as f64 / f64::from(1 << 29) - sigma).abs() < near, "{} {sigma}", got.0);
        let sigma = got.0 as f64 / f64::from(1 << 29);

        let days = (secs as f64 / 86_400.0).max(1.0);
        let h = (30.0 / days).powf(power as f64 / 1e6);
        let quarter = if stale { 1.25 } else { 1.0 };
        let shock = (1.0 + p.vol_up_e6 as f64 / 1e6 * h).max(vol_margin as f64 / vol as f64);
        let up = (sigma * shock).max(p.vol_up_min_e6 as f64 / 1e6) * quarter;
        let down = (sigma * (1.0 - p.vol_down_e6 as f64 / 1e6 * h).max(0.0)).max(least);
        for (stretch, sigma) in [(e.same, sigma), (e.up, up), (e.down, down)] {
            let (got, want) = (stretch.deviation_q40(got).0, (sigma * years.sqrt()).clamp(2f64.powi(-16), 12.0));
            prop_assert!((got as f64 / Q40 - want).abs() < 3e-6 * (want + 1e-3), "{} instead of {want}", got as f64 / Q40);
        }

        let by_time = 2.0 - secs as f64 / p.mpor_secs as f64;
        let by_width = 3.2 - 12.0 * scale * years.sqrt() * Q40 / market.range_q40 as f64;
        let near = by_time.clamp(0.0, 1.0).max(by_width.clamp(0.0, 1.0));
        prop_assert!((e.near_q30.0 as f64 / f64::from(1 << 30) - near).abs() < 1e-6, "{} {near}", e.near_q30.0);
    }

    /// Goal: a forward is at most 18 units below its product and never above. Method: 128 bits; every price and growth.
    #[test]
    fn a_forward_grows(price in 0i64..=1 << 48, growth in 148_803_000_000i64..=8_124_353_000_000) {
        let exact = (i128::from(price) * i128::from(growth)) >> 40;
        let got = i128::from(grown(Lane(price), Lane(growth)).0);
        prop_assert!(got <= exact && exact <= got + 18, "{got} instead of {exact}");
        prop_assert_eq!(grown(Lane(price), Lane(ONE_Q40)), Lane(price));
    }

    /// Goal: the largest and the smallest factor keep their value. Method: floating point.
    #[test]
    fn factors_multiply(a in 1u64.., b in 1u64.., scale in 0u32..64) {
        let of = |x: Factor| x.mantissa as f64 * 2f64.powi(-x.shift as i32);
        let (x, y) = (Factor::new(a, scale), Factor::new(b, 0));
        let want = a as f64 * b as f64 * 2f64.powi(-(scale as i32));
        prop_assert!((of(x.times(y)) / want - 1.0).abs() < 4e-9);
        prop_assert!((of(x.reciprocal()) * of(x) - 1.0).abs() < 2e-9);
        prop_assert!((1 << 30..1 << 31).contains(&x.times(y).mantissa) && (1 << 30..1 << 31).contains(&x.reciprocal().mantissa));
    }
}

use super::*;
use crate::bounds::{EXPIRY_SECS_MAX, PRICE_MAX_E8};
use proptest::prelude::*;

/// Numbers of every size up to 2^`bits`.
fn sized(bits: u32) -> impl Strategy<Value = u64> {
    (0..=bits, any::<u64>()).prop_map(|(n, x)| if n == 0 { 0 } else { x >> (64 - n) })
}

/// Both ends of the plain paths and of saturation.
fn amount() -> impl Strategy<Value = u128> {
    let edge = prop_oneof![Just(1u128 << 64), Just(1u128 << 32), Just(1_000_000u128 << 63), Just(u128::MAX)];
    prop_oneof![
        (0u32..128, any::<u128>()).prop_map(|(n, x)| x >> n),
        (edge, 0u128..2_000_001).prop_map(|(x, by)| x.saturating_sub(1_000_000).saturating_add(by)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    /// Goal: amounts split, round and share as their definitions say, over the whole range. Method: 128-bit divisions.
    #[test]
    fn amounts_are_exact(exact in amount(), ratio in 0i64..=1_000_000) {
        let (whole, rest) = millions(exact);
        let want = (exact / 1_000_000).min(i64::MAX as u128 - 1);
        prop_assert_eq!(u128::from(whole), want);
        prop_assert!(rest < 1_000_000);
        let (money, rounded) = round_up(exact);
        if exact < 1_000_000 * (i64::MAX as u128 - 1) {
            prop_assert_eq!(u128::from(rest), exact % 1_000_000);
            prop_assert_eq!(money as u128, exact.div_ceil(1_000_000));
            prop_assert_eq!(money as u128 * 1_000_000, exact + rounded as u128);
            let (down, up) = share_e12(exact, ratio);
            let product = exact * ratio as u128;
            prop_assert_eq!((down, up), (product / 1_000_000, product.div_ceil(1_000_000)));
        } else {
            prop_assert!(money >= i64::MAX - 1);
        }
    }

    /// Goal: a plain product is used only where it fits. Method: factors of every size, 128-bit products.
    #[test]
    fn products_are_exact(a in sized(64), b in sized(64), d in sized(64)) {
        prop_assert_eq!(wide(a, b), u128::from(a) * u128::from(b));
        prop_assert_eq!(div_ceil(wide(a, b), d.max(1)), (u128::from(a) * u128::from(b)).div_ceil(u128::from(d.max(1))));
    }

    /// Goal: a rate charges no less than its formula and no more than 2^-10 of a millionth of the delta beyond it; the parts
    /// of a delta cost no less than the whole, and a share of it no more than the share of its cost. Method: formulas in
    /// 128 bits, deltas and terms of every size.
    #[test]
    fn the_basis_rate_is_its_formula(
        beta in 0i64..=200_000, secs in 0i64..=EXPIRY_SECS_MAX, a in sized(50), b in sized(50), share in 0u64..=1_000_000_000,
    ) {
        let rate = Rate::basis(beta, secs);
        let (charged, year) = (rate.of(a), YEAR_SECS as u128);
        let least = (u128::from(a) * beta as u128 * (year + 4 * secs as u128)).div_ceil(2 * year);
        prop_assert!(least <= charged && charged <= least + u128::from(a >> 10) + 1, "{charged} for {least}");
        prop_assert!(rate.of(a + b) <= charged + rate.of(b));
        let part = (u128::from(a) * u128::from(share) / 1_000_000_000) as u64;
        prop_assert!(rate.of(part) <= charged * u128::from(share) / 1_000_000_000 + 1);
    }

    /// Goal: as above for z·conf/S, and a rate beyond its range is the largest, however wide the confidence. Method: prices
    /// and confidences of every size, those of stale prices too.
    #[test]
    fn the_oracle_rate_is_its_formula(
        conf in sized(52), spot in sized(50), z in 1_000_000i64..=8_000_000, a in sized(50), b in sized(50),
    ) {
        let spot = spot.max(1);
        let rate = Rate::oracle(conf, spot, z);
        let exact_q20 = (u128::from(conf) * z as u128 * (1 << 20)).div_ceil(u128::from(spot));
        if exact_q20 >= 1 << 62 {
            prop_assert_eq!(rate.0, 1 << 62);
        } else {
            // The ratio is a step of 2^-36 higher at most: z·2^-16 of the rate's scale, and one.
            prop_assert!(u128::from(rate.0) >= exact_q20, "{} for {exact_q20}", rate.0);
            prop_assert!(u128::from(rate.0) <= exact_q20 + (z as u128 >> 16) + 2, "{} for {exact_q20}", rate.0);
        }
        prop_assert!(rate.of(a + b) <= rate.of(a) + rate.of(b));
    }

    /// Goal: gross notional is exact and rounded up. Method: 128-bit division.
    #[test]
    fn gross_notional_is_exact(gross in sized(57), spot in 1u64..=PRICE_MAX_E8, shift in 0u32..50) {
        let spot = (spot >> shift).max(1);
        let exact = (u128::from(gross) * u128::from(spot)).div_ceil(100_000_000).min(i64::MAX as u128);
        prop_assert_eq!(gross_notional_e6(gross, spot) as u128, exact);
    }

    /// Goal: the short minimum is som·F·shorts at every price scale, rounded up by at most 8·som units of F and one.
    /// Method: 128-bit division; the largest spot has the only scale that shifts to the left.
    #[test]
    fn the_short_minimum_is_its_formula(
        shorts in 1i64..=1 << 50, forward in (1i64 << 40)..(1 << 48), price_shift in -6i32..=44, som in 0i64..=200_000,
    ) {
        let got = short_minimum(shorts, forward, price_shift, som);
        // In 1e-12 quote·2^(6 + shift), so that no scale loses a bit.
        let parts = |forward: u128| shorts as u128 * som as u128 * forward;
        let to_e12 = |product: u128| ((product << 6) / 100_000_000) >> (6 + price_shift);
        let (least, most) = (to_e12(parts(forward as u128)), to_e12(parts(forward as u128 + 8)));
        let step = (shorts as u128) >> (5 + price_shift).max(0);
        prop_assert!(least <= got && got <= most + 2 * step + 2, "{got} outside {least} to {most}");
    }

    /// Goal: impact is exact, rounded up. Method: Δ$² in 128 bits where impact·Δ$² fits.
    #[test]
    fn impact_is_exact(delta in sized(50), impact in 0u64..=1_000_000, depth in 1_000_000u64..=1 << 56) {
        let exact = (u128::from(delta) * u128::from(delta) * u128::from(impact)).div_ceil(u128::from(depth));
        prop_assert_eq!(impact_e12(delta, impact, depth), exact);
    }

    /// Goal: the EMA add-on is its formula within 1e-12 of the delta, and nothing for who loses from the gap. Method: whole
    /// numbers over ema·10^12, for gaps of every size.
    #[test]
    fn the_ema_charge_is_its_formula(delta in -(1i64 << 50)..=1 << 50, spot in sized(50), ema in sized(50), free in 0i64..=1_000_000) {
        let (spot, ema) = (spot.max(1), ema.max(1));
        let got = ema_e12(delta, spot, ema, free);
        let gains = if spot > ema { delta } else { -delta }.max(0) as u128;
        let gap_e12 = u128::from(spot.abs_diff(ema)) * 1_000_000_000_000 / u128::from(ema);
        let over = gap_e12.saturating_sub(free as u128 * 1_000_000).min(1 << 62);
        prop_assert_eq!(got, (gains * over).div_ceil(1_000_000));
    }
}

/// Goal: no accepted input takes a step out of its range. Method: every combination of ends.
#[test]
fn the_ends_fit() {
    for conf in [0, 1, PRICE_MAX_E8 << 2] {
        for spot in [1, 2, PRICE_MAX_E8 - 1, PRICE_MAX_E8] {
            let rate = Rate::oracle(conf, spot, 8_000_000);
            assert!(rate.of(1 << 60) >= u128::from(rate.0));
            assert!(rate.0 <= 1 << 62);
        }
    }
    assert_eq!(Rate::oracle(PRICE_MAX_E8 << 2, 1, 1_000_000).0, 1 << 62);
    assert!(Rate::basis(200_000, EXPIRY_SECS_MAX).0 < 9 << 38);
    for delta in [0, 1, (1 << 60) - 1] {
        for (impact, depth) in [(1_000_000, 1_000_000), (1, 1 << 56), (1_000_000, 1 << 56)] {
            assert!(impact_e12(delta, impact, depth) <= u128::from(delta) * u128::from(delta));
        }
    }
    assert!(ema_e12(i64::MIN + 1, 1, PRICE_MAX_E8, 0) > 0 && ema_e12(i64::MAX, PRICE_MAX_E8, 1, 0) > 0);
    assert!(short_minimum(1 << 57, 1 << 48, -6, 200_000) > 0);
}

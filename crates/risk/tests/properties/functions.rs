//! The small money functions answer everything: settlement, volatility, fees, conversion, phases, withdrawals.

use crate::books::cases;
use crate::books::extremes::Dice;
use ballast_risk::convert::{self, Sale};
use ballast_risk::liquidation::{discount_e9, take_amount, take_cash, SlicePrice, WHOLE_E9};
use ballast_risk::outflow::withdrawable;
use ballast_risk::phase::Phase;
use ballast_risk::settlement::{payoff_e6, settle, settle_by_authority, Accumulator, FirstPrice, Window};
use ballast_risk::slice_cash::flows;
use ballast_risk::slice_check::{take_leg, Rounding};
use ballast_risk::trade::{fee_e6, FeeTerms};
use ballast_risk::volatility::{
    clamp_move_e6, is_near, margin_volatility_e6, median, variance_after_sample_e12, variance_e12,
    volatility_e6, volatility_from_realised_e6, VARIANCE_MAX_E12,
};
use ballast_risk::{fixed, unchanged_vol_loss_e6, Strike};
use proptest::prelude::*;

proptest! {
    #![proptest_config(cases(5_000))]

    /// Goal: no argument makes a function of settlement panic; a recorded price is never zero. Method: all
    /// fields anything.
    #[test]
    fn settlement_is_total(seed: u64) {
        let mut dice = Dice(seed);
        let (a, b, c, d) = (dice.wild(), dice.wild(), dice.wild(), dice.wild());
        let window = Window { expiry_ts: dice.wild(), window_secs: dice.wild() };
        let mut samples =
            Accumulator { weighted_sum: [a as u64, b as u64], weight_secs: c, last_publish: d };
        let (price_e8, now) = (dice.edge_u64(0, 1 << 51), dice.wild());
        let first = FirstPrice { price_e8, publish_time: dice.wild(), prev_publish_time: dice.wild() };
        for first in [None, Some(&first)] {
            let _ = settle(&samples, &window, first, now);
        }
        let _ = settle_by_authority(&samples, &window, price_e8, now);
        let _ = (samples.average_e8(), samples.is_covered(&window), samples.sum());
        let _ = samples.sample(&window, price_e8, now);
        let paid = payoff_e6(a as u64, c % 2 == 0, b, d as u64);
        prop_assert!(paid == 0 || (paid > 0) == (b > 0));
    }

    /// Goal: no argument makes a function of volatility panic, and each keeps its bound. Method: all arguments
    /// anything.
    #[test]
    fn volatility_is_total(seed: u64) {
        let mut dice = Dice(seed);
        let (a, b, c, d) = (dice.wild(), dice.wild(), dice.wild(), dice.wild());
        let held = a.clamp(0, VARIANCE_MAX_E12);
        let variance = variance_after_sample_e12(held, (b as u64, c as u64), d, dice.wild());
        prop_assert!((0..=VARIANCE_MAX_E12).contains(&variance));
        let _ = variance_after_sample_e12(a, (b as u64, c as u64), d, dice.wild());
        let _ = (volatility_e6(a), variance_e12(b), volatility_from_realised_e6(c), is_near(a, b, c, d));
        let margin = margin_volatility_e6(a, b, c, d);
        prop_assert!(margin >= a.min(ballast_risk::bounds::VOL_MAX_E6), "{margin} under {a}");
        let moved = clamp_move_e6(a.max(0), b.max(0), c);
        prop_assert!((a.max(0).min(b.max(0))..=a.max(0).max(b.max(0))).contains(&moved));
        let mut values = [a, b, c, d, a, b, c, d];
        let middle = median(&mut values[..dice.pick(9)]);
        prop_assert!(middle.is_none_or(|m| m >= a.min(b).min(c).min(d) && m <= a.max(b).max(c).max(d)));
    }

    /// Goal: no argument makes the functions of trades, debts, slices and withdrawals panic; nobody is ever
    /// given more than there is. Method: all arguments anything.
    #[test]
    fn movements_are_total(seed: u64) {
        let mut dice = Dice(seed);
        let (a, b, c, d) = (dice.wild(), dice.wild(), dice.wild(), dice.wild());
        let mark_e14 = i128::from(a) * i128::from(dice.wild());
        let fee = fee_e6(b, c as u64, mark_e14, &FeeTerms { rate_e6: d, premium_cap_e6: dice.wild() });
        prop_assert!(fee.is_none_or(|fee| fee >= 0));
        prop_assert!((0..1_000_000).contains(&convert::discount_e6(a)));
        prop_assert!((0..=1_000_000_000).contains(&discount_e9(a)));
        if let Some(sale) = Sale::new(a, b, c as u64, dice.pick(256) as u8, d as u64) {
            prop_assert!(sale.payable_e6(dice.wild() as u64) <= a.unsigned_abs());
            prop_assert!(sale.bought(dice.wild() as u64) <= c as u64);
        }
        let fraction = d as u64;
        let taken = take_leg(a, fraction);
        prop_assert!(taken.unsigned_abs() <= a.unsigned_abs() && taken.signum() * a.signum() >= 0);
        prop_assert!(take_amount(a as u64, fraction) <= a as u64);
        let _ = (take_cash(a, fraction), flows(a, fraction, &SlicePrice { price_e6: b, insurance_e6: c }));
        let mut rounding = Rounding::default();
        rounding.add_leg(a as u64, b as u64);
        let _ = (rounding.most_e6(c), withdrawable(a as u64, b, c as u64));
        let mut phase = Phase { started_at: a, taken_e6: b };
        let left = phase.left_e6(c, d, dice.wild());
        prop_assert!(left >= 0 && Phase::fraction_max_e9(left, a) <= WHOLE_E9);
        phase.take(c, fraction, dice.wild());
    }

    /// Goal: the arithmetic below everything never panics and rounds to its name. Method: all arguments
    /// anything.
    #[test]
    fn arithmetic_is_total(seed: u64) {
        let mut dice = Dice(seed);
        let (a, b, d) = (dice.wild() as u64, dice.wild() as u64, dice.wild() as u64);
        let product = u128::from(a) * u128::from(b);
        let (floor, ceil) = (fixed::mul_div_floor(a, b, d), fixed::mul_div_ceil(a, b, d));
        for (got, up) in [(floor, 0), (ceil, u128::from(d.max(1)) - 1)] {
            let exact = product.checked_add(up).and_then(|p| p.checked_div(u128::from(d)));
            if let Some(got) = got {
                prop_assert_eq!(Some(u128::from(got)), exact);
            } else {
                prop_assert!(exact.is_none_or(|exact| exact > u128::from(u64::MAX)));
            }
        }
        let (a, b, d) = (a as i64, b as i64, d as i64);
        let floor = fixed::mul_div_floor_i64(a, b, d);
        let exact = (d > 0).then(|| (i128::from(a) * i128::from(b)).div_euclid(i128::from(d)));
        prop_assert_eq!(floor.map(i128::from), exact.filter(|&x| i64::try_from(x).is_ok()));
        if let (Some(floor), Some(ceil)) = (floor, fixed::mul_div_ceil_i64(a, b, d)) {
            prop_assert!(ceil == floor || ceil == floor + 1);
        }
        let _ = (fixed::ln_q40(a as u64), fixed::sqrt_normalised(a as u64), Strike::new(b as u64));
        prop_assert!(fixed::exp_q40(a) >= 0);
        let wide = u128::from(a as u64) * u128::from(b as u64);
        let root = u128::from(fixed::sqrt_floor_u128(wide));
        prop_assert!(root * root <= wide && (root + 1).checked_pow(2).is_none_or(|above| above > wide));
    }

    /// Goal: ℓ lies between its grid losses at any share. Method: losses and share anything.
    #[test]
    fn interpolation_stays_within_the_grid(seed: u64) {
        let mut dice = Dice(seed);
        let losses: [i64; 35] = std::array::from_fn(|_| dice.wild());
        let row: Vec<i64> = (0..9).map(|step| losses[3 * step + 1]).collect();
        let got = unchanged_vol_loss_e6(&losses, dice.wild());
        prop_assert!(row.iter().any(|&x| x <= got) && row.iter().any(|&x| x >= got));
    }
}

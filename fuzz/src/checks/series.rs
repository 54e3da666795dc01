//! One series by itself: bounds of its value, parity, Greeks by their sign (docs/risk.md §1, §2 and §10.7).

use crate::inputs::SeriesCase;
use ballast_risk::series::{quote, ExpiryQuote, SeriesQuote};
use ballast_risk::{RiskError, Strike};

/// Checks the quote of a series and of one with a strike a little above it.
pub fn check(case: &SeriesCase) {
    let quoted = quote_at(case, case.strike);
    assert_eq!(quoted, quote_at(case, case.strike));
    match quoted {
        Ok((expiry, series)) => {
            is_an_expiry(&expiry);
            if case.tame {
                is_within_its_bounds(case, &expiry, &series);
                falls_in_the_strike(case, &series);
            }
        }
        Err(refusal) => {
            assert!(!refusal.to_string().is_empty());
            assert!(!case.tame, "{refusal} of a series inside the bounds");
        }
    }
}

fn quote_at(case: &SeriesCase, strike: Option<Strike>) -> Result<(ExpiryQuote, SeriesQuote), RiskError> {
    quote(&case.exchange, &case.market.input(), &case.expiry, strike)
}

fn is_an_expiry(e: &ExpiryQuote) {
    assert!(e.forward_e14 >= 0 && (0..=e.forward_e14).contains(&e.moving_e14), "{e:?}");
    assert!((1..=1 << 32).contains(&e.discount_q32), "{e:?}");
    assert!((0..=1 << 30).contains(&e.near_q30), "{e:?}");
}

/// What the fixed point may do to a price anywhere: 1e-7 of F + K (the logarithm is cut at ±14), 2^-45 of the greatest
/// price that shares their scale, two units. In its usual domain it does 4e-9, which the engine's own tests hold it to.
fn noise_e14(case: &SeriesCase, e: &ExpiryQuote, strike_e14: i128) -> i128 {
    let greatest_e8 = case.expiry.average_e8.max(case.market.state.spot_e8 * 8);
    let scale_e14 = (i128::from(greatest_e8) * 1_000_000).max(strike_e14) >> 45;
    (e.forward_e14 + strike_e14) / 10_000_000 + scale_e14 + 2
}

fn is_within_its_bounds(case: &SeriesCase, e: &ExpiryQuote, q: &SeriesQuote) {
    let Some(strike) = case.strike else {
        assert_eq!(*q, SeriesQuote::default());
        return;
    };
    let strike_e14 = i128::from(strike.price_e8) * 1_000_000;
    assert!(q.call_e14 >= 0 && q.put_e14 >= 0, "{q:?}");
    if case.expiry.settled_e8 > 0 {
        let gain_e14 = i128::from(case.expiry.settled_e8) * 1_000_000 - strike_e14;
        assert_eq!(q.call_e14 - q.put_e14, gain_e14, "{q:?}");
        return;
    }
    let p = &case.market.params;
    let sigma_e6 = (q.sigma_q29 * 1_000_000) >> 29;
    assert!((p.sigma_min_e6 - 1..=p.sigma_max_e6).contains(&sigma_e6), "{q:?}");
    assert!(q.vega_e14 >= 0 && q.call_delta_q28 >= 0 && q.put_delta_q28 <= 0, "{q:?}");
    assert!(q.call_delta_q28 - q.put_delta_q28 <= (1 << 28) + 2, "{q:?}");
    if case.expiry.averaged_secs == 0 {
        let noise = noise_e14(case, e, strike_e14);
        let discounted = |price_e14: i128| (price_e14 * i128::from(e.discount_q32)) >> 32;
        let intrinsic = discounted(e.forward_e14 - strike_e14);
        assert!(
            q.call_e14 >= intrinsic - noise && q.call_e14 <= discounted(e.forward_e14) + noise,
            "{q:?} {e:?}"
        );
        assert!(
            q.put_e14 >= -intrinsic - noise && q.put_e14 <= discounted(strike_e14) + noise,
            "{q:?} {e:?}"
        );
        // A value below zero is cut to zero, on either side.
        let gap = q.call_e14 - q.put_e14 - intrinsic;
        assert!(gap.abs() <= noise, "{gap} of {q:?} {e:?}");
    }
}

/// Without a smile a call is worth no more and a put no less at a higher strike, to the accuracy of a value.
fn falls_in_the_strike(case: &SeriesCase, q: &SeriesQuote) {
    let Some(strike) = case.strike.filter(|_| case.expiry.skew_e6 == 0 && case.expiry.curvature_e6 == 0)
    else {
        return;
    };
    let step = 1 + (strike.price_e8 >> 9);
    let higher = Strike::new((strike.price_e8 + step).min(ballast_risk::bounds::PRICE_MAX_E8));
    let (e, h) = quote_at(case, Some(higher)).expect("the strike is within its bound");
    let noise = 2 * noise_e14(case, &e, i128::from(higher.price_e8) * 1_000_000);
    assert!(h.call_e14 <= q.call_e14 + noise && h.put_e14 >= q.put_e14 - noise, "{q:?} {h:?}");
}

//! The arithmetic under everything: rounding to its name, logarithm and exponential in order, roots that are roots.

use ballast_risk::bounds::PRICE_MAX_E8;
use ballast_risk::{fixed, scenario, Strike};

/// Quotients are the exact ones, rounded as named; `None` is for what does not fit.
pub fn quotients([a, b, d, ..]: [i64; 12]) {
    let (ua, ub, ud) = (a.cast_unsigned(), b.cast_unsigned(), d.cast_unsigned());
    let product = u128::from(ua) * u128::from(ub);
    let (floor, ceil) = match u128::from(ud) {
        0 => (None, None),
        d => (u64::try_from(product / d).ok(), u64::try_from(product.div_ceil(d)).ok()),
    };
    assert_eq!((fixed::mul_div_floor(ua, ub, ud), fixed::mul_div_ceil(ua, ub, ud)), (floor, ceil));
    let product = i128::from(a) * i128::from(b);
    let quotient = (d > 0).then(|| product.div_euclid(i128::from(d)));
    let rest = if d > 0 { product.rem_euclid(i128::from(d)) } else { 0 };
    let fits = |q: i128| i64::try_from(q).ok();
    assert_eq!(fixed::mul_div_floor_i64(a, b, d), quotient.and_then(fits));
    if let Some(ceil) = fixed::mul_div_ceil_i64(a, b, d) {
        assert_eq!(Some(i128::from(ceil)), quotient.map(|q| q + i128::from(rest > 0)));
    }
}

/// ln and exp undo each other and keep the order of their arguments, to their stated errors; √ is a root.
pub fn functions([a, b, step, scene, ..]: [i64; 12]) {
    let (x, up) = (a.cast_unsigned().max(1), step.cast_unsigned() % (1 << 20));
    let ln = fixed::ln_q40(x);
    assert!(fixed::ln_q40(x.saturating_add(up)) >= ln - 2, "ln {x} and {up} more");
    assert!((0..=45 << 40).contains(&ln));
    let exp = fixed::exp_q40(b);
    assert!(
        exp >= 0 && fixed::exp_q40(b.saturating_add(up.cast_signed())) >= exp - (exp >> 37) - 4,
        "exp {b}"
    );
    if b.unsigned_abs() <= 15 << 40 && exp > 1 << 20 {
        // exp is within 5e-12 or 4 units, ln of it at scale 2^40 within one unit of 2^-40 more.
        let back = fixed::ln_q40(exp.cast_unsigned()) - fixed::ln_q40(1 << 40);
        let error = (8 << 40) / exp.min(1 << 40) + 16;
        assert!((back - b).abs() <= error, "ln exp {b} is {back}");
    }
    let wide = u128::from(x) * u128::from(b.cast_unsigned());
    let root = u128::from(fixed::sqrt_floor_u128(wide));
    assert!(root * root <= wide && (root + 1).checked_pow(2).is_none_or(|above| above > wide), "√{wide}");
    let (mantissa, exponent) = fixed::sqrt_normalised(x);
    let rough = u128::from(mantissa) >> exponent;
    let floor = u128::from(fixed::sqrt_floor_u128(u128::from(x)));
    assert!(rough.abs_diff(floor) <= 1 + (floor >> 30), "√{x}: {rough} {floor}");
    let strike = Strike::new(a.cast_unsigned());
    assert!(strike.price_e8 > PRICE_MAX_E8 || strike.ln_q40 == fixed::ln_q40(strike.price_e8.max(1)));
    let described = scenario::describe(scene.cast_unsigned() as usize);
    assert_eq!(described.is_some(), (scene.cast_unsigned()) < scenario::SCENARIOS as u64);
}

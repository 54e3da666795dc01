//! Settlement (docs/risk.md §9): any window is answered, an average lies between its samples, payoffs cancel.

use ballast_risk::bounds::PRICE_MAX_E8;
use ballast_risk::settlement::{
    payoff_e6, settle, settle_by_authority, Accumulator, FirstPrice, SettlementRefusal, Window,
    SAMPLE_SECS_MAX,
};

/// Windows and sums that never were: an answer or a reason.
pub fn any_window([a, b, c, d, e, f, g, h, i, now, ..]: [i64; 12]) {
    let window = Window { expiry_ts: e, window_secs: f };
    let mut samples =
        Accumulator { weighted_sum: [a.cast_unsigned(), b.cast_unsigned()], weight_secs: c, last_publish: d };
    let price_e8 = g.cast_unsigned();
    let first = FirstPrice { price_e8, publish_time: h, prev_publish_time: i };
    for first in [None, Some(&first)] {
        let settled = settle(&samples, &window, first, now);
        assert!(now >= e || settled == Err(SettlementRefusal::NotExpired));
    }
    let _ = (settle_by_authority(&samples, &window, price_e8, now), samples.is_covered(&window));
    let (before, average) = (samples, samples.average_e8());
    match samples.sample(&window, price_e8, now) {
        Ok(weight) => {
            assert!((1..=PRICE_MAX_E8).contains(&price_e8) && (0..=SAMPLE_SECS_MAX).contains(&weight));
            assert!(samples.last_publish == now && now > d && now < e);
        }
        Err(_) => assert_eq!((samples, samples.average_e8()), (before, average)),
    }
}

/// Samples in any order: none counts for more than its limit, together for no more than the window, and the price is one
/// between them.
pub fn a_sampled_window(numbers: [i64; 12]) {
    let expiry_ts = 1_760_000_000 + (numbers[0] & 0xffff);
    let window = Window { expiry_ts, window_secs: 60 + (numbers[1] & 0x7ff) };
    let price = |n: i64| 1 + n.cast_unsigned() % PRICE_MAX_E8;
    let mut samples = Accumulator::default();
    let (mut lowest, mut highest) = (u64::MAX, 0);
    for pair in numbers[2..10].chunks(2) {
        let (price_e8, time) = (price(pair[0]), window.start() - 60 + (pair[1] & 0xfff));
        let Ok(weight) = samples.sample(&window, price_e8, time) else { continue };
        assert!((0..=SAMPLE_SECS_MAX).contains(&weight));
        (lowest, highest) = (lowest.min(price_e8), highest.max(price_e8));
    }
    assert!((0..=window.window_secs).contains(&samples.weight_secs));
    if samples.weight_secs > 0 {
        assert!((lowest..=highest).contains(&samples.average_e8()), "{samples:?} of {lowest} to {highest}");
    }
    let price_e8 = price(numbers[10]);
    let first = FirstPrice {
        price_e8,
        publish_time: expiry_ts + (numbers[11] & 0xff),
        prev_publish_time: expiry_ts - 1,
    };
    let settled =
        settle(&samples, &window, Some(&first), first.publish_time).expect("the first update settles");
    assert!((lowest.min(price_e8)..=highest.max(price_e8)).contains(&settled.price_e8), "{settled:?}");
    assert!(settled.weight_secs <= window.window_secs);
}

/// What two opposite holders get never sums to more than nothing, and lacks at most a unit.
pub fn payoffs([strike, settled, qty_e6, side, ..]: [i64; 12]) {
    let qty_e6 = qty_e6.clamp(-(1 << 50), 1 << 50);
    let price = |n: i64| n.cast_unsigned() % (PRICE_MAX_E8 + 1);
    let paid = |qty_e6| payoff_e6(price(strike), side % 2 == 0, qty_e6, price(settled));
    let sum = i128::from(paid(qty_e6)) + i128::from(paid(-qty_e6));
    // Saturated on one side: far outside the money range.
    if paid(qty_e6).unsigned_abs() < i64::MAX.unsigned_abs() {
        assert!((-1..=0).contains(&sum), "{sum}");
    }
    assert!(paid(qty_e6).signum() * qty_e6.signum() >= 0);
    let _ = payoff_e6(strike.cast_unsigned(), side % 2 == 0, qty_e6, settled.cast_unsigned());
}

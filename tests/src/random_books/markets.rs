//! Random markets: parameters, volatility, and expiries in every phase of their lives.

use super::Choice;
use ballast::{
    constants::{ACCOUNT_VERSION, EXPIRIES, MARKET_DEFAULTS, STRIKES},
    state::{
        ExpirySlot, Market, MarketParams, SettlementSum, StrikeSlot, VolatilityState, EXPIRY_LISTED,
        EXPIRY_SETTLED, MARKET_ACTIVE, VOLATILITY_FEED_ACCOUNT, VOLATILITY_FEED_NONE,
    },
};
use ballast_risk::Strike;

const HOUR_SECS: i64 = 3_600;
const DAY_SECS: i64 = 86_400;
/// Least settlement window an exchange may have, seconds.
const WINDOW_SECS_MIN: i64 = 300;

pub(super) fn market(choice: &mut Choice, id: u8, spot_e8: u64, now: i64) -> Box<Market> {
    let mut market = bytemuck::zeroed_box::<Market>();
    market.version = ACCOUNT_VERSION;
    market.id = id;
    market.status = MARKET_ACTIVE;
    market.group = u8::try_from(choice.between(0, 3)).unwrap_or(0);
    market.volatility_kind = if choice.one_in(6) { VOLATILITY_FEED_NONE } else { VOLATILITY_FEED_ACCOUNT };
    market.feed_id = [0x40 + id; 32];
    market.last_publish_time = now - 1_000;
    market.open_interest_cap_e6 = 1 << 50;
    market.series_cap_e6 = 1 << 50;
    market.params = if choice.one_in(2) { parameters(choice) } else { MARKET_DEFAULTS };
    market.volatility = volatility(choice, now);
    let count = if choice.one_in(8) { EXPIRIES } else { choice.count(1, 5) };
    for slot in choice.places(count, EXPIRIES) {
        let expiry_ts = free_time(choice, &market, now);
        market.expiries[slot] = expiry(choice, spot_e8, expiry_ts, now);
    }
    market
}

/// Parameters anywhere near the defaults, inside their hard bounds.
fn parameters(choice: &mut Choice) -> MarketParams {
    let mut params = MARKET_DEFAULTS;
    let words: &mut [i64] = bytemuck::cast_slice_mut(bytemuck::bytes_of_mut(&mut params));
    for word in words {
        *word = *word / 100 * choice.between(60, 160);
    }
    params.smile_min_e6 = choice.between(300_000, 1_000_000);
    params.smile_max_e6 = choice.between(1_000_000, 1_900_000);
    params.sigma_max_e6 = choice.between(1_000_000, 4_000_000);
    if params.engine().validate().is_ok() {
        params
    } else {
        MARKET_DEFAULTS
    }
}

fn volatility(choice: &mut Choice, now: i64) -> VolatilityState {
    let vol_e6 = choice.between(100_000, 2_500_000);
    let above_e6 = if choice.one_in(2) { 0 } else { choice.between(0, vol_e6) };
    let age_secs = if choice.one_in(6) { choice.between(601, 10_000) } else { choice.between(0, 600) };
    VolatilityState {
        vol_e6,
        vol_time: now - age_secs,
        vol_margin_e6: vol_e6 + above_e6,
        vol_ref_e6: choice.between(200_000, 2_000_000),
        ..bytemuck::Zeroable::zeroed()
    }
}

/// A time at which the market has no expiry yet: gone by, about to come, or up to two years ahead.
fn free_time(choice: &mut Choice, market: &Market, now: i64) -> i64 {
    loop {
        let ahead_secs = match choice.between(0, 9) {
            0 => choice.between(-DAY_SECS, 0),
            1 => choice.between(1, HOUR_SECS),
            2 | 3 => choice.between(HOUR_SECS, 2 * DAY_SECS),
            4..=7 => choice.between(2 * DAY_SECS, 60 * DAY_SECS),
            _ => choice.between(60 * DAY_SECS, 730 * DAY_SECS),
        };
        if market.expiries.iter().all(|slot| slot.expiry_ts != now + ahead_secs) {
            return now + ahead_secs;
        }
    }
}

fn expiry(choice: &mut Choice, spot_e8: u64, expiry_ts: i64, now: i64) -> ExpirySlot {
    let mut slot = ExpirySlot {
        expiry_ts,
        atm_e6: choice.between(500_000, 1_800_000),
        skew_e6: choice.between(-50_000, 50_000),
        curvature_e6: choice.between(0, 15_000),
        basis_e6: choice.between(-200_000, 300_000),
        status: EXPIRY_LISTED,
        ..bytemuck::Zeroable::zeroed()
    };
    let strikes = choice.count(1, STRIKES);
    while usize::from(slot.strike_count) < strikes {
        let price_e8 = near(choice, spot_e8);
        if slot.listed_strikes().iter().all(|strike| strike.price_e8 != price_e8) {
            let Strike { price_e8, ln_q40 } = Strike::new(price_e8);
            slot.strikes[usize::from(slot.strike_count)] =
                StrikeSlot { price_e8, ln_q40, calls_e6: 0, puts_e6: 0 };
            slot.strike_count += 1;
        }
    }
    if expiry_ts - now < WINDOW_SECS_MIN {
        average(choice, &mut slot, spot_e8, now);
    }
    if expiry_ts <= now && choice.one_in(2) {
        slot.status = EXPIRY_SETTLED;
        slot.settled_e8 = near(choice, spot_e8);
        slot.settled_at = now;
    }
    slot
}

/// Part of the settlement price is averaged already, or nothing is.
fn average(choice: &mut Choice, slot: &mut ExpirySlot, spot_e8: u64, now: i64) {
    let opened = slot.expiry_ts - WINDOW_SECS_MIN;
    let passed = (now.min(slot.expiry_ts) - opened).max(0);
    let weight_secs = choice.between(0, passed);
    let sum = u128::from(near(choice, spot_e8)) * u128::from(weight_secs.unsigned_abs());
    let (low, high) = (sum & u128::from(u64::MAX), sum >> 64);
    slot.sum = SettlementSum {
        weighted_sum: [u64::try_from(low).unwrap_or(0), u64::try_from(high).unwrap_or(0)],
        weight_secs,
        last_publish: if weight_secs > 0 { opened + weight_secs } else { 0 },
    };
}

/// A price near another: mostly within a quarter, at times a tenth or tenfold.
fn near(choice: &mut Choice, spot_e8: u64) -> u64 {
    let share_e3 = if choice.one_in(6) { choice.between(100, 10_000) } else { choice.between(750, 1_300) };
    let price_e8 = u128::from(spot_e8) * u128::from(share_e3.unsigned_abs()) / 1_000;
    u64::try_from(price_e8).unwrap_or(u64::MAX).clamp(1, ballast_risk::bounds::PRICE_MAX_E8)
}

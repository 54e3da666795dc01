//! Volatility of a market: V that marks, V* that margins, R that is realised, and how each moves.

use crate::{
    adapters::oracle::Price,
    constants::{REALISED_HALF_LIFE_SECS, REALISED_ONLY_HALF_LIFE_SECS, REALISED_SAMPLE_SECS},
};
use anchor_lang::prelude::*;
use ballast_risk::volatility;

/// Volatility of a market. Writers: `market_init`, `volatility_post`, `volatility_update`.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
#[repr(C)]
pub struct VolatilityState {
    /// V, the volatility of marks, 1e-6 a year, inside `[vol_min_e6, vol_max_e6]`.
    pub vol_e6: i64,
    /// Time that V is good as of, unix seconds: 10 minutes later it is stale.
    pub vol_time: i64,
    /// Time V last moved, unix seconds: its speed limit counts from here.
    pub vol_moved: i64,
    /// V*, the volatility of margins, 1e-6 a year, ≥ V.
    pub vol_margin_e6: i64,
    /// Time V* was last refreshed, unix seconds.
    pub vol_margin_time: i64,
    /// Reference volatility of the haircut rule, 1e-6 a year.
    pub vol_ref_e6: i64,
    /// Least V, 1e-6 a year.
    pub vol_min_e6: i64,
    /// Largest V, 1e-6 a year.
    pub vol_max_e6: i64,
    /// R, realised volatility, 1e-6 a year.
    pub realised_e6: i64,
    /// R², the moving average of squared log returns, 1e-12 a year.
    pub variance_e12: i64,
    /// Spot price of the last sample, 1e-8 quote; 0 before the first.
    pub sample_e8: u64,
    /// Publish time of the last sample, unix seconds.
    pub sample_time: i64,
}

const _: () = assert!(core::mem::size_of::<VolatilityState>() == 96);

impl VolatilityState {
    /// Moves V towards a feed's value, inside its bounds and at its speed limit. `as_of` is the time the value is good as
    /// of; it never goes back.
    pub fn move_to(&mut self, vol_e6: i64, as_of: i64, now: i64) {
        let target_e6 = vol_e6.clamp(self.vol_min_e6, self.vol_max_e6.max(self.vol_min_e6));
        let elapsed_secs = now.saturating_sub(self.vol_moved);
        self.vol_e6 = volatility::clamp_move_e6(self.vol_e6, target_e6, elapsed_secs);
        self.vol_moved = now;
        self.vol_time = self.vol_time.max(as_of);
    }

    /// Takes one spot price into realised volatility. The first price only starts the series.
    pub fn sample(&mut self, price: &Price, realised_only: bool) {
        let half_life_secs =
            if realised_only { REALISED_ONLY_HALF_LIFE_SECS } else { REALISED_HALF_LIFE_SECS };
        let elapsed_secs = price.publish_time.saturating_sub(self.sample_time);
        let prices = (self.sample_e8, price.price_e8);
        self.variance_e12 =
            volatility::variance_after_sample_e12(self.variance_e12, prices, elapsed_secs, half_life_secs);
        self.realised_e6 = volatility::volatility_e6(self.variance_e12);
        self.sample_e8 = price.price_e8;
        self.sample_time = price.publish_time;
    }

    /// Moves V to what realised volatility says, in a market without a feed.
    pub fn follow_realised(&mut self, as_of: i64, now: i64) {
        self.move_to(volatility::volatility_from_realised_e6(self.realised_e6), as_of, now);
    }

    /// Brings V* up to V and R at once, or lets it fall as much as the time since the last refresh allows. A fall is
    /// taken at most once a minute, so that rounding in short steps cannot hold it up.
    pub fn refresh_margin(&mut self, now: i64) {
        let elapsed_secs = now.saturating_sub(self.vol_margin_time);
        let margin_e6 =
            volatility::margin_volatility_e6(self.vol_e6, self.realised_e6, self.vol_margin_e6, elapsed_secs);
        if margin_e6 < self.vol_margin_e6 && elapsed_secs < REALISED_SAMPLE_SECS {
            return;
        }
        self.vol_margin_e6 = margin_e6;
        self.vol_margin_time = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytemuck::Zeroable;

    fn state() -> VolatilityState {
        VolatilityState {
            vol_e6: 500_000,
            vol_margin_e6: 500_000,
            vol_min_e6: 200_000,
            vol_max_e6: 2_000_000,
            ..VolatilityState::zeroed()
        }
    }

    /// Goal: V keeps its speed limit and bounds, its time never goes back. Method: far targets, an older time.
    #[test]
    fn marks_keep_their_limits() {
        let mut v = state();
        v.move_to(9_000_000, 50, 60);
        assert_eq!((v.vol_e6, v.vol_time, v.vol_moved), (524_999, 50, 60));
        v.move_to(9_000_000, 40, 60);
        assert_eq!((v.vol_e6, v.vol_time), (524_999, 50));
        v.move_to(9_000_000, 100_000, 100_000);
        assert_eq!(v.vol_e6, 2_000_000);
        v.move_to(1, 300_000, 300_000);
        assert_eq!(v.vol_e6, 200_000);
    }

    /// Goal: V* rises at once and falls 2 % an hour however often it is refreshed. Method: refresh every second.
    #[test]
    fn margin_volatility_cannot_be_held_up() {
        let mut v = state();
        v.vol_margin_e6 = 50_000;
        v.refresh_margin(0);
        assert_eq!(v.vol_margin_e6, 500_000);
        v.vol_e6 = 200_000;
        for now in 0..=3_600 {
            v.refresh_margin(now);
        }
        assert!((490_000..=490_100).contains(&v.vol_margin_e6), "{}", v.vol_margin_e6);
    }

    /// Goal: the first sample starts the series, later ones count. Method: two samples a minute apart.
    #[test]
    fn samples_make_realised_volatility() {
        let mut v = state();
        let price = |price_e8, publish_time| Price { price_e8, publish_time, ..Price::default() };
        v.sample(&price(100_000_000, 1_000), false);
        assert_eq!((v.realised_e6, v.sample_time), (0, 1_000));
        v.sample(&price(101_000_000, 1_060), false);
        assert!(v.realised_e6 > 0);
        assert_eq!((v.sample_e8, v.sample_time), (101_000_000, 1_060));
    }
}

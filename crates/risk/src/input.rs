//! What the engine needs to know, as small `Copy` values. No account, clock, oracle or token is known here.

use crate::fixed::ln_q40;
use bytemuck::{Pod, Zeroable};

/// How a correlation group turns 35 losses into one number (risk measure of the scan).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Measure {
    /// The worst loss.
    #[default]
    Worst,
    /// `max(1.25 · mean of the worst four, 0.8 · worst)`.
    ExpectedShortfall,
}

/// One correlation group of the exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct GroupInput {
    /// Share of the joint scan in the group's scan, 1e-6, 0 to 1.
    pub rho_e6: i64,
    /// Risk measure.
    pub measure: Measure,
}

/// Parameters and state of the exchange that margin depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExchangeInput {
    /// Interest rate for discounting, 1e-6 a year, ≥ 0.
    pub rate_e6: i64,
    /// Multiple of the oracle's confidence that is charged, 1e-6, ≥ 1.
    pub conf_z_e6: i64,
    /// Length of the settlement averaging window, seconds.
    pub window_secs: i64,
    /// Share of a positive option value that counts for IM, 1e-6.
    pub long_weight_e6: i64,
    /// Share of scan, liquidity and oracle add-ons in MM, 1e-6.
    pub mm_factor_e6: i64,
    /// Share of (IM − EMA add-on − MM) above MM at which a liquidation ends, 1e-6.
    pub exit_buffer_e6: i64,
    /// Largest haircut, 1e-6.
    pub haircut_max_e6: i64,
    /// Price of the quote currency in dollars, 1e-8; at most 1 is used.
    pub peg_e8: u64,
    /// Mark equity under which a whole book may be taken, 1e-6 quote.
    pub dust_equity_e6: i64,
    /// Correlation groups.
    pub groups: [GroupInput; crate::bounds::GROUPS_MAX],
}

/// Risk parameters of one market (all ratios 1e-6). Stored as is in the program's Market account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct MarketParams {
    /// κ: price range in units of one MPOR's standard deviation, 1e-6.
    pub kappa_e6: i64,
    /// Margin period of risk, seconds.
    pub mpor_secs: i64,
    /// Least price range, ratio of spot, 1e-6.
    pub range_min_e6: i64,
    /// Largest price range, ratio of spot, 1e-6.
    pub range_max_e6: i64,
    /// Least volatility of a series, 1e-6.
    pub sigma_min_e6: i64,
    /// Largest volatility of a series before shocks, 1e-6.
    pub sigma_max_e6: i64,
    /// Least smile factor, 1e-6.
    pub smile_min_e6: i64,
    /// Largest smile factor, 1e-6.
    pub smile_max_e6: i64,
    /// Relative up-shock of volatility at 30 days, 1e-6.
    pub vol_up_e6: i64,
    /// Relative down-shock of volatility at 30 days, 1e-6.
    pub vol_down_e6: i64,
    /// Least shocked-up volatility, 1e-6.
    pub vol_up_min_e6: i64,
    /// Exponent of (30/days) under 30 days, 1e-6.
    pub vol_power_short_e6: i64,
    /// Exponent of (30/days) from 30 days, 1e-6.
    pub vol_power_long_e6: i64,
    /// Short-option minimum, ratio of the forward, 1e-6.
    pub short_min_e6: i64,
    /// β of the basis add-on, 1e-6.
    pub basis_e6: i64,
    /// Bid-ask spread of the underlying, ratio, 1e-6.
    pub spread_e6: i64,
    /// Market impact of a dollar delta equal to `depth`, ratio, 1e-6.
    pub impact_e6: i64,
    /// Depth of the underlying's market, 1e-6 quote, > 0.
    pub depth_e6: i64,
    /// Cost of a vega of one quote per 1.00 of volatility, 1e-6.
    pub vol_spread_e6: i64,
    /// Scale of the open-interest add-on, 1e-6.
    pub oi_scale_e6: i64,
    /// Share of open interest that is free of the add-on, 1e-6.
    pub oi_free_e6: i64,
    /// Gap between spot and EMA that is free of the EMA add-on, 1e-6.
    pub ema_free_e6: i64,
}

/// One underlying at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnderlyingInput<'a> {
    /// Its parameters.
    pub params: &'a MarketParams,
    /// Spot price, 1e-8 quote.
    pub spot_e8: u64,
    /// Confidence interval of the spot price, 1e-8 quote.
    pub conf_e8: u64,
    /// Exponential moving average of the spot price, 1e-8 quote.
    pub ema_e8: u64,
    /// V, the volatility of marks, 1e-6 a year.
    pub vol_e6: i64,
    /// V*, the volatility of margins, 1e-6 a year, ≥ V.
    pub vol_margin_e6: i64,
    /// Reference volatility of the haircut rule, 1e-6 a year, > 0.
    pub vol_ref_e6: i64,
    /// The portfolio's share of the underlying's open interest, 1e-6.
    pub oi_share_e6: i64,
    /// Correlation group index.
    pub group: u8,
    /// The volatility feed is stale: up-shocks are a quarter larger.
    pub vol_stale: bool,
    /// The price is stale: the confidence counts four times.
    pub price_stale: bool,
    /// The market runs on realised volatility alone: it is not netted against others.
    pub realised_only: bool,
}

/// One expiry of an underlying at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExpiryInput {
    /// Seconds to expiry; zero or less once it has passed.
    pub secs_left: i64,
    /// ATM ratio a, 1e-6.
    pub atm_e6: i64,
    /// Skew b, 1e-6.
    pub skew_e6: i64,
    /// Curvature c, 1e-6.
    pub curvature_e6: i64,
    /// Forward basis f, 1e-6 a year.
    pub basis_e6: i64,
    /// Seconds of the settlement window already averaged (w = this / window).
    pub averaged_secs: i64,
    /// Average so far A, 1e-8 quote; used when `averaged_secs` > 0.
    pub average_e8: u64,
    /// Recorded settlement price, 1e-8 quote; 0 while there is none.
    pub settled_e8: u64,
}

/// A strike and its logarithm, computed once when the strike is listed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Pod, Zeroable)]
#[repr(C)]
pub struct Strike {
    /// Strike price, 1e-8 quote, > 0.
    pub price_e8: u64,
    /// ln(price_e8) · 2^40.
    pub ln_q40: i64,
}

impl Strike {
    /// The strike at a price of 1e-8 quote. A price of 0 gives a strike that the engine refuses.
    #[must_use]
    pub fn new(price_e8: u64) -> Self {
        Self { price_e8, ln_q40: ln_q40(price_e8.max(1)) }
    }

    /// Whether the stored logarithm can be one of a price.
    #[inline]
    pub(crate) fn has_logarithm(&self) -> bool {
        const LN_MAX_Q40: i64 = ln_q40(crate::bounds::PRICE_MAX_E8);
        (0..=LN_MAX_Q40).contains(&self.ln_q40)
    }
}

/// One line of a book: the net calls and net puts of one strike of one expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineInput {
    /// Index into the expiries given with the underlying.
    pub expiry: u8,
    /// The strike.
    pub strike: Strike,
    /// Net calls, 1e-6 unit, short below zero.
    pub calls_e6: i64,
    /// Net puts, 1e-6 unit, short below zero.
    pub puts_e6: i64,
}

/// One collateral balance at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CollateralInput {
    /// Amount in the token's smallest units.
    pub amount: u64,
    /// Decimals of the token.
    pub decimals: u8,
    /// Price of one whole token, 1e-8 quote.
    pub price_e8: u64,
    /// Confidence interval of the price, 1e-8 quote.
    pub conf_e8: u64,
    /// Exponential moving average of the price, 1e-8 quote.
    pub ema_e8: u64,
    /// Haircut at reference volatility h0, 1e-6.
    pub haircut_e6: i64,
    /// Haircut slope in V*/Vref − 1 above zero h1, 1e-6.
    pub haircut_slope_e6: i64,
    /// Soft cap of deposits, token units; 0 for none.
    pub cap: u64,
    /// Total deposits, token units.
    pub deposits: u64,
    /// Index of the book's underlying that this asset is, in the order the underlyings are added.
    pub underlying: Option<u8>,
}

//! The engine's working memory: some 13 KB, all zero to start with, owned by the caller and reused.
//!
//! A program puts it on its heap (a stack frame holds 4 KB), a keeper keeps one a thread.

use crate::bounds::{EXPIRIES_MAX, LINES_MAX, UNDERLYINGS_MAX};
use crate::lane::Lane;
use crate::report::NO_FLOOR_E6;
use crate::scenario::{GRID_MOVES, SCENARIOS};
use crate::surface::PreparedExpiry;
use crate::underlying::ExpiryBlock;
use bytemuck::{Pod, Zeroable};

/// One line on its way through the kernel.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Line {
    pub calls_e6: i64,
    pub puts_e6: i64,
    pub strike_e8: u64,
    pub ln_strike_q40: i64,
    /// (calls + puts)·D·F' and ·D·K', first raw (2^62), then in block units.
    pub forward: Lane,
    pub strike: Lane,
    /// K' = K − w·A, normalised.
    pub left_n: Lane,
    /// ln(F'/K') at 2^-40.
    pub x_q40: Lane,
    /// 1: K' ≤ 0 or an intrinsic expiry, worth its payoff in every scenario.
    pub plain: u8,
    pub _pad: [u8; 7],
}

impl Line {
    /// The strike at 1e-8·2^shift. Strikes are below 2^50, and a positive shift is chosen to keep them below 2^53.
    pub(crate) fn strike_shifted(&self, shift: u32) -> i64 {
        (self.strike_e8 << shift) as i64
    }
}

/// One of a portfolio's own strikes as a scenario: `P = ℓ(m) + part`.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct OwnStrike {
    /// Its move as a share of the price range, 2^-30, within ±1.
    pub share_q30: i64,
    /// g·(…), 1e-6 quote.
    pub part_e6: i64,
    pub underlying: u64,
}

/// Everything the portfolio level needs of one underlying. Money 1e-6 quote; a loss is above zero.
#[derive(Debug, Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct UnderlyingState {
    /// Weighted losses of the 35 scenarios.
    pub losses_e6: [i64; SCENARIOS],
    /// Greatest own-strike part over the near expiries at each grid move; `i64::MIN` where there is none.
    pub grid_part_e6: [i64; GRID_MOVES],
    /// Price range PR at 2^-40.
    pub range_q40: i64,
    /// Spot, 1e-8 quote.
    pub spot_e8: u64,
    /// Options at mark.
    pub value_e6: i64,
    /// Options as counted for IM.
    pub value_initial_e6: i64,
    /// Dollar delta of the legs.
    pub dollar_delta_e6: i64,
    /// Dollar vega per 1.00 of volatility.
    pub dollar_vega_e6: i64,
    /// Short-option minimum.
    pub short_min_e6: i64,
    /// Basis add-on.
    pub basis_e6: i64,
    /// Impact part of the liquidity add-on.
    pub impact_e6: i64,
    /// Liquidity add-on.
    pub liquidity_e6: i64,
    /// Oracle add-on.
    pub oracle_e6: i64,
    /// EMA add-on.
    pub ema_e6: i64,
    /// How much liquidity, open-interest and oracle add-ons were rounded up together, 1e-12 quote.
    pub rounded_scaled_e12: i64,
    /// How much short minimum and basis add-on were rounded up together, 1e-12 quote.
    pub rounded_whole_e12: i64,
    /// Rate of the open-interest add-on on the scan, 1e-6.
    pub oi_rate_e6: i64,
    /// What of the scan the add-on would be more if no share of open interest were free of it, 1e-6; 0 where none is due.
    pub oi_free_rate_e6: i64,
    /// Open-interest add-on (set by `finish`).
    pub open_interest_e6: i64,
    /// Σ least payoffs, or [`crate::report::NO_FLOOR_E6`].
    pub least_e6: i64,
    /// Collateral held in this underlying at mark.
    pub linear_e6: i64,
    /// V*/Vref − 1 above zero, 1e-6.
    pub vol_over_ref_e6: i64,
    /// Greatest own-strike loss, at least 0 (set by `finish`).
    pub own_e6: i64,
    /// scan_u for IM (set by `finish`).
    pub scan_e6: i64,
    /// scan_u for MM (set by `finish`).
    pub scan_maintenance_e6: i64,
    /// Σ |quantity|·spot.
    pub gross_e6: i64,
    /// Correlation group.
    pub group: u8,
    /// 1: runs on realised volatility alone, not netted.
    pub realised_only: u8,
    /// 1: its price is stale.
    pub price_stale: u8,
    /// 1: has option lines that are not settled.
    pub has_lines: u8,
    /// 1: has near expiries, so own strikes.
    pub has_own: u8,
    #[doc(hidden)]
    pub _pad: [u8; 3],
}

impl UnderlyingState {
    /// Forgets what it held, but for the losses, every one of which is written. Field by field: the virtual machine pays
    /// for each word that is cleared, and a field that is added must be named here.
    pub(crate) fn reset(&mut self) {
        let Self {
            losses_e6: _,
            grid_part_e6,
            range_q40,
            spot_e8,
            value_e6,
            value_initial_e6,
            dollar_delta_e6,
            dollar_vega_e6,
            short_min_e6,
            basis_e6,
            impact_e6,
            liquidity_e6,
            oracle_e6,
            ema_e6,
            rounded_scaled_e12,
            rounded_whole_e12,
            oi_rate_e6,
            oi_free_rate_e6,
            open_interest_e6,
            least_e6,
            linear_e6,
            vol_over_ref_e6,
            own_e6,
            scan_e6,
            scan_maintenance_e6,
            gross_e6,
            group,
            realised_only,
            price_stale,
            has_lines,
            has_own,
            _pad,
        } = self;
        *grid_part_e6 = [i64::MIN; GRID_MOVES];
        *spot_e8 = 0;
        (*range_q40, *value_e6, *value_initial_e6, *dollar_delta_e6) = (0, 0, 0, 0);
        (*dollar_vega_e6, *short_min_e6, *basis_e6, *impact_e6) = (0, 0, 0, 0);
        (*liquidity_e6, *oracle_e6, *ema_e6, *rounded_scaled_e12) = (0, 0, 0, 0);
        (*rounded_whole_e12, *oi_rate_e6, *open_interest_e6, *least_e6) = (0, 0, 0, 0);
        (*linear_e6, *vol_over_ref_e6, *own_e6, *scan_e6) = (0, 0, 0, 0);
        (*scan_maintenance_e6, *gross_e6, *oi_free_rate_e6) = (0, 0, 0);
        (*group, *realised_only, *price_stale, *has_lines, *has_own) = (0, 0, 0, 0, 0);
        *_pad = [0; 3];
    }

    /// What a fully paid book is worth at least: Σ least payoffs less one price range of the collateral held in the
    /// underlying, 1e-6 quote rounded down; [`NO_FLOOR_E6`] when unbounded.
    #[must_use]
    pub fn floor_e6(&self) -> i64 {
        if self.least_e6 == NO_FLOOR_E6 {
            return NO_FLOOR_E6;
        }
        if self.linear_e6 == 0 {
            return self.least_e6;
        }
        let range = crate::rows::weighted_nearest(self.linear_e6, self.range_q40);
        self.least_e6.saturating_sub(range).max(NO_FLOOR_E6 + 1)
    }
}

/// Values and Greeks of one expiry, for reports and previews.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Pod, Zeroable)]
#[repr(C)]
pub struct ExpiryReport {
    /// Value of its options at mark, 1e-6 quote.
    pub value_e6: i64,
    /// Dollar delta Δ_e·F_e, 1e-6 quote.
    pub dollar_delta_e6: i64,
    /// Σ qty·vega, 1e-6 quote per 1.00 of volatility.
    pub vega_e6: i64,
    /// Least payoff w_e, discounted if positive, 1e-6 quote; [`crate::report::NO_FLOOR_E6`] when unbounded.
    pub least_e6: i64,
}

/// See the module. `bytemuck::zeroed_box::<Scratch>()` makes one on the heap without passing through the stack.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub struct Scratch {
    pub(crate) desk: Desk,
    /// Of the underlying under way, where they were not prepared before or serve at another scale.
    pub(crate) expiries: [PreparedExpiry; EXPIRIES_MAX],
    pub(crate) sums: [ExpiryBlock; EXPIRIES_MAX],
    pub(crate) underlyings: [UnderlyingState; UNDERLYINGS_MAX],
}

/// What one underlying is assessed with.
#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C)]
pub(crate) struct Desk {
    pub lines: [Line; LINES_MAX],
    pub own: [OwnStrike; LINES_MAX],
    pub expiry_reports: [ExpiryReport; EXPIRIES_MAX],
}

impl Scratch {
    /// The underlyings of the last assessment, in the order they were added (unused entries follow).
    #[must_use]
    pub fn underlyings(&self) -> &[UnderlyingState] {
        &self.underlyings
    }

    /// The expiries of the last underlying added.
    #[must_use]
    pub fn expiry_reports(&self) -> &[ExpiryReport] {
        &self.desk.expiry_reports
    }
}

const _: () = assert!(
    core::mem::size_of::<Scratch>() <= 16 * 1024,
    "the scratch must leave a program's heap some room"
);

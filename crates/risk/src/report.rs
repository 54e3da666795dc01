//! What a margin check concludes. A program moves exactly what a report says; an event carries it; a client reads it.

use bytemuck::{Pod, Zeroable};

/// The floor of a book whose loss has no bound: minus infinity in the money scale.
pub const NO_FLOOR_E6: i64 = i64::MIN;

/// The margin of one portfolio at one moment. All money in 1e-6 quote; requirements rounded up, assets down.
///
/// Layout: 28 × 8 bytes, no padding, stored as is in the Portfolio account and returned by `margin_check`.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Pod, Zeroable)]
#[repr(C)]
pub struct MarginReport {
    /// Initial margin requirement IM.
    pub initial_e6: i64,
    /// Exit requirement B: where a liquidation ends.
    pub exit_e6: i64,
    /// Maintenance margin requirement MM.
    pub maintenance_e6: i64,
    /// Equity at mark: no haircut, peg 1.
    pub equity_mark_e6: i64,
    /// Equity as counted for IM.
    pub equity_initial_e6: i64,
    /// Equity as counted for MM.
    pub equity_maintenance_e6: i64,
    /// Least value of a fully paid book, IM prices; [`NO_FLOOR_E6`] when unbounded.
    pub floor_initial_e6: i64,
    /// Least value of a fully paid book, MM prices; [`NO_FLOOR_E6`] when unbounded.
    pub floor_maintenance_e6: i64,
    /// max(equity_initial − IM, floor_initial).
    pub excess_initial_e6: i64,
    /// max(equity_maintenance − B, floor_maintenance).
    pub excess_exit_e6: i64,
    /// max(equity_maintenance − MM, floor_maintenance). Below zero the portfolio may be liquidated.
    pub excess_maintenance_e6: i64,
    /// Scan of IM over all groups.
    pub scan_e6: i64,
    /// Scan of MM over all groups, at most `scan_e6`.
    pub scan_maintenance_e6: i64,
    /// Short-option minimum.
    pub short_min_e6: i64,
    /// Basis add-on.
    pub basis_e6: i64,
    /// Liquidity add-on: spread, impact and vega; without the open-interest part.
    pub liquidity_e6: i64,
    /// Open-interest add-on.
    pub open_interest_e6: i64,
    /// Oracle-confidence add-on.
    pub oracle_e6: i64,
    /// EMA add-on (IM only).
    pub ema_e6: i64,
    /// Value of all options at mark.
    pub options_e6: i64,
    /// Σ impact·Δ$²/depth$ over underlyings: what the closed-form slice needs of the liquidity add-on.
    pub impact_e6: i64,
    /// Σ |quantity| · spot.
    pub gross_e6: i64,
    /// Cash of the portfolio as given.
    pub cash_e6: i64,
    /// Collateral at mark.
    pub collateral_mark_e6: i64,
    /// Collateral as counted for MM.
    pub collateral_maintenance_e6: i64,
    /// Collateral as counted for IM.
    pub collateral_initial_e6: i64,
    /// Index of the worst of the 35 scenarios of each group (255: group without options).
    pub worst_scenario: [u8; 8],
    /// Bit 0: a volatility feed was stale; bit 1: a price was stale. Filled in by the caller's adapter or the engine.
    pub flags: u64,
}

/// The volatility feed of a market in the book was stale.
pub const FLAG_VOL_STALE: u64 = 1;
/// A price in the book was stale.
pub const FLAG_PRICE_STALE: u64 = 2;

/// Whether a risk-increasing action stands, with the reason.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InitialVerdict {
    /// The book holds at least IM and no debt.
    Accepted {
        /// What is left above IM, 1e-6 quote.
        excess_e6: i64,
    },
    /// The book would be under IM.
    Rejected {
        /// IM, 1e-6 quote.
        needed_e6: i64,
        /// Equity as counted for IM, 1e-6 quote.
        have_e6: i64,
    },
    /// The book would have negative cash, which only settlement, fees and liquidation may leave.
    Debt {
        /// Cash, 1e-6 quote, below zero.
        cash_e6: i64,
    },
}

/// Whether a portfolio may be liquidated, with the amount.
#[must_use]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MaintenanceVerdict {
    /// At or above MM.
    Healthy {
        /// What is left above MM, 1e-6 quote.
        excess_e6: i64,
    },
    /// Below MM.
    Liquidatable {
        /// What is missing, 1e-6 quote, > 0.
        deficit_e6: i64,
    },
}

impl MarginReport {
    /// Judges a risk-increasing action by the book it leaves (risk.md §6).
    pub fn initial_verdict(&self) -> InitialVerdict {
        if self.cash_e6 < 0 {
            InitialVerdict::Debt { cash_e6: self.cash_e6 }
        } else if self.excess_initial_e6 < 0 {
            InitialVerdict::Rejected { needed_e6: self.initial_e6, have_e6: self.equity_initial_e6 }
        } else {
            InitialVerdict::Accepted { excess_e6: self.excess_initial_e6 }
        }
    }

    /// Judges whether the book may be liquidated (risk.md §7).
    pub fn maintenance_verdict(&self) -> MaintenanceVerdict {
        if self.excess_maintenance_e6 < 0 {
            MaintenanceVerdict::Liquidatable { deficit_e6: self.excess_maintenance_e6.saturating_neg() }
        } else {
            MaintenanceVerdict::Healthy { excess_e6: self.excess_maintenance_e6 }
        }
    }

    /// Whether going from `before` to `self` strictly reduces risk: excess_IM does not fall and no add-on grows.
    #[must_use]
    pub fn reduces_risk_from(&self, before: &Self) -> bool {
        self.excess_initial_e6 >= before.excess_initial_e6
            && self.short_min_e6 <= before.short_min_e6
            && self.basis_e6 <= before.basis_e6
            && self.liquidity_e6 <= before.liquidity_e6
            && self.open_interest_e6 <= before.open_interest_e6
            && self.oracle_e6 <= before.oracle_e6
            && self.ema_e6 <= before.ema_e6
    }
}

const _: () =
    assert!(core::mem::size_of::<MarginReport>() == 28 * 8 && core::mem::align_of::<MarginReport>() == 8);

//! Very many portfolios, laid out for streaming: a column for each field, no pointer to follow.

use crate::batch::Order;
use crate::lineup::Lineup;
use ballast_risk::bounds::{COLLATERALS_MAX, LINES_MAX, MONEY_MAX_E6, QTY_MAX_E6};
use std::ops::Range;

/// A quantity of one series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Leg {
    /// Number of the series in the tick's order ([`crate::Tick::series`]).
    pub series: u32,
    /// Net quantity, 1e-6 unit, short below zero.
    pub qty_e6: i64,
}

/// A collateral balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Balance {
    /// Index of the asset in the tick.
    pub asset: u8,
    /// Amount in the token's smallest units.
    pub amount: u64,
}

/// Why a portfolio is not taken in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// Legs do not ascend by series, or balances by asset.
    Unsorted,
    /// More legs, balances, cash or quantity than the engine takes.
    TooLarge,
}

impl core::fmt::Display for Refused {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Self::Unsorted => "legs must ascend by series, balances by asset",
            Self::TooLarge => "more legs, balances, cash or quantity than the engine takes",
        })
    }
}

impl std::error::Error for Refused {}

/// Portfolios by index, 12 bytes a leg and 24 a portfolio.
#[derive(Debug, Clone, Default)]
pub struct Books {
    leg_ends: Vec<usize>,
    series: Vec<u32>,
    qty_e6: Vec<i64>,
    balance_ends: Vec<usize>,
    balances: Vec<Balance>,
    cash_e6: Vec<i64>,
    /// For scans, of the portfolios that were there when it was last brought up to date.
    pub(crate) order: Order,
    /// For full checks, of the same.
    pub(crate) lineup: Lineup,
}

/// One portfolio of [`Books`].
#[derive(Debug, Clone, Copy)]
pub struct Book<'a> {
    /// Series of its legs, ascending.
    pub series: &'a [u32],
    /// Quantities of the same legs, 1e-6 unit.
    pub qty_e6: &'a [i64],
    /// Collateral balances, ascending by asset.
    pub balances: &'a [Balance],
    /// Cash, 1e-6 quote.
    pub cash_e6: i64,
}

impl Books {
    /// Adds a portfolio; its index is the number of portfolios before it. A series must not be named twice. Cash is what a
    /// program gives the engine, which counts none above the end of the engine's range.
    ///
    /// # Errors
    /// [`Refused`]; nothing is added then.
    pub fn push(&mut self, legs: &[Leg], balances: &[Balance], cash_e6: i64) -> Result<(), Refused> {
        let ascending = legs.windows(2).all(|pair| pair[0].series < pair[1].series)
            && balances.windows(2).all(|pair| pair[0].asset < pair[1].asset);
        if !ascending {
            return Err(Refused::Unsorted);
        }
        if legs.len() > 2 * LINES_MAX
            || balances.len() > COLLATERALS_MAX
            || legs.iter().any(|leg| leg.qty_e6.unsigned_abs() > QTY_MAX_E6)
            || cash_e6.unsigned_abs() > MONEY_MAX_E6.unsigned_abs()
        {
            return Err(Refused::TooLarge);
        }
        self.series.extend(legs.iter().map(|leg| leg.series));
        self.qty_e6.extend(legs.iter().map(|leg| leg.qty_e6));
        self.balances.extend_from_slice(balances);
        self.leg_ends.push(self.series.len());
        self.balance_ends.push(self.balances.len());
        self.cash_e6.push(cash_e6);
        Ok(())
    }

    /// Number of portfolios.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cash_e6.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cash_e6.is_empty()
    }

    /// Number of legs over all portfolios.
    #[must_use]
    pub fn legs(&self) -> usize {
        self.series.len()
    }

    /// Series and quantities of all legs of neighbouring portfolios, side by side.
    pub(crate) fn legs_of(&self, range: Range<usize>) -> (&[u32], &[i64]) {
        let legs = start(&self.leg_ends, range.start)..start(&self.leg_ends, range.end);
        (&self.series[legs.clone()], &self.qty_e6[legs])
    }

    /// The portfolio at an index.
    ///
    /// # Panics
    /// Where there is none.
    #[must_use]
    #[inline(always)]
    pub fn book(&self, index: usize) -> Book<'_> {
        let legs = start(&self.leg_ends, index)..self.leg_ends[index];
        Book {
            series: &self.series[legs.clone()],
            qty_e6: &self.qty_e6[legs],
            balances: &self.balances[start(&self.balance_ends, index)..self.balance_ends[index]],
            cash_e6: self.cash_e6[index],
        }
    }
}

/// Where the entries of a portfolio begin.
#[inline(always)]
fn start(ends: &[usize], index: usize) -> usize {
    index.checked_sub(1).map_or(0, |before| ends[before])
}

//! What a replay of one window came to. Integers only, so that the same run is the same bytes; money is 1e-6 quote.

use ballast_harness::tally::Count;
use serde::Serialize;
use std::collections::BTreeMap;

/// Everything that is reported of one window.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Figures {
    /// Name.
    pub window: String,
    /// What happens in it.
    pub title: String,
    /// Where its prices and volatilities come from.
    pub source: String,
    /// First moment, unix seconds.
    pub start: i64,
    /// Last moment, unix seconds.
    pub end: i64,
    /// Moments at which everything was looked at.
    pub ticks: u64,
    /// Transactions sent after the set-up; refused ones among them are in `refusals`.
    pub transactions: u64,
    /// What went through, by instruction.
    pub sent: BTreeMap<String, u64>,
    /// What was refused, by the refusal's name.
    pub refusals: BTreeMap<String, u64>,
    /// Portfolios, their margin at the start, and who else was there.
    pub population: Population,
    /// Liquidations.
    pub liquidation: Liquidation,
    /// Losses of unchanged books against their margins.
    pub margin: Coverage,
    /// Money.
    pub money: Money,
    /// Compute units.
    pub units: Units,
    /// Checks by invariant.
    pub invariants: BTreeMap<String, Checks>,
    /// The first invariant that was found broken.
    pub first_broken: Option<String>,
    /// Vaults and the claims on them at the end.
    pub vaults: Vec<Vault>,
    /// Bars that are not met, in words; empty is how it should be.
    pub bars_broken: Vec<String>,
}

/// See [`Figures::population`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Population {
    /// Portfolios of the population; market makers and keepers come on top.
    pub portfolios: u64,
    /// Σ of their initial margin at the start.
    pub initial_e6: i64,
    /// What keepers began with.
    pub keepers_e6: i64,
    /// What insurance began with.
    pub insurance_e6: i64,
}

/// See [`Figures::liquidation`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Liquidation {
    /// Flags.
    pub flagged: u64,
    /// Flags by kind of portfolio.
    pub flagged_by_kind: BTreeMap<String, u64>,
    /// Slices taken.
    pub slices: u64,
    /// Legs taken.
    pub legs: u64,
    /// Liquidations that ended.
    pub freed: u64,
    /// Of these, by whom the exit test was reached: by what was taken, not by the market.
    pub freed_by_taking: u64,
    /// Most portfolios under liquidation at once.
    pub open_most: u64,
    /// Under liquidation when all was over.
    pub open_at_end: u64,
    /// Longest liquidation, seconds.
    pub longest_secs: i64,
    /// Farthest beyond the exit test that a slice or legs left a book of at least 1,000 quote, of its IM, 1e-6.
    pub beyond_exit_e6: i64,
    /// The same in money.
    pub beyond_exit_money_e6: i64,
}

/// Losses of unchanged books over a day (or to the window's end) against what they had to hold.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Coverage {
    /// Portfolio-intervals.
    pub intervals: u64,
    /// Of these, with a loss above IM.
    pub beyond_initial: u64,
    /// Of these, with a loss above MM.
    pub beyond_maintenance: u64,
    /// Portfolios that had a loss above IM at least once.
    pub portfolios_beyond_initial: u64,
    /// Portfolios that had a loss above MM at least once.
    pub portfolios_beyond_maintenance: u64,
    /// Share of intervals whose loss is at most IM, 1e-6.
    pub covered_e6: i64,
    /// Worst loss over IM, 1e-6, of those with an IM of at least 1,000 quote.
    pub worst_of_initial_e6: i64,
}

/// See [`Figures::money`].
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Money {
    /// What owners lost by being liquidated: their equity at mark before each slice and leg less that after it.
    pub owners_lost_e6: i64,
    /// What takers gained by it at mark, at that moment.
    pub liquidators_earned_e6: i64,
    /// What takers and owners paid into insurance with it.
    pub contributed_e6: i64,
    /// What keepers have at the end less what they began with: what they took has moved since, and unwinding costs.
    pub keepers_result_e6: i64,
    /// Fees that went to insurance.
    pub fees_e6: i64,
    /// What slices below zero and debts with nothing behind them came to.
    pub deficits_e6: i64,
    /// What of it were slices below zero.
    pub deficits_of_slices_e6: i64,
    /// What of these the books lacked at mark; the rest is discount on books that were worth less than it.
    pub lacked_e6: i64,
    /// What insurance paid of all of it.
    pub insurance_paid_e6: i64,
    /// What was written into the cash index.
    pub socialised_e6: i64,
    /// What is still open of it.
    pub shortfall_e6: i64,
    /// By how much what portfolios' cash is worth fell at the index, for what was socialised; above it only by rounding.
    pub index_fell_e6: i64,
    /// Insurance at the end.
    pub insurance_e6: i64,
    /// Most that equity was below zero, all portfolios together.
    pub worst_deficit_e6: i64,
    /// Portfolios below zero equity when all was over.
    pub under_water_at_end: u64,
    /// What they lack.
    pub under_water_e6: i64,
}

/// Largest compute units seen, by instruction; slices of at least 60 lines apart.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Units {
    /// By instruction.
    pub most: BTreeMap<String, u64>,
    /// `liquidate_slice` of a book of at least 60 lines.
    pub wide_slice: u64,
    /// How many of these there were.
    pub wide_slices: u64,
    /// `liquidate_slice` and `liquidate_legs`.
    pub liquidation: u64,
}

/// Checks of an invariant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Checks {
    /// How often it was checked.
    pub checked: u64,
    /// How often it was broken.
    pub broken: u64,
}

impl From<&Count> for Checks {
    fn from(count: &Count) -> Self {
        Self { checked: count.checked, broken: count.broken }
    }
}

/// A vault, in base units.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Vault {
    /// Symbol.
    pub asset: String,
    /// What it holds.
    pub balance: i64,
    /// What all claims on it come to.
    pub claims: i64,
}

impl Figures {
    /// Checks of all invariants together.
    #[must_use]
    pub fn checks(&self) -> Checks {
        let add = |sum: Checks, one: &Checks| Checks {
            checked: sum.checked + one.checked,
            broken: sum.broken + one.broken,
        };
        self.invariants.values().fold(Checks::default(), add)
    }

    /// Counts one of a kind.
    pub(crate) fn count(counts: &mut BTreeMap<String, u64>, name: &str) {
        *counts.entry(name.to_owned()).or_default() += 1;
    }
}

/// One moment of a replay, for the plots.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Moment {
    /// Unix seconds.
    pub time: i64,
    /// Prices by market, 1e-8 quote.
    pub prices_e8: Vec<u64>,
    /// Price of the quote currency, 1e-8 dollar.
    pub peg_e8: u64,
    /// Volatility V* by market, 1e-6 a year.
    pub volatilities_e6: Vec<i64>,
    /// Portfolios under liquidation.
    pub open: u64,
    /// Flags until now.
    pub flagged: u64,
    /// Insurance.
    pub insurance_e6: i64,
    /// Σ of what equity is below zero, with an open shortfall.
    pub deficit_e6: i64,
}

/// Coverage of the intervals that began at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Interval {
    /// Unix seconds.
    pub start: i64,
    /// Portfolios looked at.
    pub portfolios: u64,
    /// Of these, with a loss of at most IM.
    pub covered: u64,
}

//! Keepers: what each would send next, by the prices it sees.
//!
//! A keeper knows the accounts of this moment and prices that are `latency_secs` old. It flags whoever is below maintenance
//! margin by those prices; takes as much of a flagged book as the exit test and its own capital allow once the discount is
//! worth it; ends what passes the exit test; and clears debts. It works out beforehand what it would be left with. The
//! program judges by the prices of the moment, so what a late keeper sends may still be refused.

use crate::prediction::{bearable_legs, bearable_slice};
use ballast::{
    adapters::{engine::peg_e8, oracle},
    instructions::LegWanted,
    state::Portfolio,
};
use ballast_harness::Trader;
use ballast_risk::{
    legs::{penalty_e9, Rank},
    liquidation::{discount_e9, slice, slice_price, SliceBranch, SlicePlan, SliceTerms, WHOLE_E9},
    phase::Phase,
    MarginReport, Scratch,
};
use ballast_sdk::snapshot::{PreparedSnapshot, Snapshot};

/// Legs that the program ranks; books of more go by slices.
const LEGS_RANKED_MAX: usize = 32;
/// Legs named at once of a book of up to so many: each named is ranked anew, and units are limited.
const LEGS_NAMED: [(usize, usize); 3] = [(8, 4), (16, 2), (LEGS_RANKED_MAX, 1)];
/// Share of its equity that a keeper leaves free, percent: what it took may come to need half as much again before it is
/// below initial margin itself.
const RESERVE_PERCENT: i64 = 33;
/// Discount (or penalty) under which a transaction is not worth it, 1e-6 quote: what was taken must be hedged and sold.
const GAIN_MIN_E6: i64 = 50_000_000;
/// A slice is worth the lines it brings if it is this part of what may be taken.
const FRACTION_PARTS: u64 = 10;
/// What would end a liquidation is taken for less once nobody has touched it for so long, seconds: the clearing house's
/// operator asks somebody to.
const TIDIED_SECS: i64 = 300;

/// A keeper.
#[derive(Debug, Clone)]
pub struct Keeper {
    /// Owner and portfolio.
    pub trader: Trader,
    /// Its place among the accounts of the replay.
    pub place: usize,
    /// How old the prices are that it sees, seconds.
    pub latency_secs: i64,
    /// Least discount it takes a slice at, 1e-9.
    pub discount_min_e9: i64,
    /// Least share of the relieved margin it takes a leg for, 1e-9; none if it takes no legs.
    pub penalty_min_e9: Option<i64>,
}

/// What a keeper sends. `who` is the place of a portfolio among the accounts of the replay.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// `liquidation_start`.
    Flag(usize),
    /// `liquidate_slice`.
    Slice {
        /// Whose.
        who: usize,
        /// Fraction asked for, 1e-9.
        fraction_e9: u64,
    },
    /// `liquidate_legs`.
    Legs {
        /// Whose.
        who: usize,
        /// Named legs.
        legs: Vec<LegWanted>,
    },
    /// `liquidation_end`.
    End(usize),
    /// `collateral_convert`, up to so much, 1e-6 quote.
    Convert {
        /// Whose.
        who: usize,
        /// Most that is paid.
        quote_e6: u64,
    },
    /// `resolve_insolvency`.
    Resolve(usize),
}

impl Action {
    /// The portfolio acted on.
    #[must_use]
    pub fn who(&self) -> usize {
        match self {
            Self::Flag(who) | Self::End(who) | Self::Resolve(who) => *who,
            Self::Slice { who, .. } | Self::Legs { who, .. } | Self::Convert { who, .. } => *who,
        }
    }
}

/// What a keeper sees: accounts of now, prices of a little earlier.
pub struct View<'a> {
    /// Exchange, markets and prices.
    pub prices: &'a PreparedSnapshot<'a>,
    /// The time of the VM, unix seconds.
    pub now: i64,
    /// The keeper's own portfolio.
    pub own: &'a Portfolio,
    /// Its margin.
    pub own_margin: &'a MarginReport,
    /// Since when nobody has taken anything of the portfolio that is looked at, unix seconds.
    pub untouched_since: i64,
    /// Quote in the keeper's wallet, 1e-6.
    pub wallet_e6: u64,
    /// Working memory.
    pub scratch: &'a mut Scratch,
}

impl<'a> View<'a> {
    /// Exchange, markets and prices, as they were read.
    #[must_use]
    pub fn snapshot(&self) -> &'a Snapshot {
        self.prices.snapshot()
    }

    /// What the keeper may put in, 1e-6 quote.
    fn free_e6(&self) -> i64 {
        free_e6(self.own_margin)
    }
}

impl Keeper {
    /// What the keeper would send about one portfolio, with how much it is worth (1e-6 quote); none if nothing.
    #[must_use]
    pub fn consider(&self, view: &mut View, who: usize, portfolio: &Portfolio) -> Option<(i64, Action)> {
        let cash_e6 = portfolio.cash_at(&view.snapshot().exchange().cash_index());
        if cash_e6 < 0 && portfolio.line_count == 0 {
            let sells = portfolio.collateral.iter().any(|amount| *amount > 0);
            let resolves = || Some((i64::MAX, Action::Resolve(who)));
            return if sells { converts(view, who, cash_e6) } else { resolves() };
        }
        if portfolio.is_debt_free() {
            return portfolio.is_frozen().then_some((0, Action::End(who)));
        }
        view.snapshot().require(portfolio, oracle::Action::Liquidate).ok()?;
        let report = view.prices.margin_in(view.scratch, portfolio).ok()?;
        if !portfolio.is_frozen() {
            if report.excess_maintenance_e6 < 0 {
                // The clock of the discount is worth more than any slice.
                return Some((i64::MAX, Action::Flag(who)));
            }
            let sells = cash_e6 < 0 && portfolio.collateral.iter().any(|amount| *amount > 0);
            return sells.then(|| converts(view, who, cash_e6)).flatten();
        }
        if report.excess_exit_e6 >= 0 {
            return Some((0, Action::End(who)));
        }
        if view.own.is_frozen() {
            return None;
        }
        let running_secs = view.now - portfolio.liquidation.flagged_at;
        let plan = slice(&report, &terms(view.snapshot(), running_secs));
        let legs = self.legs(view, who, portfolio, (&report, &plan), running_secs);
        let slice = self.slice(view, who, portfolio, (&report, &plan), running_secs);
        legs.into_iter().chain(slice).max_by_key(|(gain_e6, _)| *gain_e6)
    }

    fn slice(
        &self,
        view: &mut View,
        who: usize,
        portfolio: &Portfolio,
        (report, plan): (&MarginReport, &SlicePlan),
        running_secs: i64,
    ) -> Option<(i64, Action)> {
        if discount_e9(running_secs) < self.discount_min_e9 || plan.branch == SliceBranch::Healthy {
            return None;
        }
        let most_e9 = plan.fraction_max_e9.min(phase_e9(view, portfolio)?);
        let asked_e9 = most_e9.min(affordable_e9(view.own_margin, report, plan));
        let untouched_secs = view.now - view.untouched_since.max(portfolio.liquidation.flagged_at);
        let is_worth_it = |fraction_e9: u64| {
            let tidies = fraction_e9 == plan.fraction_max_e9 && untouched_secs >= TIDIED_SECS;
            let is_large = fraction_e9 >= most_e9 / FRACTION_PARTS;
            fraction_e9 > 0 && (tidies || is_large && gain_e6(plan, fraction_e9) >= GAIN_MIN_E6)
        };
        if !is_worth_it(asked_e9) {
            return None;
        }
        let fraction_e9 = bearable_slice(view, portfolio, plan, asked_e9)?;
        is_worth_it(fraction_e9).then(|| (gain_e6(plan, fraction_e9), Action::Slice { who, fraction_e9 }))
    }

    fn legs(
        &self,
        view: &mut View,
        who: usize,
        portfolio: &Portfolio,
        (report, plan): (&MarginReport, &SlicePlan),
        running_secs: i64,
    ) -> Option<(i64, Action)> {
        let penalty = penalty_e9(running_secs);
        if self.penalty_min_e9.is_none_or(|least| penalty < least) || plan.pay_e6 <= 0 {
            return None;
        }
        let mut ranked = ranked(view, portfolio, report)?;
        ranked.sort_by(|a, b| a.0.cmp_first(&b.0));
        let (first, _) = ranked.first().copied()?;
        let gain = i128::from(first.relief_e6.min(report.maintenance_e6)) * i128::from(penalty);
        let gain_e6 = i64::try_from(gain / i128::from(WHOLE_E9)).ok()?;
        let named = LEGS_NAMED.iter().find(|(legs, _)| ranked.len() <= *legs)?.1;
        // What a leg relieves its owner of is about what its taker needs.
        let mut free = i128::from(view.free_e6());
        let mut legs = Vec::new();
        for (rank, leg) in ranked.into_iter().filter(|(rank, _)| rank.relief_e6 > 0).take(named) {
            let needs = i128::from(rank.relief_e6) * 3 / 2;
            let qty = i128::from(leg.qty_max_e6) * free.min(needs) / needs;
            let qty_max_e6 = u64::try_from(qty).ok()?;
            if qty_max_e6 == 0 {
                break;
            }
            free -= free.min(needs);
            legs.push(LegWanted { qty_max_e6, ..leg });
        }
        if gain_e6 < GAIN_MIN_E6 || legs.is_empty() {
            return None;
        }
        let legs = bearable_legs(view, portfolio, &legs)?;
        Some((gain_e6, Action::Legs { who, legs }))
    }
}

/// What a keeper may put in: its excess over initial margin but for the reserve, 1e-6 quote.
fn free_e6(own: &MarginReport) -> i64 {
    let reserve = i128::from(own.equity_initial_e6) * i128::from(RESERVE_PERCENT) / 100;
    i64::try_from(i128::from(own.excess_initial_e6) - reserve).unwrap_or(0).max(0)
}

/// What the phases of a book's markets still let go of it, 1e-9; none if a market is missing.
fn phase_e9(view: &View, book: &Portfolio) -> Option<u64> {
    let mut least_e9 = WHOLE_E9;
    for lines in book.held_lines().chunk_by(|a, b| a.market == b.market) {
        let market = view.snapshot().market(lines.first()?.market)?;
        let left_e6 = market.phase.engine().left_e6(market.open_interest_e6, market.share_base_e6, view.now);
        let gross_e6 = lines.iter().map(|line| line.calls_e6.abs() + line.puts_e6.abs()).sum();
        least_e9 = least_e9.min(Phase::fraction_max_e9(left_e6, gross_e6));
    }
    Some(least_e9)
}

/// What the discount on a fraction comes to, 1e-6 quote.
fn gain_e6(plan: &SlicePlan, fraction_e9: u64) -> i64 {
    let gain = i128::from(plan.discount_e6) * i128::from(fraction_e9) / i128::from(WHOLE_E9);
    i64::try_from(gain).unwrap_or(i64::MAX)
}

/// Buys collateral for a debt as far as the wallet reaches.
fn converts(view: &View, who: usize, cash_e6: i64) -> Option<(i64, Action)> {
    let quote_e6 = cash_e6.unsigned_abs().min(view.wallet_e6);
    (quote_e6 > 0).then_some((0, Action::Convert { who, quote_e6 }))
}

/// Every leg with its place in the order, none for a book too wide. Own strikes are in this scan and not in the program's,
/// so near an expiry the guess may be wrong and be refused.
fn ranked(view: &mut View, portfolio: &Portfolio, report: &MarginReport) -> Option<Vec<(Rank, LegWanted)>> {
    let mut all = Vec::new();
    if usize::from(portfolio.line_count) > LEGS_RANKED_MAX {
        return None;
    }
    for (at, line) in portfolio.held_lines().iter().enumerate() {
        for (is_put, qty_e6) in [(false, line.calls_e6), (true, line.puts_e6)] {
            if qty_e6 == 0 {
                continue;
            }
            let mut without = *portfolio;
            let left = &mut without.lines[at];
            *(if is_put { &mut left.puts_e6 } else { &mut left.calls_e6 }) = 0;
            let spot_e8 = view.snapshot().prices().market(line.market).ok()?.price_e8;
            let notional = i128::from(qty_e6.unsigned_abs()) * i128::from(spot_e8) / 100_000_000;
            let scan_e6 = view.prices.margin_in(view.scratch, &without).ok()?.scan_e6;
            let rank = Rank {
                relief_e6: report.scan_e6 - scan_e6,
                notional_e6: i64::try_from(notional).unwrap_or(i64::MAX),
            };
            let leg = LegWanted {
                market: line.market,
                expiry_slot: line.expiry_slot,
                strike_slot: line.strike_slot,
                is_put,
                qty_max_e6: qty_e6.unsigned_abs(),
            };
            all.push((rank, leg));
        }
    }
    (all.len() <= LEGS_RANKED_MAX).then_some(all)
}

/// Terms of an auction that has run for so long.
#[must_use]
pub fn terms(snapshot: &Snapshot, running_secs: i64) -> SliceTerms {
    let params = &snapshot.exchange().params;
    SliceTerms {
        discount_e9: discount_e9(running_secs),
        peg_e8: peg_e8(snapshot.prices()),
        dust_equity_e6: params.dust_equity_e6,
        mm_factor_e6: params.mm_factor_e6,
        exit_buffer_e6: params.exit_buffer_e6,
    }
}

/// The fraction of a book that the taker's initial margin and cash bear: margins of two books together are at most their
/// sum.
fn affordable_e9(own: &MarginReport, book: &MarginReport, plan: &SlicePlan) -> u64 {
    let price = slice_price(plan, WHOLE_E9);
    let cost = i128::from(price.price_e6) + i128::from(price.insurance_e6);
    let margin = i128::from(book.equity_initial_e6) - i128::from(book.initial_e6) - cost;
    let cash = i128::from(book.cash_e6) - cost;
    let free = i128::from(free_e6(own));
    let bears = |free: i128, change: i128| {
        if change >= 0 {
            return WHOLE_E9;
        }
        let fraction = free.max(0) * i128::from(WHOLE_E9) / -change;
        u64::try_from(fraction).unwrap_or(WHOLE_E9).min(WHOLE_E9)
    };
    bears(free, margin).min(bears(i128::from(own.cash_e6), cash))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: what a keeper can bear is limited by margin and by cash, and not by either where the slice brings it. Method: by
    /// hand, a slice that costs 100 and needs 1,000 for an owner with 300.
    #[test]
    fn capital_limits_a_slice() {
        let plan = SlicePlan {
            branch: SliceBranch::Solvent,
            fraction_max_e9: WHOLE_E9,
            pay_e6: 100,
            discount_e6: 0,
            counted_pay_e6: 100,
            quadratic_e6: 0,
            linear_e6: 0,
        };
        let book =
            MarginReport { initial_e6: 1_000, equity_initial_e6: 300, cash_e6: 500, ..Default::default() };
        let own =
            |excess_initial_e6, cash_e6| MarginReport { excess_initial_e6, cash_e6, ..Default::default() };
        // 400 against 800.
        assert_eq!(affordable_e9(&own(400, 1), &book, &plan), 500_000_000);
        assert_eq!(affordable_e9(&own(4_000, 1), &book, &plan), WHOLE_E9);
        assert_eq!(affordable_e9(&own(-1, 1), &book, &plan), 0);
        let poor = MarginReport { cash_e6: 0, ..book };
        assert_eq!(affordable_e9(&own(4_000, 50), &poor, &plan), 500_000_000);
        // A third of 900 stays free, so 303 of 600.
        let reserved = MarginReport { equity_initial_e6: 900, ..own(600, 1) };
        assert_eq!(free_e6(&reserved), 303);
    }
}

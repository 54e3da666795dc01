//! Losses of unchanged books against their margins.
//!
//! Every two hours each portfolio of the population that holds lines, is not under liquidation and is at or above maintenance
//! margin enters with its book, IM and MM of that moment. For the next day (the model's horizon), or to the window's end, the
//! *same* book is valued every hour at the prices of that hour: its options at mark, or at their payoff once they are
//! settled, and its collateral at spot; cash is left aside. The largest fall below its first value is the interval's loss.

use crate::figures::{Coverage, Interval};
use ballast::state::Portfolio;
use ballast_risk::{MarginReport, Scratch};
use ballast_sdk::snapshot::PreparedSnapshot;
use std::collections::BTreeSet;

/// Between two moments at which portfolios enter, seconds.
const ENTRY_SECS: i64 = 7_200;
/// Between two valuations, seconds.
const VALUE_SECS: i64 = 3_600;
/// Horizon, seconds: MPOR of the default parameters.
const HORIZON_SECS: i64 = 86_400;
/// Of smaller margins a loss is no ratio worth a word, 1e-6 quote.
const RATIO_FROM_E6: i64 = 1_000_000_000;

/// One portfolio from one moment on.
struct Member {
    who: usize,
    book: Box<Portfolio>,
    initial_e6: i64,
    maintenance_e6: i64,
    value_e6: i64,
    loss_e6: i64,
}

/// Portfolios that entered at one moment.
struct Cohort {
    start: i64,
    members: Vec<Member>,
}

/// All cohorts of a replay.
pub struct Cohorts {
    open: Vec<Cohort>,
    next_entry: i64,
    next_value: i64,
    coverage: Coverage,
    intervals: Vec<Interval>,
    beyond: (BTreeSet<usize>, BTreeSet<usize>),
}

impl Cohorts {
    /// The first portfolios enter at the start.
    #[must_use]
    pub fn new(start: i64) -> Self {
        Self {
            open: Vec::new(),
            next_entry: start,
            next_value: start + VALUE_SECS,
            coverage: Coverage::default(),
            intervals: Vec::new(),
            beyond: (BTreeSet::new(), BTreeSet::new()),
        }
    }

    /// Whether portfolios enter at this time.
    #[must_use]
    pub fn enters(&self, now: i64) -> bool {
        now >= self.next_entry
    }

    /// Portfolios enter with their reports.
    pub fn enter(&mut self, now: i64, all: impl Iterator<Item = (usize, Box<Portfolio>, MarginReport)>) {
        self.next_entry = now + ENTRY_SECS;
        let fit = all.filter(|(_, book, report)| {
            book.line_count > 0 && !book.is_frozen() && report.excess_maintenance_e6 >= 0
        });
        let members = fit.map(|(who, book, report)| Member {
            who,
            book,
            initial_e6: report.initial_e6,
            maintenance_e6: report.maintenance_e6,
            value_e6: value_e6(&report),
            loss_e6: 0,
        });
        self.open.push(Cohort { start: now, members: members.collect() });
    }

    /// Values every open book where it is time, and closes cohorts whose horizon is over.
    pub fn value(&mut self, now: i64, prices: &PreparedSnapshot, scratch: &mut Scratch) {
        if now < self.next_value {
            return;
        }
        self.next_value = now + VALUE_SECS;
        for member in self.open.iter_mut().flat_map(|cohort| &mut cohort.members) {
            if let Ok(report) = prices.margin_in(scratch, &member.book) {
                member.loss_e6 = member.loss_e6.max(member.value_e6 - value_e6(&report));
            }
        }
        let (over, open) =
            std::mem::take(&mut self.open).into_iter().partition(|cohort| now - cohort.start >= HORIZON_SECS);
        self.open = open;
        self.close(over);
    }

    fn close(&mut self, cohorts: Vec<Cohort>) {
        for cohort in cohorts {
            let mut covered = 0;
            for member in &cohort.members {
                covered += u64::from(self.judge(member));
            }
            self.intervals.push(Interval {
                start: cohort.start,
                portfolios: cohort.members.len() as u64,
                covered,
            });
        }
    }

    /// Counts one interval; says whether IM covered its loss.
    fn judge(&mut self, member: &Member) -> bool {
        let coverage = &mut self.coverage;
        coverage.intervals += 1;
        if member.loss_e6 > member.maintenance_e6 {
            coverage.beyond_maintenance += 1;
            self.beyond.1.insert(member.who);
        }
        let of_initial = i128::from(member.loss_e6) * 1_000_000 / i128::from(member.initial_e6.max(1));
        if member.initial_e6 >= RATIO_FROM_E6 {
            let of_initial_e6 = i64::try_from(of_initial).unwrap_or(i64::MAX);
            coverage.worst_of_initial_e6 = coverage.worst_of_initial_e6.max(of_initial_e6);
        }
        if member.loss_e6 > member.initial_e6 {
            coverage.beyond_initial += 1;
            self.beyond.0.insert(member.who);
            return false;
        }
        true
    }

    /// Closes everything at the window's end.
    #[must_use]
    pub fn finish(
        mut self,
        now: i64,
        prices: &PreparedSnapshot,
        scratch: &mut Scratch,
    ) -> (Coverage, Vec<Interval>) {
        self.next_value = now;
        self.value(now, prices, scratch);
        // Who entered this very moment has lived through nothing.
        let open = std::mem::take(&mut self.open).into_iter().filter(|cohort| cohort.start < now).collect();
        self.close(open);
        let coverage = &mut self.coverage;
        coverage.portfolios_beyond_initial = self.beyond.0.len() as u64;
        coverage.portfolios_beyond_maintenance = self.beyond.1.len() as u64;
        let covered = coverage.intervals - coverage.beyond_initial;
        coverage.covered_e6 = (covered * 1_000_000 / coverage.intervals.max(1)) as i64;
        (self.coverage, self.intervals)
    }
}

/// What a book is worth without its cash.
fn value_e6(report: &MarginReport) -> i64 {
    report.options_e6 + report.collateral_mark_e6
}

#[cfg(test)]
mod tests {
    use super::*;
    use ballast_harness::{
        world::{Kind, Surface},
        World,
    };

    /// Goal: a loss between MM and IM and one beyond both are told apart, by the worst hour. Method: a short put and a price
    /// that falls so far, then comes back.
    #[test]
    fn losses_are_held_against_margins() {
        for (price, beyond) in
            [(11_600_000_000_000, (0, 0)), (9_500_000_000_000, (0, 1)), (7_000_000_000_000, (1, 1))]
        {
            let mut world = World::standard().unwrap();
            let (expiry, strike) = (world.vm.now() + 20 * 86_400, 11_600_000_000_000);
            world.list_expiry("BTC", expiry, Surface::FLAT, &[strike]).unwrap();
            let (maker, seller) =
                (world.funded("m", 900_000_000_000).unwrap(), world.funded("s", 500_000_000_000).unwrap());
            let put = world.leg("BTC", expiry, strike, Kind::Put, -10_000_000);
            world.trade_at_mark(&maker, &seller, &[put]).unwrap();
            let start = world.vm.now();
            let (mut cohorts, mut scratch) = (Cohorts::new(start), bytemuck::zeroed_box());
            assert!(cohorts.enters(start));
            let book = world.portfolio_of(&seller);
            cohorts.enter(start, std::iter::once((0, book, world.margin(&seller).unwrap())));
            for price_e8 in [price, 11_600_000_000_000] {
                world.vm.advance(3_600);
                world.set_price("BTC", price_e8);
                cohorts.value(world.vm.now(), &world.snapshot().prepare(), &mut scratch);
            }
            let (coverage, intervals) =
                cohorts.finish(world.vm.now(), &world.snapshot().prepare(), &mut scratch);
            assert_eq!(
                (coverage.beyond_initial, coverage.beyond_maintenance),
                beyond,
                "{price}: {coverage:?}"
            );
            assert_eq!((coverage.intervals, intervals[0].covered), (1, 1 - beyond.0));
        }
    }
}

//! How often each invariant was checked, and how often it was broken.

use crate::invariants::{Broken, INV_1, INV_10, INV_11, INV_2, INV_3, INV_6};
use std::collections::BTreeMap;

/// What [`crate::invariants::check`] looks at, every time.
pub(crate) const OF_A_MOMENT: [&str; 6] = [INV_1, INV_2, INV_3, INV_6, INV_10, INV_11];

/// Checks of one invariant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Count {
    /// How often it was checked, the times it was broken included.
    pub checked: u64,
    /// How often it was broken.
    pub broken: u64,
}

/// Checks by invariant id, since the world began.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    counts: BTreeMap<&'static str, Count>,
    /// The first that was found broken.
    first: Option<Broken>,
    /// Whether a broken invariant is counted instead of ending everything.
    pub(crate) goes_on: bool,
}

impl Tally {
    /// Counts by id, in order of the id.
    #[must_use]
    pub fn counts(&self) -> &BTreeMap<&'static str, Count> {
        &self.counts
    }

    /// The first invariant that was found broken.
    #[must_use]
    pub fn first_broken(&self) -> Option<&Broken> {
        self.first.as_ref()
    }

    pub(crate) fn held(&mut self, ids: &[&'static str]) {
        ids.iter().for_each(|id| self.counts.entry(id).or_default().checked += 1);
    }

    pub(crate) fn broke(&mut self, broken: &Broken) {
        let count = self.counts.entry(broken.id).or_default();
        count.checked += 1;
        count.broken += 1;
        self.first.get_or_insert_with(|| broken.clone());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{invariants::broken, World};

    /// Goal: a tally counts what held and what broke, and keeps the first. Method: by hand.
    #[test]
    fn it_counts() {
        let mut tally = Tally::default();
        tally.held(&OF_A_MOMENT);
        tally.broke(&broken(INV_3, "first"));
        tally.broke(&broken(INV_2, "second"));
        assert_eq!(tally.counts()[INV_3], Count { checked: 2, broken: 1 });
        assert_eq!(tally.counts()[INV_1], Count { checked: 1, broken: 0 });
        assert_eq!(tally.first_broken().map(|first| first.found.as_str()), Some("first"));
    }

    /// Goal: a world counts every transaction. Method: a trade and a refusal; the trade has two sides to hold to margin.
    #[test]
    fn a_world_counts_its_checks() {
        use crate::world::{Kind, Surface};
        let mut world = World::standard().unwrap();
        let (friday, strike) = (world.vm.now() + 7 * 86_400, 12_000_000_000_000);
        world.list_expiry("BTC", friday, Surface::FLAT, &[strike]).unwrap();
        let (alice, bob) =
            (world.funded("alice", 50_000_000_000).unwrap(), world.funded("bob", 50_000_000_000).unwrap());
        let before = world.tally().counts().clone();
        let call = world.leg("BTC", friday, strike, Kind::Call, 100_000);
        world.trade_at_mark(&alice, &bob, &[call]).unwrap();
        world.flag(&alice).unwrap_err();
        let more = |id: &str| {
            let was = before.get(id).map_or(0, |count| count.checked);
            world.tally().counts()[id].checked - was
        };
        assert_eq!((more(INV_3), more("INV-4"), more("INV-9"), more("ATOMICITY")), (1, 2, 2, 1));
    }
}

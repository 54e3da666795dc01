//! INV-6: settlement prices are what the samples make them, and never change. The model here is risk.md §9 once more,
//! written plainly and of the events alone; it shares no code with program or engine.

use super::Watch;
use crate::{
    books::Books,
    invariants::{broken, Broken, INV_6},
};
use ballast::{
    events::{ExpirySettled, SOURCE_AUTHORITY, SOURCE_AVERAGE, SOURCE_FIRST_PRICE, SOURCE_PARTIAL_AVERAGE},
    state::EXPIRY_SETTLED,
};
use ballast_sdk::event::Event;

/// An expiry: market and time, unix seconds.
pub(super) type At = (u8, i64);
/// A sample: when it was published, unix seconds, and its price, 1e-8 quote.
pub(super) type Sample = (i64, u64);

/// Longest time that a sample counts for, seconds.
const SAMPLE_SECS_MAX: i64 = 60;
/// Share of a window that must be covered, percent.
const COVERED_LEAST: i64 = 80;
const HOUR_SECS: i64 = 3_600;

impl Watch {
    /// Keeps what samples a transaction added. Unwatched ones count too: they are in the window all the same.
    pub(super) fn keep_samples(&mut self, events: &[Event]) {
        for event in events {
            if let Event::SettlementSampled(sampled) = event {
                let samples = self.samples.entry((sampled.market, sampled.expiry_ts)).or_default();
                samples.push((sampled.publish_time, sampled.price_e8));
            }
        }
    }

    /// INV-6: every settlement price recorded by a transaction at `now` is the one that is due, by the samples kept.
    pub(super) fn check_settlements(&self, books: &Books, events: &[Event], now: i64) -> Result<(), Broken> {
        for event in events {
            let Event::ExpirySettled(settled) = event else { continue };
            let at = (settled.market, settled.expiry_ts);
            let samples = self.samples.get(&at).map_or(&[][..], Vec::as_slice);
            let window_secs = books.exchange.params.window_secs;
            let stored =
                settlement_prices(books).find(|(stored, _)| *stored == at).map(|(_, price_e8)| price_e8);
            check(settled, stored, due((samples, window_secs), settled, now))?;
        }
        Ok(())
    }

    /// INV-6: every settlement price seen before is the same now.
    pub(crate) fn check_settlement_prices(&self, books: &Books) -> Result<(), Broken> {
        for ((market, expiry_ts), settled_e8) in settlement_prices(books) {
            if let Some(before) =
                self.settled.get(&(market, expiry_ts)).filter(|before| **before != settled_e8)
            {
                let found =
                    format!("market {market} expiry {expiry_ts} settled at {before}, now {settled_e8}");
                return Err(broken(INV_6, found));
            }
        }
        Ok(())
    }
}

pub(super) fn settlement_prices(books: &Books) -> impl Iterator<Item = (At, u64)> + '_ {
    let expiries =
        books.markets.iter().flat_map(|market| market.expiries.iter().map(|expiry| (market.id, expiry)));
    let settled = expiries.filter(|(_, expiry)| expiry.status == EXPIRY_SETTLED);
    settled.map(|(market, expiry)| ((market, expiry.expiry_ts), expiry.settled_e8))
}

/// Source and price that are due; no price where it is the authority's to say.
type Due = Option<(u8, Option<u64>)>;

fn check(settled: &ExpirySettled, stored_e8: Option<u64>, due: Due) -> Result<(), Broken> {
    let price_e8 = settled.settled_e8;
    let holds = due.is_some_and(|(source, due_e8)| {
        source == settled.source && due_e8.is_none_or(|due_e8| due_e8 == price_e8)
    });
    if holds && stored_e8 == Some(price_e8) {
        return Ok(());
    }
    let (market, expiry_ts, source) = (settled.market, settled.expiry_ts, settled.source);
    let said = format!("market {market} expiry {expiry_ts} settled at {price_e8} of source {source}");
    Err(broken(INV_6, format!("{said}, stored is {stored_e8:?}, due is {due:?}")))
}

/// What is due at `now` (risk.md §9). None: nothing yet.
fn due((samples, window_secs): (&[Sample], i64), settled: &ExpirySettled, now: i64) -> Due {
    let (since_secs, expiry_ts) = (now - settled.expiry_ts, settled.expiry_ts);
    let window = (expiry_ts - window_secs, expiry_ts);
    let (average_e8, covered_secs) = average(samples.iter().copied(), window);
    if since_secs < 0 {
        return None;
    }
    if since_secs >= 6 * HOUR_SECS && covered_secs > 0 {
        return Some((SOURCE_PARTIAL_AVERAGE, Some(average_e8)));
    }
    if settled.first_price_e8 > 0 {
        let closing = [(expiry_ts, settled.first_price_e8)];
        let (average_e8, covered_secs) = average(samples.iter().copied().chain(closing), window);
        return Some(if covered_secs * 100 >= window_secs * COVERED_LEAST {
            (SOURCE_AVERAGE, Some(average_e8))
        } else {
            (SOURCE_FIRST_PRICE, Some(settled.first_price_e8))
        });
    }
    (since_secs >= 24 * HOUR_SECS && covered_secs == 0).then_some((SOURCE_AUTHORITY, None))
}

/// Average of samples (1e-8 quote, rounded down) and seconds they cover: each counts for the time from the one before,
/// or the start of the window, to its own.
fn average(samples: impl Iterator<Item = Sample>, (start, end): (i64, i64)) -> (u64, i64) {
    let (mut weighted, mut covered_secs, mut last) = (0u128, 0i64, start);
    for (time, price_e8) in samples {
        let secs = (time.min(end) - last).clamp(0, SAMPLE_SECS_MAX);
        weighted += u128::from(price_e8) * u128::from(secs.unsigned_abs());
        covered_secs += secs;
        last = last.max(time);
    }
    let average_e8 = weighted.checked_div(u128::from(covered_secs.unsigned_abs())).unwrap_or(0);
    (u64::try_from(average_e8).unwrap_or(u64::MAX), covered_secs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watch::scene::{tamper, Ask, Scene};
    use ballast::state::{ExpirySlot, Market};

    const USD_E8: u64 = 100_000_000;
    const EXPIRY: i64 = 10_000;
    const WINDOW_SECS: i64 = 1_800;

    /// What is due of a sample a minute for so many minutes before the expiry, at one price a minute.
    fn due_of(minutes: i64, first_e8: u64, since_secs: i64) -> Due {
        let samples: Vec<Sample> =
            (0..minutes).map(|at| (EXPIRY - (minutes - at) * 60, 100 + at.unsigned_abs())).collect();
        let settled = ExpirySettled {
            market: 0,
            expiry_slot: 0,
            expiry_ts: EXPIRY,
            settled_e8: 0,
            source: 0,
            covered_secs: 0,
            first_price_e8: first_e8,
        };
        due((&samples, WINDOW_SECS), &settled, EXPIRY + since_secs)
    }

    /// Goal: the model is the table of risk.md §9. Method: each of its rows, and the moments where one gives way to
    /// the next.
    #[test]
    fn the_model_is_the_table() {
        // Twenty-three samples that count for a minute each and the close: 24 of 30 minutes, just covered.
        assert_eq!(due_of(23, 200, 0), Some((SOURCE_AVERAGE, Some(114))));
        assert_eq!(due_of(22, 200, 0), Some((SOURCE_FIRST_PRICE, Some(200))));
        assert_eq!(due_of(1, 0, 6 * HOUR_SECS), Some((SOURCE_PARTIAL_AVERAGE, Some(100))));
        assert_eq!(due_of(1, 0, 6 * HOUR_SECS - 1), None);
        assert_eq!(due_of(0, 200, 6 * HOUR_SECS), Some((SOURCE_FIRST_PRICE, Some(200))));
        assert_eq!(due_of(0, 0, 24 * HOUR_SECS), Some((SOURCE_AUTHORITY, None)));
        assert_eq!(due_of(0, 0, 24 * HOUR_SECS - 1), None);
        assert_eq!(due_of(23, 200, -1), None);
    }

    /// A world at an expiry whose window was sampled, and the instruction that settles it.
    fn at_the_expiry() -> (Scene, Ask) {
        let mut scene = Scene::new();
        let (world, expiry_ts) = (&mut scene.world, scene.expiry_ts);
        world.vm.advance(expiry_ts - world.vm.now() - world.exchange().params.window_secs);
        for minute in 0..30 {
            world.set_price("BTC", (115_000 + minute) * USD_E8);
            world.sample("BTC", expiry_ts).expect("a sample");
            world.vm.advance(60);
        }
        world.set_price("BTC", 116_000 * USD_E8);
        let ask = scene.settle();
        (scene, ask)
    }

    fn change(scene: &mut Scene, change: impl FnOnce(&mut ExpirySlot)) {
        let (market, expiry_ts) = (scene.world.markets[0].address, scene.expiry_ts);
        tamper::<Market>(&mut scene.world, &market, |market| {
            change(
                market.expiries.iter_mut().find(|slot| slot.expiry_ts == expiry_ts).expect("it is listed"),
            );
        });
    }

    /// Goal: a settlement price that the samples do not make is found, and one that is not stored. Method: a window
    /// settled soundly; then the sum or its seconds changed before, or the stored price after.
    #[test]
    fn a_price_that_is_not_the_samples_is_found() {
        let (mut scene, ask) = at_the_expiry();
        assert_eq!(scene.found(&ask, |_, _| {}), Ok(()));
        let spoils: [fn(&mut ExpirySlot); 2] =
            [|slot| slot.sum.weighted_sum[0] += 3_000 * USD_E8, |slot| slot.sum.weight_secs /= 2];
        for spoil in spoils {
            let (mut scene, ask) = at_the_expiry();
            change(&mut scene, spoil);
            assert_eq!(scene.found(&ask, |_, _| {}), Err(INV_6));
        }
        let (mut scene, ask) = at_the_expiry();
        let found = scene.found(&ask, |scene, _| change(scene, |slot| slot.settled_e8 += 1));
        assert_eq!(found, Err(INV_6));
    }
}

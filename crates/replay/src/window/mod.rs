//! Price windows: what the markets did, as the feeds tell it.

mod recorded;
mod synthetic;
mod volatility;

pub use recorded::{recorded, NAMES as RECORDED};
pub use synthetic::{synthetic, NAMES as SYNTHETIC};

/// 1e-8 in one.
const ONE_E8: f64 = 100_000_000.0;
/// Longest time between two ticks, seconds: no price grows too old to liquidate on.
const TICK_SECS_MAX: i64 = 300;
/// Ticks inside a settlement window, seconds apart: what one sample may weigh.
const SAMPLE_SECS: i64 = 60;

/// Prices of one moment, in quote, in the order of [`Window::symbols`].
#[derive(Debug, Clone, PartialEq)]
pub struct Knot {
    /// Unix seconds.
    pub time: i64,
    /// Price of each market, in dollars.
    pub prices: Vec<f64>,
}

/// What ails the feeds for a while.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Ailment {
    /// From when, unix seconds.
    pub from: i64,
    /// Until when, unix seconds, exclusive.
    pub until: i64,
    /// What it is.
    pub kind: AilmentKind,
}

/// See [`Ailment`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AilmentKind {
    /// Nothing is published.
    Silent,
    /// The confidence is so many basis points of the price.
    Wide(u64),
}

/// A window.
#[derive(Debug, Clone, PartialEq)]
pub struct Window {
    /// Name, as `--window` takes it.
    pub name: String,
    /// What happens in it.
    pub title: String,
    /// Where prices and volatilities come from.
    pub source: String,
    /// Symbols of the markets.
    pub symbols: Vec<&'static str>,
    /// Prices, ascending by time; between two the price moves in a straight line.
    pub knots: Vec<Knot>,
    /// Volatility of each market in annual terms at given times, ascending; a straight line between.
    pub volatilities: Vec<Vec<(i64, f64)>>,
    /// Price of the quote currency in dollars at given times, ascending; a straight line between.
    pub peg: Vec<(i64, f64)>,
    /// Outages of the price feeds.
    pub ailments: Vec<Ailment>,
}

impl Window {
    /// First moment, unix seconds.
    #[must_use]
    pub fn start(&self) -> i64 {
        self.knots.first().map_or(0, |knot| knot.time)
    }

    /// Last moment, unix seconds.
    #[must_use]
    pub fn end(&self) -> i64 {
        self.knots.last().map_or(0, |knot| knot.time)
    }

    /// Prices at a time, 1e-8 quote.
    #[must_use]
    pub fn prices_e8(&self, time: i64) -> Vec<u64> {
        let after = self.knots.partition_point(|knot| knot.time <= time);
        let (Some(last), next) = (self.knots.get(after.saturating_sub(1)), self.knots.get(after)) else {
            return Vec::new();
        };
        let price = |place: usize| match next {
            Some(next) => {
                between((last.time, last.prices[place]), (next.time, next.prices[place]), time.max(last.time))
            }
            None => last.prices[place],
        };
        (0..last.prices.len()).map(|place| e8(price(place))).collect()
    }

    /// Volatility of a market at a time, 1e-6 a year.
    #[must_use]
    pub fn volatility_e6(&self, place: usize, time: i64) -> i64 {
        (along(&self.volatilities[place], time, 0.5) * 1e6).round() as i64
    }

    /// Price of the quote currency at a time, 1e-8 dollar.
    #[must_use]
    pub fn peg_e8(&self, time: i64) -> u64 {
        e8(along(&self.peg, time, 1.0))
    }

    /// What ails the feeds at a time.
    #[must_use]
    pub fn ailment(&self, time: i64) -> Option<AilmentKind> {
        self.ailments.iter().find(|ill| (ill.from..ill.until).contains(&time)).map(|ill| ill.kind)
    }

    /// When something is published and looked at: at every knot, each minute of the settlement windows that end at
    /// `expiries`, and otherwise at least every five minutes. Ascending, from the start to the end.
    #[must_use]
    pub fn ticks(&self, expiries: &[i64], window_secs: i64) -> Vec<i64> {
        let mut ticks: Vec<i64> = self.knots.iter().map(|knot| knot.time).collect();
        for expiry in expiries {
            ticks.extend((0..=window_secs / SAMPLE_SECS).map(|back| expiry - back * SAMPLE_SECS));
        }
        ticks.retain(|time| (self.start()..=self.end()).contains(time));
        ticks.sort_unstable();
        ticks.dedup();
        let mut all = Vec::with_capacity(ticks.len());
        for pair in ticks.windows(2) {
            all.push(pair[0]);
            let parts = (pair[1] - pair[0] + TICK_SECS_MAX - 1) / TICK_SECS_MAX;
            all.extend((1..parts).map(|part| pair[0] + (pair[1] - pair[0]) * part / parts));
        }
        all.extend(ticks.last());
        all
    }

    /// The same window cut after so many seconds.
    #[must_use]
    pub fn shortened(mut self, secs: i64) -> Self {
        let end = self.start() + secs;
        self.knots.retain(|knot| knot.time <= end);
        self
    }
}

fn e8(price: f64) -> u64 {
    (price * ONE_E8).round() as u64
}

fn between(from: (i64, f64), to: (i64, f64), time: i64) -> f64 {
    let share = (time - from.0) as f64 / (to.0 - from.0).max(1) as f64;
    from.1 + (to.1 - from.1) * share
}

/// The value at a time of a line given by its corners; before the first and after the last it is level.
fn along(corners: &[(i64, f64)], time: i64, none: f64) -> f64 {
    let after = corners.partition_point(|corner| corner.0 <= time);
    match (after.checked_sub(1).map(|at| corners[at]), corners.get(after)) {
        (Some(last), Some(next)) => between(last, *next, time),
        (Some(last), None) => last.1,
        (None, Some(next)) => next.1,
        (None, None) => none,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window() -> Window {
        Window {
            name: "test".to_owned(),
            title: String::new(),
            source: String::new(),
            symbols: vec!["BTC"],
            knots: [(0, 100.0), (1_000, 200.0), (7_200, 50.0)]
                .map(|(time, price)| Knot { time, prices: vec![price] })
                .to_vec(),
            volatilities: vec![vec![(0, 0.5), (100, 1.0)]],
            peg: vec![(0, 1.0), (100, 0.9)],
            ailments: vec![Ailment { from: 10, until: 20, kind: AilmentKind::Silent }],
        }
    }

    /// Goal: prices, volatilities and pegs lie on their lines. Method: at, between, before and after corners.
    #[test]
    fn lines_are_straight() {
        let window = window();
        assert_eq!(window.prices_e8(0), [10_000_000_000]);
        assert_eq!(window.prices_e8(500), [15_000_000_000]);
        assert_eq!(window.prices_e8(1_000), [20_000_000_000]);
        assert_eq!(window.prices_e8(99_999), [5_000_000_000]);
        assert_eq!(
            (window.volatility_e6(0, -5), window.volatility_e6(0, 50), window.volatility_e6(0, 900)),
            (500_000, 750_000, 1_000_000)
        );
        assert_eq!(window.peg_e8(50), 95_000_000);
        assert_eq!(
            (window.ailment(9), window.ailment(10), window.ailment(20)),
            (None, Some(AilmentKind::Silent), None)
        );
    }

    /// Goal: ticks leave no gap longer than allowed, meet every knot, and sample a settlement window each minute.
    /// Method: all of them.
    #[test]
    fn ticks_leave_no_gap() {
        let window = window();
        let ticks = window.ticks(&[3_600], 1_800);
        assert!(ticks.windows(2).all(|pair| (1..=TICK_SECS_MAX).contains(&(pair[1] - pair[0]))));
        assert!([0, 1_000, 3_600, 7_200].iter().all(|time| ticks.contains(time)));
        assert!((0..=30).all(|back| ticks.contains(&(3_600 - 60 * back))));
        assert_eq!((ticks[0], ticks[ticks.len() - 1]), (0, 7_200));
    }
}

//! The market of the demo: real prices, where they come from, and how they reach the program.
//!
//! Nothing here is made up. Spot: Binance spot (USDT), 5-minute bars of 10 to 13 October 2025; "open" is the first trade of a
//! bar, "low" the lowest of one. Between two of these prices the demo goes on publishing the last. Volatility: Deribit's
//! index DVOL for BTC, daily closes. No index of ETH and SOL is at hand, so theirs is BTC's times the ratio of realised
//! volatilities: 30 daily closes to 9 October 2025, Binance spot, mean taken as zero.

use ballast_risk::fixed::mul_div_floor_i64;

/// Where the prices come from.
pub const SPOT_SOURCE: &str =
    "Binance spot, 5-minute bars, 10 to 13 October 2025 (UTC); between two the last is published on";
/// Where the volatilities come from.
pub const VOLATILITY_SOURCE: &str = "BTC: Deribit DVOL, daily closes (9 October; from 20:55 10 October; Monday 12 October); ETH and \
     SOL:\nBTC's times the ratio of 30-day realised volatilities (Binance spot, daily closes to 9 October 2025)";
/// What is assumed besides.
pub const ASSUMED: &str =
    "a price's average is an hour's, its confidence 0.05 %; trades are at the program's own mark";

/// The underlyings, in the order of every array here.
pub const SYMBOLS: [&str; 3] = ["BTC", "ETH", "SOL"];
/// Place of each in [`SYMBOLS`].
pub const BTC: usize = 0;
/// See [`BTC`].
pub const ETH: usize = 1;
/// See [`BTC`].
pub const SOL: usize = 2;

/// 10 October 2025, 00:00 UTC.
const MIDNIGHT: i64 = 1_760_054_400;
/// The demo begins: 10 October, 20:00 UTC, an hour before the fall.
pub const START: i64 = at(10, 20, 0);
/// The near expiry: Monday 13 October, 08:00 UTC.
pub const NEAR: i64 = at(13, 8, 0);
/// The far expiry: Friday 31 October, 08:00 UTC.
pub const FAR: i64 = at(31, 8, 0);

/// A time of October 2025, unix seconds.
const fn at(day: i64, hour: i64, minute: i64) -> i64 {
    MIDNIGHT + (day - 10) * 86_400 + hour * 3_600 + minute * 60
}

/// Which price of a bar was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Print {
    /// The first of the bar that begins at this time.
    Open,
    /// The lowest of the bar around this time.
    Low,
}

/// Prices of one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Unix seconds.
    pub time: i64,
    /// What the prices are.
    pub print: Print,
    /// In the order of [`SYMBOLS`], 1e-8 quote.
    pub prices_e8: [u64; 3],
}

/// Prices in cents.
const fn open(time: i64, cents: [u64; 3]) -> Moment {
    Moment { time, print: Print::Open, prices_e8: e8(cents) }
}

const fn low(time: i64, cents: [u64; 3]) -> Moment {
    Moment { time, print: Print::Low, prices_e8: e8(cents) }
}

const fn e8(cents: [u64; 3]) -> [u64; 3] {
    const E8_PER_CENT: u64 = 1_000_000;
    [cents[0] * E8_PER_CENT, cents[1] * E8_PER_CENT, cents[2] * E8_PER_CENT]
}

/// The calm hour before.
pub const CALM: [Moment; 3] = [
    open(START, [11_666_150, 399_756, 20_531]),
    open(at(10, 20, 30), [11_706_591, 402_440, 20_760]),
    open(at(10, 20, 50), [11_689_080, 401_342, 20_723]),
];

/// The fall.
pub const FALL: [Moment; 4] = [
    open(at(10, 20, 55), [11_540_600, 392_758, 20_390]),
    open(at(10, 21, 5), [11_506_201, 391_099, 19_814]),
    open(at(10, 21, 15), [11_220_936, 373_116, 18_734]),
    open(at(10, 21, 20), [10_411_385, 350_060, 18_005]),
];

/// The lows of the bar 21:20. A bar does not say when its low was: here it is two minutes in.
pub const LOW: Moment = low(at(10, 21, 22), [10_200_000, 343_500, 17_200]);

/// What came after that evening.
pub const RECOVERY: [Moment; 2] =
    [open(at(10, 21, 30), [10_843_209, 360_317, 17_476]), open(at(10, 22, 0), [11_345_187, 395_000, 19_341])];

/// Monday's settlement window, and the price at the expiry.
pub const WINDOW: [Moment; 7] = [
    open(at(13, 7, 30), [11_549_380, 418_837, 19_933]),
    open(at(13, 7, 35), [11_543_477, 418_291, 19_836]),
    open(at(13, 7, 40), [11_547_534, 419_084, 19_864]),
    open(at(13, 7, 45), [11_542_992, 418_789, 19_797]),
    open(at(13, 7, 50), [11_518_811, 416_676, 19_637]),
    open(at(13, 7, 55), [11_524_919, 417_199, 19_674]),
    open(at(13, 8, 0), [11_539_966, 417_829, 19_680]),
];

/// DVOL at the close of 9 October, 1e-6 a year.
const DVOL_9_E6: i64 = 397_300;
/// DVOL at the close of 10 October, 1e-6 a year.
const DVOL_10_E6: i64 = 441_100;
/// DVOL at the close of 12 October, 1e-6 a year.
const DVOL_12_E6: i64 = 462_400;
/// Realised volatilities over 30 days to 9 October, 1e-6 a year, in the order of [`SYMBOLS`].
pub const REALISED_E6: [i64; 3] = [301_788, 559_222, 716_458];

/// The volatilities published at a time, 1e-6 a year, in the order of [`SYMBOLS`]: that of 9 October until the fall
/// begins, then that of 10 October, on Monday that of 12 October. Closes are all the data has; the way between is not in it.
#[must_use]
pub fn volatilities_e6(time: i64) -> [i64; 3] {
    let bitcoin_e6 = if time < FALL[0].time {
        DVOL_9_E6
    } else if time < at(13, 0, 0) {
        DVOL_10_E6
    } else {
        DVOL_12_E6
    };
    REALISED_E6.map(|own_e6| mul_div_floor_i64(bitcoin_e6, own_e6, REALISED_E6[BTC]).unwrap_or(bitcoin_e6))
}

/// The prices of the settlement window at a time in it, 1e-8 quote: the last print.
#[must_use]
pub fn window_prices_e8(time: i64) -> [u64; 3] {
    let last = WINDOW.iter().rev().find(|moment| moment.time <= time);
    last.unwrap_or(&WINDOW[0]).prices_e8
}

/// The moving average that a price feed publishes beside the price: exponential, over an hour, as Pyth's is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MovingAverage {
    /// 1e-8 quote, in the order of [`SYMBOLS`].
    values: [f64; 3],
    time: i64,
}

impl MovingAverage {
    const SPAN_SECS: f64 = 3_600.0;

    /// Begins at the prices.
    #[must_use]
    pub fn new(moment: &Moment) -> Self {
        Self { values: moment.prices_e8.map(|price| price as f64), time: moment.time }
    }

    /// The averages when these prices are published, 1e-8 quote.
    pub fn after(&mut self, time: i64, prices_e8: [u64; 3]) -> [u64; 3] {
        let keep = (-((time - self.time) as f64) / Self::SPAN_SECS).exp();
        self.time = time;
        for (value, price) in self.values.iter_mut().zip(prices_e8) {
            *value = price as f64 + (*value - price as f64) * keep;
        }
        self.values.map(|value| value.round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: time runs forward over the whole tape. Method: walk it.
    #[test]
    fn the_tape_runs_forward() {
        let tape: Vec<Moment> = [&CALM[..], &FALL, &[LOW], &RECOVERY, &WINDOW].concat();
        assert!(tape.windows(2).all(|pair| pair[0].time < pair[1].time));
        assert_eq!((tape[0].time, tape[tape.len() - 1].time), (START, NEAR));
        assert_eq!(START, 1_760_126_400);
    }

    /// Goal: volatilities keep their ratio and follow the closes. Method: before and after.
    #[test]
    fn volatilities_follow_the_index() {
        assert_eq!(volatilities_e6(START), [397_300, 736_208, 943_207]);
        assert_eq!(volatilities_e6(FALL[0].time)[BTC], 441_100);
        assert_eq!(volatilities_e6(NEAR)[BTC], 462_400);
    }

    /// Goal: the average lags the price by an hour. Method: one hour at half the price.
    #[test]
    fn the_average_lags() {
        let mut average = MovingAverage::new(&CALM[0]);
        let half = CALM[0].prices_e8.map(|price| price / 2);
        let after = average.after(START + 3_600, half);
        let share = after[BTC] as f64 / CALM[0].prices_e8[BTC] as f64;
        assert!((share - 0.684).abs() < 1e-3, "{share}");
    }
}

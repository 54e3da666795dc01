//! The exchange of a replay: its markets at the window's first prices, three expiries, 64 strikes in all.
//!
//! All strikes together are as many as a portfolio has lines, so that any portfolio can hold any book, and books of 64 legs
//! are among them. Two expiries fall into the window and are settled in it; the third is a month later.

use crate::window::Window;
use anyhow::{Context, Result};
use ballast_harness::{
    feeds,
    vm::StartError,
    world::{CollateralSpec, MarketSpec, Surface},
    PriceUpdate, World,
};

const HOUR_SECS: i64 = 3_600;
const DAY_SECS: i64 = 86_400;
const YEAR_SECS: f64 = 31_536_000.0;
/// The first expiry, as a share of the window, and the second before its end.
const FIRST_SHARE: f64 = 0.55;
const SECOND_BEFORE_END_SECS: i64 = 2 * HOUR_SECS;
const THIRD_AFTER_SECS: i64 = 30 * DAY_SECS;
/// Strikes lie within so many deviations of the price, for five days at least.
const REACH: f64 = 2.2;
const SPREAD_SECS_MIN: i64 = 5 * DAY_SECS;
/// Dollars: cap of a market's open interest, and the base its phases and shares are measured against while it is small.
const CAP_USD: f64 = 400e6;
const BASE_USD: f64 = 20e6;
const UNIT_E6: f64 = 1e6;

/// What can be traded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// Symbols of the markets, by id.
    pub symbols: Vec<&'static str>,
    /// The three expiries, unix seconds.
    pub expiries: [i64; 3],
    /// Strikes (1e-8 quote, ascending) by market and expiry.
    pub strikes_e8: Vec<[Vec<u64>; 3]>,
    /// The collateral asset: the last market's coin.
    pub coin: &'static str,
    /// Decimals of the coin's token.
    pub coin_decimals: u8,
}

impl Listing {
    /// The listing of a window.
    #[must_use]
    pub fn of(window: &Window) -> Self {
        let length = window.end() - window.start();
        let hour = |secs: i64| secs / HOUR_SECS * HOUR_SECS;
        let expiries = [
            window.start() + hour((length as f64 * FIRST_SHARE) as i64),
            window.start() + hour(length - SECOND_BEFORE_END_SECS),
            window.end() + THIRD_AFTER_SECS,
        ];
        let counts: &[[usize; 3]] = match window.symbols.len() {
            1 => &[[22, 21, 21]],
            2 => &[[11, 11, 11], [11, 10, 10]],
            _ => &[[8, 8, 8], [7, 7, 7], [7, 6, 6]],
        };
        let strikes_e8 = counts.iter().enumerate().map(|(place, counts)| {
            let of = |at: usize| strikes(window, place, expiries[at], counts[at]);
            [of(0), of(1), of(2)]
        });
        let coin = window.symbols.last().copied().unwrap_or("BTC");
        Self {
            symbols: window.symbols.clone(),
            expiries,
            strikes_e8: strikes_e8.collect(),
            coin,
            coin_decimals: if coin == "SOL" { 9 } else { 8 },
        }
    }

    /// The two expiries that are settled in the window.
    #[must_use]
    pub fn settling(&self) -> &[i64] {
        &self.expiries[..2]
    }
}

/// Strikes around the first price, evenly in deviations, on four digits.
fn strikes(window: &Window, place: usize, expiry: i64, count: usize) -> Vec<u64> {
    let spot = window.knots[0].prices[place];
    let secs = (expiry - window.start()).max(SPREAD_SECS_MIN);
    let vol = window.volatility_e6(place, window.start()) as f64 / 1e6;
    let deviation = vol * libm::sqrt(secs as f64 / YEAR_SECS);
    let tick = libm::pow(10.0, libm::floor(libm::log10(spot)) - 3.0);
    let at = |step: usize| {
        let reach = REACH * (2.0 * step as f64 / (count - 1) as f64 - 1.0);
        let strike = libm::round(spot * libm::exp(reach * deviation) / tick) * tick;
        (strike * 1e8).round() as u64
    };
    (0..count).map(at).collect()
}

/// Makes the exchange: markets and coin listed, prices, peg and volatilities posted.
///
/// # Errors
/// The program's binary is missing, or something is refused.
pub fn open(window: &Window, listing: &Listing) -> Result<World> {
    exchange(window).map_err(|error| anyhow::anyhow!("{error}")).and_then(|mut world| {
        for (place, symbol) in listing.symbols.iter().enumerate() {
            world.add_market(&spec(window, place, symbol)).context("a market")?;
        }
        let price_e8 = window.prices_e8(window.start())[listing.symbols.len() - 1];
        let feed_id = world.feed_id(listing.coin);
        let mut coin = CollateralSpec::new(listing.coin, feed_id, price_e8, listing.coin_decimals);
        (coin.haircut_e6, coin.hard_cap) = (100_000, 100_000_000);
        world.add_collateral(&coin).context("collateral")?;
        for (symbol, strikes) in listing.symbols.iter().zip(&listing.strikes_e8) {
            for (expiry, strikes) in listing.expiries.iter().zip(strikes) {
                world.list_expiry(symbol, *expiry, Surface::default(), strikes).context("an expiry")?;
            }
        }
        Ok(world)
    })
}

/// An exchange that takes its quote currency at the price of a feed.
fn exchange(window: &Window) -> Result<World, StartError> {
    let mut world = World::bare(window.start())?;
    world.post(PriceUpdate::new(feeds::USDC, window.peg_e8(window.start()), window.start()));
    let mut args = world.exchange_args();
    args.peg_feed_id = feeds::USDC;
    world.create_exchange(args)?;
    Ok(world)
}

fn spec(window: &Window, place: usize, symbol: &str) -> MarketSpec {
    let mut spec = match symbol {
        "BTC" => MarketSpec::btc(),
        "ETH" => MarketSpec::eth(),
        _ => MarketSpec::sol(),
    };
    spec.spot_e8 = window.prices_e8(window.start())[place];
    let vol_e6 = window.volatility_e6(place, window.start());
    (spec.args.vol_e6, spec.args.vol_ref_e6, spec.args.realised_e6) = (vol_e6, vol_e6, vol_e6);
    let units_e6 = |dollars: f64| (dollars / window.knots[0].prices[place] * UNIT_E6).round() as i64;
    spec.args.open_interest_cap_e6 = units_e6(CAP_USD);
    spec.args.series_cap_e6 = units_e6(CAP_USD / 4.0);
    spec.args.share_base_e6 = units_e6(BASE_USD);
    spec
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::window::synthetic;

    /// Goal: 64 strikes that differ, two expiries inside the window and one behind it, on an exchange that lists them all.
    /// Method: a synthetic window.
    #[test]
    fn a_listing_is_full() {
        let window = synthetic("gap", 1).unwrap();
        let listing = Listing::of(&window);
        let all = || listing.strikes_e8.iter().flatten();
        assert_eq!(all().map(Vec::len).sum::<usize>(), ballast::constants::LINES);
        assert!(all().all(|strikes| strikes.windows(2).all(|pair| pair[0] < pair[1])));
        assert!(window.start() < listing.expiries[0] && listing.expiries[1] < window.end());
        let world = open(&window, &listing).unwrap();
        assert_eq!(world.markets.len(), 3);
        assert!(world.exchange().has_peg_feed());
    }
}

//! Random exchanges, markets, prices and portfolios as stored accounts, from a seed.
//!
//! Written straight into a VM they cover in seconds what no sequence of trades would reach: every phase of an expiry, every
//! flag, parameters anywhere inside their bounds, prices over nine orders of magnitude. They respect what the program
//! guarantees of its own accounts (lines sorted, slots that exist, bounds of parameters) and nothing else.

mod holdings;
mod markets;

pub use ballast_harness::choice::Choice;

use anchor_lang::prelude::Pubkey;
use ballast::{
    constants::{ACCOUNT_VERSION, EXCHANGE_DEFAULTS, MARKETS},
    state::{CorrelationGroup, Exchange, ExchangeParams, Market, Portfolio},
};
use ballast_harness::{world::TEN_TENTEN, PriceUpdate};
use ballast_sdk::account::Stored;
use solana_account::Account;

/// Feed of the quote currency in dollars.
const PEG_FEED: [u8; 32] = [0xee; 32];
/// Longest age at which a price still serves for looking, seconds.
const STALE_SECS: i64 = 300;

/// One random exchange with one portfolio and the prices of one moment.
pub struct RandomBook {
    /// The moment, unix seconds.
    pub now: i64,
    /// The exchange.
    pub exchange: Box<Exchange>,
    /// Its markets by id; their addresses are in the exchange.
    pub markets: Vec<Box<Market>>,
    /// The portfolio.
    pub portfolio: Box<Portfolio>,
    /// An update of every feed that the exchange knows.
    pub updates: Vec<PriceUpdate>,
}

impl RandomBook {
    /// The book of a seed.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut choice = Choice::new(seed);
        let now = TEN_TENTEN + choice.between(0, 1_000_000);
        let mut exchange = exchange(&mut choice);
        let count = choice.count(1, 10);
        let mut spots_e8 = Vec::with_capacity(count);
        let mut markets: Vec<Box<Market>> = Vec::with_capacity(count);
        for id in 0..count {
            let spot_e8 = choice.octaves(10_000, 20_000_000_000_000);
            let market = markets::market(&mut choice, u8::try_from(id).unwrap_or(0), spot_e8, now);
            exchange.markets[id] = Pubkey::new_from_array([u8::try_from(id).unwrap_or(0) + 1; 32]);
            exchange.market_feeds[id] = market.feed_id;
            exchange.market_count += 1;
            spots_e8.push(spot_e8);
            markets.push(market);
        }
        let assets = holdings::collaterals(&mut choice, &mut exchange, &spots_e8);
        let portfolio = holdings::portfolio(&mut choice, &mut exchange, &mut markets, &assets, &spots_e8);
        let mut updates: Vec<PriceUpdate> = Vec::new();
        for (market, spot_e8) in markets.iter().zip(&spots_e8) {
            updates.push(update(&mut choice, market.feed_id, *spot_e8, now));
        }
        for (feed_id, price_e8) in assets.iter().filter(|(feed, _)| exchange.market_of_feed(feed).is_none()) {
            updates.push(update(&mut choice, *feed_id, *price_e8, now));
        }
        if exchange.has_peg_feed() {
            let peg_e8 = choice.between(90_000_000, 101_000_000).unsigned_abs();
            updates.push(update(&mut choice, PEG_FEED, peg_e8, now));
        }
        Self { now, exchange, markets, portfolio, updates }
    }
}

/// A struct of the program as an account of its own.
#[must_use]
pub fn stored<T: Stored>(value: &T) -> Account {
    Account {
        lamports: 1_000_000_000,
        data: [T::DISCRIMINATOR, bytemuck::bytes_of(value)].concat(),
        owner: ballast::ID,
        executable: false,
        rent_epoch: u64::MAX,
    }
}

fn exchange(choice: &mut Choice) -> Box<Exchange> {
    let mut exchange = bytemuck::zeroed_box::<Exchange>();
    exchange.version = ACCOUNT_VERSION;
    exchange.peg_e8 = 100_000_000;
    exchange.params = if choice.one_in(3) { parameters(choice) } else { EXCHANGE_DEFAULTS };
    if choice.one_in(2) {
        exchange.peg_feed_id = PEG_FEED;
    }
    for group in &mut exchange.groups {
        let measure = u8::from(choice.one_in(3));
        *group = CorrelationGroup { rho_e6: choice.between(0, 800_000), measure, padding: [0; 7] };
    }
    exchange
}

/// Parameters of an exchange anywhere inside the bounds of `exchange_init`.
fn parameters(choice: &mut Choice) -> ExchangeParams {
    ExchangeParams {
        rate_e6: choice.between(0, 500_000),
        conf_z_e6: choice.between(1_000_000, 8_000_000),
        window_secs: choice.between(300, 86_400),
        long_weight_e6: choice.between(0, 1_000_000),
        mm_factor_e6: choice.between(500_000, 1_000_000),
        exit_buffer_e6: choice.between(0, 1_000_000),
        haircut_max_e6: choice.between(0, 1_000_000),
        dust_equity_e6: choice.between(0, 10_000_000_000),
        ..EXCHANGE_DEFAULTS
    }
}

/// A good update near a price: calm or wild, fresh or stale, at any exponent that still shows four digits.
fn update(choice: &mut Choice, feed_id: [u8; 32], price_e8: u64, now: i64) -> PriceUpdate {
    let finest = if price_e8 < 1_000_000_000_000 { -12 } else { -8 };
    let coarsest = if price_e8 < 10_000_000_000 { -8 } else { -5 };
    let exponent = i32::try_from(choice.between(finest, coarsest)).unwrap_or(-8);
    let digits = |e8: u64| match exponent + 8 {
        up @ 0.. => e8 / 10u64.pow(up.unsigned_abs()),
        down => e8 * 10u64.pow(down.unsigned_abs()),
    };
    let conf_bps = if choice.one_in(5) { choice.between(0, 1_500) } else { choice.between(0, 50) };
    let gap_e6 = if choice.one_in(4) { choice.between(400_000, 2_500_000) } else { 1_000_000 };
    let age_secs = if choice.one_in(6) { choice.between(61, STALE_SECS) } else { choice.between(0, 60) };
    let ema_e8 = u128::from(price_e8) * u128::from(gap_e6.unsigned_abs()) / 1_000_000;
    let ema_e8 = u64::try_from(ema_e8).unwrap_or(u64::MAX);
    let good = PriceUpdate::new(feed_id, digits(price_e8), now - age_secs).at_exponent(exponent);
    good.wide(conf_bps.unsigned_abs()).averaging(digits(ema_e8))
}

const _: () = assert!(MARKETS >= 10, "a random exchange has up to ten markets");

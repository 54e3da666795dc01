//! A small exchange made by hand for this crate's own tests: BTC (id 0) and SOL (id 1), SOL as collateral.

use crate::{fill::Order, snapshot::Snapshot};
use ballast::{
    adapters::oracle::Price,
    constants::{ACCOUNT_VERSION, EXCHANGE_DEFAULTS, MARKET_DEFAULTS},
    instructions::Leg,
    state::{
        CorrelationGroup, Exchange, Market, Portfolio, StrikeSlot, COLLATERAL_ACTIVE, EXPIRY_LISTED,
        VOLATILITY_FEED_ACCOUNT,
    },
};
use ballast_risk::Strike;

pub const NOW: i64 = 1_760_126_400;
pub const BTC: u8 = 0;
pub const SOL: u8 = 1;
pub const UNIT_E6: i64 = 1_000_000;
pub const USD_E6: i64 = 1_000_000;
pub const USD_E8: u64 = 100_000_000;
/// Strikes of both expiries of BTC, thousand dollars.
pub const STRIKES: [u64; 5] = [90, 100, 110, 120, 130];
const SPOTS_E8: [u64; 2] = [11_000_000_000_000, 20_000_000_000];
const VOLS_E6: [i64; 2] = [450_000, 850_000];

pub fn feed(market: u8) -> [u8; 32] {
    [market + 1; 32]
}

pub fn price(price_e8: u64) -> Price {
    Price {
        price_e8,
        conf_e8: price_e8 / 2_000,
        ema_e8: price_e8,
        publish_time: NOW,
        prev_publish_time: NOW - 1,
    }
}

pub fn snapshot() -> Snapshot {
    let mut exchange = bytemuck::zeroed_box::<Exchange>();
    exchange.version = ACCOUNT_VERSION;
    exchange.market_count = 2;
    exchange.params = EXCHANGE_DEFAULTS;
    exchange.groups = [CorrelationGroup { rho_e6: 500_000, measure: 0, padding: [0; 7] }; 4];
    exchange.market_feeds[0] = feed(BTC);
    exchange.market_feeds[1] = feed(SOL);
    exchange.collateral_count = 1;
    let asset = &mut exchange.collaterals[0];
    asset.status = COLLATERAL_ACTIVE;
    asset.market_plus_one = SOL + 1;
    asset.feed_id = feed(SOL);
    asset.decimals = 9;
    asset.haircut_e6 = 100_000;
    asset.haircut_slope_e6 = 100_000;
    asset.deposits = 1_000_000_000_000;
    let markets = [market(BTC), market(SOL)];
    let mut snapshot = Snapshot::new(&exchange, markets.iter().map(Box::as_ref), NOW);
    for id in [BTC, SOL] {
        snapshot.set_price(&feed(id), price(SPOTS_E8[usize::from(id)]));
    }
    snapshot
}

fn market(id: u8) -> Box<Market> {
    let mut market = bytemuck::zeroed_box::<Market>();
    market.version = ACCOUNT_VERSION;
    market.id = id;
    market.volatility_kind = VOLATILITY_FEED_ACCOUNT;
    market.open_interest_cap_e6 = 100_000 * UNIT_E6;
    market.series_cap_e6 = 50_000 * UNIT_E6;
    market.share_base_e6 = 10_000 * UNIT_E6;
    market.params = MARKET_DEFAULTS;
    let vol_e6 = VOLS_E6[usize::from(id)];
    market.volatility.vol_e6 = vol_e6;
    market.volatility.vol_margin_e6 = vol_e6;
    market.volatility.vol_ref_e6 = vol_e6;
    market.volatility.vol_time = NOW;
    for (slot, days) in [7, 30].into_iter().enumerate() {
        let expiry = &mut market.expiries[slot];
        expiry.status = EXPIRY_LISTED;
        expiry.expiry_ts = NOW + days * 86_400;
        expiry.atm_e6 = 1_000_000;
        expiry.strike_count = 5;
        for (place, thousand) in expiry.strikes.iter_mut().zip(STRIKES) {
            let divisor = if id == SOL { 500 } else { 1 };
            let strike = Strike::new(thousand * 1_000 * USD_E8 / divisor);
            *place = StrikeSlot { price_e8: strike.price_e8, ln_q40: strike.ln_q40, calls_e6: 0, puts_e6: 0 };
        }
    }
    market
}

pub fn portfolio(cash_e6: i64) -> Box<Portfolio> {
    let mut portfolio = bytemuck::zeroed_box::<Portfolio>();
    portfolio.version = ACCOUNT_VERSION;
    portfolio.cash_e6 = cash_e6;
    portfolio
}

/// A leg of BTC's expiry in 30 days.
pub fn leg(strike_slot: u8, is_put: bool, qty_e6: i64) -> Leg {
    Leg { market: BTC, expiry_slot: 1, strike_slot, is_put, qty_e6 }
}

/// An order at mark for BTC's expiry in 30 days.
pub fn order(snapshot: &Snapshot, strike_slot: u8, is_put: bool, is_sale: bool) -> Order {
    let price_e8 = snapshot.mark_e8(BTC, 1, strike_slot, is_put).unwrap();
    Order { market: BTC, expiry_slot: 1, strike_slot, is_put, is_sale, price_e8 }
}

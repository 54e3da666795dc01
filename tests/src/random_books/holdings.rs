//! Random collateral, lines and cash, with the open interest that goes with them.

use super::Choice;
use anchor_lang::prelude::Pubkey;
use ballast::{
    constants::{ACCOUNT_VERSION, COLLATERALS, LINES, UNDERLYINGS},
    state::{CollateralAsset, Exchange, Market, Portfolio, PositionLine, COLLATERAL_ACTIVE},
};

/// Prices are 1e-8 quote, quantities 1e-6 unit, money 1e-6 quote.
const PRICE_SCALE: u128 = 100_000_000;
const USD_E6: u64 = 1_000_000;

/// Lists collateral assets; returns the feed and price (1e-8 quote) of each.
pub(super) fn collaterals(
    choice: &mut Choice,
    exchange: &mut Exchange,
    spots_e8: &[u64],
) -> Vec<([u8; 32], u64)> {
    let mut assets = Vec::new();
    for index in 0..choice.count(0, COLLATERALS) {
        let number = u8::try_from(index).unwrap_or(0);
        let market = choice.count(0, spots_e8.len() * 2);
        let linked = spots_e8
            .get(market)
            .filter(|_| assets.iter().all(|(feed, _)| *feed != exchange.market_feeds[market]));
        let (feed_id, price_e8, market_plus_one) = match linked {
            Some(spot_e8) => (exchange.market_feeds[market], *spot_e8, u8::try_from(market).unwrap_or(0) + 1),
            None => ([0x80 + number; 32], choice.octaves(1_000_000, 1_000_000_000_000), 0),
        };
        exchange.collaterals[index] = CollateralAsset {
            mint: Pubkey::new_from_array([0xa0 + number; 32]),
            feed_id,
            decimals: u8::try_from(choice.between(0, 12)).unwrap_or(6),
            status: COLLATERAL_ACTIVE,
            market_plus_one,
            haircut_e6: choice.between(0, 950_000),
            haircut_slope_e6: choice.between(0, 2_000_000),
            ..bytemuck::Zeroable::zeroed()
        };
        exchange.collateral_count += 1;
        assets.push((feed_id, price_e8));
    }
    assets
}

/// A portfolio with anything from nothing to 64 lines and eight collateral assets, within eight underlyings.
pub(super) fn portfolio(
    choice: &mut Choice,
    exchange: &mut Exchange,
    markets: &mut [Box<Market>],
    assets: &[([u8; 32], u64)],
    spots_e8: &[u64],
) -> Box<Portfolio> {
    let mut portfolio = bytemuck::zeroed_box::<Portfolio>();
    portfolio.version = ACCOUNT_VERSION;
    portfolio.owner = Pubkey::new_from_array([0xcc; 32]);
    let most = markets.len().min(UNDERLYINGS);
    let held = choice.count(0, most);
    let mut room = choice.count(0, LINES);
    for id in choice.places(held, markets.len()) {
        room -= add_lines(choice, &mut portfolio, &mut markets[id], spots_e8[id], room);
    }
    for (index, (_, price_e8)) in assets.iter().enumerate() {
        let asset = &mut exchange.collaterals[index];
        let value_e6 = choice.octaves(USD_E6, 1_000_000 * USD_E6);
        let one = 10u128.pow(u32::from(asset.decimals));
        let amount = u128::from(value_e6) * 100 * one / u128::from(*price_e8);
        let amount = u64::try_from(amount).unwrap_or(u64::MAX >> 8).min(1 << 56);
        asset.deposits = amount + amount / 100 * choice.between(0, 1_000).unsigned_abs();
        asset.deposit_soft_cap = if choice.one_in(2) { 0 } else { choice.octaves(1, asset.deposits.max(1)) };
        asset.deposit_hard_cap = u64::MAX;
        if choice.one_in(2) {
            portfolio.collateral[index] = amount;
        }
    }
    while portfolio.require_underlyings_fit(exchange).is_err() {
        let held = portfolio.collateral.iter().position(|amount| *amount > 0);
        portfolio.collateral[held.unwrap_or(0)] = 0;
    }
    let cash = i64::try_from(choice.octaves(1, 100_000_000 * USD_E6)).unwrap_or(0);
    portfolio.cash_e6 = if choice.one_in(5) { -cash } else { cash };
    portfolio
}

/// Adds up to `room` lines of one market in their order, books the open interest, and says how many there are.
fn add_lines(
    choice: &mut Choice,
    portfolio: &mut Portfolio,
    market: &mut Market,
    spot_e8: u64,
    room: usize,
) -> usize {
    let mut series: Vec<(i64, u64, u8, u8)> = Vec::new();
    for (slot, expiry) in (0u8..).zip(&market.expiries) {
        for (strike_slot, strike) in (0u8..).zip(expiry.listed_strikes()) {
            series.push((expiry.expiry_ts, strike.price_e8, slot, strike_slot));
        }
    }
    series.sort_unstable();
    let count = choice.count(0, room.min(series.len()));
    let places = choice.places(count, series.len());
    for place in &places {
        let (expiry_ts, _, expiry_slot, strike_slot) = series[*place];
        let (calls_e6, puts_e6) = quantities(choice, spot_e8);
        portfolio.lines[usize::from(portfolio.line_count)] = PositionLine {
            market: market.id,
            expiry_slot,
            strike_slot,
            padding: 0,
            expiry_ts: u32::try_from(expiry_ts).unwrap_or(u32::MAX),
            calls_e6,
            puts_e6,
        };
        portfolio.line_count += 1;
        let expiry = &mut market.expiries[usize::from(expiry_slot)];
        expiry.open_lines += 2;
        market.open_interest_e6 += calls_e6.abs() + puts_e6.abs();
    }
    // Others hold something too, or it is a young market.
    market.open_interest_e6 *= choice.between(1, 12);
    market.share_base_e6 = if choice.one_in(2) { 0 } else { market.open_interest_e6 * 10 };
    places.len()
}

/// Calls and puts of one line, 1e-6 unit, at least one of them something: from a dollar to ten million of notional.
fn quantities(choice: &mut Choice, spot_e8: u64) -> (i64, i64) {
    let quantity = |choice: &mut Choice| {
        let notional_e6 = choice.octaves(USD_E6, 10_000_000 * USD_E6);
        let qty = u128::from(notional_e6) * PRICE_SCALE / u128::from(spot_e8);
        let qty_e6 = i64::try_from(qty.clamp(1, 1 << 48)).unwrap_or(1);
        if choice.one_in(2) {
            -qty_e6
        } else {
            qty_e6
        }
    };
    let (calls_e6, puts_e6) = (quantity(choice), quantity(choice));
    match choice.between(0, 2) {
        0 => (calls_e6, 0),
        1 => (0, puts_e6),
        _ => (calls_e6, puts_e6),
    }
}

//! The inputs the engine is given: order of expiries, shares of open interest, and what is refused before it is asked.

use super::*;
use crate::{
    adapters::{
        oracle::Price,
        tick::{Kept, Tick},
    },
    constants::{EXCHANGE_DEFAULTS, MARKET_DEFAULTS},
    state::{StrikeSlot, COLLATERAL_ACTIVE, EXPIRY_LISTED, EXPIRY_SETTLED},
};
use ballast_risk::Strike;
use bytemuck::{allocation::zeroed_box, Zeroable};

const NOW: i64 = 1_760_000_000;

/// A market of id 5 with expiries 30, 10 and 20 days ahead in slots 0, 1, 2 and a settled, empty one in slot 3.
fn market() -> Box<Market> {
    let mut market: Box<Market> = zeroed_box();
    (market.id, market.params) = (5, MARKET_DEFAULTS);
    let v = &mut market.volatility;
    (v.vol_e6, v.vol_margin_e6, v.vol_ref_e6, v.vol_time) = (600_000, 600_000, 600_000, NOW);
    for (slot, days) in [(0, 30), (1, 10), (2, 20), (3, -1)] {
        let expiry = &mut market.expiries[slot];
        (expiry.status, expiry.expiry_ts, expiry.atm_e6) = (EXPIRY_LISTED, NOW + days * 86_400, ONE_E6);
        expiry.strike_count = 1;
        let strike = Strike::new(100 * ONE_E8.unsigned_abs());
        expiry.strikes[0] =
            StrikeSlot { price_e8: strike.price_e8, ln_q40: strike.ln_q40, calls_e6: 0, puts_e6: 0 };
    }
    market.expiries[3].status = EXPIRY_SETTLED;
    market
}

fn exchange(measure: u8) -> Box<Exchange> {
    let mut exchange: Box<Exchange> = zeroed_box();
    exchange.params = EXCHANGE_DEFAULTS;
    exchange.groups = [CorrelationGroup { rho_e6: 500_000, measure, padding: [0; 7] }; 4];
    exchange
}

fn kept() -> Box<Kept> {
    zeroed_box()
}

fn prices() -> Box<PriceBook> {
    let mut prices: Box<PriceBook> = zeroed_box();
    prices.now = NOW;
    let price = Price {
        price_e8: 100 * ONE_E8.unsigned_abs(),
        conf_e8: 1,
        ema_e8: 100 * ONE_E8.unsigned_abs(),
        publish_time: NOW,
        prev_publish_time: NOW - 1,
    };
    (prices.peg, prices.markets[5]) = (Price { price_e8: 2 * ONE_E8.unsigned_abs(), ..price }, price);
    prices
}

/// A portfolio with one long call in each of the slots.
fn portfolio(market: &Market, slots: &[u8]) -> Box<Portfolio> {
    let mut portfolio: Box<Portfolio> = zeroed_box();
    for slot in slots {
        let key = market.line_key(*slot, 0).expect("listed");
        let change =
            portfolio.add_to_line(&key, &market.expiries[usize::from(*slot)], ONE_E6, 0).expect("fits");
        assert!(change.opened());
    }
    portfolio
}

/// Goal: expiries are given soonest first, all live ones under expected shortfall, those held otherwise. Method: both.
#[test]
fn expiries_are_in_order() {
    let market = market();
    let order = ExpiryOrder::of_market(&market);
    assert_eq!(order.slots(), [1, 2, 0]);
    assert_eq!(
        (order.place(0), order.place(1), order.place(2), order.place(3)),
        (Some(2), Some(0), Some(1), None)
    );
    let held = ExpiryOrder::of_lines(portfolio(&market, &[0, 1]).lines_of(5));
    assert_eq!(held.slots(), [1, 0]);
    assert_eq!((held.place(0), held.place(1), held.place(2)), (Some(1), Some(0), None));
}

/// Goal: both measures value a book whose slots are out of order, with the same options value. Method: compare.
#[test]
fn both_measures_value_the_same_book() {
    let (market, prices) = (market(), prices());
    let mut scratch: Box<Scratch> = zeroed_box();
    let book = portfolio(&market, &[0, 1, 2]);
    let worst = margin((&mut scratch, &mut *kept()), &exchange(0), &[&market], &book, &prices)
        .map_err(u32::from)
        .expect("valued");
    let shortfall = margin((&mut scratch, &mut *kept()), &exchange(1), &[&market], &book, &prices)
        .map_err(u32::from)
        .expect("valued");
    assert!(worst.options_e6 > 0);
    assert_eq!(worst.options_e6, shortfall.options_e6);
    assert_eq!(peg_e8(&prices), ONE_E8.unsigned_abs());
}

/// Goal: a missing market or price, and a line its market does not know, are refused. Method: one of each.
#[test]
fn refuses_what_does_not_fit_together() {
    let (mut market, mut prices, exchange) = (market(), prices(), exchange(0));
    let mut scratch: Box<Scratch> = zeroed_box();
    let book = portfolio(&market, &[0, 1]);
    let mut refused = |markets: &[&Market], prices: &PriceBook| {
        margin((&mut scratch, &mut *kept()), &exchange, markets, &book, prices)
            .map_err(u32::from)
            .expect_err("refused")
    };
    assert_eq!(refused(&[], &prices), u32::from(BallastError::AccountMissing));
    market.expiries[0].expiry_ts += 1;
    assert_eq!(refused(&[&market], &prices), u32::from(BallastError::LineMismatch));
    market.expiries[0].expiry_ts -= 1;
    market.expiries[1].strike_count = 0;
    assert_eq!(refused(&[&market], &prices), u32::from(BallastError::LineMismatch));
    prices.markets[5] = Price::zeroed();
    assert_eq!(refused(&[&market], &prices), u32::from(BallastError::AccountMissing));
}

/// Goal: the share is the larger side over open interest, at least over the base, rounded up. Method: known values.
#[test]
fn shares_of_open_interest() {
    let mut market = market();
    let book = portfolio(&market, &[0, 1]);
    market.open_interest_e6 = 3 * ONE_E6;
    assert_eq!(open_interest_share_e6(&market, book.lines_of(5)), 666_667);
    market.share_base_e6 = 20 * ONE_E6;
    assert_eq!(open_interest_share_e6(&market, book.lines_of(5)), 100_000);
    (market.share_base_e6, market.open_interest_e6) = (0, 0);
    assert_eq!(open_interest_share_e6(&market, book.lines_of(5)), ONE_E6);
    assert_eq!(open_interest_share_e6(&market, &[]), 0);
}

/// Goal: collateral of its own price is widened when stale, collateral of a market is that market's underlying.
/// Method: the same asset with and without the link.
#[test]
fn collateral_takes_its_price_from_its_market() {
    let (mut exchange, mut prices) = (exchange(0), prices());
    let mut book: Box<Portfolio> = zeroed_box();
    book.collateral[2] = 7;
    (exchange.collaterals[2].status, exchange.collaterals[2].decimals) = (COLLATERAL_ACTIVE, 9);
    prices.collaterals[2] = Price { publish_time: NOW - 61, conf_e8: 10, ..prices.markets[5] };
    let mut places = [NONE; MARKETS];
    let own = collateral_input(&exchange, &book, &prices, &places, 2).map_err(u32::from).expect("priced");
    assert_eq!(own.map(|c| (c.conf_e8, c.underlying, c.amount)), Some((40, None, 7)));
    (exchange.collaterals[2].market_plus_one, places[5]) = (6, 1);
    let linked = collateral_input(&exchange, &book, &prices, &places, 2).map_err(u32::from).expect("priced");
    assert_eq!(linked.map(|c| (c.conf_e8, c.underlying, c.decimals)), Some((1, Some(1), 9)));
    let none =
        collateral_input(&exchange, &book, &prices, &places, 3).map_err(u32::from).expect("nothing held");
    assert_eq!(none, None);
}

/// Goal: a portfolio's report is the same whatever is prepared: nothing, some of it by other portfolios, too much to keep,
/// or all of a tick. Method: portfolios of every mixture of slots over more markets than are kept, in turn through one
/// `Kept`, one `Tick`, and each through a new `Kept`; both measures.
#[test]
fn what_is_kept_changes_nothing() {
    let mut prices = prices();
    let markets: Vec<Box<Market>> = (0..12u8)
        .map(|id| {
            let mut market = market();
            (market.id, market.volatility.vol_e6) = (id, 400_000 + 10_000 * i64::from(id));
            prices.markets[usize::from(id)] = prices.markets[5];
            prices.markets[usize::from(id)].price_e8 += 3 * ONE_E8.unsigned_abs() * u64::from(id);
            market
        })
        .collect();
    let all: Vec<&Market> = markets.iter().map(Box::as_ref).collect();
    let mut scratch: Box<Scratch> = zeroed_box();
    for measure in [0, MEASURE_EXPECTED_SHORTFALL] {
        let exchange = exchange(measure);
        let (mut shared, tick) = (kept(), Tick::new(&exchange, all.iter().copied(), &prices));
        let mut reports = Vec::new();
        for round in 0..40usize {
            let mut book: Box<Portfolio> = zeroed_box();
            for at in 0..8 {
                let market = &markets[(round * 5 + at) % 12];
                for slot in (0..3u8).filter(|slot| (round + at) >> slot & 1 == 1) {
                    let key = market.line_key(slot, 0).expect("listed");
                    let expiry = &market.expiries[usize::from(slot)];
                    let qty = if at % 2 == 0 { ONE_E6 } else { -ONE_E6 };
                    assert!(book.add_to_line(&key, expiry, qty, ONE_E6).expect("fits").opened());
                }
            }
            let mut of = |prepared: &mut Kept| {
                margin((&mut scratch, prepared), &exchange, &all, &book, &prices).map_err(u32::from)
            };
            let alone = of(&mut kept()).expect("valued");
            assert_eq!(of(&mut shared), Ok(alone), "round {round}");
            let ticked = margin((&mut scratch, &mut &tick), &exchange, &all, &book, &prices);
            assert_eq!(ticked.map_err(u32::from), Ok(alone), "round {round}");
            reports.push(alone);
        }
        reports.dedup();
        assert!(reports.len() > 30);
    }
}

//! Lines stay sorted, never empty, and open interest follows, whatever the order of trades.

use super::*;
use crate::state::{Market, StrikeSlot, EXPIRY_LISTED};
use bytemuck::allocation::zeroed_box;

/// A market with three expiries, listed out of order, of strikes 300, 100, 200.
fn market(id: u8) -> Box<Market> {
    let mut market: Box<Market> = zeroed_box();
    market.id = id;
    for (slot, expiry_ts) in [(0, 3_000), (1, 1_000), (2, 2_000)] {
        let expiry = &mut market.expiries[slot];
        (expiry.status, expiry.expiry_ts, expiry.strike_count) = (EXPIRY_LISTED, expiry_ts, 3);
        for (strike, price_e8) in expiry.strikes.iter_mut().zip([300, 100, 200]) {
            *strike = StrikeSlot { price_e8, ln_q40: 0, calls_e6: 0, puts_e6: 0 };
        }
    }
    market
}

fn number(error: Error) -> u32 {
    match error {
        Error::AnchorError(error) => error.error_code_number,
        Error::ProgramError(_) => 0,
    }
}

/// One trade of a portfolio, booked in the market too.
fn trade(
    portfolio: &mut Portfolio,
    market: &mut Market,
    series: (u8, u8),
    calls: i64,
    puts: i64,
) -> LineChange {
    let key = market.line_key(series.0, series.1).expect("listed");
    let change =
        portfolio.add_to_line(&key, market.expiry(series.0).expect("listed"), calls, puts).expect("fits");
    market.record(&key, &change).expect("fits");
    change
}

fn require_sorted(portfolio: &Portfolio, markets: &[&Market]) {
    let place = |line: &PositionLine| {
        let market = markets.iter().find(|m| m.id == line.market).expect("known");
        let strike = market.expiries[usize::from(line.expiry_slot)].strikes[usize::from(line.strike_slot)];
        (line.market, line.expiry_ts, strike.price_e8)
    };
    assert!(portfolio.held_lines().windows(2).all(|pair| place(&pair[0]) < place(&pair[1])));
    assert!(portfolio.held_lines().iter().all(|line| !line.is_empty()));
    let rest = &portfolio.lines[usize::from(portfolio.line_count)..];
    assert!(rest.iter().all(|line| *line == PositionLine::zeroed()));
}

/// Goal: lines are sorted and open interest is the long side after any sequence of trades. Method: two portfolios trade
/// 5,000 times with each other at random in two markets; sums are taken anew each time.
#[test]
fn random_trades_keep_order_and_open_interest() {
    let (mut first, mut second) = (market(3), market(1));
    let (mut long, mut short): (Box<Portfolio>, Box<Portfolio>) = (zeroed_box(), zeroed_box());
    let mut state = 7u64;
    let mut random = |below: u64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % below
    };
    for _ in 0..5_000 {
        let market = if random(2) == 0 { &mut first } else { &mut second };
        let series = (random(3) as u8, random(3) as u8);
        let (calls, puts) = (random(5) as i64 - 2, random(5) as i64 - 2);
        let _ = trade(&mut long, market, series, calls, puts);
        let _ = trade(&mut short, market, series, -calls, -puts);
        for portfolio in [&long, &short] {
            require_sorted(portfolio, &[&first, &second]);
        }
        for market in [&first, &second] {
            let both = || long.lines_of(market.id).iter().chain(short.lines_of(market.id));
            let total: i64 = both().map(|line| line.calls_e6.max(0) + line.puts_e6.max(0)).sum();
            assert_eq!(market.open_interest_e6, total);
            let lines: u32 = market.expiries.iter().map(|expiry| expiry.open_lines).sum();
            assert_eq!(usize::try_from(lines).expect("small"), both().count());
        }
    }
    assert_eq!(long.market_bits(&zeroed_box()), 0b1010);
}

/// Goal: what does not fit is refused and changes nothing. Method: too many lines, too large a quantity, a strike or
/// expiry that is not listed, a slot that was reused.
#[test]
fn refuses_what_does_not_fit() {
    let mut market = market(0);
    let mut portfolio: Box<Portfolio> = zeroed_box();
    assert_eq!(
        number(market.line_key(5, 0).expect_err("free slot")),
        u32::from(BallastError::ExpiryNotListed)
    );
    assert_eq!(
        number(market.line_key(12, 0).expect_err("no slot")),
        u32::from(BallastError::ExpiryNotListed)
    );
    assert_eq!(
        number(market.line_key(0, 3).expect_err("no strike")),
        u32::from(BallastError::StrikeNotListed)
    );

    let key = market.line_key(0, 0).expect("listed");
    let refused = portfolio.add_to_line(&key, &market.expiries[0], i64::MAX, 0).expect_err("too large");
    assert_eq!(number(refused), u32::from(BallastError::QuantityTooLarge));
    assert_eq!(portfolio.line_count, 0);
    let _ = trade(&mut portfolio, &mut market, (0, 0), 5, 0);
    market.expiries[0].expiry_ts += 1;
    let stale = portfolio.add_to_line(&key, &market.expiries[0], 1, 0).expect_err("reused");
    assert_eq!(number(stale), u32::from(BallastError::LineMismatch));

    portfolio.line_count = 64;
    for (at, line) in (0u32..).zip(portfolio.lines.iter_mut()) {
        *line = PositionLine { market: 9, expiry_ts: at, calls_e6: 1, ..PositionLine::zeroed() };
    }
    let key = market.line_key(1, 0).expect("listed");
    let full = portfolio.add_to_line(&key, &market.expiries[1], 1, 0).expect_err("full");
    assert_eq!(number(full), u32::from(BallastError::TooManyLines));
}

/// Goal: removing lines keeps the others in order and zeros what is left over. Method: remove one expiry of three.
#[test]
fn removes_lines() {
    let mut market = market(2);
    let mut portfolio: Box<Portfolio> = zeroed_box();
    for expiry in 0..3 {
        for strike in 0..3 {
            let _ = trade(&mut portfolio, &mut market, (expiry, strike), 1, -1);
        }
    }
    assert_eq!(portfolio.remove_lines(|line| line.expiry_slot == 2), 3);
    assert_eq!(portfolio.line_count, 6);
    require_sorted(&portfolio, &[&market]);
    assert_eq!(portfolio.remove_lines(|_| true), 6);
    assert_eq!(portfolio.line_count, 0);
    require_sorted(&portfolio, &[]);
}

/// Goal: a hint never puts a line out of order. Method: the same trades with every hint from 0 to beyond the end.
#[test]
fn hints_never_break_the_order() {
    for from in 0..12 {
        let mut market = market(2);
        let mut portfolio: Box<Portfolio> = zeroed_box();
        for (expiry, strike) in [(0u8, 0u8), (1, 2), (0, 1), (2, 1), (1, 0), (1, 1), (2, 0), (0, 2), (1, 2)] {
            let key = market.line_key(expiry, strike).expect("listed");
            let slot = market.expiry(expiry).expect("listed");
            let (change, _) = portfolio.add_to_line_from(from, &key, slot, (1, 0)).expect("fits");
            market.record(&key, &change).expect("fits");
            require_sorted(&portfolio, &[&market]);
        }
        assert_eq!(portfolio.line_count, 8);
    }
}

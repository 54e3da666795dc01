//! Whole books: markets with lines, collateral, cash.

use super::market::{expiry, near, strike};
use super::{exchange::exchange, Choice, Market};
use arbitrary::{Arbitrary, Result, Unstructured};
use ballast_risk::bounds::{
    COLLATERALS_MAX, EXPIRIES_MAX, LINES_MAX, MONEY_MAX_E6, ONE_E6, ONE_E8, PRICE_MAX_E8, QTY_MAX_E6,
    UNDERLYINGS_MAX,
};
use ballast_risk::{CollateralInput, ExchangeInput, ExpiryInput, LineInput};

/// A market with the lines held in it.
#[derive(Debug, Clone)]
pub struct Holding {
    /// The market.
    pub market: Market,
    /// Its expiries, soonest first unless rules are broken.
    pub expiries: Vec<ExpiryInput>,
    /// The lines, ascending by (expiry, strike) unless rules are broken.
    pub lines: Vec<LineInput>,
}

/// A portfolio with everything its margin depends on.
#[derive(Debug, Clone)]
pub struct Book {
    /// Whether everything is inside its bounds; it may still be too large together.
    pub tame: bool,
    /// The exchange.
    pub exchange: ExchangeInput,
    /// Markets and lines.
    pub holdings: Vec<Holding>,
    /// Collateral balances.
    pub collateral: Vec<CollateralInput>,
    /// Cash, 1e-6 quote.
    pub cash_e6: i64,
    /// A change of cash to compare with, 1e-6 quote, ≥ 0.
    pub more_cash_e6: i64,
    /// Seconds since a flag.
    pub flagged_secs: i64,
    /// A fraction of the book, 1e-9, of any size.
    pub fraction_e9: u64,
}

impl<'a> Arbitrary<'a> for Book {
    fn arbitrary(bytes: &mut Unstructured<'a>) -> Result<Self> {
        let mut choice = Choice::new(bytes)?;
        let choice = &mut choice;
        let exchange = exchange(choice);
        let cash_e6 = choice.signed(MONEY_MAX_E6);
        let more_cash_e6 = choice.number(0, MONEY_MAX_E6).max(0);
        let (flagged_secs, fraction_e9) = (choice.number(0, 3_600), choice.unsigned(0, 1_000_000_000));
        let markets = choice.pick(UNDERLYINGS_MAX + 1) + usize::from(choice.breaks());
        // Few markets with many lines or many with few, and now and then one line too many.
        let room = LINES_MAX / markets.max(1) + usize::from(choice.breaks());
        let holdings: Vec<Holding> = (0..markets).map(|_| holding(choice, &exchange, room)).collect();
        let coins = choice.pick(COLLATERALS_MAX + 1) + usize::from(choice.breaks());
        let collateral = (0..coins).map(|_| coin(choice, &holdings)).collect();
        let tame = choice.is_tame();
        Ok(Self { tame, exchange, holdings, collateral, cash_e6, more_cash_e6, flagged_secs, fraction_e9 })
    }
}

fn holding(choice: &mut Choice, exchange: &ExchangeInput, room: usize) -> Holding {
    let market = Market::new(choice);
    let spot_e8 = market.state.spot_e8;
    let count = choice.pick(EXPIRIES_MAX + 1) + usize::from(choice.breaks());
    let mut expiries: Vec<ExpiryInput> = (0..count).map(|_| expiry(choice, exchange, spot_e8)).collect();
    if !choice.breaks() {
        expiries.sort_by_key(|e| e.secs_left);
    }
    let count = if expiries.is_empty() && !choice.breaks() { 0 } else { choice.pick(room + 1) };
    let mut lines: Vec<LineInput> =
        (0..count).map(|_| line(choice, expiries.len(), (spot_e8, count))).collect();
    if !choice.breaks() {
        lines.sort_by_key(|l| (l.expiry, l.strike.price_e8));
        lines.dedup_by_key(|l| (l.expiry, l.strike.price_e8));
    }
    Holding { market, expiries, lines }
}

/// A line of any quantity; half of them of about the size that the money range allows for one of `count`.
fn line(choice: &mut Choice, expiries: usize, (spot_e8, count): (u64, usize)) -> LineInput {
    let strike = strike(choice, spot_e8);
    let price_e8 = strike.price_e8.max(spot_e8).clamp(1, PRICE_MAX_E8);
    let room = i128::from(MONEY_MAX_E6) * i128::from(ONE_E8) / i128::from(price_e8) / count as i128;
    let most = i64::try_from(room).unwrap_or(i64::MAX).min(QTY_MAX_E6.cast_signed()) >> choice.pick(16);
    let (calls_e6, puts_e6) = match choice.pick(8) {
        0 => (most, 0),
        1 => (-most, 0),
        2 => (0, most),
        3 => (0, -most),
        4 => (most, -most),
        5 => (choice.signed(most), 0),
        6 => (0, choice.signed(most)),
        _ => (choice.signed(most), choice.signed(most)),
    };
    let expiry = choice.number(0, expiries.saturating_sub(1) as i64) as u8;
    LineInput { expiry, strike, calls_e6, puts_e6 }
}

/// A balance of as much as the money range allows, or less; maybe of an underlying of the book.
fn coin(choice: &mut Choice, holdings: &[Holding]) -> CollateralInput {
    let slot = choice.number(0, holdings.len() as i64) as usize;
    let price_e8 = holdings.get(slot).map_or(100_000_000, |h| h.market.state.spot_e8);
    let price_e8 = if choice.flip() { price_e8 } else { choice.unsigned(1, PRICE_MAX_E8) };
    let decimals = choice.number(0, 18) as u8;
    let unit = 10u128.pow(u32::from(decimals.min(18)) + 2);
    let room = u128::from(MONEY_MAX_E6.unsigned_abs()) * unit / u128::from(price_e8.max(1));
    let most = u64::try_from(room).unwrap_or(u64::MAX) >> 1;
    CollateralInput {
        amount: choice.unsigned(0, most),
        decimals,
        price_e8,
        conf_e8: if choice.flip() { choice.unsigned(0, PRICE_MAX_E8) } else { price_e8 >> 10 },
        ema_e8: near(choice, price_e8),
        haircut_e6: choice.number(0, ONE_E6),
        haircut_slope_e6: choice.number(0, 10 * ONE_E6),
        cap: choice.anything().cast_unsigned(),
        deposits: choice.anything().cast_unsigned(),
        underlying: (slot != holdings.len()).then_some(slot as u8),
    }
}

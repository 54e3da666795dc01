//! Books at the ends of the engine's domain and beyond: every field at a bound, next to one, or anything at
//! all.
//!
//! Made from the bits of a seed, not from strategies: a hundred times as many a second, and a seed is a whole
//! book.

use super::defaults::PARAMS;
use super::{Book, Holding, Market};
use ballast_risk::bounds::{
    ATM_MAX_E6, ATM_MIN_E6, CURVATURE_MAX_E6, DAY_SECS, EXPIRIES_MAX, EXPIRY_SECS_MAX, LINES_MAX,
    MONEY_MAX_E6, ONE_E6, PRICE_MAX_E8, QTY_MAX_E6, RATE_MAX_E6, SKEW_MAX_E6, UNDERLYINGS_MAX, VOL_MAX_E6,
};
use ballast_risk::{
    CollateralInput, ExchangeInput, ExpiryInput, GroupInput, LineInput, MarketParams, Measure, Strike,
    UnderlyingInput,
};

/// Random bits (SplitMix64) and what tests make of them.
pub struct Dice(pub u64);

impl Dice {
    /// The next 64 bits.
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let x = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let x = (x ^ (x >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        x ^ (x >> 31)
    }

    /// One of `count` cases, 0 to `count` − 1.
    pub fn pick(&mut self, count: usize) -> usize {
        (self.bits() % count.max(1) as u64) as usize
    }

    /// True once in `odds`.
    pub fn once_in(&mut self, odds: usize) -> bool {
        self.pick(odds) == 0
    }

    /// A number of a range: an end, next to an end, anywhere, or of any magnitude above the lower end.
    pub fn edge(&mut self, low: i64, high: i64) -> i64 {
        let width = high.abs_diff(low);
        let above = match self.pick(10) {
            0 | 1 => 0,
            2 | 3 => width,
            4 => width.min(1),
            5 => width.saturating_sub(1),
            6 | 7 => self.bits() % width.saturating_add(1).max(1),
            _ => (self.bits() >> self.pick(64)).min(width),
        };
        low.wrapping_add_unsigned(above)
    }

    /// As [`Self::edge`], unsigned.
    pub fn edge_u64(&mut self, low: u64, high: u64) -> u64 {
        self.edge(low as i64, high as i64).unsigned_abs()
    }

    /// A quantity up to `most` on either side, of any magnitude.
    fn signed(&mut self, most: u64) -> i64 {
        let size = self.edge_u64(0, most) as i64;
        if self.once_in(2) {
            -size
        } else {
            size
        }
    }

    /// Anything: ends of the type, powers of two and their neighbours, small numbers, random bits.
    pub fn wild(&mut self) -> i64 {
        match self.pick(8) {
            0 => 0,
            1 => i64::MIN,
            2 => i64::MAX,
            3 => self.pick(7) as i64 - 3,
            4 => self.bits() as i64,
            _ => {
                let near = (1i64 << self.pick(64)).wrapping_add(self.pick(3) as i64 - 1);
                if self.once_in(2) {
                    near.wrapping_neg()
                } else {
                    near
                }
            }
        }
    }

    fn price(&mut self) -> u64 {
        self.edge_u64(1, PRICE_MAX_E8)
    }
}

/// Hard bounds of the market parameters, in the order of the struct.
const PARAM_BOUNDS: [(i64, i64); 22] = [
    (ONE_E6, 10 * ONE_E6),
    (3_600, 10 * DAY_SECS),
    (10_000, 600_000),
    (10_000, 600_000),
    (10_000, ONE_E6),
    (10_000, 4 * ONE_E6),
    (200_000, ONE_E6),
    (ONE_E6, 1_900_000),
    (0, 4 * ONE_E6),
    (0, ONE_E6),
    (0, 4 * ONE_E6),
    (0, ONE_E6),
    (0, ONE_E6),
    (0, 200_000),
    (0, 200_000),
    (0, 200_000),
    (0, ONE_E6),
    (ONE_E6, MONEY_MAX_E6),
    (0, ONE_E6),
    (0, 8 * ONE_E6),
    (0, ONE_E6),
    (0, ONE_E6),
];

fn params(dice: &mut Dice) -> MarketParams {
    let values = PARAM_BOUNDS.map(|(low, high)| dice.edge(low, high));
    let mut params: MarketParams = *bytemuck::from_bytes(bytemuck::cast_slice(&values));
    params.range_max_e6 = params.range_max_e6.max(params.range_min_e6);
    params.sigma_max_e6 = params.sigma_max_e6.max(params.sigma_min_e6);
    params
}

fn exchange(dice: &mut Dice) -> ExchangeInput {
    let mut group = || GroupInput {
        rho_e6: dice.edge(0, ONE_E6),
        measure: if dice.once_in(2) { Measure::ExpectedShortfall } else { Measure::Worst },
    };
    let groups = [group(), group(), group(), group()];
    ExchangeInput {
        rate_e6: dice.edge(0, 500_000),
        conf_z_e6: dice.edge(ONE_E6, 8 * ONE_E6),
        window_secs: dice.edge(60, DAY_SECS),
        long_weight_e6: dice.edge(0, ONE_E6),
        mm_factor_e6: dice.edge(500_000, ONE_E6),
        exit_buffer_e6: dice.edge(0, ONE_E6),
        haircut_max_e6: dice.edge(0, ONE_E6),
        peg_e8: dice.edge_u64(1, 10_000_000_000),
        dust_equity_e6: dice.edge(0, 1_000_000 * ONE_E6),
        groups,
    }
}

fn state(dice: &mut Dice) -> UnderlyingInput<'static> {
    let vols = [dice.edge(1, VOL_MAX_E6), dice.edge(1, VOL_MAX_E6)];
    UnderlyingInput {
        params: &PARAMS,
        spot_e8: dice.price(),
        conf_e8: dice.edge_u64(0, PRICE_MAX_E8),
        ema_e8: dice.price(),
        vol_e6: vols[0].min(vols[1]),
        vol_margin_e6: vols[0].max(vols[1]),
        vol_ref_e6: dice.edge(1, VOL_MAX_E6),
        oi_share_e6: dice.edge(0, ONE_E6),
        group: dice.pick(4) as u8,
        vol_stale: dice.once_in(2),
        price_stale: dice.once_in(2),
        realised_only: dice.once_in(2),
    }
}

/// A price within a factor of eight of the spot, seldom any other.
fn around(dice: &mut Dice, spot_e8: u64) -> u64 {
    match dice.pick(9) {
        0 => dice.price(),
        n if n % 2 == 0 => (spot_e8 >> dice.pick(4)).max(1),
        _ => (spot_e8 << dice.pick(4)).min(PRICE_MAX_E8),
    }
}

/// An expiry: one in six settled, one in six in its window. Its basis does not move the forward beyond e^±2.
fn expiry(dice: &mut Dice, window_secs: i64, spot_e8: u64) -> ExpiryInput {
    let kind = dice.pick(6);
    let secs_left =
        if kind == 0 || dice.once_in(8) { dice.edge(i64::MIN, 0) } else { dice.edge(0, EXPIRY_SECS_MAX) };
    let basis_most = 2 * 31_536_000 * 999_999 / secs_left.clamp(1, EXPIRY_SECS_MAX);
    ExpiryInput {
        secs_left,
        atm_e6: dice.edge(ATM_MIN_E6, ATM_MAX_E6),
        skew_e6: dice.edge(-SKEW_MAX_E6, SKEW_MAX_E6),
        curvature_e6: dice.edge(0, CURVATURE_MAX_E6),
        basis_e6: dice.edge(-RATE_MAX_E6, RATE_MAX_E6).clamp(-basis_most, basis_most),
        averaged_secs: if kind == 1 { dice.edge(0, window_secs) } else { 0 },
        average_e8: around(dice, spot_e8),
        settled_e8: if kind == 0 { around(dice, spot_e8) } else { 0 },
    }
}

/// A line of any strike and quantity: half of them about as large as the money range allows for one of `count`.
fn line(dice: &mut Dice, expiries: usize, (spot_e8, count): (u64, usize)) -> LineInput {
    let price_e8 = around(dice, spot_e8);
    let room = i128::from(MONEY_MAX_E6) * 100_000_000 / i128::from(price_e8.max(spot_e8)) / count as i128;
    let full = (room >> dice.pick(6)).min(i128::from(QTY_MAX_E6)) as i64;
    let (calls_e6, puts_e6) = match dice.pick(60).min(8) {
        0 => (dice.signed(QTY_MAX_E6), dice.signed(QTY_MAX_E6)),
        1 => (full, -full),
        2 => (full, full / 2),
        3 => (0, -full),
        4 => (-full, 0),
        _ => (dice.signed(full.unsigned_abs()), dice.signed(full.unsigned_abs())),
    };
    LineInput { expiry: dice.pick(expiries) as u8, strike: Strike::new(price_e8), calls_e6, puts_e6 }
}

fn holding(dice: &mut Dice, window_secs: i64, most: usize) -> Holding {
    let count = if dice.once_in(3) { EXPIRIES_MAX } else { dice.pick(4) };
    let state = state(dice);
    let mut expiries: Vec<_> = (0..count).map(|_| expiry(dice, window_secs, state.spot_e8)).collect();
    expiries.sort_by_key(|e| e.secs_left);
    let market = Market { params: params(dice), state, expiries };
    let count = if market.expiries.is_empty() { 0 } else { dice.edge(0, most as i64) as usize };
    let mut lines: Vec<_> =
        (0..count).map(|_| line(dice, market.expiries.len(), (market.state.spot_e8, count))).collect();
    lines.sort_by_key(|l| (l.expiry, l.strike.price_e8));
    lines.dedup_by_key(|l| (l.expiry, l.strike.price_e8));
    Holding { market, lines }
}

fn balance(dice: &mut Dice, underlyings: usize) -> CollateralInput {
    let slot = dice.pick(underlyings + 1);
    let (decimals, price_e8) = (dice.pick(19) as u8, dice.price());
    // As much as the money range allows, or less.
    let room =
        u128::from(MONEY_MAX_E6.unsigned_abs()) * 10u128.pow(u32::from(decimals) + 2) / u128::from(price_e8);
    CollateralInput {
        amount: u64::try_from(room >> dice.pick(50)).unwrap_or(u64::MAX),
        decimals,
        price_e8,
        conf_e8: dice.edge_u64(0, PRICE_MAX_E8),
        ema_e8: dice.price(),
        haircut_e6: dice.edge(0, ONE_E6),
        haircut_slope_e6: dice.edge(0, 10 * ONE_E6),
        cap: dice.wild() as u64,
        deposits: dice.wild() as u64,
        underlying: (slot < underlyings).then_some(slot as u8),
    }
}

/// A book whose every field is inside its bound and often at it. It may still be too large for the money range.
pub fn extreme_book(dice: &mut Dice) -> Book {
    let exchange = exchange(dice);
    let count = if dice.once_in(4) { UNDERLYINGS_MAX } else { dice.pick(4) };
    let most = LINES_MAX / count.max(1);
    let holdings = (0..count).map(|_| holding(dice, exchange.window_secs, most)).collect();
    let collateral = (0..dice.pick(9)).map(|_| balance(dice, count)).collect();
    Book { exchange, holdings, collateral, cash_e6: dice.edge(-MONEY_MAX_E6, MONEY_MAX_E6) }
}

/// A book in which one to four fields hold anything, or come in any order or number.
pub fn garbage_book(dice: &mut Dice) -> Book {
    let mut book = extreme_book(dice);
    for _ in 0..=dice.pick(4) {
        let (field, place, value) = (dice.pick(8), dice.pick(1 << 16), dice.wild());
        spoil(&mut book, field, place, value);
    }
    book
}

/// Sets one field of a book, picked by number, to a value.
fn spoil(book: &mut Book, field: usize, place: usize, value: i64) {
    let count = book.holdings.len().max(1);
    let holding = book.holdings.get_mut(place % count);
    match (field % 8, holding) {
        (0, _) => spoil_exchange(&mut book.exchange, place, value),
        (1, _) => book.cash_e6 = value,
        (2, _) => spoil_collateral(&mut book.collateral, place, value),
        (3, Some(h)) => {
            bytemuck::cast_slice_mut::<_, i64>(core::slice::from_mut(&mut h.market.params))
                [place / count % 22] = value
        }
        (4, Some(h)) => spoil_state(&mut h.market.state, place / count, value),
        (5, Some(h)) => spoil_expiry(&mut h.market.expiries, place / count, value),
        (6, Some(h)) => spoil_line(&mut h.lines, place / count, value),
        (7, Some(h)) => spoil_order(h, place / count),
        _ => {}
    }
}

fn spoil_exchange(x: &mut ExchangeInput, place: usize, value: i64) {
    match place % 10 {
        0 => x.rate_e6 = value,
        1 => x.conf_z_e6 = value,
        2 => x.window_secs = value,
        3 => x.long_weight_e6 = value,
        4 => x.mm_factor_e6 = value,
        5 => x.exit_buffer_e6 = value,
        6 => x.haircut_max_e6 = value,
        7 => x.peg_e8 = value as u64,
        8 => x.dust_equity_e6 = value,
        _ => x.groups[place / 10 % 4].rho_e6 = value,
    }
}

fn spoil_state(u: &mut UnderlyingInput, place: usize, value: i64) {
    match place % 8 {
        0 => u.spot_e8 = value as u64,
        1 => u.conf_e8 = value as u64,
        2 => u.ema_e8 = value as u64,
        3 => u.vol_e6 = value,
        4 => u.vol_margin_e6 = value,
        5 => u.vol_ref_e6 = value,
        6 => u.oi_share_e6 = value,
        _ => u.group = value as u8,
    }
}

fn spoil_expiry(expiries: &mut [ExpiryInput], place: usize, value: i64) {
    let count = expiries.len().max(1);
    let Some(e) = expiries.get_mut(place % count) else { return };
    match place / count % 8 {
        0 => e.secs_left = value,
        1 => e.atm_e6 = value,
        2 => e.skew_e6 = value,
        3 => e.curvature_e6 = value,
        4 => e.basis_e6 = value,
        5 => e.averaged_secs = value,
        6 => e.average_e8 = value as u64,
        _ => e.settled_e8 = value as u64,
    }
}

fn spoil_line(lines: &mut [LineInput], place: usize, value: i64) {
    let count = lines.len().max(1);
    let Some(l) = lines.get_mut(place % count) else { return };
    match place / count % 5 {
        0 => l.expiry = value as u8,
        1 => l.strike.price_e8 = value as u64,
        2 => l.strike.ln_q40 = value,
        3 => l.calls_e6 = value,
        _ => l.puts_e6 = value,
    }
}

fn spoil_collateral(balances: &mut [CollateralInput], place: usize, value: i64) {
    let count = balances.len().max(1);
    let Some(c) = balances.get_mut(place % count) else { return };
    match place / count % 10 {
        0 => c.amount = value as u64,
        1 => c.decimals = value as u8,
        2 => c.price_e8 = value as u64,
        3 => c.conf_e8 = value as u64,
        4 => c.ema_e8 = value as u64,
        5 => c.haircut_e6 = value,
        6 => c.haircut_slope_e6 = value,
        7 => c.cap = value as u64,
        8 => c.deposits = value as u64,
        _ => c.underlying = Some(value as u8),
    }
}

/// Wrong orders and numbers of expiries and lines.
fn spoil_order(h: &mut Holding, place: usize) {
    match place % 5 {
        0 => h.lines.reverse(),
        1 => h.market.expiries.reverse(),
        2 => h.lines = h.lines.repeat(place % 70),
        3 => h.market.expiries = h.market.expiries.repeat(place % 14),
        _ => h.market.expiries.truncate(place % 3),
    }
}

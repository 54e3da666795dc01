//! Random lines, collateral and whole books.

use super::markets::{exchange, market, octaves, octaves_i64, part_of};
use super::{merge, Book, Holding, Market};
use ballast_risk::bounds::QTY_MAX_E6;
use ballast_risk::{CollateralInput, LineInput, Measure, Strike};
use proptest::prelude::*;

/// Both risk measures.
pub const BOTH: &[Measure] = &[Measure::Worst, Measure::ExpectedShortfall];
/// The largest loss only.
pub const WORST: &[Measure] = &[Measure::Worst];

/// Strikes as shares of spot, 1e-6: a ladder, so that lines of two books often meet.
const LADDER_E6: [u64; 20] = [
    105_000, 250_000, 400_000, 550_000, 700_000, 800_000, 870_000, 920_000, 960_000, 985_000, 1_000_000,
    1_013_000, 1_045_000, 1_090_000, 1_150_000, 1_250_000, 1_450_000, 2_000_000, 4_000_000, 9_500_000,
];

/// A strike of the ladder of a market.
pub fn ladder(spot_e8: u64, step: usize) -> Strike {
    Strike::new(part_of(spot_e8, LADDER_E6[step % LADDER_E6.len()]).max(1))
}

/// A strike of the ladder, most often near the spot.
fn step() -> BoxedStrategy<usize> {
    prop_oneof![3 => 6usize..15, 1 => 0usize..20].boxed()
}

/// Quantity of a notional at a spot price: at least a millionth of a unit, at most what the engine takes.
pub fn qty_of(notional_e6: i64, spot_e8: u64) -> i64 {
    let qty = i128::from(notional_e6) * 100_000_000 / i128::from(spot_e8);
    let most = i128::from(QTY_MAX_E6 >> 8);
    i64::try_from(qty.clamp(-most, most)).unwrap_or(0)
}

/// A signed notional from a tenth of a quote to ten million, 1e-6 quote; sometimes zero.
fn notional() -> BoxedStrategy<i64> {
    let size = octaves_i64(100_000, 10_000_000_000_000);
    prop_oneof![1 => Just(0i64), 9 => (size, any::<bool>()).prop_map(|(x, short)| if short { -x } else { x })]
        .boxed()
}

/// Up to `most` lines in a market.
pub fn lines(market: &Market, most: usize) -> BoxedStrategy<Vec<LineInput>> {
    let (spot_e8, expiries) = (market.state.spot_e8, market.expiries.len());
    let one = (0..expiries, step(), notional(), notional(), 0u8..3).prop_map(
        move |(expiry, step, calls, puts, kind)| LineInput {
            expiry: expiry as u8,
            strike: ladder(spot_e8, step),
            calls_e6: if kind == 1 { 0 } else { qty_of(calls, spot_e8) },
            puts_e6: if kind == 2 { 0 } else { qty_of(puts, spot_e8) },
        },
    );
    prop::collection::vec(one, 0..=most).prop_map(|lines| merge(&lines, &[])).boxed()
}

/// A market with up to `most` lines.
pub fn holding(market: BoxedStrategy<Market>, most: usize) -> BoxedStrategy<Holding> {
    market
        .prop_flat_map(move |market| {
            let lines = lines(&market, most);
            (Just(market), lines).prop_map(|(market, lines)| Holding { market, lines })
        })
        .boxed()
}

/// A market with two sets of up to `most` lines each.
pub fn pair(market: BoxedStrategy<Market>, most: usize) -> BoxedStrategy<(Holding, Vec<LineInput>)> {
    market
        .prop_flat_map(move |market| {
            let (first, second) = (lines(&market, most), lines(&market, most));
            (Just(market), first, second)
                .prop_map(|(market, lines, other)| (Holding { market, lines }, other))
        })
        .boxed()
}

/// A collateral balance of up to a million quote; `underlying` where it is a market's coin.
pub fn balance(underlying: Option<(u8, u64)>) -> BoxedStrategy<CollateralInput> {
    let price = underlying.map_or(octaves(10_000, 1 << 44).boxed(), |(_, spot_e8)| Just(spot_e8).boxed());
    let terms = (0i64..=1_000_000, 0i64..=2_000_000, 0u64..=2, 0u64..=50_000, 900_000u64..=1_100_000);
    (price, octaves(1, 1_000_000_000_000), 0u8..=9, terms)
        .prop_map(move |(price_e8, worth_e6, decimals, terms)| {
            let (haircut_e6, haircut_slope_e6, cap, conf, ema) = terms;
            let amount = u128::from(worth_e6) * 10u128.pow(u32::from(decimals) + 2) / u128::from(price_e8);
            CollateralInput {
                amount: u64::try_from(amount).unwrap_or(u64::MAX),
                decimals,
                price_e8,
                conf_e8: part_of(price_e8, conf),
                ema_e8: part_of(price_e8, ema).max(1),
                haircut_e6,
                haircut_slope_e6,
                cap: cap * 1_000,
                deposits: 1_500,
                underlying: underlying.map(|(slot, _)| slot),
            }
        })
        .boxed()
}

/// Any book: 1 to 4 markets in any state, up to 12 lines each, up to 4 balances, cash on either side of zero.
pub fn any_book(measures: &'static [Measure]) -> BoxedStrategy<Book> {
    let holdings = prop::collection::vec(holding(market(5), 12), 1..=4);
    (exchange(measures), holdings, notional())
        .prop_flat_map(|(exchange, holdings, cash_e6)| {
            let coins: Vec<Option<(u8, u64)>> =
                (0u8..).zip(&holdings).map(|(i, h)| Some((i, h.market.state.spot_e8))).collect();
            let balances = prop::sample::select([coins, vec![None]].concat()).prop_flat_map(balance);
            prop::collection::vec(balances, 0..=4).prop_map(move |collateral| Book {
                exchange,
                holdings: holdings.clone(),
                collateral,
                cash_e6,
            })
        })
        .boxed()
}

/// Two books in the same markets and the book that holds both. With listed coins as collateral, without cash.
pub fn two_books(measures: &'static [Measure]) -> BoxedStrategy<(Book, Book, Book)> {
    let pairs = prop::collection::vec(pair(market(4), 8), 1..=3);
    (exchange(measures), pairs)
        .prop_flat_map(|(exchange, pairs)| {
            let coins: Vec<_> = (0u8..).zip(&pairs).map(|(i, (h, _))| (i, h.market.state.spot_e8)).collect();
            let coin = prop::sample::select(coins).prop_flat_map(|coin| balance(Some(coin)));
            let coins = prop::collection::vec(coin, 0..=2);
            (coins.clone(), coins).prop_map(move |(first, second)| {
                let (holdings, others): (Vec<_>, Vec<_>) = pairs.iter().cloned().unzip();
                let both = [first.clone(), second.clone()].concat();
                let one = Book { exchange, holdings, collateral: first, cash_e6: 0 };
                let two = Book { collateral: second, ..one.with_lines(|i, _| others[i].clone()) };
                let sum = Book { collateral: both, ..one.with_lines(|i, h| merge(&h.lines, &others[i])) };
                (one, two, sum)
            })
        })
        .boxed()
}

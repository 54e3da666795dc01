//! Incidents of pumps: a thin market's price moved by who holds both sides of it.

use crate::{
    pit::{cash_e6, fall::WHOLE_E9},
    scene::{emitted, Refuses, UNIT_E6, USD_E6, USD_E8},
};
use ballast::{error::BallastError, instructions::Leg};
use ballast_harness::{
    world::{Kind, MarketSpec, Surface},
    Trader, Verdict, World,
};
use ballast_risk::liquidation::discount_e9;
use ballast_sdk::search::Asset;

/// A stake of the insurance fund that reaches for everything here, 1e-6 quote.
const STAKED: u64 = 500_000 * USD_E6;
/// What rounding may be, 1e-6 quote.
const ROUNDING_E6: i64 = 100;

/// A thin market at 100 and three wallets of one person: one sold calls of strike 100, one bought them, one waits with cash.
/// Somebody honest has millions in the house, and the insurance fund a stake (1e-6 quote).
struct Pump {
    world: World,
    short: Trader,
    long: Trader,
    third: Trader,
    honest: Trader,
    call: Leg,
    paid_in_e6: i64,
}

fn pump(staked: u64) -> Pump {
    let mut world = World::standard().expect("the usual scenario");
    world.add_market(&MarketSpec::numbered(1)).accepted();
    let expiry = world.vm.now() + 30 * 86_400;
    world.list_expiry("U1", expiry, Surface::FLAT, &[100 * USD_E8]).expect("an expiry");
    let honest = world.funded("honest", 4_000_000 * USD_E6).expect("somebody");
    world.staker("staker", staked).expect("a stake");
    let [short, long, third] = [("short", 200_000), ("long", 50_000), ("third", 400_000)]
        .map(|(name, cash)| world.funded(name, cash * USD_E6).expect("a wallet"));
    for wallet in [&short, &long, &third] {
        world.give(wallet, "USDC", 0).accepted();
    }
    let call = world.leg("U1", expiry, 100 * USD_E8, Kind::Call, 5_000 * UNIT_E6);
    world.trade_at_mark(&short, &long, &[call]).accepted();
    let paid_in_e6 = 650_000 * UNIT_E6;
    Pump { world, short, long, third, honest, call, paid_in_e6 }
}

impl Pump {
    fn wallets(&self) -> [&Trader; 3] {
        [&self.short, &self.long, &self.third]
    }

    /// So many seconds later the price is so many dollars while its average is where it was.
    fn at(&mut self, secs: i64, dollars: u64) {
        self.world.vm.advance(secs);
        self.world.refresh_prices();
        self.world.jump_price("U1", dollars * USD_E8, 100 * USD_E8);
    }

    fn most(&self, wallet: &Trader) -> u64 {
        let portfolio = self.world.portfolio_of(wallet);
        self.world.snapshot().max_withdraw(&portfolio, Asset::Quote).expect("an amount")
    }

    /// A wallet takes out all it may.
    fn drain(&mut self, wallet: &Trader) {
        let most = self.most(wallet);
        if most > 0 {
            self.world.withdraw(wallet, "USDC", most).accepted();
        }
    }

    /// What the three wallets have outside, 1e-6 quote.
    fn outside_e6(&self) -> i64 {
        self.wallets().iter().map(|wallet| self.world.wallet(wallet, "USDC").cast_signed()).sum()
    }

    /// What they have outside and what their portfolios are worth at mark.
    fn worth_e6(&self) -> i64 {
        let inside = |wallet: &&Trader| self.world.margin(wallet).expect("a report").equity_mark_e6;
        self.outside_e6() + self.wallets().iter().map(inside).sum::<i64>()
    }

    /// (insurance, open shortfall), 1e-6 quote.
    fn house_e6(&self) -> (i64, i64) {
        let exchange = self.world.exchange();
        (exchange.insurance_e6, exchange.shortfall_e6)
    }
}

/// Mango, October 2022: two accounts of one person trade a thin market, its price is pumped thirteenfold, and the winner
/// borrows everything against the gain while the loser is left under water.
///
/// Goal: a gain that is not realised pays for nothing: neither withdrawal nor another option. Method: a pump of 19 % (what
/// the validity table lets through) raises what the winner may use by nothing at all; of 1,200 %, nobody may take
/// anything out or be flagged.
#[test]
fn mango_a_pumped_gain_cannot_be_withdrawn() {
    let mut pump = pump(STAKED);
    let (winner, loser, honest) = (pump.long.clone(), pump.short.clone(), pump.honest.clone());
    let before = pump.world.margin(&winner).expect("a report");
    let cash = cash_e6(&pump.world, &winner).unsigned_abs();
    pump.at(30, 119);
    let after = pump.world.margin(&winner).expect("a report");
    let gain_e6 = after.options_e6 - before.options_e6;
    assert!(gain_e6 > 60_000 * UNIT_E6, "more than was ever paid in for it: {after:?}");
    assert_eq!(after.excess_initial_e6, before.excess_initial_e6);
    assert_eq!(pump.most(&winner), cash);
    pump.world.withdraw(&winner, "USDC", cash + 1).refuses(BallastError::InsufficientBalance);
    let dear = Leg { is_put: true, ..pump.call };
    pump.world.trade(&honest, &winner, &[dear], cash.cast_signed()).refuses(BallastError::CashBelowZero);

    pump.at(30, 1_300);
    for wallet in [&winner, &loser] {
        pump.world.withdraw(wallet, "USDC", USD_E6).refuses(BallastError::OracleGapWide);
    }
    pump.world.flag(&loser).refuses(BallastError::OracleGapUnusable);
    assert_eq!(pump.house_e6(), (STAKED.cast_signed(), 0));
}

/// The same: the gain is realised by selling to an accomplice at the pumped price.
///
/// Goal: three wallets never take out more than they paid in. Method: at 19 % the winner sells everything to the third,
/// and all three take out what they may; the price returns, the loser takes out what it may; the third sells back to it,
/// and all that is left goes. Insurance and shortfall are as they were.
#[test]
fn mango_three_wallets_take_out_what_they_paid_in() {
    let mut pump = pump(STAKED);
    let Pump { short: loser, long: winner, third, call, .. } = &pump;
    let (loser, winner, third, call) = (loser.clone(), winner.clone(), third.clone(), *call);
    pump.at(30, 119);
    pump.world.trade_at_mark(&winner, &third, &[call]).accepted();
    for wallet in [&winner, &third, &loser] {
        pump.drain(wallet);
    }
    assert!(pump.world.portfolio_of(&winner).is_empty());
    assert!(pump.outside_e6() < pump.paid_in_e6);
    pump.at(30, 100);
    pump.drain(&loser);
    pump.world.trade_at_mark(&third, &loser, &[call]).accepted();
    for wallet in [&winner, &third, &loser] {
        pump.drain(wallet);
        assert!(pump.world.portfolio_of(wallet).is_empty());
    }
    let fees_e6 = pump.world.market(3).fees_e6;
    assert_eq!(pump.outside_e6(), pump.paid_in_e6 - fees_e6, "all of it but the fees");
    assert_eq!(pump.house_e6(), (STAKED.cast_signed(), 0));
}

/// What a squeeze came to, 1e-6 quote.
struct Squeeze {
    /// Sum of the prices of the slices; below zero is what the house paid for them.
    price_e6: i64,
    contribution_e6: i64,
    /// What the auction may ask of the house: `δ·max(equity at mark, MM) − equity at mark`.
    most_e6: i64,
    /// What the three wallets have more than they paid in, fees of trading aside.
    gain_e6: i64,
}

/// The short wallet takes out all it may; the price is pumped to so many dollars, it is flagged; after so many seconds the
/// third takes what it may of it, so much of the book at once; the price returns.
fn squeeze(pump: &mut Pump, dollars: u64, wait_secs: i64, fraction_e9: u64) -> Squeeze {
    let (short, third) = (pump.short.clone(), pump.third.clone());
    pump.drain(&short);
    pump.at(30, dollars);
    pump.world.flag(&short).accepted();
    pump.at(wait_secs, dollars);
    let report = pump.world.margin(&short).expect("a report");
    let base_e6 = i128::from(report.equity_mark_e6.max(report.maintenance_e6));
    let incentive_e6 = base_e6 * i128::from(discount_e9(wait_secs)) / 1_000_000_000;
    let most_e6 = i64::try_from(incentive_e6).expect("money") - report.equity_mark_e6;
    let (mut price_e6, mut contribution_e6) = (0, 0);
    while pump.world.portfolio_of(&short).is_frozen() {
        let outcome = pump.world.take_slice(&short, &third, fraction_e9).accepted();
        let slice = emitted!(outcome, SliceLiquidated);
        price_e6 += slice.price_e6;
        contribution_e6 += slice.contribution_e6;
    }
    pump.at(1, 100);
    let gain_e6 = pump.worth_e6() + pump.world.market(3).fees_e6 - pump.paid_in_e6;
    Squeeze { price_e6, contribution_e6, most_e6, gain_e6 }
}

/// Hyperliquid, March 2025 (JELLY): somebody sold a thin coin short to themselves, pumped it, and let the house inherit the
/// short.
///
/// Goal: a pump within what initial margin covers, liquidated while the discount is small, pays its maker nothing: nobody
/// inherits, the short's own margin pays. Method: 19 %, the accomplice takes in tenths at once, after a minute and after
/// three; afterwards the three wallets have less than they paid in by just what insurance has more.
#[test]
fn jelly_a_squeeze_inside_the_margin_pays_its_maker_nothing() {
    for wait_secs in [0, 60, 180] {
        let mut pump = pump(STAKED);
        let honest_e6 = cash_e6(&pump.world, &pump.honest);
        let squeeze = squeeze(&mut pump, 119, wait_secs, WHOLE_E9 / 10);
        assert!(squeeze.price_e6 > 0 && squeeze.contribution_e6 > 0 && squeeze.most_e6 < 0);
        let lost_e6 = -squeeze.gain_e6;
        assert!((lost_e6 - squeeze.contribution_e6).abs() < ROUNDING_E6, "{lost_e6} after {wait_secs}");
        assert_eq!(pump.house_e6(), (STAKED.cast_signed() + squeeze.contribution_e6, 0));
        assert_eq!(cash_e6(&pump.world, &pump.honest), honest_e6);
    }
}

/// The same, where it does pay: the price is genuine and further from its average than margin covers, but not so far that
/// nobody is liquidated (50 %); or it stays there while nobody but the accomplice takes, until the discount is larger than
/// what the short has left. The house then pays for the book, to its own maker, and the price returns.
///
/// Goal: what it costs the house is bounded: `δ·max(equity at mark, MM) − equity at mark` of the one book, paid once, and
/// nobody else's cash while insurance reaches. Method: pumps up to the limit, waits up to the end of the ramp; the gain of
/// the three wallets is what insurance paid, to rounding. A pump beyond the limit flags nobody.
#[test]
fn jelly_a_squeeze_beyond_the_margin_costs_its_deficit_and_no_more() {
    for (dollars, wait_secs, thousands) in
        [(119, 900, 11), (119, 3_600, 74), (130, 0, 35), (145, 0, 107), (149, 0, 127), (149, 3_600, 235)]
    {
        let mut pump = pump(STAKED);
        let honest_e6 = cash_e6(&pump.world, &pump.honest);
        let Squeeze { price_e6, most_e6, gain_e6, .. } = squeeze(&mut pump, dollars, wait_secs, WHOLE_E9);
        assert!((gain_e6 + price_e6).abs() < ROUNDING_E6, "{gain_e6} of {price_e6}");
        assert!((0..=most_e6 + ROUNDING_E6).contains(&gain_e6), "{gain_e6} of {most_e6}");
        let range = (thousands - 1) * 1_000 * UNIT_E6..thousands * 1_000 * UNIT_E6;
        assert!(range.contains(&gain_e6), "{gain_e6} at {dollars} after {wait_secs}");
        assert_eq!(pump.house_e6(), (STAKED.cast_signed() + price_e6, 0));
        assert_eq!(cash_e6(&pump.world, &pump.honest), honest_e6);
    }
    let mut pump = pump(STAKED);
    let short = pump.short.clone();
    pump.drain(&short);
    pump.at(30, 160);
    pump.world.flag(&short).refuses(BallastError::OracleGapUnusable);
}

/// The same, with a fund that does not reach.
///
/// Goal: whoever is paid by a shortfall does not run with it, and bears its share. Method: a fund of 50,000 against a
/// deficit of twice that; the accomplice's withdrawal before the shortfall is shared, and what the three have after.
#[test]
fn jelly_what_the_fund_cannot_pay_is_shared_by_the_maker_too() {
    let mut pump = pump(50_000 * USD_E6);
    let Squeeze { price_e6, gain_e6, .. } = squeeze(&mut pump, 145, 0, WHOLE_E9);
    let (insurance_e6, shortfall_e6) = pump.house_e6();
    assert_eq!((insurance_e6, shortfall_e6), (0, -price_e6 - 50_000 * UNIT_E6));
    let third = pump.third.clone();
    pump.world.withdraw(&third, "USDC", 1).refuses(BallastError::ShortfallOpen);
    let cash_before_e6 = pump.wallets().map(|wallet| pump.world.cash_of(wallet)).iter().sum::<i64>();
    let outcome = pump.world.socialise().accepted();
    let shared = emitted!(outcome, ShortfallSocialised);
    let cash_after_e6 = pump.wallets().map(|wallet| pump.world.cash_of(wallet)).iter().sum::<i64>();
    let share_e6 = i128::from(cash_before_e6) * i128::from(shared.borne_e6) / i128::from(shared.cash_e6);
    let bore_e6 = cash_before_e6 - cash_after_e6;
    assert!((i128::from(bore_e6) - share_e6).abs() < i128::from(ROUNDING_E6), "{bore_e6} of {share_e6}");
    assert!(bore_e6 > 5_000 * UNIT_E6 && bore_e6 < gain_e6);
}

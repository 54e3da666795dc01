//! Incidents of books: concentration, margin that was cached, fees that were not paid, gains taken out.

use crate::{
    pit::{cash_e6, fall::WHOLE_E9, pit, Pit},
    scene::{emitted, traded, Refuses, Scene, UNIT_E6, USD_E6, USD_E8},
};
use ballast::{error::BallastError, state::Portfolio};
use ballast_harness::{
    world::{Kind, MarketSpec, Surface},
    Trader, Verdict, World,
};
use ballast_sdk::{account::Stored, instruction::portfolio::Mode, search::Asset};

/// A market whose open interest is capped at so many units, a quarter of it a series, with ten strikes.
fn thin(world: &mut World, cap: i64) -> i64 {
    let mut spec = MarketSpec::numbered(1);
    spec.args.open_interest_cap_e6 = cap * UNIT_E6;
    spec.args.series_cap_e6 = cap * UNIT_E6 / 4;
    spec.args.share_base_e6 = cap * UNIT_E6 / 10;
    world.add_market(&spec).accepted();
    let expiry = world.vm.now() + 30 * 86_400;
    let strikes: Vec<u64> = (90..100).map(|at| at * USD_E8).collect();
    world.list_expiry("U1", expiry, Surface::FLAT, &strikes).expect("an expiry");
    expiry
}

/// Solend (USDH, November 2022) and dYdX (YFI, November 2023): a thin market's open interest grew eightyfold over many
/// accounts, each of them small.
///
/// Goal: the caps count everybody together. Method: twenty accounts build up in ten series; the sum stops at the cap, to
/// the unit, and no account gets in after it.
#[test]
fn dydx_yfi_many_accounts_meet_one_cap() {
    let Pit { mut world, maker, .. } = pit();
    world.fund(&maker, "USDC", 5_000_000 * USD_E6).accepted();
    let expiry = thin(&mut world, 1_000);
    let mut refused = 0;
    for n in 0..20 {
        let small = world.funded(&format!("small {n}"), 20_000 * USD_E6).expect("an account");
        let strike_e8 = (90 + n / 2) * USD_E8;
        let leg = world.leg("U1", expiry, strike_e8, Kind::Put, -75 * UNIT_E6);
        match world.trade_at_mark(&maker, &small, &[leg]) {
            Ok(_) => assert_eq!(refused, 0, "nobody gets in behind one who was refused"),
            Err(rejected) => {
                assert!(rejected.is(BallastError::OpenInterestCap), "{rejected:?}");
                refused += 1;
            }
        }
    }
    let open_e6 = world.market(3).open_interest_e6;
    assert_eq!((open_e6, refused), (13 * 75 * UNIT_E6, 7));
    let last = world.leg("U1", expiry, 99 * USD_E8, Kind::Put, -25 * UNIT_E6);
    let small = world.funded("last", 20_000 * USD_E6).expect("an account");
    world.trade_at_mark(&maker, &small, &[last]).accepted();
    assert_eq!(world.market(3).open_interest_e6, 1_000 * UNIT_E6);
}

/// The same: what one account holds of a thin market costs more the more of it there is.
///
/// Goal: initial margin grows faster than the position once it is a tenth of the market. Method: margin a unit of one put,
/// of a small share and of a large one.
#[test]
fn solend_usdh_a_share_of_the_market_costs_extra() {
    let Pit { mut world, maker, .. } = pit();
    world.fund(&maker, "USDC", 5_000_000 * USD_E6).accepted();
    let expiry = thin(&mut world, 1_000_000);
    let margin_a_unit = |world: &mut World, name: &str, units: i64| {
        let whale = world.funded(name, 9_000_000 * USD_E6).expect("an account");
        let leg = world.leg("U1", expiry, 95 * USD_E8, Kind::Put, -units * UNIT_E6);
        world.trade_at_mark(&maker, &whale, &[leg]).accepted();
        let report = world.margin(&whale).expect("a report");
        (report.initial_e6 / units, report.open_interest_e6)
    };
    let (small, none) = margin_a_unit(&mut world, "small", 1_000);
    let (large, extra) = margin_a_unit(&mut world, "large", 60_000);
    assert_eq!(none, 0);
    assert!(extra > 0 && large > small * 13 / 10, "{small} {large}");
}

/// Overwrites the report a portfolio keeps: the worst a stale or forged cache could say.
fn forge_report(world: &mut World, trader: &Trader, excess_e6: i64) {
    let address = trader.portfolio();
    let mut account = world.vm.account(&address).expect("a portfolio");
    let portfolio: &mut Portfolio = bytemuck::from_bytes_mut(&mut account.data[8..Portfolio::SIZE]);
    portfolio.report.excess_initial_e6 = excess_e6;
    portfolio.report.excess_exit_e6 = excess_e6;
    portfolio.report.excess_maintenance_e6 = excess_e6;
    world.vm.set_account(address, account);
}

/// Cypher, August 2023: the margin of isolated sub-accounts was cached where it was not kept up, and believed.
///
/// Goal: nothing goes by the stored report; margin is made anew from positions. Method: a report that says all is well does
/// not let an under-margined portfolio withdraw, trade or escape its flag; one that says all is lost does not get a
/// healthy one flagged.
#[test]
fn cypher_the_stored_report_is_never_believed() {
    let mut fall = crate::pit::fall::sold();
    fall.drop(0);
    let (victim, house) = (fall.victim.clone(), fall.house.clone());
    forge_report(&mut fall.world, &victim, i64::MAX);
    fall.world.give(&victim, "USDC", 0).accepted();
    fall.world.withdraw(&victim, "USDC", USD_E6).refuses(BallastError::InitialMargin);
    let sale = fall.world.leg("BTC", fall.expiry, 100_000 * USD_E8, Kind::Put, -UNIT_E6);
    fall.world.trade_at_mark(&house, &victim, &[sale]).refuses(BallastError::TakerInitialMargin);
    fall.world.flag(&victim).accepted();
    forge_report(&mut fall.world, &victim, i64::MAX);
    fall.world.end_liquidation(&victim).refuses(BallastError::ExitNotReached);
    forge_report(&mut fall.world, &house, i64::MIN);
    fall.world.flag(&house).refuses(BallastError::Healthy);
}

/// The same: an isolated portfolio and its owner's others share nothing.
///
/// Goal: money in one portfolio is no margin in another, either way. Method: a rich portfolio beside an isolated one that
/// wants to sell more than it can bear.
#[test]
fn cypher_portfolios_of_one_owner_share_nothing() {
    let Pit { mut world, maker, taker, expiry } = pit();
    let alone = taker.with_index(1);
    world.open(&alone, Mode::Isolated(0)).accepted();
    world.fund(&alone, "USDC", 1_000 * USD_E6).accepted();
    let sale = world.leg("BTC", expiry, 110_000 * USD_E8, Kind::Put, -UNIT_E6);
    world.trade_at_mark(&maker, &alone, &[sale]).refuses(BallastError::TakerInitialMargin);
    world.trade_at_mark(&maker, &taker, &[sale]).accepted();
}

/// Percolator, 2026 (#105): the fee that was *asked* was credited to insurance, and less was charged.
///
/// Goal: what insurance is credited is what traders paid, to the unit. Method: trades whose fees are capped, rounded and
/// at the ends of both sides' cash; Σ of the cash that went equals the market's fees, and the sweep.
#[test]
fn percolator_fees_credited_are_fees_paid() {
    let Pit { mut world, maker, taker, expiry } = pit();
    let all = |world: &World| cash_e6(world, &maker) + cash_e6(world, &taker);
    let before_e6 = all(&world);
    let mut said_e6 = 0;
    for (strike, kind, qty_e6) in
        [(150, Kind::Call, 1), (150, Kind::Call, 333_333), (90, Kind::Put, -1_000_001), (120, Kind::Call, 7)]
    {
        let leg = world.leg("BTC", expiry, strike * 1_000 * USD_E8, kind, qty_e6);
        let outcome = world.trade_at_mark(&maker, &taker, &[leg]).accepted();
        said_e6 += 2 * emitted!(outcome, Traded).fees_e6;
        assert_eq!(before_e6 - all(&world), world.market(0).fees_e6);
    }
    assert_eq!(world.market(0).fees_e6, said_e6);
    world.sweep_fees("BTC").accepted();
    assert_eq!((world.exchange().insurance_e6, world.market(0).fees_e6), (said_e6, 0));
    world.sweep_fees("BTC").refuses(BallastError::NoFees);
}

/// The same: a side that cannot pay its fee.
///
/// Goal: a fee is paid whole or there is no trade. Method: a buyer, as taker and as maker, with premium and fee less the
/// smallest amount there is: refused, and the market's fees are what they were; with exactly premium and fee: nothing is
/// left, and the market is credited what both sides paid.
#[test]
fn percolator_a_fee_that_cannot_be_paid_is_no_trade() {
    let Pit { mut world, maker: seller, expiry, .. } = pit();
    for as_taker in [true, false] {
        let mut call = world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, 777_777);
        let premium_e6 = world.mark_e6(&[call]).expect("a mark").unsigned_abs();
        let mut probe = world.fork();
        let rich = probe.funded("rich", 100_000 * USD_E6).expect("a buyer");
        let outcome = probe.trade_at_mark(&seller, &rich, &[call]).accepted();
        let fee_e6 = emitted!(outcome, Traded).fees_e6;
        assert!(fee_e6 > 0);

        let buyer = world.funded(&format!("buyer {as_taker}"), premium_e6).expect("a buyer");
        world.fund(&buyer, "USDC", fee_e6.unsigned_abs() - 1).accepted();
        let (fees_e6, cash) = (world.market(0).fees_e6, cash_e6(&world, &seller));
        let buy = |world: &mut World, call| {
            if as_taker {
                world.trade_at_mark(&seller, &buyer, &[call])
            } else {
                world.trade_at_mark(&buyer, &seller, &[call])
            }
        };
        call.qty_e6 *= if as_taker { 1 } else { -1 };
        let rejected = buy(&mut world, call).refuses(BallastError::CashBelowZero);
        assert_eq!(rejected.account.as_deref(), Some(if as_taker { "taker" } else { "maker" }));
        assert_eq!((world.market(0).fees_e6, cash_e6(&world, &seller)), (fees_e6, cash));
        world.fund(&buyer, "USDC", 1).accepted();
        let outcome = buy(&mut world, call).accepted();
        assert_eq!(emitted!(outcome, Traded).fees_e6, fee_e6);
        assert_eq!(cash_e6(&world, &buyer), 0);
        assert_eq!(cash_e6(&world, &seller), cash + premium_e6.cast_signed() - fee_e6);
        assert_eq!(world.market(0).fees_e6, fees_e6 + 2 * fee_e6);
    }
}

/// Hyperliquid, March 2025: a trader took the gain out of a huge position until it was liquidated, and the fund inherited
/// what was left.
///
/// Goal: taking money out needs initial margin, size and all. Method: a short that has gained; all that may be withdrawn,
/// and a unit more; afterwards initial margin stands, and it is above maintenance margin by far.
#[test]
fn hyperliquid_margin_out_needs_initial_margin() {
    let Scene { mut world, short, .. } = traded();
    world.vm.advance(1);
    world.refresh_prices();
    world.set_price("BTC", 105_000 * USD_E8);
    world.give(&short, "USDC", 0).accepted();
    let book = world.portfolio_of(&short);
    let most = world.snapshot().max_withdraw(&book, Asset::Quote).expect("an amount");
    assert!(most < u64::try_from(book.cash_e6).expect("cash"));
    world.withdraw(&short, "USDC", most + 1).refuses(BallastError::InitialMargin);
    let mut left = most;
    while left > 0 {
        // The outflow guard lets a quarter of the vault go an hour.
        world.wait(4_200).expect("feeds speak");
        let part = left.min(world.vault("USDC") / 4);
        let book = world.portfolio_of(&short);
        left = world.snapshot().max_withdraw(&book, Asset::Quote).expect("an amount").min(left);
        let part = part.min(left);
        if part == 0 {
            break;
        }
        world.withdraw(&short, "USDC", part).accepted();
        left -= part;
    }
    let report = world.margin(&short).expect("a report");
    assert!(
        report.excess_initial_e6 >= 0 && report.excess_maintenance_e6 > report.initial_e6 / 10,
        "{report:?}"
    );
}

/// A seller of so many puts of the thin market who has taken out all that may go: margin a unit (1e-6 quote) and the scene.
fn stripped(units: i64) -> (World, [Trader; 2], i64) {
    let Pit { mut world, maker, .. } = pit();
    world.fund(&maker, "USDC", 60_000_000 * USD_E6).accepted();
    let expiry = thin(&mut world, 1_000_000);
    let whale = world.funded("whale", 15_000_000 * USD_E6).expect("an account");
    let liquidator = world.funded("liquidator", 40_000_000 * USD_E6).expect("an account");
    world.give(&whale, "USDC", 0).accepted();
    let puts = world.leg("U1", expiry, 95 * USD_E8, Kind::Put, -units * UNIT_E6);
    world.trade_at_mark(&maker, &whale, &[puts]).accepted();
    world.wait(60).expect("feeds speak");
    let most = world.snapshot().max_withdraw(&world.portfolio_of(&whale), Asset::Quote).expect("an amount");
    world.withdraw(&whale, "USDC", most + 1).refuses(BallastError::InitialMargin);
    world.withdraw(&whale, "USDC", most).accepted();
    let a_unit_e6 = world.margin(&whale).expect("a report").initial_e6 / units;
    (world, [whale, liquidator], a_unit_e6)
}

/// The same, to its end: the position was so large that closing it moved the market, and the fund lost four million.
///
/// Goal: a book of a fifth of the market is margined for its size, so that the fund loses nothing by twice the move that a
/// small book is margined for. Method: all is taken out that may go, the price falls by the scan's 16 % and by 32 %, the
/// book is flagged and taken phase by phase; a small book beside it by the scan's move.
#[test]
fn hyperliquid_a_huge_book_costs_the_fund_nothing() {
    let mut margins = Vec::new();
    for (units, percent) in [(1_000, 16), (200_000, 16), (200_000, 32)] {
        let (mut world, [whale, liquidator], a_unit_e6) = stripped(units);
        margins.push(a_unit_e6);
        world.vm.advance(1);
        world.refresh_prices();
        world.set_price("U1", (100 - percent) * USD_E8);
        world.flag(&whale).accepted();
        let mut slices = 0;
        while world.portfolio_of(&whale).is_frozen() && world.end_liquidation(&whale).is_err() {
            let outcome = world.take_slice(&whale, &liquidator, WHOLE_E9).accepted();
            let slice = emitted!(outcome, SliceLiquidated);
            assert!(slice.price_e6 > 0 && slice.fraction_e9 < WHOLE_E9);
            slices += 1;
            assert!(slices < 10, "it ends");
            world.wait(30).expect("feeds speak");
        }
        let exchange = world.exchange();
        assert!(exchange.insurance_e6 > 0, "contributions, and nothing paid");
        assert_eq!((exchange.shortfall_e6, exchange.socialised_e6), (0, 0));
        assert!(world.margin(&whale).expect("a report").equity_mark_e6 > 0);
    }
    assert!(margins[1] > margins[0] * 18 / 10 && margins[1] == margins[2], "{margins:?}");
}

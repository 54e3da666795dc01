//! The main road through the clearing house, on the shipped binary: deposit, trade, margin check, withdrawal, liquidation,
//! settlement. Invariants are checked by the world after every transaction.

use ballast::error::BallastError;
use ballast_harness::{
    invariants::{books, Claims},
    world::{Kind, Surface},
    Rejected, Trader, Verdict, World,
};
use ballast_sdk::{account, event::Event, search::Asset};

const USD_E6: u64 = 1_000_000;
const USD_E8: u64 = 100_000_000;
const UNIT_E6: i64 = 1_000_000;
const DAY_SECS: i64 = 86_400;

/// Two funded traders and a BTC expiry in 30 days with strikes around the price.
fn scene() -> (World, Trader, Trader, i64) {
    let mut world = World::standard().expect("the usual scenario");
    let expiry = world.vm.now() + 30 * DAY_SECS;
    let strikes: Vec<u64> = (90..=150).step_by(10).map(|thousand| thousand * 1_000 * USD_E8).collect();
    world.list_expiry("BTC", expiry, Surface::default(), &strikes).expect("an expiry");
    let maker = world.funded("maker", 500_000 * USD_E6).expect("a maker");
    let taker = world.funded("taker", 100_000 * USD_E6).expect("a taker");
    (world, maker, taker, expiry)
}

/// Goal: the usual scenario stands up in a second. Method: the quickest of three; the first loads the program.
#[test]
fn a_world_is_quick_to_make() {
    let took = (0..3).map(|_| {
        let before = std::time::Instant::now();
        drop(World::standard().expect("the usual scenario"));
        before.elapsed()
    });
    let quickest = took.min().expect("three");
    assert!(quickest.as_millis() < 1_000, "{quickest:?}");
}

/// Goal: deposit, trade, check, withdraw; program and SDK agree on every byte. Method: a call spread.
#[test]
fn deposit_trade_check_withdraw() {
    let (mut world, maker, taker, expiry) = scene();
    let legs = [
        world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, 2 * UNIT_E6),
        world.leg("BTC", expiry, 140_000 * USD_E8, Kind::Call, -2 * UNIT_E6),
    ];
    let outcome = world.trade_at_mark(&maker, &taker, &legs).accepted();
    let traded = outcome.event(|event| match event {
        Event::Traded(traded) => Some(traded),
        _ => None,
    });
    assert_eq!(traded.expect("an event").legs.len(), 2);
    println!("trade {} CU, {} bytes", outcome.compute_units, outcome.transaction_bytes);

    let checked = world.check_margin(&taker).accepted();
    println!("margin_check {} CU", checked.compute_units);
    let report = world.margin(&taker).expect("a report");
    assert_eq!(checked.return_data, bytemuck::bytes_of(&report), "returned bytes are the SDK's");
    assert!(report.initial_e6 > 0 && report.excess_initial_e6 > 0, "{report:?}");

    let portfolio = world.portfolio_of(&maker);
    let most = world.snapshot().max_withdraw(&portfolio, Asset::Quote).expect("an amount");
    assert!(most > 0 && most < 500_000 * USD_E6);
    world.withdraw(&maker, "USDC", most + 1).refused(BallastError::InitialMargin);
    let small = most.min(100_000 * USD_E6);
    let withdrawn = world.withdraw(&maker, "USDC", small).accepted();
    println!("withdraw {} CU", withdrawn.compute_units);
    assert_eq!(world.wallet(&maker, "USDC"), small);
}

/// Goal: SOL counts as collateral, and an empty book takes it out again without prices. Method: in and out.
#[test]
fn collateral_goes_in_and_out() -> Result<(), Box<Rejected>> {
    let (mut world, _, taker, _) = scene();
    world.fund(&taker, "SOL", 10_000_000_000)?;
    let report = world.margin(&taker).expect("a report");
    assert_eq!(report.collateral_mark_e6, 2_053_100_000);
    world.vm.advance(3_600);
    world.withdraw(&taker, "SOL", 4_000_000_000)?;
    assert_eq!((world.wallet(&taker, "SOL"), world.vault("SOL")), (4_000_000_000, 6_000_000_000));
    Ok(())
}

/// Goal: a naked strangle is liquidated when the market falls, slice by slice, and nobody healthy is. Method: sell it
/// near the margin's limit, let the price fall, flag, take.
#[test]
fn a_fall_is_liquidated() -> Result<(), Box<Rejected>> {
    let (mut world, maker, taker, expiry) = scene();
    let liquidator = world.funded("liquidator", 2_000_000 * USD_E6)?;
    let sold = |world: &World, qty| {
        [
            world.leg("BTC", expiry, 100_000 * USD_E8, Kind::Put, qty),
            world.leg("BTC", expiry, 140_000 * USD_E8, Kind::Call, qty),
        ]
    };
    let legs = sold(&world, -4 * UNIT_E6);
    world.trade_at_mark(&maker, &taker, &legs)?;
    world.flag(&taker).refused(BallastError::Healthy);
    let portfolio = world.portfolio_of(&taker);
    let prices = world.snapshot().liquidation_prices(&portfolio, 0).expect("a search");
    let below_e8 = prices.below_e8.expect("a short strangle has one below");
    assert!(prices.above_e8.is_some());
    let ema_e8 = world.update("BTC").ema_price.unsigned_abs();

    world.vm.advance(1);
    world.jump_price("BTC", below_e8 + USD_E8, ema_e8);
    world.flag(&taker).refused(BallastError::Healthy);
    world.vm.advance(1);
    world.jump_price("BTC", below_e8 - USD_E8, ema_e8);
    world.flag(&taker).accepted();
    let mut slices = 0;
    while world.portfolio_of(&taker).is_frozen() && slices < 20 {
        world.wait(31)?;
        let taken = world.take_slice(&taker, &liquidator, 1_000_000_000)?;
        println!("liquidate_slice {} CU", taken.compute_units);
        slices += 1;
    }
    assert!(!world.portfolio_of(&taker).is_frozen(), "safe after {slices} slices");
    assert!(world.margin(&taker).expect("a report").excess_maintenance_e6 >= 0);
    Ok(())
}

/// Goal: an expiry settles at its time-weighted price and every unit of the vault is somebody's. Method: live through
/// the window, settle both sides, sweep the fees.
#[test]
fn an_expiry_settles() -> Result<(), Box<Rejected>> {
    let (mut world, maker, taker, expiry) = scene();
    let legs = [world.leg("BTC", expiry, 110_000 * USD_E8, Kind::Call, UNIT_E6)];
    world.trade_at_mark(&maker, &taker, &legs)?;
    let before_e6 = world.portfolio_of(&taker).cash_e6;
    let settled_e8 =
        world.live_to_settlement("BTC", expiry, |left| (115_000 + left.unsigned_abs()) * USD_E8)?;
    assert!(settled_e8 > 115_000 * USD_E8 && settled_e8 < 116_800 * USD_E8, "{settled_e8}");
    world.settle(&taker)?;
    world.settle(&maker)?;
    let gained_e6 = world.portfolio_of(&taker).cash_e6 - before_e6;
    assert_eq!(gained_e6, i64::try_from((settled_e8 - 110_000 * USD_E8) / 100).unwrap());
    world.sweep_fees("BTC")?;
    let books = books(&world).expect("books").expect("an exchange");
    let claims = Claims::of(&books);
    assert_eq!((claims.escrow_e6, claims.fees_e6), (0, 0));
    assert_eq!(claims.total_e6(), i128::from(books.quote_vault));
    Ok(())
}

/// Goal: the SDK borrows accounts in place. Method: account data as the VM holds it.
#[test]
fn accounts_decode_in_place() {
    let (world, maker, _, _) = scene();
    let data = world.vm.data(&maker.portfolio());
    let portfolio: &ballast::state::Portfolio = account::decode(&data).expect("a portfolio");
    assert_eq!(portfolio.owner, maker.pubkey());
}

/// Goal: the largest order is the largest. Method: trade it, and one millionth more is refused.
#[test]
fn the_largest_quantity_trades() {
    let (mut world, maker, taker, expiry) = scene();
    let line = world.line("BTC", expiry, 90_000 * USD_E8);
    let snapshot = world.snapshot();
    let order = ballast_sdk::fill::Order {
        market: line.market,
        expiry_slot: line.expiry_slot,
        strike_slot: line.strike_slot,
        is_put: true,
        is_sale: true,
        price_e8: snapshot.mark_e8(line.market, line.expiry_slot, line.strike_slot, true).expect("a mark"),
    };
    let most = snapshot.max_quantity(&world.portfolio_of(&taker), &order).expect("a quantity");
    assert!(most > 0);
    for (qty_e6, stands) in [(most + 1, false), (most, true)] {
        let leg = order.leg(qty_e6);
        let premium_e6 =
            -i64::try_from(u128::from(order.price_e8) * u128::from(qty_e6) / 100_000_000).unwrap();
        let sent = world.trade(&maker, &taker, &[leg], premium_e6);
        if stands {
            sent.accepted();
        } else {
            sent.refused(BallastError::TakerInitialMargin);
        }
    }
}

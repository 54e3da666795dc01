//! What the scenarios can reach beyond the main road: wide books, debts, pegs, isolated portfolios, delegates, foreign
//! mints. Method throughout: the world's own actions, its invariants checked after each.

use ballast::{error::BallastError, instructions::Leg};
use ballast_harness::{
    feeds,
    keys::keypair,
    token::Extension,
    world::{CollateralSpec, Kind, MarketSpec, Surface, TEN_TENTEN},
    PriceUpdate, Rejected, Verdict, World,
};
use ballast_sdk::{event::Event, instruction::portfolio::Mode};
use solana_signer::Signer;

const USD_E6: u64 = 1_000_000;
const USD_E8: u64 = 100_000_000;
const UNIT_E6: i64 = 1_000_000;
const DAY_SECS: i64 = 86_400;

/// Goal: 64 lines over 4 underlyings and 8 expiries are traded, checked in one legacy transaction with at most 16
/// accounts, and the program's report is the SDK's.
#[test]
fn a_book_of_64_lines_is_checked() -> Result<(), Box<Rejected>> {
    let mut world = World::standard().expect("the usual scenario");
    world.add_market(&MarketSpec::numbered(1))?;
    let mut series = Vec::new();
    for symbol in ["BTC", "ETH", "SOL", "U1"] {
        let spot_e8 = world.update(symbol).price.unsigned_abs();
        for week in 1..=8 {
            let expiry = world.vm.now() + week * 7 * DAY_SECS;
            let strikes = [spot_e8 / 100 * 90, spot_e8 / 100 * 110];
            world.list_expiry(symbol, expiry, Surface::default(), &strikes)?;
            series.extend(strikes.map(|strike_e8| (symbol, expiry, strike_e8)));
        }
    }
    let maker = world.funded("maker", 50_000_000 * USD_E6)?;
    let taker = world.funded("taker", 50_000_000 * USD_E6)?;
    let leg = |(at, (symbol, expiry, strike_e8)): (usize, &(&str, i64, u64))| {
        let kind = if at % 2 == 0 { Kind::Put } else { Kind::Call };
        world.leg(symbol, *expiry, *strike_e8, kind, if at % 3 == 0 { -UNIT_E6 } else { UNIT_E6 })
    };
    let legs: Vec<Leg> = series.iter().enumerate().map(leg).collect();
    world.trade_book_at_mark(&maker, &taker, &legs)?;
    assert_eq!(world.portfolio_of(&taker).line_count, 64);
    let checked = world.check_margin(&taker)?;
    println!("64 lines: {} CU, {} bytes", checked.compute_units, checked.transaction_bytes);
    Ok(())
}

/// Goal: a writer whose cash settlement took below zero pays by selling collateral. Method: a covered call settled
/// above its strike.
#[test]
fn a_debt_is_paid_with_collateral() -> Result<(), Box<Rejected>> {
    let mut world = World::standard().expect("the usual scenario");
    let expiry = world.vm.now() + 7 * DAY_SECS;
    world.list_expiry("SOL", expiry, Surface::default(), &[220 * USD_E8])?;
    let writer = world.funded("writer", 10 * USD_E6)?;
    world.fund(&writer, "SOL", 100_000_000_000)?;
    let holder = world.funded("holder", 50_000 * USD_E6)?;
    let buyer = world.funded("buyer", 0)?;
    world.give(&buyer, "USDC", 10_000 * USD_E6)?;
    world.give(&buyer, "SOL", 1)?;
    let call = world.leg("SOL", expiry, 220 * USD_E8, Kind::Call, 50 * UNIT_E6);
    world.trade_at_mark(&writer, &holder, &[call])?;
    world.live_to_settlement("SOL", expiry, |_| 260 * USD_E8)?;
    world.settle(&writer)?;
    world.settle(&holder)?;
    let debt_e6 = -world.portfolio_of(&writer).cash_e6;
    assert!(debt_e6 > 0, "{debt_e6}");
    let outcome = world.convert(&writer, &buyer, "SOL", 10_000 * USD_E6)?;
    assert_eq!(outcome.events.len(), 1);
    assert_eq!(world.portfolio_of(&writer).cash_e6, 0);
    assert!(world.wallet(&buyer, "SOL") > 1);
    Ok(())
}

/// Goal: an exchange with a peg feed counts cash at the peg and names the feed's account. Method: USDC at 97 cents.
#[test]
fn a_peg_counts() -> Result<(), Box<dyn std::error::Error>> {
    let mut world = World::bare(TEN_TENTEN)?;
    let args = ballast::instructions::ExchangeInitArgs { peg_feed_id: feeds::USDC, ..world.exchange_args() };
    world.create_exchange(args)?;
    let trader = world.funded("trader", 1_000 * USD_E6)?;
    world.check_margin(&trader).expect_err("no peg was posted");
    world.post(PriceUpdate::new(feeds::USDC, 97_000_000, world.vm.now()));
    world.check_margin(&trader)?;
    assert_eq!(world.margin(&trader)?.equity_initial_e6, 970_000_000);
    assert_eq!(world.margin(&trader)?.equity_mark_e6, 1_000_000_000);
    Ok(())
}

/// Goal: an isolated portfolio keeps to its market, and a delegate trades but does not withdraw.
#[test]
fn isolated_portfolios_and_delegates() -> Result<(), Box<Rejected>> {
    let mut world = World::standard().expect("the usual scenario");
    let expiry = world.vm.now() + 7 * DAY_SECS;
    for (symbol, strike_e8) in [("BTC", 120_000 * USD_E8), ("ETH", 4_000 * USD_E8)] {
        world.list_expiry(symbol, expiry, Surface::default(), &[strike_e8])?;
    }
    let maker = world.funded("maker", 500_000 * USD_E6)?;
    let alone = world.trader("alone").with_index(3);
    world.open(&alone, Mode::Isolated(world.id("BTC")))?;
    world.fund(&alone, "USDC", 100_000 * USD_E6)?;
    let eth = world.leg("ETH", expiry, 4_000 * USD_E8, Kind::Call, UNIT_E6);
    let rejected = world.trade_at_mark(&maker, &alone, &[eth]).refused(BallastError::IsolatedMarket);
    assert_eq!(rejected.account.as_deref(), Some("taker"));
    let btc = world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, UNIT_E6);
    let delegate = keypair("delegate");
    world.vm.airdrop(&delegate.pubkey(), 1_000_000_000);
    let args = world.trade_args(&[btc], world.mark_e6(&[btc]).expect("a mark"));
    let stranger = world.trade_by((&maker, &maker.key), (&alone, &delegate), args.clone());
    stranger.refused(BallastError::NotOwnerOrDelegate);
    world.delegate(&alone, &delegate.pubkey(), world.vm.now() + DAY_SECS)?;
    world.trade_by((&maker, &maker.key), (&alone, &delegate), args).accepted();
    Ok(())
}

/// Goal: a mint that takes a fee is credited as received, and one that calls foreign code is not listed.
#[test]
fn mints_with_extensions() {
    let mut world = World::standard().expect("the usual scenario");
    let fee = [Extension::TransferFee { basis_points: 100, maximum: u64::MAX }];
    let spec = CollateralSpec::new("FEE", [0xfd; 32], 10 * USD_E8, 6).token_2022(&fee);
    world.add_collateral(&spec).accepted();
    let trader = world.funded("trader", 0).expect("a trader");
    let outcome = world.fund(&trader, "FEE", 1_000_000).accepted();
    let received = outcome.event(|event| match event {
        Event::Deposited(deposited) => Some(deposited.received),
        _ => None,
    });
    assert_eq!((received, world.portfolio_of(&trader).collateral[1]), (Some(990_000), 990_000));
    let hook = [Extension::TransferHook(keypair("hook").pubkey())];
    let spec = CollateralSpec::new("HOOK", [0xfc; 32], 10 * USD_E8, 6).token_2022(&hook);
    world.add_collateral(&spec).refused(BallastError::MintTransferHook);
}

/// Goal: feeds may fall silent, prices may be spoiled, and each is refused for its own reason.
#[test]
fn prices_that_do_not_serve() -> Result<(), Box<Rejected>> {
    let mut world = World::standard().expect("the usual scenario");
    let expiry = world.vm.now() + 7 * DAY_SECS;
    world.list_expiry("BTC", expiry, Surface::default(), &[120_000 * USD_E8])?;
    let (maker, taker) = (world.funded("maker", 500_000 * USD_E6)?, world.funded("taker", 50_000 * USD_E6)?);
    let leg = world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, UNIT_E6);
    let premium_e6 = world.mark_e6(&[leg]).expect("a mark");
    type Spoil = fn(PriceUpdate) -> PriceUpdate;
    let spoils: [(Spoil, BallastError); 7] = [
        (|good| good.negative(), BallastError::OraclePriceNotPositive),
        (|good| good.wide(300), BallastError::OracleConfidenceWide),
        (|good| good.averaging(90_000 * USD_E8), BallastError::OracleGapWide),
        (|good| good.partly_verified(5), BallastError::OracleNotFullyVerified),
        (|good| good.of_feed(feeds::ETH), BallastError::OracleWrongFeed),
        (|good| good.owned_by(ballast::ID), BallastError::OracleWrongOwner),
        (|good| good.ahead(1), BallastError::OracleFuture),
    ];
    for (spoil, refusal) in spoils {
        let good = world.good_update("BTC", 116_000 * USD_E8);
        world.post_as(feeds::BTC, spoil(good));
        world.trade(&maker, &taker, &[leg], premium_e6).refused(refusal);
    }
    world.vm.advance(1);
    world.set_price("BTC", 116_000 * USD_E8);
    world.trade(&maker, &taker, &[leg], premium_e6).accepted();
    world.post(world.good_update("BTC", 116_000 * USD_E8).aged(1));
    world.trade(&maker, &taker, &[leg], premium_e6).refused(BallastError::OracleNotMonotonic);

    world.set_price("BTC", 116_000 * USD_E8);
    world.vm.advance(61);
    world.trade(&maker, &taker, &[leg], premium_e6).refused(BallastError::OracleStale);
    world.refresh_prices();
    world.vm.advance(600);
    world.refresh_prices();
    world.trade(&maker, &taker, &[leg], premium_e6).refused(BallastError::VolatilityStale);
    world.wait(1)?;
    world.trade(&maker, &taker, &[leg], premium_e6).accepted();
    Ok(())
}

//! `market_init`: what is stored, who may, parameters. Its accounts are in `market_accounts.rs`.

use crate::scene::{emitted, unsigned, Refuses};
use anchor_lang::{error::ErrorCode, solana_program::instruction::Instruction};
use ballast::{
    constants::{ACCOUNT_VERSION, GATE_LISTING, MARKETS, MARKET_DEFAULTS},
    error::BallastError,
    instructions::MarketInitArgs,
    state::{MarketParams, MARKET_ACTIVE, VOLATILITY_FEED_NONE, VOLATILITY_FEED_PYTH},
};
use ballast_harness::{
    feeds,
    keys::keypair,
    world::{symbol_bytes, MarketSpec, TEN_TENTEN},
    Sent, Verdict, World,
};
use ballast_sdk::{instruction::setup, pda};
use solana_signer::Signer;

fn exchange() -> World {
    World::exchange_only(TEN_TENTEN).expect("an exchange")
}

fn args() -> MarketInitArgs {
    MarketInitArgs { symbol: symbol_bytes("BTC"), ..MarketSpec::btc().args }
}

fn create(world: &World, args: MarketInitArgs) -> [Instruction; 2] {
    let (admin, account) = (world.admin.pubkey(), keypair("market under test").pubkey());
    setup::market_create(&admin, &admin, &account, world.vm.rent(setup::market_size()), args)
}

/// What listing a market would come to; nothing is kept.
fn preview(world: &World, args: MarketInitArgs) -> Sent {
    world.vm.simulate(&create(world, args), &[&world.admin, &keypair("market under test")])
}

/// Goal: a market is stored as told, registered under the next id, and its volatility waits for the feed to speak.
/// Method: odd values, read back.
#[test]
fn a_market_is_stored_as_told() {
    let mut world = exchange();
    world.add_market(&MarketSpec::eth()).accepted();
    let mut args = args();
    (args.group, args.realised_e6, args.params.impact_e6) = (3, 700_000, 77);
    let (admin, account) = (world.admin.insecure_clone(), keypair("market under test"));
    let outcome = world.send(&create(&world, args.clone()), &[&admin, &account]).accepted();
    let exchange = world.exchange();
    assert_eq!((exchange.market_count, exchange.markets[1]), (2, account.pubkey()));
    assert_eq!(exchange.market_feeds[1], feeds::BTC);
    assert_eq!(exchange.market_id(&account.pubkey()), Some(1));
    let market: Box<ballast::state::Market> =
        ballast_sdk::account::decode_copy(&world.vm.data(&account.pubkey())).expect("a market");
    assert_eq!((market.version, market.id, market.status), (ACCOUNT_VERSION, 1, MARKET_ACTIVE));
    assert_eq!((market.group, market.volatility_kind), (3, args.volatility_kind));
    assert_eq!((market.symbol, market.feed_id), (args.symbol, feeds::BTC));
    assert_eq!(market.volatility_feed, pda::volatility_feed(&account.pubkey()).to_bytes());
    assert_eq!((market.open_interest_e6, market.fees_e6, market.last_publish_time), (0, 0, 0));
    assert_eq!(market.open_interest_cap_e6, args.open_interest_cap_e6);
    assert_eq!((market.series_cap_e6, market.share_base_e6), (args.series_cap_e6, args.share_base_e6));
    assert_eq!(market.params, args.params);
    assert!(market.expiries.iter().all(|slot| slot.is_reusable(0) && slot.strike_count == 0));
    let v = market.volatility;
    // V* is the larger of V = 42 % and three quarters of R = 70 %.
    assert_eq!((v.vol_e6, v.vol_margin_e6, v.realised_e6), (420_000, 525_000, 700_000));
    assert_eq!((v.vol_time, v.vol_moved, v.sample_time), (0, TEN_TENTEN, 0));
    assert!(market.is_volatility_stale(TEN_TENTEN));
    let event = emitted!(outcome, MarketCreated);
    assert_eq!((event.market, event.id, event.symbol), (account.pubkey(), 1, args.symbol));
    assert_eq!((event.feed_id, event.group), (feeds::BTC, 3));
    assert_eq!((event.volatility_kind, event.volatility_feed), (1, market.volatility_feed));
}

/// Goal: only the admin lists markets. Method: every other role, no signature, the gate closed.
#[test]
fn only_the_admin_lists() {
    let mut world = exchange();
    let account = keypair("market under test");
    let rent = world.vm.rent(setup::market_size());
    for key in [&world.risk_authority, &world.guardian, &world.crank].map(|key| key.insecure_clone()) {
        let payer = key.pubkey();
        let other = setup::market_create(&payer, &payer, &account.pubkey(), rent, args());
        world.send(&other, &[&key, &account]).refuses(BallastError::NotAdmin);
    }
    let (admin, crank) = (world.admin.pubkey(), world.crank.insecure_clone());
    let payer = crank.pubkey();
    let [made, listed] = setup::market_create(&payer, &admin, &account.pubkey(), rent, args());
    let listed = unsigned(&listed, &admin);
    world.send(&[made, listed], &[&crank, &account]).refuses(ErrorCode::AccountNotSigner);
    world.set_gates(GATE_LISTING).accepted();
    world.add_market(&MarketSpec::btc()).refuses(BallastError::GateClosed);
}

/// Goal: sixteen markets and no seventeenth. Method: list them.
#[test]
fn there_are_sixteen_ids() {
    let mut world = exchange();
    for n in 0..=MARKETS {
        let name: &'static str = Box::leak(format!("M{n}").into_boxed_str());
        let feed = [u8::try_from(n).expect("a byte") + 1; 32];
        let spec = MarketSpec::new(name, feed, 100_000_000, 500_000, 1_000);
        let sent = world.unwatched(|world| world.add_market(&spec));
        if n < MARKETS {
            sent.accepted();
        } else {
            sent.refuses(BallastError::TooManyMarkets);
        }
    }
    assert_eq!(world.exchange().market_count, 16);
}

/// Goal: a symbol is one to sixteen printable characters, then zeros. Method: good and bad ones.
#[test]
fn symbols_are_printable() {
    let world = exchange();
    let of = |symbol| MarketInitArgs { symbol, ..args() };
    for symbol in [symbol_bytes("X"), symbol_bytes("SIXTEEN-LETTERS!")] {
        preview(&world, of(symbol)).accepted();
    }
    let mut gap = symbol_bytes("BTC");
    gap[5] = b'X';
    for symbol in
        [[0; 16], symbol_bytes("B TC"), symbol_bytes("BTC\n"), symbol_bytes("\u{e9}"), [0xff; 16], gap]
    {
        preview(&world, of(symbol)).refuses(BallastError::MarketSymbol);
    }
}

/// Goal: a feed belongs to one market. Method: no feed, and one that is taken.
#[test]
fn a_feed_serves_one_market() {
    let mut world = exchange();
    preview(&world, MarketInitArgs { feed_id: [0; 32], ..args() }).refuses(BallastError::FeedInUse);
    world.add_market(&MarketSpec::btc()).accepted();
    preview(&world, args()).refuses(BallastError::FeedInUse);
    preview(&world, MarketInitArgs { feed_id: feeds::ETH, ..args() }).accepted();
}

/// Goal: terms keep their bounds and fit each other. Method: each at its bounds and beyond.
#[test]
fn terms_keep_their_bounds() {
    let world = exchange();
    let base = MarketInitArgs { vol_e6: 1_000_000, vol_ref_e6: 1_000_000, ..args() };
    let cap = base.open_interest_cap_e6;
    let pyth =
        |kind, id: u8| MarketInitArgs { volatility_kind: kind, volatility_feed_id: [id; 32], ..base.clone() };
    let cases = [
        (MarketInitArgs { group: 3, ..base.clone() }, true),
        (MarketInitArgs { group: 4, ..base.clone() }, false),
        (pyth(VOLATILITY_FEED_NONE, 0), true),
        (pyth(VOLATILITY_FEED_NONE, 1), false),
        (pyth(1, 1), false),
        (pyth(VOLATILITY_FEED_PYTH, 1), true),
        (pyth(VOLATILITY_FEED_PYTH, 0), false),
        (pyth(3, 0), false),
        (pyth(255, 1), false),
        (MarketInitArgs { vol_min_e6: 50_000, ..base.clone() }, true),
        (MarketInitArgs { vol_min_e6: 49_999, ..base.clone() }, false),
        (MarketInitArgs { vol_min_e6: 1_000_000, ..base.clone() }, true),
        (MarketInitArgs { vol_min_e6: 1_000_001, ..base.clone() }, false),
        (MarketInitArgs { vol_max_e6: 4_000_000, ..base.clone() }, true),
        (MarketInitArgs { vol_max_e6: 4_000_001, ..base.clone() }, false),
        (MarketInitArgs { vol_max_e6: 199_999, ..base.clone() }, false),
        (MarketInitArgs { vol_e6: 200_000, ..base.clone() }, true),
        (MarketInitArgs { vol_e6: 199_999, ..base.clone() }, false),
        (MarketInitArgs { vol_e6: 3_000_001, ..base.clone() }, false),
        (MarketInitArgs { vol_ref_e6: 3_000_000, ..base.clone() }, true),
        (MarketInitArgs { vol_ref_e6: 199_999, ..base.clone() }, false),
        (MarketInitArgs { vol_ref_e6: 3_000_001, ..base.clone() }, false),
        (MarketInitArgs { realised_e6: 1, ..base.clone() }, true),
        (MarketInitArgs { realised_e6: 0, ..base.clone() }, false),
        (MarketInitArgs { realised_e6: 10_000_000, ..base.clone() }, true),
        (MarketInitArgs { realised_e6: 10_000_001, ..base.clone() }, false),
        (MarketInitArgs { open_interest_cap_e6: 0, ..base.clone() }, false),
        (MarketInitArgs { open_interest_cap_e6: 1 << 50, ..base.clone() }, true),
        (MarketInitArgs { open_interest_cap_e6: (1 << 50) + 1, ..base.clone() }, false),
        (MarketInitArgs { series_cap_e6: 0, ..base.clone() }, false),
        (MarketInitArgs { series_cap_e6: cap, ..base.clone() }, true),
        (MarketInitArgs { series_cap_e6: cap + 1, ..base.clone() }, false),
        (MarketInitArgs { share_base_e6: -1, ..base.clone() }, false),
        (MarketInitArgs { share_base_e6: cap, ..base.clone() }, true),
        (MarketInitArgs { share_base_e6: cap + 1, ..base.clone() }, false),
    ];
    for (args, stands) in cases {
        println!("{args:?}");
        let sent = preview(&world, args);
        if stands {
            sent.accepted();
        } else {
            sent.refuses(BallastError::ParameterOutOfBounds);
        }
    }
}

type Field = fn(&mut MarketParams) -> &mut i64;

/// Every risk parameter with its hard bounds, the others at their defaults but the largest range at its own bound.
const BOUNDS: [(&str, Field, i64, i64); 22] = [
    ("kappa_e6", |p| &mut p.kappa_e6, 1_000_000, 10_000_000),
    ("mpor_secs", |p| &mut p.mpor_secs, 3_600, 864_000),
    ("range_min_e6", |p| &mut p.range_min_e6, 10_000, 600_000),
    ("range_max_e6", |p| &mut p.range_max_e6, MARKET_DEFAULTS.range_min_e6, 600_000),
    ("sigma_min_e6", |p| &mut p.sigma_min_e6, 10_000, 1_000_000),
    ("sigma_max_e6", |p| &mut p.sigma_max_e6, MARKET_DEFAULTS.sigma_min_e6, 4_000_000),
    ("smile_min_e6", |p| &mut p.smile_min_e6, 200_000, 1_000_000),
    ("smile_max_e6", |p| &mut p.smile_max_e6, 1_000_000, 1_900_000),
    ("vol_up_e6", |p| &mut p.vol_up_e6, 0, 4_000_000),
    ("vol_down_e6", |p| &mut p.vol_down_e6, 0, 1_000_000),
    ("vol_up_min_e6", |p| &mut p.vol_up_min_e6, 0, 4_000_000),
    ("vol_power_short_e6", |p| &mut p.vol_power_short_e6, 0, 1_000_000),
    ("vol_power_long_e6", |p| &mut p.vol_power_long_e6, 0, 1_000_000),
    ("short_min_e6", |p| &mut p.short_min_e6, 0, 200_000),
    ("basis_e6", |p| &mut p.basis_e6, 0, 200_000),
    ("spread_e6", |p| &mut p.spread_e6, 0, 200_000),
    ("impact_e6", |p| &mut p.impact_e6, 0, 1_000_000),
    ("depth_e6", |p| &mut p.depth_e6, 1_000_000, 1 << 56),
    ("vol_spread_e6", |p| &mut p.vol_spread_e6, 0, 1_000_000),
    ("oi_scale_e6", |p| &mut p.oi_scale_e6, 0, 8_000_000),
    ("oi_free_e6", |p| &mut p.oi_free_e6, 0, 1_000_000),
    ("ema_free_e6", |p| &mut p.ema_free_e6, 0, 1_000_000),
];

/// Goal: every risk parameter keeps its hard bounds, and the log names the one that does not. Method: each at its bounds
/// and one beyond.
#[test]
fn parameters_keep_their_bounds() {
    let world = exchange();
    for (name, field, low, high) in BOUNDS {
        for (value, stands) in
            [(low, true), (high, true), (low - 1, false), (high + 1, false), (i64::MIN, false)]
        {
            println!("{name} {value}");
            let mut args = args();
            args.params.range_max_e6 = 600_000;
            *field(&mut args.params) = value;
            let sent = preview(&world, args);
            if stands {
                sent.accepted();
            } else {
                let logs = sent.refuses(BallastError::ParameterOutOfBounds).logs;
                assert!(logs.contains(&format!("Program log: {name}")), "{logs:?}");
            }
        }
    }
}

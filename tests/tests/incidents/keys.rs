//! Incidents of keys: what whoever holds all of them can change of what stands.

use crate::scene::{
    traded, Refuses, Scene, ALREADY_IN_USE, DAY_SECS, HOUR_SECS, SOL, UNIT_E6, USD_E6, USD_E8,
};
use ballast::{
    constants::GATES_ALL,
    error::BallastError,
    state::{Exchange, Market},
};
use ballast_harness::{
    world::{CollateralSpec, Kind, MarketSpec, Surface},
    Trader, Verdict, World,
};
use solana_account::ReadableAccount;
use std::collections::BTreeMap;

const IDL: &str = include_str!("../../../sdk/idl/ballast.json");
/// Whoever may be anybody: signers for what is their own.
const ANYBODY: [&str; 8] =
    ["payer", "owner", "depositor", "buyer", "flagger", "maker_authority", "taker_authority", "publisher"];

/// Instructions that somebody signs who is not anybody: (instruction, signer).
fn privileged() -> Vec<(String, String)> {
    let idl: serde_json::Value = serde_json::from_str(IDL).expect("the committed IDL");
    let mut found = Vec::new();
    for instruction in idl["instructions"].as_array().expect("instructions") {
        let name = instruction["name"].as_str().expect("a name");
        for account in instruction["accounts"].as_array().expect("accounts") {
            let signer = account["name"].as_str().expect("a name");
            if account["signer"].as_bool().unwrap_or(false) && !ANYBODY.contains(&signer) {
                found.push((name.to_owned(), signer.to_owned()));
            }
        }
    }
    found
}

/// Drift, April 2026: two mis-signed transactions handed over the admin's key, and what had been safe the day before was
/// listed, re-priced and unlimited.
///
/// Goal: the keys open nothing but what is known here. Method: every instruction of the IDL that asks for a signer who is
/// not anybody; one more, and it has to be tried below.
#[test]
fn drift_2026_the_keys_sign_ten_instructions() {
    let known = [
        ("collateral_add", "admin"),
        ("exchange_init", "admin"),
        ("expiry_list", "risk_authority"),
        ("gate_set", "admin"),
        ("market_init", "admin"),
        ("pause", "authority"),
        ("settlement_decide", "risk_authority"),
        ("strike_list", "risk_authority"),
        ("unpause", "authority"),
        ("volatility_feed_init", "risk_authority"),
    ];
    let mut found = privileged();
    found.sort();
    assert_eq!(found, known.map(|(name, signer)| (name.to_owned(), signer.to_owned())));
}

/// Everything of a moment that the keys might touch.
struct Standing {
    exchange: Box<Exchange>,
    markets: Vec<Box<Market>>,
    /// Portfolios, volatility feeds and stakes, byte for byte.
    others: BTreeMap<anchor_lang::prelude::Pubkey, Vec<u8>>,
    vaults: [u64; 2],
}

fn standing(world: &World) -> Standing {
    let markets: Vec<Box<Market>> = (0..3).map(|id| world.market(id)).collect();
    let exchange_and_markets: Vec<_> =
        world.markets.iter().map(|market| market.address).chain([ballast_sdk::pda::exchange()]).collect();
    let accounts = world.vm.accounts_of(&ballast::ID);
    let others = accounts.iter().filter(|(address, _)| !exchange_and_markets.contains(address));
    Standing {
        exchange: world.exchange(),
        markets,
        others: others.map(|(address, account)| (*address, account.data().to_vec())).collect(),
        vaults: ["USDC", "SOL"].map(|asset| world.vault(asset)),
    }
}

/// Asserts that nothing differs but gates, pauses, and slots that were empty before.
fn assert_stands(before: &Standing, after: &Standing) {
    let mut expected = before.exchange.clone();
    let is = &after.exchange;
    (expected.gates, expected.pauses) = (is.gates, is.pauses);
    (expected.market_count, expected.collateral_count) = (is.market_count, is.collateral_count);
    let (markets, assets) =
        (usize::from(before.exchange.market_count), usize::from(before.exchange.collateral_count));
    expected.markets[markets..].copy_from_slice(&is.markets[markets..]);
    expected.market_feeds[markets..].copy_from_slice(&is.market_feeds[markets..]);
    expected.collaterals[assets..].copy_from_slice(&is.collaterals[assets..]);
    assert_eq!(bytemuck::bytes_of(&*expected), bytemuck::bytes_of(&**is), "the exchange");
    for (was, is) in before.markets.iter().zip(&after.markets) {
        let mut expected = was.clone();
        for (slot, is) in expected.expiries.iter_mut().zip(&is.expiries) {
            if slot.status == 0 {
                *slot = *is;
            }
            let listed = usize::from(slot.strike_count);
            slot.strike_count = is.strike_count;
            slot.strikes[listed..].copy_from_slice(&is.strikes[listed..]);
        }
        assert_eq!(bytemuck::bytes_of(&*expected), bytemuck::bytes_of(&**is), "market {}", was.id);
    }
    for (address, data) in &before.others {
        assert_eq!(after.others.get(address), Some(data), "{address}");
    }
    assert_eq!(before.vaults, after.vaults);
}

/// The same: all ten are used.
///
/// Goal: authorities, parameters, groups, listed collateral, listed markets with their expiries and strikes, feeds,
/// portfolios and vaults are byte for byte what they were. Method: each instruction that can succeed, in one world; the
/// others are refused. What may differ is named: gates, pauses, slots that were empty.
#[test]
fn drift_2026_stolen_keys_change_nothing_that_stands() {
    let Scene { mut world, long, expiry, .. } = traded();
    world.fund(&long, "SOL", 5 * SOL).accepted();
    world.staker("staker", 1_000 * USD_E6).expect("a stake");
    let soon = world.vm.now() + HOUR_SECS;
    world.list_expiry("ETH", soon, Surface::FLAT, &[4_000 * USD_E8]).expect("an expiry that nobody samples");
    let before = standing(&world);

    world.create_exchange(world.exchange_args()).refused_with(ALREADY_IN_USE);
    world.decide("ETH", soon, 1).refuses(BallastError::SettlementTooEarly);
    let mut fake = CollateralSpec::new("FAKE", [7; 32], 1_000 * USD_E8, 6);
    fake.hard_cap = 10_000_000;
    world.add_collateral(&fake).accepted();
    world.add_market(&MarketSpec::numbered(9)).accepted();
    let next = world.vm.now() + 60 * DAY_SECS;
    world.list_expiry("BTC", next, Surface::default(), &[USD_E8]).expect("an expiry");
    world.list_strikes("BTC", expiry, &[USD_E8, 1_000_000 * USD_E8]).expect("strikes");
    world.pause(GATES_ALL).accepted();
    world.set_gates(GATES_ALL).accepted();
    world.unpause(GATES_ALL).accepted();
    world.set_gates(0).accepted();
    assert_stands(&before, &standing(&world));

    // The one say that the keys have in a price: of a window that nobody sampled, a day late.
    world.vm.advance(HOUR_SECS + DAY_SECS);
    world.decide("ETH", soon, USD_E8).accepted();
    let mut after = standing(&world);
    let decided = &mut after.markets[1].expiries[0];
    assert_eq!(decided.settled_e8, USD_E8);
    *decided = before.markets[1].expiries[0];
    assert_stands(&before, &after);
}

/// The same: the withdrawal limits were lifted, and everything left in twelve minutes.
///
/// Goal: at the limit nothing that the keys sign lets a unit more of that asset leave. Method: a quarter of two vaults is
/// gone; gates opened, pauses ended, new assets and markets listed, each tried after.
#[test]
fn drift_2026_the_keys_do_not_lift_a_limit() {
    let mut world = World::standard().expect("the usual scenario");
    let thief = world.funded("thief", 1_000_000 * USD_E6).expect("an account");
    world.fund(&thief, "SOL", 1_000 * SOL).accepted();
    world.give(&thief, "USDC", 0).accepted();
    world.vm.advance(3 * HOUR_SECS);
    world.withdraw(&thief, "USDC", 250_000 * USD_E6).accepted();
    world.withdraw(&thief, "SOL", 250 * SOL).accepted();
    let held = |world: &mut World| {
        for asset in ["USDC", "SOL"] {
            world.withdraw(&thief, asset, 1).refuses(BallastError::OutflowLimit);
        }
    };
    held(&mut world);
    world.set_gates(0).accepted();
    held(&mut world);
    world.unpause(GATES_ALL).accepted();
    held(&mut world);
    for n in 0..6 {
        let asset = CollateralSpec::new(&format!("FAKE {n}"), [n + 1; 32], 1_000 * USD_E8, 6);
        world.add_collateral(&asset).accepted();
        world.add_market(&MarketSpec::numbered(n)).accepted();
        held(&mut world);
    }
    world.pause(GATES_ALL).accepted();
    world.unpause(GATES_ALL).accepted();
    held(&mut world);
}

/// A seller of a put whose margin is 1,000 of a token that no market is of, five times what it needs.
fn backed_by_a_token() -> (World, Trader) {
    let Scene { mut world, expiry, .. } = traded();
    world.add_collateral(&CollateralSpec::new("TOKEN", [7; 32], 100 * USD_E8, 6)).accepted();
    let house = world.funded("house", 1_000_000 * USD_E6).expect("a buyer");
    let seller = world.funded("seller", 0).expect("a seller");
    world.fund(&seller, "TOKEN", 1_000 * USD_E6).accepted();
    let put = world.leg("BTC", expiry, 100_000 * USD_E8, Kind::Put, -UNIT_E6);
    world.trade_at_mark(&house, &seller, &[put]).accepted();
    (world, seller)
}

/// The same, where the keys do reach what stands: a market listed on the feed of a token that is collateral already becomes
/// that token's market, with the volatilities and ranges of whoever lists it, at once.
///
/// Goal: of the asset nothing but the link to its market differs, and what that does is known: the haircut follows the
/// market's volatility over its reference, and the token takes part in the scan. Method: a market with the usual figures
/// leaves a book of five times its margin healthy; one with the most that the bounds allow has it flagged.
#[test]
fn drift_2026_a_market_reaches_the_collateral_of_its_feed() {
    for hostile in [false, true] {
        let (mut world, seller) = backed_by_a_token();
        let was = world.exchange().collaterals[1];
        let before = world.margin(&seller).expect("a report");
        assert!(before.excess_maintenance_e6 > 60_000 * UNIT_E6);
        let mut spec = MarketSpec::new("TOKEN", [7; 32], 100 * USD_E8, 600_000, 1_000_000);
        if hostile {
            spec.args.vol_e6 = 4_000_000;
            (spec.args.vol_min_e6, spec.args.vol_max_e6) = (50_000, 4_000_000);
            spec.args.vol_ref_e6 = 50_000;
        }
        world.add_market(&spec).accepted();
        let mut is = world.exchange().collaterals[1];
        assert_eq!((was.market(), is.market()), (None, Some(3)));
        is.market_plus_one = 0;
        assert_eq!(bytemuck::bytes_of(&is), bytemuck::bytes_of(&was));
        let after = world.margin(&seller).expect("a report");
        let share = |report: &ballast_risk::MarginReport| {
            report.collateral_maintenance_e6 * 100 / report.collateral_mark_e6
        };
        if hostile {
            assert_eq!(share(&after), 4, "the largest haircut is 95 %");
            world.flag(&seller).accepted();
        } else {
            assert_eq!(share(&after), share(&before));
            world.flag(&seller).refuses(BallastError::Healthy);
        }
    }
}

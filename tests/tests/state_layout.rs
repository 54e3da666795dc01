//! The stored accounts byte for byte: what clients filter on and decode must not move within a layout version.

mod scene;

use anchor_lang::{prelude::Pubkey, Discriminator};
use ballast::{
    constants::ACCOUNT_VERSION,
    state::{
        CashLedger, CollateralAsset, CorrelationGroup, Exchange, ExchangeParams, ExpirySlot, InsuranceStake,
        InsuranceState, Liquidation, LiquidationPhase, Market, MarketParams, OutflowWindow, Portfolio,
        PositionLine, ReportRecord, SettlementSum, StrikeSlot, VolatilityFeed, VolatilityPublisher,
        VolatilityState, WithdrawalAllowance,
    },
};
use ballast_harness::World;
use ballast_sdk::{account::Stored, pda};
use scene::{frozen, traded, Scene, SOL};
use solana_signer::Signer;
use std::mem::{align_of, offset_of, size_of};

/// Every field with its offset in the struct, then the struct's size. The offsets must rise.
macro_rules! layout {
    ($kind:ty { $($field:ident $offset:literal),+ $(,)? } $size:literal) => {
        let mut last = None;
        $(
            let (name, offset) = (concat!(stringify!($kind), ".", stringify!($field)), $offset);
            assert_eq!(offset_of!($kind, $field), offset, "{name}");
            assert!(last < Some(offset), "{name}");
            last = Some(offset);
        )+
        assert!(last < Some($size));
        assert_eq!(size_of::<$kind>(), $size, stringify!($kind));
        assert_eq!(align_of::<$kind>(), 8, stringify!($kind));
    };
}

/// Goal: no field of the exchange moves. Method: every offset of layout version 1.
#[test]
fn exchange_layout() {
    layout!(Exchange {
        version 0, bump 1, padding 2, market_count 4, collateral_count 6, quote_vault_bump 7, admin 8,
        pending_admin 40, risk_authority 72, guardian 104, quote_mint 136, quote_vault 168,
        quote_token_program 200, peg_feed_id 232, peg_e8 264, peg_publish_time 272, gates 280, insurance_e6 288,
        insurance_shares 296, cash_index_e12 304, shortfall_e6 312, quote_outflow 320, params 384, groups 464,
        markets 528, market_feeds 1_040, collaterals 1_552, insurance 4_112,
        quote_claims_e6 4_176, ledger 4_184, cash_generation 4_200, socialised_count 4_208, socialised_e6 4_216,
        pauses 4_224, reserved 4_288,
    } 4_368);
    layout!(CashLedger { debts_e6 0, uncollected_e6 8 } 16);
    layout!(InsuranceState {
        house_shares 0, leaving_e6 8, leaving_shares 16, unearned_e6 24, unearned_since 32, unearned_until 40,
        generation 48, leaving_generation 56,
    } 64);
    layout!(CollateralAsset {
        mint 0, vault 32, token_program 64, feed_id 96, decimals 128, status 129, market_plus_one 130,
        vault_bump 131, padding 132, haircut_e6 136, haircut_slope_e6 144, deposit_soft_cap 152,
        deposit_hard_cap 160, deposits 168, last_publish_time 176, withdrawal_exempt 184, outflow 192,
        reserved 256,
    } 320);
    layout!(ExchangeParams {
        rate_e6 0, conf_z_e6 8, window_secs 16, long_weight_e6 24, mm_factor_e6 32, exit_buffer_e6 40,
        haircut_max_e6 48, dust_equity_e6 56, fee_rate_e6 64, fee_premium_cap_e6 72,
    } 80);
    layout!(CorrelationGroup { rho_e6 0, measure 8, padding 9 } 16);
    layout!(OutflowWindow { buckets 0, newest 56 } 64);
}

/// Goal: no field of a market moves. Method: every offset of layout version 1.
#[test]
fn market_layout() {
    layout!(Market {
        version 0, bump 1, id 2, status 3, group 4, volatility_kind 5, padding 6, symbol 8, feed_id 24,
        volatility_feed 56, last_publish_time 88, volatility_publish_time 96, fees_e6 104, open_interest_e6 112,
        open_interest_cap_e6 120, series_cap_e6 128, share_base_e6 136, params 144, volatility 320, phase 416,
        ledger 432, reserved 448, expiries 672,
    } 14_496);
    layout!(MarketParams {
        kappa_e6 0, mpor_secs 8, range_min_e6 16, range_max_e6 24, sigma_min_e6 32, sigma_max_e6 40,
        smile_min_e6 48, smile_max_e6 56, vol_up_e6 64, vol_down_e6 72, vol_up_min_e6 80, vol_power_short_e6 88,
        vol_power_long_e6 96, short_min_e6 104, basis_e6 112, spread_e6 120, impact_e6 128, depth_e6 136,
        vol_spread_e6 144, oi_scale_e6 152, oi_free_e6 160, ema_free_e6 168,
    } 176);
    layout!(VolatilityState {
        vol_e6 0, vol_time 8, vol_moved 16, vol_margin_e6 24, vol_margin_time 32, vol_ref_e6 40, vol_min_e6 48,
        vol_max_e6 56, realised_e6 64, variance_e12 72, sample_e8 80, sample_time 88,
    } 96);
    layout!(LiquidationPhase { started_at 0, taken_e6 8 } 16);
    layout!(ExpirySlot {
        expiry_ts 0, atm_e6 8, skew_e6 16, curvature_e6 24, basis_e6 32, status 40, strike_count 41, padding 42,
        open_lines 44, sum 48, settled_e8 80, settled_at 88, escrow_e6 96, reserved 104, strikes 128,
    } 1_152);
    layout!(StrikeSlot { price_e8 0, ln_q40 8, calls_e6 16, puts_e6 24 } 32);
    layout!(SettlementSum { weighted_sum 0, weight_secs 16, last_publish 24 } 32);
}

/// Goal: no field of a portfolio moves. Method: every offset of layout version 1.
#[test]
fn portfolio_layout() {
    layout!(Portfolio {
        version 0, bump 1, index 2, mode 4, isolated_market 5, frozen 6, line_count 7, owner 8, delegate 40,
        delegate_until 72, sequence 80, cash_e6 88, debt_since 96, collateral 104, withdrawn 168,
        liquidation 248, report 312, report_time 536, report_slot 544, lines 552, cash_index_e12 2_088,
        cash_generation 2_096, reserved 2_104,
    } 2_344);
    layout!(PositionLine {
        market 0, expiry_slot 1, strike_slot 2, padding 3, expiry_ts 4, calls_e6 8, puts_e6 16,
    } 24);
    layout!(Liquidation { flagged_at 0, flagged_slot 8, slices 16, flagged_by 24, reserved 56 } 64);
    layout!(WithdrawalAllowance { since 0, withdrawn 8 } 80);
    layout!(ReportRecord {
        initial_e6 0, exit_e6 8, maintenance_e6 16, equity_mark_e6 24, equity_initial_e6 32,
        equity_maintenance_e6 40, floor_initial_e6 48, floor_maintenance_e6 56, excess_initial_e6 64,
        excess_exit_e6 72, excess_maintenance_e6 80, scan_e6 88, scan_maintenance_e6 96, short_min_e6 104,
        basis_e6 112, liquidity_e6 120, open_interest_e6 128, oracle_e6 136, ema_e6 144, options_e6 152,
        impact_e6 160, gross_e6 168, cash_e6 176, collateral_mark_e6 184, collateral_maintenance_e6 192,
        collateral_initial_e6 200, worst_scenario 208, flags 216,
    } 224);
}

/// Goal: no field of a volatility feed moves. Method: every offset of layout version 1.
#[test]
fn volatility_feed_layout() {
    layout!(VolatilityFeed {
        version 0, bump 1, quorum 2, publisher_count 3, padding 4, market 8, median_e6 40, median_time 48,
        publishers 56, reserved 504,
    } 568);
    layout!(VolatilityPublisher { key 0, vol_e6 32, conf_e6 40, time 48 } 56);
}

/// Goal: no field of a stake moves. Method: every offset of layout version 1.
#[test]
fn stake_layout() {
    layout!(InsuranceStake {
        version 0, bump 1, padding 2, owner 8, shares 40, generation 48, leaving_shares 56, leaving_generation 64,
        claimable_at 72, reserved 80,
    } 144);
}

/// Goal: an account's kind is told by its first eight bytes, its version by the ninth. Method: the bytes as they are
/// today, on the chain.
#[test]
fn kinds_and_versions_are_told_by_the_first_bytes() {
    assert_eq!(Exchange::DISCRIMINATOR, EXCHANGE);
    assert_eq!(Market::DISCRIMINATOR, MARKET);
    assert_eq!(Portfolio::DISCRIMINATOR, PORTFOLIO);
    assert_eq!(VolatilityFeed::DISCRIMINATOR, VOLATILITY_FEED);
    assert_eq!(InsuranceStake::DISCRIMINATOR, STAKE);
    let Scene { mut world, long, .. } = traded();
    let staker = world.staker("staker", SOL).expect("a stake");
    let market = world.markets[0].address;
    for (address, kind, size) in [
        (pda::exchange(), EXCHANGE, Exchange::SIZE),
        (market, MARKET, Market::SIZE),
        (long.portfolio(), PORTFOLIO, Portfolio::SIZE),
        (pda::volatility_feed(&market), VOLATILITY_FEED, VolatilityFeed::SIZE),
        (pda::stake(&staker.pubkey()), STAKE, InsuranceStake::SIZE),
    ] {
        let data = world.vm.data(&address);
        assert_eq!((&data[..8], data[8], data.len()), (&kind[..], ACCOUNT_VERSION, size));
    }
    const { assert!(Portfolio::SIZE <= 3_072) };
}

const EXCHANGE: [u8; 8] = [30, 200, 220, 149, 3, 61, 104, 50];
const MARKET: [u8; 8] = [219, 190, 213, 55, 0, 227, 198, 154];
const PORTFOLIO: [u8; 8] = [94, 158, 71, 245, 122, 102, 110, 225];
const VOLATILITY_FEED: [u8; 8] = [204, 55, 242, 29, 125, 149, 100, 142];
const STAKE: [u8; 8] = [110, 110, 233, 160, 124, 191, 45, 161];

/// The key at an offset of an account's data.
fn key(world: &World, address: &Pubkey, offset: usize) -> Pubkey {
    let data = world.vm.data(address);
    Pubkey::try_from(&data[offset..offset + 32]).expect("32 bytes")
}

/// Goal: what clients filter on is where they look for it. Method: raw bytes, the discriminator's eight counted.
#[test]
fn filters_find_their_bytes() {
    let Scene { mut world, long, .. } = traded();
    let until = world.vm.now() + 60;
    let delegate = world.crank.pubkey();
    world.delegate(&long, &delegate, until).expect("a delegate");
    let market = world.markets[0].address;
    assert_eq!(key(&world, &long.portfolio(), 16), long.pubkey(), "owner");
    assert_eq!(key(&world, &long.portfolio(), 48), delegate, "delegate");
    assert_eq!(key(&world, &pda::exchange(), 16), world.exchange().admin, "admin");
    assert_eq!(key(&world, &pda::exchange(), 536), market, "market 0");
    assert_eq!(key(&world, &market, 32).to_bytes(), world.feed_id("BTC"), "spot feed");
    assert_eq!(key(&world, &pda::volatility_feed(&market), 16), market, "market of a feed");
    let data = world.vm.data(&long.portfolio());
    assert_eq!((data[14], data[15]), (0, 1), "not frozen, one line");
    assert_eq!(data[96..104], world.portfolio_of(&long).cash_e6.to_le_bytes(), "cash");
    let Scene { world, short, .. } = frozen();
    let data = world.vm.data(&short.portfolio());
    assert_eq!((data[14], data[15]), (1, 2), "frozen, two lines");
}

/// Goal: bumps are the addresses' own, so that nobody needs to search. Method: compare with the search.
#[test]
fn bumps_are_the_addresses() {
    let Scene { world, long, .. } = traded();
    let bump = |seeds: &[&[u8]]| Pubkey::find_program_address(seeds, &ballast::ID).1;
    let (exchange, market) = (world.exchange(), world.markets[0].address);
    assert_eq!(exchange.bump, bump(&[b"exchange"]));
    assert_eq!(exchange.quote_vault_bump, bump(&[b"vault", world.quote.mint.as_ref()]));
    let sol = exchange.collaterals[0];
    assert_eq!(sol.vault_bump, bump(&[b"vault", sol.mint.as_ref()]));
    let index = 0u16.to_le_bytes();
    assert_eq!(world.portfolio_of(&long).bump, bump(&[b"portfolio", long.pubkey().as_ref(), &index]));
    assert_eq!(world.volatility_feed(0).bump, bump(&[b"vol", market.as_ref()]));
    assert_eq!(world.market(0).bump, 0, "a market's address is no PDA");
}

/// Goal: what is reserved stays zero, so that a later version may give it a meaning. Method: after trades, deposits,
/// volatilities and a flag.
#[test]
fn what_is_reserved_stays_zero() {
    let Scene { mut world, short, .. } = frozen();
    world.fund(&short, "SOL", SOL).expect("a deposit");
    let exchange = world.exchange();
    let zero = |bytes: &[u8]| bytes.iter().all(|byte| *byte == 0);
    assert!(zero(&exchange.padding) && zero(&exchange.reserved));
    assert_eq!((exchange.pending_admin, exchange.insurance_shares), (Pubkey::default(), 0));
    for asset in &exchange.collaterals {
        assert!(zero(&asset.padding) && zero(&asset.reserved));
        assert!(asset.is_active() || zero(bytemuck::bytes_of(asset)));
    }
    assert!(exchange.groups.iter().all(|group| zero(&group.padding)));
    for id in 0..3 {
        let market = world.market(id);
        assert!(zero(&market.padding) && zero(&market.reserved));
        assert!(market.expiries.iter().all(|slot| zero(&slot.padding) && zero(&slot.reserved)));
        let feed = world.volatility_feed(id);
        assert!(zero(&feed.padding) && zero(&feed.reserved));
        assert!(feed.publishers[3..].iter().all(|publisher| zero(bytemuck::bytes_of(publisher))));
    }
    for (_, portfolio) in world.portfolios() {
        assert!(zero(&portfolio.reserved) && zero(&portfolio.liquidation.reserved));
        assert!(portfolio.held_lines().iter().all(|line| line.padding == 0));
    }
    let staker = world.staker("staker", SOL).expect("a stake");
    let stake = world.stake_of(&staker.pubkey());
    assert!(zero(&stake.padding) && zero(&stake.reserved));
}

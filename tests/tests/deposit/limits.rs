//! How much may be deposited: caps of an asset, width of a portfolio, the ends of the number range.

use crate::scene::{listed, Refuses, HOUR_SECS, SOL, UNIT_E6, USD_E6, USD_E8};
use ballast::error::BallastError;
use ballast_harness::{
    world::{CollateralSpec, Kind, MarketSpec, Surface, TEN_TENTEN},
    Rejected, Trader, World,
};
use ballast_risk::MarginReport;

/// A world whose SOL has caps in whole tokens.
fn capped(soft_cap: u64, hard_cap: u64) -> World {
    let mut world = World::exchange_only(TEN_TENTEN).expect("an exchange");
    world.add_market(&MarketSpec::sol()).expect("a market");
    world.add_collateral(&CollateralSpec { soft_cap, hard_cap, ..CollateralSpec::sol() }).expect("an asset");
    world
}

/// Goal: the hard cap is reached and never exceeded, over all portfolios; what leaves makes room. Method: to the unit.
#[test]
fn the_hard_cap_holds() -> Result<(), Box<Rejected>> {
    let mut world = capped(0, 100);
    let (one, two) = (world.funded("one", 0)?, world.funded("two", 0)?);
    world.fund(&one, "SOL", 60 * SOL)?;
    world.give(&two, "SOL", 100 * SOL)?;
    world.deposit(&two, "SOL", 40 * SOL + 1).refuses(BallastError::DepositCap);
    world.deposit(&two, "SOL", 40 * SOL)?;
    world.deposit(&two, "SOL", 1).refuses(BallastError::DepositCap);
    world.vm.advance(2 * HOUR_SECS);
    world.withdraw(&one, "SOL", 5 * SOL)?;
    world.deposit(&two, "SOL", 5 * SOL + 1).refuses(BallastError::DepositCap);
    world.deposit(&two, "SOL", 5 * SOL)?;
    assert_eq!(world.exchange().collaterals[0].deposits, 100 * SOL);
    Ok(())
}

/// Goal: above the soft cap the weight for initial margin scales by cap over deposits, and nothing else changes: a
/// stranger's deposit must not liquidate anybody. Method: twice the cap, half of it by a stranger.
#[test]
fn above_the_soft_cap_only_initial_margin_sees_less() -> Result<(), Box<Rejected>> {
    let report = |world: &mut World, trader: &Trader| -> Result<MarginReport, Box<Rejected>> {
        world.check_margin(trader)?;
        Ok(*world.portfolio_of(trader).report.engine())
    };
    let mut world = capped(10, 1_000);
    let (one, two) = (world.funded("one", 0)?, world.funded("two", 0)?);
    world.fund(&one, "SOL", 10 * SOL)?;
    let at_cap = report(&mut world, &one)?;
    world.fund(&two, "SOL", 10 * SOL)?;
    let above = report(&mut world, &one)?;
    assert!(at_cap.collateral_initial_e6 > 0);
    assert!((above.collateral_initial_e6 * 2 - at_cap.collateral_initial_e6).abs() <= 2, "{above:?}");
    assert_eq!(above.collateral_maintenance_e6, at_cap.collateral_maintenance_e6);
    assert_eq!(above.equity_mark_e6, at_cap.equity_mark_e6);
    assert_eq!(above.excess_maintenance_e6, at_cap.excess_maintenance_e6);
    Ok(())
}

/// Goal: eight underlyings at most, an asset without a market counting as one: no listing to come can make a portfolio
/// too wide to value. Method: a line and eight assets.
#[test]
fn a_portfolio_is_eight_underlyings_wide() -> Result<(), Box<Rejected>> {
    const NAMES: [&str; 8] = ["A0", "A1", "A2", "A3", "A4", "A5", "A6", "A7"];
    let mut world = World::exchange_only(TEN_TENTEN).expect("an exchange");
    world.add_market(&MarketSpec::btc())?;
    for (n, name) in (1u8..).zip(NAMES) {
        world.add_collateral(&CollateralSpec::new(name, [n; 32], USD_E8, 6))?;
    }
    let expiry = world.vm.now() + 30 * 86_400;
    world.list_expiry("BTC", expiry, Surface::FLAT, &[120_000 * USD_E8])?;
    let (long, short) = (world.funded("long", 50_000 * USD_E6)?, world.funded("short", 100_000 * USD_E6)?);
    for name in NAMES {
        world.fund(&short, name, 1)?;
    }
    for name in &NAMES[..7] {
        world.fund(&long, name, 1)?;
    }
    let call = world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, UNIT_E6 / 100);
    // Eight assets and a line are one too many for the seller, whichever comes last.
    world.trade_at_mark(&short, &long, &[call]).refuses(BallastError::TooManyUnderlyings);
    world.withdraw(&short, "A7", 1)?;
    world.trade_at_mark(&short, &long, &[call])?;
    for trader in [&long, &short] {
        world.fund(trader, "A7", 1).refuses(BallastError::TooManyUnderlyings);
        world.fund(trader, "A6", 1)?;
        world.check_margin(trader)?;
    }
    Ok(())
}

/// Goal: amounts at the end of the number range are refused, not wrapped. Method: a quote mint whose issuer prints
/// everything.
#[test]
fn sums_that_do_not_fit_are_refused() -> Result<(), Box<Rejected>> {
    let (mut world, _) = listed();
    let owner = world.funded("owner", 0)?;
    world.give(&owner, "USDC", u64::MAX)?;
    world.deposit(&owner, "USDC", u64::MAX).refuses(BallastError::Overflow);
    world.deposit(&owner, "USDC", (1 << 63) + 1).refuses(BallastError::Overflow);
    world.deposit(&owner, "USDC", 1 << 62)?;
    world.deposit(&owner, "USDC", 1 << 62).refuses(BallastError::Overflow);
    world.deposit(&owner, "USDC", (1 << 62) - 1)?;
    world.deposit(&owner, "USDC", 1).refuses(BallastError::Overflow);
    assert_eq!(world.portfolio_of(&owner).cash_e6, i64::MAX);
    Ok(())
}

/// Goal: the same for collateral, with a cap that allows anything. Method: an asset whose issuer prints everything.
#[test]
fn collateral_that_does_not_fit_is_refused() -> Result<(), Box<Rejected>> {
    let mut world = capped(0, u64::MAX);
    let owner = world.funded("owner", 0)?;
    world.give(&owner, "SOL", u64::MAX)?;
    world.deposit(&owner, "SOL", u64::MAX).refuses(BallastError::Overflow);
    world.deposit(&owner, "SOL", 1 << 63).refuses(BallastError::Overflow);
    world.deposit(&owner, "SOL", (1 << 63) - 1)?;
    world.deposit(&owner, "SOL", 1).refuses(BallastError::Overflow);
    Ok(())
}

/// Goal: a vault that holds less than its claims takes nothing more in and lets nothing out, so that what is left can still
/// be shared. Method: a unit leaves the vault behind the program's back, as no instruction and no listed mint allows; then
/// it is back.
#[test]
fn a_vault_below_its_claims_is_closed() -> Result<(), Box<Rejected>> {
    const AMOUNT: std::ops::Range<usize> = 64..72;
    let mut world = capped(0, u64::MAX);
    let owner = world.funded("owner", 0)?;
    world.fund(&owner, "SOL", 10 * SOL)?;
    world.give(&owner, "SOL", SOL)?;
    let vault = world.exchange().collaterals[0].vault;
    let whole = world.vm.account(&vault).expect("a vault");
    let mut short = whole.clone();
    short.data[AMOUNT].copy_from_slice(&(10 * SOL - 1).to_le_bytes());
    world.vm.set_account(vault, short);
    world.deposit(&owner, "SOL", SOL).refuses(BallastError::VaultBelowClaims);
    world.withdraw(&owner, "SOL", SOL).refuses(BallastError::VaultBelowClaims);
    world.vm.set_account(vault, whole);
    world.deposit(&owner, "SOL", SOL)?;
    world.withdraw(&owner, "SOL", SOL)?;
    Ok(())
}

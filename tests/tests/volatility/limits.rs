//! How V and V* move: V at most 5 % of itself a minute, V* up at once and down at most 2 % an hour. BTC begins at 42 %.

use crate::scene::{traded, Refuses, Scene, HOUR_SECS, MINUTE_SECS, USD_E6};
use ballast::{error::BallastError, state::VolatilityState};
use ballast_harness::{Rejected, World};
use ballast_risk::FLAG_VOL_STALE;
use ballast_sdk::instruction::risk::volatility_post;
use solana_signer::Signer;

fn state(world: &World) -> VolatilityState {
    world.market(0).volatility
}

/// Goal: V moves at most 5 % of itself a minute, up and down, however often anybody posts. Method: everyone posts the
/// most they may, every second of a minute; then the least.
#[test]
fn marks_move_five_percent_a_minute() -> Result<(), Box<Rejected>> {
    let mut world = World::standard().expect("the usual scenario");
    // The first of them still finds the others' old values, so the minute begins after a first round.
    let mut a_minute_of = |vol_e6| -> Result<(i64, i64), Box<Rejected>> {
        world.vm.advance(1);
        world.post_volatility("BTC", vol_e6)?;
        let before = state(&world).vol_e6;
        for _ in 0..60 {
            world.vm.advance(1);
            world.post_volatility("BTC", vol_e6)?;
        }
        Ok((before, state(&world).vol_e6))
    };
    let (before, up) = a_minute_of(500_000)?;
    assert!(
        up <= before * 105 / 100 && up > before * 105 / 100 - 100,
        "{before} to {up} in a minute of 50 %"
    );
    let (before, down) = a_minute_of(380_000)?;
    assert!(
        down >= before * 95 / 100 && down < before * 95 / 100 + 100,
        "{before} to {down} in a minute of 38 %"
    );
    world.vm.advance(MINUTE_SECS / 2);
    world.post_volatility("BTC", 380_000)?;
    assert!(state(&world).vol_e6 < down);
    Ok(())
}

/// Goal: V never leaves the market's range. Method: to both ends and on for
/// a while.
#[test]
fn marks_stay_in_range() -> Result<(), Box<Rejected>> {
    let mut world = World::standard().expect("the usual scenario");
    for end in [3_000_000i64, 200_000] {
        for _ in 0..100 {
            let now_e6 = state(&world).vol_e6;
            world.vm.advance(MINUTE_SECS);
            let next_e6 = end.clamp(now_e6 - now_e6 / 10, now_e6 + now_e6 / 10);
            world.unwatched(|world| world.post_volatility("BTC", next_e6))?;
        }
        assert_eq!(state(&world).vol_e6, end);
    }
    Ok(())
}

/// Goal: V* is at once what V rises to, and falls at most 2 % of itself an hour while V falls. Method: up to 60 %, back to
/// 42 % within minutes, then hours with a post a minute.
#[test]
fn margins_rise_at_once_and_fall_slowly() -> Result<(), Box<Rejected>> {
    let mut world = World::standard().expect("the usual scenario");
    world.unwatched(|world| world.walk_volatility("BTC", 600_000))?;
    assert_eq!(state(&world).vol_margin_e6, 600_000);
    let top_at = world.vm.now();
    world.unwatched(|world| world.walk_volatility("BTC", 420_000))?;
    let v = state(&world);
    assert_eq!(v.vol_e6, 420_000);
    assert!(v.vol_margin_e6 > 590_000, "{v:?}");
    for hours in 1..=3i32 {
        let hour_over = top_at + i64::from(hours) * HOUR_SECS;
        while world.vm.now() < hour_over {
            world.vm.advance((hour_over - world.vm.now()).min(MINUTE_SECS));
            world.unwatched(|world| world.post_volatility("BTC", 420_000))?;
        }
        let least = 600_000.0 * 0.98f64.powi(hours);
        let found = state(&world).vol_margin_e6 as f64;
        assert!(found >= least && found <= least + 500.0, "{found} after {hours} hours, at least {least}");
    }
    // A long silence lets it fall as far as V, not further.
    world.vm.advance(1_000 * HOUR_SECS);
    world.post_volatility("BTC", 420_000)?;
    assert_eq!(state(&world).vol_margin_e6, 420_000);
    Ok(())
}

/// Goal: V* is never below V, nor below three quarters of R. Method: a calm V, a market that jumps 5 % a minute.
#[test]
fn margins_follow_what_is_realised() -> Result<(), Box<Rejected>> {
    let mut world = World::standard().expect("the usual scenario");
    let spot = world.update("BTC").price.unsigned_abs();
    for n in 0..30u64 {
        world.vm.advance(MINUTE_SECS);
        world.set_price("BTC", if n % 2 == 0 { spot } else { spot / 100 * 103 });
        world.refresh_volatilities()?;
        world.update_volatility("BTC")?;
    }
    let v = state(&world);
    assert_eq!(v.vol_e6, 420_000, "what is realised is no mark");
    assert!(v.realised_e6 > 600_000, "{v:?}");
    assert!(
        v.vol_margin_e6 >= v.realised_e6 * 3 / 4 && v.vol_margin_e6 <= v.realised_e6 * 3 / 4 + 1,
        "{v:?}"
    );
    Ok(())
}

/// Goal: ten minutes after the feed's last quorum the volatility is stale: checks say so and margin more, withdrawals
/// wait. Method: the last second and the next, prices fresh, one publisher speaking.
#[test]
fn a_silent_feed_is_stale_after_ten_minutes() -> Result<(), Box<Rejected>> {
    let Scene { mut world, long, short, .. } = traded();
    world.vm.advance(600);
    world.refresh_prices();
    world.check_margin(&short)?;
    let fresh = *world.portfolio_of(&short).report.engine();
    assert_eq!(fresh.flags & FLAG_VOL_STALE, 0);
    world.withdraw(&long, "USDC", USD_E6)?;
    world.vm.advance(1);
    world.refresh_prices();
    // One of a quorum of two keeps nothing fresh.
    let (key, market) = (world.markets[0].publishers[0].clone(), world.markets[0].address);
    let one = volatility_post(&key.pubkey(), &market, 420_000, 0, world.vm.now());
    world.send(&[one], &[&key])?;
    world.withdraw(&long, "USDC", USD_E6).refuses(BallastError::VolatilityStale);
    world.check_margin(&short)?;
    let stale = *world.portfolio_of(&short).report.engine();
    assert_eq!(stale.flags & FLAG_VOL_STALE, FLAG_VOL_STALE);
    assert!(stale.scan_e6 > fresh.scan_e6, "the up-shock is a quarter larger");
    world.vm.advance(1);
    world.refresh_prices();
    world.post_volatility("BTC", 420_000)?;
    world.withdraw(&long, "USDC", USD_E6)?;
    Ok(())
}

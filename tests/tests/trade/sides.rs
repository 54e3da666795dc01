//! Who may act for a side, and on what terms.

use crate::{
    pit::{held, pit, Pit},
    scene::{DAY_SECS, UNIT_E6, USD_E6, USD_E8},
};
use ballast_harness::{
    keys::keypair,
    world::{Kind, Surface},
    Verdict,
};
use ballast_sdk::instruction::portfolio::Mode;
use solana_signer::Signer;

/// Goal: delegates sign for both sides until the last second before they lapse. Method: one each, the clock just short.
#[test]
fn delegates_trade_until_they_lapse() {
    let mut pit = pit();
    let until = pit.world.vm.now() + DAY_SECS;
    let [for_maker, for_taker] = ["broker", "desk"].map(keypair);
    for (side, delegate) in [(pit.maker.clone(), &for_maker), (pit.taker.clone(), &for_taker)] {
        pit.world.vm.airdrop(&delegate.pubkey(), 1_000_000_000);
        pit.world.delegate(&side, &delegate.pubkey(), until).accepted();
    }
    pit.world.wait(DAY_SECS - 1).expect("feeds speak");
    let leg = pit.call(120, UNIT_E6);
    let args = pit.world.trade_args(&[leg], 4_000_000_000);
    let (maker, taker) = (pit.maker.clone(), pit.taker.clone());
    pit.world.trade_by((&maker, &for_maker), (&taker, &for_taker), args).accepted();
    assert_eq!(held(&pit.world, &taker, pit.expiry, 120_000 * USD_E8), (UNIT_E6, 0));
}

/// Goal: a trade that names the sequences both sides have now, due this very second, stands. Method: exactly that, twice,
/// with what the first left.
#[test]
fn sequences_and_deadlines_that_hold() {
    let mut pit = pit();
    for round in 0..2 {
        let leg = pit.call(120, UNIT_E6);
        let mut args = pit.world.trade_args(&[leg], 4_000_000_000);
        args.maker_sequence = Some(pit.world.portfolio_of(&pit.maker).sequence);
        args.taker_sequence = Some(pit.world.portfolio_of(&pit.taker).sequence);
        assert_eq!(args.deadline, pit.world.vm.now());
        let (maker, taker) = (pit.maker.clone(), pit.taker.clone());
        pit.world.trade_with(&maker, &taker, args).accepted();
        assert_eq!(held(&pit.world, &taker, pit.expiry, 120_000 * USD_E8).0, (round + 1) * UNIT_E6);
    }
}

/// Goal: an isolated portfolio trades in its own market on either side. Method: isolated to ETH, the second market.
#[test]
fn an_isolated_portfolio_trades_its_own_market() {
    let mut pit = pit();
    pit.world.list_expiry("ETH", pit.expiry, Surface::FLAT, &[4_000 * USD_E8]).expect("an expiry");
    let alone = pit.taker.with_index(4);
    pit.world.open(&alone, Mode::Isolated(1)).accepted();
    pit.world.fund(&alone, "USDC", 50_000 * USD_E6).accepted();
    let leg = pit.world.leg("ETH", pit.expiry, 4_000 * USD_E8, Kind::Call, UNIT_E6);
    let Pit { world, maker, .. } = &mut pit;
    world.trade_at_mark(maker, &alone, &[leg]).accepted();
    world.trade_at_mark(&alone, maker, &[leg]).accepted();
    assert_eq!(world.portfolio_of(&alone).line_count, 0);
}

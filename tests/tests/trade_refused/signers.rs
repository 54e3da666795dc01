//! Who may not act for a side, and terms of a side that do not hold.

use crate::{
    pit::{pit, trade_instruction, Pit},
    scene::{frozen, unsigned, Refuses, Scene, DAY_SECS, UNIT_E6, USD_E6, USD_E8},
};
use anchor_lang::error::ErrorCode;
use ballast::error::BallastError;
use ballast_harness::{
    keys::keypair,
    world::{Kind, Surface},
    Trader,
};
use ballast_sdk::instruction::portfolio::Mode;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// A trade of one call signed by these keys.
fn signed_by(pit: &mut Pit, maker_key: &Keypair, taker_key: &Keypair) -> ballast_harness::Sent {
    let args = pit.world.trade_args(&[pit.call(120, UNIT_E6)], 4_000_000_000);
    let (maker, taker) = (pit.maker.clone(), pit.taker.clone());
    pit.world.trade_by((&maker, maker_key), (&taker, taker_key), args)
}

/// Goal: only owner or delegate act for a side. Method: a stranger, the exchange's authorities, and each side's owner for
/// the other.
#[test]
fn strangers_act_for_nobody() {
    let mut pit = pit();
    let stranger = keypair("stranger");
    pit.world.vm.airdrop(&stranger.pubkey(), 1_000_000_000);
    let admin = pit.world.admin.insecure_clone();
    let (maker, taker) = (pit.maker.key.clone(), pit.taker.key.clone());
    for other in [&stranger, &admin, &*taker] {
        let rejected = signed_by(&mut pit, other, &taker).refuses(BallastError::NotOwnerOrDelegate);
        assert_eq!(rejected.account.as_deref(), Some("maker"));
    }
    for other in [&stranger, &admin, &*maker] {
        let rejected = signed_by(&mut pit, &maker, other).refuses(BallastError::NotOwnerOrDelegate);
        assert_eq!(rejected.account.as_deref(), Some("taker"));
    }
}

/// Goal: both signatures are needed. Method: each side's taken away.
#[test]
fn both_sides_must_sign() {
    let mut pit = pit();
    let args = pit.world.trade_args(&[pit.call(120, UNIT_E6)], 4_000_000_000);
    let instruction = pit.instruction(args);
    let (maker, taker) = (pit.maker.key.clone(), pit.taker.key.clone());
    let without_maker = unsigned(&instruction, &maker.pubkey());
    pit.send_by(&without_maker, &[&taker]).refuses(ErrorCode::AccountNotSigner);
    let without_taker = unsigned(&instruction, &taker.pubkey());
    pit.send_by(&without_taker, &[&maker]).refuses(ErrorCode::AccountNotSigner);
}

/// Goal: a delegate has no say from the second it lapses, after being dismissed, or in another portfolio of the owner's.
/// Method: one delegate, three times.
#[test]
fn a_delegate_that_lapsed_or_was_dismissed_is_a_stranger() {
    let mut pit = pit();
    let (taker, delegate) = (pit.taker.clone(), keypair("desk"));
    let maker_key = pit.maker.key.clone();
    pit.world.vm.airdrop(&delegate.pubkey(), 1_000_000_000);
    let until = pit.world.vm.now() + DAY_SECS;
    pit.world.delegate(&taker, &delegate.pubkey(), until).expect("a delegate");
    let second = taker.with_index(1);
    pit.world.open(&second, Mode::Cross).expect("a portfolio");
    pit.world.fund(&second, "USDC", 50_000 * USD_E6).expect("cash");
    let args = pit.world.trade_args(&[pit.call(120, UNIT_E6)], 4_000_000_000);
    let maker = pit.maker.clone();
    let elsewhere = pit.world.trade_by((&maker, &maker_key), (&second, &delegate), args);
    elsewhere.refuses(BallastError::NotOwnerOrDelegate);
    pit.world.delegate(&taker, &anchor_lang::prelude::Pubkey::default(), 0).expect("dismissed");
    signed_by(&mut pit, &maker_key, &delegate).refuses(BallastError::NotOwnerOrDelegate);
    pit.world.delegate(&taker, &delegate.pubkey(), until).expect("a delegate");
    pit.world.wait(DAY_SECS).expect("feeds speak");
    signed_by(&mut pit, &maker_key, &delegate).refuses(BallastError::NotOwnerOrDelegate);
}

/// Goal: a portfolio does not trade with itself. Method: one portfolio on both sides, built as any trade is.
#[test]
fn a_portfolio_does_not_trade_with_itself() {
    let mut pit = pit();
    let args = pit.world.trade_args(&[pit.call(120, UNIT_E6)], 4_000_000_000);
    let instruction = trade_instruction(&pit.world, &pit.taker, &pit.taker, args);
    let key = pit.taker.key.clone();
    pit.send_by(&instruction, &[&key]).refuses(BallastError::SelfTrade);
}

/// Goal: a trade is dead a second after its deadline, and at any deadline before. Method: now − 1, 0, the least.
#[test]
fn a_trade_past_its_deadline_is_dead() {
    let mut pit = pit();
    for deadline in [pit.world.vm.now() - 1, 0, i64::MIN] {
        let mut args = pit.world.trade_args(&[pit.call(120, UNIT_E6)], 4_000_000_000);
        args.deadline = deadline;
        let (maker, taker) = (pit.maker.clone(), pit.taker.clone());
        pit.world.trade_with(&maker, &taker, args).refuses(BallastError::DeadlinePassed);
    }
}

/// Goal: a signer who insists on a sequence is not held to another book. Method: one too few and one too many for each
/// side; then the right one after it was used up.
#[test]
fn a_sequence_that_moved_on_stops_a_trade() {
    let mut pit = pit();
    let (maker, taker) = (pit.maker.clone(), pit.taker.clone());
    let now = [&maker, &taker].map(|side| pit.world.portfolio_of(side).sequence);
    for off in [-1, 1] {
        for (at, name) in ["maker", "taker"].into_iter().enumerate() {
            let mut args = pit.world.trade_args(&[pit.call(120, UNIT_E6)], 4_000_000_000);
            let wrong = Some(now[at].wrapping_add_signed(off));
            if at == 0 {
                args.maker_sequence = wrong;
            } else {
                args.taker_sequence = wrong;
            }
            let rejected = pit.world.trade_with(&maker, &taker, args).refuses(BallastError::Sequence);
            assert_eq!(rejected.account.as_deref(), Some(name));
        }
    }
    let mut args = pit.world.trade_args(&[pit.call(120, UNIT_E6)], 4_000_000_000);
    args.maker_sequence = Some(now[0]);
    pit.world.trade_with(&maker, &taker, args.clone()).expect("the book the maker saw");
    pit.world.trade_with(&maker, &taker, args).refuses(BallastError::Sequence);
}

/// Goal: an isolated portfolio stays in its market, on either side and with any leg. Method: isolated to BTC, an ETH leg
/// alone and beside a BTC leg.
#[test]
fn an_isolated_portfolio_stays_in_its_market() {
    let mut pit = pit();
    pit.world.list_expiry("ETH", pit.expiry, Surface::FLAT, &[4_000 * USD_E8]).expect("an expiry");
    let alone = pit.taker.with_index(7);
    pit.world.open(&alone, Mode::Isolated(0)).expect("a portfolio");
    pit.world.fund(&alone, "USDC", 90_000 * USD_E6).expect("cash");
    let eth = pit.world.leg("ETH", pit.expiry, 4_000 * USD_E8, Kind::Call, UNIT_E6);
    let legs = [pit.call(120, UNIT_E6), eth];
    let maker = pit.maker.clone();
    let sides: [(&Trader, &Trader, &str); 2] = [(&maker, &alone, "taker"), (&alone, &maker, "maker")];
    for (maker, taker, name) in sides {
        for legs in [&legs[1..], &legs[..]] {
            let rejected = pit.world.trade_at_mark(maker, taker, legs).refuses(BallastError::IsolatedMarket);
            assert_eq!(rejected.account.as_deref(), Some(name));
        }
    }
}

/// Goal: a frozen portfolio trades on neither side, not even to reduce its risk. Method: a flagged strangle buys back.
#[test]
fn a_frozen_portfolio_does_not_trade() {
    let Scene { mut world, long, short, expiry } = frozen();
    let back = world.leg("BTC", expiry, 100_000 * USD_E8, Kind::Put, UNIT_E6);
    let rejected = world.trade_at_mark(&long, &short, &[back]).refuses(BallastError::Frozen);
    assert_eq!(rejected.account.as_deref(), Some("taker"));
    let sold = world.leg("BTC", expiry, 100_000 * USD_E8, Kind::Put, -UNIT_E6);
    let rejected = world.trade_at_mark(&short, &long, &[sold]).refuses(BallastError::Frozen);
    assert_eq!(rejected.account.as_deref(), Some("maker"));
}

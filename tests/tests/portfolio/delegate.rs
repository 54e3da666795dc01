//! `delegate_set`. What a delegate may do is with the instructions: withdraw, deposit, trade.

use crate::scene::{
    emitted, frozen, read_only, refuse_impostors, replaced, unsigned, Refuses, Scene, DAY_SECS, HOUR_SECS,
};
use anchor_lang::{error::ErrorCode, prelude::Pubkey};
use ballast::error::BallastError;
use ballast_harness::{Trader, Verdict, World};
use ballast_sdk::instruction::portfolio::delegate_set;

const YEAR_SECS: i64 = 365 * DAY_SECS;

fn scene() -> (World, Trader, Trader) {
    let mut world = World::standard().expect("the usual scenario");
    let owner = world.funded("owner", 0).expect("a portfolio");
    let delegate = world.trader("delegate");
    (world, owner, delegate)
}

/// Goal: a delegate is named until a time, replaced, and dismissed with the default key; each counts in the sequence.
/// Method: name, rename, dismiss; the time given with a dismissal means nothing.
#[test]
fn a_delegate_is_named_and_dismissed() {
    let (mut world, owner, delegate) = scene();
    let now = world.vm.now();
    let first = world.portfolio_of(&owner).sequence;
    let cases = [
        (delegate.pubkey(), now + HOUR_SECS, now + HOUR_SECS),
        (delegate.pubkey(), now + 1, now + 1),
        (owner.pubkey(), now + YEAR_SECS, now + YEAR_SECS),
        (Pubkey::default(), now + HOUR_SECS, 0),
        (Pubkey::default(), i64::MIN, 0),
    ];
    for (n, (named, told, until)) in (1..).zip(cases) {
        let outcome = world.delegate(&owner, &named, told).accepted();
        let portfolio = world.portfolio_of(&owner);
        assert_eq!((portfolio.delegate, portfolio.delegate_until), (named, until));
        assert_eq!(portfolio.sequence, first + n);
        let event = emitted!(outcome, DelegateSet);
        assert_eq!((event.portfolio, event.delegate, event.until), (owner.portfolio(), named, until));
    }
}

/// Goal: a delegate lapses in the future and within a year. Method: now, before, a second beyond, the ends of time.
#[test]
fn a_delegate_lapses_within_a_year() {
    let (mut world, owner, delegate) = scene();
    let now = world.vm.now();
    for until in [now, now - 1, 0, i64::MIN, now + YEAR_SECS + 1, i64::MAX] {
        println!("until {until}");
        world.delegate(&owner, &delegate.pubkey(), until).refuses(BallastError::DelegateLapse);
    }
}

/// Goal: only the owner names one; a delegate cannot prolong itself. Method: every other signer; a flagged portfolio.
#[test]
fn only_the_owner_names_one() {
    let (mut world, owner, delegate) = scene();
    let until = world.vm.now() + HOUR_SECS;
    world.delegate(&owner, &delegate.pubkey(), until).accepted();
    let good = delegate_set(&owner.pubkey(), 0, &delegate.pubkey(), until + HOUR_SECS);
    let own = replaced(&good, &owner.pubkey(), &delegate.pubkey());
    world.send(&[own], &[&delegate.key]).refuses(BallastError::NotOwner);
    world.send(&[unsigned(&good, &owner.pubkey())], &[&delegate.key]).refuses(ErrorCode::AccountNotSigner);
    let Scene { mut world, short, .. } = frozen();
    let until = world.vm.now() + HOUR_SECS;
    world.delegate(&short, &Pubkey::default(), until).refuses(BallastError::Frozen);
    world.delegate(&short, &short.pubkey(), until).refuses(BallastError::Frozen);
}

/// Goal: the portfolio is one and can be written. Method: impostors, read-only.
#[test]
fn the_portfolio_is_one() {
    let (mut world, owner, delegate) = scene();
    let good = delegate_set(&owner.pubkey(), 0, &delegate.pubkey(), world.vm.now() + 1);
    refuse_impostors(&mut world, &good, &owner.portfolio(), &[&owner.key]);
    world.send(&[read_only(&good, &owner.portfolio())], &[&owner.key]).refuses(ErrorCode::ConstraintMut);
}

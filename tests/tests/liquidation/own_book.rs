//! Takers of their own book: an owner's other portfolio is a taker like any other. It pays the same, is paid the same and
//! costs insurance the same, and whoever comes first has the book.

use crate::{
    pit::{
        fall::{sold, sunk, Fall, WHOLE_E9},
        pegged::both_legs,
    },
    scene::{USD_E6, USD_E8},
};
use ballast_harness::{Sent, Trader, Verdict, World};
use ballast_sdk::instruction::portfolio::Mode;

/// Cash of whoever takes, 1e-6 quote.
const CASH_E6: u64 = 1_000_000 * USD_E6;

/// What a taking came to.
#[derive(Debug, PartialEq, Eq)]
struct Taken {
    /// The owner's cash, 1e-6 quote, and whether its portfolio is frozen.
    owner: (i64, u8),
    /// Cash, equity at mark and initial margin of the taker, 1e-6 quote.
    taker: [i64; 3],
    /// Insurance and the open shortfall, 1e-6 quote.
    house: [i64; 2],
}

/// The owner's second portfolio and a stranger, of as much cash, take the same of the same book at the same moment.
fn by_both(fall: &mut Fall, take: impl Fn(&mut World, &Trader, &Trader) -> Sent) -> [Taken; 2] {
    let own = fall.victim.with_index(1);
    fall.world.open(&own, Mode::Cross).accepted();
    fall.world.fund(&own, "USDC", CASH_E6).accepted();
    let stranger = fall.world.funded("stranger", CASH_E6).expect("a trader");
    [own, stranger].map(|taker| {
        let mut world = fall.world.fork();
        take(&mut world, &fall.victim, &taker).accepted();
        let (owner, exchange) = (world.portfolio_of(&fall.victim), world.exchange());
        let report = world.margin(&taker).expect("a report");
        Taken {
            owner: (owner.cash_e6, owner.frozen),
            taker: [world.portfolio_of(&taker).cash_e6, report.equity_mark_e6, report.initial_e6],
            house: [exchange.insurance_e6, exchange.shortfall_e6],
        }
    })
}

/// Goal: an owner takes slices and legs of their own book on a stranger's terms, contribution to insurance included. Method:
/// both, into the owner's second portfolio and into a stranger's.
#[test]
fn an_owner_takes_on_a_strangers_terms() {
    let mut fall = sunk();
    let before_e6 = fall.world.exchange().insurance_e6;
    let [own, other] = by_both(&mut fall, |world, victim, taker| world.take_slice(victim, taker, WHOLE_E9));
    assert_eq!(own, other);
    assert!(own.house[0] > before_e6, "a contribution is paid");
    let mut fall = sunk();
    let legs = both_legs(&fall, u64::MAX);
    let [own, other] = by_both(&mut fall, |world, victim, taker| world.take_legs(victim, taker, &legs));
    assert_eq!(own, other);
    assert!(own.house[0] > before_e6, "a contribution is paid");
}

/// Goal: insurance pays an owner who takes their own book what it would pay a stranger, and no sooner. Method: a book under
/// water at its flag; one just under the limit after the hour in which nobody came; all of each.
#[test]
fn insurance_pays_an_owner_no_more_than_a_stranger() {
    let under_water = || {
        let mut fall = sold();
        fall.insure(120_000 * 1_000_000);
        fall.rest_at(62_000 * USD_E8);
        fall.world.flag(&fall.victim).accepted();
        fall
    };
    let left_alone = || {
        let mut fall = sold();
        fall.insure(40_000 * 1_000_000);
        fall.drop(20);
        fall.world.flag(&fall.victim).accepted();
        fall.wait_an_hour();
        fall
    };
    for scene in [under_water as fn() -> Fall, left_alone] {
        let mut fall = scene();
        let (before_e6, pay_e6) = (fall.world.exchange().insurance_e6, fall.plan().pay_e6);
        let [own, other] =
            by_both(&mut fall, |world, victim, taker| world.take_slice(victim, taker, WHOLE_E9));
        assert_eq!(own, other);
        assert!(pay_e6 < 0);
        assert_eq!((own.owner, own.house), ((0, 0), [before_e6 + pay_e6, 0]));
    }
}

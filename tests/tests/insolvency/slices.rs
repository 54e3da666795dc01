//! A book under water that insurance cannot pay for: it goes all the same.

use crate::{
    pit::fall::{sold, Fall, WHOLE_E9},
    scene::{emitted, Refuses, USD_E6, USD_E8},
};
use ballast::error::BallastError;
use ballast_harness::Verdict;

/// Four strangles whose puts are worth more than everything the victim has; insurance has so much of what it takes.
fn drowned(insurance: u64) -> Fall {
    let mut fall = sold();
    if insurance > 0 {
        fall.world.staker("staker", insurance * USD_E6).expect("a stake");
    }
    fall.rest_at(62_000 * USD_E8);
    fall.world.flag(&fall.victim).expect("a flag");
    fall
}

/// Goal: insurance pays what it has, the rest is an open shortfall, and the taker gets the whole price. Method: a fund of
/// 5,000 against a price of many times that; every unit.
#[test]
fn what_insurance_has_not_is_a_shortfall() {
    for insurance in [0, 5_000] {
        let mut fall = drowned(insurance);
        let (plan, before) = (fall.plan(), fall.cash());
        let outcome = fall.take(WHOLE_E9).accepted();
        let (event, after) = (emitted!(outcome, SliceLiquidated), fall.cash());
        let missing_e6 = -plan.pay_e6 - before[2];
        assert!(missing_e6 > 10_000_000_000, "{missing_e6}");
        assert_eq!((event.price_e6, event.shortfall_e6, event.insurance_e6), (plan.pay_e6, missing_e6, 0));
        assert_eq!(after, [0, before[1] + before[0] - plan.pay_e6, 0]);
        assert_eq!(fall.world.exchange().shortfall_e6, missing_e6);
        assert!(!fall.world.portfolio_of(&fall.victim).is_frozen(), "nobody is stuck");
    }
}

/// Goal: while the shortfall is open the taker's new cash cannot run, and then it bears its share like any other. Method: a
/// withdrawal before and after it is shared.
#[test]
fn a_taker_does_not_run_with_the_money() {
    let mut fall = drowned(0);
    fall.take(WHOLE_E9).accepted();
    let taker = fall.taker.clone();
    fall.world.give(&taker, "USDC", 0).accepted();
    fall.world.withdraw(&taker, "USDC", 1).refuses(BallastError::ShortfallOpen);
    let (worth, shortfall_e6) = (fall.world.cash_of(&taker), fall.world.exchange().shortfall_e6);
    let outcome = fall.world.socialise().accepted();
    let event = emitted!(outcome, ShortfallSocialised);
    assert_eq!(event.borne_e6 + event.insurance_paid_e6, shortfall_e6);
    let share = i128::from(worth) * i128::from(event.borne_e6) / i128::from(event.cash_e6);
    let bore = i128::from(worth - fall.world.cash_of(&taker));
    assert!((share..share + 5).contains(&bore), "{bore} of {share}");
    fall.world.withdraw(&taker, "USDC", 1).accepted();
}

/// Goal: a book goes in parts over an open shortfall, and the parts add up. Method: three slices, one sharing in between.
#[test]
fn parts_add_up() {
    let mut fall = drowned(0);
    let mut missing_e6 = 0;
    for (step, fraction_e9) in [WHOLE_E9 / 3, WHOLE_E9 / 2, WHOLE_E9].into_iter().enumerate() {
        let price_e6 = emitted!(fall.take(fraction_e9).accepted(), SliceLiquidated).price_e6;
        missing_e6 -= price_e6;
        assert_eq!(fall.world.exchange().shortfall_e6, missing_e6);
        if step == 1 {
            let outcome = fall.world.socialise().accepted();
            let event = emitted!(outcome, ShortfallSocialised);
            assert_eq!(event.insurance_paid_e6 + event.borne_e6, missing_e6);
            missing_e6 = 0;
        }
    }
    assert!(fall.world.portfolio_of(&fall.victim).is_empty());
}

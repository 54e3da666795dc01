//! Publish times: every step of a liquidation keeps those it has seen, and none takes an older price after it.

use crate::{
    pit::{
        fall::{sold, Fall, WHOLE_E9},
        pegged::{both_legs, pegged, GOLD, GOLD_FEED},
    },
    scene::{Refuses, USD_E6},
};
use ballast::error::BallastError;
use ballast_harness::{feeds, Sent, Verdict};

/// A step of a liquidation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    Flag,
    Slice,
    Legs,
    End,
}

const STEPS: [Step; 4] = [Step::Flag, Step::Slice, Step::Legs, Step::End];

impl Step {
    fn of(self, fall: &mut Fall) -> Sent {
        let (victim, taker) = (fall.victim.clone(), fall.taker.clone());
        match self {
            Self::Flag => fall.world.flag(&victim),
            Self::Slice => fall.take(WHOLE_E9 / 1_000),
            Self::Legs => {
                let legs = both_legs(fall, 1_000);
                fall.world.take_legs(&victim, &taker, &legs)
            }
            Self::End => fall.world.end_liquidation(&victim),
        }
    }

    /// What may be asked of a portfolio after this step.
    const fn next(self) -> &'static [Self] {
        match self {
            Self::End => &[Self::Flag],
            _ => &[Self::Slice, Self::Legs, Self::End],
        }
    }
}

/// A fallen book of a scene, ready for a step, ten seconds after the last price was recorded.
fn ready(scene: fn() -> Fall, step: Step) -> Fall {
    let mut fall = scene();
    fall.drop(20);
    if step != Step::Flag {
        fall.world.flag(&fall.victim).accepted();
    }
    if step == Step::End {
        fall.world.fund(&fall.victim, "USDC", 1_000_000 * USD_E6).accepted();
    }
    fall.world.vm.advance(10);
    fall
}

/// Goal: whichever step sees a market's price, no later step takes an older one. Method: each step at a new price, then the
/// one before, then the new one again.
#[test]
fn markets_keep_the_time_of_every_step() {
    for step in STEPS {
        let mut fall = ready(sold, step);
        let old = fall.world.update("BTC");
        fall.world.refresh_prices();
        let (new, now) = (fall.world.update("BTC"), fall.world.vm.now());
        assert!(fall.world.market(0).last_publish_time < now, "{step:?}");
        step.of(&mut fall).accepted();
        assert_eq!(fall.world.market(0).last_publish_time, now, "{step:?}");
        for later in step.next() {
            for bad in [old, new.aged(1)] {
                fall.world.post(bad);
                let rejected = later.of(&mut fall).refuses(BallastError::OracleNotMonotonic);
                assert_eq!(
                    rejected.account.as_deref(),
                    Some("remaining_accounts[1]"),
                    "{later:?} after {step:?}"
                );
            }
        }
        fall.world.post(new);
        match step {
            Step::End => drop(Step::Flag.of(&mut fall).refuses(BallastError::Healthy)),
            _ => [Step::Slice, Step::Legs].into_iter().for_each(|step| drop(step.of(&mut fall).accepted())),
        }
    }
}

/// Goal: slices and legs, which write the exchange, keep the times of collateral and peg, and the peg itself; a flag and an
/// end, which only read it, keep neither. Method: each step at new prices of both, then the ones before, one by one.
#[test]
fn the_exchange_keeps_the_times_of_slices_and_legs() {
    for step in STEPS {
        let with_gold = || {
            let mut fall = pegged();
            fall.world.fund(&fall.victim, "GOLD", USD_E6).accepted();
            fall
        };
        let mut fall = ready(with_gold, step);
        let old = ["GOLD", "USDC"].map(|symbol| fall.world.update(symbol));
        let times = |fall: &Fall| {
            let exchange = fall.world.exchange();
            (exchange.collaterals[GOLD].last_publish_time, exchange.peg_publish_time)
        };
        let before = times(&fall);
        fall.world.refresh_prices();
        fall.world.set_price("USDC", 99_000_000);
        let new = ["GOLD", "USDC"].map(|symbol| fall.world.update(symbol));
        let peg_before_e8 = fall.world.exchange().peg_e8;
        step.of(&mut fall).accepted();
        let (now, peg_e8) = (fall.world.vm.now(), fall.world.exchange().peg_e8);
        let writes = matches!(step, Step::Slice | Step::Legs);
        let kept = if writes { ((now, now), 99_000_000) } else { (before, peg_before_e8) };
        assert_eq!((times(&fall), peg_e8), kept, "{step:?}");
        if !writes {
            continue;
        }
        for (feed_id, old, new) in [(GOLD_FEED, old[0], new[0]), (feeds::USDC, old[1], new[1])] {
            for bad in [old, new.aged(1)] {
                fall.world.post_as(feed_id, bad);
                for later in step.next() {
                    later.of(&mut fall).refuses(BallastError::OracleNotMonotonic);
                }
            }
            fall.world.post_as(feed_id, new);
        }
        Step::Slice.of(&mut fall).accepted();
    }
}

//! Phases are an underlying's own: a book in two markets is held by the tighter, and a market's phase by nobody else's.

use crate::{
    pit::{
        fall::WHOLE_E9,
        phase::{list_market, UNITS},
    },
    scene::{emitted, Refuses, DAY_SECS, UNIT_E6, USD_E6, USD_E8},
};
use ballast::{error::BallastError, instructions::LegWanted};
use ballast_harness::{world::Kind, Trader, Verdict, World};

/// Ids of the two markets.
const U1: u8 = 3;
const U2: u8 = 4;

/// `mixed` sold strangles in both markets, `single` in U1 only; both fell far and are flagged.
struct Two {
    world: World,
    mixed: Trader,
    single: Trader,
    taker: Trader,
    expiry: i64,
}

fn two() -> Two {
    let mut world = World::standard().expect("the usual scenario");
    let expiry = world.vm.now() + 30 * DAY_SECS;
    for number in [1, 2] {
        list_market(&mut world, number, expiry, |spec| {
            (spec.args.share_base_e6, spec.args.params.oi_scale_e6) = (0, 0);
        });
    }
    let [house, taker] =
        ["house", "taker"].map(|name| world.funded(name, 9_000_000 * USD_E6).expect("a trader"));
    let [mixed, single] = [("mixed", &["U1", "U2"][..], 120_000), ("single", &["U1"], 60_000)].map(
        |(name, symbols, dollars)| {
            let seller = world.funded(name, dollars * USD_E6).expect("a seller");
            for symbol in symbols {
                let legs = [(85, Kind::Put), (120, Kind::Call)]
                    .map(|(strike, kind)| world.leg(symbol, expiry, strike * USD_E8, kind, -UNITS * UNIT_E6));
                world.trade_at_mark(&house, &seller, &legs).expect("a trade");
            }
            seller
        },
    );
    world.vm.advance(1);
    world.refresh_prices();
    for symbol in ["U1", "U2"] {
        world.set_price(symbol, 57 * USD_E8);
    }
    for seller in [&mixed, &single] {
        world.flag(seller).expect("a flag");
    }
    Two { world, mixed, single, taker, expiry }
}

impl Two {
    /// So much of the put of a market, 1e-6 unit, as a taker names it.
    fn put(&self, symbol: &str, qty_max_e6: u64) -> LegWanted {
        let leg = self.world.leg(symbol, self.expiry, 85 * USD_E8, Kind::Put, 1);
        let (market, expiry_slot, strike_slot) = (leg.market, leg.expiry_slot, leg.strike_slot);
        LegWanted { market, expiry_slot, strike_slot, is_put: true, qty_max_e6 }
    }

    fn taken_e6(&self, market: u8) -> i64 {
        self.world.market(market).phase.taken_e6
    }

    fn fifth_e6(&self, market: u8) -> i64 {
        self.world.market(market).open_interest_e6 / 5
    }

    /// The single book gives all that the phase of U1 lets go.
    fn exhaust(&mut self) {
        self.world.take_slice(&self.single, &self.taker, WHOLE_E9).accepted();
        assert!((self.fifth_e6(U1) - self.taken_e6(U1)).abs() <= 10, "{}", self.taken_e6(U1));
        assert_eq!(self.taken_e6(U2), 0);
    }
}

/// Goal: where one underlying's phase is spent nothing of a whole book goes, and of single legs those of the other do,
/// without counting where the phase is spent. Method: U1 spent by a book that has nothing else; a slice of the mixed book; a
/// part of its put of U1 and of U2, whichever comes first after the other fell a little more.
#[test]
fn a_spent_phase_holds_slices_and_its_own_legs() {
    let mut two = two();
    two.exhaust();
    let (mixed, single, taker) = (two.mixed.clone(), two.single.clone(), two.taker.clone());
    let spent_e6 = two.taken_e6(U1);
    two.world.take_slice(&mixed, &taker, WHOLE_E9).refuses(BallastError::LiquidationPhase);
    for (first, lower, other) in [("U2", 565, "U1"), ("U1", 560, "U2")] {
        two.world.vm.advance(1);
        two.world.set_price(first, lower * USD_E8 / 10);
        let legs = [two.put(first, 1_000_000), two.put(other, 1_000_000)];
        let sent = two.world.take_legs(&mixed, &taker, &legs);
        if first == "U1" {
            sent.refuses(BallastError::LiquidationPhase);
        } else {
            let outcome = sent.accepted();
            assert_eq!(emitted!(outcome, LegsLiquidated).legs[0].market, U2);
        }
        assert_eq!((two.taken_e6(U1), two.taken_e6(U2)), (spent_e6, 1_000_000));
    }
    let leg = two.put("U1", 1_000);
    two.world.take_legs(&single, &taker, &[leg]).refuses(BallastError::LiquidationPhase);
    two.world.wait(30).expect("feeds speak");
    two.world.take_legs(&single, &taker, &[leg]).accepted();
    two.world.take_slice(&mixed, &taker, WHOLE_E9).accepted();
}

/// Goal: legs and slices draw on one phase. Method: a part of the single book's put, then a slice of all of it, which gets
/// what the legs left of the fifth.
#[test]
fn legs_and_slices_share_a_phase() {
    let mut two = two();
    let (single, taker, leg) = (two.single.clone(), two.taker.clone(), two.put("U1", 1_000_000_000));
    two.world.take_legs(&single, &taker, &[leg]).accepted();
    assert_eq!(two.taken_e6(U1), 1_000_000_000);
    let left_e6 = two.fifth_e6(U1) - 1_000_000_000;
    let gross_e6 = 2 * UNITS * UNIT_E6 - 1_000_000_000;
    let outcome = two.world.take_slice(&single, &taker, WHOLE_E9).accepted();
    let due_e9 = i128::from(left_e6) * i128::from(WHOLE_E9) / i128::from(gross_e6);
    assert_eq!(i128::from(emitted!(outcome, SliceLiquidated).fraction_e9), due_e9);
}

/// Goal: a slice is held by the tighter of a book's markets. Method: U1, of which the mixed book is half, untouched, and U2,
/// of which it is the whole: a fifth of all of U2 goes; both phases count the same fraction.
#[test]
fn the_tighter_market_holds_a_slice() {
    let mut two = two();
    let (mixed, taker) = (two.mixed.clone(), two.taker.clone());
    let (gross_e6, fifths_e6) = (2 * UNITS * UNIT_E6, [two.fifth_e6(U1), two.fifth_e6(U2)]);
    assert_eq!(fifths_e6, [2 * gross_e6 / 5, gross_e6 / 5]);
    let outcome = two.world.take_slice(&mixed, &taker, WHOLE_E9).accepted();
    assert_eq!(emitted!(outcome, SliceLiquidated).fraction_e9, WHOLE_E9 / 5);
    assert_eq!([two.taken_e6(U1), two.taken_e6(U2)], [gross_e6 / 5; 2]);
}

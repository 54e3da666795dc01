//! Incidents of dust: positions so small that rounding made them free.

use crate::{
    pit::{at, cash_e6},
    scene::{Refuses, DAY_SECS, UNIT_E6, USD_E6},
};
use ballast::error::BallastError;
use ballast_harness::{
    world::{Kind, MarketSpec, Surface},
    Trader, Verdict, World,
};

/// Spot and strike of a market so cheap that a millionth of a unit needs less than a millionth of a quote unit: a cent.
const CENT_E8: u64 = 1_000_000;

/// The cheap market, and who buys everything that is sold there.
struct Cheap {
    world: World,
    buyer: Trader,
    expiry: i64,
}

fn cheap() -> Cheap {
    let mut world = World::standard().expect("the usual scenario");
    world.add_market(&MarketSpec::new("CENT", [9; 32], CENT_E8, 600_000, 1_000_000)).accepted();
    let expiry = world.vm.now() + 30 * DAY_SECS;
    world.list_expiry("CENT", expiry, Surface::FLAT, &[CENT_E8]).expect("an expiry");
    let buyer = world.funded("buyer", 1_000 * USD_E6).expect("a buyer");
    Cheap { world, buyer, expiry }
}

impl Cheap {
    /// A seller with so much cash (1e-6 quote) who has sold so many puts (1e-6 unit) for nothing but their mark.
    fn seller(&mut self, name: &str, cash_e6: u64, qty_e6: i64) -> (Trader, ballast_harness::Sent) {
        let seller = self.world.funded(name, cash_e6).expect("a seller");
        let put = self.world.leg("CENT", self.expiry, CENT_E8, Kind::Put, -qty_e6);
        let sent = self.world.trade_at_mark(&self.buyer, &seller, &[put]);
        (seller, sent)
    }

    /// (IM, MM) of a trader, 1e-6 quote.
    fn needs(&self, trader: &Trader) -> (i64, i64) {
        let report = self.world.margin(trader).expect("a report");
        (report.initial_e6, report.maintenance_e6)
    }
}

/// Drift and Velocity (issue 2146): requirements rounded down, losses to zero, so that dust positions were free.
///
/// Goal: the smallest short position needs margin. Method: a millionth of a unit whose exact requirement is a thousandth of
/// the smallest amount there is: it needs one all the same, and neither an empty portfolio nor one that can pay the fee
/// and no more may sell it.
#[test]
fn drift_dust_is_not_free() {
    let mut cheap = cheap();
    let (unit, sent) = cheap.seller("a unit", USD_E6, UNIT_E6);
    sent.accepted();
    let (initial_e6, maintenance_e6) = cheap.needs(&unit);
    assert!(maintenance_e6 < initial_e6 && initial_e6 < UNIT_E6 / 100, "a millionth needs under a hundredth");
    cheap.seller("empty", 0, 1).1.refuses(BallastError::CashBelowZero);
    cheap.seller("the fee", 1, 1).1.refuses(BallastError::TakerInitialMargin);
    let (dust, sent) = cheap.seller("dust", 2, 1);
    sent.accepted();
    assert_eq!(cheap.needs(&dust), (1, 1));
    assert_eq!(cash_e6(&cheap.world, &dust), 1);
}

/// The same: by a thousand cuts.
///
/// Goal: a book cut into dust needs no less than the book, and pays no less when it has lost. Method: forty sellers of three
/// hundred millionths beside one of twelve thousand; margins summed; settled where each owes a fraction of a unit: Σ of
/// what writers pay covers what the holder gets, and the rest is the market's fees.
#[test]
fn drift_a_thousand_cuts_are_not_cheaper() {
    let mut cheap = cheap();
    let (whole, sent) = cheap.seller("whole", USD_E6, 12_000);
    sent.accepted();
    let cuts: Vec<Trader> = (0..40)
        .map(|n| {
            let (seller, sent) = cheap.seller(&format!("cut {n}"), 1_000, 300);
            sent.accepted();
            seller
        })
        .collect();
    let needs: Vec<(i64, i64)> = cuts.iter().map(|cut| cheap.needs(cut)).collect();
    let sum = needs.iter().fold((0, 0), |sum, each| (sum.0 + each.0, sum.1 + each.1));
    let of_whole = cheap.needs(&whole);
    assert!(needs.iter().all(|(initial_e6, maintenance_e6)| *initial_e6 >= 1 && *maintenance_e6 >= 1));
    assert!(sum.0 >= of_whole.0 && sum.1 >= of_whole.1 && of_whole.1 > 1, "{sum:?} {of_whole:?}");

    let Cheap { mut world, buyer, expiry } = cheap;
    at(&mut world, expiry);
    // 0.0037 under the strike: a cut owes 1.11 units, the whole 44.4.
    world.post(world.good_update("CENT", CENT_E8 - 370_000).published(expiry));
    world.finalize("CENT", expiry).accepted();
    let fees_e6 = world.market(3).fees_e6;
    let change = |world: &mut World, trader: &Trader| {
        let before_e6 = cash_e6(world, trader);
        world.settle(trader).accepted();
        cash_e6(world, trader) - before_e6
    };
    assert!(cuts.iter().all(|cut| change(&mut world, cut) == -2), "1.11 rounded up");
    assert_eq!(change(&mut world, &whole), -45, "44.4 rounded up");
    assert_eq!(change(&mut world, &buyer), 88, "88.8 rounded down");
    assert_eq!(world.market(3).fees_e6 - fees_e6, 2 * 40 + 45 - 88);
}

//! A trade that strictly reduces a side's risk stands where new risk does not: below initial margin, at prices that are
//! old, wide or far from their average, with the volatility stale or the gate closed.

use crate::{
    pit::{at, fall, held, pit, Pit},
    scene::{traded, Refuses, Scene, UNIT_E6, USD_E8},
};
use ballast::{
    constants::{GATES_ALL, GATE_TRADE},
    error::BallastError,
};
use ballast_harness::{
    world::{Kind, MarketSpec, Surface},
    PriceUpdate, Sent, Verdict,
};

/// Half of the call of [`traded`] goes back to who sold it.
fn give_half_back(scene: &mut Scene) -> Sent {
    let Scene { world, long, short, expiry } = scene;
    let half = world.leg("BTC", *expiry, 120_000 * USD_E8, Kind::Call, UNIT_E6 / 2);
    world.trade_at_mark(long, short, &[half])
}

/// The same call again, from the same seller.
fn buy_more(scene: &mut Scene) -> Sent {
    let Scene { world, long, short, expiry } = scene;
    let more = world.leg("BTC", *expiry, 120_000 * USD_E8, Kind::Call, UNIT_E6 / 2);
    world.trade_at_mark(short, long, &[more])
}

/// Goal: below initial margin a side may buy back what it sold, and nothing else. Method: a strangle after a fall short
/// of liquidation: buying a part back stands; selling more, or buying something that hedges nothing, does not.
#[test]
fn below_initial_margin_risk_may_be_reduced() {
    let mut fall = fall::sold();
    fall.drop_short_of_it();
    let report = fall.world.margin(&fall.victim).expect("a report");
    assert!(report.excess_initial_e6 < 0 && report.excess_maintenance_e6 >= 0, "{report:?}");
    let (house, victim) = (fall.house.clone(), fall.victim.clone());
    let leg = |fall: &fall::Fall, strike: u64, kind, qty| {
        fall.world.leg("BTC", fall.expiry, strike * USD_E8, kind, qty)
    };
    let sale = leg(&fall, 100_000, Kind::Put, -100_000);
    fall.world.trade_at_mark(&house, &victim, &[sale]).refuses(BallastError::TakerInitialMargin);
    fall.world
        .trade_at_mark(&victim, &house, &[leg(&fall, 150_000, Kind::Call, 100_000)])
        .refuses(BallastError::MakerInitialMargin);
    let purchase = leg(&fall, 100_000, Kind::Put, UNIT_E6);
    fall.world.trade_at_mark(&house, &victim, &[purchase]).accepted();
    let after = fall.world.margin(&victim).expect("a report");
    assert!(after.excess_initial_e6 > report.excess_initial_e6);
    assert_eq!(held(&fall.world, &victim, fall.expiry, 100_000 * USD_E8), (0, -3 * UNIT_E6));
}

/// Goal: at a price of one to five minutes positions shrink and do not grow. Method: 60, 61, 300 and 301 seconds.
#[test]
fn at_an_old_price_positions_only_shrink() {
    let mut scene = traded();
    at_age(&mut scene, 60);
    buy_more(&mut scene).accepted();
    at_age(&mut scene, 61);
    buy_more(&mut scene).refuses(BallastError::OracleStale);
    give_half_back(&mut scene).accepted();
    at_age(&mut scene, 300);
    buy_more(&mut scene).refuses(BallastError::OracleStale);
    give_half_back(&mut scene).accepted();
    at_age(&mut scene, 301);
    let quarter = scene.world.leg("BTC", scene.expiry, 120_000 * USD_E8, Kind::Call, UNIT_E6 / 4);
    let (long, short) = (scene.long.clone(), scene.short.clone());
    let rejected = scene.world.trade_at_mark(&long, &short, &[quarter]);
    rejected.refuses(BallastError::OracleTooOld);
}

fn at_age(scene: &mut Scene, secs: i64) {
    scene.world.wait(1).expect("feeds speak");
    scene.world.vm.advance(secs);
}

/// Goal: whoever is left without lines and debt stands at any age of the price. Method: both sides close at ten minutes.
#[test]
fn closing_everything_needs_no_fresh_price() {
    let mut scene = traded();
    at_age(&mut scene, 600);
    let Scene { world, long, short, expiry } = &mut scene;
    let all = world.leg("BTC", *expiry, 120_000 * USD_E8, Kind::Call, UNIT_E6);
    world.trade_at_mark(long, short, &[all]).accepted();
    assert!(world.portfolio_of(long).is_debt_free() && world.portfolio_of(short).is_debt_free());
}

/// Goal: a price too wide or too far from its average is ground for less risk only. Method: each band above its limit.
#[test]
fn at_an_uncertain_price_positions_only_shrink() {
    type Spoil = fn(PriceUpdate) -> PriceUpdate;
    let spoils: [(Spoil, BallastError); 4] = [
        (|good| good.wide(201), BallastError::OracleConfidenceWide),
        (|good| good.wide(600), BallastError::OracleConfidenceWide),
        (|good| good.averaging(90_000 * USD_E8), BallastError::OracleGapWide),
        (|good| good.averaging(70_000 * USD_E8), BallastError::OracleGapWide),
    ];
    for (spoil, refusal) in spoils {
        let mut scene = traded();
        scene.world.vm.advance(1);
        let good = scene.world.good_update("BTC", 116_000 * USD_E8);
        scene.world.post(spoil(good));
        buy_more(&mut scene).refuses(refusal);
        give_half_back(&mut scene).accepted();
    }
}

/// Goal: while the volatility is stale positions shrink and do not grow. Method: prices speak, publishers do not.
#[test]
fn with_a_stale_volatility_positions_only_shrink() {
    let mut scene = traded();
    let spoken = scene.world.market(0).volatility.vol_time;
    at(&mut scene.world, spoken + 600);
    scene.world.refresh_prices();
    buy_more(&mut scene).accepted();
    scene.world.vm.advance(1);
    scene.world.refresh_prices();
    buy_more(&mut scene).refuses(BallastError::VolatilityStale);
    give_half_back(&mut scene).accepted();
}

/// Goal: a closed gate stops new risk and lets old risk go. Method: every gate closed, then the trading gate alone.
#[test]
fn a_closed_gate_lets_positions_shrink() {
    for gates in [GATES_ALL, GATE_TRADE] {
        let mut scene = traded();
        scene.world.set_gates(gates).accepted();
        let rejected = buy_more(&mut scene).refuses(BallastError::GateClosed);
        assert_eq!(rejected.account.as_deref(), Some("maker"));
        give_half_back(&mut scene).accepted();
        give_half_back(&mut scene).accepted();
        assert_eq!(scene.world.market(0).open_interest_e6, 0);
        scene.world.set_gates(0).accepted();
        buy_more(&mut scene).accepted();
    }
}

/// Goal: open interest may stand at its cap, and shrink from there. Method: a market with a cap of one unit.
#[test]
fn at_the_cap_positions_shrink() {
    let Pit { mut world, maker, taker, .. } = pit();
    let mut spec = MarketSpec::numbered(1);
    spec.args.open_interest_cap_e6 = UNIT_E6;
    spec.args.series_cap_e6 = UNIT_E6;
    spec.args.share_base_e6 = UNIT_E6;
    world.add_market(&spec).accepted();
    let expiry = world.vm.now() + 30 * 86_400;
    world.list_expiry("U1", expiry, Surface::FLAT, &[100 * USD_E8]).expect("listed");
    let leg = |qty_e6| world.leg("U1", expiry, 100 * USD_E8, Kind::Call, qty_e6);
    let (one, back) = (leg(UNIT_E6), leg(-UNIT_E6 / 2));
    world.trade_at_mark(&maker, &taker, &[one]).accepted();
    assert_eq!(world.market(3).open_interest_e6, UNIT_E6);
    world.trade_at_mark(&maker, &taker, &[back]).accepted();
    assert_eq!(world.market(3).open_interest_e6, UNIT_E6 / 2);
}

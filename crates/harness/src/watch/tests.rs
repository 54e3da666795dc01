//! What the watch guards, broken on purpose. Method throughout: a transaction is sent in a sound world, and before the
//! check an account is changed behind the program's back.

use super::scene::{bystander, newcomer, tamper, Ask, Scene, UNIT_E6, USD_E6};
use crate::invariants::{ATOMICITY, INV_4, INV_5, INV_9};
use ballast::state::Portfolio;

/// Goal: what nobody touched passes, and each of its duties is counted. Method: every kind of transaction, no hand in
/// it.
#[test]
fn sound_transactions_pass() {
    let mut scene = Scene::new();
    assert_eq!(scene.found(&scene.trade(UNIT_E6 / 10), |_, _| {}), Ok(()));
    assert_eq!(scene.found(&scene.withdraw(USD_E6), |_, _| {}), Ok(()));
    let mut scene = Scene::fallen();
    assert_eq!(scene.found(&scene.flag(), |_, _| {}), Ok(()));
    let mut scene = Scene::flagged();
    let before = scene.checks(INV_9);
    assert_eq!(scene.found(&scene.legs(), |_, _| {}), Ok(()));
    assert_eq!(scene.found(&scene.slice(), |_, _| {}), Ok(()));
    assert_eq!(scene.checks(INV_9) - before, 4);
}

/// Goal: a report that is not the SDK's is found (INV-9). Method: one byte of either side's report after a trade, and
/// of the one a withdrawal stores.
#[test]
fn a_report_that_is_not_the_sdks() {
    let mut scene = Scene::new();
    let spoil = |scene: &mut Scene, at| {
        tamper::<Portfolio>(&mut scene.world, &at, |held| bytemuck::bytes_of_mut(&mut held.report)[8] ^= 1);
    };
    let (maker, taker, _) = scene.addresses();
    for at in [maker, taker] {
        assert_eq!(scene.found(&scene.trade(UNIT_E6 / 10), |scene, _| spoil(scene, at)), Err(INV_9));
    }
    assert_eq!(scene.found(&scene.withdraw(USD_E6), |scene, _| spoil(scene, taker)), Err(INV_9));
}

/// Goal: who is left under initial margin is found (INV-4), by a trade, a withdrawal or a slice taken. Method: their
/// cash goes to somebody else, and the report is the one of what they have left.
#[test]
fn initial_margin_that_is_not_left() {
    let rob = |scene: &mut Scene, at, robber| {
        let excess_e6 = scene.report(&at).excess_initial_e6;
        scene.move_cash((at, robber), excess_e6 + 1, at);
        assert_eq!(scene.report(&at).excess_initial_e6, -1);
    };
    let mut scene = Scene::new();
    let (maker, taker, liquidator) = scene.addresses();
    assert_eq!(scene.found(&scene.trade(UNIT_E6 / 10), |scene, _| rob(scene, taker, liquidator)), Err(INV_4));
    let mut scene = Scene::new();
    assert_eq!(scene.found(&scene.withdraw(USD_E6), |scene, _| rob(scene, taker, maker)), Err(INV_4));
    let mut scene = Scene::flagged();
    assert_eq!(scene.found(&scene.slice(), |scene, _| rob(scene, liquidator, maker)), Err(INV_4));
}

/// Goal: who is flagged in good health is found (INV-5). Method: after a genuine flag the victim is given what it
/// lacked.
#[test]
fn a_healthy_portfolio_flagged() {
    let mut scene = Scene::fallen();
    let (maker, taker, _) = scene.addresses();
    let found = scene.found(&scene.flag(), |scene, _| {
        let lacking_e6 = -scene.report(&taker).excess_maintenance_e6;
        scene.move_cash((maker, taker), lacking_e6, taker);
        assert_eq!(scene.report(&taker).excess_maintenance_e6, 0);
    });
    assert_eq!(found, Err(INV_5));
}

/// Goal: a slice or legs of who was not in liquidation are found (INV-5). Method: after genuine ones the watch is told
/// that the owner had not been flagged, or had just enough for the exit test; one unit less, and nothing is wrong.
#[test]
fn a_portfolio_taken_from_out_of_liquidation() {
    let asks: [fn(&Scene) -> Ask; 2] = [Scene::slice, Scene::legs];
    for ask in asks {
        let mut scene = Scene::flagged();
        let taker = scene.taker.portfolio();
        let lacking_e6 = -scene.report(&taker).excess_exit_e6;
        let world = scene.world.fork();
        let mut found = |more_e6, frozen| {
            scene.world = world.fork();
            let ask = ask(&scene);
            scene.found(&ask, |_, before| {
                before.tamper(&taker, |was| (was.cash_e6, was.frozen) = (was.cash_e6 + more_e6, frozen));
            })
        };
        assert_eq!(found(0, 1), Ok(()));
        assert_eq!(found(0, 0), Err(INV_5));
        assert_eq!(found(lacking_e6 - 1, 1), Ok(()));
        assert_eq!(found(lacking_e6, 1), Err(INV_5));
    }
}

/// Goal: the last of several instructions is held to what it must leave, and to its report. Method: a trade and a
/// withdrawal in one transaction, sound; then with the report spoilt, and with the owner robbed.
#[test]
fn the_last_of_several_instructions_is_checked() {
    let mut scene = Scene::new();
    let both = |scene: &Scene| scene.trade(UNIT_E6 / 10).and(scene.withdraw(USD_E6));
    let (ask, checks) = (both(&scene), [INV_4, INV_9].map(|id| scene.checks(id)));
    assert_eq!(scene.found(&ask, |_, _| {}), Ok(()));
    assert_eq!([INV_4, INV_9].map(|id| scene.checks(id)), checks.map(|before| before + 1));
    let (_, taker, liquidator) = scene.addresses();
    let ask = both(&scene);
    let spoilt = scene.found(&ask, |scene, _| {
        tamper::<Portfolio>(&mut scene.world, &taker, |held| held.report.initial_e6 += 1);
    });
    assert_eq!(spoilt, Err(INV_9));
    let mut scene = Scene::new();
    let ask = both(&scene);
    let robbed = scene.found(&ask, |scene, _| {
        let excess_e6 = scene.report(&taker).excess_initial_e6;
        scene.move_cash((taker, liquidator), excess_e6 + 1, taker);
    });
    assert_eq!(robbed, Err(INV_4));
}

/// Goal: of a trade behind another instruction nothing is said that cannot be known. Method: a withdrawal and a trade,
/// after which a side is under initial margin: it may have had less yet, so that INV-4 is not counted for it, and its
/// report is.
#[test]
fn what_came_between_is_not_judged() {
    let mut scene = Scene::new();
    let (_, taker, liquidator) = scene.addresses();
    let ask = scene.withdraw(USD_E6).and(scene.trade(UNIT_E6 / 10));
    let checks = [INV_4, INV_9].map(|id| scene.checks(id));
    let robbed = scene.found(&ask, |scene, _| {
        let excess_e6 = scene.report(&taker).excess_initial_e6;
        scene.move_cash((taker, liquidator), excess_e6 + 1, taker);
    });
    assert_eq!(robbed, Ok(()));
    let more = [INV_4, INV_9].map(|id| scene.checks(id));
    assert_eq!([more[0] - checks[0], more[1] - checks[1]], [1, 2]);
}

/// Goal: a refused transaction that leaves something behind is found, and one that leaves nothing passes. Method: a
/// healthy portfolio is flagged, then another account changes, or one is created.
#[test]
fn a_refusal_that_leaves_something() {
    let mut scene = Scene::new();
    let ask = scene.flag();
    assert_eq!(scene.found_of_refused(&ask, |_| {}), Ok(()));
    assert_eq!(scene.found_of_refused(&ask, |scene| bystander(&mut scene.world)), Err(ATOMICITY));
    assert_eq!(scene.found_of_refused(&ask, |_| {}), Ok(()));
    assert_eq!(scene.found_of_refused(&ask, |scene| newcomer(&mut scene.world)), Err(ATOMICITY));
}

//! Incidents of liquidations: flags that let something through, cranks that lag, too much at once.

use crate::{
    pit::{
        fall::{flagged, sold, sunk, Fall, WHOLE_E9},
        trade_instruction,
    },
    scene::{emitted, Refuses, HOUR_SECS, SOL, UNIT_E6, USD_E6, USD_E8},
};
use ballast::{error::BallastError, instructions::LegWanted};
use ballast_harness::{world::Kind, Verdict, World};
use ballast_risk::losses::CashIndex;
use ballast_sdk::instruction::{
    portfolio::{delegate_set, portfolio_close},
    Side,
};

/// marginfi, September 2025: an account under a transient flag could still be moved by an instruction nobody had thought of.
///
/// Goal: what is flagged is open to deposits, checks, settlement and liquidation, and to nothing else. Method: every other
/// instruction that names a portfolio, tried on a frozen one in each of its places.
#[test]
fn marginfi_a_flag_forbids_everything_it_does_not_name() {
    let Fall { mut world, victim, house, taker, expiry } = flagged();
    world.give(&victim, "USDC", 10 * USD_E6).accepted();
    let key = victim.key.clone();
    let put = world.leg("BTC", expiry, 100_000 * USD_E8, Kind::Put, UNIT_E6);
    let args = world.trade_args(&[put], 0);
    for (maker, taker) in [(&victim, &house), (&house, &victim)] {
        let instruction = trade_instruction(&world, maker, taker, args.clone());
        world.send(&[instruction], &[&key, &house.key]).refuses(BallastError::Frozen);
    }
    world.withdraw(&victim, "USDC", 1).refuses(BallastError::Frozen);
    let until = world.vm.now() + HOUR_SECS;
    let delegate = delegate_set(&victim.pubkey(), 0, &house.pubkey(), until);
    world.send(&[delegate], &[&key]).refuses(BallastError::Frozen);
    let close = portfolio_close(&victim.pubkey(), 0);
    world.send(&[close], &[&key]).refuses(BallastError::Frozen);
    // What the flag leaves open.
    world.deposit(&victim, "USDC", USD_E6).accepted();
    world.check_margin(&victim).accepted();
    assert!(world.portfolio_of(&victim).is_frozen());
    world.take_slice(&victim, &taker, WHOLE_E9).accepted();
    // Free, and under initial margin.
    world.withdraw(&victim, "USDC", 1).refuses(BallastError::InitialMargin);
}

/// The same: a second flag in one transaction, or a flag and its own end, leave nothing behind.
///
/// Goal: a flag cannot be slipped off inside a transaction. Method: flag, withdraw; flag, end; flag, flag.
#[test]
fn marginfi_nothing_slips_through_in_one_transaction() {
    let mut fall = sold();
    fall.drop(5);
    let (victim, crank) = (fall.victim.clone(), fall.world.crank.insecure_clone());
    fall.world.give(&victim, "USDC", 0).accepted();
    let (flag, end) = (fall.flag_instruction(), fall.end_instruction());
    let (exchange, prices) = (fall.world.exchange(), fall.world.price_accounts());
    let token = fall.world.quote;
    let withdraw = ballast_sdk::instruction::money::withdraw(
        &exchange,
        &fall.world.portfolio_of(&victim),
        &prices,
        &token.mint,
        &token.account_of(&victim.pubkey()),
        1,
    )
    .expect("an instruction");
    let then_withdraw = fall.world.send(&[flag.clone(), withdraw], &[&crank, &victim.key]);
    assert_eq!(then_withdraw.refuses(BallastError::Frozen).instruction, Some(1));
    let then_end = fall.world.send(&[flag.clone(), end], &[&crank]);
    assert_eq!(then_end.refuses(BallastError::ExitNotReached).instruction, Some(1));
    let twice = fall.world.send(&[flag.clone(), flag], &[&crank]);
    assert_eq!(twice.refuses(BallastError::AlreadyFlagged).instruction, Some(1));
    assert!(!fall.world.portfolio_of(&victim).is_frozen());
}

/// Percolator, 2026 (#81, #83): a crank that lagged suppressed liquidations while losses piled up.
///
/// Goal: no crank has to run for a liquidation to begin and go on. Method: volatility silent for two days, realised
/// volatility never sampled, fees never swept; only a price a minute old.
#[test]
fn percolator_a_lagging_crank_stops_no_liquidation() {
    let mut fall = sold();
    fall.world.vm.advance(48 * HOUR_SECS);
    fall.rest_at(84_000 * USD_E8);
    fall.world.vm.advance(60);
    fall.world.flag(&fall.victim).accepted();
    let price = fall.plan();
    fall.world.vm.advance(60);
    let outcome = fall.take(WHOLE_E9).accepted();
    assert!(emitted!(outcome, SliceLiquidated).price_e6 > 0, "{price:?}");
}

/// 10 October 2025: whole positions were closed where a part would have done, and queues took 8 to 28 times the need.
///
/// Goal: a liquidation takes what is needed and no more, in one slice or in many. Method: the book just under its limit
/// and well under it, at once and in tenths of the book; what is left passes the exit test by at most 1 % of its margin,
/// most of it is left, and by either road the same much to a hundredth.
#[test]
fn october_2025_a_liquidation_takes_what_is_needed() {
    for (scene, least_left) in [(flagged as fn() -> Fall, 85), (sunk, 50)] {
        let mut lefts = Vec::new();
        for fraction_e9 in [WHOLE_E9, WHOLE_E9 / 10] {
            let mut fall = scene();
            let before = fall.world.margin(&fall.victim).expect("a report");
            while fall.world.portfolio_of(&fall.victim).is_frozen() {
                fall.take(fraction_e9).accepted();
            }
            let after = fall.world.margin(&fall.victim).expect("a report");
            assert!((0..=after.initial_e6 / 100).contains(&after.excess_exit_e6), "{after:?}");
            let left = after.gross_e6 * 1_000 / before.gross_e6;
            assert!(left >= 10 * least_left, "{left} thousandths are left");
            lefts.push(left);
            fall.take(WHOLE_E9).refuses(BallastError::NotFlagged);
        }
        assert!(lefts[0].abs_diff(lefts[1]) <= 10, "{lefts:?}");
    }
}

/// The same: what could not be paid was taken from winners, many times over.
///
/// Goal: what a book under water costs the others is its deficit and the taker's 1 %, once: each bears the share that its
/// cash is of all cash, and who has no cash bears nothing. Method: five balances from a unit to millions and a holder of
/// SOL; the book taken at the flag, the shortfall shared; each loss against the exact quotient, and their sum.
#[test]
fn october_2025_nobody_bears_more_than_the_deficit() {
    let mut fall = sold();
    for (n, cash) in [1, 999, 10_000_000_001, 333_333_333_333, 2_000_000_000_000].into_iter().enumerate() {
        fall.world.funded(&format!("bystander {n}"), cash).expect("a bystander");
    }
    let saver = fall.world.funded("saver", 0).expect("a portfolio");
    fall.world.fund(&saver, "SOL", 50 * SOL).accepted();
    fall.rest_at(62_000 * USD_E8);
    fall.world.flag(&fall.victim).accepted();
    let report = fall.world.margin(&fall.victim).expect("a report");
    let deficit_e6 = -report.equity_mark_e6;
    assert!(deficit_e6 > 10_000 * UNIT_E6);
    fall.take(WHOLE_E9).accepted();
    let shortfall_e6 = fall.world.exchange().shortfall_e6;
    assert_eq!(shortfall_e6, deficit_e6 + report.maintenance_e6 / 100, "insurance had nothing");

    let index = fall.world.exchange().cash_index();
    let worths = |world: &World, index: &CashIndex| -> Vec<i64> {
        world.portfolios().iter().map(|(_, portfolio)| portfolio.cash_at(index)).collect()
    };
    let before = worths(&fall.world, &index);
    let outcome = fall.world.socialise().accepted();
    let shared = emitted!(outcome, ShortfallSocialised);
    assert_eq!(shared.borne_e6 + shared.fees_e6, shortfall_e6);
    let after = worths(&fall.world, &fall.world.exchange().cash_index());
    let mut borne_e6 = 0;
    for (was, is) in before.iter().zip(&after) {
        let exact = i128::from(*was) * i128::from(shared.borne_e6);
        let share_e6 = i64::try_from(exact / i128::from(shared.cash_e6)).expect("money");
        // A unit, and a step of the index.
        let most_e6 = share_e6 + 2 + was / 1_000_000_000_000;
        assert!((share_e6..=most_e6).contains(&(was - is)), "{was} {is} {share_e6}");
        borne_e6 += was - is;
    }
    let slack_e6 = 2 * i64::try_from(before.len()).expect("few") + shared.cash_e6 / 1_000_000_000_000;
    assert!((0..=slack_e6).contains(&(borne_e6 - shared.borne_e6)), "{borne_e6} for {}", shared.borne_e6);
    let saved = fall.world.portfolio_of(&saver);
    assert_eq!((saved.cash_e6, saved.collateral[0]), (0, 50 * SOL));
}

/// Hxro and others: the liquidator names who it acts for, and the victim pays.
///
/// Goal: a taker is only ever its own owner's. Method: the victim's owner signs for a slice into the house's portfolio.
#[test]
fn a_slice_lands_only_where_its_owner_signed() {
    let mut fall = flagged();
    let (victim, house) = (fall.world.portfolio_of(&fall.victim), fall.world.portfolio_of(&fall.house));
    let side = Side { portfolio: &house, authority: fall.victim.pubkey() };
    let (exchange, prices) = (fall.world.exchange(), fall.world.price_accounts());
    let args = crate::pit::fall::asking(WHOLE_E9);
    let instruction =
        ballast_sdk::instruction::liquidation::liquidate_slice(&exchange, &victim, side, &prices, args)
            .expect("an instruction");
    let key = fall.victim.key.clone();
    fall.world.send(&[instruction], &[&key]).refuses(BallastError::NotOwnerOrDelegate);
}

/// Percolator, 2026 (#176): the liquidator chose which of the victim's positions went by the order of its slots.
///
/// Goal: which leg goes is the book's affair: neither slots nor names decide. Method: a strangle whose put has grown, its
/// strikes listed from below and from above; the call alone, and both in either order: the put goes first, the same much of it.
#[test]
fn percolator_the_liquidator_does_not_choose_the_leg() {
    let mut taken = Vec::new();
    for (from_above, put_first) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut fall = crate::pit::fall::sold_where(from_above);
        fall.drop(20);
        let Fall { mut world, victim, taker, expiry, .. } = fall;
        world.flag(&victim).accepted();
        let named = |strike: u64, kind| {
            let leg = world.leg("BTC", expiry, strike * USD_E8, kind, 1);
            let ballast::instructions::Leg { market, expiry_slot, strike_slot, is_put, .. } = leg;
            LegWanted { market, expiry_slot, strike_slot, is_put, qty_max_e6: u64::MAX }
        };
        let (put, call) = (named(100_000, Kind::Put), named(140_000, Kind::Call));
        assert_eq!(put.strike_slot > call.strike_slot, from_above, "slots tell the two listings apart");
        world.take_legs(&victim, &taker, &[call]).refuses(BallastError::LegNotFirst);
        let both = if put_first { [put, call] } else { [call, put] };
        let outcome = world.take_legs(&victim, &taker, &both).accepted();
        let first = emitted!(outcome, LegsLiquidated).legs[0];
        assert!(first.is_put && first.strike_e8 == 100_000 * USD_E8);
        taken.push((first.qty_e6, first.penalty_e6, world.portfolio_of(&victim).cash_e6));
    }
    assert!(taken.iter().all(|each| *each == taken[0]), "{taken:?}");
}

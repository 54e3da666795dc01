//! Slices: what goes, what it costs, where it ends.

use crate::{
    pit::{
        cash_e6, ceil,
        fall::{asking, flagged, sold, strangle, sunk, Fall, WHOLE_E9},
        held,
    },
    scene::{emitted, SOL, UNIT_E6, USD_E6, USD_E8},
};
use ballast::{events::SliceLiquidated, instructions::LiquidateSliceArgs};
use ballast_harness::Verdict;
use ballast_risk::{
    liquidation::{slice_price, take_amount, take_cash, SliceBranch},
    slice_check::take_leg,
};

const PUT_E8: u64 = 100_000 * USD_E8;
const CALL_E8: u64 = 140_000 * USD_E8;

/// Takes a slice and holds every movement against the plan the engine makes of the book beforehand.
fn take_and_check(fall: &mut Fall, asked_e9: u64) -> SliceLiquidated {
    let (plan, before) = (fall.plan(), fall.cash());
    let books = [&fall.victim, &fall.taker].map(|side| fall.world.portfolio_of(side));
    let excess_e6 = fall.world.margin(&fall.victim).expect("a report").excess_maintenance_e6;
    let outcome = fall.take(asked_e9).accepted();
    let event = outcome
        .event(|event| match event {
            ballast_sdk::event::Event::SliceLiquidated(event) => Some(SliceLiquidated { ..*event }),
            _ => None,
        })
        .expect("an event");
    let fraction_e9 = asked_e9.min(plan.fraction_max_e9);
    assert_eq!((event.fraction_e9, event.fraction_max_e9), (fraction_e9, plan.fraction_max_e9));
    let price = slice_price(&plan, fraction_e9);
    assert_eq!((event.price_e6, event.contribution_e6), (price.price_e6, price.insurance_e6));
    assert_eq!((event.book_price_e6, event.excess_maintenance_before_e6), (plan.pay_e6, excess_e6));
    let taken_e6 = take_cash(before[0], fraction_e9);
    assert_eq!(event.cash_taken_e6, taken_e6);
    let after = fall.cash();
    assert_eq!(after[0], before[0] - taken_e6 + price.price_e6.max(0));
    assert_eq!(after[1], before[1] + taken_e6 - price.price_e6 - price.insurance_e6);
    assert_eq!(after[2], before[2] + price.insurance_e6 + price.price_e6.min(0));
    assert_eq!(event.insurance_e6, after[2]);
    for (strike_e8, is_put) in [(PUT_E8, true), (CALL_E8, false)] {
        let key = fall.world.line("BTC", fall.expiry, strike_e8);
        let of = |book: &ballast::state::Portfolio| {
            book.line(&key).map_or(0, |line| if is_put { line.puts_e6 } else { line.calls_e6 })
        };
        let moved = take_leg(of(&books[0]), fraction_e9);
        let now = [&fall.victim, &fall.taker].map(|side| of(&fall.world.portfolio_of(side)));
        assert_eq!(now, [of(&books[0]) - moved, of(&books[1]) + moved]);
    }
    for (asset, amount) in books[0].collateral.iter().enumerate() {
        let moved = take_amount(*amount, fraction_e9);
        assert_eq!(event.collateral_taken[asset], moved);
        assert_eq!(fall.world.portfolio_of(&fall.victim).collateral[asset], amount - moved);
        assert_eq!(
            fall.world.portfolio_of(&fall.taker).collateral[asset],
            books[1].collateral[asset] + moved
        );
    }
    event
}

/// Goal: a slice of all there is to take ends at the exit test, at most 1 % of initial margin beyond it, and moves what
/// the engine planned, to the unit. Method: the limit just broken, and broken by far; at the flag and two minutes on.
#[test]
fn a_slice_ends_at_the_exit_test() {
    for (scene, wait_secs) in [(flagged as fn() -> Fall, 0), (flagged, 120), (sunk, 0), (sunk, 120)] {
        let mut fall = scene();
        fall.world.wait(wait_secs).expect("feeds speak");
        assert_eq!(fall.plan().branch, SliceBranch::Solvent);
        let event = take_and_check(&mut fall, WHOLE_E9);
        assert_eq!((event.branch, event.lines, event.ended), (1, 2, true));
        assert_eq!((event.portfolio, event.taker), (fall.victim.portfolio(), fall.taker.portfolio()));
        let margin = event.margin.expect("a small book is valued again");
        let beyond_e6 = margin.excess_exit_e6;
        assert!((0..=margin.initial_e6 / 100).contains(&beyond_e6), "{margin:?}");
        assert!(event.fraction_e9 < WHOLE_E9 / 2, "a part is enough: {}", event.fraction_e9);
        let after = fall.world.portfolio_of(&fall.victim);
        assert!(!after.is_frozen());
        assert_eq!((after.liquidation.flagged_at, after.liquidation.slices), (0, 0));
    }
}

/// Goal: the owner's own steps: many small slices end at the same test, each leaving at least its share of the excess.
/// Method: slices of 2 % until it is over.
#[test]
fn many_small_slices_end_there_too() {
    let mut fall = sunk();
    let mut slices = 0;
    while fall.world.portfolio_of(&fall.victim).is_frozen() {
        let before = fall.world.margin(&fall.victim).expect("a report");
        let event = take_and_check(&mut fall, WHOLE_E9 / 50);
        slices += 1;
        // Rounding: a millionth of a unit of two lines, and the reports' own.
        let share_e6 = i128::from(before.excess_maintenance_e6) * i128::from(WHOLE_E9 - event.fraction_e9)
            / i128::from(WHOLE_E9);
        let left_e6 = event.margin.expect("a small book is valued again").excess_maintenance_e6;
        assert!(i128::from(left_e6) >= share_e6 - 1_000_000);
        assert!(slices < 60, "it ends");
        let stored = fall.world.portfolio_of(&fall.victim);
        assert_eq!(stored.liquidation.slices, if event.ended { 0 } else { slices });
    }
    let report = fall.world.margin(&fall.victim).expect("a report");
    assert!((0..=report.initial_e6 / 100).contains(&report.excess_exit_e6), "after {slices}: {report:?}");
    assert!(slices > 3);
}

/// Goal: the discount grows by the ramp, and is the taker's gain less the contribution. Method: one book at each corner
/// of the ramp; the taker's equity at mark before and after.
#[test]
fn the_discount_grows_with_time() {
    for (secs, discount_e9) in [(0, 10_000_000), (90, 55_000_000), (180, 100_000_000), (540, 200_000_000)] {
        let mut fall = flagged();
        fall.world.wait(secs).expect("feeds speak");
        let plan = fall.plan();
        let equity = |fall: &Fall| fall.world.margin(&fall.taker).expect("a report").equity_mark_e6;
        let before_e6 = equity(&fall);
        let event = take_and_check(&mut fall, WHOLE_E9 / 100);
        assert_eq!(event.discount_e9, discount_e9);
        let gained_e6 = equity(&fall) - before_e6;
        let due_e6 = plan.discount_e6 / 100 - event.contribution_e6;
        assert!((gained_e6 - due_e6).abs() <= 1_000_000, "{gained_e6} of {due_e6} after {secs} s");
        let share_e6 = ceil(i128::from(plan.discount_e6), 100);
        assert_eq!(event.contribution_e6, ceil(i128::from(share_e6), 20), "5 % of the discount, rounded up");
    }
}

/// Goal: collateral goes with the slice, rounded down, and no vault moves. Method: an odd amount of SOL beside the
/// strangle.
#[test]
fn collateral_goes_with_the_slice() {
    let mut fall = sold();
    fall.world.fund(&fall.victim, "SOL", 33 * SOL + 7).accepted();
    fall.drop(10);
    fall.world.flag(&fall.victim).accepted();
    let vault = fall.world.vault("SOL");
    let event = take_and_check(&mut fall, 12_345_678);
    assert_eq!(event.collateral_taken[0], take_amount(33 * SOL + 7, 12_345_678));
    assert!(event.collateral_taken[0] > 0);
    assert_eq!(
        (fall.world.vault("SOL"), fall.world.exchange().collaterals[0].deposits),
        (vault, 33 * SOL + 7)
    );
}

/// Goal: what the taker holds nets with what comes, and a line that closes is gone. Method: the taker is long what the
/// victim is short: four strangles, of which the slice takes a part; then holds exactly that part.
#[test]
fn a_slice_nets_with_the_takers_lines() {
    let mut fall = flagged();
    let (house, taker) = (fall.house.clone(), fall.taker.clone());
    let fraction_e9 = 20_000_000;
    let part_e6 = -take_leg(-4 * UNIT_E6, fraction_e9);
    let legs = strangle(&fall.world, fall.expiry, part_e6);
    // The house is long four and sells the part on.
    fall.world.trade_at_mark(&house, &taker, &legs).accepted();
    assert_eq!(held(&fall.world, &taker, fall.expiry, PUT_E8), (0, part_e6));
    let open_e6 = fall.world.market(0).open_interest_e6;
    take_and_check(&mut fall, fraction_e9);
    assert_eq!(fall.world.portfolio_of(&taker).line_count, 0);
    assert_eq!(fall.world.market(0).open_interest_e6, open_e6 - 2 * part_e6, "a long met a short");
}

/// Goal: limits that hold let a slice through. Method: the book's price as both limits, the grant as the least fraction,
/// the sequence of the moment.
#[test]
fn limits_that_hold_let_a_slice_through() {
    let mut fall = flagged();
    let plan = fall.plan();
    let args = LiquidateSliceArgs {
        fraction_e9: WHOLE_E9,
        fraction_min_e9: plan.fraction_max_e9,
        book_price_min_e6: plan.pay_e6,
        book_price_max_e6: plan.pay_e6,
        sequence: Some(fall.world.portfolio_of(&fall.victim).sequence),
    };
    let event_fraction = emitted!(fall.take_with(args).accepted(), SliceLiquidated).fraction_e9;
    assert_eq!(event_fraction, plan.fraction_max_e9);
}

/// Goal: asking for more than everything is asking for what there is. Method: the largest number.
#[test]
fn asking_for_more_than_all_gets_what_there_is() {
    let mut fall = flagged();
    let plan = fall.plan();
    let outcome = fall.take_with(asking(u64::MAX)).accepted();
    assert_eq!(emitted!(outcome, SliceLiquidated).fraction_e9, plan.fraction_max_e9);
}

/// Goal: a delegate of the taker may take. Method: named for an hour.
#[test]
fn a_takers_delegate_may_take() {
    use solana_signer::Signer;
    let mut fall = flagged();
    let delegate = ballast_harness::keys::keypair("desk");
    fall.world.vm.airdrop(&delegate.pubkey(), 1_000_000_000);
    let until = fall.world.vm.now() + 3_600;
    fall.world.delegate(&fall.taker, &delegate.pubkey(), until).accepted();
    let instruction = fall.slice_instruction(asking(10_000_000));
    let by_desk = crate::scene::replaced(&instruction, &fall.taker.pubkey(), &delegate.pubkey());
    fall.world.send(&[by_desk], &[&delegate]).accepted();
}

/// Goal: under a thousand dollars of equity all of it may be taken at once, for its price. Method: the same strangle a
/// hundred and thirty times smaller; afterwards the owner has the price and nothing else.
#[test]
fn a_book_under_a_thousand_dollars_may_be_taken_whole() {
    let mut fall = crate::pit::fall::sold_of(30_000, 750 * USD_E6);
    fall.drop(0);
    fall.world.flag(&fall.victim).accepted();
    let plan = fall.plan();
    assert_eq!((plan.branch, plan.fraction_max_e9), (SliceBranch::Dust, WHOLE_E9));
    let event = take_and_check(&mut fall, WHOLE_E9);
    assert_eq!((event.branch, event.ended), (2, true));
    assert!(event.price_e6 > 0 && event.contribution_e6 > 0);
    let owner = fall.world.portfolio_of(&fall.victim);
    assert_eq!((owner.line_count, owner.cash_e6), (0, event.price_e6));
    assert!(!owner.is_frozen());
    assert_eq!(held(&fall.world, &fall.taker, fall.expiry, PUT_E8), (0, -30_000));
    let price = u64::try_from(event.price_e6).expect("a price");
    fall.world.give(&fall.victim, "USDC", 0).accepted();
    fall.world.withdraw(&fall.victim, "USDC", price).accepted();
    assert_eq!(cash_e6(&fall.world, &fall.victim), 0);
}

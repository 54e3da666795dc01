//! What a taker would be left with: a transaction that will be refused costs as much as a good one, so keepers work it out
//! beforehand with the SDK's margin, at the prices they see.

use crate::keeper::View;
use ballast::{
    instructions::LegWanted,
    state::{LineKey, Portfolio, PositionLine},
};
use ballast_risk::{
    liquidation::{slice_price, take_amount, SlicePlan},
    slice_cash::flows,
    slice_check::take_leg,
    InitialVerdict,
};

/// How often a fraction or a quantity is halved until its taker can bear it.
const HALVINGS: u32 = 3;

/// The largest of a fraction (1e-9) and its halves that the keeper can bear; none if it can bear none of them.
#[must_use]
pub fn bearable_slice(view: &mut View, book: &Portfolio, plan: &SlicePlan, asked_e9: u64) -> Option<u64> {
    (0..=HALVINGS).map(|halving| asked_e9 >> halving).find(|fraction_e9| {
        *fraction_e9 > 0
            && after_slice(view, book, plan, *fraction_e9).is_some_and(|taker| bears(view, &taker))
    })
}

/// The largest of the wanted legs and their halves that the keeper can bear; none if it can bear none of them.
#[must_use]
pub fn bearable_legs(view: &mut View, book: &Portfolio, wanted: &[LegWanted]) -> Option<Vec<LegWanted>> {
    for halving in 0..=HALVINGS {
        let part: Vec<LegWanted> =
            wanted.iter().map(|leg| LegWanted { qty_max_e6: leg.qty_max_e6 >> halving, ..*leg }).collect();
        if part.iter().any(|leg| leg.qty_max_e6 == 0) {
            return None;
        }
        if after_legs(view, book, &part).is_some_and(|taker| bears(view, &taker)) {
            return Some(part);
        }
    }
    None
}

fn bears(view: &mut View, taker: &Portfolio) -> bool {
    let report = view.prices.margin_in(view.scratch, taker);
    report.is_ok_and(|report| matches!(report.initial_verdict(), InitialVerdict::Accepted { .. }))
}

/// The taker's book with a fraction of another; none if it has no room.
fn after_slice(view: &View, book: &Portfolio, plan: &SlicePlan, fraction_e9: u64) -> Option<Box<Portfolio>> {
    let (mut taker, mut cursor) = (Box::new(*view.own), 0);
    for line in book.held_lines() {
        let expiry = view.snapshot().market(line.market)?.expiry(line.expiry_slot).ok()?;
        let moved = (take_leg(line.calls_e6, fraction_e9), take_leg(line.puts_e6, fraction_e9));
        (_, cursor) = taker.add_to_line_from(cursor, &key(line), expiry, moved).ok()?;
    }
    for (to, from) in taker.collateral.iter_mut().zip(&book.collateral) {
        *to = to.checked_add(take_amount(*from, fraction_e9))?;
    }
    let index = view.snapshot().exchange().cash_index();
    let cash = flows(book.cash_at(&index), fraction_e9, &slice_price(plan, fraction_e9))?;
    let _booked_by_the_program = taker.add_cash(cash.taker_e6, &index, view.now).ok()?;
    Some(taker)
}

/// The taker's book with legs of another at mark, without the penalty it gets for them.
fn after_legs(view: &View, book: &Portfolio, legs: &[LegWanted]) -> Option<Box<Portfolio>> {
    let (mut taker, mut paid_e6) = (Box::new(*view.own), 0i128);
    for leg in legs {
        let held =
            |line: &&PositionLine| line.expiry_slot == leg.expiry_slot && line.strike_slot == leg.strike_slot;
        let line = book.lines_of(leg.market).iter().find(held)?;
        let owned_e6 = if leg.is_put { line.puts_e6 } else { line.calls_e6 };
        let qty_e6 = i64::try_from(leg.qty_max_e6).ok()?.min(owned_e6.abs()) * owned_e6.signum();
        let (calls_e6, puts_e6) = if leg.is_put { (0, qty_e6) } else { (qty_e6, 0) };
        let expiry = view.snapshot().market(leg.market)?.expiry(leg.expiry_slot).ok()?;
        let _booked_by_the_program = taker.add_to_line(&key(line), expiry, calls_e6, puts_e6).ok()?;
        let mark_e8 =
            view.snapshot().mark_e8(leg.market, leg.expiry_slot, leg.strike_slot, leg.is_put).ok()?;
        paid_e6 += i128::from(qty_e6) * i128::from(mark_e8) / 100_000_000;
    }
    let index = view.snapshot().exchange().cash_index();
    let _booked_by_the_program = taker.add_cash(i64::try_from(-paid_e6).ok()?, &index, view.now).ok()?;
    Some(taker)
}

fn key(line: &PositionLine) -> LineKey {
    LineKey {
        market: line.market,
        expiry_slot: line.expiry_slot,
        strike_slot: line.strike_slot,
        expiry_ts: line.expiry_ts,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keeper::terms;
    use ballast_harness::{
        world::{Kind, Surface},
        World,
    };
    use ballast_risk::liquidation::slice;

    /// Goal: what a keeper expects to be left with is what the program leaves it, to the unit; what it cannot bear it does not
    /// expect to. Method: a short put under water, a part of it for a rich taker, then for a poor one.
    #[test]
    fn a_slice_leaves_what_was_predicted() {
        let mut world = World::standard().unwrap();
        let (expiry, strike) = (world.vm.now() + 20 * 86_400, 11_600_000_000_000);
        world.list_expiry("BTC", expiry, Surface::FLAT, &[strike]).unwrap();
        let [maker, seller, taker, poor] = [900_000, 300_000, 600_000, 1_000]
            .map(|dollars| world.funded(&format!("with {dollars}"), dollars * 1_000_000).unwrap());
        let put = world.leg("BTC", expiry, strike, Kind::Put, -10_000_000);
        world.trade_at_mark(&maker, &seller, &[put]).unwrap();
        world.vm.advance(60);
        world.jump_price("BTC", 9_500_000_000_000, strike);
        world.flag(&seller).unwrap();

        let snapshot = world.snapshot();
        let (prices, now) = (snapshot.prepare(), world.vm.now());
        let (mut scratch, book) = (bytemuck::zeroed_box(), world.portfolio_of(&seller));
        let plan = slice(&prices.margin_in(&mut scratch, &book).unwrap(), &terms(&snapshot, 0));
        let mut bearable = |who, asked_e9| {
            let own = world.portfolio_of(who);
            let own_margin = prices.margin_in(&mut scratch, &own).unwrap();
            let mut view = View {
                prices: &prices,
                now,
                own: &own,
                own_margin: &own_margin,
                untouched_since: 0,
                wallet_e6: 0,
                scratch: &mut scratch,
            };
            let fraction_e9 = bearable_slice(&mut view, &book, &plan, asked_e9)?;
            after_slice(&view, &book, &plan, fraction_e9).map(|left| (fraction_e9, left))
        };
        assert!(bearable(&poor, plan.fraction_max_e9).is_none());
        let (fraction_e9, expected) = bearable(&taker, plan.fraction_max_e9).unwrap();
        assert_eq!(fraction_e9, plan.fraction_max_e9);
        world.take_slice(&seller, &taker, fraction_e9).unwrap();
        let left = world.portfolio_of(&taker);
        assert_eq!((left.held_lines(), left.cash_e6), (expected.held_lines(), expected.cash_e6));
    }
}

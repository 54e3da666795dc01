//! Portfolios with nothing to settle: before the price, without a line, a second time.

use crate::{
    pit::{
        cash_e6,
        window::{opening, settle_instruction},
    },
    scene::{Refuses, USD_E6},
};
use ballast::{error::BallastError, state::Portfolio};
use ballast_harness::Verdict;
use ballast_sdk::account::Stored;

/// Goal: before its price is recorded an expiry settles nobody. Method: in the window, at expiry, with a covered window.
#[test]
fn without_a_price_nothing_is_settled() {
    let mut window = opening();
    let market = window.world.markets[0].address;
    let instruction = settle_instruction(&window.long.portfolio(), &[market]);
    let crank = window.world.crank.insecure_clone();
    window.world.send(std::slice::from_ref(&instruction), &[&crank]).refuses(BallastError::NothingToSettle);
    window.sample_minutes(60, 1_740, 130_000);
    window.post_first(0, 130_000);
    window.world.send(&[instruction], &[&crank]).refuses(BallastError::NothingToSettle);
}

/// Goal: a line is settled once. Method: again, for each side, and twice in one transaction.
#[test]
fn nothing_is_settled_twice() {
    let mut window = opening();
    window.settle_at(130_000);
    let market = window.world.markets[0].address;
    let crank = window.world.crank.insecure_clone();
    for trader in [window.long.clone(), window.short.clone()] {
        let once = settle_instruction(&trader.portfolio(), &[market]);
        let rejected = window.world.send(&[once.clone(), once.clone()], &[&crank]);
        assert_eq!(rejected.refuses(BallastError::NothingToSettle).instruction, Some(1));
        window.world.send(std::slice::from_ref(&once), &[&crank]).accepted();
        let cash = cash_e6(&window.world, &trader);
        window.world.send(&[once], &[&crank]).refuses(BallastError::NothingToSettle);
        assert_eq!(cash_e6(&window.world, &trader), cash);
    }
}

/// Goal: who holds nothing of the expiry settles nothing. Method: a stranger to it; a market they hold nothing of beside
/// one they do.
#[test]
fn who_holds_nothing_settles_nothing() {
    let mut window = opening();
    window.settle_at(130_000);
    let idle = window.world.funded("idle", USD_E6).expect("a trader");
    let markets = [0, 1].map(|id: usize| window.world.markets[id].address);
    let crank = window.world.crank.insecure_clone();
    let nothing = settle_instruction(&idle.portfolio(), &markets[..1]);
    window.world.send(&[nothing], &[&crank]).refuses(BallastError::NothingToSettle);
    let beside = settle_instruction(&window.long.portfolio(), &markets);
    window.world.send(&[beside], &[&crank]).refuses(BallastError::NothingToSettle);
}

/// Goal: a line that its market does not know settles at nobody's price. Method: the line's expiry and its strike changed
/// behind the program's back; settling, checking and trading are refused.
#[test]
fn a_line_its_market_does_not_know_is_refused() {
    let mut window = opening();
    window.settle_at(130_000);
    let (address, market) = (window.long.portfolio(), window.world.markets[0].address);
    let crank = window.world.crank.insecure_clone();
    let genuine = window.world.vm.account(&address).expect("a portfolio");
    let mut forged = genuine.clone();
    let portfolio: &mut Portfolio = bytemuck::from_bytes_mut(&mut forged.data[8..Portfolio::SIZE]);
    portfolio.lines[0].expiry_ts += 1;
    window.world.vm.set_account(address, forged);
    let instruction = settle_instruction(&address, &[market]);
    window.world.send(std::slice::from_ref(&instruction), &[&crank]).refuses(BallastError::LineMismatch);
    window.world.refresh_prices();
    window.world.check_margin(&window.long).refuses(BallastError::LineMismatch);
    window.world.vm.set_account(address, genuine);
    window.world.send(&[instruction], &[&crank]).accepted();
}

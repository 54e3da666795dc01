//! Sales that stand: the ramp of the discount, amounts to the unit, what is left.

use crate::{
    debt_at,
    pit::ceil,
    scene::{emitted, Refuses, HOUR_SECS, SOL, USD_E6, USD_E8},
};
use ballast::{error::BallastError, events::MarginAfter, instructions::CollateralConvertArgs};
use ballast_harness::{token::Extension, world::CollateralSpec, Verdict};

/// The discounted price by hand: rounded up, 1e-8 quote a token.
fn price_by_hand_e8(oracle_e8: u64, discount_e6: i128) -> u64 {
    let price_e8 = ceil(i128::from(oracle_e8) * (1_000_000 - discount_e6), 1_000_000);
    u64::try_from(price_e8).expect("a price")
}

/// Goal: the discount is half a percent at once, 3 % from ten minutes on, and straight between. Method: a dollar of the
/// debt at each corner and half-way.
#[test]
fn the_discount_grows_over_ten_minutes() {
    let mut debt = debt_at(260);
    for (secs, discount_e6) in
        [(0, 5_000), (60, 7_500), (300, 17_500), (599, 29_958), (600, 30_000), (9_000, 30_000)]
    {
        debt.wait_until(secs);
        let outcome = debt.convert(USD_E6).accepted();
        let event = emitted!(outcome, CollateralConverted);
        assert_eq!((event.oracle_e8, event.debt_since), (260 * USD_E8, debt.since));
        assert_eq!(event.price_e8, price_by_hand_e8(260 * USD_E8, discount_e6), "after {secs} s");
        assert_eq!(
            debt.world.portfolio_of(&debt.writer).debt_since,
            debt.since,
            "the debt is as old as it is"
        );
    }
}

/// Goal: a sale moves dollars in and tokens out, to the unit, and says so. Method: part of the debt at an odd price and
/// an odd offer; wallets, vaults, claims and the event.
#[test]
fn a_sale_moves_everything_to_the_unit() {
    let mut debt = debt_at(260);
    debt.world.vm.advance(1);
    debt.world.set_price("SOL", 25_912_345_677);
    let (quote, sol) = (debt.world.vault("USDC"), debt.world.vault("SOL"));
    let wallet = debt.world.wallet(&debt.buyer, "USDC");
    let owed = debt.owed();
    let offer = 777_777_777;
    let outcome = debt.convert(offer).accepted();
    let event = emitted!(outcome, CollateralConverted);
    let price_e8 = price_by_hand_e8(25_912_345_677, 5_041);
    // 1e-6 quote at 1e-8 quote a token of 1e9 base units: rounded down for the buyer.
    let tokens = u64::try_from(u128::from(offer) * 100_000_000_000 / u128::from(price_e8)).expect("tokens");
    assert_eq!((event.paid_e6, event.price_e8, event.amount), (offer, price_e8, tokens));
    assert_eq!((event.portfolio, event.buyer), (debt.writer.portfolio(), debt.buyer.pubkey()));
    assert_eq!(event.mint, debt.world.token("SOL").mint);
    let world = &debt.world;
    assert_eq!((world.vault("USDC"), world.vault("SOL")), (quote + offer, sol - tokens));
    assert_eq!(
        (world.wallet(&debt.buyer, "USDC"), world.wallet(&debt.buyer, "SOL")),
        (wallet - offer, tokens)
    );
    let writer = world.portfolio_of(&debt.writer);
    assert_eq!((debt.owed(), writer.collateral[0]), (owed - offer, 100 * SOL - tokens));
    assert_eq!(world.exchange().collaterals[0].deposits, writer.collateral[0]);
    let report = world.margin(&debt.writer).expect("a report");
    assert_eq!((writer.report.engine(), event.margin), (&report, MarginAfter::from(&report)));
}

/// Goal: rounding is never the owner's: what is paid is worth at least what goes, and the buyer gets at most a base unit
/// less than that buys. Method: offers from a millionth of a dollar up, at odd prices.
#[test]
fn rounding_never_costs_the_owner() {
    let mut debt = debt_at(260);
    for (n, offer) in [1u64, 3, 7, 11, 101, 9_999, 1_234_567].into_iter().enumerate() {
        debt.world.vm.advance(1);
        debt.world.set_price("SOL", 26_000_000_001 + 7 * u64::try_from(n).expect("few"));
        let event_amounts = {
            let outcome = debt.convert(offer).accepted();
            let event = emitted!(outcome, CollateralConverted);
            (event.paid_e6, event.amount, event.price_e8)
        };
        let (paid_e6, amount, price_e8) = event_amounts;
        assert_eq!(paid_e6, offer);
        let value = u128::from(amount) * u128::from(price_e8);
        let paid = u128::from(paid_e6) * 100_000_000_000;
        assert!(value <= paid && paid < value + u128::from(price_e8), "{event_amounts:?}");
    }
}

/// Goal: no more than the debt is paid, however much is offered, and then the debt's clock is cleared. Method: the
/// largest offer.
#[test]
fn no_more_than_the_debt_is_paid() {
    let mut debt = debt_at(260);
    let owed = debt.owed();
    let outcome = debt.convert(u64::MAX).accepted();
    assert_eq!(emitted!(outcome, CollateralConverted).paid_e6, owed);
    let writer = debt.world.portfolio_of(&debt.writer);
    assert_eq!((writer.cash_e6, writer.debt_since), (0, 0));
    debt.world.give(&debt.writer, "SOL", 0).accepted();
    debt.world.withdraw(&debt.writer, "SOL", SOL).accepted();
}

/// Goal: where the collateral is worth less than the debt all of it goes, for its price rounded up, and the rest is
/// still owed. Method: SOL falls to 40 after the settlement.
#[test]
fn everything_sold_leaves_the_rest_of_the_debt() {
    let mut debt = debt_at(400);
    debt.world.vm.advance(1);
    debt.world.set_price("SOL", 40 * USD_E8);
    let owed = debt.owed();
    let outcome = debt.convert(u64::MAX).accepted();
    let event = emitted!(outcome, CollateralConverted);
    assert_eq!(event.amount, 100 * SOL);
    assert_eq!(event.paid_e6, event.price_e8, "a hundred tokens at 1e-8 are one at 1e-6");
    assert_eq!(debt.owed(), owed - event.paid_e6);
    assert_eq!(debt.world.portfolio_of(&debt.writer).collateral[0], 0);
    assert_eq!(debt.world.exchange().collaterals[0].deposits, 0);
}

/// Goal: a limit at the very price is kept to. Method: the price by hand as the limit.
#[test]
fn a_limit_that_holds_lets_a_sale_through() {
    let mut debt = debt_at(260);
    let args =
        CollateralConvertArgs { quote_e6: USD_E6, price_max_e8: price_by_hand_e8(260 * USD_E8, 5_000) };
    let instruction = debt.instruction(args);
    debt.send(&instruction).accepted();
}

/// Goal: anyone may buy, into any account of the mint, even the writer themselves. Method: the writer pays from outside.
#[test]
fn the_owner_may_buy_too() {
    let mut debt = debt_at(260);
    debt.world.give(&debt.writer, "USDC", 10_000 * USD_E6).accepted();
    debt.world.give(&debt.writer, "SOL", 0).accepted();
    let writer = debt.writer.clone();
    debt.world.convert(&writer, &writer, "SOL", u64::MAX).accepted();
    assert_eq!(debt.world.portfolio_of(&writer).cash_e6, 0);
}

/// Goal: a debt is paid while a liquidation is live too, and at closed gates. Method: a flagged writer in debt.
#[test]
fn a_frozen_portfolio_pays_its_debt() {
    let mut debt = debt_at(400);
    debt.world.vm.advance(1);
    debt.world.set_price("SOL", 100 * USD_E8);
    debt.world.flag(&debt.writer).accepted();
    debt.world.set_gates(ballast::constants::GATES_ALL).accepted();
    let owed = debt.owed();
    let excess_e6 =
        |debt: &crate::Debt| debt.world.margin(&debt.writer).expect("a report").excess_maintenance_e6;
    let before_e6 = excess_e6(&debt);
    debt.convert(USD_E6).accepted();
    assert_eq!(debt.owed(), owed - USD_E6);
    assert!(before_e6 < 0 && excess_e6(&debt) >= before_e6, "{before_e6} {}", excess_e6(&debt));
    assert!(debt.world.portfolio_of(&debt.writer).is_frozen());
}

/// Goal: a sale keeps the publish time of the price it used. Method: the market's publish time afterwards.
#[test]
fn a_sale_keeps_the_time_of_its_price() {
    let mut debt = debt_at(260);
    debt.world.vm.advance(5);
    debt.world.set_price("SOL", 261 * USD_E8);
    let published = debt.world.vm.now();
    debt.convert(USD_E6).accepted();
    assert_eq!(debt.world.market(2).last_publish_time, published);
}

/// Goal: a token that takes a fee is sold as any other: what is paid for leaves the vault, and the fee is the buyer's.
/// Method: a Token-2022 asset with 1 % and no market, beside the SOL.
#[test]
fn a_transfer_fee_is_the_buyers() {
    let mut debt = debt_at(260);
    let fee = [Extension::TransferFee { basis_points: 100, maximum: u64::MAX }];
    let spec = CollateralSpec::new("FEE", [0xfd; 32], 10 * USD_E8, 6).token_2022(&fee);
    debt.world.add_collateral(&spec).accepted();
    debt.world.fund(&debt.writer, "FEE", 1_000_000_000).accepted();
    debt.world.give(&debt.buyer, "FEE", 0).accepted();
    debt.world.refresh_prices();
    let (vault, held) = (debt.world.vault("FEE"), debt.world.portfolio_of(&debt.writer).collateral[1]);
    assert_eq!((vault, held), (990_000_000, 990_000_000));
    let (writer, buyer) = (debt.writer.clone(), debt.buyer.clone());
    let outcome = debt.world.convert(&writer, &buyer, "FEE", 199 * USD_E6).accepted();
    let event = emitted!(outcome, CollateralConverted);
    assert_eq!((event.price_e8, event.amount), (995_000_000, 20_000_000));
    assert_eq!(debt.world.wallet(&buyer, "FEE"), 19_800_000);
    assert_eq!(
        (debt.world.vault("FEE"), debt.world.exchange().collaterals[1].deposits),
        (vault - 20_000_000, held - 20_000_000)
    );
    // The price of an asset without a market is kept too.
    let published = debt.world.update("FEE").publish_time;
    assert_eq!(debt.world.exchange().collaterals[1].last_publish_time, published);
}

/// Goal: a sale counts in the windows of what leaves: tokens out, dollars in. Method: both windows before and after; then a
/// whale who takes SOL out is held to the quarter less what the sale took.
#[test]
fn a_sale_counts_as_outflow() {
    let mut debt = debt_at(260);
    let whale = debt.world.funded("whale", 0).expect("a trader");
    debt.world.fund(&whale, "SOL", 1_000 * SOL).accepted();
    debt.world.wait(3 * HOUR_SECS).expect("feeds speak");
    let vault = debt.world.vault("SOL");
    let outcome = debt.convert(1_234 * USD_E6).accepted();
    let event = emitted!(outcome, CollateralConverted);
    let (sold, paid) = (event.amount, event.paid_e6);
    let exchange = debt.world.exchange();
    assert_eq!(exchange.collaterals[0].outflow.net().unsigned_abs(), sold);
    assert!(exchange.collaterals[0].outflow.net() > 0);
    assert_eq!(exchange.quote_outflow.net(), -i64::try_from(paid).expect("money"));
    let most = vault / 4 - sold;
    debt.world.withdraw(&whale, "SOL", most + 1).refuses(BallastError::OutflowLimit);
    debt.world.withdraw(&whale, "SOL", most).accepted();
}

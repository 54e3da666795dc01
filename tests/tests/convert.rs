//! Selling collateral for a debt: price, amounts, limits, refusals.

mod pit;
mod scene;

#[path = "convert/refused.rs"]
mod refused;
#[path = "convert/sales.rs"]
mod sales;
#[path = "convert/worsens.rs"]
mod worsens;

use crate::{
    pit::at,
    scene::{DAY_SECS, SOL, UNIT_E6, USD_E6, USD_E8},
};
use anchor_lang::solana_program::instruction::Instruction;
use ballast::instructions::CollateralConvertArgs;
use ballast_harness::{
    world::{Kind, Surface},
    Sent, Trader, World,
};
use ballast_sdk::instruction::liquidation::{collateral_convert, Buyer};

/// A writer of covered SOL calls whom settlement left in debt, and a buyer with dollars.
struct Debt {
    world: World,
    writer: Trader,
    buyer: Trader,
    /// When the debt arose, unix seconds.
    since: i64,
}

/// 50 calls of strike 220 written against 100 SOL and 10 dollars, settled at so many dollars, this very moment.
fn debt_at(dollars: u64) -> Debt {
    let mut world = World::standard().expect("the usual scenario");
    let expiry = world.vm.now() + 7 * DAY_SECS;
    world.list_expiry("SOL", expiry, Surface::default(), &[220 * USD_E8]).expect("an expiry");
    let writer = world.funded("writer", 10 * USD_E6).expect("a writer");
    world.fund(&writer, "SOL", 100 * SOL).expect("collateral");
    let holder = world.funded("holder", 50_000 * USD_E6).expect("a holder");
    let buyer = world.funded("buyer", 0).expect("a buyer");
    world.give(&buyer, "USDC", 100_000 * USD_E6).expect("dollars");
    world.give(&buyer, "SOL", 0).expect("an account");
    let call = world.leg("SOL", expiry, 220 * USD_E8, Kind::Call, 50 * UNIT_E6);
    world.trade_at_mark(&writer, &holder, &[call]).expect("a trade");
    world.live_to_settlement("SOL", expiry, |_| dollars * USD_E8).expect("a settlement");
    world.settle(&writer).expect("a debt");
    let since = world.vm.now();
    assert_eq!(world.portfolio_of(&writer).debt_since, since);
    Debt { world, writer, buyer, since }
}

impl Debt {
    /// What the writer owes, 1e-6 quote.
    fn owed(&self) -> u64 {
        u64::try_from(-self.world.portfolio_of(&self.writer).cash_e6).expect("a debt")
    }

    /// The buyer offers so much, 1e-6 quote.
    fn convert(&mut self, quote_e6: u64) -> Sent {
        self.world.convert(&self.writer.clone(), &self.buyer.clone(), "SOL", quote_e6)
    }

    /// The clock is so many seconds after the debt arose; feeds speak.
    fn wait_until(&mut self, secs: i64) {
        at(&mut self.world, self.since + secs);
        self.world.wait(0).expect("feeds speak");
    }

    /// The instruction of a sale.
    fn instruction(&self, args: CollateralConvertArgs) -> Instruction {
        let token = self.world.token("SOL");
        let key = self.buyer.pubkey();
        let (source, destination) = (self.world.quote.account_of(&key), token.account_of(&key));
        let buyer = Buyer { key, source, destination };
        let (exchange, prices) = (self.world.exchange(), self.world.price_accounts());
        let writer = self.world.portfolio_of(&self.writer);
        collateral_convert(&exchange, &buyer, &writer, &token.mint, &prices, args).expect("an instruction")
    }

    /// Sends an instruction the buyer signs.
    fn send(&mut self, instruction: &Instruction) -> Sent {
        let key = self.buyer.key.clone();
        self.world.send(std::slice::from_ref(instruction), &[&key])
    }
}

/// Arguments of a sale without a limit.
fn offering(quote_e6: u64) -> CollateralConvertArgs {
    CollateralConvertArgs { quote_e6, price_max_e8: u64::MAX }
}

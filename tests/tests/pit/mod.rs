//! Scenes of trading, liquidation and settlement, and their instructions before they are sent.

#![allow(dead_code, reason = "each test binary takes what it needs")]

pub mod fall;
pub mod pegged;
pub mod phase;
pub mod window;

use crate::scene::{listed, USD_E6, USD_E8};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::{
    instructions::{Leg, TradeArgs},
    state::PositionLine,
};
use ballast_harness::{world::Kind, Sent, Trader, World};
use ballast_sdk::instruction::{trade, Side};
use solana_keypair::Keypair;

/// A maker and a taker who have traded nothing yet, and BTC with strikes 90,000 to 150,000 due in 30 days.
pub struct Pit {
    pub world: World,
    pub maker: Trader,
    pub taker: Trader,
    pub expiry: i64,
}

/// The maker has 500,000 of cash, the taker 100,000.
pub fn pit() -> Pit {
    let (mut world, expiry) = listed();
    let maker = world.funded("maker", 500_000 * USD_E6).expect("a maker");
    let taker = world.funded("taker", 100_000 * USD_E6).expect("a taker");
    Pit { world, maker, taker, expiry }
}

impl Pit {
    /// A leg of BTC calls; the strike in thousands.
    pub fn call(&self, thousand: u64, qty_e6: i64) -> Leg {
        self.world.leg("BTC", self.expiry, thousand * 1_000 * USD_E8, Kind::Call, qty_e6)
    }

    /// A leg of BTC puts; the strike in thousands.
    pub fn put(&self, thousand: u64, qty_e6: i64) -> Leg {
        self.world.leg("BTC", self.expiry, thousand * 1_000 * USD_E8, Kind::Put, qty_e6)
    }

    /// The legs change hands at their marks.
    pub fn at_mark(&mut self, legs: &[Leg]) -> Sent {
        self.world.trade_at_mark(&self.maker.clone(), &self.taker.clone(), legs)
    }

    /// The legs change hands for a premium.
    pub fn fill(&mut self, legs: &[Leg], premium_e6: i64) -> Sent {
        self.world.trade(&self.maker.clone(), &self.taker.clone(), legs, premium_e6)
    }

    /// The instruction of a trade that both owners sign.
    pub fn instruction(&self, args: TradeArgs) -> Instruction {
        trade_instruction(&self.world, &self.maker, &self.taker, args)
    }

    /// Sends an instruction that both owners sign.
    pub fn send(&mut self, instruction: &Instruction) -> Sent {
        self.world.send(std::slice::from_ref(instruction), &[&self.maker.key, &self.taker.key])
    }

    /// Sends an instruction that these keys sign.
    pub fn send_by(&mut self, instruction: &Instruction, signers: &[&Keypair]) -> Sent {
        self.world.send(std::slice::from_ref(instruction), signers)
    }
}

/// The instruction of a trade that both owners sign.
pub fn trade_instruction(world: &World, maker: &Trader, taker: &Trader, args: TradeArgs) -> Instruction {
    let (made, taken) = (world.portfolio_of(maker), world.portfolio_of(taker));
    let (exchange, prices) = (world.exchange(), world.price_accounts());
    trade::trade(&exchange, Side::owner(&made), Side::owner(&taken), &prices, args).expect("an instruction")
}

/// Cash of a trader's portfolio, 1e-6 quote.
pub fn cash_e6(world: &World, trader: &Trader) -> i64 {
    world.portfolio_of(trader).cash_e6
}

/// (calls, puts) a trader holds of a BTC strike, 1e-6 unit.
pub fn held(world: &World, trader: &Trader, expiry: i64, strike_e8: u64) -> (i64, i64) {
    let key = world.line("BTC", expiry, strike_e8);
    let portfolio = world.portfolio_of(trader);
    portfolio.line(&key).map_or((0, 0), |line: &PositionLine| (line.calls_e6, line.puts_e6))
}

/// The address of the account a feed's updates are posted to.
pub fn price_account(world: &World, symbol: &str) -> Pubkey {
    ballast_harness::world::price_address(&world.feed_id(symbol))
}

/// The clock moves to a time.
pub fn at(world: &mut World, time: i64) {
    let secs = time - world.vm.now();
    assert!(secs >= 0, "time only passes");
    world.vm.advance(secs);
}

/// The least integer at or above a quotient.
pub fn ceil(product: i128, divisor: i128) -> i64 {
    i64::try_from(-(-product).div_euclid(divisor)).expect("money")
}

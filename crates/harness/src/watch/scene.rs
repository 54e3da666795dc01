//! What the tests of the watch begin with: a sound world, instructions to send in it, and a hand that changes accounts
//! between the sending and the check.

use super::Before;
use crate::{
    invariants::Broken,
    world::{Kind, Surface},
    Sent, Trader, World,
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::{
    instructions::{Leg, LegWanted, LiquidateLegsArgs, LiquidateSliceArgs},
    state::{Market, Portfolio},
};
use ballast_risk::MarginReport;
use ballast_sdk::{
    account::Stored,
    instruction::{liquidation, money, settlement, trade, Side},
    pda,
};
use solana_account::WritableAccount;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::sync::Arc;

pub(super) const USD_E6: u64 = 1_000_000;
pub(super) const UNIT_E6: i64 = 1_000_000;
const USD_E8: u64 = 100_000_000;
const CALL_E8: u64 = 140_000 * USD_E8;
const PUT_E8: u64 = 100_000 * USD_E8;

/// A world with who acts in it. The taker has sold a strangle to the maker.
pub(super) struct Scene {
    pub world: World,
    pub maker: Trader,
    pub taker: Trader,
    pub liquidator: Trader,
    pub expiry_ts: i64,
}

/// Instructions with the keys that sign.
pub(super) struct Ask {
    pub instructions: Vec<Instruction>,
    signers: Vec<Arc<Keypair>>,
}

impl Ask {
    /// Both in one transaction.
    pub fn and(mut self, other: Self) -> Self {
        self.instructions.extend(other.instructions);
        for key in other.signers {
            if !self.signers.contains(&key) {
                self.signers.push(key);
            }
        }
        self
    }
}

impl Scene {
    pub fn new() -> Self {
        let mut world = World::standard().expect("the usual scenario");
        let expiry_ts = world.vm.now() + 7 * 86_400;
        world.list_expiry("BTC", expiry_ts, Surface::FLAT, &[PUT_E8, CALL_E8]).expect("an expiry");
        let maker = world.funded("maker", 500_000 * USD_E6).expect("a maker");
        let taker = world.funded("taker", 50_000 * USD_E6).expect("a taker");
        let liquidator = world.funded("liquidator", 2_000_000 * USD_E6).expect("a liquidator");
        let mut scene = Self { world, maker, taker, liquidator, expiry_ts };
        let legs = scene.strangle(-2 * UNIT_E6);
        scene.world.trade_at_mark(&scene.maker, &scene.taker, &legs).expect("the taker can bear it");
        scene
    }

    /// The same, and the market has fallen until the taker was under maintenance margin.
    pub fn fallen() -> Self {
        let mut scene = Self::new();
        let world = &mut scene.world;
        let prices = world.snapshot().liquidation_prices(&world.portfolio_of(&scene.taker), 0);
        let below_e8 = prices.expect("a search").below_e8.expect("a short strangle has one below");
        let ema_e8 = world.update("BTC").ema_price.unsigned_abs();
        world.vm.advance(1);
        world.jump_price("BTC", below_e8 - USD_E8, ema_e8);
        scene
    }

    /// The same, flagged.
    pub fn flagged() -> Self {
        let mut scene = Self::fallen();
        scene.world.flag(&scene.taker).expect("it is under maintenance margin");
        scene.world.wait(31).expect("feeds publish");
        scene
    }

    /// The portfolios of maker, taker and liquidator.
    pub fn addresses(&self) -> (Pubkey, Pubkey, Pubkey) {
        (self.maker.portfolio(), self.taker.portfolio(), self.liquidator.portfolio())
    }

    fn strangle(&self, qty_e6: i64) -> [Leg; 2] {
        let leg = |strike_e8, kind| self.world.leg("BTC", self.expiry_ts, strike_e8, kind, qty_e6);
        [leg(PUT_E8, Kind::Put), leg(CALL_E8, Kind::Call)]
    }

    /// The taker sells so many more strangles.
    pub fn trade(&self, qty_e6: i64) -> Ask {
        let (world, legs) = (&self.world, self.strangle(-qty_e6));
        let (made, taken) = (world.portfolio_of(&self.maker), world.portfolio_of(&self.taker));
        let args = world.trade_args(&legs, world.mark_e6(&legs).expect("a mark"));
        let (maker, taker) = (Side::owner(&made), Side::owner(&taken));
        let built = trade::trade(&world.exchange(), maker, taker, &world.price_accounts(), args);
        ask(built.expect("a trade"), [&self.maker.key, &self.taker.key])
    }

    /// The taker takes cash out.
    pub fn withdraw(&self, amount_e6: u64) -> Ask {
        let (world, mint) = (&self.world, self.world.quote.mint);
        let wallet = world.quote.account_of(&self.taker.pubkey());
        let (held, prices) = (world.portfolio_of(&self.taker), world.price_accounts());
        let built = money::withdraw(&world.exchange(), &held, &prices, &mint, &wallet, amount_e6);
        ask(built.expect("a withdrawal"), [&self.taker.key])
    }

    /// The maker flags the taker.
    pub fn flag(&self) -> Ask {
        let (world, maker) = (&self.world, self.maker.pubkey());
        let (held, prices) = (world.portfolio_of(&self.taker), world.price_accounts());
        let built = liquidation::liquidation_start(&world.exchange(), &maker, &held, &prices);
        ask(built.expect("a flag"), [&self.maker.key])
    }

    /// The liquidator takes a tenth of the taker's book.
    pub fn slice(&self) -> Ask {
        let args = LiquidateSliceArgs {
            fraction_e9: 100_000_000,
            fraction_min_e9: 0,
            book_price_min_e6: i64::MIN,
            book_price_max_e6: i64::MAX,
            sequence: None,
        };
        let world = &self.world;
        let (held, taking) = (world.portfolio_of(&self.taker), world.portfolio_of(&self.liquidator));
        let (side, prices) = (Side::owner(&taking), world.price_accounts());
        let built = liquidation::liquidate_slice(&world.exchange(), &held, side, &prices, args);
        ask(built.expect("a slice"), [&self.liquidator.key])
    }

    /// The liquidator takes a little of the taker's puts.
    pub fn legs(&self) -> Ask {
        let [put, _] = self.strangle(0);
        let (market, expiry_slot, strike_slot) = (put.market, put.expiry_slot, put.strike_slot);
        let wanted = LegWanted { market, expiry_slot, strike_slot, is_put: true, qty_max_e6: 10_000 };
        let args = LiquidateLegsArgs { legs: vec![wanted], cash_min_e6: i64::MIN, sequence: None };
        let world = &self.world;
        let (held, taking) = (world.portfolio_of(&self.taker), world.portfolio_of(&self.liquidator));
        let (side, prices) = (Side::owner(&taking), world.price_accounts());
        let built = liquidation::liquidate_legs(&world.exchange(), &held, side, &prices, args);
        ask(built.expect("legs"), [&self.liquidator.key])
    }

    /// The maker settles the expiry with the update posted.
    pub fn settle(&self) -> Ask {
        let (world, slot) = (&self.world, self.world.expiry_slot("BTC", self.expiry_ts));
        let first = crate::world::price_address(&crate::feeds::BTC);
        let built = settlement::settlement_finalize(&world.exchange(), 0, slot, Some(first));
        ask(built.expect("a settlement"), [&self.maker.key])
    }

    /// Sends and checks as [`World::send`] does, with a hand in between that may change the world, and what is
    /// remembered of it.
    pub fn check(
        &mut self,
        ask: &Ask,
        hand: impl FnOnce(&mut Self, &mut Before),
    ) -> (Sent, Result<(), Broken>) {
        let mut before = self.world.watch_before(&ask.instructions).expect("the watch is on");
        let signers: Vec<&Keypair> = ask.signers.iter().map(Arc::as_ref).collect();
        let sent = self.world.vm.send(&ask.instructions, &signers);
        hand(self, &mut before);
        let checked = self.world.watch_after(Some(before), &sent);
        (sent, checked)
    }

    /// Id of what is found broken after a transaction that goes through, if anything is.
    pub fn found(
        &mut self,
        ask: &Ask,
        hand: impl FnOnce(&mut Self, &mut Before),
    ) -> Result<(), &'static str> {
        let (sent, checked) = self.check(ask, hand);
        sent.expect("the program accepts it");
        checked.map_err(|broken| broken.id)
    }

    /// As [`Self::found`], of one that is refused.
    pub fn found_of_refused(&mut self, ask: &Ask, hand: impl FnOnce(&mut Self)) -> Result<(), &'static str> {
        let (sent, checked) = self.check(ask, |scene, _| hand(scene));
        sent.expect_err("the program refuses it");
        checked.map_err(|broken| broken.id)
    }

    /// Moves cash from one portfolio to another behind the program's back, so that the books still add up, and stores
    /// the SDK's own report of the first.
    pub fn move_cash(&mut self, (from, to): (Pubkey, Pubkey), amount_e6: i64, reported: Pubkey) {
        tamper::<Portfolio>(&mut self.world, &from, |portfolio| portfolio.cash_e6 -= amount_e6);
        tamper::<Portfolio>(&mut self.world, &to, |portfolio| portfolio.cash_e6 += amount_e6);
        let report = self.report(&reported);
        tamper::<Portfolio>(&mut self.world, &reported, |portfolio| portfolio.report = report.into());
    }

    /// The SDK's report of a portfolio.
    pub fn report(&self, address: &Pubkey) -> MarginReport {
        self.world.snapshot().margin(&self.world.portfolio(address)).expect("it can be valued")
    }

    /// How often an invariant was checked.
    pub fn checks(&self, id: &str) -> u64 {
        self.world.tally().counts().get(id).map_or(0, |count| count.checked)
    }
}

impl Before {
    /// Changes what is remembered of a portfolio.
    pub fn tamper(&mut self, address: &Pubkey, change: impl FnOnce(&mut Portfolio)) {
        let account = self.accounts.get_mut(address).expect("it was there");
        change(bytemuck::from_bytes_mut(&mut account.data_as_mut_slice()[8..Portfolio::SIZE]));
    }
}

fn ask<const N: usize>(instruction: Instruction, signers: [&Arc<Keypair>; N]) -> Ask {
    Ask { instructions: vec![instruction], signers: signers.map(Arc::clone).to_vec() }
}

/// Changes a stored account.
pub(super) fn tamper<T: Stored>(world: &mut World, address: &Pubkey, change: impl FnOnce(&mut T)) {
    let mut account = world.vm.account(address).expect("an account");
    change(bytemuck::from_bytes_mut(&mut account.data[8..T::SIZE]));
    world.vm.set_account(*address, account);
}

/// Any account of the program that a transaction of the scene leaves alone.
pub(super) fn bystander(world: &mut World) {
    let address = world.markets[2].address;
    tamper::<Market>(world, &address, |market| market.reserved[0] ^= 1);
}

/// An account of the program that nobody has.
pub(super) fn newcomer(world: &mut World) {
    let like = world.vm.account(&pda::exchange()).expect("an exchange");
    let account = solana_account::Account { data: vec![0; 8], ..like };
    world.vm.set_account(crate::keys::keypair("newcomer").pubkey(), account);
}

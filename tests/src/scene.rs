//! A BTC market in which every kind of action is possible at once, each asked as a question: simulated, never sent, so that
//! one scene answers for any number of prices.

use crate::{desk::USD_E6, Result};
use anchor_lang::solana_program::instruction::Instruction;
use ballast::instructions::{CollateralConvertArgs, Leg, LegWanted, LiquidateLegsArgs, LiquidateSliceArgs};
use ballast_harness::{
    world::{Kind, Sent, Surface},
    Trader, World,
};
use ballast_sdk::{
    instruction::{
        liquidation::{self, Buyer},
        money, risk, trade, BuildError, Side,
    },
    search::Asset,
};
use solana_keypair::Keypair;

/// One quote unit, 1e-8.
pub const USD_E8: u64 = 100_000_000;
/// One unit of an underlying, 1e-6.
pub const UNIT_E6: i64 = 1_000_000;
const MONTH_SECS: i64 = 30 * 86_400;
const STRIKES: [u64; 3] = [100_000, 120_000, 140_000];
/// A thousandth of a book, 1e-9.
const THOUSANDTH_E9: u64 = 1_000_000;
/// Collateral of the debtor, base units: 1,500 SOL.
const DEBTORS_SOL: u64 = 1_500_000_000_000;

/// What may be asked of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// A margin check.
    Check,
    /// A trade that opens positions on both sides.
    Open,
    /// A trade that closes half of what both sides hold.
    Close,
    /// A withdrawal of one quote unit from a portfolio with lines.
    Withdraw,
    /// A deposit of one quote unit.
    Deposit,
    /// Flagging a portfolio that is under maintenance margin.
    Flag,
    /// A slice of a thousandth of a flagged portfolio.
    Slice,
    /// A hundredth of a unit of a flagged portfolio's first leg.
    Legs,
    /// The end of a liquidation that a deposit has cured.
    End,
    /// One quote unit for SOL of a portfolio in debt, which holds lines of BTC besides.
    Convert,
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Check,
        Self::Open,
        Self::Close,
        Self::Withdraw,
        Self::Deposit,
        Self::Flag,
        Self::Slice,
        Self::Legs,
        Self::End,
        Self::Convert,
    ];
}

/// A market after a fall, calm again: two traders with positions against each other and plenty of cash, and four who are or
/// were under maintenance margin.
pub struct Scene {
    /// The scenario.
    pub world: World,
    /// Long a put.
    pub maker: Trader,
    /// Short the put.
    pub taker: Trader,
    /// Short a strangle, under maintenance margin.
    pub victim: Trader,
    /// As the victim, and flagged.
    pub flagged: Trader,
    /// As the victim, flagged, and far above the exit test since a deposit.
    pub cured: Trader,
    /// As the victim, with SOL for cash, flagged, and in debt since a leg was bought back.
    pub debtor: Trader,
    /// The expiry of everything, unix seconds.
    pub expiry: i64,
    held: Leg,
    /// What half of the put is worth, 1e-6 quote.
    half_e6: i64,
}

impl Scene {
    /// BTC, ETH and SOL listed; the fall is BTC's.
    ///
    /// # Errors
    /// What the program refuses.
    pub fn new() -> Result<Self> {
        let mut world = World::standard()?;
        let expiry = world.vm.now() + MONTH_SECS;
        world.list_expiry("BTC", expiry, Surface::default(), &STRIKES.map(|strike| strike * USD_E8))?;
        let maker = world.funded("maker", 5_000_000 * USD_E6)?;
        let taker = world.funded("taker", 5_000_000 * USD_E6)?;
        let house = world.funded("house", 5_000_000 * USD_E6)?;
        let held = world.leg("BTC", expiry, 100_000 * USD_E8, Kind::Put, -2 * UNIT_E6);
        world.trade_at_mark(&maker, &taker, &[held])?;
        let strangle = strangle(&world, expiry, -3 * UNIT_E6);
        let mut sold = |name: &str| -> Result<Trader> {
            let seller = world.funded(name, 200_000 * USD_E6)?;
            world.trade_at_mark(&house, &seller, &strangle)?;
            Ok(seller)
        };
        let [victim, flagged, cured, debtor] =
            [sold("victim")?, sold("flagged")?, sold("cured")?, sold("debtor")?];
        for seller in [&victim, &flagged, &cured] {
            withdraw_most(&mut world, seller, Asset::Quote)?;
        }
        change_cash_for_sol(&mut world, &debtor)?;
        let fall = world.snapshot().liquidation_prices(&world.portfolio_of(&victim), 0)?;
        world.wait(60)?;
        world.set_price("BTC", fall.below_e8.ok_or("no fall flags the strangle")? / 100 * 99);
        for seller in [&flagged, &cured, &debtor] {
            world.flag(seller)?;
        }
        world.fund(&cured, "USDC", 1_000_000 * USD_E6)?;
        let back = strangle.map(|leg| wanted(&leg, UNIT_E6.unsigned_abs()));
        world.take_legs(&debtor, &house, &back)?;
        for asset in ["USDC", "SOL"] {
            world.give(&taker, asset, USD_E6)?;
        }
        let half_e6 = world.mark_e6(&[Leg { qty_e6: -held.qty_e6 / 2, ..held }])?;
        Ok(Self { world, maker, taker, victim, flagged, cured, debtor, expiry, held, half_e6 })
    }

    /// SOL speaks again: whatever becomes of BTC's price, what the debtor sells has a fresh one.
    pub fn refresh_sol(&mut self) {
        let price_e8 = self.world.update("SOL").price.unsigned_abs();
        self.world.set_price("SOL", price_e8);
    }

    /// What the action would come to now. Nothing is changed by it.
    ///
    /// # Errors
    /// What would be refused.
    pub fn ask(&self, act: Act) -> Sent {
        let instruction = self.instruction(act);
        let signers: Vec<&Keypair> = match act {
            Act::Open | Act::Close => vec![&self.maker.key, &self.taker.key],
            Act::Withdraw | Act::Deposit | Act::Slice | Act::Legs | Act::Convert => vec![&self.taker.key],
            Act::Check | Act::Flag | Act::End => vec![&self.world.crank],
        };
        self.world.vm.simulate(&[instruction], &signers)
    }

    /// The instruction of an action at the prices posted.
    ///
    /// # Panics
    /// If a price is not posted.
    #[must_use]
    pub fn instruction(&self, act: Act) -> Instruction {
        let (world, prices) = (&self.world, self.world.price_accounts());
        let (exchange, mint) = (world.exchange(), world.quote.mint);
        let (taker, victim) = (world.portfolio_of(&self.taker), world.portfolio_of(&self.victim));
        let wallet = world.quote.account_of(&self.taker.pubkey());
        let one = USD_E6;
        let built = match act {
            Act::Check => risk::margin_check(&exchange, &taker, &prices),
            Act::Open => self.trade(self.held.qty_e6 / 2, -self.half_e6),
            Act::Close => self.trade(-self.held.qty_e6 / 2, self.half_e6),
            Act::Withdraw => money::withdraw(&exchange, &taker, &prices, &mint, &wallet, one),
            Act::Deposit => {
                let (owner, portfolio) = (self.taker.pubkey(), self.taker.portfolio());
                money::deposit(&exchange, &owner, &portfolio, &mint, &wallet, one)
            }
            Act::Flag => {
                let flagger = solana_signer::Signer::pubkey(&world.crank);
                liquidation::liquidation_start(&exchange, &flagger, &victim, &prices)
            }
            Act::Slice | Act::Legs => self.take(act),
            Act::End => liquidation::liquidation_end(&exchange, &world.portfolio_of(&self.cured), &prices),
            Act::Convert => {
                let (key, sol, debtor) =
                    (self.taker.pubkey(), world.token("SOL"), world.portfolio_of(&self.debtor));
                let buyer = Buyer { key, source: wallet, destination: sol.account_of(&key) };
                let args = CollateralConvertArgs { quote_e6: one, price_max_e8: u64::MAX };
                liquidation::collateral_convert(&exchange, &buyer, &debtor, &sol.mint, &prices, args)
            }
        };
        built.expect("every feed has an account")
    }

    /// What the taker takes of the flagged portfolio: a slice, or legs.
    fn take(&self, act: Act) -> std::result::Result<Instruction, BuildError> {
        let (world, prices) = (&self.world, self.world.price_accounts());
        let (exchange, owner) = (world.exchange(), world.portfolio_of(&self.flagged));
        let taking = world.portfolio_of(&self.taker);
        let side = Side::owner(&taking);
        if act == Act::Slice {
            let args = LiquidateSliceArgs {
                fraction_e9: THOUSANDTH_E9,
                fraction_min_e9: 0,
                book_price_min_e6: i64::MIN,
                book_price_max_e6: i64::MAX,
                sequence: None,
            };
            return liquidation::liquidate_slice(&exchange, &owner, side, &prices, args);
        }
        // Both, because the price says which goes first.
        let legs = strangle(world, self.expiry, -1).map(|leg| wanted(&leg, 10_000)).to_vec();
        let args = LiquidateLegsArgs { legs, cash_min_e6: i64::MIN, sequence: None };
        liquidation::liquidate_legs(&exchange, &owner, side, &prices, args)
    }

    fn trade(&self, qty_e6: i64, premium_e6: i64) -> std::result::Result<Instruction, BuildError> {
        let world = &self.world;
        let (made, taken) = (world.portfolio_of(&self.maker), world.portfolio_of(&self.taker));
        let args = world.trade_args(&[Leg { qty_e6, ..self.held }], premium_e6);
        let (maker, taker) = (Side::owner(&made), Side::owner(&taken));
        trade::trade(&world.exchange(), maker, taker, &world.price_accounts(), args)
    }
}

/// Puts at 100,000 and calls at 140,000.
fn strangle(world: &World, expiry: i64, qty_e6: i64) -> [Leg; 2] {
    [(100_000, Kind::Put), (140_000, Kind::Call)]
        .map(|(strike, kind)| world.leg("BTC", expiry, strike * USD_E8, kind, qty_e6))
}

/// A leg as whoever takes it names it, most of it so much, 1e-6 unit.
fn wanted(leg: &Leg, qty_max_e6: u64) -> LegWanted {
    let (market, expiry_slot, strike_slot, is_put) =
        (leg.market, leg.expiry_slot, leg.strike_slot, leg.is_put);
    LegWanted { market, expiry_slot, strike_slot, is_put, qty_max_e6 }
}

/// A seller takes out all that initial margin lets go.
fn withdraw_most(world: &mut World, seller: &Trader, asset: Asset) -> Result<()> {
    let most = world.snapshot().max_withdraw(&world.portfolio_of(seller), asset)?;
    world.withdraw(seller, if asset == Asset::Quote { "USDC" } else { "SOL" }, most)?;
    Ok(())
}

/// A seller puts up SOL, takes all cash out but a thousand, and then all the SOL that initial margin lets go.
fn change_cash_for_sol(world: &mut World, seller: &Trader) -> Result<()> {
    world.fund(seller, "SOL", DEBTORS_SOL)?;
    world.give(seller, "USDC", 0)?;
    let cash = u64::try_from(world.portfolio_of(seller).cash_e6)?;
    world.withdraw(seller, "USDC", cash - 1_000 * USD_E6)?;
    withdraw_most(world, seller, Asset::Collateral(0))
}

//! A BTC market in which every kind of action is possible at once, each asked as a question: simulated, never sent, so that
//! one scene answers for any number of prices.

use crate::{desk::USD_E6, Result};
use anchor_lang::solana_program::instruction::Instruction;
use ballast::instructions::Leg;
use ballast_harness::{
    world::{Kind, Sent, Surface},
    Trader, World,
};
use ballast_sdk::{
    instruction::{liquidation, money, risk, trade, Side},
    search::Asset,
};
use solana_keypair::Keypair;

/// One quote unit, 1e-8.
pub const USD_E8: u64 = 100_000_000;
/// One unit of an underlying, 1e-6.
pub const UNIT_E6: i64 = 1_000_000;
const MONTH_SECS: i64 = 30 * 86_400;
const STRIKES: [u64; 3] = [100_000, 120_000, 140_000];

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
}

impl Act {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Check, Self::Open, Self::Close, Self::Withdraw, Self::Deposit, Self::Flag];
}

/// A market after a fall, calm again: two traders with positions against each other and plenty of cash, and a third who is
/// under maintenance margin.
pub struct Scene {
    /// The scenario.
    pub world: World,
    /// Long a put.
    pub maker: Trader,
    /// Short the put.
    pub taker: Trader,
    /// Short a strangle, under maintenance margin.
    pub victim: Trader,
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
        let victim = world.funded("victim", 200_000 * USD_E6)?;
        let house = world.funded("house", 5_000_000 * USD_E6)?;
        let held = world.leg("BTC", expiry, 100_000 * USD_E8, Kind::Put, -2 * UNIT_E6);
        world.trade_at_mark(&maker, &taker, &[held])?;
        let strangle = [
            world.leg("BTC", expiry, 100_000 * USD_E8, Kind::Put, -3 * UNIT_E6),
            world.leg("BTC", expiry, 140_000 * USD_E8, Kind::Call, -3 * UNIT_E6),
        ];
        world.trade_at_mark(&house, &victim, &strangle)?;
        let most = world.snapshot().max_withdraw(&world.portfolio_of(&victim), Asset::Quote)?;
        world.withdraw(&victim, "USDC", most)?;
        let fall = world.snapshot().liquidation_prices(&world.portfolio_of(&victim), 0)?;
        world.wait(60)?;
        world.set_price("BTC", fall.below_e8.ok_or("no fall flags the strangle")? / 100 * 99);
        world.give(&taker, "USDC", USD_E6)?;
        let half_e6 = world.mark_e6(&[Leg { qty_e6: -held.qty_e6 / 2, ..held }])?;
        Ok(Self { world, maker, taker, victim, expiry, held, half_e6 })
    }

    /// What the action would come to now. Nothing is changed by it.
    ///
    /// # Errors
    /// What would be refused.
    pub fn ask(&self, act: Act) -> Sent {
        let instruction = self.instruction(act);
        let signers: Vec<&Keypair> = match act {
            Act::Open | Act::Close => vec![&self.maker.key, &self.taker.key],
            Act::Withdraw | Act::Deposit => vec![&self.taker.key],
            Act::Check | Act::Flag => vec![&self.world.crank],
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
        };
        built.expect("every feed has an account")
    }

    fn trade(
        &self,
        qty_e6: i64,
        premium_e6: i64,
    ) -> std::result::Result<Instruction, ballast_sdk::instruction::BuildError> {
        let world = &self.world;
        let (made, taken) = (world.portfolio_of(&self.maker), world.portfolio_of(&self.taker));
        let args = world.trade_args(&[Leg { qty_e6, ..self.held }], premium_e6);
        let (maker, taker) = (Side::owner(&made), Side::owner(&taken));
        trade::trade(&world.exchange(), maker, taker, &world.price_accounts(), args)
    }
}

//! The first positions: everybody deposits what their cushion asks for and trades with a market maker at mark.
//!
//! Deposits are worked out natively, every book filled one after the other into one snapshot; then the same trades go
//! through the program. Market makers, keepers and insurance are measured by what the population needs.

use crate::{
    market::Listing,
    population::{Kind, Plan, Wish},
};
use anyhow::{anyhow, ensure, Result};
use ballast::{
    instructions::{Leg, LEGS_MAX},
    state::Portfolio,
};
use ballast_harness::{Rejected, Trader, World};
use ballast_sdk::{instruction::portfolio::Mode, snapshot::Snapshot};

/// What a market maker has, as a multiple of the population's initial margin: they are not who this is about.
const MAKER_TIMES: i64 = 3;
/// What comes on top of what a book needs, 1e-6 quote: fees and rounding.
const SPARE_E6: i64 = 200_000_000;
/// Deposits that are tried until all of a wide book is traded: parts of it may need more than the whole.
const TOP_UPS_MAX: usize = 12;

/// A member of the population.
#[derive(Debug, Clone)]
pub struct Person {
    /// Owner and portfolio.
    pub trader: Trader,
    /// Kind of book.
    pub kind: Kind,
}

/// Everybody after the first trades.
pub struct Opened {
    /// The population.
    pub people: Vec<Person>,
    /// One market maker a market.
    pub makers: Vec<Trader>,
    /// Σ of the population's initial margin, 1e-6 quote.
    pub initial_e6: i64,
}

/// A refusal that nobody expected.
pub fn fault(rejected: Box<Rejected>) -> anyhow::Error {
    anyhow!("refused: {rejected}\n{}", rejected.logs.join("\n"))
}

/// Funds and trades, without checking the invariants after each transaction; they are checked once at the end.
///
/// # Errors
/// A book that the program refuses, or one that it liquidates at once.
pub fn open(world: &mut World, listing: &Listing, plans: &[Plan]) -> Result<Opened> {
    let quotes = quotes(world, listing, plans)?;
    let initial_e6 = quotes.iter().map(|quote| quote.initial_e6).sum();
    let opened = world.unwatched(|world| -> Result<Opened> {
        let makers = makers(world, listing, initial_e6)?;
        let mut people = Vec::with_capacity(plans.len());
        for (plan, quote) in plans.iter().zip(&quotes) {
            people.push(enter(world, listing, plan, quote, &makers)?);
        }
        Ok(Opened { people, makers, initial_e6 })
    })?;
    for person in &opened.people {
        let report = world.margin(&person.trader).map_err(|error| anyhow!("{error}"))?;
        ensure!(report.excess_maintenance_e6 >= 0, "{} begins below maintenance margin", person.trader.name);
    }
    Ok(opened)
}

/// What a book costs to enter.
struct Quote {
    legs: Vec<Leg>,
    deposit_e6: i64,
    initial_e6: i64,
}

fn quotes(world: &World, listing: &Listing, plans: &[Plan]) -> Result<Vec<Quote>> {
    let mut snapshot = world.snapshot();
    plans.iter().map(|plan| quote(world, listing, plan, &mut snapshot)).collect()
}

fn quote(world: &World, listing: &Listing, plan: &Plan, snapshot: &mut Snapshot) -> Result<Quote> {
    let legs: Vec<Leg> = plan.legs.iter().map(|wish| leg(world, listing, wish)).collect();
    let mut book: Box<Portfolio> = bytemuck::zeroed_box();
    book.collateral[0] = plan.coin;
    let refused = |error: ballast_sdk::error::Refusal| anyhow!("{}: {error}", plan.name);
    let premium_e6 = world.mark_e6(&legs).map_err(refused)?;
    snapshot.fill(&mut book, &legs, premium_e6).map_err(refused)?;
    let report = snapshot.margin(&book).map_err(refused)?;
    let wanted_e6 = (report.initial_e6 as f64 * plan.cushion) as i64;
    // Who buys pays for all of it; nobody begins with a debt.
    let deposit_e6 = (wanted_e6 - report.equity_initial_e6).max(-book.cash_e6) + SPARE_E6;
    Ok(Quote { legs, deposit_e6: deposit_e6.max(0), initial_e6: report.initial_e6 })
}

fn leg(world: &World, listing: &Listing, wish: &Wish) -> Leg {
    let strike_e8 = listing.strikes_e8[wish.market][wish.expiry][wish.strike];
    let (symbol, expiry) = (listing.symbols[wish.market], listing.expiries[wish.expiry]);
    world.leg(symbol, expiry, strike_e8, wish.kind, wish.qty_e6)
}

fn makers(world: &mut World, listing: &Listing, initial_e6: i64) -> Result<Vec<Trader>> {
    let cash_e6 = (initial_e6.max(1) * MAKER_TIMES).unsigned_abs();
    let all = listing.symbols.iter().map(|symbol| world.funded(&format!("maker {symbol}"), cash_e6));
    all.collect::<Result<_, _>>().map_err(fault)
}

fn enter(
    world: &mut World,
    listing: &Listing,
    plan: &Plan,
    quote: &Quote,
    makers: &[Trader],
) -> Result<Person> {
    let trader = world.trader(&plan.name);
    world.open(&trader, Mode::Cross).map_err(fault)?;
    if quote.deposit_e6 > 0 {
        world.fund(&trader, "USDC", quote.deposit_e6.unsigned_abs()).map_err(fault)?;
    }
    if plan.coin > 0 {
        world.fund(&trader, listing.coin, plan.coin).map_err(fault)?;
    }
    for (id, maker) in (0u8..).zip(makers) {
        let legs: Vec<Leg> = quote.legs.iter().copied().filter(|leg| leg.market == id).collect();
        for part in legs.chunks(LEGS_MAX) {
            trade(world, (maker, &trader), part, quote.deposit_e6)?;
        }
    }
    Ok(Person { trader, kind: plan.kind })
}

/// Trades at mark; who lacks margin on the way brings a tenth more of the first deposit, as often as it takes.
fn trade(world: &mut World, (maker, taker): (&Trader, &Trader), legs: &[Leg], deposit_e6: i64) -> Result<()> {
    for _ in 0..TOP_UPS_MAX {
        match world.trade_at_mark(maker, taker, legs) {
            Ok(_) => return Ok(()),
            Err(rejected) if rejected.is(ballast::error::BallastError::TakerInitialMargin) => {
                let more_e6 = (deposit_e6 / 10).max(SPARE_E6).unsigned_abs();
                world.fund(taker, "USDC", more_e6).map_err(fault)?;
            }
            Err(rejected) => return Err(fault(rejected)),
        }
    }
    Err(anyhow!("{} cannot bear the book it was planned for", taker.name))
}

//! Exchanges of a given shape and books of a given size, made by trades: what a margin check is measured on.

use crate::Result;
use ballast::instructions::Leg;
use ballast_harness::{
    world::{CollateralSpec, Kind, MarketSpec, Surface, TEN_TENTEN},
    Trader, World,
};
use ballast_sdk::search::Asset;

/// One quote unit, 1e-6.
pub const USD_E6: u64 = 1_000_000;
/// Seconds in a day.
pub const DAY_SECS: i64 = 86_400;
/// Cash of whoever trades with everybody: 2 billion.
const HOUSE_E6: u64 = 2_000_000_000 * USD_E6;
/// Cash a book is built with: 20 million.
const BOOK_E6: u64 = 20_000_000 * USD_E6;
/// Notional of one leg, quote units.
const LEG_NOTIONAL: u64 = 20_000;
/// Strikes lie between four and six fifths of the spot price.
const LOWEST_PERCENT: u64 = 80;
const SPAN_PERCENT: u64 = 40;
/// Prices are 1e-8 quote, quantities 1e-6 unit.
const E14: u128 = 100_000_000_000_000;

/// A regular book: the same expiries in every market, the same number of strikes in every expiry, one leg a strike.
#[derive(Debug, Clone, Copy)]
pub struct Grid {
    /// Markets, counted from the first.
    pub markets: usize,
    /// Times to expiry, seconds.
    pub expiries_secs: &'static [i64],
    /// Strikes of every expiry.
    pub strikes: u64,
}

/// Which way the legs of a book point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lean {
    /// Bought and sold in turn.
    Mixed,
    /// Every leg sold.
    Short,
}

/// An exchange with up to eight markets, and a house that trades with everybody.
pub struct Desk {
    /// The scenario.
    pub world: World,
    /// The other side of every book.
    pub house: Trader,
}

impl Grid {
    /// Legs of the book.
    #[must_use]
    pub fn legs(&self) -> usize {
        let expiries = self.markets * self.expiries_secs.len();
        expiries * usize::try_from(self.strikes).unwrap_or(usize::MAX)
    }
}

impl Desk {
    /// BTC, ETH and SOL as on 10 October 2025, then markets of no real asset; SOL as collateral; no expiries yet.
    ///
    /// # Errors
    /// What the program refuses.
    pub fn open(markets: usize) -> Result<Self> {
        Self::open_with(World::exchange_only(TEN_TENTEN)?, markets)
    }

    /// The same on an exchange that exists.
    ///
    /// # Errors
    /// What the program refuses.
    pub fn open_with(mut world: World, markets: usize) -> Result<Self> {
        let real = [MarketSpec::btc(), MarketSpec::eth(), MarketSpec::sol()];
        let specs = real.into_iter().chain((3..8).map(MarketSpec::numbered));
        let house = world.unwatched(|world| -> Result<Trader> {
            for spec in specs.take(markets) {
                world.add_market(&spec)?;
            }
            world.add_collateral(&CollateralSpec::sol())?;
            Ok(world.funded("house", HOUSE_E6)?)
        })?;
        Ok(Self { world, house })
    }

    /// A desk with the expiries and strikes of a grid listed.
    ///
    /// # Errors
    /// What the program refuses.
    pub fn of(grid: &Grid) -> Result<Self> {
        let mut desk = Self::open(grid.markets)?;
        desk.list(grid)?;
        Ok(desk)
    }

    /// Lists the expiries and strikes of a grid.
    ///
    /// # Errors
    /// What the program refuses.
    pub fn list(&mut self, grid: &Grid) -> Result<()> {
        let now = self.world.vm.now();
        self.world.unwatched(|world| {
            for market in world.markets.clone().iter().take(grid.markets) {
                let strikes = strikes_e8(world, &market.symbol, grid.strikes);
                for secs in grid.expiries_secs {
                    world.list_expiry(&market.symbol, now + secs, Surface::default(), &strikes)?;
                }
            }
            Ok(())
        })
    }

    /// The legs of a grid that was listed now, in the order of the lines.
    #[must_use]
    pub fn legs(&self, grid: &Grid, lean: Lean) -> Vec<Leg> {
        let (world, now) = (&self.world, self.world.vm.now());
        let mut legs = Vec::with_capacity(grid.legs());
        for market in world.markets.iter().take(grid.markets) {
            let spot_e8 = world.update(&market.symbol).price.unsigned_abs();
            for secs in grid.expiries_secs {
                for strike_e8 in strikes_e8(world, &market.symbol, grid.strikes) {
                    // What is out of the money trades.
                    let kind = if strike_e8 < spot_e8 { Kind::Put } else { Kind::Call };
                    let sold = lean == Lean::Short || legs.len() % 2 == 1;
                    let qty_e6 = leg_qty_e6(spot_e8) * if sold { -1 } else { 1 };
                    legs.push(world.leg(&market.symbol, now + secs, strike_e8, kind, qty_e6));
                }
            }
        }
        legs
    }

    /// A trader who holds these legs, traded with the house at their marks, and 20 million less what they cost.
    ///
    /// # Errors
    /// What the program refuses.
    pub fn trader_with(&mut self, name: &str, legs: &[Leg]) -> Result<Trader> {
        let house = self.house.clone();
        self.world.unwatched(|world| {
            let trader = world.funded(name, BOOK_E6)?;
            world.trade_book_at_mark(&house, &trader, legs)?;
            Ok(trader)
        })
    }

    /// Takes cash out until nothing is left above initial margin.
    ///
    /// # Errors
    /// What the program refuses.
    pub fn withdraw_all(&mut self, trader: &Trader) -> Result<()> {
        let portfolio = self.world.portfolio_of(trader);
        let most = self.world.snapshot().max_withdraw(&portfolio, Asset::Quote)?;
        self.world.withdraw(trader, "USDC", most)?;
        Ok(())
    }
}

/// Strikes from 80 to 120 % of the spot price, evenly; the spot itself for one.
fn strikes_e8(world: &World, symbol: &str, count: u64) -> Vec<u64> {
    let spot_e8 = world.update(symbol).price.unsigned_abs();
    let percent_e2 = |at: u64| (LOWEST_PERCENT * 100) + SPAN_PERCENT * 100 * at / (count - 1);
    match count {
        1 => vec![spot_e8],
        _ => (0..count).map(|at| spot_e8 / 10_000 * percent_e2(at)).collect(),
    }
}

/// The quantity of a leg, 1e-6 unit.
fn leg_qty_e6(spot_e8: u64) -> i64 {
    i64::try_from(u128::from(LEG_NOTIONAL) * E14 / u128::from(spot_e8)).unwrap_or(i64::MAX)
}

//! How it ended: what everybody has, and whose every unit of every vault is.

use super::{
    cast::{Player, CAST},
    market::{CALM, SOL},
    stage::Stage,
};
use crate::out::Failure;
use anchor_lang::prelude::Pubkey;
use ballast_harness::{
    books::Books,
    invariants::{self, Claims},
    World,
};

/// 1e-8 quote times base units of SOL (9 decimals), in units of 1e-6 quote.
const SOL_VALUE_SCALE: i128 = 100_000_000_000;

/// What a player began and ended with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Closing {
    /// The player.
    pub player: &'static Player,
    /// Value of the deposits at the prices of the start, 1e-6 quote.
    pub started_e6: i64,
    /// USDC taken out, 1e-6.
    pub withdrawn_e6: i64,
    /// Cash, 1e-6 quote.
    pub cash_e6: i64,
    /// SOL held, base units of 1e-9.
    pub sol: u64,
    /// Options at mark, 1e-6 quote.
    pub options_e6: i64,
    /// Everything at the prices of the end, 1e-6 quote.
    pub ended_e6: i64,
}

/// One vault and the claims on it, in base units.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vault {
    /// Symbol of the token.
    pub asset: &'static str,
    /// Decimals of the token.
    pub decimals: u8,
    /// Address of the vault.
    pub address: Pubkey,
    /// Everything ever put in.
    pub deposited: i128,
    /// Everything ever taken out.
    pub withdrawn: i128,
    /// What the vault holds.
    pub balance: i128,
    /// Who may claim how much.
    pub claims: Vec<(String, i128)>,
}

/// The end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ending {
    /// Everybody.
    pub closing: Vec<Closing>,
    /// Both vaults.
    pub vaults: Vec<Vault>,
    /// Insurance, 1e-6 quote.
    pub insurance_e6: i64,
    /// Trading fees not swept yet, 1e-6 quote.
    pub fees_e6: i64,
    /// The first invariant that does not hold, if any.
    pub broken: Option<String>,
}

impl Vault {
    /// Sum of the claims.
    #[must_use]
    pub fn claimed(&self) -> i128 {
        self.claims.iter().map(|(_, amount)| amount).sum()
    }

    /// Whether every unit is somebody's and none was made or lost on the way.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.balance == self.claimed() && self.balance == self.deposited - self.withdrawn
    }
}

impl Ending {
    /// Whether everything holds that must.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.broken.is_none() && self.vaults.iter().all(Vault::holds)
    }
}

/// Counts everything.
///
/// # Errors
/// An account does not decode, or a margin cannot be computed.
pub fn of(stage: &Stage) -> Result<Ending, Failure> {
    let books = invariants::books(&stage.world).map_err(Failure::of)?;
    let books = books.ok_or_else(|| Failure("there is no exchange".to_owned()))?;
    let closing = CAST.iter().map(|player| closing(stage, player)).collect::<Result<Vec<_>, _>>()?;
    Ok(Ending {
        vaults: vec![quote_vault(stage, &books), sol_vault(stage, &books)],
        closing,
        insurance_e6: books.exchange.insurance_e6,
        fees_e6: books.markets.iter().map(|market| market.fees_e6).sum(),
        broken: invariants::check(&stage.world).err().map(|broken| broken.to_string()),
    })
}

fn closing(stage: &Stage, player: &'static Player) -> Result<Closing, Failure> {
    let trader = stage.trader(player.who);
    let portfolio = stage.world.portfolio_of(&trader);
    let report = stage.margin(player.who)?;
    let started = i128::from(player.usdc) * 1_000_000
        + i128::from(player.sol) * 1_000_000_000 * i128::from(CALM[0].prices_e8[SOL]) / SOL_VALUE_SCALE;
    let withdrawn = i64::try_from(stage.world.wallet(&trader, "USDC")).unwrap_or(i64::MAX);
    Ok(Closing {
        player,
        started_e6: i64::try_from(started).unwrap_or(i64::MAX),
        withdrawn_e6: withdrawn,
        cash_e6: portfolio.cash_e6,
        sol: portfolio.collateral[0],
        options_e6: report.options_e6,
        ended_e6: report.equity_mark_e6.saturating_add(withdrawn),
    })
}

fn quote_vault(stage: &Stage, books: &Books) -> Vault {
    let claims = Claims::of(books);
    let mut all = of_portfolios(stage, books, |portfolio| i128::from(portfolio.cash_e6));
    all.push(("set aside for expiries not settled by all".to_owned(), claims.escrow_e6));
    all.push(("trading fees".to_owned(), claims.fees_e6));
    all.push(("insurance".to_owned(), claims.insurance_e6));
    for (what, missing) in
        [("open shortfall", claims.shortfall_e6), ("losses to collect", claims.uncollected_e6)]
    {
        if missing != 0 {
            all.push((what.to_owned(), -missing));
        }
    }
    vault(&stage.world, "USDC", |player| player.usdc, stage, all)
}

fn sol_vault(stage: &Stage, books: &Books) -> Vault {
    let all = of_portfolios(stage, books, |portfolio| i128::from(portfolio.collateral[0]));
    vault(&stage.world, "SOL", |player| player.sol, stage, all)
}

fn vault(
    world: &World,
    asset: &'static str,
    brought: impl Fn(&Player) -> u64,
    stage: &Stage,
    claims: Vec<(String, i128)>,
) -> Vault {
    let token = world.token(asset);
    let one = 10i128.pow(u32::from(token.decimals));
    let wallet = |player: &Player| i128::from(world.wallet(&stage.trader(player.who), asset));
    Vault {
        asset,
        decimals: token.decimals,
        address: ballast_sdk::pda::vault(&token.mint),
        deposited: CAST.iter().map(|player| i128::from(brought(player)) * one).sum(),
        withdrawn: CAST.iter().map(wallet).sum(),
        balance: i128::from(world.vault(asset)),
        claims,
    }
}

/// A claim a portfolio, by the name of its owner. Those nobody of the cast owns would show as their address.
fn of_portfolios(
    stage: &Stage,
    books: &Books,
    claim: impl Fn(&ballast::state::Portfolio) -> i128,
) -> Vec<(String, i128)> {
    let name = |address: &Pubkey| {
        let owner = CAST.iter().find(|player| stage.trader(player.who).portfolio() == *address);
        owner.map_or_else(|| address.to_string(), |player| player.name.to_owned())
    };
    let mut all: Vec<(String, i128)> =
        books.portfolios.iter().map(|(address, portfolio)| (name(address), claim(portfolio))).collect();
    let place = |name: &str| CAST.iter().position(|player| player.name == name).unwrap_or(CAST.len());
    all.sort_by_key(|(name, _)| place(name));
    all.retain(|(_, amount)| *amount != 0);
    all
}

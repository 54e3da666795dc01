//! Instructions out of actions: plain numbers become addresses and accounts of this world.

mod setup;
mod trading;

use crate::{
    action::{Action, Leg},
    house::{House, ACTORS},
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::state::{Exchange, Market, Portfolio};
use ballast_sdk::{
    account::decode_copy,
    instruction::{insurance, money, portfolio, settlement, BuildError},
    prices::PriceAccounts,
};
use std::fmt;

/// Why there is no instruction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotBuilt {
    /// A portfolio, market or listing that does not exist.
    Missing,
    /// The SDK refuses.
    Sdk(BuildError),
}

impl fmt::Display for NotBuilt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("what it names does not exist"),
            Self::Sdk(error) => error.fmt(f),
        }
    }
}

impl From<BuildError> for NotBuilt {
    fn from(error: BuildError) -> Self {
        Self::Sdk(error)
    }
}

/// Instructions of an action: one, or two where an account is created first.
pub type Built = Result<Vec<Instruction>, NotBuilt>;

impl House {
    /// The instructions of an action.
    ///
    /// # Errors
    /// [`NotBuilt`]: it names what does not exist, or the SDK refuses.
    pub fn build(&self, action: &Action) -> Built {
        let one = |instruction: Instruction| Ok(vec![instruction]);
        match action {
            Action::PortfolioOpen { .. } | Action::PortfolioClose { .. } | Action::DelegateSet { .. } => {
                one(self.build_portfolio(action))
            }
            Action::Deposit { .. } | Action::Withdraw { .. } | Action::FeesSweep { .. } => {
                one(self.build_money(action)?)
            }
            Action::StakeOpen { .. }
            | Action::StakeClose { .. }
            | Action::InsuranceStake { .. }
            | Action::InsuranceUnstake { .. }
            | Action::InsuranceClaim { .. } => one(self.build_insurance(action)),
            Action::SettlementSample { .. }
            | Action::SettlementFinalize { .. }
            | Action::SettlementDecide { .. }
            | Action::SettlePortfolio { .. } => one(self.build_settlement(action)?),
            Action::ExchangeInit
            | Action::CollateralAdd { .. }
            | Action::MarketInit { .. }
            | Action::VolatilityFeedInit { .. }
            | Action::ExpiryList { .. }
            | Action::StrikeList { .. }
            | Action::GateSet { .. }
            | Action::Pause { .. }
            | Action::Unpause { .. } => self.build_setup(action),
            _ => one(self.build_risk(action)?),
        }
    }

    pub(crate) fn exchange(&self) -> Box<Exchange> {
        self.world.exchange()
    }

    pub(crate) fn price_accounts(&self) -> PriceAccounts {
        self.world.price_accounts()
    }

    /// A portfolio, if it is open.
    pub fn portfolio(&self, book: u8) -> Result<Box<Portfolio>, NotBuilt> {
        self.portfolio_at(&self.trader(book).portfolio())
    }

    /// The portfolio at an address, if there is one.
    pub fn portfolio_at(&self, address: &Pubkey) -> Result<Box<Portfolio>, NotBuilt> {
        let account = self.world.vm.shared(address).ok_or(NotBuilt::Missing)?;
        decode_copy(solana_account::ReadableAccount::data(&account)).map_err(|_| NotBuilt::Missing)
    }

    /// Id of a market, modulo those listed.
    pub(crate) fn market_id(&self, market: u8) -> u8 {
        market % u8::try_from(self.world.markets.len().max(1)).unwrap_or(1)
    }

    pub(crate) fn series(&self, leg: &Leg) -> ballast::instructions::Leg {
        ballast::instructions::Leg {
            market: self.market_id(leg.market),
            expiry_slot: leg.expiry,
            strike_slot: leg.strike,
            is_put: leg.put,
            qty_e6: leg.qty,
        }
    }

    fn build_portfolio(&self, action: &Action) -> Instruction {
        match action {
            Action::PortfolioOpen { book, isolated } => {
                let trader = self.trader(*book);
                let mode = match isolated {
                    Some(market) => portfolio::Mode::Isolated(self.market_id(*market)),
                    None => portfolio::Mode::Cross,
                };
                portfolio::portfolio_open(&trader.pubkey(), &trader.pubkey(), trader.index, mode)
            }
            Action::DelegateSet { book, actor, at } => {
                let (trader, delegate) = (self.trader(*book), self.key(*actor));
                portfolio::delegate_set(&trader.pubkey(), trader.index, &delegate, self.moment(*at))
            }
            Action::PortfolioClose { book } => {
                let trader = self.trader(*book);
                portfolio::portfolio_close(&trader.pubkey(), trader.index)
            }
            other => unreachable!("{} is no action of a portfolio", other.name()),
        }
    }

    fn build_money(&self, action: &Action) -> Result<Instruction, NotBuilt> {
        let exchange = self.exchange();
        Ok(match action {
            Action::Deposit { actor, book, asset, amount } => {
                let (depositor, token) = (self.key(*actor), self.token(*asset));
                let (book, source) = (self.trader(*book).portfolio(), token.account_of(&depositor));
                money::deposit(&exchange, &depositor, &book, &token.mint, &source, *amount)?
            }
            Action::Withdraw { book, asset, amount } => {
                let (held, token) = (self.portfolio(*book)?, self.token(*asset));
                let (prices, wallet) = (self.price_accounts(), token.account_of(&held.owner));
                money::withdraw(&exchange, &held, &prices, &token.mint, &wallet, *amount)?
            }
            Action::FeesSweep { market } => money::fees_sweep(&exchange, self.market_id(*market))?,
            other => unreachable!("{} moves no money", other.name()),
        })
    }

    fn build_insurance(&self, action: &Action) -> Instruction {
        let wallet = |actor: u8| self.token(0).account_of(&self.key(actor));
        match action {
            Action::StakeOpen { actor } => insurance::stake_open(&self.key(*actor), &self.key(*actor)),
            Action::StakeClose { actor } => insurance::stake_close(&self.key(*actor)),
            Action::InsuranceStake { actor, amount } => {
                insurance::insurance_stake(&self.exchange(), &self.key(*actor), &wallet(*actor), *amount)
            }
            Action::InsuranceUnstake { actor, shares } => {
                insurance::insurance_unstake(&self.key(*actor), *shares)
            }
            Action::InsuranceClaim { actor, shares } => {
                insurance::insurance_claim(&self.exchange(), &self.key(*actor), &wallet(*actor), *shares)
            }
            other => unreachable!("{} is no action of the insurance fund", other.name()),
        }
    }

    fn build_settlement(&self, action: &Action) -> Result<Instruction, NotBuilt> {
        let exchange = self.exchange();
        Ok(match action {
            Action::SettlementSample { market, expiry } => {
                let id = self.market_id(*market);
                settlement::settlement_sample(&exchange, id, *expiry, &self.price_accounts())?
            }
            Action::SettlementFinalize { market, expiry, shown } => {
                let id = self.market_id(*market);
                let feed_id = &exchange.market_feeds[usize::from(id)];
                let first = if *shown { Some(self.price_accounts().get(feed_id)?) } else { None };
                settlement::settlement_finalize(&exchange, id, *expiry, first)?
            }
            Action::SettlementDecide { market, expiry, price } => {
                settlement::settlement_decide(&exchange, self.market_id(*market), *expiry, *price)?
            }
            Action::SettlePortfolio { book } => {
                let held = self.portfolio(*book)?;
                let ids = 0..self.market_id(u8::MAX).max(u8::try_from(self.world.markets.len()).unwrap_or(0));
                let mut markets: Vec<Box<Market>> = Vec::new();
                for id in ids.filter(|id| !held.lines_of(*id).is_empty()) {
                    markets.push(self.world.market(id));
                }
                settlement::settle_portfolio(&exchange, &held, markets.iter().map(Box::as_ref))?
            }
            other => unreachable!("{} settles nothing", other.name()),
        })
    }

    /// An actor other than the portfolio's owner where there is a choice.
    pub(crate) fn actor(&self, actor: u8) -> u8 {
        actor % ACTORS
    }
}

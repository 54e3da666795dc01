//! One side of a trade: the portfolio as it was and as it is, and whether what became of it stands.

use crate::{
    adapters::{oracle::Action, valuation::Valuation},
    constants::GATE_TRADE,
    error::BallastError,
    state::{Exchange, Portfolio, MODE_ISOLATED},
};
use anchor_lang::prelude::*;
use ballast_risk::{room::quantity_bound_e6, InitialVerdict, MarginReport, Scratch};
use core::cell::RefMut;

use super::Leg;

/// Maker or taker: the name a refusal carries, and the refusal of being under initial margin.
#[derive(Clone, Copy)]
pub(super) struct Role {
    pub name: &'static str,
    pub under_margin: BallastError,
}

pub(super) const MAKER: Role = Role { name: "maker", under_margin: BallastError::MakerInitialMargin };
pub(super) const TAKER: Role = Role { name: "taker", under_margin: BallastError::TakerInitialMargin };

/// One side of a trade.
pub(super) struct Side<'a> {
    role: Role,
    /// The portfolio as it was. It is valued only if the trade does not stand by what it leaves.
    before: Box<Portfolio>,
    /// The portfolio as it is.
    pub portfolio: RefMut<'a, Portfolio>,
}

impl<'a> Side<'a> {
    /// Borrows the portfolio and keeps a copy of it.
    pub fn open(role: Role, account: &'a AccountLoader<Portfolio>) -> Result<Self> {
        let portfolio = account.load_mut()?;
        let mut before: Box<Portfolio> = bytemuck::allocation::zeroed_box();
        bytemuck::bytes_of_mut(&mut *before).copy_from_slice(bytemuck::bytes_of(&*portfolio));
        Ok(Self { role, before, portfolio })
    }

    /// Whether this side may enter the trade at all. Errors: [`BallastError::NotOwnerOrDelegate`],
    /// [`BallastError::Frozen`], [`BallastError::Sequence`], [`BallastError::IsolatedMarket`].
    pub fn validate(&self, signer: &Pubkey, sequence: Option<u64>, legs: &[Leg], now: i64) -> Result<()> {
        let portfolio = &*self.portfolio;
        let isolated = portfolio.mode == MODE_ISOLATED;
        let outside = |leg: &Leg| leg.market != portfolio.isolated_market;
        if !portfolio.may_trade(signer, now) {
            return Err(self.refusal(BallastError::NotOwnerOrDelegate));
        }
        if portfolio.is_frozen() {
            return Err(self.refusal(BallastError::Frozen));
        }
        if sequence.is_some_and(|expected| expected != portfolio.sequence) {
            return Err(self.refusal(BallastError::Sequence));
        }
        if isolated && legs.iter().any(outside) {
            return Err(self.refusal(BallastError::IsolatedMarket));
        }
        Ok(())
    }

    /// Judges what the trade left of this side and keeps the report. It stands if the side is left without lines and
    /// debt, so that it can come to owe nothing; if it may increase risk and is at or above initial margin without
    /// debt; or else if the trade strictly reduced its risk.
    pub fn conclude(
        &mut self,
        exchange: &Exchange,
        valuation: &Valuation,
        scratch: &mut Scratch,
        clock: &Clock,
    ) -> Result<MarginReport> {
        self.portfolio.require_underlyings_fit(exchange)?;
        let after = valuation.report(exchange, &self.portfolio, scratch)?;
        let most_e6 = quantity_bound_e6(scratch.underlyings());
        if !self.portfolio.is_debt_free() {
            if let Err(refusal) = self.may_increase_risk(exchange, valuation, clock, (&after, most_e6)) {
                self.require_reduced(exchange, valuation, scratch, &after, refusal)?;
            }
        }
        self.portfolio.bump_sequence()?;
        self.portfolio.store_report(after, clock);
        Ok(after)
    }

    /// Errors: [`BallastError::GateClosed`], a price or volatility that is no ground for new risk,
    /// [`BallastError::MakerInitialMargin`] or [`BallastError::TakerInitialMargin`], [`BallastError::CashBelowZero`],
    /// [`BallastError::BookTooLarge`].
    fn may_increase_risk(
        &self,
        exchange: &Exchange,
        valuation: &Valuation,
        clock: &Clock,
        (after, most_e6): (&MarginReport, u64),
    ) -> Result<()> {
        exchange
            .require_open(GATE_TRADE, clock.unix_timestamp)
            .map_err(|_| self.refusal(BallastError::GateClosed))?;
        match after.initial_verdict() {
            InitialVerdict::Accepted { .. } => {}
            InitialVerdict::Rejected { needed_e6, have_e6 } => {
                return Err(self.refusal(self.role.under_margin).with_values((needed_e6, have_e6)));
            }
            InitialVerdict::Debt { cash_e6 } => {
                return Err(self.refusal(BallastError::CashBelowZero).with_values((0, cash_e6)));
            }
        }
        valuation.require_room(&self.portfolio, most_e6).map_err(|refusal| self.named(refusal))?;
        valuation.require(exchange, &self.portfolio, Action::IncreaseRisk)
    }

    /// Passes a side whose excess over initial margin did not fall and no add-on of which grew, at prices that serve
    /// for reducing. The open interest of the markets is the one after the trade in both valuations: a side that
    /// halves its position is not refused because the other side's closing made its share larger.
    #[inline(never)]
    fn require_reduced(
        &self,
        exchange: &Exchange,
        valuation: &Valuation,
        scratch: &mut Scratch,
        after: &MarginReport,
        refusal: Error,
    ) -> Result<()> {
        let before = valuation.report(exchange, &self.before, scratch)?;
        if !after.reduces_risk_from(&before) {
            return Err(refusal);
        }
        // Lines that are worth nothing and need nothing would pass for reducing.
        let fits = valuation.require_room_or_smaller(&self.before, &self.portfolio);
        fits.map_err(|refusal| self.named(refusal))?;
        valuation.require(exchange, &self.before, Action::ReduceRisk)?;
        valuation.require(exchange, &self.portfolio, Action::ReduceRisk)
    }

    fn refusal(&self, reason: BallastError) -> Error {
        self.named(error!(reason))
    }

    fn named(&self, refusal: Error) -> Error {
        refusal.with_account_name(self.role.name)
    }
}

//! A portfolio: cash, collateral and option lines of one owner, margined together.

use crate::{
    constants::{COLLATERALS, LINES, UNDERLYINGS},
    error::BallastError,
    state::{CashMoved, Exchange, ReportRecord, WithdrawalAllowance},
};
use anchor_lang::prelude::*;
use ballast_risk::losses::CashIndex;
use core::mem::{align_of, offset_of, size_of};

/// [`Portfolio::mode`]: every market, margined across all.
pub const MODE_CROSS: u8 = 0;
/// [`Portfolio::mode`]: one market only, chosen when the portfolio is opened.
pub const MODE_ISOLATED: u8 = 1;

/// Net calls and net puts of one strike of one expiry. Never empty: a line with nothing in it is removed.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PositionLine {
    /// Market id.
    pub market: u8,
    /// Index into the market's expiries.
    pub expiry_slot: u8,
    /// Index into the expiry's strikes.
    pub strike_slot: u8,
    /// Zero.
    pub padding: u8,
    /// Expiry, unix seconds: the slot's own at the time of the trade, and still.
    pub expiry_ts: u32,
    /// Net calls, 1e-6 unit, short below zero.
    pub calls_e6: i64,
    /// Net puts, 1e-6 unit, short below zero.
    pub puts_e6: i64,
}

/// State of a liquidation. Writer: liquidation.
#[zero_copy]
#[derive(Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Liquidation {
    /// Time of the flag, unix seconds; 0 while not flagged. The auction's discount counts from here.
    pub flagged_at: i64,
    /// Slot of the flag.
    pub flagged_slot: u64,
    /// Slices taken since the flag.
    pub slices: u64,
    /// Who flagged.
    pub flagged_by: Pubkey,
    /// Zero.
    pub reserved: [u8; 8],
}

/// A portfolio. PDA `["portfolio", owner, index as little-endian u16]`.
#[account(zero_copy)]
#[derive(Debug)]
#[repr(C)]
pub struct Portfolio {
    /// Layout version.
    pub version: u8,
    /// Bump of this account.
    pub bump: u8,
    /// Index among the owner's portfolios.
    pub index: u16,
    /// [`MODE_CROSS`] or [`MODE_ISOLATED`].
    pub mode: u8,
    /// Market id of an isolated portfolio.
    pub isolated_market: u8,
    /// 1 while a liquidation is live: only deposits and liquidation act on the portfolio. Writer: liquidation.
    pub frozen: u8,
    /// Lines in use: `lines[..line_count]`.
    pub line_count: u8,
    /// Owner: trades, withdraws, names the delegate.
    pub owner: Pubkey,
    /// Delegate: trades, never withdraws. Writer: `delegate_set`.
    pub delegate: Pubkey,
    /// Time the delegate lapses, unix seconds.
    pub delegate_until: i64,
    /// Counts changes of the portfolio by its owner's instructions and by liquidation. Starts at the slot of opening
    /// times 65,536, so that a portfolio that was closed and opened again does not repeat itself.
    pub sequence: u64,
    /// Cash at the index of `cash_index_e12`, 1e-6 quote; below zero it is a debt. What it is worth at another says
    /// [`Portfolio::cash_at`]. Writer: [`Portfolio::add_cash`].
    pub cash_e6: i64,
    /// Time the cash went below zero, unix seconds; 0 while it is not. Writer: [`Portfolio::add_cash`].
    pub debt_since: i64,
    /// Collateral by asset index, token base units.
    pub collateral: [u64; COLLATERALS],
    /// Withdrawals of the last hour.
    pub withdrawn: WithdrawalAllowance,
    /// Liquidation state.
    pub liquidation: Liquidation,
    /// Last margin report. Writer: [`Portfolio::store_report`].
    pub report: ReportRecord,
    /// Time of the report, unix seconds.
    pub report_time: i64,
    /// Slot of the report.
    pub report_slot: u64,
    /// Lines, sorted by (market, expiry, strike price).
    pub lines: [PositionLine; LINES],
    /// The exchange's cash index when the cash was last written, 1e-12; 0 stands for 1.
    pub cash_index_e12: u64,
    /// The generation of that index.
    pub cash_generation: u64,
    /// Zero.
    pub reserved: [u8; 240],
}

const _: () = {
    assert!(size_of::<PositionLine>() == 24);
    assert!(size_of::<Liquidation>() == 64);
    assert!(size_of::<Portfolio>() == 2_344);
    assert!(size_of::<Portfolio>() + 8 <= 3_072);
    assert!(align_of::<Portfolio>() == 8);
    assert!(offset_of!(Portfolio, version) == 0 && offset_of!(Portfolio, bump) == 1);
    assert!(offset_of!(Portfolio, frozen) == 6 && offset_of!(Portfolio, line_count) == 7);
    assert!(offset_of!(Portfolio, owner) == 8);
    assert!(offset_of!(Portfolio, cash_e6) == 88);
    assert!(offset_of!(Portfolio, lines) == 552);
};

impl PositionLine {
    /// Whether the line holds nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.calls_e6 == 0 && self.puts_e6 == 0
    }

    /// Calls and puts together, long or short, 1e-6 unit.
    #[must_use]
    pub fn gross_e6(&self) -> u64 {
        self.calls_e6.unsigned_abs().saturating_add(self.puts_e6.unsigned_abs())
    }
}

impl Portfolio {
    /// Whether a liquidation is live.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.frozen != 0
    }

    /// Whether `signer` may trade for the portfolio at `now`: the owner, or a delegate that has not lapsed.
    #[must_use]
    pub fn may_trade(&self, signer: &Pubkey, now: i64) -> bool {
        *signer == self.owner
            || (*signer == self.delegate && self.delegate != Pubkey::default() && now < self.delegate_until)
    }

    /// Whether the portfolio owes nothing and can come to owe nothing: no lines, no debt. All it has are assets.
    #[must_use]
    pub fn is_debt_free(&self) -> bool {
        self.line_count == 0 && self.cash_e6 >= 0
    }

    /// Whether the portfolio has anything but cash: lines or collateral.
    #[must_use]
    pub fn has_assets(&self) -> bool {
        self.line_count > 0 || self.collateral.iter().any(|amount| *amount > 0)
    }

    /// Whether there is nothing in the portfolio.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cash_e6 == 0 && !self.has_assets()
    }

    /// Quantity of all lines, calls and puts, long and short, 1e-6 unit. 64 lines of twice 2^50 stay below 2^57.
    #[must_use]
    pub fn gross_e6(&self) -> u64 {
        self.held_lines().iter().fold(0, |sum, line| sum.saturating_add(line.gross_e6()))
    }

    /// What the cash is worth at an index, 1e-6 quote: less what the portfolio has to bear of losses shared since it was
    /// last written.
    #[must_use]
    pub fn cash_at(&self, index: &CashIndex) -> i64 {
        let then = CashIndex { index_e12: self.cash_index_e12, generation: self.cash_generation };
        index.worth_e6(self.cash_e6, &then)
    }

    /// Writes the cash as it is at an index: what it bears of losses shared meanwhile is collected.
    pub fn share_losses(&mut self, index: &CashIndex) -> CashMoved {
        let cash_e6 = self.cash_at(index);
        let collected_e6 = self.cash_e6.saturating_sub(cash_e6);
        self.cash_e6 = cash_e6;
        self.cash_index_e12 = index.index_e12;
        self.cash_generation = index.generation;
        CashMoved { debts_e6: 0, collected_e6 }
    }

    /// Adds to the cash (or takes from it) at an index, and keeps the time since when it is a debt. Errors:
    /// [`BallastError::Overflow`].
    pub fn add_cash(&mut self, change_e6: i64, index: &CashIndex, now: i64) -> Result<CashMoved> {
        let mut moved = self.share_losses(index);
        let owed_e6 = self.cash_e6.min(0);
        let cash_e6 = self.cash_e6.checked_add(change_e6).ok_or_else(|| error!(BallastError::Overflow))?;
        moved.debts_e6 = owed_e6.saturating_sub(cash_e6.min(0));
        self.cash_e6 = cash_e6;
        if cash_e6 >= 0 {
            self.debt_since = 0;
        } else if self.debt_since == 0 {
            self.debt_since = now;
        }
        Ok(moved)
    }

    /// Keeps the last report with its time.
    pub fn store_report(&mut self, report: ballast_risk::MarginReport, clock: &Clock) {
        self.report = report.into();
        self.report_time = clock.unix_timestamp;
        self.report_slot = clock.slot;
    }

    /// Leaves no report: the last one is of a book that is no more, and this one was not valued whole.
    pub fn forget_report(&mut self) {
        self.report = bytemuck::Zeroable::zeroed();
        self.report_time = 0;
        self.report_slot = 0;
    }

    /// Counts one more change. Errors: [`BallastError::Overflow`].
    pub fn bump_sequence(&mut self) -> Result<()> {
        self.sequence = self.sequence.checked_add(1).ok_or_else(|| error!(BallastError::Overflow))?;
        Ok(())
    }

    /// Markets whose account a valuation needs, as bits by market id: those of the lines and those that are the
    /// underlying of a collateral held.
    #[must_use]
    pub fn market_bits(&self, exchange: &Exchange) -> u16 {
        self.line_market_bits() | self.collateral_market_bits(exchange)
    }

    /// Bits of the markets that are the underlying of a collateral held.
    #[must_use]
    pub fn collateral_market_bits(&self, exchange: &Exchange) -> u16 {
        let mut bits = 0;
        for (asset, amount) in exchange.collaterals.iter().zip(&self.collateral) {
            if *amount > 0 {
                bits |= asset.market().map_or(0, market_bit);
            }
        }
        bits
    }

    /// Refuses more underlyings than the engine takes. A collateral without a market counts as an underlying of its
    /// own, because a market may be listed for it later: no later listing can make the portfolio too large to value.
    /// Errors: [`BallastError::TooManyUnderlyings`].
    pub fn require_underlyings_fit(&self, exchange: &Exchange) -> Result<()> {
        let held = exchange.collaterals.iter().zip(&self.collateral).filter(|(_, amount)| **amount > 0);
        let unlinked = held.filter(|(asset, _)| asset.market().is_none()).count();
        let listed = usize::try_from(self.market_bits(exchange).count_ones()).unwrap_or(usize::MAX);
        require!(listed.saturating_add(unlinked) <= UNDERLYINGS, BallastError::TooManyUnderlyings);
        Ok(())
    }

    /// The lines of each market that has some, ascending by id, jumping from market to market: the lines are sorted.
    pub fn lines_by_market(&self) -> impl Iterator<Item = (u8, &[PositionLine])> {
        let mut rest = self.held_lines();
        core::iter::from_fn(move || {
            let market = rest.first()?.market;
            let (lines, after) = rest.split_at_checked(rest.partition_point(|line| line.market <= market))?;
            rest = after;
            Some((market, lines))
        })
    }

    /// Bits of the markets of the lines.
    fn line_market_bits(&self) -> u16 {
        self.lines_by_market().fold(0, |bits, (market, _)| bits | market_bit(market))
    }
}

/// The bit of a market id; none for an id that cannot be.
fn market_bit(id: u8) -> u16 {
    1u16.checked_shl(u32::from(id)).unwrap_or(0)
}

const _: () = assert!(crate::constants::MARKETS == 16, "a market id is a bit of a u16");

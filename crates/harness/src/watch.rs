//! What is watched around each transaction: that a failed one changes nothing, that who had to hold margin holds it,
//! that nobody is flagged in good health or taken from past the exit test, that reports are in order and the SDK's, byte
//! for byte, and that settlement prices are what their samples make them.

mod duty;
#[cfg(test)]
mod scene;
mod settlement;
mod shape;
#[cfg(test)]
mod tests;

use crate::{
    invariants::{self, broken, Broken, ATOMICITY, INV_4, INV_5, INV_8, INV_9},
    tally::{Tally, OF_A_MOMENT},
    world::{Sent, World},
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction, Discriminator};
use ballast::{
    constants::{PYTH_RECEIVER, PYTH_RECEIVER_PRO},
    instruction::LiquidateSlice,
    state::{Exchange, Market, Portfolio},
};
use ballast_risk::{MarginReport, Scratch};
use ballast_sdk::{
    account::{self, Stored},
    pda,
    snapshot::Snapshot,
};
use duty::{check_flagged, check_in_liquidation, check_initial_margin, duties, Duty};
use settlement::{settlement_prices, At, Sample};
use shape::Assessed;
use solana_account::{AccountSharedData, ReadableAccount};
use std::collections::BTreeMap;

/// Offset of the feed id in a price update that is fully verified.
const FEED_ID_OFFSET: usize = 41;

/// What is remembered between transactions.
#[derive(Clone)]
pub(crate) struct Watch {
    pub on: bool,
    pub tally: Tally,
    /// Settlement prices seen, by market and expiry.
    settled: BTreeMap<At, u64>,
    /// Samples of settlement windows.
    samples: BTreeMap<At, Vec<Sample>>,
    /// The most positive cash there was of all portfolios, 1e-6 quote: shared losses are rounded by a part of it.
    pub most_cash_e6: i128,
}

impl Default for Watch {
    fn default() -> Self {
        Self {
            on: true,
            tally: Tally::default(),
            settled: BTreeMap::new(),
            samples: BTreeMap::new(),
            most_cash_e6: 0,
        }
    }
}

/// The program's accounts and vaults before a transaction, and what the transaction asks for.
pub(crate) struct Before {
    accounts: BTreeMap<Pubkey, AccountSharedData>,
    /// The last instruction of the program: what the transaction leaves is what this one left.
    last: Option<Instruction>,
    /// Whether it is the program's only one: then what was before the transaction was before it.
    alone: bool,
}

impl Before {
    /// An account as it was.
    fn stored<T: Stored>(&self, address: &Pubkey) -> Option<Box<T>> {
        account::decode_copy(self.accounts.get(address)?.data()).ok()
    }

    /// Exchange and markets as they were; none while there was no exchange.
    fn unpriced_snapshot(&self, now: i64) -> Option<Snapshot> {
        let exchange = self.stored::<Exchange>(&pda::exchange())?;
        let all = self.accounts.values().map(ReadableAccount::data);
        let markets: Vec<Box<Market>> = all
            .filter(|data| account::is::<Market>(data))
            .filter_map(|data| account::decode_copy(data).ok())
            .collect();
        Some(Snapshot::new(&exchange, markets.iter().map(Box::as_ref), now))
    }
}

impl World {
    pub(crate) fn watch_before(&self, instructions: &[Instruction]) -> Option<Before> {
        if !self.watch.on {
            return None;
        }
        let ours = || instructions.iter().filter(|instruction| instruction.program_id == ballast::ID);
        let (last, alone) = (ours().next_back().cloned(), ours().count() == 1);
        Some(Before { accounts: self.program_state(), last, alone })
    }

    pub(crate) fn watch_after(&mut self, before: Option<Before>, sent: &Sent) -> Result<(), Broken> {
        if let Ok(outcome) = sent {
            self.watch.keep_samples(&outcome.events);
        }
        let Some(before) = before else { return Ok(()) };
        let Ok(outcome) = sent else {
            self.check_unchanged(&before)?;
            self.watch.tally.held(&[ATOMICITY]);
            return Ok(());
        };
        if let Some(books) = invariants::books(self)? {
            self.watch.most_cash_e6 = self.watch.most_cash_e6.max(invariants::positive_cash_e6(&books));
            invariants::check_books_since(&books, self.watch.most_cash_e6)?;
            self.watch.check_settlement_prices(&books)?;
            self.watch.check_settlements(&books, &outcome.events, self.vm.now())?;
            self.watch.settled.extend(settlement_prices(&books));
        }
        self.watch.tally.held(&OF_A_MOMENT);
        if let Some(instruction) = &before.last {
            let held = self.check_duties(instruction, &before)?;
            self.watch.tally.held(&held);
        }
        Ok(())
    }

    /// Every account of the program and every vault.
    fn program_state(&self) -> BTreeMap<Pubkey, AccountSharedData> {
        let mut state = self.vm.accounts_of(&ballast::ID);
        let assets = self.collaterals.iter().map(|collateral| collateral.token.mint).chain([self.quote.mint]);
        for vault in assets.map(|mint| ballast_sdk::pda::vault(&mint)) {
            state.extend(self.vm.shared(&vault).map(|account| (vault, account)));
        }
        state
    }

    fn check_unchanged(&self, before: &Before) -> Result<(), Broken> {
        let after = self.program_state();
        let changed = before.accounts.iter().find(|(address, account)| after.get(*address) != Some(*account));
        let created = after.keys().find(|address| !before.accounts.contains_key(*address));
        match changed.map(|(address, _)| address).or(created) {
            Some(address) => Err(broken(ATOMICITY, format!("account {address} changed"))),
            None => Ok(()),
        }
    }

    /// INV-4, INV-5, INV-8 and INV-9 for the portfolios that the last instruction reported on. Returns those that were
    /// checked.
    fn check_duties(&self, instruction: &Instruction, before: &Before) -> Result<Vec<&'static str>, Broken> {
        let (duties, mut held) = (duties(&instruction.data), Vec::new());
        if duties.is_empty() {
            return Ok(held);
        }
        let snapshot = self.priced_by(instruction, self.unpriced_snapshot());
        for (place, duty) in duties {
            let address = instruction.accounts[*place].pubkey;
            let portfolio = self.portfolio(&address);
            if *duty == Duty::InitialMarginIfOwing && portfolio.is_debt_free() {
                continue;
            }
            let report = assessed(&snapshot, &portfolio, &address)?;
            held.push(INV_8);
            // A slice of a large book leaves no report; what it must leave is checked all the same.
            if !(portfolio.report_time == 0 && instruction.data.starts_with(LiquidateSlice::DISCRIMINATOR)) {
                check_equal(&report, &portfolio, &address)?;
                held.push(INV_9);
            }
            let valued = Valued { address: &address, portfolio: &portfolio, report: &report };
            let checked = self.check_duty(*duty, &valued, &snapshot, (instruction, before));
            held.extend(checked.map_err(|found| Broken {
                found: format!("portfolio {address}: {}", found.found),
                ..found
            })?);
        }
        Ok(held)
    }

    /// One duty beside the report's being right. Returns the invariant that was checked, if one was: what the last of
    /// several instructions found when it began is not to be seen.
    fn check_duty(
        &self,
        duty: Duty,
        left: &Valued,
        snapshot: &Snapshot,
        (instruction, before): (&Instruction, &Before),
    ) -> Result<Option<&'static str>, Broken> {
        match duty {
            Duty::Reported => Ok(None),
            Duty::InitialMargin | Duty::InitialMarginIfOwing => {
                check_initial_margin(left.report, None).map(|()| Some(INV_4))
            }
            Duty::InitialMarginOrLessRisk if left.portfolio.is_debt_free() => Ok(Some(INV_4)),
            Duty::InitialMarginOrLessRisk if !before.alone => {
                // Who is short of it may have less risk than the instruction found.
                Ok(check_initial_margin(left.report, None).is_ok().then_some(INV_4))
            }
            Duty::InitialMarginOrLessRisk => {
                // The open interest is the one afterwards in both, as the program has it.
                let was = before.stored::<Portfolio>(left.address).and_then(|was| snapshot.margin(&was).ok());
                check_initial_margin(left.report, was.as_ref()).map(|()| Some(INV_4))
            }
            Duty::WasLiquidatable => check_flagged(left.report, left.portfolio).map(|()| Some(INV_5)),
            Duty::WasInLiquidation if !before.alone => Ok(None),
            Duty::WasInLiquidation => {
                // What was taken changed the open interest: here everything is as it was.
                let then =
                    before.unpriced_snapshot(self.vm.now()).map(|then| self.priced_by(instruction, then));
                let was = before.stored::<Portfolio>(left.address);
                let (Some(was), Some(then)) = (was, then) else {
                    return Err(broken(INV_5, "taken from, and it was not there"));
                };
                check_in_liquidation(&was, &assessed(&then, &was, left.address)?).map(|()| Some(INV_5))
            }
        }
    }

    /// An exchange at the prices the instruction brought.
    fn priced_by(&self, instruction: &Instruction, mut snapshot: Snapshot) -> Snapshot {
        for meta in &instruction.accounts {
            let Some(account) = self.vm.account(&meta.pubkey) else { continue };
            if account.owner != PYTH_RECEIVER && account.owner != PYTH_RECEIVER_PRO {
                continue;
            }
            let feed = account.data.get(FEED_ID_OFFSET..).and_then(|rest| rest.first_chunk::<32>());
            if let Some(feed_id) = feed {
                // What is no price was refused by the program already.
                let _ = snapshot.set_price_update(feed_id, &account.data);
            }
        }
        snapshot
    }
}

/// A portfolio with its report.
struct Valued<'a> {
    address: &'a Pubkey,
    portfolio: &'a Portfolio,
    report: &'a MarginReport,
}

/// The SDK's report, of which INV-8 was checked.
fn assessed(snapshot: &Snapshot, portfolio: &Portfolio, address: &Pubkey) -> Result<MarginReport, Broken> {
    let mut scratch: Box<Scratch> = bytemuck::zeroed_box();
    let report = snapshot
        .margin_in(&mut scratch, portfolio)
        .map_err(|refusal| broken(INV_9, format!("the SDK cannot value {address}: {refusal}")))?;
    let bits = portfolio.market_bits(snapshot.exchange());
    let (all, count) = (scratch.underlyings(), usize::try_from(bits.count_ones()).unwrap_or(0));
    let (underlyings, groups) = (all.get(..count).unwrap_or(all), &snapshot.exchange().groups);
    shape::check(&Assessed { report: &report, underlyings, groups }).map(|()| report)
}

/// INV-9 for one portfolio.
fn check_equal(report: &MarginReport, portfolio: &Portfolio, address: &Pubkey) -> Result<(), Broken> {
    let stored = portfolio.report.engine();
    if bytemuck::bytes_of(stored) == bytemuck::bytes_of(report) {
        return Ok(());
    }
    Err(broken(INV_9, format!("portfolio {address}: the program says {stored:?}, the SDK {report:?}")))
}

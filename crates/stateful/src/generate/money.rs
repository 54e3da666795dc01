//! Money in and out, and stakes in the insurance fund.

use super::{sight::Sight, Generator};
use crate::{
    action::Action,
    house::{ACTORS, BOOKS},
    script::Step,
};
use ballast::{
    constants::STAKE_CLAIM_SECS,
    state::{InsuranceStake, Portfolio},
};
use ballast_sdk::{account::decode_copy, pda, search::Asset};
use solana_account::ReadableAccount;

impl Generator {
    pub(super) fn plan_deposit(&mut self, sight: &Sight) {
        let actor = self.small(0, ACTORS - 1);
        let own = if self.choice.one_in(3) { actor + ACTORS } else { actor };
        let stranger = self.small(0, BOOKS - 1);
        let book = if self.choice.one_in(6) { stranger } else { own };
        if sight.book(book).is_none() && !self.choice.one_in(4) {
            let isolated = if self.choice.one_in(2) { Some(self.small(0, 3)) } else { None };
            self.ask(Action::PortfolioOpen { book, isolated });
        }
        let asset = if self.choice.one_in(6) { self.small(1, 4) } else { 0 };
        let mut amount = self.amount();
        if asset == 1 {
            // Nine decimals, not six.
            amount = amount.saturating_mul(20);
        }
        self.ask(Action::Deposit { actor, book, asset, amount });
    }

    pub(super) fn plan_withdrawal(&mut self, sight: &Sight) {
        if let Some(action) = self.withdrawal(sight) {
            self.ask(action);
        }
    }

    /// A portfolio takes out what it may: after that any move hurts.
    pub(super) fn strain(&mut self, sight: &Sight, book: u8) {
        let Some(held) = sight.book(book) else { return };
        let most = sight.house.world.snapshot().max_withdraw(held, Asset::Quote).unwrap_or(0);
        if most > 0 {
            self.ask(Action::Withdraw { book, asset: 0, amount: most });
        }
    }

    pub(super) fn withdrawal(&mut self, sight: &Sight) -> Option<Action> {
        let owing = self.choice.one_in(2);
        let fits = |held: &Portfolio| held.has_assets() == owing && held.cash_e6 > 0;
        let book = sight.some(&mut self.choice, fits).or_else(|| sight.any(&mut self.choice))?;
        let held = sight.book(book)?;
        let mut assets: Vec<u8> = vec![0];
        assets
            .extend((1u8..).zip(&held.collateral).filter(|(_, amount)| **amount > 0).map(|(asset, _)| asset));
        let asset = self.pick(assets)?;
        let all = match asset {
            0 => u64::try_from(held.cash_e6).unwrap_or(0),
            _ => held.collateral[usize::from(asset) - 1],
        };
        let amount = match self.choice.count(0, 9) {
            0 => self.amount(),
            1 => all,
            2 => all.saturating_add(1),
            3..6 => {
                let which = if asset == 0 { Asset::Quote } else { Asset::Collateral(usize::from(asset) - 1) };
                let most = sight.house.world.snapshot().max_withdraw(held, which).unwrap_or(all);
                match self.choice.count(0, 3) {
                    0 => most.saturating_add(1),
                    1 => most.saturating_sub(1),
                    _ => most,
                }
            }
            _ => all / self.choice.octaves(2, 1_000),
        };
        Some(Action::Withdraw { book, asset, amount })
    }

    pub(super) fn plan_insurance(&mut self, sight: &Sight) {
        let actor = self.small(0, ACTORS - 1);
        let stake = stake_of(sight, actor);
        if let Some(stake) = stake.filter(|stake| stake.leaving_shares > 0) {
            let due = stake.claimable_at - sight.now;
            let in_time = (-STAKE_CLAIM_SECS..=0).contains(&due);
            if in_time || self.choice.one_in(6) {
                if due > 0 && self.choice.one_in(2) {
                    self.planned.push_back(Step::Pass(due + self.choice.between(-1, 100)));
                    self.planned.push_back(Step::Refresh);
                }
                let shares =
                    if self.choice.one_in(2) { stake.leaving_shares } else { stake.leaving_shares / 2 };
                return self.ask(Action::InsuranceClaim { actor, shares });
            }
        }
        if let Some(action) = self.insurance(sight) {
            self.ask(action);
        }
    }

    pub(super) fn insurance(&mut self, sight: &Sight) -> Option<Action> {
        let actor = self.small(0, ACTORS - 1);
        let Some(stake) = stake_of(sight, actor) else { return Some(Action::StakeOpen { actor }) };
        Some(match self.choice.count(0, 9) {
            0..4 => Action::InsuranceStake { actor, amount: self.amount() / 20 },
            4..8 => {
                let part = self.choice.octaves(1, 8);
                let extra = u64::from(self.choice.one_in(5));
                Action::InsuranceUnstake { actor, shares: stake.shares / part + extra }
            }
            8 => Action::InsuranceClaim { actor, shares: stake.leaving_shares },
            _ => Action::StakeClose { actor },
        })
    }
}

fn stake_of(sight: &Sight, actor: u8) -> Option<Box<InsuranceStake>> {
    let house = sight.house;
    let account = house.world.vm.shared(&pda::stake(&house.key(actor)))?;
    decode_copy(account.data()).ok()
}

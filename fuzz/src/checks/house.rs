//! Insurance, shared losses and single legs: pools within the balance, every unit somebody's, nobody haircut beyond the
//! deficit, prices of legs that sum to zero (docs/risk.md §12 to §14).

use crate::inputs::{Act, House, Leg, PEOPLE};
use ballast_risk::{
    insurance::Fund,
    legs::{leg_price, penalty_e9, Rank, ToExit},
    losses::{cover, CashIndex},
};
use core::cmp::Ordering;

/// Everybody in the house, with what the books must come to.
struct Life {
    fund: Fund,
    shares: [u64; PEOPLE],
    leaving: [u64; PEOPLE],
    index: CashIndex,
    /// Cash as kept, with the index it was kept at.
    cash: [(i64, CashIndex); PEOPLE],
    /// What was taken of all cash by losses, less what touched balances gave up.
    uncollected_e6: i128,
    now: i64,
    /// What the fund must hold.
    money_e6: i128,
    /// How many losses were shared since the index began anew, and units by which rounding may favour the vault.
    rounding_e6: i128,
}

/// Checks a life.
pub fn check(house: &House) {
    leg(&house.leg);
    let index = CashIndex { index_e12: 0, generation: 0 };
    // A fund's balance is never below zero; more than it is somebody else's bound.
    let insurance_e6 = house.insurance_e6.clamp(0, i64::MAX >> 1);
    let mut life = Life {
        fund: Fund { balance_e6: insurance_e6, ..Fund::default() },
        shares: [0; PEOPLE],
        leaving: [0; PEOPLE],
        index,
        cash: house.cash_e6.map(|cash_e6| (cash_e6.clamp(-(i64::MAX >> 8), i64::MAX >> 8), index)),
        uncollected_e6: 0,
        now: 0,
        money_e6: i128::from(insurance_e6),
        rounding_e6: 0,
    };
    for act in &house.acts {
        life.act(*act);
        life.adds_up();
    }
}

impl Life {
    fn act(&mut self, act: Act) {
        let (generation, leaving_generation) = (self.fund.generation, self.fund.leaving_generation);
        match act {
            Act::Stake(who, amount_e6) => self.stake(who, amount_e6),
            Act::Unstake(who, part) => self.unstake(who, part),
            Act::Claim(who, part) => {
                let shares = part_of(self.leaving[who], part);
                if let Some(value_e6) = self.fund.claim(shares) {
                    assert!(value_e6 > 0, "a claim pays");
                    self.leaving[who] -= shares;
                    self.money_e6 -= i128::from(value_e6);
                }
            }
            Act::Contribute(amount_e6) => {
                let before = self.fund;
                match self.fund.contribute(amount_e6, self.now) {
                    Some(()) => self.money_e6 += i128::from(amount_e6.max(0)),
                    None => self.fund = before,
                }
            }
            Act::Lose(amount_e6) => self.lose(amount_e6),
            Act::Touch(who) => self.touch(who),
            Act::Wait(secs) => self.now = self.now.saturating_add(secs),
        }
        if self.fund.generation > generation {
            self.shares = [0; PEOPLE];
        }
        if self.fund.leaving_generation > leaving_generation {
            self.leaving = [0; PEOPLE];
        }
    }

    fn stake(&mut self, who: usize, amount_e6: i64) {
        let before = self.fund;
        match self.fund.stake(amount_e6) {
            Some(shares) => {
                self.shares[who] += shares;
                self.money_e6 += i128::from(amount_e6);
                let worth_e6 = self.fund.worth_e6(shares, self.now);
                assert!(worth_e6 <= amount_e6, "a stake of {amount_e6} is worth {worth_e6} at once");
            }
            // What the program refuses it does not keep.
            None => self.fund = before,
        }
    }

    fn unstake(&mut self, who: usize, part: u8) {
        let (before, shares) = (self.fund, part_of(self.shares[who], part));
        match self.fund.unstake(shares, self.now) {
            Some(left) => {
                self.shares[who] -= shares;
                self.leaving[who] += left.leaving_shares;
                assert!(self.fund.leaving_worth_e6(left.leaving_shares) <= left.value_e6, "{left:?}");
            }
            None => self.fund = before,
        }
    }

    /// Insurance pays what it can; of what it cannot every positive balance bears its part, by the index.
    fn lose(&mut self, amount_e6: i64) {
        let covered = cover(&mut self.fund, amount_e6);
        assert_eq!(covered.insurance_e6 + covered.shortfall_e6, amount_e6.max(0), "{covered:?}");
        self.money_e6 -= i128::from(covered.insurance_e6);
        let worth: [i64; PEOPLE] = self.cash.map(|(cash_e6, then)| self.index.worth_e6(cash_e6, &then));
        let positive: i64 = worth.iter().filter(|worth| **worth > 0).sum();
        let Some(shared) = self.index.share(positive, covered.shortfall_e6) else { return };
        assert_eq!(shared.borne_e6, covered.shortfall_e6.min(positive), "no more and no less: {shared:?}");
        assert_eq!(shared.taken_e6, shared.borne_e6 + shared.surplus_e6, "{shared:?}");
        for before in worth {
            let after = shared.index.worth_e6(before, &self.index);
            assert!(if before <= 0 { after == before } else { (0..=before).contains(&after) });
        }
        self.uncollected_e6 += i128::from(shared.taken_e6);
        let was_on = self.index.generation == shared.index.generation;
        self.index = shared.index;
        // Each balance is rounded down, and the index itself by less than 1e-12 of what one at an index of 1 would be.
        let least_index = i128::from(self.index.index_e12.max(1));
        let step = (i128::from(positive) / least_index + 1) * i128::from(u8::from(was_on));
        self.rounding_e6 += step + PEOPLE as i128;
    }

    fn touch(&mut self, who: usize) {
        let (cash_e6, then) = self.cash[who];
        let worth_e6 = self.index.worth_e6(cash_e6, &then);
        self.uncollected_e6 -= i128::from(cash_e6) - i128::from(worth_e6);
        self.cash[who] = (worth_e6, self.index);
    }

    fn adds_up(&self) {
        let fund = &self.fund;
        assert_eq!(i128::from(fund.balance_e6), self.money_e6, "money is neither made nor lost");
        assert!(fund.balance_e6 >= 0 && (0..=fund.balance_e6).contains(&fund.leaving_e6), "{fund:?}");
        assert!((0..=fund.staked_e6()).contains(&fund.unearned_at_e6(self.now)), "{fund:?}");
        let shares: u128 = self.shares.iter().map(|held| u128::from(*held)).sum();
        assert_eq!(u128::from(fund.shares), u128::from(fund.house_shares) + shares, "{fund:?}");
        let leaving: u128 = self.leaving.iter().map(|held| u128::from(*held)).sum();
        assert_eq!(u128::from(fund.leaving_shares), leaving, "{fund:?}");
        let paid: i128 = (0..PEOPLE)
            .map(|who| fund.worth_e6(self.shares[who], self.now) + fund.leaving_worth_e6(self.leaving[who]))
            .map(i128::from)
            .sum();
        assert!(paid <= i128::from(fund.balance_e6), "{paid} of {fund:?}");
        // What the index leaves is covered: all that is still to be collected is due, and rounding is the vault's.
        let due: i128 = self
            .cash
            .iter()
            .map(|(cash_e6, then)| i128::from(*cash_e6) - i128::from(self.index.worth_e6(*cash_e6, then)))
            .sum();
        let over = due - self.uncollected_e6;
        assert!((0..=self.rounding_e6).contains(&over), "{over} beyond, {} allowed", self.rounding_e6);
    }
}

fn part_of(all: u64, part: u8) -> u64 {
    (u128::from(all) * u128::from(part) / 255) as u64
}

/// The price of a leg sums to zero and takes from the owner; a search for its quantity closes in.
fn leg(leg: &Leg) {
    let penalty = penalty_e9(leg.secs);
    let mark_e14 = i128::from(leg.mark[0]) * i128::from(leg.mark[1]);
    if let Some(price) = leg_price(leg.qty_e6, mark_e14, leg.relieved_e6, penalty) {
        let sum = i128::from(price.owner_e6) + i128::from(price.taker_e6) + i128::from(price.insurance_e6);
        assert_eq!(sum, 0, "{price:?}");
        if leg.relieved_e6 >= 0 {
            assert!(
                price.penalty_e6 >= 0 && (0..=price.penalty_e6).contains(&price.insurance_e6),
                "{price:?}"
            );
        }
    }
    let [none_e6, all_e6] = leg.excesses_e6;
    let qty_e6 = leg.qty_e6.unsigned_abs();
    let mut search = ToExit::new(none_e6, qty_e6, all_e6);
    for _ in 0..8 {
        let next_e6 = search.next_e6();
        assert!(next_e6 <= qty_e6, "{search:?}");
        // A straight line from one excess to the other.
        let rise = i128::from(all_e6) - i128::from(none_e6);
        let at = i128::from(none_e6) + rise * i128::from(next_e6) / i128::from(qty_e6.max(1));
        search.tried(next_e6, i64::try_from(at).unwrap_or(i64::MAX));
    }
    let rank = |relief_e6, notional_e6| Rank { relief_e6, notional_e6 };
    let (a, b) = (rank(leg.relieved_e6, leg.mark[0]), rank(leg.mark[1], leg.qty_e6.saturating_abs()));
    assert_eq!(a.cmp_first(&b), b.cmp_first(&a).reverse(), "{a:?} {b:?}");
    assert_eq!(a.cmp_first(&a), Ordering::Equal);
}

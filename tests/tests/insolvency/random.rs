//! Random lives of a house that keeps losing: gaps, debts, stakes, sweeps, shared losses, in any order. The invariants are
//! checked after every transaction.

use crate::scene::{DAY_SECS, HOUR_SECS, UNIT_E6, USD_E6, USD_E8};
use ballast::error::BallastError;
use ballast_harness::{
    world::{Kind, Surface},
    Sent, Trader, World,
};
use ballast_sdk::search::Asset;
use ballast_tests::random_books::Choice;
use std::collections::BTreeMap;

const ROUNDS: usize = 100;

/// What went through, by name, so that the test knows it was not idle.
type Done = BTreeMap<&'static str, usize>;

struct House {
    world: World,
    traders: Vec<Trader>,
    stakers: Vec<Trader>,
    done: Done,
    choice: Choice,
}

impl House {
    fn open(seed: u64) -> Self {
        let mut world = World::standard().expect("the usual scenario");
        let traders: Vec<Trader> = (0..5)
            .map(|at| world.funded(&format!("trader {at}"), (at + 1) * 60_000 * USD_E6).expect("a trader"))
            .collect();
        let stakers = ["one", "two"].map(|name| world.staker(name, 3_000 * USD_E6).expect("a stake"));
        for trader in traders.iter().chain(&stakers) {
            world.give(trader, "USDC", 50_000 * USD_E6).expect("tokens");
        }
        let done = Done::new();
        Self { world, traders, stakers: stakers.to_vec(), done, choice: Choice::new(seed) }
    }

    fn note(&mut self, name: &'static str, sent: Sent) {
        match sent {
            Ok(_) => *self.done.entry(name).or_default() += 1,
            // A sum that does not fit would be a mistake whatever was asked.
            Err(rejected) => assert!(!rejected.is(BallastError::Overflow), "{name}: {rejected:?}"),
        }
    }

    fn one_of(&mut self, all: usize) -> usize {
        self.choice.count(0, all - 1)
    }

    fn trader(&mut self) -> Trader {
        let at = self.one_of(self.traders.len());
        self.traders[at].clone()
    }

    fn staker(&mut self) -> Trader {
        let at = self.one_of(self.stakers.len());
        self.stakers[at].clone()
    }

    /// A writer at the limit of its margin and a holder; the market gaps by up to half; the price is recorded.
    fn gap(&mut self) {
        let (writer, holder) = (self.trader(), self.trader());
        let spot_e8 = 116_000 * USD_E8;
        self.world.wait(60).expect("feeds speak");
        self.world.set_price("BTC", spot_e8);
        let expiry = self.world.vm.now() + 2 * HOUR_SECS;
        if self.world.list_expiry("BTC", expiry, Surface::FLAT, &[spot_e8]).is_err() {
            return;
        }
        let qty_e6 = self.choice.between(1, 30) * UNIT_E6 / 10;
        let call = self.world.leg("BTC", expiry, spot_e8, Kind::Call, qty_e6);
        let traded = self.world.trade_at_mark(&writer, &holder, &[call]);
        self.note("trade", traded);
        let most = self.world.snapshot().max_withdraw(&self.world.portfolio_of(&writer), Asset::Quote);
        let held = most.unwrap_or(0).min(20_000 * USD_E6);
        if held > 0 {
            let withdrawn = self.world.withdraw(&writer, "USDC", held);
            self.note("withdraw", withdrawn);
        }
        let gap = self.choice.between(80, 190).unsigned_abs();
        self.world.vm.advance(expiry - self.world.vm.now());
        let update = self.world.good_update("BTC", spot_e8 / 100 * gap).after(expiry - 1);
        self.world.post(update);
        let finalized = self.world.finalize("BTC", expiry);
        self.note("finalize", finalized);
    }

    fn settle(&mut self) {
        for trader in self.traders.clone() {
            if !self.choice.one_in(4) {
                let settled = self.world.settle(&trader);
                self.note("settle", settled);
            }
        }
    }

    fn stake(&mut self) {
        let (staker, amount) = (self.staker(), self.choice.octaves(1, 20_000 * 1_000_000));
        match self.one_of(3) {
            0 => {
                let staked = self.world.stake(&staker, amount);
                self.note("stake", staked);
            }
            1 => {
                let shares = self.world.stake_of(&staker.pubkey()).shares;
                let asked = self.world.unstake(&staker, shares / 2 + 1);
                self.note("unstake", asked);
                self.world.vm.advance(7 * DAY_SECS + HOUR_SECS);
            }
            _ => {
                let leaving = self.world.stake_of(&staker.pubkey()).leaving_shares;
                let claimed = self.world.claim_stake(&staker, leaving / 2 + 1);
                self.note("claim", claimed);
            }
        }
    }

    fn act(&mut self) {
        match self.one_of(8) {
            0 | 1 => self.gap(),
            2 => self.settle(),
            3 => {
                for trader in self.traders.clone() {
                    let resolved = self.world.resolve(&trader);
                    self.note("resolve", resolved);
                }
            }
            4 => {
                let shared = self.world.socialise();
                self.note("socialise", shared);
            }
            5 => {
                let swept = self.world.sweep_fees("BTC");
                self.note("sweep", swept);
            }
            6 => {
                let (trader, amount) = (self.trader(), self.choice.octaves(1, 30_000 * 1_000_000));
                let paid = self.world.fund(&trader, "USDC", amount);
                self.note("deposit", paid);
            }
            _ => self.stake(),
        }
        if self.choice.one_in(5) {
            let trader = self.trader();
            let collected = self.world.collect(&trader);
            self.note("collect", collected);
        }
    }

    /// Everything open is settled, resolved and shared.
    fn end(&mut self) {
        for trader in self.traders.clone() {
            if self.world.portfolio_of(&trader).line_count > 0 {
                self.world.settle(&trader).expect("a settlement");
            }
            if self.world.portfolio_of(&trader).cash_e6 < 0 {
                let resolved = self.world.resolve(&trader);
                let waits =
                    |rejected: &ballast_harness::Rejected| rejected.is(BallastError::ShortfallTooSmall);
                assert!(resolved.is_ok() || resolved.is_err_and(|rejected| waits(&rejected)));
            }
        }
        if self.world.exchange().shortfall_e6 > 0 {
            self.world.socialise().expect("shared");
        }
    }
}

/// Goal: whatever comes in whatever order, nothing is lost and nobody is stuck: at the end every debt is gone, no shortfall
/// is open, and what everybody's cash is worth is in the vault. Method: random actions from fixed seeds; everything must have
/// happened somewhere.
#[test]
fn random_lives_add_up() {
    let mut all = Done::new();
    for seed in 1..=6 {
        let mut house = House::open(seed);
        for _ in 0..ROUNDS {
            house.act();
        }
        house.end();
        let exchange = house.world.exchange();
        assert_eq!(exchange.shortfall_e6, 0);
        let worth: i64 = house.traders.iter().map(|trader| house.world.cash_of(trader)).sum();
        let fees: i64 = (0..3).map(|id| house.world.market(id).fees_e6).sum();
        let claims = worth + exchange.insurance_e6 + fees;
        let vault = i64::try_from(house.world.vault("USDC")).expect("money");
        assert!(claims <= vault && claims >= vault - 200, "{claims} of {vault}");
        for (name, count) in house.done {
            *all.entry(name).or_default() += count;
        }
    }
    println!("{all:?}");
    for name in [
        "trade",
        "withdraw",
        "finalize",
        "settle",
        "resolve",
        "socialise",
        "sweep",
        "deposit",
        "stake",
        "unstake",
        "claim",
        "collect",
    ] {
        assert!(all.get(name).is_some_and(|count| *count > 0), "{name} never happened: {all:?}");
    }
}

//! One window from its first price to its last, and until nobody is left under liquidation.
//!
//! At each tick prices and volatilities are published and every portfolio is valued. While somebody is below maintenance
//! margin or near it, under liquidation or in debt, time goes on in steps between ticks: a price each step, and each keeper
//! may send five transactions (a slot is 0.4 seconds). Steps are short after a tick; where nobody sends anything they grow.

use crate::{
    bars,
    cohort::Cohorts,
    figures::{Figures, Interval, Moment, Vault},
    keeper::{Action, Keeper, View},
    stage::{Role, Stage},
    unwinding::UNWIND_SECS,
    window::Window,
    Arguments,
};
use anyhow::{anyhow, Result};
use ballast::state::Portfolio;
use ballast_harness::invariants::{self, Claims};
use ballast_risk::MarginReport;
use ballast_sdk::snapshot::{PreparedSnapshot, Snapshot};
use std::{cmp::Reverse, collections::BTreeMap};

/// Transactions a keeper sends in a step: one in each slot of 0.4 seconds.
const SLOTS_A_STEP: usize = 5;
/// How long after a tick steps are that short, seconds, and how long they are at least after that.
const CLOSE_SECS: i64 = 20;
const LATER_STEP_SECS: i64 = 10;
/// Longest step between two ticks while there is work that nobody does, seconds.
const STEP_SECS_MAX: i64 = 60;
/// How long a keeper leaves alone what was refused, seconds: twice as long each time, so often at most.
const REFUSED_SECS: i64 = 15;
const REFUSED_DOUBLINGS_MAX: u32 = 4;
/// How long a keeper leaves alone a book that it took a part of, seconds: a phase, in which no more may go where the phase
/// was what limited it.
const TAKEN_SECS: i64 = 30;
/// How long a keeper does not look again at a book of which it wanted nothing, seconds.
const NOTHING_SECS: i64 = 10;
/// Who is so near to maintenance margin is looked at between ticks too, as a share of IM.
const NEAR_PARTS: i64 = 20;
/// Shortest step between two ticks while there is work, seconds.
const STEP_SECS: i64 = 2;
/// How long the last liquidations may take after the window, at its last prices, seconds.
const AFTER_SECS: i64 = 4 * 3_600;
/// Ticks after the window, seconds apart.
const AFTER_TICK_SECS: i64 = 60;

/// What a replay leaves.
#[derive(Debug, Clone, PartialEq)]
pub struct Replayed {
    /// Figures.
    pub figures: Figures,
    /// One moment a tick.
    pub moments: Vec<Moment>,
    /// Coverage by the moment intervals began.
    pub intervals: Vec<Interval>,
    /// Symbols of the markets.
    pub symbols: Vec<&'static str>,
}

/// Replays a window.
///
/// # Errors
/// The set-up is refused, an expiry cannot be settled, or a book cannot be valued. Invariants that break and bars that are
/// not met are figures, not errors.
pub fn replay(window: Window, arguments: &Arguments) -> Result<Replayed> {
    let stage = Stage::open(window, arguments)?;
    let start = stage.window.start();
    let mut run = Run {
        stage,
        cohorts: Cohorts::new(start),
        moments: Vec::new(),
        watched: Vec::new(),
        is_busy: false,
        rests: BTreeMap::new(),
        untouched: BTreeMap::new(),
        unwound_at: start,
    };
    run.window()?;
    run.after()?;
    run.finish()
}

struct Run {
    stage: Stage,
    cohorts: Cohorts,
    moments: Vec<Moment>,
    /// Portfolios that keepers look at between ticks.
    watched: Vec<usize>,
    /// Whether one of them is under liquidation, may be put there, or is in debt.
    is_busy: bool,
    /// Until when a keeper leaves a portfolio alone, and how often it was refused there in a row.
    rests: BTreeMap<(usize, usize), (i64, u32)>,
    /// Since when nobody has taken anything of each portfolio.
    untouched: BTreeMap<usize, i64>,
    unwound_at: i64,
}

impl Run {
    fn window(&mut self) -> Result<()> {
        let window_secs = self.stage.world.exchange().params.window_secs;
        let ticks = self.stage.window.ticks(self.stage.listing.settling(), window_secs);
        for (at, time) in ticks.iter().enumerate() {
            self.tick(*time)?;
            if let Some(next) = ticks.get(at + 1) {
                self.work_until(*next)?;
            }
        }
        Ok(())
    }

    /// Lets what is under way come to its end at the last prices.
    fn after(&mut self) -> Result<()> {
        let end = self.stage.window.end();
        while self.is_busy && self.stage.world.vm.now() < end + AFTER_SECS {
            let next = self.stage.world.vm.now() + AFTER_TICK_SECS;
            self.work_until(next)?;
            self.tick(next)?;
        }
        Ok(())
    }

    /// Publishes, settles what is due, and looks at everybody.
    fn tick(&mut self, time: i64) -> Result<()> {
        let stage = &mut self.stage;
        stage.figures.ticks += 1;
        stage.world.vm.advance(time - stage.world.vm.now());
        stage.feed.publish(&mut stage.world, &stage.window);
        for sent in stage.feed.publish_volatilities(&mut stage.world, &stage.window) {
            stage.booked("volatility_update", sent);
        }
        stage.settle_due()?;
        if !stage.keepers.is_empty() && time - self.unwound_at >= UNWIND_SECS {
            self.unwound_at = time;
            stage.unwind()?;
        }
        self.look()
    }

    /// Values everybody at the prices on chain.
    fn look(&mut self) -> Result<()> {
        let stage = &mut self.stage;
        let (snapshot, now) = (stage.world.snapshot(), stage.world.vm.now());
        let prices = snapshot.prepare();
        let enters = self.cohorts.enters(now) && now < stage.window.end();
        let (mut open, mut deficit_e6, mut entering) = (0, 0, Vec::new());
        self.watched.clear();
        self.is_busy = false;
        for who in 0..stage.accounts.len() {
            let portfolio = stage.portfolio(who);
            let report = stage.margin(&prices, &portfolio)?;
            open += u64::from(portfolio.is_frozen());
            deficit_e6 += (-report.equity_mark_e6).max(0);
            if let Some(need) = need(&portfolio, &report) {
                self.watched.push(who);
                self.is_busy |= need == Need::Now;
            }
            if enters && matches!(stage.accounts[who].role, Role::Person(_)) {
                entering.push((who, portfolio, report));
            }
        }
        if enters {
            self.cohorts.enter(now, entering.into_iter());
        }
        if now <= stage.window.end() {
            self.cohorts.value(now, &prices, &mut stage.scratch);
        }
        self.note(&snapshot, open, deficit_e6);
        Ok(())
    }

    fn note(&mut self, snapshot: &Snapshot, open: u64, deficit_e6: i64) {
        let (stage, now) = (&mut self.stage, snapshot.now());
        let exchange = snapshot.exchange();
        let deficit_e6 = deficit_e6 + exchange.shortfall_e6;
        let liquidation = &mut stage.figures.liquidation;
        liquidation.open_most = liquidation.open_most.max(open);
        let money = &mut stage.figures.money;
        money.worst_deficit_e6 = money.worst_deficit_e6.max(deficit_e6);
        let ids = 0..stage.listing.symbols.len();
        let margin_volatility =
            |id| snapshot.market(id as u8).map_or(0, |market| market.volatility.vol_margin_e6);
        self.moments.push(Moment {
            time: now,
            prices_e8: stage.window.prices_e8(now),
            peg_e8: stage.window.peg_e8(now),
            volatilities_e6: ids.map(margin_volatility).collect(),
            open,
            flagged: stage.figures.liquidation.flagged,
            insurance_e6: exchange.insurance_e6,
            deficit_e6,
        });
    }

    /// Lets keepers work until the next tick, exclusive.
    fn work_until(&mut self, next: i64) -> Result<()> {
        let (begun, mut step_secs) = (self.stage.world.vm.now(), STEP_SECS);
        while !self.watched.is_empty() && !self.stage.keepers.is_empty() {
            let now = self.stage.world.vm.now() + step_secs;
            if now >= next {
                return Ok(());
            }
            self.stage.world.vm.advance(step_secs);
            self.stage.feed.publish(&mut self.stage.world, &self.stage.window);
            let sent = self.step()?;
            let least_secs = if now - begun < CLOSE_SECS { STEP_SECS } else { LATER_STEP_SECS };
            step_secs = if sent { least_secs } else { (step_secs * 2).clamp(least_secs, STEP_SECS_MAX) };
        }
        Ok(())
    }

    /// One step: keepers send in turn, another one first each time. Says whether anything went through.
    fn step(&mut self) -> Result<bool> {
        let (count, now) = (self.stage.keepers.len(), self.stage.world.vm.now());
        let mut sent = false;
        if self.stage.world.exchange().shortfall_e6 > 0 {
            sent |= self.stage.socialise();
        }
        let first = usize::try_from(now).unwrap_or(0) % count;
        for turn in 0..count {
            sent |= self.act((first + turn) % count)?;
        }
        Ok(sent)
    }

    /// A keeper sends what is worth most by the prices it sees, and considers the next by what it then has left.
    fn act(&mut self, number: usize) -> Result<bool> {
        let (keeper, now) = (self.stage.keepers[number].clone(), self.stage.world.vm.now());
        let rests = |who: &usize| self.rests.get(&(number, *who)).is_some_and(|(until, _)| now < *until);
        let awake: Vec<usize> =
            self.watched.iter().copied().filter(|who| !rests(who) && *who != keeper.place).collect();
        if awake.is_empty() {
            return Ok(false);
        }
        let seen = self.seen(&keeper);
        let prices = seen.prepare();
        let mut all: Vec<(i64, usize)> = Vec::new();
        for who in awake {
            match self.consider(&keeper, &prices, who)? {
                Some((gain_e6, _)) => all.push((gain_e6, who)),
                None => self.rest(number, who, NOTHING_SECS),
            }
        }
        all.sort_by_key(|(gain_e6, who)| (Reverse(*gain_e6), *who));
        let (mut sent, mut any) = (0, false);
        for (_, who) in all {
            if sent == SLOTS_A_STEP {
                break;
            }
            let Some((_, action)) = self.consider(&keeper, &prices, who)? else { continue };
            sent += 1;
            let done = self.stage.perform(number, &action)?;
            any |= done;
            match action {
                _ if !done => self.refused(number, who),
                Action::Slice { .. } | Action::Legs { .. } => {
                    self.untouched.insert(who, now);
                    self.rests.insert((number, who), (now + TAKEN_SECS, 0));
                }
                _ => {
                    self.rests.remove(&(number, who));
                }
            }
        }
        Ok(any)
    }

    /// The exchange at the prices a keeper sees.
    fn seen(&self, keeper: &Keeper) -> Snapshot {
        let mut snapshot = self.stage.world.snapshot();
        for update in self.stage.feed.seen(snapshot.now(), keeper.latency_secs) {
            // An update that was good when it was posted still is.
            let _ = snapshot.set_price_update(&update.feed_id, &update.data());
        }
        snapshot
    }

    fn consider(
        &mut self,
        keeper: &Keeper,
        prices: &PreparedSnapshot,
        who: usize,
    ) -> Result<Option<(i64, Action)>> {
        let stage = &mut self.stage;
        let (own, portfolio) = (stage.portfolio(keeper.place), stage.portfolio(who));
        let own_margin = prices.margin_in(&mut stage.scratch, &own).map_err(|error| anyhow!("{error}"))?;
        let mut view = View {
            prices,
            now: stage.world.vm.now(),
            own: &own,
            own_margin: &own_margin,
            untouched_since: self.untouched.get(&who).copied().unwrap_or_default(),
            wallet_e6: stage.world.wallet(&keeper.trader, "USDC"),
            scratch: &mut stage.scratch,
        };
        Ok(keeper.consider(&mut view, who, &portfolio))
    }

    fn rest(&mut self, keeper: usize, who: usize, secs: i64) {
        self.rests.entry((keeper, who)).or_default().0 = self.stage.world.vm.now() + secs;
    }

    fn refused(&mut self, keeper: usize, who: usize) {
        let now = self.stage.world.vm.now();
        let (until, times) = self.rests.entry((keeper, who)).or_default();
        *until = now + (REFUSED_SECS << (*times).min(REFUSED_DOUBLINGS_MAX));
        *times += 1;
    }

    fn finish(mut self) -> Result<Replayed> {
        let snapshot = self.stage.world.snapshot();
        let (prices, end) = (snapshot.prepare(), self.stage.window.end());
        let (coverage, intervals) = self.cohorts.finish(end, &prices, &mut self.stage.scratch);
        let stage = &mut self.stage;
        let mut left = (0, 0, 0);
        for who in 0..stage.accounts.len() {
            let portfolio = stage.portfolio(who);
            let report = stage.margin(&prices, &portfolio)?;
            left.0 += u64::from(portfolio.is_frozen());
            left.1 += u64::from(report.equity_mark_e6 < 0);
            left.2 += (-report.equity_mark_e6).max(0);
        }
        let keepers_e6 = keepers_e6(stage, &prices)?;
        let figures = &mut stage.figures;
        figures.margin = coverage;
        figures.liquidation.open_at_end = left.0;
        (figures.money.under_water_at_end, figures.money.under_water_e6) = (left.1, left.2);
        figures.money.keepers_result_e6 = keepers_e6 - figures.population.keepers_e6;
        figures.money.insurance_e6 = snapshot.exchange().insurance_e6;
        let window = &stage.window;
        (figures.window, figures.title) = (window.name.clone(), window.title.clone());
        (figures.source, figures.start, figures.end) = (window.source.clone(), window.start(), window.end());
        close_books(stage)?;
        stage.figures.bars_broken = bars::broken(&stage.figures);
        let (figures, symbols) = (self.stage.figures, self.stage.listing.symbols);
        Ok(Replayed { figures, moments: self.moments, intervals, symbols })
    }
}

/// When a portfolio needs a keeper.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Now,
    Soon,
}

/// Whether keepers have something to do about a portfolio, because it is under liquidation, in debt or below maintenance
/// margin, or soon may, because its excess over that is less than a twentieth of its initial margin.
fn need(portfolio: &Portfolio, report: &MarginReport) -> Option<Need> {
    if portfolio.is_frozen() || report.cash_e6 < 0 {
        return Some(Need::Now);
    }
    let excess_e6 = report.excess_maintenance_e6;
    match portfolio.is_debt_free() {
        false if excess_e6 < 0 => Some(Need::Now),
        false if excess_e6 < report.initial_e6 / NEAR_PARTS => Some(Need::Soon),
        _ => None,
    }
}

/// What keepers have, in their portfolios at mark and in their wallets.
fn keepers_e6(stage: &mut Stage, prices: &PreparedSnapshot) -> Result<i64> {
    let coin = stage.listing.coin;
    let price_e8 = stage.window.prices_e8(stage.window.end())[stage.listing.symbols.len() - 1];
    let one = 10i128.pow(u32::from(stage.listing.coin_decimals));
    let mut sum = 0;
    for keeper in stage.keepers.clone() {
        let portfolio = stage.world.portfolio_of(&keeper.trader);
        sum += stage.margin(prices, &portfolio)?.equity_mark_e6;
        let coins = i128::from(stage.world.wallet(&keeper.trader, coin));
        sum += i64::try_from(coins * i128::from(price_e8) / (100 * one)).unwrap_or(0);
        sum += i64::try_from(stage.world.wallet(&keeper.trader, "USDC")).unwrap_or(0);
    }
    Ok(sum)
}

/// Counts the vaults and takes the invariants' tally.
fn close_books(stage: &mut Stage) -> Result<()> {
    let books = invariants::books(&stage.world).map_err(|broken| anyhow!("{broken}"))?;
    let books = books.ok_or_else(|| anyhow!("there is no exchange"))?;
    let amount = |amount: i128| i64::try_from(amount).unwrap_or(i64::MAX);
    let held: i128 = books.portfolios.iter().map(|(_, portfolio)| i128::from(portfolio.collateral[0])).sum();
    stage.figures.vaults = vec![
        Vault {
            asset: "USDC".to_owned(),
            balance: amount(stage.world.vault("USDC").into()),
            claims: amount(Claims::of(&books).total_e6()),
        },
        Vault {
            asset: stage.listing.coin.to_owned(),
            balance: amount(stage.world.vault(stage.listing.coin).into()),
            claims: amount(held),
        },
    ];
    let tally = stage.world.tally();
    let counts = tally.counts().iter().map(|(id, count)| ((*id).to_owned(), count.into()));
    stage.figures.invariants = counts.collect();
    stage.figures.first_broken = tally.first_broken().map(ToString::to_string);
    Ok(())
}

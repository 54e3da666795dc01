//! The stage of one replay: the world with everybody in it, and what each transaction is booked as.

use crate::{
    feed::Feed,
    figures::Figures,
    keeper::{Action, Keeper},
    market::{self, Listing},
    opening::{self, fault},
    population::{self, Kind},
    window::Window,
    Arguments,
};
use anchor_lang::prelude::Pubkey;
use anyhow::{Context, Result};
use ballast::state::Portfolio;
use ballast_harness::{world::Sent, Outcome, Trader, World};
use ballast_risk::{liquidation::WHOLE_E9, MarginReport, Scratch};
use ballast_sdk::{event::Event, snapshot::PreparedSnapshot};

/// Keepers: name, seconds they are late, least discount, least penalty of a leg, share of the keepers' capital in percent.
const KEEPERS: [(&str, i64, i64, Option<i64>, i64); 4] = [
    ("swift", 1, 20_000_000, None, 25),
    ("legs", 2, 40_000_000, Some(8_000_000), 20),
    ("steady", 3, 30_000_000, None, 25),
    ("patient", 6, 60_000_000, None, 30),
];
/// What all keepers have, and the first stake of the insurance fund, as shares of the population's initial margin, percent.
const CAPITAL_PERCENT: i64 = 20;
const INSURANCE_PERCENT: i64 = 1;
/// Keepers keep so much of their capital in their wallets, to buy collateral with, percent.
const WALLET_PERCENT: i64 = 10;
/// Equity under which what is left of a book may be taken whole, 1e-6 quote.
const DUST_E6: i64 = 1_000_000_000;
/// Lines from which on a slice counts as wide.
const WIDE_LINES: u8 = 60;

/// Whose a portfolio is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// A member of the population.
    Person(Kind),
    /// A market maker.
    Maker,
    /// A keeper.
    Keeper,
}

/// A portfolio of the replay.
#[derive(Debug, Clone)]
pub struct Account {
    /// Owner and portfolio.
    pub trader: Trader,
    /// Address of the portfolio: derived once, for it is looked up at every tick.
    pub address: Pubkey,
    /// Whose it is.
    pub role: Role,
}

impl Account {
    fn new(trader: &Trader, role: Role) -> Self {
        Self { trader: trader.clone(), address: trader.portfolio(), role }
    }
}

/// See the module.
pub struct Stage {
    /// The world.
    pub world: World,
    /// What it lives through.
    pub window: Window,
    /// What is listed.
    pub listing: Listing,
    /// The feeds.
    pub feed: Feed,
    /// Every portfolio: the population first, then makers, then keepers.
    pub accounts: Vec<Account>,
    /// The keepers.
    pub keepers: Vec<Keeper>,
    /// What it comes to.
    pub figures: Figures,
    /// Working memory of native margins.
    pub scratch: Box<Scratch>,
}

impl Stage {
    /// Sets everything up: exchange, population, makers, insurance, keepers.
    ///
    /// # Errors
    /// The program's binary is missing, or something of the set-up is refused.
    pub fn open(window: Window, arguments: &Arguments) -> Result<Self> {
        let listing = Listing::of(&window);
        let mut world = market::open(&window, &listing)?;
        let plans = population::draw(&listing, &window.knots[0].prices, arguments.seed);
        let opened = opening::open(&mut world, &listing, &plans)?;
        let insurance_e6 = opened.initial_e6 * INSURANCE_PERCENT / 100;
        world.staker("insurer", insurance_e6.unsigned_abs()).map_err(fault)?;
        let mut accounts: Vec<Account> = opened
            .people
            .iter()
            .map(|person| Account::new(&person.trader, Role::Person(person.kind)))
            .collect();
        accounts.extend(opened.makers.iter().map(|maker| Account::new(maker, Role::Maker)));
        let mut figures = Figures::default();
        figures.population.portfolios = opened.people.len() as u64;
        figures.population.initial_e6 = opened.initial_e6;
        figures.population.insurance_e6 = insurance_e6;
        let mut keepers = Vec::new();
        if arguments.keepers {
            for (name, late_secs, discount_min_e9, penalty_min_e9, percent) in KEEPERS {
                let capital_e6 =
                    opened.initial_e6 * CAPITAL_PERCENT / 100 * percent / 100 * arguments.capital;
                let trader = enter(&mut world, name, &listing, capital_e6)?;
                figures.population.keepers_e6 += capital_e6;
                let latency_secs = late_secs * arguments.latency;
                let place = accounts.len();
                accounts.push(Account::new(&trader, Role::Keeper));
                keepers.push(Keeper { trader, place, latency_secs, discount_min_e9, penalty_min_e9 });
            }
        }
        world.count_broken();
        let feed = Feed::new(&window);
        Ok(Self { world, window, listing, feed, accounts, keepers, figures, scratch: bytemuck::zeroed_box() })
    }

    /// A portfolio as stored.
    #[must_use]
    pub fn portfolio(&self, who: usize) -> Box<Portfolio> {
        self.world.portfolio(&self.accounts[who].address)
    }

    /// A portfolio's native margin report.
    ///
    /// # Errors
    /// The engine refuses.
    pub fn margin(&mut self, prices: &PreparedSnapshot, portfolio: &Portfolio) -> Result<MarginReport> {
        prices.margin_in(&mut self.scratch, portfolio).map_err(|error| anyhow::anyhow!("{error}"))
    }

    /// Members of the population: the first accounts. Market makers follow, by market.
    #[must_use]
    pub fn people(&self) -> usize {
        self.accounts.iter().filter(|account| matches!(account.role, Role::Person(_))).count()
    }

    /// Counts a transaction and books what its events say.
    pub fn booked(&mut self, instruction: &str, sent: Sent) -> Option<Outcome> {
        self.figures.transactions += 1;
        match sent {
            Ok(outcome) => {
                Figures::count(&mut self.figures.sent, instruction);
                let most = self.figures.units.most.entry(instruction.to_owned()).or_default();
                *most = (*most).max(outcome.compute_units);
                Some(outcome)
            }
            Err(rejected) => {
                Figures::count(&mut self.figures.refusals, &format!("{instruction}: {}", rejected.name));
                None
            }
        }
    }

    /// Sends what a keeper decided on. Says whether it went through.
    ///
    /// # Errors
    /// The engine refuses to value a book that changed hands.
    pub fn perform(&mut self, keeper: usize, action: &Action) -> Result<bool> {
        let who = action.who();
        let owner = self.accounts[who].trader.clone();
        let taker = self.keepers[keeper].trader.clone();
        let done = match action {
            Action::Flag(_) => self.flag(&owner, who),
            Action::Slice { fraction_e9, .. } => {
                let fraction_e9 = *fraction_e9;
                let lines = self.portfolio(who).line_count;
                let take = |world: &mut World| world.take_slice(&owner, &taker, fraction_e9);
                let taken = self.taken("liquidate_slice", (&owner, &taker), take)?;
                if let Some((outcome, before)) = &taken {
                    self.book_slice(outcome, before, lines);
                }
                taken.is_some()
            }
            Action::Legs { legs, .. } => {
                let take = |world: &mut World| world.take_legs(&owner, &taker, legs);
                let taken = self.taken("liquidate_legs", (&owner, &taker), take)?;
                if let Some((outcome, _)) = &taken {
                    self.book_legs(outcome);
                }
                taken.is_some()
            }
            Action::End(_) => {
                let since = self.portfolio(who).liquidation.flagged_at;
                let sent = self.world.end_liquidation(&owner);
                let done = self.booked("liquidation_end", sent).is_some();
                if done {
                    self.freed(since);
                }
                done
            }
            Action::Convert { quote_e6, .. } => {
                let coin = self.listing.coin;
                let sent = self.world.convert(&owner, &taker, coin, *quote_e6);
                self.booked("collateral_convert", sent).is_some()
            }
            Action::Resolve(_) => {
                let sent = self.world.resolve(&owner);
                let outcome = self.booked("resolve_insolvency", sent);
                self.book_resolution(outcome.as_ref());
                outcome.is_some()
            }
        };
        Ok(done)
    }

    fn flag(&mut self, owner: &Trader, who: usize) -> bool {
        let sent = self.world.flag(owner);
        let done = self.booked("liquidation_start", sent).is_some();
        if done {
            self.figures.liquidation.flagged += 1;
            let kind = match self.accounts[who].role {
                Role::Person(kind) => format!("{kind:?}").to_lowercase(),
                Role::Maker => "maker".to_owned(),
                Role::Keeper => "keeper".to_owned(),
            };
            Figures::count(&mut self.figures.liquidation.flagged_by_kind, &kind);
        }
        done
    }

    /// Sends what takes a part of a book, and measures at mark what owner and taker had before and after. Returns what came
    /// of it with the owner's margin before, if it went through.
    fn taken(
        &mut self,
        instruction: &str,
        (owner, taker): (&Trader, &Trader),
        take: impl FnOnce(&mut World) -> Sent,
    ) -> Result<Option<(Outcome, MarginReport)>> {
        let equities = |stage: &mut Self| -> Result<(MarginReport, MarginReport)> {
            let snapshot = stage.world.snapshot();
            let prices = snapshot.prepare();
            let (owned, took) = (stage.world.portfolio_of(owner), stage.world.portfolio_of(taker));
            Ok((stage.margin(&prices, &owned)?, stage.margin(&prices, &took)?))
        };
        let before = equities(self)?;
        let since = self.world.portfolio_of(owner).liquidation.flagged_at;
        let sent = take(&mut self.world);
        let Some(outcome) = self.booked(instruction, sent) else { return Ok(None) };
        let after = equities(self)?;
        let money = &mut self.figures.money;
        money.owners_lost_e6 += before.0.equity_mark_e6 - after.0.equity_mark_e6;
        money.liquidators_earned_e6 += after.1.equity_mark_e6 - before.1.equity_mark_e6;
        let units = &mut self.figures.units;
        units.liquidation = units.liquidation.max(outcome.compute_units);
        let left = self.world.portfolio_of(owner);
        if !left.is_frozen() {
            self.freed(since);
        }
        if !left.is_debt_free() {
            self.beyond_exit(&after.0);
        }
        Ok(Some((outcome, before.0)))
    }

    fn freed(&mut self, since: i64) {
        let lasted_secs = self.world.vm.now() - since;
        let liquidation = &mut self.figures.liquidation;
        liquidation.freed += 1;
        liquidation.longest_secs = liquidation.longest_secs.max(lasted_secs);
    }

    /// How far beyond the exit test what was taken left a book.
    fn beyond_exit(&mut self, after: &MarginReport) {
        let liquidation = &mut self.figures.liquidation;
        if after.excess_exit_e6 < 0 {
            return;
        }
        liquidation.freed_by_taking += 1;
        if after.equity_mark_e6 < DUST_E6 {
            return;
        }
        let share = i128::from(after.excess_exit_e6) * 1_000_000 / i128::from(after.initial_e6.max(1));
        let share_e6 = i64::try_from(share).unwrap_or(i64::MAX);
        if share_e6 > liquidation.beyond_exit_e6 {
            (liquidation.beyond_exit_e6, liquidation.beyond_exit_money_e6) = (share_e6, after.excess_exit_e6);
        }
    }

    fn book_slice(&mut self, outcome: &Outcome, before: &MarginReport, lines: u8) {
        if lines >= WIDE_LINES {
            let units = &mut self.figures.units;
            (units.wide_slices, units.wide_slice) =
                (units.wide_slices + 1, units.wide_slice.max(outcome.compute_units));
        }
        for event in &outcome.events {
            let Event::SliceLiquidated(slice) = event else { continue };
            let money = &mut self.figures.money;
            self.figures.liquidation.slices += 1;
            money.contributed_e6 += slice.contribution_e6;
            if slice.price_e6 < 0 {
                let opened_e6 = slice.shortfall_e6 - money.shortfall_e6;
                money.deficits_e6 -= slice.price_e6;
                money.deficits_of_slices_e6 -= slice.price_e6;
                let lacked = i128::from(-before.equity_mark_e6.min(0)) * i128::from(slice.fraction_e9);
                money.lacked_e6 += i64::try_from(lacked / i128::from(WHOLE_E9)).unwrap_or(0);
                money.insurance_paid_e6 += -slice.price_e6 - opened_e6;
                money.shortfall_e6 = slice.shortfall_e6;
            }
        }
    }

    fn book_legs(&mut self, outcome: &Outcome) {
        for event in &outcome.events {
            let Event::LegsLiquidated(taken) = event else { continue };
            self.figures.liquidation.legs += taken.legs.len() as u64;
            let contributed = taken.legs.iter().map(|leg| leg.contribution_e6);
            self.figures.money.contributed_e6 += contributed.sum::<i64>();
        }
    }

    fn book_resolution(&mut self, outcome: Option<&Outcome>) {
        for event in outcome.iter().flat_map(|outcome| &outcome.events) {
            let Event::InsolvencyResolved(resolved) = event else { continue };
            let money = &mut self.figures.money;
            money.deficits_e6 += resolved.debt_e6.abs();
            money.insurance_paid_e6 += resolved.insurance_paid_e6;
            money.shortfall_e6 = resolved.shortfall_e6;
        }
    }

    /// Shares an open shortfall, and measures what the index takes of everybody's cash.
    pub fn socialise(&mut self) -> bool {
        let before_e6 = self.positive_cash_e6();
        let sent = self.world.socialise();
        let Some(outcome) = self.booked("socialise_shortfall", sent) else { return false };
        for event in &outcome.events {
            let Event::ShortfallSocialised(shared) = event else { continue };
            let money = &mut self.figures.money;
            money.fees_e6 += shared.fees_e6;
            money.insurance_paid_e6 += shared.insurance_paid_e6;
            money.socialised_e6 += shared.borne_e6;
            money.shortfall_e6 = shared.shortfall_e6;
        }
        self.figures.money.index_fell_e6 += before_e6 - self.positive_cash_e6();
        true
    }

    /// What all positive cash is worth at the index, 1e-6 quote.
    fn positive_cash_e6(&self) -> i64 {
        let index = self.world.exchange().cash_index();
        let cash = |account: &Account| self.world.portfolio(&account.address).cash_at(&index).max(0);
        self.accounts.iter().map(cash).sum()
    }
}

/// A keeper with its capital: most of it in its portfolio, the rest in its wallet.
fn enter(world: &mut World, name: &str, listing: &Listing, capital_e6: i64) -> Result<Trader> {
    let wallet_e6 = capital_e6 * WALLET_PERCENT / 100;
    let trader = world
        .funded(&format!("keeper {name}"), (capital_e6 - wallet_e6).unsigned_abs())
        .map_err(fault)
        .context("a keeper")?;
    world.give(&trader, "USDC", wallet_e6.unsigned_abs()).map_err(fault)?;
    // An account for the collateral that will be bought.
    world.give(&trader, listing.coin, 1).map_err(fault)?;
    Ok(trader)
}

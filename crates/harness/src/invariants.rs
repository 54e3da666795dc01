//! What must always hold of the clearing house, by id (docs/invariants.md), checked over all its accounts.
//!
//! [`check_books`] is the one function that tests, fuzzers and the demo share. It sees a moment; what spans moments (no
//! action leaves too little margin, a failed transaction changes nothing, a settlement price never changes) is watched by
//! [`World::send`].

use crate::{books::Books, world::World};
use anchor_lang::prelude::Pubkey;
use ballast::state::{CashLedger, ExpirySlot, Market, Portfolio, EXPIRY_FREE, EXPIRY_LISTED, EXPIRY_SETTLED};
use ballast_risk::settlement::payoff_e6;
use solana_account::ReadableAccount;
use std::{collections::BTreeMap, fmt};

/// Σ of quantities over portfolios is zero for every series; open interest is the long side.
pub const INV_1: &str = "INV-1";
/// A vault holds at least the deposits of its asset, and deposits are what portfolios hold.
pub const INV_2: &str = "INV-2";
/// Cash, escrows, fees, insurance and stakes less an open shortfall and losses still to be collected are the quote vault, to
/// the unit.
pub const INV_3: &str = "INV-3";
/// No action that needs initial margin leaves less.
pub const INV_4: &str = "INV-4";
/// A portfolio at or above maintenance margin is never flagged, and one past the exit test never taken from.
pub const INV_5: &str = "INV-5";
/// A settlement price is what the samples make it, and never changes.
pub const INV_6: &str = "INV-6";
/// Excesses and scans are in order; of one report, what risk.md promises of every book.
pub const INV_8: &str = "INV-8";
/// Program and SDK agree to the bit.
pub const INV_9: &str = "INV-9";
/// The insurance fund's shares are its stakes', and its pools are within its balance.
pub const INV_10: &str = "INV-10";
/// What the cash index leaves of all cash is covered, short of it only by rounding; debts and claims are what is booked.
pub const INV_11: &str = "INV-11";
/// A transaction that fails changes nothing.
pub const ATOMICITY: &str = "ATOMICITY";

/// An invariant that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Id of the invariant.
    pub id: &'static str,
    /// What was found.
    pub found: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is broken: {}", self.id, self.found)
    }
}

impl std::error::Error for Broken {}

pub(crate) fn broken(id: &'static str, found: impl Into<String>) -> Broken {
    Broken { id, found: found.into() }
}

/// Checks the invariants of one moment over every account of the program and every vault, and that no settlement price
/// changed since the last check.
///
/// # Errors
/// The first invariant that does not hold.
pub fn check(world: &World) -> Result<(), Broken> {
    let Some(books) = books(world)? else { return Ok(()) };
    check_books_since(&books, world.watch.most_cash_e6)?;
    world.watch.check_settlement_prices(&books)
}

/// The books of a scenario; none while there is no exchange.
///
/// # Errors
/// An account of the program that does not decode.
pub fn books(world: &World) -> Result<Option<Books>, Broken> {
    let accounts = world.vm.accounts_of(&ballast::ID);
    let data = accounts.iter().map(|(address, account)| (*address, account.data()));
    Books::of(data, |vault| world.vm.data(vault)).map_err(|error| broken(INV_1, error.to_string()))
}

/// Checks INV-1, INV-2, INV-3, INV-10 and INV-11.
///
/// # Errors
/// The first invariant that does not hold.
pub fn check_books(books: &Books) -> Result<(), Broken> {
    check_books_since(books, 0)
}

/// As [`check_books`], of a house that has a past: `most_cash_e6` is the most positive cash there was in it.
pub(crate) fn check_books_since(books: &Books, most_cash_e6: i128) -> Result<(), Broken> {
    let held = Held::of(books)?;
    for market in &books.markets {
        check_market(market, &held)?;
    }
    check_collateral(books)?;
    check_quote(books, &held)?;
    check_insurance(books)?;
    check_index(books, most_cash_e6)
}

/// What all portfolios hold of one series pair (calls and puts of a strike), 1e-6 unit.
#[derive(Default)]
struct Sums {
    calls_e6: i64,
    long_calls_e6: i64,
    puts_e6: i64,
    long_puts_e6: i64,
}

/// What all portfolios hold.
#[derive(Default)]
struct Held {
    /// By market, expiry slot, strike slot.
    series: BTreeMap<(u8, u8, u8), Sums>,
    /// Lines by market and expiry slot.
    lines: BTreeMap<(u8, u8), u32>,
    /// Σ of the payoffs of lines whose expiry is settled, 1e-6 quote, by market and expiry slot.
    payoffs_e6: BTreeMap<(u8, u8), i64>,
}

impl Held {
    fn of(books: &Books) -> Result<Self, Broken> {
        let mut held = Self::default();
        for (address, portfolio) in &books.portfolios {
            held.add(address, portfolio, &books.markets)?;
        }
        Ok(held)
    }

    fn add(
        &mut self,
        address: &Pubkey,
        portfolio: &Portfolio,
        markets: &[Box<Market>],
    ) -> Result<(), Broken> {
        let mut last = None;
        for line in portfolio.held_lines() {
            let wrong = |what: &str| broken(INV_1, format!("portfolio {address} has a line {line:?} {what}"));
            let market = markets.get(usize::from(line.market)).ok_or_else(|| wrong("of no market"))?;
            let expiry =
                market.expiries.get(usize::from(line.expiry_slot)).ok_or_else(|| wrong("of no expiry"))?;
            let strikes = expiry.listed_strikes();
            let strike = strikes.get(usize::from(line.strike_slot)).ok_or_else(|| wrong("of no strike"))?;
            if expiry.status == EXPIRY_FREE || expiry.expiry_ts != i64::from(line.expiry_ts) {
                return Err(wrong("whose expiry slot was given to another expiry"));
            }
            if line.is_empty() {
                return Err(wrong("with nothing in it"));
            }
            let place = Some((line.market, line.expiry_ts, strike.price_e8));
            if place <= last {
                return Err(wrong("out of order"));
            }
            last = place;
            let sums = self.series.entry((line.market, line.expiry_slot, line.strike_slot)).or_default();
            sums.calls_e6 += line.calls_e6;
            sums.long_calls_e6 += line.calls_e6.max(0);
            sums.puts_e6 += line.puts_e6;
            sums.long_puts_e6 += line.puts_e6.max(0);
            let slot = (line.market, line.expiry_slot);
            *self.lines.entry(slot).or_default() += 1;
            if expiry.status == EXPIRY_SETTLED {
                let payoff = |is_call, qty_e6| payoff_e6(strike.price_e8, is_call, qty_e6, expiry.settled_e8);
                *self.payoffs_e6.entry(slot).or_default() +=
                    payoff(true, line.calls_e6) + payoff(false, line.puts_e6);
            }
        }
        let unused = portfolio.lines.iter().skip(usize::from(portfolio.line_count));
        if unused.clone().any(|line| bytemuck::bytes_of(line).iter().any(|byte| *byte != 0)) {
            return Err(broken(INV_1, format!("portfolio {address} has leftovers behind its last line")));
        }
        Ok(())
    }
}

/// INV-1 for one market.
fn check_market(market: &Market, held: &Held) -> Result<(), Broken> {
    let mut open_interest_e6 = 0i64;
    for (slot, expiry) in (0u8..).zip(&market.expiries) {
        let at = format!("market {} expiry {}", market.id, expiry.expiry_ts);
        let lines = held.lines.get(&(market.id, slot)).copied().unwrap_or(0);
        if lines != expiry.open_lines {
            return Err(broken(
                INV_1,
                format!("{at}: {lines} lines are held, {} are booked", expiry.open_lines),
            ));
        }
        for strike_slot in 0..expiry.strike_count {
            open_interest_e6 += check_series(expiry, (market.id, slot, strike_slot), held, &at)?;
        }
    }
    if open_interest_e6 != market.open_interest_e6 {
        let booked = market.open_interest_e6;
        return Err(broken(
            INV_1,
            format!("market {}: open interest {open_interest_e6}, booked {booked}", market.id),
        ));
    }
    Ok(())
}

/// INV-1 for one strike; returns its open interest, 1e-6 unit. Once an expiry is settled its holders leave one by one, so
/// only the long side can still be compared.
fn check_series(expiry: &ExpirySlot, key: (u8, u8, u8), held: &Held, at: &str) -> Result<i64, Broken> {
    let (strike, none) = (&expiry.strikes[usize::from(key.2)], Sums::default());
    let sums = held.series.get(&key).unwrap_or(&none);
    if expiry.status == EXPIRY_LISTED && (sums.calls_e6 != 0 || sums.puts_e6 != 0) {
        let found =
            format!("{at} strike {}: Σ calls {}, Σ puts {}", strike.price_e8, sums.calls_e6, sums.puts_e6);
        return Err(broken(INV_1, found));
    }
    if sums.long_calls_e6 != strike.calls_e6 || sums.long_puts_e6 != strike.puts_e6 {
        let found = format!(
            "{at} strike {}: long calls {} and puts {}, booked {} and {}",
            strike.price_e8, sums.long_calls_e6, sums.long_puts_e6, strike.calls_e6, strike.puts_e6
        );
        return Err(broken(INV_1, found));
    }
    Ok(strike.calls_e6 + strike.puts_e6)
}

/// INV-2: claims on each collateral vault are what portfolios hold, and the vault holds them.
fn check_collateral(books: &Books) -> Result<(), Broken> {
    for (index, vault) in books.collateral_vaults.iter().enumerate() {
        let claims: u128 = books.portfolios.iter().map(|(_, p)| u128::from(p.collateral[index])).sum();
        let deposits = books.exchange.collaterals[index].deposits;
        if claims != u128::from(deposits) {
            return Err(broken(
                INV_2,
                format!("asset {index}: portfolios hold {claims}, deposits are {deposits}"),
            ));
        }
        if *vault < deposits {
            return Err(broken(
                INV_2,
                format!("asset {index}: the vault holds {vault}, deposits are {deposits}"),
            ));
        }
    }
    let listed = books.collateral_vaults.len();
    let unlisted = |p: &Portfolio| p.collateral.iter().skip(listed).any(|amount| *amount != 0);
    match books.portfolios.iter().find(|(_, portfolio)| unlisted(portfolio)) {
        Some((address, _)) => {
            Err(broken(INV_2, format!("portfolio {address} holds an asset that is not listed")))
        }
        None => Ok(()),
    }
}

/// INV-3: every unit of the quote vault is somebody's, and what is set aside for a settled expiry covers its payoffs.
fn check_quote(books: &Books, held: &Held) -> Result<(), Broken> {
    let claims = Claims::of(books);
    if claims.insurance_e6 < 0 || books.markets.iter().any(|market| market.fees_e6 < 0) {
        return Err(broken(INV_3, format!("insurance or fees below zero: {claims:?}")));
    }
    if claims.total_e6() != i128::from(books.quote_vault) {
        return Err(broken(INV_3, format!("{claims:?} are not the vault's {}", books.quote_vault)));
    }
    if claims.shortfall_e6 < 0 || i128::from(books.exchange.quote_claims_e6) != claims.total_e6() {
        let booked = books.exchange.quote_claims_e6;
        return Err(broken(INV_3, format!("{claims:?} are not what is booked: {booked}")));
    }
    for market in &books.markets {
        for (slot, expiry) in (0u8..).zip(&market.expiries) {
            let owed_e6 = held.payoffs_e6.get(&(market.id, slot)).copied().unwrap_or(0);
            let settled = expiry.status == EXPIRY_SETTLED;
            if (settled && expiry.escrow_e6 < owed_e6) || (expiry.open_lines == 0 && expiry.escrow_e6 != 0) {
                let found = format!(
                    "market {} expiry {}: escrow {} for payoffs of {owed_e6} and {} lines",
                    market.id, expiry.expiry_ts, expiry.escrow_e6, expiry.open_lines
                );
                return Err(broken(INV_3, found));
            }
        }
    }
    Ok(())
}

/// INV-10: shares are stakes' or the house's, what leaves and what is not earned is within the balance, and what all stakes
/// are worth together is too.
fn check_insurance(books: &Books) -> Result<(), Broken> {
    let fund = books.exchange.fund();
    let staked = books.stakes.iter().filter(|stake| stake.generation == fund.generation);
    let leaving = books.stakes.iter().filter(|stake| stake.leaving_generation == fund.leaving_generation);
    let shares: u128 = staked.map(|stake| u128::from(stake.shares)).sum();
    let leaving_shares: u128 = leaving.map(|stake| u128::from(stake.leaving_shares)).sum();
    let all = shares + u128::from(fund.house_shares);
    if all != u128::from(fund.shares) || leaving_shares != u128::from(fund.leaving_shares) {
        let found = format!("stakes and house have {all} shares, {leaving_shares} leave: {fund:?}");
        return Err(broken(INV_10, found));
    }
    let within = (0..=fund.balance_e6).contains(&fund.leaving_e6)
        && (0..=fund.staked_e6()).contains(&fund.unearned_e6)
        && (fund.leaving_shares == 0) == (fund.leaving_e6 == 0);
    match within {
        true => Ok(()),
        false => Err(broken(INV_10, format!("a pool is not within the balance: {fund:?}"))),
    }
}

/// Every ledger of cash: the exchange's and the markets'.
fn ledgers(books: &Books) -> impl Iterator<Item = &CashLedger> {
    books.markets.iter().map(|market| &market.ledger).chain([&books.exchange.ledger])
}

/// INV-11: what every portfolio's cash is worth at the index of now is covered; what is left over is rounding, a unit a
/// portfolio and a step of the index for every loss that was shared. What portfolios owe is what the ledgers say.
///
/// A step is a part in 10^12 of the cash there was when the loss was shared, which may have left since: `most_cash_e6` is
/// the most there ever was.
fn check_index(books: &Books, most_cash_e6: i128) -> Result<(), Broken> {
    let (exchange, portfolios) = (&books.exchange, &books.portfolios);
    let owed: i128 = portfolios.iter().map(|(_, portfolio)| i128::from(portfolio.cash_e6.min(0))).sum();
    let booked: i128 = ledgers(books).map(|ledger| i128::from(ledger.debts_e6)).sum();
    if booked != -owed {
        return Err(broken(INV_11, format!("portfolios owe {}, ledgers say {booked}", -owed)));
    }
    let index = exchange.cash_index();
    let due = |portfolio: &Portfolio| i128::from(portfolio.cash_e6) - i128::from(portfolio.cash_at(&index));
    let due: i128 = portfolios.iter().map(|(_, portfolio)| due(portfolio)).sum();
    let claims = Claims::of(books);
    let over = due - claims.uncollected_e6;
    let closed = i128::from(exchange.socialised_count) * 1_000;
    let step = most_cash_e6.max(positive_cash_e6(books)) / i128::from(exchange.cash_index_e12.max(1)) + 1;
    let most = i128::from(exchange.socialised_count)
        * (i128::try_from(portfolios.len()).unwrap_or(i128::MAX) + step)
        + closed;
    if !(0..=most).contains(&over) {
        let found = format!("{due} is due of {} that is not collected: {claims:?}", claims.uncollected_e6);
        return Err(broken(INV_11, found));
    }
    Ok(())
}

/// Σ of the positive cash of all portfolios as stored, 1e-6 quote.
pub(crate) fn positive_cash_e6(books: &Books) -> i128 {
    books.portfolios.iter().map(|(_, portfolio)| i128::from(portfolio.cash_e6.max(0))).sum()
}

/// Whose the quote vault is, 1e-6 quote.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    /// Σ of the portfolios' cash.
    pub cash_e6: i128,
    /// Σ of what is set aside for settled expiries (or, below zero, advanced to those who settled first).
    pub escrow_e6: i128,
    /// Σ of the markets' fees.
    pub fees_e6: i128,
    /// Insurance.
    pub insurance_e6: i128,
    /// Missing: what insurance could not pay and nobody bears yet.
    pub shortfall_e6: i128,
    /// Nobody's: what shared losses took of stored cash that was not written since.
    pub uncollected_e6: i128,
}

impl Claims {
    /// The claims on the quote vault.
    #[must_use]
    pub fn of(books: &Books) -> Self {
        let expiries = books.markets.iter().flat_map(|market| &market.expiries);
        Self {
            cash_e6: books.portfolios.iter().map(|(_, portfolio)| i128::from(portfolio.cash_e6)).sum(),
            escrow_e6: expiries.map(|expiry| i128::from(expiry.escrow_e6)).sum(),
            fees_e6: books.markets.iter().map(|market| i128::from(market.fees_e6)).sum(),
            insurance_e6: i128::from(books.exchange.insurance_e6),
            shortfall_e6: i128::from(books.exchange.shortfall_e6),
            uncollected_e6: ledgers(books).map(|ledger| i128::from(ledger.uncollected_e6)).sum(),
        }
    }

    /// Their sum: what the vault must hold.
    #[must_use]
    pub fn total_e6(&self) -> i128 {
        self.cash_e6 + self.escrow_e6 + self.fees_e6 + self.insurance_e6
            - self.shortfall_e6
            - self.uncollected_e6
    }
}

//! A scenario under construction: an exchange with markets, prices and traders in the VM.
//!
//! Every action is an SDK instruction in a signed transaction. After each the invariants of the clearing house are checked
//! over all its accounts (see [`crate::invariants`]); a broken one panics, because no scenario means anything after it.

mod insuring;
mod liquidating;
mod listing;
mod money;
mod prices;
mod settling;
mod spec;
mod trader;
mod trading;

pub use listing::{symbol_bytes, Collateral, ListedMarket};
pub use prices::address as price_address;
pub use spec::{CollateralSpec, MarketSpec, Surface};
pub use trader::Trader;
pub use trading::Kind;

use crate::{
    invariants::Broken,
    keys::keypair,
    outcome::{Outcome, Rejected},
    pyth::PriceUpdate,
    tally::Tally,
    token::Token,
    vm::{StartError, Vm},
    watch::Watch,
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::state::{Exchange, InsuranceStake, LineKey, Market, Portfolio, VolatilityFeed};
use ballast_sdk::{
    account::{self, Stored},
    pda,
    prices::PriceAccounts,
    snapshot::Snapshot,
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{collections::BTreeMap, fmt};

/// What a transaction came to.
pub type Sent = Result<Outcome, Box<Rejected>>;

/// An invariant that a transaction broke.
#[derive(Debug)]
pub struct Breach {
    /// The invariant.
    pub broken: Broken,
    /// What the transaction came to.
    pub sent: Sent,
}

impl fmt::Display for Breach {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let logs = match &self.sent {
            Ok(outcome) => &outcome.logs,
            Err(rejected) => &rejected.logs,
        };
        write!(f, "{}\nafter {}", self.broken, logs.join("\n"))
    }
}

/// 10 October 2025, 20:00 UTC: an hour before the fall.
pub const TEN_TENTEN: i64 = 1_760_126_400;
/// Lamports every key of a scenario begins with: 1,000 SOL.
const LAMPORTS: u64 = 1_000_000_000_000;

/// A scenario: the VM, who has which role, what is listed, which prices are posted.
pub struct World {
    /// The VM. Acting on it directly goes past the watch.
    pub vm: Vm,
    /// Upgrade authority of the program and admin of the exchange; mints every token.
    pub admin: Keypair,
    /// Lists expiries and strikes, permits publishers.
    pub risk_authority: Keypair,
    /// Pauses gates.
    pub guardian: Keypair,
    /// Runs what anyone may run.
    pub crank: Keypair,
    /// The quote currency.
    pub quote: Token,
    /// Collateral assets listed, in order of their index.
    pub collaterals: Vec<Collateral>,
    /// Markets listed, in order of their id.
    pub markets: Vec<ListedMarket>,
    /// Last update posted of each feed.
    posted: BTreeMap<[u8; 32], PriceUpdate>,
    pub(crate) watch: Watch,
}

impl World {
    /// A VM at a time with keys and a quote mint, but no exchange yet: for tests of set-up itself.
    ///
    /// # Errors
    /// The program's binary is missing or does not load.
    pub fn bare(now: i64) -> Result<Self, StartError> {
        let mut vm = Vm::start(now)?;
        let [admin, risk_authority, guardian, crank] =
            ["admin", "risk authority", "guardian", "crank"].map(keypair);
        for key in [&admin, &risk_authority, &guardian, &crank] {
            vm.airdrop(&key.pubkey(), LAMPORTS);
        }
        vm.set_upgrade_authority(&ballast::ID, &admin.pubkey());
        let quote = crate::token::create_mint(&mut vm, &admin, &keypair("mint USDC"), 6)?;
        Ok(Self {
            vm,
            admin,
            risk_authority,
            guardian,
            crank,
            quote,
            collaterals: Vec::new(),
            markets: Vec::new(),
            posted: BTreeMap::new(),
            watch: Watch::default(),
        })
    }

    /// An exchange with default parameters, and nothing listed.
    ///
    /// # Errors
    /// As [`Self::bare`], and whatever the program refuses.
    pub fn exchange_only(now: i64) -> Result<Self, StartError> {
        let mut world = Self::bare(now)?;
        let args = world.exchange_args();
        world.create_exchange(args)?;
        Ok(world)
    }

    /// The usual scenario: BTC, ETH and SOL markets with volatility feeds, SOL as collateral, prices and volatilities of
    /// the afternoon of 10 October 2025 posted. No expiries yet.
    ///
    /// # Errors
    /// As [`Self::exchange_only`].
    pub fn standard() -> Result<Self, StartError> {
        let mut world = Self::exchange_only(TEN_TENTEN)?;
        for spec in [MarketSpec::btc(), MarketSpec::eth(), MarketSpec::sol()] {
            world.add_market(&spec)?;
        }
        world.add_collateral(&CollateralSpec::sol())?;
        Ok(world)
    }

    /// Signs and runs a transaction, then checks the invariants; the first signer pays. A failed transaction must leave
    /// every account of the program and every vault as it was, byte for byte.
    ///
    /// # Errors
    /// What was refused.
    ///
    /// # Panics
    /// If an invariant is broken, but for [`Self::count_broken`].
    pub fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Sent {
        self.watched(instructions, |vm| vm.send(instructions, signers))
            .unwrap_or_else(|breach| panic!("{breach}"))
    }

    /// Runs a transaction whose signatures nobody looks at, then checks the invariants as [`Self::send`] does. Whoever the
    /// instructions name as signers counts as having signed. For runs of very many transactions.
    ///
    /// # Errors
    /// An invariant that is broken; nothing means anything after it.
    pub fn attempt(&mut self, instructions: &[Instruction], payer: &Pubkey) -> Result<Sent, Box<Breach>> {
        self.watched(instructions, |vm| vm.send_unsigned(instructions, payer))
    }

    fn watched(
        &mut self,
        instructions: &[Instruction],
        send: impl FnOnce(&mut Vm) -> Sent,
    ) -> Result<Sent, Box<Breach>> {
        let before = self.watch_before(instructions);
        let sent = send(&mut self.vm);
        match self.watch_after(before, &sent) {
            Err(broken) => {
                self.watch.tally.broke(&broken);
                if self.watch.tally.goes_on {
                    Ok(sent)
                } else {
                    Err(Box::new(Breach { broken, sent }))
                }
            }
            Ok(()) => Ok(sent),
        }
    }

    /// The same scenario once more: from here on the two have nothing to do with each other.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self {
            vm: self.vm.clone(),
            admin: self.admin.insecure_clone(),
            risk_authority: self.risk_authority.insecure_clone(),
            guardian: self.guardian.insecure_clone(),
            crank: self.crank.insecure_clone(),
            quote: self.quote,
            collaterals: self.collaterals.clone(),
            markets: self.markets.clone(),
            posted: self.posted.clone(),
            watch: self.watch.clone(),
        }
    }

    /// How often each invariant was checked, and broken.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.watch.tally
    }

    /// From now on a broken invariant is counted and the scenario goes on, for those who report how often.
    pub fn count_broken(&mut self) {
        self.watch.tally.goes_on = true;
    }

    /// Does a piece of set-up without checking the invariants after each transaction, then checks them once.
    ///
    /// # Panics
    /// If an invariant is broken.
    pub fn unwatched<T>(&mut self, set_up: impl FnOnce(&mut Self) -> T) -> T {
        let was_on = std::mem::replace(&mut self.watch.on, false);
        let done = set_up(self);
        self.watch.on = was_on;
        if let Err(broken) = crate::invariants::check(self) {
            panic!("{broken}");
        }
        done
    }

    /// The exchange as stored.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn exchange(&self) -> Box<Exchange> {
        self.stored(&pda::exchange())
    }

    /// A market as stored, by id.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn market(&self, id: u8) -> Box<Market> {
        self.stored(&self.markets[usize::from(id)].address)
    }

    /// A portfolio as stored.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn portfolio(&self, address: &Pubkey) -> Box<Portfolio> {
        self.stored(address)
    }

    /// An owner's stake in the insurance fund as stored.
    ///
    /// # Panics
    /// If it is not open.
    #[must_use]
    pub fn stake_of(&self, owner: &Pubkey) -> Box<InsuranceStake> {
        self.stored(&pda::stake(owner))
    }

    /// A market's volatility feed as stored, by market id.
    ///
    /// # Panics
    /// If there is none.
    #[must_use]
    pub fn volatility_feed(&self, id: u8) -> Box<VolatilityFeed> {
        self.stored(&pda::volatility_feed(&self.markets[usize::from(id)].address))
    }

    /// Every portfolio there is, by address.
    #[must_use]
    pub fn portfolios(&self) -> Vec<(Pubkey, Box<Portfolio>)> {
        use solana_account::ReadableAccount;
        let accounts = self.vm.accounts_of(&ballast::ID);
        let decoded = accounts.iter().filter(|(_, account)| account::is::<Portfolio>(account.data()));
        decoded.filter_map(|(at, account)| Some((*at, account::decode_copy(account.data()).ok()?))).collect()
    }

    /// Id of a market by symbol.
    ///
    /// # Panics
    /// If it is not listed.
    #[must_use]
    pub fn id(&self, symbol: &str) -> u8 {
        let place = self.markets.iter().position(|market| market.symbol == symbol);
        let place = place.unwrap_or_else(|| panic!("no market {symbol} is listed"));
        u8::try_from(place).expect("there are at most 16 markets")
    }

    /// The series line of a market's expiry at a strike (1e-8 quote): where its slots are.
    ///
    /// # Panics
    /// If it is not listed.
    #[must_use]
    pub fn line(&self, symbol: &str, expiry_ts: i64, strike_e8: u64) -> LineKey {
        let market = self.market(self.id(symbol));
        let expiry_slot = self.expiry_slot(symbol, expiry_ts);
        let strikes = market.expiries[usize::from(expiry_slot)].listed_strikes();
        let strike_slot = strikes.iter().position(|strike| strike.price_e8 == strike_e8);
        let strike_slot =
            strike_slot.unwrap_or_else(|| panic!("strike {strike_e8} of {symbol} is not listed"));
        let strike_slot = u8::try_from(strike_slot).expect("there are at most 32 strikes");
        market.line_key(expiry_slot, strike_slot).expect("both slots are listed")
    }

    /// The slot of a market's expiry.
    ///
    /// # Panics
    /// If it is not listed.
    #[must_use]
    pub fn expiry_slot(&self, symbol: &str, expiry_ts: i64) -> u8 {
        let market = self.market(self.id(symbol));
        let listed = |slot: &ballast::state::ExpirySlot| slot.status != 0 && slot.expiry_ts == expiry_ts;
        let slot = market.expiries.iter().position(listed);
        let slot = slot.unwrap_or_else(|| panic!("expiry {expiry_ts} of {symbol} is not listed"));
        u8::try_from(slot).expect("there are at most 12 expiries")
    }

    /// Accounts of the price updates posted, for the SDK's builders.
    #[must_use]
    pub fn price_accounts(&self) -> PriceAccounts {
        self.posted.keys().map(|feed_id| (*feed_id, prices::address(feed_id))).collect()
    }

    /// The exchange at this moment with the prices posted, for native margin.
    ///
    /// # Panics
    /// If there is no exchange.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        let mut snapshot = self.unpriced_snapshot();
        for (feed_id, update) in &self.posted {
            // A spoiled update is no price: whoever needs it learns that it is missing.
            let _ = snapshot.set_price_update(feed_id, &update.data());
        }
        snapshot
    }

    pub(crate) fn unpriced_snapshot(&self) -> Snapshot {
        let ids = 0..u8::try_from(self.markets.len()).expect("there are at most 16 markets");
        let markets: Vec<Box<Market>> = ids.map(|id| self.market(id)).collect();
        Snapshot::new(&self.exchange(), markets.iter().map(Box::as_ref), self.vm.now())
    }

    fn stored<T: Stored>(&self, address: &Pubkey) -> Box<T> {
        account::decode_copy(&self.vm.data(address)).unwrap_or_else(|error| panic!("{address}: {error}"))
    }
}

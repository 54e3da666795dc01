//! Scenes of settlement: an expiry that nears its window, samples at chosen times, settling without the SDK's help.

use crate::{
    pit::at,
    scene::{traded, Scene, USD_E8},
};
use anchor_lang::{
    prelude::{AccountMeta, Pubkey},
    solana_program::instruction::Instruction,
    InstructionData, ToAccountMetas,
};
use ballast::state::ExpirySlot;
use ballast_harness::{Sent, Trader, World};
use ballast_sdk::pda;

/// Length of the settlement window, seconds.
pub const WINDOW_SECS: i64 = 1_800;
/// Longest wait for the first price after expiry, seconds.
pub const FIRST_WAIT_SECS: i64 = 6 * 3_600;

/// `long` bought one BTC call of strike 120,000 from `short`, and the settlement window opens now.
pub struct Window {
    pub world: World,
    pub long: Trader,
    pub short: Trader,
    pub expiry: i64,
}

/// The window of the traded expiry opens now.
pub fn opening() -> Window {
    let Scene { mut world, long, short, expiry } = traded();
    at(&mut world, expiry - WINDOW_SECS);
    Window { world, long, short, expiry }
}

impl Window {
    /// Start of the window, unix seconds.
    pub fn start(&self) -> i64 {
        self.expiry - WINDOW_SECS
    }

    /// The expiry as stored.
    pub fn slot(&self) -> ExpirySlot {
        let slot = usize::from(self.world.expiry_slot("BTC", self.expiry));
        self.world.market(0).expiries[slot]
    }

    /// A sample of a price in dollars, published and shown so many seconds after the window opened.
    pub fn sample_at(&mut self, secs: i64, dollars: u64) -> Sent {
        let time = self.start() + secs;
        at(&mut self.world, time);
        self.world.set_price("BTC", dollars * USD_E8);
        self.world.sample("BTC", self.expiry)
    }

    /// A sample every minute from `first` to `last` seconds after the window opened, at one price in dollars.
    pub fn sample_minutes(&mut self, first: i64, last: i64, dollars: u64) {
        let mut secs = first;
        while secs <= last {
            self.sample_at(secs, dollars).expect("a sample");
            secs += 60;
        }
    }

    /// The first price after expiry, in dollars, published so many seconds after it, is posted; the clock is there.
    pub fn post_first(&mut self, secs: i64, dollars: u64) {
        at(&mut self.world, self.expiry + secs);
        let update = self.world.good_update("BTC", dollars * USD_E8).after(self.expiry - 1);
        self.world.post(update);
    }

    /// Records the settlement price with the update posted.
    pub fn finalize(&mut self) -> Sent {
        self.world.finalize("BTC", self.expiry)
    }

    /// Settles at a first price in dollars, alone: nobody sampled.
    pub fn settle_at(&mut self, dollars: u64) {
        self.post_first(0, dollars);
        self.finalize().expect("a settlement price");
    }
}

/// `settle_portfolio` with these accounts as its markets, whether they are or not.
pub fn settle_instruction(portfolio: &Pubkey, markets: &[Pubkey]) -> Instruction {
    let named = ballast::accounts::SettlePortfolio { exchange: pda::exchange(), portfolio: *portfolio };
    let mut accounts = named.to_account_metas(None);
    accounts.extend(markets.iter().map(|market| AccountMeta::new(*market, false)));
    let data = ballast::instruction::SettlePortfolio {}.data();
    Instruction { program_id: ballast::ID, accounts, data }
}

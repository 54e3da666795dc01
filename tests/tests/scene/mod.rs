//! What the tests of this folder share: refusals by number and name, spoiled instructions, impostor accounts, scenes.

#![allow(dead_code, unused_imports, unused_macros, reason = "each test binary takes what it needs")]

use anchor_lang::{error::ErrorCode, prelude::Pubkey, solana_program::instruction::Instruction};
use ballast::{error::BallastError, state::InsuranceStake};
use ballast_harness::{
    keys::keypair,
    token::SPL_TOKEN,
    world::{Kind, Surface},
    Rejected, Sent, Trader, World,
};
use ballast_sdk::{account::is, pda};
use solana_account::{Account, ReadableAccount};
use solana_keypair::Keypair;
use solana_signer::Signer;

pub const USD_E6: u64 = 1_000_000;
pub const USD_E8: u64 = 100_000_000;
pub const UNIT_E6: i64 = 1_000_000;
pub const SOL: u64 = 1_000_000_000;
pub const MINUTE_SECS: i64 = 60;
pub const HOUR_SECS: i64 = 3_600;
pub const DAY_SECS: i64 = 86_400;

/// What the system program says to whoever creates an account that exists.
pub const ALREADY_IN_USE: u32 = 0;
/// What both token programs say: the source holds less than the amount.
pub const TOKEN_INSUFFICIENT_FUNDS: u32 = 1;
/// What both token programs say: an account of another mint.
pub const TOKEN_MINT_MISMATCH: u32 = 3;
/// What both token programs say: the signer is not the account's owner.
pub const TOKEN_OWNER_MISMATCH: u32 = 4;
/// What both token programs say: the account is frozen by the mint's authority.
pub const TOKEN_ACCOUNT_FROZEN: u32 = 17;

/// The event of a kind that a transaction emitted.
macro_rules! emitted {
    ($outcome:expr, $kind:ident) => {
        $outcome
            .event(|event| match event {
                ballast_sdk::event::Event::$kind(event) => Some(event),
                _ => None,
            })
            .expect(concat!("an event ", stringify!($kind)))
    };
}
pub(crate) use emitted;

/// A refusal by number and name.
pub struct Reason {
    number: u32,
    name: String,
}

impl From<BallastError> for Reason {
    fn from(error: BallastError) -> Self {
        Self { number: error.into(), name: error.name() }
    }
}

impl From<ErrorCode> for Reason {
    fn from(error: ErrorCode) -> Self {
        Self { number: error.into(), name: error.name() }
    }
}

/// What a test expects of a refused transaction: number and name.
pub trait Refuses {
    /// It was refused for this reason.
    fn refuses(self, reason: impl Into<Reason>) -> Rejected;
    /// It was refused by the runtime or a program without a number, with this in the error's name.
    fn refuses_unnumbered(self, name: &str) -> Rejected;
}

impl Refuses for Sent {
    #[track_caller]
    fn refuses(self, reason: impl Into<Reason>) -> Rejected {
        let Reason { number, name } = reason.into();
        match self {
            Ok(outcome) => panic!("accepted, but expected {name} ({number})\n{}", outcome.logs.join("\n")),
            Err(rejected) if rejected.number == Some(number) && rejected.name == name => *rejected,
            Err(rejected) => panic!("expected {name} ({number}), but refused for {rejected:?}"),
        }
    }

    #[track_caller]
    fn refuses_unnumbered(self, name: &str) -> Rejected {
        match self {
            Ok(outcome) => panic!("accepted, but expected {name}\n{}", outcome.logs.join("\n")),
            Err(rejected) if rejected.number.is_none() && rejected.name.contains(name) => *rejected,
            Err(rejected) => panic!("expected {name}, but refused for {rejected:?}"),
        }
    }
}

/// The instruction with another account wherever it names this one.
pub fn replaced(instruction: &Instruction, account: &Pubkey, other: &Pubkey) -> Instruction {
    changed(instruction, account, |meta| meta.pubkey = *other)
}

/// The instruction with an account that is said not to sign.
pub fn unsigned(instruction: &Instruction, account: &Pubkey) -> Instruction {
    changed(instruction, account, |meta| meta.is_signer = false)
}

/// The instruction with an account that it may only read.
pub fn read_only(instruction: &Instruction, account: &Pubkey) -> Instruction {
    changed(instruction, account, |meta| meta.is_writable = false)
}

fn changed(
    instruction: &Instruction,
    account: &Pubkey,
    change: impl Fn(&mut anchor_lang::prelude::AccountMeta),
) -> Instruction {
    let mut instruction = instruction.clone();
    let mut named = instruction.accounts.iter_mut().filter(|meta| meta.pubkey == *account).peekable();
    assert!(named.peek().is_some(), "the instruction does not name {account}");
    named.for_each(change);
    instruction
}

/// An account that nobody made an entry of the program: whatever bytes, whatever owner.
pub fn plant(world: &mut World, name: &str, owner: Pubkey, data: Vec<u8>) -> Pubkey {
    let address = keypair(&format!("planted {name}")).pubkey();
    let lamports = world.vm.rent(data.len());
    world.vm.set_account(address, Account { lamports, data, owner, executable: false, rent_epoch: u64::MAX });
    address
}

/// Sends the instruction with each kind of impostor in the place of one of the program's accounts, and each is refused:
/// a genuine account of every other kind, the same bytes under another program, the program's accounts that are blank or
/// too short for a discriminator, and none at all.
#[track_caller]
pub fn refuse_impostors(
    world: &mut World,
    instruction: &Instruction,
    genuine: &Pubkey,
    signers: &[&Keypair],
) {
    let data = world.vm.data(genuine);
    assert!(data.len() > 8, "{genuine} is an account of the program");
    let others: Vec<Pubkey> =
        every_kind(world).into_iter().filter(|other| world.vm.data(other)[..8] != data[..8]).collect();
    assert!(!others.is_empty());
    let size = data.len();
    let foreign = plant(world, "foreign", SPL_TOKEN, data);
    let blank = plant(world, "blank", ballast::ID, vec![0; size]);
    let stub = plant(world, "stub", ballast::ID, vec![0; 7]);
    let absent = keypair("planted nowhere").pubkey();
    let mut impostors: Vec<(Pubkey, ErrorCode)> =
        others.into_iter().map(|other| (other, ErrorCode::AccountDiscriminatorMismatch)).collect();
    impostors.extend([
        (foreign, ErrorCode::AccountOwnedByWrongProgram),
        (blank, ErrorCode::AccountDiscriminatorMismatch),
        (stub, ErrorCode::AccountDiscriminatorNotFound),
        (absent, ErrorCode::AccountOwnedByWrongProgram),
    ]);
    for (impostor, reason) in impostors {
        world.send(&[replaced(instruction, genuine, &impostor)], signers).refuses(reason);
    }
}

/// One genuine account of every kind there is: exchange, market, volatility feed, portfolio, stake.
fn every_kind(world: &World) -> Vec<Pubkey> {
    let market = world.markets.first().map(|market| market.address);
    let feed = market.map(|market| pda::volatility_feed(&market));
    let portfolio = world.portfolios().first().map(|(address, _)| *address);
    let accounts = world.vm.accounts_of(&ballast::ID);
    let is_stake = |account: &solana_account::AccountSharedData| is::<InsuranceStake>(account.data());
    let stake = accounts.iter().find(|(_, account)| is_stake(account)).map(|(address, _)| *address);
    let all = [Some(pda::exchange()), market, feed, portfolio, stake].into_iter().flatten();
    all.filter(|address| world.vm.account(address).is_some()).collect()
}

/// The usual scenario with a BTC expiry in 30 days, strikes 90,000 to 150,000.
pub fn listed() -> (World, i64) {
    let mut world = World::standard().expect("the usual scenario");
    let expiry = world.vm.now() + 30 * DAY_SECS;
    let strikes: Vec<u64> = (90..=150).step_by(10).map(|thousand| thousand * 1_000 * USD_E8).collect();
    world.list_expiry("BTC", expiry, Surface::default(), &strikes).expect("an expiry");
    (world, expiry)
}

/// A scenario in which one trader is long a BTC call of the other's.
pub struct Scene {
    pub world: World,
    pub long: Trader,
    pub short: Trader,
    pub expiry: i64,
}

/// Long and short one BTC call of strike 120,000, each with 100,000 of cash and more.
pub fn traded() -> Scene {
    let (mut world, expiry) = listed();
    let short = world.funded("short", 500_000 * USD_E6).expect("a seller");
    let long = world.funded("long", 100_000 * USD_E6).expect("a buyer");
    let call = world.leg("BTC", expiry, 120_000 * USD_E8, Kind::Call, UNIT_E6);
    world.trade_at_mark(&short, &long, &[call]).expect("a trade");
    Scene { world, long, short, expiry }
}

/// A scenario in which `short` sold a strangle, the market fell and the portfolio is flagged.
pub fn frozen() -> Scene {
    let (mut world, expiry) = listed();
    let long = world.funded("long", 500_000 * USD_E6).expect("a buyer");
    let short = world.funded("short", 100_000 * USD_E6).expect("a seller");
    let strangle = [(100_000, Kind::Put), (140_000, Kind::Call)]
        .map(|(strike, kind)| world.leg("BTC", expiry, strike * USD_E8, kind, -4 * UNIT_E6));
    world.trade_at_mark(&long, &short, &strangle).expect("a trade");
    let prices = world.snapshot().liquidation_prices(&world.portfolio_of(&short), 0).expect("a search");
    let ema_e8 = world.update("BTC").ema_price.unsigned_abs();
    world.vm.advance(1);
    world.refresh_prices();
    world.jump_price("BTC", prices.below_e8.expect("a strangle has one below") - USD_E8, ema_e8);
    world.flag(&short).expect("a flag");
    assert!(world.portfolio_of(&short).is_frozen());
    Scene { world, long, short, expiry }
}

//! The in-process Solana VM: clock, lamports, accounts and signed transactions.
//!
//! LiteSVM runs the program's own binary under mainnet's features with the token programs mainnet runs. Loading them
//! takes a fifth of a second, so it happens once a process and every [`Vm`] is a clone.

use crate::{
    binary,
    outcome::{Outcome, Rejected},
};
use anchor_lang::{
    prelude::Pubkey,
    solana_program::{bpf_loader_upgradeable, instruction::Instruction},
};
use litesvm::LiteSVM;
use solana_account::{Account, AccountSharedData, ReadableAccount};
use solana_clock::Clock;
use solana_keypair::Keypair;
use solana_signer::Signer;
use solana_transaction::{Message, Transaction};
use std::{collections::BTreeMap, fmt, sync::OnceLock};

/// Bytes a transaction may have on the wire.
pub const TRANSACTION_BYTES_MAX: usize = 1_232;
/// Compute units every transaction asks for: the most there is, so that what is measured is never what was asked.
const COMPUTE_UNIT_LIMIT: u32 = 1_400_000;
/// Slots pass 2.5 times a second.
const SLOT_MILLIS: i64 = 400;

/// The VM cannot start, or the scenario cannot be set up.
#[derive(Clone)]
pub struct StartError(String);

impl fmt::Debug for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for StartError {}

impl From<Box<Rejected>> for StartError {
    fn from(rejected: Box<Rejected>) -> Self {
        Self(format!("{rejected}\n{}", rejected.logs.join("\n")))
    }
}

/// An in-process Solana VM with the program deployed. A clone is another VM with the same accounts.
#[derive(Clone)]
pub struct Vm {
    svm: LiteSVM,
}

impl Vm {
    /// A fresh VM at a unix time. The first call of a process loads the program.
    ///
    /// # Errors
    /// The binary is missing or the loader refuses it.
    pub fn start(now: i64) -> Result<Self, StartError> {
        static PREPARED: OnceLock<Result<LiteSVM, StartError>> = OnceLock::new();
        let svm = PREPARED.get_or_init(prepare).clone()?;
        let mut vm = Self { svm };
        vm.change_clock(|clock| {
            clock.unix_timestamp = now;
            clock.epoch_start_timestamp = now;
        });
        Ok(vm)
    }

    /// The clock.
    #[must_use]
    pub fn clock(&self) -> Clock {
        self.svm.get_sysvar()
    }

    /// The time, unix seconds.
    #[must_use]
    pub fn now(&self) -> i64 {
        self.clock().unix_timestamp
    }

    /// Changes the clock in any way.
    pub fn change_clock(&mut self, change: impl FnOnce(&mut Clock)) {
        let mut clock = self.clock();
        change(&mut clock);
        self.svm.set_sysvar(&clock);
    }

    /// Lets time pass, and the slots that pass in it.
    pub fn advance(&mut self, secs: i64) {
        self.change_clock(|clock| {
            clock.unix_timestamp += secs;
            clock.slot += u64::try_from(secs * 1_000 / SLOT_MILLIS).unwrap_or(0);
        });
    }

    /// Loads another program.
    ///
    /// # Errors
    /// The loader refuses it.
    pub fn load(&mut self, program: &Pubkey, binary: &[u8]) -> Result<(), StartError> {
        let refused = |error| StartError(format!("program {program} does not load: {error}"));
        self.svm.add_program(*program, binary).map_err(refused)
    }

    /// Gives lamports from nothing.
    pub fn airdrop(&mut self, to: &Pubkey, lamports: u64) {
        let mut account = self.account(to).unwrap_or_default();
        account.lamports = account.lamports.saturating_add(lamports);
        self.set_account(*to, account);
    }

    /// An account, if it exists.
    #[must_use]
    pub fn account(&self, address: &Pubkey) -> Option<Account> {
        self.svm.get_account(address)
    }

    /// Data of an account; empty if there is none.
    #[must_use]
    pub fn data(&self, address: &Pubkey) -> Vec<u8> {
        self.account(address).map(|account| account.data).unwrap_or_default()
    }

    /// Writes an account, whatever it was. This is how Pyth's accounts come to be; no test should write the program's.
    ///
    /// # Panics
    /// If the account is a sysvar that does not parse.
    pub fn set_account(&mut self, address: Pubkey, account: Account) {
        self.svm.set_account(address, account).expect("no sysvar is written here");
    }

    /// Names the upgrade authority of a program: the loader deploys without one.
    pub fn set_upgrade_authority(&mut self, program: &Pubkey, authority: &Pubkey) {
        // The loader's data account: a tag and a slot of 12 bytes, an optional key, the binary.
        const HAS_AUTHORITY: usize = 12;
        let address = Pubkey::find_program_address(&[program.as_ref()], &bpf_loader_upgradeable::ID).0;
        let Some(mut account) = self.account(&address) else { return };
        account.data[HAS_AUTHORITY] = 1;
        account.data[HAS_AUTHORITY + 1..HAS_AUTHORITY + 33].copy_from_slice(authority.as_ref());
        self.set_account(address, account);
    }

    /// Lamports that make an account of this size exempt from rent.
    #[must_use]
    pub fn rent(&self, bytes: usize) -> u64 {
        self.svm.minimum_balance_for_rent_exemption(bytes)
    }

    /// Every account a program owns that still has lamports, by address. Sharing, not copying.
    #[must_use]
    pub fn accounts_of(&self, program: &Pubkey) -> BTreeMap<Pubkey, AccountSharedData> {
        let all = self.svm.accounts_db().inner.iter();
        all.filter(|(_, account)| account.owner() == program && account.lamports() > 0)
            .map(|(address, account)| (*address, account.clone()))
            .collect()
    }

    /// The account as it is shared in the VM.
    #[must_use]
    pub fn shared(&self, address: &Pubkey) -> Option<AccountSharedData> {
        self.svm.accounts_db().inner.get(address).cloned()
    }

    /// Signs and runs a transaction; the first signer pays. A request for compute units is put in front.
    ///
    /// # Errors
    /// What the runtime or a program refused, with logs.
    ///
    /// # Panics
    /// If a signature that the instructions need is not among `signers`.
    pub fn send(
        &mut self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Outcome, Box<Rejected>> {
        self.svm.expire_blockhash();
        let transaction = self.sign(instructions, signers);
        self.process(transaction)
    }

    fn process(&mut self, transaction: Transaction) -> Result<Outcome, Box<Rejected>> {
        let bytes = wire_bytes(&transaction);
        if bytes > TRANSACTION_BYTES_MAX {
            return Err(Rejected::too_large(bytes));
        }
        match self.svm.send_transaction(transaction) {
            Ok(meta) => Ok(Outcome::new(meta, bytes)),
            Err(failed) => Err(Box::new(Rejected::new(failed))),
        }
    }

    /// Runs a transaction that nobody signed, in a VM of [`Self::without_signatures`].
    ///
    /// # Errors
    /// What the runtime or a program refused, with logs.
    pub fn send_unsigned(
        &mut self,
        instructions: &[Instruction],
        payer: &Pubkey,
    ) -> Result<Outcome, Box<Rejected>> {
        let message =
            Message::new_with_blockhash(&with_limit(instructions), Some(payer), &self.svm.latest_blockhash());
        let transaction = Transaction::new_unsigned(message);
        self.process(transaction)
    }

    /// From now on signatures are not verified, and the same transaction may come twice.
    pub fn without_signatures(&mut self) {
        self.svm =
            self.svm.clone().with_sigverify(false).with_blockhash_check(false).with_transaction_history(0);
    }

    /// Runs a transaction without keeping what it does.
    ///
    /// # Errors
    /// As [`Self::send`].
    ///
    /// # Panics
    /// As [`Self::send`].
    pub fn simulate(
        &self,
        instructions: &[Instruction],
        signers: &[&Keypair],
    ) -> Result<Outcome, Box<Rejected>> {
        let transaction = self.sign(instructions, signers);
        let bytes = wire_bytes(&transaction);
        if bytes > TRANSACTION_BYTES_MAX {
            return Err(Rejected::too_large(bytes));
        }
        match self.svm.simulate_transaction(transaction) {
            Ok(info) => Ok(Outcome::new(info.meta, bytes)),
            Err(failed) => Err(Box::new(Rejected::new(failed))),
        }
    }

    fn sign(&self, instructions: &[Instruction], signers: &[&Keypair]) -> Transaction {
        let payer = signers.first().map(|signer| signer.pubkey());
        Transaction::new_signed_with_payer(
            &with_limit(instructions),
            payer.as_ref(),
            signers,
            self.svm.latest_blockhash(),
        )
    }
}

/// The instructions behind a request for compute units.
fn with_limit(instructions: &[Instruction]) -> Vec<Instruction> {
    let mut all = Vec::with_capacity(instructions.len() + 1);
    all.push(compute_unit_limit(COMPUTE_UNIT_LIMIT));
    all.extend_from_slice(instructions);
    all
}

/// Bytes on the wire: one counts the signatures, 64 each, and the message.
fn wire_bytes(transaction: &Transaction) -> usize {
    let signatures = usize::from(transaction.message.header.num_required_signatures);
    1 + 64 * signatures + transaction.message_data().len()
}

fn prepare() -> Result<LiteSVM, StartError> {
    let program = binary::read().map_err(|error| StartError(error.to_string()))?;
    // A cluster cuts logs at 10,000 bytes; here every event counts.
    let mut svm = LiteSVM::new().with_log_bytes_limit(None);
    svm.add_program(ballast::ID, &program)
        .map_err(|error| StartError(format!("{} does not load: {error}", binary::path().display())))?;
    Ok(svm)
}

/// The compute budget program's request for a limit.
fn compute_unit_limit(units: u32) -> Instruction {
    const SET_COMPUTE_UNIT_LIMIT: u8 = 2;
    let mut data = vec![SET_COMPUTE_UNIT_LIMIT];
    data.extend_from_slice(&units.to_le_bytes());
    Instruction {
        program_id: Pubkey::from_str_const("ComputeBudget111111111111111111111111111111"),
        accounts: Vec::new(),
        data,
    }
}

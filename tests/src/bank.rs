//! A full bank in memory (solana-program-test) with the shipped program deployed: the runtime of a validator, banks of
//! accounts included, where the other tests have LiteSVM's.
//!
//! The program stands under the upgradeable loader with an upgrade authority, as a deployment leaves it.

use crate::Result;
use anchor_lang::{
    prelude::Pubkey,
    solana_program::{bpf_loader_upgradeable, instruction::Instruction, system_instruction, system_program},
};
use anchor_spl::{
    associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent,
    token_2022::spl_token_2022::instruction::{initialize_mint2, mint_to},
};
use ballast_harness::{
    binary, books::Books, invariants::check_books, token::SPL_TOKEN, world::price_address, PriceUpdate,
};
use ballast_sdk::{
    account::{decode_copy, Stored},
    ballast, pda,
    prices::PriceAccounts,
};
use solana_account::{Account, AccountSharedData};
use solana_clock::Clock;
use solana_keypair::Keypair;
use solana_program_test::{ProgramTest, ProgramTestContext};
use solana_signer::Signer;
use solana_transaction::Transaction;
use std::{collections::BTreeMap, env, time::Duration};

/// Lamports every key begins with: 1,000 SOL.
const LAMPORTS: u64 = 1_000_000_000_000;
/// What sets how much the bank logs.
const LOG_VARIABLE: &str = "RUST_LOG";
/// Bytes of a mint of SPL Token.
const MINT_BYTES: usize = 82;

/// What a transaction left behind.
#[derive(Debug)]
pub struct Processed {
    /// Log lines.
    pub logs: Vec<String>,
    /// What the last instruction returned.
    pub return_data: Vec<u8>,
    /// Compute units of the whole transaction.
    pub compute_units: u64,
}

/// The bank.
pub struct Bank {
    context: ProgramTestContext,
    posted: BTreeMap<[u8; 32], PriceUpdate>,
    /// Accounts whose data the invariants are checked over.
    known: Vec<Pubkey>,
}

impl Bank {
    /// A bank with the program deployed under an upgrade authority, and lamports for some keys.
    ///
    /// # Errors
    /// The program's binary is missing.
    pub async fn start(upgrade_authority: &Pubkey, funded: &[&Keypair]) -> Result<Self> {
        // The bank's own log would drown the test's.
        if env::var_os(LOG_VARIABLE).is_none() {
            env::set_var(LOG_VARIABLE, "error");
        }
        let mut test = ProgramTest::default();
        for (address, account) in deployed(upgrade_authority, &binary::read()?) {
            test.add_account(address, account);
        }
        for key in funded {
            let wallet = Account { lamports: LAMPORTS, owner: system_program::ID, ..Account::default() };
            test.add_account(key.pubkey(), wallet);
        }
        let context = test.start_with_context().await;
        Ok(Self { context, posted: BTreeMap::new(), known: vec![pda::exchange()] })
    }

    /// Signs and runs a transaction, then checks the invariants over all accounts that are known; the first signer pays.
    ///
    /// # Errors
    /// What was refused, with the logs, or an invariant that does not hold.
    pub async fn send(&mut self, instructions: &[Instruction], signers: &[&Keypair]) -> Result<Processed> {
        self.await_blockhash().await?;
        let payer = signers.first().map(|signer| signer.pubkey());
        let transaction = Transaction::new_signed_with_payer(
            instructions,
            payer.as_ref(),
            signers,
            self.context.last_blockhash,
        );
        let processed = self.context.banks_client.process_transaction_with_metadata(transaction).await?;
        let meta = processed.metadata.ok_or("the transaction was not run")?;
        if let Err(error) = processed.result {
            return Err(format!("{error}\n{}", meta.log_messages.join("\n")).into());
        }
        self.check().await?;
        Ok(Processed {
            logs: meta.log_messages,
            return_data: meta.return_data.map(|returned| returned.data).unwrap_or_default(),
            compute_units: meta.compute_units_consumed,
        })
    }

    /// A mint of SPL Token whose authority is the payer.
    ///
    /// # Errors
    /// What the token program refuses.
    pub async fn create_mint(&mut self, authority: &Keypair, mint: &Keypair, decimals: u8) -> Result<()> {
        let (payer, address) = (authority.pubkey(), mint.pubkey());
        let bytes = u64::try_from(MINT_BYTES)?;
        let create =
            system_instruction::create_account(&payer, &address, LAMPORTS / 1_000, bytes, &SPL_TOKEN);
        let initialize = initialize_mint2(&SPL_TOKEN, &address, &payer, None, decimals)?;
        self.send(&[create, initialize], &[authority, mint]).await.map(|_| ())
    }

    /// Mints tokens to an owner's associated account; returns its address.
    ///
    /// # Errors
    /// What the token program refuses.
    pub async fn mint_to(
        &mut self,
        authority: &Keypair,
        mint: &Pubkey,
        owner: &Pubkey,
        amount: u64,
    ) -> Result<Pubkey> {
        let minter = authority.pubkey();
        let account = pda::associated_token(owner, mint, &SPL_TOKEN);
        let open = create_associated_token_account_idempotent(&minter, owner, mint, &SPL_TOKEN);
        let mint = mint_to(&SPL_TOKEN, mint, &account, &minter, &[], amount)?;
        self.send(&[open, mint], &[authority]).await?;
        Ok(account)
    }

    /// From here on the invariants look at these accounts of the program too.
    pub fn know(&mut self, accounts: &[Pubkey]) {
        self.known.extend_from_slice(accounts);
    }

    /// The time, unix seconds.
    ///
    /// # Errors
    /// The bank does not answer.
    pub async fn now(&mut self) -> Result<i64> {
        Ok(self.context.banks_client.get_sysvar::<Clock>().await?.unix_timestamp)
    }

    /// Sets the time, unix seconds.
    ///
    /// # Errors
    /// The bank does not answer.
    pub async fn set_time(&mut self, now: i64) -> Result<()> {
        let mut clock = self.context.banks_client.get_sysvar::<Clock>().await?;
        clock.unix_timestamp = now;
        self.context.set_sysvar(&clock);
        Ok(())
    }

    /// Posts a price update to the account of its feed.
    pub fn post(&mut self, update: PriceUpdate) {
        let account = AccountSharedData::from(update.account());
        self.context.set_account(&price_address(&update.feed_id), &account);
        self.posted.insert(update.feed_id, update);
    }

    /// Accounts of the price updates posted.
    #[must_use]
    pub fn price_accounts(&self) -> PriceAccounts {
        self.posted.keys().map(|feed_id| (*feed_id, price_address(feed_id))).collect()
    }

    /// The price updates posted.
    pub fn posted(&self) -> impl Iterator<Item = &PriceUpdate> {
        self.posted.values()
    }

    /// Data of an account; empty if there is none.
    ///
    /// # Errors
    /// The bank does not answer.
    pub async fn data(&mut self, address: &Pubkey) -> Result<Vec<u8>> {
        let account = self.context.banks_client.get_account(*address).await?;
        Ok(account.map(|account| account.data).unwrap_or_default())
    }

    /// An account of the program.
    ///
    /// # Errors
    /// It is not there, or is another.
    pub async fn stored<T: Stored>(&mut self, address: &Pubkey) -> Result<Box<T>> {
        Ok(decode_copy(&self.data(address).await?)?)
    }

    /// Every account that is known and every vault, decoded; none while there is no exchange.
    ///
    /// # Errors
    /// An account that does not decode.
    pub async fn books(&mut self) -> Result<Option<Books>> {
        let mut accounts = Vec::new();
        for address in self.known.clone() {
            accounts.push((address, self.data(&address).await?));
        }
        let mut vaults = BTreeMap::new();
        if let Ok(exchange) = decode_copy::<ballast::state::Exchange>(&accounts[0].1) {
            let assets = exchange.collaterals.iter().filter(|asset| asset.is_active());
            for vault in assets.map(|asset| asset.vault).chain([exchange.quote_vault]) {
                vaults.insert(vault, self.data(&vault).await?);
            }
        }
        let data = accounts.iter().map(|(address, data)| (*address, data.as_slice()));
        Ok(Books::of(data, |vault| vaults.get(vault).cloned().unwrap_or_default())?)
    }

    async fn check(&mut self) -> Result<()> {
        if let Some(books) = self.books().await? {
            check_books(&books)?;
        }
        Ok(())
    }

    /// Waits for a blockhash that no transaction had yet: the same instruction may be sent twice.
    async fn await_blockhash(&mut self) -> Result<()> {
        loop {
            let blockhash = self.context.banks_client.get_latest_blockhash().await?;
            if blockhash != self.context.last_blockhash {
                self.context.last_blockhash = blockhash;
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// The two accounts of a program under the upgradeable loader.
fn deployed(authority: &Pubkey, binary: &[u8]) -> [(Pubkey, Account); 2] {
    const PROGRAM: u32 = 2;
    const PROGRAM_DATA: u32 = 3;
    const SLOT: u64 = 0;
    const SOME: u8 = 1;
    let data_address = Pubkey::find_program_address(&[ballast::ID.as_ref()], &bpf_loader_upgradeable::ID).0;
    let program = [&PROGRAM.to_le_bytes(), data_address.as_ref()].concat();
    let header = [&PROGRAM_DATA.to_le_bytes(), &SLOT.to_le_bytes()[..], &[SOME], authority.as_ref()].concat();
    let account = |data: Vec<u8>, executable| Account {
        lamports: LAMPORTS,
        data,
        owner: bpf_loader_upgradeable::ID,
        executable,
        rent_epoch: u64::MAX,
    };
    let data = [header.as_slice(), binary].concat();
    [(ballast::ID, account(program, true)), (data_address, account(data, false))]
}

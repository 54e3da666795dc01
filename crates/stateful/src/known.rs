//! Addresses that may stand where another should.

use crate::house::{House, ACTORS, BOOKS};
use anchor_lang::{
    prelude::Pubkey,
    solana_program::{instruction::Instruction, system_program},
};
use ballast_harness::{
    keys::keypair,
    token::{SPL_TOKEN, TOKEN_2022},
    world::price_address,
};
use ballast_sdk::pda;
use solana_account::Account;
use solana_signer::Signer;

/// Every address that a misplaced account is drawn from.
#[derive(Default)]
pub(crate) struct Known {
    /// Those that may sign.
    keys: Vec<Pubkey>,
    /// All of them.
    all: Vec<Pubkey>,
}

impl Known {
    pub(crate) fn of(house: &House) -> Self {
        let world = &house.world;
        let mut keys: Vec<Pubkey> = (0..ACTORS).map(|actor| house.key(actor)).collect();
        keys.extend([&world.admin, &world.risk_authority, &world.guardian, &world.crank].map(Signer::pubkey));
        keys.extend(world.markets.iter().flat_map(|market| &market.publishers).map(|key| key.pubkey()));
        let mut all = keys.clone();
        all.extend([pda::exchange(), ballast::ID, system_program::ID, SPL_TOKEN, TOKEN_2022]);
        all.extend(world.markets.iter().map(|market| market.address));
        all.extend(world.markets.iter().map(|market| pda::volatility_feed(&market.address)));
        all.extend((0..BOOKS).map(|book| house.trader(book).portfolio()));
        all.extend((0..ACTORS).map(|actor| pda::stake(&house.key(actor))));
        for asset in 0..house.assets() {
            let token = house.token(asset);
            all.extend([token.mint, pda::vault(&token.mint)]);
            all.extend((0..ACTORS).map(|actor| token.account_of(&house.key(actor))));
        }
        all.extend(house.feeds().map(|feed_id| price_address(&feed_id)));
        // A copy of what should stand there, of another owner, is made where this one is drawn.
        all.push(counterfeit());
        Self { keys, all }
    }

    /// Puts another account into an instruction. A signer is replaced by another key: no program's address can sign.
    pub(crate) fn misplace(
        &self,
        house: &mut House,
        instruction: &mut Instruction,
        place: u8,
        with: u16,
    ) -> bool {
        let count = instruction.accounts.len();
        let Some(meta) = instruction.accounts.get_mut(usize::from(place) % count.max(1)) else {
            return false;
        };
        let drawn = if meta.is_signer { &self.keys } else { &self.all };
        let address = drawn[usize::from(with) % drawn.len()];
        let before = std::mem::replace(&mut meta.pubkey, address);
        if address == counterfeit() {
            let copied = house.world.vm.account(&before).unwrap_or_default();
            let copy = Account { owner: system_program::ID, executable: false, ..copied };
            house.world.vm.set_account(address, copy);
        }
        before != address
    }
}

fn counterfeit() -> Pubkey {
    keypair("counterfeit").pubkey()
}

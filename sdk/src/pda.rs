//! Addresses of the program's accounts.
//!
//! Markets have no address of this kind: they are larger than a program may create, so the client makes the account and
//! [`Exchange::markets`](ballast::state::Exchange) registers it by id.
//!
//! Finding an address costs some hashes and points of a curve. Who builds instructions for the same accounts over and over
//! should not pay for that each time, so a thread remembers what it found.

use anchor_lang::prelude::Pubkey;
use ballast::constants::{SEED_EXCHANGE, SEED_PORTFOLIO, SEED_STAKE, SEED_VAULT, SEED_VOLATILITY_FEED};
use std::{cell::RefCell, collections::HashMap};

/// Addresses a thread remembers at most; then it begins anew.
const REMEMBERED_MAX: usize = 4_096;

thread_local! {
    /// What was found, by the seeds one after another. Every seed but the first has one length, so that no two lists of
    /// seeds are the same bytes.
    static FOUND: RefCell<HashMap<Vec<u8>, Pubkey>> = RefCell::default();
}

/// The one exchange.
#[must_use]
pub fn exchange() -> Pubkey {
    address(&[SEED_EXCHANGE])
}

/// The vault that holds the exchange's tokens of a mint.
#[must_use]
pub fn vault(mint: &Pubkey) -> Pubkey {
    address(&[SEED_VAULT, mint.as_ref()])
}

/// An owner's portfolio by its index; an owner may have 65,536 of them.
#[must_use]
pub fn portfolio(owner: &Pubkey, index: u16) -> Pubkey {
    address(&[SEED_PORTFOLIO, owner.as_ref(), &index.to_le_bytes()])
}

/// The volatility feed account of a market.
#[must_use]
pub fn volatility_feed(market: &Pubkey) -> Pubkey {
    address(&[SEED_VOLATILITY_FEED, market.as_ref()])
}

/// An owner's stake in the insurance fund.
#[must_use]
pub fn stake(owner: &Pubkey) -> Pubkey {
    address(&[SEED_STAKE, owner.as_ref()])
}

/// The associated token account of an owner.
#[must_use]
pub fn associated_token(owner: &Pubkey, mint: &Pubkey, token_program: &Pubkey) -> Pubkey {
    let seeds: [&[u8]; 3] = [owner.as_ref(), mint.as_ref(), token_program.as_ref()];
    remembered(&seeds, || {
        anchor_spl::associated_token::get_associated_token_address_with_program_id(owner, mint, token_program)
    })
}

fn address(seeds: &[&[u8]]) -> Pubkey {
    remembered(seeds, || Pubkey::find_program_address(seeds, &ballast::ID).0)
}

fn remembered(seeds: &[&[u8]], find: impl FnOnce() -> Pubkey) -> Pubkey {
    FOUND.with_borrow_mut(|found| {
        if found.len() >= REMEMBERED_MAX {
            found.clear();
        }
        *found.entry(seeds.concat()).or_insert_with(find)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: no two addresses of one owner coincide, and the index is little-endian. Method: compare a few.
    #[test]
    fn addresses_differ() {
        let owner = Pubkey::new_unique();
        let all = [
            exchange(),
            vault(&owner),
            volatility_feed(&owner),
            stake(&owner),
            portfolio(&owner, 0),
            portfolio(&owner, 256),
        ];
        for (at, one) in all.iter().enumerate() {
            assert!(!all[at + 1..].contains(one));
        }
        let seeds: [&[u8]; 3] = [b"portfolio", owner.as_ref(), &[0, 1]];
        assert_eq!(portfolio(&owner, 256), Pubkey::find_program_address(&seeds, &ballast::ID).0);
    }
}
